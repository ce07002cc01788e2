package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Commitment is what is published before anybody can know the seed. Hashes are SHA-256 in lower-case hexadecimal.
type Commitment struct {
	Number   int64  // in the chain, from 1
	Previous string // hash of the commitment before; "" for the first
	By       string // who opened it
	At       string // when, RFC 3339
	Scope    string // whom it may draw
	From, To string // dates, the last one included
	Frame    string // hash of the frame
	Spec     string // hash of the specification's text
	Secret   string // hash of the secret
	Beacon   string // source and round of public chance that does not exist yet; "" for none
}

// Hash is of all fields in the order they stand in, each written as its number of bytes, a colon, the bytes and a comma.
func (c Commitment) Hash() string {
	return HashOf(netstrings(nil, "rounds audit commitment 1", strconv.FormatInt(c.Number, 10), c.Previous, c.By, c.At, c.Scope, c.From,
		c.To, c.Frame, c.Spec, c.Secret, c.Beacon))
}

// HashOf is SHA-256 in lower-case hexadecimal, as the secret's and the specification's text's stand in a commitment.
func HashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Seed is HMAC-SHA-256 in lower-case hexadecimal: the server's secret is its key; what was committed to, the value that a person who
// did not know the secret added after that, and the beacon's output are its message. Who knows one of them alone cannot foresee it.
func Seed(secret []byte, commitment, value, beacon string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write(netstrings(nil, "rounds audit seed 1", commitment, value, beacon))
	return hex.EncodeToString(mac.Sum(nil))
}

// Link is what is published of a commitment while the rest of it may still be kept from some eyes.
type Link struct {
	Number         int64
	Previous, Hash string
	Whole          *Commitment // nil: not told yet
}

// CheckChain says which commitment is missing, renumbered, changed or dated back: each has the next number, the hash of the one before
// and no earlier time, and the last one's hash is the published head. Of those that are told whole it makes the hash again.
func CheckChain(chain []Link, head string) error {
	last, latest := "", time.Time{}
	for i, l := range chain {
		if l.Number != int64(i+1) {
			return fmt.Errorf("commitment %d stands where %d should", l.Number, i+1)
		}
		if l.Previous != last {
			return fmt.Errorf("commitment %d does not follow the one before it: one of the two was changed", l.Number)
		}
		if l.Whole != nil && (l.Whole.Number != l.Number || l.Whole.Previous != l.Previous || l.Whole.Hash() != l.Hash) {
			return fmt.Errorf("commitment %d is not the one that was published: it was changed", l.Number)
		}
		if l.Whole != nil {
			at, err := time.Parse(time.RFC3339, l.Whole.At)
			if err != nil || at.Before(latest) {
				return fmt.Errorf("commitment %d says that it was made at %q, and one before it at %s", l.Number, l.Whole.At, latest.Format(time.RFC3339Nano))
			}
			latest = at
		}
		last = l.Hash
	}
	if last != head {
		return errors.New("the last commitment is not the published head: it was changed, or commitments after it are missing")
	}
	return nil
}

// Record is a draw with all that was published of it.
type Record struct {
	Commitment Commitment
	Published  string // the commitment's hash, as it stood before the draw
	Secret     []byte
	Value      string // added after the commitment was published, by a person, who did not know the secret
	Beacon     string // output of the beacon's round; "" without one
	Frame      Frame
	Spec       []byte
	Picks      []Pick
}

// Check derives the draw again and returns all that does not agree with what was published, in words; nil if everything does.
func (r Record) Check() []error {
	faults := r.CheckPromise()
	if (r.Commitment.Beacon == "") != (r.Beacon == "") {
		faults = append(faults, errors.New("a beacon was committed to and its output is missing, or the other way round"))
	}
	if r.Value == "" {
		faults = append(faults, errors.New("nobody added a value"))
	}
	spec, err := ParseSpec(r.Spec)
	if err != nil {
		return append(faults, err)
	}
	draw, err := r.Frame.Draw(spec, Seed(r.Secret, r.Published, r.Value, r.Beacon))
	if err != nil {
		return append(faults, err)
	}
	if !slices.Equal(draw.Picks, r.Picks) {
		faults = append(faults, errors.New("the picks are not those that the seed gives"))
	}
	return faults
}

// CheckPromise returns what of the commitment, frame, specification and secret is not as it was published; it looks at no draw.
func (r Record) CheckPromise() (faults []error) {
	frame := r.Frame.Hash()
	c := r.Commitment
	for _, f := range []struct {
		agrees bool
		fault  string
	}{
		{c.Hash() == r.Published, "the commitment is not the one that was published"},
		{hex.EncodeToString(frame[:]) == c.Frame, "the frame is not the one committed to"},
		{HashOf(r.Spec) == c.Spec, "the specification is not the one committed to"},
		{HashOf(r.Secret) == c.Secret, "the secret is not the one committed to"},
	} {
		if !f.agrees {
			faults = append(faults, errors.New(f.fault))
		}
	}
	return faults
}
