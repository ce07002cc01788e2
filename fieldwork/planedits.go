package fieldwork

import (
	"context"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// EditAction is what somebody does to one stop of a plan.
type EditAction string

// The actions.
const (
	LockStop   EditAction = "lock"
	UnlockStop EditAction = "unlock"
	MoveStop   EditAction = "move"
	AddStop    EditAction = "add"
	RemoveStop EditAction = "remove"
)

// PlanEdit is one change to a plan that somebody has looked at in a revision.
type PlanEdit struct {
	Revision   int
	Action     EditAction
	StopID     rounds.StopID
	RetailerID rounds.RetailerID // of AddStop
	Position   int               // from 1; 0: where it costs least
	Day        rounds.Day        // of MoveStop to another day; "": the plan's
	Reason     string
}

// WayLength is how long a way is.
type WayLength struct {
	Seconds int
	Meters  geo.Meters
}

// EditedPlan is a plan after a change, the plan that a stop has moved to, and what the change does to the way.
type EditedPlan struct {
	Plan          rounds.Plan
	Other         *rounds.Plan
	Before, After WayLength
}

func (w *WayLength) add(p rounds.Plan) {
	w.Seconds += p.TravelSeconds
	w.Meters += p.Distance
}

// thaw refuses to change a plan whose day is about to begin or has begun, but by supervisors with a reason.
func (o *Office) thaw(a rounds.Actor, p rounds.Plan, reason string) error {
	freeze := a.Settings.FreezeMinutes
	if freeze == nil {
		return nil
	}
	begins, _ := a.Settings.WorkingHours().Span()
	from := p.Day.At(0, 0, a.Zone).Add(time.Duration(begins)*time.Second - time.Duration(*freeze)*time.Minute)
	if o.now().Before(from) || (a.Is(rounds.RoleSupervisor, rounds.RoleAdmin) && reason != "") {
		return nil
	}
	return rounds.Errorf(rounds.Conflict, "this plan is frozen since %s: a supervisor may change it, with a reason", from.Format(time.RFC3339))
}

// editing is a change on its way.
type editing struct {
	office *Office
	actor  rounds.Actor
	edit   PlanEdit
	before rounds.Plan
	plan   rounds.Plan
	order  []rounds.Retailer // of the plan's stops
	seen   map[rounds.RetailerID]time.Time
}

// EditPlan changes one stop of a plan, and says what that costs. What was visited on the day stays.
func (o *Office) EditPlan(ctx context.Context, a rounds.Actor, id rounds.PlanID, e PlanEdit) (EditedPlan, error) {
	ed, err := o.beginEdit(ctx, a, id, e)
	if err != nil {
		return EditedPlan{}, err
	}
	if e.Action == MoveStop && e.Day != "" && e.Day != ed.plan.Day {
		return ed.toAnotherDay(ctx)
	}
	if err := ed.apply(ctx); err != nil {
		return EditedPlan{}, err
	}
	return ed.save(ctx, nil, "plan."+string(e.Action))
}

func (o *Office) beginEdit(ctx context.Context, a rounds.Actor, id rounds.PlanID, e PlanEdit) (*editing, error) {
	if err := allow(a, planning); err != nil {
		return nil, err
	}
	plan, err := o.store.Plan(ctx, a.Scope(), id)
	if err != nil {
		return nil, err
	}
	if plan.Revision != e.Revision {
		return nil, errRevision(plan)
	}
	if err := o.thaw(a, plan, e.Reason); err != nil {
		return nil, err
	}
	ed := &editing{office: o, actor: a, edit: e, before: plan, plan: plan, seen: map[rounds.RetailerID]time.Time{}}
	ed.plan.Stops = slices.Clone(plan.Stops)
	if ed.order, err = o.retailersOf(ctx, a, plan); err != nil {
		return nil, err
	}
	visits, err := o.store.Visits(ctx, rounds.Scope{OrgID: a.OrgID, RepID: plan.RepID}, store.VisitFilter{From: plan.Day, Until: plan.Day, Audit: new(false), Limit: maxDayVisits})
	for _, v := range visits {
		if at, ok := ed.seen[v.RetailerID]; !ok || v.StartedAt.Before(at) {
			ed.seen[v.RetailerID] = v.StartedAt
		}
	}
	return ed, err
}

// maxDayVisits is more than anybody makes on a day.
const maxDayVisits = 1000

// retailersOf are the retailers of a plan's stops, in their order.
func (o *Office) retailersOf(ctx context.Context, a rounds.Actor, p rounds.Plan) ([]rounds.Retailer, error) {
	ids := make([]rounds.RetailerID, len(p.Stops))
	for i, s := range p.Stops {
		ids[i] = s.RetailerID
	}
	found, err := o.store.RetailersByID(ctx, rounds.Scope{OrgID: a.OrgID}, p.Day, ids)
	if err != nil {
		return nil, err
	}
	return inOrder(ids, found)
}

func errEdit(pointer, code string, args ...any) error {
	return rounds.Errorf(rounds.Invalid, "this change cannot be made: see the fields").With(pointer, code, args...)
}

// at is where the stop of the edit stands; one that was visited is a Conflict, unless it is only locked.
func (ed *editing) at() (int, error) {
	i := slices.IndexFunc(ed.plan.Stops, func(s rounds.Stop) bool { return s.ID == ed.edit.StopID })
	if i < 0 {
		return i, errEdit("/stop_id", "not_found")
	}
	if _, visited := ed.seen[ed.plan.Stops[i].RetailerID]; visited && (ed.edit.Action == MoveStop || ed.edit.Action == RemoveStop) {
		return i, rounds.Errorf(rounds.Conflict, "this stop was visited already: it stays where it is")
	}
	return i, nil
}

// apply makes the change within the plan's own day.
func (ed *editing) apply(ctx context.Context) error {
	if ed.edit.Action == AddStop {
		return ed.add(ctx)
	}
	i, err := ed.at()
	if err != nil {
		return err
	}
	switch ed.edit.Action {
	case LockStop, UnlockStop:
		ed.plan.Stops[i].Locked = ed.edit.Action == LockStop
		return nil
	case RemoveStop:
		if ed.edit.Reason == "" {
			return errEdit("/reason", "required")
		}
		ed.order = slices.Delete(ed.order, i, i+1)
		return ed.reorder(ctx, nil)
	}
	moved := ed.order[i]
	ed.order = slices.Delete(ed.order, i, i+1)
	return ed.reorder(ctx, &moved)
}

// add takes up a retailer of the actor's.
func (ed *editing) add(ctx context.Context) error {
	found, err := ed.office.store.RetailersByID(ctx, ed.actor.Scope(), ed.plan.Day, []rounds.RetailerID{ed.edit.RetailerID})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errEdit("/retailer_id", "not_found")
	}
	if slices.ContainsFunc(ed.order, func(r rounds.Retailer) bool { return r.ID == found[0].ID }) {
		return errEdit("/retailer_id", "given_twice")
	}
	if found[0].Status != rounds.RetailerActive {
		return errEdit("/retailer_id", "not_active")
	}
	return ed.reorder(ctx, &found[0])
}

