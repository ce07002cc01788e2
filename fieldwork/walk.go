package fieldwork

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/routing"
	"rounds/store"
)

func splitByPin(retailers []rounds.Retailer) (placed, pinless []rounds.Retailer) {
	for _, r := range retailers {
		if r.Pin == nil {
			pinless = append(pinless, r)
		} else {
			placed = append(placed, r)
		}
	}
	return placed, pinless
}

// A trip is the retailers of a plan that have a pin, and the ways between them and its start.
type trip struct {
	itinerary
	retailers []rounds.Retailer
	node      map[rounds.RetailerID]int
	ways      ways
	daytime   daytime
}

// tripOf asks for the ways between a plan's retailers.
func (o *Office) tripOf(ctx context.Context, plan rounds.Plan, placed []rounds.Retailer, d daytime) (trip, error) {
	t := trip{
		itinerary: itinerary{start: plan.Start, round: plan.RoundTrip, day: d.window(), lunch: d.lunch()},
		retailers: placed, node: map[rounds.RetailerID]int{}, daytime: d,
	}
	spots := make([]spot, 0, len(placed)+1)
	for i, r := range placed {
		t.node[r.ID] = i
		t.halts = append(t.halts, halt{point: r.Pin.Point, service: r.ServiceSeconds, windows: d.windows(r)})
		spots = append(spots, spotOf(r))
	}
	if plan.Start != nil {
		spots = append(spots, spot{point: *plan.Start})
	}
	var err error
	t.ways, err = o.waysBetween(ctx, spots)
	return t, err
}

// An outcome is the best order that is found.
type outcome struct {
	order  []rounds.Retailer
	begins map[rounds.RetailerID]int // seconds after midnight; nil: one after the other
	out    []rounds.Unserved
}

// best is the quickest order of the retailers that is found, within their opening hours if any has some.
func (t trip) best(ctx context.Context) (outcome, error) {
	problem, timed := t.problem(t.ways.seconds)
	if slices.ContainsFunc(t.halts, func(h halt) bool { return h.windows != nil }) {
		return t.bestInHours(ctx, timed, searchFor(len(t.halts)))
	}
	_, order, err := t.solved(ctx, problem, routing.Options{})
	var best outcome
	for _, i := range order {
		best.order = append(best.order, t.retailers[i])
	}
	return best, err
}

// planTime is for how long the best order within hours is looked for at most. Of 30 stops it is found in half a second,
// and the same every time; more than can be chosen for a day are sieved for as long as there is time.
const planTime = 2 * time.Second

func searchFor(stops int) routing.Options {
	if stops <= maxDue {
		return routing.Options{}
	}
	begun := time.Now()
	return routing.Options{Spent: func() float64 { return float64(time.Since(begun)) / float64(planTime) }}
}

// bestInHours is a tour that the independent check confirms, as an order of retailers.
func (t trip) bestInHours(ctx context.Context, p routing.WindowProblem, o routing.Options) (outcome, error) {
	inTime, cancel := context.WithTimeout(ctx, planTime+routeGrace)
	defer cancel()
	tour := routing.SolveWindows(inTime, p, o)
	if ctx.Err() != nil {
		return outcome{}, ctx.Err()
	}
	if err := routing.CheckWindows(p, tour); err != nil {
		return outcome{}, fmt.Errorf("fieldwork: a day's plan is wrong: %w", err)
	}
	best := outcome{begins: map[rounds.RetailerID]int{}}
	for _, call := range tour.Calls {
		r := t.retailers[call.Node]
		best.order, best.begins[r.ID] = append(best.order, r), int(call.Begin)
	}
	for _, l := range tour.LeftOut {
		best.out = append(best.out, rounds.Unserved{RetailerID: t.retailers[l.Node].ID, Reason: string(l.Reason)})
	}
	slices.SortFunc(best.out, func(a, b rounds.Unserved) int { return strings.Compare(a.RetailerID.String(), b.RetailerID.String()) })
	return best, nil
}

