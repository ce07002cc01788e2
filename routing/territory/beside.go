package territory

import (
	"cmp"
	"slices"
)

// connect puts nodes beside each other whose units are.
func (s *state) connect() {
	of := s.unitNodes()
	mark := make([]int32, len(s.nodes))
	for u := range s.nodes {
		n := &s.nodes[u]
		n.first = int32(len(s.beside))
		mark[u] = int32(u) + 1
		for _, i := range s.units(int32(u)) {
			for _, j := range s.p.Beside.Of(int(i)) {
				if v := of[j]; mark[v] != int32(u)+1 {
					mark[v] = int32(u) + 1
					s.beside = append(s.beside, v)
				}
			}
		}
		n.deg = int32(len(s.beside)) - n.first
	}
}

// units are those of a node.
func (s *state) units(u int32) []int32 { return s.members[s.member[u]:s.member[u+1]] }

// unitNodes is the node of each unit.
func (s *state) unitNodes() []int32 {
	of := make([]int32, len(s.members))
	for u := range s.nodes {
		for _, i := range s.units(int32(u)) {
			of[i] = int32(u)
		}
	}
	return of
}

// friends is how many are put beside each where nobody asks for one piece.
const friends = 8

// befriend puts nodes beside each other that are near, so that there are borders to look at.
func (s *state) befriend() {
	near := newGrid(s)
	pairs := make([][2]int32, 0, 2*friends*len(s.nodes))
	for u := range s.nodes {
		for _, v := range near.nearest(int32(u), friends) {
			pairs = append(pairs, [2]int32{int32(u), v}, [2]int32{v, int32(u)})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]int32) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	pairs = slices.Compact(pairs)
	for _, e := range pairs {
		s.beside = append(s.beside, e[1])
		s.nodes[e[0]].deg++
	}
	for u := 1; u < len(s.nodes); u++ {
		s.nodes[u].first = s.nodes[u-1].first + s.nodes[u-1].deg
	}
}

// turn puts those beside each node into the order of their directions, and notes which of them are beside the next.
func (s *state) turn() {
	s.links = make([]uint64, len(s.nodes))
	for i := range s.nodes {
		u := int32(i)
		list := s.around(u)
		slices.SortFunc(list, func(a, b int32) int { return cmp.Or(s.direction(u, a, b), cmp.Compare(a, b)) })
	}
	for i := range s.nodes {
		list := s.around(int32(i))
		if len(list) > 64 {
			s.nodes[i].ties |= many
			continue
		}
		for k, v := range list {
			if s.touch(v, list[(k+1)%len(list)]) {
				s.links[i] |= 1 << k
			}
		}
	}
}

// touch tells whether two nodes are beside each other; the one with fewer beside it is asked.
func (s *state) touch(u, v int32) bool {
	if s.nodes[u].deg > s.nodes[v].deg {
		u, v = v, u
	}
	return slices.Contains(s.around(u), v)
}

// direction compares the directions from u to a and to b, from the east on, against the clock.
func (s *state) direction(u, a, b int32) int {
	ax, ay := s.way(u, a)
	bx, by := s.way(u, b)
	if c := cmp.Compare(half(ax, ay), half(bx, by)); c != 0 {
		return c
	}
	return cmp.Compare(ay*bx, ax*by)
}

func half(x, y int64) int {
	if y > 0 || y == 0 && x >= 0 {
		return 0
	}
	return 1
}

func (s *state) way(u, v int32) (x, y int64) {
	ux, uy := s.place(u)
	vx, vy := s.place(v)
	return vx - ux, vy - uy
}

// place is about where a node is.
func (s *state) place(u int32) (x, y int64) {
	n := &s.nodes[u]
	return n.x / int64(n.units), n.y / int64(n.units)
}

// oppose notes who is never with whom.
func (s *state) oppose() {
	if len(s.p.Apart) == 0 {
		return
	}
	s.foe = make([][]int32, len(s.nodes))
	of := s.unitNodes()
	for _, pair := range s.p.Apart {
		a, b := of[pair[0]], of[pair[1]]
		if a == b {
			continue
		}
		s.foe[a], s.foe[b] = append(s.foe[a], b), append(s.foe[b], a)
		s.nodes[a].ties |= foes
		s.nodes[b].ties |= foes
	}
}

// welcome tells whether none of the foes of a node is in a territory.
func (s *state) welcome(u, k int32) bool {
	if s.nodes[u].ties&foes == 0 {
		return true
	}
	for _, v := range s.foe[u] {
		if s.of[v] == k {
			return false
		}
	}
	return true
}
