package routing

import (
	"context"
	"math/rand/v2"
	"slices"
)

// A search is a local search over a walk: 2-opt and Or-opt moves that join a
// node to one of its nearest (J. Bentley, ORSA J. on Computing 4, 1992), until
// none gains. Nodes none of whose legs has changed are not looked at again.
type search struct {
	*walk
	near  [][]int
	queue []int  // nodes to look at, next one last
	awake []bool // whether a node is in the queue
}

// kicksPerNode bounds the work: on one core 30 nodes take 3 ms, 200 some 40 ms.
const kicksPerNode = 10

func newSearch(f frame) *search {
	return &search{walk: newWalk(f, f.greedy()), near: f.near(), awake: make([]bool, f.cost.Len())}
}

// search improves the greedy path, then goes on from local optimum to local
// optimum by kicks, keeping what is no worse (iterated local search; O. Martin,
// S. Otto and E. Felten, Complex Systems 5, 1991).
func (f frame) search(ctx context.Context, seed uint64) []int {
	s := newSearch(f)
	s.settle(ctx)
	best, random := slices.Clone(s.path), rand.New(rand.NewPCG(seed, 0))
	for range kicksPerNode * len(f.inner) {
		if ctx.Err() != nil {
			return best
		}
		if s.make(s.kick(random))+s.improve(ctx) >= 0 {
			copy(best, s.path)
		} else {
			s.become(best)
		}
	}
	s.settle(ctx)
	return s.path
}

// settle looks at every node until no move of any gains. A node left asleep may
// have one: its move can end at a leg that changed a few nodes away.
func (s *search) settle(ctx context.Context) {
	for gained := Cost(1); gained > 0; {
		for _, node := range slices.Backward(s.inner) {
			s.wake(node)
		}
		gained = s.improve(ctx)
	}
}

// improve makes moves until none gains, and says what they gained together.
func (s *search) improve(ctx context.Context) (gained Cost) {
	for len(s.queue) > 0 && ctx.Err() == nil {
		node := s.queue[len(s.queue)-1]
		if m, gain := s.bestMove(node); gain > 0 {
			gained += s.make(m)
			continue
		}
		s.queue = s.queue[:len(s.queue)-1]
		s.awake[node] = false
	}
	return gained
}

// make applies a move, wakes the nodes at the legs it changed, and returns its gain.
func (s *search) make(m move) Cost {
	gain := s.gain(m)
	for _, i := range []int{m.from - 1, m.from, m.to, m.to + 1, m.after, m.after + 1} {
		s.wake(s.path[i])
	}
	s.apply(m)
	return gain
}

func (s *search) wake(node int) {
	if !s.awake[node] && node != s.first && node != s.last {
		s.awake[node] = true
		s.queue = append(s.queue, node)
	}
}

// longestSegment is how many nodes an Or-opt move takes along (I. Or, 1976).
const longestSegment = 3

// bestMove is the move with the greatest gain among those that put a node beside
// one of its nearest for less than the leg it gives up.
func (s *search) bestMove(a int) (best move, gain Cost) {
	i := s.place[a]
	in, out := s.cost.At(s.path[i-1], a), s.cost.At(a, s.path[i+1])
	consider := func(m move) {
		if s.possible(m) {
			if g := s.gain(m); g > gain {
				best, gain = m, g
			}
		}
	}
	for _, c := range s.near[a] {
		leg, k := s.join(a, c), s.place[c]
		if leg >= max(in, out) {
			break
		}
		if leg < in {
			givingUpIn(i, k, consider)
		}
		if leg < out {
			givingUpOut(i, k, consider)
		}
	}
	return best, gain
}

// givingUpIn are the moves that cut the leg into position i and put i beside k:
// one 2-opt move, and the Or-opt moves of segments that begin at i.
func givingUpIn(i, k int, consider func(move)) {
	low, high := min(i, k), max(i, k)
	consider(move{low, high - 1, low - 1, true})
	for more := range longestSegment {
		consider(move{i, i + more, k, false})
		consider(move{i, i + more, k - 1, true})
	}
}

// givingUpOut are the moves that cut the leg out of position i and put i beside
// k: one 2-opt move, and the Or-opt moves of segments that end at i.
func givingUpOut(i, k int, consider func(move)) {
	low, high := min(i, k), max(i, k)
	consider(move{low + 1, high, low, true})
	for more := range longestSegment {
		consider(move{i - more, i, k, true})
		consider(move{i - more, i, k - 1, false})
	}
}

// longestKick keeps a kick local, so that what it breaks is soon mended.
const longestKick = 30

// kick is a double bridge: it swaps two neighbouring segments, which no
// sequence of 2-opt moves does cheaply, and turns neither round.
func (s *search) kick(random *rand.Rand) move {
	nodes := len(s.inner)
	longest := min(longestKick, nodes/2)
	left, right := 1+random.IntN(longest), 1+random.IntN(longest)
	from := 1 + random.IntN(nodes-left-right+1)
	return move{from: from, to: from + left - 1, after: from + left + right - 1}
}
