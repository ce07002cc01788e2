package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// Auditors see the versions that audits on their routes ask by, everybody else all of the org's.
const auditFormFrom = `
	from audit_forms f
	where f.org_id = $1
	and ($2::uuid is null or exists (
		select
		from audit_routes r
		join audits a on a.org_id = r.org_id and a.id = r.audit_id
		where r.org_id = $1 and r.auditor_id = $2 and a.form_id = f.id and a.form_version = f.version
	))`

// InsertAuditForm adds a version; a Conflict if it is there already.
func (s *Store) InsertAuditForm(ctx context.Context, org rounds.OrgID, f rounds.AuditForm) error {
	const q = `
		insert into audit_forms (org_id, id, version, title, form, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7)`
	_, err := exec(ctx, s.db, q, org, f.ID, f.Version, f.Title, string(f.Form), f.CreatedAt, f.CreatedBy)
	return err
}

// LockAuditForm lets nobody else add a version of a form until the transaction ends; NotFound if there is none.
func (s *Store) LockAuditForm(ctx context.Context, org rounds.OrgID, id rounds.FormID) error {
	const q = `
		select id
		from audit_forms
		where org_id = $1 and id = $2 and version = 1
		for no key update`
	_, err := one[rounds.FormID](ctx, s.db, q, org, id)
	return err
}

// AuditForm is a version of a form, 0 the newest, that the auditor may see, a zero one anybody's.
func (s *Store) AuditForm(ctx context.Context, org rounds.OrgID, auditor rounds.UserID, id rounds.FormID, version int) (rounds.AuditForm, error) {
	const q = `
		select f.id, f.version, f.title, f.form, f.created_at, f.created_by` + auditFormFrom + `
		and f.id = $3 and ($4 = 0 or f.version = $4)
		order by f.version desc
		limit 1`
	return row(ctx, s.db, pgx.RowToStructByName[rounds.AuditForm], q, org, auditor, id, version)
}

// AuditForms are the newest versions of the forms that the auditor may see, a zero one anybody's, by their ids after the given one.
func (s *Store) AuditForms(ctx context.Context, org rounds.OrgID, auditor rounds.UserID, after rounds.FormID, limit int) ([]rounds.AuditForm, error) {
	const q = `
		select distinct on (f.id) f.id, f.version, f.title, f.form, f.created_at, f.created_by` + auditFormFrom + `
		and ($3::uuid is null or f.id > $3)
		order by f.id, f.version desc
		limit $4`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.AuditForm], q, org, auditor, after, limit)
}
