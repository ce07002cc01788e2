package plane

import (
	"fmt"
	"slices"
)

// Mesh is a Delaunay triangulation: no place lies within the circle through the corners of a triangle. Points may share a place.
type Mesh struct {
	places []Point // each once, west to east, then south to north
	at     []int32 // the place of each point
	here   Graph   // the points at each place, in rising order
	around Graph   // the places joined to each place, counter-clockwise
}

// Delaunay triangulates points: any number, on a line, or several at one place. Where four or more lie on a circle the coordinates
// alone decide, so the order of the points does not matter. It panics where a coordinate is beyond [Most].
func Delaunay(points []Point) *Mesh {
	m := &Mesh{}
	m.gather(points)
	s := &sewing{places: m.places}
	if len(m.places) > 1 {
		s.sew(0, len(m.places))
	}
	m.around = s.rings()
	return m
}

// gather finds the places and who stands at them.
func (m *Mesh) gather(points []Point) {
	order := make([]int32, len(points))
	for i, p := range points {
		if max(p.X, -p.X, p.Y, -p.Y) > Most || min(p.X, p.Y) < -Most {
			panic(fmt.Sprintf("plane: point %d at %d, %d is beyond %d", i, p.X, p.Y, Most))
		}
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		if c := compare(points[i], points[j]); c != 0 {
			return c
		}
		return int(i - j)
	})
	m.at = make([]int32, len(points))
	for at, i := range order {
		if p := points[i]; len(m.places) == 0 || m.places[len(m.places)-1] != p {
			m.places = append(m.places, p)
			m.here.First = append(m.here.First, int32(at))
		}
		m.at[i] = int32(len(m.places) - 1)
	}
	m.here.First, m.here.Next = append(m.here.First, int32(len(order))), order
}

// A sewing is a triangulation in the making, by dividing and conquering (Guibas and Stolfi, ACM Transactions on Graphics 4,
// 1985). Edge e runs from from[e] to from[e^1], which is the same edge the other way. Those that leave a place form a ring.
type sewing struct {
	places     []Point
	from       []int32
	next, back []int32 // in the ring of the place it leaves: counter-clockwise, clockwise
	seam       int32   // between two halves, from the right to the left: the last edge sewn
}

// sew triangulates places lo to hi, two or more. First leaves the westernmost along the hull with the others
// to its left; last leaves the easternmost with the others to its right.
func (s *sewing) sew(lo, hi int) (first, last int32) {
	switch hi - lo {
	case 2:
		e := s.edge(int32(lo), int32(lo+1))
		return e, e ^ 1
	case 3:
		return s.three(int32(lo))
	}
	middle := (lo + hi) / 2
	first, left := s.sew(lo, middle)
	right, last := s.sew(middle, hi)
	left, right = s.tangent(left, right)
	s.seam = s.join(right^1, left)
	if s.from[left] == s.from[first] {
		first = s.seam ^ 1
	}
	if s.from[right] == s.from[last] {
		last = s.seam
	}
	for s.stitch() {
	}
	return first, last
}

func (s *sewing) three(a int32) (first, last int32) {
	ab, bc := s.edge(a, a+1), s.edge(a+1, a+2)
	s.hang(bc, ab^1)
	switch side := turn(s.places[a], s.places[a+1], s.places[a+2]); {
	case side > 0:
		s.join(bc, ab)
	case side < 0:
		ca := s.join(bc, ab)
		return ca ^ 1, ca
	}
	return ab, bc ^ 1
}

// tangent walks down both hulls to the ends of the line that has both halves above it.
func (s *sewing) tangent(left, right int32) (int32, int32) {
	for {
		switch {
		case s.side(left, s.from[right]) > 0:
			left = s.back[left^1]
		case s.side(right, s.from[left]) < 0:
			right = s.next[right^1]
		default:
			return left, right
		}
	}
}

// stitch sews the next edge above the seam; it answers false when there is none.
func (s *sewing) stitch() bool {
	left := s.thin(s.next[s.seam^1], s.next)
	right := s.thin(s.back[s.seam], s.back)
	a, b := s.above(left), s.above(right)
	switch {
	case !a && !b:
		return false
	case !a || b && s.within(left^1, left, right, right^1):
		s.seam = s.join(right, s.seam^1)
	default:
		s.seam = s.join(s.seam^1, left^1)
	}
	return true
}

// thin takes out candidates whose circle through the seam holds the end of the one after it.
func (s *sewing) thin(e int32, after []int32) int32 {
	for s.above(e) && s.within(s.seam^1, s.seam, e^1, after[e]^1) {
		then := after[e]
		s.drop(e)
		s.drop(e ^ 1)
		e = then
	}
	return e
}

func (s *sewing) above(e int32) bool { return s.side(s.seam, s.from[e^1]) < 0 }

func (s *sewing) side(e, place int32) int64 {
	return turn(s.places[s.from[e]], s.places[s.from[e^1]], s.places[place])
}

// within tells whether edge d begins within the circle through where a, b and c begin.
func (s *sewing) within(a, b, c, d int32) bool {
	return inside(s.places[s.from[a]], s.places[s.from[b]], s.places[s.from[c]], s.places[s.from[d]])
}

func (s *sewing) edge(a, b int32) int32 {
	e := int32(len(s.from))
	s.from = append(s.from, a, b)
	s.next = append(s.next, e, e^1)
	s.back = append(s.back, e, e^1)
	return e
}

// join draws an edge from the end of a to the beginning of b, which have the same face to their left.
func (s *sewing) join(a, b int32) int32 {
	e := s.edge(s.from[a^1], s.from[b])
	s.hang(e, s.back[a^1])
	s.hang(e^1, b)
	return e
}

// hang puts e, which is alone, into a ring after a.
func (s *sewing) hang(e, a int32) {
	then := s.next[a]
	s.next[e], s.back[e] = then, a
	s.next[a], s.back[then] = e, e
}

// drop takes e out of its ring; afterwards it is alone.
func (s *sewing) drop(e int32) {
	s.next[s.back[e]], s.back[s.next[e]] = s.next[e], s.back[e]
	s.next[e], s.back[e] = e, e
	s.from[e] = -1
}

// rings are the places around each place, counter-clockwise from the lowest.
func (s *sewing) rings() Graph {
	some := make([]int32, len(s.places))
	for i := range some {
		some[i] = -1
	}
	for e, at := range s.from {
		if at >= 0 && (some[at] < 0 || s.from[e^1] < s.from[some[at]^1]) {
			some[at] = int32(e)
		}
	}
	g := Graph{First: make([]int32, 1, len(s.places)+1)}
	for _, start := range some {
		for e := start; e >= 0; {
			g.Next = append(g.Next, s.from[e^1])
			if e = s.next[e]; e == start {
				break
			}
		}
		g.First = append(g.First, int32(len(g.Next)))
	}
	return g
}
