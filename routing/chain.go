package routing

// A climber improves a tour by chains of moves (S. Lin and B. Kernighan, Operations
// Research 21, 1973) whose links each take two or three legs out and put as many in.
//
// A chain holds one end of a path, base, and moves the other, tip: the leg between
// them is missing from the tour. Counted from the tip along the path to the base,
//
//	tip … b c … base      b–c goes, tip–c comes: b is the new tip ("turn")
//
// and a link looks one move further, also through
//
//	tip … e f … b c … base    tip–b, c–e or c–f come, b–c and e–f go
//
// where tip … b is a ring of its own for a moment.
type climber struct {
	*ring
	array
	lists
	queue  []int32
	awake  []bool
	moved  []int32 // nodes whose legs the chain has changed
	put    []fresh // legs that the chain has put in, at each node
	chains int64   // begun so far
	over   func() bool

	hasty bool // looks less far, in less time: better for tours that will be crossed with many

	// while looking for a link:
	base, tip    int32
	forward      bool // the path runs from tip to base by next
	outer, inner int  // how many neighbours it looks at, of the tip and of the node after
	link         link
}

// A link is what a chain does next.
type link struct {
	kind       int8
	b, c, e, f int32
	gain       Cost // legs taken out less legs put in so far, the closing one not counted
	closes     bool // closing here gains
}

const (
	noLink    int8 = iota
	turnOnce       // tip–c, b is the new tip
	turnTwice      // then b–e, f is the new tip
	ringDown       // tip–b, c–e, f is before e
	ringUp         // tip–b, c–e, f is behind e
)

const (
	longestChain = 20 // links
	hastyChain   = 6  // of a climber that is hasty,
	outerHasty   = 5  // and how many neighbours it looks at from the second link on
	innerHasty   = 3
)

func newClimber(r *ring, order []int32, near [][]neighbour) *climber {
	s := &climber{ring: r, array: newArray(order), awake: make([]bool, r.n), put: make([]fresh, r.n), over: func() bool { return false }}
	s.lookAt(near)
	return s
}

// begin sets the tour to climb from.
func (s *climber) begin(order []int32) {
	log := s.log[:0]
	s.array = newArray(order)
	s.log = log
}

// release gives the tour away.
func (s *climber) release() *array {
	return &array{order: s.order, place: s.place}
}

// improve looks for a chain from node that gains, makes it, and says what it gained.
func (s *climber) improve(base int32) Cost {
	for _, tip := range [2]int32{s.next(base), s.prev(base)} {
		if s.mate[base] == tip {
			continue
		}
		if gain := s.chain(base, tip); gain > 0 {
			return gain
		}
	}
	return 0
}

func (s *climber) chain(base, tip int32) Cost {
	mark := len(s.log)
	s.moved = append(s.moved[:0], base, tip)
	s.chains++
	gain := s.leg(base, tip)
	s.outer, s.inner = closestFew, closestFew
	for range s.longest() {
		s.base, s.tip = base, tip
		s.find(gain)
		l := s.link
		if l.kind == noLink {
			break
		}
		tip = s.make(l)
		if l.closes {
			for _, node := range s.moved {
				s.wake(node)
			}
			return l.gain - s.leg(base, tip)
		}
		gain = l.gain
		if s.hasty {
			s.outer, s.inner = outerHasty, innerHasty
		}
	}
	s.undo(mark)
	return 0
}

func (s *climber) longest() int {
	if s.hasty {
		return hastyChain
	}
	return longestChain
}

func (s *climber) wake(node int32) {
	if !s.awake[node] {
		s.awake[node] = true
		s.queue = append(s.queue, node)
	}
}

// rank is how far a node is from the tip along the path.
func (s *climber) rank(a int32) int32 {
	d := s.place[a] - s.place[s.tip]
	if !s.forward {
		d = -d
	}
	if d < 0 {
		d += int32(len(s.order))
	}
	return d
}

// at is the node of a rank.
func (s *climber) at(rank int32) int32 {
	n := int32(len(s.order))
	if s.forward {
		rank += s.place[s.tip]
		if rank >= n {
			rank -= n
		}
	} else {
		rank = s.place[s.tip] - rank
		if rank < 0 {
			rank += n
		}
	}
	return s.order[rank]
}

