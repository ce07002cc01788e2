package store

import (
	"context"
	"encoding/json"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// SessionSpan is one login of a user, without what it was proved by.
type SessionSpan struct {
	ID         rounds.ID[Session]
	StartedAt  time.Time
	LastUsedAt time.Time
	EndedAt    *time.Time // nil: not ended by hand
}

// SessionsOf are a user's sessions in the order of their ids, from after the given one.
func (s *Store) SessionsOf(ctx context.Context, org rounds.OrgID, user rounds.UserID, after rounds.ID[Session], limit int) ([]SessionSpan, error) {
	const q = `
		select s.id, s.created_at as started_at, coalesce(t.issued_at, s.created_at) as last_used_at, s.revoked_at as ended_at
		from sessions s
		left join lateral (
			select max(issued_at) as issued_at
			from refresh_tokens
			where org_id = s.org_id and session_id = s.id
		) t on true
		where s.org_id = $1 and s.user_id = $2
		and ($3::uuid is null or s.id > $3)
		order by s.id
		limit $4`
	return all(ctx, s.db, pgx.RowToStructByName[SessionSpan], q, org, user, after, limit)
}

// Tenure is a territory that somebody worked, from a day until before another.
type Tenure struct {
	TerritoryID rounds.TerritoryID
	Name        string
	Purpose     rounds.Purpose
	From        rounds.Day
	Until       rounds.Day // "": no end is known
}

// Tenures are all of a rep's, the earliest first.
func (s *Store) Tenures(ctx context.Context, org rounds.OrgID, rep rounds.UserID) ([]Tenure, error) {
	const q = `
		select r.territory_id, t.name, t.purpose, r.valid_from::text as "from",
			case when r.valid_to = 'infinity' then '' else r.valid_to::text end as until
		from territory_reps r
		join territories t on t.org_id = r.org_id and t.id = r.territory_id
		where r.org_id = $1 and r.rep_id = $2
		order by r.valid_from, t.name`
	return all(ctx, s.db, pgx.RowToStructByName[Tenure], q, org, rep)
}

// PlansOf are a rep's plans with their stops by day, from after the given one.
func (s *Store) PlansOf(ctx context.Context, org rounds.OrgID, rep rounds.UserID, after rounds.Day, limit int) ([]rounds.Plan, error) {
	const q = `
		select ` + planColumns + planFrom + `
		and ($4::date is null or p.day > $4)
		order by p.day
		limit $5`
	plans, err := all(ctx, s.db, scanPlan, q, org, nil, rep, date(after), limit)
	for i := range plans {
		if err == nil {
			err = s.fill(ctx, org, &plans[i])
		}
	}
	return plans, err
}

// ListedReview is a review with the reviewer's name.
type ListedReview struct {
	rounds.Review
	ReviewerName string
}

// ReviewsOf are the reviews of a rep's visits in the order of their ids, from after the given one.
func (s *Store) ReviewsOf(ctx context.Context, org rounds.OrgID, rep rounds.UserID, after rounds.ReviewID, limit int) ([]ListedReview, error) {
	const q = `
		select r.id, r.visit_id, r.reviewer_id, r.decision, r.reason, r.created_at, u.display_name as reviewer_name
		from reviews r
		left join visit_events e on e.org_id = r.org_id and e.id = r.check_in_id
		left join requests q on q.org_id = r.org_id and q.id = r.request_id
		join users u on u.org_id = r.org_id and u.id = r.reviewer_id
		where r.org_id = $1 and (e.rep_id = $2 or q.rep_id = $2)
		and ($3::uuid is null or r.id > $3)
		order by r.id
		limit $4`
	return all(ctx, s.db, pgx.RowToStructByName[ListedReview], q, org, rep, after, limit)
}

// ListedItem is an item in quarantine with what became of it.
type ListedItem struct {
	rounds.Quarantined
	ResolvedAt   *time.Time // nil: it waits
	RawDeletedAt *time.Time // nil: Raw is kept
}

// QuarantinedOf are a rep's items in the order of their ids, from after the given one.
func (s *Store) QuarantinedOf(ctx context.Context, org rounds.OrgID, rep rounds.UserID, after rounds.ID[rounds.Quarantined], limit int) ([]ListedItem, error) {
	const q = `
		select ` + quarantinedColumns + `, resolved_at, raw_deleted_at
		from quarantine
		where org_id = $1 and rep_id = $2
		and ($3::uuid is null or id > $3)
		order by id
		limit $4`
	return all(ctx, s.db, pgx.RowToStructByName[ListedItem], q, org, rep, after, limit)
}

// LoggedAction is an entry of the audit log.
type LoggedAction struct {
	ID        rounds.ID[Action]
	At        time.Time
	ActorID   rounds.UserID // zero: the command line of the server itself
	ActorName string
	Action    string
	Subject   string
	Detail    json.RawMessage
}

// ActionsOf are what a user did and what was done to them, in the order of their ids, from after the given one.
func (s *Store) ActionsOf(ctx context.Context, org rounds.OrgID, user rounds.UserID, after rounds.ID[Action], limit int) ([]LoggedAction, error) {
	const q = `
		select l.id, l.at, l.actor_id, coalesce(u.display_name, '') as actor_name, l.action, l.subject, l.detail
		from audit_log l
		left join users u on u.org_id = l.org_id and u.id = l.actor_id
		where l.org_id = $1 and (l.actor_id = $2 or l.subject = $2::text)
		and ($3::uuid is null or l.id > $3)
		order by l.id
		limit $4`
	return all(ctx, s.db, pgx.RowToStructByName[LoggedAction], q, org, user, after, limit)
}

// HeldProposal is a pin proposed from visits of so many people.
type HeldProposal struct {
	ID            rounds.PinProposalID
	RetailerID    rounds.RetailerID
	RetailerCode  string
	RetailerName  string
	Lat, Lon      *float64 // nil: deleted
	Makers        int
	Status        rounds.ProposalStatus
	CreatedAt     time.Time
	DecidedAt     *time.Time
	DecidedByName string // "": nobody did
	Reason        string
	DeletedAt     *time.Time // its place; nil: it is there
}

// ProposalsMadeFrom are those in which visits of a user are, in the order of their ids, from after the given one.
func (s *Store) ProposalsMadeFrom(ctx context.Context, org rounds.OrgID, user rounds.UserID, after rounds.PinProposalID, limit int) ([]HeldProposal, error) {
	const q = `
		select p.id, p.retailer_id, r.code as retailer_code, r.name as retailer_name, p.lat, p.lon, cardinality(p.made_from) as makers,
			p.status, p.created_at, p.decided_at, coalesce(u.display_name, '') as decided_by_name, p.reason,
			p.point_deleted_at as deleted_at
		from pin_proposals p
		join retailers r on r.org_id = p.org_id and r.id = p.retailer_id
		left join users u on u.org_id = p.org_id and u.id = p.decided_by
		where p.org_id = $1 and p.made_from @> array[$2::uuid]
		and ($3::uuid is null or p.id > $3)
		order by p.id
		limit $4`
	return all(ctx, s.db, pgx.RowToStructByName[HeldProposal], q, org, user, after, limit)
}

// Deletion is when positions of a rep are deleted.
type Deletion struct {
	From, Through rounds.Day // days of the events
	ClosedAt      *time.Time // nil: the days are not closed, and nobody knows
	Events        int
}

// Deletions say of all events of a rep that still have positions when their days were closed.
func (s *Store) Deletions(ctx context.Context, org rounds.OrgID, rep rounds.UserID) ([]Deletion, error) {
	const q = `
		select min(e.day)::text as "from", max(e.day)::text as through, c.closed_at, count(*) as events
		from visit_events e
		left join lateral (
			select closed_at
			from closings
			where org_id = e.org_id and through >= e.day
			order by through
			limit 1
		) c on true
		where e.org_id = $1 and e.rep_id = $2 and e.positions_deleted_at is null
		group by c.closed_at
		order by c.closed_at nulls last`
	return all(ctx, s.db, pgx.RowToStructByName[Deletion], q, org, rep)
}
