package store

import (
	"context"
	"encoding/json"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// EstimatedPick is a retailer that an audit visits or no longer visits, with what was found there last.
type EstimatedPick struct {
	AuditID rounds.AuditID
	rounds.AuditPick
	Removed     bool       // out, and not because another one came in its place
	Met         rounds.Met // "" without a finding
	Answers     map[string]json.RawMessage
	FormID      rounds.FormID
	FormVersion int
}

// ClaimCount is what an audit's findings say of the visits that somebody claims at a retailer.
type ClaimCount struct {
	AuditID                        rounds.AuditID
	RetailerID                     rounds.RetailerID
	RepID                          rounds.UserID
	Confirmed, Refuted, CannotTell int
}

// EstimateFilter is one audit, or those that are done of claimed visits of some of the days.
type EstimateFilter struct {
	AuditID     rounds.AuditID // zero: by days
	From, Until rounds.Day
}

const estimatedAudits = `
	a.org_id = $1
	and ($2::uuid[] is null or a.unit_id = any($2))
	and case when $3::uuid is null then a.status = 'done' and a.from_day <= $5 and a.to_day >= $4
		else a.id = $3 and a.status in ('drawn', 'done') end`

// CountAudits is how many audits of the scope's units a filter finds.
func (s *Store) CountAudits(ctx context.Context, scope rounds.Scope, f EstimateFilter) (int, error) {
	const q = `
		select count(*)
		from audits a
		where ` + estimatedAudits
	return one[int](ctx, s.db, q, scope.OrgID, scope.Units, f.AuditID, f.From, f.Until)
}

// EstimatedPicks are what audits visit or no longer visit, by audit, stratum and rank; not the reserves that nobody needed.
func (s *Store) EstimatedPicks(ctx context.Context, scope rounds.Scope, f EstimateFilter) ([]EstimatedPick, error) {
	const q = `
		select p.audit_id, p.retailer_id, p.stratum, coalesce(p.probability, 0), p.role, p.standing, p.rep_id, p.territory_id, p.class,
			p.standing = 'out' and not exists (
				select from audit_changes c
				where c.org_id = $1 and c.audit_id = p.audit_id and c.retailer_id = p.retailer_id and c.kind = 'replace' and c.decision = 'accept'),
			coalesce(g.met, ''), coalesce(g.answers, '{}'), g.form_id, coalesce(g.form_version, 0)
		from audits a
		join audit_picks p on p.org_id = $1 and p.audit_id = a.id and p.standing <> 'waiting'
		left join audit_findings g on g.org_id = $1 and g.audit_id = p.audit_id and g.retailer_id = p.retailer_id and not exists (
			select from audit_findings h
			where h.org_id = $1 and h.corrects_id = g.id)
		where ` + estimatedAudits + `
		order by a.number, p.stratum collate "C", p.rank, p.code collate "C"`
	scan := func(row pgx.CollectableRow) (EstimatedPick, error) {
		var p EstimatedPick
		err := row.Scan(&p.AuditID, &p.RetailerID, &p.Stratum, &p.Probability, &p.Role, &p.Standing, &p.RepID, &p.TerritoryID, &p.Class,
			&p.Removed, &p.Met, &p.Answers, &p.FormID, &p.FormVersion)
		return p, err
	}
	return all(ctx, s.db, scan, q, scope.OrgID, scope.Units, f.AuditID, f.From, f.Until)
}

// ClaimCounts are what audits say of claimed visits, by retailer and by who claims them.
func (s *Store) ClaimCounts(ctx context.Context, scope rounds.Scope, f EstimateFilter) ([]ClaimCount, error) {
	const q = `
		select c.audit_id, c.retailer_id, c.rep_id, count(*) filter (where c.says = 'confirmed'), count(*) filter (where c.says = 'refuted'),
			count(*) filter (where c.says = 'cannot_tell')
		from audits a
		join audit_claims c on c.org_id = $1 and c.audit_id = a.id
		where ` + estimatedAudits + `
		group by c.audit_id, c.retailer_id, c.rep_id`
	return all(ctx, s.db, pgx.RowToStructByPos[ClaimCount], q, scope.OrgID, scope.Units, f.AuditID, f.From, f.Until)
}

// Named is a user with name and unit.
type Named struct {
	ID     rounds.UserID
	UnitID rounds.UnitID
	Name   string // for people
}

// NamesOfUsers are the users of the ids, wherever they are in the org.
func (s *Store) NamesOfUsers(ctx context.Context, org rounds.OrgID, ids []rounds.UserID) ([]Named, error) {
	const q = `
		select id, unit_id, display_name
		from users
		where org_id = $1 and id = any($2)`
	return all(ctx, s.db, pgx.RowToStructByPos[Named], q, org, ids)
}

// NamesOfTerritories are the names of the territories of the ids.
func (s *Store) NamesOfTerritories(ctx context.Context, org rounds.OrgID, ids []rounds.TerritoryID) (map[rounds.TerritoryID]string, error) {
	const q = `
		select id, name
		from territories
		where org_id = $1 and id = any($2)`
	type named struct {
		ID   rounds.TerritoryID
		Name string
	}
	found, err := all(ctx, s.db, pgx.RowToStructByPos[named], q, org, ids)
	names := make(map[rounds.TerritoryID]string, len(found))
	for _, n := range found {
		names[n.ID] = n.Name
	}
	return names, err
}

// DrawnAudits are the audits of an org that were drawn from one instant until before another, by number, ended or not.
func (s *Store) DrawnAudits(ctx context.Context, org rounds.OrgID, from, until time.Time) ([]rounds.Audit, error) {
	const q = `
		select ` + auditColumns + `
		from audits a
		where a.org_id = $1 and a.drawn_at >= $2 and a.drawn_at < $3
		order by a.number`
	return all(ctx, s.db, scanAudit, q, org, from, until)
}
