package territory

import "slices"

// A medianParts goes over the best plan part by part: a few groups beside each other are a problem of their own, which is solved to
// the end or nearly so; parts grow when none of a size is left (É. Taillard and S. Voß, POPMUSIC, 2002).
type medianParts struct {
	done []bool // of each place: the part around it was solved since it last changed
	size int    // places in a part
	work int    // spent on parts
}

const (
	partLeast = 60
	partGrows = 1.4
	partWork  = 20_000 // proposals a place
	partSteps = 150
)

// solvePart solves the part around some place anew.
func (s *medianSearch) solvePart(d *medianDual) {
	i := s.parts.next(s)
	g := s.state(s.best.Medians, s.best.Of)
	groups := g.part(i, s.parts.size)
	places := g.placesOf(groups)
	slices.Sort(places)
	s.parts.done[i] = true
	if len(groups) < 2 || len(groups) == s.Groups {
		return
	}
	part := s.part(g, groups, places)
	part.solveFrom(d, places)
	s.work += part.work
	s.take(part, groups, places)
}

// next is a place whose part is to be solved.
func (p *medianParts) next(s *medianSearch) int32 {
	if p.done == nil {
		p.done, p.size = make([]bool, s.n), partLeast
	}
	left := 0
	for _, done := range p.done {
		if !done {
			left++
		}
	}
	if left == 0 {
		clear(p.done)
		left = s.n
		p.size = min(s.n, int(float64(p.size)*partGrows))
	}
	pick := s.rng.IntN(left)
	for i, done := range p.done {
		if !done {
			if pick--; pick < 0 {
				return int32(i)
			}
		}
	}
	return 0
}

// part are the groups nearest to a place that have so many places, at least two of them.
func (g *medianState) part(i int32, size int) []int32 {
	groups := []int32{g.of[i]}
	places := len(g.members[g.of[i]])
	for _, j := range g.near[i] {
		if places >= size && len(groups) > 1 {
			break
		}
		if k := g.of[j]; !slices.Contains(groups, k) {
			groups = append(groups, k)
			places += len(g.members[k])
		}
	}
	return groups
}

// part is the problem of these groups, with what they are as its best plan.
func (s *medianSearch) part(g *medianState, groups, places []int32) *medianSearch {
	m := Median{Groups: len(groups)}
	for _, j := range places {
		row := make([]int64, len(places))
		for x, i := range places {
			row[x] = s.Costs[j][i]
		}
		m.Costs = append(m.Costs, row)
		m.Demand = append(m.Demand, s.Demand[j])
		m.Capacity = append(m.Capacity, s.Capacity[j])
	}
	p := newMedianSearch(s.ctx, m, Options{Spent: s.o.Spent, Seed: s.rng.Uint64(), Iterations: partWork * len(places)})
	if s.limit > 0 {
		p.limit = min(p.limit, max(1, s.limit-s.work))
	}
	p.inner, p.usualPrice = true, s.usualPrice
	medians, of := make([]int32, len(groups)), make([]int32, len(places))
	for x, i := range places {
		k := slices.Index(groups, g.of[i])
		of[x] = int32(k)
		if g.median[groups[k]] == i {
			medians[k] = int32(x)
		}
	}
	p.state(medians, of).keep()
	return p
}

// solveFrom solves a part, from the prices of the whole.
func (s *medianSearch) solveFrom(whole *medianDual, places []int32) {
	d := newMedianDual(s)
	for x, i := range places {
		d.price[x] = whole.price[i] << (d.fine - whole.fine)
	}
	d.rootSum = d.improve(partSteps, 0.5, func() bool { return true })
	b := medianBranch{medianDual: d}
	b.below(s.cost())
}

// take puts the best plan of a part into that of the whole, if it is better.
func (s *medianSearch) take(part *medianSearch, groups, places []int32) {
	medians, of := slices.Clone(s.best.Medians), slices.Clone(s.best.Of)
	for x, k := range groups {
		medians[k] = places[part.best.Medians[x]]
	}
	for x, i := range places {
		of[i] = groups[part.best.Of[x]]
	}
	s.state(medians, of).keep()
}

// changed marks the places of all groups that are not as they were: their parts are to be solved again.
func (s *medianSearch) changed(medians, of []int32) {
	if s.parts.done == nil || s.best.Of == nil {
		return
	}
	touched := make([]bool, s.Groups)
	for k := range medians {
		touched[k] = medians[k] != s.best.Medians[k]
	}
	for i := range of {
		if of[i] != s.best.Of[i] {
			touched[of[i]], touched[s.best.Of[i]] = true, true
		}
	}
	for i := range of {
		if touched[of[i]] || touched[s.best.Of[i]] {
			s.parts.done[i] = false
		}
	}
}
