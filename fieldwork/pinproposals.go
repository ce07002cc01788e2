package fieldwork

import (
	"context"
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
	found, err := o.store.PinProposals(ctx, a.Scope(), o.today(a), status, before, limit)
	for i := range found {
		withholdPoint(&found[i], a)
	}
	return found, err
}

// PinProposal is a proposal; an open one with what accepting it now, by the actor, would do to visits. Its point is
// withheld if few people's visits made it, unless there is a purpose, which they will read.
func (o *Office) PinProposal(ctx context.Context, a rounds.Actor, id rounds.PinProposalID, purpose string) (store.ListedProposal, error) {
	if err := allow(a, watchingPins); err != nil {
		return store.ListedProposal{}, err
	}
	var p store.ListedProposal
	err := o.store.InTx(ctx, func(tx *store.Store) (err error) {
		if p, err = tx.PinProposal(ctx, a.Scope(), o.today(a), id); err != nil {
			return err
		}
		if p.Status == rounds.Proposed {
			c, err := o.correct(ctx, tx, a, p.PinProposal)
			if p.Changes = c.changes; err != nil {
				return err
			}
		}
		return o.showProposal(ctx, tx, a, &p, purpose)
	})
	if err != nil {
		return store.ListedProposal{}, err
	}
	return p, nil
}

// DecidePinProposal accepts or refuses a proposal: a Conflict if it was decided before, or if the pin has
// changed since. Accepting sets the pin and judges the visits again that were judged by the old one, their
// photographs too, but for the actor's own and those that its makers paid today.
func (o *Office) DecidePinProposal(ctx context.Context, a rounds.Actor, id rounds.PinProposalID, accept bool, reason string) (store.ListedProposal, error) {
	var p store.ListedProposal
	if err := allow(a, keepingRecords); err != nil {
		return p, err
	}
	var gone bool
	err := o.inTurn(ctx, a.OrgID, ours, func(tx *store.Store, t *turn) (err error) {
		if p, err = tx.PinProposal(ctx, a.Scope(), o.today(a), id); err != nil {
			return err
		}
		if p.Status != rounds.Proposed {
			return rounds.Errorf(rounds.Conflict, "this proposal is %s already", p.Status)
		}
		r, err := tx.Retailer(ctx, a.Scope(), o.today(a), p.RetailerID)
		if err != nil {
			return err
		}
		if gone = versionOf(r.Pin) != p.FromVersion; gone {
			return tx.StalePinProposals(ctx, a.OrgID, []rounds.PinProposalID{id}, o.now())
		}
		return o.decidePin(ctx, tx, t, a, &p.PinProposal, accept, reason)
	})
	if err == nil && gone {
		err = rounds.Errorf(rounds.Conflict, "the pin has changed since this was proposed: look at it again")
	}
	withholdPoint(&p, a)
	return p, err
}

func versionOf(p *geo.Pin) int {
	if p == nil {
		return 0
	}
	return p.Version
}

func (o *Office) decidePin(ctx context.Context, tx *store.Store, t *turn, a rounds.Actor, p *rounds.PinProposal, accept bool, reason string) error {
	p.Status, p.DecidedAt, p.DecidedBy, p.Reason = rounds.ProposalRefused, new(o.now()), a.UserID, strings.TrimSpace(reason)
	if accept {
		p.Status = rounds.ProposalAccepted
		if err := o.accept(ctx, tx, t, a, p); err != nil {
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

func (o *Office) accept(ctx context.Context, tx *store.Store, t *turn, a rounds.Actor, p *rounds.PinProposal) error {
	if slices.Equal(p.MadeFrom, []rounds.UserID{a.UserID}) {
		return rounds.Errorf(rounds.Forbidden, "nobody accepts a pin that is made of their own visits alone: ask somebody else")
	}
	t.late = true
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
	return c.save(ctx, tx, t)
}

func compareIDs(a, b rounds.UserID) int { return strings.Compare(a.String(), b.String()) }
