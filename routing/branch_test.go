package routing

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// aRoughProblem has legs that are nothing like ways on a plane: any cost there and another back, many alike, some holes.
func aRoughProblem(least, most int) *rapid.Generator[Problem] {
	return rapid.Custom(func(t *rapid.T) Problem {
		n := rapid.IntRange(least, most).Draw(t, "nodes")
		end := rapid.IntRange(Free, n-1)
		dearest := rapid.SampledFrom([]int{1, 3, 10, 1000, 1_000_000}).Draw(t, "dearest")
		cost := rapid.SliceOfN(rapid.IntRange(0, dearest), n*n, n*n).Draw(t, "costs")
		holes := rapid.IntRange(0, dearest/3).Draw(t, "costs that are holes")
		bothWays := rapid.Bool().Draw(t, "the same both ways")
		return Problem{Start: end.Draw(t, "start"), End: end.Draw(t, "end"), Matrix: NewMatrix(n, func(i, j int) Cost {
			if bothWays && i > j {
				i, j = j, i
			}
			if c := cost[i*n+j]; c >= holes {
				return Cost(c)
			}
			return MaxCost
		})}
	})
}

func TestBranchingFindsTheCheapestOfRoughProblems(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := aRoughProblem(5, 11).Draw(t, "problem")
		want, got := exactly(p), searched(p, 0)
		cost, err := Check(p, got.Order)
		if err != nil || cost != got.Cost || got.LowerBound > want.Cost || got.Proven() && cost != want.Cost {
			t.Fatalf("%+v costs %d, %v; the best %d", got, cost, err, want.Cost)
		}
		if want.Cost < MaxCost && !got.Proven() {
			t.Fatalf("%+v not proven; the best %d", got, want.Cost)
		}
	})
}

// A proof that is cut short says no more than is true, however far the tour known is from the best.
func TestBoundsOfHalfAProofHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.OneOf(aRoughProblem(5, 11), aProblem(5, 12)).Draw(t, "problem")
		p.Head, p.Tail = nil, nil
		want, r := exactly(p).Cost, newRing(p, nil)
		if want >= MaxCost {
			t.Skip("only through holes")
		}
		best := want + r.extra
		b := newBrancher(r, ownOrder(r), rapid.IntRange(1, 4).Draw(t, "visits"), func() bool { return false })
		b.upper = best + Cost(rapid.IntRange(0, 2000).Draw(t, "too dear by"))
		upper := b.upper
		b.prove(r.mate, nil)
		switch {
		case b.cut && (b.root > best || b.upper < best):
			t.Fatalf("half a proof that none is below %d, the best is %d", b.root, best)
		case !b.cut && b.upper != best && !(upper == best):
			t.Fatalf("a proof that none is below %d, the best is %d", b.upper, best)
		}
	})
}

func ownOrder(r *ring) []int32 {
	order := make([]int32, r.n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}

// Every rule that is added holds for the best tour, and for those with two legs changed.
func TestRulesHoldForTours(t *testing.T) {
	sets, combs := 0, 0
	for seed := range uint64(12) {
		n, uneven := 30, 0
		if seed%4 == 3 {
			n, uneven = 15, 20
		}
		p := Problem{Matrix: NewMatrix(n, someStops(n, uneven, rand.New(rand.NewPCG(seed, 1))))}
		s := newSolving(context.Background(), newRing(p, nil), Options{})
		s.solve()
		b := newBrancher(s.ring, s.order, 3, func() bool { return false })
		b.upper += b.upper / 50 // so that there is something to divide
		b.prove(s.mate, nil)
		if b.relaxed == nil {
			continue
		}
		for _, k := range b.relaxed.cuts {
			if len(k.sets) == 1 {
				sets++
			} else {
				combs++
			}
			for i := range s.n {
				for j := i; j < s.n; j++ {
					tour := slices.Clone(s.order)
					slices.Reverse(tour[i:j])
					if sum, all := b.count(k, tour); all && sum < k.least {
						t.Fatalf("seed %d: %d of at least %d of a set: %v", seed, sum, k.least, len(k.sets) == 1)
					}
				}
			}
		}
	}
	if sets == 0 || combs == 0 {
		t.Errorf("%d sets and %d combs: nothing was tried", sets, combs)
	}
}

// count is the left side of a rule for a tour, if all its legs count.
func (b *brancher) count(k cut, tour []int32) (sum int64, all bool) {
	last := tour[len(tour)-1]
	for _, node := range tour {
		leg := b.between(last, node)
		if leg < 0 || !slices.Contains(b.relaxed.legs, leg) {
			return 0, false
		}
		sum += int64(k.factor[leg])
		last = node
	}
	return sum, true
}
