package routing

import (
	"math/bits"
)

// What a kick takes out.
const (
	dayAlone   = 5  // percent of kicks that take calls out of one day; the others, out of all
	aroundOne  = 50 // percent of the others that take out what lies around a call; the rest, runs of tours
	stays      = 25 // percent of what lies around that stays
	mostAround = 12
	longestRun = 10 // calls beside each other in one tour
	inAllRuns  = 40 // calls in all runs, about, at most
	mostAbsent = 20 // calls that were out before and are tried again
)

// ruin takes out calls that lie together, and has those tried again that were out.
func (s *planning) ruin() {
	s.out = s.out[:0]
	seed := int32(s.random.IntN(len(s.Calls)))
	if s.taken[seed] != none && s.random.IntN(100) < dayAlone {
		s.ruinRuns(seed, int32(s.dayOf(seed)))
		return
	}
	s.retry()
	if s.random.IntN(100) < aroundOne {
		s.ruinAround(seed)
	} else {
		s.ruinRuns(seed, none)
	}
}

// retry has some of the calls that are out put in again, from a place in their row on.
func (s *planning) retry() {
	if s.lost <= s.forlorn {
		return
	}
	n := len(s.taken)
	from := s.random.IntN(n)
	for i := range n {
		call := (from + i) % n
		if s.taken[call] == none && !s.hopeless[call] {
			if s.out = append(s.out, removed{int32(call), none, 0}); len(s.out) == mostAbsent {
				return
			}
		}
	}
}

func (s *planning) ruinAround(seed int32) {
	left := 1 + s.random.IntN(mostAround)
	for _, call := range s.near[seed] {
		if s.taken[call] == none || s.random.IntN(100) < stays {
			continue
		}
		s.leave(call)
		s.out = append(s.out, removed{call, none, 0})
		if left--; left == 0 {
			return
		}
	}
}

// ruinRuns takes runs of calls out of tours that come near a call: of a day, or of any.
func (s *planning) ruinRuns(seed, day int32) {
	longest := s.usualTour()
	left := 1 + s.random.IntN(max(1, inAllRuns/(1+longest)-1))
	for _, call := range s.near[seed] {
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
		s.takeRun(t, call, longest, day)
		if left--; left == 0 {
			return
		}
	}
}

// usualTour is how many calls a tour has on average, or the longest run.
func (s *planning) usualTour() int {
	visits, tours := 0, 1
	for i := range s.tours {
		if n := len(s.tours[i].path) - 2; n > 0 {
			visits, tours = visits+n, tours+1
		}
	}
	return min(longestRun, max(1, visits/max(1, tours-1)))
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
	if size > 1 && s.random.IntN(2) == 0 {
		for size+stay < n && s.random.IntN(100) > 0 {
			stay++
		}
	}
	at, all := tour.place(call), size+stay
	first, last := max(1, at-all+1), min(at, n-all+1)
	from := first + s.random.IntN(last-first+1)
	gap := from + s.random.IntN(size)
	begin := len(s.out)
	for i := from; i < from+all; i++ {
		if i < gap || i >= gap+stay {
			s.out = append(s.out, removed{tour.path[i], day, 0})
		}
	}
	for _, r := range s.out[begin:] {
		if day == none {
			s.leave(r.call)
		} else {
			s.take(r.call, int(day))
		}
	}
}
