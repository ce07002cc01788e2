package routing

import (
	"cmp"
	"math/bits"
	"slices"
)

// measure finds what serving each stop takes at least, for when not all can be served.
func (w *weighing) measure() {
	w.least, w.out, w.byWorth, w.cheapest = make([]Time, w.m), make([]Time, w.n), make([]int, w.m), make([]Cost, w.n)
	for j := range w.m {
		w.least[j] = Time(MaxCost)
		for i := range w.n {
			if w.possible(i, j) {
				w.least[j] = min(w.least[j], Time(w.time[i*w.n+j])+w.service[j])
			}
		}
		w.byWorth[j] = j
	}
	for i := range w.n {
		w.out[i], w.cheapest[i] = Time(MaxCost), MaxCost
		for j := range w.m {
			if i != j {
				w.out[i] = min(w.out[i], Time(w.time[i*w.n+j]))
			}
		}
	}
	slices.SortFunc(w.byWorth, func(i, j int) int {
		return cmp.Or(cmp.Compare(w.weight[j]*int64(w.least[i]), w.weight[i]*int64(w.least[j])), cmp.Compare(i, j))
	})
	w.cheapWays()
}

// cheapWays finds the cheapest way from each stop to the end, by others or none.
func (w *weighing) cheapWays() {
	for i := range w.n {
		w.cheapest[i] = Cost(w.cost[i*w.n+w.last])
	}
	for range w.m {
		for i := range w.n {
			for j := range w.m {
				w.cheapest[i] = min(w.cheapest[i], Cost(w.cost[i*w.n+j])+w.cheapest[j])
			}
		}
	}
}

// hopelessFrom tells whether nothing better than the best known can come of a label, where stops may be left out: of
// those that could still be reached, no more are served than there is time for, the last perhaps in part
// (G. Dantzig, Operations Research 5, 1957).
func (w *weighing) hopelessFrom(l label) bool {
	if w.whole {
		return false
	}
	i, time := int(l.last), w.day.Closes-l.left
	var lost int64
	var open uint32
	for rest := w.others(l.set); rest != 0; rest &= rest - 1 {
		j := bits.TrailingZeros32(rest)
		if l.left+w.way[i*w.n+j]-w.service[i] > w.late(j) {
			lost += w.weight[j]
		} else {
			open |= 1 << j
		}
	}
	for _, j := range w.byWorth {
		if open>>j&1 == 0 {
			continue
		}
		if w.least[j] > time {
			part := w.weight[j]
			if w.least[j] > 0 {
				part = w.weight[j] * int64(max(0, time)) / int64(w.least[j])
			}
			lost += w.weight[j] - part
			time = 0
			continue
		}
		time -= w.least[j]
	}
	if lost != w.best.lost {
		return lost > w.best.lost
	}
	return l.cost+w.cheapest[i] > w.best.cost
}
