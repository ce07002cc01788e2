package territory

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// Bound is the least of a measure that must change hands for its tolerance and capacities to be met, or to be missPrice by as
// little as can be: when load passes only between territories that are beside each other today, and when it may pass
// between any two (least). What locks move counts in both. A territory that has no units today is beside all others;
// units that have none today change no hands, and go to territories beside them, or beside others that have none between.
//
// Both are a least-cost flow: what is above its tolerance has to leave a territory, what is missing has to come, and
// each step from one territory to one beside it is as much load that changes hands.
func Bound(p Problem, m int) (bound, least int64) {
	d := p.drift(m)
	least = d.forced + d.least()
	if p.Beside.Len() == 0 {
		return least, least
	}
	return d.forced + sumOf(d.flows(p.borders())), least
}

// within is the tolerance of the first measure, at most a worst one and to a thousandth, for which no more than a limit must change.
func (p *Problem) within(limit, worst int64) int64 {
	d, borders, shares := p.drift(0), p.borders(), p.shares(0)
	low, high := p.Measures[0].Tolerance, worst
	for high-low > 1000 {
		middle := (low + high) / 2
		for k := range d.load {
			if !d.frozen[k] {
				d.low[k], d.high[k] = shares.span(k, middle)
			}
		}
		needs := d.least()
		if len(borders) > 0 {
			needs = sumOf(d.flows(borders))
		}
		if needs > limit {
			low = middle
		} else {
			high = middle
		}
	}
	if high-low <= 1000 && low == p.Measures[0].Tolerance {
		return low
	}
	return high
}

// drift is how far the territories of today are from what is wanted, after all units have gone where they are locked.
type drift struct {
	load, low, high []int64
	frozen          []bool
	free            int64 // of units that have no territory
	parts           []freed
	forced          int64 // of units that locks move
}

func (p Problem) drift(m int) drift {
	d := drift{load: make([]int64, len(p.Territories)), frozen: make([]bool, len(p.Territories))}
	for _, u := range p.Units {
		switch load := u.Loads[m]; {
		case u.Lock != None:
			d.load[u.Lock] += load
			if u.Today != None && u.Today != u.Lock {
				d.forced += load
			}
		case u.Today != None:
			d.load[u.Today] += load
		default:
			d.free += load
		}
	}
	for k, t := range p.Territories {
		d.frozen[k] = t.Frozen
	}
	if d.free > 0 {
		d.parts = p.freed(m)
	}
	d.low, d.high = p.spans(m)
	for k := range d.load {
		if d.frozen[k] {
			d.low[k], d.high[k] = d.load[k], d.load[k]
		}
	}
	return d
}

// spans are what each territory may have of a measure, by its tolerance and capacity.
func (p Problem) spans(m int) (low, high []int64) {
	s := p.shares(m)
	low, high = make([]int64, len(p.Territories)), make([]int64, len(p.Territories))
	for k, t := range p.Territories {
		high[k] = s.sum
		if tolerance := p.Measures[m].Tolerance; tolerance != AnyTolerance {
			low[k], high[k] = s.span(k, tolerance)
			low[k], high[k] = min(low[k], high[k]), max(low[k], high[k]) // no whole number inside: those around it
		}
		if t.Most != nil && t.Most[m] > 0 {
			high[k] = min(high[k], t.Most[m])
			low[k] = min(low[k], high[k])
		}
	}
	return low, high
}

// shares is what a measure is shared out by.
type shares struct {
	sum, all int64 // of the measure, of the shares
	of       []int64
}

func (p Problem) shares(m int) shares {
	s := shares{of: make([]int64, len(p.Territories))}
	for _, u := range p.Units {
		s.sum += u.Loads[m]
	}
	for k, t := range p.Territories {
		s.of[k] = t.Share
		s.all += t.Share
	}
	return s
}

// span is from the first to the last whole number that is off the target of a territory by at most so many millionths.
func (s shares) span(k int, millionths int64) (low, high int64) {
	low, more := s.part(s.of[k], million-min(millionths, million))
	if more {
		low++
	}
	high, _ = s.part(s.of[k], million+millionths)
	return low, high
}

// part is so many millionths of what a share gets, rounded down, and whether that took something off.
func (s shares) part(share, millionths int64) (floor int64, more bool) {
	high, low := bits.Mul64(uint64(s.sum), uint64(share))
	top, rest := bits.Mul64(low, uint64(millionths))
	quotient, remainder := bits.Div64(top+high*uint64(millionths), rest, uint64(s.all)*million)
	return int64(quotient), remainder > 0
}

