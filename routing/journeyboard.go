package routing

import (
	"math"
	"math/bits"
)

// A board is a journey with the tours so far. It changes by visits put in and taken out, and can go back to where it was
// when [board.begin] was called.
type board struct {
	*Journey
	legs      []int32 // between places: calls, then ends
	into      []int32 // legs the other way round: a row is the legs to a place
	places    int
	tours     []tourOn // of all days
	firstTour []int    // of each day, and one past the last
	even      evenness

	taken  []int32 // pattern of each call, or none
	on     []int32 // call × days + day: the tour it is on, or none
	travel Cost
	price  Cost
	lost   int
	absent int // calls left out

	epoch   uint32 // of the last begin
	was     totals
	touched []int32 // tours changed since
	log     []change
}

const none = -1

// tourOn is somebody's tour on a day. Its path begins and ends with the ends of the day.
type tourOn struct {
	path   []int32
	legs   []int32 // from each place on the path to the next
	travel Cost
	length Cost // travel and services
	load   Cost
	day    int

	epoch uint32
	old   *tourOn // as it was
}

type totals struct {
	travel, price, sum Cost
	total              wide
	lost, absent       int
}

// change is a former value of taken or on.
type change struct {
	at, was int32
	call    bool
}

func newBoard(j *Journey) *board {
	b := &board{Journey: j, even: newEvenness(j), epoch: 1}
	b.fill()
	b.taken = make([]int32, len(j.Calls))
	b.on = make([]int32, len(j.Calls)*len(j.Days))
	for i, c := range j.Calls {
		b.taken[i] = none
		b.lost += c.weight()
	}
	for i := range b.on {
		b.on[i] = none
	}
	b.absent = len(j.Calls)
	return b
}

// fill gives calls and ends places, and the legs between them. A free end is as near to everything as can be.
func (b *board) fill() {
	var nodes []int
	for _, c := range b.Calls {
		nodes = append(nodes, c.Node)
	}
	ends := map[int]int32{}
	end := func(node int) int32 {
		if _, known := ends[node]; !known {
			ends[node] = int32(len(nodes))
			nodes = append(nodes, node)
		}
		return ends[node]
	}
	for d, day := range b.Days {
		b.firstTour = append(b.firstTour, len(b.tours))
		from, to := end(day.Start), end(day.End)
		for range day.Tours {
			b.tours = append(b.tours, tourOn{path: []int32{from, to}, legs: []int32{0}, day: d, old: &tourOn{}})
		}
	}
	b.firstTour = append(b.firstTour, len(b.tours))
	n := len(nodes)
	b.places, b.legs, b.into = n, make([]int32, n*n), make([]int32, n*n)
	for i, from := range nodes {
		for k, to := range nodes {
			if from != Free && to != Free {
				leg := int32(b.Travel.At(from, to))
				b.legs[i*n+k], b.into[k*n+i] = leg, leg
			}
		}
	}
}

func (b *board) leg(from, to int32) int32 { return b.legs[int(from)*b.places+int(to)] }

// cost is all but what is lost.
func (b *board) cost() Cost { return b.travel + b.price + b.even.cost() }

// begin marks where undo goes back to.
func (b *board) begin() {
	b.epoch++
	b.touched, b.log = b.touched[:0], b.log[:0]
	b.was = totals{b.travel, b.price, b.even.sum, b.even.total, b.lost, b.absent}
}

// undo takes back all that was done since begin.
func (b *board) undo() {
	for _, t := range b.touched {
		tour := &b.tours[t]
		old := tour.old
		b.even.restore(tour.day, old.length-tour.length)
		tour.path, old.path = old.path, tour.path
		tour.legs, old.legs = old.legs, tour.legs
		tour.travel, tour.length, tour.load, tour.epoch = old.travel, old.length, old.load, 0
	}
	for i := len(b.log) - 1; i >= 0; i-- {
		if c := b.log[i]; c.call {
			b.taken[c.at] = c.was
		} else {
			b.on[c.at] = c.was
		}
	}
	b.travel, b.price, b.lost, b.absent = b.was.travel, b.was.price, b.was.lost, b.was.absent
	b.even.sum, b.even.total = b.was.sum, b.was.total
}

