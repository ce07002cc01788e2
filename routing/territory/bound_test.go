package territory

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rounds/routing/plane"
)

func TestBound(t *testing.T) {
	t.Parallel()
	today := func(of ...int32) func(*Problem) {
		return func(p *Problem) {
			for i, k := range of {
				p.Units[i].Today = k
			}
		}
	}
	for name, c := range map[string]struct {
		p            Problem
		change       func(*Problem)
		bound, least int64
	}{
		"nothing to do":                                {row(2, 0, 1, 1, 1, 1), today(0, 0, 1, 1), 0, 0},
		"one too many":                                 {row(2, 0, 1, 1, 1, 1), today(0, 0, 0, 1), 1, 1},
		"through the one between":                      {row(3, 0, 1, 1, 1, 1, 1, 1), today(0, 0, 0, 1, 1, 2), 2, 1},
		"within the tolerance":                         {row(3, 500_000, 1, 1, 1, 1, 1, 1), today(0, 0, 0, 1, 1, 2), 0, 0},
		"as far as the tolerance":                      {row(2, 100_000, 40, 10, 10, 0), today(0, 0, 0, 1), 27, 27},
		"nobody has a territory":                       {row(2, 0, 1, 1), today(), 0, 0},
		"one has none":                                 {row(2, 0, 1, 1, 1, 1), today(0, 0, 0), 1, 1},
		"one has left, whose neighbour passes some on": {row(3, 500_000, 3, 3, 3, 3, 3, 3, 3, 3, 3), today(0, 0, 1, 1, 2, 2, None, None, None), 2, 0},
		"one has left between two":                     {row(2, 0, 1, 1, 1, 1), today(0, None, None, 1), 0, 0},
		"a new territory, from the nearest":            {row(3, 0, 1, 1, 1, 1, 1, 1), today(0, 0, 0, 1, 1, 1), 2, 2},
		"a lock moves":                                 {row(2, 0, 1, 1, 1, 1), func(p *Problem) { today(0, 0, 1, 1)(p); p.Units[0].Lock = 1 }, 2, 2},
		"a frozen one between":                         {row(3, 0, 1, 1, 1, 1, 1, 1), func(p *Problem) { today(0, 0, 0, 1, 1, 2)(p); p.Territories[1].Frozen = true }, 0, 1},
		"a barrier between":                            {row(2, 0, 1, 1, 1, 1), func(p *Problem) { today(0, 0, 0, 1)(p); p.Beside = cutAfter(p.Beside, 2) }, 0, 1},
		"nobody says who lies beside whom":             {row(3, 0, 1, 1, 1, 1, 1, 1), func(p *Problem) { today(0, 0, 0, 1, 1, 2)(p); p.Beside = plane.Graph{} }, 1, 1},
		"a capacity below the tolerance":               {row(2, 500_000, 1, 1, 1, 1), func(p *Problem) { today(0, 0, 1, 1)(p); p.Territories[0].Most = []int64{1} }, 1, 1},
		"capacities that nobody can keep": {row(2, 500_000, 1, 1, 1, 1), func(p *Problem) {
			today(0, 0, 0, 1)(p)
			p.Territories[0].Most, p.Territories[1].Most = []int64{1}, []int64{2}
		}, 1, 1},
		"any tolerance":                           {row(2, AnyTolerance, 1, 1, 1, 1), today(0, 0, 0, 0), 0, 0},
		"half a share":                            {row(2, 0, 1, 1, 1), func(p *Problem) { today(0, 0, 1)(p); p.Territories[1].Share = 2 }, 1, 1},
		"a tolerance that no whole number keeps":  {row(2, 0, 1, 1, 1), today(0, 0, 0), 1, 1},
		"a half share for an even number of them": {row(2, 0, 2, 2, 2), func(p *Problem) { today(0, 0, 1)(p); p.Territories[1].Share = 2 }, 2, 2},
	} {
		c.change(&c.p)
		if bound, least := Bound(c.p, 0); bound != c.bound || least != c.least {
			t.Errorf("%s: %d, %d, want %d, %d", name, bound, least, c.bound, c.least)
		}
	}
}

