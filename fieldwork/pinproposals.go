package fieldwork

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// PinProposals are those that the actor may see, the newest first, from before the given one; a zero status is all.
func (o *Office) PinProposals(ctx context.Context, a rounds.Actor, status rounds.ProposalStatus, before rounds.PinProposalID, limit int) ([]store.ListedProposal, error) {
	if err := allow(a, watchingPins); err != nil {
		return nil, err
	}
	return o.store.PinProposals(ctx, a.Scope(), o.today(a), status, before, limit)
}

// PinProposal is a proposal; an open one with what accepting it now, by the actor, would do to visits.
func (o *Office) PinProposal(ctx context.Context, a rounds.Actor, id rounds.PinProposalID) (store.ListedProposal, error) {
	if err := allow(a, watchingPins); err != nil {
		return store.ListedProposal{}, err
	}
	p, err := o.store.PinProposal(ctx, a.Scope(), o.today(a), id)
	if err != nil || p.Status != rounds.Proposed {
		return p, err
	}
	c, err := o.correct(ctx, o.store, a, p.PinProposal)
	p.Changes = c.changes
	return p, err
}

// DecidePinProposal accepts or refuses a proposal: a Conflict if it was decided before, or if the pin has
// changed since. Accepting sets the pin and judges the visits again that were judged by the old one, but for
// the actor's own and those that its makers paid today.
func (o *Office) DecidePinProposal(ctx context.Context, a rounds.Actor, id rounds.PinProposalID, accept bool, reason string) (store.ListedProposal, error) {
	var p store.ListedProposal
	if err := allow(a, keepingRecords); err != nil {
		return p, err
	}
	var gone bool
	err := o.store.InTx(ctx, func(tx *store.Store) (err error) {
		if err := tx.LockRegister(ctx, a.OrgID); err != nil {
			return err
		}
		if p, err = tx.PinProposal(ctx, a.Scope(), o.today(a), id); err != nil {
			return err
		}
		if p.Status != rounds.Proposed {
			return rounds.Errorf(rounds.Conflict, "this proposal is %s already", string(p.Status))
		}
		r, err := tx.Retailer(ctx, a.Scope(), o.today(a), p.RetailerID)
		if err != nil {
			return err
		}
		if gone = versionOf(r.Pin) != p.FromVersion; gone {
			return tx.StalePinProposals(ctx, a.OrgID, []rounds.PinProposalID{id}, o.now())
		}
		return o.decidePin(ctx, tx, a, &p.PinProposal, accept, reason)
	})
	if err == nil && gone {
		err = rounds.Errorf(rounds.Conflict, "the pin has changed since this was proposed: look at it again")
	}
	return p, err
}

func versionOf(p *geo.Pin) int {
	if p == nil {
		return 0
	}
	return p.Version
}

func (o *Office) decidePin(ctx context.Context, tx *store.Store, a rounds.Actor, p *rounds.PinProposal, accept bool, reason string) error {
	p.Status, p.DecidedAt, p.DecidedBy, p.Reason = rounds.ProposalRefused, new(o.now()), a.UserID, strings.TrimSpace(reason)
	if accept {
		p.Status = rounds.ProposalAccepted
		if err := o.accept(ctx, tx, a, p); err != nil {
			return err
		}
	}
	if err := tx.DecidePinProposal(ctx, a.OrgID, *p); err != nil {
		return err
	}
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: "pin_proposal." + string(p.Status), Subject: p.ID.String(),
		Detail: map[string]any{"retailer_id": p.RetailerID, "reason": p.Reason, "visits_changed": len(p.Changes)},
	})
}

func (o *Office) accept(ctx context.Context, tx *store.Store, a rounds.Actor, p *rounds.PinProposal) error {
	if slices.Equal(p.MadeFrom, []rounds.UserID{a.UserID}) {
		return rounds.Errorf(rounds.Forbidden, "nobody accepts a pin that is made of their own visits alone: ask somebody else")
	}
	if err := tx.LockOrg(ctx, a.OrgID); err != nil { // an upload under way has looked at the old pin
		return err
	}
	c, err := o.correct(ctx, tx, a, *p)
	if err != nil {
		return err
	}
	p.Changes = c.changes
	made := append(slices.Clone(p.MadeFrom), maker(a)...)
	slices.SortFunc(made, compareIDs)
	err = o.insertPin(ctx, tx, a, store.NewPin{
		RetailerID: p.RetailerID, Pin: p.Pin, Reason: p.Reason, CreatedBy: a.UserID,
		MadeFrom: slices.Compact(made), MadeOn: o.today(a), ProposalID: p.ID,
	})
	if err != nil {
		return err
	}
	return c.save(ctx, tx, a.OrgID)
}

func compareIDs(a, b rounds.UserID) int { return strings.Compare(a.String(), b.String()) }

