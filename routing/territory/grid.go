package territory

import (
	"cmp"
	"math"
	"slices"
)

// grid finds nodes near a place: squares of a few nodes each.
type grid struct {
	s          *state
	x, y, side int64
	wide, high int64
	first      []int32
	nodes      []int32
	near       []int32
}

const perSquare = 3

func newGrid(s *state) *grid {
	g := &grid{s: s, x: math.MaxInt64, y: math.MaxInt64}
	east, north := int64(math.MinInt64), int64(math.MinInt64)
	for u := range s.nodes {
		x, y := s.place(int32(u))
		g.x, g.y, east, north = min(g.x, x), min(g.y, y), max(east, x), max(north, y)
	}
	for g.side = 1; ((east-g.x)/g.side+1)*((north-g.y)/g.side+1) > int64(len(s.nodes))/perSquare+1; {
		g.side += g.side/8 + 1
	}
	g.wide, g.high = (east-g.x)/g.side+1, (north-g.y)/g.side+1
	g.first = make([]int32, g.wide*g.high+1)
	for u := range s.nodes {
		g.first[g.square(int32(u))+1]++
	}
	for i := range g.first[1:] {
		g.first[i+1] += g.first[i]
	}
	g.nodes = make([]int32, len(s.nodes))
	next := slices.Clone(g.first)
	for u := range s.nodes {
		q := g.square(int32(u))
		g.nodes[next[q]] = int32(u)
		next[q]++
	}
	return g
}

func (g *grid) square(u int32) int64 {
	x, y := g.s.place(u)
	return (y-g.y)/g.side*g.wide + (x-g.x)/g.side
}

// nearest are the so many nodes nearest to another, as near as whole rings of squares tell; the answer is good until asked again.
func (g *grid) nearest(u int32, most int) []int32 {
	x, y := g.s.place(u)
	column, row := (x-g.x)/g.side, (y-g.y)/g.side
	for r := int64(1); ; r *= 2 {
		g.near = g.near[:0]
		for j := max(0, row-r); j <= min(g.high-1, row+r); j++ {
			from, to := j*g.wide+max(0, column-r), j*g.wide+min(g.wide-1, column+r)
			for _, v := range g.nodes[g.first[from]:g.first[to+1]] {
				if v != u {
					g.near = append(g.near, v)
				}
			}
		}
		if len(g.near) >= 2*most || r > max(g.wide, g.high) {
			break
		}
	}
	slices.SortFunc(g.near, func(a, b int32) int {
		return cmp.Or(cmp.Compare(g.far(u, a), g.far(u, b)), cmp.Compare(a, b))
	})
	return g.near[:min(most, len(g.near))]
}

func (g *grid) far(u, v int32) int64 {
	x, y := g.s.way(u, v)
	return x*x + y*y
}
