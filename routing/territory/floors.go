package territory

import (
	"cmp"
	"slices"
)

// Reachable is a proof for one measure: no cut in one piece that keeps locks, groups, capacities and the limit of change has
// a worst deviation below floor, in millionths. The reason is why it is above the measure's tolerance, with the units
// to blame; [NotFound] where it is not. Where capacities are proven to be too small, the floor is of cuts that need not keep them.
func Reachable(p Problem, m int) (floor int64, reason Reason, units []int32) {
	f := p.floors(m)
	tolerance := p.Measures[m].Tolerance
	if tolerance == AnyTolerance {
		tolerance = MostTolerance
	}
	reason, units = f.why(tolerance)
	if f.fails(MostTolerance) {
		f.most = nil
	}
	return f.least(), reason, units
}

// explain says of each shortfall why it is one, and of the change how little it could have been.
func (p Problem) explain(plan *Plan) {
	for i := range plan.Short {
		s := &plan.Short[i]
		if first := slices.IndexFunc(plan.Short, func(o Shortfall) bool { return o.Measure == s.Measure }); first < i {
			s.Reason, s.Units, s.Floor = plan.Short[first].Reason, plan.Short[first].Units, plan.Short[first].Floor
		} else {
			s.Floor, s.Reason, s.Units = Reachable(p, s.Measure)
		}
	}
	if plan.Change.Of > 0 {
		plan.Change.Bound, plan.Change.Least = Bound(p, 0)
		for m := 1; m < len(p.Measures); m++ {
			plan.Change.Least = max(plan.Change.Least, p.leastOf(m))
		}
	}
}

// floors are proofs that no cut keeps a measure within so many millionths. Each looks at a part of what a cut has to
// keep, and fails only where that part alone cannot be kept.
type floors struct {
	p       Problem
	m       int
	shares  shares
	most    []int64 // capacities, 0 for any; nil: none are kept
	blocks  []block // of units that stay together, heaviest first
	fixed   []int64 // of each territory, what is locked to it or frozen in it
	bound   bool    // some are
	frozen  []bool
	grain   int64    // what all loads are multiples of
	parts   []bay    // what barriers leave; nil: nothing cuts
	budget  *budgets // nil: no limit of change
	looks   int      // at territories, by [floors.tried]
	subsets []uint64 // which multiples of the grain the free blocks have as sums; nil: not worked out
}

// block is a unit, or units that stay together.
type block struct {
	load  int64
	first int32 // its first unit
	lock  int32
}

func (p Problem) floors(m int) *floors {
	f := &floors{p: p, m: m, shares: p.shares(m), fixed: make([]int64, len(p.Territories)), frozen: make([]bool, len(p.Territories))}
	f.gather()
	for k, t := range p.Territories {
		f.frozen[k] = t.Frozen
		f.bound = f.bound || t.Frozen
		if t.Most != nil && t.Most[m] > 0 {
			if f.most == nil {
				f.most = make([]int64, len(p.Territories))
			}
			f.most[k] = t.Most[m]
		}
	}
	f.separate()
	f.allow()
	f.reach()
	return f
}

// gather makes the blocks.
func (f *floors) gather() {
	look := faults{p: f.p, group: joined(len(f.p.Units), f.p.Together)}
	lock := look.groupBound()
	load := make([]int64, len(f.p.Units))
	for i, u := range f.p.Units {
		load[look.group[i]] += u.Loads[f.m]
	}
	for i, first := range look.group {
		if int(first) != i {
			continue
		}
		f.blocks = append(f.blocks, block{load[i], first, lock[i]})
		f.grain = divisor(f.grain, load[i])
		if lock[i] != None {
			f.fixed[lock[i]], f.bound = f.fixed[lock[i]]+load[i], true
		}
	}
	slices.SortFunc(f.blocks, func(a, b block) int { return cmp.Or(cmp.Compare(b.load, a.load), cmp.Compare(a.first, b.first)) })
}

