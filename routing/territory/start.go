package territory

import (
	"cmp"
	"context"
	"math/bits"
	"slices"

	"rounds/routing/plane"
)

// begun gives every node a first territory: that of today where most have one or little may change, else by halving again and again.
func (s *state) begun(ctx context.Context) {
	known := 0
	for u := range s.of {
		s.of[u] = None
		if t := s.today[u]; t != None && (s.nodes[u].ties&fixed != 0 || !s.closed[t]) {
			s.of[u] = t
			known++
		}
	}
	if 2*known > len(s.of) || known > 0 && s.p.MostChange > 0 {
		s.fill()
	} else {
		s.cutUp(ctx)
		s.unite()
	}
	s.rejoin()
	s.separate()
}

// cutUp cuts each part that barriers and frozen territories leave into as many territories as it is due.
func (s *state) cutUp(ctx context.Context) {
	for u := range s.of {
		if s.nodes[u].ties&fixed == 0 {
			s.of[u] = None
		}
	}
	h := &halving{s: s, ctx: ctx, weight: s.weights()}
	h.anchor()
	lots := s.lots(h.weight)
	due := make([]int64, len(s.terr))
	for _, lot := range lots {
		for _, k := range lot.due {
			due[k] = shareOf(lot.weight, s.p.Territories[k].Share, s.shares(lot.due))
		}
		h.halve(lot.nodes, lot.due)
	}
	s.fill()
	l := newLevelling(s, h.weight, due)
	if len(s.terr) > fewTerritories {
		l.run(ctx, sweeps)
		return
	}
	s.heats = l.trials(ctx, lots)
}

// shareOf is whole × share ÷ shares, rounded down.
func shareOf(whole, share, shares int64) int64 {
	hi, lo := bits.Mul64(uint64(whole), uint64(share))
	due, _ := bits.Div64(hi, lo, uint64(shares))
	return int64(due)
}

// fill gives nodes without a territory that of one beside them, or else any.
func (s *state) fill() {
	queue := s.queue[:0]
	any := int32(max(0, slices.Index(s.closed, false)))
	for u, k := range s.of {
		if k != None && !s.closed[k] {
			queue = append(queue, int32(u))
		}
	}
	for i := 0; i < len(queue); i++ {
		for _, v := range s.around(queue[i]) {
			if s.of[v] == None {
				s.of[v] = s.of[queue[i]]
				queue = append(queue, v)
			}
		}
	}
	s.queue = queue
	for u := range s.of {
		if s.of[u] == None {
			s.of[u] = any
		}
	}
}

// rejoin puts nodes that move at once into the territory of the first of them.
func (s *state) rejoin() {
	for u := range s.of {
		for v := s.ring[u]; v != int32(u); v = s.ring[v] {
			s.of[v] = s.of[u]
		}
	}
}

// weights of nodes, for cuts that are even in all measures that anyone asks for: each counts the same.
func (s *state) weights() []int64 {
	total := make([]int64, s.measures)
	for i, load := range s.load {
		total[i%s.measures] += load
	}
	weight := make([]int64, len(s.nodes))
	for u := range weight {
		weight[u] = int64(s.nodes[u].units)
		for c, t := range total {
			if t > 0 && s.p.Measures[c].Tolerance != AnyTolerance {
				weight[u] += shareOf(1<<40, s.load[u*s.measures+c], t)
			}
		}
	}
	return weight
}

// halving cuts nodes in two along the best of some lines, again and again.
type halving struct {
	s      *state
	ctx    context.Context
	weight []int64
	order  []int64 // how far along a direction, and which
	best   []int32
	at     []plane.Point // homes, or the means of what is locked
	known  []bool
}

// anchor finds where territories are known to be.
func (h *halving) anchor() {
	s := h.s
	h.at, h.known = make([]plane.Point, len(s.terr)), make([]bool, len(s.terr))
	sum := make([]node, len(s.terr))
	for u := range s.nodes {
		if n := &s.nodes[u]; n.ties&fixed != 0 {
			t := &sum[s.of[u]]
			t.x, t.y, t.units = t.x+n.x, t.y+n.y, t.units+n.units
		}
	}
	for k, t := range sum {
		switch {
		case s.homed[k]:
			h.at[k], h.known[k] = s.home[k], true
		case t.units > 0:
			h.at[k], h.known[k] = plane.Point{X: t.x / int64(t.units), Y: t.y / int64(t.units)}, true
		}
	}
}

// headings are directions in which is cut, half round.
var headings = [...][2]int64{
	{8, 0},
	{8, 2},
	{8, 3},
	{8, 5},
	{8, 8},
	{5, 8},
	{3, 8},
	{2, 8},
	{0, 8},
	{-2, 8},
	{-3, 8},
	{-5, 8},
	{-8, 8},
	{-8, 5},
	{-8, 3},
	{-8, 2},
}

