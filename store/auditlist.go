package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// ListedAudit is an audit with names and numbers of it.
type ListedAudit struct {
	rounds.Audit
	Unit      string
	Committer string // display name
	Retailers int    // in its frame
	In        int    // that it visits
	Found     int    // of those, with a finding
}

const (
	listedAudit = auditColumns + `,
	unit.name, by_user.display_name, f.retailers,
	(select count(*) from audit_picks p where p.org_id = $1 and p.audit_id = a.id and p.standing = 'in'),
	(select count(*) from audit_picks p where p.org_id = $1 and p.audit_id = a.id and p.standing = 'in' and exists (
		select from audit_findings g where g.org_id = $1 and g.audit_id = p.audit_id and g.retailer_id = p.retailer_id))`
	listedAuditFrom = `
	from audits a
	join units unit on unit.org_id = $1 and unit.id = a.unit_id
	join users by_user on by_user.org_id = $1 and by_user.id = a.committed_by
	join audit_frames f on f.org_id = $1 and f.audit_id = a.id
	where a.org_id = $1
	and ($2::uuid[] is null or a.unit_id = any($2))`
)

func scanListedAudit(row pgx.CollectableRow) (ListedAudit, error) {
	var l ListedAudit
	err := row.Scan(append(auditFields(&l.Audit), &l.Unit, &l.Committer, &l.Retailers, &l.In, &l.Found)...)
	return l, err
}

// AuditFilter narrows a list of audits; zero fields do not.
type AuditFilter struct {
	UnitID rounds.UnitID
	Status rounds.AuditStatus
	Before int64 // number
	Limit  int
	Now    time.Time
}

// Audits are those of the scope's units, the newest first. An open one whose time is over counts as lapsed.
func (s *Store) Audits(ctx context.Context, scope rounds.Scope, f AuditFilter) ([]ListedAudit, error) {
	const q = `
		select ` + listedAudit + listedAuditFrom + `
		and ($3::uuid is null or a.unit_id = $3)
		and ($4 = '' or $4 = case when a.status in ('committed', 'valued') and a.lapses_at <= $5 then 'lapsed' else a.status end)
		and ($6 = 0 or a.number < $6)
		order by a.number desc
		limit $7`
	return all(ctx, s.db, scanListedAudit, q, scope.OrgID, scope.Units, f.UnitID, f.Status, f.Now, f.Before, f.Limit)
}

// ListedAudit is the audit of the id, if it is of one of the scope's units.
func (s *Store) ListedAudit(ctx context.Context, scope rounds.Scope, id rounds.AuditID) (ListedAudit, error) {
	const q = `
		select ` + listedAudit + listedAuditFrom + `
		and a.id = $3`
	return row(ctx, s.db, scanListedAudit, q, scope.OrgID, scope.Units, id)
}

// AuditsOfDays are those of an org that audit visits of some of the days, by number.
func (s *Store) AuditsOfDays(ctx context.Context, org rounds.OrgID, from, to rounds.Day) ([]rounds.Audit, error) {
	const q = `
		select ` + auditColumns + `
		from audits a
		where a.org_id = $1 and a.from_day <= $3 and a.to_day >= $2
		order by a.number`
	return all(ctx, s.db, scanAudit, q, org, from, to)
}

// AuditsNumbered are those of an org of the numbers.
func (s *Store) AuditsNumbered(ctx context.Context, org rounds.OrgID, numbers []int64) ([]rounds.Audit, error) {
	const q = `
		select ` + auditColumns + `
		from audits a
		where a.org_id = $1 and a.number = any($2)
		order by a.number`
	return all(ctx, s.db, scanAudit, q, org, numbers)
}

// LapseAudits ends the open audits of an org whose time is over, and says which.
func (s *Store) LapseAudits(ctx context.Context, org rounds.OrgID, now time.Time) ([]rounds.AuditID, error) {
	const q = `
		update audits
		set status = 'lapsed', ended_at = lapses_at
		where org_id = $1 and status in ('committed', 'valued') and lapses_at <= $2
		returning id`
	return all(ctx, s.db, pgx.RowTo[rounds.AuditID], q, org, now)
}
