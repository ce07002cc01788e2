package fieldwork

import (
	"context"
	"slices"

	"rounds"
	"rounds/store"
)

// otherPlan is the plan of the day that a stop moves to.
type otherPlan struct {
	before, now rounds.Plan // before is the zero plan of a day that had none
}

// toAnotherDay takes a stop out of the plan and puts it into the rep's plan of another day, which is made if there is none.
func (ed *editing) toAnotherDay(ctx context.Context) (EditedPlan, error) {
	i, err := ed.at()
	switch {
	case err != nil:
		return EditedPlan{}, err
	case ed.edit.Reason == "":
		return EditedPlan{}, errEdit("/reason", "required")
	case ed.edit.Day < ed.office.today(ed.actor):
		return EditedPlan{}, errEdit("/date", "in_the_past")
	}
	moved := ed.order[i]
	other, err := ed.receive(ctx, moved)
	if err != nil {
		return EditedPlan{}, err
	}
	ed.order = slices.Delete(ed.order, i, i+1)
	if err := ed.reorder(ctx, nil); err != nil {
		return EditedPlan{}, err
	}
	return ed.save(ctx, other, "plan.move")
}

// receive is the other day's plan with one retailer more.
func (ed *editing) receive(ctx context.Context, moved rounds.Retailer) (*otherPlan, error) {
	o, a := ed.office, ed.actor
	before, err := o.store.PlanOfDay(ctx, a.OrgID, ed.plan.RepID, ed.edit.Day)
	if rounds.CodeOf(err) == rounds.NotFound {
		return ed.freshDay(ctx, moved)
	}
	if err != nil {
		return nil, err
	}
	if err := o.thaw(a, before, ed.edit.Reason); err != nil {
		return nil, err
	}
	to := &editing{office: o, actor: a, edit: PlanEdit{Action: AddStop, Position: ed.edit.Position}, before: before, plan: before}
	to.plan.Stops = slices.Clone(before.Stops)
	if to.order, err = o.retailersOf(ctx, a, before); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(to.order, func(r rounds.Retailer) bool { return r.ID == moved.ID }) {
		return nil, errEdit("/stop_id", "given_twice")
	}
	if err := to.reorder(ctx, &moved); err != nil {
		return nil, err
	}
	to.plan.Revision++
	return &otherPlan{before, to.plan}, nil
}

func (ed *editing) freshDay(ctx context.Context, moved rounds.Retailer) (*otherPlan, error) {
	o, a := ed.office, ed.actor
	rep, err := o.store.User(ctx, rounds.Scope{OrgID: a.OrgID}, ed.plan.RepID)
	if err != nil {
		return nil, err
	}
	fresh := rounds.Plan{
		ID: rounds.NewID[rounds.Plan](), RepID: rep.ID, Day: ed.edit.Day, Revision: 1, Start: rep.Home,
		RoundTrip: ed.plan.RoundTrip && rep.Home != nil, CreatedAt: o.now(), CreatedBy: a.UserID,
	}
	to := &editing{office: o, actor: a, edit: PlanEdit{Action: AddStop, Position: ed.edit.Position}, plan: fresh}
	if err := to.reorder(ctx, &moved); err != nil {
		return nil, err
	}
	to.plan.Before, to.plan.BeforeSeconds = to.plan.Distance, to.plan.TravelSeconds
	return &otherPlan{now: to.plan}, o.thaw(a, fresh, ed.edit.Reason)
}

// save stores it, if the day's plan is still what was looked at.
func (p *otherPlan) save(ctx context.Context, tx *store.Store, a rounds.Actor) error {
	if p.before.ID.IsZero() {
		return tx.InsertPlan(ctx, a.OrgID, p.now)
	}
	if err := tx.LockPlan(ctx, a.OrgID, p.now.ID); err != nil {
		return err
	}
	now, err := tx.Plan(ctx, rounds.Scope{OrgID: a.OrgID}, p.now.ID)
	if err != nil {
		return err
	}
	if now.Revision != p.before.Revision {
		return errRevision(now)
	}
	return tx.UpdatePlan(ctx, a.OrgID, p.now)
}
