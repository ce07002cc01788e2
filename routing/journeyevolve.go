package routing

import (
	"math"
	"math/bits"
	"slices"
)

// snapshot is a plan: patterns, and the calls of each tour.
type snapshot struct {
	taken []int32
	tours [][]int32
	lost  int
	cost  Cost
}

func (p *snapshot) better(q snapshot) bool {
	return p.lost < q.lost || p.lost == q.lost && p.cost < q.cost
}

// keep keeps the plan on the board if it is the best of its run, or of all.
func (s *planning) keep() {
	now := snapshot{lost: s.lost, cost: s.cost()}
	for _, p := range [2]*snapshot{&s.run, &s.best} {
		if p.taken == nil || now.better(*p) {
			p.lost, p.cost = now.lost, now.cost
			s.copyTo(p)
		}
	}
}

func (b *board) copyTo(p *snapshot) {
	if p.tours == nil {
		p.taken, p.tours = make([]int32, len(b.taken)), make([][]int32, len(b.tours))
	}
	p.taken = append(p.taken[:0], b.taken...)
	for i := range b.tours {
		path := b.tours[i].path
		p.tours[i] = append(p.tours[i][:0], path[1:len(path)-1]...)
	}
}

func (p snapshot) clone() snapshot {
	q := snapshot{taken: slices.Clone(p.taken), tours: make([][]int32, len(p.tours)), lost: p.lost, cost: p.cost}
	for i, calls := range p.tours {
		q.tours[i] = slices.Clone(calls)
	}
	return q
}

// clear takes everything out.
func (b *board) clear() {
	b.begin()
	for i, k := range b.taken {
		if k != none {
			b.leave(int32(i))
		}
	}
}

// restore puts a plan on the board.
func (b *board) restore(p snapshot) {
	b.clear()
	for i, k := range p.taken {
		if k != none {
			b.choose(int32(i), k)
		}
	}
	for t, calls := range p.tours {
		for i, call := range calls {
			path := b.tours[t].path
			b.put(call, spot{int32(t), int32(i + 1), b.detour(path[i], call, path[i+1])})
		}
	}
}

// How plans come from plans.
const (
	kicksPerVisit = 100 // of the shortest run
	usualRuns     = 60  // in all the time there is, if that is longer
	fewestRuns    = 6   // for which it pays
	fewestKept    = 6   // plans
	runsPerPlan   = 5   // that is kept, if that are more
	childCooler   = 8   // what comes of two plans is colder by this
	childShorter  = 2
)

// evolve makes plans one after the other and, where there is time for many, others of two of them.
func (s *planning) evolve() {
	length, kept := s.runLength()
	if length == 0 {
		s.anneal(s.scale, 0)
		return
	}
	var plans []snapshot
	for run := 0; !s.over(); run++ {
		if run < kept {
			s.clear()
			s.refill()
			s.anneal(s.scale, length)
		} else {
			s.cross(plans[s.random.IntN(len(plans))], plans[s.random.IntN(len(plans))])
			s.anneal(s.scale/childCooler, length/childShorter)
		}
		plans = admit(plans, s.run, kept)
	}
}

// runLength is how many kicks a run has, 0 for all there are, and how many plans are kept. Where there is a clock, kicks are tried out.
func (s *planning) runLength() (length, kept int) {
	visits := 1
	for i, c := range s.Calls {
		if !s.hopeless[i] {
			visits += bits.OnesCount64(c.Patterns[0].Days)
		}
	}
	all := s.most
	if all == math.MaxInt {
		for begun := s.share; s.share < begun+allOfIt/100 && !s.over(); {
			s.step(s.scale / childCooler)
		}
		all = s.kicks * allOfIt / max(1, s.share)
	}
	length = max(kicksPerVisit*visits, all/usualRuns)
	if all/length < fewestRuns {
		return 0, 0
	}
	return length, max(fewestKept, all/length/runsPerPlan)
}

// admit adds the best plan of a run, if it is better than the worst of many and not one of them.
func admit(plans []snapshot, p snapshot, kept int) []snapshot {
	worst := 0
	for i, q := range plans {
		if q.lost == p.lost && q.cost == p.cost {
			return plans
		}
		if plans[worst].better(q) {
			worst = i
		}
	}
	switch {
	case len(plans) < kept:
		return append(plans, p.clone())
	case p.better(plans[worst]):
		plans[worst] = p.clone()
	}
	return plans
}

// cross makes a plan of two: that of the first, but calls around a place on the days they have in the second.
func (s *planning) cross(first, second snapshot) {
	s.restore(first)
	s.begin()
	around := s.near[s.random.IntN(len(s.near))]
	var moved []int32
	for _, call := range around[:1+s.random.IntN(len(around))/2] {
		was, is := first.taken[call], second.taken[call]
		if was != is && was != none && is != none {
			s.leave(call)
			moved = append(moved, call)
		}
	}
	s.random.Shuffle(len(moved), func(i, k int) { moved[i], moved[k] = moved[k], moved[i] })
	for _, call := range moved {
		s.insertAs(call, second.taken[call])
	}
	if !s.sound() {
		s.undo()
	}
}

// insertAs makes a call by a pattern, if it fits.
func (s *planning) insertAs(call, pattern int32) {
	days := s.Calls[call].Patterns[pattern].Days
	for rest := days; rest != 0; rest &= rest - 1 {
		d := bits.TrailingZeros64(rest)
		at, ok := s.cheapest(call, d)
		if !ok {
			return
		}
		s.spots[d] = at
	}
	s.make(call, pattern)
}
