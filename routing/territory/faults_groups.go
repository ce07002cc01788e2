package territory

import "slices"

// groups joins those that stay together, and finds those whose members must be in different territories.
func (f *faults) groups() {
	f.group = joined(len(f.p.Units), f.p.Together)
	members := map[int32][]int32{}
	for i, first := range f.group {
		members[first] = append(members[first], int32(i))
	}
	if len(members) < len(f.p.Territories) {
		f.add(TooFewUnits, nil, nil, -1)
	}
	for i := range f.group { // in order
		if units := members[int32(i)]; len(units) > 1 {
			f.oneTerritory(units)
		}
	}
}

// oneTerritory finds a group of which members are bound to different territories.
func (f *faults) oneTerritory(units []int32) {
	var bound []int
	for _, i := range units {
		if k := f.bound(i); k != None {
			bound = append(bound, int(k))
		}
	}
	if slices.Sort(bound); len(slices.Compact(bound)) > 1 {
		f.add(LocksDiffer, slices.Clone(units), slices.Compact(bound), -1)
	} else if len(bound) > 0 && f.p.Territories[bound[0]].Frozen && slices.ContainsFunc(units, func(i int32) bool { return f.p.Units[i].Today != int32(bound[0]) }) {
		f.add(LocksDiffer, slices.Clone(units), bound[:1], -1)
	}
}

// bound is the territory a unit is locked to or frozen in, or None.
func (f *faults) bound(i int32) int32 {
	u := f.p.Units[i]
	if u.Lock == None && u.Today != None && f.p.Territories[u.Today].Frozen {
		return u.Today
	}
	return u.Lock
}

// joined is, of each of n units, the first of all those it is joined with by groups, one after the other.
func joined(n int, groups [][]int32) []int32 {
	first := make([]int32, n)
	for i := range first {
		first[i] = int32(i)
	}
	root := func(i int32) int32 {
		for first[i] != i {
			first[i] = first[first[i]]
			i = first[i]
		}
		return i
	}
	for _, group := range groups {
		for _, i := range group {
			a, b := root(group[0]), root(i)
			first[max(a, b)] = min(a, b)
		}
	}
	for i := range first {
		first[i] = root(int32(i))
	}
	return first
}

func (f *faults) frozen() {
	var units []int32
	var territories []int
	for i, u := range f.p.Units {
		for _, k := range [...]int32{u.Lock, u.Today} {
			if u.Lock != None && u.Lock != u.Today && k != None && f.p.Territories[k].Frozen {
				units, territories = append(units, int32(i)), append(territories, int(k))
			}
		}
	}
	if units != nil {
		f.add(FrozenLock, units, territories, -1)
	}
	if slices.ContainsFunc(f.p.Territories, func(t Territory) bool { return !t.Frozen }) {
		return
	}
	f.units(NobodyFree, -1, func(u Unit) bool { return u.Today == None })
}

// apart finds pairs that cannot be kept apart, and units that have no territory left.
func (f *faults) apart() {
	bound := f.groupBound()
	for _, pair := range f.p.Apart {
		a, b := f.group[pair[0]], f.group[pair[1]]
		switch k := bound[a]; {
		case a == b:
			f.add(ApartTogether, slices.Clone(pair[:]), nil, -1)
		case k != None && k == bound[b]:
			f.add(ApartLocked, slices.Clone(pair[:]), []int{int(k)}, -1)
		}
	}
	for i, taken := range f.taken(bound) {
		if bound[i] == None && len(taken) == len(f.p.Territories) {
			f.add(NoRoom, []int32{int32(i)}, nil, -1)
		}
	}
}

// groupBound is the territory that the group of each first unit is bound to.
func (f *faults) groupBound() []int32 {
	bound := make([]int32, len(f.group))
	for i := range bound {
		bound[i] = None
	}
	for i, first := range f.group {
		if k := f.bound(int32(i)); k != None {
			bound[first] = k
		}
	}
	return bound
}

// taken are, of each first unit of a group that is to be kept apart of others, the territories it may not have.
func (f *faults) taken(bound []int32) map[int32]map[int32]bool {
	taken := map[int32]map[int32]bool{}
	for _, pair := range f.p.Apart {
		a, b := f.group[pair[0]], f.group[pair[1]]
		for _, side := range [...][2]int32{{a, b}, {b, a}} {
			if k := bound[side[1]]; k != None {
				f.take(taken, side[0], k)
			}
		}
	}
	for i := range taken {
		for k, t := range f.p.Territories {
			if t.Frozen {
				f.take(taken, i, int32(k))
			}
		}
	}
	return taken
}

func (f *faults) take(taken map[int32]map[int32]bool, i, k int32) {
	if taken[i] == nil {
		taken[i] = map[int32]bool{}
	}
	taken[i][k] = true
}

