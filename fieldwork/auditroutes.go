package fieldwork

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rounds"
	"rounds/store"

	"github.com/paulmach/orb"
)

// NewAuditRoutes asks who visits the retailers of an audit that have no stop yet, on some days.
type NewAuditRoutes struct {
	Auditors     []RouteAuditor
	Days         []rounds.Day
	Service      int    // seconds at each retailer
	Begins, Ends string // of a day, 15:04; "": as the org's settings say
	AnyDay       bool   // also those on which the org does not work
}

// RouteAuditor is somebody who audits, and where their days begin and end.
type RouteAuditor struct {
	ID         rounds.UserID
	Start, End *orb.Point // nil: at home; without one, at any stop
}

// AuditRoutesMade are all routes of an audit after some were planned, and what could not be planned and why.
type AuditRoutesMade struct {
	Routes  []rounds.AuditRoute
	Planned int // retailers that have a stop now and had none
	LeftOut []rounds.Unserved
	NoDay   []NoAuditDay
	Barred  []store.Interest // who was given nothing because of whose a retailer is
}

// NoAuditDay is a day on which an auditor goes nowhere: weekday, holiday, leave, has_plan or no_time_left.
type NoAuditDay struct {
	AuditorID rounds.UserID
	Day       rounds.Day
	Reason    string
}

// Why a retailer of an audit is on no route, beside what an order within hours leaves out.
const (
	leftNoDay      = "no_day"       // no auditor goes anywhere on the days
	leftInterested = "interested"   // each auditor is, or was, whose retailer it is, or claims to have been there
	leftNeverOpen  = "never_open"   // on the days of whoever may go there
	leftTooFar     = "too_far"      // there and back, with the visit, is longer than a day
	leftNoTime     = "no_time_left" // beside the others
	leftTooMany    = "too_many"     // to be planned together
)

// PlanAuditRoutes shares out the retailers of an audit that have no stop yet among auditors and their days. What has a stop keeps it,
// with its time: a phone may know it already. Nobody audits a retailer in which they have an interest.
func (o *Office) PlanAuditRoutes(ctx context.Context, a rounds.Actor, id rounds.AuditID, n NewAuditRoutes) (AuditRoutesMade, error) {
	if err := allow(a, auditing); err != nil {
		return AuditRoutesMade{}, err
	}
	w, err := o.newAuditWork(ctx, a, id, n)
	if err != nil {
		return AuditRoutesMade{}, err
	}
	if err := o.takeTurn(ctx); err != nil {
		return AuditRoutesMade{}, err
	}
	err = w.plan(ctx)
	<-o.solves
	if err != nil {
		return AuditRoutesMade{}, err
	}
	return w.made, w.save(ctx)
}

// AuditRoutes are those of an audit, for who may look at it.
func (o *Office) AuditRoutes(ctx context.Context, a rounds.Actor, id rounds.AuditID) ([]rounds.AuditRoute, error) {
	if err := allow(a, watchingAudits); err != nil {
		return nil, err
	}
	if _, err := o.store.Audit(ctx, a.Scope(), id); err != nil {
		return nil, err
	}
	return o.store.AuditRoutes(ctx, a.OrgID, id)
}

// auditToRoute is an audit whose retailers are being visited.
func auditToRoute(ctx context.Context, s *store.Store, a rounds.Actor, id rounds.AuditID) (rounds.Audit, error) {
	audit, err := s.Audit(ctx, a.Scope(), id)
	if err == nil && audit.Status != rounds.AuditDrawn {
		err = rounds.Errorf(rounds.Conflict, "only an audit that is drawn and not ended has routes to change")
	}
	return audit, err
}

// auditWork is a question for routes on its way to an answer.
type auditWork struct {
	office    *Office
	actor     rounds.Actor
	audit     rounds.Audit
	asked     NewAuditRoutes
	auditors  []rounds.User
	before    []rounds.AuditRoute
	todo      []rounds.RetailerID
	retailers []rounds.Retailer
	barred    map[rounds.RetailerID]map[rounds.UserID]bool
	shifts    []shift
	made      AuditRoutesMade
}

