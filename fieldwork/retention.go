package fieldwork

import (
	"context"
	"errors"
	"time"

	"rounds"
	"rounds/store"
)

// retentionBatch is how many events lose their positions in one transaction.
const retentionBatch = 5000

// Retained is what retention did in an org, and what it could not do yet.
type Retained struct {
	Through       rounds.Day // up to it the days have been closed for long enough; "": none
	Photos        int64
	Proposals     int64 // of pins, that lost their point
	LeaveReasons  int64
	Orphans       int64 // photographs that no row names: their sending failed
	store.Deleted       // of these days
	store.Unclosed
}

// Orgs are the orgs of this slug, or all if it is "": NotFound if there is none of it.
func (o *Office) Orgs(ctx context.Context, slug string) ([]rounds.Org, error) {
	orgs, err := o.store.Orgs(ctx, slug)
	if err != nil || len(orgs) > 0 || slug == "" {
		return orgs, err
	}
	if orgs, err = o.store.Orgs(ctx, ""); err != nil {
		return nil, err
	}
	return nil, rounds.Errorf(rounds.NotFound, "say which org with --org; there are: %s", slugs(orgs))
}

// Retention deletes the positions of the days that were closed Settings.PositionDays days ago or earlier,
// in batches, each logged and for good: a run that is broken off is taken up by the next. progress hears
// the number of events so far. Verdicts, with what they were judged by, and hashes stay. What was stored for
// photographs that never came to be goes too.
func (o *Office) Retention(ctx context.Context, id rounds.OrgID, progress func(done int)) (Retained, error) {
	r, err := o.retain(ctx, id, progress)
	if err != nil {
		return r, err
	}
	r.Orphans, err = o.deleteOrphans(ctx, id)
	return r, err
}

func (o *Office) retain(ctx context.Context, id rounds.OrgID, progress func(done int)) (Retained, error) {
	var r Retained
	org, err := o.store.Org(ctx, id)
	if err != nil {
		return r, err
	}
	var expired store.Expired
	for now := o.now(); ; {
		var batch store.Deleted
		err := o.store.InTx(ctx, func(tx *store.Store) error {
			var err error
			if expired, err = expiredIn(ctx, tx, org, now); err != nil || expired.Through == "" {
				return err
			}
			batch, err = deleteBatch(ctx, tx, org.ID, expired, now)
			return err
		})
		if err != nil {
			return r, err
		}
		r.Through = expired.Through
		if batch == (store.Deleted{}) {
			break
		}
		r.add(batch)
		progress(int(r.Events))
	}
	if r.Proposals, err = o.forgetProposals(ctx, org.ID, expired); err != nil {
		return r, err
	}
	if r.LeaveReasons, err = o.forgetLeave(ctx, org.ID, expired); err != nil {
		return r, err
	}
	if r.Photos, err = o.expirePhotos(ctx, org.ID, expired); err != nil {
		return r, err
	}
	r.Unclosed, err = o.store.Unclosed(ctx, org.ID)
	return r, err
}

// RetentionDue is what Retention would do, and does nothing.
func (o *Office) RetentionDue(ctx context.Context, id rounds.OrgID) (Retained, error) {
	var r Retained
	org, err := o.store.Org(ctx, id)
	if err != nil {
		return r, err
	}
	expired, err := expiredIn(ctx, o.store, org, o.now())
	if err != nil {
		return r, err
	}
	if r.Through = expired.Through; r.Through != "" {
		if r.Deleted, err = o.store.CountPositions(ctx, org.ID, expired); err != nil {
			return r, err
		}
		if r.Photos, err = o.store.CountExpiredPhotos(ctx, org.ID, expired); err != nil {
			return r, err
		}
		if r.Proposals, err = o.store.CountProposalPoints(ctx, org.ID, expired); err != nil {
			return r, err
		}
		if r.LeaveReasons, err = o.store.CountLeaveReasons(ctx, org.ID, r.Through); err != nil {
			return r, err
		}
	}
	if r.Orphans, err = o.countOrphans(ctx, org.ID); err != nil {
		return r, err
	}
	r.Unclosed, err = o.store.Unclosed(ctx, org.ID)
	return r, err
}

func (r *Retained) add(d store.Deleted) {
	r.Events += d.Events
	r.Fixes += d.Fixes
	r.Quarantined += d.Quarantined
}

// expiredIn is what has been kept for long enough, by the org's settings.
func expiredIn(ctx context.Context, s *store.Store, org rounds.Org, now time.Time) (store.Expired, error) {
	zone, err := time.LoadLocation(org.TimeZone)
	if err != nil {
		return store.Expired{}, err
	}
	through, err := s.ClosedBefore(ctx, org.ID, now.AddDate(0, 0, -org.Settings.PositionDays))
	return store.Expired{Through: through, ReceivedBefore: through.Add(1).At(0, 0, zone)}, err
}

func deleteBatch(ctx context.Context, tx *store.Store, org rounds.OrgID, e store.Expired, now time.Time) (store.Deleted, error) {
	d, err := tx.DeletePositions(ctx, org, e, retentionBatch, now)
	if err != nil || d == (store.Deleted{}) {
		return d, err
	}
	return d, tx.Log(ctx, org, rounds.UserID{}, now, store.Action{
		Name: "positions.delete", Subject: string(e.Through),
		Detail: map[string]any{"events": d.Events, "fixes": d.Fixes, "quarantined": d.Quarantined},
	})
}

// forgetProposals deletes the points of pins proposed from few people's visits, with the positions of these: a
// point of one visit is its fix. Nobody decides on one meanwhile.
func (o *Office) forgetProposals(ctx context.Context, org rounds.OrgID, e store.Expired) (n int64, err error) {
	if e.Through == "" {
		return 0, nil
	}
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		if n, err = tx.CountProposalPoints(ctx, org, e); err != nil || n == 0 {
			return err
		}
		if err := tx.LockRegister(ctx, org); err != nil {
			return err
		}
		if n, err = tx.DeleteProposalPoints(ctx, org, e, o.now()); err != nil {
			return err
		}
		return tx.Log(ctx, org, rounds.UserID{}, o.now(), store.Action{
			Name: "pin_proposals.delete", Subject: string(e.Through), Detail: map[string]any{"points": n},
		})
	})
	return n, err
}

// RetainAll is the job of deleting every org's positions whose time is over.
type RetainAll struct{}

// Kind names the job.
func (RetainAll) Kind() string { return "retain_all" }

// RetainAll goes from org to org: one that fails does not keep the others' positions. Looking through all that is
// stored takes longest, and is done when no position waits any more.
func (o *Office) RetainAll(ctx context.Context, _ RetainAll) error {
	orgs, err := o.store.Orgs(ctx, "")
	if err != nil {
		return err
	}
	var errs []error
	for _, org := range orgs {
		_, err := o.retain(ctx, org.ID, func(int) {})
		errs = append(errs, err)
	}
	for _, org := range orgs {
		_, err := o.deleteOrphans(ctx, org.ID)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
