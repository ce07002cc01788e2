package store

import (
	"context"
	"errors"
	"log/slog"
	"slices"
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
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
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
		select concat_ws(' ', queue, state, scheduled_at > now() + interval '29 minutes', cardinality(errors))
		from river.river_job
		order by id`)
	if err != nil || len(states) != 2 || (states[0] != "patient retryable f 1" && states[0] != "patient available f 1") || states[1] != "patient scheduled t" {
		t.Errorf("%q, %v", states, err)
	}
}

// What a killed process left behind is begun again when its kind's time is over, and not before: it may be at work.
func TestJobsOfTheDeadAreBegunAgain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s, closeStore, err := Open(ctx, pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	for _, left := range []struct {
		job Job
		ago time.Duration
	}{
		{greeting{Words: "alive"}, jobTime},
		{greeting{Words: "dead"}, jobTime + endTime + time.Second},
		{patientJob{1}, patientJob{}.Patience()},
		{patientJob{2}, patientJob{}.Patience() + endTime + time.Second},
	} {
		if err := s.InTx(ctx, func(tx *Store) error { return tx.Enqueue(ctx, left.job) }); err != nil {
			t.Fatal(err)
		}
		if _, err := exec(ctx, s.db, `
			update river.river_job
			set state = 'running', attempt = 1, attempted_at = now() - $1 * interval '1 second', attempted_by = '{killed}'
			where state = 'available'`, left.ago.Seconds()); err != nil {
			t.Fatal(err)
		}
	}
	began := make(chan string, 10)
	w := NewWorkers()
	Handle(w, func(_ context.Context, g greeting) error { began <- g.Words; return nil })
	Handle(w, func(_ context.Context, j patientJob) error { began <- j.After.String(); return nil })
	jobs, err := s.StartJobs(context.Background(), w, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = jobs.Close(context.Background()) }()
	var got []string
	for range 2 {
		select {
		case job := <-began:
			got = append(got, job)
		case <-ctx.Done():
			t.Fatalf("only %q began", got)
		}
	}
	if err := jobs.Close(ctx); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if len(began) > 0 || !slices.Equal(got, []string{"2ns", "dead"}) {
		t.Errorf("began %q and %d more", got, len(began))
	}
	states, err := all(ctx, s.db, pgx.RowTo[string], `select state || ' ' || attempt from river.river_job order by id`)
	if err != nil || !slices.Equal(states, []string{"running 1", "completed 2", "running 1", "completed 2"}) {
		t.Errorf("%q, %v", states, err)
	}
}
