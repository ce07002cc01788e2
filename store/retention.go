package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// Deleted counts what retention deleted, or would delete.
type Deleted struct {
	Events      int64 // that had positions
	Fixes       int64
	Quarantined int64 // items of which the raw form was kept
}

// Expired says which positions are to be deleted: of events of days up to and including one, and of items
// in quarantine received before the end of that day.
type Expired struct {
	Through        rounds.Day // "": none
	ReceivedBefore time.Time
}

// ClosedBefore is the last day that was closed at or before an instant; "" if none was. Runs of retention
// in the same org wait here for one another's transactions.
func (s *Store) ClosedBefore(ctx context.Context, org rounds.OrgID, at time.Time) (rounds.Day, error) {
	const q = `
		select through::text
		from closings
		where org_id = $1 and closed_at <= $2
		order by through desc
		limit 1
		for update`
	day, err := one[rounds.Day](ctx, s.db, q, org, at)
	if rounds.CodeOf(err) == rounds.NotFound {
		return "", nil
	}
	return day, err
}

// DeletePositions deletes positions, of so many events and so many items in quarantine at most, and all
// else in which a phone may have sent some. Verdicts and hashes stay.
func (s *Store) DeletePositions(ctx context.Context, org rounds.OrgID, e Expired, limit int, now time.Time) (Deleted, error) {
	const q = `
		with expired as materialized (
			select e.id
			from visit_events e
			where e.org_id = $1 and e.day <= $2 and e.positions_deleted_at is null
			order by e.day
			limit $3
		), fixes as (
			delete from event_fixes f
			using expired
			where f.org_id = $1 and f.event_id = expired.id
			returning 1
		), events as (
			update visit_events e
			set positions_deleted_at = $4, evidence = null, unknown = null
			from expired
			where e.org_id = $1 and e.id = expired.id
			returning 1
		), items as (
			update quarantine
			set raw = '', raw_deleted_at = $4
			where org_id = $1 and id in (
				select id
				from quarantine
				where org_id = $1 and received_at < $5 and raw_deleted_at is null
				order by received_at
				limit $3)
			returning 1
		)
		select (select count(*) from events) as events, (select count(*) from fixes) as fixes,
			(select count(*) from items) as quarantined`
	return row(ctx, s.db, pgx.RowToStructByName[Deleted], q, org, e.Through, limit, now, e.ReceivedBefore)
}

// DropPositions deletes the positions of some events, and of the photographs that they show, as DeletePositions does.
func (s *Store) DropPositions(ctx context.Context, org rounds.OrgID, events []rounds.EventID, now time.Time) error {
	const q = `
		with fixes as (
			delete from event_fixes
			where org_id = $1 and event_id = any($2)
		), photos as (
			delete from photo_fixes f
			using event_evidence e
			where f.org_id = $1 and e.org_id = f.org_id and e.event_id = any($2) and e.rep_id = f.rep_id and e.photo = f.sha256
		)
		update visit_events
		set positions_deleted_at = $3, evidence = null, unknown = null
		where org_id = $1 and id = any($2)`
	_, err := exec(ctx, s.db, q, org, events, now)
	return err
}

// CountPositions counts what DeletePositions would delete if it had no limit.
func (s *Store) CountPositions(ctx context.Context, org rounds.OrgID, e Expired) (Deleted, error) {
	const q = `
		with expired as materialized (
			select e.id
			from visit_events e
			where e.org_id = $1 and e.day <= $2 and e.positions_deleted_at is null
		)
		select (select count(*) from expired) as events,
			(select count(*) from event_fixes f join expired on f.org_id = $1 and f.event_id = expired.id) as fixes,
			(select count(*) from quarantine where org_id = $1 and received_at < $3 and raw_deleted_at is null) as quarantined`
	return row(ctx, s.db, pgx.RowToStructByName[Deleted], q, org, e.Through, e.ReceivedBefore)
}

// Unclosed is what keeps its positions because its days are not closed.
type Unclosed struct {
	Waiting int64
	Oldest  rounds.Day // "": none waits
}

// Unclosed counts the events with positions of days after the last one that is closed.
func (s *Store) Unclosed(ctx context.Context, org rounds.OrgID) (Unclosed, error) {
	const q = `
		select count(*) as waiting, coalesce(min(e.day)::text, '') as oldest
		from visit_events e
		where e.org_id = $1 and e.positions_deleted_at is null
		and e.day > coalesce((select max(through) from closings where org_id = $1), '-infinity')`
	return row(ctx, s.db, pgx.RowToStructByName[Unclosed], q, org)
}
