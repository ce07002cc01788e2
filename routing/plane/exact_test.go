package plane

import (
	"slices"
	"testing"
)

// A circle through 128 whole places, as large as coordinates allow: of radius √(5·13·17·29·37) × 15,413 about zero.
func circle() (on []Point) {
	const norm, scale = 5 * 13 * 17 * 29 * 37, 15_413
	for x := int64(-1100); x <= 1100; x++ {
		for y := int64(-1100); y <= 1100; y++ {
			if p := (Point{x, y}); p.norm() == norm {
				on = append(on, Point{x * scale, y * scale})
			}
		}
	}
	return on
}

func TestOnACircleIsNotInsideIt(t *testing.T) {
	t.Parallel()
	on := circle()
	for i, a := range on {
		for j, b := range on[:i] {
			for _, c := range on[:j] {
				d := on[(i*7+j*3)%len(on)]
				if turn(a, b, c) < 0 {
					b, c = c, b
				}
				if inside(a, b, c, d) {
					t.Fatalf("%v lies on the circle of %v, %v, %v", d, a, b, c)
				}
			}
		}
	}
	m := Delaunay(on)
	if edges := len(m.around.Next) / 2; len(on) != 128 || edges != 2*len(on)-3 {
		t.Errorf("%d places, %d edges", len(on), edges)
	}
}

// The signs of sums that floats round to 0, or to the wrong side of it.
func TestSumsAreExact(t *testing.T) {
	t.Parallel()
	const most = 1<<51 - 1
	for _, c := range []struct {
		lifts, minors [3]int64
		want          bool
	}{
		{[3]int64{most, most, 1}, [3]int64{most, -most, 1}, true},
		{[3]int64{most, most, 1}, [3]int64{most, -most, -1}, false},
		{[3]int64{most, most, 0}, [3]int64{most, -most, 0}, false},
		{[3]int64{most, most, most}, [3]int64{most, most, most}, true},
		{[3]int64{most, most, most}, [3]int64{-most, -most, -most}, false},
		{[3]int64{most, most - 1, 1}, [3]int64{1, -1, 0}, true},
	} {
		if got := positive(c.lifts, c.minors); got != c.want {
			t.Errorf("%v · %v: %v", c.lifts, c.minors, got)
		}
		slices.Reverse(c.lifts[:])
		slices.Reverse(c.minors[:])
		if got := positive(c.lifts, c.minors); got != c.want {
			t.Errorf("backwards %v · %v: %v", c.lifts, c.minors, got)
		}
	}
}
