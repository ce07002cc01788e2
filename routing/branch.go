package routing

import (
	"cmp"
	"math"
	"slices"
)

// A brancher proves a tour the cheapest, or finds the one that is. It divides the tours into
// those with a leg and those without, again and again, and drops what cannot be cheaper by the
// bound of a 1-tree (M. Held and R. Karp, Mathematical Programming 1, 1971), whose penalties and prices a relaxation
// proposes. Legs that a cheaper tour cannot have, or cannot lack, are settled on the way (T. Volgenant and R. Jonker, EJOR 9, 1982).
type brancher struct {
	*oneTree
	choices
	relaxed *relaxation
	before  simplex // a try
	upper   Cost    // of the cheapest tour known
	order   []int32
	root    Cost // the bound before anything was divided

	replace []int64 // the least weight that could replace the leg from a node to its parent
	visits  int
	cut     bool // not all was looked through
	most    int  // visits
	over    func() bool
}

func newBrancher(r *ring, order []int32, most int, over func() bool) *brancher {
	b := &brancher{oneTree: newOneTree(r.n), upper: r.length(order), order: order, replace: make([]int64, r.n), most: most, over: over}
	for i := range int32(r.n) {
		for j := range i {
			if !r.double || (int(i) < r.inner) != (int(j) < r.inner) {
				b.add(i, j, r.leg(i, j))
			}
		}
	}
	b.choices = newChoices(b.oneTree)
	return b
}

const (
	rootSteps, rootPower = 100, 20 // of the climb before the first relaxation (see [oneTree.climb])

	rootRounds, innerRounds = 40, 4 // times that rules are looked for
	hardly, idleRounds      = 100, 3
	mostPivots              = 1000  // for rules and choices
	trials, trialPivots     = 5, 20 // legs tried before one is divided by
)

// prove looks through all tours, as far as it may; with penalties from a tree of few legs, which are looked at first, if
// that is not nil.
func (b *brancher) prove(mates []int32, near *oneTree) {
	for i, mate := range mates {
		if int(mate) > i && !b.settle(b.between(int32(i), mate), chosen) {
			return
		}
	}
	if near != nil {
		copy(b.pi, near.pi)
	}
	if near != nil && !b.span() || near == nil && !b.climbAtRoot() || !b.deduce() {
		return
	}
	b.root = b.bound()
	if near != nil {
		b.relaxed = newRelaxation(b.oneTree, b.of(near), nil)
		if !b.raise(rootRounds) {
			return
		}
		b.root = max(b.root, b.bound())
		b.relaxed = newRelaxation(b.oneTree, b.notRefused(), b.relaxed.cuts)
	}
	if b.relaxed == nil {
		b.relaxed = newRelaxation(b.oneTree, b.notRefused(), nil)
	}
	b.divide(rootRounds)
}

// of are the legs of another tree that may be in a tour.
func (b *brancher) of(t *oneTree) (legs []int32) {
	for _, l := range t.legs {
		if leg := b.between(l.a, l.b); leg >= 0 && b.state[leg] != refused {
			legs = append(legs, leg)
		}
	}
	slices.Sort(legs)
	return slices.Compact(legs)
}

// climbAtRoot keeps the tour if the tree becomes one.
func (b *brancher) climbAtRoot() bool {
	return b.climb(b.upper, rootPower, func(step int) int {
		b.found()
		return step * whole / rootSteps
	}) && !b.proves(b.upper)
}

// divide looks through the tours that the choices made so far leave.
func (b *brancher) divide(rounds int) {
	if b.visits++; b.visits > b.most || b.over() {
		b.cut = true
		return
	}
	if !b.raise(rounds) {
		return
	}
	if b.visits == 1 {
		b.root = max(b.root, b.bound())
	}
	leg, first := b.pick()
	if leg < 0 {
		return
	}
	mark := len(b.trail)
	for _, c := range [2]choice{first, other(first)} {
		if b.settle(leg, c) && !b.cut {
			b.divide(innerRounds)
		}
		b.undo(mark)
	}
}

// raise brings the bound as high as it will go. It is false if that shows that there is nothing to be found.
func (b *brancher) raise(rounds int) bool {
	p := progress{sum: math.Inf(-1)}
	for {
		b.relaxed.follow()
		got := b.relaxed.lower(b.goal(), mostPivots, b.over)
		b.relaxed.propose()
		if !b.span() || b.proves(b.upper) {
			return false
		}
		b.found()
		settled := len(b.trail)
		if !b.deduce() {
			return false
		}
		if len(b.trail) > settled && !b.over() {
			if b.visits == 1 {
				b.relaxed.purge()
			}
			continue
		}
		if got != lowest || b.over() {
			return true
		}
		whole := b.relaxed.look()
		if whole {
			b.keep(b.relaxed.whole())
		}
		if rounds--; !whole && (rounds < 0 || p.stalls(b.relaxed.sum, b.goal())) || !b.relaxed.cut() {
			return true
		}
	}
}

// progress of a sum towards its goal.
type progress struct {
	sum  float64
	idle int // rounds
}

// stalls tells whether the sum has for a few rounds come hardly nearer to its goal.
func (p *progress) stalls(sum, goal float64) bool {
	if p.idle++; sum-p.sum > (goal-sum)/hardly {
		p.sum, p.idle = sum, 0
	}
	return p.idle >= idleRounds
}

// goal is the sum of the relaxation that no cheaper tour has.
func (b *brancher) goal() float64 {
	return float64(int64(b.upper-1)*scale-b.relaxed.fixed) + scale/4
}

