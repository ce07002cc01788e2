package territory

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFloors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		p      Problem
		change func(*Problem)
		floor  int64
		reason Reason
		units  []int32
	}{
		"it can be met":                      {row(2, 0, 1, 1, 1, 1), func(*Problem) {}, 0, NotFound, nil},
		"one shop is too much":               {row(2, 100_000, 6, 2, 1, 1), func(*Problem) {}, 200_000, OneUnit, []int32{0}},
		"a group is too much":                {row(2, 100_000, 3, 2, 3, 1, 1), func(p *Problem) { p.Together = [][]int32{{0, 2}} }, 200_000, OneUnit, []int32{0, 2}},
		"one shop for a large share":         {row(2, 100_000, 6, 2, 1), func(p *Problem) { p.Territories[1].Share = 2 }, 0, NotFound, nil},
		"three shops leave too little":       {row(4, 500_000, 13, 13, 13, 1, 0), func(*Problem) {}, 900_000, OneUnit, []int32{0, 1, 2}},
		"what is locked is too much":         {row(2, 100_000, 3, 3, 2, 2), func(p *Problem) { p.Units[0].Lock, p.Units[1].Lock = 1, 1 }, 200_000, Locks, []int32{0, 1}},
		"what is frozen is too little":       {row(3, 100_000, 1, 2, 2, 1), func(p *Problem) { p.Units[0].Today, p.Territories[0].Frozen = 0, true }, 500_000, Locks, []int32{0}},
		"a barrier":                          {row(2, 100_000, 3, 3, 2, 2), func(p *Problem) { p.Beside = cutAfter(p.Beside, 1) }, 200_000, CutOff, []int32{0, 1}},
		"more banks than territories":        {row(2, 0, 1, 1, 1, 1), func(p *Problem) { p.Beside = cutAfter(cutAfter(p.Beside, 0), 1) }, 0, NotFound, nil},
		"three banks":                        {row(4, 50_000, 3, 3, 3, 3), func(p *Problem) { p.Beside = cutAfter(cutAfter(p.Beside, 0), 1) }, 0, NotFound, nil},
		"three banks of odd size":            {row(4, 400_000, 2, 2, 1, 2, 2, 3), func(p *Problem) { p.Beside = cutAfter(cutAfter(p.Beside, 1), 2) }, 666_667, CutOff, []int32{2}},
		"a capacity":                         {row(2, 100_000, 1, 1, 1, 1), func(p *Problem) { p.Territories[0].Most = []int64{1} }, 500_000, Capacity, nil},
		"capacities below all":               {row(2, 100_000, 1, 1, 1, 1), func(p *Problem) { p.Territories[0].Most, p.Territories[1].Most = []int64{1}, []int64{2} }, 0, Capacity, nil},
		"capacities alone":                   {row(2, AnyTolerance, 1, 1, 1, 1), func(p *Problem) { p.Territories[0].Most, p.Territories[1].Most = []int64{1}, []int64{2} }, 0, Capacity, nil},
		"little may change":                  {row(2, 100_000, 2, 2, 2, 2), func(p *Problem) { p.today(0, 0, 0, 1); p.MostChange = 125_000 }, 250_000, NoChange, nil},
		"enough may change":                  {row(2, 100_000, 2, 2, 2, 2), func(p *Problem) { p.today(0, 0, 0, 1); p.MostChange = 250_000 }, 0, NotFound, nil},
		"the new ones may go anywhere":       {row(2, 100_000, 2, 2, 2, 2), func(p *Problem) { p.today(0, 0, None, None); p.MostChange = 1 }, 0, NotFound, nil},
		"an odd number":                      {row(2, 100_000, 1, 1, 1), func(*Problem) {}, 333_334, WholeUnits, nil},
		"an even number of heavier ones":     {row(2, 100_000, 2, 2, 2), func(*Problem) {}, 333_334, WholeUnits, nil},
		"two of three in one":                {row(2, 100_000, 40, 40, 41, 1), func(*Problem) {}, 311_476, WholeUnits, nil},
		"no sums come near":                  {row(2, 50_000, 70, 30, 30, 30), func(*Problem) {}, 125_000, WholeUnits, nil},
		"no units at all for a hair's share": {row(2, 50_000, 1, 1, 1), func(p *Problem) { p.Territories[1].Share = 1000 }, 1_000_000, WholeUnits, nil},
	} {
		c.change(&c.p)
		floor, reason, units := Reachable(c.p, 0)
		if floor != c.floor || reason != c.reason || !cmp.Equal(units, c.units) {
			t.Errorf("%s: %d %s %d, want %d %s %d", name, floor, reason, units, c.floor, c.reason, c.units)
		}
	}
}

