package routing

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"rounds/internal/cputime"
)

// tsptwFolder is shared/data/routing/tsptw in some directory above; the files are not part of the project, and the test
// is skipped where there are none.
func tsptwFolder(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		folder := filepath.Join(dir, "shared", "data", "routing", "tsptw")
		if _, err := os.Stat(folder); err == nil {
			return folder
		}
	}
	t.Skip("no shared/data/routing/tsptw above this directory")
	return ""
}

// tsptw reads an instance: how many nodes, the times between them, and of each when it opens and closes; the first is
// the depot. Real values count in 1e-4 units.
func tsptw(t testing.TB, file string) WindowProblem {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(text))
	n, err := strconv.Atoi(f[0])
	if err != nil || len(f) < 1+n*n+2*n {
		t.Fatalf("%s: %d numbers for %d nodes: %v", file, len(f), n, err)
	}
	unit := 1.0
	if strings.Contains(string(text), ".") {
		unit = 1e4
	}
	number := func(k int) Time {
		x, err := strconv.ParseFloat(f[k], 64)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return Time(math.Round(x * unit))
	}
	p := WindowProblem{Stops: make([]Stop, n)}
	p.Times = NewMatrix(n, func(i, j int) Cost { return Cost(number(1 + i*n + j)) })
	for i := range n {
		w := Window{number(1 + n*n + 2*i), number(2 + n*n + 2*i)}
		if i == 0 {
			p.Day = w
		} else {
			p.Stops[i].Windows = []Window{w}
		}
	}
	return p
}

type bestKnown struct {
	set, name string
	cost      float64
}

func bestKnowns(t testing.TB, folder string) (all []bestKnown) {
	for _, set := range []string{"Dumas", "GendreauDumasExtended", "SolomonPotvinBengio"} {
		for _, line := range lines(t, filepath.Join(folder, set+"_best_known.txt")) {
			f := strings.Fields(line)
			if len(f) < 3 || f[0] == "#" {
				continue
			}
			cost, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				continue
			}
			if _, err := os.Stat(filepath.Join(folder, set, f[0])); err == nil {
				all = append(all, bestKnown{set, f[0], cost})
			}
		}
	}
	return all
}

// in is the cost of a tour in the file's own unit.
func (b bestKnown) in(t WindowTour) float64 {
	if b.set == "SolomonPotvinBengio" {
		return float64(t.Cost) / 1e4
	}
	return float64(t.Cost)
}

func TestPublishedWindows(t *testing.T) {
	folder := tsptwFolder(t)
	for _, b := range bestKnowns(t, folder) {
		if !strings.HasPrefix(b.name, "n20w") && b.name != "rc_201.1.txt" && b.name != "n40w40.001.txt" {
			continue
		}
		p := tsptw(t, filepath.Join(folder, b.set, b.name))
		got := SolveWindows(t.Context(), p, Options{})
		if err := CheckWindows(p, got); err != nil || len(got.LeftOut) > 0 || b.in(got) > b.cost+0.01 {
			t.Errorf("%s: %v, cost %v, best known %v: %v", b.name, got.LeftOut, b.in(got), b.cost, err)
		}
		if strings.HasPrefix(b.name, "n20w") && (!got.Proven || b.in(got) < b.cost) {
			t.Errorf("%s: cost %v, proven %v; best known %v", b.name, b.in(got), got.Proven, b.cost)
		}
	}
}

// BenchmarkTSPTW gives each published instance a second of one core.
func BenchmarkTSPTW(b *testing.B) {
	folder := tsptwFolder(b)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	type tally struct {
		all, feasible, best, proven int
		gap                         float64
	}
	for b.Loop() {
		sizes := map[string]*tally{}
		for _, known := range bestKnowns(b, folder) {
			p := tsptw(b, filepath.Join(folder, known.set, known.name))
			begun := cputime.Process()
			got := SolveWindows(b.Context(), p, Options{Spent: func() float64 { return (cputime.Process() - begun).Seconds() }})
			took := cputime.Process() - begun
			if err := CheckWindows(p, got); err != nil {
				b.Errorf("%s: %v", known.name, err)
			}
			gap := 100 * (known.in(got)/known.cost - 1)
			size := "62 and more"
			switch n := p.Times.Len(); {
			case n <= 31:
				size = "to 31"
			case n <= 61:
				size = "32 to 61"
			}
			if sizes[size] == nil {
				sizes[size] = &tally{}
			}
			s := sizes[size]
			s.all++
			if len(got.LeftOut) > 0 {
				fmt.Printf("%s: %d left out\n", known.name, len(got.LeftOut))
				continue
			}
			s.feasible++
			s.gap += gap
			if got.Proven {
				s.proven++
			}
			if known.in(got) <= known.cost+0.01 {
				s.best++
			} else {
				fmt.Printf("%s: %v, best known %v: %.2f %% in %v, %d kicks\n", known.name, known.in(got), known.cost, gap, took, got.Kicks)
			}
		}
		for size, s := range sizes {
			fmt.Printf("%-12s %3d: feasible %3d, best known %3d, proven %3d, mean gap %.4f %%\n", size, s.all, s.feasible, s.best, s.proven, s.gap/float64(max(1, s.feasible)))
		}
	}
}
