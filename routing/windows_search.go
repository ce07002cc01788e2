package routing

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// rounds are hours on their way to a tour.
type rounds struct {
	*hours
	ctx    context.Context
	spent  func() float64
	random *rand.Rand
	most   int // kicks

	best   answer
	proven bool
	kicks  int
}

type answer struct {
	order []int32
	worth
}

func newRounds(ctx context.Context, h *hours, o Options) *rounds {
	s := &rounds{hours: h, ctx: ctx, spent: o.Spent, random: rand.New(rand.NewPCG(o.Seed, 1)), most: o.Kicks}
	if s.spent == nil {
		s.spent = func() float64 { return 0 }
	}
	if s.most == 0 {
		s.most = windowKicks * h.m
		if o.Spent != nil {
			s.most = math.MaxInt
		}
	}
	s.best.lost = math.MaxInt64
	s.keep(nil)
	return s
}

const (
	windowKicks = 20 // a stop
	fewKicks    = 3  // a stop, before all orders are weighed
	weighUntil  = 0.8
	searchUntil = 0.9
)

func (s *rounds) over(share float64) bool { return s.ctx.Err() != nil || s.spent() >= share }

// rate is what an order is worth; false if it is too late somewhere.
func (s *rounds) rate(order []int32) (w worth, ok bool) {
	if w.end, ok = s.finish(order, s.day.Opens); !ok {
		return w, false
	}
	last := s.first
	for i := range s.m {
		w.lost += s.weight[i]
	}
	for _, i := range order {
		w.lost -= s.weight[i]
		w.cost += Cost(s.cost[last*s.n+int(i)])
		last = int(i)
	}
	w.cost += Cost(s.cost[last*s.n+s.last])
	return w, true
}

// keep keeps an order if it is in time and the best so far.
func (s *rounds) keep(order []int32) bool {
	w, ok := s.rate(order)
	if !ok || !w.less(s.best.worth) {
		return false
	}
	s.best = answer{slices.Clone(order), w}
	return true
}

// solveFew searches a little, weighs all orders of all stops, and if none is in time also those that leave out some.
func (s *rounds) solveFew() {
	s.search(min(s.most, fewKicks*s.m))
	for _, whole := range [2]bool{true, false} {
		known := s.best.worth
		if whole && known.lost > 0 {
			known = worth{lost: 1, cost: math.MaxInt64 / 4}
		}
		w := newWeighing(s.hours, known, whole, func() bool { return s.over(weighUntil) })
		order, done := w.weigh()
		s.keep(order)
		s.proven = done && (s.best.lost == 0 || !whole)
		if !done || s.proven {
			break
		}
	}
	if !s.proven {
		s.search(s.most)
	}
}

// solveMany searches for an order of all stops, and if there is none in time for one that leaves out some.
func (s *rounds) solveMany() {
	s.search(s.most)
}

// search kicks and mends for all stops, then, if none of that is in time, takes out stops and puts others in.
func (s *rounds) search(most int) {
	if s.m == 0 {
		return
	}
	s.mendAll(most)
	if s.best.lost > 0 {
		s.exchange(most)
	}
}

// byHours are all stops in the order in which their windows close, or open.
func (s *rounds) byHours() []int32 {
	order := make([]int32, s.m)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		return cmp.Or(cmp.Compare(s.late(int(i))+s.early(int(i)), s.late(int(j))+s.early(int(j))), cmp.Compare(i, j))
	})
	return order
}

// How the price of time moves, and when a search goes back to the best.
const (
	firstPrice = 10
	leastPrice = 1
	mostPrice  = 1 << 20
	patience   = 60 // kicks without a better order
)

// mendAll kicks and mends (iterated local search; see [solving.search]) until so many kicks are made or a share of the time
// is gone. The price of time rises while orders are late.
func (s *rounds) mendAll(most int) {
	m := newMender(s.hours, s.byHours())
	if s.best.lost == 0 {
		m.set(s.best.order)
	}
	m.price, m.stop = firstPrice, s.ended
	m.wakeAll()
	m.settle()
	s.keepMended(m)
	current, waited := slices.Clone(m.order()), 0
	cost, warp := m.cost, m.warp
	for done := 0; done < most && s.m > 2 && !s.over(s.until()); done++ {
		s.kicks++
		s.kick(m)
		m.settle()
		now, was := m.total(), cost+m.price*Cost(warp)
		if s.keepMended(m) {
			waited = 0
		} else {
			waited++
		}
		if now <= was || s.random.IntN(200) == 0 && m.warp == 0 {
			current, cost, warp = append(current[:0], m.order()...), m.cost, m.warp
		} else {
			m.set(current)
		}
		if waited > patience && s.best.lost == 0 && s.random.IntN(patience) == 0 {
			m.set(s.best.order)
			current, cost, warp = append(current[:0], s.best.order...), m.cost, m.warp
		}
		if warp > 0 && m.price < mostPrice {
			m.price += m.price/8 + 1
		} else if warp == 0 && m.price > leastPrice {
			m.price -= m.price / 16
		}
	}
}

func (s *rounds) ended() bool { return s.over(searchUntil) }

// until is the share of the time for orders of all stops: half, if there is none in time.
func (s *rounds) until() float64 {
	if s.best.lost > 0 {
		return searchUntil / 2
	}
	return searchUntil
}

func (s *rounds) keepMended(m *mender) bool { return m.warp == 0 && s.keep(m.order()) }

const longestSwap = 12

// kick swaps two stretches that follow each other, the shorter ones more often, and such as may be.
func (s *rounds) kick(m *mender) {
	n := len(m.path) - 2
	for range 1 + s.random.IntN(2) {
		var a, b, c int
		for range 12 {
			x, y := 1+s.random.IntN(min(longestSwap, n-1)), 1+s.random.IntN(min(longestSwap, n-1))
			if x+y > n {
				x, y = 1, 1
			}
			a = 1 + s.random.IntN(n-x-y+1)
			b, c = a+x, a+x+y
			if s.maySwap(m, a, b, c) {
				break
			}
		}
		m.make(move{from: a, to: c - 1, pieces: [2]piece{{b, c - 1, false}, {a, b - 1, false}}})
	}
}

func (s *rounds) maySwap(m *mender, a, b, c int) bool {
	for k := b; k < c; k++ {
		if m.anyBefore(a, b-1, m.path[k]) {
			return false
		}
	}
	return true
}