func (o *Office) newAuditWork(ctx context.Context, a rounds.Actor, id rounds.AuditID, n NewAuditRoutes) (*auditWork, error) {
	w := &auditWork{office: o, actor: a, asked: n}
	var err error
	if w.audit, err = auditToRoute(ctx, o.store, a, id); err != nil {
		return nil, err
	}
	if err := w.checkAuditors(ctx); err != nil {
		return nil, err
	}
	if w.before, err = o.store.AuditRoutes(ctx, a.OrgID, id); err != nil {
		return nil, err
	}
	if w.todo, err = o.store.AuditRetailersWithoutStop(ctx, a.OrgID, id); err != nil {
		return nil, err
	}
	found, err := o.store.RetailersByID(ctx, rounds.Scope{OrgID: a.OrgID}, n.Days[0], w.todo)
	if err != nil {
		return nil, err
	}
	if w.retailers, err = inOrder(w.todo, found); err != nil {
		return nil, err
	}
	for i := range w.retailers {
		w.retailers[i].ServiceSeconds = n.Service
	}
	if err := w.findInterests(ctx); err != nil {
		return nil, err
	}
	return w, w.findShifts(ctx)
}

// How many days of auditors, and retailers, are planned together: times between all of them are held in memory.
const (
	mostAuditDays      = 64
	mostAuditRetailers = 1000
)

func (w *auditWork) checkAuditors(ctx context.Context) error {
	n, a, o := w.asked, w.actor, w.office
	problem := rounds.Errorf(rounds.Invalid, "these audit routes cannot be planned: see the fields")
	if len(n.Auditors)*len(n.Days) > mostAuditDays {
		problem.With("/dates", "too_many", mostAuditDays/len(n.Auditors))
	}
	for i, d := range n.Days {
		at := fmt.Sprintf("/dates/%d", i)
		switch away := o.today(a).Until(d); {
		case away < 0:
			problem.With(at, "in_the_past")
		case away > 365:
			problem.With(at, "too_far")
		case slices.Contains(n.Days[:i], d):
			problem.With(at, "given_twice")
		}
	}
	w.checkHours(problem)
	for i, asked := range n.Auditors {
		at := fmt.Sprintf("/auditors/%d/user_id", i)
		user, err := o.store.User(ctx, rounds.Scope{OrgID: a.OrgID}, asked.ID)
		switch {
		case rounds.CodeOf(err) == rounds.NotFound || err == nil && !user.Active:
			problem.With(at, "not_found")
		case err != nil:
			return err
		case slices.ContainsFunc(n.Auditors[:i], func(other RouteAuditor) bool { return other.ID == asked.ID }):
			problem.With(at, "given_twice")
		}
		w.auditors = append(w.auditors, user)
	}
	return orNil(problem)
}

// hours are those of the org, unless others are asked for.
func (w *auditWork) hours() rounds.Workday {
	h := w.actor.Settings.WorkingHours()
	if w.asked.Begins != "" {
		h.Begins = w.asked.Begins
	}
	if w.asked.Ends != "" {
		h.Ends = w.asked.Ends
	}
	begins, ends := h.Span()
	if h.Lunch != nil {
		if earliest, latest := h.Lunch.Begin(); earliest < begins || latest+60*h.Lunch.Minutes > ends {
			h.Lunch = nil
		}
	}
	return h
}

func (w *auditWork) checkHours(problem *rounds.Error) {
	begins, ends := w.hours().Span()
	switch {
	case begins < 0:
		problem.With("/begins", "not_a_clock_time")
	case ends < 0:
		problem.With("/ends", "not_a_clock_time")
	case ends <= begins:
		problem.With("/ends", "not_after_start")
	}
}

