package districting

import (
	"context"
	"math"
	"slices"

	"rounds/routing/territory"
)

// Travelled is a cut in which minutes include those on the way, as days that were planned for it have them.
type Travelled struct {
	Plan    territory.Plan
	Ways    []int64       // of each territory, thousandths of a minute in four weeks
	Minutes []int64       // of each, with ways
	Shares  []int64       // of each unit in the ways of its territory
	Rounds  []TravelRound // of cutting and planning, the first by what was expected before any days were planned
}

// TravelRound is what days planned for a cut say of it. Errors are shares of each territory's own minutes on the way.
type TravelRound struct {
	Worst   float64 // the largest |minutes with ways ÷ target − 1|
	Ways    float64 // minutes on the way, as a share of all
	Mean    float64 // error of what was expected of the ways, all of it made as long as they are
	P95     float64
	Largest float64
	Errors  []float64 // of each territory, rising
}

// Calibrate cuts the region so that minutes with ways are fair: by [Region.Spacing] first, then, until the tolerances are met
// and at most so many times more, by the ways of days that were planned for the cut before. Of these cuts the best stays, and the
// loads of the region's problem are then those of its days. The options' time is for planning too, some 0.1 s for 200 places: the days
// of the first cut are planned whatever it takes, and it is cut again only where there is time to plan that too. If ctx ends, the best cut so far whose days were planned is it, or the first without.
func (r *Region) Calibrate(ctx context.Context, t Travel, o territory.Options, again int) Travelled {
	c := newCalibration(r, t)
	expected := c.spacing()
	clock := &timing{Options: o, cuts: again + 1}
	for round := 0; clock.cuts > 0; round++ {
		plan := c.cut(ctx, expected, clock.next())
		ways, outside := c.plan(ctx, plan.Of)
		clock.planned()
		if ctx.Err() != nil && round > 0 {
			break
		}
		if expected = c.learn(plan, expected, ways, outside); c.best.Plan.Met || ctx.Err() != nil {
			break
		}
	}
	r.Problem.Units = c.units
	return c.best
}

// Travel plans the days of a cut, adds their ways to the loads of the region's problem, and says what the cut is then.
func (r *Region) Travel(ctx context.Context, t Travel, of []int32) Travelled {
	c := newCalibration(r, t)
	ways, outside := c.plan(ctx, of)
	c.learn(territory.Plan{Of: of}, c.spacing(), ways, outside)
	r.Problem.Units = c.units
	return c.best
}

// calibration is one under way.
type calibration struct {
	*ways
	best  Travelled
	units []territory.Unit // of the best, with its ways
	last  []int32          // the cut before
	today bool             // somebody has a territory today
}

func newCalibration(r *Region, t Travel) *calibration {
	c := &calibration{ways: newWays(r, t), units: r.Problem.Units}
	c.today = slices.ContainsFunc(c.units, func(u territory.Unit) bool { return u.Today != territory.None })
	return c
}

// timing shares the time out to cuts and to the planning of their days.
type timing struct {
	territory.Options
	cuts  int     // that may come
	begun float64 // the planning under way, or the cut before it
	takes float64 // the planning before
}

// next is what the next cut has: half of the time for the first, as it is not known how long planning takes; then what that leaves,
// evenly.
func (c *timing) next() territory.Options {
	o, spent := c.Options, c.Spent
	if spent == nil {
		return o
	}
	c.begun = spent()
	part := 1 - c.begun
	if c.takes > 0 {
		part = part/float64(c.cuts) - c.takes
	} else if c.cuts > 1 {
		part /= 2
	}
	begun := c.begun
	c.begun += part
	o.Spent = func() float64 { return (spent() - begun) / max(part, 1e-9) }
	return o
}

// planned counts a cut whose days are planned, and leaves as many as there is time for. A cut that takes less than its planning does
// is not worth it.
func (c *timing) planned() {
	c.cuts--
	if c.Spent == nil {
		return
	}
	now := c.Spent()
	c.takes = max(now-c.begun, 1e-9)
	c.cuts = max(0, min(c.cuts, int((1-now)/(2*c.takes))))
}

const (
	narrower  = 2    // what the tolerance of minutes is divided by, while ways are only expected
	lastPrice = 1000 // of change keeps a cut near the last one, of which the ways are known
)

