package territory

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rounds/routing/plane"
)

// row is a problem of units on a line, each beside the next, with one measure that is loads, cut into so many territories.
func row(territories int, tolerance int64, loads ...int64) Problem {
	p := Problem{Measures: []Measure{{tolerance}}}
	for i, load := range loads {
		p.Units = append(p.Units, Unit{At: plane.Point{X: int64(10 * i)}, Loads: []int64{load}, Today: None, Lock: None})
	}
	for range territories {
		p.Territories = append(p.Territories, Territory{Share: 1})
	}
	p.Beside = lattice(len(loads), 1)
	return p
}

// lattice is a graph of so many across and down, each beside up to four.
func lattice(across, down int) plane.Graph {
	g := plane.Graph{First: []int32{0}}
	for i := range across * down {
		if i >= across {
			g.Next = append(g.Next, int32(i-across))
		}
		if i%across > 0 {
			g.Next = append(g.Next, int32(i-1))
		}
		if (i+1)%across > 0 {
			g.Next = append(g.Next, int32(i+1))
		}
		if i+across < across*down {
			g.Next = append(g.Next, int32(i+across))
		}
		g.First = append(g.First, int32(len(g.Next)))
	}
	return g
}

func TestCheckSaysAllOfAPlan(t *testing.T) {
	t.Parallel()
	p := row(2, 200_000, 4, 2, 3, 1, 5)
	p.Territories[1].Home = &plane.Point{X: 40}
	p.Units[1].Today, p.Units[2].Today, p.Units[4].Today = 0, 0, 1
	got, err := Check(p, []int32{0, 0, 1, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	got.Short, got.Change.Bound, got.Change.Least = nil, 0, 0 // of their own tests
	want := Plan{
		Of: []int32{0, 0, 1, 0, 1}, Loads: [][]int64{{7}, {8}}, Worst: []int64{66_667},
		Cost:   466 + 200 + HomePull*400/1000, // of 0, 10, 30 around 40/3; of 20, 40 around 30, 20 and 0 from home
		Broken: []Island{{Territory: 0, Pieces: [][]int32{{3}}}, {Territory: 1, Pieces: [][]int32{{4}}}},
		Change: Change{Units: 1, Load: 3, Of: 10},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	base := func() (Problem, []int32) { return row(3, 0, 1, 1, 1, 1), []int32{0, 0, 1, 2} }
	for name, change := range map[string]func(p *Problem, of *[]int32){
		"a fault":                    func(p *Problem, _ *[]int32) { p.Units[0].Loads[0] = -1 },
		"territories of 3 units":     func(_ *Problem, of *[]int32) { *of = (*of)[:3] },
		"unit 1 is in territory 3":   func(_ *Problem, of *[]int32) { (*of)[1] = 3 },
		"unit 1 is in territory -1":  func(_ *Problem, of *[]int32) { (*of)[1] = -1 },
		"locked to 2":                func(p *Problem, _ *[]int32) { p.Units[1].Lock = 2 },
		"to stay together":           func(p *Problem, _ *[]int32) { p.Together = [][]int32{{1, 2}}; p.Territories = p.Territories[:3] },
		"to stay apart":              func(p *Problem, _ *[]int32) { p.Apart = [][2]int32{{0, 1}} },
		"territory 1 is frozen":      func(p *Problem, _ *[]int32) { p.Territories[1].Frozen = true },
		"unit 0 goes from 1 to 0":    func(p *Problem, _ *[]int32) { p.Territories[1].Frozen = true; p.Units[0].Today = 1 },
		"more than 1 millionths":     func(p *Problem, _ *[]int32) { p.MostChange = 1; p.Units[0].Today = 1 },
		"changes hands of 1, unit 0": func(p *Problem, _ *[]int32) { p.MostChange = 999_999; p.Units[0].Today = 1 },
	} {
		p, of := base()
		change(&p, &of)
		want := strings.ReplaceAll(name, "a fault", string(NegativeLoad))
		if _, err := Check(p, of); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckAllowsAChangeThatMustBe(t *testing.T) {
	t.Parallel()
	p := row(2, 0, 1, 1, 1)
	for i := range p.Units {
		p.Units[i].Today = 0
	}
	p.MostChange, p.Units[2].Lock = 1, 1
	if _, err := Check(p, []int32{0, 0, 1}); err != nil {
		t.Error(err)
	}
	if _, err := Check(p, []int32{0, 1, 1}); err == nil {
		t.Error("and one more")
	}
}

func TestIslandsThatCannotBeHelped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(p *Problem)
		want   bool
	}{
		"nobody asked for it":              {func(*Problem) {}, false},
		"frozen":                           {func(p *Problem) { p.Territories[0].Frozen = true; p.Units[0].Today = 0; p.Units[2].Today = 0 }, true},
		"locks around one of another":      {func(p *Problem) { p.Units[0].Lock, p.Units[1].Lock, p.Units[2].Lock = 0, 1, 0 }, true},
		"locks around one that is free":    {func(p *Problem) { p.Units[0].Lock, p.Units[2].Lock = 0, 0 }, false},
		"a group across a barrier":         {func(p *Problem) { p.Together = [][]int32{{0, 2}}; p.Beside = cutAfter(p.Beside, 1) }, true},
		"a group on one side of a barrier": {func(p *Problem) { p.Together = [][]int32{{0, 2}}; p.Beside = cutAfter(p.Beside, 2) }, false},
		"more parts than territories":      {func(p *Problem) { p.Beside = cutAfter(cutAfter(p.Beside, 0), 1) }, true},
		"not more parts than territories":  {func(p *Problem) { p.Beside = cutAfter(p.Beside, 0) }, false},
		"a lock into a frozen one's middle": {func(p *Problem) {
			p.Units[0].Lock, p.Units[2].Lock, p.Units[1].Today, p.Territories[1].Frozen = 0, 0, 1, true
		}, true},
	} {
		p := row(2, AnyTolerance, 1, 1, 1, 1)
		c.change(&p)
		broken := (&check{p: p, of: []int32{0, 1, 0, 0}}).broken()
		if len(broken) == 0 || broken[0].Territory != 0 || broken[0].Unavoidable != c.want {
			t.Errorf("%s: %+v", name, broken)
		}
	}
}

// cutAfter cuts a row after a unit.
func cutAfter(g plane.Graph, i int32) plane.Graph {
	cut := plane.Graph{First: []int32{0}}
	for a := range int32(g.Len()) {
		for _, b := range g.Of(int(a)) {
			if min(a, b) != i {
				cut.Next = append(cut.Next, b)
			}
		}
		cut.First = append(cut.First, int32(len(cut.Next)))
	}
	return cut
}

// A plan's figures are what floating point comes near to.
func TestCheckAgreesWithFloatingPoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, 12, 4)
		p.MostChange = 0
		of := make([]int32, len(p.Units))
		for i := range of {
			of[i] = rapid.Int32Range(0, int32(len(p.Territories)-1)).Draw(t, "territory")
		}
		plan, err := Check(loose(p), of)
		if err != nil {
			t.Fatal(err)
		}
		for m := range p.Measures {
			if worst := worstInFloats(p, of, m); math.Abs(float64(plan.Worst[m])-1e6*worst) > 1.5 {
				t.Errorf("measure %d: %d, want %g", m, plan.Worst[m], worst)
			}
		}
		if cost := costInFloats(p, of); math.Abs(float64(plan.Cost)-cost) > float64(2*len(p.Territories))+1e-6*cost {
			t.Errorf("cost %d, want %g", plan.Cost, cost)
		}
	})
}

