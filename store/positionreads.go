package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// InsertPositionRead appends to the log of who looked at whose positions.
func (s *Store) InsertPositionRead(ctx context.Context, org rounds.OrgID, r rounds.PositionRead) error {
	const q = `
		insert into position_reads (org_id, id, visit_id, proposal_id, rep_id, reader_id, purpose, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`
	_, err := exec(ctx, s.db, q, org, r.ID, r.VisitID, r.ProposalID, r.RepID, r.ReaderID, r.Purpose, r.At)
	return err
}

// ListedRead is a read of positions with the reader's name.
type ListedRead struct {
	rounds.PositionRead
	ReaderName string
}

// PositionReads are the reads of a rep's positions in the order of their ids, from after the given one.
func (s *Store) PositionReads(ctx context.Context, org rounds.OrgID, rep rounds.UserID, after rounds.ID[rounds.PositionRead], limit int) ([]ListedRead, error) {
	const q = `
		select p.id, p.visit_id, p.proposal_id, p.rep_id, p.reader_id, p.purpose, p.at, u.display_name as reader_name
		from position_reads p
		join users u on u.org_id = p.org_id and u.id = p.reader_id
		where p.org_id = $1 and p.rep_id = $2
		and ($3::uuid is null or p.id > $3)
		order by p.id
		limit $4`
	return all(ctx, s.db, pgx.RowToStructByName[ListedRead], q, org, rep, after, limit)
}
