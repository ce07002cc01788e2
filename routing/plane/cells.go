package plane

import (
	"math"
	"math/bits"
)

// Vertex is a corner of a cell or outline, in units of the points; always a whole number of 2⁻²⁰.
type Vertex struct{ X, Y float64 }

const fine = 1 << 20

// Areas are those of the cells of the points: what lies nearer to a point than to any other, within the border: the convex hull, widened by
// half of how far points lie apart. Those at one place share its cell evenly.
func (m *Mesh) Areas() []float64 {
	areas := make([]float64, len(m.at))
	m.cells(func(place int32, cell []corner) {
		here := m.here.Of(int(place))
		for _, i := range here {
			areas[i] = area(cell) / float64(len(here))
		}
	})
	return areas
}

func area(cell []corner) (double float64) {
	o := cell[0].Vertex
	for i, a := range cell {
		b := cell[(i+1)%len(cell)]
		double += (a.X-o.X)*(b.Y-o.Y) - (a.Y-o.Y)*(b.X-o.X)
	}
	return double / 2
}

// A corner of a cell and what lies beyond the side that follows it, counter-clockwise: a place, nothing yet, or a line of the border.
type corner struct {
	Vertex
	beyond int32
}

// What lies beyond a side, where it is no place. Below it are lines: nowhere − 1 − i.
const nowhere = -1

// outside is so far off that whoever sees it as near has lost nothing: corners of cells without an end.
const outside = 1 << 28

// cells tells of the Voronoi cell of each place, within the border. Both sides of a side compute its ends from the same numbers in the same
// order, so neighbours' corners are the same to the last bit. The slice is used again.
func (m *Mesh) cells(tell func(place int32, cell []corner)) {
	if len(m.places) == 0 {
		return
	}
	b := m.border()
	var cell, spare []corner
	for place := range m.places {
		var whole bool
		cell, whole = m.cell(int32(place), cell[:0], b)
		for i := 0; i < len(b.lines) && !whole; i++ {
			spare = m.clipped(spare[:0], cell, int32(place), b.lines, i)
			cell, spare = spare, cell
		}
		cell = distinct(cell)
		tell(int32(place), cell)
	}
}

// cell is that of a place; whole tells that all of it is within the border.
func (m *Mesh) cell(place int32, cell []corner, b *border) (all []corner, whole bool) {
	p, around := m.places[place], m.around.Of(int(place))
	if len(around) == 0 {
		return append(cell, away(p, -1, 0), away(p, 0, -1), away(p, 1, 0), away(p, 0, 1)), false
	}
	whole = true
	last := around[len(around)-1]
	for _, next := range around {
		q, r := m.places[last], m.places[next]
		if turn(p, q, r) > 0 {
			v := centre(p, q, r)
			cell, whole = append(cell, corner{v, next}), whole && b.holds(v)
		} else {
			cell, whole = append(m.open(cell, p, q, r), corner{beyond: next}), false
			cell[len(cell)-1].Vertex = m.end(r, p)
		}
		last = next
	}
	return cell, whole
}

// open are the corners far away between the neighbours q and r of p, but for the last, where there is no triangle.
func (m *Mesh) open(cell []corner, p, q, r Point) []corner {
	a, b := q.from(p), r.from(p)
	x1, y1 := unit(a)
	x2, y2 := unit(b)
	x, y := y2-y1, x1-x2
	if x1*x2+y1*y2 > 0 {
		x, y = -x1-x2, -y1-y2
	}
	size := math.Hypot(x, y)
	return append(cell, corner{m.end(p, q), nowhere}, away(p, x/size, y/size))
}

func unit(p Point) (x, y float64) {
	size := math.Hypot(float64(p.X), float64(p.Y))
	return float64(p.X) / size, float64(p.Y) / size
}

// end is far away to the left of ab, between them.
func (m *Mesh) end(a, b Point) Vertex {
	x, y := unit(b.from(a))
	return Vertex{float64(a.X+b.X)/2 - y*outside, float64(a.Y+b.Y)/2 + x*outside}
}

