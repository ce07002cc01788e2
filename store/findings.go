package store

import (
	"context"
	"encoding/json"

	"rounds"

	"github.com/jackc/pgx/v5"
)

const findingColumns = `
	f.id, f.audit_id, f.retailer_id, f.auditor_id, f.corrects_id, f.check_in_id, f.form_id, f.form_version, f.met, f.answers, f.says, f.note,
	f.answered_at, f.received_at`

func findingFields(f *rounds.Finding) []any {
	return []any{
		&f.ID, &f.AuditID, &f.RetailerID, &f.AuditorID, &f.CorrectsID, &f.CheckInID, &f.FormID, &f.FormVersion, &f.Met, &f.Answers, &f.Says, &f.Note,
		&f.AnsweredAt, &f.ReceivedAt,
	}
}

func scanFinding(row pgx.CollectableRow) (rounds.Finding, error) {
	var f rounds.Finding
	err := row.Scan(findingFields(&f)...)
	return f, err
}

// StoredFinding is a finding with the hash of what was sent.
type StoredFinding struct {
	rounds.Finding
	Hash []byte
}

func scanStoredFinding(row pgx.CollectableRow) (StoredFinding, error) {
	var f StoredFinding
	err := row.Scan(append(findingFields(&f.Finding), &f.Hash)...)
	return f, err
}

// Finding is the one of the id, whosever it is.
func (s *Store) Finding(ctx context.Context, org rounds.OrgID, id rounds.FindingID) (StoredFinding, error) {
	const q = `
		select ` + findingColumns + `, f.content_hash
		from audit_findings f
		where f.org_id = $1 and f.id = $2`
	return row(ctx, s.db, scanStoredFinding, q, org, id)
}

// OwnFinding is a finding as its auditor reads it again.
type OwnFinding struct {
	rounds.Finding
	RetailerCode string
	RetailerName string
	Replaced     bool // by a correction
}

// FindingsBy are an auditor's in the order of their ids, of one audit or, where that is zero, of all, from after the given one.
func (s *Store) FindingsBy(ctx context.Context, org rounds.OrgID, auditor rounds.UserID, audit rounds.AuditID, after rounds.FindingID, limit int) ([]OwnFinding, error) {
	const q = `
		select ` + findingColumns + `, r.code, r.name, exists (
			select
			from audit_findings
			where org_id = $1 and corrects_id = f.id
		)
		from audit_findings f
		join retailers r on r.org_id = f.org_id and r.id = f.retailer_id
		where f.org_id = $1 and f.auditor_id = $2
		and ($3::uuid is null or f.audit_id = $3)
		and ($4::uuid is null or f.id > $4)
		order by f.id
		limit $5`
	scan := func(row pgx.CollectableRow) (OwnFinding, error) {
		var f OwnFinding
		err := row.Scan(append(findingFields(&f.Finding), &f.RetailerCode, &f.RetailerName, &f.Replaced)...)
		return f, err
	}
	return all(ctx, s.db, scan, q, org, auditor, audit, after, limit)
}

// FirstFinding is the one that an audit has of a retailer and that corrects no other; zero if there is none.
func (s *Store) FirstFinding(ctx context.Context, org rounds.OrgID, audit rounds.AuditID, retailer rounds.RetailerID) (rounds.FindingID, error) {
	const q = `
		select id
		from audit_findings
		where org_id = $1 and audit_id = $2 and retailer_id = $3 and corrects_id is null`
	return orZeroID(one[rounds.FindingID](ctx, s.db, q, org, audit, retailer))
}

// CorrectionOf is the finding that takes the place of another; zero if none does.
func (s *Store) CorrectionOf(ctx context.Context, org rounds.OrgID, id rounds.FindingID) (rounds.FindingID, error) {
	const q = `
		select id
		from audit_findings
		where org_id = $1 and corrects_id = $2`
	return orZeroID(one[rounds.FindingID](ctx, s.db, q, org, id))
}

func orZeroID[Noun any](id rounds.ID[Noun], err error) (rounds.ID[Noun], error) {
	if rounds.CodeOf(err) == rounds.NotFound {
		return rounds.ID[Noun]{}, nil
	}
	return id, err
}

// InsertFinding appends a finding; a Conflict if there is one of its id, a first one of its retailer, or another correction of the same.
func (s *Store) InsertFinding(ctx context.Context, org rounds.OrgID, f StoredFinding) error {
	const q = `
		insert into audit_findings (org_id, id, audit_id, retailer_id, auditor_id, corrects_id, check_in_id, form_id, form_version, met, answers,
			says, note, answered_at, received_at, content_hash)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	answers, err := json.Marshal(f.Answers)
	if err != nil {
		return err
	}
	says, err := json.Marshal(f.Says)
	if err != nil {
		return err
	}
	_, err = exec(ctx, s.db, q, org, f.ID, f.AuditID, f.RetailerID, f.AuditorID, f.CorrectsID, f.CheckInID, f.FormID, f.FormVersion, f.Met,
		string(answers), string(says), f.Note, f.AnsweredAt, f.ReceivedAt, f.Hash)
	return err
}

// AuditsAt says whether an audit's route ever led somebody to a retailer.
func (s *Store) AuditsAt(ctx context.Context, org rounds.OrgID, auditor rounds.UserID, audit rounds.AuditID, retailer rounds.RetailerID) (bool, error) {
	const q = `
		select exists (
			select
			from audit_stops t
			join audit_routes r on r.org_id = t.org_id and r.id = t.route_id
			where t.org_id = $1 and r.auditor_id = $2 and t.audit_id = $3 and t.retailer_id = $4
		)`
	return one[bool](ctx, s.db, q, org, auditor, audit, retailer)
}

// FoundPhoto is a photograph of an auditor's with the first finding that names it.
type FoundPhoto struct {
	AuditorID rounds.UserID
	FindingID rounds.FindingID
}

// answersWith asks whether a finding's answers have a text, which follows with a bracket.
const answersWith = `exists (
			select
			from jsonb_each_text(f.answers) answer
			where answer.value =`

// FoundPhoto is whose photograph of this sum, in hexadecimal, answers a finding of an audit of the scope; NotFound if nobody's. Reps
// see none.
func (s *Store) FoundPhoto(ctx context.Context, scope rounds.Scope, sum string) (FoundPhoto, error) {
	const q = `
		select f.auditor_id, f.id as finding_id
		from photos p
		join audit_findings f on f.org_id = p.org_id and f.auditor_id = p.rep_id
		join audits a on a.org_id = f.org_id and a.id = f.audit_id
		where p.org_id = $1 and ($2::uuid[] is null or a.unit_id = any($2)) and $3::uuid is null and p.sha256 = decode($4, 'hex')
		and ` + answersWith + ` $4)
		order by f.received_at, f.id
		limit 1`
	return row(ctx, s.db, pgx.RowToStructByName[FoundPhoto], q, scope.OrgID, scope.Units, scope.RepID, sum)
}
