package fieldwork

import (
	"context"
	"errors"
	"time"

	"rounds"
	"rounds/store"
)

// LeftTerritories looks for proposals that nobody cuts any more.
type LeftTerritories struct{}

// Kind names the job.
func (LeftTerritories) Kind() string { return "left_territory_proposals" }

// leftAfter is for how long a search says nothing at most; otherwise it says every second how far it is.
const leftAfter = 30 * time.Second

// ResumeTerritories begins searches again of which nothing was heard, as of a server that was killed. Where one goes on all
// the same, the first to end counts.
func (o *Office) ResumeTerritories(ctx context.Context, _ LeftTerritories) error {
	orgs, err := o.store.Orgs(ctx, "")
	errs := []error{err}
	for _, org := range orgs {
		errs = append(errs, o.resumeTerritories(ctx, org.ID))
	}
	return errors.Join(errs...)
}

func (o *Office) resumeTerritories(ctx context.Context, org rounds.OrgID) error {
	return o.store.InTx(ctx, func(tx *store.Store) error {
		left, err := tx.TakeLeftProposals(ctx, org, o.now().Add(-leftAfter))
		if err != nil {
			return err
		}
		for _, p := range left {
			if err := tx.Enqueue(ctx, TerritoryJob{OrgID: org, ProposalID: p.ID, Seconds: p.Ask.Seconds}); err != nil {
				return err
			}
		}
		return nil
	})
}
