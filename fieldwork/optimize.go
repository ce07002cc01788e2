package fieldwork

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rounds"
	"rounds/roads"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// A RouteQuestion is a day's stops of anybody, to be put in order. Nothing of it is kept. Hours are seconds of the day and
// go on past 24 of them.
type RouteQuestion struct {
	Stops                []RouteStop
	Start, End           *RoutePlace // nil: at any stop
	RoundTrip            bool
	Visited, First, Last []string // ids: where one has been; what comes next, and last, in these orders
	Begin                int      // of the day
	Until                int      // 0: no end
	Lunch                *RouteLunch
	Matrix               *RouteMatrix // nil: by the office's source
	Limit                time.Duration
	Line                 bool // the way's line is wanted
}

// RoutePlace is a place that may be known only to the question's own matrix.
type RoutePlace struct{ Point *orb.Point }

// RouteStop is a stop of a question, and which hours it keeps; without any, all day.
type RouteStop struct {
	ID       string
	Point    *orb.Point
	Service  int // seconds
	Hours    []RouteHours
	Priority int
}

// RouteHours are from when until when service may begin.
type RouteHours struct{ From, Until int }

// RouteLunch is a break that begins within hours.
type RouteLunch struct {
	RouteHours
	Length int // seconds
}

// RouteMatrix is seconds, and metres perhaps, from all to all: the stops in their order, the start, the end, as far as these
// are given. Nil is no way.
type RouteMatrix struct{ Seconds, Meters [][]*int }

// A Route is the answer to a question.
type Route struct {
	Calls      []RouteCall // those of Visited first, without times
	LeftOut    []RouteLeftOut
	Begin, End int      // when one sets out, and is there
	Back       RouteLeg // from the last call to the end, if there is one
	Meal       *int     // when lunch begins
	Seconds    int      // under way
	Meters     float64  // likewise
	LowerBound int      // no order of the same stops has fewer seconds
	Gap        *float64 // nil: not known
	Proven     bool
	OffRoads   []string // stops that the source does not reach
	Travel     rounds.Travel
	Line       orb.LineString
	LineTravel rounds.Travel
}

// RouteLeg is how one gets to a place.
type RouteLeg struct {
	Seconds  int
	Meters   float64
	Straight bool
}

// RouteCall is a stop on the way.
type RouteCall struct {
	ID                  string
	Visited             bool
	Leg                 RouteLeg
	Arrive, Wait, Leave int
}

// RouteLeftOut is a stop that is not served: never_open, too_far, no_time_left or unreachable.
type RouteLeftOut struct{ ID, Reason string }

// Limits of a question: of stops in all, of those that a routing service is asked about, and where hours, holes or an own
// matrix are to be looked at.
const (
	MostRouteStops        = 1000
	mostRouteStopsService = 300
	mostRouteStopsTimed   = 300
	mostRouteStopsMatrix  = 300
	routeSlotTime         = 5 * time.Second
	routeGrace            = 200 * time.Millisecond
)

// OwnMatrix is the source of travel times that a question brings along.
const OwnMatrix = "own"

// OptimizeRoute puts the stops of a question in order, for those who plan: it reads and keeps nothing, but takes
// seconds of a processor. Few are answered at once.
func (o *Office) OptimizeRoute(ctx context.Context, a rounds.Actor, q RouteQuestion) (Route, error) {
	if err := allow(a, planning); err != nil {
		return Route{}, err
	}
	r, err := o.newRouting(q)
	if err != nil {
		return Route{}, err
	}
	if err := o.takeTurn(ctx); err != nil {
		return Route{}, err
	}
	defer func() { <-o.solves }()
	if err := r.findWays(ctx, o.travel); err != nil {
		return Route{}, err
	}
	route, err := r.route(ctx)
	if err == nil && q.Line {
		err = r.drawn(ctx, o, &route)
	}
	return route, err
}

