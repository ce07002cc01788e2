package territory

import (
	"math"
	"slices"
)

// mend makes territories whole, as far as it can: what lies apart goes to a neighbour, or, if locks keep it, gets a way through. Where
// that leaves territories broken, it tries as well to leave what is locked where it lies, among others that stay whole.
func (s *state) mend() int {
	broken, begun := s.broken(), slices.Clone(s.of)
	s.keep(broken)
	s.mendBy(broken, (*state).breach)
	if s.best.broken > 0 && !s.stopped() {
		for u, k := range begun {
			s.put(int32(u), k)
		}
		s.mendBy(broken, nil)
	}
	if s.best.broken > 0 {
		s.shake()
	}
	return s.best.broken
}

// mendBy mends as often as it helps, with ways to what is locked or, nil, without; but once, if nobody waits for more.
func (s *state) mendBy(broken int, way func(s *state, first, main int32, of []int32)) {
	least := broken
	for round, helped := 0, 0; broken > 0 && round < mostRounds && round-helped < patience && (round == 0 || !s.stopped()); round++ {
		of, all := s.pieces()
		s.mendOnce(of, all, s.mains(all, way != nil && s.left == nil), way)
		if broken = s.broken(); broken < least {
			least, helped = broken, round
		}
		s.keep(broken)
	}
	s.restore()
	for s.left == nil && s.best.broken > 0 && s.barter() {
	}
}

const (
	mostRounds = 24
	patience   = 8  // rounds in which nothing gets better
	mostPieces = 64 // that are tried one by one
)

// barter gives one piece to a territory beside it so that fewer are broken, if there is such a piece.
func (s *state) barter() bool {
	of, all := s.pieces()
	if len(all) > mostPieces {
		return false
	}
	for _, p := range all {
		if s.stopped() {
			return false
		}
		if p.fixed || s.closed[p.territory] {
			continue
		}
		piece, tried := s.sameOf(p.first, of), make([]bool, len(s.terr))
		for _, u := range piece {
			for _, v := range s.around(u) {
				if k := s.of[v]; !tried[k] && k != p.territory && !s.closed[k] {
					tried[k] = true
					if s.give(piece, k); s.keep(s.broken()) {
						return true
					}
					s.restore()
				}
			}
		}
	}
	return false
}

// give moves nodes to a territory, but for those that it does not suit.
func (s *state) give(piece []int32, to int32) {
	for _, u := range piece {
		if s.welcome(u, to) && s.nodes[u].ties&(fixed|ringed) == 0 {
			s.put(u, to)
		}
	}
}

// mains is the piece of each territory that the others should come to: the largest, of those where something is locked if that matters.
func (s *state) mains(all []piece, locked bool) []int32 {
	main := make([]int32, len(s.terr))
	for k := range main {
		main[k] = None
	}
	for i, p := range all {
		m := main[p.territory]
		if m == None || locked && p.fixed && !all[m].fixed || (!locked || p.fixed == all[m].fixed) && p.units > all[m].units {
			main[p.territory] = int32(i)
		}
	}
	return main
}

func (s *state) mendOnce(of []int32, all []piece, main []int32, way func(s *state, first, main int32, of []int32)) {
	for i, p := range all {
		switch {
		case main[p.territory] == int32(i) || s.closed[p.territory] || s.isLeft(p):
		case p.fixed && way != nil:
			way(s, p.first, main[p.territory], of)
		default:
			s.giveAway(p.first, of)
		}
	}
}

// isLeft tells whether a piece lay apart before an edit.
func (s *state) isLeft(p piece) bool { return s.left != nil && s.left[p.first] }

// giveAway moves a piece to the territory that it borders most.
func (s *state) giveAway(first int32, of []int32) {
	piece := s.sameOf(first, of)
	to := s.likeliest(piece, func(k int32) bool { return k != s.of[first] && !s.closed[k] })
	if to == None {
		return
	}
	s.give(piece, to)
}

