package routing

import (
	"math"
	"math/bits"
)

// exactly is the cheapest tour of all.
func exactly(p Problem) Tour {
	f := newFrame(p)
	path := f.exact()
	t := Tour{Order: make([]int, 0, p.Matrix.Len())}
	for i, node := range path {
		if i > 0 {
			t.Cost += f.cost.At(path[i-1], node)
		}
		if node < p.Matrix.Len() {
			t.Order = append(t.Order, node)
		}
	}
	t.LowerBound = t.Cost
	return t
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
// out of the last are on no path.
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

// exact is the cheapest path of all, by dynamic programming over subsets
// (R. Bellman, J. ACM 9, 1962; M. Held and R. Karp, J. SIAM 10, 1962): the
// cheapest way through the set S that ends at i is
//
//	g(i, S) = min over j in S−i of g(j, S−i) + d(j, i)
//
// It takes 2ᵐ·m² steps and 2ᵐ·m numbers for m inner nodes.
func (f frame) exact() []int {
	m := len(f.inner)
	g := subsets{frame: f, best: make([]Cost, m<<m)}
	for set := 1; set < 1<<m; set++ {
		for rest := set; rest != 0; rest &= rest - 1 {
			i := bits.TrailingZeros(uint(rest))
			_, g.best[set*m+i] = g.before(set&^(1<<i), f.inner[i])
		}
	}
	return g.path()
}

// subsets holds g: best[S·m+i] for the i-th inner node of the set S, a bit each.
type subsets struct {
	frame
	best []Cost
}

// before is the member of set that is best visited last when next comes after,
// and what the way from the first node through the set to next costs.
func (g subsets) before(set, next int) (member int, cost Cost) {
	if set == 0 {
		return -1, g.cost.At(g.first, next)
	}
	m := len(g.inner)
	cost = math.MaxInt64
	for rest := set; rest != 0; rest &= rest - 1 {
		j := bits.TrailingZeros(uint(rest))
		if c := g.best[set*m+j] + g.cost.At(g.inner[j], next); c < cost {
			member, cost = j, c
		}
	}
	return member, cost
}

// path reads the cheapest path off g, last node first.
func (g subsets) path() []int {
	m := len(g.inner)
	path := make([]int, m+2)
	path[0], path[m+1] = g.first, g.last
	set := 1<<m - 1
	for i := m; i > 0; i-- {
		member, _ := g.before(set, path[i+1])
		path[i], set = g.inner[member], set&^(1<<member)
	}
	return path
}
