package plane_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/internal/cputime"
	"rounds/routing/plane"
)

type segment [2]plane.Vertex

// all are the segments of the rings of a territory's polygons.
func segments(polygons []plane.Polygon) (all []segment) {
	for _, p := range polygons {
		for _, ring := range p {
			for i, v := range ring {
				all = append(all, segment{v, ring[(i+1)%len(ring)]})
			}
		}
	}
	return all
}

// way is which way a, b, c turn, exactly: vertices are whole numbers of 2⁻²⁰.
func way(a, b, c plane.Vertex) int {
	d := func(v, w float64) *big.Int { return big.NewInt(int64(v*(1<<20)) - int64(w*(1<<20))) }
	l := new(big.Int).Mul(d(b.X, a.X), d(c.Y, a.Y))
	return l.Cmp(new(big.Int).Mul(d(b.Y, a.Y), d(c.X, a.X)))
}

// cross tells whether two segments have more in common than an end.
func cross(s, t segment) bool {
	if max(s[0].X, s[1].X) < min(t[0].X, t[1].X) || max(t[0].X, t[1].X) < min(s[0].X, s[1].X) ||
		max(s[0].Y, s[1].Y) < min(t[0].Y, t[1].Y) || max(t[0].Y, t[1].Y) < min(s[0].Y, s[1].Y) {
		return false
	}
	a, b, c, d := way(s[0], s[1], t[0]), way(s[0], s[1], t[1]), way(t[0], t[1], s[0]), way(t[0], t[1], s[1])
	if a*b < 0 && c*d < 0 {
		return true
	}
	strictly := func(turned int, s segment, v plane.Vertex) bool {
		return turned == 0 && v != s[0] && v != s[1] && (v.X-s[0].X)*(v.X-s[1].X) <= 0 && (v.Y-s[0].Y)*(v.Y-s[1].Y) <= 0
	}
	return strictly(a, s, t[0]) || strictly(b, s, t[1]) || strictly(c, t, s[0]) || strictly(d, t, s[1])
}

func size(ring []plane.Vertex) (sum float64) {
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		sum += (a.X-ring[0].X)*(b.Y-ring[0].Y) - (a.Y-ring[0].Y)*(b.X-ring[0].X)
	}
	return sum / 2
}

func total(polygons []plane.Polygon) (sum float64) {
	for _, p := range polygons {
		for _, ring := range p {
			sum += size(ring)
		}
	}
	return sum
}

func within(ring []plane.Vertex, v plane.Vertex) bool {
	odd := false
	for i, b := range ring {
		a := ring[(i+len(ring)-1)%len(ring)]
		if (a.Y > v.Y) != (b.Y > v.Y) && v.X < a.X+(v.Y-a.Y)*(b.X-a.X)/(b.Y-a.Y) {
			odd = !odd
		}
	}
	return odd
}

func covers(polygons []plane.Polygon, v plane.Vertex) bool {
	return slices.ContainsFunc(polygons, func(p plane.Polygon) bool {
		return within(p[0], v) && !slices.ContainsFunc(p[1:], func(hole []plane.Vertex) bool { return within(hole, v) })
	})
}

type fails interface {
	Errorf(string, ...any)
	Helper()
}

// tidy holds outlines to what they promise, whatever the territories are.
func tidy(t fails, all [][]plane.Polygon) {
	t.Helper()
	seen := map[segment]bool{}
	var drawn []segment
	for territory, polygons := range all {
		for _, p := range polygons {
			for i, ring := range p {
				if (size(ring) > 0) != (i == 0) {
					t.Errorf("ring %d of %d has the size %g", i, territory, size(ring))
				}
				if len(ring) < 3 || len(unique(ring)) != len(ring) {
					t.Errorf("%d: %v passes a vertex twice", territory, ring)
				}
				if i > 0 && !slices.ContainsFunc(ring, func(v plane.Vertex) bool { return within(p[0], v) || slices.Contains(p[0], v) }) {
					t.Errorf("%d: the hole %v is outside", territory, ring)
				}
			}
		}
		for _, s := range segments(polygons) {
			if seen[s] {
				t.Errorf("%v twice", s)
			}
			seen[s] = true
			if !seen[segment{s[1], s[0]}] {
				drawn = append(drawn, s)
			}
		}
	}
	uncrossed(t, drawn)
}

