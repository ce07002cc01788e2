package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// NewQuarantined is an item to be kept. Its raw form may be empty; the hash is that of what was sent.
type NewQuarantined struct {
	rounds.Quarantined
	RawHash [sha256.Size]byte
}

// InsertQuarantined keeps items that could not be taken; one that is kept already stays as it is.
func (s *Store) InsertQuarantined(ctx context.Context, org rounds.OrgID, items []NewQuarantined) error {
	const q = `
		insert into quarantine (org_id, id, rep_id, event_id, retailer_id, code, problem, raw, raw_hash, sent, received_at, raw_deleted_at,
			finding, finding_id, audit_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, case when $8::bytea = '' then $11::timestamptz end, $12, $13, $14)
		on conflict (org_id, rep_id, raw_hash) do nothing`
	var batch pgx.Batch
	for _, it := range items {
		sent, err := json.Marshal(it.Sent)
		if err != nil {
			return err
		}
		batch.Queue(q, org, it.ID, it.RepID, it.EventID, it.RetailerID, it.Code, it.Problem, it.Raw, it.RawHash[:], string(sent), it.ReceivedAt,
			it.Finding, it.FindingID, it.AuditID)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

const quarantinedColumns = `id, rep_id, finding, finding_id, audit_id, event_id, retailer_id, code, problem, raw, sent, received_at`

// QuarantinedEvents are the rep's waiting items that name one of these event ids.
func (s *Store) QuarantinedEvents(ctx context.Context, org rounds.OrgID, rep rounds.UserID, events []rounds.EventID) ([]rounds.Quarantined, error) {
	const q = `
		select ` + quarantinedColumns + `
		from quarantine
		where org_id = $1 and rep_id = $2 and event_id = any($3) and resolved_at is null
		order by received_at, id`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Quarantined], q, org, rep, events)
}

// WaitingFor locks the events that wait for one of these retailers to appear, oldest first. Items that
// another transaction is working on are passed over.
func (s *Store) WaitingFor(ctx context.Context, org rounds.OrgID, retailers []rounds.RetailerID) ([]rounds.Quarantined, error) {
	const q = `
		select ` + quarantinedColumns + `
		from quarantine
		where org_id = $1 and retailer_id = any($2) and resolved_at is null and raw_deleted_at is null and not finding
		order by received_at, id
		for update skip locked`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Quarantined], q, org, retailers)
}

// ResolveFindings marks an auditor's items of a finding as dealt with: it has been taken since, in whichever words.
func (s *Store) ResolveFindings(ctx context.Context, org rounds.OrgID, auditor rounds.UserID, id rounds.FindingID, now time.Time) error {
	const q = `
		update quarantine
		set resolved_at = $4
		where org_id = $1 and rep_id = $2 and finding_id = $3 and resolved_at is null`
	_, err := exec(ctx, s.db, q, org, auditor, id, now)
	return err
}

// ResolveQuarantined marks items as dealt with. What they said is in an event now, and nowhere else.
func (s *Store) ResolveQuarantined(ctx context.Context, org rounds.OrgID, ids []rounds.ID[rounds.Quarantined], now time.Time) error {
	const q = `
		update quarantine
		set resolved_at = $3, raw = '', raw_deleted_at = $3
		where org_id = $1 and id = any($2)`
	_, err := exec(ctx, s.db, q, org, ids, now)
	return err
}
