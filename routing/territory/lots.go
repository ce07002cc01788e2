package territory

import (
	"cmp"
	"math/bits"
	"slices"

	"rounds/routing/plane"
)

// lot is what is cut by itself: what hangs together, or some of that which is too little for one each, and the territories due to it.
type lot struct {
	nodes  []int32 // that are not fixed
	due    []int32
	bound  int // the first so many of due have something locked here
	weight int64
}

// lots shares out the territories between the parts that barriers leave, the largest shares and parts first. Where there are fewer
// territories than parts, one gets all the smallest.
func (s *state) lots(weight []int64) []lot {
	part, lots := s.parted(weight)
	left := s.bind(part, lots)
	slices.SortStableFunc(left, func(a, b int32) int { return cmp.Compare(s.p.Territories[b].Share, s.p.Territories[a].Share) })
	order := make([]int, len(lots))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lots[b].weight, lots[a].weight) })
	poor := 0
	for _, l := range order {
		if len(lots[l].due) == 0 {
			poor++
		}
	}
	for i, l := range order {
		if len(lots[l].due) > 0 {
			continue
		}
		if poor--; len(left) == 0 || len(left) == 1 && poor > 0 {
			return s.lump(lots, order, i, left)
		}
		lots[l].due, left = s.choose(lots[l].due, left, part, l)
	}
	for len(left) > 0 && len(lots) > 0 {
		l := s.neediest(lots)
		lots[l].due, left = s.choose(lots[l].due, left, part, l)
	}
	s.trade(lots, part)
	return lots
}

// trade gives territories of one part to another as long as the most uneven part becomes less uneven by it.
func (s *state) trade(lots []lot, part []int32) {
	e := s.evenness(lots, part)
	for range len(s.terr) {
		if worst := e.worst(lots); worst < 0 || !e.tradeOne(lots, worst) {
			return
		}
	}
}

// evenness of parts: by how much what they have of each measure misses what their territories are due.
type evenness struct {
	s      *state
	load   [][]int64 // of each part
	sum    []int64
	shares int64
}

func (s *state) evenness(lots []lot, part []int32) *evenness {
	e := &evenness{s: s, sum: make([]int64, s.measures)}
	for range lots {
		e.load = append(e.load, make([]int64, s.measures))
	}
	for u, l := range part {
		for c, load := range s.load[u*s.measures : (u+1)*s.measures] {
			if e.sum[c] += load; l != None {
				e.load[l][c] += load
			}
		}
	}
	for _, t := range s.p.Territories {
		e.shares += t.Share
	}
	return e
}

// off is by how much the worst measure of a part misses what is due to so many shares beyond its tolerance, in millionths.
func (e *evenness) off(l int, shares int64) (worst int64) {
	for c, m := range e.s.p.Measures {
		if due := shareOf(e.sum[c], shares, e.shares); m.Tolerance != AnyTolerance && due > 0 {
			miss := min(int64(magnitude(e.load[l][c]-due)), 1000*min(due, 1<<50))
			hi, lo := bits.Mul64(uint64(miss), million)
			off, _ := bits.Div64(hi, lo, uint64(due))
			worst = max(worst, int64(off)-m.Tolerance)
		}
	}
	return worst
}

// worst is the most uneven part; [None] if all are within tolerances.
func (e *evenness) worst(lots []lot) int {
	worst, most := None, int64(0)
	for l := range lots {
		if off := e.off(l, e.s.shares(lots[l].due)); len(lots[l].due) > 0 && off > most {
			worst, most = l, off
		}
	}
	return worst
}

// tradeOne moves a territory into a part or out of it, the one that helps most; false if none does.
func (e *evenness) tradeOne(lots []lot, worst int) bool {
	least := e.off(worst, e.s.shares(lots[worst].due))
	from, to, at := 0, 0, None
	for l := range lots {
		for _, way := range [...][2]int{{worst, l}, {l, worst}} {
			a, b := way[0], way[1]
			if a == b || len(lots[a].due)-lots[a].bound < 1 || len(lots[a].due) < 2 || len(lots[b].due) == 0 {
				continue
			}
			has, gets := e.s.shares(lots[a].due), e.s.shares(lots[b].due)
			for i := lots[a].bound; i < len(lots[a].due); i++ {
				share := e.s.p.Territories[lots[a].due[i]].Share
				if off := max(e.off(a, has-share), e.off(b, gets+share)); off < least {
					from, to, at, least = a, b, i, off
				}
			}
		}
	}
	if at == None {
		return false
	}
	lots[to].due = append(lots[to].due, lots[from].due[at])
	lots[from].due = slices.Delete(lots[from].due, at, at+1)
	return true
}

