package territory

import (
	"context"
	"math/bits"

	"rounds/routing/plane"
)

// node is what moves: a unit, or units that stay together and hang together. Units that stay together and lie apart are several
// nodes in a ring, which move at once.
type node struct {
	x, y, q int64 // sums over its units: of coordinates from the middle, of their squares
	units   int32
	first   int32 // of those beside it, in [state.beside]
	deg     int32
	ties    ties
}

// ties say what keeps a node from being moved simply.
type ties uint8

const (
	fixed ties = 1 << iota // locked, or of a frozen territory
	ringed
	foes // it has some
	many // more are beside it than its links have bits for
	held // fixed for a while
)

// sums of a territory.
type sums struct {
	x, y, q      int64
	units, nodes int32
	cost         int64 // of its spread and of its home's pull
	out          int64 // what it is outside tolerances and capacities, in 2⁻²⁴ of its targets, all measures together
	over         int64 // of the measure that is furthest outside
	fine         int64 // for it
}

// state is a cut that can be changed, and what it adds up to. All sums are kept up to date by [state.put] and equal what
// [state.recount] finds, exactly.
type state struct {
	p        *Problem
	measures int
	nodes    []node
	load     []int64 // of each node, of each measure
	beside   []int32 // around each node
	links    []uint64
	loose    bool // nobody asks for one piece
	ring     []int32
	foe      [][]int32 // of nodes with foes
	members  []int32   // units of each node, one node after the other
	member   []int32   // where those of a node begin

	of     []int32
	abroad []int32 // how many beside a node are of others
	terr   []sums
	has    []int64 // of each territory, of each measure
	low    []int64
	high   []int64
	most   []int64  // capacities, as many; nil: there are none
	unit   []uint64 // 2⁵⁶ ÷ target
	fines  []int64  // of each measure, for missing a target by all of it
	bend   []int64  // of each measure, for the square of a miss in place of that; nil: none
	aims   *aims    // that are fined too; nil: none
	closed []bool   // frozen
	home   []plane.Point
	homed  []bool
	middle plane.Point
	scale  uint // coordinates are divided by 2 to this, for sums to fit

	cost, out, fine  int64
	worstAt          int32   // a territory that was the worst
	today            []int32 // of each node
	price            []int64 // of each node that is not where it is today; nil: change is free
	change           int64   // all of it
	moved, mostMoved int64   // of the first measure; at most

	left   []bool  // nodes that may stay apart from their territory, as they were; nil: none
	border []int32 // nodes beside others' that are not fixed
	at     []int32 // of each node in border, or None
	own    [][]int32
	ownAt  []int32

	seen  []uint32
	stamp uint32
	queue []int32
	best  best
	until context.Context // when to stop mending; nil: never
	heats [][]int32       // cuts to begin from as well
}

// stopped tells whether nobody waits for more.
func (s *state) stopped() bool { return s.until != nil && s.until.Err() != nil }

// spread is what a territory with these sums costs: Σ|x|² − |Σx|²÷n and its home's pull, both rounded down.
func (s *state) spread(k int32, x, y, q int64, n int32) int64 {
	if n == 0 || !s.homed[k] {
		return inertia(x, y, q, n)
	}
	return inertia(x, y, q, n) + pull(s.home[k], x, y, q, n)
}

// inertia is Σ|x|² − |Σx|²÷n, rounded down.
func inertia(x, y, q int64, n int32) int64 {
	if n == 0 {
		return 0
	}
	square, rest := meanSquare(x, y, n)
	if rest > 0 {
		square++
	}
	return q - int64(square)
}

// meanSquare is |Σx|²÷n, and what is left over.
func meanSquare(x, y int64, n int32) (whole, rest uint64) {
	xh, xl := bits.Mul64(magnitude(x), magnitude(x))
	yh, yl := bits.Mul64(magnitude(y), magnitude(y))
	lo, carry := bits.Add64(xl, yl, 0)
	hi, _ := bits.Add64(xh, yh, carry)
	return bits.Div64(hi, lo, uint64(n))
}

// pull is what a home adds to the cost: part of the squared distances to it, rounded down.
func pull(home plane.Point, x, y, q int64, n int32) int64 {
	far := q - 2*(home.X*x+home.Y*y) + int64(n)*(home.X*home.X+home.Y*home.Y)
	hi, lo := bits.Mul64(uint64(max(0, far)), HomePull)
	whole, _ := bits.Div64(hi, lo, 1000)
	return int64(whole)
}

func magnitude(v int64) uint64 { return uint64(max(v, -v)) }

