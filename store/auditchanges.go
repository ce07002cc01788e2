package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// PickCount is how many of a stratum came into an audit in a role and have a standing.
type PickCount struct {
	Stratum  string
	Role     rounds.PickRole
	Standing rounds.PickStanding
	Count    int
}

// PickCounts counts an audit's picks by stratum, role and standing.
func (s *Store) PickCounts(ctx context.Context, org rounds.OrgID, id rounds.AuditID) ([]PickCount, error) {
	const q = `
		select stratum, role, standing, count(*)
		from audit_picks
		where org_id = $1 and audit_id = $2
		group by stratum, role, standing
		order by stratum collate "C", role, standing`
	return all(ctx, s.db, pgx.RowToStructByPos[PickCount], q, org, id)
}

const changeColumns = `
	c.id, c.kind, c.retailer_id, c.reserve_id, c.reason, c.asked_at, c.asked_by, coalesce(c.decision, ''), c.decided_at, c.decided_by, c.answer`

func scanChange(row pgx.CollectableRow) (rounds.AuditChange, error) {
	var c rounds.AuditChange
	err := row.Scan(&c.ID, &c.Kind, &c.RetailerID, &c.ReserveID, &c.Reason, &c.AskedAt, &c.AskedBy, &c.Decision, &c.DecidedAt, &c.DecidedBy, &c.Answer)
	return c, err
}

// AuditChanges are all changes by hand of an audit, in the order in which they were asked for.
func (s *Store) AuditChanges(ctx context.Context, org rounds.OrgID, id rounds.AuditID) ([]rounds.AuditChange, error) {
	const q = `
		select ` + changeColumns + `
		from audit_changes c
		where c.org_id = $1 and c.audit_id = $2
		order by c.asked_at, c.id`
	return all(ctx, s.db, scanChange, q, org, id)
}

// AuditChange is a change of an audit.
func (s *Store) AuditChange(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, id rounds.AuditChangeID) (rounds.AuditChange, error) {
	const q = `
		select ` + changeColumns + `
		from audit_changes c
		where c.org_id = $1 and c.audit_id = $2 and c.id = $3`
	return row(ctx, s.db, scanChange, q, org, audit, id)
}

// LastAuditChange is when a change of an audit was asked for or decided last; nil if none was.
func (s *Store) LastAuditChange(ctx context.Context, org rounds.OrgID, audit rounds.AuditID) (*time.Time, error) {
	const q = `
		select max(greatest(asked_at, decided_at))
		from audit_changes
		where org_id = $1 and audit_id = $2`
	return one[*time.Time](ctx, s.db, q, org, audit)
}

// InsertAuditChange adds a change, decided or not.
func (s *Store) InsertAuditChange(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, c rounds.AuditChange) error {
	const q = `
		insert into audit_changes (org_id, audit_id, id, kind, retailer_id, reserve_id, reason, asked_at, asked_by, decision, decided_at, decided_by, answer)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, ''), $11, $12, $13)`
	_, err := exec(ctx, s.db, q, org, audit, c.ID, c.Kind, c.RetailerID, c.ReserveID, c.Reason, c.AskedAt, c.AskedBy, c.Decision, c.DecidedAt, c.DecidedBy, c.Answer)
	return err
}

// DecideAuditChange writes what became of a change, and which reserve came in by it, and says whether it was still open.
func (s *Store) DecideAuditChange(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, c rounds.AuditChange) (bool, error) {
	const q = `
		update audit_changes
		set decision = $4, decided_at = $5, decided_by = $6, answer = $7, reserve_id = $8
		where org_id = $1 and audit_id = $2 and id = $3 and decision is null`
	n, err := exec(ctx, s.db, q, org, audit, c.ID, c.Decision, c.DecidedAt, c.DecidedBy, c.Answer, c.ReserveID)
	return n == 1, err
}

// OvertakeChanges closes the changes of an audit that still wait, of one retailer or, for a zero id, of all.
func (s *Store) OvertakeChanges(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, retailer rounds.RetailerID, at time.Time) error {
	const q = `
		update audit_changes
		set decision = 'overtaken', decided_at = $4
		where org_id = $1 and audit_id = $2 and decision is null
		and ($3::uuid is null or retailer_id = $3)`
	_, err := exec(ctx, s.db, q, org, audit, retailer, at)
	return err
}

// PickVisited reports whether an auditor has found somebody at a retailer of an audit.
func (s *Store) PickVisited(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, retailer rounds.RetailerID) (bool, error) {
	const q = `
		select exists (
			select from audit_findings
			where org_id = $1 and audit_id = $2 and retailer_id = $3 and met = 'visited'
		)`
	return one[bool](ctx, s.db, q, org, audit, retailer)
}

// AuditorAt says whether a retailer of an audit is on a route of somebody's, and whether they have checked in at it there.
func (s *Store) AuditorAt(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, retailer rounds.RetailerID, user rounds.UserID) (sent, been bool, err error) {
	const q = `
		select count(*) > 0, coalesce(bool_or(exists (
			select from visits v
			where v.org_id = $1 and v.rep_id = $4 and v.retailer_id = $3 and v.stop_id = t.id and v.audit and v.outcome = 'at_retailer'
		)), false)
		from audit_stops t
		join audit_routes r on r.org_id = $1 and r.id = t.route_id
		where t.org_id = $1 and t.audit_id = $2 and t.retailer_id = $3 and t.position is not null and r.withdrawn_at is null and r.auditor_id = $4`
	_, err = row(ctx, s.db, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, row.Scan(&sent, &been) }, q, org, audit, retailer, user)
	return sent, been, err
}
