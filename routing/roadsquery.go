package routing

import "slices"

// Entry is a way to get onto the roads, or off them: a node, and what it costs to get from the
// place in question to that node, or from the node to the place. A place in mid-street has two.
type Entry struct {
	Node int32
	Cost int32
}

// At is the place of a node itself.
func At(node int) []Entry { return []Entry{{Node: int32(node)}} }

// Way is a cheapest way between two places: the entries that it takes, by their positions, and the indices of
// the arcs between them, in order. Without one, the cost is [Unreachable] and the entries are -1.
type Way struct {
	Cost     Cost
	From, To int
	Arcs     []int32
}

// Search asks a [Hierarchy] for one way after another. It holds the memory that takes, so that a question
// allocates nothing; it is not for use by two at once.
type Search struct {
	h         *Hierarchy
	out, back climb
}

// Search begins to ask.
func (h *Hierarchy) Search() *Search {
	return &Search{h: h, out: newClimb(h.up, h.down), back: newClimb(h.down, h.up)}
}

// Cost is what it costs from a place to another, [Unreachable] if there is no way.
func (s *Search) Cost(from, to []Entry) Cost {
	cost, _ := s.meet(from, to)
	return cost
}

// Way is a cheapest way from a place to another.
func (s *Search) Way(from, to []Entry) Way {
	cost, top := s.meet(from, to)
	if top < 0 {
		return Way{Cost: Unreachable, From: -1, To: -1}
	}
	w := Way{Cost: cost}
	first, ups := s.out.trace(top)
	last, downs := s.back.trace(top)
	slices.Reverse(ups)
	for _, l := range ups {
		w.Arcs = s.h.unfold(w.Arcs, l.from, l.to, s.h.up.via[l.link])
	}
	for _, l := range downs {
		w.Arcs = s.h.unfold(w.Arcs, l.to, l.from, s.h.down.via[l.link])
	}
	w.From, w.To = first, last
	return w
}

// unfold appends the arcs that a link stands for.
func (h *Hierarchy) unfold(arcs []int32, from, to, via int32) []int32 {
	if via < 0 {
		return append(arcs, ^via)
	}
	arcs = h.unfold(arcs, from, via, h.down.via[h.down.find(via, from)])
	return h.unfold(arcs, via, to, h.up.via[h.up.find(via, to)])
}

// meet climbs from both ends, the nearer first, until neither can lead to anything cheaper than the best place
// where the two have met.
func (s *Search) meet(from, to []Entry) (best Cost, top int32) {
	s.out.begin(s.h.rank, from)
	s.back.begin(s.h.rank, to)
	best, top = Unreachable, -1
	a, b := &s.out, &s.back
	for {
		if a.next() > b.next() {
			a, b = b, a
		}
		if a.next() >= int64(best) {
			return best, top
		}
		v, stalled := a.step()
		if cost := Cost(a.cost[v]) + Cost(b.cost[v]); !stalled && cost < best {
			best, top = cost, v
		}
	}
}

// A climb is Dijkstra's search along arcs that lead to more important nodes.
type climb struct {
	along, against fan
	heap           heap
	cost           []int32 // Unreachable where it has not been
	from           []int32 // the rank below, or ^ the position of an entry
	link           []int32 // the arc from there
	seen           []int32
}

func newClimb(along, against fan) climb {
	n := along.len()
	c := climb{
		along: along, against: against, heap: newHeap(n),
		cost: make([]int32, n), from: make([]int32, n), link: make([]int32, n),
	}
	c.heap.reset()
	for v := range c.cost {
		c.cost[v] = int32(Unreachable)
	}
	return c
}

func (c *climb) begin(rank []int32, entries []Entry) {
	for _, v := range c.seen {
		c.cost[v] = int32(Unreachable)
	}
	c.heap.clear()
	c.seen = c.seen[:0]
	for i, e := range entries {
		c.reach(rank[e.Node], int64(e.Cost), ^int32(i), -1)
	}
}

func (c *climb) reach(v int32, cost int64, from, link int32) {
	if cost >= int64(c.cost[v]) {
		return
	}
	if c.cost[v] == int32(Unreachable) {
		c.seen = append(c.seen, v)
	}
	c.cost[v], c.from[v], c.link[v] = int32(cost), from, link
	c.heap.push(v, cost)
}

// next is the cost of the node that a step would settle.
func (c *climb) next() int64 {
	if c.heap.empty() {
		return int64(Unreachable)
	}
	return c.heap.least()
}

// step settles a node. It is stalled, and nothing is looked for behind it, if a more important node that has
// been reached offers a cheaper way down to it: then no cheapest way climbs through here.
func (c *climb) step() (v int32, stalled bool) {
	v = c.heap.pop()
	cost := int64(c.cost[v])
	for a := c.against.first[v]; a < c.against.first[v+1]; a++ {
		if int64(c.cost[c.against.head[a]])+int64(c.against.cost[a]) < cost {
			return v, true
		}
	}
	for a := c.along.first[v]; a < c.along.first[v+1]; a++ {
		c.reach(c.along.head[a], cost+int64(c.along.cost[a]), v, a)
	}
	return v, false
}

// A rung is a link of a climb.
type rung struct{ from, to, link int32 }

// trace is how a node was reached: the position of the entry, and the links, the last first.
func (c *climb) trace(v int32) (entry int, links []rung) {
	for c.from[v] >= 0 {
		links = append(links, rung{c.from[v], v, c.link[v]})
		v = c.from[v]
	}
	return int(^c.from[v]), links
}
