package territory

import "math"

// inhabit gives every territory that is empty a node of one that has several, where no territory is then further outside its
// tolerances than the worst is now, or in more pieces: nothing else would ever reach it, as it has no border.
func (s *state) inhabit() {
	for k := range s.terr {
		if s.terr[k].nodes == 0 && !s.closed[k] {
			if u := s.settler(int32(k)); u != None {
				s.put(u, int32(k))
			}
		}
	}
}

// touchUp looks for what is wanting in the best cut where a search does not: what is empty, or far away.
func (s *state) touchUp() {
	s.limits()
	s.begin()
	s.keep(s.broken())
	s.inhabit()
	s.keep(s.broken())
	s.restore()
	if !s.best.fine() {
		s.shake()
	}
}

// settler is the node that an empty territory had best begin with: what it and the other are fined counts, and what they cost.
func (s *state) settler(k int32) int32 {
	best, least, worst := int32(None), int64(math.MaxInt64), s.worstOver(0)
	for i := range s.nodes {
		u := int32(i)
		if !s.mayLeave(u, k) {
			continue
		}
		from := s.of[u]
		_, fine := s.fineAfter(from, None, u)
		_, own := s.fineAfter(k, u, None)
		by := fine + own - s.terr[from].fine + s.spreadAfter(from, None, u) + s.spreadAfter(k, u, None) - s.terr[from].cost
		if by < least && max(s.overAfter(from, None, u), s.overAfter(k, u, None)) <= worst && !s.parts(u, math.MaxInt) {
			best, least = u, by
		}
	}
	return best
}

// mayLeave tells whether a node may go to another territory and leaves others behind.
func (s *state) mayLeave(u, to int32) bool {
	if s.nodes[u].ties&(fixed|ringed) != 0 || s.closed[s.of[u]] || s.terr[s.of[u]].nodes < 2 || !s.welcome(u, to) {
		return false
	}
	return s.mostMoved == math.MaxInt64 || s.today[u] != s.of[u] || s.mostMoved-s.moved >= s.first(u)
}