// settle gives the plan the best order, as early as it allows. The search's own times, which set out as late as they can,
// are taken where lunch or waiting needs them.
func (t trip) settle(plan *rounds.Plan, best outcome, pinless []rounds.Retailer) {
	if order := slices.Concat(best.order, pinless); !t.walk(plan, order, nil) && best.begins != nil {
		t.walk(plan, order, best.begins)
	}
	plan.Optimised, plan.OptimisedSeconds = plan.Distance, plan.TravelSeconds
}

// walk gives the plan the retailers in this order, with legs, times and the length of it all, keeping the ids of stops
// that it had. Visits begin when that is said, else on arrival, after lunch and when the retailer opens. Where a pin is
// missing, the way is counted as if the stop were not there. It says whether all of it, pins missing apart, lies within
// the day and its hours.
func (t trip) walk(plan *rounds.Plan, order []rounds.Retailer, begins map[rounds.RetailerID]int) (kept bool) {
	w := walker{plan: plan, known: map[rounds.RetailerID]rounds.Stop{}, daytime: t.daytime, begins: begins, now: int(t.day.Opens), hungry: t.lunch.Length > 0 && begins == nil}
	w.day = plan.Day
	for _, s := range plan.Stops {
		w.known[s.RetailerID] = s
	}
	plan.Stops, plan.Distance, plan.TravelSeconds = make([]rounds.Stop, 0, len(order)), 0, 0
	here, ends, late := routing.Free, w.now, false
	if t.start != nil {
		here = len(t.halts)
	}
	for _, r := range order {
		if r.Pin == nil {
			w.call(r, rounds.Stop{})
			continue
		}
		w.call(r, t.leg(here, t.node[r.ID]))
		here, ends, late = t.node[r.ID], w.now, w.late
	}
	if plan.RoundTrip {
		back := t.leg(here, len(t.halts))
		plan.Distance += back.Leg
		plan.TravelSeconds += back.LegSeconds
		ends += back.LegSeconds
	}
	return !late && ends <= int(t.day.Closes)
}

// leg is how to get from one node to another, nothing from nowhere.
func (t trip) leg(from, to int) rounds.Stop {
	if from == routing.Free || from == to {
		return rounds.Stop{}
	}
	return rounds.Stop{Leg: t.ways.meters(from, to), LegSeconds: int(t.ways.seconds(from, to)), LegStraight: t.ways.straight(from, to)}
}

// A walker goes from stop to stop of a plan.
type walker struct {
	daytime
	plan   *rounds.Plan
	known  map[rounds.RetailerID]rounds.Stop
	begins map[rounds.RetailerID]int
	now    int // seconds after midnight
	hungry bool
	late   bool // for a visit, or for lunch
}

func (w *walker) call(r rounds.Retailer, leg rounds.Stop) {
	stop := leg
	begin, said := w.begins[r.ID]
	if !said {
		w.eat(leg.LegSeconds + r.ServiceSeconds)
		w.now += leg.LegSeconds
		w.eat(r.ServiceSeconds)
		begin, stop.OutsideHours = w.opening(r)
		w.late = w.late || stop.OutsideHours
	}
	stop.ID, stop.Locked = w.known[r.ID].ID, w.known[r.ID].Locked
	stop.RetailerID, stop.PlannedAt, stop.ServiceSeconds = r.ID, w.at(begin), r.ServiceSeconds
	if stop.ID.IsZero() {
		stop.ID = rounds.NewID[rounds.Stop]()
	}
	w.now = begin + r.ServiceSeconds
	w.plan.Stops = append(w.plan.Stops, stop)
	w.plan.Distance += leg.Leg
	w.plan.TravelSeconds += leg.LegSeconds
}

// eat has lunch if it is time, and would be too late once the next visit is over.
func (w *walker) eat(next int) {
	if lunch := w.lunch(); w.hungry && w.now >= int(lunch.Opens) && w.now+next > int(lunch.Closes) {
		w.late = w.late || w.now > int(lunch.Closes)
		w.now += int(lunch.Length)
		w.hungry = false
	}
}

