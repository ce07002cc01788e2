package routing

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A crosser puts into a tour what another does better (edge assembly; Y. Nagata and S. Kobayashi,
// INFORMS Journal on Computing 25, 2013). The legs that only one of the two tours has make up cycles
// whose legs are by turns the one's and the other's:
//
//	u – v    goes out of the tour
//	v – w    comes into it
//	w – …    goes out, and so on until u
//
// What follows one cycle is a child: a tour, or some rings, which are then joined as cheaply as they can be.
type crosser struct {
	*ring
	lists
	random *rand.Rand

	left   [2][]links // of the legs that only one tour has, those that are on no cycle yet
	seen   [2][]int32 // where on the path a node is, at even and at odd places; or -1
	path   []int32
	cycles []int32 // one after the other
	ends   []int32 // of each in cycles

	// of a child:
	tour    *array
	cuts    []int32    // the places in the tour behind which a leg goes, ascending: what lies between is a piece
	joins   [][2]int32 // the legs that come
	partner []int32    // of each end of a piece, which are two each: what end it is joined to
	part    []int32    // of each piece: the ring that it is in
	sizes   []int32    // of the rings, in nodes
	spare   []int32
}

// links are up to two nodes that another is joined to.
type links struct {
	to    [2]int32
	count int8
}

func (l *links) add(node int32) {
	l.to[l.count] = node
	l.count++
}

func (l *links) remove(node int32) {
	if l.to[0] == node {
		l.to[0] = l.to[1]
	}
	l.count--
}

func newCrosser(r *ring, near lists, random *rand.Rand) *crosser {
	x := &crosser{ring: r, lists: near, random: random, spare: make([]int32, r.n)}
	for i := range 2 {
		x.left[i], x.seen[i] = make([]links, r.n), slices.Repeat([]int32{-1}, r.n)
	}
	return x
}

// put puts into a tour what the other does better, and says what that gains.
func (x *crosser) put(tour, other *array) (gained Cost) {
	x.compare(tour, other)
	x.tour = tour
	begin := int32(0)
	for _, end := range x.ends {
		if gain := x.try(x.cycles[begin:end]); gain > 0 {
			x.take()
			gained += gain
		}
		begin = end
	}
	return gained
}

// compare finds the cycles.
func (x *crosser) compare(a, b *array) {
	x.cycles, x.ends = x.cycles[:0], x.ends[:0]
	alone(x.left[0], a, b)
	alone(x.left[1], b, a)
	for _, node := range a.order {
		for x.left[0][node].count > 0 {
			x.follow(node)
		}
	}
}

// alone notes the legs that only a has.
func alone(left []links, a, b *array) {
	last := a.order[len(a.order)-1]
	for _, node := range a.order {
		if b.next(node) != last && b.prev(node) != last {
			left[node].add(last)
			left[last].add(node)
		}
		last = node
	}
}

// follow takes legs of the one and the other tour by turns until none is left where it began. Whenever it comes
// to a node again that it has left by a leg of the same tour, it has found a cycle.
func (x *crosser) follow(start int32) {
	x.path = append(x.path[:0], start)
	x.seen[0][start] = 0
	for turn := 0; x.left[turn][x.path[len(x.path)-1]].count > 0; turn = (len(x.path) - 1) & 1 {
		node := x.step(turn)
		if at := x.seen[turn^1][node]; at >= 0 {
			x.close(int(at))
			continue
		}
		x.seen[turn^1][node] = int32(len(x.path))
		x.path = append(x.path, node)
	}
	x.seen[0][start] = -1
}

// step takes a leg from the end of the path, and says where to.
func (x *crosser) step(turn int) int32 {
	here := x.path[len(x.path)-1]
	from := &x.left[turn][here]
	to := from.to[x.random.Uint32()&uint32(from.count-1)]
	from.remove(to)
	x.left[turn][to].remove(here)
	return to
}

// close notes the end of the path as a cycle, so that its first leg goes out.
func (x *crosser) close(at int) {
	cycle := x.path[at:]
	if at&1 == 1 {
		x.cycles = append(append(x.cycles, cycle[1:]...), cycle[0])
	} else {
		x.cycles = append(x.cycles, cycle...)
	}
	x.ends = append(x.ends, int32(len(x.cycles)))
	for i := at + 1; i < len(x.path); i++ {
		x.seen[i&1][x.path[i]] = -1
	}
	x.path = x.path[:at+1]
}

// try makes a child, and says what it gains if it does.
func (x *crosser) try(cycle []int32) (gain Cost) {
	x.cuts, x.joins = x.cuts[:0], x.joins[:0]
	for i := 0; i < len(cycle); i += 2 {
		u, v, w := cycle[i], cycle[i+1], cycle[(i+2)%len(cycle)]
		if x.tour.next(u) != v && x.tour.prev(u) != v { // gone to join rings
			return 0
		}
		x.cut(u, v)
		x.joins = append(x.joins, [2]int32{v, w})
		gain += x.leg(u, v) - x.leg(v, w)
	}
	for gain > 0 {
		x.split()
		if len(x.sizes) == 1 {
			return gain
		}
		gain -= x.mend()
	}
	return 0
}

// cut takes a leg out of the child.
func (x *crosser) cut(u, v int32) {
	for i, j := range x.joins {
		if j == [2]int32{u, v} || j == [2]int32{v, u} {
			x.joins = slices.Delete(x.joins, i, i+1)
			return
		}
	}
	if x.tour.next(u) != v {
		u = v
	}
	x.cuts = append(x.cuts, x.tour.place[u])
}

// split finds the rings that the child is.
func (x *crosser) split() {
	slices.Sort(x.cuts)
	x.partner, x.part, x.sizes = x.partner[:0], x.part[:0], x.sizes[:0]
	for range x.cuts {
		x.partner, x.part = append(x.partner, -1, -1), append(x.part, -1)
	}
	for _, j := range x.joins {
		a := x.loose(j[0])
		x.partner[a] = a // until the other is known, in the same piece perhaps
		b := x.loose(j[1])
		x.partner[a], x.partner[b] = b, a
	}
	for first, part := range x.part {
		if part < 0 {
			x.sizes = append(x.sizes, x.around(int32(first)))
		}
	}
}

// around names the pieces of a ring for it, and says how many nodes it has.
func (x *crosser) around(first int32) (size int32) {
	for p, end := first, 2*first+1; x.part[p] < 0; {
		x.part[p] = int32(len(x.sizes))
		from, to := x.piece(p)
		if size += to - from + 1; to < from {
			size += int32(x.n)
		}
		end = x.partner[end] ^ 1
		p = end / 2
	}
	return size
}

// piece tells from which place to which one goes; the last may go past the end.
func (x *crosser) piece(p int32) (from, to int32) {
	if from = x.cuts[p] + 1; int(from) == x.n {
		from = 0
	}
	if int(p)+1 == len(x.cuts) {
		return from, x.cuts[0]
	}
	return from, x.cuts[p+1]
}

// pieceAt is the piece that a place is in.
func (x *crosser) pieceAt(place int32) int32 {
	p, _ := slices.BinarySearch(x.cuts, place)
	if p == 0 {
		p = len(x.cuts)
	}
	return int32(p - 1)
}

// loose is the end of a piece that a node is, and that is joined to none.
func (x *crosser) loose(node int32) (end int32) {
	at := x.tour.place[node]
	p := x.pieceAt(at)
	if from, _ := x.piece(p); from == at && x.partner[2*p] < 0 {
		return 2 * p
	}
	return 2*p + 1
}

// at is the node at an end.
func (x *crosser) at(end int32) int32 {
	from, to := x.piece(end / 2)
	if end&1 == 1 {
		from = to
	}
	return x.tour.order[from]
}

// beside are the nodes next to one of a piece in the child.
func (x *crosser) beside(node, p int32) [2]int32 {
	both := [2]int32{x.tour.prev(node), x.tour.next(node)}
	from, to := x.piece(p)
	if at := x.tour.place[node]; at == from {
		both[0] = x.at(x.partner[2*p])
		if at == to {
			both[1] = x.at(x.partner[2*p+1])
		}
	} else if at == to {
		both[1] = x.at(x.partner[2*p+1])
	}
	return both
}

// An exchange joins two rings: u–u2 and v–v2 go, u–v and u2–v2 come.
type exchange struct {
	u, u2, v, v2 int32
	cost         Cost
}

const unjoinable = math.MaxInt64 / 2 // costs an exchange that there is not

// mend joins the smallest ring to another, and says what that costs.
func (x *crosser) mend() Cost {
	least := int32(slices.Index(x.sizes, slices.Min(x.sizes)))
	best := exchange{cost: unjoinable}
	for p, part := range x.part {
		if part != least {
			continue
		}
		from, to := x.piece(int32(p))
		for at := from; at != to; at = x.tour.after(at) {
			x.exchangeAt(x.tour.order[at], int32(p), &best)
		}
		x.exchangeAt(x.tour.order[to], int32(p), &best)
	}
	if best.cost < unjoinable {
		x.cut(best.u, best.u2)
		x.cut(best.v, best.v2)
		x.joins = append(x.joins, [2]int32{best.u, best.v}, [2]int32{best.u2, best.v2})
	}
	return best.cost
}

// exchangeAt looks for a cheaper exchange at a node of a piece.
func (x *crosser) exchangeAt(u, p int32, best *exchange) {
	mine := x.beside(u, p)
	for _, v := range x.nearest(u) {
		q := x.pieceAt(x.tour.place[v.node])
		if x.part[q] == x.part[p] {
			continue
		}
		for _, v2 := range x.beside(v.node, q) {
			for _, u2 := range mine {
				cost := Cost(v.leg) - x.leg(u, u2) - x.leg(v.node, v2) + x.leg(u2, v2)
				if cost < best.cost && x.mate[u] != u2 && x.mate[v.node] != v2 {
					*best = exchange{u, u2, v.node, v2, cost}
				}
			}
		}
	}
}

// take makes the tour the child.
func (x *crosser) take() {
	t, order := x.tour, x.spare[:0]
	for end := int32(1); len(order) < x.n; end = x.partner[end] ^ 1 {
		from, to := x.piece(end / 2)
		begin := len(order)
		if from <= to {
			order = append(order, t.order[from:to+1]...)
		} else {
			order = append(append(order, t.order[from:]...), t.order[:to+1]...)
		}
		if end&1 == 0 {
			slices.Reverse(order[begin:])
		}
	}
	t.order, x.spare = order, t.order
	for i, node := range order {
		t.place[node] = int32(i)
	}
}
