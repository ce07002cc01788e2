package territory

import (
	"cmp"
	"slices"
)

// freed is load of units that have no territory today, and lie beside each other and beside the same territories: those may have it, and
// nobody changes hands. nil: any may.
type freed struct {
	load int64
	to   []int32
}

// mostFreed is how many such parts are looked at one by one, those of most load first; of what is left any territory may have some.
const mostFreed = 1024

// freed are all parts of a measure, in an order that does not depend on that of units.
func (p Problem) freed(m int) (parts []freed) {
	open := p.openToAll()
	seen := make([]bool, len(p.Units))
	for i, u := range p.Units {
		if u.Today != None || u.Lock != None || seen[i] {
			continue
		}
		part := p.freedFrom(int32(i), m, seen)
		part.to = slices.DeleteFunc(part.to, func(k int32) bool { return p.Territories[k].Frozen })
		if part.to = append(part.to, open...); len(part.to) == len(open) || p.Beside.Len() == 0 {
			part.to = nil
		}
		slices.Sort(part.to)
		part.to = slices.Compact(part.to)
		parts = append(parts, part)
	}
	return few(merged(parts))
}

// openToAll are the territories that have no units today: they are beside all others.
func (p Problem) openToAll() (open []int32) {
	has := make([]bool, len(p.Territories))
	for _, u := range p.Units {
		if u.Today != None {
			has[u.Today] = true
		}
	}
	for k, t := range p.Territories {
		if !has[k] && !t.Frozen {
			open = append(open, int32(k))
		}
	}
	return open
}

// freedFrom is the part in which a unit is, and whose neighbours it is beside.
func (p Problem) freedFrom(first int32, m int, seen []bool) (part freed) {
	seen[first] = true
	for queue := []int32{first}; len(queue) > 0; {
		i := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		part.load += p.Units[i].Loads[m]
		if p.Beside.Len() == 0 {
			continue
		}
		for _, j := range p.Beside.Of(int(i)) {
			switch v := p.Units[j]; {
			case v.Today != None || v.Lock != None:
				for _, k := range [...]int32{v.Today, v.Lock} {
					if k != None && !slices.Contains(part.to, k) {
						part.to = append(part.to, k)
					}
				}
			case !seen[j]:
				seen[j], queue = true, append(queue, j)
			}
		}
	}
	return part
}

// merged are parts of which no two may go to the same territories, those of most load first.
func merged(parts []freed) (all []freed) {
	slices.SortFunc(parts, func(a, b freed) int { return slices.Compare(a.to, b.to) })
	for _, part := range parts {
		if last := len(all) - 1; last >= 0 && slices.Equal(all[last].to, part.to) {
			all[last].load += part.load
		} else {
			all = append(all, part)
		}
	}
	slices.SortFunc(all, func(a, b freed) int { return cmp.Or(cmp.Compare(b.load, a.load), slices.Compare(a.to, b.to)) })
	return all
}

// few leaves the first parts as they are, and puts the others together.
func few(parts []freed) []freed {
	if len(parts) <= mostFreed {
		return parts
	}
	rest := freed{}
	for _, part := range parts[mostFreed:] {
		rest.load += part.load
	}
	return append(parts[:mostFreed:mostFreed], rest)
}
