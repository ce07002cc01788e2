package routing

import (
	"math"
	"math/bits"
)

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
