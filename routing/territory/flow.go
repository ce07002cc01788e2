package territory

import "math"

// network is a graph of arcs with room and price, through which flows go at the least price: successive shortest paths
// with potentials. An arc and its way back are neighbours in the list: the way back of arc a is a^1.
type network struct {
	first []int32 // of each node its last added arc, or -1
	arcs  []arc
}

type arc struct {
	to, next    int32
	room, price int64
}

// endless is more room than any sum of loads takes.
const endless = math.MaxInt64 / 4

func newNetwork(nodes int) *network {
	n := &network{first: make([]int32, nodes)}
	for i := range n.first {
		n.first[i] = None
	}
	return n
}

// add adds an arc and its way back, and returns its number.
func (n *network) add(from, to int, room, price int64) int {
	at := len(n.arcs)
	n.arcs = append(n.arcs, arc{int32(to), n.first[from], room, price}, arc{int32(from), n.first[to], 0, -price})
	n.first[from], n.first[to] = int32(at), int32(at+1)
	return at
}

// flow is how much goes through an arc.
func (n *network) flow(a int) int64 { return n.arcs[a^1].room }

// run sends as much as there is room for from one node to another, at the least price. Prices of arcs with room are not negative.
func (n *network) run(from, to int) {
	r := flowing{n: n, height: make([]int64, len(n.first)), far: make([]int64, len(n.first)), by: make([]int32, len(n.first)), at: make([]int32, len(n.first))}
	for r.reach(from, to) {
		r.send(from, to)
	}
}

// flowing is a run: heights are distances so far, which keep what an arc costs in addition from falling below 0.
type flowing struct {
	n           *network
	height, far []int64
	by          []int32 // arc by which a node is reached
	heap        []int32
	at          []int32 // place in the heap, counted from 1; 0: not in it
}

// reach finds the cheapest way by Dijkstra's algorithm; false if there is none.
func (r *flowing) reach(from, to int) bool {
	for i := range r.far {
		r.far[i], r.by[i], r.at[i] = math.MaxInt64, None, 0
	}
	r.far[from], r.heap = 0, r.heap[:0]
	r.push(int32(from))
	for len(r.heap) > 0 {
		i := r.pop()
		if i == int32(to) {
			break
		}
		for a := r.n.first[i]; a != None; a = r.n.arcs[a].next {
			one := &r.n.arcs[a]
			if one.room <= 0 {
				continue
			}
			if far := r.far[i] + one.price + r.height[i] - r.height[one.to]; far < r.far[one.to] {
				r.far[one.to], r.by[one.to] = far, a
				r.push(one.to)
			}
		}
	}
	if r.by[to] == None {
		return false
	}
	for i := range r.height {
		r.height[i] += min(r.far[i], r.far[to])
	}
	return true
}

// send sends what there is room for along the way found.
func (r *flowing) send(from, to int) {
	room := int64(endless)
	for i := int32(to); i != int32(from); i = r.n.arcs[r.by[i]^1].to {
		room = min(room, r.n.arcs[r.by[i]].room)
	}
	for i := int32(to); i != int32(from); i = r.n.arcs[r.by[i]^1].to {
		r.n.arcs[r.by[i]].room -= room
		r.n.arcs[r.by[i]^1].room += room
	}
}

// push puts a node into the heap, or up in it.
func (r *flowing) push(i int32) {
	if r.at[i] == 0 {
		r.heap = append(r.heap, i)
		r.at[i] = int32(len(r.heap))
	}
	for at := r.at[i]; at > 1 && r.far[r.heap[at/2-1]] > r.far[i]; at = r.at[i] {
		r.swap(at, at/2)
	}
}

func (r *flowing) swap(a, b int32) {
	r.heap[a-1], r.heap[b-1] = r.heap[b-1], r.heap[a-1]
	r.at[r.heap[a-1]], r.at[r.heap[b-1]] = a, b
}

// pop takes the nearest node out.
func (r *flowing) pop() int32 {
	nearest, size := r.heap[0], int32(len(r.heap))
	r.swap(1, size)
	r.heap, r.at[nearest] = r.heap[:size-1], 0
	for at := int32(1); 2*at < size; {
		below := 2 * at
		if below+1 < size && r.far[r.heap[below]] < r.far[r.heap[below-1]] {
			below++
		}
		if r.far[r.heap[at-1]] <= r.far[r.heap[below-1]] {
			break
		}
		r.swap(at, below)
		at = below
	}
	return nearest
}
