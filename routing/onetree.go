package routing

import (
	"math"
	"slices"
)

// scale is how many parts a unit of cost has in a penalty, so that whole numbers
// lose little.
const scale = 128

// A oneTree is the cheapest spanning tree of a graph and one leg more, at a leaf where that
// costs most. Each node has a penalty π that is added to its legs. Every tour is a 1-tree with
// two legs at each node, so that it costs at least what the tree does, less 2·Σπ (M. Held and
// R. Karp, Operations Research 18, 1970).
type oneTree struct {
	n     int
	legs  []treeLeg
	at    [][]end // the legs at each node
	state []choice
	pi    []int64 // in parts

	adjust   []int64 // what rules add to each leg, in parts; nil before the first
	constant int64   // what they add to every tour, in parts

	cost          int64   // of the last tree, with what penalties and combs add, in parts
	up            []int32 // the leg to a node's parent; -1 for the root
	parent        []int32
	rank          []int32 // the turn at which a node was joined
	byRank        []int32
	degree        []int32
	special       int32 // the leaf with one leg more
	first, second int32 // its legs
	heap          heap
}

type treeLeg struct {
	a, b int32
	cost int64 // in parts
}

type end struct{ leg, node int32 }

// choice is what a search has settled about a leg.
type choice int8

const (
	open choice = iota
	chosen
	refused
)

func newOneTree(n int) *oneTree {
	return &oneTree{
		n: n, at: make([][]end, n), pi: make([]int64, n), up: make([]int32, n), parent: make([]int32, n), rank: make([]int32, n),
		byRank: make([]int32, 0, n), degree: make([]int32, n), heap: newHeap(n),
	}
}

// add puts a leg into the graph.
func (t *oneTree) add(a, b int32, cost Cost) {
	leg := int32(len(t.legs))
	t.legs = append(t.legs, treeLeg{a, b, int64(cost) * scale})
	t.state = append(t.state, open)
	t.at[a], t.at[b] = append(t.at[a], end{leg, b}), append(t.at[b], end{leg, a})
}

// weight is what a leg costs with the penalties of its nodes and what combs add, in parts.
func (t *oneTree) weight(leg int32) int64 {
	l := t.legs[leg]
	w := l.cost + t.pi[l.a] + t.pi[l.b]
	if t.adjust != nil {
		w += t.adjust[leg]
	}
	return w
}

const chosenFirst = math.MinInt64

// span builds the tree of the legs not refused that has the chosen ones (R. Prim, 1957). It is false if
// there is none.
func (t *oneTree) span() bool {
	t.cost, t.byRank = 0, t.byRank[:0]
	for i := range t.n {
		t.up[i], t.parent[i], t.rank[i], t.degree[i] = -1, -1, -1, 0
	}
	t.heap.reset()
	t.heap.push(0, 0)
	for !t.heap.empty() {
		here := t.heap.pop()
		t.attach(here)
		for _, e := range t.at[here] {
			if t.rank[e.node] >= 0 || t.state[e.leg] == refused {
				continue
			}
			w := int64(chosenFirst)
			if t.state[e.leg] == open {
				w = t.weight(e.leg)
			}
			if t.heap.push(e.node, w) {
				t.up[e.node], t.parent[e.node] = e.leg, here
			}
		}
	}
	return len(t.byRank) == t.n && t.close()
}

func (t *oneTree) attach(node int32) {
	t.rank[node] = int32(len(t.byRank))
	t.byRank = append(t.byRank, node)
	if leg := t.up[node]; leg >= 0 {
		t.degree[node]++
		t.degree[t.parent[node]]++
		t.cost += t.weight(leg)
	}
}

// close gives one leaf its second leg. It is false if some leaf has none.
func (t *oneTree) close() bool {
	dearest := int64(math.MinInt64)
	for node := range int32(t.n) {
		if t.degree[node] != 1 {
			continue
		}
		first, second, least := t.only(node), int32(-1), int64(math.MaxInt64)
		for _, e := range t.at[node] {
			if e.leg != first && t.state[e.leg] != refused {
				if w := t.weight(e.leg); w < least {
					second, least = e.leg, w
				}
			}
		}
		if second < 0 {
			return false
		}
		if least > dearest {
			dearest, t.special, t.first, t.second = least, node, first, second
		}
	}
	t.cost += dearest + t.constant
	for _, p := range t.pi {
		t.cost -= 2 * p
	}
	l := t.legs[t.second]
	t.degree[l.a]++
	t.degree[l.b]++
	return true
}

