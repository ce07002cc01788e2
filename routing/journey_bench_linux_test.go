package routing

import (
	"fmt"
	"os"
	"testing"
	"time"

	"rounds/internal/cputime"
)

// BenchmarkJourneys plans published instances within budgets of processor time: how far costs are above the best published.
// -v shows each instance; ROUNDS_SOAK=1 adds two minutes for each.
func BenchmarkJourneys(b *testing.B) {
	var all []string
	for i := 2; i <= 16; i++ {
		all = append(all, fmt.Sprintf("p%02d", i))
	}
	for _, c := range []struct {
		name   string
		budget time.Duration
		names  []string
		skip   bool
	}{
		{"one-person-1s", time.Second, []string{"p03", "p06", "p09"}, false},
		{"1s", time.Second, all, false},
		{"10s", 10 * time.Second, all, testing.Short()},
		{"120s", 120 * time.Second, all, os.Getenv("ROUNDS_SOAK") == ""},
	} {
		if c.skip {
			continue
		}
		b.Run(c.name, func(b *testing.B) {
			var sum runs
			for b.Loop() {
				sum = runs{}
				for _, name := range c.names {
					sum.add(b, name, planned(b, name, c.budget))
				}
			}
			sum.report(b)
		})
	}
}

func planned(b *testing.B, name string, budget time.Duration) (r runs) {
	j, best := periodic(b, name)
	clock := cputime.Start(b.Context(), budget)
	p := SolveJourney(clock, j, Options{Seed: 1, Spent: clock.Spent})
	took := clock.Stop()
	if err := CheckJourney(j, p); err != nil || p.Lost > 0 {
		b.Errorf("%s: %d lost: %v", name, p.Lost, err)
	}
	gap := 100 * float64(p.Cost-best) / float64(best)
	r = runs{count: 1, gap: gap, worst: gap, cpu: took, slowest: took}
	if p.Cost <= best+100 { // published to 0.01
		r.optimal++
	}
	return r
}

// BenchmarkTerritory plans four weeks of people with 200 shops each: how much the days differ in minutes.
func BenchmarkTerritory(b *testing.B) {
	for _, budget := range []time.Duration{700 * time.Millisecond, time.Second, 10 * time.Second} {
		if testing.Short() && budget > time.Second {
			continue
		}
		b.Run(budget.String(), func(b *testing.B) {
			var travel, cv, worst float64
			lost, seed := 0, uint64(0)
			for ; b.Loop(); seed++ {
				j := aTerritory(200, seed)
				clock := cputime.Start(b.Context(), budget)
				p := SolveJourney(clock, j, Options{Seed: 1, Spent: clock.Spent})
				clock.Stop()
				if err := CheckJourney(j, p); err != nil {
					b.Fatal(err)
				}
				v := 100 * variation(j, p)
				travel, cv, worst, lost = travel+float64(p.Travel), cv+v, max(worst, v), lost+p.Lost
			}
			b.ReportMetric(travel/float64(seed)/60/20, "min-travel/day")
			b.ReportMetric(cv/float64(seed), "%cv")
			b.ReportMetric(worst, "%worst-cv")
			b.ReportMetric(float64(lost), "lost")
		})
	}
}
