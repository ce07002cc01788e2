package routing

import "math/rand/v2"

// settleAll makes chains until none from any node gains.
func (s *climber) settleAll() {
	for i := len(s.order) - 1; i >= 0; i-- {
		s.wake(s.order[i])
	}
	s.settle()
}

// askedEvery is how many nodes are looked at between two looks at the clock.
const askedEvery = 64

// settle makes chains until none from a node in the queue gains, or time is over, and says what they gained.
func (s *climber) settle() (gained Cost) {
	for looked := 1; len(s.queue) > 0; looked++ {
		if looked%askedEvery == 0 && s.over() {
			return gained
		}
		node := s.queue[len(s.queue)-1]
		s.queue = s.queue[:len(s.queue)-1]
		s.awake[node] = false
		for gain := s.improve(node); gain > 0; gain = s.improve(node) {
			gained += gain
		}
	}
	return gained
}

// longestPiece keeps a kick local, so that what it breaks is soon mended.
const longestPiece = 100

// kick puts three pieces of the tour that follow each other in the opposite order, none
// turned round: a double bridge, which no chain undoes, and a local one. It says what that costs.
//
//	… a|b … c|d … e|f … g|h …    …  a f … g d … e b … c h …
func (s *climber) kick(random *rand.Rand) Cost {
	n := len(s.order)
	longest := min(longestPiece, (n-1)/3)
	first := s.cutAfter(random.IntN(n))
	cut := [4]int{first} // where pieces begin, the last one after them
	for i := range 3 {
		cut[i+1] = s.cutAfter(cut[i] + 1 + random.IntN(longest))
	}
	if cut[3]-cut[0] >= n { // so few nodes, so many mates
		return 0
	}
	cost := -s.bridge(cut, [4]int{0, 1, 2, 3})
	cost += s.bridge(cut, [4]int{2, 1, 0, 3})
	ab, bc, cd := cut[1]-cut[0], cut[2]-cut[1], cut[3]-cut[2]
	s.turnRound(cut[0], ab+bc+cd)
	s.turnRound(cut[0], cd)
	s.turnRound(cut[0]+cd, bc)
	s.turnRound(cut[0]+cd+bc, ab)
	return cost
}

// cutAfter is the first place from there on at which the tour may be cut.
func (s *climber) cutAfter(place int) int {
	for s.mate[s.around(place)] == s.around(place-1) && s.mate[s.around(place)] >= 0 {
		place++
	}
	return place
}

func (s *climber) around(place int) int32 {
	n := len(s.order)
	return s.order[(place+n)%n]
}

// bridge is what the legs cost between three pieces in some order, from what is before them to what is after; it
// wakes their ends.
func (s *climber) bridge(cut [4]int, pieces [4]int) (cost Cost) {
	last := s.around(cut[0] - 1)
	for _, p := range pieces {
		begin := s.around(cut[p])
		cost += s.leg(last, begin)
		s.wake(begin)
		s.wake(last)
		if p < 3 {
			last = s.around(cut[p+1] - 1)
		}
	}
	return cost
}

func (s *climber) turnRound(from, size int) {
	n := len(s.order)
	turned := stretch{int32(from % n), int32((from + size - 1) % n)}
	s.log = append(s.log, turned)
	s.mirror(turned, int32(size))
}
