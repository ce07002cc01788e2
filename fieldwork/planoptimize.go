package fieldwork

import (
	"context"
	"slices"
	"time"

	"rounds"
	"rounds/routing"
)

// OptimizePlan puts what is neither visited nor locked into the best order found. Stops visited come first, as they
// were; what lies between two locked ones stays between them.
func (o *Office) OptimizePlan(ctx context.Context, a rounds.Actor, id rounds.PlanID, revision int, reason string) (EditedPlan, error) {
	ed, err := o.beginEdit(ctx, a, id, PlanEdit{Revision: revision, Reason: reason})
	if err != nil {
		return EditedPlan{}, err
	}
	placed, _ := splitByPin(ed.order)
	d, err := o.daytimeOf(ctx, a, ed.plan.Day)
	if err != nil {
		return EditedPlan{}, err
	}
	t, err := o.tripOf(ctx, ed.plan, placed, d)
	if err != nil {
		return EditedPlan{}, err
	}
	order, err := t.reoptimised(ctx, ed.plan, ed.order, ed.seen)
	if err != nil {
		return EditedPlan{}, err
	}
	ed.order = t.inHours(ed.plan, ed.order, order)
	best, err := t.bestOrder(ctx)
	if err != nil {
		return EditedPlan{}, err
	}
	_, pinless := splitByPin(ed.order)
	trial := ed.plan
	t.walk(&trial, append(best, pinless...), nil)
	ed.plan.Optimised, ed.plan.OptimisedSeconds, ed.plan.Travel = trial.Distance, trial.TravelSeconds, t.ways.travel()
	t.walk(&ed.plan, ed.order, nil)
	ed.plan.OrderedBy = rounds.OrderedBySolver
	return ed.save(ctx, nil, "plan.optimize")
}

// inHours is the shorter order, unless it comes too late somewhere and the other one does not.
func (t trip) inHours(p rounds.Plan, before, shorter []rounds.Retailer) []rounds.Retailer {
	trial := p
	if kept := t.walk(&trial, shorter, nil); kept || !t.walk(&trial, before, nil) {
		return shorter
	}
	return before
}

// reoptimised is an order with those visited first, and each run of free stops between fixed ones in its best order.
func (t trip) reoptimised(ctx context.Context, p rounds.Plan, order []rounds.Retailer, seen map[rounds.RetailerID]time.Time) ([]rounds.Retailer, error) {
	locked := map[rounds.RetailerID]bool{}
	for _, s := range p.Stops {
		locked[s.RetailerID] = s.Locked
	}
	var done, rest, run []rounds.Retailer
	for _, r := range order {
		if _, ok := seen[r.ID]; ok {
			done = append(done, r)
		} else {
			rest = append(rest, r)
		}
	}
	slices.SortStableFunc(done, func(x, y rounds.Retailer) int { return seen[x.ID].Compare(seen[y.ID]) })
	for i := 0; i <= len(rest); i++ {
		if i < len(rest) && !locked[rest[i].ID] {
			run = append(run, rest[i])
			continue
		}
		var next *rounds.Retailer
		if i < len(rest) {
			next = &rest[i]
		}
		best, err := t.between(ctx, done, run, next)
		if err != nil {
			return nil, err
		}
		if done = append(done, best...); next != nil {
			done = append(done, *next)
		}
		run = nil
	}
	return done, nil
}

// between is the best order of a run, from the last stop before it, or the start, to the next, or the end.
func (t trip) between(ctx context.Context, before, run []rounds.Retailer, next *rounds.Retailer) ([]rounds.Retailer, error) {
	placed, pinless := splitByPin(run)
	nodes := make([]int, len(placed))
	for i, r := range placed {
		nodes[i] = t.node[r.ID]
	}
	from, to := t.ends(before, next)
	p := routing.Problem{Start: routing.Free, End: routing.Free}
	if from != routing.Free {
		p.Start, nodes = len(nodes), append(nodes, from)
	}
	switch {
	case to == routing.Free:
	case to == from:
		p.End = p.Start
	default:
		p.End, nodes = len(nodes), append(nodes, to)
	}
	p.Matrix = routing.NewMatrix(len(nodes), func(i, j int) routing.Cost { return t.ways.seconds(nodes[i], nodes[j]) })
	tour := routing.Solve(ctx, p, routing.Options{})
	if _, err := routing.Check(p, tour.Order); err != nil {
		return nil, err
	}
	var best []rounds.Retailer
	for _, i := range tour.Order {
		if i < len(placed) {
			best = append(best, placed[i])
		}
	}
	return append(best, pinless...), nil
}

// ends are the nodes that a run begins and ends at.
func (t trip) ends(before []rounds.Retailer, next *rounds.Retailer) (from, to int) {
	from, to = routing.Free, routing.Free
	if t.start != nil {
		from = len(t.halts)
	}
	for _, r := range slices.Backward(before) {
		if r.Pin != nil {
			from = t.node[r.ID]
			break
		}
	}
	switch {
	case next != nil && next.Pin != nil:
		to = t.node[next.ID]
	case next == nil && t.round && t.start != nil:
		to = len(t.halts)
	}
	return from, to
}
