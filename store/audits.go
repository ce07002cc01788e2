package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

const auditColumns = `
	a.id, a.number, a.unit_id, a.scope, a.asked, a.from_day::text, a.to_day::text, a.spec, a.beacon, a.beacon_at, a.secret, a.secret_hash,
	a.frame_hash, a.spec_hash, a.previous, a.hash, a.status, a.form_id, a.form_version, a.committed_at, a.committed_by, a.lapses_at, a.beside,
	coalesce(a.value, ''), a.valued_at, a.valued_by, coalesce(a.beacon_output, ''), a.drawn_at, a.drawn_by, coalesce(a.seed, ''),
	a.ended_at, a.ended_by, a.reason`

func auditFields(a *rounds.Audit) []any {
	return []any{
		&a.ID, &a.Number, &a.UnitID, &a.Scope, &a.Asked, &a.From, &a.To, &a.Spec, &a.Beacon, &a.BeaconAt, &a.Secret, &a.SecretHash,
		&a.FrameHash, &a.SpecHash, &a.Previous, &a.Hash, &a.Status, &a.FormID, &a.FormVersion, &a.CommittedAt, &a.CommittedBy, &a.LapsesAt, &a.Beside,
		&a.Value, &a.ValuedAt, &a.ValuedBy, &a.BeaconOutput, &a.DrawnAt, &a.DrawnBy, &a.Seed,
		&a.EndedAt, &a.EndedBy, &a.Reason,
	}
}

func scanAudit(row pgx.CollectableRow) (rounds.Audit, error) {
	var a rounds.Audit
	err := row.Scan(auditFields(&a)...)
	return a, err
}

// Audit is the audit of the id, if it is of one of the scope's units. Its secret is for nobody's eyes while it is open.
func (s *Store) Audit(ctx context.Context, scope rounds.Scope, id rounds.AuditID) (rounds.Audit, error) {
	const q = `
		select ` + auditColumns + `
		from audits a
		where a.org_id = $1
		and ($2::uuid[] is null or a.unit_id = any($2))
		and a.id = $3`
	return row(ctx, s.db, scanAudit, q, scope.OrgID, scope.Units, id)
}

// InsertAudit adds a commitment with the frame that it promises, as CSV.
func (s *Store) InsertAudit(ctx context.Context, org rounds.OrgID, a rounds.Audit, retailers int, frame string) error {
	const q = `
		insert into audits (org_id, id, number, unit_id, scope, asked, from_day, to_day, spec, beacon, beacon_at, secret, secret_hash, frame_hash,
			spec_hash, previous, hash, status, form_id, form_version, committed_at, committed_by, lapses_at, beside)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'committed', $18, $19, $20, $21, $22, coalesce($23::bigint[], '{}'))`
	_, err := exec(ctx, s.db, q, org, a.ID, a.Number, a.UnitID, a.Scope, a.Asked, a.From, a.To, a.Spec, a.Beacon, a.BeaconAt, a.Secret, a.SecretHash,
		a.FrameHash, a.SpecHash, a.Previous, a.Hash, a.FormID, a.FormVersion, a.CommittedAt, a.CommittedBy, a.LapsesAt, a.Beside)
	if err != nil {
		return err
	}
	const frames = `
		insert into audit_frames (org_id, audit_id, retailers, content)
		values ($1, $2, $3, $4)`
	_, err = exec(ctx, s.db, frames, org, a.ID, retailers, frame)
	return err
}

// UpdateAudit writes what followed an audit's commitment: the value, the beacon's output, the draw, the end.
func (s *Store) UpdateAudit(ctx context.Context, org rounds.OrgID, a rounds.Audit) error {
	const q = `
		update audits
		set status = $3, value = nullif($4, ''), valued_at = $5, valued_by = $6, beacon_output = nullif($7, ''), drawn_at = $8, drawn_by = $9,
			seed = nullif($10, ''), ended_at = $11, ended_by = $12, reason = $13
		where org_id = $1 and id = $2`
	_, err := exec(ctx, s.db, q, org, a.ID, a.Status, a.Value, a.ValuedAt, a.ValuedBy, a.BeaconOutput, a.DrawnAt, a.DrawnBy, a.Seed,
		a.EndedAt, a.EndedBy, a.Reason)
	return err
}

// LockAudit keeps an audit as it is until the transaction ends.
func (s *Store) LockAudit(ctx context.Context, org rounds.OrgID, id rounds.AuditID) error {
	const q = `
		select id
		from audits
		where org_id = $1 and id = $2
		for no key update`
	_, err := one[rounds.AuditID](ctx, s.db, q, org, id)
	return err
}

// InsertAuditPicks adds what an audit visits or may visit.
func (s *Store) InsertAuditPicks(ctx context.Context, org rounds.OrgID, id rounds.AuditID, picks []rounds.AuditPick) error {
	columns := []string{
		"org_id", "audit_id", "retailer_id", "code", "stratum", "rank", "probability", "role", "standing", "rep_id", "territory_id", "class",
	}
	_, err := s.db.CopyFrom(ctx, pgx.Identifier{"audit_picks"}, columns, pgx.CopyFromSlice(len(picks), func(i int) ([]any, error) {
		p := picks[i]
		var rank, probability any
		if p.Role != rounds.PickAdded {
			rank, probability = p.Rank, p.Probability
		}
		return []any{
			org, id, p.RetailerID, p.Code, p.Stratum, rank, probability, string(p.Role), string(p.Standing), p.RepID, p.TerritoryID, p.Class,
		}, nil
	}))
	return wrap(err)
}

// AuditPicks are all that an audit visits, may visit or no longer visits, by stratum and rank, those added by hand last.
func (s *Store) AuditPicks(ctx context.Context, org rounds.OrgID, id rounds.AuditID) ([]rounds.AuditPick, error) {
	const q = `
		select retailer_id, code, stratum, coalesce(rank, 0), coalesce(probability, 0), role, standing, rep_id, territory_id, class
		from audit_picks
		where org_id = $1 and audit_id = $2
		order by rank is null, stratum collate "C", rank, code collate "C"`
	scan := func(row pgx.CollectableRow) (rounds.AuditPick, error) {
		var p rounds.AuditPick
		err := row.Scan(&p.RetailerID, &p.Code, &p.Stratum, &p.Rank, &p.Probability, &p.Role, &p.Standing, &p.RepID, &p.TerritoryID, &p.Class)
		return p, err
	}
	return all(ctx, s.db, scan, q, org, id)
}

// SetPick writes whether an audit visits one of its retailers.
func (s *Store) SetPick(ctx context.Context, org rounds.OrgID, id rounds.AuditID, retailer rounds.RetailerID, standing rounds.PickStanding) error {
	const q = `
		update audit_picks
		set standing = $4
		where org_id = $1 and audit_id = $2 and retailer_id = $3`
	_, err := exec(ctx, s.db, q, org, id, retailer, standing)
	return err
}
