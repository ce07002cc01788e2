package territory

import (
	"math"
	"math/bits"
	"slices"
)

// settleNew gives every territory that has nothing a first part of a city: around its home, or else in the territory that has most
// above its due.
func (r *rebalancing) settleNew() {
	r.recount()
	var empty []int32
	for k := range r.terr {
		if r.terr[k].nodes == 0 && !r.closed[k] {
			empty = append(empty, int32(k))
		}
	}
	for i, k := range empty {
		due := portion(r.shareOf(k), million/2)
		if r.limited {
			due = min(due, (r.budget-r.moved)/int64(len(empty)-i))
		}
		seed := r.seedOf(k)
		r.settleAt(k, seed, due)
		if r.homed[k] && seed != None && r.of[seed] == k { // wherever else it grows
			r.nodes[seed].ties |= fixed
		}
	}
}

// seedOf is the node that a new territory begins at.
func (r *rebalancing) seedOf(k int32) int32 {
	if r.homed[k] {
		return r.nearestTo(r.home[k].X, r.home[k].Y, func(u int32) bool { return r.mayLeave(u, k) })
	}
	fullest := r.fullest()
	if fullest == None {
		return None
	}
	t := &r.terr[fullest]
	return r.nearestTo(t.x/int64(t.units), t.y/int64(t.units), func(u int32) bool { return r.of[u] == fullest && r.mayLeave(u, k) })
}

// fullest is the territory of several nodes that has most of the first measure for its share.
func (r *rebalancing) fullest() int32 {
	best := int32(None)
	for k := range r.terr {
		if r.closed[k] || r.terr[k].nodes < 2 {
			continue
		}
		if best == None || moreFor(r.has[k*r.measures], r.p.Territories[k].Share, r.has[int(best)*r.measures], r.p.Territories[best].Share) {
			best = int32(k)
		}
	}
	return best
}

// moreFor tells whether a ÷ share is more than b ÷ other.
func moreFor(a, share, b, other int64) bool {
	hi, lo := bits.Mul64(uint64(a), uint64(other))
	high, low := bits.Mul64(uint64(b), uint64(share))
	return hi > high || hi == high && lo > low
}

func (r *rebalancing) nearestTo(x, y int64, may func(int32) bool) int32 {
	best, least := int32(None), int64(math.MaxInt64)
	for u := range r.nodes {
		ux, uy := r.place(int32(u))
		if far := (ux-x)*(ux-x) + (uy-y)*(uy-y); far < least && may(int32(u)) {
			best, least = int32(u), far
		}
	}
	return best
}

// settleAt takes nodes around a first one, nearest first, until the territory has so much of the first measure or nobody can leave.
func (r *rebalancing) settleAt(k, seed int32, due int64) {
	if seed == None {
		return
	}
	x, y := r.place(seed)
	far := func(u int32) int64 {
		ux, uy := r.place(u)
		return (ux-x)*(ux-x) + (uy-y)*(uy-y)
	}
	front, seen := []int32{seed}, map[int32]bool{seed: true}
	for len(front) > 0 && r.has[int(k)*r.measures] < due {
		slices.SortFunc(front, func(a, b int32) int {
			if fa, fb := far(a), far(b); fa != fb {
				return ifAbove(fa > fb)
			}
			return int(a - b)
		})
		u := front[0]
		front = front[1:]
		if r.of[u] == k || !r.mayLeave(u, k) || r.limited && r.first(u) > r.budget-r.moved || r.parts(u, math.MaxInt) {
			continue
		}
		r.put(u, k)
		for _, v := range r.around(u) {
			if !seen[v] {
				seen[v], front = true, append(front, v)
			}
		}
	}
}

// shareOf is what a territory is due of the first measure.
func (r *rebalancing) shareOf(k int32) int64 {
	due, _ := r.p.shares(0).part(r.p.Territories[k].Share, million)
	return due
}
