package territory

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
)

// A medianSearch goes through four parts: a first plan, prices that bound every plan from below, ever new changes of the best plan,
// and the branches that the bound leaves, until there are none: then the best plan is the cheapest.
type medianSearch struct {
	Median
	ctx    context.Context
	o      Options
	rng    *rand.Rand
	n      int
	near   [][]int32 // of each place, the others, the cheapest to serve from it first
	reach  int       // how many of them changes look at
	best   MedianPlan
	bound  int64
	work   int   // proposals made, and what else took as long
	limit  int   // how many may be made; 0: any number
	target int64 // plans that cost as much are not looked for
	found  int   // work when the best plan was found
	told   int64
	parts  medianParts
	inner  bool // this is a part

	price, firstPrice, usualPrice int64 // of a unit above a capacity: now, where an annealing begins, and mostly there
}

// Shares of the time, and sizes of the parts.
const (
	medianWork    = 100_000 // proposals a place, where nothing else ends a search
	workLeast     = 2_000_000
	reachLeast    = 8
	coldest       = 0.004  // of the mean cost of a place
	startSweeps   = 10_000 // proposals a place
	boundSteps    = 4000
	boundUntil    = 0.4
	changeUntil   = 0.1
	changeStale   = 2  // times the work until the best plan was found, without a better one
	priceOfExcess = 12 // times the mean cost of a unit of demand
)

func newMedianSearch(ctx context.Context, m Median, o Options) *medianSearch {
	s := &medianSearch{Median: m, ctx: ctx, o: o, n: len(m.Costs), limit: o.Iterations, target: MostMedianCost}
	s.rng = rand.New(rand.NewPCG(o.Seed, 0x6d656469616e))
	if s.limit == 0 && o.Spent == nil {
		s.limit = max(workLeast, medianWork*s.n)
	}
	s.reach = reachLeast + s.n/s.Groups
	s.near = make([][]int32, s.n)
	for j := range s.near {
		s.near[j] = s.nearest(j)
	}
	return s
}

func (s *medianSearch) nearest(j int) []int32 {
	all := make([]int32, 0, s.n)
	for i := range s.n {
		if i != j {
			all = append(all, int32(i))
		}
	}
	row := s.Costs[j]
	slices.SortFunc(all, func(a, b int32) int { return cmp.Or(cmp.Compare(row[a], row[b]), cmp.Compare(a, b)) })
	return all
}

func (s *medianSearch) ended() bool { return s.ctx.Err() != nil || s.spent() >= 1 }

// spent is the share that is gone of what may be spent.
func (s *medianSearch) spent() (share float64) {
	if s.limit > 0 {
		share = float64(s.work) / float64(s.limit)
	}
	if s.o.Spent != nil {
		share = max(share, s.o.Spent())
	}
	return share
}

func (s *medianSearch) solve() MedianPlan {
	s.start()
	d := newMedianDual(s)
	d.root()
	s.found = s.work
	for s.work < changeStale*s.found && s.spent() < changeUntil && !s.proven() && s.ctx.Err() == nil {
		s.change(d)
	}
	b := medianBranch{medianDual: d, begun: s.work}
	all := b.prove()
	for !s.ended() && !all {
		s.change(d)
	}
	return s.plan(all)
}

// cost is what plans that are looked for cost less than: the target, or the best plan if it keeps all capacities.
func (s *medianSearch) cost() int64 {
	if s.best.Over > 0 {
		return s.target
	}
	return min(s.target, s.best.Cost)
}

func (s *medianSearch) proven() bool { return s.bound >= s.cost() }

func (s *medianSearch) plan(all bool) MedianPlan {
	p := s.best
	p.Iterations, p.LowerBound = s.work, s.bound
	if p.Over > 0 {
		p.Reason = NotFound
		if all {
			p.Reason = WholeUnits
		}
	}
	p.order()
	return p
}

// start is a first plan, with medians far from each other.
func (s *medianSearch) start() {
	demand := int64(1)
	for _, d := range s.Demand {
		demand += d
	}
	g := s.assign(s.spread())
	s.usualPrice = 1 + priceOfExcess*g.cost/demand
	s.firstPrice = s.usualPrice
	g.keep()
	g.anneal(g.all(), startSweeps, 1)
}

// mean is what a place costs in the best plan.
func (s *medianSearch) mean() float64 { return float64(s.best.Cost)/float64(s.n) + 1 }

// assign gives every place to the nearest median that has room, or to the nearest.
func (s *medianSearch) assign(medians []int32) *medianState {
	of := make([]int32, s.n)
	for i := range of {
		of[i] = None
	}
	spare := make([]int64, s.Groups)
	for k, j := range medians {
		of[j], spare[k] = int32(k), s.Capacity[j]-s.Demand[j]
	}
	for i := range of {
		if of[i] == None {
			of[i] = s.nearestMedian(i, medians, spare)
			spare[of[i]] -= s.Demand[i]
		}
	}
	return s.state(medians, of)
}

func (s *medianSearch) nearestMedian(i int, medians []int32, spare []int64) int32 {
	best, fit := 0, false
	for k, j := range medians {
		fits := spare[k] >= s.Demand[i]
		if fits && !fit || fits == fit && s.Costs[j][i] < s.Costs[medians[best]][i] {
			best, fit = k, fits
		}
	}
	return int32(best)
}

// spread draws medians, each with a chance like what it costs to serve it from those before (D. Arthur and S. Vassilvitskii, 2007).
func (s *medianSearch) spread() []int32 {
	medians := make([]int32, 0, s.Groups)
	weight := make([]float64, s.n)
	for i := range weight {
		weight[i] = 1
		if s.Demand[i] > s.Capacity[i] {
			weight[i] = 1e-12
		}
	}
	for len(medians) < s.Groups {
		pick := s.draw(weight)
		first := len(medians) == 0
		medians = append(medians, int32(pick))
		for i, c := range s.Costs[pick] {
			w := float64(c)*float64(s.Demand[i]) + 1e-6
			switch {
			case s.Demand[i] > s.Capacity[i]:
			case first:
				weight[i] = w
			case weight[i] > 0:
				weight[i] = min(weight[i], w)
			}
		}
		for _, j := range medians {
			weight[j] = 0
		}
	}
	return medians
}

// draw is an index, each with a chance like its weight; one at least is above 0.
func (s *medianSearch) draw(weight []float64) (pick int) {
	var sum float64
	for _, w := range weight {
		sum += w
	}
	x := sum * s.rng.Float64()
	for i, w := range weight {
		if w == 0 {
			continue
		}
		pick = i
		if x -= w; x < 0 {
			break
		}
	}
	return pick
}

// order sorts the medians and numbers the groups like them.
func (p *MedianPlan) order() {
	group := make(map[int32]int32, len(p.Medians))
	sorted := slices.Sorted(slices.Values(p.Medians))
	for k, j := range sorted {
		group[j] = int32(k)
	}
	of := make([]int32, len(p.Of))
	for i, k := range p.Of {
		of[i] = group[p.Medians[k]]
	}
	p.Medians, p.Of = sorted, of
}
