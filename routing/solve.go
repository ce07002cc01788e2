package routing

import (
	"context"
	"fmt"
)

// Free, as the start or end of a [Problem], leaves the choice to the search.
const Free = -1

// Problem is a set of nodes to visit once each, and where to begin and end:
//
//	Start == End        a closed tour, back to where it began
//	Start, End differ   a way from the one to the other
//	End == Free         a way that may end anywhere; Start may be Free as well
type Problem struct {
	Matrix     Matrix
	Start, End int
}

// Options are the choices a caller has. The zero value is a good one.
type Options struct {
	Seed uint64 // of the kicks that shake a tour out of a local optimum
}

// Tour is an order of all nodes. It begins at the start; that of a closed tour
// names it once, and its cost includes the way back.
type Tour struct {
	Order  []int
	Cost   Cost
	Proven bool // no other order is cheaper
}

// exactNodes is up to how many nodes between the ends every order is weighed.
const exactNodes = 12

// Solve finds a cheap tour: the cheapest up to twelve nodes between the ends, and
// beyond that a local optimum kicked about for a fixed number of rounds. If ctx
// ends first, the best tour so far is the answer. It panics if an end is no node.
func Solve(ctx context.Context, p Problem, o Options) Tour {
	p.mustBeValid()
	f := newFrame(p)
	if len(f.inner) <= exactNodes {
		return f.tour(p, f.exact(), true)
	}
	return f.tour(p, f.search(ctx, o.Seed), false)
}

func (p Problem) mustBeValid() {
	n := p.Matrix.Len()
	for _, end := range []int{p.Start, p.End} {
		if n > 0 && end != Free && (end < 0 || end >= n) {
			panic(fmt.Sprintf("routing: end %d of a problem with %d nodes", end, n))
		}
	}
}

// A frame is a problem as a path between two ends that stay where they are.
// Where the problem has none, or the same twice, a stand-in is added:
//
//	closed     0 … 0'   it costs as much to reach 0' as 0
//	free end   0 … ∅    it costs nothing to reach ∅, or to leave it
type frame struct {
	cost        Matrix // the problem's nodes, then the stand-ins
	first, last int
	inner       []int // the nodes between, ascending
}

func newFrame(p Problem) frame {
	n := p.Matrix.Len()
	f := frame{first: p.Start, last: p.End}
	size := n
	if n == 0 || p.Start == Free {
		f.first, size = size, size+1
	}
	if n == 0 || p.End == Free || p.End == p.Start {
		f.last, size = size, size+1
	}
	f.cost = NewMatrix(size, func(i, j int) Cost { return f.leg(p, i, j) })
	for i := range n {
		if i != f.first && i != f.last {
			f.inner = append(f.inner, i)
		}
	}
	return f
}

// leg is the cost of a leg of the framed problem. Legs into the first node and
// out of the last are on no path, and cost the most to keep candidates away.
func (f frame) leg(p Problem, i, j int) Cost {
	n := p.Matrix.Len()
	switch {
	case j == f.first || i == f.last:
		return MaxCost
	case i >= n || j >= n && p.End == Free:
		return 0
	case j >= n && i == p.Start:
		return 0
	case j >= n:
		return p.Matrix.At(i, p.Start)
	}
	return p.Matrix.At(i, j)
}

// tour takes the stand-ins out of a path.
func (f frame) tour(p Problem, path []int, proven bool) Tour {
	t := Tour{Order: make([]int, 0, p.Matrix.Len()), Cost: f.length(path), Proven: proven}
	for _, node := range path {
		if node < p.Matrix.Len() {
			t.Order = append(t.Order, node)
		}
	}
	return t
}

func (f frame) length(path []int) (sum Cost) {
	for i, node := range path[1:] {
		sum += f.cost.At(path[i], node)
	}
	return sum
}
