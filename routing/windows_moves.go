package routing

import "slices"

// longestLift is the most stops that are moved together.
const longestLift = 4

// A mender makes an order cheaper by moves, at a price for each unit of time that it goes back.
type mender struct {
	*hours
	price  Cost    // of a unit of time
	path   []int32 // with both ends
	at     []int32 // of a stop: its place; 0 where it is not served
	cost   Cost
	warp   Time
	heads  []span // of the path up to each place, where windows are single
	tails  []span
	gaits  []gait // at each place, where they are not
	queue  []int32
	awake  []bool
	buffer []int32
	owned  []span      // of each node alone
	stop   func() bool // nil: never
}

// A piece is a stretch of the path, or that backwards.
type piece struct {
	from, to int
	back     bool
}

// A move puts pieces in place of the stretch from one place to another, and changes cost and warp by so much.
type move struct {
	from, to int
	pieces   [2]piece
	cost     Cost
	warp     Time
	priced   Cost
}

func newMender(h *hours, order []int32) *mender {
	m := &mender{hours: h, at: make([]int32, h.n), awake: make([]bool, h.n), price: 1}
	for i := range h.n {
		m.owned = append(m.owned, h.spanOf(int32(i)))
	}
	m.set(order)
	return m
}

func (m *mender) own(i int32) span { return m.owned[i] }

func (m *mender) order() []int32 { return m.path[1 : len(m.path)-1] }

func (m *mender) total() Cost { return m.cost + m.price*Cost(m.warp) }

// set takes an order, and counts all of it anew.
func (m *mender) set(order []int32) {
	m.path = append(append(append(m.path[:0], int32(m.first)), order...), int32(m.last))
	clear(m.at)
	m.count()
}

func (m *mender) count() {
	n := len(m.path)
	m.cost = 0
	for k, i := range m.path {
		m.at[i] = int32(k)
		if k > 0 {
			m.cost += m.leg(m.path[k-1], i)
		}
	}
	if !m.single {
		m.gaits = slices.Grow(m.gaits[:0], n)[:n]
		m.gaits[0] = m.setOut()
		for k := 1; k < n; k++ {
			m.gaits[k] = m.on(int(m.path[k-1]), int(m.path[k]), m.gaits[k-1])
		}
		m.warp = m.overdue(m.gaits[n-1])
		return
	}
	m.heads, m.tails = slices.Grow(m.heads[:0], n)[:n], slices.Grow(m.tails[:0], n)[:n]
	m.heads[0], m.tails[n-1] = m.own(m.path[0]), m.own(m.path[n-1])
	for k := 1; k < n; k++ {
		m.heads[k] = m.join(m.heads[k-1], m.own(m.path[k]))
		m.tails[n-1-k] = m.join(m.own(m.path[n-1-k]), m.tails[n-k])
	}
	m.warp = m.heads[n-1].warp
}

func (m *mender) leg(i, j int32) Cost { return Cost(m.cost32(i, j)) }

func (m *mender) cost32(i, j int32) int32 { return m.hours.cost[int(i)*m.n+int(j)] }

// walked is the warp of the path with a move made, node by node.
func (m *mender) walked(mv *move) Time {
	now, last := m.gaits[mv.from-1], m.path[mv.from-1]
	for _, p := range mv.pieces {
		for k := p.from; k <= p.to; k++ {
			i := m.path[k]
			if p.back {
				i = m.path[p.from+p.to-k]
			}
			now, last = m.on(int(last), int(i), now), i
		}
	}
	for k := mv.to + 1; k < len(m.path); k++ {
		i := m.path[k]
		now, last = m.on(int(last), int(i), now), i
		if was := m.gaits[k]; now == was {
			return m.warp
		}
	}
	return m.overdue(now)
}

// offer lets a move be the best if it is.
func (m *mender) offer(best *move, mv move, warp Time) {
	mv.warp = warp - m.warp
	mv.priced = mv.cost + m.price*Cost(mv.warp)
	if mv.priced < best.priced {
		*best = mv
	}
}

// tooDear tells whether a move of that cost cannot be the best, whatever is left of the warp.
func (m *mender) tooDear(best *move, cost Cost, least Time) bool {
	return cost+m.price*Cost(least-m.warp) >= best.priced
}

// shift looks for the best new place of the stops at a to b, either way round.
func (m *mender) shift(best *move, a, b int) {
	p := m.path
	out := m.leg(p[b], p[b+1]) + m.leg(p[a-1], p[a])
	closed := m.leg(p[a-1], p[b+1])
	turned := Cost(0)
	var same, back span
	for k := a; k < b; k++ {
		turned += m.leg(p[k+1], p[k]) - m.leg(p[k], p[k+1])
	}
	if m.single {
		same, back = m.own(p[a]), m.own(p[b])
		for k := a + 1; k <= b; k++ {
			same = m.join(same, m.own(p[k]))
			back = m.join(back, m.own(p[a+b-k]))
		}
	}
	m.shiftOn(best, a, b, closed-out, turned, same, back)
	m.shiftBack(best, a, b, closed-out, turned, same, back)
}

