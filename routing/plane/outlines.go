package plane

import (
	"math"
	"slices"
)

// Polygon is a ring counter-clockwise and then its holes, clockwise; the last vertex of a ring is joined to the first. Rings do not cross
// themselves or each other; a hole may touch another ring in single vertices.
type Polygon [][]Vertex

// Outlines are the merged cells of the points of each of k territories, within the border of [Mesh.Areas]. Whatever lies between two of
// them has the same vertices on both sides, so they neither overlap nor leave gaps. A place with points of several territories goes to the
// one with the most, or to the lowest of those; points whose territory is not one of k leave a hole.
func (m *Mesh) Outlines(of []int32, k int) [][]Polygon {
	owner := m.owners(of, k)
	sides := make([][]side, k)
	m.cells(func(place int32, cell []corner) {
		t := owner[place]
		for i, c := range cell {
			if t >= 0 && (c.beyond < 0 || owner[c.beyond] != t) {
				sides[t] = append(sides[t], side{c.Vertex, cell[(i+1)%len(cell)].Vertex})
			}
		}
	})
	all := make([][]Polygon, k)
	for t := range all {
		all[t] = polygons(rings(sides[t]))
	}
	return all
}

// owners are the territories of the places, −1 for none.
func (m *Mesh) owners(of []int32, k int) []int32 {
	owner := make([]int32, len(m.places))
	for place := range owner {
		votes := map[int32]int{}
		best := int32(-1)
		for _, i := range m.here.Of(place) {
			t := of[i]
			if t < 0 || int(t) >= k {
				continue
			}
			votes[t]++
			if best < 0 || votes[t] > votes[best] || votes[t] == votes[best] && t < best {
				best = t
			}
		}
		owner[place] = best
	}
	return owner
}

// A side has the territory to its left.
type side struct{ from, to Vertex }

// rings joins sides into rings that pass no vertex twice.
func rings(sides []side) [][]Vertex {
	sides = lasting(sides)
	leaving := make(map[Vertex][]int, len(sides))
	for i, s := range sides {
		leaving[s.from] = append(leaving[s.from], i)
	}
	used := make([]bool, len(sides))
	var all [][]Vertex
	for first := range sides {
		if !used[first] {
			all = append(all, simple(walk(sides, leaving, used, first))...)
		}
	}
	return all
}

// lasting leaves out sides that rounding has laid on each other: the same one both ways.
func lasting(sides []side) []side {
	back := make(map[side]int)
	for _, s := range sides {
		back[side{s.to, s.from}]++
	}
	return slices.DeleteFunc(sides, func(s side) bool {
		if back[s] == 0 {
			return false
		}
		back[s]--
		return true
	})
}

// walk follows sides, the territory always to the left, until it is back where it began. Where the territory touches itself at a
// vertex the way turns as far left as it can, and does not pass through.
func walk(sides []side, leaving map[Vertex][]int, used []bool, first int) (way []Vertex) {
	for at := first; at >= 0; {
		used[at] = true
		way = append(way, sides[at].from)
		next := -1
		for _, s := range leaving[sides[at].to] {
			if (s == first || !used[s]) && (next < 0 || clockwise(sides[at], sides[s]) < clockwise(sides[at], sides[next])) {
				next = s
			}
		}
		if at = next; at == first {
			break
		}
	}
	return way
}

// clockwise is the angle from where in came from to where out goes.
func clockwise(in, out side) float64 {
	back := math.Atan2(in.from.Y-in.to.Y, in.from.X-in.to.X)
	angle := back - math.Atan2(out.to.Y-out.from.Y, out.to.X-out.from.X)
	if angle <= 0 {
		angle += 2 * math.Pi
	}
	return angle
}

// simple takes a way apart where it comes to a vertex again: a hole that touches the outside is a ring of its own.
func simple(way []Vertex) (all [][]Vertex) {
	var ring []Vertex
	at := map[Vertex]int{}
	for _, v := range way {
		if from, again := at[v]; again {
			all = append(all, slices.Clone(ring[from:]))
			for _, gone := range ring[from:] {
				delete(at, gone)
			}
			ring = ring[:from]
		}
		at[v] = len(ring)
		ring = append(ring, v)
	}
	return append(all, ring)
}

// polygons gives each hole to the smallest ring around it.
func polygons(rings [][]Vertex) []Polygon {
	var all []Polygon
	var around []outer
	for _, ring := range rings {
		if a := surface(ring); a > 0 {
			around = append(around, newOuter(ring, a))
			all = append(all, Polygon{ring})
		}
	}
	for _, ring := range rings {
		if surface(ring) >= 0 {
			continue
		}
		if best := smallest(around, ring); best >= 0 {
			all[best] = append(all[best], ring)
		}
	}
	return all
}

// An outer ring, and what tells quickly that nothing is in it.
type outer struct {
	ring      []Vertex
	area      float64
	low, high Vertex
}

func newOuter(ring []Vertex, area float64) outer {
	o := outer{ring, area, ring[0], ring[0]}
	for _, v := range ring {
		o.low = Vertex{min(o.low.X, v.X), min(o.low.Y, v.Y)}
		o.high = Vertex{max(o.high.X, v.X), max(o.high.Y, v.Y)}
	}
	return o
}

func smallest(around []outer, hole []Vertex) int {
	best, size := -1, -surface(hole)
	for i, o := range around {
		if o.area > size && (best < 0 || o.area < around[best].area) && o.holds(hole) {
			best = i
		}
	}
	return best
}

// holds looks at the first vertex of the hole that is not the ring's too.
func (o outer) holds(hole []Vertex) bool {
	for _, v := range hole {
		if v.X < o.low.X || v.X > o.high.X || v.Y < o.low.Y || v.Y > o.high.Y {
			return false
		}
	}
	for _, v := range hole {
		if !slices.Contains(o.ring, v) {
			return within(o.ring, v)
		}
	}
	return true
}

// within counts the sides east of v: an odd number is inside.
func within(ring []Vertex, v Vertex) bool {
	odd := false
	for i, b := range ring {
		a := ring[(i+len(ring)-1)%len(ring)]
		if (a.Y > v.Y) != (b.Y > v.Y) && v.X < a.X+(v.Y-a.Y)*(b.X-a.X)/(b.Y-a.Y) {
			odd = !odd
		}
	}
	return odd
}

// surface is twice the area of a ring, below 0 where it runs clockwise.
func surface(ring []Vertex) (sum float64) {
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		sum += (a.X-ring[0].X)*(b.Y-ring[0].Y) - (a.Y-ring[0].Y)*(b.X-ring[0].X)
	}
	return sum
}
