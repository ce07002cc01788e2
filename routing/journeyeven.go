package routing

import "math/bits"

// A wide is a whole number below 2¹²⁸: squares of long days times many days are above 2⁶⁴.
type wide struct{ high, low uint64 }

func product(a, b uint64) wide {
	high, low := bits.Mul64(a, b)
	return wide{high, low}
}

func (w wide) plus(v wide) wide {
	low, carry := bits.Add64(w.low, v.low, 0)
	high, _ := bits.Add64(w.high, v.high, carry)
	return wide{high, low}
}

func (w wide) minus(v wide) wide {
	low, borrow := bits.Sub64(w.low, v.low, 0)
	high, _ := bits.Sub64(w.high, v.high, borrow)
	return wide{high, low}
}

// over is a quotient that is known to be below 2⁶⁴.
func (w wide) over(by uint64) uint64 {
	q, _ := bits.Div64(w.high, w.low, by)
	return q
}

// evenness tells how far days are from what they ought to have.
type evenness struct {
	price Cost
	share []uint64 // of each day
	all   uint64

	work    []Cost // of each day
	squares []wide // of each day, work times what all days would have if they were like it
	sum     Cost
	total   wide // of squares
}

func newEvenness(j *Journey) evenness {
	e := evenness{price: j.Uneven, share: make([]uint64, len(j.Days)), work: make([]Cost, len(j.Days)), squares: make([]wide, len(j.Days))}
	longest, limited := Cost(0), true
	for _, d := range j.Days {
		if d.Tours > 0 {
			longest, limited = max(longest, d.Longest), limited && d.Longest > 0
		}
	}
	for i, d := range j.Days {
		e.share[i] = uint64(d.Tours)
		if limited && d.Tours > 0 {
			e.share[i] = uint64(max(1, 1000*Cost(d.Tours)*d.Longest/longest))
		}
		e.all += e.share[i]
	}
	return e
}

// square is what a day's work adds to total.
func (e *evenness) square(day int, work Cost) wide {
	w := uint64(min(work, mostWork))
	return product(w, product(w, e.all).over(e.share[day]))
}

// mostWork keeps numbers in bounds; a day of more has a leg that nobody can go.
const mostWork = 1 << 37

// add gives a day more work, or less.
func (e *evenness) add(day int, work Cost) {
	e.sum += work
	e.work[day] += work
	if e.price > 0 {
		old := e.squares[day]
		e.squares[day] = e.square(day, e.work[day])
		e.total = e.total.plus(e.squares[day]).minus(old)
	}
}

// cost is the price of the unevenness.
func (e *evenness) cost() Cost { return e.costOf(e.total, e.sum) }

func (e *evenness) costOf(total wide, sum Cost) Cost {
	if e.price == 0 || sum <= 0 {
		return 0
	}
	return e.price * max(0, Cost(total.over(uint64(sum)))-sum)
}

// restore gives a day the work it had; sum and total are put back apart.
func (e *evenness) restore(day int, more Cost) {
	e.work[day] += more
	if e.price > 0 {
		e.squares[day] = e.square(day, e.work[day])
	}
}