// only is the one leg at a leaf: to its parent, or from its child.
func (t *oneTree) only(leaf int32) int32 {
	if t.up[leaf] >= 0 {
		return t.up[leaf]
	}
	return t.up[t.byRank[1]]
}

func (t *oneTree) has(leg int32) bool {
	l := t.legs[leg]
	return t.up[l.a] == leg || t.up[l.b] == leg || t.second == leg
}

// bound is the cost in whole units that no tour goes below, as far as the graph has all legs.
func (t *oneTree) bound() Cost {
	if t.cost <= 0 {
		return Cost(t.cost / scale)
	}
	return Cost((t.cost + scale - 1) / scale)
}

// proves tells whether no tour is cheaper than one of that cost.
func (t *oneTree) proves(upper Cost) bool { return t.cost > int64(upper-1)*scale }

// A pace says how far a climb has come after so many steps, of [whole]; then it ends.
type pace func(step int) int

const whole = 1 << 10

const (
	firstStretch = 3 // the first step goes three times as far as would do if the bound could rise evenly
	quarters     = 4
)

// climb raises the bound towards the cost of a tour by subgradient steps (B. Polyak's length; each step remembers
// the one before, as in K. Helsgaun, EJOR 126, 2000) that get shorter by the power of e given in quarters, and
// keeps the best. It is false if there is no tour cheaper than upper, or none at all.
func (t *oneTree) climb(upper Cost, power int, at pace) bool {
	best, kept := int64(math.MinInt64), slices.Clone(t.pi)
	last := make([]int32, t.n)
	stretch, gone := int64(firstStretch)<<24, 0
	for step := 0; ; step++ {
		if !t.span() || t.proves(upper) {
			return false
		}
		if t.cost > best {
			best = t.cost
			copy(kept, t.pi)
		}
		now := at(step)
		norm := t.norm()
		length := int64(0)
		if norm > 0 {
			length = (int64(upper)*scale - t.cost) / norm * (stretch >> 8) >> 16
		}
		if now >= whole || length <= 0 {
			break
		}
		t.tilt(length, last, step == 0)
		stretch -= stretch / whole * int64((now-gone)*power) / quarters
		gone = now
	}
	copy(t.pi, kept)
	return t.span()
}

// norm is Σ(degree−2)²: 0 when the tree is a tour.
func (t *oneTree) norm() (sum int64) {
	for _, d := range t.degree {
		sum += int64(d-2) * int64(d-2)
	}
	return sum
}

// tilt makes legs dearer at nodes that have too many and cheaper at the leaves.
func (t *oneTree) tilt(length int64, last []int32, firstStep bool) {
	for i, d := range t.degree {
		if firstStep {
			last[i] = d - 2
		}
		t.pi[i] += length * int64(7*(d-2)+3*last[i]) / 10
		last[i] = d - 2
	}
}

// free takes all prices back.
func (t *oneTree) free() {
	clear(t.adjust)
	t.constant = 0
}

// charge puts a price on breaking a rule of some legs, in parts.
func (t *oneTree) charge(k *cut, legs []int32, price int64) {
	if t.adjust == nil {
		t.adjust = make([]int64, len(t.legs))
	}
	for _, leg := range legs {
		t.adjust[leg] -= price * int64(k.factor[leg])
	}
	t.constant += price * k.least
}

// dearestBetween is the dearest open leg on the tree's way between two nodes, none of them special; see is
// told of each node whose leg to its parent that is, if not nil.
func (t *oneTree) dearestBetween(i, j int32, see func(node int32)) int64 {
	dearest := int64(math.MinInt64 / 2)
	for i != j {
		if t.rank[i] < t.rank[j] {
			i, j = j, i
		}
		if leg := t.up[i]; t.state[leg] == open {
			dearest = max(dearest, t.weight(leg))
			if see != nil {
				see(i)
			}
		}
		i = t.parent[i]
	}
	return dearest
}

// dearestAtSpecial is the dearer open leg of the special leaf.
func (t *oneTree) dearestAtSpecial() int64 {
	for _, leg := range [2]int32{t.second, t.first} {
		if t.state[leg] == open {
			return t.weight(leg)
		}
	}
	return math.MinInt64 / 2
}

// alpha is by how much the cheapest 1-tree gets dearer if it must have a leg (K. Helsgaun, EJOR 126, 2000).
func (t *oneTree) alpha(leg int32) int64 {
	if t.has(leg) {
		return 0
	}
	l := t.legs[leg]
	if l.a == t.special || l.b == t.special {
		return max(0, t.weight(leg)-t.dearestAtSpecial())
	}
	return max(0, t.weight(leg)-t.dearestBetween(l.a, l.b, nil))
}
