package territory

import "slices"

// medianState is a plan that is being changed: groups of places, each with its median, and sums of them.
type medianState struct {
	*medianSearch
	median     []int32   // of each group
	row        [][]int64 // of each group, the costs from its median
	of         []int32   // the group of each place
	at         []int32   // where in its group's members each place is
	members    [][]int32 // of each group
	load       []int64   // of each group
	cost, over int64
}

func (s *medianSearch) state(medians, of []int32) *medianState {
	g := &medianState{
		medianSearch: s, median: slices.Clone(medians), of: slices.Clone(of), at: make([]int32, s.n),
		row: make([][]int64, s.Groups), members: make([][]int32, s.Groups), load: make([]int64, s.Groups),
	}
	for i, k := range of {
		g.at[i] = int32(len(g.members[k]))
		g.members[k] = append(g.members[k], int32(i))
	}
	for k, j := range medians {
		g.row[k] = s.Costs[j]
	}
	g.sum()
	return g
}

// sum reckons loads, cost and excess from scratch.
func (g *medianState) sum() {
	g.cost, g.over = 0, 0
	clear(g.load)
	for i, k := range g.of {
		g.load[k] += g.Demand[i]
		g.cost += g.row[k][i]
	}
	for k, load := range g.load {
		g.over += max(0, load-g.Capacity[g.median[k]])
	}
}

// move puts place i into group k; it is no median.
func (g *medianState) move(i, k int32) {
	from := g.of[i]
	members, gap := g.members[from], g.at[i]
	last := members[len(members)-1]
	members[gap], g.at[last] = last, gap
	g.members[from] = members[:len(members)-1]
	g.of[i], g.at[i] = k, int32(len(g.members[k]))
	g.members[k] = append(g.members[k], i)
	g.cost += g.row[k][i] - g.row[from][i]
	g.over += g.overBy(from, -g.Demand[i]) + g.overBy(k, g.Demand[i])
	g.load[from] -= g.Demand[i]
	g.load[k] += g.Demand[i]
}

// overBy is how much more a group exceeds its capacity when its load grows by so much.
func (g *medianState) overBy(k int32, more int64) int64 {
	spare := g.Capacity[g.median[k]] - g.load[k]
	return max(0, more-spare) - max(0, -spare)
}

// shift makes place j, of group k, its median.
func (g *medianState) shift(k, j int32) {
	cost, over := g.shiftBy(k, j)
	g.setMedian(k, j, cost, over)
}

func (g *medianState) setMedian(k, j int32, cost, over int64) {
	g.median[k], g.row[k] = j, g.Costs[j]
	g.cost += cost
	g.over += over
}

// shiftBy is what it changes to make place j the median of group k.
func (g *medianState) shiftBy(k, j int32) (cost, over int64) {
	from, to := g.row[k], g.Costs[j]
	for _, i := range g.members[k] {
		cost += to[i] - from[i]
	}
	load := g.load[k]
	return cost, max(0, load-g.Capacity[j]) - max(0, load-g.Capacity[g.median[k]])
}

// better tells whether the plan is better than the best one.
func (g *medianState) better() bool {
	return g.best.Of == nil || g.over < g.best.Over || g.over == g.best.Over && g.cost < g.best.Cost
}

// keep makes the plan the best one, if it is.
func (g *medianState) keep() {
	if !g.better() {
		return
	}
	g.changed(g.median, g.of)
	g.best.Medians = append(g.best.Medians[:0], g.median...)
	g.best.Of = append(g.best.Of[:0], g.of...)
	g.best.Cost, g.best.Over = g.cost, g.over
	g.found = g.work
}