func away(p Point, x, y float64) corner {
	return corner{Vertex{float64(p.X) + x*outside, float64(p.Y) + y*outside}, nowhere}
}

// centre is that of the circle through a, b and c, which run counter-clockwise: the same for all triangles on one circle.
func centre(a, b, c Point) Vertex {
	lifts := [3]int64{a.norm(), b.norm(), c.norm()}
	double := uint64(2 * turn(a, b, c))
	x, low := sum(lifts, [3]int64{b.Y - c.Y, c.Y - a.Y, a.Y - b.Y})
	v := Vertex{X: quotient(x, low, double)}
	y, low := sum(lifts, [3]int64{c.X - b.X, a.X - c.X, b.X - a.X})
	v.Y = quotient(y, low, double)
	return v
}

// quotient rounds to 2⁻²⁰. Those of 2⁴⁴ or more, which no border holds, are floats.
func quotient(high int64, low, by uint64) float64 {
	sign := 1.0
	if high < 0 {
		sign, low = -1, -low
		high = -high
		if low != 0 {
			high--
		}
	}
	top := uint64(high)<<20 | low>>44
	bottom, carry := bits.Add64(low<<20, by/2, 0)
	if high >= 1<<43 || top+carry >= by {
		return sign * (float64(high)*(1<<64) + float64(low)) / float64(by)
	}
	whole, _ := bits.Div64(top+carry, bottom, by)
	return sign * float64(whole) / fine
}

// clipped is what lies to the left of a line.
func (m *Mesh) clipped(kept, cell []corner, place int32, lines []line, i int) []corner {
	for at, a := range cell {
		b := cell[(at+1)%len(cell)]
		from, to := lines[i].left(a.Vertex) >= 0, lines[i].left(b.Vertex) >= 0
		if from {
			kept = append(kept, a)
		}
		if from == to {
			continue
		}
		c := corner{m.crossing(place, a, b.Vertex, lines, i), a.beyond}
		if from {
			c.beyond = nowhere - 1 - int32(i)
		}
		kept = append(kept, c)
	}
	return kept
}

// crossing is where the side from a to b crosses a line. It is between them, whatever rounding does.
func (m *Mesh) crossing(place int32, a corner, b Vertex, lines []line, i int) Vertex {
	l := lines[i]
	var v Vertex
	switch {
	case a.beyond >= 0:
		v = l.halfway(m.places[min(place, a.beyond)], m.places[max(place, a.beyond)])
	case a.beyond == nowhere:
		share := l.left(a.Vertex) / (l.left(a.Vertex) - l.left(b))
		v = Vertex{a.X + share*(b.X-a.X), a.Y + share*(b.Y-a.Y)}
	default:
		v = lines[nowhere-1-a.beyond].meets(l)
	}
	return Vertex{between(v.X, a.X, b.X), between(v.Y, a.Y, b.Y)}
}

// halfway is the place on the line that is as far from p as from q.
func (l line) halfway(p, q Point) Vertex {
	x, y := float64(q.X-p.X), float64(q.Y-p.Y)
	t := (x*(float64(p.X+q.X)/2-l.x) + y*(float64(p.Y+q.Y)/2-l.y)) / (x*l.dx + y*l.dy)
	return Vertex{l.x + t*l.dx, l.y + t*l.dy}
}

func (l line) meets(o line) Vertex {
	t := o.left(Vertex{l.x, l.y}) / (o.dy*l.dx - o.dx*l.dy)
	return Vertex{l.x + t*l.dx, l.y + t*l.dy}
}

// between rounds v, and holds it, were it not even a number, to what is between a and b.
func between(v, a, b float64) float64 {
	low, high := min(a, b), max(a, b)
	if !(v >= low) {
		return low
	}
	return min(math.Round(v*fine)/fine, high)
}

// distinct leaves out sides without length.
func distinct(cell []corner) []corner {
	kept := cell[:0]
	for i, c := range cell {
		if next := cell[(i+1)%len(cell)].Vertex; next != c.Vertex || len(cell) == 1 {
			kept = append(kept, c)
		}
	}
	return kept
}
