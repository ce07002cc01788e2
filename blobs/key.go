package blobs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"rounds"
)

// Sum is the SHA-256 of some content.
type Sum [sha256.Size]byte

// SumOf is the SHA-256 of the content.
func SumOf(content []byte) Sum { return sha256.Sum256(content) }

// String is the sum in 64 lower-case hexadecimal digits.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// Key is the name of stored content: whose it is, and its sum. No other name can be formed, so none can lead
// outside of the store or into another org.
type Key struct {
	Org rounds.OrgID
	Sum Sum
}

// KeyOf is the name of this content in the org.
func KeyOf(org rounds.OrgID, content []byte) Key { return Key{Org: org, Sum: SumOf(content)} }

// String is the org's UUID, a slash, and the sum, both in lower case.
func (k Key) String() string { return k.Org.String() + "/" + k.Sum.String() }

// ParseKey reads exactly what String writes; anything else is an error.
func ParseKey(text string) (Key, error) {
	org, sum, _ := strings.Cut(text, "/")
	id, err := rounds.ParseID[rounds.Org](org)
	key := Key{Org: id}
	n, _ := hex.Decode(key.Sum[:], []byte(sum[:min(len(sum), 2*sha256.Size)]))
	if err != nil || n != sha256.Size || key.String() != text {
		return Key{}, fmt.Errorf("blobs: %q is no key", text)
	}
	return key, nil
}