// find sets link to the first that closes with a gain, or else to the one that leaves the
// most to close with.
func (s *climber) find(gain Cost) {
	s.link = link{}
	s.forward = s.prev(s.tip) == s.base
	for _, c := range s.nearestFew(s.tip, s.outer) {
		g := gain - Cost(c.leg)
		if g <= 0 || c.node == s.base {
			continue
		}
		rank := s.rank(c.node)
		if rank > 1 && s.turn(c.node, rank, g) {
			return
		}
		if rank > 1 && s.through(c.node, rank, g) {
			return
		}
	}
}

// turn tries tip–c for the leg before c.
func (s *climber) turn(c, rank int32, gain Cost) bool {
	b := s.at(rank - 1)
	if s.mate[b] == c {
		return false
	}
	gain += s.leg(b, c)
	if gain > s.leg(s.base, b) {
		s.link = link{turnOnce, b, c, 0, 0, gain, true}
		return true
	}
	for _, e := range s.nearestFew(b, s.inner) {
		g := gain - Cost(e.leg)
		if g <= 0 || e.node == c {
			continue
		}
		q := s.rank(e.node)
		var f int32
		switch {
		case q > rank:
			f = s.at(q - 1)
		case q < rank-2:
			f = s.at(q + 1)
		default:
			continue
		}
		if s.keep(turnTwice, b, c, e.node, f, g) {
			return true
		}
	}
	return false
}

// through tries tip–b, where the leg behind b goes, and mends the ring it makes.
func (s *climber) through(b, rank int32, gain Cost) bool {
	c := s.at(rank + 1)
	if s.mate[b] == c {
		return false
	}
	gain += s.leg(b, c)
	for _, e := range s.nearestFew(c, s.inner) {
		g := gain - Cost(e.leg)
		if g <= 0 {
			continue
		}
		q := s.rank(e.node)
		if q >= rank {
			continue
		}
		if s.keep(ringUp, b, c, e.node, s.at(q+1), g) {
			return true
		}
		if q > 0 && s.keep(ringDown, b, c, e.node, s.at(q-1), g) {
			return true
		}
	}
	return false
}

// keep notes a link if it is the best so far, and says whether it closes with a gain.
func (s *climber) keep(kind int8, b, c, e, f int32, gain Cost) bool {
	if s.mate[e] == f {
		return false
	}
	gain += s.leg(e, f)
	if gain > s.leg(s.base, f) {
		s.link = link{kind, b, c, e, f, gain, true}
		return true
	}
	if gain > s.link.gain && !s.isFresh(e, f) {
		s.link = link{kind, b, c, e, f, gain, false}
	}
	return false
}

// fresh are the last two nodes that a chain has joined to one.
type fresh struct {
	chain int64
	to    [2]int32
}

// isFresh tells whether the chain itself put the leg in.
func (s *climber) isFresh(a, b int32) bool {
	p := &s.put[a]
	return p.chain == s.chains && (p.to[0] == b || p.to[1] == b)
}

// join notes that the chain has put a leg in.
func (s *climber) join(a, b int32) {
	s.moved = append(s.moved, a, b)
	for range 2 {
		if p := &s.put[a]; p.chain == s.chains {
			p.to = [2]int32{b, p.to[0]}
		} else {
			*p = fresh{s.chains, [2]int32{b, -1}}
		}
		a, b = b, a
	}
}

// make turns the tour as a link says, and returns the new tip.
func (s *climber) make(l link) int32 {
	base, tip := s.base, s.tip
	switch l.kind {
	case turnOnce:
		s.flip(base, tip, l.c, l.b)
	case turnTwice:
		s.flip(base, tip, l.c, l.b)
		s.flip(base, l.b, l.e, l.f)
	case ringUp:
		s.flip(base, tip, l.c, l.b)
		s.flip(base, l.b, l.e, l.f)
		s.flip(l.b, l.e, l.c, tip)
	case ringDown:
		s.flip(base, tip, l.e, l.f)
		s.flip(tip, l.e, l.c, l.b)
	}
	return s.joined(l)
}

// joined notes what a link has put in, and returns the new tip.
func (s *climber) joined(l link) (tip int32) {
	switch l.kind {
	case turnOnce:
		s.join(s.tip, l.c)
		tip = l.b
	case turnTwice:
		s.join(s.tip, l.c)
		s.join(l.b, l.e)
		tip = l.f
	default:
		s.join(s.tip, l.b)
		s.join(l.c, l.e)
		tip = l.f
	}
	s.moved = append(s.moved, tip)
	return tip
}
