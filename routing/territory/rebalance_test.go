package territory

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rounds/internal/towns"
	"rounds/routing/plane"
)

// A cut made from today's keeps all that a cut has to keep, and the limit of change, whatever else is asked.
func TestBalancingAgainKeepsWhatMustBe(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, 14, 4)
		p.ChangePrice = rapid.SampledFrom([]int64{LittleChange, 0, 300, 5000}).Draw(t, "price")
		anyCut := false
		if len(p.Units) < 8 {
			allCuts(p, func([]int32) { anyCut = true })
		}
		plan := Balance(t.Context(), p, Options{Seed: 1, Iterations: 20_000})
		again, err := Check(p, plan.Of)
		if err != nil {
			if anyCut {
				t.Fatalf("%v: %+v", err, p)
			}
			return
		}
		again.Iterations = plan.Iterations
		if diff := cmp.Diff(again, plan); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestDearChangeChangesNothingThatNeedNot(t *testing.T) {
	t.Parallel()
	p, today := smallDrift(t, 400, 4, 900_000)
	p.ChangePrice = 1_000_000
	plan := Balance(t.Context(), p, Options{Seed: 1, Iterations: 100_000})
	if plan.Change.Units != 0 || !slices.Equal(plan.Of, today.Of) {
		t.Errorf("%+v", plan.Change)
	}
}

func TestADriftedCityIsBalancedWithLittleChange(t *testing.T) {
	t.Parallel()
	p, today := smallDrift(t, 600, 5, 50_000)
	p.ChangePrice = LittleChange
	plan := Balance(t.Context(), p, Options{Seed: 1, Iterations: 600_000})
	if !plan.Met || 100*plan.Change.Load > 110*plan.Change.Bound || 100*plan.Cost > 125*today.Cost {
		t.Errorf("today %d, met %v, %+v, cost %d of %d", today.Worst, plan.Met, plan.Change, plan.Cost, today.Cost)
	}
	again := Balance(t.Context(), p, Options{Seed: 1, Iterations: 600_000})
	if diff := cmp.Diff(plan, again); diff != "" {
		t.Error(diff)
	}
}

func TestALimitOfChangeIsKeptAndUsed(t *testing.T) {
	t.Parallel()
	p, today := smallDrift(t, 600, 5, 50_000)
	for _, most := range []int64{1, 20_000, 50_000} {
		p.MostChange = most
		plan := Balance(t.Context(), p, Options{Seed: 1, Iterations: 400_000})
		used := plan.Change.Load * million / plan.Change.Of
		if used > most || most > 1 && (2*used < most || plan.Worst[0] >= today.Worst[0]) || len(plan.Broken) > 0 {
			t.Errorf("limit %d: used %d, worst %d of %d, broken %d", most, used, plan.Worst, today.Worst, len(plan.Broken))
		}
	}
}

func TestANewRepStartsAtHome(t *testing.T) {
	t.Parallel()
	p, _ := smallDrift(t, 600, 5, 50_000)
	home := p.Units[17].At
	p.Territories = append(p.Territories, Territory{Share: 1, Home: &home})
	p.ChangePrice = UsualPrice(p)
	plan := Balance(t.Context(), p, Options{Seed: 1, Iterations: 600_000})
	nearest := int64(1 << 60)
	for i, u := range p.Units {
		if x, y := u.At.X-home.X, u.At.Y-home.Y; plan.Of[i] == 5 {
			nearest = min(nearest, x*x+y*y)
		}
	}
	if !plan.Met || nearest > 10_000*10_000 || plan.Change.Units > 300 {
		t.Errorf("met %v, worst %d, nearest to home %d, %+v", plan.Met, plan.Worst, nearest, plan.Change)
	}
}

func TestTheUnitsOfARepWhoLeavesGoToNeighbours(t *testing.T) {
	t.Parallel()
	p, _ := smallDrift(t, 600, 5, 100_000)
	for i := range p.Units {
		if p.Units[i].Today == 4 {
			p.Units[i].Today = None
		}
	}
	p.Territories = p.Territories[:4]
	p.ChangePrice = UsualPrice(p)
	plan := Balance(t.Context(), p, Options{Seed: 1, Iterations: 600_000})
	if !plan.Met || plan.Change.Units > 200 {
		t.Errorf("met %v, worst %d, %+v", plan.Met, plan.Worst, plan.Change)
	}
}

// smallDrift is a small city that was cut fairly and has changed since.
func smallDrift(t *testing.T, shops, territories int, tolerance int64) (Problem, Plan) {
	t.Helper()
	town := towns.New(shops, 7)
	p := workloadOf(town, territories, 20_000)
	of := Balance(t.Context(), p, Options{Seed: 1, Iterations: 300 * shops}).Of
	p = workloadOf(town.Drift(7), territories, tolerance)
	for i, k := range of {
		p.Units[i].Today = k
	}
	today, err := Check(p, of)
	if err != nil {
		t.Fatal(err)
	}
	return p, today
}

// workloadOf is a town to be cut into territories of even workload.
func workloadOf(town towns.Town, territories int, tolerance int64) Problem {
	p := Problem{Territories: make([]Territory, territories), Beside: plane.Delaunay(town.Points()).Beside(), Measures: []Measure{{tolerance}}}
	for k := range p.Territories {
		p.Territories[k].Share = 1
	}
	for _, s := range town.Shops {
		p.Units = append(p.Units, Unit{At: s.At, Loads: []int64{s.Minutes}, Today: None, Lock: None})
	}
	return p
}

// A territory of today that is broken where units have none is made whole by them, even if nothing may change hands.
func TestBrokenTerritoriesAreMadeWholeWithinTheLimit(t *testing.T) {
	t.Parallel()
	const across = 40
	p := row(2, 500_000, slices.Repeat([]int64{1}, 2*across)...)
	p.Beside, p.MostChange = lattice(across, 2), 1
	for i := range p.Units {
		p.Units[i].At, p.Units[i].Today = plane.Point{X: int64(10 * (i % across)), Y: int64(10 * (i / across))}, int32(1-i/across)
	}
	for i := across + 10; i < across+30; i++ {
		p.Units[i].Today = None
	}
	plan := Balance(t.Context(), p, Options{Iterations: 1})
	if len(plan.Broken) > 0 || plan.Change.Load > 0 {
		t.Errorf("%d change hands, and %+v lie apart", plan.Change.Load, plan.Broken)
	}
}
