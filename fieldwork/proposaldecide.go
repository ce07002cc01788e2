package fieldwork

import (
	"context"

	"rounds"
	"rounds/store"
)

// CancelTerritories stops the search. A proposal that is planned already is a Conflict.
func (o *Office) CancelTerritories(ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID, reason string) (rounds.TerritoryProposal, error) {
	return o.decideTerritories(ctx, a, id, rounds.CutPlanning, func(_ *store.Store, p *rounds.TerritoryProposal) error {
		p.Status, p.Reason, p.FinishedAt = rounds.CutCancelled, reason, p.DecidedAt
		return nil
	})
}

// DiscardTerritories lets go of a proposal. It stays on record.
func (o *Office) DiscardTerritories(ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID, reason string) (rounds.TerritoryProposal, error) {
	return o.decideTerritories(ctx, a, id, rounds.CutProposed, func(_ *store.Store, p *rounds.TerritoryProposal) error {
		p.Status, p.Reason = rounds.CutDiscarded, reason
		return nil
	})
}

// decideTerritories lets fn decide on a proposal of a status.
func (o *Office) decideTerritories(
	ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID, from rounds.CutStatus, fn func(tx *store.Store, p *rounds.TerritoryProposal) error,
) (rounds.TerritoryProposal, error) {
	var p rounds.TerritoryProposal
	if err := allow(a, keepingRecords); err != nil {
		return p, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) (err error) {
		if p, err = lockedProposal(ctx, tx, a, id, from); err != nil {
			return err
		}
		p.DecidedAt, p.DecidedBy = new(o.now()), a.UserID
		if err := fn(tx, &p); err != nil {
			return err
		}
		if err := tx.SaveTerritoryProposal(ctx, a.OrgID, p, nil); err != nil {
			return err
		}
		return o.logProposal(ctx, tx, a, "territory_proposal."+string(p.Status), p, map[string]any{"reason": p.Reason, "from": p.ValidFrom})
	})
	return p, err
}

// lockedProposal is a proposal of the actor's that has the status, and keeps it until the transaction ends.
func lockedProposal(ctx context.Context, tx *store.Store, a rounds.Actor, id rounds.TerritoryProposalID, status rounds.CutStatus) (rounds.TerritoryProposal, error) {
	p, err := tx.TerritoryProposal(ctx, a.Scope(), id)
	if err != nil {
		return p, err
	}
	if err := tx.LockTerritoryProposal(ctx, a.OrgID, id); err != nil {
		return p, err
	}
	if p, err = tx.TerritoryProposal(ctx, a.Scope(), id); err != nil {
		return p, err
	}
	if p.Status != status {
		return p, rounds.Errorf(rounds.Conflict, "this territory proposal is %s: look at it again", p.Status)
	}
	return p, nil
}
