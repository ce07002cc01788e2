package plane_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/internal/cputime"
	"rounds/routing/plane"
)

// on tells whether p is on the segment ab.
func on(a, b, p plane.Point) bool {
	return turn(a, b, p) == 0 && (p.X-a.X)*(p.X-b.X) <= 0 && (p.Y-a.Y)*(p.Y-b.Y) <= 0
}

// parts tells whether cd has a point in common with ab and a is on its other side; on its line is to its left.
func parts(c, d, a, b plane.Point) bool {
	crosses := sign(turn(a, b, c))*sign(turn(a, b, d)) < 0 && sign(turn(c, d, a))*sign(turn(c, d, b)) < 0
	meets := crosses || on(a, b, c) || on(a, b, d) || on(c, d, a) || on(c, d, b)
	return meets && (turn(c, d, a) < 0) != (turn(c, d, b) < 0)
}

func TestCutLosesWhatABarrierCrossesAndNothingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		points := few(t)
		barriers := rapid.SliceOfN(rapid.Custom(few), 0, 3).Draw(t, "barriers")
		m := plane.Delaunay(points)
		open := edges(points, m.Cut(nil))
		var left []edge
		for _, e := range edges(points, m.Beside()) {
			if slices.Contains(open, e) && !slices.ContainsFunc(barriers, func(line []plane.Point) bool { return hit(e, line) }) {
				left = append(left, e)
			}
		}
		g := m.Cut(barriers)
		if found := edges(points, g); !slices.Equal(found, left) {
			t.Errorf("left %v, want %v", found, left)
		}
		for i, p := range points {
			if first := slices.Index(points, p); first != i && !slices.Contains(g.Of(i), int32(first)) {
				t.Errorf("%d and %d are at one place, and not linked", i, first)
			}
		}
	})
}

func hit(e edge, line []plane.Point) bool {
	for i, p := range line {
		if parts(line[max(0, i-1)], p, e[0], e[1]) {
			return true
		}
	}
	return false
}

func TestCutAtASquare(t *testing.T) {
	t.Parallel()
	square := []plane.Point{{}, {X: 4}, {X: 8}, {Y: 4}, {X: 4, Y: 4}, {X: 8, Y: 4}}
	for _, c := range []struct {
		name    string
		barrier []plane.Point
		pieces  int
	}{
		{"nothing", nil, 1},
		{"a river down the middle", []plane.Point{{X: 2, Y: -9}, {X: 2, Y: 90}}, 2},
		{"a railway from horizon to horizon", []plane.Point{{X: -1 << 40, Y: 2}, {X: 1 << 40, Y: 2}}, 2},
		{"two of one river", []plane.Point{{X: 2, Y: -9}, {X: 2, Y: 9}, {X: 6, Y: 9}, {X: 6, Y: -9}}, 3},
		{"one that ends on the way", []plane.Point{{X: 2, Y: -9}, {X: 2, Y: 3}}, 1},
		{"one that runs over a shop and ends", []plane.Point{{X: -1, Y: -1}, {X: 1, Y: 1}}, 1},
		{"one through two shops, who belong to its left", []plane.Point{{X: 4, Y: -9}, {X: 4, Y: 9}}, 2},
		{"the same the other way", []plane.Point{{X: 4, Y: 9}, {X: 4, Y: -9}}, 2},
		{"one that bends at a shop", []plane.Point{{X: 2, Y: -9}, {X: 4, Y: 4}, {X: 2, Y: 9}}, 2},
		{"one that goes there twice", []plane.Point{{X: 4, Y: -9}, {X: 4, Y: -9}, {X: 4, Y: 9}, {X: 4, Y: 9}}, 2},
		{"a post on a shop", []plane.Point{{X: 4, Y: 4}}, 1},
		{"a post beside all edges", []plane.Point{{X: 1, Y: 1}}, 1},
		{"far away", []plane.Point{{X: 100}, {X: 100, Y: 100}}, 1},
	} {
		if n := pieces(plane.Delaunay(square).Cut([][]plane.Point{c.barrier})); n != c.pieces {
			t.Errorf("%s: %d pieces, want %d", c.name, n, c.pieces)
		}
	}
}

// river winds through a square from west to east, in as many steps.
func river(size int64, steps int) (line []plane.Point) {
	for i := range steps + 1 {
		x := size * int64(i) / int64(steps)
		bend := x % (size / 10)
		line = append(line, plane.Point{X: x, Y: size/2 + min(bend, size/10-bend) + int64(i%7)})
	}
	return line
}

func TestARiverPartsACity(t *testing.T) {
	t.Parallel()
	const size = 300_000
	m := plane.Delaunay(scattered(20_000, size, 3))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := cputime.Thread()
	line := append([]plane.Point{{X: -size, Y: size / 2}}, river(size, 5000)...)
	g := m.Cut([][]plane.Point{append(line, plane.Point{X: 2 * size, Y: size / 2})})
	if n, spent := pieces(g), cputime.Thread()-start; n != 2 || spent > 10*time.Second {
		t.Errorf("%d pieces in %v", n, spent)
	}
}

func BenchmarkCut(b *testing.B) {
	const size = 300_000
	m := plane.Delaunay(scattered(60_000, size, 7))
	for name, barriers := range map[string][][]plane.Point{
		"river":   {river(size, 5000)},
		"railway": {{{X: -size, Y: 1}, {X: 2 * size, Y: size}}},
	} {
		b.Run(fmt.Sprintf("%s/%d", name, len(barriers[0])), func(b *testing.B) {
			for b.Loop() {
				m.Cut(barriers)
			}
		})
	}
}
