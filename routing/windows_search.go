package routing

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// rounds are hours on their way to a tour.
type rounds struct {
	*hours
	ctx      context.Context
	spent    func() float64
	random   *rand.Rand
	most     int // kicks
	timeless bool

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
		s.spent, s.timeless = func() float64 { return 0 }, true
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

// solveMany searches.
func (s *rounds) solveMany() { s.search(s.most) }

func (s *rounds) search(most int) {}