func (w *auditWork) findInterests(ctx context.Context) error {
	var err error
	w.made.Barred, err = w.office.store.Interests(ctx, w.actor.OrgID, w.people(), w.todo, w.audit.From, w.audit.To,
		w.office.today(w.actor), slices.Max(w.asked.Days))
	w.barred = map[rounds.RetailerID]map[rounds.UserID]bool{}
	for _, i := range w.made.Barred {
		if w.barred[i.RetailerID] == nil {
			w.barred[i.RetailerID] = map[rounds.UserID]bool{}
		}
		w.barred[i.RetailerID][i.UserID] = true
	}
	return err
}

// save stores what was planned, if the audit is still as it was when that began.
func (w *auditWork) save(ctx context.Context) error {
	o, a, id := w.office, w.actor, w.audit.ID
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if err := w.stillThere(ctx, tx); err != nil {
			return err
		}
		for i := range w.shifts {
			if err := w.keep(ctx, tx, &w.shifts[i]); err != nil {
				return err
			}
		}
		err := tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
			Name: "audit.route", Subject: id.String(), Detail: map[string]any{"retailers": w.made.Planned, "left_out": len(w.made.LeftOut)},
		})
		if err != nil {
			return err
		}
		w.made.Routes, err = tx.AuditRoutes(ctx, a.OrgID, id)
		return err
	})
}

func (w *auditWork) stillThere(ctx context.Context, tx *store.Store) error {
	org, id := w.actor.OrgID, w.audit.ID
	if err := tx.LockAudit(ctx, org, id); err != nil {
		return err
	}
	if _, err := auditToRoute(ctx, tx, w.actor, id); err != nil {
		return err
	}
	todo, err := tx.AuditRetailersWithoutStop(ctx, org, id)
	if err != nil {
		return err
	}
	now, err := tx.AuditRoutes(ctx, org, id)
	same := func(x, y rounds.AuditRoute) bool { return x.ID == y.ID && x.Revision == y.Revision }
	if err == nil && !(slices.Equal(todo, w.todo) && slices.EqualFunc(now, w.before, same)) {
		err = rounds.Errorf(rounds.Conflict, "this audit has changed while its routes were planned: plan them again")
	}
	return err
}

// keep stores the route of a shift, if it has got anything to do.
func (w *auditWork) keep(ctx context.Context, tx *store.Store, s *shift) error {
	if len(s.stops) == 0 {
		return nil
	}
	r := s.extended()
	if s.route != nil {
		r.Revision++
		return tx.UpdateAuditRoute(ctx, w.actor.OrgID, r)
	}
	r.ID, r.AuditID, r.AuditorID, r.Revision = rounds.NewID[rounds.AuditRoute](), w.audit.ID, w.auditors[s.auditor].ID, 1
	r.CreatedAt, r.CreatedBy = w.office.now(), w.actor.UserID
	return tx.InsertAuditRoute(ctx, w.actor.OrgID, r)
}

// OrderAuditRoute puts the stops of a route into an order that somebody chose, having looked at its revision. It sets out when it did.
func (o *Office) OrderAuditRoute(ctx context.Context, a rounds.Actor, id rounds.AuditRouteID, revision int, order []rounds.StopID) (rounds.AuditRoute, error) {
	if err := allow(a, auditing); err != nil {
		return rounds.AuditRoute{}, err
	}
	r, err := o.routeToChange(ctx, o.store, a, id, revision)
	if err != nil {
		return r, err
	}
	plan := rounds.Plan{Day: r.Day, Start: r.Start, Stops: r.Stops}
	retailers, err := orderOf(ctx, o.store, a, plan, order)
	if err != nil {
		return r, err
	}
	before := r
	if r, err = o.walkAudit(ctx, a, r, retailers); err != nil {
		return r, err
	}
	r.Revision++
	return r, o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockAudit(ctx, a.OrgID, r.AuditID); err != nil {
			return err
		}
		if _, err := o.routeToChange(ctx, tx, a, id, revision); err != nil {
			return err
		}
		if err := o.logAuditRoute(ctx, tx, a, "audit_route.order", before); err != nil {
			return err
		}
		return tx.UpdateAuditRoute(ctx, a.OrgID, r)
	})
}

