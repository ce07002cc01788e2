package territory

import (
	"context"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// search is how a cut is made better: nodes beside other territories change hands, one or two at a time. What is dearer than before is
// kept the more often the earlier it is. What is outside tolerances is fined: at first by aims, then as such, the more the longer it stays so.
type search struct {
	*state
	ctx     context.Context
	o       Options
	random  *rand.PCG
	most    int
	made    int
	share   int // of it, or of the time
	warmth  int64
	hot     int64
	least   int64 // fine
	strict  bool  // fines grow all the time
	broken  int
	told    int
	patient int  // nodes a detour looks at
	quits   bool // once nothing is outside tolerances
	limited bool
	budget  int64 // where it is limited: how much may have moved in a cut that is kept
}

const (
	allOfIt       = 1 << 20 // proposals or time
	endAt         = allOfIt * 98 / 100
	askedEvery    = 1024 // proposals
	proposalsEach = 200  // of a unit, where nobody says how many or how long
)

func newSearch(ctx context.Context, s *state, o Options) *search {
	r := &search{state: s, ctx: ctx, o: o, random: rand.NewPCG(o.Seed, 5), most: o.Iterations, patient: shallow}
	if r.most == 0 {
		r.most = proposalsEach * len(s.members)
		if o.Spent != nil {
			r.most = math.MaxInt
		}
	}
	return r
}

// run searches from the cut that the state is in, and leaves it at the best one.
func run(ctx context.Context, s *state, o Options) *search {
	r := newSearch(ctx, s, o)
	s.begin()
	r.broken = s.mend()
	s.inhabit()
	s.keep(r.broken)
	r.fineAtFirst()
	s.recount()
	r.share = r.progress()
	r.better()
	r.restore()
	s.touchUp()
	return r
}

// better searches in steps: warm, with aims for loads to flow by; insisting on limits; and, where these are still missed, at any
// price and warmer again.
func (r *search) better() {
	hot := r.hot
	if r.most < fewBatches*askedEvery {
		r.dear()
		r.anneal(endAt)
		return
	}
	if len(r.heats) > 1 {
		r.heated()
	} else {
		r.aim()
	}
	r.anneal(aimedFor)
	r.insist(insisted)
	r.hot = max(1, hot/16)
	r.anneal(surely)
	if r.hot = max(1, hot/32); r.best.out > 0 {
		r.dear()
		r.hot = max(1, hot/4)
		r.anneal(nearFrom)
		r.nearby(hot)
	}
	r.anneal(endAt)
}

// nearby searches around territories that are outside limits, with all others as they are, until none is.
func (r *search) nearby(hot int64) {
	begun := r.share
	r.aims = nil
	r.insist(fineStrict)
	for try := range tries {
		r.restore()
		if r.best.out == 0 || r.over() {
			break
		}
		r.open(r.troubled(1 + try/2))
		copy(r.fines, slices.Repeat([]int64{r.least}, r.measures))
		r.recount()
		r.hot = max(1, hot/[...]int64{16, 64}[try%2])
		r.anneal(begun + (endAt-begun)*(try+1)/tries)
	}
	r.open(slices.Repeat([]bool{true}, len(r.terr)))
	r.recount()
	r.hot = max(1, hot/32)
}

// dear makes fines dear from here on.
func (r *search) dear() { r.insist(fineStrict) }

// progress is the share of the proposals or of the time that is gone.
func (r *search) progress() (share int) {
	if r.most != math.MaxInt {
		hi, lo := bits.Mul64(uint64(r.made), allOfIt)
		whole, _ := bits.Div64(hi, lo, uint64(max(1, r.most)))
		share = int(whole)
	}
	if r.o.Spent != nil {
		share = max(share, int(allOfIt*r.o.Spent()))
	}
	return share
}

func (r *search) over() bool { return r.share >= allOfIt || r.made >= r.most || r.ctx.Err() != nil }

// fineAtFirst sets the fines: missing a target by all of it is as dear as several territories.
func (r *search) fineAtFirst() {
	r.hot = max(1, r.cost/int64(max(1, len(r.members)))) * hotAtFirst / 64
	r.least = max(16, r.cost/int64(len(r.terr))*fineAtLeast/16)
	for c := range r.fines {
		r.fines[c] = r.least
	}
}

// What the search goes by: found by trying.
const (
	hotAtFirst  = 16 // 64ths of the cost of a unit
	halvings    = 8  // of it while it cools down
	fineAtLeast = 4  // 16ths of the cost of a territory
	fineStrict  = 16 // times as much where tolerances are missed late
	ticks       = 1024
	insisted    = 4  // times as much where they are asked to be kept first
	stride      = 12 // steps along a border
	fewBatches  = 32 // of proposals: with fewer, limits are all that matters
	tries       = 6
	nearFrom    = allOfIt * 90 / 100
)

// anneal makes proposals until a share of the time is gone, and cools down.
func (r *search) anneal(end int) {
	for begun := r.share; !r.over() && r.share < end && len(r.border) > 0 && !(r.quits && r.best.out == 0); r.share = r.progress() {
		r.warmth = warmth(r.hot, (r.share-begun)*256/(end-begun))
		for range askedEvery {
			if len(r.border) == 0 {
				break
			}
			if r.made++; r.made&1 == 0 {
				r.exchange()
			} else {
				r.relocate()
			}
		}
		if r.aims != nil {
			r.follow()
		}
		if r.strict {
			r.adjust()
		} else {
			r.refine()
		}
		r.tell()
	}
}

// warmth after so many of 256 parts.
func warmth(hot int64, part int) int64 {
	steps := part * halvings
	t := 64 * hot >> (steps / 256)
	return max(1, (t-t*int64(steps%256)/512)/64)
}

// allowance is how much dearer a cut may become: as often 0 to 1 as 1 to 2, twice as often as 2 to 3 and so on, times the warmth.
func (r *search) allowance() int64 {
	v := r.random.Uint64()
	part, _ := bits.Mul64(v, uint64(r.warmth)+1)
	return r.warmth*int64(bits.TrailingZeros64(v|1<<40)) + int64(part)
}

func (r *search) pick(n int) int {
	hi, _ := bits.Mul64(r.random.Uint64(), uint64(n))
	return int(hi)
}

// next is a territory beside a node, any of them.
func (r *search) next(u int32) int32 {
	list := r.around(u)
	k, i := r.of[u], r.pick(len(list))
	for range list {
		if to := r.of[list[i]]; to != k {
			return to
		}
		if i++; i == len(list) {
			i = 0
		}
	}
	return k
}

// relocate moves a node to a territory beside it, if that is not too dear.
func (r *search) relocate() {
	u := r.border[r.pick(len(r.border))]
	to := r.next(u)
	if !r.may(u, to) {
		return
	}
	from := r.of[u]
	most := r.allowance() - r.changes(u, to)
	a, b := &r.terr[from], &r.terr[to]
	by := r.spreadAfter(from, None, u) + r.spreadAfter(to, u, None) - a.cost - b.cost
	if by-a.fine-b.fine > most {
		return
	}
	_, fa := r.fineAfter(from, None, u)
	_, fb := r.fineAfter(to, u, None)
	if by+fa+fb-a.fine-b.fine > most || r.parts(u, r.patient) {
		return
	}
	r.put(u, to)
	r.note()
}

// note keeps the cut if it is the best.
func (r *search) note() {
	if r.limited && r.moved > r.budget {
		return
	}
	if r.promises() {
		r.keep(r.broken)
	}
}

// may tells whether a node may go to a territory at all, pieces and price aside.
func (r *search) may(u, to int32) bool {
	if r.closed[to] || to == r.of[u] {
		return false
	}
	if t := r.nodes[u].ties; t&(foes|ringed) != 0 && (t&ringed != 0 || !r.welcome(u, to)) {
		return false
	}
	return r.mostMoved == math.MaxInt64 || r.today[u] != r.of[u] || r.mostMoved-r.moved >= r.first(u)
}

// changes is what it costs, beside spread and fines, that a node goes to a territory.
func (r *search) changes(u, to int32) int64 {
	if r.price == nil {
		return 0
	}
	switch r.today[u] {
	case None:
		return 0
	case to:
		return -r.price[u]
	case r.of[u]:
		return r.price[u]
	}
	return 0
}

// exchange moves a node to a territory beside it, and one of that on: back where the first came from, or to a third.
func (r *search) exchange() {
	u := r.border[r.pick(len(r.border))]
	from, to := r.of[u], r.next(u)
	if !r.may(u, to) {
		return
	}
	v := r.stroll(u, to)
	on := from
	if !r.borders(v, from) || r.made&63 == 0 {
		on = r.next(v)
	}
	if !r.may(v, on) {
		return
	}
	most := r.allowance() - r.changes(u, to) - r.changes(v, on)
	by, fine := r.passed(u, v, from, to, on)
	if by > most+fine {
		return
	}
	by += r.passedFine(u, v, from, to, on)
	if by-fine > most {
		return
	}
	r.pass(u, v, from, to, on)
}

// stroll goes some steps along the border of a territory from where a node is beside it.
func (r *search) stroll(u, k int32) (v int32) {
	for _, v = range r.around(u) {
		if r.of[v] == k {
			break
		}
	}
	for range r.pick(stride) {
		list := r.around(v)
		if w := list[r.pick(len(list))]; r.of[w] == k && r.abroad[w] > 0 {
			v = w
		}
	}
	return v
}

// passed is what is dearer when u goes from one to another and v from there on, fines aside, and the fines before.
func (r *search) passed(u, v, from, to, on int32) (by, fine int64) {
	a, b, c := &r.terr[from], &r.terr[to], &r.terr[on]
	by = r.spreadAfter(to, u, v) - b.cost - a.cost
	fine = a.fine + b.fine
	if from == on {
		return by + r.spreadAfter(from, v, u), fine
	}
	return by + r.spreadAfter(from, None, u) + r.spreadAfter(on, v, None) - c.cost, fine + c.fine
}

func (r *search) passedFine(u, v, from, to, on int32) int64 {
	_, fine := r.fineAfter(to, u, v)
	if from == on {
		_, f := r.fineAfter(from, v, u)
		return fine + f
	}
	_, f := r.fineAfter(from, None, u)
	_, g := r.fineAfter(on, v, None)
	return fine + f + g
}

// pass does it, if all stays in one piece.
func (r *search) pass(u, v, from, to, on int32) {
	if r.parts(u, r.patient) {
		return
	}
	r.put(u, to)
	if r.at[v] < 0 || !r.borders(v, on) || !r.welcome(v, on) || r.parts(v, r.patient) {
		r.put(u, from)
		return
	}
	r.put(v, on)
	r.note()
}

// adjust makes fines dearer for measures that are missed, and cheaper where nothing is.
func (r *search) adjust() {
	for c, is := range r.missed() {
		if is {
			r.fines[c] = min(r.fines[c]+r.fines[c]/64, r.least<<20)
		} else {
			r.fines[c] = max(r.fines[c]-r.fines[c]/32, r.least)
		}
	}
	r.refine()
}

// missed are the measures that are outside tolerances anywhere.
func (r *search) missed() []bool {
	out := make([]bool, r.measures)
	for i, has := range r.has {
		if has > r.high[i] || has < r.low[i] {
			out[i%r.measures] = true
		}
	}
	return out
}

// refine works out all fines again.
func (r *search) refine() {
	r.fine = 0
	for k := range r.terr {
		t := &r.terr[k]
		t.out, t.fine = r.fineAfter(int32(k), None, None)
		r.fine += t.fine
	}
}

// tell reports the best so far, about a hundred times.
func (r *search) tell() {
	if at := r.share * 100 / allOfIt; r.o.Report != nil && at > r.told {
		r.told = at
		r.o.Report(Progress{Iterations: r.made, Worst: r.worst(), Cost: r.best.cost - r.best.change, Broken: r.best.broken})
	}
}

// worst is the largest deviation of each measure in the best cut.
func (s *state) worst() []int64 {
	loads := make([]int64, len(s.has))
	for u, k := range s.best.of {
		for c, load := range s.load[u*s.measures : (u+1)*s.measures] {
			loads[int(k)*s.measures+c] += load
		}
	}
	worst := make([]int64, s.measures)
	for i, load := range loads {
		c := i % s.measures
		worst[c] = max(worst[c], s.deviation(load, i))
	}
	return worst
}