// sameOf are all nodes with the number of the first that hang together with it.
func (s *state) sameOf(first int32, of []int32) []int32 {
	piece := []int32{first}
	seen := map[int32]bool{first: true}
	for i := 0; i < len(piece); i++ {
		for _, v := range s.around(piece[i]) {
			if of[v] == of[first] && !seen[v] {
				seen[v] = true
				piece = append(piece, v)
			}
		}
	}
	return piece
}

// likeliest is the territory beside most of some nodes, of those that may be.
func (s *state) likeliest(nodes []int32, may func(int32) bool) int32 {
	count := make([]int, len(s.terr))
	best := int32(None)
	for _, u := range nodes {
		for _, v := range s.around(u) {
			k := s.of[v]
			if !may(k) {
				continue
			}
			if count[k]++; best == None || count[k] > count[best] {
				best = k
			}
		}
	}
	return best
}

// breach takes the shortest way from a piece to the main one of its territory, through nodes that may be moved.
func (s *state) breach(first, main int32, of []int32) {
	s.breachBy(first, main, of, func(int32) bool { return true })
}

// breachBy takes the shortest way through nodes that may be on it.
func (s *state) breachBy(first, main int32, of []int32, may func(int32) bool) {
	k := s.of[first]
	came := make([]int32, len(s.nodes))
	for u := range came {
		came[u] = None
	}
	queue := s.sameOf(first, of)
	for _, u := range queue {
		came[u] = u
	}
	for i := 0; i < len(queue); i++ {
		u := queue[i]
		for _, v := range s.around(u) {
			if came[v] != None {
				continue
			}
			came[v] = u
			if of[v] == main && s.of[v] == k {
				for ; came[u] != u; u = came[u] {
					if s.of[u] != k {
						s.put(u, k)
					}
				}
				return
			}
			if s.of[v] == k || s.nodes[v].ties&(fixed|ringed) == 0 && s.welcome(v, k) && !s.closed[s.of[v]] && may(v) {
				queue = append(queue, v)
			}
		}
	}
}

// separate moves nodes away from those they are never to be with.
func (s *state) separate() {
	for round := 0; round < mostRounds && s.foe != nil; round++ {
		calm := true
		for u := range s.foe {
			if len(s.foe[u]) > 0 && s.quarrels(int32(u), s.of[u]) > 0 {
				calm = false
				if s.p.MostChange == 0 || s.today[u] != s.of[u] || round >= mostRounds/2 { // first those who change nothing
					s.flee(int32(u), round)
				}
			}
		}
		if calm {
			return
		}
	}
}

// quarrels counts the foes that a node and those it moves with have in a territory.
func (s *state) quarrels(u, k int32) (count int) {
	for v := u; ; {
		for _, w := range s.foe[v] {
			if s.of[w] == k {
				count++
			}
		}
		if v = s.ring[v]; v == u {
			return count
		}
	}
}

// flee moves a node, and those it moves with, to the nearest territory where it has the fewest foes.
func (s *state) flee(u int32, round int) {
	if s.nodes[u].ties&fixed != 0 {
		return
	}
	nearest := s.distances(u)
	best, fewest := s.of[u], s.quarrels(u, s.of[u])
	for k := range s.terr {
		k := int32((k + round*7) % len(s.terr))
		if s.closed[k] || k == s.of[u] {
			continue
		}
		if q := s.quarrels(u, k); q < fewest || q == fewest && (best == s.of[u] || nearest[k] < nearest[best]) {
			best, fewest = k, q
		}
	}
	for v := u; ; {
		s.of[v] = best
		if v = s.ring[v]; v == u {
			return
		}
	}
}

// distances is how many steps it is from a node to each territory.
func (s *state) distances(u int32) []int32 {
	far := make([]int32, len(s.terr))
	for k := range far {
		far[k] = math.MaxInt32
	}
	steps := make([]int32, len(s.nodes))
	steps[u] = 1
	queue := []int32{u}
	for i := 0; i < len(queue); i++ {
		v := queue[i]
		far[s.of[v]] = min(far[s.of[v]], steps[v])
		for _, w := range s.around(v) {
			if steps[w] == 0 {
				steps[w] = steps[v] + 1
				queue = append(queue, w)
			}
		}
	}
	return far
}
