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
// territories, the best plan found. More change is never worse balanced. Each point has its part of the iterations or the time. Nil
// where nobody has a territory today, or the problem has a fault that is [FaultKind.Fatal].
func Curve(ctx context.Context, p Problem, points int, o Options) []Point {
	p.MostChange, p.ChangePrice = 0, max(p.ChangePrice, usualOf(p))
	if points < 1 || p.ChangePrice == 0 {
		return nil
	}
	full := Balance(ctx, p, o.slot(0, points))
	limit := parted(full.Change.Load, full.Change.Of)
	curve := make([]Point, 0, points)
	for i := 1; i < points; i++ {
		p.MostChange = max(1, limit*int64(i)/int64(points))
		curve = append(curve, Point{p.MostChange, Balance(ctx, p, o.slot(i, points))})
	}
	curve = append(curve, Point{max(1, limit), full})
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

// slot is one of so many equal parts of the options' time or iterations.
func (o Options) slot(i, of int) Options {
	one := Options{Seed: o.Seed, Iterations: o.Iterations / of}
	if o.Iterations > 0 {
		one.Iterations = max(1, one.Iterations)
	}
	if o.Spent != nil {
		one.Spent = func() float64 { return o.Spent()*float64(of) - float64(i) }
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
