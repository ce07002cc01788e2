package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// disagrees says of a claim c, and its visit v, that the visit counts otherwise than a finding says and nobody has dealt with it.
const disagrees = `c.severity is not null and v.credited = (c.says = 'refuted')`

// Of a visit of a closed day the one that counts is claimed, and what it would be now is not. One that came after that day was closed
// is claimed too, and counts for nothing.
const (
	lateAlone = `not exists (
					select
					from visits
					where org_id = l.org_id and id = l.id
				)`
	claimedVisits = `(
			select org_id, id, rep_id, retailer_id, day, started_at, audit
			from visits
			union all
			select org_id, id, rep_id, retailer_id, day, started_at, audit
			from late_visits l
			where ` + lateAlone + `
		)`
)

// ClaimsOn are the claimed visits of a retailer in an audit's period, of anybody but who audits it there and the auditor given,
// and those that a finding of the audit spoke of before, by their ids. They say which finding that was, and not what it says.
// Whoever changes their credit meanwhile waits.
func (s *Store) ClaimsOn(ctx context.Context, org rounds.OrgID, a rounds.Audit, retailer rounds.RetailerID, auditor rounds.UserID) ([]rounds.AuditClaim, error) {
	const q = `
		with counting as (
			select id, retailer_id, rep_id, day, credited, outcome
			from visits
			where org_id = $1 and retailer_id = $3 and day between $4 and $5 and not audit
			for share
		), claimed as (
			select v.*, c.finding_id
			from (
				select *
				from counting
				union all
				select id, retailer_id, rep_id, day, false, outcome
				from late_visits l
				where org_id = $1 and retailer_id = $3 and day between $4 and $5 and not audit and ` + lateAlone + `
			) v
			left join audit_claims c on c.org_id = $1 and c.audit_id = $2 and c.visit_id = v.id
			where v.rep_id <> $6
			and not exists (
				select
				from audit_stops s
				join audit_routes r on r.org_id = s.org_id and r.id = s.route_id
				where s.org_id = $1 and s.audit_id = $2 and s.retailer_id = $3 and s.position is not null and r.auditor_id = v.rep_id
			)
		)
		select id, retailer_id, rep_id, day::text, credited, outcome, finding_id
		from claimed
		union all
		select visit_id, retailer_id, rep_id, day::text, credited, outcome, finding_id
		from audit_claims
		where org_id = $1 and audit_id = $2 and retailer_id = $3 and visit_id not in (select id from claimed)
		order by id`
	scan := func(row pgx.CollectableRow) (rounds.AuditClaim, error) {
		var c rounds.AuditClaim
		err := row.Scan(&c.VisitID, &c.RetailerID, &c.RepID, &c.Day, &c.Credited, &c.Outcome, &c.FindingID)
		return c, err
	}
	return all(ctx, s.db, scan, q, org, a.ID, retailer, a.From, a.To, auditor)
}

