package territory

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"rounds/routing/plane"
)

// Limits of a [Problem] that keep every product of a load, a share and a tolerance inside 128 bits.
const (
	MostShare     = 1 << 30
	MostTolerance = 1_000_000_000 // a thousand times the target, in millionths
)

// Fault is what makes a problem contradict itself or mean nothing, with the units, territories and measure it is about.
type Fault struct {
	Kind        FaultKind
	Units       []int32 // rising, the first [MostNamed]
	Territories []int
	Measure     int // -1: about none
}

// MostNamed is how many units a fault names.
const MostNamed = 100

func (f Fault) String() string {
	return fmt.Sprintf("%s: units %d, territories %d, measure %d", f.Kind, f.Units, f.Territories, f.Measure)
}

// FaultKind says what is wrong.
type FaultKind string

// Kinds of faults. Balance refuses a problem that has one which is [FaultKind.Fatal].
const (
	NoUnits         FaultKind = "no_units"
	TooMany         FaultKind = "too_many"             // units, measures or territories: above the limits, or none of the last two
	TooFewUnits     FaultKind = "too_few_units"        // more territories than units and groups
	MissingLoads    FaultKind = "missing_loads"        // not a load of every measure
	NegativeLoad    FaultKind = "negative_load"        // of a measure
	LargeLoad       FaultKind = "large_load"           // all together above MostLoad
	EmptyMeasure    FaultKind = "empty_measure"        // all loads are 0
	BadTolerance    FaultKind = "bad_tolerance"        // below 0 and not AnyTolerance, or above MostTolerance
	BadShare        FaultKind = "bad_share"            // not from 1 to MostShare
	BadCapacity     FaultKind = "bad_capacity"         // below 0, or not one for every measure
	LowCapacity     FaultKind = "low_capacity"         // warning: all capacities of a measure are less than all loads
	FarAway         FaultKind = "far_away"             // a unit or home beyond plane.Most
	NoTerritory     FaultKind = "no_territory"         // a lock, or today's territory, that there is not
	BadGroup        FaultKind = "bad_group"            // a group or pair names a unit that there is not, or a pair one unit twice
	LocksDiffer     FaultKind = "locks_differ"         // units that stay together are locked to, or frozen in, different territories
	ApartTogether   FaultKind = "apart_together"       // units to be kept apart that stay together
	ApartLocked     FaultKind = "apart_locked"         // units to be kept apart that are locked to, or frozen in, one territory
	ApartTooMany    FaultKind = "apart_too_many"       // units to be kept apart of each other, more than there are territories
	NoRoom          FaultKind = "no_room"              // whoever it is to be kept apart of, and frozen territories, leave it no territory
	FrozenLock      FaultKind = "frozen_lock"          // locked into a frozen territory in which it is not today, or out of one
	BadGraph        FaultKind = "bad_graph"            // not of all units, or somebody beside one who is not beside him
	BadChange       FaultKind = "bad_change"           // a price of change below LittleChange, or a limit below 0
	OnePoint        FaultKind = "one_point"            // warning: all units are at one point
	Separate        FaultKind = "separate"             // warning: cut off from most units; so is whoever has them
	LockedAcross    FaultKind = "locked_across"        // warning: locked to one territory and cut off from each other
	GroupAcross     FaultKind = "group_across"         // warning: to stay together and cut off from each other
	MorePieces      FaultKind = "more_pieces"          // warning: more parts cut off from each other than territories
	NobodyFree      FaultKind = "nobody_free"          // units that have no territory, and all territories are frozen
	FrozenWithout   FaultKind = "frozen_without_units" // warning: a frozen territory has no units today
	ForcedAboveMost FaultKind = "forced_change"        // warning: locks alone change more than MostChange
)

var warnings = []FaultKind{LowCapacity, OnePoint, Separate, LockedAcross, GroupAcross, MorePieces, FrozenWithout, ForcedAboveMost}

// Fatal tells whether no cut makes sense, rather than that some are poor.
func (k FaultKind) Fatal() bool { return !slices.Contains(warnings, k) }

// Faults are all that is wrong with a problem, in the order of the kinds; nil: nothing. Whatever would make no sense beside
// an earlier fault is not looked for.
func Faults(p Problem) []Fault {
	f := &faults{p: p}
	for _, stage := range [...][]func(){
		{f.sizes},
		{f.loads, f.tolerances, f.shares, f.capacities, f.positions, f.indices, f.graph, f.prices},
		{f.groups, f.frozen, f.apart, f.cliques},
		{f.points, f.parts, f.forced},
	} {
		for _, look := range stage {
			look()
		}
		if slices.ContainsFunc(f.found, func(f Fault) bool { return f.Kind.Fatal() }) {
			break
		}
	}
	return f.found
}

type faults struct {
	p     Problem
	found []Fault
	group []int32 // of each unit, the first unit of those it stays together with
}

// add names a fault of units, territories and a measure, each at most once.
func (f *faults) add(kind FaultKind, units []int32, territories []int, measure int) {
	slices.Sort(units)
	slices.Sort(territories)
	units, territories = slices.Compact(units), slices.Compact(territories)
	f.found = append(f.found, Fault{Kind: kind, Units: units[:min(len(units), MostNamed)], Territories: territories, Measure: measure})
}

