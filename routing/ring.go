package routing

import "slices"

// A ring is a problem as a closed tour over nodes whose legs cost the same both
// ways. A node may have a mate: the leg between the two is in every tour.
//
//	closed            the nodes as they are
//	two ends          the ends are mates
//	one free end      a stand-in, free to reach, is the mate of the other end
//	both ends free    a stand-in without a mate
//	one-way legs      each node is two, where one comes in and where one goes out,
//	                  which are mates; other legs join only an out to an in
//	                  (R. Jonker and T. Volgenant, Operations Research Letters 2, 1983)
type ring struct {
	cost   Matrix
	legs   []int32 // of cost, if that is a table
	n      int
	mate   []int32     // or -1
	points []Point     // where the nodes lie, as a hint to who is near; may be nil
	extra  Cost        // of a tour of the ring, which is not of the problem's
	inner  int         // nodes of the problem; the rest are stand-ins
	double bool        // nodes from inner on are the outs of those below
	names  []int       // of the problem's nodes, where they are others
	late   func() bool // there is no time left to look for anything; may be nil
}

// Point is where a node lies on a plane, in any unit. It decides whom a search looks at
// first, never what a leg costs.
type Point struct{ X, Y int32 }

// newRing takes a problem for one-way where it is too late to look.
func newRing(p Problem, late func() bool) *ring {
	r := oneWay
	if p.Matrix.symmetric(late) {
		r = twoWay
	}
	made := r(p)
	made.late = late
	return made
}

func (r *ring) isLate() bool { return r.late != nil && r.late() }

func (r *ring) single() {
	r.n, r.legs = r.cost.Len(), r.cost.legs
	r.mate = make([]int32, r.n)
	for i := range r.mate {
		r.mate[i] = -1
	}
}

func (r *ring) marry(a, b int) { r.mate[a], r.mate[b] = int32(b), int32(a) }

func twoWay(p Problem) *ring {
	r := &ring{cost: p.Matrix, inner: p.Matrix.Len(), points: p.Points}
	if p.Start != Free && p.End != Free {
		r.single()
		if p.Start != p.End {
			r.marry(p.Start, p.End)
			r.extra = p.Matrix.At(p.Start, p.End)
		}
		return r
	}
	n := r.inner
	r.points = nil // a stand-in lies nowhere
	r.cost = enlarged(p.Matrix, n+1, func(i, j int) Cost {
		if i == n || j == n {
			return 0
		}
		return p.Matrix.At(i, j)
	})
	r.single()
	for _, end := range [2]int{p.Start, p.End} {
		if end != Free {
			r.marry(n, end)
		}
	}
	return r
}

// enlarged is a table if the matrix is one.
func enlarged(like Matrix, n int, cost func(i, j int) Cost) Matrix {
	if like.legs == nil {
		return Computed(n, cost)
	}
	return NewMatrix(n, cost)
}

// oneWay closes the problem first: one comes back to a fixed start for nothing from an end that is
// free, and two fixed ends are one node, left as the start and reached as the end.
func oneWay(p Problem) *ring {
	n := p.Matrix.Len()
	r := &ring{inner: n, double: true}
	arc := p.Matrix.At
	switch {
	case p.Start == Free && p.End == Free:
		r.inner++
		arc = func(i, j int) Cost {
			if i == n || j == n {
				return 0
			}
			return p.Matrix.At(i, j)
		}
	case p.End == Free:
		arc = func(i, j int) Cost {
			if j == p.Start {
				return 0
			}
			return p.Matrix.At(i, j)
		}
	case p.Start == Free:
		arc = func(i, j int) Cost {
			if i == p.End {
				return 0
			}
			return p.Matrix.At(i, j)
		}
	case p.Start != p.End:
		arc = r.merge(p)
	}
	k := r.inner
	r.cost = enlarged(p.Matrix, 2*k, func(i, j int) Cost {
		switch {
		case i < k && j < k || i >= k && j >= k:
			return MaxCost
		case i >= k:
			return legOrMate(arc, i-k, j)
		}
		return legOrMate(arc, j-k, i)
	})
	r.single()
	for i := range k {
		r.marry(i, k+i)
	}
	return r
}

