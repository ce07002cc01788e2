package territory

import (
	"math"
	"math/bits"
)

// aims are limits that fines by the square of a miss go by. They lie inside those of the problem by as much as it takes for the
// load to keep to these: what has missed a limit for long is aimed the further inside, and a fine there is a price that lets load
// flow through territories that are full (M. J. D. Powell 1969; R. T. Rockafellar 1973: augmented Lagrangians).
type aims struct {
	low, high []int64
	stiff     int64 // fine for the square of a miss by all of a target
	at        int   // share of the search until which they follow
}

const (
	stiffness = 10 // costs of a territory
	followed  = 6  // part of a miss by which aims move, in a tick
	aimedFor  = allOfIt * 50 / 100
	surely    = allOfIt * 80 / 100
)

// fine for a load of measure i.
func (a *aims) fine(load int64, i int, unit uint64) int64 {
	over := max(load-a.high[i], a.low[i]-load)
	if over <= 0 {
		return 0
	}
	o := min(share(over, unit), 4<<shareBits)
	hi, lo := bits.Mul64(uint64(o*o)>>shareBits, uint64(a.stiff))
	if hi >= 1<<10 {
		return 1 << 50
	}
	return int64(hi<<(64-shareBits) | lo>>shareBits)
}

// aim begins to fine by aims, in place of all else.
func (r *search) aim() {
	r.aims = &aims{low: make([]int64, len(r.low)), high: make([]int64, len(r.high)), at: r.share}
	r.aims.stiff = max(1, min(r.cost/int64(len(r.terr)), 1<<50)*stiffness)
	copy(r.aims.low, r.low)
	copy(r.aims.high, r.high)
	clear(r.fines)
	r.refine()
}

// follow moves aims inside where limits are missed, and back where they are not.
func (r *search) follow() {
	a := r.aims
	for ; a.at < r.share; a.at += allOfIt / ticks {
		for i, has := range r.has {
			if r.high[i] < math.MaxInt64 {
				a.high[i] = min(r.high[i], a.high[i]-(has-r.high[i])/followed)
			}
			a.low[i] = max(r.low[i], a.low[i]+(r.low[i]-has)/followed)
		}
	}
}

// insist fines what is outside limits as such from here on, by so many times the least fine.
func (r *search) insist(times int64) {
	r.strict, r.least = true, r.least*times
	for c := range r.fines {
		r.fines[c] = max(r.fines[c], r.least)
	}
	r.refine()
}
