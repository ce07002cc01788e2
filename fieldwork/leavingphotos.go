package fieldwork

import (
	"context"
	"fmt"
	"time"

	"rounds"
	"rounds/blobs"
	"rounds/store"
)

// photosAtOnce is how many photographs one transaction ends the time of, and one look deletes.
const photosAtOnce = 1000

// expirePhotos ends the time of photographs whose days have expired, says so in the audit log, and then deletes
// their content. What cannot be deleted now is tried again by the next run.
func (o *Office) expirePhotos(ctx context.Context, org rounds.OrgID, e store.Expired) (int64, error) {
	var total int64
	for n := int64(photosAtOnce); n == photosAtOnce && e.Through != ""; total += n {
		err := o.store.InTx(ctx, func(tx *store.Store) error {
			var err error
			if n, err = tx.ExpirePhotos(ctx, org, e, photosAtOnce, o.now()); err != nil || n == 0 {
				return err
			}
			return tx.Log(ctx, org, rounds.UserID{}, o.now(), store.Action{
				Name: "photos.delete", Subject: string(e.Through), Detail: map[string]any{"photos": n},
			})
		})
		if err != nil {
			return total, err
		}
	}
	return total, o.deletePhotos(ctx, org)
}

func (o *Office) deletePhotos(ctx context.Context, org rounds.OrgID) error {
	for {
		leaving, err := o.store.LeavingPhotos(ctx, org, photosAtOnce)
		if err != nil || len(leaving) == 0 {
			return err
		}
		keeper, err := o.keeper()
		if err != nil {
			return err
		}
		for _, sum := range leaving {
			if _, err := o.deleteContent(ctx, keeper, org, sum); err != nil { // the others would fare no better
				return fmt.Errorf("photographs whose time is over are still there, the next run tries again: %w", err)
			}
		}
	}
}

// deleteContent deletes what no photograph needs any more, and says whether it was so. Nobody adds one of it
// meanwhile: whoever does waits for its claim, and then sees that it is gone.
func (o *Office) deleteContent(ctx context.Context, keeper blobs.Store, org rounds.OrgID, sum []byte) (gone bool, err error) {
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		if _, err := tx.LockClaims(ctx, org, [][]byte{sum}); err != nil {
			return err
		}
		needed, err := tx.PhotoNeeded(ctx, org, sum)
		if err != nil {
			return err
		}
		if gone = !needed; gone {
			if err := keeper.Delete(ctx, blobs.Key{Org: org, Sum: blobs.Sum(sum)}); err != nil {
				return err
			}
		}
		return tx.PhotoDeleted(ctx, org, sum, o.now())
	})
	return gone && err == nil, err
}

// orphanAge is how old content is that no photograph names before it is one's whose sending failed, and of no
// sending under way.
const orphanAge = 24 * time.Hour

// orphans are the sums of content that was stored for photographs that never came to be.
func (o *Office) orphans(ctx context.Context, keeper blobs.Store, org rounds.OrgID) ([][]byte, error) {
	var old, found [][]byte
	before := o.now().Add(-orphanAge)
	unnamed := func() error {
		sums, err := o.store.UnnamedPhotos(ctx, org, old)
		found, old = append(found, sums...), nil
		return err
	}
	for stored, err := range keeper.List(ctx, org) {
		if err != nil {
			return nil, err
		}
		if stored.StoredAt.IsZero() || !stored.StoredAt.Before(before) {
			continue
		}
		if old = append(old, stored.Sum[:]); len(old) == photosAtOnce {
			if err := unnamed(); err != nil {
				return nil, err
			}
		}
	}
	return found, unnamed()
}

func (o *Office) countOrphans(ctx context.Context, org rounds.OrgID) (int64, error) {
	if o.photos == nil {
		return 0, nil
	}
	found, err := o.orphans(ctx, o.photos, org)
	return int64(len(found)), err
}

// deleteOrphans says so in the audit log when it is done; a run that is broken off has deleted some.
func (o *Office) deleteOrphans(ctx context.Context, org rounds.OrgID) (n int64, err error) {
	if o.photos == nil {
		return 0, nil
	}
	found, err := o.orphans(ctx, o.photos, org)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	for _, sum := range found {
		gone, err := o.deleteContent(ctx, o.photos, org, sum)
		if err != nil {
			return n, err
		}
		if gone {
			n++
		}
	}
	return n, o.store.Log(ctx, org, rounds.UserID{}, o.now(), store.Action{
		Name: "photos.delete_orphans", Subject: string(rounds.DayOf(o.now(), time.UTC)), Detail: map[string]any{"contents": n},
	})
}
