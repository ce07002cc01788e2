package plane_test

import (
	"cmp"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rounds/routing/plane"
)

// scattered are n points in a square.
func scattered(n int, size int64, seed uint64) []plane.Point {
	r := rand.New(rand.NewPCG(seed, 1))
	points := make([]plane.Point, n)
	for i := range points {
		points[i] = plane.Point{X: r.Int64N(size), Y: r.Int64N(size)}
	}
	return points
}

// few draws points of which many share a place, a line or a circle.
func few(t *rapid.T) []plane.Point {
	size := rapid.SampledFrom([]int64{0, 1, 2, 4, 9, 1000, plane.Most}).Draw(t, "size")
	one := rapid.Custom(func(t *rapid.T) plane.Point {
		return plane.Point{X: rapid.Int64Range(-size, size).Draw(t, "x"), Y: rapid.Int64Range(-size, size).Draw(t, "y")}
	})
	if n := rapid.Int64Range(-4, 6).Draw(t, "lattice"); n > 0 && size > 0 {
		return lattice(n, n, 1+size/8)
	}
	return rapid.SliceOfN(one, 0, 40).Draw(t, "points")
}

func lattice(wide, tall, step int64) (points []plane.Point) {
	for i := range wide * tall {
		points = append(points, plane.Point{X: i % wide * step, Y: i / wide * step})
	}
	return points
}

// An edge is a pair of places, the lesser first.
type edge [2]plane.Point

func edges(points []plane.Point, g plane.Graph) []edge {
	var all []edge
	for i := range g.Len() {
		for _, j := range g.Of(i) {
			if a, b := points[i], points[j]; before(a, b) < 0 {
				all = append(all, edge{a, b})
			}
		}
	}
	slices.SortFunc(all, func(e, f edge) int { return cmp.Or(before(e[0], f[0]), before(e[1], f[1])) })
	return slices.Compact(all)
}

func before(a, b plane.Point) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) }

func places(points []plane.Point) []plane.Point {
	all := slices.SortedFunc(slices.Values(points), before)
	return slices.Compact(all)
}

func turn(a, b, c plane.Point) int64 { return (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X) }

// inside is the determinant of the circle's test in numbers of any size, above 0 for d within the circle of abc.
func inside(a, b, c, d plane.Point) int {
	row := func(p plane.Point) [3]*big.Int {
		x, y := big.NewInt(p.X-d.X), big.NewInt(p.Y-d.Y)
		return [3]*big.Int{x, y, new(big.Int).Add(new(big.Int).Mul(x, x), new(big.Int).Mul(y, y))}
	}
	p, q, r := row(a), row(b), row(c)
	sum := new(big.Int)
	for i := range 3 {
		j, k := (i+1)%3, (i+2)%3
		minor := new(big.Int).Sub(new(big.Int).Mul(q[j], r[k]), new(big.Int).Mul(q[k], r[j]))
		sum.Add(sum, minor.Mul(minor, p[i]))
	}
	return sum.Sign()
}

// delaunay holds edges to the definition, by brute force: they do not cross; as many as Euler's formula asks of a triangulation;
// and beside each lies no place within the circle through it and the next place on the other side.
func delaunay(t interface{ Errorf(string, ...any) }, all []plane.Point, found []edge) {
	if all := len(all); len(found) != wanted(t, found, all) {
		t.Errorf("%d edges of %d places", len(found), all)
	}
	near := map[plane.Point][]plane.Point{}
	for _, e := range found {
		near[e[0]], near[e[1]] = append(near[e[0]], e[1]), append(near[e[1]], e[0])
	}
	for _, e := range found {
		for _, c := range near[e[0]] {
			side := turn(e[0], e[1], c)
			if side <= 0 || !slices.Contains(near[e[1]], c) || holds(all, e, c) {
				continue
			}
			for _, d := range all {
				if inside(e[0], e[1], c, d) > 0 {
					t.Errorf("%v lies within the circle of %v and %v", d, e, c)
				}
			}
		}
	}
}

// holds tells whether the triangle of an edge and c holds another place, and so is no triangle of the mesh.
func holds(all []plane.Point, e edge, c plane.Point) bool {
	return slices.ContainsFunc(all, func(p plane.Point) bool {
		return p != e[0] && p != e[1] && p != c && turn(e[0], e[1], p) >= 0 && turn(e[1], c, p) >= 0 && turn(c, e[0], p) >= 0
	})
}

// wanted is 3n − 3 − h, with h places on the hull, for n places not on one line; n − 1 for those on one.
func wanted(t interface{ Errorf(string, ...any) }, found []edge, n int) int {
	for i, e := range found {
		for _, f := range found[:i] {
			if turn(e[0], e[1], f[0])*sign(turn(e[0], e[1], f[1])) < 0 && turn(f[0], f[1], e[0])*sign(turn(f[0], f[1], e[1])) < 0 {
				t.Errorf("%v crosses %v", e, f)
			}
		}
	}
	all := map[plane.Point]bool{}
	for _, e := range found {
		all[e[0]], all[e[1]] = true, true
	}
	hull, flat := 0, true
	for _, e := range found {
		left, right := false, false
		for p := range all {
			left, right = left || turn(e[0], e[1], p) > 0, right || turn(e[0], e[1], p) < 0
		}
		flat = flat && !left && !right
		if !left || !right {
			hull++
		}
	}
	if flat {
		return max(0, n-1)
	}
	return 3*n - 3 - hull
}