// hole is the most a leg of a doubled ring costs. A chain takes out two legs a link and one more at most, so that
// with legs no dearer it never gains by one that must not be taken.
const hole = MaxCost / (2*longestChain + 2)

func legOrMate(arc func(i, j int) Cost, from, to int) Cost {
	if from == to {
		return 0
	}
	return min(arc(from, to), hole)
}

// merge makes the two ends one node, the last.
func (r *ring) merge(p Problem) func(i, j int) Cost {
	r.inner--
	for i := range p.Matrix.Len() {
		if i != p.Start && i != p.End {
			r.names = append(r.names, i)
		}
	}
	r.names = append(r.names, p.Start)
	last := r.inner - 1
	return func(i, j int) Cost {
		to := r.names[j]
		if j == last {
			to = p.End
		}
		return p.Matrix.At(r.names[i], to)
	}
}

func (r *ring) leg(a, b int32) Cost {
	if r.legs == nil {
		return r.asked(a, b)
	}
	return Cost(r.legs[int(a)*r.n+int(b)])
}

// asked is out of line, so that leg need not be.
//
//go:noinline
func (r *ring) asked(a, b int32) Cost { return r.cost.asked(int(a), int(b)) }

// row is what the legs from a cost, in a table's own memory or in the buffer.
func (r *ring) row(a int32, buffer []int32) []int32 {
	if r.cost.legs != nil {
		return r.cost.legs[int(a)*r.n : int(a+1)*r.n]
	}
	for b := range r.n {
		buffer[b] = int32(r.cost.asked(int(a), b))
	}
	return buffer
}

// length is the cost of a closed tour.
func (r *ring) length(order []int32) (sum Cost) {
	last := order[len(order)-1]
	for _, node := range order {
		sum += r.leg(last, node)
		last = node
	}
	return sum
}

// unroll makes of a tour of the ring an order of the problem's nodes, without stand-ins and the right
// way round.
func (r *ring) unroll(p Problem, tour []int32) []int {
	if r.double {
		tour = r.ins(tour)
	}
	cycle := make([]int, len(tour), len(tour)+1)
	for i, node := range tour {
		cycle[i] = int(node)
		if r.names != nil {
			cycle[i] = r.names[node]
		}
	}
	standIn := slices.Index(cycle, p.Matrix.Len())
	switch {
	case standIn >= 0:
		cycle = turned(cycle, standIn)[1:]
		if p.Start != Free && cycle[0] != p.Start || p.End != Free && cycle[len(cycle)-1] != p.End {
			slices.Reverse(cycle)
		}
	case p.Start == Free:
		cycle = turned(cycle, slices.Index(cycle, p.End)+1)
	default:
		cycle = turned(cycle, slices.Index(cycle, p.Start))
		if r.names != nil {
			cycle = append(cycle, p.End)
		} else if !r.double && p.End != p.Start && cycle[1] == p.End {
			slices.Reverse(cycle[1:])
		}
	}
	return cycle
}

// ins are the in nodes of a tour that goes through each from its in to its out.
func (r *ring) ins(tour []int32) []int32 {
	at := slices.Index(tour, 0)
	forward := tour[(at+1)%len(tour)] == int32(r.inner)
	ins := make([]int32, 0, r.inner)
	for _, node := range tour {
		if int(node) < r.inner {
			ins = append(ins, node)
		}
	}
	if !forward {
		slices.Reverse(ins)
	}
	return ins
}

// turned is a cycle that begins at another place.
func turned(cycle []int, first int) []int {
	return slices.Concat(cycle[first:], cycle[:first])
}
