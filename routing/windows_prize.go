package routing

import (
	"cmp"
	"math/bits"
	"slices"
)

// measure finds what serving each stop takes and costs at least, for when not all can be served.
func (w *weighing) measure() {
	w.least, w.dues, w.cheapest = make([]Time, w.m), make([]Cost, w.m), make([]Cost, w.n)
	for j := range w.m {
		w.least[j], w.dues[j] = w.toward(j)
		w.least[j] += w.service[j]
	}
	w.back, w.backDue = w.toward(w.last)
	w.byWorth = w.ranked(func(j int) int64 { return int64(w.least[j]) })
	w.byDues = w.ranked(func(j int) int64 { return int64(w.dues[j]) })
	w.cheapWays()
}

// toward is what a leg to a node takes and costs at least.
func (w *weighing) toward(j int) (time Time, cost Cost) {
	time, cost = Time(MaxCost), MaxCost
	for i := range w.n {
		if w.possible(i, j) {
			time, cost = min(time, Time(w.time[i*w.n+j])), min(cost, Cost(w.cost[i*w.n+j]))
		}
	}
	return time, cost
}

// ranked are the stops by weight for what they take, most first.
func (w *weighing) ranked(takes func(j int) int64) []int {
	order := make([]int, w.m)
	for j := range order {
		order[j] = j
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(w.weight[j]*takes(i), w.weight[i]*takes(j)), cmp.Compare(i, j))
	})
	return order
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

// hopelessFrom tells whether nothing better than the best known can come of a label, where stops may be left out.
func (w *weighing) hopelessFrom(l label) bool {
	if w.whole {
		return false
	}
	now := l.left - w.service[l.last]
	var all, missed int64
	var open uint32
	for rest := w.others(l.set); rest != 0; rest &= rest - 1 {
		j := bits.TrailingZeros32(rest)
		all += w.weight[j]
		if now+w.way[int(l.last)*w.n+j] > w.latest[j] {
			missed += w.weight[j]
		} else {
			open |= 1 << j
		}
	}
	if lost := missed + w.tooMuch(open, w.roomAfter(l)); lost != w.best.lost {
		return lost > w.best.lost
	}
	return l.cost+max(w.cheapest[l.last], w.dueFor(open, all-w.best.lost)) > w.best.cost
}

// roomAfter is how long ways to stops and services may take after a label.
func (w *weighing) roomAfter(l label) Time {
	room := w.day.Closes - l.left
	if !l.fed {
		room = max(room-w.lunch.Length, min(room, w.lunch.Closes-l.left))
	}
	return max(0, room-w.back)
}

// tooMuch is what is lost at least of stops where no more are served than there is time for, the last in part
// (G. Dantzig, Operations Research 5, 1957).
func (w *weighing) tooMuch(stops uint32, room Time) (lost int64) {
	for _, j := range w.byWorth {
		switch {
		case stops>>j&1 == 0:
		case w.least[j] <= room:
			room -= w.least[j]
		default:
			lost += w.weight[j] - w.weight[j]*int64(room)/int64(w.least[j])
			room = 0
		}
	}
	return lost
}

// dueFor is what it costs at least to serve so much weight more, of the last stop perhaps a part, and go to the end.
func (w *weighing) dueFor(stops uint32, weight int64) Cost {
	due := w.backDue
	for _, j := range w.byDues {
		if weight <= 0 {
			break
		}
		if stops>>j&1 == 0 {
			continue
		}
		if w.weight[j] > weight {
			return due + Cost(int64(w.dues[j])*weight/w.weight[j])
		}
		due += w.dues[j]
		weight -= w.weight[j]
	}
	return due
}
