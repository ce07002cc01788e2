package routing

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSolveSmallest(t *testing.T) {
	oneWay := func(n int) Matrix {
		return NewMatrix(n, func(i, j int) Cost { return Cost(10*i + j) })
	}
	tests := []struct {
		name  string
		p     Problem
		order []int
		cost  Cost
	}{
		{"nothing to visit", Problem{}, []int{}, 0},
		{"nothing to visit, ends free", Problem{Start: Free, End: Free}, []int{}, 0},
		{"nowhere to go", Problem{Matrix: oneWay(1)}, []int{0}, 0},
		{"nowhere to go, ends free", Problem{Matrix: oneWay(1), Start: Free, End: Free}, []int{0}, 0},
		{"there and back", Problem{Matrix: oneWay(2), Start: 1, End: 1}, []int{1, 0}, 11},
		{"there only", Problem{Matrix: oneWay(2), Start: 1, End: Free}, []int{1, 0}, 10},
		{"there only, both named", Problem{Matrix: oneWay(2), Start: 0, End: 1}, []int{0, 1}, 1},
		{"the cheaper direction", Problem{Matrix: oneWay(2), Start: Free, End: Free}, []int{0, 1}, 1},
		{"to a given end", Problem{Matrix: oneWay(2), Start: Free, End: 0}, []int{1, 0}, 10},
		{"the only way between two ends", Problem{Matrix: oneWay(3), Start: 2, End: 0}, []int{2, 1, 0}, 31},
	}
	for _, tt := range tests {
		got := Solve(t.Context(), tt.p, Options{})
		if !slices.Equal(got.Order, tt.order) || got.Cost != tt.cost || !got.Proven() {
			t.Errorf("%s: %+v, want %v for %d, proven", tt.name, got, tt.order, tt.cost)
		}
	}
}

// TestExactIsBruteForce weighs every order there is.
func TestExactIsBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := aProblem(0, 8).Draw(t, "problem")
		got := Solve(context.Background(), p, Options{})
		cost, err := Check(p, got.Order)
		if err != nil || cost != got.Cost || !got.Proven() {
			t.Fatalf("%+v: %d, %v", got, cost, err)
		}
		if best := bruteForce(p); p.Matrix.Len() > 0 && cost != best {
			t.Fatalf("%v costs %d, the best %d", got.Order, cost, best)
		}
	})
}

func bruteForce(p Problem) Cost {
	order := make([]int, p.Matrix.Len())
	for i := range order {
		order[i] = i
	}
	best := Cost(math.MaxInt64)
	var arrange func(k int)
	arrange = func(k int) {
		if k == len(order) {
			if c, err := Check(p, order); err == nil {
				best = min(best, c)
			}
			return
		}
		for i := k; i < len(order); i++ {
			order[k], order[i] = order[i], order[k]
			arrange(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	arrange(0)
	return best
}

// searched is the tour of a problem by search and proof, however small it is.
func searched(p Problem, seed uint64) Tour {
	r := newRing(p, nil)
	s := newSolving(context.Background(), r, Options{Seed: seed})
	return s.tour(p)
}

// Two ways to the cheapest tour that share nothing.
func TestBranchingFindsWhatSubsetsFind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := aProblem(5, 12).Draw(t, "problem")
		p.Head, p.Tail = nil, nil
		want, got := exactly(p), searched(p, 0)
		if cost, err := Check(p, got.Order); err != nil || cost != got.Cost || cost != want.Cost || !got.Proven() {
			t.Fatalf("%+v costs %d, %v; the best %d", got, cost, err, want.Cost)
		}
	})
}

func TestToursAreChecked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := aProblem(15, 20).Draw(t, "problem")
		o := Options{Seed: rapid.Uint64().Draw(t, "seed")}
		got := Solve(context.Background(), p, o)
		if cost, err := Check(p, got.Order); err != nil || cost != got.Cost {
			t.Fatalf("claimed %d, is %d: %v", got.Cost, cost, err)
		}
		if again := Solve(context.Background(), p, o); !slices.Equal(again.Order, got.Order) {
			t.Fatalf("first %v, then %v", got.Order, again.Order)
		}
		if got.LowerBound > got.Cost {
			t.Fatalf("bound %d above %d", got.LowerBound, got.Cost)
		}
	})
}

