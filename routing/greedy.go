package routing

import (
	"cmp"
	"slices"
)

// An edge joins two nodes, a below b.
type edge struct {
	a, b int32
	leg  int32
}

// greedyTour joins nodes by the cheapest legs between neighbours that leave every node
// two at most and close no ring too early, then the pieces end to nearest end.
func (r *ring) greedyTour(near [][]neighbour) []int32 {
	return r.joined(edges(near))
}

// joined takes the legs in the order given.
func (r *ring) joined(legs []edge) []int32 {
	f := newFragments(r.n)
	for a, b := range r.mate {
		if int(b) > a {
			f.join(int32(a), b)
		}
	}
	for _, e := range legs {
		if f.joinable(e.a, e.b) {
			f.join(e.a, e.b)
		}
	}
	return f.tour(r)
}

func edges(near [][]neighbour) []edge {
	var all []edge
	for a, list := range near {
		for _, b := range list {
			if int(b.node) > a {
				all = append(all, edge{int32(a), b.node, b.leg})
			}
		}
	}
	slices.SortFunc(all, func(x, y edge) int {
		return cmp.Or(cmp.Compare(x.leg, y.leg), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	return all
}

// fragments are paths that grow together. Of a path only the far end of each end is kept.
type fragments struct {
	legs [][2]int32 // a node's neighbours in its path, or -1
	far  []int32    // of an end: the other end
}

func newFragments(n int) *fragments {
	f := &fragments{legs: make([][2]int32, n), far: make([]int32, n)}
	for a := range n {
		f.legs[a], f.far[a] = [2]int32{-1, -1}, int32(a)
	}
	return f
}

func (f *fragments) isEnd(a int32) bool { return f.legs[a][1] < 0 }

func (f *fragments) joinable(a, b int32) bool {
	return f.isEnd(a) && f.isEnd(b) && f.far[a] != b
}

func (f *fragments) join(a, b int32) {
	for _, leg := range [2][2]int32{{a, b}, {b, a}} {
		if f.legs[leg[0]][0] < 0 {
			f.legs[leg[0]][0] = leg[1]
		} else {
			f.legs[leg[0]][1] = leg[1]
		}
	}
	endA, endB := f.far[a], f.far[b]
	f.far[endA], f.far[endB] = endB, endA
}

// tour strings the paths together, each time to the nearest end of another; when it is late, as they come.
func (f *fragments) tour(r *ring) []int32 {
	var ends []int32
	for a := range int32(r.n) {
		if f.isEnd(a) && f.far[a] >= a {
			ends = append(ends, a)
			if f.far[a] != a {
				ends = append(ends, f.far[a])
			}
		}
	}
	order := make([]int32, 0, r.n)
	if len(ends) == 0 {
		return f.walk(order, 0)
	}
	for here := ends[0]; ; {
		order = f.walk(order, here)
		last := order[len(order)-1]
		ends = slices.DeleteFunc(ends, func(e int32) bool { return e == here || e == last })
		if len(ends) == 0 {
			return order
		}
		if r.isLate() {
			return f.rest(order, ends)
		}
		here = slices.MinFunc(ends, func(x, y int32) int { return cmp.Compare(r.leg(last, x), r.leg(last, y)) })
	}
}

// rest appends the paths of some ends as they come.
func (f *fragments) rest(order, ends []int32) []int32 {
	for _, e := range ends {
		if far := f.far[e]; e <= far {
			order = f.walk(order, e)
		}
	}
	return order
}

// walk appends the path that begins at an end.
func (f *fragments) walk(order []int32, here int32) []int32 {
	first, before := here, int32(-1)
	for {
		order = append(order, here)
		next := f.legs[here][0]
		if next == before || next < 0 {
			next = f.legs[here][1]
		}
		if next < 0 || next == before || next == first {
			return order
		}
		before, here = here, next
	}
}
