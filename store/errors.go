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
	told := rounds.Errorf(e.code, e.format)
	if f, ok := fields[e.cause.ConstraintName]; ok {
		told.With(f.pointer, f.code)
	}
	return []error{told, e.cause}
}

// fields are what constraints hold that a request can break, as it names them.
var fields = map[string]struct{ pointer, code string }{
	"retailers_org_id_code_key":           {"/code", "taken"},
	"retailers_pkey":                      {"/id", "taken"},
	"territories_org_id_purpose_name_key": {"/name", "taken"},
	"territories_org_id_unit_id_fkey":     {"/unit_id", "not_found"},
	"units_org_id_parent_id_fkey":         {"/parent_id", "not_found"},
	"units_org_id_parent_id_name_key":     {"/name", "taken"},
	"users_name":                          {"/name", "taken"},
	"users_org_id_unit_id_fkey":           {"/unit_id", "not_found"},
}

func isNetwork(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	_, ok := errors.AsType[*net.OpError](err)
	return ok
}
