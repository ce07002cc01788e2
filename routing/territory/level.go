package territory

import (
	"context"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// levelling makes a cut compact and even in one weight: a node goes where its squared distance to the mean, less the height of the
// territory, is least (a power diagram). Territory by territory, heights are set so that each has its due, as nearly as it must, the
// others staying as they are, and means follow. A territory is no higher or lower than all are at first if that gives it enough.
type levelling struct {
	s      *state
	weight []int64
	due    []int64 // of each territory
	x, y   []int64 // of nodes
	mean   []node  // of each territory, as one place
	height []int64
	slack  int64     // in millionths of its due, by which a territory may miss it
	every  int       // of so many nodes one is looked at
	near   [][]int32 // territories beside each
	own    [][]int32
	keys   []int64
	list   []int32
	other  []int32 // where each of the list would go
}

const (
	sweeps  = 84
	keyBits = 17 // of which node of a list it is
)

func newLevelling(s *state, weight, due []int64) *levelling {
	l := &levelling{s: s, weight: weight, due: due, slack: s.slack(), every: 1, x: make([]int64, len(s.nodes)), y: make([]int64, len(s.nodes))}
	for u := range s.nodes {
		l.x[u], l.y[u] = s.place(int32(u))
	}
	k := len(s.terr)
	l.mean, l.height, l.near, l.own = make([]node, k), make([]int64, k), make([][]int32, k), make([][]int32, k)
	return l
}

// run levels the cut that the state's nodes are in.
func (l *levelling) run(ctx context.Context, sweeps int) {
	for range sweeps {
		if ctx.Err() != nil {
			return
		}
		l.look()
		for k := range l.height {
			l.level(int32(k))
		}
	}
}

// look finds the means, and who is beside whom.
func (l *levelling) look() {
	s := l.s
	sum := make([]node, len(l.mean))
	for k := range l.mean {
		l.near[k], l.own[k] = l.near[k][:0], l.own[k][:0]
	}
	for i := 0; i < len(s.nodes); i += l.every {
		u := int32(i)
		k, n := s.of[u], &s.nodes[u]
		m := &sum[k]
		m.x, m.y, m.units = m.x+n.x, m.y+n.y, m.units+n.units
		l.own[k] = append(l.own[k], u)
		if l.every > 1 {
			continue
		}
		for _, v := range s.around(u) {
			if j := s.of[v]; j != k && !s.closed[j] && !s.closed[k] && !slices.Contains(l.near[k], j) {
				l.near[k] = append(l.near[k], j)
			}
		}
	}
	if l.every > 1 {
		l.allNear()
	}
	for k := range l.mean {
		if m := &sum[k]; m.units > 0 {
			l.mean[k] = node{x: m.x / int64(m.units), y: m.y / int64(m.units)}
		}
	}
}

// allNear puts every territory beside every other.
func (l *levelling) allNear() {
	for k := range l.near {
		for j := range l.near {
			if j != k && !l.s.closed[j] && !l.s.closed[k] {
				l.near[k] = append(l.near[k], int32(j))
			}
		}
	}
}

// far is the squared distance of a node to the mean of a territory, less its height.
func (l *levelling) far(u, k int32) int64 {
	dx, dy := l.x[u]-l.mean[k].x, l.y[u]-l.mean[k].y
	far := dx*dx + dy*dy - l.height[k]
	if l.s.homed[k] {
		dx, dy = l.x[u]-l.s.home[k].X, l.y[u]-l.s.home[k].Y
		far += (dx*dx + dy*dy) * HomePull / 1000
	}
	return far
}

// level sets the height of a territory so that it has its due, and lets nodes come and go.
func (l *levelling) level(k int32) {
	if l.s.closed[k] || len(l.near[k]) == 0 {
		return
	}
	sum := l.gather(k)
	due := l.due[k] / int64(l.every)
	slack := shareOf(due, l.slack, million)
	if len(l.keys) == 0 || sum >= due-slack {
		return
	}
	low := l.upTo(due-slack-sum) >> keyBits
	high := low
	if slack > 0 {
		high = l.upTo(due+slack-sum) >> keyBits
	}
	l.height[k] = max(low, min(high, 0))
	l.assign(k)
}

// upTo is the key up to which the weights of the keys make so much; it puts the keys into another order.
func (l *levelling) upTo(due int64) int64 {
	keys := l.keys
	for len(keys) > 1 {
		pivot := middle(keys[0], keys[len(keys)/2], keys[len(keys)-1])
		low, sum := 0, int64(0)
		for i, key := range keys {
			if key < pivot {
				keys[i], keys[low] = keys[low], key
				low++
				sum += l.weight[l.list[key&(1<<keyBits-1)]]
			}
		}
		switch {
		case sum > due:
			keys = keys[:low]
		case low == 0: // the pivot is the least
			at := slices.Index(keys, pivot)
			keys[0], keys[at] = pivot, keys[0]
			if due -= l.weight[l.list[pivot&(1<<keyBits-1)]]; due <= 0 {
				return pivot
			}
			keys = keys[1:]
		default:
			keys, due = keys[low:], due-sum
		}
	}
	return keys[0]
}

func middle(a, b, c int64) int64 { return max(min(a, b), min(max(a, b), c)) }

// gather lists the nodes that may be in k, by the height at which they are, and sums up those that must be.
func (l *levelling) gather(k int32) (fixedSum int64) {
	s := l.s
	l.keys, l.list, l.other = l.keys[:0], l.list[:0], l.other[:0]
	s.stamp++
	add := func(u, other int32, best int64) {
		far := l.far(u, k) + l.height[k] // how high k must be to be as near
		l.keys = append(l.keys, (far-best)<<keyBits|int64(len(l.list)))
		l.list, l.other = append(l.list, u), append(l.other, other)
	}
	for _, u := range l.own[k] {
		if s.of[u] != k || s.seen[u] == s.stamp {
			continue
		}
		s.seen[u] = s.stamp // once, if it went and came back
		if s.nodes[u].ties&(fixed|ringed) != 0 {
			fixedSum += l.weight[u]
			continue
		}
		other, best := k, int64(math.MaxInt64)
		for _, j := range l.near[k] {
			if far := l.far(u, j); far < best {
				other, best = j, far
			}
		}
		add(u, other, best)
	}
	for _, j := range l.near[k] {
		for _, u := range l.own[j] {
			if s.of[u] == j && s.seen[u] != s.stamp && s.nodes[u].ties&(fixed|ringed) == 0 {
				s.seen[u] = s.stamp
				add(u, j, l.far(u, j))
			}
		}
	}
	return fixedSum
}

// assign lets nodes go where they are nearest, heights counted.
func (l *levelling) assign(k int32) {
	for _, key := range l.keys {
		i := key & (1<<keyBits - 1)
		u, to := l.list[i], l.other[i]
		if key>>keyBits <= l.height[k] {
			to = k
		}
		if from := l.s.of[u]; from != to {
			l.s.of[u] = to
			l.own[to] = append(l.own[to], u)
		}
	}
}

// outcome is a cut, and how good it is.
type outcome struct {
	of     []int32
	height []int64
	score  int64
}

// outcome is what the nodes cost now, dearer by the part of the weight that is in the wrong territories.
func (l *levelling) outcome() outcome {
	s := l.s
	sum, has := make([]node, len(l.mean)), make([]int64, len(l.mean))
	var whole, wrong, cost int64
	for u := 0; u < len(s.nodes); u += l.every {
		n, k := &s.nodes[u], s.of[u]
		t := &sum[k]
		t.x, t.y, t.q, t.units = t.x+n.x, t.y+n.y, t.q+n.q, t.units+n.units
		has[k] += l.weight[u]
		whole += l.weight[u]
	}
	for k, t := range sum {
		due := l.due[k] / int64(l.every)
		cost += s.spread(int32(k), t.x, t.y, t.q, t.units)
		wrong += max(0, has[k]-due-shareOf(due, l.slack, million))
		if t.units == 0 && l.due[k] > 0 {
			wrong += whole
		}
	}
	return outcome{slices.Clone(s.of), slices.Clone(l.height), cost + shareOf(cost, 2*wrong, max(1, whole))}
}

// scatter begins a part anew: each territory due to it around one of its nodes, heavy ones more often.
func (l *levelling) scatter(lot lot, random *rand.PCG) {
	if len(lot.due) < 2 || len(lot.nodes) < len(lot.due) {
		return
	}
	most := int64(1)
	for _, u := range lot.nodes {
		most = max(most, l.weight[u])
	}
	for _, k := range lot.due {
		for {
			i, _ := bits.Mul64(random.Uint64(), uint64(len(lot.nodes)))
			w, _ := bits.Mul64(random.Uint64(), uint64(most))
			if u := lot.nodes[i]; int64(w) < l.weight[u] {
				l.mean[k], l.height[k] = node{x: l.x[u], y: l.y[u]}, 0
				break
			}
		}
	}
	l.nearest(lot)
}

// nearest lets the nodes of a part go where they are nearest, heights counted.
func (l *levelling) nearest(lot lot) {
	for _, u := range lot.nodes {
		best := int64(math.MaxInt64)
		for _, k := range lot.due {
			if far := l.far(u, k); far < best {
				best, l.s.of[u] = far, k
			}
		}
	}
}
