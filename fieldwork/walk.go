package fieldwork

import (
	"context"
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
	zone      *time.Location
}

// tripOf asks for the ways between a plan's retailers.
func (o *Office) tripOf(ctx context.Context, plan rounds.Plan, placed []rounds.Retailer, zone *time.Location) (trip, error) {
	t := trip{itinerary: itinerary{start: plan.Start, round: plan.RoundTrip}, retailers: placed, node: map[rounds.RetailerID]int{}, zone: zone}
	spots := make([]spot, 0, len(placed)+1)
	for i, r := range placed {
		t.node[r.ID] = i
		t.halts = append(t.halts, halt{point: r.Pin.Point, service: r.ServiceSeconds})
		spots = append(spots, spotOf(r))
	}
	if plan.Start != nil {
		spots = append(spots, spot{point: *plan.Start})
	}
	var err error
	t.ways, err = o.waysBetween(ctx, spots)
	return t, err
}

// best is the quickest order of the retailers that is found.
func (t trip) best(ctx context.Context) ([]rounds.Retailer, error) {
	problem, _ := t.problem(t.ways.seconds)
	_, order, err := t.solved(ctx, problem, routing.Options{})
	best := make([]rounds.Retailer, len(order))
	for k, i := range order {
		best[k] = t.retailers[i]
	}
	return best, err
}

// walk gives the plan the retailers in this order, with legs, times and the length of it all, keeping the ids of stops
// that it had. Where a pin is missing, the way is counted as if the stop were not there.
func (t trip) walk(plan *rounds.Plan, order []rounds.Retailer) {
	w := walker{plan: plan, ids: map[rounds.RetailerID]rounds.StopID{}, now: plan.Day.At(dayBeginsHour, dayBeginsMinute, t.zone).UTC()}
	for _, s := range plan.Stops {
		w.ids[s.RetailerID] = s.ID
	}
	plan.Stops, plan.Distance, plan.TravelSeconds = make([]rounds.Stop, 0, len(order)), 0, 0
	here := routing.Free
	if t.start != nil {
		here = len(t.halts)
	}
	for _, r := range order {
		if r.Pin == nil {
			w.call(r, rounds.Stop{})
			continue
		}
		w.call(r, t.leg(here, t.node[r.ID]))
		here = t.node[r.ID]
	}
	if plan.RoundTrip {
		back := t.leg(here, len(t.halts))
		plan.Distance += back.Leg
		plan.TravelSeconds += back.LegSeconds
	}
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
	plan *rounds.Plan
	ids  map[rounds.RetailerID]rounds.StopID
	now  time.Time
}

func (w *walker) call(r rounds.Retailer, leg rounds.Stop) {
	stop := leg
	w.now = w.now.Add(time.Duration(leg.LegSeconds) * time.Second)
	stop.ID, stop.RetailerID, stop.PlannedAt, stop.ServiceSeconds = w.ids[r.ID], r.ID, w.now, r.ServiceSeconds
	if stop.ID.IsZero() {
		stop.ID = rounds.NewID[rounds.Stop]()
	}
	w.now = w.now.Add(time.Duration(r.ServiceSeconds) * time.Second)
	w.plan.Stops = append(w.plan.Stops, stop)
	w.plan.Distance += leg.Leg
	w.plan.TravelSeconds += leg.LegSeconds
}

// OrderByHand puts the stops of a plan into an order that somebody chose, having looked at its revision. The ways are asked
// for before the transaction: a service of ways may be slow.
func (o *Office) OrderByHand(ctx context.Context, a rounds.Actor, id rounds.PlanID, revision int, order []rounds.StopID) (rounds.Plan, error) {
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
	retailers, err := orderOf(ctx, o.store, a, plan, order)
	if err != nil {
		return plan, err
	}
	if plan, err = o.byHand(ctx, plan, retailers, a.Zone); err != nil {
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
func (o *Office) byHand(ctx context.Context, plan rounds.Plan, order []rounds.Retailer, zone *time.Location) (rounds.Plan, error) {
	placed, pinless := splitByPin(order)
	t, err := o.tripOf(ctx, plan, placed, zone)
	if err != nil {
		return plan, err
	}
	if travel := t.ways.travel(); travel != plan.Travel {
		best, err := t.best(ctx)
		if err != nil {
			return plan, err
		}
		t.walk(&plan, append(best, pinless...))
		plan.Travel, plan.Optimised, plan.OptimisedSeconds = travel, plan.Distance, plan.TravelSeconds
	}
	plan.Revision++
	plan.OrderedBy = rounds.OrderedByHand
	t.walk(&plan, order)
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
