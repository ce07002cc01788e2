package territory

import (
	"context"
	"math"
	"slices"
)

// Repair makes a cut good again after an edit: units that were added, or that a lock now puts elsewhere. Of is the cut before, None of
// new units, and stands for today's. What was outside tolerances or in pieces before may stay as far outside and in as many; only what
// the edit makes worse is made good. Locked units stay where the locks put them. No other unit changes hands
//   - if the edit makes nothing worse,
//   - if it alone could stay where it was without making a territory worse,
//   - beyond [mostReach] territories from one that is worse, or once [mostBeside] times the part of the first measure has moved that the
//     edit moves of any, or that is a mean unit's: ways to what the edit leaves apart from the rest of its territory come on top of that.
//
// Where no such repair is found, the answer is the least bad of the cuts that change at most [nearBeside] times as much as the edit, in
// the territories beside those that are worse. Of the options it heeds Seed, Spent and Report. A
// problem with a [FaultKind.Fatal] fault gets the zero Plan.
func Repair(ctx context.Context, p Problem, of []int32, o Options) Plan {
	if faulty(p) || len(of) != len(p.Units) {
		return Plan{}
	}
	s := compile(&p)
	s.until = ctx
	was := s.excuse(of)
	s.resume(of)
	r := repairing{newSearch(ctx, s, o)}
	scope := s.scope(of)
	r.begin()
	r.broken = r.mendEdit()
	r.inhabit()
	r.keep(r.broken)
	s.hold()
	near := was
	for i, one := range attempts {
		if i == nearby {
			near = slices.Clone(r.of)
		}
		if r.best.out == 0 || ctx.Err() != nil || o.Spent != nil && o.Spent() >= 1 {
			break
		}
		r.mostMoved = scope * one.most
		r.attempt(one)
	}
	if r.best.out > 0 && ctx.Err() == nil { // going far is in vain
		for u, k := range near {
			r.put(int32(u), k)
		}
	}
	r.undo(was)
	return answer(p, r.search, r.spreadOut())
}

// attempt is one to repair a cut: territories so many steps from those outside tolerances are open to change.
type attempt struct {
	reach int
	hot   int64 // 1024ths of the cost of a unit
	price int64 // of change, 16ths of the cost of a unit
	most  int64 // times the part that the edit moves
}

// attempts, until one does it: first near and cold, where little changes.
var attempts = [...]attempt{
	{1, 4, 16, nearBeside},
	{1, 16, 16, nearBeside},
	{2, 4, 16, mostBeside},
	{1, 16, 4, mostBeside},
	{2, 16, 4, mostBeside},
	{1, 1, 1, mostBeside},
	{3, 4, 16, mostBeside},
	{2, 1, 1, mostBeside},
	{mostReach, 16, 4, mostBeside},
}

const nearby = 2 // of the attempts: what they find is good enough where none does it

const (
	mostReach  = 4
	mostBeside = 16
	nearBeside = 4
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

// excuse takes what was wrong before an edit for granted: limits reach to what territories had, pieces that lay apart are left. It
// gives back where every node was.
func (s *state) excuse(of []int32) (was []int32) {
	had := make([]int64, len(s.has))
	for i, k := range of {
		if s.known(k) {
			for c, load := range s.p.Units[i].Loads {
				had[int(k)*s.measures+c] += load
			}
		}
	}
	for i, load := range had {
		s.low[i], s.high[i] = min(s.low[i], load), max(s.high[i], load)
		if s.most != nil {
			s.most[i] = max(s.most[i], load)
		}
	}
	for u := range s.of {
		s.of[u] = of[s.units(int32(u))[0]]
	}
	s.left = make([]bool, len(s.nodes))
	number, all := s.pieces()
	main := make([]int32, len(s.terr)) // the largest piece, from 1
	for i, p := range all {
		if k := p.territory; s.known(k) && (main[k] == 0 || p.units > all[main[k]-1].units) {
			main[k] = int32(i) + 1
		}
	}
	for u, i := range number {
		s.left[u] = s.known(s.of[u]) && main[s.of[u]] != i+1
	}
	return slices.Clone(s.of)
}

func (s *state) known(k int32) bool { return k >= 0 && int(k) < len(s.terr) }

// scope is how much of the first measure an edit is about: as large a part as of the measure of which it moves most.
func (s *state) scope(of []int32) (most int64) {
	all, edited := make([]int64, s.measures), make([]int64, s.measures)
	for u := range s.nodes {
		for _, i := range s.units(int32(u)) {
			for c, load := range s.p.Units[i].Loads {
				if all[c] += load; of[i] != s.of[u] {
					edited[c] += load
				}
			}
		}
	}
	most = all[0]/int64(max(1, len(of))) + 1
	for c, load := range edited {
		most = max(most, muldiv(all[0], load, max(1, all[c])))
	}
	return min(most, math.MaxInt64/mostBeside)
}

// mendEdit gives what an edit has left apart to a neighbour, or a way to where the edit has put it.
func (s *state) mendEdit() int {
	broken := s.broken()
	s.keep(broken)
	s.mendBy(broken, (*state).breach)
	return s.best.broken
}

// undo leaves every node where it was that need not have moved by itself.
func (r repairing) undo(was []int32) {
	r.open(slices.Repeat([]bool{true}, len(r.terr)))
	for again := true; again; {
		again = false
		for u, k := range was {
			if s := r.state; s.known(k) && s.of[u] != k && r.back(int32(u), k) {
				again = true
			}
		}
	}
	r.best.kept = false
	r.keep(r.broken)
}

// back puts a node where it was, if nothing is worse then.
func (r repairing) back(u, k int32) bool {
	from, was := r.of[u], r.merits(0)
	if !r.mayLeave(u, k) || !r.borders(u, k) || r.parts(u, len(r.nodes)) {
		return false
	}
	r.put(u, k)
	if now := r.merits(0); now.over > was.over || now.out > was.out {
		r.put(u, from)
		return false
	}
	return true
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
