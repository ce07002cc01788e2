package routing

// A span is a stretch of an order as its hours see it from either side, where each node has one window: how long it
// takes, by how much it would have to go back in time, and the earliest and the latest moment to begin it at
// without more of either waiting or going back (T. Vidal, T. Crainic, M. Gendreau and C. Prins, Computers & Operations
// Research 40, 2013).
type span struct {
	first, last int32
	takes, warp Time
	early, late Time
}

func (h *hours) spanOf(i int32) span {
	return span{first: i, last: i, takes: h.service[i], early: h.early(int(i)), late: h.open[i][0].Closes}
}

// join is one span and then another.
func (h *hours) join(a, b span) span {
	after := a.takes - a.warp + Time(h.time[int(a.last)*h.n+int(b.first)])
	wait := max(0, b.early-after-a.late)
	warp := max(0, a.early+after-b.late)
	return span{
		first: a.first, last: b.last,
		takes: a.takes + b.takes + Time(h.time[int(a.last)*h.n+int(b.first)]) + wait,
		warp:  a.warp + b.warp + warp,
		early: max(b.early-after, a.early) - wait,
		late:  min(b.late-after, a.late) + warp,
	}
}

// A gait is when a node is left if whoever is late is let go back in time, and how much that was; before lunch and
// after it. It judges any windows, where a span judges single ones.
type gait struct {
	hungry, fed         Time
	hungryWarp, fedWarp Time
	eaten, starving     bool // which of the two can be
}

func (h *hours) setOut() gait {
	return gait{hungry: h.day.Opens, fed: h.day.Opens, eaten: !h.eats, starving: h.eats}
}

// squeeze is when a node is left that is reached at a moment, and how late that was.
func (h *hours) squeeze(j int, reached Time) (left, warp Time) {
	if begun, ok := h.begin(j, reached); ok {
		return begun + h.service[j], 0
	}
	late := h.late(j)
	return late + h.service[j], reached - late
}

// on is the gait at the next node.
func (h *hours) on(i, j int, p gait) (next gait) {
	leg := Time(h.time[i*h.n+j])
	if p.eaten {
		left, warp := h.squeeze(j, p.fed+leg)
		next.fed, next.fedWarp, next.eaten = left, p.fedWarp+warp, true
	}
	if !p.starving {
		return next
	}
	left, warp := h.squeeze(j, p.hungry+leg)
	next.hungry, next.hungryWarp, next.starving = left, p.hungryWarp+warp, true
	ready, _, _, ok := h.lunched(i, j, p.hungry)
	late := Time(0)
	if !ok {
		late = p.hungry - h.lunch.Closes
		ready -= late
	}
	left, warp = h.squeeze(j, ready)
	warp += p.hungryWarp + late
	if !next.eaten || warp < next.fedWarp || warp == next.fedWarp && left < next.fed {
		next.fed, next.fedWarp, next.eaten = left, warp, true
	}
	return next
}

// overdue is by how much an order that ends at this gait would have to go back in time.
func (h *hours) overdue(p gait) Time {
	if p.starving {
		warp := p.hungryWarp + max(0, p.hungry-h.lunch.Closes)
		if p.eaten {
			warp = min(warp, p.fedWarp)
		}
		return warp
	}
	return p.fedWarp
}
