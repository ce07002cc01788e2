package routing

import "slices"

// middling are the shares up to which legs are hardly ever in a tour, or out of it.
var middling = [...]float64{0, 0.1, 0.2, 0.3}

// combs adds rules of combs that the shares break: a handle, and an odd number of teeth that are partly in it and do
// not meet (V. Chvátal, Mathematical Programming 5, 1973; M. Grötschel and M. Padberg, ibid. 16, 1979). A tour leaves
// each at least twice, and one of them once more:
//
//	legs out of the handle + legs out of the teeth ≥ 3·teeth + 1
//
// Handles are patches that hang together by middling shares, and teeth two patches that large shares join, one in and one out
// (M. Padberg and M. Grötschel in The Traveling Salesman Problem, ed. E. Lawler et al., 1985).
func (p *patchwork) combs(found []cut) []cut {
	for _, low := range middling {
		var large []seam
		for _, s := range p.seams {
			if s.share > 1-low-some {
				large = append(large, s)
			}
		}
		for _, handle := range p.hanging(low+some, 1-low-some) {
			k, ok := p.comb(handle, large)
			if ok && !slices.ContainsFunc(found, func(o cut) bool { return slices.Equal(o.factor, k.factor) }) {
				found = append(found, k)
			}
		}
	}
	return found
}

// comb is the comb with that handle, if its rule is broken. A patch where teeth meet goes to the other side first.
func (p *patchwork) comb(handle []bool, large []seam) (k cut, ok bool) {
	for range p.size {
		var teeth []seam
		met := make([]int, p.size)
		for _, t := range large {
			if handle[t.a] != handle[t.b] {
				teeth = append(teeth, t)
				met[t.a]++
				met[t.b]++
			}
		}
		if len(teeth) < 3 {
			return k, false
		}
		both := slices.IndexFunc(met, func(teeth int) bool { return teeth > 1 })
		if both < 0 {
			return p.combOf(handle, teeth)
		}
		handle[both] = !handle[both]
	}
	return k, false
}

func (p *patchwork) combOf(handle []bool, teeth []seam) (k cut, broken bool) {
	if len(teeth)%2 == 0 {
		return k, false
	}
	sets := [][]bool{p.spread(func(patch int32) bool { return handle[patch] })}
	for _, t := range teeth {
		sets = append(sets, p.spread(func(patch int32) bool { return int(patch) == t.a || int(patch) == t.b }))
	}
	k = p.cutting(sets, int64(3*len(teeth)+1))
	sum := 0.0
	for _, leg := range p.legs {
		sum += float64(p.share[leg] * float64(k.factor[leg]))
	}
	return k, sum < float64(k.least)-clearly
}
