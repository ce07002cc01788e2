package routing

import (
	"fmt"
	"math"
)

// Cost is what a leg or a tour costs, in whatever whole unit the caller chose:
// metres, seconds, cents.
type Cost int64

// MaxCost is the most a single leg can cost; a matrix cuts off what is above
// it. Any larger number thus stands for a leg better never taken.
const MaxCost Cost = math.MaxInt32

// Matrix tells the cost of going from each node to each other. It is immutable
// and need not be symmetric.
type Matrix struct {
	n    int
	legs []int32 // a table, or nil:
	cost func(i, j int) Cost
	even bool // legs are known to cost the same both ways
}

// NewMatrix asks cost once for every pair of different nodes below n and keeps the answers,
// four bytes each. Costs above [MaxCost] count as MaxCost; a negative one panics.
func NewMatrix(n int, cost func(i, j int) Cost) Matrix {
	m := Matrix{n: n, legs: make([]int32, n*n)}
	for i := range n {
		for j := range n {
			if i != j {
				m.legs[i*n+j] = leg(i, j, cost(i, j))
			}
		}
	}
	return m
}

// Computed is a matrix without a table: cost is asked each time, and must always answer the
// same. It is for more than some 4,000 nodes, whose table would be too large.
func Computed(n int, cost func(i, j int) Cost) Matrix {
	return Matrix{n: n, cost: cost}
}

// NewSymmetric is [NewMatrix] of legs that cost the same both ways: cost is asked once for the
// two of them, with i above j.
func NewSymmetric(n int, cost func(i, j int) Cost) Matrix {
	m := Matrix{n: n, legs: make([]int32, n*n), even: true}
	for i := range n {
		for j := range i {
			c := leg(i, j, cost(i, j))
			m.legs[i*n+j], m.legs[j*n+i] = c, c
		}
	}
	return m
}

// ComputedSymmetric is [Computed] of legs that cost the same both ways, which nobody looks into.
func ComputedSymmetric(n int, cost func(i, j int) Cost) Matrix {
	return Matrix{n: n, cost: cost, even: true}
}

func leg(i, j int, c Cost) int32 {
	if c < 0 {
		panic(fmt.Sprintf("routing: cost %d from %d to %d: want 0 or more", c, i, j))
	}
	return int32(min(c, MaxCost))
}

// Len is the number of nodes.
func (m Matrix) Len() int { return m.n }

// At is the cost of going from i to j, and 0 where they are the same.
func (m Matrix) At(i, j int) Cost {
	if m.legs != nil {
		return Cost(m.legs[i*m.n+j])
	}
	return m.asked(i, j)
}

func (m Matrix) asked(i, j int) Cost {
	if i == j {
		return 0
	}
	return Cost(leg(i, j, m.cost(i, j)))
}

// rowsAtOnce is how many rows of a matrix are looked at between two looks at the clock.
const rowsAtOnce = 16

// symmetric tells whether all legs are seen to cost the same both ways before it is late.
func (m Matrix) symmetric(late func() bool) bool {
	if m.even {
		return true
	}
	for i := range m.n {
		if i%rowsAtOnce == rowsAtOnce-1 && late != nil && late() {
			return false
		}
		for j := range i {
			if m.At(i, j) != m.At(j, i) {
				return false
			}
		}
	}
	return true
}
