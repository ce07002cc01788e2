package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// missedOf3 is the accepted request that stands for the check-in of visit $3; null of any other visit.
const missedOf3 = `(
		select id
		from requests
		where org_id = $1 and id = $3 and kind = 'missed_check_in' and status = 'accepted')`

// InsertRequest keeps a new request, which is open.
func (s *Store) InsertRequest(ctx context.Context, org rounds.OrgID, r rounds.Request) error {
	const q = `
		insert into requests (org_id, id, visit_id, missed_id, rep_id, kind, retailer_id, stop_id, claimed_start, claimed_end,
			day, outside_territory, reason, created_at, status, audit_stop_id)
		values ($1, $2, $3, ` + missedOf3 + `, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', (
			select s.id
			from audit_stops s
			join audit_routes r on r.org_id = s.org_id and r.id = s.route_id
			where s.org_id = $1 and s.id = $7 and r.auditor_id = $4
		))`
	_, err := exec(ctx, s.db, q, org, r.ID, r.VisitID, r.RepID, r.Kind, r.RetailerID, r.StopID, r.ClaimedStart, r.ClaimedEnd,
		r.Day, r.OutsideTerritory, r.Reason, r.CreatedAt)
	return err
}

// CloseRequest says what became of an open request, and reports whether it was open still.
func (s *Store) CloseRequest(ctx context.Context, org rounds.OrgID, r rounds.Request) (bool, error) {
	const q = `
		update requests
		set status = $3, decided_at = $4, decided_by = $5, decision_reason = nullif($6, '')
		where org_id = $1 and id = $2 and status = 'open'`
	n, err := exec(ctx, s.db, q, org, r.ID, r.Status, r.DecidedAt, r.DecidedBy, r.DecisionReason)
	return n == 1, err
}

// ListedRequest is a request with the names that a person reads it by.
type ListedRequest struct {
	rounds.Request
	RepName      string
	RetailerCode string
	RetailerName string
	DeciderName  string // "": nobody has decided
}

// RequestFilter narrows a list; zero fields do not.
type RequestFilter struct {
	Status      rounds.RequestStatus
	Kind        rounds.RequestKind
	RepID       rounds.UserID
	From, Until rounds.Day // of the visit
	AfterDay    rounds.Day // of the last request of the page before
	AfterID     rounds.RequestID
	Limit       int
}

// A request is seen by its rep and by whoever sees the rep's unit.
const listedRequests = `
	select q.id, q.rep_id, q.kind, q.visit_id, q.retailer_id, q.stop_id, q.claimed_start, q.claimed_end, q.day::text, q.outside_territory,
		q.reason, q.created_at, q.status, q.decided_by, q.decided_at, coalesce(q.decision_reason, '') as decision_reason,
		u.display_name as rep_name, r.code as retailer_code, r.name as retailer_name, coalesce(d.display_name, '') as decider_name
	from requests q
	join users u on u.org_id = q.org_id and u.id = q.rep_id
	join retailers r on r.org_id = q.org_id and r.id = q.retailer_id
	left join users d on d.org_id = q.org_id and d.id = q.decided_by
	where q.org_id = $1
	and ($2::uuid[] is null or u.unit_id = any($2))
	and ($3::uuid is null or q.rep_id = $3)`

// Requests are those of the scope, the newest day first and within a day the newest id.
func (s *Store) Requests(ctx context.Context, scope rounds.Scope, f RequestFilter) ([]ListedRequest, error) {
	const q = listedRequests + `
		and ($4 = '' or q.status = $4)
		and ($5 = '' or q.kind = $5)
		and ($6::uuid is null or q.rep_id = $6)
		and ($7::date is null or q.day >= $7)
		and ($8::date is null or q.day <= $8)
		and ($9::date is null or (q.day, q.id) < ($9, $10::uuid))
		order by q.day desc, q.id desc
		limit $11`
	return all(ctx, s.db, pgx.RowToStructByName[ListedRequest], q, scope.OrgID, scope.Units, scope.RepID, f.Status, f.Kind,
		f.RepID, date(f.From), date(f.Until), date(f.AfterDay), f.AfterID, f.Limit)
}

// Request is the request of the id, if the scope includes it.
func (s *Store) Request(ctx context.Context, scope rounds.Scope, id rounds.RequestID) (ListedRequest, error) {
	const q = listedRequests + `
		and q.id = $4`
	return row(ctx, s.db, pgx.RowToStructByName[ListedRequest], q, scope.OrgID, scope.Units, scope.RepID, id)
}

// RequestsOf are those about a visit, and the one that stands for its check-in, oldest first.
func (s *Store) RequestsOf(ctx context.Context, org rounds.OrgID, visit rounds.VisitID) ([]ListedRequest, error) {
	const q = listedRequests + `
		and (q.visit_id = $4 or q.id = $4)
		order by q.created_at, q.id`
	return all(ctx, s.db, pgx.RowToStructByName[ListedRequest], q, org, nil, nil, visit)
}

// MissedParts is all that a visit without a check-in derives from: the request that was accepted in its
// place and the last review that decided.
type MissedParts struct {
	ID               rounds.RequestID
	RepID            rounds.UserID
	RetailerID       rounds.RetailerID
	StopID           rounds.StopID
	AuditStopID      rounds.StopID // zero: it is a rep's
	Day              rounds.Day
	ClaimedStart     time.Time
	ClaimedEnd       time.Time
	OutsideTerritory bool
	Decision         rounds.Decision // "": no review decided
}

// An event of the same id goes before the request: it is evidence.
const missedParts = `
	select q.id, q.rep_id, q.retailer_id, q.stop_id, q.audit_stop_id, q.day::text, q.claimed_start, q.claimed_end, q.outside_territory,
		coalesce(r.decision, '') as decision
	from requests q
	left join lateral (
		select decision
		from reviews
		where org_id = q.org_id and visit_id = q.id and decision in ('credit', 'refuse')
		order by created_at desc, id desc
		limit 1
	) r on true
	where q.org_id = $1 and q.kind = 'missed_check_in' and q.status = 'accepted'
	and not exists (
		select
		from visit_events
		where org_id = q.org_id and id = q.id
	)`

// MissedPartsOf are the parts of a visit without a check-in; none if it is another's.
func (s *Store) MissedPartsOf(ctx context.Context, org rounds.OrgID, visit rounds.VisitID) ([]MissedParts, error) {
	const q = missedParts + `
		and q.id = $2`
	return all(ctx, s.db, pgx.RowToStructByName[MissedParts], q, org, visit)
}

// MissedPartsAfter are the parts of the org's visits without a check-in by id, from after the given one.
func (s *Store) MissedPartsAfter(ctx context.Context, org rounds.OrgID, after rounds.VisitID, limit int) ([]MissedParts, error) {
	const q = missedParts + `
		and ($2::uuid is null or q.id > $2)
		order by q.id
		limit $3`
	return all(ctx, s.db, pgx.RowToStructByName[MissedParts], q, org, after, limit)
}
