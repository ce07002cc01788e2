package store

import (
	"context"

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

// AuditFormVersion is the version of a form, or (0) its latest; NotFound if there is none.
func (s *Store) AuditFormVersion(ctx context.Context, org rounds.OrgID, id rounds.FormID, version int) (int, error) {
	const q = `
		select version
		from audit_forms
		where org_id = $1 and id = $2
		and ($3 = 0 or version = $3)
		order by version desc
		limit 1`
	return one[int](ctx, s.db, q, org, id, version)
}