// reorder walks through the plan anew, with one more retailer at the edit's position or where it costs least.
func (ed *editing) reorder(ctx context.Context, more *rounds.Retailer) error {
	all := ed.order
	if more != nil {
		all = append(slices.Clone(ed.order), *more)
		if ed.edit.Position > len(all) {
			return errEdit("/position", "not_between", 1, len(all))
		}
	}
	placed, pinless := splitByPin(all)
	d, err := ed.office.daytimeOf(ctx, ed.actor, ed.plan.Day)
	if err != nil {
		return err
	}
	t, err := ed.office.tripOf(ctx, ed.plan, placed, d)
	if err != nil {
		return err
	}
	best, err := t.bestOrder(ctx)
	if err != nil {
		return err
	}
	t.walk(&ed.plan, append(best, pinless...), nil)
	ed.plan.Optimised, ed.plan.OptimisedSeconds, ed.plan.Travel = ed.plan.Distance, ed.plan.TravelSeconds, t.ways.travel()
	if more != nil {
		ed.order = t.with(ed.plan, ed.order, *more, ed.edit.Position)
	}
	ed.plan.OrderedBy = rounds.OrderedByHand
	ed.plan.Stops = mergeStops(ed.before.Stops, ed.plan.Stops)
	t.walk(&ed.plan, ed.order, nil)
	return nil
}

