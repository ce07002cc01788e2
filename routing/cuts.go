package routing

import (
	"cmp"
	"math"
	"slices"
)

// A patchwork is the nodes of a relaxation in patches, and what shares of legs there are between them.
type patchwork struct {
	*relaxation
	patch []int32 // of each node
	size  int
	seams []seam // ascending
}

// A seam is between two patches, a before b.
type seam struct {
	a, b  int
	share float64
}

func (r *relaxation) patchwork(patch []int32, size int) *patchwork {
	p := &patchwork{relaxation: r, patch: patch, size: size}
	for _, leg := range r.legs {
		l, x := r.tree.legs[leg], r.share[leg]
		if a, b := int(patch[l.a]), int(patch[l.b]); x > 0 && a != b {
			p.seams = append(p.seams, seam{min(a, b), max(a, b), x})
		}
	}
	slices.SortStableFunc(p.seams, func(x, y seam) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	one := p.seams[:0]
	for _, s := range p.seams {
		if last := len(one) - 1; last >= 0 && one[last].a == s.a && one[last].b == s.b {
			one[last].share += s.share
		} else {
			one = append(one, s)
		}
	}
	p.seams = one
	return p
}

// hanging are the patches that hang together by seams of shares between low and high.
func (p *patchwork) hanging(low, high float64) (sets [][]bool) {
	set := make([]int, p.size)
	for i := range set {
		set[i] = i
	}
	root := func(i int) int {
		for set[i] != i {
			set[i] = set[set[i]]
			i = set[i]
		}
		return i
	}
	for _, s := range p.seams {
		if a, b := root(s.a), root(s.b); s.share > low && s.share < high {
			set[max(a, b)] = min(a, b)
		}
	}
	at := make([]int, p.size)
	for i := range set {
		first := root(i)
		if first == i {
			at[i] = len(sets)
			sets = append(sets, make([]bool, p.size))
		}
		sets[at[first]][i] = true
	}
	return sets
}

// spread makes of patches the nodes that are in them.
func (p *patchwork) spread(in func(patch int32) bool) []bool {
	set := make([]bool, len(p.patch))
	for node, patch := range p.patch {
		set[node] = in(patch)
	}
	return set
}

// broken are rules that the shares break: of sets that a tour must leave, or else of combs; for these, sets that it only
// just leaves are taken for one node, first each alone, then as many as there are.
func (r *relaxation) broken() (found []cut) {
	sets, tight := r.sets()
	for _, set := range sets {
		found = append(found, r.cutting([][]bool{set}, 2))
	}
	if len(found) > 0 {
		return found
	}
	patch, size := merged(r.tree.n, nil)
	found = r.patchwork(patch, size).combs(found)
	for _, set := range tight {
		patch, size = merged(r.tree.n, [][]bool{set})
		found = r.patchwork(patch, size).combs(found)
	}
	if patch, size = merged(r.tree.n, tight); len(tight) > 1 {
		found = r.patchwork(patch, size).combs(found)
	}
	return found
}

// merged makes a patch of each set that meets none before it, and of each other node.
func merged(n int, sets [][]bool) (patch []int32, size int) {
	patch = make([]int32, n)
	for i := range patch {
		patch[i] = -1
	}
	for _, set := range sets {
		meets := false
		for i, in := range set {
			meets = meets || in && patch[i] >= 0
		}
		for i, in := range set {
			if in && !meets {
				patch[i] = int32(size)
			}
		}
		if !meets {
			size++
		}
	}
	for i := range patch {
		if patch[i] < 0 {
			patch[i] = int32(size)
			size++
		}
	}
	return patch, size
}

// sets are those that less than two legs leave, and small ones that two leave.
func (r *relaxation) sets() (broken, tight [][]bool) {
	p := r.paths()
	if sets := p.hanging(0, math.Inf(1)); len(sets) > 1 {
		for _, set := range sets {
			broken = append(broken, p.spread(func(patch int32) bool { return set[patch] }))
		}
		return broken, nil
	}
	p.phases(func(patches []int32, leaves float64) {
		if leaves > 2+some {
			return
		}
		set := p.spread(func(patch int32) bool { return slices.Contains(patches, patch) })
		if leaves < 2-clearly {
			broken = append(broken, set)
		} else if set = smaller(set); count(set) > 1 {
			tight = append(tight, set)
		}
	})
	slices.SortStableFunc(tight, func(a, b []bool) int { return cmp.Compare(count(a), count(b)) })
	return broken, tight
}

func count(set []bool) (n int) {
	for _, in := range set {
		if in {
			n++
		}
	}
	return n
}

// smaller is a set, or the nodes out of it if those are fewer.
func smaller(set []bool) []bool {
	if 2*count(set) > len(set) {
		for i := range set {
			set[i] = !set[i]
		}
	}
	return set
}

// paths makes a patch of nodes that hang together by whole legs.
func (r *relaxation) paths() *patchwork {
	patch, size := merged(r.tree.n, nil)
	sets := r.patchwork(patch, size).hanging(1-some, math.Inf(1))
	for i, set := range sets {
		for node, in := range set {
			if in {
				patch[node] = int32(i)
			}
		}
	}
	return r.patchwork(patch, len(sets))
}

// phases sees the sets of patches that come up in the search for the one that the least leaves (M. Stoer and F. Wagner,
// J. ACM 44, 1997): that is among them.
func (p *patchwork) phases(see func(patches []int32, leaves float64)) {
	weight, members, left := make([]float64, p.size*p.size), make([][]int32, p.size), make([]int, p.size)
	for _, s := range p.seams {
		weight[s.a*p.size+s.b], weight[s.b*p.size+s.a] = s.share, s.share
	}
	for i := range left {
		left[i], members[i] = i, []int32{int32(i)}
	}
	for len(left) > 1 {
		to, last, leaves := p.mostBound(left, weight)
		see(members[last], leaves)
		members[to] = append(members[to], members[last]...)
		left = slices.DeleteFunc(left, func(i int) bool { return i == last })
		for _, i := range left {
			if i != to {
				weight[to*p.size+i] += weight[last*p.size+i]
				weight[i*p.size+to] = weight[to*p.size+i]
			}
		}
	}
}

// mostBound takes patches, always the one with most to those taken, and gives the last two, and what leaves the last.
func (p *patchwork) mostBound(patches []int, weight []float64) (before, last int, leaves float64) {
	bound, rest := make([]float64, p.size), slices.Clone(patches)
	for len(rest) > 0 {
		at := 0
		for i, patch := range rest {
			if bound[patch] > bound[rest[at]] {
				at = i
			}
		}
		before, last, leaves = last, rest[at], bound[rest[at]]
		rest[at] = rest[len(rest)-1]
		rest = rest[:len(rest)-1]
		for _, patch := range rest {
			bound[patch] += weight[last*p.size+patch]
		}
	}
	return before, last, leaves
}
