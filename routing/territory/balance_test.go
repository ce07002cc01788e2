package territory

import (
	"context"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rounds/internal/towns"
	"rounds/routing/plane"
)

// cases is how many random problems are cut: few, or with ROUNDS_SOAK=1 ten thousand.
func cases(few int) int {
	if os.Getenv("ROUNDS_SOAK") != "" {
		return 10_000
	}
	return max(1, few/fewer)
}

// fewer is how many times fewer cases there are under the race detector.
var fewer = 1

// somePlaces are places on a small square, some of them the same, with barriers between them or not.
func somePlaces(t *rapid.T, most int) (at []plane.Point, beside plane.Graph) {
	side := rapid.Int64Range(1, 60).Draw(t, "side")
	place := rapid.Custom(func(t *rapid.T) plane.Point {
		return plane.Point{X: 100 * rapid.Int64Range(-side, side).Draw(t, "x"), Y: 100 * rapid.Int64Range(-side, side).Draw(t, "y")}
	})
	at = rapid.SliceOfN(place, 1, most).Draw(t, "places")
	barrier := rapid.Custom(func(t *rapid.T) []plane.Point {
		a, b := place.Draw(t, "from"), place.Draw(t, "to")
		return []plane.Point{{X: a.X*2 + 51, Y: a.Y*2 + 49}, {X: b.X*2 + 53, Y: b.Y*2 + 47}}
	})
	return at, plane.Delaunay(at).Cut(rapid.SliceOfN(barrier, 0, 4).Draw(t, "barriers"))
}

// someProblem has random loads, tolerances, shares and homes; none is locked.
func someProblem(t *rapid.T, most, territories int) Problem {
	at, beside := somePlaces(t, most)
	p := Problem{Beside: beside}
	p.Measures = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Measure {
		return Measure{Tolerance: rapid.SampledFrom([]int64{AnyTolerance, 0, 20_000, 100_000, 500_000}).Draw(t, "tolerance")}
	}), 1, 3).Draw(t, "measures")
	for _, a := range at {
		p.Units = append(p.Units, Unit{At: a, Loads: rapid.SliceOfN(rapid.Int64Range(0, 30), len(p.Measures), len(p.Measures)).Draw(t, "loads"), Today: None, Lock: None})
	}
	for range rapid.IntRange(1, territories).Draw(t, "k") {
		k := Territory{Share: rapid.Int64Range(1, 4).Draw(t, "share")}
		if rapid.IntRange(0, 3).Draw(t, "homed") == 0 {
			k.Home = &at[rapid.IntRange(0, len(at)-1).Draw(t, "home")]
		}
		p.Territories = append(p.Territories, k)
	}
	return p
}

// someTies add locks, groups, pairs and frozen territories.
func someTies(t *rapid.T, p *Problem) {
	n := int32(len(p.Units)) - 1
	unit, of := rapid.Int32Range(0, n), rapid.Int32Range(0, int32(len(p.Territories))-1)
	for range rapid.IntRange(0, 3).Draw(t, "locks") {
		p.Units[unit.Draw(t, "unit")].Lock = of.Draw(t, "lock")
	}
	p.Together = rapid.SliceOfN(rapid.SliceOfN(unit, 2, 3), 0, 2).Draw(t, "together")
	for range rapid.IntRange(0, 2).Draw(t, "pairs") {
		p.Apart = append(p.Apart, [2]int32{unit.Draw(t, "a"), unit.Draw(t, "b")})
	}
	if rapid.IntRange(0, 3).Draw(t, "frozen") == 0 {
		k := of.Draw(t, "which")
		p.Territories[k].Frozen = true
		for range 3 {
			p.Units[unit.Draw(t, "today")].Today = k
		}
	}
}

// TestNothingIsBrokenThatNeedNotBe cuts random places among random barriers: nothing is broken, unless barriers leave more parts than
// there are territories; then one is.
func TestNothingIsBrokenThatNeedNotBe(t *testing.T) {
	t.Parallel()
	for seed := range cases(200) {
		p := rapid.Custom(func(t *rapid.T) Problem { return someProblem(t, 80, 9) }).Example(seed)
		if faulty(p) {
			continue
		}
		plan := Balance(t.Context(), p, Options{Seed: uint64(seed), Iterations: 4000})
		checked, err := Check(p, plan.Of)
		if err != nil {
			t.Fatalf("case %d: %v", seed, err)
		}
		_, parts := p.components()
		if most := min(1, max(0, len(parts)-len(p.Territories))); len(checked.Broken) > most {
			t.Errorf("case %d: %d units, %d parts, %d territories: broken %v", seed, len(p.Units), len(parts), len(p.Territories), checked.Broken)
		}
	}
}

// TestTiesAreKept cuts few units with locks, groups, pairs and frozen territories: all are kept, and no cut at all breaks
// fewer territories.
func TestTiesAreKept(t *testing.T) {
	t.Parallel()
	for seed := range cases(200) {
		p := rapid.Custom(func(t *rapid.T) Problem {
			p := someProblem(t, 7, 3)
			someTies(t, &p)
			return p
		}).Example(seed)
		if faulty(p) {
			continue
		}
		fewest := fewestBroken(p)
		if fewest < 0 {
			continue // no cut keeps them all
		}
		plan := Balance(t.Context(), p, Options{Seed: uint64(seed), Iterations: 4000})
		checked, err := Check(p, plan.Of)
		if err != nil {
			t.Errorf("case %d: %v", seed, err)
		} else if len(checked.Broken) > fewest {
			t.Errorf("case %d: broken %v, %d need be; %+v of %v", seed, checked.Broken, fewest, p, plan.Of)
		}
	}
}

