package territory

import (
	"context"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// How a cut of today is balanced again. In the first part of the time every miss of a target is fined by its square, more and
// more: so load flows downhill from territory to territory through those between, as heat does, and nobody need know the way. Then
// only what is outside tolerances is fined. All the while a node that is not where it is today costs the price of change.
const (
	bentUntil  = allOfIt * 60 / 100 // square fines
	strictFrom = allOfIt * 85 / 100 // where change is limited: from here on it is within the limit
	firstBend  = 12                 // costs of a territory, for a miss of all of a target
	tightest   = 10_000             // tolerance, in millionths, that square fines end at, at the least
	meltingAt  = 8                  // part of what a node costs that is the first warmth
	meltingFew = 2                  // the same among few territories
	coolings   = 8                  // by half
	coolDown   = 8                  // part of that warmth, from a cut that changes more than may
)

// How the price of [LittleChange] is found: it rises while more has moved than Bound, and falls while less has. Among many territories it rises little while
// fines are square, as change that is too dear keeps load from flowing through those between; and a little more may move, for the sake
// of the cost. A limit of change is kept to by a price that follows it in the same steps.
const (
	haggleFrom  = allOfIt * 30 / 100
	haggleUntil = allOfIt * 90 / 100
	haggleEvery = allOfIt / 256
	mostRise    = 64 // 1024ths, at a time
	mostFall    = 64
	cheapest    = 50 // thousandths of the usual price
	dearest     = 1_000_000
	dearestMany = 1000   // among many, while load is to flow
	dearestLate = 10_000 // and then
	aimMany     = 107    // hundredths of Bound, among many
)

// rebalancing is a search from today's cut.
type rebalancing struct {
	*search
	base          []int64 // price of each node
	times, lowest int64   // of it, in thousandths
	each          int64   // what a territory costs at first
	last          []int64 // what square fines end at, of each measure
	step          int
	haggles       bool  // the price follows what has moved
	haggled       int   // the share at which it did last
	aim           int64 // what is to move
	dearest       int64 // price, in thousandths
}

// rebalances tells whether change costs anything.
func (s *state) rebalances() bool { return s.p.ChangePrice != 0 || s.p.MostChange > 0 }

// rebalance searches from the cut that the state is in.
func rebalance(ctx context.Context, s *state, o Options) *search {
	return rebalanceFrom(ctx, s, nil, o)
}

// rebalanceFrom searches from another cut of the nodes, one that changes more than may; that of the state is only what is best so far.
func rebalanceFrom(ctx context.Context, s *state, from []int32, o Options) *search {
	r := &rebalancing{search: &search{state: s, ctx: ctx, o: o, random: rand.NewPCG(o.Seed, 5), patient: shallow}}
	r.most = o.Iterations
	if r.most == 0 {
		r.most = proposalsEach * len(s.members)
		if o.Spent != nil {
			r.most = math.MaxInt
		}
	}
	r.recount()
	r.setPrices()
	if r.limited {
		r.relax()
	}
	r.settleNew()
	s.begin()
	if r.limited {
		r.mostMoved = max(r.budget, r.moved)
		r.broken = s.mendWithin()
	} else {
		r.broken = s.mend()
	}
	r.inhabit()
	r.keep(r.broken)
	r.mostMoved = math.MaxInt64
	r.fineAtFirst()
	r.dear()
	if r.hot = max(1, r.cost/int64(len(r.members))/meltingAt); from == nil && len(r.terr) <= fewTerritories {
		r.hot *= meltingAt / meltingFew
	}
	if from == nil {
		r.bendings()
	} else {
		r.goTo(from)
	}
	r.anneal()
	r.restore()
	r.mostMoved = max(r.mostMoved, r.moved)
	r.touchUp()
	return r.search
}

// goTo takes another cut for a begin, from where change is to become less: nothing has to flow any more.
func (r *rebalancing) goTo(from []int32) {
	for u, k := range from {
		r.put(int32(u), k)
	}
	r.hot = max(1, r.hot/coolDown)
	r.unbend()
	r.note()
}

// setPrices works out the price of each node, and what may change hands beside what locks and groups move.
func (r *rebalancing) setPrices() {
	p, node := r.p, r.unitNodes()
	var all, of, forced int64
	for i, u := range p.Units {
		all += u.Loads[0]
		if u.Today != None {
			of += u.Loads[0]
			if u.Today != r.today[node[i]] {
				forced += u.Loads[0]
			}
		}
	}
	price := p.ChangePrice
	if price == LittleChange {
		bound, _ := Bound(*p, 0)
		price, r.haggles, r.aim = UsualPrice(*p), p.MostChange == 0, max(0, bound-forced)
		if len(r.terr) > fewTerritories {
			r.aim += r.aim / 100 * (aimMany - 100)
		}
	}
	given := price
	if p.MostChange > 0 {
		r.limited, r.budget = true, max(0, portion(of, p.MostChange)-forced)
		price = max(price, usualPrice)
	}
	r.base, r.price, r.times = make([]int64, len(r.nodes)), make([]int64, len(r.nodes)), 1000
	for u := range r.base {
		r.base[u] = priced(r.cost, price, r.first(int32(u)), all)
	}
	copy(r.price, r.base)
	if r.lowest = max(10, 1000*min(price, given)/max(1, price)); r.haggles {
		r.lowest = cheapest
	}
	if r.dearest = dearest; r.haggles && len(r.terr) > fewTerritories {
		r.dearest = dearestMany
	}
}

// relax widens tolerances as far as the limit of change asks for: to where the bound of the first measure is the limit, and those of
// others by the same part of what they are missed by today. So the worst territory gets better, rather than any.
func (r *rebalancing) relax() {
	p := r.p
	if p.Measures[0].Tolerance == AnyTolerance {
		return
	}
	c := check{p: *p, of: r.spreadOut()}
	worst, _ := c.balance(c.loads())
	first := p.Measures[0].Tolerance
	wide := p.within(r.budget, worst[0])
	if wide <= first {
		return
	}
	for m, measure := range p.Measures {
		if t := measure.Tolerance; t != AnyTolerance && worst[m] > t {
			r.allow(m, t+muldiv(worst[m]-t, wide-first, worst[0]-first))
		}
	}
}

// allow sets another tolerance.
func (r *rebalancing) allow(m int, tolerance int64) {
	other := *r.p
	other.Measures = slices.Clone(other.Measures)
	other.Measures[m].Tolerance = tolerance
	low, high := other.spans(m)
	for k := range low {
		r.low[k*r.measures+m], r.high[k*r.measures+m] = low[k], high[k]
	}
}

// usualPrice of change while a limit is aimed at, before it turns out to be too low or too high.
const usualPrice = 1000

// priced is cost × thousandths × load ÷ all ÷ 1000.
func priced(cost, thousandths, load, all int64) int64 {
	hi, lo := bits.Mul64(uint64(cost), uint64(min(thousandths, 1<<30)))
	if hi >= 1000 {
		return 1 << 50
	}
	cost1, _ := bits.Div64(hi, lo, 1000)
	hi, lo = bits.Mul64(cost1, uint64(load))
	if hi >= uint64(all) {
		return 1 << 50
	}
	price, _ := bits.Div64(hi, lo, uint64(all))
	return int64(min(price, 1<<50))
}

// bendings works out where square fines end: at a tolerance's miss they are what a territory costs.
func (r *rebalancing) bendings() {
	r.last, r.bend = make([]int64, r.measures), make([]int64, r.measures)
	r.each = max(1, min(r.cost/int64(len(r.terr)), 1<<40))
	for c, m := range r.p.Measures {
		if m.Tolerance != AnyTolerance && m.Tolerance < million {
			t := max(m.Tolerance, tightest)
			r.last[c] = r.each * (million / t) * (million / t)
		}
	}
}

func (r *rebalancing) anneal() {
	r.share = r.progress()
	for begun := r.share; !r.over() && len(r.border) > 0; r.share = r.progress() {
		r.turnTo(r.share)
		r.warmth = cooled(r.hot, (r.share-begun)*256/max(1, allOfIt-begun))
		for range askedEvery {
			if len(r.border) == 0 {
				break
			}
			if r.made++; r.made&3 == 0 {
				r.exchange()
			} else {
				r.relocate()
			}
		}
		if r.bend == nil && (!r.limited || r.mostMoved != math.MaxInt64) {
			r.adjust()
		}
		r.tell()
	}
	if r.bend != nil {
		r.unbend()
	}
	r.stay()
}

// cooled is the warmth after so many of 256 parts.
func cooled(hot int64, part int) int64 {
	steps := min(256, part) * coolings
	t := 64 * hot >> (steps / 256)
	return max(1, (t-t*int64(steps%256)/512)/64)
}

// turnTo sets fines and prices for a share of the time.
func (r *rebalancing) turnTo(share int) {
	r.step++
	switch {
	case share < bentUntil && r.bend != nil:
		if r.step%8 == 1 {
			r.bendTo(share)
		}
	case r.bend != nil:
		r.unbend()
	}
	for r.haggles && share < haggleUntil && r.haggled+haggleEvery <= share {
		r.haggled = max(r.haggled+haggleEvery, haggleFrom)
		r.reprice(r.offer())
	}
	for r.limited && share < strictFrom && r.haggled+haggleEvery <= share {
		r.haggled += haggleEvery
		r.haggle()
	}
	if share >= strictFrom {
		r.stay()
	}
}

// bendTo sets square fines for a share of the time: from the first to the last, each part of the time by the same factor.
func (r *rebalancing) bendTo(share int) {
	for c, last := range r.last {
		if last == 0 {
			continue
		}
		from := float64(min(last, r.each*firstBend))
		r.bend[c] = int64(from * powered(float64(last)/from, float64(share)/bentUntil))
	}
	r.refine()
}

func (r *rebalancing) unbend() {
	r.bend = nil
	if r.haggles && len(r.terr) > fewTerritories {
		r.dearest = dearestLate
	}
	for c := range r.fines {
		r.fines[c] = 8 * r.least
		if r.limited {
			r.fines[c] = 64 * r.least
		}
	}
	r.refine()
}

// refine works out all fines again.
func (r *rebalancing) refine() {
	r.fine = 0
	for k := range r.terr {
		t := &r.terr[k]
		t.out, t.fine = r.fineAfter(int32(k), None, None)
		r.fine += t.fine
	}
}

// haggle makes change dearer where more has changed than may, and cheaper where less has.
func (r *rebalancing) haggle() {
	if r.moved > r.budget {
		r.reprice(r.times + r.times/16 + 1)
	} else {
		r.reprice(r.times - r.times/32)
	}
}

// offer is the price, in thousandths, after a while at another: the dearer the more has moved beyond what is aimed at.
func (r *rebalancing) offer() int64 {
	off := int64(mostRise)
	if over := r.moved - r.aim; over < r.aim/8 {
		off = over * 512 / max(1, r.aim)
	}
	if r.bend != nil { // the rest is still to come
		off = max(0, off)
	}
	return r.times + r.times*max(-mostFall, min(mostRise, off))/1024
}

// reprice sets the price, in thousandths of the first, and what it makes of the best cut.
func (r *rebalancing) reprice(times int64) {
	was := r.times
	r.times = max(r.lowest, min(times, r.dearest))
	r.change = 0
	for u, base := range r.base {
		r.price[u] = min(base, 1<<50/r.times) * r.times / 1000
		if today := r.today[u]; today != None && r.of[u] != today {
			r.change += r.price[u]
		}
	}
	hi, lo := bits.Mul64(uint64(r.best.change), uint64(r.times))
	change := r.best.change
	if hi < uint64(was) {
		whole, _ := bits.Div64(hi, lo, uint64(was))
		change = int64(min(whole, 1<<60))
	}
	r.best.cost, r.best.change = r.best.cost-r.best.change+change, change
}

// stay sends nodes home until no more has changed than may, those first that it makes cheapest, and keeps it so.
func (r *rebalancing) stay() {
	if !r.limited || r.mostMoved != math.MaxInt64 {
		return
	}
	for r.moved > r.budget && r.sendHome() {
	}
	if r.moved > r.budget {
		r.restore()
	}
	r.mostMoved = r.budget
	r.note()
}

// sendHome sends home, of nodes beside their territory of today, the one it is cheapest for its load; a tenth of what it finds at once.
func (r *rebalancing) sendHome() bool {
	var found []homing
	for _, u := range r.border {
		if to := r.today[u]; to != None && to != r.of[u] && r.borders(u, to) && r.may(u, to) {
			from := r.of[u]
			by := r.spreadAfter(from, None, u) + r.spreadAfter(to, u, None) - r.terr[from].cost - r.terr[to].cost
			found = append(found, homing{by / max(1, r.first(u)>>8), u})
		}
	}
	slices.SortFunc(found, func(a, b homing) int {
		if a.by != b.by {
			return ifAbove(a.by > b.by)
		}
		return int(a.node - b.node)
	})
	went := false
	for i, h := range found {
		if r.moved <= r.budget || went && i > len(found)/10 {
			break
		}
		if to := r.today[h.node]; r.borders(h.node, to) && r.may(h.node, to) && !r.parts(h.node, math.MaxInt) {
			r.put(h.node, to)
			went = true
		}
	}
	return went
}

type homing struct {
	by   int64
	node int32
}

// powered is x to a share from 0 to 1, by the same steps on every machine.
func powered(x, share float64) float64 {
	result := 1.0
	for root := x; share > 1e-6; {
		root = math.Sqrt(root)
		if share *= 2; share >= 1 {
			result, share = float64(result*root), share-1
		}
	}
	return result
}

// UsualPrice is a [Problem.ChangePrice] at which changing what [Bound] says must change costs half of what today's cut costs: little
// more changes than must, and the cut stays about as compact as it is.
func UsualPrice(p Problem) int64 {
	var of int64
	for _, u := range p.Units {
		if u.Today != None {
			of += u.Loads[0]
		}
	}
	bound, _ := Bound(p, 0)
	return max(1, min(muldiv(500, of, max(bound, of/100, 1)), 50_000))
}
