package api

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"rounds"
	"rounds/store"

	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"
)

// An access token says who is asking for 15 minutes; what they may do is looked up.
const (
	accessLifetime = 15 * time.Minute
	issuer         = "rounds"
	audience       = "rounds-api"
)

type tokens struct {
	load func(context.Context) ([]store.SigningKey, error)
	now  func() time.Time

	mu       sync.Mutex
	keys     []signingKey // newest first, loaded at first use
	verified map[string]verified
}

// verified is what a token was found to say. It is remembered while it holds, because a phone shows the
// same token with each of its events and checking a signature is half the work of taking one.
type verified struct {
	org   rounds.OrgID
	user  rounds.UserID
	until time.Time
}

// maxVerified is how many tokens are remembered; then all are forgotten, and checked again.
const maxVerified = 10_000

type signingKey struct {
	kid     string
	private ed25519.PrivateKey
}

func newTokens(load func(context.Context) ([]store.SigningKey, error), now func() time.Time) *tokens {
	return &tokens{load: load, now: now}
}

func (t *tokens) all(ctx context.Context) ([]signingKey, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys != nil {
		return t.keys, nil
	}
	stored, err := t.load(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range stored {
		t.keys = append(t.keys, signingKey{k.KID, ed25519.NewKeyFromSeed(k.Seed)})
	}
	return t.keys, nil
}

// claims are those of RFC 7519 and the org.
type claims struct {
	Org string `json:"org"`
	jwt.RegisteredClaims
}

func (t *tokens) sign(ctx context.Context, org rounds.OrgID, user rounds.UserID) (string, error) {
	keys, err := t.all(ctx)
	if err != nil {
		return "", err
	}
	now := t.now()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{org.String(), jwt.RegisteredClaims{
		Issuer:    issuer,
		Subject:   user.String(),
		Audience:  jwt.ClaimStrings{audience},
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(accessLifetime)),
	}})
	token.Header["kid"] = keys[0].kid
	return token.SignedString(keys[0].private)
}

// verify says whose token it is: of one remembered, or of one that passes check.
func (t *tokens) verify(ctx context.Context, text string) (rounds.OrgID, rounds.UserID, error) {
	t.mu.Lock()
	v, ok := t.verified[text]
	t.mu.Unlock()
	if ok && t.now().Before(v.until) {
		return v.org, v.user, nil
	}
	v, err := t.check(ctx, text)
	if err == nil {
		t.remember(text, v)
	}
	return v.org, v.user, err
}

func (t *tokens) remember(text string, v verified) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.verified == nil || len(t.verified) >= maxVerified {
		t.verified = map[string]verified{}
	}
	t.verified[text] = v
}

// check accepts our own Ed25519 signatures, for our audience, within their time, and nothing else.
func (t *tokens) check(ctx context.Context, text string) (verified, error) {
	keys, err := t.all(ctx)
	if err != nil {
		return verified{}, err
	}
	var c claims
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(t.now),
	)
	_, err = parser.ParseWithClaims(text, &c, func(token *jwt.Token) (any, error) {
		for _, k := range keys {
			if token.Header["kid"] == k.kid {
				return k.private.Public(), nil
			}
		}
		return nil, jwt.ErrTokenUnverifiable
	})
	if err != nil {
		return verified{}, errNoToken()
	}
	org, err1 := rounds.ParseID[rounds.Org](c.Org)
	user, err2 := rounds.ParseID[rounds.User](c.Subject)
	if err1 != nil || err2 != nil {
		return verified{}, errNoToken()
	}
	return verified{org, user, c.ExpiresAt.Time}, nil
}

func errNoToken() error {
	return rounds.Errorf(rounds.Unauthenticated, "the access token is missing, expired or not ours: refresh it or log in")
}

// actorKey is where authenticate leaves the caller for the handlers, which pass them on as an argument:
// the strict server hands a handler nothing but a context.
type actorKey struct{}

func actor(ctx context.Context) rounds.Actor {
	return ctx.Value(actorKey{}).(rounds.Actor)
}

// authenticate finds out who is asking, on every route that the contract does not open to everybody.
func (s *Server) authenticate(c *contract) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(e echo.Context) error {
			route := c.route(e)
			if route == nil {
				return echo.ErrNotFound
			}
			if public(route) {
				return next(e)
			}
			scheme, token, _ := strings.Cut(e.Request().Header.Get(echo.HeaderAuthorization), " ")
			if !strings.EqualFold(scheme, "Bearer") || token == "" {
				return errNoToken()
			}
			ctx := e.Request().Context()
			org, user, err := s.tokens.verify(ctx, token)
			if err != nil {
				return err
			}
			a, err := s.office.Actor(ctx, org, user)
			if err != nil {
				return err
			}
			e.SetRequest(e.Request().WithContext(context.WithValue(ctx, actorKey{}, a)))
			return next(e)
		}
	}
}

// Login starts a session.
func (s *Server) Login(ctx context.Context, r LoginRequestObject) (LoginResponseObject, error) {
	org := ""
	if r.Body.Org != nil {
		org = *r.Body.Org
	}
	session, err := s.office.Login(ctx, org, r.Body.Name, r.Body.Password, about(ctx).address)
	if err != nil {
		return nil, err
	}
	t, err := s.sessionTokens(ctx, session.OrgID, session.UserID, session.RefreshToken)
	return Login200JSONResponse{t}, err
}

// Refresh trades a refresh token for the next one.
func (s *Server) Refresh(ctx context.Context, r RefreshRequestObject) (RefreshResponseObject, error) {
	session, err := s.office.Refresh(ctx, r.Body.RefreshToken)
	if err != nil {
		return nil, err
	}
	t, err := s.sessionTokens(ctx, session.OrgID, session.UserID, session.RefreshToken)
	return Refresh200JSONResponse{t}, err
}

func (s *Server) sessionTokens(ctx context.Context, org rounds.OrgID, user rounds.UserID, refresh string) (TokensJSONResponse, error) {
	if _, err := s.office.Actor(ctx, org, user); err != nil {
		return TokensJSONResponse{}, err
	}
	access, err := s.tokens.sign(ctx, org, user)
	return TokensJSONResponse{
		AccessToken:  access,
		TokenType:    "Bearer",
		ExpiresInS:   int(accessLifetime / time.Second),
		RefreshToken: refresh,
		Time:         s.now(),
	}, err
}

// Logout ends the session of a refresh token.
func (s *Server) Logout(ctx context.Context, r LogoutRequestObject) (LogoutResponseObject, error) {
	return Logout204Response{}, s.office.Logout(ctx, r.Body.RefreshToken)
}

// GetKeys is the set of public keys.
func (s *Server) GetKeys(ctx context.Context, _ GetKeysRequestObject) (GetKeysResponseObject, error) {
	keys, err := s.tokens.all(ctx)
	if err != nil {
		return nil, err
	}
	set := GetKeys200JSONResponse{}
	for _, k := range keys {
		set.Keys = append(set.Keys, KeySetKey{
			Kty: "OKP", Crv: "Ed25519", Use: "sig", Alg: "EdDSA", Kid: k.kid,
			X: base64.RawURLEncoding.EncodeToString(k.private.Public().(ed25519.PublicKey)),
		})
	}
	return set, nil
}