const whichBits = 20 // of which node it is

func (h *halving) halve(nodes, due []int32) {
	if len(due) == 0 || len(nodes) == 0 {
		return
	}
	if len(due) == 1 {
		for _, u := range nodes {
			h.s.of[u] = due[0]
		}
		return
	}
	best := cut{score: -1}
	for d := 0; d < len(headings); d += h.step() {
		h.sort(nodes, d)
		left, right := h.deal(due, d)
		if c := h.try(nodes, left, right); best.score < 0 || c.score < best.score {
			best, best.heading, best.left, best.right = c, d, left, right
		}
	}
	h.sort(nodes, best.heading)
	h.best = h.best[:0]
	for _, o := range h.order {
		h.best = append(h.best, nodes[o&(1<<whichBits-1)])
	}
	copy(nodes, h.best)
	h.halve(nodes[:best.size], best.left)
	h.halve(nodes[best.size:], best.right)
}

// step is from one direction that is tried to the next: where a search is stopped only two are, across each other.
func (h *halving) step() int {
	if h.ctx.Err() != nil {
		return len(headings) / 2
	}
	return 1
}

type cut struct {
	size, heading int
	score         int64
	left, right   []int32
}

// sort orders nodes along a direction.
func (h *halving) sort(nodes []int32, heading int) {
	h.order = h.order[:0]
	for i, u := range nodes {
		x, y := h.s.place(u)
		h.order = append(h.order, (x*headings[heading][0]+y*headings[heading][1])<<whichBits|int64(i))
	}
	slices.Sort(h.order)
}

// deal says which territories get the first part: those with homes or locks there, and of the others as many as make half.
func (h *halving) deal(due []int32, heading int) (left, right []int32) {
	var others []int32
	for _, k := range due {
		switch {
		case !h.known[k]:
			others = append(others, k)
		case h.before(h.along(k, heading) << whichBits):
			left = append(left, k)
		default:
			right = append(right, k)
		}
	}
	if len(others) == 0 && (len(left) == 0 || len(right) == 0) { // all on one side
		all := slices.Concat(left, right)
		slices.SortStableFunc(all, func(a, b int32) int { return cmp.Compare(h.along(a, heading), h.along(b, heading)) })
		return all[:len(all)/2], all[len(all)/2:]
	}
	for _, k := range others {
		if len(left) <= len(right) {
			left = append(left, k)
		} else {
			right = append(right, k)
		}
	}
	return left, right
}

func (h *halving) along(k int32, heading int) int64 {
	at := h.at[k]
	return at.X*headings[heading][0] + at.Y*headings[heading][1]
}

// before tells whether a place is in the first half of the order.
func (h *halving) before(key int64) bool { return key < h.order[len(h.order)/2] }

// try cuts where the first part has its share of the weight, and says how much the parts spread and how uneven they are.
func (h *halving) try(nodes, left, right []int32) (c cut) {
	s := h.s
	share, shares := s.shares(left), s.shares(left)+s.shares(right)
	var whole int64
	for _, u := range nodes {
		whole += h.weight[u]
	}
	due := shareOf(whole, share, shares)
	var sum int64
	for _, o := range h.order {
		w := h.weight[nodes[o&(1<<whichBits-1)]]
		if sum+w/2 > due && c.size >= min(len(left), len(nodes)-1) || c.size >= len(nodes)-min(len(right), len(nodes)-1) {
			break
		}
		sum += w
		c.size++
	}
	c.score = h.score(nodes, c.size, share, shares)
	return c
}

// score of a cut: the spread of both parts, dearer by the part by which the most uneven measure misses its share.
func (h *halving) score(nodes []int32, size int, share, shares int64) int64 {
	s := h.s
	var total int64
	var sum [2]node
	var loads [2][MostMeasures]int64
	for i, o := range h.order {
		side := 0
		if i >= size {
			side = 1
		}
		u := nodes[o&(1<<whichBits-1)]
		n, t := &s.nodes[u], &sum[side]
		t.x, t.y, t.q, t.units = t.x+n.x, t.y+n.y, t.q+n.q, t.units+n.units
		for c, load := range s.load[int(u)*s.measures : (int(u)+1)*s.measures] {
			loads[side][c] += load
		}
	}
	for side := range sum {
		total += inertia(sum[side].x, sum[side].y, sum[side].q, sum[side].units)
	}
	worst := int64(0)
	for c, m := range s.p.Measures {
		if both := loads[0][c] + loads[1][c]; both > 0 && m.Tolerance != AnyTolerance {
			worst = max(worst, missed(loads[0][c], both, share, shares))
		}
	}
	return total + total/1024*worst/64
}

// missed is by how much a load misses its share of both, in 2⁻¹⁰ of both.
func missed(load, both, share, shares int64) int64 {
	return int64(magnitude(load-shareOf(both, share, shares)) / uint64(both/1024+1))
}
