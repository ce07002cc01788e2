package store

import (
	"errors"
	"io"
	"net"

	"rounds"

	"github.com/jackc/pgx/v5/pgconn"
)

// unavailable is a failure that the same request may outlive. It keeps its cause for the log.
type unavailable struct{ cause error }

func (e unavailable) Error() string { return "database unavailable: " + e.cause.Error() }

func (e unavailable) Unwrap() []error {
	return []error{rounds.Errorf(rounds.Unavailable, "the database cannot be reached just now: try again"), e.cause}
}

// refused is a statement that a constraint refused.
type refused struct {
	code   rounds.Code
	format string
	cause  *pgconn.PgError
}

func (e refused) Error() string { return e.cause.Error() }

func (e refused) Unwrap() []error {
	return []error{rounds.Errorf(e.code, e.format), e.cause}
}

// Constraint is the name of the constraint that refused a statement, "" if none did.
func Constraint(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.ConstraintName
	}
	return ""
}

func isNetwork(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	_, ok := errors.AsType[*net.OpError](err)
	return ok
}
