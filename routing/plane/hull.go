package plane

import (
	"cmp"
	"math"
	"slices"
)

// A line has what is wanted to its left.
type line struct{ x, y, dx, dy float64 } // through x, y; the direction has length 1

// left is how far to its left v lies.
func (l line) left(v Vertex) float64 { return l.dx*(v.Y-l.y) - l.dy*(v.X-l.x) }

// A border is the convex hull of all places, a little wider: what lies to the left of all lines. Lines that run nearly alike are
// one, the longest; the four of a map's frame cut off what sharp corners add.
type border struct {
	lines  []line
	middle Vertex
	reach  float64 // all this near the middle is within
}

const alike = 2 * math.Pi / 180 // lines that differ by less are one

func (m *Mesh) border() *border {
	corners := convex(m.places)
	wide := widening(corners, len(m.places))
	low, high := bounds(m.places)
	var sides [][2]Point
	for i, a := range corners {
		if b := corners[(i+1)%len(corners)]; a != b {
			sides = append(sides, [2]Point{a, b})
		}
	}
	slices.SortStableFunc(sides, func(s, t [2]Point) int { return cmp.Compare(t[1].from(t[0]).norm(), s[1].from(s[0]).norm()) })
	b := &border{middle: Vertex{float64(low.X+high.X) / 2, float64(low.Y+high.Y) / 2}, reach: math.Inf(1)}
	for _, s := range sides {
		b.add(s[0], s[1].from(s[0]), wide)
	}
	b.add(low, Point{X: 1}, wide)
	b.add(high, Point{Y: 1}, wide)
	b.add(high, Point{X: -1}, wide)
	b.add(low, Point{Y: -1}, wide)
	return b
}

// add moves the line through p out, and takes it unless one is there that runs alike.
func (b *border) add(p, along Point, wide float64) {
	size := math.Hypot(float64(along.X), float64(along.Y))
	l := line{dx: float64(along.X) / size, dy: float64(along.Y) / size}
	l.x, l.y = float64(p.X)+wide*l.dy, float64(p.Y)-wide*l.dx
	for _, have := range b.lines {
		if l.dx*have.dx+l.dy*have.dy > math.Cos(alike) {
			return
		}
	}
	b.lines = append(b.lines, l)
	b.reach = min(b.reach, l.left(b.middle)*0.999) // less than rounding could matter
}

// holds tells whether v is within, or on the border.
func (b *border) holds(v Vertex) bool {
	if math.Hypot(v.X-b.middle.X, v.Y-b.middle.Y) < b.reach {
		return true
	}
	return !slices.ContainsFunc(b.lines, func(l line) bool { return !(l.left(v) >= 0) })
}

// widening is half of how far places lie apart: the root of what each has of the hull, or of its length where it has no width.
func widening(corners []Point, places int) float64 {
	var double int64
	around := 0.0
	for i, a := range corners {
		b := corners[(i+1)%len(corners)]
		double += a.from(corners[0]).cross(b.from(corners[0]))
		around += math.Sqrt(float64(b.from(a).norm()))
	}
	n := float64(max(1, places))
	return max(2, math.Sqrt(float64(double)/2/n), around/2/n) / 2
}

// convex are the corners of the hull of places that are sorted, counter-clockwise (Andrew, Information Processing Letters 9, 1979).
func convex(places []Point) []Point {
	var hull []Point
	for range 2 {
		base := max(0, len(hull)-1)
		hull = hull[:base]
		for _, p := range places {
			for len(hull)-base >= 2 && turn(hull[len(hull)-2], hull[len(hull)-1], p) <= 0 {
				hull = hull[:len(hull)-1]
			}
			hull = append(hull, p)
		}
		places = slices.Clone(places)
		slices.Reverse(places)
	}
	return hull[:max(1, len(hull)-1)]
}
