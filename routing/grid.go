package routing

import (
	"math"
	"slices"
)

// A grid sorts points into square cells of about two points each, so that those
// near a point are found without looking at all.
type grid struct {
	points     []Point
	left, low  int64 // corner
	side       int64 // of a cell
	wide, high int
	first      []int32 // of each cell, in inside; one more at the end
	inside     []int32
}

const pointsPerCell = 2

func newGrid(points []Point) *grid {
	g := &grid{points: points}
	box := bounds(points)
	g.left, g.low = box[0], box[1]
	width, height := box[2]-box[0]+1, box[3]-box[1]+1
	cells := float64(max(1, len(points)/pointsPerCell))
	g.side = max(1, int64(math.Sqrt(float64(width)*float64(height)/cells)), width/1024, height/1024)
	g.wide, g.high = int((width-1)/g.side)+1, int((height-1)/g.side)+1
	g.fill()
	return g
}

func bounds(points []Point) [4]int64 {
	box := [4]int64{math.MaxInt64, math.MaxInt64, math.MinInt64, math.MinInt64}
	for _, p := range points {
		x, y := int64(p.X), int64(p.Y)
		box = [4]int64{min(box[0], x), min(box[1], y), max(box[2], x), max(box[3], y)}
	}
	return box
}

func (g *grid) cell(p Point) (x, y int) {
	return int((int64(p.X) - g.left) / g.side), int((int64(p.Y) - g.low) / g.side)
}

func (g *grid) fill() {
	g.first = make([]int32, g.wide*g.high+1)
	at := make([]int32, len(g.points))
	for i, p := range g.points {
		x, y := g.cell(p)
		at[i] = int32(y*g.wide + x)
		g.first[at[i]+1]++
	}
	for c := range g.wide * g.high {
		g.first[c+1] += g.first[c]
	}
	next := slices.Clone(g.first)
	g.inside = make([]int32, len(g.points))
	for i, c := range at {
		g.inside[next[c]] = int32(i)
		next[c]++
	}
}

// A ray is a point seen from another: how far, and in which quadrant.
type ray struct {
	node     int32
	quadrant int8
	square   int64 // of the distance
}

// around are the few nearest points to a, and a few more in each quadrant.
func (g *grid) around(a int32, few, quadrant int) []int32 {
	var nearest []ray
	var byQuadrant [4][]ray
	cx, cy := g.cell(g.points[a])
	for ring := 0; ring < max(g.wide, g.high); ring++ {
		clear := int64(max(0, ring-1)) * g.side // everything nearer has been seen
		if enough(nearest, few, clear*clear) && g.quadrantsDone(byQuadrant, quadrant, clear*clear, cx, cy, ring) {
			break
		}
		g.eachInRing(cx, cy, ring, func(b int32) {
			if b != a {
				seen := g.see(a, b)
				nearest = keep(nearest, seen, few)
				byQuadrant[seen.quadrant] = keep(byQuadrant[seen.quadrant], seen, quadrant)
			}
		})
	}
	var nodes []int32
	for _, list := range append(byQuadrant[:], nearest) {
		for _, r := range list {
			nodes = append(nodes, r.node)
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

func (g *grid) see(a, b int32) ray {
	dx, dy := int64(g.points[b].X)-int64(g.points[a].X), int64(g.points[b].Y)-int64(g.points[a].Y)
	q := int8(0)
	if dx < 0 || dx == 0 && dy < 0 {
		q = 1
	}
	if dy < 0 || dy == 0 && dx > 0 {
		q |= 2
	}
	return ray{b, q, dx*dx + dy*dy}
}

// keep puts a ray in its place on a list of the shortest.
func keep(list []ray, r ray, most int) []ray {
	if len(list) == most {
		if r.square >= list[most-1].square {
			return list
		}
		list = list[:most-1]
	}
	list = append(list, r)
	for i := len(list) - 1; i > 0 && list[i].before(list[i-1]); i-- {
		list[i], list[i-1] = list[i-1], list[i]
	}
	return list
}

func (r ray) before(o ray) bool {
	return r.square < o.square || r.square == o.square && r.node < o.node
}

// enough tells whether nothing outside a circle can displace what is on the list.
func enough(list []ray, most int, square int64) bool {
	return len(list) == most && list[most-1].square <= square
}

func (g *grid) quadrantsDone(lists [4][]ray, most int, square int64, cx, cy, ring int) bool {
	for q, list := range lists {
		outX := q&1 == 0 && cx+ring >= g.wide || q&1 == 1 && cx-ring < 0
		outY := q&2 == 0 && cy+ring >= g.high || q&2 == 2 && cy-ring < 0
		if !(outX && outY) && !enough(list, most, square) {
			return false
		}
	}
	return true
}

func (g *grid) eachInRing(cx, cy, ring int, visit func(int32)) {
	for y := max(0, cy-ring); y <= min(g.high-1, cy+ring); y++ {
		step := 2 * ring
		if y == cy-ring || y == cy+ring || ring == 0 {
			step = 1
		}
		for x := cx - ring; x <= cx+ring; x += step {
			if x < 0 || x >= g.wide {
				continue
			}
			c := y*g.wide + x
			for _, b := range g.inside[g.first[c]:g.first[c+1]] {
				visit(b)
			}
		}
	}
}