// today says where units are today.
func (p *Problem) today(of ...int32) {
	for i, k := range of {
		p.Units[i].Today = k
	}
}

// No cut has a smaller worst deviation than the floor, of all that keep what a cut is to keep.
func TestNoCutIsBelowItsFloor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, 7, 4)
		best, inside := bestOfAll(p)
		for m, measure := range p.Measures {
			floor, reason, _ := Reachable(p, m)
			if !inside[m] && !p.floors(m).fails(MostTolerance) {
				continue // no cut at all, which nothing proves
			}
			if best[m] >= 0 && floor > best[m] {
				t.Fatalf("measure %d: floor %d, and a cut of %d", m, floor, best[m])
			}
			if reason != NotFound && inside[m] && (measure.Tolerance == AnyTolerance || best[m] <= measure.Tolerance) {
				t.Fatalf("measure %d: %s, and a cut of %d is within %d", m, reason, best[m], measure.Tolerance)
			}
		}
	})
}

// bestOfAll is, of each measure, the least worst deviation of cuts in one piece within its capacities, of those beyond them where
// there is none, and -1 where there is none of them; and whether there is one within them.
func bestOfAll(p Problem) (best []int64, inside []bool) {
	all := fill(len(p.Measures))
	best = fill(len(p.Measures))
	inside = make([]bool, len(p.Measures))
	allCuts(p, func(of []int32) {
		c := check{p: p, of: of}
		if c.broken() != nil {
			return
		}
		loads := c.loads()
		for m := range p.Measures {
			worst, kept := int64(0), true
			for k := range loads {
				worst = max(worst, c.deviation(loads, k, m))
				kept = kept && (p.Territories[k].Most == nil || p.Territories[k].Most[m] == 0 || loads[k][m] <= p.Territories[k].Most[m])
			}
			lower(&all[m], worst)
			if kept {
				lower(&best[m], worst)
			}
		}
	})
	for m := range best {
		if inside[m] = best[m] >= 0; !inside[m] {
			best[m] = all[m]
		}
	}
	return best, inside
}

func fill(n int) []int64 { return slices.Repeat([]int64{-1}, n) }

func lower(best *int64, worst int64) {
	if *best < 0 || worst < *best {
		*best = worst
	}
}

// A few floors are the best there is, or the proofs would be worth little.
func TestFloorsAreOftenReached(t *testing.T) {
	t.Parallel()
	var reached, all int
	rapid.Check(t, func(t *rapid.T) {
		p := loose(drawProblem(t, 7, 4))
		p.MostChange = 0
		p.Beside = lattice(len(p.Units), 1)
		p.Beside.First, p.Beside.Next = nil, nil
		best, _ := bestOfAll(p)
		for m := range p.Measures {
			floor, _, _ := Reachable(p, m)
			if all++; floor == best[m] {
				reached++
			}
		}
	})
	if 10*reached < 9*all {
		t.Errorf("%d of %d floors are reached", reached, all)
	}
}

// TestFloorsAreFoundInSoManySteps has a hundred territories with most units locked, and some free that fit nowhere well: the proof stops
// after so many steps, and what it has proven so far stands.
func TestFloorsAreFoundInSoManySteps(t *testing.T) {
	t.Parallel()
	p := row(100, 1, slices.Repeat([]int64{10_000}, 124)...)
	for i := range p.Units {
		if i < 24 {
			p.Units[i].Loads[0] = 5000 + int64(i*i%97)
		} else {
			p.Units[i].Lock, p.Units[i].Loads[0] = int32(i-24), 10_000-int64(i%4)*5000/3-int64(i*i%89)
		}
	}
	f := p.floors(0)
	floor := f.least()
	if floor == 0 || f.looks > mostLooks+100*100 {
		t.Errorf("floor %d after %d looks", floor, f.looks)
	}
}

func BenchmarkFloors(b *testing.B) {
	p := blocks(250, newRand())
	for b.Loop() {
		Reachable(p, 0)
	}
}
