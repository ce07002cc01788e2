package routing

import "math/bits"

// plan is the best one found, in the caller's terms.
func (s *planning) plan() JourneyPlan {
	p := JourneyPlan{Taken: make([]int, len(s.Calls)), Tours: make([][][]int, len(s.Days)), Lost: s.best.lost, Kicks: s.kicks}
	for i, k := range s.best.taken {
		if p.Taken[i] = int(k); k == none {
			p.LeftOut = append(p.LeftOut, CallLeftOut{i, s.reason(i)})
		} else {
			p.Price += s.Calls[i].Patterns[k].Price
		}
	}
	even := newEvenness(s.Journey)
	for d := range p.Tours {
		p.Tours[d] = make([][]int, 0, s.Days[d].Tours)
		for t := s.firstTour[d]; t < s.firstTour[d+1]; t++ {
			tour := make([]int, len(s.best.tours[t]))
			work := Cost(0)
			for i, call := range s.best.tours[t] {
				tour[i] = int(call)
				work += s.Calls[call].Service
			}
			travel := s.travelOf(&s.tours[t], s.best.tours[t])
			p.Travel += travel
			even.add(d, work+travel)
			p.Tours[d] = append(p.Tours[d], tour)
		}
	}
	p.Uneven = even.cost()
	p.Cost = p.Travel + p.Uneven + p.Price
	return p
}

func (s *planning) travelOf(tour *tourOn, calls []int32) (sum Cost) {
	if len(calls) == 0 {
		return 0
	}
	last := tour.path[0]
	for _, call := range calls {
		sum += Cost(s.leg(last, call))
		last = call
	}
	return sum + Cost(s.leg(last, tour.path[len(tour.path)-1]))
}

// reason is why a call is left out.
func (s *planning) reason(call int) Reason {
	c := &s.Calls[call]
	why := NoPattern
	for _, p := range c.Patterns {
		switch s.obstacle(c, int32(call), p.Days) {
		case NoTimeLeft:
			return NoTimeLeft
		case TooFar:
			why = TooFar
		case TooHeavy:
			if why == NoPattern {
				why = TooHeavy
			}
		}
	}
	return why
}

// obstacle is what keeps a call from being the only one on these days.
func (s *planning) obstacle(c *JourneyCall, call int32, days uint64) Reason {
	if days == 0 {
		return NoPattern
	}
	why := NoTimeLeft
	for ; days != 0; days &= days - 1 {
		day := bits.TrailingZeros64(days)
		limits := &s.Days[day]
		switch {
		case limits.Tours == 0:
			return NoPattern
		case limits.Load > 0 && c.Load > limits.Load:
			why = TooHeavy
		case why == NoTimeLeft && !s.reaches(c, call, day):
			why = TooFar
		}
	}
	return why
}

func (s *planning) reaches(c *JourneyCall, call int32, day int) bool {
	path := s.tours[s.firstTour[day]].path
	out, home := Cost(s.leg(path[0], call)), Cost(s.leg(call, path[len(path)-1]))
	most := s.Days[day].Longest
	return out < MaxCost && home < MaxCost && (most == 0 || out+home+c.Service <= most)
}
