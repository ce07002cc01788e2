package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// LockChain is the number and hash of the last commitment of an org, 0 and "" before the first; nobody else adds one until the
// transaction ends.
func (s *Store) LockChain(ctx context.Context, org rounds.OrgID) (number int64, head string, err error) {
	const first = `
		insert into audit_chains (org_id, number, head)
		values ($1, 0, '')
		on conflict do nothing`
	if _, err = exec(ctx, s.db, first, org); err != nil {
		return 0, "", err
	}
	return s.chain(ctx, org, " for no key update")
}

// ChainHead is the number and hash of the last commitment of an org, 0 and "" before the first; no other is added until the
// transaction ends.
func (s *Store) ChainHead(ctx context.Context, org rounds.OrgID) (number int64, head string, err error) {
	number, head, err = s.chain(ctx, org, " for share")
	if rounds.CodeOf(err) == rounds.NotFound {
		return 0, "", nil
	}
	return number, head, err
}

func (s *Store) chain(ctx context.Context, org rounds.OrgID, lock string) (number int64, head string, err error) {
	q := `
		select number, head
		from audit_chains
		where org_id = $1` + lock
	_, err = row(ctx, s.db, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, row.Scan(&number, &head) }, q, org)
	return number, head, err
}

// CommittedAt is when the commitment of a number was made; long ago if there is none.
func (s *Store) CommittedAt(ctx context.Context, org rounds.OrgID, number int64) (time.Time, error) {
	const q = `
		select coalesce(max(committed_at), 'epoch')
		from audits
		where org_id = $1 and number = $2`
	return one[time.Time](ctx, s.db, q, org, number)
}

// AuditChain are all audits of an org by number, after one, whatever their units.
func (s *Store) AuditChain(ctx context.Context, org rounds.OrgID, after int64, limit int) ([]rounds.Audit, error) {
	const q = `
		select ` + auditColumns + `
		from audits a
		where a.org_id = $1 and a.number > $2
		order by a.number
		limit $3`
	return all(ctx, s.db, scanAudit, q, org, after, limit)
}

// MoveChain says which commitment is the last one now. The caller has locked the chain.
func (s *Store) MoveChain(ctx context.Context, org rounds.OrgID, number int64, head string) error {
	const q = `
		update audit_chains
		set number = $2, head = $3
		where org_id = $1`
	_, err := exec(ctx, s.db, q, org, number, head)
	return err
}
