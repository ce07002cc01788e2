package fieldwork

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"rounds"
	"rounds/store"
)

// NewJourney asks for a plan of weeks: for the reps named, for the one of a territory, for those of a unit and below
// it, or, if it names none, for all whom the actor may see.
type NewJourney struct {
	Name        string // "": by its days
	From        rounds.Day
	Weeks       int
	Reps        []rounds.UserID
	TerritoryID rounds.TerritoryID
	UnitID      rounds.UnitID
	BaseID      rounds.JourneyPlanID
	Options     rounds.JourneyOptions
}

// maxAhead is how many days before it begins a plan may be made; what is known of later days is little.
const maxAhead = 366

// PlanJourney leaves the planning of each rep's weeks to a job, and gives the plan that is to be.
func (o *Office) PlanJourney(ctx context.Context, a rounds.Actor, n NewJourney) (store.ListedJourney, error) {
	if err := allow(a, planning); err != nil {
		return store.ListedJourney{}, err
	}
	if err := o.checkJourney(a, n); err != nil {
		return store.ListedJourney{}, err
	}
	j := rounds.JourneyPlan{
		ID: rounds.NewID[rounds.JourneyPlan](), From: n.From, Weeks: n.Weeks, Origin: rounds.JourneyBySolver,
		Options: n.Options, BaseID: n.BaseID, Status: rounds.JourneyPlanning, CreatedAt: o.now(), CreatedBy: a.UserID,
	}
	j.Name = cmp.Or(n.Name, fmt.Sprintf("%s – %s", j.From, j.Until().Add(-1)))
	var listed store.ListedJourney
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		reps, err := journeyReps(ctx, tx, a, n)
		if err != nil {
			return err
		}
		if err := tx.InsertJourney(ctx, a.OrgID, j, reps); err != nil {
			return err
		}
		jobs := make([]store.Job, len(reps))
		for i, rep := range reps {
			jobs[i] = JourneyJob{OrgID: a.OrgID, PlanID: j.ID, RepID: rep, Seconds: n.Options.Seconds}
		}
		if err := tx.Enqueue(ctx, jobs...); err != nil {
			return err
		}
		if err := o.logJourney(ctx, tx, a, "journey.plan", j, map[string]any{"reps": len(reps), "options": j.Options}); err != nil {
			return err
		}
		listed, err = tx.Journey(ctx, a.Scope(), j.ID)
		return err
	})
	return listed, err
}

func (o *Office) checkJourney(a rounds.Actor, n NewJourney) error {
	problem := rounds.Errorf(rounds.Invalid, "this journey plan cannot be made: see the fields")
	if ahead := o.today(a).Until(n.From); ahead <= -7*n.Weeks || ahead > maxAhead {
		problem.With("/from", "too_far")
	}
	scopes := 0
	for _, given := range []bool{n.Reps != nil, !n.TerritoryID.IsZero(), !n.UnitID.IsZero()} {
		if given {
			scopes++
		}
	}
	if scopes > 1 {
		problem.With("/rep_ids", "contradicts", "territory_id, unit_id")
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	return nil
}

// journeyReps are the ids of those whom a plan is asked for, in their order.
func journeyReps(ctx context.Context, tx *store.Store, a rounds.Actor, n NewJourney) ([]rounds.UserID, error) {
	problem := rounds.Errorf(rounds.Invalid, "this journey plan cannot be made: see the fields")
	if !n.BaseID.IsZero() {
		if _, err := tx.Journey(ctx, a.Scope(), n.BaseID); rounds.CodeOf(err) == rounds.NotFound {
			return nil, problem.With("/base_plan_id", "not_found")
		} else if err != nil {
			return nil, err
		}
	}
	units := a.Units
	if !n.UnitID.IsZero() {
		below, err := unitsBelow(ctx, tx, a, n.UnitID)
		if err != nil {
			return nil, err
		}
		units = below
	}
	known, err := tx.VisitingReps(ctx, rounds.Scope{OrgID: a.OrgID, Units: units}, n.From)
	if err != nil {
		return nil, err
	}
	switch {
	case n.Reps != nil:
		return repsNamed(problem, n.Reps, known)
	case !n.TerritoryID.IsZero():
		return repOf(ctx, tx, a, n, known)
	case len(known) == 0:
		return nil, rounds.Errorf(rounds.Invalid, "nobody here has retailers to visit on %s", n.From).With("/from", "no_reps")
	}
	return known, nil
}

func repsNamed(problem *rounds.Error, named, known []rounds.UserID) ([]rounds.UserID, error) {
	byID := make(map[rounds.UserID]rounds.UserID, len(known))
	for _, id := range known {
		byID[id] = id
	}
	reps, err := eachOnce(problem, "rep_ids", named, byID)
	slices.SortFunc(reps, func(a, b rounds.UserID) int { return cmp.Compare(a.String(), b.String()) })
	return reps, err
}

func repOf(ctx context.Context, tx *store.Store, a rounds.Actor, n NewJourney, known []rounds.UserID) ([]rounds.UserID, error) {
	t, err := tx.Territory(ctx, a.Scope(), n.From, n.TerritoryID)
	problem := rounds.Errorf(rounds.Invalid, "this is no territory of your units")
	switch {
	case rounds.CodeOf(err) == rounds.NotFound:
		return nil, problem.With("/territory_id", "not_found")
	case err != nil:
		return nil, err
	case t.Purpose != rounds.PurposeVisit || !slices.Contains(known, t.RepID):
		return nil, problem.With("/territory_id", "no_reps")
	}
	return []rounds.UserID{t.RepID}, nil
}

// unitsBelow are a unit of the actor's and all below it.
func unitsBelow(ctx context.Context, tx *store.Store, a rounds.Actor, unit rounds.UnitID) ([]rounds.UnitID, error) {
	all, err := tx.Units(ctx, a.Scope()) // parents before their children
	if err != nil {
		return nil, err
	}
	var below []rounds.UnitID
	for _, u := range all {
		if u.ID == unit || slices.Contains(below, u.ParentID) {
			below = append(below, u.ID)
		}
	}
	if below == nil {
		return nil, rounds.Errorf(rounds.Invalid, "this journey plan cannot be made: see the fields").With("/unit_id", "not_found")
	}
	return below, nil
}

func (o *Office) logJourney(ctx context.Context, tx *store.Store, a rounds.Actor, act string, j rounds.JourneyPlan, detail map[string]any) error {
	detail["name"], detail["from"], detail["weeks"] = j.Name, j.From, j.Weeks
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{Name: act, Subject: j.ID.String(), Detail: detail})
}