// routeToChange is a route of an audit that is being visited, in the revision that somebody has looked at; 0 is any.
func (o *Office) routeToChange(ctx context.Context, s *store.Store, a rounds.Actor, id rounds.AuditRouteID, revision int) (rounds.AuditRoute, error) {
	r, err := s.AuditRoute(ctx, a.Scope(), rounds.UserID{}, id)
	if err != nil {
		return r, err
	}
	if _, err := auditToRoute(ctx, s, a, r.AuditID); err != nil {
		return r, err
	}
	if revision != 0 && r.Revision != revision {
		return r, rounds.Errorf(rounds.Conflict, "the route is at revision %d by now: look at it again", r.Revision)
	}
	return r, nil
}

func (o *Office) logAuditRoute(ctx context.Context, tx *store.Store, a rounds.Actor, act string, r rounds.AuditRoute) error {
	order := make([]rounds.RetailerID, len(r.Stops))
	for i, s := range r.Stops {
		order[i] = s.RetailerID
	}
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: act, Subject: r.ID.String(), Detail: map[string]any{"auditor": r.AuditorID, "day": r.Day, "revision": r.Revision, "order_before": order},
	})
}

// walkAudit is a route with its retailers in this order, each for as long as it was to take.
func (o *Office) walkAudit(ctx context.Context, a rounds.Actor, r rounds.AuditRoute, order []rounds.Retailer) (rounds.AuditRoute, error) {
	d, err := o.daytimeOf(ctx, a, r.Day)
	if err != nil {
		return r, err
	}
	service := map[rounds.RetailerID]int{}
	for _, t := range r.Stops {
		service[t.RetailerID] = t.ServiceSeconds
	}
	var placed []rounds.Retailer
	spots := []spot{}
	for i := range order {
		order[i].ServiceSeconds = service[order[i].ID]
		if order[i].Pin != nil {
			placed, spots = append(placed, order[i]), append(spots, spotOf(order[i]))
		}
	}
	s := shift{daytime: d, opens: secondsOf(r.StartsAt, d), start: r.Start, end: r.End}
	_, s.closes = d.hours.Span()
	all, err := o.waysBetween(ctx, append(spots, s.ends()...))
	if err != nil {
		return r, err
	}
	s.trip(placed, ways{all.table, all.at})
	s.known = r.Stops
	s.settle(order, nil)
	r.Stops = nil
	s.route = &r
	return s.extended(), nil
}

// secondsOf is an instant as the day counts its seconds.
func secondsOf(t time.Time, d daytime) int { return int(t.Sub(d.at(0)) / time.Second) }

// WithdrawAuditRoute takes a route off an auditor. Stops at which somebody has checked in stay on it; the others' retailers have none.
func (o *Office) WithdrawAuditRoute(ctx context.Context, a rounds.Actor, id rounds.AuditRouteID) error {
	if err := allow(a, auditing); err != nil {
		return err
	}
	return o.store.InTx(ctx, func(tx *store.Store) error {
		r, err := o.routeToChange(ctx, tx, a, id, 0)
		if err != nil {
			return err
		}
		if err := tx.LockAudit(ctx, a.OrgID, r.AuditID); err != nil {
			return err
		}
		if r, err = o.routeToChange(ctx, tx, a, id, 0); err != nil {
			return err
		}
		visited, err := tx.VisitedAuditStops(ctx, a.OrgID, id)
		if err != nil {
			return err
		}
		if err := o.logAuditRoute(ctx, tx, a, "audit_route.withdraw", r); err != nil {
			return err
		}
		r.Stops = slices.DeleteFunc(r.Stops, func(t rounds.Stop) bool { return !slices.Contains(visited, t.ID) })
		if len(r.Stops) == 0 {
			return tx.WithdrawAuditRoute(ctx, a.OrgID, id, o.now())
		}
		r.Revision++
		return tx.UpdateAuditRoute(ctx, a.OrgID, r)
	})
}
