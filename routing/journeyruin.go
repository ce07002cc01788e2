package routing

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

const (
	usualRuin  = 10 // calls taken out by a kick, about
	longestRun = 10 // of them beside each other in one tour
	blinkEvery = 100
)

// ruin takes out runs of calls from tours that are near each other: of all their days or, half of the time, of one.
func (s *planning) ruin() {
	s.out = s.out[:0]
	seed := int32(s.random.IntN(len(s.Calls)))
	day := int32(none)
	if s.random.IntN(2) == 0 && s.taken[seed] != none {
		day = int32(s.dayOf(seed))
	}
	visits, tours := 0, 0
	for i := range s.tours {
		if n := len(s.tours[i].path) - 2; n > 0 {
			visits, tours = visits+n, tours+1
		}
	}
	run := min(longestRun, max(1, visits/max(1, tours)))
	runs := 1 + s.random.IntN(max(1, 4*usualRuin/(1+run)-1))
	for _, call := range s.near[seed] {
		if runs == 0 {
			break
		}
		if s.taken[call] == none {
			continue
		}
		on := int(day)
		if day == none {
			on = s.dayOf(call)
		}
		t := s.on[int(call)*len(s.Days)+on]
		if t == none || s.mark[t] == s.epoch {
			continue
		}
		s.mark[t] = s.epoch
		s.takeRun(t, call, run, day)
		runs--
	}
	if day == none {
		for call, k := range s.taken {
			if k == none && !slices.ContainsFunc(s.out, func(r removed) bool { return r.call == int32(call) }) {
				s.out = append(s.out, removed{int32(call), none, 0})
			}
		}
	}
}

// dayOf is one of the days of a call.
func (s *planning) dayOf(call int32) int {
	days := s.Calls[call].Patterns[s.taken[call]].Days
	for range s.random.IntN(bits.OnesCount64(days)) {
		days &= days - 1
	}
	return bits.TrailingZeros64(days)
}

// takeRun takes calls beside each other out of a tour, one of them given; half of the time some between them stay.
func (s *planning) takeRun(t, call int32, longest int, day int32) {
	tour := &s.tours[t]
	n := len(tour.path) - 2
	size := 1 + s.random.IntN(min(longest, n))
	stay := 0
	if size > 1 && size < n && s.random.IntN(2) == 0 {
		for stay = 1; size+stay < n && s.random.IntN(100) > 0; stay++ {
		}
	}
	at := tour.place(call)
	first := max(1, at-size-stay+1)
	last := min(at, n-size-stay+1)
	from := first + s.random.IntN(last-first+1)
	skip := from
	if stay > 0 {
		skip = from + s.random.IntN(size)
	}
	begin := len(s.out)
	for i, k := from, 0; k < size; i++ {
		if stay > 0 && i >= skip && i < skip+stay {
			continue
		}
		s.out = append(s.out, removed{tour.path[i], day, 0})
		k++
	}
	for _, r := range s.out[begin:] {
		if day == none {
			s.leave(r.call)
		} else {
			s.take(r.call, int(day))
		}
	}
}

// recreate puts in what is out; false if what was taken out of a day does not fit into it any more.
func (s *planning) recreate() bool {
	s.sortOut()
	for _, r := range s.out {
		if r.day != none {
			at, ok := s.cheapest(r.call, int(r.day))
			if !ok {
				return false
			}
			s.put(r.call, at)
			continue
		}
		s.insert(r.call)
	}
	return true
}

// sortOut puts what is out in an order: by chance, most service and load first, farthest or nearest first.
func (s *planning) sortOut() {
	how := s.random.IntN(11)
	if len(s.tours) == 0 {
		return
	}
	for i := range s.out {
		r := &s.out[i]
		c := &s.Calls[r.call]
		switch {
		case how < 4:
			r.key = Cost(s.random.Int32())
		case how < 8:
			r.key = -s.size(c)
		case how < 10:
			r.key = -Cost(s.leg(r.call, s.tours[0].path[0]))
		default:
			r.key = Cost(s.leg(r.call, s.tours[0].path[0]))
		}
	}
	slices.SortFunc(s.out, func(a, b removed) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.call, b.call)) })
}

// size is how much of the cycle a call needs.
func (s *planning) size(c *JourneyCall) Cost {
	if len(c.Patterns) == 0 {
		return 0
	}
	return (c.Load + 1) * Cost(bits.OnesCount64(c.Patterns[0].Days))
}

// insert makes a call by the pattern that is cheapest, if it fits anywhere.
func (s *planning) insert(call int32) {
	c := &s.Calls[call]
	var known, possible uint64
	best, least := none, Cost(math.MaxInt64)
	for k := range c.Patterns {
		p := &c.Patterns[k]
		for days := p.Days &^ known; days != 0; days &= days - 1 {
			d := bits.TrailingZeros64(days)
			if at, ok := s.cheapest(call, d); ok {
				s.spots[d] = at
				possible |= 1 << d
			}
		}
		known |= p.Days
		if p.Days&^possible != 0 || p.Days == 0 {
			continue
		}
		if cost := p.Price + s.priceOf(c, p.Days); cost < least {
			best, least = k, cost
		}
	}
	if best == none {
		return
	}
	s.choose(call, int32(best))
	for days := c.Patterns[best].Days; days != 0; days &= days - 1 {
		s.put(call, s.spots[bits.TrailingZeros64(days)])
	}
}

// priceOf is what visits at the spots of these days cost, travel and unevenness.
func (s *planning) priceOf(c *JourneyCall, days uint64) (more Cost) {
	total, sum := s.even.total, s.even.sum
	for ; days != 0; days &= days - 1 {
		d := bits.TrailingZeros64(days)
		more += s.spots[d].more
		if s.even.price > 0 {
			work := s.spots[d].more + c.Service
			total = total.plus(s.even.square(d, s.even.work[d]+work)).minus(s.even.squares[d])
			sum += work
		}
	}
	return more + s.even.costOf(total, sum)
}

// cheapest is the spot of a day where a call costs the least travel, of those that are seen.
func (s *planning) cheapest(call int32, day int) (best spot, ok bool) {
	c, limits := &s.Calls[call], &s.Days[day]
	to := s.into[int(call)*s.places : (int(call)+1)*s.places]
	from := s.legs[int(call)*s.places : (int(call)+1)*s.places]
	best.more = math.MaxInt64
	empty := false
	for t := s.firstTour[day]; t < s.firstTour[day+1]; t++ {
		tour := &s.tours[t]
		if limits.Load > 0 && tour.load+c.Load > limits.Load {
			continue
		}
		if len(tour.legs) == 1 {
			if empty {
				continue
			}
			empty = true
		}
		room := Cost(math.MaxInt64 - 1)
		if limits.Longest > 0 {
			room = limits.Longest - tour.length - c.Service
		}
		room = min(room+1, best.more)
		for i, leg := range tour.legs {
			in, out := to[tour.path[i]], from[tour.path[i+1]]
			more := Cost(in) + Cost(out) - Cost(leg)
			if more >= room || in == math.MaxInt32 || out == math.MaxInt32 {
				continue
			}
			if s.blinks() {
				continue
			}
			room = more
			best, ok = spot{int32(t), int32(i + 1), more}, true
		}
	}
	return best, ok
}

// blinks tells whether a good spot is overlooked, by chance.
func (s *planning) blinks() bool {
	if s.blink--; s.blink > 0 {
		return false
	}
	s.blink = 1 + s.random.IntN(2*blinkEvery)
	return true
}