// CancelJourney stops the planning; what is planned already can still be looked at.
func (o *Office) CancelJourney(ctx context.Context, a rounds.Actor, id rounds.JourneyPlanID, reason string) (store.ListedJourney, error) {
	return o.decideJourney(ctx, a, id, rounds.JourneyPlanning, func(tx *store.Store, j *rounds.JourneyPlan) error {
		j.Status, j.Reason = rounds.JourneyCancelled, reason
		return tx.CancelJourneyReps(ctx, a.OrgID, id)
	})
}

// DiscardJourney lets go of a proposal. It stays on record.
func (o *Office) DiscardJourney(ctx context.Context, a rounds.Actor, id rounds.JourneyPlanID, reason string) (store.ListedJourney, error) {
	return o.decideJourney(ctx, a, id, rounds.JourneyProposed, func(_ *store.Store, j *rounds.JourneyPlan) error {
		j.Status, j.Reason = rounds.JourneyDiscarded, reason
		return nil
	})
}

// decideJourney lets fn decide on a plan of a status, all of whose reps are the actor's.
func (o *Office) decideJourney(
	ctx context.Context, a rounds.Actor, id rounds.JourneyPlanID, from rounds.JourneyStatus, fn func(tx *store.Store, j *rounds.JourneyPlan) error,
) (store.ListedJourney, error) {
	var j store.ListedJourney
	if err := allow(a, planning); err != nil {
		return j, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		var err error
		if j, err = tx.Journey(ctx, a.Scope(), id); err != nil {
			return err
		}
		if err := tx.LockJourney(ctx, a.OrgID, id); err != nil {
			return err
		}
		if j, err = tx.Journey(ctx, rounds.Scope{OrgID: a.OrgID}, id); err != nil {
			return err
		}
		if err := mayDecide(ctx, tx, a, j, from); err != nil {
			return err
		}
		j.DecidedAt, j.DecidedBy = new(o.now()), a.UserID
		if err := fn(tx, &j.JourneyPlan); err != nil {
			return err
		}
		if err := tx.DecideJourney(ctx, a.OrgID, j.JourneyPlan); err != nil {
			return err
		}
		if err := o.logJourney(ctx, tx, a, "journey."+string(j.Status), j.JourneyPlan, map[string]any{"reason": j.Reason}); err != nil {
			return err
		}
		j, err = tx.Journey(ctx, a.Scope(), id)
		return err
	})
	return j, err
}

func mayDecide(ctx context.Context, tx *store.Store, a rounds.Actor, whole store.ListedJourney, from rounds.JourneyStatus) error {
	mine, err := tx.Journey(ctx, a.Scope(), whole.ID)
	if err != nil {
		return err
	}
	if mine.Reps != whole.Reps {
		return rounds.Errorf(rounds.Forbidden, "this journey plan is for reps of other units too: ask somebody who sees them all")
	}
	if whole.Status != from {
		return rounds.Errorf(rounds.Conflict, "this journey plan is %s: look at it again", whole.Status)
	}
	return nil
}

// journeyActor is who jobs work as: nobody, who may see the whole org.
func journeyActor(ctx context.Context, tx *store.Store, id rounds.OrgID) (rounds.Actor, error) {
	org, err := tx.Org(ctx, id)
	if err != nil {
		return rounds.Actor{}, err
	}
	zone, err := time.LoadLocation(org.TimeZone)
	return rounds.Actor{OrgID: id, Role: rounds.RoleAdmin, Zone: zone, Settings: org.Settings}, err
}
