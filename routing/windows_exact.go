package routing

import (
	"math"
	"math/bits"
	"slices"
)

// A worth is how good an order is: first what it loses, then its cost, then its end.
type worth struct {
	lost int64
	cost Cost
	end  Time
}

func (w worth) less(v worth) bool {
	if w.lost != v.lost {
		return w.lost < v.lost
	}
	if w.cost != v.cost {
		return w.cost < v.cost
	}
	return w.end < v.end
}

// A label is a way through a set of stops to the last of them (Y. Dumas, J. Desrosiers, E. Gelinas and M. Solomon,
// Operations Research 43, 1995). Of two such ways the one that costs no less and leaves no earlier is dropped.
type label struct {
	cost   Cost
	left   Time
	set    uint32
	parent int32
	next   int32 // another with the same set and last stop
	last   int8
	fed    bool // has had lunch, or needs none
	dead   bool
}

// A labelled set has lists of labels by their last stop.
type labelled struct {
	rest  int64 // in parts: the cheapest tree of the other stops and the leg to the end, less 2·Σπ
	heads [mostExact]int32
}

const (
	mostLabels = 2_000_000
	unlabelled = math.MaxInt64 / 4
)

// A weighing weighs all orders, set by set.
type weighing struct {
	*hours
	stop     func() bool
	whole    bool // no stop may be left out
	best     worth
	found    int32 // the label of the best; -1 none better than what was known
	labels   []label
	sets     map[uint32]*labelled // of as many stops as are being reached
	parents  map[uint32]*labelled // of one less
	latest   []Time               // service can begin at a stop
	pi       []int64
	tree     []int64 // m×m, in parts, with penalties, either way
	home     []int64 // in parts, with penalty
	least    []Time  // that serving a stop takes with the way to it
	byWorth  []int   // stops by weight a unit of time, most first
	dues     []Cost  // that the way to a stop costs at least
	byDues   []int   // stops by weight a unit of cost, most first
	back     Time    // that the way to the end takes at least
	backDue  Cost    // and costs
	cheapest []Cost  // way to the end
	cut      bool
}

func newWeighing(h *hours, known worth, whole bool, stop func() bool) *weighing {
	w := &weighing{hours: h, stop: stop, whole: whole, best: known, found: -1, pi: make([]int64, h.m), latest: make([]Time, h.m)}
	for i := range w.latest {
		w.latest[i] = h.late(i)
	}
	w.tree, w.home = make([]int64, h.m*h.m), make([]int64, h.m)
	w.price()
	if whole {
		w.ascend()
	} else {
		w.measure()
	}
	return w
}

// weigh finds the best order, if there is a better one than is known; false if it was stopped.
func (w *weighing) weigh() (order []int32, ok bool) {
	w.sets, w.parents = map[uint32]*labelled{}, map[uint32]*labelled{}
	if w.whole {
		w.parents[0] = &labelled{rest: w.restOf(w.others(0))}
	}
	w.extend(label{left: w.day.Opens, last: int8(w.first), fed: !w.eats, parent: -1}, -1)
	w.end(label{left: w.day.Opens, fed: !w.eats, last: int8(w.first)}, -2)
	for from := 0; from < len(w.labels) && !w.cut; {
		until := len(w.labels)
		w.sets, w.parents = w.parents, w.sets
		clear(w.sets)
		for at := from; at < until; at++ {
			if l := w.labels[at]; !l.dead && !w.hopelessFrom(l) {
				w.end(l, int32(at))
				w.extend(l, int32(at))
			}
			if at&1023 == 0 && (w.stop() || len(w.labels) > mostLabels) {
				w.cut = true
				break
			}
		}
		from = until
	}
	if w.found == -1 {
		return nil, !w.cut
	}
	order = make([]int32, 0, w.m)
	for at := w.found; at >= 0; at = w.labels[at].parent {
		order = append(order, int32(w.labels[at].last))
	}
	slices.Reverse(order)
	return order, !w.cut
}