// units adds a fault of those for which it is so, if there are any.
func (f *faults) units(kind FaultKind, measure int, is func(Unit) bool) {
	var units []int32
	for i, u := range f.p.Units {
		if is(u) {
			units = append(units, int32(i))
		}
	}
	if units != nil {
		f.add(kind, units, nil, measure)
	}
}

// territories adds a fault of those for which it is so, if there are any.
func (f *faults) territories(kind FaultKind, is func(int, Territory) bool) {
	var territories []int
	for k, t := range f.p.Territories {
		if is(k, t) {
			territories = append(territories, k)
		}
	}
	if territories != nil {
		f.add(kind, nil, territories, -1)
	}
}

func (f *faults) sizes() {
	units, measures, territories := len(f.p.Units), len(f.p.Measures), len(f.p.Territories)
	if units == 0 {
		f.add(NoUnits, nil, nil, -1)
	}
	if units > MostUnits || measures < 1 || measures > MostMeasures || territories < 1 || territories > MostTerritories {
		f.add(TooMany, nil, nil, -1)
	}
	f.units(MissingLoads, -1, func(u Unit) bool { return len(u.Loads) != measures })
}

func (f *faults) loads() {
	for m := range f.p.Measures {
		var high, low uint64
		for _, u := range f.p.Units {
			var carry uint64
			low, carry = bits.Add64(low, uint64(max(0, u.Loads[m])), 0)
			high += carry
		}
		f.units(NegativeLoad, m, func(u Unit) bool { return u.Loads[m] < 0 })
		switch {
		case high > 0 || low > MostLoad:
			f.add(LargeLoad, nil, nil, m)
		case low == 0:
			f.add(EmptyMeasure, nil, nil, m)
		}
	}
}

func (f *faults) tolerances() {
	for m, measure := range f.p.Measures {
		if t := measure.Tolerance; t < AnyTolerance || t > MostTolerance {
			f.add(BadTolerance, nil, nil, m)
		}
	}
}

func (f *faults) shares() {
	f.territories(BadShare, func(_ int, t Territory) bool { return t.Share < 1 || t.Share > MostShare })
}

func (f *faults) capacities() {
	measures := len(f.p.Measures)
	bad := func(_ int, t Territory) bool {
		return t.Most != nil && (len(t.Most) != measures || slices.Min(t.Most) < 0)
	}
	f.territories(BadCapacity, bad)
	for m := range f.p.Measures {
		if most := f.capacity(m); most < f.sum(m) {
			f.add(LowCapacity, nil, nil, m)
		}
	}
}

// capacity of all territories together.
func (f *faults) capacity(m int) (sum int64) {
	for _, t := range f.p.Territories {
		if len(t.Most) <= m || t.Most[m] <= 0 {
			return math.MaxInt64
		}
		sum += min(t.Most[m], MostLoad)
	}
	return sum
}

func (f *faults) sum(m int) (sum int64) {
	for _, u := range f.p.Units {
		sum += min(max(0, u.Loads[m]), MostLoad)
	}
	return sum
}

func (f *faults) positions() {
	far := func(at plane.Point) bool {
		return at.X < -plane.Most || at.X > plane.Most || at.Y < -plane.Most || at.Y > plane.Most
	}
	f.units(FarAway, -1, func(u Unit) bool { return far(u.At) })
	f.territories(FarAway, func(_ int, t Territory) bool { return t.Home != nil && far(*t.Home) })
}

func (f *faults) indices() {
	territories, units := int32(len(f.p.Territories)), int32(len(f.p.Units))
	no := func(k int32) bool { return k < None || k >= territories }
	f.units(NoTerritory, -1, func(u Unit) bool { return no(u.Lock) || no(u.Today) })
	strange := func(i int32) bool { return i < 0 || i >= units }
	for _, group := range f.p.Together {
		if slices.ContainsFunc(group, strange) {
			f.add(BadGroup, slices.Clone(group), nil, -1)
		}
	}
	for _, pair := range f.p.Apart {
		if strange(pair[0]) || strange(pair[1]) || pair[0] == pair[1] {
			f.add(BadGroup, slices.Clone(pair[:]), nil, -1)
		}
	}
}

func (f *faults) prices() {
	if f.p.ChangePrice < LittleChange || f.p.MostChange < 0 {
		f.add(BadChange, nil, nil, -1)
	}
}

func (f *faults) graph() {
	g := f.p.Beside
	if g.Len() == 0 && len(g.Next) == 0 {
		return
	}
	if bad, units := badGraph(g, len(f.p.Units)); bad {
		f.add(BadGraph, units, nil, -1)
	}
}

// badGraph tells whether a graph is not one of so many units, and at which of them.
func badGraph(g plane.Graph, units int) (bad bool, at []int32) {
	if g.Len() != units || g.First[0] != 0 || int(g.First[units]) != len(g.Next) || !slices.IsSorted(g.First) {
		return true, nil
	}
	for i := range units {
		beside := g.Of(i)
		for n, j := range beside {
			if j < 0 || int(j) >= units || int(j) == i || n > 0 && beside[n-1] >= j || !isBeside(g, int(j), int32(i)) {
				at = append(at, int32(i))
				break
			}
		}
	}
	return at != nil, at
}

func isBeside(g plane.Graph, i int, j int32) bool {
	_, found := slices.BinarySearch(g.Of(i), j)
	return found
}
