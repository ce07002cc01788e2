package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"rounds"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// sqlState is the code of PostgreSQL's refusal, "" for none.
func sqlState(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return err.Error()
}

func TestWhatPostgreSQLRefusesWith(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, state string
		want        rounds.Code
	}{
		{"unique violation", "23505", rounds.Conflict},
		{"foreign key violation", "23503", rounds.Invalid},
		{"check violation", "23514", rounds.Invalid},
		{"null where there must be a value", "23502", rounds.Invalid},
		{"text with a byte that is none", "22021", rounds.Invalid},
		{"a date that is none", "22008", rounds.Invalid},
		{"disk full", "53100", rounds.Unavailable},
		{"out of memory", "53200", rounds.Unavailable},
		{"too many connections", "53300", rounds.Unavailable},
		{"input/output error", "58030", rounds.Unavailable},
		{"connection lost", "08006", rounds.Unavailable},
		{"PgBouncer's server connection lost", "08P01", rounds.Unavailable},
		{"terminated by an administrator", "57P01", rounds.Unavailable},
		{"server crashed", "57P02", rounds.Unavailable},
		{"server starting", "57P03", rounds.Unavailable},
		{"statement timeout", "57014", rounds.Unavailable},
		{"failed over to a replica", "25006", rounds.Unavailable},
		{"serialization failure", "40001", rounds.Unavailable},
		{"deadlock", "40P01", rounds.Unavailable},
		{"a table that is not there", "42P01", rounds.Internal},
		{"a statement that is none", "42601", rounds.Internal},
		{"stack too deep", "54001", rounds.Internal},
		{"PostgreSQL's own defect", "XX000", rounds.Internal},
		{"transaction aborted before", "25P02", rounds.Internal},
		{"no code at all", "", rounds.Internal},
	}
	for _, tt := range tests {
		cause := &pgconn.PgError{Code: tt.state, Message: "secret detail", ConstraintName: "users_name"}
		for _, err := range []error{wrap(cause), wrap(fmt.Errorf("insert: %w", cause))} {
			wantCode(t, tt.name, err, tt.want)
			if constraint(err) != "users_name" {
				t.Errorf("%s: the constraint is lost", tt.name)
			}
			if e, ok := errors.AsType[*rounds.Error](err); ok && strings.Contains(e.Error(), "secret") {
				t.Errorf("%s: told %q", tt.name, e)
			}
			if again := wrap(err); rounds.CodeOf(again) != tt.want || sqlState(again) != tt.state {
				t.Errorf("%s: wrapped twice it is %v", tt.name, again)
			}
		}
	}
}

func TestOtherFailures(t *testing.T) {
	t.Parallel()
	told := rounds.Errorf(rounds.Forbidden, "no")
	tests := []struct {
		err  error
		want rounds.Code
	}{
		{nil, ""},
		{told, rounds.Forbidden},
		{pgx.ErrNoRows, rounds.NotFound},
		{io.ErrUnexpectedEOF, rounds.Unavailable},
		{fmt.Errorf("read: %w", io.EOF), rounds.Unavailable},
		{net.ErrClosed, rounds.Unavailable},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, rounds.Unavailable},
		{context.DeadlineExceeded, rounds.Unavailable},
		{context.Canceled, rounds.Internal},
		{errors.New("a defect"), rounds.Internal},
	}
	for _, tt := range tests {
		got := wrap(tt.err)
		wantCode(t, fmt.Sprint(tt.err), got, tt.want)
		if !errors.Is(got, tt.err) && !errors.Is(tt.err, pgx.ErrNoRows) {
			t.Errorf("%v: the cause is lost", tt.err)
		}
	}
}

func TestOpenSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // nobody listens there any more
	_, _, err = Open(t.Context(), "postgres://nobody@"+address+"/none")
	wantCode(t, "nobody listens", err, rounds.Unavailable)
	wantCode(t, "migrate: nobody listens", Migrate(t.Context(), "postgres://nobody@"+address+"/none"), rounds.Unavailable)
	if _, _, err = Open(t.Context(), "postgres://%zz"); err == nil || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("a URL that is none: %v", err)
	}
}

// constraint is the name of the constraint that refused a statement, "" if none did.
func constraint(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.ConstraintName
	}
	return ""
}
