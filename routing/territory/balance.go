package territory

import (
	"context"
	"slices"
)

// Balance cuts units into territories. Whatever ends it, the plan is the best so far; a problem with a fault that is
// [FaultKind.Fatal] gets the zero Plan.
func Balance(ctx context.Context, p Problem, o Options) Plan {
	if faulty(p) {
		return Plan{}
	}
	s := compile(&p)
	s.until = ctx
	s.begun(ctx)
	if s.rebalances() {
		r := rebalance(ctx, s, o)
		return answer(p, r, r.spreadOut())
	}
	r := run(ctx, s, o)
	return answer(p, r, p.matched(r.spreadOut()))
}

func faulty(p Problem) bool {
	return slices.ContainsFunc(Faults(p), func(f Fault) bool { return f.Kind.Fatal() })
}

// answer is the plan of a search that is over.
func answer(p Problem, r *search, of []int32) Plan {
	c := check{p: p, of: of}
	plan := c.plan()
	if c.kept() != nil { // no cut keeps all locks, groups, pairs and the change that is allowed
		plan.Met = false
	}
	plan.Iterations = r.made
	return plan
}

// spreadOut is the territory of each unit.
func (s *state) spreadOut() []int32 {
	of := make([]int32, len(s.members))
	for u := range s.nodes {
		for _, i := range s.units(int32(u)) {
			of[i] = s.of[u]
		}
	}
	return of
}
