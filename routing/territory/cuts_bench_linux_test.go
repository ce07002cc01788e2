package territory

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rounds/internal/cputime"
	"rounds/internal/towns"
	"rounds/routing/plane"
)

// cuts are what is measured: cities of shops into territories, with a tolerance for all four measures, in a time.
var cuts = []struct {
	size      towns.Size
	tolerance int64
	d2        float64 // at most, of the yardstick; 0: any
	budget    time.Duration
}{
	{towns.Size{Shops: 2_000, Territories: 10}, 20_000, 1.40, 500 * time.Millisecond},
	{towns.Size{Shops: 20_000, Territories: 10}, 10_000, 1.33, 3 * time.Second},
	{towns.Size{Shops: 20_000, Territories: 100}, 50_000, 1.42, 3 * time.Second},
	{towns.Size{Shops: 20_000, Territories: 100}, 20_000, 0, 20 * time.Second},
	{towns.Size{Shops: 60_000, Territories: 250}, 50_000, 1.44, 15 * time.Second},
}

// BenchmarkCuts cuts invented cities from scratch within budgets of processor time: the worst deviation of the four measures,
// the spread beside that of plain k-means, the broken territories. -v shows each city.
func BenchmarkCuts(b *testing.B) {
	for _, c := range cuts {
		b.Run(fmt.Sprintf("%d-into-%d-%dpm-%v", c.size.Shops, c.size.Territories, c.tolerance/1000, c.budget), func(b *testing.B) {
			var worst, d2, broken, met float64
			for b.Loop() {
				worst, d2, broken, met = 0, 0, 0, 0
				for _, seed := range towns.Seeds {
					p := city(c.size, seed, c.tolerance)
					clock := cputime.Start(b.Context(), c.budget)
					plan := Balance(clock, p, Options{Seed: 1, Spent: clock.Spent})
					took := clock.Stop()
					ratio := float64(plan.Cost) / float64(towns.Yardstick(c.size, seed))
					w := float64(slices.Max(plan.Worst)) / 10_000
					b.Logf("seed %d: met %v, worst %.2f %%, D2 %.3f, broken %d, %d k proposals, %.2f s",
						seed, plan.Met, w, ratio, len(plan.Broken), plan.Iterations/1000, took.Seconds())
					worst, d2, broken = max(worst, w), max(d2, ratio), broken+float64(len(plan.Broken))
					if plan.Met && (c.d2 == 0 || ratio <= c.d2) {
						met++
					}
				}
			}
			b.ReportMetric(worst, "%worst")
			b.ReportMetric(d2, "D2")
			b.ReportMetric(broken, "broken")
			b.ReportMetric(met, "of-3-met")
		})
	}
}

// city is an invented one, to be cut into territories of equal shares.
func city(size towns.Size, seed uint64, tolerance int64) Problem {
	town := towns.New(size.Shops, seed)
	p := Problem{
		Territories: make([]Territory, size.Territories), Beside: plane.Delaunay(town.Points()).Beside(),
		Measures: slices.Repeat([]Measure{{Tolerance: tolerance}}, 4),
	}
	for k := range p.Territories {
		p.Territories[k].Share = 1
	}
	for _, s := range town.Shops {
		p.Units = append(p.Units, Unit{At: s.At, Loads: s.Loads(), Today: None, Lock: None})
	}
	return p
}
