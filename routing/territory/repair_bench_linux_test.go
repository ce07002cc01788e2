package territory

import (
	"fmt"
	"testing"
	"time"

	"rounds/internal/cputime"
	"rounds/internal/towns"
)

// BenchmarkRepairs locks the heaviest retailer of every other territory of a balanced city to a territory beside it, one at a time:
// processor time until there is a new answer, all in all. -v shows each.
func BenchmarkRepairs(b *testing.B) {
	const budget = 200 * time.Millisecond
	for _, seed := range towns.Seeds {
		p := city(towns.Size{Shops: 20_000, Territories: 100}, seed, 50_000)
		before := Balance(b.Context(), p, Options{Seed: 1})
		b.Run(fmt.Sprintf("20000-into-100-seed-%d", seed), func(b *testing.B) {
			var worst, sum time.Duration
			var met, cases, moved, all int
			for b.Loop() {
				worst, sum, met, cases, moved, all = 0, 0, 0, 0, 0, 0
				for k := int32(0); k < 100; k += 2 {
					u, to := heaviestAtBorder(p, before.Of, k)
					p.Units[u].Lock = to
					clock := cputime.Start(b.Context(), budget)
					plan := Repair(clock, p, before.Of, Options{Seed: 1, Spent: clock.Spent})
					took, changed := clock.Stop(), differ(plan.Of, before.Of)
					p.Units[u].Lock = None
					b.Logf("territory %d: met %v, broken %d, %d retailers change, %d k proposals, D2 %.4f, %v, loads %d",
						k, plan.Met, len(plan.Broken), changed, plan.Iterations/1000, float64(plan.Cost)/float64(before.Cost), took, p.Units[u].Loads)
					if cases++; plan.Met && took <= budget {
						met++
					}
					worst, sum, moved, all = max(worst, took), sum+took, max(moved, changed), all+changed
				}
			}
			b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
			b.ReportMetric(float64(sum.Milliseconds())/float64(cases), "mean-ms")
			b.ReportMetric(float64(met)/float64(cases), "met")
			b.ReportMetric(float64(moved), "most-changed")
			b.ReportMetric(float64(all)/float64(cases), "mean-changed")
			b.ReportMetric(float64(all)/float64(cases), "mean-changed")
		})
	}
}
