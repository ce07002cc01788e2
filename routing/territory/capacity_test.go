package territory

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"rounds/internal/towns"
)

// TestVansAreNotOverloaded gives vans less room than their due, so that others must miss their tolerance: these give way, no van does.
func TestVansAreNotOverloaded(t *testing.T) {
	t.Parallel()
	for _, seed := range towns.Seeds[:max(1, len(towns.Seeds)/fewer)] {
		for _, size := range []towns.Size{{Shops: 300, Territories: 5}, {Shops: 2000, Territories: 10}} {
			p := city(size, seed, 50_000)
			for k, part := range []int64{70, 80, 90} {
				p.Territories[k].Most = make([]int64, len(p.Measures))
				for c := range p.Measures {
					var all int64
					for _, u := range p.Units {
						all += u.Loads[c]
					}
					p.Territories[k].Most[c] = all * part / 100 / int64(len(p.Territories))
				}
			}
			for _, limit := range []int64{0, 1_000_000} {
				p.MostChange = limit
				kept(t, p, Balance(t.Context(), p, Options{Seed: 1, Iterations: 200_000}), fmt.Sprint(seed, size, limit))
			}
		}
	}
}

// kept fails where a capacity is not.
func kept(t interface{ Errorf(string, ...any) }, p Problem, plan Plan, name string) {
	for k, loads := range plan.Loads {
		for c, load := range loads {
			if most := p.Territories[k].Most; most != nil && most[c] > 0 && load > most[c] {
				t.Errorf("%s: %d has %d of measure %d, and room for %d", name, k, load, c, most[c])
			}
		}
	}
}

// TestCapacitiesComeFirst tries all cuts of few units: where any keeps all capacities, the answer does, but for a few in a hundred draws.
func TestCapacitiesComeFirst(t *testing.T) {
	t.Parallel()
	var kept, all int
	rapid.Check(t, func(t *rapid.T) {
		p := someProblem(t, 7, 3)
		for k := range p.Territories {
			p.Territories[k].Most = rapid.SliceOfN(rapid.Int64Range(0, 90), len(p.Measures), len(p.Measures)).Draw(t, "most")
		}
		plan := Balance(t.Context(), p, Options{Iterations: 2000})
		if plan.Of == nil || len(plan.Broken) > 0 || !fits(p, make([]int32, len(p.Units)), 0) {
			return
		}
		if all++; fits(p, plan.Of, len(plan.Of)) {
			kept++
		}
	})
	if t.Logf("%d of %d keep all", kept, all); all-kept > 1+all/20 {
		t.Error("that is little")
	}
}

// fits tells whether a cut keeps all capacities and hangs together that has the first units where they are.
func fits(p Problem, of []int32, first int) bool {
	if first < len(of) {
		for of[first] = range int32(len(p.Territories)) {
			if fits(p, of, first+1) {
				return true
			}
		}
		return false
	}
	c := check{p: p, of: of}
	for k, loads := range c.loads() {
		for m, load := range loads {
			if most := p.Territories[k].Most[m]; most > 0 && load > most {
				return false
			}
		}
	}
	return len(c.broken()) == 0
}
