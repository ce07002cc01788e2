package territory

// best is the best cut so far: by how many territories are broken, then by what is outside tolerances, then by cost.
type best struct {
	of     []int32
	broken int
	out    int64
	cost   int64 // and what change costs
	change int64
	kept   bool
	noted  []bool
	later  []int32 // nodes moved since
}

func (b *best) changed(u int32) {
	if !b.noted[u] {
		b.noted[u] = true
		b.later = append(b.later, u)
	}
}

// keep makes the cut the best one if it is.
func (s *state) keep(broken int) bool {
	b := &s.best
	cost := s.cost + s.change
	if b.kept && !lessOf(broken, b.broken, s.out, b.out, cost, b.cost) {
		return false
	}
	b.kept, b.broken, b.out, b.cost, b.change = true, broken, s.out, cost, s.change
	for _, u := range b.later {
		b.of[u] = s.of[u]
		b.noted[u] = false
	}
	b.later = b.later[:0]
	return true
}

func lessOf(broken, than int, out, thanOut, cost, thanCost int64) bool {
	switch {
	case broken != than:
		return broken < than
	case out != thanOut:
		return out < thanOut
	}
	return cost < thanCost
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
