package territory

import (
	"math/bits"
	"math/rand/v2"
)

// Where territories are broken still, nodes of small problems are moved about at random, for so long.
const (
	mostShaken = 500 // nodes
	shakes     = 300_000
)

// shake looks for a cut that breaks fewer territories: nodes go anywhere, one or two at once and their foes the other way, unless more is broken
// then, but for every eighth time.
func (s *state) shake() {
	if len(s.nodes) > mostShaken {
		return
	}
	random := rand.NewPCG(uint64(len(s.nodes)), 9)
	pick := func(n int) int32 {
		hi, _ := bits.Mul64(random.Uint64(), uint64(n))
		return int32(hi)
	}
	h := &shaking{state: s}
	now := s.shattered()
	for range shakes / len(s.nodes) / 2 {
		if s.best.broken == 0 {
			break
		}
		u, v := pick(len(s.nodes)), pick(len(s.nodes))
		from, to := s.of[u], pick(len(s.terr))
		kept := true
		if random.Uint64()&1 == 0 {
			to = s.of[v]
			kept = h.carry(v, from)
		}
		if kept = kept && h.carry(u, to); kept {
			then := s.shattered()
			if kept = then <= now || random.Uint64()&7 == 0; kept {
				now = then
				s.keep(s.broken())
			}
		}
		h.end(kept)
	}
	s.restore()
}

// shaking are moves that can be taken back.
type shaking struct {
	*state
	moved [][2]int32 // who, and where from
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

// shattered is how many pieces there are more than territories, a broken territory counting as several.
func (s *state) shattered() int {
	_, all := s.pieces()
	return len(all) + 4*s.broken()
}
