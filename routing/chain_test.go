package routing

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// aClimber is one on a ring of any kind, at a tour that is nothing special.
func aClimber(t *rapid.T) *climber {
	p := aProblem(9, 30).Draw(t, "problem")
	p.Head, p.Tail = nil, nil
	r := newRing(p, nil)
	near := r.neighbours()
	start := r.greedyTour(near)
	return newClimber(r, start, r.along(start, near))
}

// What a chain or a kick says it gains is what the tour is shorter by; the mates stay together, every node
// stays in the tour, and what is undone is as it was.
func TestGainsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := aClimber(t)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for range 20 {
			c.log = c.log[:0]
			before := slices.Clone(c.order)
			cost := c.length(before)
			change := c.kick(random)
			if got := c.length(c.order); got != cost+change {
				t.Fatalf("kicked from %d by %d to %d", cost, change, got)
			}
			change -= c.settle()
			if got := c.length(c.order); got != cost+change {
				t.Fatalf("settled from %d by %d to %d", cost, change, got)
			}
			mustBeTour(t, c)
			if rapid.Bool().Draw(t, "undo") {
				c.undo(0)
				if !slices.Equal(before, c.order) {
					t.Fatalf("%v became %v", before, c.order)
				}
			}
		}
	})
}

func mustBeTour(t *rapid.T, c *climber) {
	sorted := slices.Sorted(slices.Values(c.order))
	for i, node := range sorted {
		if int(node) != i || int(c.order[c.place[node]]) != i {
			t.Fatalf("%v is no tour, or not at %v", c.order, c.place)
		}
		if m := c.mate[node]; m >= 0 && c.next(node) != m && c.prev(node) != m {
			t.Fatalf("%d has left %d in %v", node, m, c.order)
		}
	}
}

// What a crossing says it gains is what the tour is shorter by; it stays a tour with its mates together, and
// the tour that it is crossed with is left alone.
func TestCrossingsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := aClimber(t)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		x := newCrosser(c.ring, c.lists, random)
		tours := make([]*array, 3)
		for i := range tours {
			for range rapid.IntRange(0, 20).Draw(t, "kicks") {
				c.kick(random)
			}
			tours[i] = &array{order: slices.Clone(c.order), place: slices.Clone(c.place)}
		}
		for i := range 2 * len(tours) {
			tour, other := tours[i%3], tours[(i+1)%3]
			before, kept := c.length(tour.order), slices.Clone(other.order)
			gained := x.put(tour, other)
			if got := c.length(tour.order); got != before-gained || gained < 0 {
				t.Fatalf("crossed from %d by %d to %d", before, gained, got)
			}
			if !slices.Equal(other.order, kept) {
				t.Fatalf("%v has become %v", kept, other.order)
			}
			c.array = *tour
			mustBeTour(t, c)
		}
	})
}

// No penalties, however odd, make the bound of a ring dearer than its cheapest tour.
func TestABoundIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := aProblem(5, 10).Draw(t, "problem")
		p.Head, p.Tail = nil, nil
		s := newSolving(context.Background(), newRing(p, nil), Options{})
		pi := make([]int64, s.n)
		for i := range pi {
			pi[i] = rapid.Int64Range(-60*scale, 60*scale).Draw(t, "penalty")
		}
		if bound, best := s.lowerBound(pi)-s.extra, exactly(p).Cost; bound > best {
			t.Fatalf("bound %d above %d", bound, best)
		}
	})
}

// Where one-way legs are holes, or nearly, a tour goes through each node from its in to its out all the same.
func TestHolesDoNotJoinInToIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(13, 25).Draw(t, "nodes")
		legs := rapid.SliceOfN(rapid.SampledFrom([]Cost{1, 500, MaxCost / 100, MaxCost / 2, MaxCost}), n*n, n*n).Draw(t, "legs")
		p := Problem{Matrix: NewMatrix(n, func(i, j int) Cost { return legs[i*n+j] })}
		got := Solve(context.Background(), p, Options{Kicks: 30})
		if cost, err := Check(p, got.Order); err != nil || cost != got.Cost || got.LowerBound > cost {
			t.Fatalf("%+v costs %d: %v", got, cost, err)
		}
	})
}
