package store

import (
	"context"
	"errors"
	"strings"
	"testing"

	"rounds"
	"rounds/internal/localpg"
	"rounds/internal/pgtest"
	"rounds/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Two transactions lock the same two reps in opposite orders. PostgreSQL ends one of them, which runs again.
func TestInTxSurvivesADeadlock(t *testing.T) {
	t.Parallel()
	o := townIn(t, opened(t, "deadlock_timeout=20ms"))
	a, b := o.user(o.root, "a", rounds.RoleRep), o.user(o.root, "b", rounds.RoleRep)
	met := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	done := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	runs := [2]int{}
	crossing := func(i int, first, second rounds.UserID) error {
		defer close(done[i])
		return o.InTx(t.Context(), func(tx *Store) error {
			if runs[i]++; runs[i] > 1 {
				<-done[1-i] // or it might be first again, and meet the other once more
			}
			if err := tx.LockReps(t.Context(), o.org, []rounds.UserID{first}); err != nil {
				return err
			}
			if runs[i] == 1 {
				close(met[i])
				<-met[1-i]
			}
			return tx.LockReps(t.Context(), o.org, []rounds.UserID{second})
		})
	}
	other := make(chan error)
	go func() { other <- crossing(1, b, a) }()
	if err := errors.Join(crossing(0, a, b), <-other); err != nil {
		t.Error(err)
	}
	if runs[0]+runs[1] != 3 {
		t.Errorf("ran %v times: want one of them again, once", runs)
	}
}

// A transaction that read before another wrote is refused by PostgreSQL and runs again, on what is there now.
func TestInTxSurvivesASerializationFailure(t *testing.T) {
	t.Parallel()
	o := townIn(t, opened(t, ""))
	u := o.user(o.root, "a", rounds.RoleRep)
	const append = `update users set display_name = display_name || $3 where org_id = $1 and id = $2`
	runs := 0
	err := o.InTx(t.Context(), func(tx *Store) error {
		runs++
		if _, err := exec(t.Context(), tx.db, `set transaction isolation level repeatable read`); err != nil {
			return err
		}
		if _, err := tx.User(t.Context(), rounds.Scope{OrgID: o.org}, u); err != nil {
			return err
		}
		if runs == 1 {
			o.do(append, o.org, u, "1") // on another connection
		}
		_, err := exec(t.Context(), tx.db, append, o.org, u, "2")
		return err
	})
	o.must(err)
	if name := o.texts(`select display_name from users`); runs != 2 || name[0] != "a12" {
		t.Errorf("%d runs, %v", runs, name)
	}
}

func TestInTxGivesUpInTheEnd(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	for _, tt := range []struct {
		name string
		err  error
		runs int
		code rounds.Code
	}{
		{"a serialization failure again and again", &pgconn.PgError{Code: "40001"}, 5, rounds.Unavailable},
		{"a deadlock again and again", &pgconn.PgError{Code: "40P01"}, 5, rounds.Unavailable},
		{"anything else", &pgconn.PgError{Code: "23505"}, 1, rounds.Conflict},
		{"a refusal", rounds.Errorf(rounds.Forbidden, "no"), 1, rounds.Forbidden},
	} {
		runs := 0
		err := o.InTx(t.Context(), func(*Store) error { runs++; return tt.err })
		wantCode(t, tt.name, err, tt.code)
		if runs != tt.runs {
			t.Errorf("%s: %d runs, want %d", tt.name, runs, tt.runs)
		}
	}
}

func TestInTxWithinInTxIsASavepoint(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	err := o.InTx(t.Context(), func(tx *Store) error {
		outer := town{Store: tx, t: t, org: o.org, root: o.root}
		outer.user(o.root, "kept", rounds.RoleRep)
		err := tx.InTx(t.Context(), func(tx *Store) error {
			inner := town{Store: tx, t: t, org: o.org, root: o.root}
			inner.user(o.root, "lost", rounds.RoleRep)
			return tx.InsertUser(t.Context(), o.org, rounds.User{ID: rounds.NewID[rounds.User](), UnitID: o.root, Name: "KEPT", Role: rounds.RoleRep}, "x", now)
		})
		wantCode(t, "the name twice", err, rounds.Conflict)
		outer.user(o.root, "after", rounds.RoleRep)
		return nil
	})
	o.must(err)
	if names := strings.Join(o.texts(`select name from users where org_id = $1 order by name`, o.org), " "); names != "after kept" {
		t.Errorf("users are %s", names)
	}
}

func TestInTxRollsBackWhatFailed(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	refusal := rounds.Errorf(rounds.Conflict, "no")
	err := o.InTx(t.Context(), func(tx *Store) error {
		town{Store: tx, t: t, org: o.org, root: o.root}.user(o.root, "lost", rounds.RoleRep)
		return refusal
	})
	if !errors.Is(err, refusal) {
		t.Error(err)
	}
	if names := o.texts(`select name from users where org_id = $1`, o.org); len(names) > 0 {
		t.Errorf("%v stayed", names)
	}
}

func TestReadyAndMigrate(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	s, closeIt, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt()
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("a migrated database: %v", err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := migrations.To(t.Context(), conn, migrations.Latest()-1); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "an older schema", s.Ready(t.Context()), rounds.Unavailable)
	if err := errors.Join(Migrate(t.Context(), url), s.Ready(t.Context()), Migrate(t.Context(), url), s.Ready(t.Context())); err != nil {
		t.Errorf("migrated, and again: %v", err)
	}
}

func TestCheckDurable(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	for _, setting := range []string{"off", "local"} {
		o.do(`set local synchronous_commit to ` + setting)
		wantCode(t, "synchronous_commit "+setting, o.CheckDurable(t.Context()), rounds.Unavailable)
	}
	o.do(`set local synchronous_commit to on`)
	err := o.CheckDurable(t.Context())
	if fsync := o.texts(`show fsync`)[0]; (fsync == "off") != (err != nil) {
		t.Errorf("fsync is %s: %v", fsync, err)
	}
}

// A cluster as production makes it passes.
func TestCheckDurablePasses(t *testing.T) {
	t.Parallel()
	server, err := localpg.Start(t.Context(), localpg.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop(context.Background())
	s, closeIt, err := Open(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt()
	if err := s.CheckDurable(t.Context()); err != nil {
		t.Error(err)
	}
	wantCode(t, "a database without tables", s.Ready(t.Context()), rounds.Unavailable)
}
