package routing

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

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

// tsplib reads a symmetric instance of TSPLIB with plane coordinates, and its
// optimum. The files are not part of the project: they are looked for as
// shared/data/routing/tsplib in every directory above, and the test is skipped
// where there are none.
func tsplib(t testing.TB, name string) (p Problem, optimum Cost) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		folder := filepath.Join(dir, "shared", "data", "routing", "tsplib")
		if _, err := os.Stat(folder); err == nil {
			return plane(t, filepath.Join(folder, name+".tsp")), optimal(t, filepath.Join(folder, "optimal.csv"), name)
		}
	}
	t.Skip("no shared/data/routing/tsplib above this directory")
	return
}

func plane(t testing.TB, file string) Problem {
	t.Helper()
	var x, y []float64
	for _, line := range lines(t, file) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		px, errX := strconv.ParseFloat(f[1], 64)
		py, errY := strconv.ParseFloat(f[2], 64)
		if errX == nil && errY == nil {
			x, y = append(x, px), append(y, py)
		}
	}
	return Problem{Matrix: NewMatrix(len(x), func(i, j int) Cost {
		return Cost(math.Hypot(x[i]-x[j], y[i]-y[j]) + 0.5)
	})}
}

func optimal(t testing.TB, file, name string) Cost {
	t.Helper()
	for _, line := range lines(t, file) {
		f := strings.Split(line, ",")
		if f[0] != name {
			continue
		}
		for _, field := range f[1:] {
			if c, err := strconv.ParseInt(strings.TrimSpace(field), 10, 64); err == nil {
				return Cost(c)
			}
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