// end ends the day after a label.
func (w *weighing) end(l label, at int32) {
	lost := w.unserved(l.set)
	if w.whole && lost > 0 {
		return
	}
	now := moment{hungry: never, fed: never}
	if l.fed {
		now.fed = l.left
	} else {
		now.hungry = l.left
	}
	end, _, ok := w.over(w.step(int(l.last), w.last, now))
	got := worth{lost, l.cost + Cost(w.cost[int(l.last)*w.n+w.last]), end}
	if ok && got.less(w.best) {
		w.best, w.found = got, at
	}
}

func (w *weighing) unserved(set uint32) (lost int64) {
	for rest := w.others(set); rest != 0; rest &= rest - 1 {
		lost += w.weight[bits.TrailingZeros32(rest)]
	}
	return lost
}

func (w *weighing) others(set uint32) uint32 { return (uint32(1)<<w.m - 1) &^ set }

// extend goes on from a label to every other stop, with lunch on the way and without.
func (w *weighing) extend(l label, at int32) {
	i, others := int(l.last), int64(0)
	if w.whole {
		others = w.parents[l.set].rest
	}
	for rest := w.others(l.set); rest != 0; rest &= rest - 1 {
		j := bits.TrailingZeros32(rest)
		if w.whole && w.dear(l.cost, int64(w.cost[i*w.n+j])*scale+w.pi[j]+others) {
			continue
		}
		next := label{cost: l.cost + Cost(w.cost[i*w.n+j]), set: l.set | 1<<j, parent: at, last: int8(j), fed: l.fed}
		if next.left = w.leave(j, l.left+Time(w.time[i*w.n+j])); next.left < never {
			w.put(next)
		}
		if l.fed {
			continue
		}
		if ready, _, _, ok := w.lunched(i, j, l.left); ok {
			next.fed = true
			if next.left = w.leave(j, ready); next.left < never {
				w.put(next)
			}
		}
	}
}

// put keeps a label unless another is as good, and drops those that are no better than it.
func (w *weighing) put(l label) {
	if w.whole && w.misses(l) {
		return
	}
	s := w.sets[l.set]
	if s == nil {
		s = &labelled{}
		for i := range s.heads {
			s.heads[i] = -1
		}
		if w.whole {
			s.rest = w.restOf(w.others(l.set))
		}
		w.sets[l.set] = s
	}
	if w.whole && !w.promising(l, s) {
		return
	}
	link := &s.heads[l.last]
	for *link >= 0 {
		o := &w.labels[*link]
		if o.cost <= l.cost && o.left <= l.left && (o.fed || !l.fed) {
			return
		}
		if l.cost <= o.cost && l.left <= o.left && (l.fed || !o.fed) {
			o.dead = true
			*link = o.next
			continue
		}
		link = &o.next
	}
	l.next = s.heads[l.last]
	s.heads[l.last] = int32(len(w.labels))
	w.labels = append(w.labels, l)
}

// misses tells whether another stop can no longer be reached in time.
func (w *weighing) misses(l label) bool {
	i := int(l.last)
	now := l.left - w.service[i]
	for rest := w.others(l.set); rest != 0; rest &= rest - 1 {
		if j := bits.TrailingZeros32(rest); now+w.way[i*w.n+j] > w.latest[j] {
			return true
		}
	}
	return false
}

// promising tells whether all other stops can be had at a cost that is no more than the best known.
func (w *weighing) promising(l label, s *labelled) bool {
	i, least := int(l.last), int64(unlabelled)
	others := w.others(l.set)
	if others == 0 {
		return true
	}
	if s.rest >= unlabelled {
		return false
	}
	for rest := others; rest != 0; rest &= rest - 1 {
		j := bits.TrailingZeros32(rest)
		if l.left+Time(w.time[i*w.n+j]) <= w.latest[j] {
			least = min(least, int64(w.cost[i*w.n+j])*scale+w.pi[j])
		}
	}
	return least < unlabelled && !w.dear(l.cost, least+s.rest)
}

