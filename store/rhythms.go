package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// Rhythms are what the retailers ask of their days; who asks for nothing is left out.
func (s *Store) Rhythms(ctx context.Context, org rounds.OrgID, retailers []rounds.RetailerID) (map[rounds.RetailerID]rounds.Rhythm, error) {
	const q = `
		select retailer_id, weekdays, wished, wish_price, coalesce(min_days, 0) as min_days, coalesce(max_days, 0) as max_days
		from retailer_rhythms
		where org_id = $1 and retailer_id = any($2)`
	found, err := all(ctx, s.db, pgx.RowToStructByName[rounds.Rhythm], q, org, retailers)
	rhythms := make(map[rounds.RetailerID]rounds.Rhythm, len(found))
	for _, r := range found {
		rhythms[r.RetailerID] = r
	}
	return rhythms, err
}

// SaveRhythms writes what retailers ask of their days from now on.
func (s *Store) SaveRhythms(ctx context.Context, org rounds.OrgID, rhythms []rounds.Rhythm) error {
	const q = `
		insert into retailer_rhythms (org_id, retailer_id, weekdays, wished, wish_price, min_days, max_days)
		values ($1, $2, $3, $4, $5, nullif($6, 0), nullif($7, 0))
		on conflict (org_id, retailer_id) do update
		set weekdays = excluded.weekdays, wished = excluded.wished, wish_price = excluded.wish_price,
			min_days = excluded.min_days, max_days = excluded.max_days`
	var batch pgx.Batch
	for _, r := range rhythms {
		batch.Queue(q, org, r.RetailerID, r.Weekdays, r.Wished, r.WishPrice, r.MinDays, r.MaxDays)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}
