package fieldwork

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"rounds/store"
)

// SigningKeys are the server's keys, newest first. The first process to ask makes the first one; it is
// kept in the database, so that all processes sign with it.
func (o *Office) SigningKeys(ctx context.Context) ([]store.SigningKey, error) {
	if keys := o.keys.Load(); keys != nil {
		return *keys, nil
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	fresh := store.SigningKey{KID: thumbprint(private.Public().(ed25519.PublicKey)), Seed: private.Seed(), CreatedAt: o.now()}
	keys, err := o.store.SigningKeys(ctx, fresh)
	if err == nil {
		o.keys.Store(&keys)
	}
	return keys, err
}

// thumbprint is the key id of RFC 7638: the hash of the key's required members in their order.
func thumbprint(key ed25519.PublicKey) string {
	x := base64.RawURLEncoding.EncodeToString(key)
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
