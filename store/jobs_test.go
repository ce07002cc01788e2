package store

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"rounds"
	"rounds/internal/pgtest"

	"github.com/jackc/pgx/v5"
)

type greeting struct {
	OrgID rounds.OrgID
	Words string
}

func (greeting) Kind() string { return "greeting" }

// TestJobs also shows that a job is there only if its transaction is.
func TestJobs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	s, closeStore, err := Open(ctx, pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	org := rounds.NewID[rounds.Org]()
	enqueue := func(words string, end error) {
		t.Helper()
		err := s.InTx(ctx, func(tx *Store) error {
			return errors.Join(tx.Enqueue(ctx, greeting{org, words}), end)
		})
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
	}
	enqueue("rolled back", errors.New("no"))
	enqueue("impossible", nil)
	enqueue("hello", nil)

	heard := make(chan greeting, 10)
	w := NewWorkers()
	Handle(w, func(_ context.Context, g greeting) error {
		heard <- g
		if g.Words == "impossible" {
			return rounds.Errorf(rounds.Invalid, "nobody says so")
		}
		return nil
	})
	jobs, err := s.StartJobs(ctx, w, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	got := map[greeting]bool{<-heard: true, <-heard: true}
	if err := jobs.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if !got[greeting{org, "impossible"}] || !got[greeting{org, "hello"}] || len(heard) > 0 {
		t.Errorf("heard %v and %d more", got, len(heard))
	}
	states, err := all(ctx, s.db, pgx.RowTo[string], `select args->>'Words' || ' ' || state::text from river.river_job order by 1`)
	if err != nil || len(states) != 2 || states[0] != "hello completed" || states[1] != "impossible cancelled" {
		t.Errorf("states %q, %v", states, err)
	}
}
