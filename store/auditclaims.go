package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// ClaimsOn are the claimed visits of a retailer in an audit's period, of anybody but who audits it there and the auditor given,
// and those that a finding of the audit spoke of before, by their ids. Nothing is said of them.
func (s *Store) ClaimsOn(ctx context.Context, org rounds.OrgID, a rounds.Audit, retailer rounds.RetailerID, auditor rounds.UserID) ([]rounds.AuditClaim, error) {
	const q = `
		with claimed as (
			select v.id, v.retailer_id, v.rep_id, v.day, v.credited, v.outcome
			from visits v
			where v.org_id = $1 and v.retailer_id = $3 and v.day between $4 and $5 and not v.audit and v.rep_id <> $6
			and not exists (
				select
				from audit_stops s
				join audit_routes r on r.org_id = s.org_id and r.id = s.route_id
				where s.org_id = $1 and s.audit_id = $2 and s.retailer_id = $3 and s.position is not null and r.auditor_id = v.rep_id
			)
		)
		select id, retailer_id, rep_id, day::text, credited, outcome
		from claimed
		union all
		select visit_id, retailer_id, rep_id, day::text, credited, outcome
		from audit_claims
		where org_id = $1 and audit_id = $2 and retailer_id = $3 and visit_id not in (select id from claimed)
		order by id`
	scan := func(row pgx.CollectableRow) (rounds.AuditClaim, error) {
		var c rounds.AuditClaim
		err := row.Scan(&c.VisitID, &c.RetailerID, &c.RepID, &c.Day, &c.Credited, &c.Outcome)
		return c, err
	}
	return all(ctx, s.db, scan, q, org, a.ID, retailer, a.From, a.To, auditor)
}

// PutAuditClaims writes what findings say of claimed visits, over what was said before. A disagreement that somebody has
// looked at waits again only if it is another one.
func (s *Store) PutAuditClaims(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, claims []rounds.AuditClaim) error {
	const q = `
		insert into audit_claims as old (org_id, audit_id, visit_id, retailer_id, rep_id, day, credited, outcome, finding_id, says, severity)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, 0))
		on conflict (org_id, audit_id, visit_id) do update
		set retailer_id = excluded.retailer_id, rep_id = excluded.rep_id, day = excluded.day, credited = excluded.credited,
			outcome = excluded.outcome, finding_id = excluded.finding_id, says = excluded.says,
			severity = case when old.severity is not null or (old.says, old.credited) <> (excluded.says, excluded.credited) then excluded.severity end`
	var batch pgx.Batch
	for _, c := range claims {
		batch.Queue(q, org, audit, c.VisitID, c.RetailerID, c.RepID, c.Day, c.Credited, c.Outcome, c.FindingID, c.Says, c.Severity)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}
