package rounds

import (
	"time"

	"rounds/geo"
)

// TokenKind says what a retailer has to show.
type TokenKind string

// The kinds of tokens. A display and a list show codes; a tag is touched or scanned.
const (
	TokenTOTP  TokenKind = "totp"  // a display whose code changes every 30 seconds
	TokenCodes TokenKind = "codes" // a printed list; each code is good for one visit
	TokenTag   TokenKind = "tag"   // a QR code or an NFC tag
)

// Token is something that a retailer shows to whoever stands in the shop. It proves visits of its lifetime.
type Token struct {
	ID         TokenID
	RetailerID RetailerID
	Kind       TokenKind
	CreatedAt  time.Time
	CreatedBy  UserID
	RevokedAt  *time.Time // nil: in use
}

// ProofStatus says what an item of evidence is worth.
type ProofStatus string

// The statuses. A pending item waits for its photograph, or for a person to look at it.
const (
	ProofAccepted ProofStatus = "accepted"
	ProofPending  ProofStatus = "pending"
	ProofRejected ProofStatus = "rejected"
)

// Proof is what was found of one item of an event's evidence. Derived; may be derived again.
type Proof struct {
	EventID  EventID
	N        int // the item's place in the event's list, from 0
	Kind     geo.EvidenceKind
	Status   ProofStatus
	Reason   geo.Reason  // "" if accepted
	TokenID  TokenID     // zero: none matched
	Photo    []byte      // SHA-256 of a photograph as it was sent; nil: no photograph
	Distance *geo.Meters // of a photograph, from the pin; nil: not known
	TakenAt  *time.Time  // of a photograph, by its camera; nil: not said
}

// Photo is a photograph that a rep sent. What it says of its time and place is a claim like any other.
type Photo struct {
	RepID      UserID
	SHA256     []byte // of what was sent
	StoredSum  []byte // of what is stored: the same picture, which tells nothing of time and place
	Type       string
	Bytes      int // of what is stored
	Width      int // in pixels
	Height     int
	TakenAt    *time.Time // nil: not said
	ReceivedAt time.Time
	ExpiredAt  *time.Time // nil: it is kept
	Fix        *geo.Fix   // nil: not said, or deleted
}
