package plane

import (
	"math"
	"slices"
)

// far is how far from zero the vertices of barriers may lie: in decimetres, more than the size of the Earth.
const far = 1<<30 - 1

// Cut is [Mesh.Beside] without the edges that a barrier, a line through its points, crosses, and without those of places whose cells have
// no side in common within the border, so that a part in one piece is one polygon of [Mesh.Outlines]. A place right on a barrier lies to its
// left. Those at one place stay linked. Vertices may lie far outside; beyond 2³⁰ they are taken to lie there.
func (m *Mesh) Cut(barriers [][]Point) Graph {
	t, touching := m.fence(barriers), m.touching()
	return m.graph(func(low, high int32) bool {
		return slices.Contains(touching.Of(int(low)), high) && (t == nil || !t.meets(m.places[low], m.places[high]))
	})
}

// touching are, of each place, the higher ones whose cells have a side in common with its own: all of its neighbours but those far along
// the hull, and those across the middle of a square.
func (m *Mesh) touching() Graph {
	g := Graph{First: make([]int32, 0, len(m.places)+1), Next: make([]int32, 0, len(m.around.Next)/2)}
	m.cells(func(place int32, cell []corner) {
		g.First = append(g.First, int32(len(g.Next)))
		for _, c := range cell {
			if c.beyond > place {
				g.Next = append(g.Next, c.beyond)
			}
		}
	})
	g.First = append(g.First, int32(len(g.Next)))
	return g
}

// A fence holds the segments of barriers by the squares of a grid over the places that they pass through.
type fence struct {
	low       Point
	step      int64
	wide      int64
	tall      int64
	segments  [][2]Point
	bySquare  [][]int32
	askedLast []int32 // of each segment, the last question it was looked at for
	question  int32
}

// fence is nil where there is nothing to be fenced off.
func (m *Mesh) fence(barriers [][]Point) *fence {
	if len(m.places) < 2 || len(barriers) == 0 {
		return nil
	}
	low, high := bounds(m.places)
	size := max(high.X-low.X, high.Y-low.Y)
	f := &fence{low: low, step: 1 + size/int64(math.Sqrt(float64(len(m.places)))+1)}
	f.wide, f.tall = (high.X-low.X)/f.step+1, (high.Y-low.Y)/f.step+1
	f.bySquare = make([][]int32, f.wide*f.tall)
	for _, line := range barriers {
		for i, p := range line {
			f.add(line[max(0, i-1)].clamped(), p.clamped())
		}
	}
	f.askedLast = make([]int32, len(f.segments))
	return f
}

func (p Point) clamped() Point {
	return Point{max(-far, min(p.X, far)), max(-far, min(p.Y, far))}
}

func bounds(points []Point) (low, high Point) {
	low, high = points[0], points[0]
	for _, p := range points {
		low = Point{min(low.X, p.X), min(low.Y, p.Y)}
		high = Point{max(high.X, p.X), max(high.Y, p.Y)}
	}
	return low, high
}

func (f *fence) add(a, b Point) {
	if a == b {
		return
	}
	f.segments = append(f.segments, [2]Point{a, b})
	f.squares(a, b, func(square int64) bool {
		f.bySquare[square] = append(f.bySquare[square], int32(len(f.segments)-1))
		return true
	})
}

// meets tells whether a segment of a barrier parts the ends of the edge ab.
func (f *fence) meets(a, b Point) bool {
	f.question++
	return !f.squares(a, b, func(square int64) bool {
		for _, s := range f.bySquare[square] {
			if f.askedLast[s] != f.question && parts(f.segments[s][0], f.segments[s][1], a, b) {
				return false
			}
			f.askedLast[s] = f.question
		}
		return true
	})
}

// squares visits those that ab passes through, and now and then one beside them, until it is told false.
func (f *fence) squares(a, b Point, visit func(int64) bool) bool {
	if a.X > b.X {
		a, b = b, a
	}
	a, b = a.from(f.low), b.from(f.low)
	first, last := max(0, floorDiv(a.X, f.step)), min(f.wide-1, floorDiv(b.X, f.step))
	for column := first; column <= last; column++ {
		south, north := f.rows(a, b, column)
		for row := south; row <= north; row++ {
			if !visit(column*f.tall + row) {
				return false
			}
		}
	}
	return true
}

// rows are those in which ab passes through a column, with a unit to spare.
func (f *fence) rows(a, b Point, column int64) (south, north int64) {
	y := func(x int64) float64 {
		x = max(a.X, min(x, b.X))
		if a.X == b.X {
			return float64(a.Y)
		}
		return float64(a.Y) + float64(b.Y-a.Y)*(float64(x-a.X)/float64(b.X-a.X))
	}
	from, to := y(column*f.step), y((column+1)*f.step)
	if a.X == b.X {
		to = float64(b.Y)
	}
	step := float64(f.step)
	south, north = int64(math.Floor((min(from, to)-1)/step)), int64(math.Floor((max(from, to)+1)/step))
	return max(0, south), min(f.tall-1, north)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// parts tells whether the segment cd crosses ab. What lies right on its line is to its left, so that a shop on a river belongs to one
// bank: it is no island, and no bridge.
func parts(c, d, a, b Point) bool {
	if max(a.X, b.X) < min(c.X, d.X) || max(c.X, d.X) < min(a.X, b.X) ||
		max(a.Y, b.Y) < min(c.Y, d.Y) || max(c.Y, d.Y) < min(a.Y, b.Y) {
		return false
	}
	return (turn(c, d, a) < 0) != (turn(c, d, b) < 0) && apart(turn(a, b, c), turn(a, b, d))
}

// apart tells whether two places are on different sides of a line, or one is on it.
func apart(a, b int64) bool { return a <= 0 && b >= 0 || a >= 0 && b <= 0 }
