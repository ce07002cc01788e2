package fieldwork

import (
	"context"
	"encoding/json"
	"slices"

	"rounds"
	"rounds/geo"
	"rounds/store"

	"github.com/paulmach/orb"
)

// AcceptJourney lets a proposal be in force from a day on. A rep for whom something has changed since that the days
// follow from is a Conflict, or is left as they are if skip says so.
func (o *Office) AcceptJourney(ctx context.Context, a rounds.Actor, id rounds.JourneyPlanID, from rounds.Day, reason string, skip bool) (store.ListedJourney, error) {
	return o.decideJourney(ctx, a, id, rounds.JourneyProposed, func(tx *store.Store, j *rounds.JourneyPlan) error {
		j.Status, j.Reason = rounds.JourneyAccepted, reason
		if from < max(o.today(a), j.From) || from >= j.Until() {
			return rounds.Errorf(rounds.Invalid, "a journey plan is in force from one of its days on, and not before today").
				With("/from", "not_between", max(o.today(a), j.From), j.Until().Add(-1))
		}
		if err := tx.LockRegister(ctx, a.OrgID); err != nil {
			return err
		}
		reps, problem, err := o.unchanged(ctx, tx, a, *j, from)
		if err != nil {
			return err
		}
		if len(problem.Fields) > 0 && (!skip || len(reps) == 0) {
			return problem
		}
		return tx.EnforceJourney(ctx, a.OrgID, id, reps, from)
	})
}

// registerNow is what journey plans follow from, as it is now.
type registerNow struct {
	retailers map[rounds.UserID][]rounds.Retailer
	rhythms   map[rounds.RetailerID]rounds.Rhythm
	running   map[rounds.UserID]rounds.JourneyPlanID
}

// unchanged are the planned reps of a plan for whom all is as it was, and a Conflict that names the others.
func (o *Office) unchanged(ctx context.Context, tx *store.Store, a rounds.Actor, j rounds.JourneyPlan, from rounds.Day) ([]rounds.UserID, *rounds.Error, error) {
	problem := rounds.Errorf(rounds.Conflict, "something has changed since these days were planned: plan again, or leave those reps out")
	shares, err := tx.JourneyReps(ctx, rounds.Scope{OrgID: a.OrgID}, j.ID, rounds.UserID{}, 0)
	if err != nil {
		return nil, nil, err
	}
	shares = slices.DeleteFunc(shares, func(s store.ListedJourneyRep) bool { return s.Status != rounds.JourneyRepPlanned })
	if len(shares) == 0 {
		return nil, nil, rounds.Errorf(rounds.Conflict, "nobody's days were planned: look at why")
	}
	now, err := registerOf(ctx, tx, a.OrgID, shares, max(from, j.From))
	if err != nil {
		return nil, nil, err
	}
	var reps []rounds.UserID
	for _, s := range shares {
		code, err := o.changed(ctx, tx, a, j, s, now, from)
		if err != nil {
			return nil, nil, err
		}
		if code != "" {
			problem.With("/reps/"+s.RepID.String(), code)
			continue
		}
		reps = append(reps, s.RepID)
	}
	return reps, problem, nil
}

func registerOf(ctx context.Context, tx *store.Store, org rounds.OrgID, shares []store.ListedJourneyRep, day rounds.Day) (registerNow, error) {
	now := registerNow{retailers: map[rounds.UserID][]rounds.Retailer{}}
	everything := rounds.Scope{OrgID: org}
	territories, err := tx.Territories(ctx, everything, day, rounds.PurposeVisit, rounds.TerritoryID{})
	if err != nil {
		return now, err
	}
	rep := map[rounds.TerritoryID]rounds.UserID{}
	for _, t := range territories {
		rep[t.ID] = t.RepID
	}
	retailers, err := tx.Retailers(ctx, everything, day, store.RetailerFilter{Status: rounds.RetailerActive})
	if err != nil {
		return now, err
	}
	ids := make([]rounds.RetailerID, 0, len(retailers))
	for _, r := range retailers {
		if to := rep[r.TerritoryID]; !to.IsZero() && r.VisitsPer8Weeks > 0 {
			now.retailers[to] = append(now.retailers[to], r)
			ids = append(ids, r.ID)
		}
	}
	if now.rhythms, err = tx.Rhythms(ctx, org, ids); err != nil {
		return now, err
	}
	reps := make([]rounds.UserID, len(shares))
	for i, s := range shares {
		reps[i] = s.RepID
	}
	now.running, err = tx.AllInForce(ctx, org, reps, day)
	return now, err
}

// changed says in one word what has changed for a rep in a way that matters; "" is nothing.
func (o *Office) changed(ctx context.Context, tx *store.Store, a rounds.Actor, j rounds.JourneyPlan, s store.ListedJourneyRep, now registerNow, from rounds.Day) (string, error) {
	text, err := tx.JourneyInput(ctx, a.OrgID, j.ID, s.RepID)
	if err != nil {
		return "", err
	}
	var in journeyInput
	if err := json.Unmarshal(text, &in); err != nil {
		return "", err
	}
	if now.running[s.RepID] != s.BaseID {
		return "plan_changed", nil
	}
	if !now.sameRetailers(s.RepID, in) {
		return "retailers_changed", nil
	}
	rep, err := tx.User(ctx, rounds.Scope{OrgID: a.OrgID}, s.RepID)
	if err != nil {
		return "", err
	}
	if !near(in.Home, rep.Home) {
		return "home_changed", nil
	}
	days, _, err := workingDays(ctx, tx, a, s.RepID, from, j.Until())
	if err != nil {
		return "", err
	}
	was := slices.DeleteFunc(slices.Clone(in.Days), func(d rounds.Day) bool { return d < from })
	if !slices.Equal(was, days) {
		return "days_changed", nil
	}
	return "", nil
}

// nearEnough is by how much a pin or a home may move without another plan.
const nearEnough geo.Meters = 100

// near tells whether two places are as good as one; nil is a place that nobody knows.
func near(was, is *orb.Point) bool {
	if was == nil || is == nil {
		return was == is
	}
	return geo.Distance(*was, *is) <= nearEnough
}

// sameRetailers compares whom a rep has to visit, how often, where and on which weekdays.
func (now registerNow) sameRetailers(rep rounds.UserID, in journeyInput) bool {
	if len(now.retailers[rep]) != len(in.Retailers) {
		return false
	}
	was := map[rounds.RetailerID]journeyRetailer{}
	for _, r := range in.Retailers {
		was[r.ID] = r
	}
	for _, r := range now.retailers[rep] {
		before, ok := was[r.ID]
		after := journeyRetailerOf(r, now.rhythms, nil)
		if !ok || before.Visits != after.Visits || before.Rhythm != after.Rhythm || before.Hours != after.Hours || !near(before.At, after.At) {
			return false
		}
	}
	return true
}
