package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// teachTypes tells a connection that instants leave the store in UTC, and that ids of all nouns go to the
// database in binary. They could go as text without this, by their Value method, at a tenth of a
// millisecond for each event of an upload.
func teachTypes(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	types.RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	types.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{wrapID}, types.TryWrapEncodePlanFuncs...)
	return nil
}

// id is any rounds.ID.
type id interface {
	UUID() uuid.UUID
	IsZero() bool
}

func wrapID(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
	v, ok := value.(id)
	if !ok {
		return nil, nil, false
	}
	return &idPlan{}, nullable{v}, true
}

// idPlan hands an id to the codec as a value that the codec knows.
type idPlan struct{ next pgtype.EncodePlan }

// SetNext is called with the codec's plan.
func (p *idPlan) SetNext(next pgtype.EncodePlan) { p.next = next }

// Encode appends the id to buf.
func (p *idPlan) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(nullable{value.(id)}, buf)
}

// nullable is null for the zero id.
type nullable struct{ id }

// UUIDValue implements [pgtype.UUIDValuer].
func (n nullable) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: n.UUID(), Valid: !n.IsZero()}, nil
}

// orZero is zero for null.
func orZero[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}
