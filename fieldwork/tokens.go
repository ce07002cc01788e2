package fieldwork

import (
	"context"

	"rounds"
	"rounds/fieldwork/evidence"
	"rounds/store"
)

// MadeToken is a fresh token with what the retailer is to show, which is told here and never again.
type MadeToken struct {
	rounds.Token
	Retailer rounds.Retailer
	Secret   string   // of a display, in base32
	URI      string   // otpauth:// of a display, or what a tag holds
	Codes    []string // of a printed list
}

// AddToken makes something for a retailer to show; codes is how many a printed list has.
func (o *Office) AddToken(ctx context.Context, a rounds.Actor, retailer rounds.RetailerID, kind rounds.TokenKind, codes int) (MadeToken, error) {
	m := MadeToken{Token: rounds.Token{
		ID: rounds.NewID[rounds.Token](), RetailerID: retailer, Kind: kind, CreatedAt: o.now(), CreatedBy: a.UserID,
	}}
	if err := allow(a, keepingRecords); err != nil {
		return m, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		var err error
		if m.Retailer, err = tx.Retailer(ctx, a.Scope(), o.today(a), retailer); err != nil {
			return err
		}
		secret, hashes := m.make(codes)
		if err := tx.InsertToken(ctx, a.OrgID, m.Token, secret, hashes); err != nil {
			return err
		}
		return o.logToken(ctx, tx, a, "token.add", m.Token)
	})
	return m, err
}

// make fills in what is told, and gives what is kept.
func (m *MadeToken) make(codes int) (secret []byte, hashes [][]byte) {
	m.Secret, m.URI, m.Codes = "", "", nil
	secret = evidence.NewSecret()
	switch m.Kind {
	case rounds.TokenTOTP:
		m.Secret, m.URI = evidence.SecretText(secret), evidence.OTPAuthURI("Rounds", m.Retailer.Code, secret)
	case rounds.TokenCodes:
		m.Codes = evidence.NewCodes(codes)
		for _, code := range m.Codes {
			hashes = append(hashes, evidence.CodeHash(secret, code))
		}
	case rounds.TokenTag:
		var payload string
		m.URI, payload = evidence.NewTag()
		secret = evidence.TagHash(payload)
	}
	return secret, hashes
}

// Tokens are what a retailer has or had to show, the oldest first.
func (o *Office) Tokens(ctx context.Context, a rounds.Actor, retailer rounds.RetailerID) ([]rounds.Token, error) {
	if err := allow(a, keepingRecords); err != nil {
		return nil, err
	}
	if _, err := o.store.Retailer(ctx, a.Scope(), o.today(a), retailer); err != nil {
		return nil, err
	}
	return o.store.Tokens(ctx, a.OrgID, retailer)
}

// RevokeToken ends a token: it proves no visit from now on. Ending it again changes nothing.
func (o *Office) RevokeToken(ctx context.Context, a rounds.Actor, retailer rounds.RetailerID, id rounds.TokenID) error {
	if err := allow(a, keepingRecords); err != nil {
		return err
	}
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if _, err := tx.Retailer(ctx, a.Scope(), o.today(a), retailer); err != nil {
			return err
		}
		t, err := tx.RevokeToken(ctx, a.OrgID, retailer, id, o.now())
		if err != nil {
			return err
		}
		return o.logToken(ctx, tx, a, "token.revoke", t)
	})
}

// logToken tells of a token without its secret.
func (o *Office) logToken(ctx context.Context, tx *store.Store, a rounds.Actor, act string, t rounds.Token) error {
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: act, Subject: t.ID.String(), Detail: map[string]any{"retailer": t.RetailerID, "kind": t.Kind},
	})
}
