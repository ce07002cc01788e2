package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// InsertMissed notes calls that a day's plan does not have; what is noted already stays as it is.
func (s *Store) InsertMissed(ctx context.Context, org rounds.OrgID, calls []rounds.MissedCall) error {
	const q = `
		insert into missed_calls (org_id, rep_id, day, retailer_id, reason, planned_on, found_at)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (org_id, rep_id, day, retailer_id) do nothing`
	var batch pgx.Batch
	for _, c := range calls {
		batch.Queue(q, org, c.RepID, c.Day, c.RetailerID, c.Reason, c.PlannedOn, c.FoundAt)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// MissedKey is a place in the order of missed calls.
type MissedKey struct {
	Day        rounds.Day
	RepID      rounds.UserID
	RetailerID rounds.RetailerID
}

// ListedMissed is a missed call with the retailer's code and name.
type ListedMissed struct {
	rounds.MissedCall
	Code, Name string
}

// Missed are the calls that the scope's reps missed from a day to another, both included, by day, rep and retailer, from
// after the given place; a zero rep is all.
func (s *Store) Missed(ctx context.Context, scope rounds.Scope, from, until rounds.Day, rep rounds.UserID, after MissedKey, limit int) ([]ListedMissed, error) {
	const q = `
		select r.rep_id, r.day::text as day, r.retailer_id, r.reason, r.planned_on::text as planned_on, r.found_at, t.code, t.name
		from missed_calls r
		join users u on u.org_id = r.org_id and u.id = r.rep_id
		join retailers t on t.org_id = r.org_id and t.id = r.retailer_id
		where r.org_id = $1` + journeyScope + `
		and r.day between $4 and $5
		and ($6::uuid is null or r.rep_id = $6)
		and ($7 = '' or (r.day, r.rep_id, r.retailer_id) > (nullif($7, '')::date, $8, $9))
		order by r.day, r.rep_id, r.retailer_id
		limit $10`
	return all(ctx, s.db, pgx.RowToStructByName[ListedMissed], q, scope.OrgID, scope.Units, scope.RepID, from, until, rep,
		after.Day, after.RepID, after.RetailerID, limit)
}

// RepsInForce are the reps who go by a journey plan on the day, by their ids, and by which.
func (s *Store) RepsInForce(ctx context.Context, org rounds.OrgID, day rounds.Day) ([]RepInForce, error) {
	const q = `
		select r.rep_id, r.plan_id, r.valid_from::text as valid_from
		from journey_reps r
		join users u on u.org_id = r.org_id and u.id = r.rep_id and u.active and u.role = 'rep'
		where r.org_id = $1 and r.valid_from <= $2 and r.valid_to > $2
		order by r.rep_id`
	return all(ctx, s.db, pgx.RowToStructByName[RepInForce], q, org, day)
}

// RepInForce says by which plan a rep goes, and since when.
type RepInForce struct {
	RepID     rounds.UserID
	PlanID    rounds.JourneyPlanID
	ValidFrom rounds.Day
}
