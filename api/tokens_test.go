package api_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// claim is a token with one claim changed; nil takes it away.
func claim(name string, value any) func(*jwt.Token) {
	return func(t *jwt.Token) {
		claims := t.Claims.(jwt.MapClaims)
		delete(claims, name)
		if value != nil {
			claims[name] = value
		}
	}
}

func kid(value any) func(*jwt.Token) {
	return func(t *jwt.Token) {
		delete(t.Header, "kid")
		if value != nil {
			t.Header["kid"] = value
		}
	}
}

func TestTokensThatAreNotOurs(t *testing.T) {
	t.Parallel()
	f := setup(t)
	now := f.now()
	for name, change := range map[string]func(*jwt.Token){
		"expired":                claim("exp", now.Add(-time.Second).Unix()),
		"expires now":            claim("exp", now.Unix()),
		"never expires":          claim("exp", nil),
		"expires in text":        claim("exp", "tomorrow"),
		"expires at nothing":     claim("exp", 0),
		"issued in the future":   claim("iat", now.Add(time.Minute).Unix()),
		"not valid yet":          claim("nbf", now.Add(time.Minute).Unix()),
		"of another issuer":      claim("iss", "elsewhere"),
		"of no issuer":           claim("iss", nil),
		"for another audience":   claim("aud", "billing"),
		"for no audience":        claim("aud", nil),
		"for several others":     claim("aud", []string{"a", "b"}),
		"of nobody":              claim("sub", nil),
		"of somebody unreadable": claim("sub", "rep1"),
		"of somebody unknown":    claim("sub", uuid.NewString()),
		"of no org":              claim("org", nil),
		"of an unknown org":      claim("org", uuid.NewString()),
		"of an unreadable org":   claim("org", f.org.Slug),
		"without kid":            kid(nil),
		"with a foreign kid":     kid("elsewhere"),
		"with a kid that is a path": kid(
			"../../../../dev/null"),
		"with a kid that is SQL":     kid("' or 1=1 --"),
		"with a kid that is no text": kid([]int{1}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client{service: f.service, t: t, token: f.bearer(t, f.org.ID, f.users["admin"].ID, change)}
			c.get("/v1/me").want(401)
		})
	}
	f.as("admin").get("/v1/me").want(200) // so that the refusals have another reason than the test's own signing
}

func TestTokensOfOtherAlgorithms(t *testing.T) {
	t.Parallel()
	f := setup(t)
	keys, err := f.office.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	public := privateKey(keys[0]).Public().(ed25519.PublicKey)
	_, stranger, _ := ed25519.GenerateKey(rand.Reader)
	otherKind, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, sign := range map[string]struct {
		method jwt.SigningMethod
		key    any
	}{
		"none":                          {jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType},
		"HS256 with the public key":     {jwt.SigningMethodHS256, []byte(public)},
		"HS512 with the public key":     {jwt.SigningMethodHS512, []byte(public)},
		"HS256 with its text":           {jwt.SigningMethodHS256, []byte(base64.RawURLEncoding.EncodeToString(public))},
		"HS256 with nothing":            {jwt.SigningMethodHS256, []byte{}},
		"RS256":                         {jwt.SigningMethodRS256, otherKind},
		"Ed25519 with a stranger's key": {jwt.SigningMethodEdDSA, stranger},
	} {
		var token *jwt.Token
		f.bearer(t, f.org.ID, f.users["admin"].ID, func(good *jwt.Token) { token = good })
		forged := jwt.NewWithClaims(sign.method, token.Claims)
		forged.Header["kid"] = keys[0].KID
		text, err := forged.SignedString(sign.key)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{text, strings.TrimRight(text, ".")} {
			if a := (client{service: f.service, t: t, token: text}).get("/v1/me"); a.status != 401 {
				t.Errorf("%s: %s", name, a)
			}
		}
	}
}

func TestNoFlippedBitPasses(t *testing.T) {
	t.Parallel()
	f := setup(t)
	good := f.as("admin").token
	rapid.Check(t, func(r *rapid.T) {
		at := rapid.IntRange(0, len(good)-1).Draw(r, "at")
		bit := rapid.IntRange(0, 6).Draw(r, "bit")
		b := []byte(good)
		b[at] ^= 1 << bit
		if b[at] < '!' || b[at] == 0x7f { // no header could carry it
			return
		}
		if a := (client{service: f.service, t: t, token: string(b)}).get("/v1/me"); a.status != 401 {
			r.Fatalf("bit %d of byte %d: %s", bit, at, a)
		}
	})
}

