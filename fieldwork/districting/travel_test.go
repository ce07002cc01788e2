package districting

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"rounds/internal/towns"
	"rounds/routing/plane"
	"rounds/routing/territory"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// A month of days keeps what is asked for of visits: so many to each place, never two on a day, and as far apart as they can be.
func TestMonthsKeepTheRhythm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, days := rapid.IntRange(1, 25).Draw(t, "places"), rapid.IntRange(1, 7).Draw(t, "days a week")
		c := town(n, 1, orb.Point{120, 30})
		travel := Travel{Speed: 25, Days: days}
		for range n {
			travel.Visits = append(travel.Visits, rapid.SampledFrom([]float64{0, 1, 2, 3, 4, 8, 12}).Draw(t, "visits"))
		}
		r, faults := New(c)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		w := newWays(r, travel)
		units := members(make([]int32, n), 1)[0]
		on := make([][]int, n)
		for d, day := range w.month(context.Background(), units, w.home(0, units)) {
			for _, i := range day {
				on[i] = append(on[i], d)
			}
		}
		for i, of := range on {
			wanted := w.visits[i]
			if want := min(int(wanted), weeks*days); len(of) != want || len(slices.Compact(slices.Clone(of))) != want {
				t.Errorf("place %d is visited on %v, want %d days", i, of, want)
			}
			inWeek := [weeks]float64{}
			for _, d := range of {
				inWeek[d/days]++
			}
			if slices.Max(inWeek[:])-slices.Min(inWeek[:]) > 1 {
				t.Errorf("place %d, %g visits, on days %v", i, wanted, of)
			}
			if wanted == 2 && (of[1]-of[0] != 2*days) {
				t.Errorf("place %d is visited on %v: want two weeks between", i, of)
			}
		}
	})
}

// What is visited every eighth week is, by half of such places, in these four.
func TestRareVisits(t *testing.T) {
	t.Parallel()
	r, travel := lattice(t, 12, 1)
	for i := range travel.Visits {
		travel.Visits[i] = 0.5
	}
	w := newWays(r, travel)
	units := members(make([]int32, 144), 1)[0]
	visits := 0
	for _, day := range w.month(t.Context(), units, w.home(0, units)) {
		visits += len(day)
	}
	if visits < 67 || visits > 77 {
		t.Errorf("%d visits, want 72 or nearly", visits)
	}
}

// lattice has n × n places 100 m apart, each with ten minutes a visit.
func lattice(t testing.TB, n int, visits float64) (*Region, Travel) {
	t.Helper()
	tolerance := 0.1
	c := City{Measures: []Measure{{"minutes", &tolerance}}, Territories: []Territory{{Name: "1"}, {Name: "2"}}}
	travel, flat := Travel{Speed: 13.5, Days: 5}, projectionAt(orb.Point{120, 30})
	for i := range n * n {
		c.Places = append(c.Places, Place{
			Code: fmt.Sprintf("%04d", i), At: flat.Globe(plane.Point{X: int64(i % n * 1000), Y: int64(i / n * 1000)}), Loads: []float64{10 * visits},
		})
		travel.Visits = append(travel.Visits, visits)
	}
	r, faults := New(c)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return r, travel
}

// At 13.5 km/h along streets 100 m of a straight line take 0.6 minutes.
func TestSpacingIsThatOfVisitsOfADay(t *testing.T) {
	t.Parallel()
	for visits, want := range map[float64]float64{
		4: 4 * 0.6 * betweenVisits,     // all are visited every week, 100 m apart
		1: 1 * 0.6 * betweenVisits * 2, // a fourth of them, twice as far apart
		0: 0,
	} {
		r, travel := lattice(t, 20, 4)
		for i := range travel.Visits {
			travel.Visits[i] = visits
		}
		inside := Units(r, r.Spacing(travel))[10*20+10]
		if math.Abs(float64(inside)-1000*want) > 0.01*1000*want {
			t.Errorf("%g visits: %d thousandths of a minute, want %.0f", visits, inside, 1000*want)
		}
	}
}

