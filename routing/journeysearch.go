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
	most   int // kicks
	kicks  int
	share  int // of kicks or time that is gone

	near     [][]int32 // calls near each call, nearest first
	hopeless []bool    // calls that fit nowhere, even alone
	forlorn  int       // priority of them
	out      []removed // by a kick
	mark     []uint32  // when a tour was broken into
	blink    int       // spots until the next one is overlooked
	spots    [MostJourneyDays]spot

	best  snapshot
	run   snapshot // the best of a run
	scale Cost     // of legs
	toll  Cost     // of lost priority
}

// removed is a call that is out: of one day, or of all.
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
	s.hopeless = make([]bool, len(s.Calls))
	for i, c := range s.Calls {
		if s.hopeless[i] = s.reason(i) != NoTimeLeft; s.hopeless[i] {
			s.forlorn += c.weight()
		}
	}
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

const (
	allOfIt    = 1 << 20            // kicks or time
	endAt      = allOfIt * 98 / 100 // of the time
	clockEvery = 16                 // kicks
)

// progress is the share of the kicks or of the time that is gone.
func (s *planning) progress() (share int) {
	if s.most != math.MaxInt {
		share = int(product(uint64(s.kicks), allOfIt).over(uint64(max(1, s.most))))
	}
	if s.spent != nil {
		share = max(share, int(allOfIt*s.spent()))
	}
	return share
}

// over tells whether the search is.
func (s *planning) over() bool {
	return s.share >= allOfIt || s.spent != nil && s.share >= endAt || s.kicks >= s.most || s.ctx.Err() != nil
}

func (s *planning) search() {
	s.begin()
	s.refill()
	s.scale = s.usualLeg()
	s.toll = firstToll * s.scale
	s.keep()
	if slices.Contains(s.hopeless, false) {
		s.share = s.progress()
		s.evolve()
	}
	s.finish()
}

// refill puts in all that is out.
func (s *planning) refill() {
	s.out = s.out[:0]
	for i, k := range s.taken {
		if k == none {
			s.out = append(s.out, removed{int32(i), none, 0})
		}
	}
	s.recreate()
}

// usualLeg is the mean of the legs of the first plan.
func (s *planning) usualLeg() Cost {
	legs := 0
	for i := range s.tours {
		legs += len(s.tours[i].path) - 1
	}
	return max(1, s.travel/Cost(max(1, legs)))
}

// finish puts into the best plan what still fits. A call that is put in may make room for another, where the way over it is shorter.
func (s *planning) finish() {
	s.restore(s.best)
	s.blink = math.MaxInt
	for absent := s.absent + 1; s.absent < absent; {
		absent = s.absent
		for i, k := range s.taken {
			if k == none {
				s.insert(int32(i))
			}
		}
	}
	s.keep()
}

// How a run cools down: from where half of the changes that are accepted are dearer by a usual leg or less.
const halvings = 7

// warmth is what it is at a share of a run.
func warmth(hot Cost, share int) Cost {
	steps := share * halvings
	t := 16 * hot >> (steps / allOfIt)
	return max(1, (t-t*Cost(steps%allOfIt)/(2*allOfIt))/16)
}

// anneal makes so many kicks, or as many as there are left if 0, and cools down.
func (s *planning) anneal(hot Cost, kicks int) {
	s.run.taken = nil
	s.keep()
	for begun := s.kicks; !s.over() && (kicks == 0 || s.kicks < begun+kicks); {
		share := s.share
		if kicks > 0 {
			share = (s.kicks - begun) * allOfIt / kicks
		}
		s.step(warmth(hot, share))
	}
}

// step is a kick and, now and then, a look at the clock.
func (s *planning) step(warmth Cost) {
	s.kick(warmth)
	if s.kicks++; s.kicks%clockEvery == 0 {
		s.share = s.progress()
	}
}

// The price of lost priority, in usual legs: it rises while a call is out that could be in and falls while there is none, so that
// the way to better plans may lead over some that leave out calls.
const (
	firstToll = 16
	leastToll = 1
	rising    = 1024 // by this part of it
	falling   = 2048
)

// kick changes the plan a little, and takes that back if it is too dear.
func (s *planning) kick(warmth Cost) {
	before := s.priced()
	s.begin()
	s.ruin()
	if !s.recreate() || !s.sound() || s.priced() > before+s.allowance(warmth) {
		s.undo()
	} else {
		s.keep()
	}
	if s.lost > s.forlorn {
		s.toll = min(s.toll+s.toll/rising+1, MaxCost)
	} else {
		s.toll = max(s.toll-s.toll/falling, leastToll*s.scale)
	}
}

// priced is the cost with what is lost.
func (s *planning) priced() Cost { return s.cost() + s.toll*Cost(s.lost) }

// allowance is how much dearer a plan may become: as often 0 to 1 as 1 to 2, twice as often as 2 to 3 and so on.
func (s *planning) allowance(warmth Cost) Cost {
	return warmth*Cost(bits.TrailingZeros64(s.random.Uint64()|1<<40)) + Cost(s.random.Int64N(int64(warmth)+1))
}