// found keeps the tour that the 1-tree is, if it is one.
func (b *brancher) found() {
	if slices.Max(b.degree) == 2 {
		b.keep(append(slices.DeleteFunc(slices.Clone(b.up), func(leg int32) bool { return leg < 0 }), b.second))
	}
}

// keep keeps the tour of those legs, if they are one and it is cheaper.
func (b *brancher) keep(legs []int32) {
	links := make([][]int32, b.n)
	var cost int64
	for _, leg := range legs {
		l := b.legs[leg]
		links[l.a], links[l.b] = append(links[l.a], l.b), append(links[l.b], l.a)
		cost += l.cost
	}
	if Cost(cost/scale) >= b.upper || slices.ContainsFunc(links, func(to []int32) bool { return len(to) != 2 }) {
		return
	}
	order := make([]int32, 0, b.n)
	for before, here := int32(-1), int32(0); here != 0 || before < 0; {
		order = append(order, here)
		next := links[here][0]
		if next == before {
			next = links[here][1]
		}
		before, here = here, next
	}
	if len(order) == b.n {
		b.upper, b.order = Cost(cost/scale), order
	}
}

// deduce settles what a cheaper tour must have or cannot have, until nothing more follows.
func (b *brancher) deduce() bool {
	for {
		before := len(b.trail)
		if !b.refuseDear() || !b.chooseNeeded() {
			return false
		}
		if len(b.trail) == before {
			return true
		}
		if !b.span() || b.proves(b.upper) {
			return false
		}
	}
}

// slack is by how much a cheaper tour may exceed the bound, in parts.
func (b *brancher) slack() int64 { return int64(b.upper-1)*scale - b.cost }

// refuseDear refuses the legs that would raise the bound too far, and notes what could replace those of the tree.
func (b *brancher) refuseDear() bool {
	for i := range b.replace {
		b.replace[i] = math.MaxInt64
	}
	var never []int32
	for i, l := range b.legs {
		leg := int32(i)
		if b.state[leg] != open || b.has(leg) {
			continue
		}
		w, dearest := b.weight(leg), int64(0)
		if l.a == b.special || l.b == b.special {
			b.replace[b.special] = min(b.replace[b.special], w)
			dearest = b.dearestAtSpecial()
		} else {
			dearest = b.dearestBetween(l.a, l.b, func(node int32) { b.replace[node] = min(b.replace[node], w) })
		}
		if w-dearest > b.slack() {
			never = append(never, leg)
		}
	}
	return b.settleAll(never, refused)
}

// chooseNeeded chooses the legs of the tree that cannot be replaced.
func (b *brancher) chooseNeeded() bool {
	var must []int32
	for _, r := range b.replaceable() {
		if r.rise > b.slack() {
			must = append(must, r.leg)
		}
	}
	return b.settleAll(must, chosen)
}

func (b *brancher) settleAll(legs []int32, c choice) bool {
	for _, leg := range legs {
		if !b.settle(leg, c) {
			return false
		}
	}
	return true
}

// A replaceable leg of the tree is open; without it the bound rises.
type replaceable struct {
	leg  int32
	rise int64
}

// replaceable are those of the last tree that was looked at by refuseDear.
func (b *brancher) replaceable() (list []replaceable) {
	add := func(leg int32, with int64) {
		if b.state[leg] != open {
			return
		}
		if with == math.MaxInt64 {
			list = append(list, replaceable{leg, with})
		} else {
			list = append(list, replaceable{leg, with - b.weight(leg)})
		}
	}
	for node, leg := range b.up {
		if leg >= 0 && leg != b.first {
			add(leg, b.replace[node])
		}
	}
	add(b.first, b.replace[b.special])
	add(b.second, b.replace[b.special])
	return list
}

// pick tries a few divided legs both ways for the one to divide by: it raises the relaxation most either way. The leg is
// -1 if nothing is left.
func (b *brancher) pick() (leg int32, first choice) {
	best := math.Inf(-1)
	leg = -1
	if b.relaxed.look(); !b.over() {
		for i, l := range b.relaxed.divided() {
			if i == trials {
				break
			}
			without, with := b.try(l)
			if score := 8*min(without, with) + max(without, with); score > best {
				best, leg, first = score, l, refused
				if without < with {
					first = chosen
				}
			}
		}
	}
	if leg < 0 {
		return b.dearest(), refused
	}
	return leg, first
}

// dearest is the leg of the tree that is dearest to replace, or -1.
func (b *brancher) dearest() int32 {
	list := b.replaceable()
	if len(list) == 0 {
		return -1
	}
	return slices.MaxFunc(list, func(x, y replaceable) int { return cmp.Compare(x.rise, y.rise) }).leg
}

// try tells by how much the relaxation rises without a leg and with it.
func (b *brancher) try(leg int32) (without, with float64) {
	var rise [2]float64
	r, mark := b.relaxed, len(b.trail)
	b.before.become(r.simplex)
	for i, c := range [2]choice{refused, chosen} {
		rise[i] = b.goal() - b.before.sum
		if b.settle(leg, c) {
			r.follow()
			if got := r.lower(b.goal(), trialPivots, b.over); got == lowest || got == halfway {
				rise[i] = r.sum - b.before.sum
			}
		}
		b.undo(mark)
		r.become(&b.before)
	}
	return rise[0], rise[1]
}

func other(c choice) choice { return chosen + refused - c }