// correction is what another pin makes of the visits that were judged by the old one.
type correction struct {
	judged  []rounds.Judgement   // of any day
	changes []rounds.VisitChange // of days that are open
	reps    []rounds.UserID
}

// correct judges again, and writes nothing.
func (o *Office) correct(ctx context.Context, tx *store.Store, a rounds.Actor, p rounds.PinProposal) (c correction, err error) {
	ids, err := tx.JudgedByPin(ctx, a.OrgID, p.RetailerID, p.FromVersion)
	if err != nil || len(ids) == 0 {
		return c, err
	}
	events, err := tx.Events(ctx, a.OrgID, ids)
	if err != nil {
		return c, err
	}
	policies, err := policiesOf(ctx, tx, a.OrgID)
	if err != nil {
		return c, err
	}
	for _, e := range events {
		if e.RetailerID != p.RetailerID { // a check-out that names another
			continue
		}
		c.reps = append(c.reps, e.RepID)
		own := e.RepID == a.UserID || (e.Day >= o.today(a) && slices.Contains(p.MadeFrom, e.RepID))
		if j, ok := judgedBy(p.Pin, a.Settings.Datums(), policies, e); ok && !own {
			j.JudgedAt = o.now()
			c.judged = append(c.judged, j)
		}
	}
	return c, c.compare(ctx, tx, a.OrgID)
}

// judgedBy judges an event by another pin, by the policy of its last verdict. False: it is no farther from the
// one than from the other, or its positions are gone.
func judgedBy(pin geo.Pin, datums geo.Datums, policies map[int]geo.Policy, e store.Recorded) (rounds.Judgement, bool) {
	last := e.Verdicts[len(e.Verdicts)-1]
	if len(e.Fixes)+len(placed(e.Located)) != len(last.Measured.Fixes) {
		return last, false
	}
	var radius geo.Meters
	if last.Measured.Radius != nil {
		radius = *last.Measured.Radius
	}
	j := last
	j.Revision++
	j.Measured = measure(&pin, radius, datums, e.VisitEvent, e.Located...)
	j.Verdict = geo.Judge(policies[last.PolicyVersion], j.Measured)
	return j, !reflect.DeepEqual(j.Measured, last.Measured)
}

// compare lists what becomes of the visits of open days.
func (c *correction) compare(ctx context.Context, tx *store.Store, org rounds.OrgID) error {
	parts, err := c.parts(ctx, tx, org)
	if err != nil {
		return err
	}
	closed, err := tx.ClosedThrough(ctx, org)
	if err != nil {
		return err
	}
	by := map[rounds.EventID]rounds.Judgement{}
	for _, j := range c.judged {
		by[j.EventID] = j
	}
	for _, p := range parts {
		before := derive(p)
		after := derive(judgedAs(p, by))
		if p.Day > closed && !reflect.DeepEqual(before, after) {
			c.changes = append(c.changes, rounds.VisitChange{
				VisitID: before.ID, RepID: before.RepID, Day: before.Day, Before: standing(before), After: standing(after),
			})
		}
	}
	return nil
}

// judgedAs are the parts of a visit as they will be by these judgements.
func judgedAs(p store.VisitParts, by map[rounds.EventID]rounds.Judgement) store.VisitParts {
	if j, ok := by[p.CheckInID]; ok {
		p.Outcome, p.Reasons, p.Flags, p.Measured = j.Outcome, j.Reasons, j.Flags, j.Measured
	}
	if j, ok := by[p.CheckOutID]; ok {
		p.CheckOutOutcome, p.CheckOutFlags, p.CheckOutMeasured = j.Outcome, j.Flags, &j.Measured
	}
	return p
}

func standing(v rounds.Visit) rounds.Standing {
	return rounds.Standing{Outcome: v.Outcome, Reasons: v.Reasons, CreditedBy: v.CreditedBy}
}

// parts are those of the visits judged again.
func (c *correction) parts(ctx context.Context, tx *store.Store, org rounds.OrgID) ([]store.VisitParts, error) {
	ids := make([]rounds.EventID, len(c.judged))
	for i, j := range c.judged {
		ids[i] = j.EventID
	}
	parts, err := tx.VisitPartsOf(ctx, org, ids, c.reps)
	return slices.DeleteFunc(parts, func(p store.VisitParts) bool {
		return !slices.Contains(ids, p.CheckInID) && !slices.Contains(ids, p.CheckOutID)
	}), err
}

// save keeps the verdicts beside the old ones, and derives the visits. Those of closed days stay as they are.
func (c *correction) save(ctx context.Context, tx *store.Store, org rounds.OrgID) error {
	if len(c.judged) == 0 {
		return nil
	}
	if err := tx.InsertVerdicts(ctx, org, c.judged); err != nil {
		return err
	}
	parts, err := c.parts(ctx, tx, org)
	if err != nil {
		return err
	}
	_, err = saveDerived(ctx, tx, org, deriveAll(parts, derive))
	return err
}
