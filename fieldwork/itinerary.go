package fieldwork

import (
	"context"
	"fmt"
	"runtime"

	"rounds/routing"

	"github.com/paulmach/orb"
)

// solvesAtOnce is how many orders are looked for at the same time; more wait their turn.
var solvesAtOnce = max(2, runtime.GOMAXPROCS(0))

// A halt is a stop that is to be put in order.
type halt struct {
	point    orb.Point
	service  int // seconds
	windows  []routing.Window
	priority int
}

// An itinerary is what an order is looked for of. Its nodes are the halts, then the start if there is one, then the end if
// it is another place.
type itinerary struct {
	halts       []halt
	start, end  *orb.Point // nil: at any halt
	round       bool       // back to the start
	first, last []int      // halts that come first, and last, in that order
	day         routing.Window
	lunch       routing.Lunch
}

// nodes is how many there are.
func (it itinerary) nodes() int { return len(it.points()) }

// points are where the nodes are.
func (it itinerary) points() []orb.Point {
	points := make([]orb.Point, len(it.halts), len(it.halts)+2)
	for i, h := range it.halts {
		points[i] = h.point
	}
	if it.start != nil {
		points = append(points, *it.start)
	}
	if it.end != nil && !it.round {
		points = append(points, *it.end)
	}
	return points
}

// problem is the only place where retailers and other stops become indices for routing.
func (it itinerary) problem(seconds func(i, j int) routing.Cost) (routing.Problem, routing.WindowProblem) {
	n := len(it.halts)
	p := routing.Problem{Matrix: routing.NewMatrix(it.nodes(), seconds), Start: routing.Free, End: routing.Free, Head: it.first, Tail: it.last}
	if it.start != nil {
		p.Start = n
	}
	switch {
	case it.round && it.start != nil:
		p.End = p.Start
	case it.end != nil:
		p.End = it.nodes() - 1
	}
	w := routing.WindowProblem{
		Times: p.Matrix, Start: p.Start, End: p.End, Day: it.day, Lunch: it.lunch, Stops: make([]routing.Stop, it.nodes()),
	}
	for i, h := range it.halts {
		w.Stops[i] = routing.Stop{Service: routing.Time(h.service), Windows: h.windows, Priority: h.priority}
	}
	return p, w
}

// solved is a tour that the independent check confirms; halts is its order without the ends.
func (it itinerary) solved(ctx context.Context, p routing.Problem, o routing.Options) (t routing.Tour, halts []int, err error) {
	t = routing.Solve(ctx, p, o)
	cost, err := routing.Check(p, t.Order)
	if err == nil && cost != t.Cost {
		err = fmt.Errorf("fieldwork: a tour said to cost %d costs %d", t.Cost, cost)
	}
	return t, it.haltsOf(t.Order), err
}

func (it itinerary) haltsOf(order []int) []int {
	halts := make([]int, 0, len(it.halts))
	for _, node := range order {
		if node < len(it.halts) {
			halts = append(halts, node)
		}
	}
	return halts
}