func TestHeadersThatAreNoToken(t *testing.T) {
	t.Parallel()
	f := setup(t)
	good := f.as("admin").token
	parts := strings.Split(good, ".")
	for name, header := range map[string]string{
		"no scheme":           good,
		"another scheme":      "Basic " + good,
		"scheme alone":        "Bearer",
		"nothing after it":    "Bearer ",
		"two spaces":          "Bearer  " + good,
		"more behind":         "Bearer " + good + " x",
		"two tokens":          "Bearer " + good + "," + good,
		"padding":             "Bearer " + good + "=",
		"half a token":        "Bearer " + good[:len(good)/2],
		"no signature":        "Bearer " + parts[0] + "." + parts[1] + ".",
		"parts exchanged":     "Bearer " + parts[1] + "." + parts[0] + "." + parts[2],
		"no JSON":             "Bearer " + strings.Repeat("e30.", 2) + parts[2],
		"a hundred dots":      "Bearer " + strings.Repeat(".", 100),
		"sixty thousand dots": "Bearer " + strings.Repeat(".", 60_000),
		"a refresh token":     "Bearer " + f.nobody(t).post("/v1/auth/login", object{"org": f.org.Slug, "name": "rep1", "password": password}).want(200).text("refresh_token"),
	} {
		a := f.nobody(t).with("Authorization", header).get("/v1/me")
		if a.status != 401 || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: %s", name, a)
		}
	}
	admin := f.as("admin")
	admin.token = ""
	admin.with("Authorization", "bearer "+good).get("/v1/me").want(200) // schemes have no case
	if a := f.nobody(t).get("/v1/me?access_token=" + good); a.status != 401 {
		t.Errorf("a token in the address: %s", a)
	}
}

func TestAccessTokensExpire(t *testing.T) {
	t.Parallel()
	f := alone(t)
	a := f.nobody(t).post("/v1/auth/login", object{"org": f.org.Slug, "name": "rep1", "password": password}).want(200)
	c := client{service: f.service, t: t, token: a.text("access_token"), org: f.canary}
	life := time.Duration(a.at("expires_in_s").(float64)) * time.Second
	f.move(life - time.Second)
	c.get("/v1/me").want(200)
	f.move(time.Second)
	c.get("/v1/me").want(401)
}

// Whoever has the published keys can tell our tokens.
func TestPublishedKeysVerifyARealToken(t *testing.T) {
	t.Parallel()
	f := setup(t)
	login := f.nobody(t).post("/v1/auth/login", object{"org": f.org.Slug, "name": "rep1", "password": password}).want(200)
	set := f.nobody(t).get("/.well-known/jwks.json").want(200)
	token, err := jwt.Parse(login.text("access_token"), func(token *jwt.Token) (any, error) {
		for _, k := range list(set.at("keys")) {
			if at(k, "kid") == token.Header["kid"] && at(k, "kty") == "OKP" && at(k, "crv") == "Ed25519" {
				x, err := base64.RawURLEncoding.DecodeString(at(k, "x").(string))
				return ed25519.PublicKey(x), err
			}
		}
		return nil, jwt.ErrTokenUnverifiable
	}, jwt.WithTimeFunc(f.now), jwt.WithAudience("rounds-api"), jwt.WithIssuer("rounds"), jwt.WithValidMethods([]string{"EdDSA"}))
	if err != nil {
		t.Fatal(err)
	}
	claims := slices.Sorted(maps.Keys(token.Claims.(jwt.MapClaims)))
	if want := []string{"aud", "exp", "iat", "iss", "org", "sub"}; !slices.Equal(claims, want) {
		t.Errorf("a token holds %v, want %v", claims, want)
	}
	for _, k := range list(set.at("keys")) {
		if at(k, "d") != nil {
			t.Error("a private key is published")
		}
	}
}

// What the check of an address looks at is what the router looks at.
func TestNoAddressGoesRoundTheDoor(t *testing.T) {
	t.Parallel()
	c := theService().nobody(t)
	for _, path := range []string{
		"/v1/me", "/v1/me/", "//v1/me", "/v1//me", "/V1/ME", "/v1/me%2f", "/v1%2fme", "/v1/./me", "/v1/../v1/me", "/healthz/../v1/me",
		"/v1/me;a=b", "/v1/me%00", "/v1/me%3f", "/v1/users/", "/v1/users//", "/v1/users/%2e%2e/me", "/v1/retailers/import/",
		"/v1/me.json", "/.well-known/../v1/users", "/docs/../v1/users", "/docs/%2e%2e/v1/users", "/openapi.yaml/../v1/users",
	} {
		if a := c.get(path); a.status != 401 && a.status != 404 && a.status != 405 {
			t.Errorf("%s", a)
		}
	}
	f := setup(t)
	f.as("rep1").get("/v1/me/").want(200)
	f.as("rep1").get("/V1/me").want(404)
	for _, header := range []string{"X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL"} {
		if a := c.with(header, "/healthz").get("/v1/users"); a.status != 401 {
			t.Errorf("%s: %s", header, a)
		}
	}
}

func TestMethodsThatAreNot(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, method := range []string{"OPTIONS", "TRACE", "DELETE", "CONNECT", "PROPFIND", "FOO"} {
		for _, path := range []string{"/v1/me", "/v1/visits/" + uuid.NewString(), "/nowhere"} {
			for _, c := range []client{f.nobody(t), f.as("admin")} {
				a := c.do(method, path, nil)
				if a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed && a.status != http.StatusUnauthorized && a.status != http.StatusNoContent && a.status != http.StatusBadRequest {
					t.Errorf("%s", a)
				}
				if a.header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s opens itself to other origins", a)
				}
			}
		}
	}
}
