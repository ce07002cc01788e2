package routing

import "math"

// lowerBound is the cost that no tour of the ring goes below: of the cheapest 1-tree with these penalties over
// all legs, not only those between neighbours, in whole numbers so that it is a proof. It is less than the truth if
// there is no time for it.
func (s *solving) lowerBound(pi []int64) Cost {
	d := denseTree{solving: s, pi: pi, buffer: make([]int32, s.n), from: make([]int32, s.n), degree: make([]int32, s.n)}
	total, ok := d.span()
	if !ok {
		return 0
	}
	total += d.second()
	for _, p := range pi {
		total -= 2 * p
	}
	if total <= 0 {
		return 0
	}
	return Cost((total + scale - 1) / scale)
}

// quickNodes is up to how many the tree of all legs takes a few milliseconds: so much time there always is.
const quickNodes = 1024

// A denseTree is a 1-tree of all legs. It takes n² steps and no memory to speak of.
type denseTree struct {
	*solving
	pi     []int64
	buffer []int32
	from   []int32
	degree []int32
}

func (d *denseTree) span() (total int64, ok bool) {
	key := make([]int64, d.n)
	rest := make([]int32, 0, d.n)
	for i := 1; i < d.n; i++ {
		key[i], rest = math.MaxInt64, append(rest, int32(i))
	}
	for here := int32(0); len(rest) > 0; {
		if d.n > quickNodes && d.ctx.Err() != nil {
			return 0, false
		}
		at := d.nearest(here, rest, key)
		here = rest[at]
		rest[at] = rest[len(rest)-1]
		rest = rest[:len(rest)-1]
		d.degree[here]++
		d.degree[d.from[here]]++
		total += int64(d.leg(here, d.from[here]))*scale + d.pi[here] + d.pi[d.from[here]]
	}
	return total, true
}

// nearest lets the keys of the rest follow a node that has joined, and gives the place of the least.
func (d *denseTree) nearest(here int32, rest []int32, key []int64) (at int) {
	row, pi, mate, least := d.row(here, d.buffer), d.pi[here], d.mate[here], int64(math.MaxInt64)
	for k, j := range rest {
		w := int64(row[j])*scale + pi + d.pi[j]
		if j == mate {
			w = chosenFirst
		}
		if w < key[j] {
			key[j], d.from[j] = w, here
		}
		if key[j] < least {
			at, least = k, key[j]
		}
	}
	return at
}

// second is the dearest second leg of a leaf.
func (d *denseTree) second() int64 {
	dearest := int64(math.MinInt64)
	for leaf := range int32(d.n) {
		if d.degree[leaf] != 1 {
			continue
		}
		up := d.from[leaf]
		if leaf == 0 { // the root: its child
			for j := int32(1); j < int32(d.n); j++ {
				if d.from[j] == 0 {
					up = j
				}
			}
		}
		least, row, pi := int64(math.MaxInt64), d.row(leaf, d.buffer), d.pi[leaf]
		for j, leg := range row {
			if int32(j) != leaf && int32(j) != up {
				least = min(least, int64(leg)*scale+pi+d.pi[j])
			}
		}
		dearest = max(dearest, least)
	}
	return dearest
}
