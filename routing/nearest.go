package routing

import "slices"

// nearestCount is how many neighbours of a node a search looks at. Tours hardly
// ever join a node to one further down its list.
const nearestCount = 10

// near is, for each node, the nodes that are cheapest to join to it in one
// direction or the other, cheapest first and equals by number.
func (f frame) near() [][]int {
	near := make([][]int, f.cost.Len())
	for _, a := range f.inner {
		for c := range f.cost.Len() {
			if c != a {
				near[a] = f.insert(near[a], a, c)
			}
		}
	}
	return near
}

func (f frame) insert(list []int, a, c int) []int {
	at := len(list)
	for at > 0 && f.join(a, c) < f.join(a, list[at-1]) {
		at--
	}
	if at == nearestCount {
		return list
	}
	return slices.Insert(list[:min(len(list), nearestCount-1)], at, c)
}

// join is what it costs to put a and c side by side, in the better order.
func (f frame) join(a, c int) Cost {
	return min(f.cost.At(a, c), f.cost.At(c, a))
}

// greedy always goes on to the nearest inner node that is left.
func (f frame) greedy() []int {
	path, left := []int{f.first}, slices.Clone(f.inner)
	for len(left) > 0 {
		here, best := path[len(path)-1], 0
		for i, node := range left {
			if f.cost.At(here, node) < f.cost.At(here, left[best]) {
				best = i
			}
		}
		path, left = append(path, left[best]), slices.Delete(left, best, best+1)
	}
	return append(path, f.last)
}
