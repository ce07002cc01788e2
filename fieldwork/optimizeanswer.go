package fieldwork

import (
	"context"
	"slices"
	"time"

	"rounds/routing"

	"github.com/paulmach/orb"
)

// route looks for the order and says what it means.
func (r *routeWork) route(ctx context.Context) (Route, error) {
	begun, limit := time.Now(), max(r.q.Limit, time.Millisecond)
	options := routing.Options{Spent: func() float64 { return float64(time.Since(begun)) / float64(limit) }}
	inTime, cancel := context.WithTimeout(ctx, limit+routeGrace)
	defer cancel()
	route := Route{Travel: r.itsTravel(), OffRoads: r.offRoads(), Calls: []RouteCall{}, LeftOut: []RouteLeftOut{}}
	for _, i := range r.visited {
		route.Calls = append(route.Calls, RouteCall{ID: r.q.Stops[i].ID, Visited: true})
	}
	problem, windows := r.problem(r.seconds)
	var err error
	if r.timed {
		err = r.withHours(inTime, windows, options, &route)
	} else {
		err = r.withoutHours(inTime, problem, options, &route)
	}
	if err == nil {
		err = ctx.Err()
	}
	return route, err
}

func (r *routeWork) withoutHours(ctx context.Context, p routing.Problem, o routing.Options, route *Route) error {
	t, order, err := r.solved(ctx, p, o)
	if err != nil {
		return err
	}
	route.LowerBound, route.Proven = int(t.LowerBound), t.Proven()
	route.Gap = gapOf(t.Cost, t.LowerBound)
	route.Begin = r.q.Begin
	here, now := p.Start, r.q.Begin
	for _, i := range order {
		leg := r.legFrom(here, i)
		now += leg.Seconds
		call := RouteCall{ID: r.id(i), Leg: leg, Arrive: now, Leave: now + r.halts[i].service}
		now, here = call.Leave, i
		r.add(route, call)
	}
	r.finish(route, here, now, p.End)
	return nil
}

func (r *routeWork) withHours(ctx context.Context, p routing.WindowProblem, o routing.Options, route *Route) error {
	r.chain(&p)
	t := routing.SolveWindows(ctx, p, o)
	if err := routing.CheckWindows(p, t); err != nil {
		return err
	}
	route.LowerBound, route.Proven = int(t.LowerBound), t.Proven
	route.Gap = gapOf(t.Cost, t.LowerBound)
	route.Begin = int(t.Start)
	if t.Meal.Taken {
		route.Meal = new(int(t.Meal.Begin))
	}
	here, now := p.Start, int(t.Start)
	for _, c := range t.Calls {
		call := RouteCall{ID: r.id(c.Node), Leg: r.legFrom(here, c.Node), Arrive: int(c.Arrive), Wait: int(c.Wait), Leave: int(c.Leave)}
		here, now = c.Node, call.Leave
		r.add(route, call)
	}
	for _, l := range t.LeftOut {
		route.LeftOut = append(route.LeftOut, RouteLeftOut{r.id(l.Node), r.reason(p, l)})
	}
	if t.Order != nil {
		r.finish(route, here, now, p.End)
		route.End = int(t.End)
	}
	return nil
}

func (r *routeWork) id(halt int) string { return r.q.Stops[r.names[halt]].ID }

func (r *routeWork) legFrom(here, to int) RouteLeg {
	if here == routing.Free {
		return RouteLeg{}
	}
	return r.leg(here, to)
}

func (r *routeWork) add(route *Route, call RouteCall) {
	route.Calls = append(route.Calls, call)
	route.Seconds += call.Leg.Seconds
	route.Meters += call.Leg.Meters
}

// finish goes to the end.
func (r *routeWork) finish(route *Route, here, now, end int) {
	if end != routing.Free && here != routing.Free {
		route.Back = r.leg(here, end)
	}
	route.Seconds += route.Back.Seconds
	route.Meters += route.Back.Meters
	route.End = now + route.Back.Seconds
}

func gapOf(cost, bound routing.Cost) *float64 {
	switch {
	case cost == bound:
		return new(float64)
	case bound > 0:
		return new(float64(cost-bound) / float64(bound))
	}
	return nil
}

// mustServe is the priority of stops whose place is fixed.
const mustServe = 1_000_000

// chain lets the first stops be reached from the start and from each other alone, in their order, and the last ones be left
// for each other and the end alone. So they are in their places or left out, and that only if nothing else helps.
func (r *routeWork) chain(p *routing.WindowProblem) {
	if len(r.first)+len(r.last) == 0 {
		return
	}
	for _, i := range slices.Concat(r.first, r.last) {
		p.Stops[i].Priority = mustServe
	}
	times := p.Times
	p.Times = routing.NewMatrix(times.Len(), func(i, j int) routing.Cost {
		if k := slices.Index(r.first, j); k >= 0 && i != p.Start && !slices.Contains(r.first[:k], i) {
			return routing.Unreachable
		}
		if k := slices.Index(r.last, i); k >= 0 && j != p.End && !slices.Contains(r.last[k+1:], j) {
			return routing.Unreachable
		}
		return times.At(i, j)
	})
}

// reason tells what cannot be reached at all from what is too far.
func (r *routeWork) reason(p routing.WindowProblem, l routing.LeftOut) string {
	if r.holes && l.Reason != routing.NeverOpen && !r.reached(p, l.Node) {
		return "unreachable"
	}
	return string(l.Reason)
}

// reached tells whether a stop can be got to from the start, and from it to the end; where there is neither, whether
// any other is next to it.
func (r *routeWork) reached(p routing.WindowProblem, node int) bool {
	if p.Start == routing.Free && p.End == routing.Free {
		for j := range p.Times.Len() {
			if j != node && min(p.Times.At(j, node), p.Times.At(node, j)) < routing.Unreachable {
				return true
			}
		}
		return p.Times.Len() == 1
	}
	return (p.Start == routing.Free || connected(p.Times, p.Start, node, p.End)) && (p.End == routing.Free || connected(p.Times, node, p.End, p.Start))
}

// connected tells whether a way leads from one node to another that does not pass a third.
func connected(m routing.Matrix, from, to, past int) bool {
	seen, open := make([]bool, m.Len()), []int{from}
	if past != routing.Free && past != to {
		seen[past] = true
	}
	for seen[from] = true; len(open) > 0; {
		here := open[len(open)-1]
		open = open[:len(open)-1]
		for j := range m.Len() {
			if !seen[j] && m.At(here, j) < routing.Unreachable {
				seen[j] = true
				open = append(open, j)
			}
		}
	}
	return seen[to]
}

// drawn adds the line through the stops that are served, as far as it is known where they are.
func (r *routeWork) drawn(ctx context.Context, o *Office, route *Route) (err error) {
	byID := map[string]*orb.Point{}
	for _, s := range r.q.Stops {
		byID[s.ID] = s.Point
	}
	var points []orb.Point
	add := func(p *orb.Point) {
		if p != nil {
			points = append(points, *p)
		}
	}
	if r.q.Start != nil {
		add(r.q.Start.Point)
	}
	for _, c := range route.Calls {
		add(byID[c.ID])
	}
	switch {
	case r.q.RoundTrip:
		add(r.q.Start.Point)
	case r.q.End != nil:
		add(r.q.End.Point)
	}
	route.Line, route.LineTravel, err = o.LineThrough(ctx, points)
	return err
}
