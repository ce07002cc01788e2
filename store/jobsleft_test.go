package store

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"rounds"
	"rounds/internal/pgtest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// leaveJob makes a job look as if a process had begun it.
func leaveJob(t *testing.T, s *Store, words, process string, silent time.Duration, attempt int) {
	t.Helper()
	ctx := context.Background()
	if err := s.InTx(ctx, func(tx *Store) error { return tx.Enqueue(ctx, greeting{rounds.NewID[rounds.Org](), words}) }); err != nil {
		t.Fatal(err)
	}
	const q = `
		update river.river_job
		set state = 'running', attempted_by = array['another', $2], attempted_at = now() - $3::interval, attempt = $4
		where args->>'Words' = $1`
	if n, err := exec(ctx, s.db, q, words, process, silent, attempt); err != nil || n != 1 {
		t.Fatal(n, err)
	}
}

func TestJobsOfAKilledProcessAreTaken(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := New(pgtest.Tx(t))
	for _, job := range []struct {
		words, process string
		silent         time.Duration
		attempt        int
	}{
		{"its process was killed", "killed", 31 * time.Second, 1},
		{"its process may only be slow", "slow", 29 * time.Second, 1},
		{"ours goes on", "ours", time.Hour, 1},
		{"it was tried too often", "killed", time.Hour, 25},
	} {
		leaveJob(t, s, job.words, job.process, job.silent, job.attempt)
	}
	if err := s.tendJobsOnce(ctx, "ours"); err != nil {
		t.Fatal(err)
	}
	got, err := all(ctx, s.db, pgx.RowTo[string], `
		select args->>'Words' || ': ' || state::text as job
		from river.river_job
		order by (args->>'Words') collate "C"`)
	want := []string{
		"it was tried too often: running", "its process may only be slow: running", "its process was killed: available", "ours goes on: running",
	}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

// Whoever begins to do jobs does those that were left too.
func TestJobsThatWereLeftAreDone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, closeStore, err := Open(ctx, pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	leaveJob(t, s, "hello", "killed", time.Minute, 1)
	heard := make(chan greeting, 1)
	w := NewWorkers()
	Handle(w, func(_ context.Context, g greeting) error {
		heard <- g
		return nil
	})
	jobs, err := s.StartJobs(ctx, w, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-heard:
	case <-ctx.Done():
		t.Error("nobody has begun it again")
	}
	if err := jobs.Close(ctx); err != nil {
		t.Error(err)
	}
}
