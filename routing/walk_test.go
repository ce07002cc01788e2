package routing

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// One test for all moves: what a move claims to gain is the difference of the
// path's length recomputed. Segments at the very ends are where mistakes hide.
func TestGainIsTheDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFrame(aProblem(2, 12).Draw(t, "problem"))
		w := newWalk(f, f.greedy())
		position := rapid.IntRange(-2, len(w.path)+1)
		for range 20 {
			m := move{
				from: position.Draw(t, "from"), to: position.Draw(t, "to"),
				after: position.Draw(t, "after"), flip: rapid.Bool().Draw(t, "flip"),
			}
			if !w.possible(m) {
				continue
			}
			before, want := f.length(w.path), byHand(w.path, m)
			gain := w.gain(m)
			w.apply(m)
			if !slices.Equal(w.path, want) {
				t.Fatalf("%+v made %v, want %v", m, w.path, want)
			}
			if after := f.length(w.path); before-after != gain {
				t.Fatalf("%+v claimed %d: %d became %d", m, gain, before, after)
			}
			upToDate(t, w)
		}
	})
}

// byHand makes a move by cutting the path up.
func byHand(path []int, m move) (moved []int) {
	segment := slices.Clone(path[m.from : m.to+1])
	if m.flip {
		slices.Reverse(segment)
	}
	for i, node := range path {
		if i < m.from || i > m.to {
			moved = append(moved, node)
		}
		if i == m.after {
			moved = append(moved, segment...)
		}
	}
	return moved
}

func upToDate(t *rapid.T, w *walk) {
	for i, node := range w.path {
		if w.place[node] != i {
			t.Fatalf("node %d is at %d, not %d", node, i, w.place[node])
		}
	}
	if fresh := newWalk(w.frame, slices.Clone(w.path)); !slices.Equal(fresh.tilt, w.tilt) {
		t.Fatalf("tilt %v, want %v", w.tilt, fresh.tilt)
	}
}

func TestAnImpossibleMoveIsKnown(t *testing.T) {
	f := newFrame(city(6, 0)) // positions 0 … 6, of which 1 … 5 may move
	w := newWalk(f, f.greedy())
	for name, m := range map[string]move{
		"the first node":             {0, 2, 4, false},
		"the last node":              {4, 6, 1, false},
		"behind the last node":       {1, 2, 6, false},
		"before the first node":      {2, 3, -1, false},
		"into itself":                {1, 3, 2, true},
		"behind itself":              {1, 3, 3, true},
		"nothing":                    {3, 2, 5, false},
		"in place and not turned":    {1, 3, 0, false},
		"one node, turned in place":  {2, 2, 1, true},
		"all of it, past both ends":  {0, 6, 0, true},
		"in place, before the start": {0, 2, -1, true},
	} {
		if w.possible(m) {
			t.Errorf("%s: %+v is called possible", name, m)
		}
	}
}

// Once settled, no move of the neighbourhood is left that gains.
func TestSearchSettlesAtALocalOptimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSearch(newFrame(aProblem(3, 25).Draw(t, "problem")))
		s.settle(t.Context())
		for _, node := range s.inner {
			if m, gain := s.bestMove(node); gain > 0 {
				t.Fatalf("%+v still gains %d", m, gain)
			}
		}
	})
}

func TestImproveSaysWhatItGained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSearch(newFrame(aProblem(3, 25).Draw(t, "problem")))
		before := s.length(s.path)
		for _, node := range s.inner {
			s.wake(node)
		}
		gained := s.improve(t.Context())
		if after := s.length(s.path); before-after != gained {
			t.Fatalf("claimed %d: %d became %d", gained, before, after)
		}
	})
}

func TestMatrixRange(t *testing.T) {
	m := NewMatrix(2, func(i, j int) Cost { return math.MaxInt64 })
	if m.At(0, 1) != MaxCost || m.At(1, 1) != 0 {
		t.Errorf("%d, %d", m.At(0, 1), m.At(1, 1))
	}
	defer func() {
		if recover() == nil {
			t.Error("a negative cost passed")
		}
	}()
	NewMatrix(2, func(i, j int) Cost { return -1 })
}