// fewestBroken tries all cuts: below 0 if none keeps all ties.
func fewestBroken(p Problem) int {
	fewest := -1
	of := make([]int32, len(p.Units))
	for {
		c := check{p: p, of: of}
		if c.locks() == nil && c.together() == nil && c.apart() == nil && c.frozen() == nil {
			if b := len(c.broken()); fewest < 0 || b < fewest {
				fewest = b
			}
		}
		i := 0
		for ; i < len(of); i++ {
			if of[i]++; int(of[i]) < len(p.Territories) {
				break
			}
			of[i] = 0
		}
		if i == len(of) {
			return fewest
		}
	}
}

// TestLargeSharesGetLargeParts has a river that leaves a quarter on one side, for whoever works a quarter of the time.
func TestLargeSharesGetLargeParts(t *testing.T) {
	t.Parallel()
	for _, shares := range [][]int64{{1, 3}, {3, 1}, {2, 1, 4, 1}} {
		p := row(len(shares), 20_000, slices.Repeat([]int64{1}, 80)...)
		var at []plane.Point
		for i := range p.Units {
			p.Units[i].At.Y = int64(i % 2)
			at = append(at, p.Units[i].At)
		}
		p.Beside = plane.Delaunay(at).Cut([][]plane.Point{{{X: 195, Y: -9}, {X: 195, Y: 9}}})
		for k, share := range shares {
			p.Territories[k].Share = share
		}
		if plan := Balance(t.Context(), p, Options{Iterations: 1000, Seed: 1}); !plan.Met {
			t.Errorf("shares %v: %+v", shares, plan.Short)
		}
	}
}

// TestRepairTouchesLittle locks a retailer of a balanced city to the territory beside it: the rest stays, and all is balanced again.
func TestRepairTouchesLittle(t *testing.T) {
	t.Parallel()
	p := city(towns.Size{Shops: 2000, Territories: 10}, 7, 50_000)
	before := Balance(t.Context(), p, Options{Seed: 1})
	if !before.Met {
		t.Fatalf("not met: %v", before.Short)
	}
	u, to := heavyAtBorder(p, before.Of)
	p.Units[u].Lock = to
	after := Repair(t.Context(), p, before.Of, Options{Seed: 1})
	if !after.Met {
		t.Errorf("not met any more: %v, broken %v", after.Short, after.Broken)
	}
	moved := 0
	for i, k := range after.Of {
		if k != before.Of[i] {
			moved++
		}
	}
	if moved == 0 || moved > 200 {
		t.Errorf("%d of 2000 moved", moved)
	}
}

// TestRepairsAreMetNearBy locks the heaviest retailer of every territory next door, one at a time.
func TestRepairsAreMetNearBy(t *testing.T) {
	t.Parallel()
	p := city(towns.Size{Shops: 4000, Territories: 20}, 11, 50_000)
	before := Balance(t.Context(), p, Options{Seed: 1, Iterations: 600_000})
	if !before.Met {
		t.Fatalf("not met: %v", before.Short)
	}
	for k := range int32(20 / fewer) {
		u, to := heaviestAtBorder(p, before.Of, k)
		p.Units[u].Lock = to
		after := Repair(t.Context(), p, before.Of, Options{Seed: 1})
		if changed := differ(after.Of, before.Of); !after.Met || after.Of[u] != to || changed > 100 || after.Iterations > 400_000 {
			t.Errorf("of %d: met %v, short %v, %d change, %d proposals", k, after.Met, after.Short, changed, after.Iterations)
		}
		p.Units[u].Lock = None
	}
}

// heaviestAtBorder is the unit of most volume in a territory that is beside another, and that.
func heaviestAtBorder(p Problem, of []int32, k int32) (unit int, to int32) {
	unit = None
	for i, u := range p.Units {
		if of[i] != k || unit != None && u.Loads[3] <= p.Units[unit].Loads[3] {
			continue
		}
		for _, j := range p.Beside.Of(i) {
			if of[j] != k {
				unit, to = i, of[j]
				break
			}
		}
	}
	return unit, to
}

func differ(a, b []int32) (count int) {
	for i := range a {
		if a[i] != b[i] {
			count++
		}
	}
	return count
}

// heavyAtBorder is a unit of much volume, and another territory that it is beside.
func heavyAtBorder(p Problem, of []int32) (unit int, to int32) {
	for i, u := range p.Units {
		for _, j := range p.Beside.Of(i) {
			if of[j] != of[i] && u.Loads[3] > 10_000 {
				return i, of[j]
			}
		}
	}
	return None, None
}

// A search that is stopped before it begins cuts evenly all the same.
func TestStoppedAtOnceIsACutAlready(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	p := blocks(30, newRand())
	for i := range p.Units {
		p.Units[i].Today = None
	}
	plan := Balance(ctx, p, Options{Iterations: 1_000_000})
	if plan.Worst[0] > 500_000 || len(plan.Broken) > 0 || plan.Iterations > 0 {
		t.Errorf("off by %d millionths, %d broken, after %d", plan.Worst[0], len(plan.Broken), plan.Iterations)
	}
}