// parted finds what hangs together without frozen territories.
func (s *state) parted(weight []int64) (part []int32, lots []lot) {
	part = make([]int32, len(s.nodes))
	for u := range part {
		part[u] = None
	}
	for i := range part {
		if part[i] != None || s.shut(int32(i)) {
			continue
		}
		number := int32(len(lots))
		lots = append(lots, lot{})
		queue := append(s.queue[:0], int32(i))
		part[i] = number
		if s.loose {
			queue = s.everyone(queue[:0], part)
		}
		for at := 0; at < len(queue); at++ {
			u := queue[at]
			lots[number].weight += weight[u]
			if s.nodes[u].ties&fixed == 0 {
				lots[number].nodes = append(lots[number].nodes, u)
			}
			for _, v := range s.around(u) {
				if part[v] == None && !s.shut(v) {
					part[v] = number
					queue = append(queue, v)
				}
			}
		}
		s.queue = queue
	}
	return part, lots
}

func (s *state) everyone(queue, part []int32) []int32 {
	for u := range part {
		if !s.shut(int32(u)) {
			part[u] = 0
			queue = append(queue, int32(u))
		}
	}
	return queue
}

// shut tells whether a node is in a frozen territory.
func (s *state) shut(u int32) bool { return s.of[u] != None && s.closed[s.of[u]] }

// bind gives territories to the part where most of what is locked to them is, and says which are left.
func (s *state) bind(part []int32, lots []lot) (left []int32) {
	most := make([]int32, len(s.terr))
	count := map[[2]int32]int32{}
	for k := range most {
		most[k] = None
	}
	for u := range s.nodes {
		if k := s.of[u]; k != None && !s.closed[k] && part[u] != None {
			at := [2]int32{k, part[u]}
			count[at] += s.nodes[u].units
			if most[k] == None || count[at] > count[[2]int32{k, most[k]}] {
				most[k] = part[u]
			}
		}
	}
	for k, l := range most {
		switch {
		case s.closed[k]:
		case l == None:
			left = append(left, int32(k))
		default:
			lots[l].due = append(lots[l].due, int32(k))
			lots[l].bound++
		}
	}
	return left
}

// choose gives a part one of the territories that are left: the one whose home is in it, or one that has none, or any.
func (s *state) choose(due, left, part []int32, l int) (given, rest []int32) {
	at := 0
	for i, k := range left {
		if s.homed[k] && s.partOf(s.home[k], part) == int32(l) {
			at = i
			break
		}
		if s.homed[left[at]] && !s.homed[k] {
			at = i
		}
	}
	return append(due, left[at]), slices.Delete(left, at, at+1)
}

// partOf is the part of the node nearest to a place.
func (s *state) partOf(at plane.Point, part []int32) int32 {
	best, l := int64(-1), int32(None)
	for u := range part {
		x, y := s.place(int32(u))
		if far := (x-at.X)*(x-at.X) + (y-at.Y)*(y-at.Y); part[u] != None && (best < 0 || far < best) {
			best, l = far, part[u]
		}
	}
	return l
}

// lump puts all parts from there on that have no territory into one lot with the one that is left, or else with the smallest that has one.
func (s *state) lump(lots []lot, order []int, from int, left []int32) []lot {
	into := order[from]
	lots[into].due = append(lots[into].due, left...)
	if len(left) == 0 {
		for _, l := range order {
			if n := len(lots[l].due); n > 0 && (len(lots[into].due) == 0 || n == 1) {
				into = l
			}
		}
	}
	for _, l := range order[from:] {
		if l != into && len(lots[l].due) == 0 {
			lots[into].nodes = append(lots[into].nodes, lots[l].nodes...)
			lots[into].weight += lots[l].weight
			lots[l].nodes = nil
		}
	}
	return lots
}

// neediest is the part with most weight for the shares it has.
func (s *state) neediest(lots []lot) (best int) {
	for l := range lots {
		ah, al := bits.Mul64(uint64(lots[l].weight), uint64(s.shares(lots[best].due)))
		bh, bl := bits.Mul64(uint64(lots[best].weight), uint64(s.shares(lots[l].due)))
		if ah > bh || ah == bh && al > bl {
			best = l
		}
	}
	return best
}

// shares of territories together.
func (s *state) shares(of []int32) (sum int64) {
	for _, k := range of {
		sum += s.p.Territories[k].Share
	}
	return sum
}
