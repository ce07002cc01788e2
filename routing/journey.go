package routing

import (
	"context"
	"fmt"
	"math/bits"
)

// Journey is a cycle of days and who is to be called on in it: on which days, by whom and in what order is
// looked for. All calls that can be made are; then the sum is to be as small as can be of
//
//	travel      all legs of all tours
//	unevenness  Uneven × what [JourneyPlan] says of it
//	patterns    the price of each that is taken: of spacing, of days nobody wished, of change
type Journey struct {
	Travel Matrix // in the unit of services and limits; [MaxCost] is no way at all
	Days   []JourneyDay
	Calls  []JourneyCall
	Uneven Cost // price of each unit of unevenness
}

// JourneyDay is a day of the cycle. People who work on it have a tour each, from Start to End, and are alike.
type JourneyDay struct {
	Start, End int  // nodes, or [Free]; a tour without calls goes nowhere
	Tours      int  // people who work; 0: nobody
	Longest    Cost // a tour with its services, below [MaxCost]; 0: as long as it takes
	Load       Cost // of the calls of a tour; 0: any
}

// JourneyCall is someone to be called on: on the days of one of its patterns, once on each.
type JourneyCall struct {
	Node          int
	Service, Load Cost // of every call, from 0 to below [MaxCost]
	Patterns      []Pattern
	Priority      int // what leaving it out counts for; 0 counts as 1
}

// Pattern is a choice of days, bit d for day d, and what it costs beside the travel.
type Pattern struct {
	Days  uint64
	Price Cost
}

// MostJourneyDays is how many days a cycle has at most: eight weeks and a remainder.
const MostJourneyDays = 64

// Why a call is left out, beside [TooFar] (on each pattern there is a day too short for it alone) and
// [NoTimeLeft]. Of several reasons the first holds: no_pattern, too_heavy, too_far, no_time_left.
const (
	NoPattern Reason = "no_pattern" // no pattern has a day, or each has one on which nobody works
	TooHeavy  Reason = "too_heavy"  // on each other pattern there is a day with less load than it has alone
)

// CallLeftOut is a call that is not made, by its index.
type CallLeftOut struct {
	Call   int
	Reason Reason
}

// JourneyPlan says who is called on when. Of all plans it is to lose the least priority, then to cost the least.
//
// Its unevenness compares what each day has (travel and services of all tours, w) with what it ought to have
// (o: the same share of the sum W as its share g of all working time G), as Σ (w − o)² / o: for days alike, W times the square
// of their coefficient of variation. In whole numbers that is ⌊Σ w·⌊w·G/g⌋ / W⌋ − W, and 0 at least; g is
// Tours × Longest in thousandths of the longest Longest, 1 at least, or Tours if any working day has no limit.
type JourneyPlan struct {
	Taken   []int     // the pattern of each call, -1 if it is left out
	Tours   [][][]int // day, tour, calls in order: indices of Calls
	LeftOut []CallLeftOut
	Lost    int // priority left out

	Cost                  Cost // the sum of what follows
	Travel, Uneven, Price Cost
	Kicks                 int // made
}

// SolveJourney finds a cheap plan. If ctx ends first, the best so far is the answer. It is meant for some 4,000
// calls at most: it keeps what all legs between them cost. It panics if sizes, nodes or days make no sense.
func SolveJourney(ctx context.Context, j Journey, o Options) JourneyPlan {
	j.mustBeValid()
	s := newPlanning(ctx, j, o)
	s.search()
	return s.plan()
}

func (j Journey) mustBeValid() {
	if len(j.Days) > MostJourneyDays {
		panic(fmt.Sprintf("routing: %d days: want at most %d", len(j.Days), MostJourneyDays))
	}
	if j.Uneven < 0 || j.Uneven > MaxCost {
		panic(fmt.Sprintf("routing: price %d of unevenness", j.Uneven))
	}
	node := func(i int) bool { return i >= 0 && i < j.Travel.Len() }
	end := func(i int) bool { return i == Free || node(i) }
	size := func(c Cost) bool { return c >= 0 && c < MaxCost }
	for d, day := range j.Days {
		if !end(day.Start) || !end(day.End) || day.Tours < 0 || day.Tours > mostTours || !size(day.Longest) || !size(day.Load) {
			panic(fmt.Sprintf("routing: day %d is %+v", d, day))
		}
	}
	for i, c := range j.Calls {
		if !node(c.Node) || !size(c.Service) || !size(c.Load) || c.Priority < 0 || c.Priority >= int(MaxCost) {
			panic(fmt.Sprintf("routing: call %d at node %d with service %d, load %d, priority %d", i, c.Node, c.Service, c.Load, c.Priority))
		}
		for _, p := range c.Patterns {
			if bits.Len64(p.Days) > len(j.Days) || p.Price < 0 || p.Price > MaxCost {
				panic(fmt.Sprintf("routing: call %d with pattern %+v of %d days", i, p, len(j.Days)))
			}
		}
	}
}

// mostTours is how many people work on a day at most.
const mostTours = 1000

func (c JourneyCall) weight() int { return max(1, c.Priority) }
