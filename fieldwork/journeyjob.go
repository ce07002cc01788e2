package fieldwork

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rounds"
	"rounds/store"
)

// JourneyJob plans the weeks of one rep.
type JourneyJob struct {
	OrgID   rounds.OrgID
	PlanID  rounds.JourneyPlanID
	RepID   rounds.UserID
	Seconds int
}

// Kind names the job.
func (JourneyJob) Kind() string { return "journey_rep" }

// Effort is how long it may take, on one processor.
func (j JourneyJob) Effort() time.Duration {
	return 10*time.Minute + 2*time.Duration(j.Seconds)*time.Second
}

// WorkJourney plans a rep's weeks, and makes a proposal of the plan if nobody waits any more. Begun again after a crash
// it goes on with the input that it had; a plan that was cancelled meanwhile it leaves alone. Whatever would fail again, and
// planning that takes longer than [JourneyJob.Effort], is a failed share at once, which says why.
func (o *Office) WorkJourney(ctx context.Context, job JourneyJob) error {
	in, going, err := o.journeyInput(ctx, job)
	if why := hopeless(ctx, err); why != "" {
		return o.keepShare(context.WithoutCancel(ctx), job, o.failedShare(job, why, err))
	}
	if err != nil || !going {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if in.Options.Seconds > 0 {
		go o.watchJourney(ctx, job, stop)
	}
	share, err := o.planShare(ctx, job, in)
	if why := hopeless(ctx, err); why != "" {
		share, err = o.failedShare(job, why, err), nil
	}
	if err != nil {
		return err
	}
	return o.keepShare(context.WithoutCancel(ctx), job, share)
}

// watchEvery is how soon a search hears that it is not wanted any more.
const watchEvery = time.Second

// watchJourney stops a long search when its plan is cancelled.
func (o *Office) watchJourney(ctx context.Context, job JourneyJob, stop func()) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if j, err := o.store.Journey(ctx, rounds.Scope{OrgID: job.OrgID}, job.PlanID); err == nil && j.Status != rounds.JourneyPlanning {
			stop()
			return
		}
	}
}

// journeyInput is what was kept for the job or, the first time, what is now; false if there is nothing to plan any more.
func (o *Office) journeyInput(ctx context.Context, job JourneyJob) (in journeyInput, going bool, err error) {
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		in, going = journeyInput{}, false
		j, err := tx.Journey(ctx, rounds.Scope{OrgID: job.OrgID, RepID: job.RepID}, job.PlanID)
		if err != nil || j.Status != rounds.JourneyPlanning || j.Waiting == 0 {
			return err
		}
		going = true
		text, err := tx.JourneyInput(ctx, job.OrgID, job.PlanID, job.RepID)
		if err != nil {
			return err
		}
		if text != nil {
			return json.Unmarshal(text, &in)
		}
		in, err = o.takeInput(ctx, tx, j.JourneyPlan, job)
		return err
	})
	return in, going, err
}

func (o *Office) takeInput(ctx context.Context, tx *store.Store, j rounds.JourneyPlan, job JourneyJob) (journeyInput, error) {
	a, err := journeyActor(ctx, tx, job.OrgID)
	if err != nil {
		return journeyInput{}, err
	}
	rep, err := tx.User(ctx, rounds.Scope{OrgID: job.OrgID}, job.RepID)
	if err != nil {
		return journeyInput{}, err
	}
	in, unknown, err := inputOf(ctx, tx, a, j, rep, o.today(a))
	if err != nil {
		return in, err
	}
	running, err := tx.InForce(ctx, job.OrgID, job.RepID, max(j.From, in.Today))
	if err != nil {
		return in, err
	}
	base := j.BaseID
	if base.IsZero() {
		base = running
	}
	if err := in.takeBase(ctx, tx, job.OrgID, job.RepID, base); err != nil {
		return in, err
	}
	text, hash, err := in.hashed()
	if err != nil {
		return in, err
	}
	share := rounds.JourneyRep{RepID: job.RepID, InputHash: hash, TakenAt: new(o.now()), BaseID: running, UnknownYears: unknown}
	return in, tx.KeepJourneyInput(ctx, job.OrgID, job.PlanID, share, text)
}

// share is what came of planning for a rep.
type share struct {
	rounds.JourneyRep
	beats []rounds.Beat
	left  []rounds.LeftOut
}

// planShare solves; what cannot be solved, or is wrong, is a failed share for a person to see, as the same
// input would fail again.
func (o *Office) planShare(ctx context.Context, job JourneyJob, in journeyInput) (s share, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, err = o.failedShare(job, serverFault, fmt.Errorf("panic: %v", r)), nil
		}
	}()
	s, err = o.solveJourney(ctx, in)
	switch {
	case err != nil && !errors.Is(err, errWrongJourney):
		return s, err
	case err != nil:
		return o.failedShare(job, serverFault, err), nil
	}
	s.RepID, s.Status = job.RepID, rounds.JourneyRepPlanned
	for i := range s.beats {
		s.beats[i].RepID = job.RepID
	}
	for i := range s.left {
		s.left[i].RepID = job.RepID
	}
	return s, nil
}

func (o *Office) failedShare(job JourneyJob, why string, err error) share {
	o.log.Error("a journey plan failed", "plan", job.PlanID, "rep", job.RepID, "why", why, "error", err)
	return share{JourneyRep: rounds.JourneyRep{RepID: job.RepID, Status: rounds.JourneyRepFailed, Failure: why}}
}

// keepShare stores a rep's days, unless the plan was cancelled.
func (o *Office) keepShare(ctx context.Context, job JourneyJob, s share) error {
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockJourney(ctx, job.OrgID, job.PlanID); err != nil {
			return err
		}
		j, err := tx.Journey(ctx, rounds.Scope{OrgID: job.OrgID, RepID: job.RepID}, job.PlanID)
		if err != nil || j.Status != rounds.JourneyPlanning || j.Waiting == 0 {
			return err
		}
		if err := tx.SaveJourneyRep(ctx, job.OrgID, job.PlanID, s.JourneyRep); err != nil {
			return err
		}
		if err := tx.InsertBeats(ctx, job.OrgID, job.PlanID, s.beats); err != nil {
			return err
		}
		if err := tx.InsertLeftOut(ctx, job.OrgID, job.PlanID, s.left); err != nil {
			return err
		}
		_, err = tx.FinishJourney(ctx, job.OrgID, job.PlanID, o.now())
		return err
	})
}
