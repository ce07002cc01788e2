package routing

import (
	"cmp"
	"slices"
)

// A neighbour is a node that another may be joined to, and for how much.
type neighbour struct {
	node int32
	leg  int32
}

const forbidden = int32(MaxCost)

const (
	nearestFew   = 5 // neighbours whatever their direction
	perQuadrant  = 2 // neighbours to the north-east, south-east …: a cluster's way out
	nearestAlone = 9 // neighbours where nobody says where the nodes lie
)

// neighbours are the nodes near each, cheapest first; if a is near b, b is near a. When it is late the rest have none.
func (r *ring) neighbours() [][]neighbour {
	near := make([][]neighbour, r.n)
	buffer := make([]int32, r.n)
	if r.points != nil {
		g := newGrid(r.points)
		for a := range r.n {
			near[a] = r.priced(int32(a), g.around(int32(a), nearestFew, perQuadrant))
		}
	} else {
		for a := range r.n {
			if a%rowsAtOnce == rowsAtOnce-1 && r.isLate() {
				break
			}
			near[a] = r.cheapest(int32(a), nearestAlone, buffer)
		}
	}
	r.addMates(near)
	return r.mutual(near)
}

func (r *ring) addMates(near [][]neighbour) {
	for a, b := range r.mate {
		if b >= 0 {
			near[a] = append(near[a], neighbour{b, int32(r.leg(int32(a), b))})
		}
	}
}

func (r *ring) priced(a int32, nodes []int32) []neighbour {
	out := make([]neighbour, len(nodes))
	for i, b := range nodes {
		out[i] = neighbour{b, int32(r.leg(a, b))}
	}
	return out
}

// cheapest are the k nodes cheapest to join to a.
func (r *ring) cheapest(a int32, k int, buffer []int32) []neighbour {
	list := make([]neighbour, 0, k+1)
	for b, leg := range r.row(a, buffer) {
		if int32(b) == a || leg == forbidden || len(list) == k && leg >= list[k-1].leg {
			continue
		}
		at := len(list)
		for at > 0 && leg < list[at-1].leg {
			at--
		}
		list = slices.Insert(list, at, neighbour{int32(b), leg})
		list = list[:min(len(list), k)]
	}
	return list
}

// mutual adds to each list those that it is on, drops what is double, and sorts.
func (r *ring) mutual(near [][]neighbour) [][]neighbour {
	all := make([][]neighbour, r.n)
	for a, list := range near {
		for _, b := range list {
			all[a] = append(all[a], b)
			all[b.node] = append(all[b.node], neighbour{int32(a), b.leg})
		}
	}
	for a := range all {
		slices.SortFunc(all[a], func(x, y neighbour) int {
			return cmp.Or(cmp.Compare(x.leg, y.leg), cmp.Compare(x.node, y.node))
		})
		all[a] = slices.Compact(all[a])
	}
	return all
}

// along adds to the lists the legs of a tour, so that the graph of neighbours holds together.
func (r *ring) along(order []int32, near [][]neighbour) [][]neighbour {
	last := order[len(order)-1]
	for _, node := range order {
		near[last] = append(near[last], neighbour{node, int32(r.leg(last, node))})
		last = node
	}
	return r.mutual(near)
}

// lists are the neighbours of each node that legs may lead to, best first.
type lists struct {
	near  []neighbour // of all nodes, one after the other
	first []int32     // of each node in near; one more at the end
}

func (l *lists) lookAt(near [][]neighbour) {
	l.near, l.first = nil, []int32{0}
	for _, list := range near {
		l.near = append(l.near, list...)
		l.first = append(l.first, int32(len(l.near)))
	}
}

func (l *lists) nearest(a int32) []neighbour {
	return l.near[l.first[a]:l.first[a+1]]
}

func (l *lists) nearestFew(a int32, most int) []neighbour {
	list := l.nearest(a)
	return list[:min(len(list), most)]
}

// edges are the legs of the lists, each once.
func (l *lists) edges() (all []edge) {
	for a := range int32(len(l.first) - 1) {
		for _, b := range l.nearest(a) {
			if a < b.node || !slices.Contains(l.nearest(b.node), neighbour{a, b.leg}) {
				all = append(all, edge{a, b.node, b.leg})
			}
		}
	}
	return all
}