// touch remembers a tour as it is.
func (b *board) touch(t int32) *tourOn {
	tour := &b.tours[t]
	if tour.epoch == b.epoch {
		return tour
	}
	tour.epoch = b.epoch
	b.touched = append(b.touched, t)
	old := tour.old
	old.path = append(old.path[:0], tour.path...)
	old.legs = append(old.legs[:0], tour.legs...)
	old.travel, old.length, old.load = tour.travel, tour.length, tour.load
	return tour
}

// A spot is where a call could be put: after so many places of a tour.
type spot struct {
	tour, after int32
	more        Cost // travel
}

// detour is how much longer a tour gets by a call between two places; an empty one goes nowhere.
func (b *board) detour(from, call, to int32) Cost {
	more := Cost(b.leg(from, call)) + Cost(b.leg(call, to))
	if int(from) >= len(b.Calls) && int(to) >= len(b.Calls) {
		return more
	}
	return more - Cost(b.leg(from, to))
}

// put makes a call at a spot.
func (b *board) put(call int32, at spot) {
	tour := b.touch(at.tour)
	i := int(at.after)
	tour.path = append(tour.path, 0)
	copy(tour.path[i+1:], tour.path[i:])
	tour.path[i] = call
	tour.legs = append(tour.legs, 0)
	copy(tour.legs[i:], tour.legs[i-1:])
	tour.legs[i-1], tour.legs[i] = b.leg(tour.path[i-1], call), b.leg(call, tour.path[i+1])
	b.account(tour, call, at.more, 1)
	b.setOn(int(call)*len(b.Days)+tour.day, at.tour)
}

// account adds a call to what a tour has, or takes it out.
func (b *board) account(tour *tourOn, call int32, more, sign Cost) {
	c := &b.Calls[call]
	tour.travel += more
	tour.length += more + sign*c.Service
	tour.load += sign * c.Load
	b.travel += more
	b.even.add(tour.day, more+sign*c.Service)
}

func (b *board) setOn(at int, tour int32) {
	b.log = append(b.log, change{int32(at), b.on[at], false})
	b.on[at] = tour
}

// take takes a call out of its tour of a day.
func (b *board) take(call int32, day int) {
	at := int(call)*len(b.Days) + day
	tour := b.touch(b.on[at])
	i := tour.place(call)
	more := -Cost(tour.legs[i-1]) - Cost(tour.legs[i])
	tour.path = append(tour.path[:i], tour.path[i+1:]...)
	tour.legs = append(tour.legs[:i], tour.legs[i+1:]...)
	tour.legs[i-1] = 0
	if len(tour.path) > 2 {
		tour.legs[i-1] = b.leg(tour.path[i-1], tour.path[i])
	}
	more += Cost(tour.legs[i-1])
	b.account(tour, call, more, -1)
	b.setOn(at, none)
}

func (t *tourOn) place(call int32) int {
	for i := 1; ; i++ {
		if t.path[i] == call {
			return i
		}
	}
}

// choose gives a call a pattern, or none; the visits are put in and taken out apart.
func (b *board) choose(call, pattern int32) {
	b.log = append(b.log, change{call, b.taken[call], true})
	c := &b.Calls[call]
	if was := b.taken[call]; was != none {
		b.price -= c.Patterns[was].Price
		b.lost += c.weight()
		b.absent++
	}
	if pattern != none {
		b.price += c.Patterns[pattern].Price
		b.lost -= c.weight()
		b.absent--
	}
	b.taken[call] = pattern
}

// leave takes a call out of all its days.
func (b *board) leave(call int32) {
	for days := b.Calls[call].Patterns[b.taken[call]].Days; days != 0; days &= days - 1 {
		b.take(call, bits.TrailingZeros64(days))
	}
	b.choose(call, none)
}

// sound tells whether all tours changed since begin keep their limits. Where the way over a call is shorter than the
// direct one, tours are longer when it is taken out.
func (b *board) sound() bool {
	for _, t := range b.touched {
		tour := &b.tours[t]
		if most := b.Days[tour.day].Longest; most > 0 && tour.length > most {
			return false
		}
		if tour.travel >= MaxCost && tour.broken() {
			return false
		}
	}
	return true
}

func (t *tourOn) broken() bool {
	for _, leg := range t.legs {
		if leg == math.MaxInt32 {
			return true
		}
	}
	return false
}
