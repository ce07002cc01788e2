package territory

import "math"

// shallow is how many nodes a search looks at to find another way between those beside a node.
const shallow = 40

// parts tells whether a territory is in more pieces, or empty, when a node leaves it: no, if those of it that are beside the
// node are beside each other all round; else another way between them is looked for, over so many nodes at most.
func (s *state) parts(u int32, most int) bool {
	k := s.of[u]
	if s.terr[k].nodes <= 1 {
		return true
	}
	list := s.around(u)
	if s.loose || len(list) == 0 {
		return false
	}
	if s.nodes[u].ties&many != 0 {
		return s.detour(u, k, most)
	}
	runs, links := 0, s.links[u]
	inside := s.of[list[len(list)-1]] == k && links>>(len(list)-1)&1 != 0
	for i, v := range list {
		if s.of[v] != k {
			inside = false
			continue
		}
		if !inside {
			runs++
		}
		inside = links>>i&1 != 0
	}
	return runs > 1 && s.detour(u, k, most)
}

// detour tells whether those beside u that are in territory k do not hang together without u, as far as so many nodes show.
func (s *state) detour(u, k int32, most int) bool {
	if s.stamp >= math.MaxUint32-2 {
		clear(s.seen)
		s.stamp = 0
	}
	left := -1 // one is where the search begins
	s.stamp++
	for _, v := range s.around(u) {
		if s.of[v] == k {
			left++
		}
	}
	if left < 1 {
		return false
	}
	wanted := s.stamp
	s.stamp++
	s.queue = s.queue[:0]
	for _, v := range s.around(u) {
		if s.of[v] != k {
			continue
		}
		s.seen[v] = wanted
		if len(s.queue) == 0 {
			s.seen[v] = s.stamp
			s.queue = append(s.queue, v)
		}
	}
	for i := 0; i < len(s.queue) && i < most; i++ {
		for _, w := range s.around(s.queue[i]) {
			if s.of[w] != k || w == u || s.seen[w] == s.stamp {
				continue
			}
			if s.seen[w] == wanted {
				if left--; left == 0 {
					return false
				}
			}
			s.seen[w] = s.stamp
			s.queue = append(s.queue, w)
		}
	}
	return true
}

// borders tells whether a node is beside one of a territory, or may be in any.
func (s *state) borders(u, k int32) bool {
	if s.loose || s.terr[k].nodes == 0 {
		return true
	}
	for _, v := range s.around(u) {
		if s.of[v] == k {
			return true
		}
	}
	return false
}

// pieces gives every node the number of its piece, from 0, and says of which territory each is and how many nodes it has.
func (s *state) pieces() (of []int32, size []piece) {
	of = make([]int32, len(s.nodes))
	for u := range of {
		of[u] = None
	}
	for i := range of {
		if of[i] != None {
			continue
		}
		k := s.of[i]
		p := piece{territory: k, first: int32(i)}
		for _, u := range s.reach(int32(i), of, int32(len(size))) {
			p.nodes++
			p.units += s.nodes[u].units
			p.fixed = p.fixed || s.nodes[u].ties&(fixed|ringed) != 0
		}
		size = append(size, p)
	}
	return of, size
}

// piece of a territory that hangs together.
type piece struct {
	territory, first int32
	nodes, units     int32
	fixed            bool // some of it
}

// reach gives a number to all that hang together with u, and lists them; good until called again.
func (s *state) reach(u int32, of []int32, number int32) []int32 {
	s.queue = append(s.queue[:0], u)
	of[u] = number
	for i := 0; i < len(s.queue); i++ {
		for _, w := range s.around(s.queue[i]) {
			if of[w] == None && s.of[w] == s.of[u] {
				of[w] = number
				s.queue = append(s.queue, w)
			}
		}
	}
	return s.queue
}

// broken counts the territories that are in more than one piece.
func (s *state) broken() (count int) {
	if s.loose {
		return 0
	}
	_, all := s.pieces()
	number := make([]int32, len(s.terr))
	for _, p := range all {
		if number[p.territory]++; number[p.territory] == 2 {
			count++
		}
	}
	return count
}
