package territory

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rounds/routing/plane"
)

func TestFaultsNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	one := func(kind FaultKind, units []int32, territories []int, measure int) []Fault {
		return []Fault{{kind, units, territories, measure}}
	}
	for name, c := range map[string]struct {
		change func(p *Problem)
		want   []Fault
	}{
		"nothing":                          {func(*Problem) {}, nil},
		"no units":                         {func(p *Problem) { p.Units = nil }, one(NoUnits, nil, nil, -1)},
		"no measures":                      {func(p *Problem) { p.Measures, p.Units = nil, []Unit{{}} }, one(TooMany, nil, nil, -1)},
		"no territories":                   {func(p *Problem) { p.Territories = nil }, one(TooMany, nil, nil, -1)},
		"too many territories":             {func(p *Problem) { p.Territories = make([]Territory, MostTerritories+1) }, one(TooMany, nil, nil, -1)},
		"a territory more than units":      {func(p *Problem) { p.add(3) }, one(TooFewUnits, nil, nil, -1)},
		"a territory more than groups":     {func(p *Problem) { p.add(2); p.Together = [][]int32{{0, 1}} }, one(TooFewUnits, nil, nil, -1)},
		"a load short":                     {func(p *Problem) { p.Units[2].Loads = nil }, one(MissingLoads, []int32{2}, nil, -1)},
		"a load below nothing":             {func(p *Problem) { p.Units[3].Loads[0] = -1 }, one(NegativeLoad, []int32{3}, nil, 0)},
		"loads that overflow":              {func(p *Problem) { p.Units[1].Loads[0], p.Units[2].Loads[0] = math.MaxInt64, math.MaxInt64 }, one(LargeLoad, nil, nil, 0)},
		"loads of nothing":                 {func(p *Problem) { *p = row(2, 0, 0, 0, 0) }, one(EmptyMeasure, nil, nil, 0)},
		"a tolerance below nothing":        {func(p *Problem) { p.Measures[0].Tolerance = -2 }, one(BadTolerance, nil, nil, 0)},
		"any tolerance":                    {func(p *Problem) { p.Measures[0].Tolerance = AnyTolerance }, nil},
		"a tolerance above all":            {func(p *Problem) { p.Measures[0].Tolerance = MostTolerance + 1 }, one(BadTolerance, nil, nil, 0)},
		"a share of nothing":               {func(p *Problem) { p.Territories[1].Share = 0 }, one(BadShare, nil, []int{1}, -1)},
		"a share above all":                {func(p *Problem) { p.Territories[0].Share = MostShare + 1 }, one(BadShare, nil, []int{0}, -1)},
		"two capacities of one measure":    {func(p *Problem) { p.Territories[1].Most = []int64{9, 9} }, one(BadCapacity, nil, []int{1}, -1)},
		"a capacity below nothing":         {func(p *Problem) { p.Territories[1].Most = []int64{-1} }, one(BadCapacity, nil, []int{1}, -1)},
		"capacities that do not reach":     {func(p *Problem) { p.Territories[0].Most, p.Territories[1].Most = []int64{2}, []int64{1} }, one(LowCapacity, nil, nil, 0)},
		"capacities that just reach":       {func(p *Problem) { p.Territories[0].Most, p.Territories[1].Most = []int64{2}, []int64{2} }, nil},
		"one capacity of any amount":       {func(p *Problem) { p.Territories[0].Most, p.Territories[1].Most = []int64{0}, []int64{1} }, nil},
		"a unit off the map":               {func(p *Problem) { p.Units[1].At.X = plane.Most + 1 }, one(FarAway, []int32{1}, nil, -1)},
		"a home off the map":               {func(p *Problem) { p.Territories[1].Home = &plane.Point{Y: -plane.Most - 1} }, one(FarAway, nil, []int{1}, -1)},
		"a lock to nowhere":                {func(p *Problem) { p.Units[1].Lock = 2 }, one(NoTerritory, []int32{1}, nil, -1)},
		"a territory that is no more":      {func(p *Problem) { p.Units[1].Today = -2 }, one(NoTerritory, []int32{1}, nil, -1)},
		"a group with a stranger":          {func(p *Problem) { p.Together = [][]int32{{0, 4}} }, one(BadGroup, []int32{0, 4}, nil, -1)},
		"a group of nobody":                {func(p *Problem) { p.Together = [][]int32{{}} }, nil},
		"a pair of one":                    {func(p *Problem) { p.Apart = [][2]int32{{2, 2}} }, one(BadGroup, []int32{2}, nil, -1)},
		"a graph of others":                {func(p *Problem) { p.Beside = lattice(3, 1) }, one(BadGraph, nil, nil, -1)},
		"one beside who is not beside him": {func(p *Problem) { p.Beside.Next = slices.Clone(p.Beside.Next); p.Beside.Next[0] = 2 }, one(BadGraph, []int32{0, 1}, nil, -1)},
		"no graph":                         {func(p *Problem) { p.Beside = plane.Graph{} }, nil},
		"a price below nothing":            {func(p *Problem) { p.ChangePrice = -2 }, one(BadChange, nil, nil, -1)},
		"two locks of a group":             {func(p *Problem) { p.Together = [][]int32{{0, 1}, {1, 2}}; p.Units[0].Lock, p.Units[2].Lock = 0, 1 }, one(LocksDiffer, []int32{0, 1, 2}, []int{0, 1}, -1)},
		"a group half frozen":              {func(p *Problem) { p.Together = [][]int32{{0, 1}}; p.Units[0].Today, p.Territories[0].Frozen = 0, true }, one(LocksDiffer, []int32{0, 1}, []int{0}, -1)},
		"a lock out of a frozen one":       {func(p *Problem) { p.Units[0].Today, p.Units[0].Lock, p.Territories[0].Frozen = 0, 1, true }, one(FrozenLock, []int32{0}, []int{0}, -1)},
		"a lock into a frozen one": {func(p *Problem) {
			p.Units[0].Today, p.Units[1].Today, p.Units[1].Lock, p.Territories[0].Frozen = 0, 1, 0, true
		}, one(FrozenLock, []int32{1}, []int{0}, -1)},
		"all frozen and one with nobody": {func(p *Problem) {
			p.Territories[0].Frozen, p.Territories[1].Frozen = true, true
			p.Units[0].Today, p.Units[1].Today, p.Units[2].Today = 0, 1, 1
		}, one(NobodyFree, []int32{3}, nil, -1)},
		"frozen without units":          {func(p *Problem) { p.Territories[1].Frozen = true }, one(FrozenWithout, nil, []int{1}, -1)},
		"apart in a group":              {func(p *Problem) { p.Together = [][]int32{{0, 1, 2}}; p.Apart = [][2]int32{{0, 2}} }, one(ApartTogether, []int32{0, 2}, nil, -1)},
		"apart and locked together":     {func(p *Problem) { p.Units[0].Lock, p.Units[2].Lock = 1, 1; p.Apart = [][2]int32{{0, 2}} }, one(ApartLocked, []int32{0, 2}, []int{1}, -1)},
		"three apart in two":            {func(p *Problem) { p.Apart = [][2]int32{{0, 1}, {1, 2}, {2, 0}} }, one(ApartTooMany, []int32{0, 1, 2}, nil, -1)},
		"three apart in a row in two":   {func(p *Problem) { p.Apart = [][2]int32{{0, 1}, {1, 2}} }, nil},
		"apart of all there are":        {func(p *Problem) { p.Units[0].Lock, p.Units[1].Lock = 0, 1; p.Apart = [][2]int32{{0, 2}, {1, 2}} }, one(NoRoom, []int32{2}, nil, -1)},
		"all at one point":              {func(p *Problem) { p.at(plane.Point{X: 7}) }, one(OnePoint, nil, nil, -1)},
		"a barrier":                     {func(p *Problem) { p.Beside = cutAfter(p.Beside, 0) }, one(Separate, []int32{0}, nil, -1)},
		"locked on both banks":          {func(p *Problem) { p.Beside = cutAfter(p.Beside, 0); p.Units[0].Lock, p.Units[3].Lock = 1, 1 }, []Fault{{Separate, []int32{0}, nil, -1}, {LockedAcross, []int32{0, 3}, []int{1}, -1}}},
		"a group on both banks":         {func(p *Problem) { p.Beside = cutAfter(p.Beside, 2); p.Together = [][]int32{{0, 3}} }, []Fault{{Separate, []int32{3}, nil, -1}, {GroupAcross, []int32{0, 3}, nil, -1}}},
		"more banks than territories":   {func(p *Problem) { p.Beside = cutAfter(cutAfter(p.Beside, 2), 1) }, []Fault{{Separate, []int32{2, 3}, nil, -1}, {MorePieces, nil, nil, -1}}},
		"locks above the change":        {func(p *Problem) { p.MostChange = 499_999; p.move() }, one(ForcedAboveMost, []int32{0}, nil, -1)},
		"locks of all that may change":  {func(p *Problem) { p.MostChange = 500_000; p.move() }, nil},
		"an early fault hides the rest": {func(p *Problem) { p.Units[0].Loads[0] = -1; p.at(plane.Point{}) }, one(NegativeLoad, []int32{0}, nil, 0)},
	} {
		p := row(2, 0, 1, 1, 1, 1)
		c.change(&p)
		if diff := cmp.Diff(c.want, Faults(p)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// add adds so many territories.
func (p *Problem) add(n int) {
	for range n {
		p.Territories = append(p.Territories, Territory{Share: 1})
	}
}

func (p *Problem) at(point plane.Point) {
	for i := range p.Units {
		p.Units[i].At = point
	}
}

// move locks one of two that have a territory today elsewhere.
func (p *Problem) move() {
	p.Units[0].Today, p.Units[0].Lock, p.Units[1].Today = 0, 1, 0
}

// A problem of which every cut is refused has a fault, except where pairs alone are to blame; and no other has one.
func TestFaultsAreFatalWhereThereIsNoCut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := loose(drawProblem(t, 6, 3))
		p.MostChange = 0
		n := rapid.Int32Range(0, int32(len(p.Units)-1))
		for range rapid.IntRange(0, 3).Draw(t, "pairs") {
			if a, b := n.Draw(t, "a"), n.Draw(t, "b"); a != b {
				p.Apart = append(p.Apart, [2]int32{a, b})
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "groups") {
			p.Together = append(p.Together, []int32{n.Draw(t, "c"), n.Draw(t, "d")})
		}
		for range rapid.IntRange(0, 2).Draw(t, "locks") {
			p.Units[n.Draw(t, "locked")].Lock = rapid.Int32Range(0, int32(len(p.Territories)-1)).Draw(t, "lock")
		}
		if groups := len(distinct(joined(len(p.Units), p.Together))); groups < len(p.Territories) {
			return
		}
		cuts := 0
		allCuts(p, func([]int32) { cuts++ })
		if bad := fatal(p); bad != nil && cuts > 0 {
			t.Fatalf("%v, and %d cuts", bad, cuts)
		} else if bad == nil && cuts == 0 && len(p.Apart) < 2 {
			t.Fatal("no cut and no fault")
		}
	})
}

func distinct(list []int32) []int32 {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// allCuts visits all cuts that keep what is locked, together, apart and frozen.
func allCuts(p Problem, visit func(of []int32)) {
	of := make([]int32, len(p.Units))
	c := check{p: p, of: of}
	var next func(i int)
	next = func(i int) {
		if i == len(of) {
			if c.locks() == nil && c.together() == nil && c.apart() == nil && c.frozen() == nil && c.budget() == nil {
				visit(of)
			}
			return
		}
		for k := range p.Territories {
			of[i] = int32(k)
			next(i + 1)
		}
	}
	next(0)
}