// No cut that keeps the tolerance changes less than Least; none of which units go only to where somebody beside their
// territory is changes less than Bound.
func TestNoCutChangesLessThanItsBound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, 8, 3)
		p.MostChange = 0
		m := len(p.Measures) - 1
		p.Measures[0], p.Measures[m] = p.Measures[m], p.Measures[0]
		for i := range p.Units {
			loads := p.Units[i].Loads
			loads[0], loads[m] = loads[m], loads[0]
		}
		bound, least := Bound(p, 0)
		if bound < least && p.Measures[0].Tolerance != AnyTolerance && canPass(p) {
			t.Fatalf("bound %d is below least %d", bound, least)
		}
		beside := besideToday(p)
		low, high := p.spans(0)
		allCuts(p, func(of []int32) {
			c := check{p: p, of: of}
			for k, loads := range c.loads() {
				if loads[0] < low[k] || loads[0] > high[k] {
					return
				}
			}
			moved := c.change().Load
			if moved < least {
				t.Fatalf("%d changes %d, less than %d", of, moved, least)
			}
			if moved < bound && keepsBeside(p, beside, of) && keepsFree(p, of) {
				t.Fatalf("%d changes %d, less than %d", of, moved, bound)
			}
		})
	})
}

// No cut that meets all tolerances and capacities changes less than a plan says any must; what one measure asks for may cost another.
func TestNoCutThatMeetsAllChangesLessThanTheLeast(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		loads [][]int64 // of two measures, at 10 %
		today []int32
		want  int64
	}{
		"the first measure alone":                 {[][]int64{{4, 1}, {4, 1}, {2, 0}, {2, 1}, {2, 1}}, []int32{0, 0, 0, 1, 1}, 3},
		"the second, by those light in the first": {[][]int64{{90, 50}, {10, 50}, {100, 10}, {10, 10}}, []int32{0, 0, 1, 1}, 6},
	} {
		p := Problem{Measures: []Measure{{100_000}, {100_000}}, Territories: []Territory{{Share: 1}, {Share: 1}}}
		for i, loads := range c.loads {
			p.Units = append(p.Units, Unit{At: plane.Point{X: int64(i)}, Loads: loads, Today: c.today[i], Lock: None})
		}
		plan := Plan{Change: Change{Of: 1}}
		if p.explain(&plan); plan.Change.Least != c.want {
			t.Errorf("%s: %d, want %d", name, plan.Change.Least, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, 8, 3)
		p.MostChange = 0
		allCuts(p, func(of []int32) {
			c := check{p: p, of: of}
			if _, short := c.balance(c.loads()); len(short) > 0 {
				return
			}
			plan := Plan{Change: c.change()}
			p.explain(&plan)
			if plan.Change.Load < plan.Change.Least {
				t.Fatalf("%d meets all and changes %d, less than %d", of, plan.Change.Load, plan.Change.Least)
			}
		})
	})
}

// canPass tells whether load can pass between any two territories, through others: only then is the bound of steps never below.
func canPass(p Problem) bool {
	_, size := p.components()
	return len(size) == 1 && !anyFrozen(p) && !hasFree(p)
}

func hasFree(p Problem) bool {
	return slices.ContainsFunc(p.Units, func(u Unit) bool { return u.Today == None })
}

func anyFrozen(p Problem) bool {
	return slices.ContainsFunc(p.Territories, func(t Territory) bool { return t.Frozen })
}

func besideToday(p Problem) map[[2]int32]bool {
	beside := map[[2]int32]bool{}
	for _, b := range p.borders() {
		beside[[2]int32{b.a, b.b}], beside[[2]int32{b.b, b.a}] = true, true
	}
	return beside
}

func keepsBeside(p Problem, beside map[[2]int32]bool, of []int32) bool {
	for i, u := range p.Units {
		if u.Lock == None && u.Today != None && of[i] != u.Today && !beside[[2]int32{u.Today, of[i]}] {
			return false
		}
	}
	return true
}

// keepsFree tells whether units that have no territory go to one that somebody beside them has today or is locked to, or beside others
// that have none and lie between.
func keepsFree(p Problem, of []int32) bool {
	has := map[int32]bool{}
	for _, u := range p.Units {
		has[u.Today] = true
	}
	free := func(i int32) bool { return p.Units[i].Today == None && p.Units[i].Lock == None }
	for i := range p.Units {
		if !free(int32(i)) || !has[of[i]] || p.Beside.Len() == 0 {
			continue
		}
		near, any := map[int32]bool{}, false
		part := []int32{int32(i)}
		for at := 0; at < len(part); at++ {
			for _, j := range p.Beside.Of(int(part[at])) {
				if free(j) && !slices.Contains(part, j) {
					part = append(part, j)
				} else if !free(j) {
					near[p.Units[j].Today], near[p.Units[j].Lock] = true, true
				}
			}
		}
		for k := range near {
			any = any || k != None && !p.Territories[k].Frozen
		}
		if any && !near[of[i]] {
			return false
		}
	}
	return true
}