func (m *mender) shiftOn(best *move, a, b int, gone, turned Cost, same, back span) {
	p := m.path
	var head span
	if m.single {
		head = m.heads[a-1]
	}
	for k := b + 1; k < min(len(p)-1, b+m.reach()); k++ {
		if m.anyBefore(a, b, p[k]) {
			return
		}
		if m.single {
			head = m.join(head, m.own(p[k]))
		}
		base := gone - m.leg(p[k], p[k+1])
		for turn := range 2 {
			mv := move{from: a, to: k, pieces: [2]piece{{b + 1, k, false}, {a, b, turn == 1}}}
			seg := same
			if turn == 0 {
				mv.cost = base + m.leg(p[k], p[a]) + m.leg(p[b], p[k+1])
			} else if mv.cost, seg = base+turned+m.leg(p[k], p[b])+m.leg(p[a], p[k+1]), back; a == b {
				break
			}
			if m.tooDear(best, mv.cost, head.warp) {
				continue
			}
			if m.single {
				m.offer(best, mv, m.join(m.join(head, seg), m.tails[k+1]).warp)
			} else {
				m.offer(best, mv, m.walked(&mv))
			}
		}
	}
}

func (m *mender) shiftBack(best *move, a, b int, gone, turned Cost, same, back span) {
	p := m.path
	var tail span
	if m.single {
		tail = m.tails[b+1]
	}
	for k := a - 1; k > max(0, a-m.reach()); k-- {
		if m.beforeAny(p[k], a, b) {
			return
		}
		if m.single {
			tail = m.join(m.own(p[k]), tail)
		}
		base := gone - m.leg(p[k-1], p[k])
		for turn := range 2 {
			mv := move{from: k, to: b, pieces: [2]piece{{a, b, turn == 1}, {k, a - 1, false}}}
			seg := same
			if turn == 0 {
				mv.cost = base + m.leg(p[k-1], p[a]) + m.leg(p[b], p[k])
			} else if mv.cost, seg = base+turned+m.leg(p[k-1], p[b])+m.leg(p[a], p[k]), back; a == b {
				break
			}
			if m.tooDear(best, mv.cost, tail.warp) {
				continue
			}
			if m.single {
				m.offer(best, mv, m.join(m.join(m.heads[k-1], seg), tail).warp)
			} else {
				m.offer(best, mv, m.walked(&mv))
			}
		}
	}
}

// turn looks for the best stretch from a place on to turn round.
func (m *mender) turn(best *move, a int) {
	p := m.path
	var middle span
	if m.single {
		middle = m.own(p[a])
	}
	turned := Cost(0)
	for b := a + 1; b < min(len(p)-1, a+m.reach()); b++ {
		if m.anyBefore(a, b-1, p[b]) {
			return
		}
		turned += m.leg(p[b], p[b-1]) - m.leg(p[b-1], p[b])
		if m.single {
			middle = m.join(m.own(p[b]), middle)
		}
		mv := move{from: a, to: b, pieces: [2]piece{{a, b, true}, {0, -1, false}}}
		mv.cost = turned + m.leg(p[a-1], p[b]) + m.leg(p[a], p[b+1]) - m.leg(p[a-1], p[a]) - m.leg(p[b], p[b+1])
		if m.tooDear(best, mv.cost, middle.warp) {
			continue
		}
		if m.single {
			m.offer(best, mv, m.join(m.join(m.heads[a-1], middle), m.tails[b+1]).warp)
		} else {
			m.offer(best, mv, m.walked(&mv))
		}
	}
}

// reach is how far a move looks: not so far where every place on the way has to be walked.
func (m *mender) reach() int {
	if m.single {
		return len(m.path)
	}
	return 50
}

// anyBefore tells whether a stop at the places has to be served before another.
func (m *mender) anyBefore(from, to int, i int32) bool {
	for k := from; k <= to; k++ {
		if m.before(m.path[k], i) {
			return true
		}
	}
	return false
}

func (m *mender) beforeAny(i int32, from, to int) bool {
	for k := from; k <= to; k++ {
		if m.before(i, m.path[k]) {
			return true
		}
	}
	return false
}

// best is the best move about a place; what it is priced at is below 0 if it is better than none.
func (m *mender) best(place int) (best move) {
	for first := max(1, place-longestLift+1); first <= place; first++ {
		for last := place; last < min(first+longestLift, len(m.path)-1); last++ {
			if first == place || last == place {
				m.shift(&best, first, last)
			}
		}
	}
	m.turn(&best, place)
	return best
}

// make makes a move, and wakes those at its seams.
func (m *mender) make(mv move) {
	for _, k := range [...]int{mv.from - 1, mv.to + 1} {
		m.wake(m.path[k])
	}
	m.buffer = m.buffer[:0]
	for _, p := range mv.pieces {
		if p.from > p.to {
			continue
		}
		m.wake(m.path[p.from])
		m.wake(m.path[p.to])
		part := m.path[p.from : p.to+1]
		m.buffer = append(m.buffer, part...)
		if p.back {
			slices.Reverse(m.buffer[len(m.buffer)-len(part):])
		}
	}
	copy(m.path[mv.from:], m.buffer)
	m.count()
}

func (m *mender) wake(i int32) {
	if int(i) < m.m && !m.awake[i] {
		m.awake[i] = true
		m.queue = append(m.queue, i)
	}
}

func (m *mender) wakeAll() {
	for k := len(m.path) - 2; k > 0; k-- {
		m.wake(m.path[k])
	}
}

// settle makes moves until none about a stop in the queue gains, or it is stopped.
func (m *mender) settle() {
	for len(m.queue) > 0 {
		i := m.queue[len(m.queue)-1]
		m.queue = m.queue[:len(m.queue)-1]
		m.awake[i] = false
		if m.stop != nil && m.stop() {
			continue
		}
		for !(m.stop != nil && m.stop()) && m.at[i] > 0 && int(m.at[i]) < len(m.path) && m.path[m.at[i]] == i {
			mv := m.best(int(m.at[i]))
			if mv.priced >= 0 {
				break
			}
			m.make(mv)
		}
	}
}
