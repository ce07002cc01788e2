package routing

import (
	"cmp"
	"math"
	"slices"
)

// mostTaken is the most stops that are taken out at a time.
const mostTaken = 8

// exchange takes stops that follow each other out of the best order in time and puts in what fits where it is
// cheapest (G. Schrimpf and others, Journal of Computational Physics 159, 2000), and mends what that gives.
func (s *rounds) exchange(most int) {
	m := newMender(s.hours, nil)
	m.price, m.stop = MaxCost, s.ended
	current := slices.Clone(s.best.order)
	current = s.fill(m, current, false)
	now, _ := s.rate(current)
	for done := 0; done < most && !s.over(searchUntil); done++ {
		s.kicks++
		next := s.fill(m, s.thinned(current), true)
		if w, ok := s.rate(next); ok && !now.less(w) {
			current, now = next, w
		}
	}
	for was := (worth{}); was != s.best.worth; {
		was = s.best.worth
		s.fill(m, s.best.order, false)
	}
}

// thinned is an order without some stops that follow each other, or without some from anywhere.
func (s *rounds) thinned(order []int32) []int32 {
	order = slices.Clone(order)
	if len(order) == 0 {
		return order
	}
	count := 1 + s.random.IntN(min(mostTaken, len(order)))
	if s.random.IntN(2) == 0 {
		from := s.random.IntN(len(order) - count + 1)
		return slices.Delete(order, from, from+count)
	}
	for range count {
		at := s.random.IntN(len(order))
		order = slices.Delete(order, at, at+1)
	}
	return order
}

// fill puts in every stop that fits, where it is cheapest: the weightiest first, or nearly.
func (s *rounds) fill(m *mender, order []int32, shuffled bool) []int32 {
	served := make([]bool, s.m)
	for _, i := range order {
		served[i] = true
	}
	var rest []int32
	rank := make([]float64, s.m)
	for i := range s.m {
		if !served[i] {
			rest = append(rest, int32(i))
		}
		rank[i] = float64(s.weight[i]) / float64(s.service[i]+1)
		if shuffled {
			rank[i] *= math.Exp2(2 * (s.random.Float64() - 0.5))
		}
	}
	slices.SortFunc(rest, func(i, j int32) int { return cmp.Or(cmp.Compare(rank[j], rank[i]), cmp.Compare(i, j)) })
	m.set(order)
	for again := true; again; {
		again = false
		for k, i := range rest {
			if i >= 0 && m.insert(i) {
				rest[k] = -1
				again = !shuffled
			}
		}
	}
	m.wakeAll()
	m.settle()
	s.keepMended(m)
	return slices.Clone(m.order())
}

// insert puts a stop where it is cheapest of the places at which nobody is late; false if there is none.
func (m *mender) insert(i int32) bool {
	place, least := -1, Cost(math.MaxInt64)
	for k := 1; k < len(m.path); k++ {
		before, after := m.path[k-1], m.path[k]
		more := m.leg(before, i) + m.leg(i, after) - m.leg(before, after)
		if more < least && m.inTime(i, k) {
			place, least = k, more
		}
	}
	if place < 0 {
		return false
	}
	m.path = slices.Insert(m.path, place, i)
	m.count()
	return true
}

func (m *mender) inTime(i int32, k int) bool {
	if m.single {
		return m.join(m.join(m.heads[k-1], m.own(i)), m.tails[k]).warp == 0
	}
	now, last := m.on(int(m.path[k-1]), int(i), m.gaits[k-1]), i
	for ; k < len(m.path); k++ {
		now, last = m.on(int(last), int(m.path[k]), now), m.path[k]
	}
	return m.overdue(now) == 0
}
