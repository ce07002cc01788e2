package territory

import (
	"cmp"
	"math"
	"slices"
)

// A medianBranch looks for the cheapest plan through ever smaller problems: a place is a median, or it is none; a place is
// served by this median, or by that. Whatever the bound shows to be no better than the best plan is left out.
type medianBranch struct {
	*medianDual
	open    int64   // the least bound of what was not looked at to the end
	bounds  int     // work on bounds
	begun   int     // work before
	reached int     // targets
	gap     float64 // between the bound of all and the target
}

const (
	branchSteps = 160
	branchScale = 0.4
	branchDepth = 2000
	settledFar  = 0.025 // of the bound
	targetFirst = 2000  // the part of the bound by which the first target is above it
	targetGrows = 1.5
	targetTime  = 0.2 // the share of all time in which a target is reached if all go well
	fewChanges  = 8   // changes take a part of the time of bounds, one of so many
	manyChanges = 8   // or so many times as long
	farTargets  = 20  // times what the target is above the bound
)

// prove looks for plans below a target near the bound, where little is left to look at, and at ever higher ones, until there is
// none below the best plan. It tells whether that is so.
func (b *medianBranch) prove() (all bool) {
	least := b.ceil(b.rootSum)
	for b.gap = 1 + float64(least)/targetFirst; !b.ended() && !b.proven(); b.gap *= targetGrows {
		target := int64(min(MostMedianCost, float64(least)+math.Ceil(b.gap)))
		if target > b.most {
			target = MostMedianCost
		}
		if !b.below(target) {
			return false
		}
		if target == MostMedianCost {
			return true
		}
		b.reached++
	}
	return b.proven()
}

// below looks for plans that cost less, and tells whether it saw all.
func (b *medianBranch) below(target int64) (all bool) {
	b.target, b.open = target, math.MaxInt64
	b.child(b.rootSum, -1, b.settle)
	b.bound = max(b.bound, min(b.cost(), b.ceil(b.open)))
	b.target = MostMedianCost
	return b.open == math.MaxInt64
}

// branch looks at everything that is left. The bound of what it is part of is known.
func (b *medianBranch) branch(sum int64, depth int) {
	if b.ended() || depth > branchDepth {
		b.open = min(b.open, sum)
		return
	}
	before := b.work
	sum = max(sum, b.improve(branchSteps, branchScale, func() bool { return true }))
	b.evaluate()
	b.bounds += b.work - before
	if sum == impossible || b.sum == impossible || b.ceil(sum) >= b.cost() {
		return
	}
	if !b.inner && b.work-b.begun-b.bounds < b.changeWork() {
		b.tryChosen()
		b.change(b.medianDual)
		b.evaluate()
	}
	b.fix()
	b.prune()
	if b.placeAll() {
		b.children(sum, depth)
	}
}

func (b *medianBranch) children(sum int64, depth int) {
	if j := b.doubtful(); j != None {
		b.child(sum, depth, func() { b.may[j] = must })
		b.child(sum, depth, func() { b.may[j] = never })
		return
	}
	i := b.divided()
	if i == None {
		b.leaf(sum)
		return
	}
	for _, j := range b.choices(i) {
		b.child(sum, depth, func() { b.home[i] = j })
	}
}

// leaf keeps the plan that is left, where every place has a home.
func (b *medianBranch) leaf(sum int64) {
	if b.evaluate(); b.sum == impossible {
		return
	}
	b.keepPlan()
	if b.ceil(max(b.sum, sum)) < b.cost() {
		b.open = min(b.open, sum)
	}
}

// child looks at what is left after a change, and takes it back.
func (b *medianBranch) child(sum int64, depth int, change func()) {
	may, home, price, often := slices.Clone(b.may), slices.Clone(b.home), slices.Clone(b.price), slices.Clone(b.often)
	arcs := slices.Clone(b.arcs)
	change()
	b.branch(sum, depth+1)
	b.may, b.home, b.price, b.often, b.arcs = may, home, price, often, arcs
}

// settle leaves out of the whole problem what is in no plan better than the best one.
func (d *medianDual) settle() {
	if d.evaluate(); d.sum != impossible {
		d.fix()
		d.prune()
	}
	d.settled = true
}

// mostSum is the highest bound of a plan better than the best.
func (d *medianDual) mostSum() int64 {
	if d.cost() > math.MaxInt64>>(d.fine+1) {
		return math.MaxInt64 / 2
	}
	return (d.cost() - 1) << d.fine
}

