package territory

import (
	"math/bits"
	"math/rand/v2"
)

// Small problems are few moves from the best cut, but these may lead through cuts that are broken, or take a territory elsewhere at once:
// so nodes go anywhere, for so long.
const (
	mostShaken = 500 // nodes
	shakes     = 300_000
	rounds     = 6
)

// shake looks for a better cut where one is broken, empty or outside tolerances: nodes go anywhere, one or two at once and their foes
// the other way. What is worse than before is kept the more often the earlier it is, round by round, from the best so far.
func (s *state) shake() {
	if len(s.nodes) > mostShaken {
		return
	}
	h := &shaking{state: s, random: rand.NewPCG(uint64(len(s.nodes)), 9)}
	h.allow()
	h.base = min(max(1, s.best.cost), 1<<56)
	for round := range rounds {
		h.anneal(shakenFrom << (2 * round))
		if s.best.fine() { // what it costs is left
			h.anneal(shakenFrom)
			break
		}
	}
}

// Warmth of a shake, as a share of a target: from here on in the first round, four times as much in each; halved so often.
const (
	shakenFrom = 1 << (shareBits - 8)
	shakenTo   = 14
)

// anneal makes moves from the best cut, warm at first and colder and colder.
func (h *shaking) anneal(warmth int64) {
	h.restore()
	now, steps := h.price(), shakes/len(h.nodes)/rounds/2
	for i := range steps {
		if h.stopped() {
			break
		}
		if now = h.step(now, max(1, warmth>>(shakenTo*i/steps))); warmth > shakenFrom && h.best.fine() {
			break
		}
	}
	h.restore()
}

// fine tells whether nothing is wanting but cost.
func (m merits) fine() bool { return m.broken == 0 && m.over == 0 && m.empty == 0 }

// shaking are moves that can be taken back.
type shaking struct {
	*state
	random *rand.PCG
	limit  int64 // of what may change hands
	whole  int64 // of what can
	must   []bool
	base   int64
	moved  [][2]int32 // who, and where from
}

func (h *shaking) pick(n int) int32 {
	hi, _ := bits.Mul64(h.random.Uint64(), uint64(n))
	return int32(hi)
}

// step moves one or two nodes, and keeps that or not; it returns the price of the cut then.
func (h *shaking) step(now, warmth int64) int64 {
	u, v := h.pick(len(h.nodes)), h.pick(len(h.nodes))
	from, to := h.of[u], h.pick(len(h.terr))
	able := true
	if h.random.Uint64()&1 == 0 {
		to = h.of[v]
		if h.random.Uint64()&1 == 0 {
			from = h.pick(len(h.terr))
		}
		able = h.carry(v, from)
	}
	if able = able && h.carry(u, to) && len(h.moved) > 0; able {
		then := h.price()
		wild := h.random.Uint64()
		part, _ := bits.Mul64(wild, uint64(warmth)+1)
		if able = then-now <= warmth*int64(bits.TrailingZeros64(wild|1<<40))+int64(part) && then-now <= warmth<<4; able {
			now = then
			if h.p.MostChange == 0 || h.overdone() == 0 {
				h.keep(h.broken())
			}
		}
	}
	h.end(able)
	return now
}

// price of a cut, as a share of a target: what is worst, all that is missed, what is broken, empty and dear.
func (h *shaking) price() int64 {
	pieces, broken, empty := h.shattered()
	price := (int64(pieces)+4*int64(broken))<<shareBits + int64(empty)<<(shareBits-2)
	price += 2*sober(h.worstOver(0)) + sober(h.out)/int64(len(h.terr))
	if h.p.MostChange > 0 {
		price += muldiv(h.overdone(), 8<<shareBits, h.whole)
	}
	return price + muldiv(min(h.cost, 8*h.base), 1<<(shareBits-4), h.base)
}

// sober counts a load above a capacity as so many targets, for a way out of it to be found.
func sober(out int64) int64 { return out%beyond + out/beyond<<(shareBits+2) }

// allow finds how much may change hands, and what has to.
func (h *shaking) allow() {
	c := check{p: *h.p, of: h.spreadOut()}
	h.must, h.whole = c.must(), max(1, c.change().Of)
	h.limit = portion(h.whole, h.p.MostChange)
}

// overdone is how much more changes hands than may, of that which does not have to.
func (h *shaking) overdone() int64 {
	var all, free int64
	for u, k := range h.of {
		for _, i := range h.units(int32(u)) {
			if one := &h.p.Units[i]; one.Today != None && one.Today != k {
				if all += one.Loads[0]; !h.must[i] {
					free += one.Loads[0]
				}
			}
		}
	}
	return max(0, min(all-h.limit, free))
}

// carry moves a node and those it moves with, and their foes there the other way; false: something is in the way.
func (h *shaking) carry(u, to int32) bool {
	from := h.of[u]
	if from == to {
		return true
	}
	if h.nodes[u].ties&fixed != 0 || h.closed[to] || len(h.moved) > 2*len(h.nodes) {
		return false
	}
	for v := u; ; {
		h.moved = append(h.moved, [2]int32{v, from})
		h.put(v, to)
		if v = h.ring[v]; v == u {
			break
		}
	}
	for v := u; h.foe != nil; {
		for _, w := range h.foe[v] {
			if h.of[w] == to && !h.carry(w, from) {
				return false
			}
		}
		if v = h.ring[v]; v == u {
			break
		}
	}
	return true
}

// end takes moves back that are not to be kept.
func (h *shaking) end(kept bool) {
	for ; len(h.moved) > 0; h.moved = h.moved[:len(h.moved)-1] {
		if m := h.moved[len(h.moved)-1]; !kept {
			h.put(m[0], m[1])
		}
	}
}

// shattered is how many pieces there are beside one for each territory, how many territories have such, and how many are empty.
func (s *state) shattered() (pieces, broken, empty int) {
	_, all := s.pieces()
	number := make([]int32, len(s.terr))
	for _, p := range all {
		if number[p.territory]++; number[p.territory] > 1 {
			pieces++
		}
		if number[p.territory] == 2 {
			broken++
		}
	}
	for k, n := range number {
		if n == 0 && !s.closed[k] {
			empty++
		}
	}
	if s.loose {
		pieces, broken = 0, 0
	}
	return pieces, broken, empty
}
