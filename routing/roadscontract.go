package routing

import "context"

// How far a search for a witness goes: nodes it settles when a node is contracted, and when it is
// only asked what that would cost. A witness that is missed makes a shortcut too many, never a wrong cost.
const (
	settleToContract = 400
	settleToRank     = 40
)

// between is after how many nodes a preparation looks whether it shall stop.
const between = 256

// A contraction takes nodes out of a graph one after another, the least important first, and puts shortcuts
// where the cheapest way between two neighbours led through the node.
type contraction struct {
	out, in [][]hop // of nodes that are left, to nodes that are left; of others, to those that outlived them
	depth   []int32 // 1 more than the greatest depth of the neighbours that have gone
	rank    []int32
	heap    heap
	witness witness
	cuts    []shortcut
}

// A hop is an arc or a shortcut as seen from one of its ends; node is the other.
type hop struct {
	node, cost int32
	via        int32 // the middle node of a shortcut, or ^ the index of an arc
}

type shortcut struct{ from, to, cost int32 }

func newContraction(g *Roads) *contraction {
	n := g.Len()
	c := &contraction{
		out: make([][]hop, n), in: make([][]hop, n), depth: make([]int32, n), rank: make([]int32, n),
		heap: newHeap(n), witness: newWitness(n),
	}
	c.heap.reset()
	for i, a := range g.arcs {
		if a.From != a.To && Cost(a.Cost) < Unreachable {
			c.join(a.From, a.To, a.Cost, ^int32(i))
		}
	}
	return c
}

// join adds a link, or makes the one that is there cheaper.
func (c *contraction) join(from, to, cost, via int32) {
	if lower(&c.out[from], hop{to, cost, via}) {
		lower(&c.in[to], hop{from, cost, via})
	}
}

func lower(links *[]hop, l hop) bool {
	for i, old := range *links {
		if old.node == l.node {
			if l.cost < old.cost {
				(*links)[i] = l
			}
			return l.cost < old.cost
		}
	}
	*links = append(*links, l)
	return true
}

// run contracts all nodes. Importance is looked at again when a node's turn comes, and of its
// neighbours when it has gone.
func (c *contraction) run(ctx context.Context, progress func(done, total int)) error {
	n := len(c.out)
	for v := range n {
		if v%between == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c.heap.push(int32(v), c.importance(int32(v)))
	}
	for done := 0; done < n; {
		v := c.heap.pop()
		if now := c.importance(v); !c.heap.empty() && now > c.heap.least() {
			c.heap.push(v, now)
			continue
		}
		c.contract(v, int32(done))
		done++
		if done%between == 0 || done == n {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			progress(done, n)
		}
	}
	return nil
}

// importance weighs how many more links there would be without the node against how deep the
// hierarchy below it is already, which spreads the contraction evenly.
func (c *contraction) importance(v int32) int64 {
	c.shortcuts(v, settleToRank)
	return 2*(int64(len(c.cuts))-int64(len(c.out[v])+len(c.in[v]))) + int64(c.depth[v])
}

func (c *contraction) contract(v, rank int32) {
	c.shortcuts(v, settleToContract)
	for _, l := range c.out[v] {
		c.in[l.node] = without(c.in[l.node], v)
		c.depth[l.node] = max(c.depth[l.node], c.depth[v]+1)
	}
	for _, l := range c.in[v] {
		c.out[l.node] = without(c.out[l.node], v)
		c.depth[l.node] = max(c.depth[l.node], c.depth[v]+1)
	}
	for _, s := range c.cuts {
		c.join(s.from, s.to, s.cost, v)
	}
	c.rank[v] = rank
}

func without(links []hop, v int32) []hop {
	for i, l := range links {
		if l.node == v {
			links[i] = links[len(links)-1]
			return links[:len(links)-1]
		}
	}
	return links
}

// shortcuts finds those that v would leave behind: one for each way in and out that no other way is known
// to be as cheap as.
func (c *contraction) shortcuts(v int32, settle int) {
	c.cuts = c.cuts[:0]
	for _, in := range c.in[v] {
		most := int64(-1)
		for _, out := range c.out[v] {
			if out.node != in.node {
				most = max(most, int64(in.cost)+int64(out.cost))
			}
		}
		if most < 0 {
			continue
		}
		c.witness.search(c.out, in.node, v, min(most, int64(Unreachable)-1), settle)
		for _, out := range c.out[v] {
			cost := int64(in.cost) + int64(out.cost)
			if out.node != in.node && cost < int64(c.witness.cost[out.node]) {
				c.cuts = append(c.cuts, shortcut{in.node, out.node, int32(cost)})
			}
		}
	}
}

// A witness is a search for ways around a node: Dijkstra's, cut short.
type witness struct {
	heap heap
	cost []int32 // at most, of the last search; Unreachable where none was found
	seen []int32
}

func newWitness(n int) witness {
	w := witness{heap: newHeap(n), cost: make([]int32, n)}
	w.heap.reset()
	for v := range w.cost {
		w.cost[v] = int32(Unreachable)
	}
	return w
}

func (w *witness) search(out [][]hop, from, around int32, most int64, settle int) {
	for _, v := range w.seen {
		w.cost[v] = int32(Unreachable)
	}
	w.heap.clear()
	w.seen = append(w.seen[:0], from)
	w.cost[from] = 0
	w.heap.push(from, 0)
	for ; !w.heap.empty() && settle > 0; settle-- {
		v := w.heap.pop()
		for _, l := range out[v] {
			cost := int64(w.cost[v]) + int64(l.cost)
			if cost > most || l.node == around || cost >= int64(w.cost[l.node]) {
				continue
			}
			if w.cost[l.node] == int32(Unreachable) {
				w.seen = append(w.seen, l.node)
			}
			w.cost[l.node] = int32(cost)
			w.heap.push(l.node, cost)
		}
	}
}
