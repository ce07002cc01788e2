package fieldwork

import (
	"context"
	"slices"
	"time"

	"rounds"
	"rounds/store"
)

// Actual is a day as it was planned beside how it was worked.
type Actual struct {
	Plan            rounds.Plan
	Visited         []ActualVisit     // by their starts
	Skipped         []rounds.Retailer // planned and not visited, in the plan's order
	Planned, Worked WayLength         // along the stops, and along the visits; from and to the same places
}

// ActualVisit is the first visit of a retailer on the day.
type ActualVisit struct {
	rounds.Retailer
	VisitID   rounds.VisitID
	StartedAt time.Time
	Position  int // in the plan, from 1; 0: not planned
}

// ActualDay compares a plan's order with that of the visits which its rep made on its day. Ways are between pins, as in
// the plan: no position of the rep's is looked at.
func (o *Office) ActualDay(ctx context.Context, a rounds.Actor, id rounds.PlanID) (Actual, error) {
	plan, err := o.store.Plan(ctx, a.Scope(), id)
	if err != nil {
		return Actual{}, err
	}
	visits, err := o.store.Visits(ctx, rounds.Scope{OrgID: a.OrgID, RepID: plan.RepID}, store.VisitFilter{From: plan.Day, Until: plan.Day, Audit: new(false), Limit: maxDayVisits})
	if err != nil {
		return Actual{}, err
	}
	retailers, err := o.retailersSeen(ctx, a, plan, visits)
	if err != nil {
		return Actual{}, err
	}
	day := Actual{Plan: plan, Planned: WayLength{plan.TravelSeconds, plan.Distance}}
	day.compare(visits, retailers)
	day.Worked, err = o.lengthOf(ctx, a, plan, day.Visited)
	return day, err
}

// retailersSeen are those of a plan and of visits.
func (o *Office) retailersSeen(ctx context.Context, a rounds.Actor, p rounds.Plan, visits []store.ListedVisit) (map[rounds.RetailerID]rounds.Retailer, error) {
	var ids []rounds.RetailerID
	for _, s := range p.Stops {
		ids = append(ids, s.RetailerID)
	}
	for _, v := range visits {
		ids = append(ids, v.RetailerID)
	}
	found, err := o.store.RetailersByID(ctx, rounds.Scope{OrgID: a.OrgID}, p.Day, ids)
	by := make(map[rounds.RetailerID]rounds.Retailer, len(found))
	for _, r := range found {
		by[r.ID] = r
	}
	return by, err
}

func (d *Actual) compare(visits []store.ListedVisit, retailers map[rounds.RetailerID]rounds.Retailer) {
	position := map[rounds.RetailerID]int{}
	for i, s := range d.Plan.Stops {
		position[s.RetailerID] = i + 1
	}
	slices.SortFunc(visits, func(x, y store.ListedVisit) int { return x.StartedAt.Compare(y.StartedAt) })
	visited := map[rounds.RetailerID]bool{}
	for _, v := range visits {
		if !visited[v.RetailerID] {
			visited[v.RetailerID] = true
			d.Visited = append(d.Visited, ActualVisit{retailers[v.RetailerID], v.ID, v.StartedAt, position[v.RetailerID]})
		}
	}
	for _, s := range d.Plan.Stops {
		if !visited[s.RetailerID] {
			d.Skipped = append(d.Skipped, retailers[s.RetailerID])
		}
	}
}

// lengthOf is the way along visits in their order; nobody set out who visited nobody.
func (o *Office) lengthOf(ctx context.Context, a rounds.Actor, p rounds.Plan, visits []ActualVisit) (WayLength, error) {
	if len(visits) == 0 {
		return WayLength{}, nil
	}
	order := make([]rounds.Retailer, len(visits))
	for i, v := range visits {
		order[i] = v.Retailer
	}
	placed, _ := splitByPin(order)
	t, err := o.tripOf(ctx, p, placed, daytime{day: p.Day, zone: a.Zone, hours: a.Settings.WorkingHours()})
	if err != nil {
		return WayLength{}, err
	}
	t.walk(&p, order, nil)
	return WayLength{p.TravelSeconds, p.Distance}, nil
}
