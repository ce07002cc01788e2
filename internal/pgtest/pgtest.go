// Package pgtest gives tests a PostgreSQL database with all migrations applied. It knows how to come by a server
// and how to make, share and clear away databases; it does not know what the tables hold. Production code may not
// import it.
//
// The server is that of DATABASE_URL, or else a private cluster of [localpg] that sacrifices durability for speed.
// Each test process runs its own, in the first directory of the user's cache that no other process holds, and the
// directories are kept. Measured on two busy cores: initdb and a start take 1.6 s, a start on a copied cluster
// 0.15 s, on a kept one 0.14 s, and that has its migrated template already, which takes 0.2 s to make. One cluster
// for all processes of a run would save little more, and would need somebody to decide who is the last to leave;
// this way each ends with its process, even with a killed one.
//
// A test's database is dropped when the test ends. The one behind [Tx], and those of a process that was killed, are
// dropped by the next process that uses the server; the template stays until the migrations change.
//
// A missing or failing server fails the test; nothing is ever skipped.
package pgtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// patience bounds each operation on the server, so that a stuck one fails a test rather than hangs it.
const patience = 5 * time.Minute

var (
	theServer = sync.OnceValues(connect)
	theShared = sync.OnceValues(func() (string, error) {
		s, err := theServer()
		if err != nil {
			return "", err
		}
		return s.create()
	})
)

// URL is the DATABASE_URL of a fresh, migrated database for this test alone, dropped when the test ends.
// It costs about 0.1 s: where nothing needs to be committed, [Tx] is cheaper.
func URL(t testing.TB) string {
	t.Helper()
	s, err := theServer()
	if err != nil {
		t.Fatalf("no database for the test: %v", err)
	}
	name, err := s.create()
	if err != nil {
		t.Fatalf("no database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := s.drop(name); err != nil {
			t.Errorf("the test's database stays behind: %v", err)
		}
	})
	return s.url(name)
}

// Tx is a transaction, on a connection of its own, in a migrated database that all tests of the process share.
// It is rolled back when the test ends; transactions begun within it are savepoints and may commit.
func Tx(t testing.TB) pgx.Tx {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := shared(ctx)
	if err != nil {
		t.Fatalf("no database for the test: %v", err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) }) // which rolls back
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatalf("no transaction for the test: %v", err)
	}
	return uncommitted{tx}
}

func shared(ctx context.Context) (*pgx.Conn, error) {
	name, err := theShared()
	if err != nil {
		return nil, err
	}
	s, err := theServer()
	if err != nil {
		return nil, err
	}
	return pgx.Connect(ctx, s.url(name))
}

// uncommitted keeps a test from writing into the database that others share.
type uncommitted struct{ pgx.Tx }

// Commit fails: what must be committed wants [URL].
func (uncommitted) Commit(context.Context) error {
	return errors.New("pgtest: a test's transaction is rolled back, never committed: use pgtest.URL")
}

// IgnoreServer tells goleak of the one goroutine that stays for as long as the test process: it waits for PostgreSQL.
func IgnoreServer() goleak.Option {
	return goleak.IgnoreAnyFunction("rounds/internal/localpg.(*Server).attend")
}
