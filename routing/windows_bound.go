package routing

import (
	"math"
	"math/rand/v2"
)

// lowerBound is what no order of the stops that are served goes below: as a closed one-way tour of them and the day's two
// ends for one, without the legs that no order in time has.
func (s *rounds) lowerBound(t WindowTour) Cost {
	if s.proven || len(s.best.order) == 0 {
		return t.Cost
	}
	b := s.bounding()
	near := b.along(b.order, b.neighbours())
	tree := b.climbing(near)
	b.raise(tree)
	if b.inner <= surelyNodes && !b.over(proveFrom) {
		b.proveWithout(tree, s.holes())
	}
	return max(0, min(t.Cost, b.bound))
}

// bounding is the best order as a ring, with what is left of the time.
func (s *rounds) bounding() *solving {
	stops, holes := s.best.order, s.holes()
	m := len(stops)
	r := oneWay(Problem{Start: m, End: m, Matrix: NewMatrix(m+1, func(i, j int) Cost {
		if holes[i*(m+1)+j] {
			return MaxCost
		}
		return Cost(s.cost[s.outOf(i)*s.n+s.into(j)])
	})})
	order := make([]int32, 0, r.n)
	for i := range int32(m + 1) {
		order = append(order, i, i+int32(r.inner))
	}
	begun := s.spent()
	b := &solving{
		ring: r, ctx: s.ctx, most: s.most, random: rand.New(rand.NewPCG(0, 0)), until: lookUntil,
		spent: func() float64 { return (s.spent() - begun) / max(1e-9, 1-begun) }, order: order, cost: r.length(order),
	}
	return b
}

// outOf is the node from which one sets out for the next stop: that of a place in the best order, the first for the place after the last.
func (s *rounds) outOf(place int) int {
	if place == len(s.best.order) {
		return s.first
	}
	return int(s.best.order[place])
}

func (s *rounds) into(place int) int {
	if place == len(s.best.order) {
		return s.last
	}
	return int(s.best.order[place])
}

// holes tells for each two places of the best order whether no order in time goes straight from one to the other: it
// would be too late, or another stop has to come between.
func (s *rounds) holes() []bool {
	n := len(s.best.order) + 1
	words := (n + 63) / 64
	after, before := make([]uint64, n*words), make([]uint64, n*words)
	for i, a := range s.best.order {
		for j, b := range s.best.order {
			if i != j && s.before(a, b) {
				after[i*words+j/64] |= 1 << (j % 64)
				before[j*words+i/64] |= 1 << (i % 64)
			}
		}
	}
	for j := range n - 1 { // all come after the first, and before the last
		after[(n-1)*words+j/64] |= 1 << (j % 64)
		before[(n-1)*words+j/64] |= 1 << (j % 64)
	}
	holes := make([]bool, n*n)
	for i := range n {
		for j := range n {
			hole := i != j && !s.possible(s.outOf(i), s.into(j))
			for w := range words {
				hole = hole || i != j && after[i*words+w]&before[j*words+w] != 0
			}
			holes[i*n+j] = hole || i < n-1 && j < n-1 && i != j && s.before(s.best.order[j], s.best.order[i])
		}
	}
	return holes
}

const windowVisits = 1 // of a proof where no time is counted

// proveWithout raises the bound by a proof in which some legs are refused.
func (s *solving) proveWithout(t *oneTree, holes []bool) {
	most := math.MaxInt
	if s.counted() {
		most = windowVisits
	}
	b := newBrancher(s.ring, s.order, most, func() bool { return s.over(lookUntil) })
	n := s.inner
	for i := range n {
		for j := range n {
			if holes[i*n+j] && !b.settle(b.between(int32(n+i), int32(j)), refused) {
				return
			}
		}
	}
	b.prove(s.mate, t)
	if b.cut {
		s.bound = max(s.bound, b.root)
	} else {
		s.bound = max(s.bound, b.upper)
	}
}
