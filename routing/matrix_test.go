package routing

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestMatricesOfTheSameCostsAreTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 9).Draw(t, "nodes")
		cost := func(i, j int) Cost { return Cost((i + j) * (i*j + 3)) }
		below := func(i, j int) Cost {
			if i <= j {
				t.Fatalf("asked from %d to %d", i, j)
			}
			return cost(i, j)
		}
		want := NewMatrix(n, cost)
		for _, m := range []Matrix{NewSymmetric(n, below), Computed(n, cost), ComputedSymmetric(n, cost)} {
			for i := range n {
				for j := range n {
					if m.At(i, j) != want.At(i, j) {
						t.Fatalf("%d to %d: %d, want %d", i, j, m.At(i, j), want.At(i, j))
					}
				}
			}
			if !m.symmetric(nil) || m.Len() != n {
				t.Fatalf("%d nodes, symmetric %v", m.Len(), m.symmetric(nil))
			}
		}
	})
}

func TestToursDoNotDependOnWhereCostsComeFrom(t *testing.T) {
	t.Parallel()
	p := city(60, 0)
	p.Start, p.End = 3, Free
	want := Solve(t.Context(), p, Options{Kicks: 10})
	for _, m := range []Matrix{NewSymmetric(60, p.Matrix.At), Computed(60, p.Matrix.At), ComputedSymmetric(60, p.Matrix.At)} {
		p.Matrix = m
		if got := Solve(t.Context(), p, Options{Kicks: 10}); !slices.Equal(got.Order, want.Order) || got.LowerBound != want.LowerBound {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