func unique(ring []plane.Vertex) map[plane.Vertex]bool {
	all := map[plane.Vertex]bool{}
	for _, v := range ring {
		all[v] = true
	}
	return all
}

func uncrossed(t fails, drawn []segment) {
	t.Helper()
	slices.SortFunc(drawn, func(s, u segment) int { return int(sign(int64(1e6 * (min(s[0].X, s[1].X) - min(u[0].X, u[1].X))))) })
	for i, s := range drawn {
		for _, u := range drawn[i+1:] {
			if min(u[0].X, u[1].X) > max(s[0].X, s[1].X)+1 {
				break
			}
			if cross(s, u) {
				t.Errorf("%v crosses %v", s, u)
			}
		}
	}
}

func TestOutlinesAreTidy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		points := few(t)
		k := rapid.IntRange(1, 4).Draw(t, "territories")
		of := rapid.SliceOfN(rapid.Int32Range(0, int32(k-1)), len(points), len(points)).Draw(t, "owners")
		m := plane.Delaunay(points)
		all := m.Outlines(of, k)
		tidy(t, all)
		sum, whole, areas := 0.0, total(m.Outlines(make([]int32, len(points)), 1)[0]), 0.0
		for _, polygons := range all {
			sum += total(polygons)
		}
		for _, a := range m.Areas() {
			areas += a
		}
		if math.Abs(sum-whole) > 1e-9*whole || math.Abs(areas-whole) > 1e-9*whole {
			t.Errorf("all %g, outlines %g, areas %g", whole, sum, areas)
		}
		for i, p := range points {
			if owner := most(points, of, p); !covers(all[owner], plane.Vertex{X: float64(p.X), Y: float64(p.Y)}) {
				t.Errorf("%d at %v is not in %d", i, p, owner)
			}
		}
	})
}

// A territory has as many polygons as pieces: those that hang together along what Cut leaves are drawn in one.
func TestPiecesArePolygons(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := places(few(t))
		of := rapid.SliceOfN(rapid.Int32Range(0, 2), len(all), len(all)).Draw(t, "owners")
		m := plane.Delaunay(all)
		beside := m.Cut(nil)
		symmetric(t, all, beside)
		for territory, polygons := range m.Outlines(of, 3) {
			if n := islands(beside, of, int32(territory)); len(polygons) != n {
				t.Errorf("%d: %d polygons of %d pieces: %v", territory, len(polygons), n, polygons)
			}
		}
	})
}

// islands are the pieces of one territory.
func islands(g plane.Graph, of []int32, territory int32) (n int) {
	own := plane.Graph{First: []int32{0}}
	for i := range g.Len() {
		for _, j := range g.Of(i) {
			if of[i] == territory && of[j] == territory {
				own.Next = append(own.Next, j)
			}
		}
		own.First = append(own.First, int32(len(own.Next)))
		if of[i] != territory {
			n-- // alone
		}
	}
	return n + pieces(own)
}

// most is the territory with the most points at p, the lowest of several.
func most(points []plane.Point, of []int32, p plane.Point) int {
	votes := make([]int, 10)
	for i, q := range points {
		if p == q {
			votes[of[i]]++
		}
	}
	return slices.Index(votes, slices.Max(votes))
}

func TestTheLandIsTheNearestPoints(t *testing.T) {
	t.Parallel()
	const scale, k = 30_000, 7
	points := scattered(400, scale, 5)
	of := make([]int32, len(points))
	for i := range of {
		of[i] = int32(i % k)
	}
	m := plane.Delaunay(points)
	all, whole := m.Outlines(of, k), m.Outlines(make([]int32, len(points)), 1)[0]
	tidy(t, all)
	r := rand.New(rand.NewPCG(1, 2))
	for range 1500 {
		v := plane.Vertex{X: r.Float64()*1.2*scale - 0.1*scale, Y: r.Float64()*1.2*scale - 0.1*scale}
		for territory := range all {
			want := covers(whole, v) && of[nearest(points, v)] == int32(territory)
			if covers(all[territory], v) != want {
				t.Errorf("%v in %d: %v", v, territory, !want)
			}
		}
	}
}

func nearest(points []plane.Point, v plane.Vertex) int {
	best, at := math.Inf(1), 0
	for i, p := range points {
		if d := math.Hypot(float64(p.X)-v.X, float64(p.Y)-v.Y); d < best {
			best, at = d, i
		}
	}
	return at
}

