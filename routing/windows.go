package routing

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Time is a moment or a length of time, in the unit of the matrix of travel times; moments
// count from wherever the caller's day does.
type Time int64

// A Window is from when until when a service may begin, both ends included. One that
// closes before it opens is never open.
type Window struct{ Opens, Closes Time }

// Stop is what a node asks of whoever calls there. The zero value is open all day, takes
// no time and is the first to be left out.
type Stop struct {
	Service  Time
	Windows  []Window // in one of which service begins; it may end later. None: all day
	Priority int      // what leaving it out counts for; 0 counts as 1
}

// Lunch is a break that lasts Length and begins in the window, after a service and before the way or after the way
// and before a service. A tour over by the time the window closes has it afterwards, and
// one that may not start before then has had it.
type Lunch struct {
	Length Time // 0: no lunch
	Window
}

// WindowProblem is a day's stops with the hours at which they can be served. Start and End are as in [Problem]; what
// Stops says of them does not count.
type WindowProblem struct {
	Times      Matrix  // travel; [MaxCost] is no way at all
	Costs      *Matrix // what legs cost, if not their time
	Start, End int
	Stops      []Stop // by node
	Day        Window // the earliest start and the latest end, from 0 to below MaxCost
	Lunch      Lunch
}

// Reason is why a stop is left out.
type Reason string

// Of several reasons the first holds.
const (
	NeverOpen  Reason = "never_open"   // no window touches the day
	TooFar     Reason = "too_far"      // not within the day and a window even as the only stop, without lunch
	NoTimeLeft Reason = "no_time_left" // not beside the stops that are served
)

// LeftOut is a stop that is not served.
type LeftOut struct {
	Node   int
	Reason Reason
}

// Call is a stop that is served: Arrive, wait, perhaps have lunch, Begin, Leave.
type Call struct {
	Node                int
	Arrive, Begin, Wait Time // Wait is what lies between them without lunch
	Leave               Time
}

// Meal is where and when lunch is had: before the call of that number is begun, or the end
// is reached where there is none; there if Arrived, else before setting out for it.
type Meal struct {
	Taken, Arrived bool
	Call           int
	Begin          Time
}

// WindowTour serves what can be served, and names the rest. Of all tours it is to lose the least
// priority, then to cost the least, then to end the earliest; it sets out as late as that allows.
type WindowTour struct {
	Order      []int // the nodes on the way, as in [Tour]
	Calls      []Call
	Meal       Meal
	Start, End Time
	LeftOut    []LeftOut // by node
	Lost       int       // priority left out
	Cost       Cost
	LowerBound Cost // no tour that serves the same stops costs less
	Proven     bool // no other tour is better
	Kicks      int
}

// mostExact is the most stops of which every order is weighed.
const mostExact = 20

// SolveWindows finds the best tour, up to 20 stops nearly always with proof. If ctx ends first, the best so
// far is the answer, without an order if none was found in which the end is reached in time. It panics if the ends, the day, a service or the sizes make no sense.
func SolveWindows(ctx context.Context, p WindowProblem, o Options) WindowTour {
	p.mustBeValid()
	h := newHours(p, late(ctx, o))
	s := newRounds(ctx, h, o)
	if h.m <= mostExact {
		s.solveFew()
	} else {
		s.solveMany()
	}
	return s.tour(p)
}

func (p WindowProblem) costs() Matrix {
	if p.Costs != nil {
		return *p.Costs
	}
	return p.Times
}

func (p WindowProblem) untimed() Problem {
	return Problem{Matrix: p.costs(), Start: p.Start, End: p.End}
}

func (p WindowProblem) mustBeValid() {
	p.untimed().mustBeValid()
	n := p.Times.Len()
	if len(p.Stops) != n || p.costs().Len() != n {
		panic(fmt.Sprintf("routing: %d stops, %d nodes in costs: want %d", len(p.Stops), p.costs().Len(), n))
	}
	if p.Day.Opens < 0 || p.Day.Closes < p.Day.Opens || p.Day.Closes >= Time(MaxCost) {
		panic(fmt.Sprintf("routing: day from %d to %d", p.Day.Opens, p.Day.Closes))
	}
	if p.Lunch.Length < 0 || p.Lunch.Length >= Time(MaxCost) {
		panic(fmt.Sprintf("routing: lunch of %d", p.Lunch.Length))
	}
	for i, s := range p.Stops {
		if s.Service < 0 || s.Service >= Time(MaxCost) || s.Priority < 0 || s.Priority >= int(MaxCost) {
			panic(fmt.Sprintf("routing: stop %d with service %d and priority %d", i, s.Service, s.Priority))
		}
	}
}

// tour says what the best order means for its problem.
func (s *rounds) tour(p WindowProblem) WindowTour {
	h := s.hours
	if s.best.lost == math.MaxInt64 {
		return nowhere(p, h.hopeless)
	}
	t := WindowTour{LeftOut: slices.Clone(h.hopeless), Proven: s.proven, Kicks: s.kicks}
	served := make([]bool, h.m)
	for _, i := range s.best.order {
		served[i] = true
	}
	for i, yes := range served {
		if !yes {
			t.LeftOut = append(t.LeftOut, LeftOut{h.names[i], NoTimeLeft})
		}
	}
	slices.SortFunc(t.LeftOut, func(x, y LeftOut) int { return x.Node - y.Node })
	for _, l := range t.LeftOut {
		t.Lost += p.weight(l.Node)
	}
	h.timetable(s.best.order, &t)
	t.Order = h.nodes(p, s.best.order)
	t.Cost = s.best.cost
	t.LowerBound = s.lowerBound(t)
	if len(t.LeftOut) == len(h.hopeless) && t.Cost == t.LowerBound {
		t.Proven = true
	}
	if t.Proven {
		t.LowerBound = t.Cost
	}
	return t
}

func (p WindowProblem) weight(node int) int { return max(1, p.Stops[node].Priority) }

// nowhere is the answer where not even the end is reached in time.
func nowhere(p WindowProblem, hopeless []LeftOut) WindowTour {
	var t WindowTour
	for node := range p.Stops {
		if node == p.Start || node == p.End {
			continue
		}
		l := LeftOut{node, TooFar}
		if slices.Contains(hopeless, LeftOut{node, NeverOpen}) {
			l.Reason = NeverOpen
		}
		t.LeftOut = append(t.LeftOut, l)
		t.Lost += p.weight(node)
	}
	return t
}

// nodes is an order of stops with the ends that are nodes.
func (h *hours) nodes(p WindowProblem, order []int32) []int {
	nodes := make([]int, 0, len(order)+2)
	if p.Start != Free && p.Times.Len() > 0 {
		nodes = append(nodes, p.Start)
	}
	for _, i := range order {
		nodes = append(nodes, h.names[i])
	}
	if p.End != Free && p.End != p.Start && p.Times.Len() > 0 {
		nodes = append(nodes, p.End)
	}
	return nodes
}
