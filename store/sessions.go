package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// Session is one login: a family of refresh tokens.
type Session struct {
	ID     rounds.ID[Session]
	UserID rounds.UserID
}

// RefreshToken is a stored token of a session, found by its hash.
type RefreshToken struct {
	SessionID  rounds.ID[Session]
	UserID     rounds.UserID
	ExpiresAt  time.Time
	ReplacedAt *time.Time // nil: the current one
	RevokedAt  *time.Time // the session's end
}

// InsertSession starts a session.
func (s *Store) InsertSession(ctx context.Context, org rounds.OrgID, session Session, now time.Time) error {
	const q = `
		insert into sessions (org_id, id, user_id, created_at)
		values ($1, $2, $3, $4)`
	_, err := exec(ctx, s.db, q, org, session.ID, session.UserID, now)
	return err
}

// InsertRefreshToken adds a token to a session by its hash; adding it again changes nothing.
func (s *Store) InsertRefreshToken(ctx context.Context, org rounds.OrgID, session rounds.ID[Session], hash []byte, now, expires time.Time) error {
	const q = `
		insert into refresh_tokens (org_id, hash, session_id, issued_at, expires_at)
		values ($1, $2, $3, $4, $5)
		on conflict (org_id, hash) do nothing`
	_, err := exec(ctx, s.db, q, org, hash, session, now, expires)
	return err
}

// LockRefreshToken finds a token and locks its session, so that two uses of one token follow each other.
func (s *Store) LockRefreshToken(ctx context.Context, org rounds.OrgID, hash []byte) (RefreshToken, error) {
	const q = `
		select t.session_id, s.user_id, t.expires_at, t.replaced_at, s.revoked_at
		from refresh_tokens t
		join sessions s on s.org_id = t.org_id and s.id = t.session_id
		where t.org_id = $1 and t.hash = $2
		for update`
	return row(ctx, s.db, pgx.RowToStructByName[RefreshToken], q, org, hash)
}

// ReplaceRefreshToken marks a token as replaced.
func (s *Store) ReplaceRefreshToken(ctx context.Context, org rounds.OrgID, hash []byte, now time.Time) error {
	const q = `
		update refresh_tokens
		set replaced_at = $3
		where org_id = $1 and hash = $2`
	_, err := exec(ctx, s.db, q, org, hash, now)
	return err
}

// RevokeSession ends a session; an ended one stays ended when it was.
func (s *Store) RevokeSession(ctx context.Context, org rounds.OrgID, session rounds.ID[Session], now time.Time) error {
	const q = `
		update sessions
		set revoked_at = coalesce(revoked_at, $3)
		where org_id = $1 and id = $2`
	_, err := exec(ctx, s.db, q, org, session, now)
	return err
}

// RevokeSessionsOf ends every session of a user.
func (s *Store) RevokeSessionsOf(ctx context.Context, org rounds.OrgID, user rounds.UserID, now time.Time) error {
	const q = `
		update sessions
		set revoked_at = $3
		where org_id = $1 and user_id = $2 and revoked_at is null`
	_, err := exec(ctx, s.db, q, org, user, now)
	return err
}

// SigningKey is a key pair of the server, kept as its 32-byte Ed25519 seed.
type SigningKey struct {
	KID       string
	Seed      []byte
	CreatedAt time.Time
}

// SigningKeys are the keys in use, newest first; one is made if there is none. Processes that start
// together agree on it.
func (s *Store) SigningKeys(ctx context.Context, fresh SigningKey) ([]SigningKey, error) {
	const insert = `
		insert into signing_keys (kid, seed, created_at)
		select $1, $2, $3
		where not exists (select from signing_keys where retired_at is null)`
	const q = `
		select kid, seed, created_at
		from signing_keys
		where retired_at is null
		order by created_at desc, kid`
	var keys []SigningKey
	err := s.InTx(ctx, func(tx *Store) error {
		if _, err := exec(ctx, tx.db, `lock table signing_keys in exclusive mode`); err != nil {
			return err
		}
		if _, err := exec(ctx, tx.db, insert, fresh.KID, fresh.Seed, fresh.CreatedAt); err != nil {
			return err
		}
		var err error
		keys, err = all(ctx, tx.db, pgx.RowToStructByName[SigningKey], q)
		return err
	})
	return keys, err
}
