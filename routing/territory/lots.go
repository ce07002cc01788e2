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
	return lots
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