// fix settles medians without which, or with which, nothing is better than the best plan.
func (d *medianDual) fix() {
	if len(d.order) == d.Groups {
		for _, j := range d.order {
			d.may[j] = must
		}
		return
	}
	last, next := d.value[d.order[d.Groups-1]], d.value[d.order[d.Groups]]
	for r, j := range d.order {
		switch {
		case d.may[j] != maybe:
		case r < d.Groups && d.sum-d.value[j]+next > d.mostSum():
			d.may[j] = must
		case r >= d.Groups && d.sum+d.value[j]-last > d.mostSum():
			d.may[j] = never
		}
	}
}

// prune leaves out of the arcs who is served by whom in no better plan.
func (d *medianDual) prune() {
	chosen := make([]bool, d.n)
	for _, j := range d.order[:d.Groups] {
		chosen[j] = true
	}
	last := d.value[d.order[d.Groups-1]]
	for j := range int32(d.n) {
		others := d.sum - last
		if chosen[j] {
			others = d.sum - d.value[j]
		}
		d.arcs[j] = d.worth(j, others)
	}
}

// worth are the places that a median may serve in a better plan; others is the bound less what a median takes part in it.
func (d *medianDual) worth(j int32, others int64) (places []int32) {
	if d.may[j] == never {
		return nil
	}
	if d.weigh(j) == impossible {
		return nil
	}
	row := d.Costs[j]
	for _, i := range d.arcs[j] {
		switch {
		case d.home[i] == j:
			places = append(places, i)
		case d.home[i] != None || d.may[i] == must || d.Demand[i] > d.room:
		case others+d.base+row[i]<<d.fine-d.price[i]-d.bag.bound(0, d.room-d.Demand[i]) <= d.mostSum():
			places = append(places, i)
		}
	}
	return places
}

// placeAll gives places to the only median that may serve them. It is false if there is none for one of them.
func (d *medianDual) placeAll() bool {
	by, one := make([]int, d.n), make([]int32, d.n)
	for _, j := range d.order {
		if d.may[j] == never {
			continue
		}
		by[j]++
		one[j] = j
		for _, i := range d.arcs[j] {
			if d.home[i] == None || d.home[i] == j {
				by[i]++
				one[i] = j
			}
		}
	}
	for i, j := range one {
		switch {
		case d.may[i] == must:
		case by[i] == 0:
			return false
		case by[i] == 1:
			d.may[j] = must
			if j != int32(i) {
				d.may[i], d.home[i] = never, j
			}
		}
	}
	return true
}

// changeWork is how much may go into changes by now: little as long as targets are reached in time, most where the best plan is far
// above all that could be reached.
func (b *medianBranch) changeWork() int {
	spent := b.spent()
	switch {
	case spent > targetTime && float64(b.best.Cost) > float64(b.ceil(b.rootSum))+farTargets*b.gap:
		return b.bounds * manyChanges
	case spent > targetTime*float64(b.reached+1) || b.best.Over > 0:
		return b.bounds
	}
	return b.bounds / fewChanges
}

// doubtful is the median that is chosen nearest to half of the time; None if all are certain.
func (d *medianDual) doubtful() int32 {
	best, worth := int32(None), -1.0
	for _, j := range d.order {
		if w := min(d.often[j], 1-d.often[j]); d.may[j] == maybe && w > worth {
			best, worth = j, w
		}
	}
	return best
}

// divided is the largest place that is not served once, or else the largest that has no home; None if all have.
func (d *medianDual) divided() int32 {
	best := int32(None)
	for i := range int32(d.n) {
		if d.home[i] != None || d.may[i] == must {
			continue
		}
		if best == None || cmp.Or(cmp.Compare(d.unsure(i), d.unsure(best)), cmp.Compare(d.Demand[i], d.Demand[best])) > 0 {
			best = i
		}
	}
	return best
}

func (d *medianDual) unsure(i int32) int {
	if d.times[i] == 1 {
		return 0
	}
	return 1
}

// choices are the medians that may serve a place, the cheapest first.
func (d *medianDual) choices(i int32) (all []int32) {
	for _, j := range d.order[:d.Groups] {
		if slices.Contains(d.arcs[j], i) {
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b int32) int { return cmp.Compare(d.Costs[a][i], d.Costs[b][i]) })
	return all
}