// spreadAfter is what a territory costs with a node more and one less, either of which may be None.
func (s *state) spreadAfter(k, more, less int32) int64 {
	t := &s.terr[k]
	x, y, q, n := t.x, t.y, t.q, t.units
	if more >= 0 {
		m := &s.nodes[more]
		x, y, q, n = x+m.x, y+m.y, q+m.q, n+m.units
	}
	if less >= 0 {
		m := &s.nodes[less]
		x, y, q, n = x-m.x, y-m.y, q-m.q, n-m.units
	}
	return s.spread(k, x, y, q, n)
}

// fineAfter is how far outside its tolerances a territory is with a node more and one less, and the fine for it.
func (s *state) fineAfter(k, more, less int32) (out, fine int64) {
	m := int32(s.measures)
	has, low, high := s.has[k*m:k*m+m], s.low[k*m:k*m+m], s.high[k*m:k*m+m]
	for c, load := range has {
		if more >= 0 {
			load += s.load[int(more*m)+c]
		}
		if less >= 0 {
			load -= s.load[int(less*m)+c]
		}
		if over := max(load-high[c], low[c]-load); over > 0 {
			o := share(over, s.unit[int(k*m)+c])
			out += o
			if s.bend == nil || s.bend[c] == 0 {
				fine += fined(steeper(o), s.fines[c])
			}
		}
		if s.most != nil && load > s.most[k*m+int32(c)] {
			out += beyond
			fine += fined(full*steeper(share(load-s.most[k*m+int32(c)], s.unit[int(k*m)+c])), s.base(c))
		}
		if s.aims != nil {
			fine += s.aims.fine(load, int(k*m)+c, s.unit[int(k*m)+c])
		}
		if s.bend != nil && s.bend[c] > 0 {
			middle := low[c] + (high[c]-low[c])/2
			fine += squareFine(share(int64(magnitude(load-middle)), s.unit[int(k*m)+c]), s.bend[c])
		}
	}
	return out, fine
}

// overAfter is how far outside its tolerances a territory is with a node more and one less, of the measure that is furthest.
func (s *state) overAfter(k, more, less int32) (over int64) {
	for c := range int32(s.measures) {
		i := k*int32(s.measures) + c
		has := s.has[i]
		if more >= 0 {
			has += s.load[more*int32(s.measures)+c]
		}
		if less >= 0 {
			has -= s.load[less*int32(s.measures)+c]
		}
		o := max(has-s.high[i], s.low[i]-has)
		if o <= 0 {
			continue
		}
		if o = share(o, s.unit[i]); s.most != nil && has > s.most[i] {
			o += beyond
		}
		over = max(over, o)
	}
	return over
}

// Capacities come before tolerances: what is above one counts more than anything can miss its target by, and is fined many times.
const (
	beyond = 1 << 43
	full   = 16
)

// base of fines for what is above a capacity.
func (s *state) base(c int) int64 {
	base := s.fines[c]
	if s.aims != nil {
		base += s.aims.stiff
	}
	if s.bend != nil {
		base += s.bend[c]
	}
	return base
}

// steeper is a miss and eight times its square: what must be missed is missed by many a little rather than by one a lot.
func steeper(miss int64) int64 {
	most := min(miss, 4<<shareBits)
	return miss + most*most>>(shareBits-3)
}

const shareBits = 24 // of a share of a target

// share is a load in 2⁻²⁴ of a target, above 0.
func share(load int64, unit uint64) int64 {
	hi, lo := bits.Mul64(uint64(load), unit)
	if hi >= 1<<10 {
		return 1 << 42
	}
	return int64(hi<<32|lo>>32) + 1
}

func fined(out, fine int64) int64 {
	hi, lo := bits.Mul64(uint64(out), uint64(fine))
	if hi >= 1<<18 {
		return 1 << 50
	}
	return int64(hi<<(64-shareBits)|lo>>shareBits) + 1
}

// squareFine is the fine for the square of a miss.
func squareFine(miss, fine int64) int64 {
	miss = min(miss>>(shareBits/2), 1<<15)
	hi, lo := bits.Mul64(uint64(miss*miss), uint64(fine))
	if hi >= 1<<18 {
		return 1 << 50
	}
	return int64(hi<<(64-shareBits) | lo>>shareBits)
}

