package territory

import "slices"

// Sizes of changes.
const (
	dualEvery   = 60   // changes: one begins with what other prices choose
	dualPlaces  = 1000 // up to here
	dualSweeps  = 400
	quickSweeps = 100
)

var (
	quickGroups = [...]int{3, 5, 8}
	quickHeats  = [...]float64{0.03, 0.1, 0.3}
	someGroups  = [...]int{5, 12, MostMedianPlaces}
	someSweeps  = [...]int{400, 2000, 10_000}
	someHeats   = [...]float64{0.1, 0.3, 0.6, 1}
	cheaper     = [...]int64{1, 1, 3, 10} // what the price of an excess is divided by
)

// change tries to better the best plan: it solves a part of it anew, or lets a median jump, or anneals a neighbourhood of a few groups or
// everything, now and then from the medians that other prices choose.
func (s *medianSearch) change(d *medianDual) {
	s.firstPrice = max(1, s.usualPrice/cheaper[s.rng.IntN(len(cheaper))])
	switch kind := s.rng.IntN(dualEvery); {
	case kind == 0 && s.n <= dualPlaces:
		g := d.elsewhere()
		g.anneal(g.all(), dualSweeps, someHeats[s.rng.IntN(len(someHeats))])
	case kind%2 == 0 && !s.inner && s.work > 2*s.parts.work:
		before := s.work
		s.solvePart(d)
		s.parts.work += s.work - before
	case kind%4 < 2:
		s.jumpSomewhere()
	default:
		s.annealSomewhere()
	}
}

func (s *medianSearch) jumpSomewhere() {
	g := s.state(s.best.Medians, s.best.Of)
	groups := g.around(int32(s.rng.IntN(s.n)), quickGroups[s.rng.IntN(len(quickGroups))])
	g.jump(groups)
	g.keep()
	g.anneal(g.placesOf(groups), quickSweeps, quickHeats[s.rng.IntN(len(quickHeats))])
}

// annealSomewhere anneals slowly, but all groups at once seldom so, and parts of a plan never.
func (s *medianSearch) annealSomewhere() {
	g := s.state(s.best.Medians, s.best.Of)
	groups := g.around(int32(s.rng.IntN(s.n)), someGroups[s.rng.IntN(len(someGroups))])
	sweeps := someSweeps[s.rng.IntN(len(someSweeps))]
	if s.inner || len(groups) > 12 && s.rng.IntN(4) > 0 {
		sweeps = someSweeps[0]
	}
	if s.rng.IntN(2) == 0 {
		g.jump(groups)
	}
	g.anneal(g.placesOf(groups), sweeps, someHeats[s.rng.IntN(len(someHeats))])
}

func (g *medianState) all() []int32 {
	all := make([]int32, g.n)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// around are so many groups, those of the places nearest to one.
func (g *medianState) around(i int32, most int) []int32 {
	groups := []int32{g.of[i]}
	for _, j := range g.near[i] {
		if len(groups) >= most {
			break
		}
		if !slices.Contains(groups, g.of[j]) {
			groups = append(groups, g.of[j])
		}
	}
	return groups
}

func (g *medianState) placesOf(groups []int32) (places []int32) {
	for _, k := range groups {
		places = append(places, g.members[k]...)
	}
	return places
}

// jump makes a place of these groups a median in place of one that is missed little, and gives every place to the nearest.
func (g *medianState) jump(groups []int32) {
	places := g.placesOf(groups)
	j := places[g.rng.IntN(len(places))]
	if g.median[g.of[j]] == j {
		return
	}
	k := g.leastMissed(groups, places, j)
	if g.of[j] != k {
		g.move(j, k)
	}
	g.shift(k, j)
	for _, i := range places {
		if g.median[g.of[i]] == i {
			continue
		}
		best := g.of[i]
		for _, k := range groups {
			if g.row[k][i] < g.row[best][i] {
				best = k
			}
		}
		if best != g.of[i] {
			g.move(i, best)
		}
	}
}

// leastMissed is the group whose median is missed least, by chance somewhat, when place j becomes one; capacities aside.
func (g *medianState) leastMissed(groups, places []int32, j int32) int32 {
	missed := make([]int64, len(groups))
	for _, i := range places {
		x := slices.Index(groups, g.of[i])
		now, other := g.row[g.of[i]][i], g.Costs[j][i]
		next := other
		for _, k := range groups {
			if k != g.of[i] {
				next = min(next, g.row[k][i])
			}
		}
		missed[x] += next - now - min(0, other-now)
	}
	best, least := groups[0], 0.0
	for x, k := range groups {
		if m := float64(missed[x]) * (0.6 + 0.8*g.rng.Float64()); x == 0 || m < least {
			best, least = k, m
		}
	}
	return best
}

// elsewhere is a plan of the medians that prices near the best ones choose.
func (d *medianDual) elsewhere() *medianState {
	defer copy(d.price, slices.Clone(d.price))
	for i, x := range d.price {
		d.price[i] = int64(float64(x) * (0.95 + 0.1*d.rng.Float64()))
	}
	clear(d.last)
	for range 10 + d.rng.IntN(20) {
		d.evaluate()
		d.step(0.7)
	}
	d.evaluate()
	if d.sum == impossible {
		return d.state(d.best.Medians, d.best.Of)
	}
	return d.assign(d.order[:d.Groups])
}