// Among units of load 1 the bound is reached, where all territories are beside each other.
func TestBoundIsReachedByUnitsOfOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := loose(drawProblem(t, 8, 3))
		p.MostChange, p.Measures = 0, p.Measures[:1]
		for i := range p.Units {
			p.Units[i].Loads = []int64{1}
		}
		for k := range p.Territories {
			p.Territories[k].Most = nil
		}
		p.Beside = plane.Graph{}
		bound, _ := Bound(p, 0)
		complete := p.drift(0)
		var all []border
		for a := range p.Territories {
			for b := range a {
				all = append(all, border{int32(b), int32(a), 1})
			}
		}
		if steps := sumOf(complete.flows(all)); steps != bound {
			t.Fatalf("%d by flow, %d by sums: %+v", steps, bound, complete)
		}
		low, high := p.spans(0)
		reached := int64(-1)
		allCuts(p, func(of []int32) {
			c := check{p: p, of: of}
			for k, loads := range c.loads() {
				if loads[0] < low[k] || loads[0] > high[k] {
					return
				}
			}
			if moved := c.change().Load; reached < 0 || moved < reached {
				reached = moved
			}
		})
		if reached >= 0 && reached != bound {
			t.Fatalf("reached %d, bound %d", reached, bound)
		}
	})
}

// A flow on a random graph costs what the cheapest cycles leave: no cycle with room lowers it.
func TestFlowsAreCheapest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(2, 7).Draw(t, "nodes")
		net := newNetwork(nodes)
		node := rapid.IntRange(0, nodes-1)
		for range rapid.IntRange(1, 20).Draw(t, "arcs") {
			net.add(node.Draw(t, "from"), node.Draw(t, "to"), rapid.Int64Range(0, 9).Draw(t, "room"), rapid.Int64Range(0, 9).Draw(t, "price"))
		}
		net.run(0, nodes-1)
		far := make([]int64, nodes) // Bellman and Ford from everywhere at once
		for range nodes {
			for from := range nodes {
				for a := net.first[from]; a != None; a = net.arcs[a].next {
					if one := net.arcs[a]; one.room > 0 {
						far[one.to] = min(far[one.to], far[from]+one.price)
					}
				}
			}
		}
		open := []int32{0}
		seen := map[int32]bool{0: true}
		for len(open) > 0 {
			from := open[0]
			open = open[1:]
			for a := net.first[from]; a != None; a = net.arcs[a].next {
				one := net.arcs[a]
				if one.room > 0 && far[one.to] > far[from]+one.price {
					t.Fatal("a cheaper cycle is left")
				}
				if one.room > 0 && !seen[one.to] {
					seen[one.to], open = true, append(open, one.to)
				}
			}
		}
		if seen[int32(nodes-1)] {
			t.Fatal("there is room for more")
		}
	})
}

func BenchmarkBound(b *testing.B) {
	for _, k := range []int{10, 100, 250, 1000} {
		b.Run(fmt.Sprint(k), func(b *testing.B) {
			p := blocks(k, newRand())
			for b.Loop() {
				Bound(p, 0)
			}
		})
	}
}

// blocks is a city of 64 units a territory, in square blocks of today, of loads that differ by their places.
func blocks(k int, r *rand.Rand) Problem {
	p := Problem{Measures: []Measure{{50_000}}, Territories: make([]Territory, k), Beside: lattice(8*k, 8)}
	across := 1
	for across*across < k {
		across++
	}
	side := 8 * across
	p.Beside = lattice(side, side)
	trend := make([]int64, k)
	for i := range trend {
		p.Territories[i].Share, trend[i] = 1, 650+r.Int64N(700)
	}
	for i := range side * side {
		x, y := i%side, i/side
		today := min((y/8)*across+x/8, k-1)
		p.Units = append(p.Units, Unit{At: plane.Point{X: int64(x), Y: int64(y)}, Loads: []int64{trend[today]}, Today: int32(today), Lock: None})
	}
	return p
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(7, 7)) }
