package routing

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"rounds/internal/cputime"
	files "rounds/internal/tsplib"
)

var instances = []string{
	"burma14", "ulysses16", "gr17", "ulysses22", "bayg29", "wi29", "att48", "berlin52", "eil76", "kroA100", "gr137", "ch150", "qa194", "gr202",
	"a280", "lin318", "att532", "rat575", "gr666", "uy734", "zi929", "lu980", "pr1002", "d1291", "rw1621", "mu1979", "pr2392", "pcb3038",
}

// BenchmarkTours solves published instances within budgets of processor time, with three seeds, or one if -short: how
// far tours are above the optimum and bounds below it, on average and at worst. -v shows each instance.
func BenchmarkTours(b *testing.B) {
	for _, c := range []struct {
		budget      time.Duration
		least, most int
	}{
		{10 * time.Millisecond, 0, 100},
		{100 * time.Millisecond, 0, 202},
		{100 * time.Millisecond, 0, 1002},
		{500 * time.Millisecond, 0, 3038},
		{time.Second, 1291, 3038},
		{time.Second, 0, 3038},
	} {
		b.Run(fmt.Sprintf("%v-%d-to-%d", c.budget, c.least, c.most), func(b *testing.B) {
			var sum runs
			for b.Loop() {
				sum = runs{}
				for _, name := range instances {
					if p, optimum := published(b, name); p.Nodes >= c.least && p.Nodes <= c.most {
						sum.add(b, name, runsOf(b, p, optimum, c.budget))
					}
				}
			}
			sum.report(b)
		})
	}
}

// runs are sums over runs of gaps and times.
type runs struct {
	count, optimal            int
	gap, worst, below, lowest float64 // in percent
	cpu, slowest              time.Duration
}

func runsOf(b *testing.B, file files.Instance, optimum Cost, budget time.Duration) (sum runs) {
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		clock := cputime.Start(b.Context(), budget)
		p := problemOf(file)
		t := Solve(clock, p, Options{Seed: seed + 1, Spent: clock.Spent})
		took := clock.Stop()
		cost, err := Check(p, t.Order)
		if err != nil || cost != t.Cost || t.LowerBound > optimum || cost < optimum {
			b.Fatalf("%s: %d to %d, is %d: %v", file.Name, t.LowerBound, t.Cost, cost, err)
		}
		gap, below := 100*float64(cost-optimum)/float64(optimum), 100*float64(optimum-t.LowerBound)/float64(optimum)
		sum.merge(runs{1, 0, gap, gap, below, below, took, took})
		if cost == optimum {
			sum.optimal++
		}
	}
	return sum
}

func (r *runs) merge(o runs) {
	r.count, r.optimal = r.count+o.count, r.optimal+o.optimal
	r.gap, r.worst = r.gap+o.gap, max(r.worst, o.worst)
	r.below, r.lowest = r.below+o.below, max(r.lowest, o.lowest)
	r.cpu, r.slowest = r.cpu+o.cpu, max(r.slowest, o.slowest)
}

func (r *runs) add(b *testing.B, name string, o runs) {
	r.merge(o)
	if testing.Verbose() {
		n := float64(o.count)
		b.Logf("%-9s gap %.3f %% worst %.3f %%, bound %.3f %% below, %.3f s, optimal %d of %d",
			name, o.gap/n, o.worst, o.below/n, o.cpu.Seconds()/n, o.optimal, o.count)
	}
}

func (r *runs) report(b *testing.B) {
	n := float64(max(1, r.count))
	b.ReportMetric(r.gap/n, "%gap")
	b.ReportMetric(r.worst, "%worst")
	b.ReportMetric(r.below/n, "%below")
	b.ReportMetric(r.lowest, "%lowest")
	b.ReportMetric(100*float64(r.optimal)/n, "%optimal")
	b.ReportMetric(r.cpu.Seconds()/n, "cpu-s")
	b.ReportMetric(r.slowest.Seconds(), "slowest-cpu-s")
}

// BenchmarkDays solves days of stops in a city, spread evenly or in quarters, within a second of processor time each.
func BenchmarkDays(b *testing.B) {
	for _, ends := range []struct {
		name    string
		problem func(n int) Problem
		uneven  int // percent that a way may be dearer than back
	}{
		{"closed", func(int) Problem { return Problem{} }, 0},
		{"open", func(int) Problem { return Problem{End: Free} }, 0},
		{"fixed-ends", func(n int) Problem { return Problem{End: n - 1} }, 0},
		{"free", func(int) Problem { return Problem{Start: Free, End: Free} }, 0},
		{"asymmetric", func(int) Problem { return Problem{} }, 20},
		{"asymmetric-open", func(int) Problem { return Problem{End: Free} }, 20},
	} {
		for _, sizes := range [][]int{{10, 15, 20, 25, 30}, {40, 50, 60}} {
			if ends.uneven > 0 && sizes[0] > 30 {
				continue
			}
			b.Run(fmt.Sprintf("%s-%d-to-%d", ends.name, sizes[0], sizes[len(sizes)-1]), func(b *testing.B) {
				var d days
				for b.Loop() {
					d = days{}
					for _, n := range sizes {
						d.solve(b, n, ends.problem(n), ends.uneven)
					}
				}
				d.report(b)
			})
		}
	}
}

type days struct {
	proven int
	took   []time.Duration
}

func (d *days) solve(b *testing.B, n int, p Problem, uneven int) {
	count := uint64(100)
	if testing.Short() {
		count = 10
	}
	for seed := range count {
		cost := someStops(n, uneven, rand.New(rand.NewPCG(seed, uint64(n))))
		clock := cputime.Start(b.Context(), time.Second)
		p.Matrix = NewMatrix(n, cost)
		t := Solve(clock, p, Options{Seed: 1, Spent: clock.Spent})
		d.took = append(d.took, clock.Stop())
		if got, err := Check(p, t.Order); err != nil || got != t.Cost {
			b.Fatalf("%d stops, seed %d: %d, is %d: %v", n, seed, t.Cost, got, err)
		}
		if t.Proven() {
			d.proven++
		}
	}
}

func (d *days) report(b *testing.B) {
	slices.SortFunc(d.took, cmp.Compare[time.Duration])
	n := len(d.took)
	ms := func(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }
	b.ReportMetric(100*float64(d.proven)/float64(n), "%proven")
	b.ReportMetric(ms(d.took[n/2]), "median-cpu-ms")
	b.ReportMetric(ms(d.took[n*99/100]), "p99-cpu-ms")
	b.ReportMetric(ms(d.took[n-1]), "most-cpu-ms")
}
