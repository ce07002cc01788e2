package territory

import "slices"

// matched gives the territories of a cut the numbers of today's with which they have most of the first measure in common, as far as
// they are alike: by the assignment of most overlap.
func (p Problem) matched(of []int32) []int32 {
	number := make([]int32, len(p.Territories))
	for k := range number {
		number[k] = int32(k)
	}
	common := p.common(of)
	for _, alike := range p.alike() {
		p.assign(alike, common, number)
	}
	matched := slices.Clone(of)
	for i, k := range of {
		matched[i] = number[k]
	}
	return matched
}

// common is how much of the first measure is in one territory now and in another today.
func (p Problem) common(of []int32) map[[2]int32]int64 {
	common := map[[2]int32]int64{}
	for i, u := range p.Units {
		if u.Today != None {
			common[[2]int32{of[i], u.Today}] += u.Loads[0]
		}
	}
	return common
}

// alike are sets of territories that could change names: of one share, capacity and home, and nothing is bound to them.
func (p Problem) alike() (sets [][]int32) {
	bound := make([]bool, len(p.Territories))
	for k, t := range p.Territories {
		bound[k] = t.Frozen
	}
	for _, u := range p.Units {
		if u.Lock != None {
			bound[u.Lock] = true
		}
	}
	for k := range p.Territories {
		if bound[k] {
			continue
		}
		at := slices.IndexFunc(sets, func(set []int32) bool { return p.Territories[set[0]].like(p.Territories[k]) })
		if at < 0 {
			at, sets = len(sets), append(sets, nil)
		}
		sets[at] = append(sets[at], int32(k))
	}
	return sets
}

func (t Territory) like(other Territory) bool {
	home := t.Home == other.Home || t.Home != nil && other.Home != nil && *t.Home == *other.Home
	return home && t.Share == other.Share && slices.Equal(t.Most, other.Most)
}

// assign numbers alike territories, by a flow of one from each to one of today's at the least price: what is not in common.
func (p Problem) assign(alike []int32, common map[[2]int32]int64, number []int32) {
	n := len(alike)
	var most int64
	for _, load := range common {
		most = max(most, load)
	}
	net := newNetwork(2*n + 3)
	source, sink, any := 2*n, 2*n+1, 2*n+2
	arcs := map[int][2]int{}
	for i, k := range alike {
		net.add(source, i, 1, 0)
		net.add(n+i, sink, 1, 0)
		net.add(i, any, 1, most)
		net.add(any, n+i, 1, 0)
		for j, today := range alike {
			if load := common[[2]int32{k, today}]; load > 0 {
				arcs[net.add(i, n+j, 1, most-load)] = [2]int{i, j}
			}
		}
	}
	net.run(source, sink)
	taken, left := make([]bool, n), make([]bool, n)
	for arc, pair := range arcs {
		if net.flow(arc) > 0 {
			number[alike[pair[0]]], taken[pair[1]], left[pair[0]] = alike[pair[1]], true, true
		}
	}
	next := 0
	for i, k := range alike {
		if left[i] {
			continue
		}
		for taken[next] {
			next++
		}
		number[k], taken[next] = alike[next], true
	}
}
