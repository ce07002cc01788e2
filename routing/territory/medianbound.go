package territory

import (
	"cmp"
	"math"
	"slices"
)

// A medianDual is a bound by Lagrange's multipliers: every place offers a price for being served, and each median serves those it
// gains most by, as far as its capacity goes. The sum of all prices less the gains of the best medians is a cost that
// no plan is below. Prices are whole numbers of 1/2^fine of a cost, so the bound is exact.
type medianDual struct {
	*medianSearch
	bag     packer
	fine    uint
	price   []int64   // of each place
	dear    int64     // the highest price
	most    int64     // no plan costs more
	may     []int8    // of each place as a median: [maybe], [must] or [never]
	home    []int32   // the median that must serve each place, or [None]
	arcs    [][]int32 // of each median, the places it may serve, the cheapest first
	value   []int64   // of each median: its costs less the prices it gets, at best
	serves  [][]int32 // of each median, whom for that
	order   []int32   // medians that may be, by value; those that must be come first
	often   []float64 // of each median, how often it was chosen lately
	times   []int32   // by how many of the chosen medians each place is served
	last    []float64 // the last direction of the prices
	sum     int64     // the bound, in fine units
	base    int64     // of the median weighed last: its value but for what its bag holds
	room    int64     // of the same: of the bag
	rootSum int64     // the best bound of all plans that are better than the best one
	settled bool      // arcs are few, and places may have homes
}

const (
	maybe = int8(iota)
	must
	never
)

const (
	impossible = math.MaxInt64 / 4 // the sum where there is no plan
	mostFine   = 12
	fineBits   = 56
	dualStale  = 15 // steps without a better bound, until they are made shorter
	someStale  = 8  // the same, in the branches
	dualCut    = 1.3
	leastStep  = 0.0005
	keepLast   = 0.9 // of the last direction
	tryFrom    = 40  // steps until plans are made of what is chosen
	trySweeps  = 50
)

func newMedianDual(s *medianSearch) *medianDual {
	n := s.n
	d := &medianDual{
		medianSearch: s, price: make([]int64, n), may: make([]int8, n), home: make([]int32, n), arcs: slices.Clone(s.near),
		value: make([]int64, n), serves: make([][]int32, n), often: make([]float64, n), times: make([]int32, n), last: make([]float64, n),
	}
	for i := range n {
		d.home[i] = None
		if s.Demand[i] > s.Capacity[i] {
			d.may[i] = never
		}
		var dearest int64
		for j := range n {
			dearest = max(dearest, s.Costs[j][i])
		}
		d.most += dearest
	}
	for d.fine < mostFine && (d.most+1)<<(d.fine+1) < 1<<fineBits {
		d.fine++
	}
	for i, k := range s.best.Of {
		d.price[i] = s.Costs[s.best.Medians[k]][i] << d.fine
	}
	return d
}

// root finds the bound of the whole problem, and plans on the way.
func (d *medianDual) root() {
	steps := 0
	d.rootSum = d.improve(boundSteps, 1, func() bool {
		if steps++; steps > tryFrom && steps%4 == 0 {
			d.tryChosen()
		}
		return d.spent() < boundUntil
	})
	d.bound = max(0, min(d.cost(), d.ceil(d.rootSum)))
}

// tryChosen makes a plan of the medians that are chosen.
func (d *medianDual) tryChosen() {
	g := d.assign(d.order[:d.Groups])
	g.keep()
	g.anneal(g.all(), trySweeps, 0.3)
}

// evaluate finds the bound at the present prices.
func (d *medianDual) evaluate() {
	d.dear = slices.Max(d.price)
	d.order = d.order[:0]
	musts := 0
	for j := range int32(d.n) {
		if d.may[j] != never {
			d.value[j] = d.weigh(j)
			d.order = append(d.order, j)
			musts += int(d.may[j] & must)
		}
	}
	slices.SortFunc(d.order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(d.may[b], d.may[a]), cmp.Compare(d.value[a], d.value[b]), cmp.Compare(a, b))
	})
	d.sum = impossible
	if len(d.order) >= d.Groups && musts <= d.Groups {
		d.choose()
	}
}