func TestCancelledSearchStillAnswers(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, uphill := range []Cost{0, 50} {
		p := city(80, uphill)
		short, full := Solve(ctx, p, Options{}), Solve(t.Context(), p, Options{Kicks: 40})
		cost, err := Check(p, short.Order)
		if err != nil || cost != short.Cost || cost < full.Cost || short.LowerBound > full.Cost {
			t.Errorf("%d, %v; uncut %d", cost, err, full.Cost)
		}
	}
}

func TestEndsThatAreNoNodesPanic(t *testing.T) {
	m := NewMatrix(3, func(i, j int) Cost { return 1 })
	for _, p := range []Problem{
		{Matrix: m, Start: 3},
		{Matrix: m, End: 3},
		{Matrix: m, Start: -2},
		{Matrix: m, End: -2},
		{Matrix: m, Head: []int{0}},
		{Matrix: m, Head: []int{1}, Tail: []int{1}},
		{Matrix: m, Tail: []int{3}},
		{Matrix: m, Points: make([]Point, 2)},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v passed", p)
				}
			}()
			Solve(t.Context(), p, Options{})
		}()
	}
}

// The published optimum itself, and a bound within 2 % of it; benchmarks say how fast.
func TestPublishedInstances(t *testing.T) {
	for _, name := range []string{"eil51", "berlin52", "st70", "kroA100"} {
		p, optimum := tsplib(t, name)
		got := Solve(t.Context(), p, Options{})
		cost, err := Check(p, got.Order)
		if err != nil || cost != optimum || got.LowerBound > optimum || got.LowerBound*100 < optimum*98 {
			t.Errorf("%s: %d, %v; optimum %d", name, cost, err, optimum)
		}
		t.Logf("%s: %d, %.2f %% above %d", name, cost, 100*float64(cost-optimum)/float64(optimum), optimum)
	}
}

func BenchmarkSolve(b *testing.B) {
	for _, n := range []int{12, 13, 30, 200, 1000} {
		for _, uphill := range []Cost{0, 50} {
			b.Run(fmt.Sprintf("%d-uphill%d", n, uphill), func(b *testing.B) { report(b, city(n, uphill), 0) })
		}
	}
	for _, name := range []string{"eil51", "berlin52", "kroA100", "lin318"} {
		b.Run(name, func(b *testing.B) {
			p, optimum := tsplib(b, name)
			report(b, p, optimum)
		})
	}
}

// report prints the quality beside the time: a fast bad change must look bad.
func report(b *testing.B, p Problem, optimum Cost) {
	var sum Cost
	for seed := uint64(0); b.Loop(); seed++ {
		sum += Solve(b.Context(), p, Options{Seed: seed % 10}).Cost
	}
	mean := float64(sum) / float64(b.N)
	b.ReportMetric(mean, "cost")
	if optimum > 0 {
		b.ReportMetric(100*(mean/float64(optimum)-1), "%gap")
	}
}

// Six shops along a street, numbered as somebody wrote them down.
func ExampleSolve() {
	metres := []int{0, 400, 100, 500, 200, 300}
	m := NewMatrix(len(metres), func(i, j int) Cost { return Cost(abs(metres[i] - metres[j])) })
	round := Solve(context.Background(), Problem{Matrix: m, Start: 0, End: 0}, Options{})
	fmt.Println(round.Order, round.Cost)
	oneWay := Solve(context.Background(), Problem{Matrix: m, Start: 1, End: Free}, Options{})
	fmt.Println(oneWay.Order, oneWay.Cost)
	// Output:
	// [0 2 4 5 3 1] 1000
	// [1 3 5 4 2 0] 600
}