// dear tells whether what is paid, and parts yet to be paid at least, are more than the best known.
func (w *weighing) dear(paid Cost, rest int64) bool {
	return w.best.lost == 0 && paid+Cost((max(0, rest)+scale-1)/scale) > w.best.cost
}

// price is what legs cost with penalties.
func (w *weighing) price() {
	for i := range w.m {
		w.home[i] = unlabelled
		if w.possible(i, w.last) {
			w.home[i] = int64(w.cost[i*w.n+w.last])*scale + w.pi[i]
		}
		for j := range w.m {
			c := int64(unlabelled)
			if w.possible(i, j) {
				c = int64(w.cost[i*w.n+j])
			}
			if w.possible(j, i) {
				c = min(c, int64(w.cost[j*w.n+i]))
			}
			if c < unlabelled {
				c = c*scale + w.pi[i] + w.pi[j]
			}
			w.tree[i*w.m+j] = c
		}
	}
}

// restOf is what it costs at least to visit stops, in whatever order, and go to the end, less 2·Σπ.
func (w *weighing) restOf(stops uint32) int64 {
	if stops == 0 {
		return 0
	}
	total, _ := w.span(stops, nil)
	home := int64(unlabelled)
	for rest := stops; rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros32(rest)
		home = min(home, w.home[i])
		total -= 2 * w.pi[i]
	}
	if home >= unlabelled || total >= unlabelled/2 {
		return unlabelled
	}
	return total + home
}

// span is the cheapest tree of stops (R. Prim, 1957); it counts the legs at each if asked.
func (w *weighing) span(stops uint32, degree []int) (total int64, ok bool) {
	var key [mostExact]int64
	var from [mostExact]int8
	here := bits.TrailingZeros32(stops)
	stops &^= 1 << here
	for i := range key {
		key[i] = math.MaxInt64
	}
	for stops != 0 {
		near, row := -1, w.tree[here*w.m:(here+1)*w.m]
		for rest := stops; rest != 0; rest &= rest - 1 {
			j := bits.TrailingZeros32(rest)
			if row[j] < key[j] {
				key[j], from[j] = row[j], int8(here)
			}
			if near < 0 || key[j] < key[near] {
				near = j
			}
		}
		if key[near] >= unlabelled {
			return unlabelled, false
		}
		total += key[near]
		if degree != nil {
			degree[near]++
			degree[from[near]]++
		}
		here = near
		stops &^= 1 << near
	}
	return total, true
}

const ascentSteps = 120

// ascend looks for the penalties that make the cheapest tree with a leg at either end as dear as can be (M. Held and
// R. Karp, Mathematical Programming 1, 1971).
func (w *weighing) ascend() {
	if w.m < 3 {
		return
	}
	best, top := append([]int64(nil), w.pi...), int64(math.MinInt64)
	step := 0.0
	for turn := range ascentSteps {
		degree := make([]int, w.m)
		total, ok := w.span(w.others(0), degree)
		if !ok {
			return
		}
		begin, home := 0, 0
		out := func(i int) int64 { return int64(w.cost[w.first*w.n+i])*scale + w.pi[i] }
		for i := range w.m {
			if out(i) < out(begin) {
				begin = i
			}
			if w.home[i] < w.home[home] {
				home = i
			}
			total -= 2 * w.pi[i]
		}
		degree[begin]++
		degree[home]++
		if total += out(begin) + w.home[home]; total > top {
			top = total
			copy(best, w.pi)
		}
		if turn == 0 {
			step = float64(max(total, 1)) / float64(8*w.m)
		}
		for i, d := range degree {
			w.pi[i] += int64(step * float64(d-2))
		}
		step *= 0.96
		w.price()
	}
	copy(w.pi, best)
	w.price()
}
