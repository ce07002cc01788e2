package store

import (
	"context"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// InsertToken adds a token with its secret and, of a printed list, the hashes of its codes.
func (s *Store) InsertToken(ctx context.Context, org rounds.OrgID, t rounds.Token, secret []byte, codes [][]byte) error {
	const token = `
		insert into retailer_tokens (org_id, id, retailer_id, kind, secret, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7)`
	const hashes = `
		insert into retailer_codes (org_id, token_id, hash)
		select $1, $2, unnest($3::bytea[])`
	var batch pgx.Batch
	batch.Queue(token, org, t.ID, t.RetailerID, t.Kind, secret, t.CreatedAt, t.CreatedBy)
	if len(codes) > 0 {
		batch.Queue(hashes, org, t.ID, codes)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

const tokenColumns = `
	id, retailer_id, kind, created_at, created_by, revoked_at`

// Tokens are all that a retailer has or had, the oldest first, without their secrets.
func (s *Store) Tokens(ctx context.Context, org rounds.OrgID, retailer rounds.RetailerID) ([]rounds.Token, error) {
	const q = `
		select ` + tokenColumns + `
		from retailer_tokens
		where org_id = $1 and retailer_id = $2
		order by id`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Token], q, org, retailer)
}

// RevokeToken ends a retailer's token, once; NotFound if the retailer has no such token.
func (s *Store) RevokeToken(ctx context.Context, org rounds.OrgID, retailer rounds.RetailerID, token rounds.TokenID, at time.Time) (rounds.Token, error) {
	const q = `
		update retailer_tokens
		set revoked_at = coalesce(revoked_at, $4)
		where org_id = $1 and id = $3 and retailer_id = $2
		returning ` + tokenColumns
	return row(ctx, s.db, pgx.RowToStructByName[rounds.Token], q, org, retailer, token, at)
}

// SecretToken is a token with what it is checked by.
type SecretToken struct {
	rounds.Token
	Secret []byte
}

// SecretTokens are all tokens that the retailers have or had.
func (s *Store) SecretTokens(ctx context.Context, org rounds.OrgID, retailers []rounds.RetailerID) ([]SecretToken, error) {
	const q = `
		select ` + tokenColumns + `, secret
		from retailer_tokens
		where org_id = $1 and retailer_id = any($2)
		order by id`
	return all(ctx, s.db, pgx.RowToStructByName[SecretToken], q, org, retailers)
}

// PrintedCode is a code of a printed list.
type PrintedCode struct {
	TokenID rounds.TokenID
	Hash    []byte
}

// PrintedCodes are those of the given ones that were printed.
func (s *Store) PrintedCodes(ctx context.Context, org rounds.OrgID, codes []PrintedCode) ([]PrintedCode, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	const q = `
		select c.token_id, c.hash
		from unnest($2::uuid[], $3::bytea[]) as wanted(token_id, hash)
		cross join lateral (
			select token_id, hash
			from retailer_codes
			where org_id = $1 and token_id = wanted.token_id and hash = wanted.hash
			limit 1
		) c`
	var tokens []rounds.TokenID
	var hashes [][]byte
	for _, c := range codes {
		tokens, hashes = append(tokens, c.TokenID), append(hashes, c.Hash)
	}
	return all(ctx, s.db, pgx.RowToStructByName[PrintedCode], q, org, tokens, hashes)
}

// TokenKinds says which kinds of evidence the retailers have tokens in use for.
func (s *Store) TokenKinds(ctx context.Context, org rounds.OrgID, retailers []rounds.RetailerID) (map[rounds.RetailerID][]geo.EvidenceKind, error) {
	const q = `
		select distinct retailer_id, case kind when 'tag' then 'tag' else 'code' end
		from retailer_tokens
		where org_id = $1 and retailer_id = any($2) and revoked_at is null
		order by 1, 2`
	kinds := map[rounds.RetailerID][]geo.EvidenceKind{}
	rows, _ := s.db.Query(ctx, q, org, retailers)
	var id rounds.RetailerID
	var kind geo.EvidenceKind
	_, err := pgx.ForEachRow(rows, []any{&id, &kind}, func() error {
		kinds[id] = append(kinds[id], kind)
		return nil
	})
	return kinds, wrap(err)
}