// takeTurn waits for one of few places, and not for long.
func (o *Office) takeTurn(ctx context.Context) error {
	patience := time.NewTimer(routeSlotTime)
	defer patience.Stop()
	select {
	case o.solves <- struct{}{}:
		return nil
	case <-patience.C:
		return rounds.Errorf(rounds.Unavailable, "the server is too busy: try again")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// routeWork is a question on its way to an answer.
type routeWork struct {
	itinerary
	q       RouteQuestion
	names   []int // the question's stop of each halt
	visited []int // stops of the question, in their order
	nodes   []int // the matrix' node of each of the itinerary's
	timed   bool

	table *roads.Table // nil: the question's own matrix
	holes bool
}

func (o *Office) newRouting(q RouteQuestion) (*routeWork, error) {
	problem := rounds.Errorf(rounds.Invalid, "this route cannot be looked for: see the fields")
	byID := map[string]int{}
	for i, s := range q.Stops {
		if _, twice := byID[s.ID]; twice {
			problem.With(fmt.Sprintf("/stops/%d/id", i), "given_twice")
		}
		byID[s.ID] = i
		if s.Point == nil && q.Matrix == nil {
			problem.With(fmt.Sprintf("/stops/%d/lat", i), "required")
		}
	}
	for name, place := range map[string]*RoutePlace{"/start": q.Start, "/end": q.End} {
		if place != nil && place.Point == nil && q.Matrix == nil {
			problem.With(name+"/lat", "required")
		}
	}
	if q.RoundTrip && q.Start == nil {
		problem.With("/start", "required")
	}
	if q.RoundTrip && q.End != nil {
		problem.With("/end", "contradicts", "round_trip")
	}
	if q.Until > 0 && q.Until <= q.Begin {
		problem.With("/day/end", "not_after_start")
	}
	r := &routeWork{q: q}
	placed := map[int]bool{}
	find := func(list string, ids []string) (found []int) {
		for k, id := range ids {
			i, ok := byID[id]
			switch {
			case !ok:
				problem.With(fmt.Sprintf("/%s/%d", list, k), "not_a_stop")
			case placed[i]:
				problem.With(fmt.Sprintf("/%s/%d", list, k), "given_twice")
			default:
				placed[i] = true
				found = append(found, i)
			}
		}
		return found
	}
	r.visited = find("visited", q.Visited)
	first, last := find("first", q.First), find("last", q.Last)
	r.timed = q.Until > 0 || q.Lunch != nil || slices.ContainsFunc(q.Stops, func(s RouteStop) bool { return len(s.Hours) > 0 })
	r.checkMatrix(problem)
	r.checkSize(problem, o.travel.Source)
	if len(problem.Fields) > 0 {
		slices.SortFunc(problem.Fields, func(a, b rounds.Field) int { return len(a.Pointer) - len(b.Pointer) })
		return nil, problem
	}
	r.fill(first, last)
	return r, nil
}

// matrixNodes is how many nodes the question has: its stops, its start and its end.
func (r *routeWork) matrixNodes() int {
	n := len(r.q.Stops)
	if r.q.Start != nil {
		n++
	}
	if r.q.End != nil {
		n++
	}
	return n
}

func (r *routeWork) checkMatrix(problem *rounds.Error) {
	if r.q.Matrix == nil {
		return
	}
	n := r.matrixNodes()
	for name, rows := range map[string][][]*int{"seconds": r.q.Matrix.Seconds, "meters": r.q.Matrix.Meters} {
		if name == "meters" && rows == nil {
			continue
		}
		if len(rows) != n {
			problem.With("/matrix/"+name, "wrong_count", n, n)
		}
		for i, row := range rows {
			if len(row) != n {
				problem.With(fmt.Sprintf("/matrix/%s/%d", name, i), "wrong_count", n, n)
				break
			}
			for j, v := range row {
				r.holes = r.holes || name == "seconds" && v == nil && i != j
			}
		}
	}
	r.timed = r.timed || r.holes
}

func (r *routeWork) checkSize(problem *rounds.Error, source roads.Source) {
	most := MostRouteStops
	if r.q.Matrix != nil {
		most = min(most, mostRouteStopsMatrix)
	} else if source == roads.SourceOSRM || source == roads.SourceValhalla {
		most = min(most, mostRouteStopsService)
	}
	if r.timed {
		most = min(most, mostRouteStopsTimed)
	}
	if len(r.q.Stops) > most {
		problem.With("/stops", "too_many", most)
	}
}

// fill makes the itinerary. Where one has been does not matter any more: the last of it is where one starts from.
func (r *routeWork) fill(first, last []int) {
	q, halts := r.q, map[int]int{}
	for i, s := range q.Stops {
		if slices.Contains(r.visited, i) {
			continue
		}
		halts[i] = len(r.names)
		r.names, r.nodes = append(r.names, i), append(r.nodes, i)
		h := halt{point: orZeroPoint(s.Point), service: s.Service, priority: s.Priority}
		for _, w := range s.Hours {
			h.windows = append(h.windows, routing.Window{Opens: routing.Time(w.From), Closes: routing.Time(w.Until)})
		}
		r.halts = append(r.halts, h)
	}
	for _, i := range first {
		r.first = append(r.first, halts[i])
	}
	for _, i := range last {
		r.last = append(r.last, halts[i])
	}
	r.fillEnds()
	r.day = routing.Window{Opens: routing.Time(q.Begin), Closes: routing.Time(q.Until)}
	if q.Until == 0 {
		r.day.Closes = routing.Time(routing.MaxCost) - 1
	}
	if q.Lunch != nil {
		r.lunch = routing.Lunch{
			Length: routing.Time(q.Lunch.Length),
			Window: routing.Window{Opens: routing.Time(q.Lunch.From), Closes: routing.Time(q.Lunch.Until)},
		}
	}
}

func (r *routeWork) fillEnds() {
	q, stops := r.q, len(r.q.Stops)
	home := q.Start != nil
	switch {
	case len(r.visited) > 0:
		here := r.visited[len(r.visited)-1]
		r.start = pointOf(q.Stops[here].Point)
		r.nodes = append(r.nodes, here)
		if q.RoundTrip {
			r.end = pointOf(q.Start.Point)
			r.nodes = append(r.nodes, stops)
		}
	case home:
		r.start, r.round = pointOf(q.Start.Point), q.RoundTrip
		r.nodes = append(r.nodes, stops)
	}
	if q.End != nil {
		r.end = pointOf(q.End.Point)
		r.nodes = append(r.nodes, r.matrixNodes()-1)
	}
}

// pointOf is never nil: a place of an own matrix may be nowhere.
func pointOf(p *orb.Point) *orb.Point {
	p2 := orZeroPoint(p)
	return &p2
}

func orZeroPoint(p *orb.Point) orb.Point {
	if p == nil {
		return orb.Point{}
	}
	return *p
}

func (r *routeWork) findWays(ctx context.Context, travel *roads.Travel) (err error) {
	if r.q.Matrix == nil {
		r.table, err = travel.Table(ctx, r.points())
	}
	return err
}

func (r *routeWork) seconds(i, j int) routing.Cost {
	if r.table != nil {
		return r.table.Seconds(i, j)
	}
	if v := r.q.Matrix.Seconds[r.nodes[i]][r.nodes[j]]; v != nil {
		return routing.Cost(*v)
	}
	return routing.Unreachable
}

func (r *routeWork) leg(i, j int) RouteLeg {
	l := RouteLeg{Seconds: int(r.seconds(i, j))}
	if i == j {
		return RouteLeg{}
	}
	if r.table != nil {
		l.Meters, l.Straight = float64(r.table.Meters(i, j)), r.table.IsStraight(i, j)
	} else if m := r.q.Matrix.Meters; m != nil && m[r.nodes[i]][r.nodes[j]] != nil {
		l.Meters = float64(*m[r.nodes[i]][r.nodes[j]])
	}
	return l
}

func (r *routeWork) itsTravel() rounds.Travel {
	if r.table == nil {
		return rounds.Travel{Source: OwnMatrix, Wanted: OwnMatrix}
	}
	return rounds.Travel{Source: string(r.table.Source), Wanted: string(r.table.Wanted), Fallback: string(r.table.Fallback)}
}

// offRoads names the stops that the source does not reach.
func (r *routeWork) offRoads() (ids []string) {
	if r.table == nil {
		return nil
	}
	for _, node := range r.table.Off() {
		if node < len(r.names) {
			ids = append(ids, r.q.Stops[r.names[node]].ID)
		}
	}
	return ids
}
