package towns

import (
	"math"
	"math/bits"
	"slices"

	"rounds/routing/plane"
)

// starts is how often k-means begins anew.
const starts = 10

// KMeans cuts points into k groups as plain k-means does, and keeps the best of 10 k-means++ starts run until the sum of squared
// distances to the groups' means falls no more. It returns that sum, in squares of the points' unit, and each point's group.
func KMeans(points []plane.Point, k int, seed uint64) (d2 int64, of []int32) {
	d, best, tree := newDice(seed, 4), []plane.Point(nil), newTree(points)
	d2 = math.MaxInt64
	for range starts {
		means := d.plusPlus(points, k)
		if sum := tree.settle(means); sum < d2 {
			d2, best = sum, means
		}
	}
	of = make([]int32, len(points))
	for i, p := range points {
		of[i] = int32(nearest(best, finer(p)))
	}
	return d2, of
}

// finer are points in sixteenths of a unit, which means are kept in.
func finer(p plane.Point) plane.Point { return plane.Point{X: p.X << 4, Y: p.Y << 4} }

func squared(a, b plane.Point) int64 {
	x, y := a.X-b.X, a.Y-b.Y
	return x*x + y*y
}

func nearest(means []plane.Point, p plane.Point) int {
	at, least := 0, int64(math.MaxInt64)
	for i, m := range means {
		if far := squared(m, p); far < least {
			at, least = i, far
		}
	}
	return at
}

// plusPlus draws k of the points to start from, each by its squared distance from those drawn (D. Arthur and
// S. Vassilvitskii, SODA 2007).
func (d dice) plusPlus(points []plane.Point, k int) []plane.Point {
	means := []plane.Point{finer(points[d.below(int64(len(points)))])}
	far, sum := make([]int64, len(points)), int64(0)
	for i, p := range points {
		far[i] = squared(finer(p), means[0]) >> 8
		sum += far[i]
	}
	for len(means) < k {
		at, left := 0, d.below(max(1, sum))
		for at < len(points)-1 && left >= far[at] {
			left -= far[at]
			at++
		}
		mean := finer(points[at])
		means, sum = append(means, mean), 0
		for i, p := range points {
			far[i] = min(far[i], squared(finer(p), mean)>>8)
			sum += far[i]
		}
	}
	return means
}

// group is how many points are nearest to a mean, and the sums of their coordinates.
type group struct{ n, x, y int64 }

// spread is how much of the sum of squares a group's mean takes away: (x² + y²) / n, rounded down.
func (g group) spread() int64 {
	if g.n == 0 {
		return 0
	}
	square := func(x int64) uint64 {
		high, low := bits.Mul64(uint64(max(x, -x)), uint64(max(x, -x)))
		whole, _ := bits.Div64(high, low, uint64(g.n))
		return whole
	}
	return int64(square(g.x) + square(g.y))
}

// settle moves each mean to the middle of the points nearest to it until the sum of squares falls no more.
func (t *tree) settle(means []plane.Point) int64 {
	best, moved := int64(math.MaxInt64), slices.Clone(means)
	for {
		groups, sum := t.groups(moved), t.squares
		for _, g := range groups {
			sum -= g.spread()
		}
		if sum >= best {
			return best
		}
		best = sum
		copy(means, moved)
		for i, g := range groups {
			if g.n > 0 {
				moved[i] = plane.Point{X: g.x << 4 / g.n, Y: g.y << 4 / g.n}
			}
		}
	}
}
