package fieldwork

import (
	"context"
	"math"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/routing"
	"rounds/store"

	"github.com/paulmach/orb"
)

// metres is the straight way between two points in whole metres.
func metres(a, b orb.Point) routing.Cost {
	return routing.Cost(math.Round(float64(geo.Distance(a, b))))
}

// at is the point of a retailer, or of the start for -1.
func at(start *orb.Point, retailers []rounds.Retailer, i int) orb.Point {
	if i < 0 {
		return *start
	}
	return retailers[i].Pin.Point
}

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

// walk gives the plan these stops in this order, with legs and times, keeping the ids of stops that it
// had, and says how far it is. Where a pin is missing, the way is counted as if the stop were not there.
func walk(plan *rounds.Plan, order []rounds.Retailer, zone *time.Location) geo.Meters {
	ids := map[rounds.RetailerID]rounds.StopID{}
	for _, s := range plan.Stops {
		ids[s.RetailerID] = s.ID
	}
	stops := make([]rounds.Stop, len(order))
	now := plan.Day.At(dayBeginsHour, dayBeginsMinute, zone).UTC()
	here, total := plan.Start, geo.Meters(0)
	for i, r := range order {
		var leg geo.Meters
		if r.Pin != nil {
			leg = legBetween(here, &r.Pin.Point)
			here = &r.Pin.Point
		}
		now = now.Add(travelTime(leg))
		stops[i] = rounds.Stop{ID: ids[r.ID], RetailerID: r.ID, PlannedAt: now, ServiceSeconds: r.ServiceSeconds, Leg: leg}
		if stops[i].ID.IsZero() {
			stops[i].ID = rounds.NewID[rounds.Stop]()
		}
		now = now.Add(time.Duration(r.ServiceSeconds) * time.Second)
		total += leg
	}
	if plan.RoundTrip {
		total += legBetween(here, plan.Start)
	}
	plan.Stops = stops
	return total
}

func legBetween(from, to *orb.Point) geo.Meters {
	if from == nil || to == nil {
		return 0
	}
	return geo.Meters(metres(*from, *to))
}

// travelTime is whole seconds for the straight way.
func travelTime(straight geo.Meters) time.Duration {
	return time.Duration(math.Round(float64(straight)*detour/speedMPS)) * time.Second
}

// OrderByHand puts the stops of a plan into an order that somebody chose, having looked at its revision.
func (o *Office) OrderByHand(ctx context.Context, a rounds.Actor, id rounds.PlanID, revision int, order []rounds.StopID) (rounds.Plan, error) {
	var plan rounds.Plan
	if err := allow(a, planning); err != nil {
		return plan, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockPlan(ctx, a.OrgID, id); err != nil {
			return err
		}
		var err error
		if plan, err = tx.Plan(ctx, a.Scope(), id); err != nil {
			return err
		}
		if plan.Revision != revision {
			return rounds.Errorf(rounds.Conflict, "the plan is at revision %d by now: look at it again", plan.Revision)
		}
		retailers, err := orderOf(ctx, tx, a, plan, order)
		if err != nil {
			return err
		}
		if err := o.logPlan(ctx, tx, a, "plan.order", plan); err != nil {
			return err
		}
		plan.Revision++
		plan.OrderedBy = rounds.OrderedByHand
		plan.Distance = walk(&plan, retailers, a.Zone)
		return tx.UpdatePlan(ctx, a.OrgID, plan)
	})
	return plan, err
}

// orderOf are the plan's retailers in the order of the stop ids, each of which must be there once.
func orderOf(ctx context.Context, tx *store.Store, a rounds.Actor, plan rounds.Plan, order []rounds.StopID) ([]rounds.Retailer, error) {
	retailerOf := map[rounds.StopID]rounds.RetailerID{}
	for _, s := range plan.Stops {
		retailerOf[s.ID] = s.RetailerID
	}
	problem := rounds.Errorf(rounds.Invalid, "the order must name every stop of the plan once")
	ids, err := eachOnce(problem, "stop_ids", order, retailerOf)
	if err != nil {
		return nil, err
	}
	if len(order) != len(plan.Stops) {
		return nil, problem
	}
	found, err := tx.RetailersByID(ctx, rounds.Scope{OrgID: a.OrgID}, plan.Day, ids)
	if err != nil {
		return nil, err
	}
	return inOrder(ids, found)
}
