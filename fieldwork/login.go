package fieldwork

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"runtime"
	"strings"
	"time"

	"rounds"
	"rounds/store"

	"github.com/alexedwards/argon2id"
)

// Sessions. A replaced token answers with the same successor for a while, because phones lose answers.
const (
	refreshLifetime = 60 * 24 * time.Hour
	replacedGrace   = 60 * time.Second
)

// Password hashing as OWASP advises: 19 MiB, two passes. No more at once than there are cores, or a flood
// of logins would take all memory.
var (
	hashParams   = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	hashesAtOnce = runtime.NumCPU()
)

// Session is what a login or a refresh yields.
type Session struct {
	OrgID        rounds.OrgID
	UserID       rounds.UserID
	RefreshToken string
}

// Login starts a session. The org may be "" while there is one; the address is the caller's, by which
// failures are limited as well as by account. A wrong name and a wrong password are the same error.
func (o *Office) Login(ctx context.Context, slug, name, password, address string) (Session, error) {
	name = strings.TrimSpace(name)
	org, err := o.loginOrg(ctx, slug)
	if err != nil {
		return Session{}, err
	}
	end, err := o.limits.begin(o.now(), account(org, name), address)
	if err != nil {
		return Session{}, err
	}
	user, err := o.authenticate(ctx, org, name, password)
	end(rounds.CodeOf(err) == rounds.Unauthenticated)
	if err != nil {
		return Session{}, err
	}
	return o.startSession(ctx, org, user)
}

// account names what failures are counted for, whatever the case of the name and the way the org was given.
func account(org rounds.OrgID, name string) string { return org.String() + " " + strings.ToLower(name) }

// loginOrg is the org of the slug, or the only one; zero if there is none.
func (o *Office) loginOrg(ctx context.Context, slug string) (rounds.OrgID, error) {
	orgs, err := o.store.Orgs(ctx, slug)
	switch {
	case err != nil || len(orgs) == 0:
		return rounds.OrgID{}, err
	case len(orgs) > 1:
		return rounds.OrgID{}, rounds.Errorf(rounds.Invalid, "say which org: this server has several").With("/org", "required")
	}
	return orgs[0].ID, nil
}

// authenticate checks the password of an unknown name all the same, so that it takes as long.
func (o *Office) authenticate(ctx context.Context, org rounds.OrgID, name, password string) (rounds.UserID, error) {
	creds, err := o.store.Credentials(ctx, org, name)
	if err != nil && rounds.CodeOf(err) != rounds.NotFound {
		return rounds.UserID{}, err
	}
	ok, err := o.checkPassword(ctx, password, creds)
	if err == nil && !ok {
		err = rounds.Errorf(rounds.Unauthenticated, "no such name or wrong password")
	}
	return creds.UserID, err
}

func (o *Office) checkPassword(ctx context.Context, password string, c store.Credentials) (bool, error) {
	hash := c.PasswordHash
	if hash == "" {
		hash = nobody
	}
	var match bool
	err := o.hashing(ctx, func() (err error) {
		match, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return match && c.PasswordHash != "" && c.Active, err
}

// nobody is the hash of a password that nobody has.
var nobody = func() string {
	hash, err := argon2id.CreateHash(rand.Text(), hashParams)
	if err != nil {
		panic("fieldwork: internal error: " + err.Error())
	}
	return hash
}()

func (o *Office) hashPassword(ctx context.Context, password string) (string, error) {
	var hash string
	err := o.hashing(ctx, func() (err error) {
		hash, err = argon2id.CreateHash(password, hashParams)
		return err
	})
	return hash, err
}

func (o *Office) hashing(ctx context.Context, fn func() error) error {
	select {
	case o.hashes <- struct{}{}:
		defer func() { <-o.hashes }()
		return fn()
	case <-ctx.Done():
		return rounds.Errorf(rounds.Unavailable, "too many logins at once: try again")
	}
}

func (o *Office) startSession(ctx context.Context, org rounds.OrgID, user rounds.UserID) (Session, error) {
	now := o.now()
	session := store.Session{ID: rounds.NewID[store.Session](), UserID: user}
	token := org.String() + "." + rand.Text()
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.InsertSession(ctx, org, session, now); err != nil {
			return err
		}
		return tx.InsertRefreshToken(ctx, org, session.ID, hashOf(token), now, now.Add(refreshLifetime))
	})
	return Session{OrgID: org, UserID: user, RefreshToken: token}, err
}

// Refresh trades a refresh token for its successor. The one just replaced yields the same successor for
// a minute; used later, it was stolen or copied, and its session ends.
func (o *Office) Refresh(ctx context.Context, token string) (Session, error) {
	org, err := orgOf(token)
	if err != nil {
		return Session{}, err
	}
	next, err := o.successor(ctx, token)
	if err != nil {
		return Session{}, err
	}
	session := Session{OrgID: org, RefreshToken: next}
	var refusal error
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		session.UserID, refusal, err = o.rotate(ctx, tx, org, token, next)
		return err
	})
	if err == nil {
		err = refusal
	}
	return session, err
}

// rotate refuses by its second result, so that what it wrote on the way, a revocation, is committed.
func (o *Office) rotate(ctx context.Context, tx *store.Store, org rounds.OrgID, token, next string) (rounds.UserID, error, error) {
	now := o.now()
	t, err := tx.LockRefreshToken(ctx, org, hashOf(token))
	switch {
	case rounds.CodeOf(err) == rounds.NotFound:
		return t.UserID, errSessionOver(), nil
	case err != nil:
		return t.UserID, nil, err
	case t.RevokedAt != nil || !now.Before(t.ExpiresAt):
		return t.UserID, errSessionOver(), nil
	case t.ReplacedAt == nil:
		if err := tx.ReplaceRefreshToken(ctx, org, hashOf(token), now); err != nil {
			return t.UserID, nil, err
		}
	case now.Sub(*t.ReplacedAt) > replacedGrace:
		return t.UserID, errSessionOver(), tx.RevokeSession(ctx, org, t.SessionID, now)
	}
	return t.UserID, nil, tx.InsertRefreshToken(ctx, org, t.SessionID, hashOf(next), now, now.Add(refreshLifetime))
}

// Logout ends the session of a refresh token; an unknown token is no error, as nothing is left to end.
func (o *Office) Logout(ctx context.Context, token string) error {
	org, err := orgOf(token)
	if err != nil {
		return nil
	}
	return o.store.InTx(ctx, func(tx *store.Store) error {
		t, err := tx.LockRefreshToken(ctx, org, hashOf(token))
		if rounds.CodeOf(err) == rounds.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.RevokeSession(ctx, org, t.SessionID, o.now())
	})
}

func errSessionOver() error {
	return rounds.Errorf(rounds.Unauthenticated, "this session is over: log in again; what waits to be sent is kept")
}

// A token is the org's id and 128 random bits. Only its hash is stored.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func orgOf(token string) (rounds.OrgID, error) {
	id, _, _ := strings.Cut(token, ".")
	org, err := rounds.ParseID[rounds.Org](id)
	if err != nil {
		return org, errSessionOver()
	}
	return org, nil
}

// successor derives the next token from this one and the server's oldest key, so that a repeated request
// gets the same answer without the token itself being kept anywhere.
func (o *Office) successor(ctx context.Context, token string) (string, error) {
	keys, err := o.SigningKeys(ctx)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, keys[len(keys)-1].Seed)
	mac.Write([]byte("refresh token after " + token))
	org, _, _ := strings.Cut(token, ".")
	return org + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}
