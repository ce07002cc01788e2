package routing

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// planning looks for a plan: calls that lie together are taken out and put in again where that is cheapest, one
// after the other; what is dearer than before is kept the more often the earlier it is (slack induction by string removals,
// J. Christiaens and G. Vanden Berghe, 2020, with patterns in place of visits).
type planning struct {
	*board
	ctx    context.Context
	spent  func() float64
	random *rand.Rand
	most   int
	kicks  int

	near  [][]int32 // calls near each call, nearest first
	out   []removed // by the kick
	mark  []uint32  // kick by which a tour was broken into
	blink int       // spots until the next one is overlooked
	spots [MostJourneyDays]spot

	best  snapshot
	scale Cost // of the costs of legs
}

// snapshot is a plan.
type snapshot struct {
	taken []int32
	tours [][]int32
	lost  int
	cost  Cost
}

// removed is a call that a kick took out: of one day, or of all.
type removed struct {
	call, day int32 // day: none if all
	key       Cost
}

const kicksPerCall = 400

func newPlanning(ctx context.Context, j Journey, o Options) *planning {
	s := &planning{board: newBoard(&j), ctx: ctx, spent: o.Spent, random: rand.New(rand.NewPCG(o.Seed, 2)), most: o.Kicks}
	if s.most == 0 {
		s.most = kicksPerCall * len(j.Calls)
		if s.spent != nil {
			s.most = math.MaxInt
		}
	}
	s.near = s.nearest()
	s.mark = make([]uint32, len(s.tours))
	return s
}

// mostNear is how many calls are known to be near each.
const mostNear = 200

func (s *planning) nearest() [][]int32 {
	n := len(s.Calls)
	near := make([][]int32, n)
	order := make([]int32, n)
	for i := range near {
		for k := range order {
			order[k] = int32(k)
		}
		way := func(k int32) int64 { return int64(s.leg(int32(i), k)) + int64(s.leg(k, int32(i))) }
		slices.SortFunc(order, func(a, b int32) int {
			return cmp.Or(cmp.Compare(way(a), way(b)), cmp.Compare(a, b))
		})
		near[i] = slices.Clone(order[:min(n, mostNear)])
	}
	return near
}

// progress is the share of the kicks or of the time that is gone, in 1/1024.
func (s *planning) progress() int {
	share := 0
	if s.most != math.MaxInt {
		share = s.kicks * 1024 / s.most
	}
	if s.spent != nil {
		share = max(share, int(1024*s.spent()))
	}
	return share
}

// How a search cools down, in legs of usual length: a change for the worse that is accepted half the time.
const (
	halvings    = 7 // of the temperature, from beginning to end
	clockEvery  = 16
	searchShare = 1000 // of 1024
)

func (s *planning) search() {
	s.begin()
	for i := range s.Calls {
		s.out = append(s.out, removed{int32(i), none, 0})
	}
	s.recreate()
	s.keep()
	s.scale = s.usualLeg()
	if len(s.Calls) == 0 {
		return
	}
	for share := s.progress(); share < searchShare && s.kicks < s.most && s.ctx.Err() == nil; {
		s.kick(s.warmth(share))
		if s.kicks++; s.kicks%clockEvery == 0 {
			share = s.progress()
		}
	}
	s.finish()
}

// finish puts into the best plan what still fits.
func (s *planning) finish() {
	s.restore(s.best)
	s.blink = math.MaxInt
	for i, k := range s.taken {
		if k == none {
			s.insert(int32(i))
		}
	}
	s.keep()
}

// restore makes a plan the current one.
func (s *planning) restore(p snapshot) {
	for i, k := range s.taken {
		if k != none {
			s.leave(int32(i))
		}
	}
	for i, k := range p.taken {
		if k != none {
			s.choose(int32(i), k)
		}
	}
	for t, calls := range p.tours {
		for i, call := range calls {
			path := s.tours[t].path
			s.put(call, spot{int32(t), int32(i + 1), s.detour(path[i], call, path[i+1])})
		}
	}
}

// usualLeg is the mean of the legs of the first plan.
func (s *planning) usualLeg() Cost {
	legs := 0
	for i := range s.tours {
		legs += len(s.tours[i].path) - 1
	}
	return max(1, s.travel/Cost(max(1, legs)))
}

func (s *planning) warmth(share int) Cost {
	hot := 16 * s.scale / 16
	steps := share * halvings
	whole, part := steps/1024, Cost(steps%1024)
	t := 16 * hot >> whole
	return max(1, (t-t*part/2048)/16)
}

// kick changes the plan a little, and takes that back if it is too dear.
func (s *planning) kick(warmth Cost) {
	lost, cost := s.lost, s.cost()
	s.begin()
	s.ruin()
	ok := s.recreate() && s.sound()
	if !ok || s.lost > lost || s.lost == lost && s.cost() > cost+s.allowance(warmth) {
		s.undo()
		return
	}
	s.keep()
}

// allowance is how much dearer a plan may become: as often 0 to 1 as 1 to 2, twice as often as 2 to 3 and so on.
func (s *planning) allowance(warmth Cost) Cost {
	return warmth*Cost(bits.TrailingZeros64(s.random.Uint64()|1<<40)) + Cost(s.random.Int64N(int64(warmth)+1))
}

// keep keeps the plan if it is the best so far.
func (s *planning) keep() {
	cost := s.cost()
	if s.best.taken != nil && (s.lost > s.best.lost || s.lost == s.best.lost && cost >= s.best.cost) {
		return
	}
	s.best.lost, s.best.cost = s.lost, cost
	s.best.taken = append(s.best.taken[:0], s.taken...)
	if s.best.tours == nil {
		s.best.tours = make([][]int32, len(s.tours))
	}
	for i := range s.tours {
		path := s.tours[i].path
		s.best.tours[i] = append(s.best.tours[i][:0], path[1:len(path)-1]...)
	}
}
