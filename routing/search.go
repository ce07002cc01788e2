package routing

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// A solving is a ring on its way to a tour.
type solving struct {
	*ring
	ctx    context.Context
	spent  func() float64
	random *rand.Rand
	most   int // kicks

	order []int32 // the best so far
	cost  Cost
	bound Cost
	kicks int
	until float64 // of the time
}

func newSolving(ctx context.Context, r *ring, o Options) *solving {
	s := &solving{ring: r, ctx: ctx, spent: o.Spent, random: rand.New(rand.NewPCG(o.Seed, 0)), most: o.Kicks, until: lookUntil}
	if s.spent == nil {
		s.spent = func() float64 { return 0 }
	}
	if s.most == 0 {
		s.most = kicksPerNode * r.n
		if o.Spent != nil {
			s.most = math.MaxInt
		}
	}
	return s
}

const (
	kicksPerNode = 1
	climbFor     = 0.25 // of the time, looking for penalties
	lookUntil    = 0.97 // of the time
	proveFrom    = 0.50 // of the time, where a proof is within reach
)

// over tells whether a share of the time is gone, or all of it.
func (s *solving) over(share float64) bool { return s.ctx.Err() != nil || s.spent() >= share }

// solve finds the tour, and leaves its cost and the bound.
func (s *solving) solve() []int32 {
	near := s.neighbours()
	start := s.greedyTour(near)
	near = s.along(start, near)
	c := s.climber(start, near)
	c.settleAll()
	s.keep(c.order)
	if s.small() {
		s.search(c, s.n/2)
		s.prove(nil)
		if s.cost > s.bound {
			s.search(s.climber(s.order, near), s.most)
		}
		return s.order
	}
	proving := s.provable()
	t := s.climbing(near)
	s.raise(t)
	c.lookAt(s.closest(t))
	if proving {
		s.until = proveFrom
	}
	s.evolve(c, t.pi, proving)
	if proving {
		s.prove(t)
	}
	return s.order
}

// climber is one that stops when time is up.
func (s *solving) climber(order []int32, near [][]neighbour) *climber {
	c := newClimber(s.ring, order, few(near))
	c.over = func() bool { return s.over(s.until) }
	return c
}

// few are the first of each list.
func few(near [][]neighbour) [][]neighbour {
	short := make([][]neighbour, len(near))
	for i, list := range near {
		short[i] = list[:min(len(list), closestFew)]
	}
	return short
}

// provable tells whether there may be time enough to prove a tour the cheapest; what it took to begin with tells how fast
// nodes pass. Where kicks are counted nobody means to wait for it.
func (s *solving) provable() bool {
	return !s.counted() && (s.n <= surelyNodes || s.n <= proofNodes && s.spent() < leisure)
}

// counted tells whether so many kicks were asked for, not as many as there is time for.
func (s *solving) counted() bool { return s.most < math.MaxInt }

// small tells whether the ring is of so few nodes that its tour can mostly be proven the cheapest.
func (s *solving) small() bool {
	return s.inner <= branchNodes
}

func (s *solving) keep(order []int32) {
	if cost := s.length(order); s.order == nil || cost < s.cost {
		s.order, s.cost = append(s.order[:0], order...), cost
	}
}

// search kicks and settles, keeping what is no worse (iterated local search; O. Martin,
// S. Otto and E. Felten, Complex Systems 5, 1991), until so many kicks are made or time is up.
func (s *solving) search(c *climber, most int) {
	if s.n < fewestToKick {
		return
	}
	for s.kicks < most && s.goesOn() {
		s.kicks++
		c.log = c.log[:0]
		change := c.kick(s.random)
		change -= c.settle()
		if change > 0 {
			c.undo(0)
		} else {
			s.cost += change
		}
	}
	s.order = append(s.order[:0], c.order...)
}

// fewestToKick is the fewest nodes with three pieces to be changed about, and as many cuts.
const fewestToKick = 8

// mostVisits keeps a proof within some seconds where kicks are counted, not time.
const mostVisits = 1000

// prove looks for the cheapest tour until it is proven or time is over, with penalties that are known, if any are.
func (s *solving) prove(t *oneTree) {
	most := math.MaxInt
	if s.counted() {
		most = mostVisits
	}
	b := newBrancher(s.ring, s.order, most, func() bool { return s.over(lookUntil) })
	b.prove(s.mate, t)
	s.order, s.cost = b.order, b.upper
	if !b.cut {
		s.bound = b.upper
	} else if s.bound = max(s.bound, b.root); t == nil {
		s.bound = max(s.bound, min(b.upper, s.lowerBound(b.pi)))
	}
}

// climbing is a 1-tree of the neighbours' legs, to look for penalties.
func (s *solving) climbing(near [][]neighbour) *oneTree {
	t := newOneTree(s.n)
	for a, list := range near {
		for _, b := range list {
			if int(b.node) > a {
				t.add(int32(a), b.node, Cost(b.leg))
				if s.mate[a] == b.node {
					t.state[len(t.legs)-1] = chosen
				}
			}
		}
	}
	return t
}

// Climbs among neighbours: how many steps at most, and how much shorter the last is (see [oneTree.climb]).
const (
	sparseSteps = 250
	sparsePower = 24
)

// raise climbs for a while, and proves what it can. Penalties found among neighbours alone may be worse than none at all,
// as along a street.
func (s *solving) raise(t *oneTree) {
	begun := s.spent()
	t.climb(s.cost+1, sparsePower, func(step int) int {
		if s.ctx.Err() != nil {
			return whole
		}
		return max(step*whole/sparseSteps, int((s.spent()-begun)/climbFor*whole))
	})
	s.bound = max(s.bound, min(s.cost, s.lowerBound(t.pi)))
	if s.bound < s.cost/2 && (s.n <= quickNodes || !s.over(climbFor)) {
		s.bound = max(s.bound, min(s.cost, s.lowerBound(make([]int64, s.n))))
	}
}

// closestFew is how many neighbours of a node a search looks at.
const closestFew = 7

// closest are for each node the neighbours whose legs a cheapest 1-tree would most readily take, most readily first.
func (s *solving) closest(t *oneTree) [][]neighbour {
	alpha := make([]int64, len(t.legs))
	for leg := range alpha {
		alpha[leg] = t.alpha(int32(leg))
	}
	best := make([][]neighbour, s.n)
	for i := range s.n {
		list := slices.Clone(t.at[i])
		slices.SortFunc(list, func(x, y end) int {
			return cmp.Or(cmp.Compare(alpha[x.leg], alpha[y.leg]), cmp.Compare(t.legs[x.leg].cost, t.legs[y.leg].cost), cmp.Compare(x.node, y.node))
		})
		for _, e := range list[:min(len(list), closestFew)] {
			best[i] = append(best[i], neighbour{e.node, int32(t.legs[e.leg].cost / scale)})
		}
	}
	return best
}
