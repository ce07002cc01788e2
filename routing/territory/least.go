package territory

// leastOf is the least of the first measure that changes hands in any cut that keeps the tolerance and the capacities of another: what is
// above in a territory leaves it, what is below comes from others. Those go that have least of the first measure for it, the last of them
// in part.
func (p Problem) leastOf(m int) int64 {
	d := p.drift(m)
	var leave, below, come int64
	for k, load := range d.load {
		below += max(0, d.low[k]-load)
		if load > d.high[k] {
			leave += p.cheapest(m, load-d.high[k], func(today int32) bool { return today == int32(k) })
		}
	}
	if below > d.free {
		come = p.cheapest(m, below-d.free, func(int32) bool { return true })
	}
	return p.drift(0).forced + max(leave, come)
}

// cheapest is how much of the first measure goes with so much of another, at least, if it leaves some of today's territories; all that
// may leave them where that is less.
func (p Problem) cheapest(m int, load int64, from func(today int32) bool) int64 {
	var t taking
	for _, u := range p.Units {
		if u.Today != None && u.Lock == None && from(u.Today) && !p.Territories[u.Today].Frozen {
			t.units = append(t.units, u)
		}
	}
	t.sort(m)
	return t.cost(min(load, t.load[len(t.load)-1]))
}
