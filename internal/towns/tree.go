package towns

import (
	"cmp"
	"slices"

	"rounds/routing/plane"
)

// leaf is how many points are not split any more.
const leaf = 6

// tree is points halved again and again, so that a box of them that is nearest to one mean altogether is counted at once
// (T. Kanungo and others, "An efficient k-means clustering algorithm", IEEE PAMI 24, 2002).
type tree struct {
	points  []plane.Point // in the order of the tree
	nodes   []node        // the first is of all points
	squares int64         // sum of squared distances of all points from zero
	means   []plane.Point
	sums    []group
	able    []int32 // means that may be nearest, of each node on the way down
}

// node is a box with the points [from, to).
type node struct {
	low, high   plane.Point // finer
	all         group
	from, to    int
	left, right int // 0: none
}

func newTree(points []plane.Point) *tree {
	t := &tree{points: slices.Clone(points)}
	for _, p := range points {
		t.squares += squared(p, plane.Point{})
	}
	t.split(0, len(points))
	return t
}

// split makes a node and those below it.
func (t *tree) split(from, to int) int {
	mine := t.points[from:to]
	n := node{low: finer(mine[0]), high: finer(mine[0]), from: from, to: to}
	for _, p := range mine {
		n.all = n.all.with(p)
		p = finer(p)
		n.low = plane.Point{X: min(n.low.X, p.X), Y: min(n.low.Y, p.Y)}
		n.high = plane.Point{X: max(n.high.X, p.X), Y: max(n.high.Y, p.Y)}
	}
	at := len(t.nodes)
	t.nodes = append(t.nodes, n)
	if to-from <= leaf {
		return at
	}
	slices.SortFunc(mine, func(a, b plane.Point) int {
		if n.high.X-n.low.X > n.high.Y-n.low.Y {
			a, b = plane.Point{X: a.Y, Y: a.X}, plane.Point{X: b.Y, Y: b.X}
		}
		return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	middle := (from + to) / 2
	left, right := t.split(from, middle), t.split(middle, to)
	t.nodes[at].left, t.nodes[at].right = left, right
	return at
}

func (g group) with(p plane.Point) group { return group{g.n + 1, g.x + p.X, g.y + p.Y} }

// groups are the points nearest to each mean, by number and sums.
func (t *tree) groups(means []plane.Point) []group {
	t.means, t.sums, t.able = means, make([]group, len(means)), t.able[:0]
	for i := range means {
		t.able = append(t.able, int32(i))
	}
	t.count(0, 0)
	return t.sums
}

// count adds the points of a node; able[first:] are the means that may be nearest to one of them.
func (t *tree) count(at, first int) {
	n, last := &t.nodes[at], len(t.able)
	near := t.nearestTo(plane.Point{X: (n.low.X + n.high.X) / 2, Y: (n.low.Y + n.high.Y) / 2}, t.able[first:last])
	for _, m := range t.able[first:last] {
		if m == near || !n.allNearer(t.means[near], t.means[m]) {
			t.able = append(t.able, m)
		}
	}
	switch {
	case len(t.able) == last+1:
		g := &t.sums[near]
		g.n, g.x, g.y = g.n+n.all.n, g.x+n.all.x, g.y+n.all.y
	case n.left == 0:
		for _, p := range t.points[n.from:n.to] {
			m := t.nearestTo(finer(p), t.able[last:])
			t.sums[m] = t.sums[m].with(p)
		}
	default:
		t.count(n.left, last)
		t.count(n.right, last)
	}
	t.able = t.able[:last]
}

func (t *tree) nearestTo(p plane.Point, able []int32) int32 {
	best, least := able[0], squared(t.means[able[0]], p)
	for _, m := range able[1:] {
		if far := squared(t.means[m], p); far < least {
			best, least = m, far
		}
	}
	return best
}

// allNearer is whether a is at least as near to all of the box as b: so it is if it is to the corner furthest towards b.
func (n *node) allNearer(a, b plane.Point) bool {
	corner := n.low
	if b.X > a.X {
		corner.X = n.high.X
	}
	if b.Y > a.Y {
		corner.Y = n.high.Y
	}
	return squared(a, corner) <= squared(b, corner)
}
