package fieldwork

import (
	"context"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// A shift is what is free of an auditor's day: after what they have to go already, and after now.
type shift struct {
	daytime
	auditor       int
	opens, closes int // seconds after midnight
	start, end    *orb.Point
	route         *rounds.AuditRoute // of the same audit, which goes on; nil: none yet
	known         []rounds.Stop      // whose ids are kept

	way   trip
	stops []rounds.Stop // beyond those of the route
	back  rounds.Stop   // the leg to the end
	order []rounds.Retailer
}

// findShifts looks for the days on which auditors work and are free.
func (w *auditWork) findShifts(ctx context.Context) error {
	busy, err := w.office.store.AuditRoutesBetween(ctx, w.actor.OrgID, w.people(), slices.Min(w.asked.Days), slices.Max(w.asked.Days))
	if err != nil {
		return err
	}
	last, err := w.lastPlaces(ctx, busy)
	if err != nil {
		return err
	}
	for _, day := range w.asked.Days {
		d, err := w.office.daytimeOf(ctx, w.actor, day)
		if err != nil {
			return err
		}
		d.hours = w.hours()
		for i := range w.auditors {
			why, err := w.off(ctx, i, day)
			if err != nil {
				return err
			}
			s := w.shift(i, d, busy, last)
			if why == "" && s.length() <= 0 {
				why = leftNoTime
			}
			if why != "" {
				w.made.NoDay = append(w.made.NoDay, NoAuditDay{w.auditors[i].ID, day, why})
				continue
			}
			w.shifts = append(w.shifts, s)
		}
	}
	return nil
}

func (w *auditWork) people() []rounds.UserID {
	ids := make([]rounds.UserID, len(w.auditors))
	for i, u := range w.auditors {
		ids[i] = u.ID
	}
	return ids
}

// off is why an auditor does not work on a day; "" if they do.
func (w *auditWork) off(ctx context.Context, i int, day rounds.Day) (string, error) {
	o, org, id := w.office, w.actor.OrgID, w.auditors[i].ID
	leaves, err := o.store.Leaves(ctx, rounds.Scope{OrgID: org}, id, day, day)
	if err != nil || len(leaves) > 0 {
		return string(rounds.WhyLeave), err
	}
	c, err := calendarOf(ctx, o.store, w.actor, day, day)
	if err != nil {
		return "", err
	}
	if on := c.On(day); !on.Works && !w.asked.AnyDay {
		return string(on.Why), nil
	}
	plan, err := o.store.PlanOfDay(ctx, org, id, day)
	switch {
	case rounds.CodeOf(err) == rounds.NotFound:
		return "", nil
	case err == nil && len(plan.Stops) > 0:
		return "has_plan", nil
	}
	return "", err
}

// lastPlaces is where each route leaves its auditor.
func (w *auditWork) lastPlaces(ctx context.Context, busy []rounds.AuditRoute) (map[rounds.AuditRouteID]orb.Point, error) {
	var ids []rounds.RetailerID
	for _, r := range busy {
		for _, t := range r.Stops {
			ids = append(ids, t.RetailerID)
		}
	}
	found, err := w.office.store.RetailersByID(ctx, rounds.Scope{OrgID: w.actor.OrgID}, w.asked.Days[0], ids)
	pin := map[rounds.RetailerID]*geo.Pin{}
	for _, r := range found {
		pin[r.ID] = r.Pin
	}
	last := map[rounds.AuditRouteID]orb.Point{}
	for _, r := range busy {
		for _, t := range r.Stops {
			if p := pin[t.RetailerID]; p != nil {
				last[r.ID] = p.Point
			}
		}
	}
	return last, err
}

func (w *auditWork) shift(i int, d daytime, busy []rounds.AuditRoute, last map[rounds.AuditRouteID]orb.Point) shift {
	home := w.auditors[i].Home
	s := shift{daytime: d, auditor: i, start: w.asked.Auditors[i].Start, end: w.asked.Auditors[i].End}
	if s.start == nil {
		s.start = home
	}
	if s.end == nil {
		s.end = home
	}
	s.opens, s.closes = d.hours.Span()
	if w.office.today(w.actor) == d.day {
		s.opens = max(s.opens, secondsOf(w.office.now(), d))
	}
	for _, r := range busy {
		if r.AuditorID != w.auditors[i].ID || r.Day != d.day {
			continue
		}
		s.after(r, last)
		if r.AuditID == w.audit.ID {
			s.route, s.end = &r, r.End
		}
	}
	if lunch := s.lunch(); lunch.Length > 0 && s.opens > int(lunch.Closes) {
		s.hours.Lunch = nil
	}
	return s
}

// after lets the shift begin where a route of the same day leaves the auditor, and when.
func (s *shift) after(r rounds.AuditRoute, last map[rounds.AuditRouteID]orb.Point) {
	if len(r.Stops) == 0 {
		return
	}
	stop := r.Stops[len(r.Stops)-1]
	leaves := secondsOf(stop.PlannedAt, s.daytime) + stop.ServiceSeconds
	if leaves < s.opens {
		return
	}
	s.opens = leaves
	if at, ok := last[r.ID]; ok {
		s.start = &at
	}
}

// length is how many seconds of ways and visits fit into it.
func (s *shift) length() int { return s.closes - s.opens - int(s.lunch().Length) }

// ends are where it begins and ends, as far as that is known.
func (s *shift) ends() (spots []spot) {
	for _, p := range []*orb.Point{s.start, s.end} {
		if p != nil {
			spots = append(spots, spot{point: *p})
		}
	}
	return spots
}

// trip makes the shift's own problem of some retailers with pins. The ways are between these in their order, then the ends.
func (s *shift) trip(placed []rounds.Retailer, between ways) {
	s.way = trip{
		itinerary: itinerary{start: s.start, end: s.end, day: s.window(), lunch: s.lunch()},
		retailers: placed, node: map[rounds.RetailerID]int{}, ways: between, daytime: s.daytime,
	}
	s.way.day = routing.Window{Opens: routing.Time(s.opens), Closes: routing.Time(s.closes)}
	for i, r := range placed {
		s.way.node[r.ID] = i
		s.way.halts = append(s.way.halts, halt{point: r.Pin.Point, service: r.ServiceSeconds, windows: s.windows(r)})
	}
}

// settle gives the shift its stops in this order; it says whether all lies within the day and the retailers' hours.
func (s *shift) settle(order []rounds.Retailer, begins map[rounds.RetailerID]int) (kept bool) {
	plan := rounds.Plan{Day: s.day, Start: s.start, Stops: s.known}
	kept = s.way.walk(&plan, order, begins)
	s.stops, s.back = plan.Stops, rounds.Stop{}
	if s.end != nil {
		s.back = s.way.leg(s.lastNode(order), s.way.nodes()-1)
	}
	return kept && s.over() <= s.closes
}

// lastNode is that of the last place that is known: of a retailer, or where the shift begins.
func (s *shift) lastNode(order []rounds.Retailer) int {
	for _, r := range slices.Backward(order) {
		if r.Pin != nil {
			return s.way.node[r.ID]
		}
	}
	if s.start == nil {
		return routing.Free
	}
	return len(s.way.halts)
}

// over is when the auditor is done, and where the day is to end.
func (s *shift) over() int {
	if len(s.stops) == 0 {
		return s.opens + s.back.LegSeconds
	}
	last := s.stops[len(s.stops)-1]
	return secondsOf(last.PlannedAt, s.daytime) + last.ServiceSeconds + s.back.LegSeconds
}

// extended is the shift's route with its stops.
func (s *shift) extended() rounds.AuditRoute {
	r := rounds.AuditRoute{Day: s.day, Start: s.start, End: s.end}
	if s.route != nil {
		r = *s.route
	}
	r.Stops = slices.Concat(r.Stops, s.stops)
	if len(s.way.ways.at) > 0 {
		r.Travel = s.way.ways.travel()
	}
	r.DistanceM, r.TravelS = float64(s.back.Leg), s.back.LegSeconds
	for _, t := range r.Stops {
		r.DistanceM += float64(t.Leg)
		r.TravelS += t.LegSeconds
	}
	r.StartsAt, r.EndsAt = s.at(s.opens), s.at(s.over())
	if len(r.Stops) > 0 {
		r.StartsAt = r.Stops[0].PlannedAt.Add(-time.Duration(r.Stops[0].LegSeconds) * time.Second)
	}
	return r
}
