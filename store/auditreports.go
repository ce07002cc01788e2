package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// ReportFilter narrows what was found, or what was said of claims; zero fields do not.
type ReportFilter struct {
	RepID    rounds.UserID // of findings: whose the retailer was when the frame was frozen; of claims: who claims
	Says     rounds.Says   // of findings: of a claim at least
	Waiting  bool          // claims alone that are exceptions
	Replaced bool          // findings also that were corrected since
	After    ReportKey     // the last item of the page before
	Limit    int
}

// ReportKey is a place in the order of a report: by retailer, then by its own id.
type ReportKey struct {
	Code string // of the retailer; "": before all
	ID   rounds.ID[ReportKey]
}

// ListedFinding is a finding with the names that a person reads it by, and what it says of how many claims.
type ListedFinding struct {
	rounds.Finding
	RetailerCode string
	RetailerName string
	Class        string // as in the frame, as the next two
	Stratum      string
	RepID        rounds.UserID // zero: nobody's
	RepName      string
	AuditorName  string
	Outcome      string // of the auditor's check-in; "": none was named, or none is there yet
	Replaced     bool   // by a correction
	Confirmed    int
	Refuted      int
	CannotTell   int
}

// AuditFindings are those of an audit by the codes of their retailers.
func (s *Store) AuditFindings(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, f ReportFilter) ([]ListedFinding, error) {
	const q = `
		select ` + findingColumns + `,
			r.code, r.name, p.class, p.stratum, p.rep_id, coalesce(w.display_name, ''), u.display_name, coalesce(v.outcome, ''), x.replaced,
			c.confirmed, c.refuted, c.cannot_tell
		from audit_findings f
		join audit_picks p on p.org_id = f.org_id and p.audit_id = f.audit_id and p.retailer_id = f.retailer_id
		join retailers r on r.org_id = f.org_id and r.id = f.retailer_id
		join users u on u.org_id = f.org_id and u.id = f.auditor_id
		left join users w on w.org_id = p.org_id and w.id = p.rep_id
		left join visits v on v.org_id = f.org_id and v.id = f.check_in_id and v.rep_id = f.auditor_id
		cross join lateral (
			select exists (
				select
				from audit_findings
				where org_id = $1 and corrects_id = f.id
			) as replaced
		) x
		cross join lateral (
			select count(*) filter (where says = 'confirmed') as confirmed, count(*) filter (where says = 'refuted') as refuted,
				count(*) filter (where says = 'cannot_tell') as cannot_tell
			from audit_claims
			where org_id = $1 and audit_id = f.audit_id and finding_id = f.id
		) c
		where f.org_id = $1 and f.audit_id = $2 and ($3 or not x.replaced)
		and ($4::uuid is null or p.rep_id = $4)
		and ($5 = '' or case $5 when 'confirmed' then c.confirmed when 'refuted' then c.refuted else c.cannot_tell end > 0)
		and ($6 = '' or (r.code collate "C", f.id) > ($6 collate "C", $7::uuid))
		order by r.code collate "C", f.id
		limit $8`
	scan := func(row pgx.CollectableRow) (ListedFinding, error) {
		var l ListedFinding
		err := row.Scan(append(findingFields(&l.Finding), &l.RetailerCode, &l.RetailerName, &l.Class, &l.Stratum, &l.RepID, &l.RepName,
			&l.AuditorName, &l.Outcome, &l.Replaced, &l.Confirmed, &l.Refuted, &l.CannotTell)...)
		return l, err
	}
	return all(ctx, s.db, scan, q, org, audit, f.Replaced, f.RepID, string(f.Says), f.After.Code, f.After.ID, f.Limit)
}

// ListedClaim is a claimed visit with what was said of it, how it stands now, and the names that a person reads it by.
type ListedClaim struct {
	rounds.AuditClaim
	AuditID      rounds.AuditID
	AuditNumber  int64
	RetailerCode string
	RetailerName string
	RepName      string
	AuditorName  string
	StartedAt    *time.Time // nil: there is no such visit any more, as the next
	Counts       *bool      // is credited now
	Waits        bool       // is an exception
	AnsweredAt   time.Time
}

const claimColumns = `
	c.visit_id, c.retailer_id, c.rep_id, c.day::text, c.credited, c.outcome, c.finding_id, c.says, coalesce(c.severity, 0), c.audit_id, a.number,
	r.code, r.name, w.display_name, u.display_name, coalesce(v.started_at, l.started_at), coalesce(v.credited, case when l.id is not null then false end),
	coalesce(` + disagrees + `, false), f.answered_at`

const claimFrom = `
	from audit_claims c
	join audits a on a.org_id = c.org_id and a.id = c.audit_id
	join audit_findings f on f.org_id = c.org_id and f.id = c.finding_id
	join retailers r on r.org_id = c.org_id and r.id = c.retailer_id
	join users w on w.org_id = c.org_id and w.id = c.rep_id
	join users u on u.org_id = f.org_id and u.id = f.auditor_id
	left join visits v on v.org_id = c.org_id and v.id = c.visit_id and v.rep_id = c.rep_id
	left join late_visits l on l.org_id = c.org_id and l.id = c.visit_id and l.rep_id = c.rep_id`

func scanClaim(row pgx.CollectableRow) (ListedClaim, error) {
	var c ListedClaim
	err := row.Scan(&c.VisitID, &c.RetailerID, &c.RepID, &c.Day, &c.Credited, &c.Outcome, &c.FindingID, &c.Says, &c.Severity, &c.AuditID, &c.AuditNumber,
		&c.RetailerCode, &c.RetailerName, &c.RepName, &c.AuditorName, &c.StartedAt, &c.Counts, &c.Waits, &c.AnsweredAt)
	return c, err
}

// AuditClaims are the claimed visits that an audit speaks of, by the codes of their retailers.
func (s *Store) AuditClaims(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, f ReportFilter) ([]ListedClaim, error) {
	const q = `
		select ` + claimColumns + claimFrom + `
		where c.org_id = $1 and c.audit_id = $2
		and ($3::uuid is null or c.rep_id = $3)
		and ($4 = '' or c.says = $4)
		and (not $5 or ` + disagrees + `)
		and ($6 = '' or (r.code collate "C", c.visit_id) > ($6 collate "C", $7::uuid))
		order by r.code collate "C", c.visit_id
		limit $8`
	return all(ctx, s.db, scanClaim, q, org, audit, f.RepID, string(f.Says), f.Waiting, f.After.Code, f.After.ID, f.Limit)
}

// ClaimKey is a place in the order of somebody's own claims.
type ClaimKey struct {
	Day     rounds.Day // "": before all
	VisitID rounds.VisitID
	AuditID rounds.AuditID
}

// ClaimsOf are what audits that have ended said of a rep's claimed visits, the newest day first, from after the given place.
func (s *Store) ClaimsOf(ctx context.Context, org rounds.OrgID, rep rounds.UserID, after ClaimKey, limit int) ([]ListedClaim, error) {
	const q = `
		select ` + claimColumns + claimFrom + `
		where c.org_id = $1 and c.rep_id = $2 and a.ended_at is not null
		and ($3::date is null or (c.day, c.visit_id, c.audit_id) < ($3, $4::uuid, $5::uuid))
		order by c.day desc, c.visit_id desc, c.audit_id desc
		limit $6`
	return all(ctx, s.db, scanClaim, q, org, rep, date(after.Day), after.VisitID, after.AuditID, limit)
}
