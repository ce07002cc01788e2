package territory

import (
	"context"
	"slices"
)

// Point is the best balance found for a limit of change.
type Point struct {
	MostChange int64 // millionths of what has a territory today, as [Problem.MostChange]
	Plan       Plan
}

// Curve is balance against change: for so many limits of change, evenly spaced up to what it takes to balance today's
// territories, the best plan found. More change is never worse balanced: each search goes on from the plan for more change. Each point
// has its part of the iterations or the time, the last one as much as two. Nil where nobody has a territory today, or the problem has a
// fault that is [FaultKind.Fatal].
func Curve(ctx context.Context, p Problem, points int, o Options) []Point {
	usual := usualOf(p)
	if p.MostChange = 0; points < 1 || usual == 0 {
		return nil
	}
	if p.ChangePrice == 0 {
		p.ChangePrice = usual
	}
	full := Balance(ctx, p, o.slot(0, 2, points+1))
	limit := parted(full.Change.Load, full.Change.Of)
	curve := make([]Point, points)
	curve[points-1] = Point{max(1, limit), full}
	for i := points - 1; i > 0; i-- {
		p.MostChange = max(1, limit*int64(i)/int64(points))
		curve[i-1] = Point{p.MostChange, balanceFrom(ctx, p, curve[i].Plan.Of, o.slot(1+points-i, 1, points+1))}
	}
	for i := 1; i < points; i++ {
		if p.lessEven(curve[i].Plan, curve[i-1].Plan) {
			curve[i].Plan = curve[i-1].Plan
		}
	}
	return curve
}

// usualOf is [UsualPrice], or 0 where there is no today or there are faults.
func usualOf(p Problem) int64 {
	for _, f := range Faults(p) {
		if f.Kind.Fatal() {
			return 0
		}
	}
	if !slices.ContainsFunc(p.Units, func(u Unit) bool { return u.Today != None }) {
		return 0
	}
	return UsualPrice(p)
}

// parted is part ÷ whole in millionths, rounded up.
func parted(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return quotient(product(part, 1), product(whole, 1))
}

// balanceFrom goes on from a plan that changes more than may.
func balanceFrom(ctx context.Context, p Problem, from []int32, o Options) Plan {
	s, nodes := compile(&p), []int32(nil)
	for u := range s.of {
		nodes = append(nodes, from[s.units(int32(u))[0]])
	}
	s.begun(ctx)
	r := rebalanceFrom(ctx, s, nodes, o)
	return answer(p, r, r.spreadOut())
}

// slot is some of so many equal parts of the options' time or iterations, after as many.
func (o Options) slot(after, parts, of int) Options {
	one := Options{Seed: o.Seed, Iterations: o.Iterations / of * parts}
	if o.Iterations > 0 {
		one.Iterations = max(1, one.Iterations)
	}
	if o.Spent != nil {
		one.Spent = func() float64 { return (o.Spent()*float64(of) - float64(after)) / float64(parts) }
	}
	return one
}

// lessEven tells whether a plan is broken in more places than another, or as often and worse balanced in what is asked for.
func (p Problem) lessEven(a, b Plan) bool {
	if len(a.Broken) != len(b.Broken) {
		return len(a.Broken) > len(b.Broken)
	}
	return p.uneven(a) > p.uneven(b)
}

// uneven is the largest deviation of the measures that have a tolerance.
func (p Problem) uneven(plan Plan) (worst int64) {
	for m, w := range plan.Worst {
		if p.Measures[m].Tolerance != AnyTolerance {
			worst = max(worst, w)
		}
	}
	return worst
}
