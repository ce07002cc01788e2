package fieldwork

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rounds"
	"rounds/store"
)

// Between these hours of an org's night the plans of its next working day are made: after a day's visits have arrived, and
// again each hour for what failed, until people get up.
const (
	eveningHour = 21
	morningHour = 6
)

// DayPlansDue asks which orgs' night it is.
type DayPlansDue struct{}

// Kind names the job.
func (DayPlansDue) Kind() string { return "day_plans_due" }

// DayPlansNight makes the plans of an org's next working day.
type DayPlansNight struct{ OrgID rounds.OrgID }

// Kind names the job.
func (DayPlansNight) Kind() string { return "day_plans_night" }

// EnqueueDayPlans leaves a DayPlansNight for each org where it is night; once an hour is often enough.
func (o *Office) EnqueueDayPlans(ctx context.Context, _ DayPlansDue) error {
	orgs, err := o.store.Orgs(ctx, "")
	if err != nil {
		return err
	}
	var jobs []store.Job
	for _, org := range orgs {
		if zone, err := time.LoadLocation(org.TimeZone); err == nil {
			if hour := o.now().In(zone).Hour(); hour >= eveningHour || hour < morningHour {
				jobs = append(jobs, DayPlansNight{org.ID})
			}
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return o.store.InTx(ctx, func(tx *store.Store) error { return tx.Enqueue(ctx, jobs...) })
}

// longestBreak is how many days an org may not work on end.
const longestBreak = 30

// MakeDayPlans makes the plan of the next working day for each rep who goes by a journey plan. A day that has a plan
// keeps it, whoever made it, so that doing it twice does no more than once.
func (o *Office) MakeDayPlans(ctx context.Context, job DayPlansNight) error {
	a, err := journeyActor(ctx, o.store, job.OrgID)
	if err != nil {
		return err
	}
	day, err := o.nextWorkingDay(ctx, a)
	if err != nil || day == "" {
		return err
	}
	reps, err := o.store.RepsInForce(ctx, job.OrgID, day)
	if err != nil {
		return err
	}
	var failed []error
	for _, r := range reps {
		if err := o.makeDayPlan(ctx, a, r, day); err != nil {
			failed = append(failed, fmt.Errorf("the plan of %s for %s: %w", r.RepID, day, err))
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

// nextWorkingDay is the next on which the org works: today before people get up, later tomorrow; "" if it has none.
func (o *Office) nextWorkingDay(ctx context.Context, a rounds.Actor) (rounds.Day, error) {
	day := o.today(a)
	if o.now().In(a.Zone).Hour() >= morningHour {
		day = day.Add(1)
	}
	c, err := calendarOf(ctx, o.store, a, day, day.Add(longestBreak))
	if err != nil {
		return "", err
	}
	for _, d := range c.Between(day, day.Add(longestBreak)) {
		if d.Works {
			return d.Date, nil
		}
	}
	return "", nil
}

// makeDayPlan makes a rep's plan of the day, unless there is one, or notes what a leave costs.
func (o *Office) makeDayPlan(ctx context.Context, a rounds.Actor, in store.RepInForce, day rounds.Day) error {
	_, err := o.store.PlanOfDay(ctx, a.OrgID, in.RepID, day)
	if rounds.CodeOf(err) != rounds.NotFound {
		return err
	}
	rep, err := o.store.User(ctx, rounds.Scope{OrgID: a.OrgID}, in.RepID)
	if err != nil {
		return err
	}
	j, err := o.store.Journey(ctx, rounds.Scope{OrgID: a.OrgID}, in.PlanID)
	if err != nil {
		return err
	}
	calls, err := o.callsOf(ctx, a, j.JourneyPlan, in, day)
	if err != nil {
		return err
	}
	works, _, err := workingDays(ctx, o.store, a, in.RepID, day, day.Add(1))
	if err != nil {
		return err
	}
	if len(works) == 0 {
		return o.store.InsertMissed(ctx, a.OrgID, missedCalls(in.RepID, day, calls.due, rounds.MissedOnLeave, o.now()))
	}
	plan, left, err := o.dayPlan(ctx, a, j.JourneyPlan, rep, day, calls)
	if err != nil {
		return err
	}
	return o.keepDayPlan(ctx, a, plan, missedCalls(in.RepID, day, left, rounds.MissedNoTimeLeft, o.now()))
}

// keepDayPlan stores a plan, unless the day has got one meanwhile.
func (o *Office) keepDayPlan(ctx context.Context, a rounds.Actor, plan rounds.Plan, missed []rounds.MissedCall) error {
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockReps(ctx, a.OrgID, []rounds.UserID{plan.RepID}); err != nil {
			return err
		}
		if _, err := tx.PlanOfDay(ctx, a.OrgID, plan.RepID, plan.Day); rounds.CodeOf(err) != rounds.NotFound {
			return err
		}
		if len(plan.Stops) > 0 {
			if err := tx.InsertPlan(ctx, a.OrgID, plan); err != nil {
				return err
			}
		}
		return tx.InsertMissed(ctx, a.OrgID, missed)
	})
}

func missedCalls(rep rounds.UserID, day rounds.Day, calls []plannedCall, why rounds.MissedReason, now time.Time) []rounds.MissedCall {
	out := make([]rounds.MissedCall, len(calls))
	for i, c := range calls {
		out[i] = rounds.MissedCall{RepID: rep, Day: day, RetailerID: c.ID, Reason: why, PlannedOn: c.on, FoundAt: now}
	}
	return out
}