// loose is a problem without locks, groups and pairs.
func loose(p Problem) Problem {
	p.Units = slices.Clone(p.Units)
	for i := range p.Units {
		p.Units[i].Lock = None
	}
	p.Together, p.Apart = nil, nil
	p.Territories = slices.Clone(p.Territories)
	for k := range p.Territories {
		p.Territories[k].Frozen = false
	}
	return p
}

func worstInFloats(p Problem, of []int32, m int) (worst float64) {
	var sum, shares float64
	loads := make([]float64, len(p.Territories))
	for i, u := range p.Units {
		sum, loads[of[i]] = sum+float64(u.Loads[m]), loads[of[i]]+float64(u.Loads[m])
	}
	for _, t := range p.Territories {
		shares += float64(t.Share)
	}
	for k, t := range p.Territories {
		worst = max(worst, math.Abs(loads[k]/(sum*float64(t.Share)/shares)-1))
	}
	return worst
}

func costInFloats(p Problem, of []int32) (cost float64) {
	for k, t := range p.Territories {
		var n, x, y float64
		for i, u := range p.Units {
			if int(of[i]) == k {
				n, x, y = n+1, x+float64(u.At.X), y+float64(u.At.Y)
			}
		}
		for i, u := range p.Units {
			if int(of[i]) != k {
				continue
			}
			cost += squared(float64(u.At.X)-x/n, float64(u.At.Y)-y/n)
			if t.Home != nil {
				cost += HomePull / 1000. * squared(float64(u.At.X-t.Home.X), float64(u.At.Y-t.Home.Y))
			}
		}
	}
	return cost
}

