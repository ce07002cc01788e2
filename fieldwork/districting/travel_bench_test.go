package districting

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"rounds/internal/towns"
	"rounds/routing"
	"rounds/routing/plane"
	"rounds/routing/territory"

	"github.com/paulmach/orb"
)

// BenchmarkTravel cuts invented cities by minutes with ways, plans four weeks of days for each territory and cuts again by
// these, at most twice: how far what was expected of the ways before any day was planned is from those, and how far minutes with
// ways are from fair then, over the territories of three cities. -v shows each round.
func BenchmarkTravel(b *testing.B) {
	for _, size := range []towns.Size{{Shops: 2_000, Territories: 10}, {Shops: 20_000, Territories: 100}, {Shops: 20_000, Territories: 50}} {
		b.Run(fmt.Sprintf("%d-into-%d", size.Shops, size.Territories), func(b *testing.B) {
			var worst float64
			var errs []float64
			for b.Loop() {
				worst, errs = 0, nil
				for _, seed := range towns.Seeds {
					region, travel := travelling(b, size, seed)
					c := region.Calibrate(b.Context(), travel, territory.Options{Seed: 1}, 2)
					for i, r := range c.Rounds {
						b.Logf("seed %d, round %d: minutes within %.2f %%, ways %.1f %% of them, expected with a mean error of %.2f %%, 95 %% within %.1f %%, all within %.1f %%",
							seed, i, 100*r.Worst, 100*r.Ways, 100*r.Mean, 100*r.P95, 100*r.Largest)
					}
					errs = append(errs, c.Rounds[0].Errors...)
					worst = max(worst, float64(c.Plan.Worst[0])/millionths)
				}
			}
			slices.Sort(errs)
			mean := 0.0
			for _, e := range errs {
				mean += e / float64(len(errs))
			}
			b.ReportMetric(100*mean, "%mean-error")
			b.ReportMetric(100*percentile(errs, 95), "%p95")
			b.ReportMetric(100*errs[len(errs)-1], "%largest")
			b.ReportMetric(100*worst, "%minutes-off")
		})
	}
}

// travelling is an invented city by minutes, to be within 2 %, and retailers, within 5 %.
func travelling(b testing.TB, size towns.Size, seed uint64) (*Region, Travel) {
	b.Helper()
	two, five := 0.02, 0.05
	c, t := City{Measures: []Measure{{"minutes", &two}, {"retailers", &five}}}, Travel{Speed: 25, Days: 5}
	plane := projectionAt(orb.Point{120.6, 30})
	for _, s := range towns.New(size.Shops, seed).Shops {
		c.Places = append(c.Places, Place{Code: s.Code, At: plane.Globe(s.At), Loads: []float64{float64(s.Minutes) / 1000, 1}})
		t.Visits = append(t.Visits, float64(s.Visits))
	}
	for k := range size.Territories {
		c.Territories = append(c.Territories, Territory{Name: fmt.Sprint(k + 1)})
	}
	region, faults := New(c)
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	return region, t
}

// BenchmarkTravelBesideJourneys holds the days that minutes are reckoned by against the planner of journeys: how many times as long its
// ways are, and how far minutes with its ways are from fair in cuts that were calibrated by ours.
func BenchmarkTravelBesideJourneys(b *testing.B) {
	size := towns.Size{Shops: 2_000, Territories: 10}
	var ours, theirs, worst float64
	for b.Loop() {
		ours, theirs, worst = 0, 0, 0
		for _, seed := range towns.Seeds[:1] { // a minute a city
			region, travel := travelling(b, size, seed)
			w := newWays(region, travel)
			c := region.Calibrate(b.Context(), travel, territory.Options{Seed: 1}, 2)
			minutes, all := make([]float64, size.Territories), 0.0
			for k, units := range members(c.Plan.Of, size.Territories) {
				way := w.journey(b, units, w.home(k, units))
				minutes[k] = float64(c.Minutes[k]-c.Ways[k]) + way
				ours, theirs, all = ours+float64(c.Ways[k]), theirs+way, all+minutes[k]
			}
			for _, m := range minutes {
				worst = max(worst, math.Abs(m/all*float64(size.Territories)-1))
			}
		}
	}
	b.ReportMetric(theirs/ours, "journeys/ours")
	b.ReportMetric(100*worst, "%minutes-off")
}

// journey is how long the ways of four weeks are that the planner of journeys finds for a territory; its first week begins on a Monday.
func (w *ways) journey(b *testing.B, units []int32, home plane.Point) float64 {
	b.Helper()
	points := []plane.Point{home}
	for _, i := range units {
		points = append(points, w.Problem.Units[i].At)
	}
	j := routing.Journey{Uneven: 10, Days: make([]routing.JourneyDay, 7*weeks)}
	j.Travel = routing.NewSymmetric(len(points), func(i, k int) routing.Cost { return routing.Cost(w.leg(points[i], points[k])) })
	var open uint64
	for d := range j.Days {
		if d%7 < w.Days {
			j.Days[d].Tours, open = 1, open|1<<d
		}
	}
	for k, i := range units {
		patterns, why := routing.Patterns(routing.Rhythm{Visits: int(w.visits[i]), Days: len(j.Days), Open: open, Spacing: 1000})
		if why != "" {
			b.Fatal(why)
		}
		j.Calls = append(j.Calls, routing.JourneyCall{Node: k + 1, Service: routing.Cost(float64(w.service[i]) / w.visits[i]), Patterns: patterns})
	}
	return float64(routing.SolveJourney(b.Context(), j, routing.Options{Seed: 1, Kicks: 100_000}).Travel)
}