// cut shares out the minutes with the ways that are expected.
func (c *calibration) cut(ctx context.Context, expected []int64, o territory.Options) territory.Plan {
	p := c.Problem
	p.Units, p.Measures = c.with(expected), slices.Clone(p.Measures)
	if m := &p.Measures[c.Measure]; m.Tolerance > 0 {
		m.Tolerance = max(1, m.Tolerance/narrower)
	}
	if c.last != nil && !c.today {
		p.ChangePrice = lastPrice
		for i := range p.Units {
			p.Units[i].Today = c.last[i]
		}
	}
	plan := territory.Balance(ctx, p, o)
	c.last = plan.Of
	return plan
}

// with are the units with minutes on the way added.
func (c *calibration) with(minutes []int64) []territory.Unit {
	units := slices.Clone(c.Problem.Units)
	for i := range units {
		units[i].Loads = slices.Clone(units[i].Loads)
		units[i].Loads[c.Measure] += int64(math.Round(float64(minutes[i]) * float64(c.scales[c.Measure]) / 1000))
	}
	return units
}

// plan plans the days of each territory.
func (c *calibration) plan(ctx context.Context, of []int32) (ways, outside []int64) {
	k := len(c.Problem.Territories)
	ways, outside = make([]int64, k), make([]int64, k)
	for t, units := range members(of, k) {
		ways[t], outside[t] = c.tours(ctx, units, c.home(t, units))
	}
	return ways, outside
}

// learn shares what the days of each territory have of ways among its places, as it was expected of them, and keeps the cut if it is the
// best so far.
func (c *calibration) learn(plan territory.Plan, expected, ways, outside []int64) []int64 {
	sums, learned := make([]int64, len(ways)), make([]int64, len(expected))
	for i, t := range plan.Of {
		sums[t] += expected[i]
	}
	for i, t := range plan.Of {
		if sums[t] > 0 {
			learned[i] = int64(math.Round(float64(expected[i]) * float64(ways[t]) / float64(sums[t])))
		}
	}
	p := c.Problem
	p.Units = c.with(learned)
	real, err := territory.Check(p, plan.Of)
	if err != nil { // no cut keeps what is asked: it stays as it is
		real = plan
	}
	real.Iterations = plan.Iterations
	rounds := c.best.Rounds
	if len(rounds) == 0 { // what is known once there are days, and before there are tours
		for t := range sums {
			sums[t] = int64(float64(sums[t])*withinDay/betweenVisits) + outside[t]
		}
	}
	if len(real.Loads) > 0 {
		rounds = append(rounds, c.round(real, sums, ways))
	}
	minutes := make([]int64, len(ways))
	for i, t := range plan.Of {
		minutes[t] += c.service[i] + learned[i]
	}
	if c.best.Plan.Of == nil || better(real, c.best.Plan, c.Measure) {
		c.best, c.units = Travelled{Plan: real, Ways: ways, Minutes: minutes, Shares: learned}, p.Units
	}
	c.best.Rounds = rounds
	return learned
}

// better is first what is met, then what is nearer to fair.
func better(a, b territory.Plan, measure int) bool {
	if a.Met != b.Met {
		return a.Met
	}
	if len(a.Worst) == 0 || len(b.Worst) == 0 { // one keeps not even what is locked
		return len(a.Worst) > 0
	}
	return a.Worst[measure] < b.Worst[measure]
}

// round compares what was expected of the ways with what they are.
func (c *calibration) round(real territory.Plan, expected, ways []int64) TravelRound {
	var all, sum, minutes float64
	for t := range ways {
		all, sum = all+float64(ways[t]), sum+float64(expected[t])
		minutes += float64(real.Loads[t][c.Measure]) * 1000 / float64(c.scales[c.Measure])
	}
	r := TravelRound{Worst: float64(real.Worst[c.Measure]) / millionths, Ways: all / max(1, minutes), Errors: make([]float64, len(ways))}
	for t, way := range ways {
		if way > 0 {
			r.Errors[t] = math.Abs(float64(expected[t])/max(1, sum)*all/float64(way) - 1)
		}
		r.Mean += r.Errors[t] / float64(len(ways))
	}
	slices.Sort(r.Errors)
	r.P95, r.Largest = percentile(r.Errors, 95), r.Errors[len(r.Errors)-1]
	return r
}

// percentile is the least of what is sorted that so many per cent do not exceed.
func percentile(sorted []float64, per int) float64 {
	return sorted[(len(sorted)*per+99)/100-1]
}
