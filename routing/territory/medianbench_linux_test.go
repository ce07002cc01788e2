package territory

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rounds/internal/cpmp"
	"rounds/internal/cputime"
)

// A publishedMedian is a published problem and the best cost that is known.
type publishedMedian struct {
	name, file string
	known      float64
}

// publishedMedians are not part of the project: they are looked for as shared/data/territory in every directory above, and the
// test is skipped where there are none.
func publishedMedians(t testing.TB) (all []publishedMedian) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		folder := filepath.Join(dir, "shared", "data", "territory", "cpmp")
		if table, err := os.Open(filepath.Join(folder, "best_known_cpmp.csv")); err == nil {
			defer table.Close()
			for s := bufio.NewScanner(table); s.Scan(); {
				words := strings.Split(s.Text(), ",")
				known, _ := strconv.ParseFloat(words[3], 64)
				if files, _ := filepath.Glob(filepath.Join(folder, "group*", words[0]+".*")); len(files) == 1 {
					all = append(all, publishedMedian{words[0], files[0], known})
				}
			}
			return all
		}
	}
	t.Skip("no shared/data/territory/cpmp above this directory")
	return nil
}

func (p publishedMedian) read(t testing.TB) (m Median, unit float64) {
	t.Helper()
	file, err := os.Open(p.file)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in, err := cpmp.Read(file)
	if err != nil {
		t.Fatal(p.name, err)
	}
	m = Median{Costs: in.Costs(in.Distance), Groups: in.Medians}
	for _, at := range in.Places {
		m.Demand, m.Capacity = append(m.Demand, at.Demand), append(m.Capacity, at.Capacity)
	}
	return m, float64(in.Unit(in.Distance))
}

// small are the problems of the OR-Library and of L. Lorena and E. Senne, of which the optima are known.
func (p publishedMedian) small() bool {
	return strings.HasPrefix(p.name, "cpmp") || strings.HasPrefix(p.name, "SJC")
}

func TestPublishedMedians(t *testing.T) {
	t.Parallel()
	for _, c := range publishedMedians(t) {
		if c.name != "cpmp02" && c.name != "cpmp09" && c.name != "SJC3b" {
			continue
		}
		m, unit := c.read(t)
		p, err := SolveMedian(context.Background(), m, Options{Seed: 1})
		if err == nil {
			err = CheckMedian(m, p)
		}
		if cost := float64(p.Cost) / unit; err != nil || cost > c.known+0.005 || cost < c.known-0.005 {
			t.Errorf("%s: %v, cost %.2f: the optimum is %.2f", c.name, err, cost, c.known)
		}
	}
}

// BenchmarkMedians solves the 26 published problems with known optima once, in 10 seconds of processor time each, and shows how many
// plans cost as little.
func BenchmarkMedians(b *testing.B) {
	all := publishedMedians(b)
	for b.Loop() {
		optimal := 0
		for _, c := range all {
			if c.small() && c.solve(b, 10*time.Second, 1).hit {
				optimal++
			}
		}
		b.ReportMetric(float64(optimal), "optimal")
	}
}

// BenchmarkMedianProblems solves published problems in 10 seconds of processor time, with five seeds, or one if -short; and large ones
// with one seed in 10 and 60 seconds. It shows how far plans are above the best known cost and bounds below it, how many were as cheap,
// and after how long the last of these was found.
func BenchmarkMedianProblems(b *testing.B) {
	for _, c := range publishedMedians(b) {
		budgets, seeds := []time.Duration{10 * time.Second}, 5
		if !c.small() {
			budgets, seeds = append(budgets, time.Minute), 1
		}
		if testing.Short() {
			seeds = 1
		}
		for _, budget := range budgets {
			b.Run(c.name+"-"+budget.String(), func(b *testing.B) {
				for b.Loop() {
					c.bench(b, budget, seeds)
				}
			})
		}
	}
}

func (p publishedMedian) bench(b *testing.B, budget time.Duration, seeds int) {
	var worst, bound, as, proven, found float64
	for seed := range seeds {
		r := p.solve(b, budget, uint64(seed+1))
		worst, bound = max(worst, r.gap), max(bound, r.below)
		if r.hit {
			as, found = as+1, max(found, r.found.Seconds())
		}
		if r.proven {
			proven++
		}
	}
	b.ReportMetric(100*worst, "worst-%")
	b.ReportMetric(100*bound, "bound-%")
	b.ReportMetric(as, "as-known")
	b.ReportMetric(proven, "proven")
	b.ReportMetric(found, "s-found")
}

// A medianResult is how far a plan is above the best known cost, and its bound below it.
type medianResult struct {
	gap, below  float64
	hit, proven bool
	found       time.Duration // after which a plan as cheap as the best known was reported
}

func (p publishedMedian) solve(b *testing.B, budget time.Duration, seed uint64) medianResult {
	m, unit := p.read(b)
	clock, found := cputime.Start(context.Background(), budget), time.Duration(0)
	plan, err := SolveMedian(clock, m, Options{Seed: seed, Spent: clock.Spent, Report: func(g Progress) {
		if found == 0 && float64(g.Cost)/unit < p.known+0.005 {
			found = clock.Gone()
		}
	}})
	took := clock.Stop()
	if err == nil {
		err = CheckMedian(m, plan)
	}
	if err != nil {
		b.Fatal(p.name, err)
	}
	cost := float64(plan.Cost) / unit
	r := medianResult{cost/p.known - 1, 1 - float64(plan.LowerBound)/unit/p.known, plan.Over == 0 && cost < p.known+0.005, plan.Proven(), found}
	b.Logf("%s seed %d: %.2f, %+.4f%%, excess %d, proven %v, found after %.2f s, ended after %.2f s",
		p.name, seed, cost, 100*r.gap, plan.Over, r.proven, found.Seconds(), took.Seconds())
	return r
}
