package api

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/geo"

	"github.com/paulmach/orb"
)

// Defaults of a question for a route.
const (
	routeBegin = 8*3600 + 30*60
	routeLimit = time.Second
)

// PostRouteOptimize puts stops in order, and keeps nothing.
func (s *Server) PostRouteOptimize(ctx context.Context, r PostRouteOptimizeRequestObject) (PostRouteOptimizeResponseObject, error) {
	a := actor(ctx)
	on := chartOf(a, r.Body.Datum)
	question, err := nounQuestion(*r.Body, on)
	if err != nil {
		return nil, err
	}
	route, err := s.office.OptimizeRoute(ctx, a, question)
	if err != nil {
		return nil, err
	}
	answer := wireRoute(route)
	if question.Line {
		answer.Geometry = wireLine(route.Line, route.LineTravel, on)
	}
	return PostRouteOptimize200JSONResponse(answer), nil
}

// A clockReader reads times of the day and collects those that are none.
type clockReader struct{ problem *rounds.Error }

func (c *clockReader) read(at string, text ClockTime) int {
	seconds, ok := clockSeconds(text)
	if !ok {
		c.problem.With(at, "not_a_clock_time")
	}
	return seconds
}

// clockSeconds reads 08:30 or 08:30:15, up to 47:59:59.
func clockSeconds(text string) (seconds int, ok bool) {
	parts := strings.Split(text, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return 0, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || len(part) != 2 || i == 0 && n > 47 || i > 0 && n > 59 {
			return 0, false
		}
		seconds = seconds*60 + int(n)
	}
	if len(parts) == 2 {
		seconds *= 60
	}
	return seconds, true
}

// wireTimeOfDay is a time of the day, past 24 hours if need be.
func wireTimeOfDay(seconds int) ClockTime {
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

func nounQuestion(b RouteQuestion, on chart) (fieldwork.RouteQuestion, error) {
	c := clockReader{rounds.Errorf(rounds.Invalid, "this route cannot be looked for: see the fields")}
	q := fieldwork.RouteQuestion{
		Start: nounPlace(b.Start, on), End: nounPlace(b.End, on), RoundTrip: orZero(b.RoundTrip),
		Visited: b.Visited, First: b.First, Last: b.Last,
		Begin: routeBegin, Limit: routeLimit, Line: orZero(b.Geometry),
	}
	if b.TimeLimitS != nil {
		q.Limit = time.Duration(*b.TimeLimitS * float64(time.Second))
	}
	if b.Day != nil && b.Day.Begin != nil {
		q.Begin = c.read("/day/begin", *b.Day.Begin)
	}
	if b.Day != nil && b.Day.End != nil {
		q.Until = c.read("/day/end", *b.Day.End)
	}
	if l := b.Lunch; l != nil {
		q.Lunch = &fieldwork.RouteLunch{RouteHours: c.hours("/lunch", RouteWindow{From: l.From, To: l.To}), Length: l.LengthS}
	}
	if b.Matrix != nil {
		q.Matrix = &fieldwork.RouteMatrix{Seconds: b.Matrix.Seconds, Meters: orZero(b.Matrix.Meters)}
	}
	for i, stop := range b.Stops {
		s := fieldwork.RouteStop{ID: stop.ID, Point: readPlace(stop.Lat, stop.Lon, on), Service: orZero(stop.ServiceS), Priority: orZero(stop.Priority)}
		for k, w := range stop.Windows {
			s.Hours = append(s.Hours, c.hours(fmt.Sprintf("/stops/%d/windows/%d", i, k), w))
		}
		q.Stops = append(q.Stops, s)
	}
	if len(c.problem.Fields) > 0 {
		return q, c.problem
	}
	return q, nil
}

func (c *clockReader) hours(at string, w RouteWindow) fieldwork.RouteHours {
	return fieldwork.RouteHours{From: c.read(at+"/from", w.From), Until: c.read(at+"/to", w.To)}
}

func nounPlace(p *RoutePlace, on chart) *fieldwork.RoutePlace {
	if p == nil {
		return nil
	}
	return &fieldwork.RoutePlace{Point: readPlace(p.Lat, p.Lon, on)}
}

// readPlace is nil unless both are given.
func readPlace(lat, lon *float64, on chart) *orb.Point {
	if lat == nil || lon == nil {
		return nil
	}
	return new(on.read(*lat, *lon))
}

func wireRoute(r fieldwork.Route) RouteAnswer {
	w := RouteAnswer{
		Stops: mapped(r.Calls, wireCall), SetOut: wireTimeOfDay(r.Begin), CostS: r.Seconds, DistanceM: r.Meters,
		LowerBoundS: r.LowerBound, Gap: r.Gap, Proven: r.Proven, Travel: wireTravel(r.Travel),
		End: RouteEnd{At: wireTimeOfDay(r.End), LegS: r.Back.Seconds, LegM: r.Back.Meters},
		LeftOut: mapped(r.LeftOut, func(l fieldwork.RouteLeftOut) RouteLeftOut {
			return RouteLeftOut{ID: l.ID, Reason: RouteLeftOutReason(l.Reason)}
		}),
		OffRoads: append([]string{}, r.OffRoads...),
	}
	if r.Meal != nil {
		w.Lunch = new(wireTimeOfDay(*r.Meal))
	}
	return w
}

func wireCall(c fieldwork.RouteCall) RouteCall {
	if c.Visited {
		return RouteCall{ID: c.ID, Visited: &c.Visited}
	}
	return RouteCall{
		ID: c.ID, Arrive: new(wireTimeOfDay(c.Arrive)), WaitS: &c.Wait, Leave: new(wireTimeOfDay(c.Leave)),
		LegS: &c.Leg.Seconds, LegM: &c.Leg.Meters, LegStraight: &c.Leg.Straight,
	}
}

// wireLine is a line in the datum asked for, twice.
func wireLine(line orb.LineString, t rounds.Travel, on chart) *RouteGeometry {
	written := make(orb.LineString, len(line))
	coordinates := make([][]float64, len(line))
	for i, p := range line {
		written[i] = on.write(p)
		coordinates[i] = []float64{written[i].Lon(), written[i].Lat()}
	}
	return &RouteGeometry{
		Polyline: geo.Polyline(written), Geojson: LineString{Type: "LineString", Coordinates: coordinates}, Travel: wireTravel(t),
	}
}