// cliqueSteps bounds the search for units that are all to be kept apart of each other.
const cliqueSteps = 20_000

// cliques finds more units that are all to be kept apart of each other than there are territories, if it is quickly found.
func (f *faults) cliques() {
	enemies := map[int32][]int32{}
	for _, pair := range f.p.Apart {
		a, b := f.group[pair[0]], f.group[pair[1]]
		enemies[a], enemies[b] = append(enemies[a], b), append(enemies[b], a)
	}
	var all []int32
	for i := range f.group {
		if beside := enemies[int32(i)]; beside != nil {
			slices.Sort(beside)
			enemies[int32(i)] = slices.Compact(beside)
			all = append(all, int32(i))
		}
	}
	c := clique{enemies: enemies, want: len(f.p.Territories) + 1}
	if c.grow(nil, all) {
		f.add(ApartTooMany, c.found, nil, -1)
	}
}

type clique struct {
	enemies map[int32][]int32
	want    int
	steps   int
	found   []int32
}

// grow looks for a clique of the wanted size that has all of some units, and others of those that are left.
func (c *clique) grow(have, left []int32) bool {
	if len(have) == c.want {
		c.found = slices.Clone(have)
		return true
	}
	for n, i := range left {
		if c.steps++; len(have)+len(left)-n < c.want || c.steps > cliqueSteps {
			return false
		}
		if c.grow(append(have, i), both(left[n+1:], c.enemies[i])) {
			return true
		}
	}
	return false
}

// both are those that are in two rising lists.
func both(a, b []int32) (in []int32) {
	for _, i := range a {
		if _, found := slices.BinarySearch(b, i); found {
			in = append(in, i)
		}
	}
	return in
}

func (f *faults) points() {
	first := f.p.Units[0].At
	if len(f.p.Units) > 1 && !slices.ContainsFunc(f.p.Units, func(u Unit) bool { return u.At != first }) {
		f.add(OnePoint, nil, nil, -1)
	}
}

// parts finds what barriers cut off.
func (f *faults) parts() {
	if f.p.Beside.Len() == 0 {
		return
	}
	part, size := f.p.components()
	if len(size) > 1 {
		largest := int32(slices.Index(size, slices.Max(size)))
		f.add(Separate, f.where(func(i int32) bool { return part[i] != largest }), nil, -1)
	}
	if len(size) > len(f.p.Territories) {
		f.add(MorePieces, nil, nil, -1)
	}
	f.across(LockedAcross, part, func(i int32) int32 { return f.p.Units[i].Lock }, true)
	f.across(GroupAcross, part, func(i int32) int32 { return f.group[i] }, false)
}

// across finds sets of units that lie in several parts.
func (f *faults) across(kind FaultKind, part []int32, set func(int32) int32, territory bool) {
	in, torn := map[int32]int32{}, map[int32]bool{}
	for i := range part {
		k := set(int32(i))
		if other, seen := in[k]; k != None && seen && other != part[i] {
			torn[k] = true
		}
		in[k] = part[i]
	}
	for k := range part { // in order
		if !torn[int32(k)] {
			continue
		}
		var territories []int
		if territory {
			territories = []int{k}
		}
		f.add(kind, f.where(func(i int32) bool { return set(i) == int32(k) }), territories, -1)
	}
}

func (f *faults) where(is func(int32) bool) (units []int32) {
	for i := range f.p.Units {
		if is(int32(i)) {
			units = append(units, int32(i))
		}
	}
	return units
}

// components are the part of each unit, parts in order of their first units, and how many units each has.
func (p Problem) components() (part []int32, size []int) {
	part = make([]int32, len(p.Units))
	for i := range part {
		part[i] = None
	}
	for i := range part {
		if part[i] != None {
			continue
		}
		part[i] = int32(len(size))
		queue := []int32{int32(i)}
		for next := 0; next < len(queue); next++ {
			for _, j := range p.Beside.Of(int(queue[next])) {
				if part[j] == None {
					part[j], queue = part[i], append(queue, j)
				}
			}
		}
		size = append(size, len(queue))
	}
	return part, size
}

// forced finds frozen territories that mean little, and locks that alone change more than may change.
func (f *faults) forced() {
	has := make([]bool, len(f.p.Territories))
	var forced, of int64
	for _, u := range f.p.Units {
		if u.Today == None {
			continue
		}
		has[u.Today] = true
		of += u.Loads[0]
		if u.Lock != None && u.Lock != u.Today {
			forced += u.Loads[0]
		}
	}
	f.territories(FrozenWithout, func(k int, t Territory) bool { return t.Frozen && !has[k] })
	if f.p.MostChange > 0 && forced > portion(of, f.p.MostChange) {
		f.units(ForcedAboveMost, -1, func(u Unit) bool { return u.Today != None && u.Lock != None && u.Lock != u.Today })
	}
}