// put moves a node to another territory and keeps all sums and lists true.
func (s *state) put(u, to int32) {
	from := s.of[u]
	if from == to {
		return
	}
	s.take(from, u, -1)
	s.take(to, u, 1)
	s.settle(from)
	s.settle(to)
	s.disown(u)
	s.of[u] = to
	s.hand(u, from, to)
	s.own[to] = append(s.own[to], u)
	s.ownAt[u] = int32(len(s.own[to]) - 1)
	s.best.changed(u)
	abroad := int32(0)
	for _, v := range s.around(u) {
		switch s.of[v] {
		case from:
			s.abroad[v]++
			abroad++
			s.onBorder(v)
		case to:
			s.abroad[v]--
			s.onBorder(v)
		default:
			abroad++
		}
	}
	s.abroad[u] = abroad
	s.onBorder(u)
}

// disown takes a node off the list of its territory's.
func (s *state) disown(u int32) {
	list := s.own[s.of[u]]
	last := list[len(list)-1]
	list[s.ownAt[u]] = last
	s.ownAt[last] = s.ownAt[u]
	s.own[s.of[u]] = list[:len(list)-1]
}

// take adds a node to sums of a territory, or takes it away.
func (s *state) take(k, u int32, sign int64) {
	t, n, m := &s.terr[k], &s.nodes[u], s.measures
	t.x += sign * n.x
	t.y += sign * n.y
	t.q += sign * n.q
	t.units += int32(sign) * n.units
	t.nodes += int32(sign)
	has := s.has[int(k)*m : int(k)*m+m]
	for c, load := range s.load[int(u)*m : int(u)*m+m] {
		has[c] += sign * load
	}
}

// settle works out what a territory costs.
func (s *state) settle(k int32) {
	t := &s.terr[k]
	s.cost, s.out, s.fine = s.cost-t.cost, s.out-t.out, s.fine-t.fine
	t.cost = s.spreadAfter(k, None, None)
	t.out, t.fine = s.fineAfter(k, None, None)
	if t.over = 0; t.out > 0 {
		t.over = s.overAfter(k, None, None)
	}
	s.cost, s.out, s.fine = s.cost+t.cost, s.out+t.out, s.fine+t.fine
}

// hand notes that a node is in other hands than today, or again in the same.
func (s *state) hand(u, from, to int32) {
	switch today := s.today[u]; {
	case today == None:
	case from == today:
		s.moved += s.first(u)
		s.change += s.priceOf(u)
	case to == today:
		s.moved -= s.first(u)
		s.change -= s.priceOf(u)
	}
}

func (s *state) first(u int32) int64 { return s.load[int(u)*s.measures] }

func (s *state) priceOf(u int32) int64 {
	if s.price == nil {
		return 0
	}
	return s.price[u]
}

// around are those beside a node, in the order of their directions.
func (s *state) around(u int32) []int32 {
	n := &s.nodes[u]
	return s.beside[n.first : n.first+n.deg]
}

func (s *state) onBorder(u int32) {
	should := s.abroad[u] > 0 && s.nodes[u].ties&fixed == 0
	switch i := s.at[u]; {
	case should && i < 0:
		s.at[u] = int32(len(s.border))
		s.border = append(s.border, u)
	case !should && i >= 0:
		last := s.border[len(s.border)-1]
		s.border[i] = last
		s.at[last] = i
		s.border = s.border[:len(s.border)-1]
		s.at[u] = None
	}
}

// recount works out all sums and lists from who is where.
func (s *state) recount() {
	clear(s.has)
	s.cost, s.out, s.fine, s.change, s.moved = 0, 0, 0, 0, 0
	s.border = s.border[:0]
	for k := range s.terr {
		s.terr[k] = sums{}
		s.own[k] = s.own[k][:0]
	}
	for i := range s.nodes {
		u := int32(i)
		k := s.of[u]
		s.take(k, u, 1)
		s.ownAt[u] = int32(len(s.own[k]))
		s.own[k] = append(s.own[k], u)
		s.at[u] = None
		if s.today[u] != None && s.today[u] != k {
			s.moved += s.first(u)
			s.change += s.priceOf(u)
		}
		s.abroad[u] = 0
		for _, v := range s.around(u) {
			if s.of[v] != k {
				s.abroad[u]++
			}
		}
		s.onBorder(u)
	}
	for k := range s.terr {
		s.settle(int32(k))
	}
}

const mostSlack = 100_000

// slack is by how much the first cut may miss what territories are due, in millionths of it: less than any tolerance.
func (s *state) slack() int64 {
	least := int64(mostSlack)
	for _, m := range s.p.Measures {
		if m.Tolerance != AnyTolerance {
			least = min(least, m.Tolerance)
		}
	}
	return least / 5 * 4
}
