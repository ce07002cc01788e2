package fieldwork

import (
	"context"
	"fmt"
	"slices"

	"rounds"
	"rounds/store"
)

// NewPlan asks for a rep's day.
type NewPlan struct {
	RepID     rounds.UserID
	Day       rounds.Day
	Retailers []rounds.RetailerID // nil: those that are due
	RoundTrip bool
	Replace   bool   // a plan that the day has already
	Reason    string // to replace one that is frozen
}

// MakePlan plans a rep's day: of the retailers given or of those due, in the best order found.
func (o *Office) MakePlan(ctx context.Context, a rounds.Actor, n NewPlan) (rounds.Plan, error) {
	if err := allow(a, planning); err != nil {
		return rounds.Plan{}, err
	}
	rep, err := o.store.User(ctx, a.Scope(), n.RepID)
	if rounds.CodeOf(err) == rounds.NotFound || (err == nil && (rep.Role != rounds.RoleRep || !rep.Active)) {
		return rounds.Plan{}, rounds.Errorf(rounds.Invalid, "this is no rep of your units").With("/rep_id", "not_a_rep")
	}
	if err != nil {
		return rounds.Plan{}, err
	}
	d, err := o.daytimeOf(ctx, a, n.Day)
	if err != nil {
		return rounds.Plan{}, err
	}
	retailers, err := o.retailersFor(ctx, a, rep, n, d)
	if err != nil {
		return rounds.Plan{}, err
	}
	plan, err := o.orderPlan(ctx, rep, retailers, n, d)
	if err != nil {
		return plan, err
	}
	plan.CreatedAt, plan.CreatedBy = o.now(), a.UserID
	return plan, o.savePlan(ctx, a, plan, n.Replace, n.Reason)
}

func (o *Office) savePlan(ctx context.Context, a rounds.Actor, plan rounds.Plan, replace bool, reason string) error {
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockReps(ctx, a.OrgID, []rounds.UserID{plan.RepID}); err != nil {
			return err
		}
		old, err := tx.PlanOfDay(ctx, a.OrgID, plan.RepID, plan.Day)
		switch {
		case rounds.CodeOf(err) == rounds.NotFound:
		case err != nil:
			return err
		case !replace:
			return rounds.Errorf(rounds.Conflict, "this rep has a plan for %s: change that one, or say replace", plan.Day)
		default:
			if err := o.thaw(a, old, reason); err != nil {
				return err
			}
			if err := tx.DeletePlan(ctx, a.OrgID, old.ID); err != nil {
				return err
			}
			if err := o.logPlan(ctx, tx, a, "plan.replace", old); err != nil {
				return err
			}
		}
		return tx.InsertPlan(ctx, a.OrgID, plan)
	})
}

func (o *Office) logPlan(ctx context.Context, tx *store.Store, a rounds.Actor, act string, p rounds.Plan) error {
	order := make([]rounds.RetailerID, len(p.Stops))
	for i, s := range p.Stops {
		order[i] = s.RetailerID
	}
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: act, Subject: p.ID.String(),
		Detail: map[string]any{"rep": p.RepID, "day": p.Day, "revision": p.Revision, "order_before": order},
	})
}

// retailersFor are the retailers of the plan in the order in which they are given: that of the request,
// or by code.
func (o *Office) retailersFor(ctx context.Context, a rounds.Actor, rep rounds.User, n NewPlan, d daytime) ([]rounds.Retailer, error) {
	if n.Retailers == nil {
		return o.dueRetailers(ctx, a, rep, d)
	}
	found, err := o.store.RetailersByID(ctx, a.Scope(), n.Day, n.Retailers)
	if err != nil {
		return nil, err
	}
	return inOrder(n.Retailers, found)
}

func inOrder(ids []rounds.RetailerID, found []rounds.Retailer) ([]rounds.Retailer, error) {
	byID := map[rounds.RetailerID]rounds.Retailer{}
	for _, r := range found {
		byID[r.ID] = r
	}
	problem := rounds.Errorf(rounds.Invalid, "not all of these retailers can be planned: see the fields")
	return eachOnce(problem, "retailer_ids", ids, byID)
}

// eachOnce looks up what a list of ids names; one that is unknown or given twice is a field of the problem.
func eachOnce[Noun, Thing any](problem *rounds.Error, list string, ids []rounds.ID[Noun], known map[rounds.ID[Noun]]Thing) ([]Thing, error) {
	things := make([]Thing, len(ids))
	for i, id := range ids {
		pointer := fmt.Sprintf("/%s/%d", list, i)
		thing, ok := known[id]
		switch {
		case !ok:
			problem.With(pointer, "not_found")
		case slices.Contains(ids[:i], id):
			problem.With(pointer, "given_twice")
		}
		things[i] = thing
	}
	if len(problem.Fields) > 0 {
		return nil, problem
	}
	return things, nil
}

// dueRetailers are those that are due and open on the day, until it is full.
func (o *Office) dueRetailers(ctx context.Context, a rounds.Actor, rep rounds.User, d daytime) ([]rounds.Retailer, error) {
	own := rounds.Scope{OrgID: a.OrgID, RepID: rep.ID}
	retailers, err := o.store.Retailers(ctx, own, d.day, store.RetailerFilter{Status: rounds.RetailerActive})
	if err != nil {
		return nil, err
	}
	retailers = slices.DeleteFunc(retailers, func(r rounds.Retailer) bool { return !d.open(r) })
	ids := make([]rounds.RetailerID, len(retailers))
	for i, r := range retailers {
		ids[i] = r.ID
	}
	last, err := o.store.LastVisits(ctx, a.OrgID, ids, d.day)
	if err != nil {
		return nil, err
	}
	return chooseDue(retailers, last, d.day, d.hours.Length()-d.hours.BreakLength()), nil
}

// orderPlan puts the retailers with a pin into the order with the shortest time under way that is found; those without
// one come last, in the order given. If one of them has opening hours, who cannot be served within these and the working
// day is left out. No order is taken that the independent check does not confirm.
func (o *Office) orderPlan(ctx context.Context, rep rounds.User, retailers []rounds.Retailer, n NewPlan, d daytime) (rounds.Plan, error) {
	plan := rounds.Plan{
		ID: rounds.NewID[rounds.Plan](), RepID: rep.ID, Day: n.Day, Revision: 1, OrderedBy: rounds.OrderedBySolver,
		Start: rep.Home, RoundTrip: n.RoundTrip && rep.Home != nil,
	}
	placed, pinless := splitByPin(retailers)
	t, err := o.tripOf(ctx, plan, placed, d)
	if err != nil {
		return plan, err
	}
	best, err := t.best(ctx)
	if err != nil {
		return plan, err
	}
	plan.LeftOut = best.out
	served := slices.DeleteFunc(slices.Clone(placed), func(r rounds.Retailer) bool { return !slices.ContainsFunc(best.order, sameRetailer(r)) })
	t.walk(&plan, slices.Concat(served, pinless), nil)
	plan.Before, plan.BeforeSeconds = plan.Distance, plan.TravelSeconds
	t.settle(&plan, best, pinless)
	plan.Travel = t.ways.travel()
	return plan, nil
}

func sameRetailer(r rounds.Retailer) func(rounds.Retailer) bool {
	return func(other rounds.Retailer) bool { return other.ID == r.ID }
}
