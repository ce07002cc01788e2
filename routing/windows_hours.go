package routing

import (
	"cmp"
	"slices"
)

// hours are a problem of windows as a way between two ends that stay where they are, of the stops alone that could
// be served. Stops are 0 to m−1, then come the first node and the last.
type hours struct {
	m, n        int
	first, last int
	names       []int // of the problem's nodes
	time, cost  []int32
	service     []Time
	open        [][]Window // ascending, tightened
	weight      []int64
	day         Window
	lunch       Lunch
	eats        bool // lunch has to be had in the day
	single      bool // each node has one window and there is no lunch
	hopeless    []LeftOut
	way         []Time // the least from the end of one service to another's begin, n×n; nil: too many
	ahead       []bool // n×n: the one has to be served before the other if both are; nil: unknown
}

// mostPairs is how many stops may have their pairs looked at by way of every third.
const mostPairs = 400

// newHours looks at no more pairs than there is time for.
func newHours(p WindowProblem, late func() bool) *hours {
	h := &hours{day: p.Day, lunch: p.Lunch}
	h.eats = p.Lunch.Length > 0 && p.Lunch.Closes >= p.Day.Opens
	times, costs := newFrame(Problem{Matrix: p.Times, Start: p.Start, End: p.End}), newFrame(p.untimed())
	nodes, open := h.sieve(p, times)
	h.m, h.n, h.first, h.last = len(nodes), len(nodes)+2, len(nodes), len(nodes)+1
	h.names = nodes
	all := append(slices.Clone(nodes), times.first, times.last)
	h.time, h.cost = make([]int32, h.n*h.n), make([]int32, h.n*h.n)
	for i, a := range all {
		for j, b := range all {
			h.time[i*h.n+j], h.cost[i*h.n+j] = int32(times.cost.At(a, b)), int32(costs.cost.At(a, b))
		}
	}
	h.service, h.weight = make([]Time, h.n), make([]int64, h.n)
	for i, node := range nodes {
		h.service[i], h.weight[i] = p.Stops[node].Service, int64(p.weight(node))
	}
	h.open = append(open, []Window{p.Day}, []Window{p.Day})
	h.tighten()
	h.order(late)
	h.single = !h.eats
	for _, w := range h.open {
		h.single = h.single && len(w) == 1
	}
	return h
}

// sieve tells the nodes that could be served alone, with their windows within the day, from the hopeless.
func (h *hours) sieve(p WindowProblem, f frame) (nodes []int, open [][]Window) {
	out := shortest(f.cost, f.first, false)
	home := shortest(f.cost, f.last, true)
	for _, node := range f.inner {
		windows := within(p.Stops[node].Windows, p.Day)
		if len(windows) == 0 {
			h.hopeless = append(h.hopeless, LeftOut{node, NeverOpen})
			continue
		}
		windows = within(windows, Window{p.Day.Opens + out[node], p.Day.Closes - home[node] - p.Stops[node].Service})
		if len(windows) == 0 {
			h.hopeless = append(h.hopeless, LeftOut{node, TooFar})
			continue
		}
		nodes, open = append(nodes, node), append(open, windows)
	}
	return nodes, open
}

// within are the windows as far as they lie in another, ascending.
func within(windows []Window, in Window) (clipped []Window) {
	if len(windows) == 0 {
		windows = []Window{in}
	}
	for _, w := range windows {
		w = Window{max(w.Opens, in.Opens), min(w.Closes, in.Closes)}
		if w.Opens <= w.Closes {
			clipped = append(clipped, w)
		}
	}
	slices.SortFunc(clipped, func(x, y Window) int {
		return cmp.Or(cmp.Compare(x.Opens, y.Opens), cmp.Compare(x.Closes, y.Closes))
	})
	return clipped
}

// shortest are the least times from a node to each, or from each to it (E. Dijkstra, 1959).
func shortest(m Matrix, from int, back bool) []Time {
	n := m.Len()
	way, done := make([]Time, n), make([]bool, n)
	for i := range way {
		way[i] = Time(MaxCost)
	}
	way[from] = 0
	for range n {
		here := -1
		for i := range n {
			if !done[i] && (here < 0 || way[i] < way[here]) {
				here = i
			}
		}
		done[here] = true
		for i := range n {
			leg := m.At(here, i)
			if back {
				leg = m.At(i, here)
			}
			way[i] = min(way[i], way[here]+Time(leg))
		}
	}
	return way
}

func (h *hours) early(i int) Time { return h.open[i][0].Opens }

func (h *hours) late(i int) Time {
	w := h.open[i]
	latest := w[0].Closes
	for _, v := range w[1:] {
		latest = max(latest, v.Closes)
	}
	return latest
}

// away is when a stop is reached if service at another begins at a moment.
func (h *hours) away(i, j int, begun Time) Time {
	return begun + h.service[i] + Time(h.time[i*h.n+j])
}

// possible tells whether a stop can come straight after another in some tour.
func (h *hours) possible(i, j int) bool {
	return i != j && j != h.first && i != h.last && h.time[i*h.n+j] < forbidden && h.away(i, j, h.early(i)) <= h.late(j)
}

// tighten cuts windows to what can be reached from some stop, and left for some, until nothing changes
// (M. Desrochers, J. Desrosiers and M. Solomon, Operations Research 40, 1992).
func (h *hours) tighten() {
	if h.m > mostPairs {
		return
	}
	for changed, turns := true, 0; changed && turns < 20; turns++ {
		changed = false
		for k := range h.m {
			reached, left := Time(MaxCost), Time(-1)
			for i := range h.n {
				if h.possible(i, k) {
					reached = min(reached, h.away(i, k, h.early(i)))
				}
				if h.possible(k, i) {
					left = max(left, h.late(i)-h.service[k]-Time(h.time[k*h.n+i]))
				}
			}
			cut := within(h.open[k], Window{reached, left})
			if len(cut) > 0 && !slices.Equal(cut, h.open[k]) {
				h.open[k], changed = cut, true
			}
		}
	}
}

// order finds the shortest ways by third stops, and which stops have to come before which.
func (h *hours) order(late func() bool) {
	if h.m > mostPairs {
		return
	}
	n := h.n
	h.way, h.ahead = make([]Time, n*n), make([]bool, n*n)
	for i := range n {
		for j := range n {
			h.way[i*n+j] = h.service[i] + Time(h.time[i*n+j])
		}
		h.way[i*n+i] = 0
	}
	for k := range n {
		if h.m > mostExact && late() {
			h.way, h.ahead = nil, nil
			return
		}
		for i := range n {
			for j := range n {
				if i != j {
					h.way[i*n+j] = min(h.way[i*n+j], h.way[i*n+k]+h.way[k*n+j])
				}
			}
		}
	}
	for i := range n {
		for j := range n {
			h.ahead[i*n+j] = i != j && h.early(j)+h.way[j*n+i] > h.late(i)
		}
	}
}

// before tells whether a stop has to be served before another.
func (h *hours) before(i, j int32) bool { return h.ahead != nil && h.ahead[int(i)*h.n+int(j)] }
