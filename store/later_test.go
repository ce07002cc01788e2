package store

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"rounds/internal/pgtest"

	"github.com/jackc/pgx/v5"
)

// patientJob waits for a service that says when to come back.
type patientJob struct{ After time.Duration }

func (patientJob) Kind() string { return "patient" }

func (patientJob) Patience() time.Duration { return time.Hour }

func TestPatientJobsWaitInTheirOwnQueueForAsLongAsTheyAreTold(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	s, closeStore, err := Open(ctx, pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	for _, after := range []time.Duration{0, 30 * time.Minute} {
		if err := s.InTx(ctx, func(tx *Store) error { return tx.Enqueue(ctx, patientJob{after}) }); err != nil {
			t.Fatal(err)
		}
	}
	began := make(chan time.Duration, 10)
	w := NewWorkers()
	Handle(w, func(ctx context.Context, j patientJob) error {
		deadline, _ := ctx.Deadline()
		began <- time.Until(deadline)
		return &Later{After: j.After, Err: errors.New("busy")}
	})
	jobs, err := s.StartJobs(context.Background(), w, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if left := <-began; left < 59*time.Minute || left > time.Hour {
			t.Errorf("it may take %v", left)
		}
	}
	if err := jobs.Close(ctx); err != nil {
		t.Fatal(err)
	}
	states, err := all(ctx, s.db, pgx.RowTo[string], `
		select concat_ws(' ', queue, state, scheduled_at > now() + interval '29 minutes', cardinality(errors) > 0)
		from river.river_job
		order by id`)
	if err != nil || len(states) != 2 || (states[0] != "patient retryable f t" && states[0] != "patient available f t") || states[1] != "patient scheduled t" {
		t.Errorf("%q, %v", states, err)
	}
}
