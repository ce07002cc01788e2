package store

import (
	"context"
	"encoding/json"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// Policy is a version of an org's policy, who put it in force and why.
type Policy struct {
	geo.Policy
	Reason    string
	CreatedAt time.Time
	CreatedBy rounds.UserID // zero: the server itself, for the first
}

const policyColumns = `version, rules, reason, created_at, created_by`

func scanPolicy(row pgx.CollectableRow) (Policy, error) {
	var p Policy
	var version int
	err := row.Scan(&version, &p.Policy, &p.Reason, &p.CreatedAt, &p.CreatedBy)
	p.Version = version
	return p, err
}

// Policies are all versions, the one in force first.
func (s *Store) Policies(ctx context.Context, org rounds.OrgID) ([]Policy, error) {
	const q = `
		select ` + policyColumns + `
		from policies
		where org_id = $1
		order by version desc`
	return all(ctx, s.db, scanPolicy, q, org)
}

const policyInForce = `
	select ` + policyColumns + `
	from policies
	where org_id = $1
	order by version desc
	limit 1`

// Policy is the version in force.
func (s *Store) Policy(ctx context.Context, org rounds.OrgID) (Policy, error) {
	return row(ctx, s.db, scanPolicy, policyInForce, org)
}

// InsertPolicy appends the next version and says which it is; two at once are a Conflict for one of them.
func (s *Store) InsertPolicy(ctx context.Context, org rounds.OrgID, p Policy) (int, error) {
	const q = `
		insert into policies (org_id, version, rules, reason, created_at, created_by)
		select $1, coalesce(max(version), 0) + 1, $2::jsonb, $3, $4, $5
		from policies
		where org_id = $1
		returning version`
	rules, err := json.Marshal(p.Policy)
	if err != nil {
		return 0, err
	}
	return one[int](ctx, s.db, q, org, string(rules), p.Reason, p.CreatedAt, p.CreatedBy)
}
