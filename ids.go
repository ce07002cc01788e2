package rounds

import (
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"
)

// ID identifies one Noun: a UUID that cannot be mistaken for the id of another noun, because that does
// not compile. The zero ID means "none" and is never stored.
type ID[Noun any] uuid.UUID

// Ids of the nouns. An EventID and a RequestID are made by the phone before it first sends them; all
// others are made here. A visit's id is that of its check-in, or of the accepted request that stands for
// one, so that deriving it again finds the same visit.
type (
	OrgID       = ID[Org]
	UnitID      = ID[Unit]
	UserID      = ID[User]
	RetailerID  = ID[Retailer]
	TerritoryID = ID[Territory]
	PlanID      = ID[Plan]
	StopID      = ID[Stop]
	EventID     = ID[VisitEvent]
	VisitID     = ID[Visit]
	ReviewID    = ID[Review]
	RequestID   = ID[Request]
	TokenID     = ID[Token]
	LeaveID     = ID[Leave]
)

// NewID makes a time-ordered id (UUIDv7), so that rows made together lie together in an index.
func NewID[Noun any]() ID[Noun] {
	return ID[Noun](uuid.Must(uuid.NewV7()))
}

// ParseID reads the canonical text form of an id; anything else is an Invalid error.
func ParseID[Noun any](text string) (ID[Noun], error) {
	if len(text) != 36 {
		return ID[Noun]{}, Errorf(Invalid, "%q is not a UUID", text)
	}
	u, err := uuid.Parse(text)
	if err != nil {
		return ID[Noun]{}, Errorf(Invalid, "%q is not a UUID", text)
	}
	return ID[Noun](u), nil
}

// IsZero reports whether the id is missing.
func (id ID[Noun]) IsZero() bool { return id == ID[Noun]{} }

// UUID is the id without its noun.
func (id ID[Noun]) UUID() uuid.UUID { return uuid.UUID(id) }

// String is the canonical lower-case text form.
func (id ID[Noun]) String() string { return uuid.UUID(id).String() }

// MarshalText writes the canonical form, in JSON and elsewhere.
func (id ID[Noun]) MarshalText() ([]byte, error) { return uuid.UUID(id).MarshalText() }

// UnmarshalText reads the canonical form.
func (id *ID[Noun]) UnmarshalText(text []byte) error {
	parsed, err := ParseID[Noun](string(text))
	*id = parsed
	return err
}

// Value hands the id to a database; the zero id is SQL null.
func (id ID[Noun]) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	return id.String(), nil
}

// Scan reads an id from a database; SQL null is the zero id.
func (id *ID[Noun]) Scan(src any) error {
	var u uuid.NullUUID
	if err := u.Scan(src); err != nil {
		return fmt.Errorf("rounds: scan id: %w", err)
	}
	*id = ID[Noun](u.UUID)
	return nil
}