// PutAuditClaims writes what findings say of claimed visits, over what was said before. What somebody has looked at waits
// again only if something else is said, or of another standing.
func (s *Store) PutAuditClaims(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, claims []rounds.AuditClaim) error {
	const q = `
		insert into audit_claims as old (org_id, audit_id, visit_id, retailer_id, rep_id, day, credited, counts, outcome, finding_id, says, severity)
		values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, nullif($11, 0))
		on conflict (org_id, audit_id, visit_id) do update
		set retailer_id = excluded.retailer_id, rep_id = excluded.rep_id, day = excluded.day, credited = excluded.credited, counts = excluded.counts,
			outcome = excluded.outcome, finding_id = excluded.finding_id, says = excluded.says,
			severity = case when old.severity is not null or (old.says, old.counts) <> (excluded.says, excluded.credited) then excluded.severity end`
	var batch pgx.Batch
	for _, c := range claims {
		batch.Queue(q, org, audit, c.VisitID, c.RetailerID, c.RepID, c.Day, c.Credited, c.Outcome, c.FindingID, c.Says, c.Severity)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// Of a claim c and its visit v that counts otherwise than when they were last held against each other: what disagrees waits, also if
// somebody has dealt with it before.
const turnAuditClaims = `
		update audit_claims c
		set counts = v.credited, severity = case
			when v.credited and c.says = 'refuted' then $2::smallint
			when not v.credited and c.says = 'confirmed' then $3::smallint
			else c.severity
		end
		from visits v
		where c.org_id = $1 and v.org_id = $1 and v.id = c.visit_id and v.rep_id = c.rep_id and v.credited <> c.counts`

// TurnAuditClaims holds what findings say of visits against what they count for now. A finding that is just arriving locks the visits
// that it speaks of, so whoever has saved them sees what it says, or it sees what was saved.
func (s *Store) TurnAuditClaims(ctx context.Context, org rounds.OrgID, visits []rounds.VisitID, refuted, confirmed int) error {
	const q = turnAuditClaims + `
		and c.visit_id = any($4)`
	_, err := exec(ctx, s.db, q, org, refuted, confirmed, visits)
	return err
}

// TurnAuditClaimsOn is [Store.TurnAuditClaims] for a rep's visits on some days.
func (s *Store) TurnAuditClaimsOn(ctx context.Context, org rounds.OrgID, rep rounds.UserID, days []rounds.Day, refuted, confirmed int) error {
	const q = turnAuditClaims + `
		and v.rep_id = $4 and v.day = any($5::text[]::date[])`
	_, err := exec(ctx, s.db, q, org, refuted, confirmed, rep, dayTexts(days))
	return err
}

// SettleAuditClaims says that somebody has dealt with what findings say of a visit.
func (s *Store) SettleAuditClaims(ctx context.Context, org rounds.OrgID, visit rounds.VisitID) error {
	const q = `
		update audit_claims
		set severity = null
		where org_id = $1 and visit_id = $2 and severity is not null`
	_, err := exec(ctx, s.db, q, org, visit)
	return err
}

// Joinable is a retailer of an audit with claims that no finding of it spoke of, as far as is known.
type Joinable struct {
	AuditID    rounds.AuditID
	RetailerID rounds.RetailerID
}

// Unjoined are the audits that speak of visits of a rep on some days, or will, and have said nothing of them; by audit.
func (s *Store) Unjoined(ctx context.Context, org rounds.OrgID, rep rounds.UserID, days []rounds.Day) ([]Joinable, error) {
	const q = `
		select distinct p.audit_id, p.retailer_id
		from ` + claimedVisits + ` v
		join audit_picks p on p.org_id = v.org_id and p.retailer_id = v.retailer_id
		join audits a on a.org_id = p.org_id and a.id = p.audit_id
		where v.org_id = $1 and v.rep_id = $2 and v.day = any($3::text[]::date[]) and not v.audit
		and v.day between a.from_day and a.to_day and a.status in ('drawn', 'done')
		and not exists (
			select
			from audit_claims
			where org_id = $1 and audit_id = p.audit_id and visit_id = v.id
		)
		order by p.audit_id, p.retailer_id`
	return all(ctx, s.db, pgx.RowToStructByPos[Joinable], q, org, rep, dayTexts(days))
}

func dayTexts(days []rounds.Day) []string {
	texts := make([]string, len(days))
	for i, d := range days {
		texts[i] = string(d)
	}
	return texts
}

// ReadAudit waits for whoever locks an audit, and is the audit then.
func (s *Store) ReadAudit(ctx context.Context, org rounds.OrgID, id rounds.AuditID) (rounds.Audit, error) {
	const q = `
		select ` + auditColumns + `
		from audits a
		where a.org_id = $1 and a.id = $2
		for share`
	return row(ctx, s.db, scanAudit, q, org, id)
}

// FindingInForce is the last finding of an audit at a retailer; NotFound if there is none yet.
func (s *Store) FindingInForce(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, retailer rounds.RetailerID) (rounds.Finding, error) {
	const q = `
		select ` + findingColumns + `
		from audit_findings f
		where org_id = $1 and audit_id = $2 and retailer_id = $3
		and not exists (
			select
			from audit_findings
			where org_id = $1 and corrects_id = f.id
		)`
	return row(ctx, s.db, scanFinding, q, org, audit, retailer)
}
