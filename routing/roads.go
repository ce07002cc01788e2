package routing

import "fmt"

// Unreachable is the cost between two nodes that no way leads between. A way of
// that much or more counts as none.
const Unreachable = MaxCost

// Arc is a piece of road from one node to another, one way. Its cost is in whatever
// whole unit the caller chose; milliseconds and decimetres suit roads.
type Arc struct {
	From, To int32
	Cost     int32
}

// Roads is a directed graph for costs along roads. It is immutable. Arcs may be parallel, cost
// nothing, and lead back to where they began.
type Roads struct {
	arcs []Arc // as they were given
	out  fan   // via is the index of the arc
}

// A fan is the arcs of every node, in flat arrays: those of node v are first[v] to first[v+1].
type fan struct {
	first, head, cost, via []int32
}

// NewRoads is the graph of n nodes and these arcs, which are kept and must not change. An end
// that is no node and a cost below 0 or above [MaxCost] are errors.
func NewRoads(n int, arcs []Arc) (*Roads, error) {
	if n < 0 || int64(n) > int64(MaxCost) || int64(len(arcs)) > int64(MaxCost) {
		return nil, fmt.Errorf("routing: %d nodes and %d arcs: want at most %d of each", n, len(arcs), MaxCost)
	}
	for i, a := range arcs {
		if a.From < 0 || a.To < 0 || int(max(a.From, a.To)) >= n || a.Cost < 0 {
			return nil, fmt.Errorf("routing: arc %d from %d to %d costs %d: want nodes below %d and a cost from 0", i, a.From, a.To, a.Cost, n)
		}
	}
	return &Roads{arcs: arcs, out: fanned(n, arcs)}, nil
}

// fanned sorts the arcs by where they begin, and leaves those of a node in their order.
func fanned(n int, arcs []Arc) fan {
	f := newFan(n, len(arcs))
	for _, a := range arcs {
		f.first[a.From+1]++
	}
	for v := range n {
		f.first[v+1] += f.first[v]
	}
	next := append([]int32(nil), f.first...)
	for i, a := range arcs {
		at := next[a.From]
		next[a.From]++
		f.head[at], f.cost[at], f.via[at] = a.To, a.Cost, int32(i)
	}
	return f
}

func newFan(n, arcs int) fan {
	return fan{make([]int32, n+1), make([]int32, arcs), make([]int32, arcs), make([]int32, arcs)}
}

func (f fan) len() int { return len(f.first) - 1 }

// Len is the number of nodes.
func (g *Roads) Len() int { return g.out.len() }

// Arcs are the arcs as they were given. They must not be changed.
func (g *Roads) Arcs() []Arc { return g.arcs }

// Costs is what it costs to go from a node to each, by Dijkstra's algorithm (Numerische Mathematik 1,
// 1959), [Unreachable] where there is no way. [Hierarchy] answers the same, faster.
func (g *Roads) Costs(from int) []Cost {
	costs := make([]Cost, g.Len())
	for v := range costs {
		costs[v] = Unreachable
	}
	h := newHeap(g.Len())
	h.reset()
	costs[from] = 0
	h.push(int32(from), 0)
	for !h.empty() {
		v := h.pop()
		for a := g.out.first[v]; a < g.out.first[v+1]; a++ {
			w, c := g.out.head[a], costs[v]+Cost(g.out.cost[a])
			if c < costs[w] {
				costs[w] = c
				h.push(w, int64(c))
			}
		}
	}
	return costs
}

// Components tells the strongly connected component of each node, numbered from 0, and how many nodes each
// has: within one, every node can be reached from every other (R. Tarjan, SIAM J. Comput. 1, 1972).
func (g *Roads) Components() (of, sizes []int32) {
	t := tarjan{
		out: g.out, of: make([]int32, g.Len()), number: make([]int32, g.Len()), low: make([]int32, g.Len()),
		next: append([]int32(nil), g.out.first...),
	}
	for v := range t.of {
		t.of[v] = -1
	}
	for v := range t.of {
		if t.number[v] == 0 {
			t.walk(int32(v))
		}
	}
	return t.of, t.sizes
}

// tarjan walks depth first without recursion: a road is as long as it likes.
type tarjan struct {
	out         fan
	of, sizes   []int32
	number, low []int32 // in the order of the walk, from 1; the least number known to be reached
	next        []int32 // the arc of each node to follow next
	path, open  []int32 // nodes being walked; nodes without a component yet
	walked      int32
}

func (t *tarjan) walk(root int32) {
	t.enter(root)
	for len(t.path) > 0 {
		v := t.path[len(t.path)-1]
		if t.next[v] == t.out.first[v+1] {
			t.leave(v)
			continue
		}
		w := t.out.head[t.next[v]]
		t.next[v]++
		switch {
		case t.number[w] == 0:
			t.enter(w)
		case t.of[w] < 0:
			t.low[v] = min(t.low[v], t.number[w])
		}
	}
}

func (t *tarjan) enter(v int32) {
	t.walked++
	t.number[v], t.low[v] = t.walked, t.walked
	t.path, t.open = append(t.path, v), append(t.open, v)
}

func (t *tarjan) leave(v int32) {
	t.path = t.path[:len(t.path)-1]
	if len(t.path) > 0 {
		parent := t.path[len(t.path)-1]
		t.low[parent] = min(t.low[parent], t.low[v])
	}
	if t.low[v] < t.number[v] {
		return
	}
	size := int32(0)
	for w := int32(-1); w != v; size++ {
		w = t.open[len(t.open)-1]
		t.open = t.open[:len(t.open)-1]
		t.of[w] = int32(len(t.sizes))
	}
	t.sizes = append(t.sizes, size)
}
