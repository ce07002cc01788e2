package territory

import (
	"context"
	"slices"
)

// Repair makes a cut good again where something has changed: units that were added or have moved, locks, loads. Of is the cut before,
// None of new units. Only what is locked elsewhere, lies apart, or is in or beside a territory outside its tolerances
// changes hands, and as little of that as may be. A problem with a [FaultKind.Fatal] fault gets the zero Plan.
func Repair(ctx context.Context, p Problem, of []int32, o Options) Plan {
	if faulty(p) || len(of) != len(p.Units) {
		return Plan{}
	}
	s := compile(&p)
	s.resume(of)
	r := newSearch(ctx, s, o)
	r.begin()
	r.broken = r.mend()
	s.hold()
	for reach := 1; reach <= widest && r.best.out > 0 && !r.over(); reach++ {
		opened := s.open(s.troubled(reach))
		r.fineAtFirst()
		r.dear()
		r.hot = max(1, r.hot/64)
		r.most = r.made + repairEach*opened
		r.recount()
		r.share = r.progress()
		r.anneal(endAt)
		r.restore()
	}
	return answer(p, r, r.spreadOut())
}

const (
	widest     = 4   // steps from territory to territory
	repairEach = 100 // proposals of a node
)

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

// hold makes every change from here on cost as much as a unit does on average, and keeps all nodes where they are.
func (s *state) hold() {
	s.price = make([]int64, len(s.nodes))
	usual := s.cost / int64(max(1, len(s.members)))
	for u := range s.nodes {
		s.today[u] = s.of[u]
		s.price[u] = usual * int64(s.nodes[u].units)
	}
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