// opening is when a visit can begin, from now on. One that is too late for the day's hours begins now, outside them.
func (w *walker) opening(r rounds.Retailer) (begin int, outside bool) {
	windows := w.windows(r)
	for _, open := range windows {
		if open.Opens <= open.Closes && w.now <= int(open.Closes) {
			return max(w.now, int(open.Opens)), false
		}
	}
	return w.now, windows != nil
}

// OrderByHand puts the stops of a plan into an order that somebody chose, having looked at its revision. The ways are asked
// for before the transaction: a service of ways may be slow. The reason counts where the plan is frozen.
func (o *Office) OrderByHand(ctx context.Context, a rounds.Actor, id rounds.PlanID, revision int, order []rounds.StopID, reason string) (rounds.Plan, error) {
	if err := allow(a, planning); err != nil {
		return rounds.Plan{}, err
	}
	plan, err := o.store.Plan(ctx, a.Scope(), id)
	if err != nil {
		return plan, err
	}
	before := plan
	if plan.Revision != revision {
		return plan, errRevision(plan)
	}
	if err := o.thaw(a, plan, reason); err != nil {
		return plan, err
	}
	retailers, err := orderOf(ctx, o.store, a, plan, order)
	if err != nil {
		return plan, err
	}
	d, err := o.daytimeOf(ctx, a, plan.Day)
	if err != nil {
		return plan, err
	}
	if plan, err = o.byHand(ctx, plan, retailers, d); err != nil {
		return plan, err
	}
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockPlan(ctx, a.OrgID, id); err != nil {
			return err
		}
		now, err := tx.Plan(ctx, a.Scope(), id)
		if err != nil {
			return err
		}
		if now.Revision != revision {
			return errRevision(now)
		}
		if err := o.logPlan(ctx, tx, a, "plan.order", before); err != nil {
			return err
		}
		return tx.UpdatePlan(ctx, a.OrgID, plan)
	})
	return plan, err
}

func errRevision(p rounds.Plan) error {
	return rounds.Errorf(rounds.Conflict, "the plan is at revision %d by now: look at it again", p.Revision)
}

// byHand is the plan with its retailers in this order, with its ways. Where the source of ways is
// another than when the plan was made, the best order is looked for again, so that like is compared with like.
func (o *Office) byHand(ctx context.Context, plan rounds.Plan, order []rounds.Retailer, d daytime) (rounds.Plan, error) {
	placed, pinless := splitByPin(order)
	t, err := o.tripOf(ctx, plan, placed, d)
	if err != nil {
		return plan, err
	}
	if travel := t.ways.travel(); travel != plan.Travel {
		best, err := t.best(ctx)
		if err != nil {
			return plan, err
		}
		missed := slices.DeleteFunc(slices.Clone(placed), func(r rounds.Retailer) bool { return slices.ContainsFunc(best.order, sameRetailer(r)) })
		t.walk(&plan, slices.Concat(best.order, missed, pinless), nil)
		plan.Travel, plan.Optimised, plan.OptimisedSeconds = travel, plan.Distance, plan.TravelSeconds
	}
	plan.Revision++
	plan.OrderedBy = rounds.OrderedByHand
	t.walk(&plan, order, nil)
	return plan, nil
}

// orderOf are the plan's retailers in the order of the stop ids, each of which must be there once.
func orderOf(ctx context.Context, s *store.Store, a rounds.Actor, plan rounds.Plan, order []rounds.StopID) ([]rounds.Retailer, error) {
	retailerOf := map[rounds.StopID]rounds.RetailerID{}
	for _, stop := range plan.Stops {
		retailerOf[stop.ID] = stop.RetailerID
	}
	problem := rounds.Errorf(rounds.Invalid, "the order must name every stop of the plan once")
	ids, err := eachOnce(problem, "stop_ids", order, retailerOf)
	if err != nil {
		return nil, err
	}
	if len(order) != len(plan.Stops) {
		return nil, problem
	}
	found, err := s.RetailersByID(ctx, rounds.Scope{OrgID: a.OrgID}, plan.Day, ids)
	if err != nil {
		return nil, err
	}
	return inOrder(ids, found)
}
