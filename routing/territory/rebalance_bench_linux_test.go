package territory

import (
	"fmt"
	"testing"
	"time"

	"rounds/internal/cputime"
	"rounds/internal/towns"
)

// drifts are what is measured: cities that have changed since they were cut, to be within 5 % of the workload again.
var drifts = []struct {
	size          towns.Size
	moved, spread float64 // at most: of the bound; of today's
	budget        time.Duration
}{
	{towns.Size{Shops: 2_000, Territories: 10}, 1.03, 1.45, 500 * time.Millisecond},
	{towns.Size{Shops: 20_000, Territories: 100}, 1.10, 1.10, 5 * time.Second},
}

// BenchmarkDrifts balances drifted cities again within budgets of processor time: how much workload changes hands beside the bound of
// flows between neighbours, the spread beside that of today's cut. Today's cut was within 1 % before the drift. The price of change
// is [LittleChange]. -v shows each city.
func BenchmarkDrifts(b *testing.B) {
	for _, c := range drifts {
		b.Run(fmt.Sprintf("%d-into-%d-%v", c.size.Shops, c.size.Territories, c.budget), func(b *testing.B) {
			var moved, spread, met float64
			for b.Loop() {
				moved, spread, met = 0, 0, 0
				for _, seed := range towns.Seeds {
					p, today := drifted(b, c.size, seed)
					p.ChangePrice = LittleChange
					clock := cputime.Start(b.Context(), c.budget)
					plan := Balance(clock, p, Options{Seed: 1, Spent: clock.Spent})
					took := clock.Stop()
					share := func(load int64) float64 { return 100 * float64(load) / float64(plan.Change.Of) }
					ratio, d2 := float64(plan.Change.Load)/float64(plan.Change.Bound), float64(plan.Cost)/float64(today.Cost)
					b.Logf("seed %d: today %.1f %%, met %v, worst %.2f %%, moved %.2f %% of the load and %d retailers, bound %.2f %%, ratio %.3f, D2 %.3f of today's, broken %d, price %d, %d k proposals, %.2f s",
						seed, float64(today.Worst[0])/10_000, plan.Met, float64(plan.Worst[0])/10_000, share(plan.Change.Load), plan.Change.Units, share(plan.Change.Bound),
						ratio, d2, len(plan.Broken), p.ChangePrice, plan.Iterations/1000, took.Seconds())
					moved, spread = max(moved, ratio), max(spread, d2)
					if plan.Met && ratio <= c.moved && d2 <= c.spread {
						met++
					}
				}
			}
			b.ReportMetric(moved, "moved/bound")
			b.ReportMetric(spread, "D2/today")
			b.ReportMetric(met, "of-3-met")
		})
	}
}

var cutsOfToday = map[string][]int32{}

// drifted is a city that was cut within 1 % of the workload and has changed since, and what its cut has become.
func drifted(tb testing.TB, size towns.Size, seed uint64) (Problem, Plan) {
	tb.Helper()
	town := towns.New(size.Shops, seed)
	p := workloadOf(town, size.Territories, 10_000)
	key := fmt.Sprint(size, seed)
	if cutsOfToday[key] == nil {
		cutsOfToday[key] = Balance(tb.Context(), p, Options{Seed: 1, Iterations: 1000 * size.Shops}).Of
	}
	p = workloadOf(town.Drift(seed), size.Territories, 50_000)
	for i, k := range cutsOfToday[key] {
		p.Units[i].Today = k
	}
	today, err := Check(p, cutsOfToday[key])
	if err != nil {
		tb.Fatal(err)
	}
	return p, today
}

// BenchmarkCurve draws ten points of a drifted city in five seconds.
func BenchmarkCurve(b *testing.B) {
	for _, size := range []towns.Size{{Shops: 2_000, Territories: 10}, {Shops: 20_000, Territories: 100}} {
		p, today := drifted(b, size, 7)
		b.Run(fmt.Sprintf("%d-into-%d", size.Shops, size.Territories), func(b *testing.B) {
			for b.Loop() {
				clock := cputime.Start(b.Context(), 5*time.Second)
				curve := Curve(clock, p, 10, Options{Seed: 1, Spent: clock.Spent})
				b.Logf("%d into %d: today %d, %.2f s", size.Shops, size.Territories, today.Worst, clock.Stop().Seconds())
				for _, c := range curve {
					b.Logf("at most %.2f %%: moved %.2f %%, worst %.2f %%, D2 %.3f of today's", float64(c.MostChange)/10_000,
						100*float64(c.Plan.Change.Load)/float64(c.Plan.Change.Of), float64(c.Plan.Worst[0])/10_000, float64(c.Plan.Cost)/float64(today.Cost))
				}
			}
		})
	}
}
