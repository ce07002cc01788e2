package towns

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"rounds/routing/plane"

	"pgregory.net/rapid"
)

// The tree finds the groups that a look at every mean for every point finds.
func TestTheTreeFindsTheNearestMeans(t *testing.T) {
	t.Parallel()
	point := rapid.Custom(func(t *rapid.T) plane.Point {
		most := rapid.SampledFrom([]int64{3, 300, plane.Most}).Draw(t, "most")
		return plane.Point{X: rapid.Int64Range(-most, most).Draw(t, "x"), Y: rapid.Int64Range(-most, most).Draw(t, "y")}
	})
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(point, 1, 60).Draw(t, "points")
		means := rapid.SliceOfN(point, 1, 8).Draw(t, "means")
		for i := range means {
			means[i] = finer(means[i])
		}
		got, sum, want := newTree(points).groups(means), int64(0), int64(0)
		var n int64
		for i, g := range got {
			n += g.n
			sum += g.n*squared(means[i], plane.Point{})/256 - (g.x*means[i].X+g.y*means[i].Y)/8
		}
		for _, p := range points {
			m := means[nearest(means, finer(p))]
			want += squared(m, plane.Point{})/256 - (p.X*m.X+p.Y*m.Y)/8
		}
		if n != int64(len(points)) || sum != want {
			t.Fatalf("%d of %d points, sum of squares off by %d", n, len(points), sum-want)
		}
	})
}

// Its answer is a fixed point of plain k-means, and its sum that of the groups returned with it.
func TestKMeansIsRunToConvergence(t *testing.T) {
	t.Parallel()
	points := New(2000, 7).Points()
	d2, of := KMeans(points, 40, 7)
	sums := make([][3]float64, 40)
	for i, p := range points {
		s := &sums[of[i]]
		s[0], s[1], s[2] = s[0]+1, s[1]+float64(p.X), s[2]+float64(p.Y)
	}
	var sum float64
	for i, p := range points {
		far := func(s [3]float64) float64 {
			return math.Pow(float64(p.X)-s[1]/s[0], 2) + math.Pow(float64(p.Y)-s[2]/s[0], 2)
		}
		own := far(sums[of[i]])
		sum += own
		if other := slices.MinFunc(sums, func(a, b [3]float64) int { return int(math.Copysign(1, far(a)-far(b))) }); far(other) < own-1e4 {
			t.Errorf("shop %d is %g² from its mean and %g² from another", i, own, far(other))
		}
	}
	if math.Abs(sum/float64(d2)-1) > 1e-9 {
		t.Errorf("sum of squares %d, of the groups %.0f", d2, sum)
	}
}

func TestFewPoints(t *testing.T) {
	t.Parallel()
	one := plane.Point{X: 5, Y: -7}
	for name, c := range map[string]struct {
		points []plane.Point
		k      int
		want   int64
	}{
		"one point":                {[]plane.Point{one}, 1, 0},
		"all at one point":         {slices.Repeat([]plane.Point{one}, 50), 3, 0},
		"as many groups as points": {[]plane.Point{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 0, Y: 10}}, 3, 0},
		"two in one group":         {[]plane.Point{{X: 0, Y: 0}, {X: 10, Y: 0}}, 1, 50},
		"far apart":                {[]plane.Point{{X: -plane.Most, Y: 0}, {X: plane.Most, Y: 0}}, 1, 2 * plane.Most * plane.Most},
	} {
		if got, of := KMeans(c.points, c.k, 1); got != c.want || len(of) != len(c.points) {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// The table holds what KMeans finds; the largest take seconds, and are for the long form.
func TestYardsticks(t *testing.T) {
	t.Parallel()
	for size, want := range yardsticks {
		if size.Shops > 2000 && os.Getenv("ROUNDS_SOAK") == "" {
			continue
		}
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			for i, seed := range Seeds {
				if got, _ := KMeans(New(size.Shops, seed).Points(), size.Territories, seed); got != want[i] || Yardstick(size, seed) != want[i] {
					t.Errorf("seed %d: %d, want %d", seed, got, want[i])
				}
			}
		})
	}
}
