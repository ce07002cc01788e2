package territory

import (
	"math"
	"math/bits"
	"slices"
)

// bay is what barriers leave in one piece.
type bay struct {
	load  int64
	own   []int32 // territories that have locked or frozen units in it
	first int32   // its first unit
}

// separate finds the parts; none where cuts in one piece are not to be had: where there are more parts than
// territories, or something must stay together across.
func (f *floors) separate() {
	if f.p.Beside.Len() == 0 {
		return
	}
	of, size := f.p.components()
	if len(size) < 2 || len(size) > len(f.p.Territories) || f.acrossParts(of) {
		return
	}
	f.parts = make([]bay, len(size))
	for i := len(of) - 1; i >= 0; i-- {
		one := &f.parts[of[i]]
		one.load, one.first = one.load+f.p.Units[i].Loads[f.m], int32(i)
	}
	for _, b := range f.blocks {
		if one := &f.parts[of[b.first]]; b.lock != None && !slices.Contains(one.own, b.lock) {
			one.own = append(one.own, b.lock)
		}
	}
}

// acrossParts tells whether a group, what is locked to one territory, or what hardly may change lies in several parts.
func (f *floors) acrossParts(of []int32) bool {
	group := joined(len(f.p.Units), f.p.Together)
	home, today := map[int32]int32{}, map[int32]int32{}
	for i, u := range f.p.Units {
		if in, seen := today[u.Today]; f.p.MostChange > 0 && u.Today != None && seen && in != of[i] {
			return true
		}
		today[u.Today] = of[i]
	}
	for i, first := range group {
		if of[i] != of[first] {
			return true
		}
	}
	for _, b := range f.blocks {
		if in, seen := home[b.lock]; b.lock != None && seen && in != of[b.first] {
			return true
		}
		home[b.lock] = of[b.first]
	}
	return false
}

// cutOff fails where whole territories do not fit into the parts: of those that nothing binds to a part, each part must
// get as many as its load needs, and no more than it can fill.
func (f *floors) cutOff(l *limits) (bool, []int32) {
	if f.parts == nil {
		return false, nil
	}
	lows, highs, free := f.unbound(l)
	least, most := 0, 0
	for _, one := range f.parts {
		need, fill := one.fits(l, lows, highs)
		if need > fill || need > free {
			return true, f.unitsOf(one)
		}
		least, most = least+need, most+fill
	}
	return least > free || most < free, nil
}

// unbound are the sums of the lowest lows and the highest highs of territories that nothing binds to a part, and how many those are.
func (f *floors) unbound(l *limits) (lows, highs []int64, free int) {
	var low, high []int64
	for k := range l.low {
		if !slices.ContainsFunc(f.parts, func(one bay) bool { return slices.Contains(one.own, int32(k)) }) {
			low, high = append(low, l.low[k]), append(high, l.high[k])
		}
	}
	return runningSums(low, 1), runningSums(high, -1), len(low)
}

// fits is from how many to how many territories, beside its own, a part can have.
func (one bay) fits(l *limits, lows, highs []int64) (need, fill int) {
	var low, high int64
	for _, k := range one.own {
		low, high = low+l.low[k], high+l.high[k]
	}
	if len(one.own) == 0 {
		need = 1
	}
	for need < len(highs) && high+highs[need] < one.load {
		need++
	}
	if high+highs[min(need, len(highs)-1)] < one.load || low > one.load {
		return 1, 0
	}
	for fill+1 < len(lows) && low+lows[fill+1] <= one.load {
		fill++
	}
	return need, fill
}

func (f *floors) unitsOf(one bay) (units []int32) {
	of, _ := f.p.components()
	for i := range of {
		if of[i] == of[one.first] && len(units) < MostNamed {
			units = append(units, int32(i))
		}
	}
	return units
}

// budgets are what it costs of the change that is allowed to take load from the territories of today.
type budgets struct {
	limit int64
	stays []int64 // of each territory, what it has today of units that nothing moves
	loose int64   // of units that have no territory, or that something moves
	takes []taking
	all   taking
}

// taking lists units, those that give most of the measure for the change they cost first.
type taking struct {
	units       []Unit
	load, price []int64 // sums of the first so many
}

// allow works out what the limit of change allows.
func (f *floors) allow() {
	if f.p.MostChange == 0 {
		return
	}
	c := check{p: f.p, of: make([]int32, len(f.p.Units))}
	must := c.must()
	b := &budgets{limit: portion(c.change().Of, f.p.MostChange), stays: make([]int64, len(f.fixed)), takes: make([]taking, len(f.fixed))}
	for i, u := range f.p.Units {
		if u.Today == None || must[i] {
			b.loose += u.Loads[f.m]
			continue
		}
		b.stays[u.Today] += u.Loads[f.m]
		b.takes[u.Today].units = append(b.takes[u.Today].units, u)
		b.all.units = append(b.all.units, u)
	}
	for k := range b.takes {
		b.takes[k].sort(f.m)
	}
	b.all.sort(f.m)
	f.budget = b
}

func (t *taking) sort(m int) {
	slices.SortStableFunc(t.units, func(a, b Unit) int {
		high, low := bits.Mul64(uint64(b.Loads[m]), uint64(a.Loads[0]))
		otherHigh, otherLow := bits.Mul64(uint64(a.Loads[m]), uint64(b.Loads[0]))
		switch {
		case high != otherHigh:
			return ifAbove(high > otherHigh)
		case low != otherLow:
			return ifAbove(low > otherLow)
		}
		return 0
	})
	t.load, t.price = make([]int64, len(t.units)+1), make([]int64, len(t.units)+1)
	for i, u := range t.units {
		t.load[i+1], t.price[i+1] = t.load[i]+u.Loads[m], t.price[i]+u.Loads[0]
	}
}

func ifAbove(above bool) int {
	if above {
		return 1
	}
	return -1
}

// cost is the least change by which so much of the measure can leave, if units could be divided.
func (t taking) cost(load int64) int64 {
	if load <= 0 {
		return 0
	}
	i, _ := slices.BinarySearch(t.load, load)
	if i >= len(t.load) {
		return math.MaxInt64 / 4
	}
	return t.price[i-1] + muldiv(t.price[i]-t.price[i-1], load-t.load[i-1], t.load[i]-t.load[i-1])
}

// gain is the most of the measure that so much change can bring, if units could be divided.
func (t taking) gain(price int64) int64 {
	i, _ := slices.BinarySearch(t.price, price+1)
	if i >= len(t.price) {
		return t.load[len(t.load)-1]
	}
	return t.load[i-1] + muldiv(t.load[i]-t.load[i-1], price-t.price[i-1], t.price[i]-t.price[i-1]) + 1
}

// muldiv is a·b ÷ c, rounded down, for b ≤ c.
func muldiv(a, b, c int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))
	quotient, _ := bits.Div64(high, low, uint64(c))
	return int64(quotient)
}

// noChange fails where what must leave the territories of today, or come to them, is more than may change hands.
func (f *floors) noChange(l *limits) (bool, []int32) {
	if f.budget == nil || f.sumsFail(l) {
		return false, nil
	}
	b := f.budget
	var price, missing int64
	for k, stays := range b.stays {
		price += b.takes[k].cost(stays - l.high[k])
		missing += max(0, l.low[k]-stays)
		if price > b.limit {
			return true, nil
		}
	}
	return missing > b.loose+b.all.gain(b.limit), nil
}
