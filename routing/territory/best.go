package territory

// best is the best cut so far: by how many territories are broken, then by how far outside its tolerances the worst is, then by how
// many are empty, then by what all are outside tolerances, then by cost.
type best struct {
	of []int32
	merits
	change int64
	kept   bool
	noted  []bool
	later  []int32 // nodes moved since
}

// merits of a cut, what counts first first: the less, the better.
type merits struct {
	broken int
	over   int64 // of the worst territory
	empty  int
	out    int64
	cost   int64 // and what change costs
}

func (a merits) less(b merits) bool {
	switch {
	case a.broken != b.broken:
		return a.broken < b.broken
	case a.over != b.over:
		return a.over < b.over
	case a.empty != b.empty:
		return a.empty < b.empty
	case a.out != b.out:
		return a.out < b.out
	}
	return a.cost < b.cost
}

func (b *best) changed(u int32) {
	if !b.noted[u] {
		b.noted[u] = true
		b.later = append(b.later, u)
	}
}

// merits of the cut as it is.
func (s *state) merits(broken int) merits {
	m := merits{broken: broken, over: s.worstOver(0), out: s.out, cost: s.cost + s.change}
	for k := range s.terr {
		if s.terr[k].nodes == 0 && !s.closed[k] {
			m.empty++
		}
	}
	return m
}

// worstOver is how far outside its tolerances the worst territory is, or the first that is further than so much, above 0.
func (s *state) worstOver(enough int64) (over int64) {
	if s.out == 0 {
		return 0
	}
	if enough > 0 && s.terr[s.worstAt].over > enough {
		return s.terr[s.worstAt].over
	}
	for k := range s.terr {
		if s.terr[k].over > over {
			if over, s.worstAt = s.terr[k].over, int32(k); enough > 0 && over > enough {
				break
			}
		}
	}
	return over
}

// promises tells whether a cut with as many broken and empty territories as the best one is better, or nearly.
func (s *state) promises() bool {
	if b := &s.best; s.out == 0 && b.out == 0 {
		return s.cost+s.change < b.cost
	} else if b.out == 0 {
		return false
	} else {
		return s.worstOver(b.over) <= b.over
	}
}

// keep makes the cut the best one if it is.
func (s *state) keep(broken int) bool {
	b := &s.best
	now := s.merits(broken)
	if b.kept && !now.less(b.merits) {
		return false
	}
	b.kept, b.merits, b.change = true, now, s.change
	for _, u := range b.later {
		b.of[u] = s.of[u]
		b.noted[u] = false
	}
	b.later = b.later[:0]
	return true
}

// begin takes a cut as it is; whoever keeps it next keeps it.
func (s *state) begin() {
	s.best.kept = false
	s.best.later = s.best.later[:0]
	for u := range s.of {
		s.best.noted[u] = true
		s.best.later = append(s.best.later, int32(u))
	}
	s.recount()
}

// restore goes back to the best cut.
func (s *state) restore() {
	b := &s.best
	for len(b.later) > 0 {
		u := b.later[len(b.later)-1]
		b.later = b.later[:len(b.later)-1]
		b.noted[u] = false
		if s.of[u] != b.of[u] {
			s.put(u, b.of[u])
			b.later = b.later[:len(b.later)-1] // noted by put
			b.noted[u] = false
		}
	}
}
