package fieldwork

import (
	"cmp"
	"context"
	"slices"

	"rounds"
	"rounds/routing"
	"rounds/store"
)

// plannedCall is a retailer that a journey plan has on a day.
type plannedCall struct {
	rounds.Retailer
	on rounds.Day
}

// calls are what a journey plan has on a day, and what it had before and nobody did. Neither has what was visited early.
type calls struct{ due, overdue []plannedCall }

// lookBack is for how many days a call that nobody made is still to be made.
const lookBack = 28

// tooEarly reports that a visit is so near after the last one that it would be one too many: less than two thirds of the
// interval that the frequency asks for.
func tooEarly(r rounds.Retailer, last, on rounds.Day) bool {
	return last != "" && last.Until(on)*r.VisitsPer8Weeks*3 < 2*cycleDays
}

// callsOf are a rep's calls of a day by the plan that they go by, among the retailers that are theirs by now.
func (o *Office) callsOf(ctx context.Context, a rounds.Actor, j rounds.JourneyPlan, in store.RepInForce, day rounds.Day) (calls, error) {
	beats, err := o.store.Beats(ctx, rounds.Scope{OrgID: a.OrgID}, j.ID, store.BeatFilter{RepID: in.RepID})
	if err != nil {
		return calls{}, err
	}
	on := plannedOn(j, beats, max(in.ValidFrom, day.Add(-lookBack)), day)
	ids := make([]rounds.RetailerID, 0, len(on))
	for id := range on {
		ids = append(ids, id)
	}
	own := rounds.Scope{OrgID: a.OrgID, RepID: in.RepID}
	retailers, err := o.store.RetailersByID(ctx, own, day, ids)
	if err != nil {
		return calls{}, err
	}
	last, err := o.store.LastVisits(ctx, a.OrgID, ids, day)
	if err != nil {
		return calls{}, err
	}
	slices.SortFunc(retailers, func(x, y rounds.Retailer) int { return cmp.Compare(x.Code, y.Code) })
	var c calls
	for _, r := range retailers {
		if r.Status == rounds.RetailerActive && r.VisitsPer8Weeks > 0 && r.Pin != nil {
			c.add(r, on[r.ID], last[r.ID], day)
		}
	}
	return c, nil
}

// plannedOn is the last day up to and including one on which the plan has each retailer.
func plannedOn(j rounds.JourneyPlan, beats []store.ListedBeat, from, day rounds.Day) map[rounds.RetailerID]rounds.Day {
	by := map[rounds.Day][]rounds.Stop{}
	for _, b := range beats {
		by[b.Day] = b.Stops
	}
	on := map[rounds.RetailerID]rounds.Day{}
	for d := from; d <= day; d = d.Add(1) {
		for _, s := range by[j.CycleDay(d)] {
			on[s.RetailerID] = d
		}
	}
	return on
}

func (c *calls) add(r rounds.Retailer, on, last, day rounds.Day) {
	switch {
	case last >= on && last != "" || tooEarly(r, last, on) || tooEarly(r, last, day):
	case on == day:
		c.due = append(c.due, plannedCall{r, on})
	default:
		c.overdue = append(c.overdue, plannedCall{r, on})
	}
}

// Priorities of calls of a day: any that is due before all that are overdue, of these the latest by its frequency first.
const (
	duePriority    = 1 << 20
	mostOverdue    = 1 << 10
	overdueSeconds = 16 // for each interval
)

func priority(c plannedCall, day rounds.Day) int {
	if c.on == day {
		return duePriority
	}
	return min(mostOverdue, 1+overdueSeconds*c.on.Until(day)*c.VisitsPer8Weeks/cycleDays)
}

// dayPlan puts as many calls as a day has room for in the best order found, the due ones first; what is left out is told.
func (o *Office) dayPlan(ctx context.Context, a rounds.Actor, j rounds.JourneyPlan, rep rounds.User, day rounds.Day, c calls) (plan rounds.Plan, left []plannedCall, err error) {
	plan = rounds.Plan{
		ID: rounds.NewID[rounds.Plan](), RepID: rep.ID, Day: day, Revision: 1, OrderedBy: rounds.OrderedBySolver, JourneyID: j.ID,
		Start: rep.Home, RoundTrip: j.Options.RoundTrip && rep.Home != nil, CreatedAt: o.now(),
	}
	all := slices.Concat(c.due, c.overdue)
	placed := make([]rounds.Retailer, len(all))
	for i, call := range all {
		placed[i] = call.Retailer
	}
	d, err := o.daytimeOf(ctx, a, day)
	if err != nil {
		return plan, nil, err
	}
	t, err := o.tripOf(ctx, plan, placed, d)
	if err != nil {
		return plan, nil, err
	}
	for i, call := range all {
		t.halts[i].priority = priority(call, day)
	}
	if j.Options.DaySeconds > 0 {
		t.day.Closes = t.day.Opens + routing.Time(j.Options.DaySeconds) + t.lunch.Length
	}
	_, problem := t.problem(t.ways.seconds)
	best, err := t.bestInHours(ctx, problem, searchFor(len(t.halts)))
	if err != nil {
		return plan, nil, err
	}
	for _, out := range best.out {
		left = append(left, all[t.node[out.RetailerID]])
	}
	t.settle(&plan, best, nil)
	plan.Before, plan.BeforeSeconds = plan.Distance, plan.TravelSeconds
	plan.Travel = t.ways.travel()
	return plan, left, nil
}
