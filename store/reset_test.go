package store_test

import (
	"context"
	"testing"
	"time"

	"rounds"
	"rounds/internal/pgtest"
	"rounds/store"

	"github.com/jackc/pgx/v5"
)

func TestReset(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		before  string // a statement
		orgs    []string
		refused bool
	}{
		{name: "no org yet"},
		{name: "the demo's alone", orgs: []string{"demo"}},
		{name: "somebody's beside the demo's", orgs: []string{"demo", "north"}, refused: true},
		{name: "somebody's alone", orgs: []string{"north"}, refused: true},
		{name: "nothing at all", before: `drop schema public cascade`},
		{name: "tables of another program", before: `drop table schema_version`, refused: true},
		{name: "a schema that was not finished", before: `drop table orgs cascade`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.URL(t)
			resetBegins(t, url, c.before, c.orgs)
			_, err := store.Reset(t.Context(), url)
			if refused := rounds.CodeOf(err) == rounds.Conflict; refused != c.refused || (err != nil && !refused) {
				t.Fatalf("refused: %v, want %v (%v)", refused, c.refused, err)
			}
			if c.before == "" {
				resetLeaves(t, url, c.orgs, c.refused)
			}
		})
	}
}

// resetBegins brings a database into the state that a case begins with.
func resetBegins(t *testing.T, url, statement string, orgs []string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, slug := range orgs {
		org := rounds.Org{ID: rounds.NewID[rounds.Org](), Slug: slug, Name: slug, TimeZone: "Asia/Shanghai"}
		if err := store.New(conn).InsertOrg(t.Context(), org, rounds.NewID[rounds.Unit](), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// resetLeaves checks that every org is there still or, in a schema like new, none.
func resetLeaves(t *testing.T, url string, orgs []string, refused bool) {
	t.Helper()
	if err := store.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	s, closeStore, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	left, err := s.Orgs(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	if refused {
		want = len(orgs)
	}
	if len(left) != want {
		t.Errorf("%d orgs are left, want %d", len(left), want)
	}
}
