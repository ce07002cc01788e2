package evidence

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// A rotating code has six digits and changes every 30 seconds: what small displays and authenticators are
// made for. Steps is how many of these spans a code may lie before or after the instant of the tap.
const (
	Digits = 6
	Step   = 30 * time.Second
	Steps  = 2
)

const (
	secretBytes = 20 // as long as SHA-1's sums, as RFC 4226 recommends
	tagBytes    = 16
	tagScheme   = "rounds://tag/"
	codeLetters = 8
	// crockford has 32 letters, none of which is read as another: https://www.crockford.com/base32.html
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret is a fresh random secret, for rotating codes or to store printed ones under.
func NewSecret() []byte { return random(secretBytes) }

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // which never fails
	return b
}

// SecretText is the secret as people type it into a display.
func SecretText(secret []byte) string { return base32Text.EncodeToString(secret) }

// OTPAuthURI is what displays and authenticators read as a QR code:
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format
func OTPAuthURI(issuer, account string, secret []byte) string {
	query := url.Values{"secret": {SecretText(secret)}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + account, RawQuery: query.Encode()}
	return u.String()
}

// Rotating is the code that a display shows at an instant (RFC 6238 with HMAC-SHA-1).
func Rotating(secret []byte, at time.Time) string {
	return hotp(secret, counter(at), Digits)
}

func counter(at time.Time) int64 { return at.Unix() / int64(Step/time.Second) }

// hotp is the code of a counter (RFC 4226), at most nine digits.
func hotp(secret []byte, counter int64, digits int) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(counter)))
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[from:]) & 0x7fffffff
	modulus := uint32(1)
	for range digits {
		modulus *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%modulus)
}

// Shown reports whether a display with this secret showed the code at the instant, or at most Steps spans of
// 30 seconds before or after.
func Shown(secret []byte, code string, at time.Time) bool {
	found := false
	for step := int64(-Steps); step <= Steps; step++ {
		found = hmac.Equal([]byte(code), []byte(hotp(secret, counter(at)+step, Digits))) || found
	}
	return found
}

// IsRotating tells codes of displays from printed ones.
func IsRotating(code string) bool { return len(code) == Digits }

// NewCodes are so many different printed codes of eight letters, 40 random bits each.
func NewCodes(n int) []string {
	codes, seen := make([]string, 0, n), map[string]bool{}
	for len(codes) < n {
		letters := random(codeLetters)
		for i, b := range letters {
			letters[i] = crockford[b%32]
		}
		if code := string(letters); !seen[code] {
			seen[code] = true
			codes = append(codes, code)
		}
	}
	return codes
}

// CodeHash is all that is kept of a printed code. Without the secret of its list it says nothing of the code.
func CodeHash(secret []byte, code string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(code))
	return mac.Sum(nil)
}

// NewTag is what a fresh QR or NFC tag holds, and its payload of 128 random bits.
func NewTag() (uri, payload string) {
	payload = base32Text.EncodeToString(random(tagBytes))
	return tagScheme + payload, payload
}

// TagHash is all that is kept of a tag's payload.
func TagHash(payload string) []byte {
	sum := sha256.Sum256([]byte(payload))
	return sum[:]
}