func divisor(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// members are the units of blocks.
func (f *floors) members(blocks ...block) (units []int32) {
	group := joined(len(f.p.Units), f.p.Together)
	for i, first := range group {
		if slices.ContainsFunc(blocks, func(b block) bool { return b.first == first }) {
			units = append(units, int32(i))
		}
	}
	return units[:min(len(units), MostNamed)]
}

// limits are what each territory may have.
type limits struct {
	low, high          []int64
	lows, highs        []int64 // sums of the so many smallest of low, and largest of high
	leastLow, greatLow int64
	greatHigh          int64
	sumLow, sumHigh    int64
	anyEmpty           bool // somewhere low is above high
}

// limits for a worst deviation of so many millionths.
func (f *floors) limits(millionths int64, capacities bool) *limits {
	k := len(f.frozen)
	l := &limits{low: make([]int64, k), high: make([]int64, k)}
	for i := range k {
		l.low[i], l.high[i] = f.shares.span(i, millionths)
		if capacities && f.most != nil && f.most[i] > 0 {
			l.high[i] = min(l.high[i], f.most[i])
		}
		l.anyEmpty = l.anyEmpty || l.low[i] > l.high[i]
	}
	l.lows, l.highs = runningSums(l.low, 1), runningSums(l.high, -1)
	l.sumLow, l.sumHigh = l.lows[k], l.highs[k]
	l.leastLow, l.greatLow, l.greatHigh = slices.Min(l.low), slices.Max(l.low), slices.Max(l.high)
	return l
}

// runningSums are those of the first so many of a list that is sorted: rising by 1, falling by -1.
func runningSums(list []int64, direction int) []int64 {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b int64) int { return direction * cmp.Compare(a, b) })
	sum := make([]int64, len(list)+1)
	for i, v := range list {
		sum[i+1] = sum[i] + v
	}
	return sum
}

// proof fails where what it looks at cannot be kept, and names units to blame.
type proof struct {
	reason Reason
	fails  func(l *limits) (bool, []int32)
}

func (f *floors) proofs() []proof {
	return []proof{
		{OneUnit, f.oneUnit},
		{Locks, f.locks},
		{CutOff, f.cutOff},
		{NoChange, f.noChange},
		{WholeUnits, f.wholeUnits},
	}
}

// why is the first reason for which no cut keeps so many millionths.
func (f *floors) why(millionths int64) (Reason, []int32) {
	free, kept := f.limits(millionths, false), f.limits(millionths, true)
	for _, l := range [...]*limits{free, kept} { // what fails without capacities is not their fault
		for _, proof := range f.proofs() {
			if bad, units := proof.fails(l); bad {
				if l == kept && proof.reason != OneUnit && proof.reason != Locks {
					return Capacity, nil
				}
				return proof.reason, units
			}
		}
	}
	return NotFound, nil
}

func (f *floors) fails(millionths int64) bool {
	l := f.limits(millionths, true)
	return slices.ContainsFunc(f.proofs(), func(p proof) bool { bad, _ := p.fails(l); return bad })
}

// least is the first number of millionths that nothing proves impossible.
func (f *floors) least() int64 {
	low, high := int64(0), int64(MostTolerance)
	for low < high {
		if middle := (low + high) / 2; f.fails(middle) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// oneUnit fails where a block is more than any territory may have, or than its own; or where the heaviest leave too little
// for the territories that have none of them.
func (f *floors) oneUnit(l *limits) (bool, []int32) {
	sum := int64(0)
	for n, b := range f.blocks {
		if b.load > l.greatHigh || b.lock != None && b.load > l.high[b.lock] {
			return true, f.members(b)
		}
		if n >= len(l.low) || b.load <= l.greatLow {
			break
		}
		if sum += b.load; sum+l.lows[len(l.low)-n-1] > f.shares.sum {
			return true, f.members(f.blocks[:n+1]...)
		}
	}
	return false, nil
}

// locks fail where what is locked is too much or, in a frozen territory, too little, or leaves too much or too little.
func (f *floors) locks(l *limits) (bool, []int32) {
	if !f.bound || f.sumsFail(l) {
		return false, nil
	}
	var least, most int64
	for k, fixed := range f.fixed {
		low, high := max(l.low[k], fixed), l.high[k]
		if f.frozen[k] {
			low, high = fixed, fixed
		}
		if fixed > l.high[k] || f.frozen[k] && fixed < l.low[k] {
			return true, f.lockedTo(int32(k))
		}
		least, most = least+low, most+high
	}
	if least > f.shares.sum || most < f.shares.sum {
		return true, f.lockedTo(None)
	}
	return false, nil
}

// lockedTo are the units that are locked to or frozen in a territory; None: in any.
func (f *floors) lockedTo(k int32) []int32 {
	var blocks []block
	for _, b := range f.blocks {
		if b.lock != None && (k == None || b.lock == k) && len(blocks) < MostNamed {
			blocks = append(blocks, b)
		}
	}
	return f.members(blocks...)
}

// sumsFail tells whether the limits alone do not fit the sum of all loads.
func (f *floors) sumsFail(l *limits) bool {
	return l.anyEmpty || l.sumLow > f.shares.sum || l.sumHigh < f.shares.sum
}
