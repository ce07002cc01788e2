package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// closedThrough is null while nothing is closed.
const closedThrough = `
	select max(through)::text
	from closings
	where org_id = $1`

// ClosedThrough is the last day that is closed; "" while none is.
func (s *Store) ClosedThrough(ctx context.Context, org rounds.OrgID) (rounds.Day, error) {
	day, err := one[*rounds.Day](ctx, s.db, closedThrough, org)
	return orNone(day), err
}

func orNone(day *rounds.Day) rounds.Day {
	if day == nil {
		return ""
	}
	return *day
}

// InsertClosing closes every day up to one. The caller has locked every rep, so that no upload is under way.
func (s *Store) InsertClosing(ctx context.Context, org rounds.OrgID, c rounds.Closing) error {
	const q = `
		insert into closings (org_id, through, reason, closed_at, closed_by)
		values ($1, $2, $3, $4, $5)`
	_, err := exec(ctx, s.db, q, org, c.Through, c.Reason, c.ClosedAt, c.ClosedBy)
	return err
}

// Closings are all of the org's, the latest first.
func (s *Store) Closings(ctx context.Context, org rounds.OrgID) ([]rounds.Closing, error) {
	const q = `
		select through::text, reason, closed_at, closed_by
		from closings
		where org_id = $1
		order by through desc`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Closing], q, org)
}

// LockOrg makes uploads of everybody in the org wait until the transaction ends, as LockReps does for a few.
func (s *Store) LockOrg(ctx context.Context, org rounds.OrgID) error {
	const q = `
		select id
		from users
		where org_id = $1
		order by id
		for no key update`
	_, err := all(ctx, s.db, pgx.RowTo[rounds.UserID], q, org)
	return err
}

// SaveVisits writes derived visits and says how many were new or different. Those of days that are closed
// stay as they were: what they would be now is kept beside them, while it differs.
func (s *Store) SaveVisits(ctx context.Context, org rounds.OrgID, closed rounds.Day, visits []rounds.Visit) (int64, error) {
	var open, late []rounds.Visit
	for _, v := range visits {
		if v.Day > closed {
			open = append(open, v)
		} else {
			late = append(late, v)
		}
	}
	changed, err := s.upsertVisits(ctx, "visits", org, open)
	if err != nil || len(late) == 0 {
		return changed, err
	}
	noticed, err := s.upsertVisits(ctx, "late_visits", org, late)
	if err != nil {
		return changed, err
	}
	if err := s.leaveOpenDays(ctx, org, closed, late); err != nil {
		return changed, err
	}
	agreed, err := s.forgetAgreed(ctx, org, late)
	return changed + noticed - agreed, err
}

// leaveOpenDays deletes visits that were on an open day until their clocks were known better: they are late now.
func (s *Store) leaveOpenDays(ctx context.Context, org rounds.OrgID, closed rounds.Day, late []rounds.Visit) error {
	const q = `
		delete from visits
		where org_id = $1 and id = any($2) and day > $3::date`
	_, err := exec(ctx, s.db, q, org, visitIDs(late), string(closed))
	return err
}

func visitIDs(visits []rounds.Visit) []rounds.VisitID {
	ids := make([]rounds.VisitID, len(visits))
	for i, v := range visits {
		ids[i] = v.ID
	}
	return ids
}

// forgetAgreed deletes late visits that are no different from the visit itself, and says how many were.
func (s *Store) forgetAgreed(ctx context.Context, org rounds.OrgID, late []rounds.Visit) (int64, error) {
	const q = `
		delete from late_visits l
		using visits v
		where l.org_id = $1 and l.id = any($2) and v.org_id = l.org_id and v.id = l.id
		and (v.stop_id, v.day, v.started_at, v.ended_at, v.end_estimated, v.check_out_id, v.dwell_s,
			v.outcome, v.credited_by, v.needs_review, v.reasons)
		is not distinct from (l.stop_id, l.day, l.started_at, l.ended_at, l.end_estimated, l.check_out_id, l.dwell_s,
			l.outcome, l.credited_by, l.needs_review, l.reasons)`
	return exec(ctx, s.db, q, org, visitIDs(late))
}

// LateVisit is a visit of a closed day with what it would be if the day were open.
type LateVisit struct {
	Before *ListedVisit // nil: there is none
	After  ListedVisit
}

// LateVisits are what events and reviews have said since their days were closed, newest day first, of the
// filter's days and rep.
func (s *Store) LateVisits(ctx context.Context, scope rounds.Scope, f VisitFilter) ([]LateVisit, error) {
	const q = `
		select ` + listedColumns + `
		from late_visits v` + listedJoins + `
		and ($4::date is null or v.day >= $4)
		and ($5::date is null or v.day <= $5)
		and ($6::uuid is null or v.rep_id = $6)
		and ($7::date is null or (v.day, v.id) < ($7, $8::uuid))
		order by v.day desc, v.id desc
		limit $9`
	after, err := all(ctx, s.db, scanListed, q, scope.OrgID, scope.Units, scope.RepID, date(f.From), date(f.Until),
		f.RepID, date(f.AfterDay), f.AfterID, f.Limit)
	if err != nil {
		return nil, err
	}
	before, err := s.visitsOf(ctx, scope, after)
	late := make([]LateVisit, len(after))
	for i, v := range after {
		late[i].After = v
		if b, ok := before[v.ID]; ok {
			late[i].Before = &b
		}
	}
	return late, err
}

// visitsOf are the visits that count, of the late ones, by id.
func (s *Store) visitsOf(ctx context.Context, scope rounds.Scope, late []ListedVisit) (map[rounds.VisitID]ListedVisit, error) {
	const q = `
		select ` + listedColumns + listedFrom + `
		and v.id = any($4)`
	ids := make([]rounds.VisitID, len(late))
	for i, v := range late {
		ids[i] = v.ID
	}
	found, err := all(ctx, s.db, scanListed, q, scope.OrgID, scope.Units, scope.RepID, ids)
	by := make(map[rounds.VisitID]ListedVisit, len(found))
	for _, v := range found {
		by[v.ID] = v
	}
	return by, err
}

// StopWaiting takes visits of closed days off the list of those to look at for their position.
func (s *Store) StopWaiting(ctx context.Context, org rounds.OrgID, through rounds.Day) error {
	const q = `
		update visits
		set severity = null
		where org_id = $1 and day <= $2 and severity is not null`
	_, err := exec(ctx, s.db, q, org, through)
	return err
}
