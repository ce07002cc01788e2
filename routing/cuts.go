package routing

import (
	"cmp"
	"slices"
)

// A patchwork is the nodes of a relaxation in patches, and what shares of legs there are between each two.
type patchwork struct {
	*relaxation
	patch  []int32 // of each node
	size   int
	weight []float64 // size×size
}

func (r *relaxation) patchwork(patch []int32, size int) *patchwork {
	p := &patchwork{relaxation: r, patch: patch, size: size, weight: make([]float64, size*size)}
	for _, leg := range r.legs {
		l, x := r.tree.legs[leg], r.share[leg]
		if a, b := int(patch[l.a]), int(patch[l.b]); x > 0 && a != b {
			p.weight[a*size+b] += x
			p.weight[b*size+a] += x
		}
	}
	return p
}

// between are the shares of legs from a patch to each.
func (p *patchwork) between(a int) []float64 { return p.weight[a*p.size : (a+1)*p.size] }

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
		k := cut{factor: make([]int8, len(r.tree.legs)), least: 2, set: set}
		r.across(set, k.factor)
		found = append(found, k)
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

// across adds one to the factors of the legs that leave a set.
func (r *relaxation) across(set []bool, factor []int8) {
	for _, leg := range r.legs {
		if l := r.tree.legs[leg]; set[l.a] != set[l.b] {
			factor[leg]++
		}
	}
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

// sets are those that less than two legs leave, and those that two leave, small before large, of which many come up in the search
// for the set that the least leaves (M. Stoer and F. Wagner, J. ACM 44, 1997).
func (r *relaxation) sets() (broken, tight [][]bool) {
	s := r.paths()
	parts := make([][]int32, s.size)
	left := make([]int, s.size)
	for i := range left {
		left[i], parts[i] = i, []int32{int32(i)}
	}
	for len(left) > 1 {
		before, last, leaves := s.mostBound(left)
		if leaves < 2+some {
			set := s.spread(func(patch int32) bool { return slices.Contains(parts[last], patch) })
			if leaves < 2-clearly {
				broken = append(broken, set)
			} else if set = smaller(set); count(set) > 1 {
				tight = append(tight, set)
			}
		}
		s.join(before, last)
		parts[before] = append(parts[before], parts[last]...)
		left = slices.DeleteFunc(left, func(i int) bool { return i == last })
	}
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
	for _, leg := range r.legs {
		l := r.tree.legs[leg]
		if a, b := patch[l.a], patch[l.b]; r.share[leg] == 1 && a != b {
			size--
			for i, p := range patch {
				if p == max(a, b) {
					patch[i] = min(a, b)
				} else if p == int32(size) {
					patch[i] = max(a, b)
				}
			}
		}
	}
	return r.patchwork(patch, size)
}

// mostBound takes patches, always the one with most to those taken, and gives the last two, and what leaves the last.
func (p *patchwork) mostBound(patches []int) (before, last int, leaves float64) {
	bound := make([]float64, p.size)
	rest := slices.Clone(patches)
	for len(rest) > 0 {
		at := 0
		for i, patch := range rest {
			if bound[patch] > bound[rest[at]] {
				at = i
			}
		}
		before, last, leaves = last, rest[at], bound[rest[at]]
		rest = slices.Delete(rest, at, at+1)
		for patch, w := range p.between(last) {
			bound[patch] += w
		}
	}
	return before, last, leaves
}

// join lets a patch have what another has to the rest, which is out from now on.
func (p *patchwork) join(a, out int) {
	for i, w := range p.between(out) {
		if i != a {
			p.weight[a*p.size+i] += w
			p.weight[i*p.size+a] += w
		}
		p.weight[out*p.size+i], p.weight[i*p.size+out] = 0, 0
	}
}