func TestOutlinesOfSpecialPlaces(t *testing.T) {
	t.Parallel()
	lattice := lattice(5, 5, 8)
	chess := func(i int) int32 { return int32(i % 2) }
	ring := func(i int) int32 {
		if x, y := i%5, i/5; x == 0 || x == 4 || y == 0 || y == 4 {
			return 0
		}
		return 1
	}
	for _, c := range []struct {
		name     string
		points   []plane.Point
		of       func(int) int32
		polygons [2]int
		holes    int
	}{
		{"nobody", nil, chess, [2]int{}, 0},
		{"one shop", lattice[:1], chess, [2]int{1, 0}, 0},
		{"two shops", lattice[:2], chess, [2]int{1, 1}, 0},
		{"a street", lattice[:5], chess, [2]int{3, 2}, 0},
		{"a chessboard, whose squares touch at corners", lattice, chess, [2]int{13, 12}, 0},
		{"one around the other", lattice, ring, [2]int{1, 1}, 1},
		{"two holes that touch at a corner", lattice, func(i int) int32 { return int32(max(0, 1-abs(i-6)) + max(0, 1-abs(i-12))) }, [2]int{1, 2}, 2},
		{"nobody's in the middle", lattice, func(i int) int32 { return -ring(i) }, [2]int{1, 0}, 1},
		{"two at one place and one, at the same", []plane.Point{{}, {}, {}}, chess, [2]int{1, 0}, 0},
	} {
		of := make([]int32, len(c.points))
		for i := range of {
			of[i] = c.of(i)
		}
		all := plane.Delaunay(c.points).Outlines(of, 2)
		tidy(t, all)
		holes := 0
		for _, p := range slices.Concat(all...) {
			holes += len(p) - 1
		}
		if got := [2]int{len(all[0]), len(all[1])}; got != c.polygons || holes != c.holes {
			t.Errorf("%s: %v polygons, %d holes", c.name, got, holes)
		}
	}
}

func abs(i int) int { return max(i, -i) }

// A corner of the hull belongs to its shop, and the sizes are those of hand-made drawings: a square of 3 by 3 shops, 10 apart.
func TestAreasOfALattice(t *testing.T) {
	t.Parallel()
	points := lattice(3, 3, 10)
	wide := math.Sqrt(400./9) / 2
	corner, edge := (5+wide)*(5+wide), 10*(5+wide)
	for i, a := range plane.Delaunay(points).Areas() {
		want := []float64{corner, edge, corner, edge, 100, edge, corner, edge, corner}[i]
		if math.Abs(a-want) > 1e-4 {
			t.Errorf("%d: %g, want %g", i, a, want)
		}
	}
	shared := plane.Delaunay(append(points, points[4], points[4], points[4])).Areas()
	if shared[4] != 25 || shared[11] != 25 {
		t.Errorf("four shops share %v", shared)
	}
}

func bands(points []plane.Point, k int, scale int64) []int32 {
	of := make([]int32, len(points))
	for i, p := range points {
		of[i] = int32((p.X*4/scale)%4 + 4*(p.Y*int64(k/4)/scale))
	}
	return of
}

func TestOutlinesOfACity(t *testing.T) {
	t.Parallel()
	const scale, k = 300_000, 40
	points := scattered(20_000, scale, 11)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := cputime.Thread()
	m, of := plane.Delaunay(points), bands(points, k, scale)
	all := m.Outlines(of, k)
	if spent := cputime.Thread() - start; spent > 10*time.Second {
		t.Errorf("took %v", spent)
	}
	tidy(t, all)
	beside := m.Cut(nil)
	for band, polygons := range all {
		if n := islands(beside, of, int32(band)); len(polygons) != n || n > 2 {
			t.Errorf("%d: %d polygons of %d pieces", band, len(polygons), n)
		}
	}
}

func BenchmarkOutlines(b *testing.B) {
	const scale, k = 300_000, 248
	points := scattered(60_000, scale, 7)
	m := plane.Delaunay(points)
	for name, of := range map[string][]int32{"bands": bands(points, k, scale), "confetti": func() []int32 {
		of := make([]int32, len(points))
		for i := range of {
			of[i] = int32(i % 2)
		}
		return of
	}()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				m.Outlines(of, k)
			}
		})
	}
	b.Run("areas", func(b *testing.B) {
		for b.Loop() {
			m.Areas()
		}
	})
}