func squared(x, y float64) float64 { return x*x + y*y }

// drawProblem draws a problem without faults, with all that a problem can have: units of a lattice of at most so many, some
// neighbours cut off, into at most so many territories.
func drawProblem(t *rapid.T, units, most int) Problem {
	across := rapid.IntRange(1, 4).Draw(t, "across")
	down := rapid.IntRange((1+across)/across, units/across).Draw(t, "down")
	n := across * down
	k := rapid.IntRange(1, min(n, most)).Draw(t, "territories")
	p := Problem{Beside: thinned(t, lattice(across, down))}
	for range rapid.IntRange(1, 2).Draw(t, "measures") {
		p.Measures = append(p.Measures, Measure{rapid.SampledFrom([]int64{AnyTolerance, 0, 50_000, 300_000}).Draw(t, "tolerance")})
	}
	for range k {
		p.Territories = append(p.Territories, drawTerritory(t, len(p.Measures)))
	}
	for i := range n {
		p.Units = append(p.Units, drawUnit(t, i%across, i/across, len(p.Measures), k))
	}
	p.MostChange = rapid.SampledFrom([]int64{0, 0, 100_000, 400_000}).Draw(t, "most change")
	return tied(t, p)
}

func drawUnit(t *rapid.T, x, y, measures, k int) Unit {
	sometimes := func(name string, one int) int32 {
		if rapid.IntRange(0, one).Draw(t, name) > 0 {
			return None
		}
		return rapid.Int32Range(0, int32(k-1)).Draw(t, name+" where")
	}
	u := Unit{At: plane.Point{X: int64(100 * x), Y: int64(100*y + x)}, Today: None, Lock: sometimes("lock", 7)}
	if today := rapid.Bool().Draw(t, "today"); today {
		u.Today = rapid.Int32Range(0, int32(k-1)).Draw(t, "today where")
	}
	for range measures {
		u.Loads = append(u.Loads, rapid.SampledFrom([]int64{1, 2, 2, 3, 5, 11, 30}).Draw(t, "load"))
	}
	return u
}

func drawTerritory(t *rapid.T, measures int) Territory {
	one := Territory{Share: rapid.SampledFrom([]int64{1, 2, 2, 3}).Draw(t, "share"), Frozen: rapid.IntRange(0, 9).Draw(t, "frozen") == 0}
	if rapid.IntRange(0, 2).Draw(t, "capacity") == 0 {
		for range measures {
			one.Most = append(one.Most, rapid.SampledFrom([]int64{0, 10, 20, 40}).Draw(t, "most"))
		}
	}
	if rapid.Bool().Draw(t, "home") {
		one.Home = &plane.Point{X: rapid.Int64Range(-500, 500).Draw(t, "home at")}
	}
	return one
}

// thinned takes some edges of a graph away.
func thinned(t *rapid.T, g plane.Graph) plane.Graph {
	gone := map[[2]int32]bool{}
	for i := range int32(g.Len()) {
		for _, j := range g.Of(int(i)) {
			if i < j && rapid.IntRange(0, 5).Draw(t, "barrier") == 0 {
				gone[[2]int32{i, j}] = true
			}
		}
	}
	thin := plane.Graph{First: []int32{0}}
	for i := range int32(g.Len()) {
		for _, j := range g.Of(int(i)) {
			if !gone[[2]int32{min(i, j), max(i, j)}] {
				thin.Next = append(thin.Next, j)
			}
		}
		thin.First = append(thin.First, int32(len(thin.Next)))
	}
	return thin
}

// tied ties some units of a problem together and some apart, as long as that leaves no fault.
func tied(t *rapid.T, p Problem) Problem {
	two := func(name string) [2]int32 {
		one := rapid.Int32Range(0, int32(len(p.Units)-1))
		return [2]int32{one.Draw(t, name), one.Draw(t, name)}
	}
	for range rapid.IntRange(0, 2).Draw(t, "groups") {
		pair := two("together")
		p.Together = append(p.Together, pair[:])
		if fatal(p) != nil {
			p.Together = p.Together[:len(p.Together)-1]
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "pairs") {
		p.Apart = append(p.Apart, two("apart"))
		if fatal(p) != nil {
			p.Apart = p.Apart[:len(p.Apart)-1]
		}
	}
	if fatal(p) != nil {
		p = loose(p)
	}
	return p
}

// fatal is the first fault for which Balance refuses a problem.
func fatal(p Problem) *Fault {
	for _, f := range Faults(p) {
		if f.Kind.Fatal() {
			return &f
		}
	}
	return nil
}
