package routing

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// recreate puts in what is out; false if what was taken out of a day does not fit into it any more.
func (s *planning) recreate() bool {
	s.sortOut()
	for _, r := range s.out {
		if r.day == none {
			s.insert(r.call)
			continue
		}
		at, ok := s.cheapest(r.call, int(r.day))
		if !ok {
			return false
		}
		s.put(r.call, at)
	}
	return true
}

// sortOut puts what is out in an order: by chance, most visits and load first, farthest or nearest first.
func (s *planning) sortOut() {
	if len(s.tours) == 0 {
		return
	}
	how, home := s.random.IntN(11), s.tours[0].path[0]
	for i := range s.out {
		r := &s.out[i]
		switch {
		case how < 4:
			r.key = Cost(s.random.Int32())
		case how < 8:
			r.key = -s.size(&s.Calls[r.call])
		case how < 10:
			r.key = -Cost(s.leg(r.call, home))
		default:
			r.key = Cost(s.leg(r.call, home))
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
	best, least := int32(none), Cost(math.MaxInt64)
	for k := range c.Patterns {
		p := &c.Patterns[k]
		possible |= s.look(call, p.Days&^known)
		known |= p.Days
		if p.Days&^possible != 0 || p.Days == 0 {
			continue
		}
		if cost := p.Price + s.priceOf(c, p.Days); cost < least {
			best, least = int32(k), cost
		}
	}
	if best != none {
		s.make(call, best)
	}
}

// look finds the spots of a call on some days, and says on which there are any.
func (s *planning) look(call int32, days uint64) (possible uint64) {
	for ; days != 0; days &= days - 1 {
		d := bits.TrailingZeros64(days)
		if at, ok := s.cheapest(call, d); ok {
			s.spots[d] = at
			possible |= 1 << d
		}
	}
	return possible
}

// make makes a call by a pattern, at the spots of its days.
func (s *planning) make(call, pattern int32) {
	s.choose(call, pattern)
	for days := s.Calls[call].Patterns[pattern].Days; days != 0; days &= days - 1 {
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

// blinkEvery is how many good spots are seen, about, until one is overlooked.
const blinkEvery = 100

// cheapest is the spot of a day where a call costs the least travel, of those that are seen.
func (s *planning) cheapest(call int32, day int) (best spot, ok bool) {
	best.more = math.MaxInt64
	empty := false
	for t := s.firstTour[day]; t < s.firstTour[day+1]; t++ {
		if len(s.tours[t].legs) == 1 {
			if empty {
				continue // like the one before
			}
			empty = true
		}
		if s.cheapestOf(call, int32(t), &best) {
			ok = true
		}
	}
	return best, ok
}

// cheapestOf finds a spot of a tour that is better than the best so far.
func (s *planning) cheapestOf(call, t int32, best *spot) (found bool) {
	tour := &s.tours[t]
	c, limits := &s.Calls[call], &s.Days[tour.day]
	if limits.Load > 0 && tour.load+c.Load > limits.Load {
		return false
	}
	below := best.more
	if limits.Longest > 0 {
		below = min(below, limits.Longest-tour.length-c.Service+1)
	}
	to := s.into[int(call)*s.places : (int(call)+1)*s.places]
	from := s.legs[int(call)*s.places : (int(call)+1)*s.places]
	for i, leg := range tour.legs {
		in, out := to[tour.path[i]], from[tour.path[i+1]]
		more := Cost(in) + Cost(out) - Cost(leg)
		if more >= below || in == math.MaxInt32 || out == math.MaxInt32 || s.blinks() {
			continue
		}
		*best, below, found = spot{t, int32(i + 1), more}, more, true
	}
	return found
}

// blinks tells whether a good spot is overlooked, by chance.
func (s *planning) blinks() bool {
	if s.blink--; s.blink > 0 {
		return false
	}
	s.blink = 1 + s.random.IntN(2*blinkEvery)
	return true
}