func sign(v int64) int64 { return int64(cmp.Compare(v, 0)) }

func TestDelaunayKeepsItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		points := few(t)
		g := plane.Delaunay(points).Beside()
		symmetric(t, points, g)
		delaunay(t, places(points), edges(points, g))
	})
}

// symmetric also holds those at one place to their star.
func symmetric(t *rapid.T, points []plane.Point, g plane.Graph) {
	if g.Len() != len(points) {
		t.Fatalf("%d of %d", g.Len(), len(points))
	}
	for i := range points {
		if !slices.IsSorted(g.Of(i)) || len(slices.Compact(slices.Clone(g.Of(i)))) != len(g.Of(i)) {
			t.Errorf("%d: %v", i, g.Of(i))
		}
		for _, j := range g.Of(i) {
			if int(j) == i || !slices.Contains(g.Of(int(j)), int32(i)) {
				t.Errorf("%d has %d, not the other way round", i, j)
			}
		}
		if first := slices.Index(points, points[i]); first != i && !slices.Contains(g.Of(i), int32(first)) {
			t.Errorf("%d and %d are at one place, and not linked", i, first)
		}
	}
	if n := pieces(g); n > 1 {
		t.Errorf("%d pieces", n)
	}
}

func pieces(g plane.Graph) (n int) {
	seen := make([]bool, g.Len())
	for i := range seen {
		if seen[i] {
			continue
		}
		n++
		for stack := []int{i}; len(stack) > 0; {
			at := stack[len(stack)-1]
			stack, seen[at] = stack[:len(stack)-1], true
			for _, next := range g.Of(at) {
				if !seen[next] {
					stack, seen[next] = append(stack, int(next)), true
				}
			}
		}
	}
	return n
}

func TestDelaunayOfAnyOrderIsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		points := few(t)
		other := rapid.Permutation(points).Draw(t, "other order")
		first, second := edges(points, plane.Delaunay(points).Beside()), edges(other, plane.Delaunay(other).Beside())
		if !slices.Equal(first, second) {
			t.Errorf("%v\n%v", first, second)
		}
	})
}

// Four neighbours on a circle of radius 5 √2 × 2²¹: nothing but exact arithmetic tells one unit from none.
func TestDelaunayAtTheLimitOfItsNumbers(t *testing.T) {
	t.Parallel()
	const far = plane.Most
	for _, moved := range []plane.Point{{X: 0}, {X: 1}, {Y: 1}, {X: -1}, {X: -1, Y: -1}} {
		points := []plane.Point{{X: far, Y: far / 7}, {X: -far / 7, Y: far}, {X: -far, Y: -far / 7}, {X: far/7 - moved.X, Y: -far + moved.Y*moved.Y}}
		delaunay(t, places(points), edges(points, plane.Delaunay(points).Beside()))
	}
	defer func() {
		if recover() == nil {
			t.Error("a point beyond the limit passed")
		}
	}()
	plane.Delaunay([]plane.Point{{X: far + 1}})
}

func TestDelaunayOfSpecialPlaces(t *testing.T) {
	t.Parallel()
	line := make([]plane.Point, 500)
	for i := range line {
		line[i] = plane.Point{X: int64(i) * 3, Y: int64(i) * -2}
	}
	for name, c := range map[string]struct {
		points []plane.Point
		edges  int
	}{
		"nobody":                      {nil, 0},
		"one":                         {make([]plane.Point, 1), 0},
		"a thousand at one place":     {make([]plane.Point, 1000), 0},
		"two":                         {[]plane.Point{{}, {X: 1}}, 1},
		"all on a line":               {line, 499},
		"a lattice, all on circles":   {lattice(40, 40, 1), 3*1600 - 3 - 4*39},
		"a triangle, one on its side": {[]plane.Point{{}, {X: 4}, {Y: 4}, {X: 2}}, 5},
	} {
		g := plane.Delaunay(c.points).Beside()
		if n := len(edges(c.points, g)); n != c.edges || g.Len() > 0 && pieces(g) != 1 {
			t.Errorf("%s: %d edges, want %d, in %d pieces", name, n, c.edges, pieces(g))
		}
	}
}

func FuzzDelaunay(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 0, 1, 1, 1}, int64(1))
	f.Add([]byte{0, 0, 9, 3, 200, 17, 40, 40, 9, 3}, int64(60_000))
	f.Fuzz(func(t *testing.T, data []byte, scale int64) {
		scale = 1 + max(0, scale)%(plane.Most/256)
		var points []plane.Point
		for pair := range slices.Chunk(data[:min(len(data)&^1, 60)], 2) {
			points = append(points, plane.Point{X: int64(pair[0]) * scale, Y: int64(pair[1]) * scale})
		}
		delaunay(t, places(points), edges(points, plane.Delaunay(points).Beside()))
	})
}

// A city's worth of neighbours is a fraction of a second's work; the bar is a third of one on a quiet core.
func BenchmarkDelaunay(b *testing.B) {
	points := scattered(60_000, 300_000, 7)
	for b.Loop() {
		plane.Delaunay(points).Beside()
	}
}
