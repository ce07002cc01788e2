package routing

import (
	"bufio"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	files "rounds/internal/tsplib"

	"pgregory.net/rapid"
)

// aProblem draws a problem of min to max nodes: streets, one-way streets or
// arbitrary costs, with ends of every sort.
func aProblem(least, most int) *rapid.Generator[Problem] {
	return rapid.Custom(func(t *rapid.T) Problem {
		n := rapid.IntRange(least, most).Draw(t, "nodes")
		end := rapid.IntRange(Free, n-1)
		if n == 0 {
			end = rapid.Just(Free)
		}
		p := Problem{Start: end.Draw(t, "start"), End: end.Draw(t, "end")}
		x := rapid.SliceOfN(rapid.IntRange(0, 50), 2*n, 2*n).Draw(t, "places")
		slope := Cost(rapid.IntRange(0, 3).Draw(t, "slope"))
		placed := rapid.Permutation(others(n, p)).Draw(t, "others")
		head := rapid.IntRange(0, len(placed)/2).Draw(t, "head")
		tail := rapid.IntRange(0, len(placed)/2-head).Draw(t, "tail")
		p.Head, p.Tail = placed[:head], placed[head:head+tail]
		p.Matrix = NewMatrix(n, func(i, j int) Cost {
			dx, dy := x[2*j]-x[2*i], x[2*j+1]-x[2*i+1]
			return Cost(abs(dx)+abs(dy)) + slope*Cost(max(dx, 0))
		})
		return p
	})
}

func others(n int, p Problem) (nodes []int) {
	for i := range n {
		if i != p.Start && i != p.End {
			nodes = append(nodes, i)
		}
	}
	return nodes
}

func abs(x int) int { return max(x, -x) }

// city is n stops on a jumbled grid; uphill makes legs to higher numbers dearer.
func city(n int, uphill Cost) Problem {
	at := func(i int) (int, int) { return i * 7919 % 1009, i * 6151 % 1013 }
	return Problem{Matrix: NewMatrix(n, func(i, j int) Cost {
		xi, yi := at(i)
		xj, yj := at(j)
		c := Cost(math.Hypot(float64(xi-xj), float64(yi-yj)))
		if j > i {
			c += uphill
		}
		return c
	})}
}

// tsplib is a published instance and its optimum.
func tsplib(t testing.TB, name string) (p Problem, optimum Cost) {
	t.Helper()
	file, optimum := published(t, name)
	return problemOf(file), optimum
}

// published reads an instance. The files are not part of the project: they are looked for as
// shared/data/routing in every directory above, and the test is skipped where there are none.
func published(t testing.TB, name string) (p files.Instance, optimum Cost) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		for _, set := range []string{"tsplib", "national"} {
			folder := filepath.Join(dir, "shared", "data", "routing", set)
			file, err := os.Open(filepath.Join(folder, name+".tsp"))
			if err != nil {
				continue
			}
			defer file.Close()
			if p, err = files.Read(file); err != nil {
				t.Fatal(err)
			}
			return p, optimal(t, filepath.Join(folder, "optimal.csv"), name)
		}
	}
	t.Skipf("no shared/data/routing with %s.tsp above this directory", name)
	return
}

func problemOf(file files.Instance) Problem {
	p := Problem{Matrix: NewSymmetric(file.Nodes, func(i, j int) Cost { return Cost(file.Cost(i, j)) })}
	var far float64
	for _, at := range file.Plane {
		far = max(far, math.Abs(at[0]), math.Abs(at[1]))
	}
	const steps = 1 << 29
	for _, at := range file.Plane {
		p.Points = append(p.Points, Point{X: int32(at[0] / far * steps), Y: int32(at[1] / far * steps)})
	}
	return p
}

func optimal(t testing.TB, file, name string) Cost {
	t.Helper()
	for _, line := range lines(t, file) {
		f := strings.Split(line, ",")
		if f[0] != name {
			continue
		}
		if c, err := strconv.ParseInt(strings.TrimSpace(f[1]), 10, 64); err == nil {
			return Cost(c)
		}
	}
	t.Fatalf("no optimum of %s in %s", name, file)
	return 0
}

func lines(t testing.TB, file string) (all []string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		all = append(all, s.Text())
	}
	return all
}

// someStops is stops on 10 km by 10 km; every second day they lie in four quarters.
func someStops(n, uneven int, r *rand.Rand) func(i, j int) Cost {
	at := make([]place, n)
	quarters := r.IntN(2) == 1
	var centre [4]place
	for i := range centre {
		centre[i] = place{r.Float64() * 10_000, r.Float64() * 10_000}
	}
	dearer := make([]float64, n*n)
	for i := range at {
		at[i] = place{r.Float64() * 10_000, r.Float64() * 10_000}
		if quarters {
			c := centre[r.IntN(len(centre))]
			at[i] = place{c.x + 700*r.NormFloat64(), c.y + 700*r.NormFloat64()}
		}
		for j := range n {
			dearer[i*n+j] = 1 + float64(uneven)/100*r.Float64()
		}
	}
	return func(i, j int) Cost { return Cost(at[i].to(at[j])*dearer[i*n+j] + 0.5) }
}

type place struct{ x, y float64 }

func (a place) to(b place) float64 { return math.Hypot(a.x-b.x, a.y-b.y) }
