package territory

import (
	"cmp"
	"math"
	"slices"

	"rounds/routing/plane"
)

// compile prepares a problem for the search: nodes, who is beside whom, limits; every node is in territory 0.
func compile(p *Problem) *state {
	k, m := len(p.Territories), len(p.Measures)
	s := &state{
		p: p, measures: m, loose: p.Beside.Len() == 0, mostMoved: math.MaxInt64,
		terr: make([]sums, k), own: make([][]int32, k), closed: make([]bool, k), home: make([]plane.Point, k), homed: make([]bool, k),
		has: make([]int64, k*m), low: make([]int64, k*m), high: make([]int64, k*m), unit: make([]uint64, k*m), fines: make([]int64, m),
	}
	s.limits()
	s.center()
	s.gather()
	n := len(s.nodes)
	s.of, s.abroad, s.at, s.ownAt = make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	s.seen = make([]uint32, n)
	s.best.of, s.best.noted = make([]int32, n), make([]bool, n)
	for i, t := range p.Territories {
		s.closed[i] = t.Frozen
		if s.homed[i] = t.Home != nil; s.homed[i] {
			s.home[i] = s.shifted(*t.Home)
		}
	}
	if s.loose {
		s.befriend()
	} else {
		s.connect()
	}
	s.turn()
	s.oppose()
	return s
}

// center finds the middle of all places, and by how much distances must shrink for sums of their squares to fit.
func (s *state) center() {
	var all []plane.Point
	for i := range s.p.Units {
		all = append(all, s.p.Units[i].At)
	}
	for _, t := range s.p.Territories {
		if t.Home != nil {
			all = append(all, *t.Home)
		}
	}
	if len(all) == 0 {
		return
	}
	low, high := all[0], all[0]
	for _, a := range all {
		low = plane.Point{X: min(low.X, a.X), Y: min(low.Y, a.Y)}
		high = plane.Point{X: max(high.X, a.X), Y: max(high.Y, a.Y)}
	}
	s.middle = plane.Point{X: low.X + (high.X-low.X)/2, Y: low.Y + (high.Y-low.Y)/2}
	half := max(high.X-low.X, high.Y-low.Y)/2 + 1
	for 8*(half>>s.scale)*(half>>s.scale) > (1<<61)/int64(len(all)) {
		s.scale++
	}
}

func (s *state) shifted(a plane.Point) plane.Point {
	return plane.Point{X: (a.X - s.middle.X) >> s.scale, Y: (a.Y - s.middle.Y) >> s.scale}
}

// gather makes the nodes.
func (s *state) gather() {
	p := s.p
	group := groups(p)
	lock := locks(p, group)
	of := s.number(group)
	s.today = make([]int32, len(s.nodes))
	for i := range s.today {
		s.today[i] = None
	}
	s.load = make([]int64, len(s.nodes)*s.measures)
	for i := range p.Units {
		u, at := of[i], s.shifted(p.Units[i].At)
		n := &s.nodes[u]
		n.x, n.y, n.q = n.x+at.X, n.y+at.Y, n.q+at.X*at.X+at.Y*at.Y
		n.units++
		for c, load := range p.Units[i].Loads {
			s.load[int(u)*s.measures+c] += load
		}
		if s.today[u] == None {
			s.today[u] = p.Units[i].Today
		}
		if lock[group[i]] != None {
			n.ties |= fixed
			s.today[u] = lock[group[i]]
		}
	}
	s.list(of)
}

// groups gives every unit the first of those it stays together with.
func groups(p *Problem) []int32 {
	of := make([]int32, len(p.Units))
	for i := range of {
		of[i] = int32(i)
	}
	root := func(i int32) int32 {
		for of[i] != i {
			of[i] = of[of[i]]
			i = of[i]
		}
		return i
	}
	for _, g := range p.Together {
		for _, i := range g[min(1, len(g)):] {
			a, b := root(g[0]), root(i)
			of[max(a, b)] = min(a, b)
		}
	}
	for i := range of {
		of[i] = root(int32(i))
	}
	return of
}

// locks is where each group must be: by its first unit.
func locks(p *Problem, group []int32) []int32 {
	lock := make([]int32, len(p.Units))
	for i := range lock {
		lock[i] = None
	}
	for i := range p.Units {
		if t := p.Units[i].Today; t != None && p.Territories[t].Frozen {
			lock[group[i]] = t
		}
	}
	for i := range p.Units {
		if t := p.Units[i].Lock; t != None && lock[group[i]] == None {
			lock[group[i]] = t
		}
	}
	return lock
}

// number gives every unit its node: groups that hang together one, others one for each piece, in a ring. Where nobody asks
// for one piece, each group is one. Nodes near each other have numbers near each other.
func (s *state) number(group []int32) []int32 {
	of, last := make([]int32, len(group)), make([]int32, len(group)) // nodes of units and, so far, of groups
	for i := range of {
		of[i], last[i] = None, None
	}
	var queue []int32
	for _, i := range s.threaded() {
		g := group[i]
		if of[i] == None && s.loose {
			of[i] = last[g]
		}
		if of[i] != None {
			continue
		}
		u := int32(len(s.nodes))
		s.nodes = append(s.nodes, node{})
		s.ring = append(s.ring, u)
		if before := last[g]; before != None {
			s.ring[u], s.ring[before] = s.ring[before], u
			s.nodes[u].ties |= ringed
			s.nodes[before].ties |= ringed
		}
		last[g], of[i] = u, u
		if !s.loose {
			queue = s.spreadOver(append(queue[:0], i), of, group)
		}
	}
	return of
}

// threaded are the units in the order of a curve that fills the plane (G. M. Morton 1966): the search works on what is near
// each other, and finds it in memory together.
func (s *state) threaded() []int32 {
	type bead struct {
		at   uint64
		unit int32
	}
	thread := make([]bead, len(s.p.Units))
	for i := range thread {
		at := s.shifted(s.p.Units[i].At)
		thread[i] = bead{apart(at.X) | apart(at.Y)<<1, int32(i)}
	}
	slices.SortFunc(thread, func(a, b bead) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.unit, b.unit)) })
	order := make([]int32, len(thread))
	for i, b := range thread {
		order[i] = b.unit
	}
	return order
}

// apart is a coordinate, moved above 0, with a bit 0 before each of its bits.
func apart(x int64) uint64 {
	v := uint64(x+1<<30) & (1<<32 - 1)
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v | v<<4) & 0x0f0f0f0f0f0f0f0f
	v = (v | v<<2) & 0x3333333333333333
	return (v | v<<1) & 0x5555555555555555
}

// spreadOver gives the node of the unit in the queue to all of its group that hang together with it.
func (s *state) spreadOver(queue, of, group []int32) []int32 {
	for len(queue) > 0 {
		a := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, b := range s.p.Beside.Of(int(a)) {
			if of[b] == None && group[b] == group[a] {
				of[b] = of[a]
				queue = append(queue, b)
			}
		}
	}
	return queue
}

// list notes which units a node is.
func (s *state) list(of []int32) {
	s.member = make([]int32, len(s.nodes)+1)
	for _, u := range of {
		s.member[u+1]++
	}
	for u := range s.nodes {
		s.member[u+1] += s.member[u]
	}
	next := slices.Clone(s.member)
	s.members = make([]int32, len(of))
	for i, u := range of {
		s.members[next[u]] = int32(i)
		next[u]++
	}
}
