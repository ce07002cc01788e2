package fieldwork

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"rounds"
)

// overdue is a context of a job whose time is over.
func overdue(t *testing.T) context.Context {
	ctx, stop := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	t.Cleanup(stop)
	return ctx
}

func TestWhatNeverWillSucceedIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		err  error
		want string
	}{
		{"all is well, at the last moment", overdue(t), nil, ""},
		{"it takes too long", overdue(t), context.DeadlineExceeded, tookTooLong},
		{"the server stops", stopped, context.Canceled, ""},
		{"the database was slow once", t.Context(), context.DeadlineExceeded, ""},
		{"what it needs is gone", t.Context(), fmt.Errorf("read: %w", rounds.Errorf(rounds.NotFound, "gone")), inputUnusable},
		{"what it needs makes no sense", t.Context(), rounds.Errorf(rounds.Invalid, "no"), inputUnusable},
		{"the database is away", t.Context(), rounds.Errorf(rounds.Unavailable, "away"), ""},
		{"nobody knows", t.Context(), errors.New("?"), ""},
	} {
		if got := hopeless(tt.ctx, tt.err); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// A cut that takes too long is a failed proposal the first time, and says why.
func TestACutThatTakesTooLongFails(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.square(4)
	job := o.propose(2, 0)
	o.must(o.WorkTerritories(overdue(t), job))
	p := o.proposal(job)
	if p.Status != rounds.CutFailed || p.FinishedAt == nil || len(p.Findings) != 1 || p.Findings[0].Code != tookTooLong {
		t.Errorf("%+v", p)
	}
}

// Planning that takes too long, or for somebody who is gone, is a failed share the first time, and says why.
func TestPlanningThatTakesTooLongFails(t *testing.T) {
	t.Parallel()
	o, rep, _ := journeyTown(t, openDatabase(t))
	j := o.plan(2)
	o.must(o.WorkJourney(overdue(t), JourneyJob{OrgID: o.org.ID, PlanID: j.ID, RepID: rep.UserID}))
	reps, err := o.store.JourneyReps(t.Context(), o.admin.Scope(), j.ID, rounds.UserID{}, 0)
	o.must(err)
	if len(reps) != 1 || reps[0].Status != rounds.JourneyRepFailed || reps[0].Failure != tookTooLong {
		t.Errorf("%+v", reps)
	}
	if got, err := o.store.Journey(t.Context(), o.admin.Scope(), j.ID); err != nil || got.Status == rounds.JourneyPlanning {
		t.Errorf("%s, %v", got.Status, err)
	}
}
