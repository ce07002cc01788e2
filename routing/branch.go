package routing

import (
	"cmp"
	"math"
	"slices"
)

// A brancher proves a tour the cheapest, or finds the one that is. It divides the tours into
// those with a leg and those without, again and again, and drops what cannot be cheaper by the
// bound of a 1-tree (M. Held and R. Karp, Mathematical Programming 1, 1971). Legs that a
// cheaper tour cannot have, or cannot lack, are settled on the way (T. Volgenant and R. Jonker, EJOR 9, 1982).
type brancher struct {
	*oneTree
	choices
	upper Cost // of the cheapest tour known
	order []int32
	root  Cost // the bound before anything was divided

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
	b.share = make([]int32, len(b.legs))
	b.choices = newChoices(b.oneTree)
	return b
}

// Climbs of a search: how many steps, and how much shorter the last is (see [oneTree.climb]).
const (
	rootSteps, rootPower   = 800, 28
	innerSteps, innerPower = 40, 6
	trialSteps, trialPower = 10, 4
	againSteps             = 3 // after legs were settled

	rootCombs  = 12 // times that combs are looked for at the root
	innerCombs = 30 // visits that look for combs once
	trials     = 3  // legs tried before one is divided by
)

// prove looks through all tours, as far as it may.
func (b *brancher) prove(mates []int32) {
	for i, mate := range mates {
		if int(mate) > i && !b.settle(b.between(int32(i), mate), chosen) {
			return
		}
	}
	b.divide(rootSteps, rootPower, rootCombs)
}

// divide looks through the tours that the choices made so far leave.
func (b *brancher) divide(steps, power, combing int) {
	if b.visits++; b.visits > b.most || b.over() {
		b.cut = true
		return
	}
	if !b.raise(steps, power, combing) {
		return
	}
	if b.visits == 1 {
		b.root = b.bound()
	}
	leg, first := b.pick()
	if leg < 0 {
		return
	}
	kept, mark := b.multipliers(nil), len(b.trail)
	for _, c := range [2]choice{first, other(first)} {
		if b.settle(leg, c) && !b.cut {
			b.divide(innerSteps, innerPower, b.combing())
		}
		b.undo(mark)
		b.restore(kept)
	}
}

func (b *brancher) combing() int {
	if b.visits < innerCombs {
		return 1
	}
	return 0
}

// raise brings the bound as high as it will go. It is false if that shows that there is nothing to be found.
func (b *brancher) raise(count, power, combing int) bool {
	if !b.ascend(count, power) || !b.deduce() {
		return false
	}
	for range combing {
		if b.comb() == 0 {
			break
		}
		if !b.ascend(count/2, power) || !b.deduce() {
			return false
		}
	}
	return true
}

// ascend climbs, and keeps the tour if the tree becomes one.
func (b *brancher) ascend(count, power int) bool {
	for {
		upper := b.upper
		ok := b.climb(upper, power, func(step int) int {
			if slices.Max(b.degree) == 2 {
				b.found()
			}
			return step * whole / count
		})
		if !ok || b.proves(b.upper) {
			return false
		}
		if b.upper == upper {
			return true
		}
	}
}

// found keeps the tour that the 1-tree is, if it is cheaper.
func (b *brancher) found() {
	links := make([][]int32, b.n)
	var cost int64
	for _, leg := range append([]int32{b.second}, b.up...) {
		if leg >= 0 {
			l := b.legs[leg]
			links[l.a], links[l.b] = append(links[l.a], l.b), append(links[l.b], l.a)
			cost += l.cost
		}
	}
	if Cost(cost/scale) >= b.upper {
		return
	}
	b.upper, b.order = Cost(cost/scale), make([]int32, 0, b.n)
	before, here := int32(-1), int32(0)
	for range b.n {
		b.order = append(b.order, here)
		next := links[here][0]
		if next == before {
			next = links[here][1]
		}
		before, here = here, next
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
		if !b.ascend(againSteps, trialPower) {
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

// pick tries a few legs both ways for the one by which to divide: it raises the bound most either way. The leg
// is -1 if nothing is left.
func (b *brancher) pick() (leg int32, first choice) {
	for {
		best := int64(-1)
		leg = -1
		settled := false
		for _, r := range b.promising() {
			rise, dead := b.try(r.leg)
			if dead != open {
				if !b.settle(r.leg, other(dead)) || !b.ascend(againSteps, trialPower) || !b.deduce() {
					return -1, open
				}
				settled = true
				break
			}
			if score := 8*min(rise[0], rise[1]) + max(rise[0], rise[1]); score > best {
				best, leg, first = score, r.leg, refused
				if rise[0] < rise[1] {
					first = chosen
				}
			}
		}
		if !settled {
			return leg, first
		}
	}
}

// promising are the legs dearest to replace, at nodes that have too many if there are such.
func (b *brancher) promising() []replaceable {
	all := b.replaceable()
	many := slices.DeleteFunc(slices.Clone(all), func(r replaceable) bool {
		l := b.legs[r.leg]
		return b.degree[l.a] <= 2 && b.degree[l.b] <= 2
	})
	if len(many) > 0 {
		all = many
	}
	slices.SortFunc(all, func(x, y replaceable) int {
		return cmp.Or(cmp.Compare(y.rise, x.rise), cmp.Compare(x.leg, y.leg))
	})
	return all[:min(len(all), trials)]
}

// try tells by how much the bound rises without a leg and with it, or which of the two leaves nothing.
func (b *brancher) try(leg int32) (rise [2]int64, dead choice) {
	kept, mark, base := b.multipliers(nil), len(b.trail), b.cost
	for i, c := range [2]choice{refused, chosen} {
		hope := b.settle(leg, c) && b.ascend(trialSteps, trialPower)
		rise[i] = max(0, b.cost-base)
		b.undo(mark)
		b.restore(kept)
		if !hope {
			b.span()
			return rise, c
		}
	}
	b.span()
	return rise, open
}

func other(c choice) choice { return chosen + refused - c }
