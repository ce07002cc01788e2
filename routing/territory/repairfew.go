package territory

import "slices"

// mendWithin makes territories whole as far as no more changes than may: what lies apart gets a way through nodes that have no territory
// today, or through any, or goes to a neighbour. Whatever is broken beyond that stays so.
func (s *state) mendWithin() int {
	broken := s.broken()
	s.keep(broken)
	if broken == 0 {
		return 0
	}
	of, all := s.pieces()
	main, trials := s.mains(all, true), 0
	for _, p := range slices.Clone(all) {
		i := of[p.first]
		if main[all[i].territory] == i || s.closed[all[i].territory] {
			continue
		}
		if trials++; trials > mostPieces {
			break
		}
		if now, ok := s.mendPiece(all[i], main[all[i].territory], of, len(all), broken); ok {
			broken = now
			of, all = s.pieces()
			main = s.mains(all, true)
		}
	}
	return broken
}

// mendPiece tries what may leave fewer pieces, and keeps the first of it that does.
func (s *state) mendPiece(p piece, main int32, of []int32, pieces, broken int) (now int, ok bool) {
	for _, try := range [...]func(){
		func() { s.breachBy(p.first, main, of, func(v int32) bool { return s.today[v] == None }) },
		func() { s.breach(p.first, main, of) },
		func() {
			if !p.fixed {
				s.giveAway(p.first, of)
			}
		},
	} {
		try()
		if s.moved <= s.mostMoved {
			if _, all := s.pieces(); len(all) >= pieces {
				s.restore()
				continue
			}
			if now = s.broken(); now <= broken {
				s.begin()
				s.keep(now)
				return now, true
			}
		}
		s.restore()
	}
	return broken, false
}
