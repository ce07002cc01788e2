package territory

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestMoreChangeIsNeverLessEven(t *testing.T) {
	t.Parallel()
	p, today := smallDrift(t, 600, 5, 50_000)
	p.ChangePrice = LittleChange
	curve := Curve(t.Context(), p, 10, Options{Seed: 1, Iterations: 2_000_000})
	if len(curve) != 10 || !curve[9].Plan.Met {
		t.Fatalf("%d points: %+v", len(curve), curve)
	}
	last := Point{Plan: today}
	for i, c := range curve {
		if bound := parted(c.Plan.Change.Bound, c.Plan.Change.Of); c.MostChange >= bound+bound/20 && c.Plan.Worst[0] > 60_000 {
			t.Errorf("point %d: limit %d, a bound of %d, and worst %d", i, c.MostChange, bound, c.Plan.Worst)
		}
		if c.MostChange <= last.MostChange || c.Plan.Worst[0] > last.Plan.Worst[0] || parted(c.Plan.Change.Load, c.Plan.Change.Of) > c.MostChange {
			t.Errorf("point %d: limit %d, %+v, worst %d after %d", i, c.MostChange, c.Plan.Change, c.Plan.Worst, last.Plan.Worst)
		}
		last = c
	}
	own := 0 // plans that use what they may, and are not those for less change
	for _, c := range curve[:9] {
		if 100*c.Plan.Change.Load >= 80*portion(c.Plan.Change.Of, c.MostChange) {
			own++
		}
	}
	if own < 6 {
		t.Errorf("%d of 9 limits are used", own)
	}
	if middle := curve[4].Plan.Worst[0]; 4*middle > 3*today.Worst[0] {
		t.Errorf("half the change leaves %d of %d", middle, today.Worst[0])
	}
}

func TestThereIsNoCurveWithoutToday(t *testing.T) {
	t.Parallel()
	if curve := Curve(t.Context(), row(2, 0, 1, 1), 10, Options{Iterations: 10}); curve != nil {
		t.Error(curve)
	}
	p := row(2, 0, 1, -1)
	p.Units[0].Today = 0
	if curve := Curve(t.Context(), p, 10, Options{Iterations: 10}); curve != nil {
		t.Error(curve)
	}
}

// Of all ways to number alike territories, the one found has most in common with today; and bound ones keep their numbers.
func TestNumbersHaveMostInCommonWithToday(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, 12, 4)
		of := make([]int32, len(p.Units))
		for i := range of {
			of[i] = rapid.Int32Range(0, int32(len(p.Territories)-1)).Draw(t, "of")
		}
		matched := p.matched(of)
		may := map[[2]int32]bool{}
		for _, set := range p.alike() {
			for _, a := range set {
				for _, b := range set {
					may[[2]int32{a, b}] = true
				}
			}
		}
		number := map[int32]int32{}
		for i, k := range of {
			if other, seen := number[k]; seen && other != matched[i] || k != matched[i] && !may[[2]int32{k, matched[i]}] {
				t.Fatalf("%d becomes %d", of, matched)
			}
			number[k] = matched[i]
		}
		if len(distinct(of)) != len(distinct(matched)) {
			t.Fatalf("%d becomes %d", of, matched)
		}
		kept := func(list []int32) int64 {
			c := check{p: p, of: list}
			change := c.change()
			return change.Of - change.Load
		}
		permutations(len(p.Territories), func(to []int32) {
			other := slices.Clone(of)
			for i, k := range of {
				if other[i] = to[k]; to[k] != k && !may[[2]int32{k, to[k]}] {
					return
				}
			}
			if kept(other) > kept(matched) {
				t.Fatalf("%d becomes %d, and %d keeps more", of, matched, other)
			}
		})
	})
}

func permutations(n int, visit func([]int32)) {
	to := make([]int32, n)
	for i := range to {
		to[i] = int32(i)
	}
	var next func(int)
	next = func(i int) {
		if i == n {
			visit(to)
			return
		}
		for j := i; j < n; j++ {
			to[i], to[j] = to[j], to[i]
			next(i + 1)
			to[i], to[j] = to[j], to[i]
		}
	}
	next(0)
}

// What is not in common costs exactly as much as it says: of two loads the larger one, even where each would have a little of the other.
func TestALargeOverlapOutweighsTwoSmallOnes(t *testing.T) {
	t.Parallel()
	number := []int32{0, 1}
	Problem{}.assign([]int32{0, 1}, map[[2]int32]int64{{0, 1}: 1, {1, 0}: 1, {1, 1}: 3}, number)
	if !slices.Equal(number, []int32{0, 1}) {
		t.Error(number)
	}
}