// choose takes the best medians.
func (d *medianDual) choose() {
	var sum int64
	for i, x := range d.price {
		sum += x
		d.often[i] *= 0.9
		d.times[i] = 0
	}
	for _, j := range d.order[:d.Groups] {
		if d.value[j] == impossible {
			return
		}
		sum += d.value[j]
		d.often[j] += 0.1
		for _, i := range d.serves[j] {
			d.times[i]++
		}
	}
	d.sum = sum
}

// weigh is the value of a median: the least its costs can be less the prices it gets.
func (d *medianDual) weigh(j int32) int64 {
	row, room := d.Costs[j], d.Capacity[j]-d.Demand[j]
	value := row[j]<<d.fine - d.price[j]
	d.serves[j] = append(d.serves[j][:0], j)
	d.bag.items = d.bag.items[:0]
	for _, i := range d.arcs[j] {
		gain := d.price[i] - row[i]<<d.fine
		if row[i]<<d.fine >= d.dear && !d.settled {
			break
		}
		if d.home[i] == j {
			value -= gain
			room -= d.Demand[i]
			d.serves[j] = append(d.serves[j], i)
		} else if gain > 0 && d.home[i] == None && d.may[i] != must && d.Demand[i] <= room {
			d.bag.add(i, gain, d.Demand[i])
		}
	}
	if room < 0 {
		return impossible
	}
	d.base, d.room = value, room
	value -= d.bag.pack(room)
	d.work += 4 + 2*len(d.bag.items) + (packNodes-d.bag.nodes)/4
	for x, taken := range d.bag.best {
		if taken {
			d.serves[j] = append(d.serves[j], d.bag.items[x].place)
		}
	}
	return value
}

// keepPlan keeps the plan that the bound is the cost of, where every place is served once.
func (d *medianDual) keepPlan() {
	for _, t := range d.times {
		if t != 1 {
			return
		}
	}
	of := make([]int32, d.n)
	for k, j := range d.order[:d.Groups] {
		for _, i := range d.serves[j] {
			of[i] = int32(k)
		}
	}
	d.state(d.order[:d.Groups], of).keep()
}

// step changes the prices: up where nobody serves a place, down where several do.
func (d *medianDual) step(scale float64) {
	var norm float64
	for i, t := range d.times {
		d.last[i] = keepLast*d.last[i] + float64(1-t)
		norm += d.last[i] * d.last[i]
	}
	if norm == 0 {
		return
	}
	size := scale * d.far() / norm
	for i, x := range d.last {
		d.price[i] = min(max(0, d.price[i]+int64(math.Round(size*x))), 1<<fineBits/int64(d.n))
	}
}

// far is how far the prices may be from the best ones, as a sum.
func (d *medianDual) far() float64 {
	gap := max(0, float64(d.best.Cost)*float64(int64(1)<<d.fine)-float64(d.sum))
	if d.settled {
		gap = max(gap, settledFar*float64(d.sum))
	}
	return gap
}

// patience is how many steps may bring no better bound until they are made shorter.
func (d *medianDual) patience() int {
	if d.settled {
		return someStale
	}
	return dualStale
}

// improve moves the prices so that the bound rises, and ends at the best ones. After each step it asks whether to go on.
func (d *medianDual) improve(steps int, scale float64, on func() bool) (best int64) {
	best = math.MinInt64
	prices := slices.Clone(d.price)
	defer func() { copy(d.price, prices) }()
	clear(d.last)
	for stale := 0; steps > 0 && scale > leastStep; steps-- {
		d.evaluate()
		if d.sum == impossible {
			return impossible
		}
		d.keepPlan()
		if d.sum > best {
			best, stale = d.sum, 0
			copy(prices, d.price)
		} else if stale++; stale > d.patience() {
			stale = 0
			scale /= dualCut
			copy(d.price, prices)
			d.evaluate()
		}
		if d.ceil(best) >= d.cost() || d.ended() || !on() {
			break
		}
		d.step(scale)
	}
	return best
}

// ceil is the least cost that is not below a bound.
func (d *medianDual) ceil(sum int64) int64 { return -(-sum >> d.fine) }
