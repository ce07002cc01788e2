package territory_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"rounds/internal/towns"
	"rounds/routing/plane"
	"rounds/routing/territory"
)

// metisSizes are the cuts of METIS that ours are held against, with the tolerance of all four measures that we ask of ourselves.
var metisSizes = []struct {
	size      towns.Size
	tolerance int64
}{
	{towns.Size{Shops: 2_000, Territories: 10}, 20_000},
	{towns.Size{Shops: 20_000, Territories: 10}, 10_000},
	{towns.Size{Shops: 20_000, Territories: 100}, 40_000},
}

// BenchmarkBesideMETIS cuts the same graph of neighbours by the same four measures as METIS's gpmetis does (G. Karypis and
// V. Kumar, SIAM J. Sci. Comput. 20, 1998), where that is installed, with -contig, -ufactor=20 and -ncuts=10: the best of ten by
// its own lights. Edges weigh the same, or the less the longer they are; three seeds each. Ours is held against the middle one
// of its runs and, deviation and spread each, against the best; of the cities the one where we are worst is told.
func BenchmarkBesideMETIS(b *testing.B) {
	program, err := exec.LookPath("gpmetis")
	if err != nil {
		b.Skip("gpmetis is not installed (Debian: metis)")
	}
	for _, c := range metisSizes {
		b.Run(fmt.Sprintf("%d-into-%d", c.size.Shops, c.size.Territories), func(b *testing.B) {
			var worst [4]float64
			for b.Loop() {
				worst = [4]float64{}
				for _, seed := range towns.Seeds {
					for i, x := range besideMETIS(b, program, c.size, c.tolerance, seed) {
						worst[i] = max(worst[i], x)
					}
				}
			}
			for i, name := range []string{"deviation/METIS", "D2/METIS", "deviation/METIS-best", "D2/METIS-best"} {
				b.ReportMetric(worst[i], name)
			}
		})
	}
}

// besideMETIS are our deviation and spread as shares of METIS's middle ones, and of its best.
func besideMETIS(b *testing.B, program string, size towns.Size, tolerance int64, seed uint64) [4]float64 {
	b.Helper()
	p, yardstick := cityProblem(size, seed, tolerance), float64(towns.Yardstick(size, seed))
	ours := territory.Balance(b.Context(), p, territory.Options{Seed: 1})
	var off, spread []float64
	for _, t := range metisCuts(b, program, p) {
		off, spread = append(off, percent(t)), append(spread, float64(t.Cost))
		b.Logf("seed %d, METIS: worst %.2f %%, D2 %.3f, broken %d", seed, percent(t), float64(t.Cost)/yardstick, len(t.Broken))
	}
	b.Logf("seed %d, ours: worst %.2f %%, D2 %.3f, broken %d", seed, percent(ours), float64(ours.Cost)/yardstick, len(ours.Broken))
	slices.Sort(off)
	slices.Sort(spread)
	d, s, middle := percent(ours), float64(ours.Cost), len(off)/2
	return [4]float64{d / off[middle], s / spread[middle], d / off[0], s / spread[0]}
}

// percent is the worst deviation of any measure.
func percent(p territory.Plan) float64 { return float64(slices.Max(p.Worst)) / 10_000 }

// cityProblem is an invented city into territories of equal shares.
func cityProblem(size towns.Size, seed uint64, tolerance int64) territory.Problem {
	town := towns.New(size.Shops, seed)
	p := territory.Problem{
		Measures:    slices.Repeat([]territory.Measure{{Tolerance: tolerance}}, 4),
		Territories: slices.Repeat([]territory.Territory{{Share: 1}}, size.Territories),
		Beside:      plane.Delaunay(town.Points()).Beside(),
	}
	for _, s := range town.Shops {
		p.Units = append(p.Units, territory.Unit{At: s.At, Loads: s.Loads(), Today: territory.None, Lock: territory.None})
	}
	return p
}

// metisCuts are three cuts for each kind of edges.
func metisCuts(b *testing.B, program string, p territory.Problem) []territory.Plan {
	b.Helper()
	var cuts []territory.Plan
	file, parts := filepath.Join(b.TempDir(), "city.graph"), strconv.Itoa(len(p.Territories))
	for _, weigh := range []func(metres float64) float64{
		func(float64) float64 { return 1 },
		func(metres float64) float64 { return max(1, 10_000/max(1, metres)) },
	} {
		if err := os.WriteFile(file, metisGraph(p, weigh), 0o600); err != nil {
			b.Fatal(err)
		}
		for seed := range 3 {
			out, err := exec.CommandContext(b.Context(), program, "-contig", "-ufactor=20", "-ncuts=10", fmt.Sprintf("-seed=%d", seed+1),
				file, parts).CombinedOutput()
			if err != nil {
				b.Fatalf("%v: %s", err, out)
			}
			plan, err := metisPlan(p, file+".part."+parts)
			if err != nil {
				b.Fatal(err)
			}
			cuts = append(cuts, plan)
		}
	}
	return cuts
}

// metisGraph is a file for METIS 5: nodes and edges from 1, weights of nodes first, then each neighbour with the weight of
// the edge.
func metisGraph(p territory.Problem, weigh func(metres float64) float64) []byte {
	var file bytes.Buffer
	fmt.Fprintf(&file, "%d %d 011 %d\n", len(p.Units), len(p.Beside.Next)/2, len(p.Measures))
	for i, u := range p.Units {
		for _, load := range u.Loads {
			fmt.Fprintf(&file, "%d ", load)
		}
		for _, j := range p.Beside.Of(i) {
			o := p.Units[j].At
			metres := math.Hypot(float64(o.X-u.At.X), float64(o.Y-u.At.Y)) / 10
			fmt.Fprintf(&file, "%d %.0f ", j+1, weigh(metres))
		}
		file.WriteByte('\n')
	}
	return file.Bytes()
}

// metisPlan reads a cut and has it checked as ours are.
func metisPlan(p territory.Problem, name string) (plan territory.Plan, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return plan, err
	}
	var of []int32
	for _, word := range bytes.Fields(text) {
		part, err := strconv.Atoi(string(word))
		if err != nil {
			return plan, err
		}
		of = append(of, int32(part))
	}
	if len(of) != len(p.Units) {
		return plan, errors.New("METIS cut another graph")
	}
	return territory.Check(p, of)
}