// Tours are as long as their legs: out to one place and back, on each of its days, from the home that the territory has.
func TestToursGoFromHomeAndBack(t *testing.T) {
	t.Parallel()
	r, travel := lattice(t, 2, 4)
	for i := range travel.Visits {
		travel.Visits[i] = 0
	}
	travel.Visits[3] = 2
	r.Problem.Territories[0].Home = &plane.Point{X: r.Problem.Units[3].At.X - 30_000, Y: r.Problem.Units[3].At.Y + 40_000}
	plan := r.Travel(t.Context(), travel, []int32{0, 0, 0, 0})
	if want := []int64{2 * 2 * 50 * 600, 0}; cmp.Diff(want, plan.Ways) != "" {
		t.Errorf("ways of %v, want %v", plan.Ways, want)
	}
	if got := r.Problem.Units[3].Loads[0]; got != 40_000+120_000 || plan.Plan.Loads[0][0] != 4*40_000+120_000 {
		t.Errorf("the place has %d, the territory %d", got, plan.Plan.Loads[0][0])
	}
}

// After calibration minutes are those of days that were planned, and fair with them; without, they are not.
func TestCalibratedMinutesAreThoseOfTours(t *testing.T) {
	t.Parallel()
	region, travel := travelling(t, towns.Size{Shops: 400, Territories: 3}, 7)
	service := make([]int64, 400)
	for i, u := range region.Problem.Units {
		service[i] = u.Loads[0]
	}
	without := territory.Balance(t.Context(), region.Problem, territory.Options{Seed: 1, Iterations: 10_000})
	before := region.Travel(t.Context(), travel, without.Of).Plan
	region, _ = travelling(t, towns.Size{Shops: 400, Territories: 3}, 7)
	c := region.Calibrate(t.Context(), travel, territory.Options{Seed: 1, Iterations: 10_000}, 2)
	if c.Plan.Worst[0] > 30_000 || before.Worst[0] <= c.Plan.Worst[0] {
		t.Errorf("minutes are within %d millionths of fair, without ways in them %d", c.Plan.Worst[0], before.Worst[0])
	}
	again, _ := travelling(t, towns.Size{Shops: 400, Territories: 3}, 7)
	w := newWays(again, travel)
	for k, units := range members(c.Plan.Of, 3) {
		ways, _ := w.tours(t.Context(), units, w.home(k, units))
		var want int64 = ways
		for _, i := range units {
			want += service[i]
		}
		if got := c.Plan.Loads[k][0]; math.Abs(float64(got-want)) > float64(len(units)) {
			t.Errorf("territory %d has %d, of days planned anew %d", k, got, want)
		}
	}
	if checked, err := territory.Check(region.Problem, c.Plan.Of); err != nil || checked.Worst[0] != c.Plan.Worst[0] {
		t.Errorf("the region's problem says %v, %v", checked.Worst, err)
	}
	if other := again.Calibrate(t.Context(), travel, territory.Options{Seed: 1, Iterations: 10_000}, 2); !slices.Equal(other.Plan.Of, c.Plan.Of) {
		t.Error("the same seed and iterations give another plan")
	}
}

func TestCalibrationThatIsStoppedHasAPlan(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	region, travel := travelling(t, towns.Size{Shops: 300, Territories: 3}, 7)
	if c := region.Calibrate(ctx, travel, territory.Options{Seed: 1}, 2); len(c.Plan.Of) != 300 || len(c.Rounds) != 1 {
		t.Errorf("%d of 300 have a territory, after %d rounds", len(c.Plan.Of), len(c.Rounds))
	}
}

// The time is for cutting and for planning: where planning takes long it is cut less often, and always once.
func TestPlanningIsCounted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		planning, ends float64
		cuts           int
	}{{0, 1, 3}, {0.05, 1, 3}, {0.09, 1, 3}, {0.15, 1, 2}, {0.2, 0.7, 1}, {0.5, 1, 1}, {2, 2.5, 1}} {
		now := 0.0
		c, cuts := timing{Options: territory.Options{Spent: func() float64 { return now }}, cuts: 3}, 0
		for c.cuts > 0 {
			o := c.next()
			if got := o.Spent(); got != 0 {
				t.Errorf("a cut begins at %g", got)
			}
			for o.Spent() < 1 {
				now += 0.001
			}
			now += tt.planning
			c.planned()
			cuts++
		}
		if cuts != tt.cuts || math.Abs(now-tt.ends) > 0.3 || now > max(1, 0.5+tt.planning)+0.01 {
			t.Errorf("planning for %g of the time: %d cuts until %g", tt.planning, cuts, now)
		}
	}
	c, cuts := timing{cuts: 3}, 0
	for ; c.cuts > 0; cuts++ {
		if c.next(); c.Spent != nil {
			t.Error("a limit that nobody set")
		}
		c.planned()
	}
	if cuts != 3 {
		t.Errorf("without a limit %d cuts", cuts)
	}
}
