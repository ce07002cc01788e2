package territory

import (
	"context"
	"slices"
)

// Repair makes a cut good again where something has changed: units that were added or have moved, locks, loads. Of is the cut before,
// None of new units. Only what is locked elsewhere, lies apart, or is in or near a territory outside its tolerances
// changes hands, and as little of that as may be. It tries as often as it takes, within bounds of its own; of the options it heeds
// Seed, Spent and Report. A problem with a [FaultKind.Fatal] fault gets the zero Plan.
func Repair(ctx context.Context, p Problem, of []int32, o Options) Plan {
	if faulty(p) || len(of) != len(p.Units) {
		return Plan{}
	}
	s := compile(&p)
	s.resume(of)
	r := repairing{newSearch(ctx, s, o)}
	r.begin()
	r.broken = r.mend()
	r.inhabit()
	r.keep(r.broken)
	s.hold()
	for _, one := range attempts {
		if r.best.out == 0 || ctx.Err() != nil || o.Spent != nil && o.Spent() >= 1 {
			break
		}
		r.attempt(one)
	}
	return answer(p, r.search, r.spreadOut())
}

// attempt is one to repair a cut: territories so many steps from those outside tolerances are open to change.
type attempt struct {
	reach int
	hot   int64 // 1024ths of the cost of a unit
	price int64 // of change, 16ths of the cost of a unit
}

// attempts, until one does it: first near and cold, where little changes.
var attempts = [...]attempt{{1, 4, 16}, {1, 16, 16}, {2, 4, 16}, {1, 16, 4}, {2, 16, 4}, {1, 1, 1}, {3, 4, 16}, {2, 1, 1}, {4, 16, 4}}

const (
	repairFine = 1024 // times what is fined at first: small misses weigh more than change
	repairEach = 40   // proposals of an open node
	tidyEach   = 20   // once nothing is outside tolerances
)

// repairing is a search near what is outside tolerances.
type repairing struct{ *search }

func (r repairing) attempt(a attempt) {
	opened := r.open(r.troubled(a.reach))
	r.setPrice(a.price)
	r.fineAtFirst()
	r.least *= repairFine
	r.strict = true
	for c := range r.fines {
		r.fines[c] = r.least
	}
	r.recount()
	r.quits = true
	r.try(repairEach*opened, a.hot)
	if r.quits = false; r.best.out == 0 {
		r.try(tidyEach*opened, 1)
	}
}

// try makes so many proposals.
func (r repairing) try(proposals int, hot int64) {
	r.most = r.made + max(askedEvery, proposals)
	r.hot = max(1, r.cost/int64(max(1, len(r.members)))*hot/1024)
	r.share = r.progress()
	r.anneal(endAt)
	r.restore()
}

// setPrice makes every change cost so many 16ths of what a unit costs on average.
func (r repairing) setPrice(part int64) {
	usual := r.cost / int64(max(1, len(r.members))) * part / 16
	for u := range r.price {
		r.price[u] = usual * int64(r.nodes[u].units)
	}
}

// resume puts every node where it was, or else where it is locked, and keeps groups and pairs.
func (s *state) resume(of []int32) {
	for u := range s.nodes {
		s.of[u] = None
		if s.nodes[u].ties&fixed != 0 {
			s.of[u] = s.today[u]
			continue
		}
		for _, i := range s.units(int32(u)) {
			if k := of[i]; s.of[u] == None && k != None && int(k) < len(s.terr) && !s.closed[k] {
				s.of[u] = k
			}
		}
	}
	s.fill()
	s.rejoin()
	s.separate()
}

// hold makes where every node is now what it is to be near to.
func (s *state) hold() {
	s.price = make([]int64, len(s.nodes))
	copy(s.today, s.of)
}

// troubled are the territories outside their tolerances, and those so many steps from them.
func (s *state) troubled(steps int) []bool {
	near := make([]bool, len(s.terr))
	for k, t := range s.terr {
		near[k] = t.out > 0
	}
	for range steps {
		was := slices.Clone(near)
		for u := range s.of {
			for _, v := range s.around(int32(u)) {
				if was[s.of[u]] {
					near[s.of[v]] = true
				}
			}
		}
	}
	return near
}

// open keeps all but the nodes of some territories where they are, and says how many may move.
func (s *state) open(near []bool) (count int) {
	for u := range s.nodes {
		n := &s.nodes[u]
		if n.ties&held != 0 {
			n.ties &^= held | fixed
		}
		if n.ties&fixed == 0 {
			if near[s.of[u]] {
				count++
			} else {
				n.ties |= held | fixed
			}
		}
	}
	for k := range s.closed {
		s.closed[k] = !near[k] || s.p.Territories[k].Frozen
	}
	return count
}