// least is what must pass between any two: what is above, as far as there is room left by those who have no territory, or
// what is missing beyond them, as far as others can spare it.
func (d drift) least() int64 {
	var above, below, room, spare int64
	for k, load := range d.load {
		above += max(0, load-d.high[k])
		below += max(0, d.low[k]-load)
		room += max(0, d.high[k]-load)
		spare += max(0, min(load, d.high[k])-d.low[k])
	}
	return max(min(above, max(0, room-d.free)), min(max(0, below-d.free), above+spare))
}

// border is where two territories meet: how often somebody of one is beside somebody of the other.
type border struct {
	a, b   int32
	length int64
}

// borders of today's territories, in order.
func (p Problem) borders() []border {
	var met []int64
	for i, u := range p.Units {
		for _, j := range p.Beside.Of(i) {
			if a, b := u.Today, p.Units[j].Today; a < b && a != None {
				met = append(met, int64(a)<<32|int64(b))
			}
		}
	}
	slices.Sort(met)
	var borders []border
	for i, pair := range met {
		if i == 0 || pair != met[i-1] {
			borders = append(borders, border{a: int32(pair >> 32), b: int32(pair & math.MaxInt32)})
		}
		borders[len(borders)-1].length++
	}
	return p.withNew(borders)
}

// withNew adds borders of those that have no units today with all others.
func (p Problem) withNew(borders []border) []border {
	has := make([]bool, len(p.Territories))
	for _, u := range p.Units {
		if u.Today != None {
			has[u.Today] = true
		}
	}
	for a := range has {
		for b := range a {
			if !has[a] || !has[b] {
				borders = append(borders, border{a: int32(b), b: int32(a), length: 1})
			}
		}
	}
	slices.SortFunc(borders, func(x, y border) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return borders
}

// crossing is how much load goes from one territory to one beside it.
type crossing struct {
	from, to int32
	load     int64
}

func sumOf(crossings []crossing) (sum int64) {
	for _, c := range crossings {
		sum += c.load
	}
	return sum
}

// missPrice is the price of a unit of load that stays above or below what is wanted: more than any way.
const missPrice = 1 << 40

// flows are the least loads that have to cross borders.
func (d drift) flows(borders []border) []crossing {
	return d.priced(borders, func(border) int64 { return 1 })
}

// priced are the flows that cost least, when a unit of load costs a price at each border. Of each territory what is above must
// leave, what is missing must come; what is between may. The pool takes up what some have room for, and gives what
// others can spare; beyond that it takes and gives at the price of a miss.
func (d drift) priced(borders []border, price func(border) int64) (crossings []crossing) {
	n := len(d.load)
	pool, source, sink, parts := n, n+1, n+2, n+3
	net := newNetwork(n + 3 + len(d.parts))
	var above, below int64
	for k, load := range d.load {
		over, under := max(0, load-d.high[k]), max(0, d.low[k]-load)
		above, below = above+over, below+under
		net.add(source, k, over, 0)
		net.add(k, sink, under, 0)
		net.add(k, pool, max(0, d.high[k]-max(load, d.low[k])), 0)
		net.add(pool, k, max(0, min(load, d.high[k])-d.low[k]), 0)
		net.add(k, pool, endless, missPrice)
		net.add(pool, k, endless, missPrice)
	}
	d.addFreed(net, source, parts)
	net.add(source, pool, below, 0)
	net.add(pool, sink, above+d.free, 0)
	arcs := d.cross(net, borders, price)
	net.run(source, sink)
	for i, b := range borders {
		if arcs[i] != None {
			crossings = appendCrossing(crossings, b, net.flow(arcs[i]), net.flow(arcs[i]+2))
		}
	}
	return crossings
}

// addFreed adds a node for each part of what has no territory, and arcs to those who may have it.
func (d drift) addFreed(net *network, source, first int) {
	for i, part := range d.parts {
		net.add(source, first+i, part.load, 0)
		for k := range d.load {
			if _, may := slices.BinarySearch(part.to, int32(k)); !d.frozen[k] && (part.to == nil || may) {
				net.add(first+i, k, part.load, 0)
			}
		}
	}
}

// cross adds two arcs for each border between territories that are not frozen.
func (d drift) cross(net *network, borders []border, price func(border) int64) []int {
	arcs := make([]int, len(borders))
	for i, b := range borders {
		if arcs[i] = None; d.frozen[b.a] || d.frozen[b.b] {
			continue
		}
		arcs[i] = net.add(int(b.a), int(b.b), endless, price(b))
		net.add(int(b.b), int(b.a), endless, price(b))
	}
	return arcs
}

func appendCrossing(crossings []crossing, b border, there, back int64) []crossing {
	switch load := there - back; {
	case load > 0:
		return append(crossings, crossing{b.a, b.b, load})
	case load < 0:
		return append(crossings, crossing{b.b, b.a, -load})
	}
	return crossings
}
