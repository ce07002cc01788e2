package territory

import (
	"cmp"
	"math"
	"slices"
)

// A packItem is a place that a median may serve, and what it gains by it.
type packItem struct {
	rate         float64 // gain for a unit of load
	gain, weight int64
	place        int32
}

// A packer chooses which places a median serves, within what it can carry, so that it gains most: a knapsack, by depth first and
// Dantzig's bound, of items in falling order of their rates.
type packer struct {
	items        []packItem
	gains, loads []int64 // sums of the items before each
	taken, best  []bool
	most         int64 // gain of best
	nodes        int   // that may still be looked at
}

const (
	packNodes  = 3000
	packInsert = 40 // items that are sorted by insertion
)

func (p *packer) add(place int32, gain, weight int64) {
	rate := math.Inf(1)
	if weight > 0 {
		rate = float64(gain) / float64(weight)
	}
	p.items = append(p.items, packItem{rate, gain, weight, place})
}

// pack chooses, and tells the gain that no choice exceeds: that of the choice itself, unless there were too many to look at.
func (p *packer) pack(room int64) (bound int64) {
	p.sort()
	n := len(p.items)
	p.gains, p.loads = append(p.gains[:0], 0), append(p.loads[:0], 0)
	for i, x := range p.items {
		p.gains = append(p.gains, p.gains[i]+x.gain)
		p.loads = append(p.loads, p.loads[i]+x.weight)
	}
	p.taken = slices.Grow(p.taken[:0], n)[:n]
	p.best = slices.Grow(p.best[:0], n)[:n]
	clear(p.taken)
	clear(p.best)
	p.most, p.nodes = 0, packNodes
	bound = p.bound(0, room)
	p.search(0, room, 0)
	if p.nodes > 0 {
		return p.most
	}
	return bound
}

// sort puts the items in falling order of their rates.
func (p *packer) sort() {
	if len(p.items) > packInsert {
		slices.SortFunc(p.items, func(a, b packItem) int {
			return cmp.Or(cmp.Compare(b.rate, a.rate), cmp.Compare(a.place, b.place))
		})
		return
	}
	for k, x := range p.items {
		for k > 0 && (p.items[k-1].rate < x.rate || p.items[k-1].rate == x.rate && p.items[k-1].place > x.place) {
			p.items[k] = p.items[k-1]
			k--
		}
		p.items[k] = x
	}
}

// bound is what the items from the first on gain at most, were they divisible; a little more, for the sake of rounding.
func (p *packer) bound(first int, room int64) int64 {
	low, high := first, len(p.items) // the item that is divided
	for low < high {
		middle := int(uint(low+high) >> 1)
		if p.loads[middle+1]-p.loads[first] <= room {
			low = middle + 1
		} else {
			high = middle
		}
	}
	whole := p.gains[low] - p.gains[first]
	if low == len(p.items) {
		return whole
	}
	x := p.items[low]
	part := x.rate * float64(room-(p.loads[low]-p.loads[first]))
	return whole + min(x.gain, int64(part*(1+1e-12))+1)
}

func (p *packer) search(k int, room, gain int64) {
	if gain > p.most {
		p.most = gain
		copy(p.best, p.taken)
	}
	for ; k < len(p.items); k++ {
		if p.nodes--; p.nodes <= 0 || gain+p.bound(k, room) <= p.most {
			return
		}
		if x := p.items[k]; x.weight <= room {
			p.taken[k] = true
			p.search(k+1, room-x.weight, gain+x.gain)
			p.taken[k] = false
		}
	}
}
