package routing

import (
	"context"
	"fmt"
	"slices"
)

// Hierarchy answers costs and ways along [Roads] quickly, after a preparation: a contraction hierarchy (R. Geisberger,
// P. Sanders, D. Schultes, D. Delling, WEA 2008). It is immutable and can be shared.
type Hierarchy struct {
	roads    *Roads
	rank     []int32 // of each node, 0 the least important; below, nodes go by their ranks
	up, down fan     // arcs to more important nodes, along and against the traffic; via as in hop
}

// Contract prepares roads. The same roads give the same hierarchy. It ends early with the error of ctx,
// and now and then tells progress, unless that is nil, how many nodes are done.
func Contract(ctx context.Context, g *Roads, progress func(done, total int)) (*Hierarchy, error) {
	if progress == nil {
		progress = func(int, int) {}
	}
	c := newContraction(g)
	if err := c.run(ctx, progress); err != nil {
		return nil, err
	}
	h := &Hierarchy{roads: g, rank: c.rank}
	h.up, h.down = c.fan(c.out), c.fan(c.in)
	return h, nil
}

// fan lays links out flat, by rank, and those of a node by the rank of the other end.
func (c *contraction) fan(links [][]hop) fan {
	total := 0
	node := make([]int32, len(links))
	for v, l := range links {
		node[c.rank[v]] = int32(v)
		total += len(l)
	}
	f := newFan(len(links), total)
	at := int32(0)
	for r, v := range node {
		slices.SortFunc(links[v], func(a, b hop) int { return int(c.rank[a.node]) - int(c.rank[b.node]) })
		for _, l := range links[v] {
			f.head[at], f.cost[at], f.via[at] = c.rank[l.node], l.cost, l.via
			if l.via >= 0 {
				f.via[at] = c.rank[l.via]
			}
			at++
		}
		f.first[r+1] = at
	}
	return f
}

// Len is the number of nodes.
func (h *Hierarchy) Len() int { return len(h.rank) }

// Shortcuts is how many links the hierarchy has in all, and how many of them stand for two others.
func (h *Hierarchy) Shortcuts() (links, shortcuts int) {
	for _, f := range []fan{h.up, h.down} {
		links += len(f.via)
		for _, via := range f.via {
			if via >= 0 {
				shortcuts++
			}
		}
	}
	return links, shortcuts
}

// Ranked is a [Hierarchy] in flat arrays, to be stored. They belong to the hierarchy and must not be changed.
type Ranked struct {
	Rank                           []int32 // of each node
	UpFirst, UpHead, UpCost, UpVia []int32 // of the arcs of each rank to higher ones; First has one more
	DownFirst, DownHead            []int32 // of the arcs to each rank from higher ones
	DownCost, DownVia              []int32 // Via is the rank of a shortcut's middle, or ^ the index of an arc
}

// Ranked is what the preparation found, for [Restore].
func (h *Hierarchy) Ranked() Ranked {
	return Ranked{
		h.rank, h.up.first, h.up.head, h.up.cost, h.up.via,
		h.down.first, h.down.head, h.down.cost, h.down.via,
	}
}

// Restore makes a hierarchy of what was stored with the same roads. It checks that every link is an arc or
// two links that lie lower, and costs what they do; what is not is an error.
func Restore(g *Roads, r Ranked) (*Hierarchy, error) {
	h := &Hierarchy{
		roads: g, rank: r.Rank,
		up: fan{r.UpFirst, r.UpHead, r.UpCost, r.UpVia}, down: fan{r.DownFirst, r.DownHead, r.DownCost, r.DownVia},
	}
	node, err := inverse(r.Rank, g.Len())
	if err != nil {
		return nil, err
	}
	for _, f := range []fan{h.up, h.down} {
		if err := f.shaped(g.Len()); err != nil {
			return nil, err
		}
	}
	for v := range int32(g.Len()) {
		for a := h.up.first[v]; a < h.up.first[v+1]; a++ {
			if !h.holds(v, h.up.head[a], h.up.cost[a], h.up.via[a], node) {
				return nil, fmt.Errorf("routing: the hierarchy is of other roads: link %d up", a)
			}
		}
		for a := h.down.first[v]; a < h.down.first[v+1]; a++ {
			if !h.holds(h.down.head[a], v, h.down.cost[a], h.down.via[a], node) {
				return nil, fmt.Errorf("routing: the hierarchy is of other roads: link %d down", a)
			}
		}
	}
	return h, nil
}

// inverse is the node of each rank.
func inverse(rank []int32, n int) ([]int32, error) {
	if len(rank) != n {
		return nil, fmt.Errorf("routing: %d ranks for %d nodes", len(rank), n)
	}
	node := make([]int32, n)
	for r := range node {
		node[r] = -1
	}
	for v, r := range rank {
		if r < 0 || int(r) >= n || node[r] >= 0 {
			return nil, fmt.Errorf("routing: node %d has rank %d: want all of 0 to %d, once each", v, r, n-1)
		}
		node[r] = int32(v)
	}
	return node, nil
}

// shaped checks that a fan's arcs lead upwards and that nothing lies outside its arrays.
func (f fan) shaped(n int) error {
	if len(f.first) != n+1 || f.first[0] != 0 || int(f.first[n]) != len(f.head) ||
		len(f.cost) != len(f.head) || len(f.via) != len(f.head) || !slices.IsSorted(f.first) {
		return fmt.Errorf("routing: the arrays of %d links do not fit together", len(f.head))
	}
	for v := range int32(n) {
		for a := f.first[v]; a < f.first[v+1]; a++ {
			if f.head[a] <= v || int(f.head[a]) >= n || f.cost[a] < 0 {
				return fmt.Errorf("routing: link %d from rank %d to %d costs %d", a, v, f.head[a], f.cost[a])
			}
		}
	}
	return nil
}

// holds tells whether a link is what it says it is. A halfway down is found below both ends, which is why
// unfolding comes to an end.
func (h *Hierarchy) holds(from, to, cost, via int32, node []int32) bool {
	if via < 0 {
		i := int(^via)
		return i < len(h.roads.arcs) && h.roads.arcs[i] == Arc{node[from], node[to], cost}
	}
	if via >= min(from, to) {
		return false
	}
	in, out := h.down.find(via, from), h.up.find(via, to)
	return in >= 0 && out >= 0 && int64(h.down.cost[in])+int64(h.up.cost[out]) == int64(cost)
}

// find is the position of the arc of v to head, -1 if there is none. Heads are sorted within a node.
func (f fan) find(v, head int32) int32 {
	i, found := slices.BinarySearch(f.head[f.first[v]:f.first[v+1]], head)
	if !found {
		return -1
	}
	return f.first[v] + int32(i)
}
