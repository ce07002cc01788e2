package routing

import (
	"context"
	"fmt"
	"slices"
)

// Free, as the start or end of a [Problem], leaves the choice to the search.
const Free = -1

// Problem is a set of nodes to visit once each, and where to begin and end:
//
//	Start == End        a closed tour, back to where it began
//	Start, End differ   a way from the one to the other
//	End == Free         a way that may end anywhere; Start may be Free as well
type Problem struct {
	Matrix     Matrix
	Start, End int
	Head       []int   // nodes that come straight after the start, in this order: where one has been
	Tail       []int   // nodes that come last, in this order, before the end if there is one
	Points     []Point // where the nodes lie, if anywhere: large problems are solved faster by it
}

// Options are the choices a caller has. The zero value is a good one.
type Options struct {
	Seed uint64 // of the kicks that shake a tour out of a local optimum, and of the tours made anew
	// Kicks is how many; 0 is one a node, or as many as there is time for. A tour made anew counts as one, and one more for each
	// hundred nodes.
	Kicks int
	// Spent is the share of the caller's time that is gone, 1 when it is over. Nil leaves the work to Kicks alone, and
	// the same problem and seed give the same tour.
	Spent func() float64
}

// Tour is an order of all nodes. It begins at the start; that of a closed tour
// names it once, and its cost includes the way back.
type Tour struct {
	Order      []int
	Cost       Cost
	LowerBound Cost // no order is cheaper than this
	Kicks      int  // made
}

// Proven tells whether no other order is cheaper.
func (t Tour) Proven() bool { return t.Cost == t.LowerBound }

// Gap is by how much of the lower bound the tour may be dearer than the cheapest one, at most.
func (t Tour) Gap() float64 {
	if t.Proven() {
		return 0
	}
	return float64(t.Cost-t.LowerBound) / float64(t.LowerBound)
}

const (
	leisure     = 0.01 // the share of the time that begins a tour, where there is much
	exactNodes  = 12   // between the ends: up to here every order is weighed
	branchNodes = 60   // up to here the cheapest is looked for until it is proven
	surelyNodes = 150  // up to here half of the time goes into that
	proofNodes  = 320  // up to here too, where there is much time
)

// Solve finds a cheap tour and how much cheaper one could be at best. Up to some sixty nodes it is nearly
// always the cheapest, and proven. If ctx ends first, the best tour so far is the answer. It panics if
// an end, Head or Tail names no node or one twice.
func Solve(ctx context.Context, p Problem, o Options) Tour {
	p.mustBeValid()
	if len(p.Head)+len(p.Tail) > 0 {
		return p.between(ctx, o)
	}
	if p.choices() <= exactNodes {
		return exactly(p)
	}
	return newSolving(ctx, newRing(p, late(ctx, o)), o).tour(p)
}

// late tells whether it is too late to look for anything.
func late(ctx context.Context, o Options) func() bool {
	return func() bool { return ctx.Err() != nil || o.Spent != nil && o.Spent() >= lookUntil }
}

// tour solves the ring, and says what that means for its problem.
func (s *solving) tour(p Problem) Tour {
	t := Tour{Order: s.unroll(p, s.solve()), Kicks: s.kicks}
	t.Cost = p.length(t.Order)
	t.LowerBound = min(t.Cost, max(0, s.bound-s.extra))
	return t
}

func (p Problem) length(order []int) (sum Cost) {
	for i := 1; i < len(order); i++ {
		sum += p.Matrix.At(order[i-1], order[i])
	}
	if p.Start == p.End && p.Start != Free {
		sum += p.Matrix.At(order[len(order)-1], order[0])
	}
	return sum
}

func (p Problem) mustBeValid() {
	n := p.Matrix.Len()
	ends := []int{p.Start}
	if p.End != p.Start {
		ends = append(ends, p.End)
	}
	seen := make([]bool, n)
	for _, node := range slices.Concat(ends, p.Head, p.Tail) {
		if node == Free || n == 0 {
			continue
		}
		if node < 0 || node >= n {
			panic(fmt.Sprintf("routing: no node %d: there are %d", node, n))
		}
		if seen[node] {
			panic(fmt.Sprintf("routing: node %d has two places", node))
		}
		seen[node] = true
	}
	if p.Points != nil && len(p.Points) != n {
		panic(fmt.Sprintf("routing: %d points of %d nodes", len(p.Points), n))
	}
}

// choices is how many nodes lie between the ends.
func (p Problem) choices() int {
	n := p.Matrix.Len()
	if p.Start != Free {
		n--
	}
	if p.End != Free && p.End != p.Start {
		n--
	}
	return n
}

// between solves what lies between the head and the tail, and puts them on.
func (p Problem) between(ctx context.Context, o Options) Tour {
	before, after := p.Head, p.Tail
	if p.Start != Free {
		before = slices.Concat([]int{p.Start}, before)
	}
	closed := p.Start == p.End && p.Start != Free
	if p.End != Free {
		after = slices.Concat(after, []int{p.End})
	}
	sub, names := p.rest(before, after)
	t := Solve(ctx, sub, o)
	var fixed Cost
	for _, part := range [2][]int{before, after} {
		for i := 1; i < len(part); i++ {
			fixed += p.Matrix.At(part[i-1], part[i])
		}
	}
	order := make([]int, 0, p.Matrix.Len()+1)
	order = append(order, before[:max(0, len(before)-1)]...)
	for _, node := range t.Order {
		order = append(order, names[node])
	}
	order = append(order, after[min(1, len(after)):]...)
	if closed {
		order = order[:len(order)-1]
	}
	return Tour{Order: order, Cost: t.Cost + fixed, LowerBound: t.LowerBound + fixed, Kicks: t.Kicks}
}

// rest is the problem of the nodes that have no place yet, from the last before them to the first after.
func (p Problem) rest(before, after []int) (Problem, []int) {
	placed := make([]bool, p.Matrix.Len())
	for _, node := range slices.Concat(before, after) {
		placed[node] = true
	}
	sub := Problem{Start: Free, End: Free}
	var names []int
	if len(before) > 0 {
		sub.Start, names = 0, append(names, before[len(before)-1])
	}
	for node, done := range placed {
		if !done {
			names = append(names, node)
		}
	}
	if len(after) > 0 {
		sub.End, names = len(names), append(names, after[0])
	}
	sub.Matrix = enlarged(p.Matrix, len(names), func(i, j int) Cost { return p.Matrix.At(names[i], names[j]) })
	if p.Points != nil {
		for _, node := range names {
			sub.Points = append(sub.Points, p.Points[node])
		}
	}
	return sub, names
}