// bestOrder is the best order found, with those at its end that it does not reach within their hours.
func (t trip) bestOrder(ctx context.Context) ([]rounds.Retailer, error) {
	best, err := t.best(ctx)
	for _, r := range t.retailers {
		if !slices.ContainsFunc(best.order, sameRetailer(r)) {
			best.order = append(best.order, r)
		}
	}
	return best.order, err
}

// mergeStops keeps ids and locks of stops that were there before.
func mergeStops(before, now []rounds.Stop) []rounds.Stop {
	return append(slices.Clone(now), before...) // a walk takes the last of each retailer
}

// with is an order with one retailer more: at the position or, if it is 0, where the way grows least.
func (t trip) with(p rounds.Plan, order []rounds.Retailer, more rounds.Retailer, position int) []rounds.Retailer {
	if position > 0 {
		return slices.Insert(slices.Clone(order), position-1, more)
	}
	best, least := []rounds.Retailer(nil), 0
	for i := range len(order) + 1 {
		candidate := slices.Insert(slices.Clone(order), i, more)
		trial := p
		t.walk(&trial, candidate, nil)
		if best == nil || trial.TravelSeconds < least {
			best, least = candidate, trial.TravelSeconds
		}
	}
	return best
}

// save stores the plan if it is still what was looked at, and the other one with it.
func (ed *editing) save(ctx context.Context, other *otherPlan, act string) (EditedPlan, error) {
	o, a := ed.office, ed.actor
	ed.plan.Revision = ed.before.Revision + 1
	done := EditedPlan{Plan: ed.plan}
	done.Before.add(ed.before)
	done.After.add(ed.plan)
	if other != nil {
		done.Other = &other.now
		done.Before.add(other.before)
		done.After.add(other.now)
	}
	return done, o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockReps(ctx, a.OrgID, []rounds.UserID{ed.plan.RepID}); err != nil {
			return err
		}
		if err := tx.LockPlan(ctx, a.OrgID, ed.plan.ID); err != nil {
			return err
		}
		now, err := tx.Plan(ctx, a.Scope(), ed.plan.ID)
		if err != nil {
			return err
		}
		if now.Revision != ed.before.Revision {
			return errRevision(now)
		}
		if err := o.logEdit(ctx, tx, a, act, ed); err != nil {
			return err
		}
		if err := tx.UpdatePlan(ctx, a.OrgID, ed.plan); err != nil || other == nil {
			return err
		}
		return other.save(ctx, tx, a)
	})
}

func (o *Office) logEdit(ctx context.Context, tx *store.Store, a rounds.Actor, act string, ed *editing) error {
	order := make([]rounds.RetailerID, len(ed.before.Stops))
	for i, s := range ed.before.Stops {
		order[i] = s.RetailerID
	}
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: act, Subject: ed.plan.ID.String(),
		Detail: map[string]any{
			"rep": ed.plan.RepID, "day": ed.plan.Day, "revision": ed.before.Revision, "order_before": order,
			"stop": ed.edit.StopID, "retailer": ed.edit.RetailerID, "to": ed.edit.Day, "reason": ed.edit.Reason,
		},
	})
}
