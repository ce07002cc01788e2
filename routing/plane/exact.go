package plane

import "math/bits"

// turn is twice the area of the triangle abc, above 0 where it runs counter-clockwise. Coordinates within 2³⁰ of
// zero keep it inside 64 bits.
func turn(a, b, c Point) int64 {
	return (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X)
}

// inside tells whether d lies within the circle through a, b and c, which run counter-clockwise. With coordinates up to
// [Most] lifts and minors have 51 bits, so floats hold them, and only a sum that is nearly 0 needs its 104 bits.
func inside(a, b, c, d Point) bool {
	a, b, c = a.from(d), b.from(d), c.from(d)
	lifts := [3]int64{a.norm(), b.norm(), c.norm()}
	minors := [3]int64{b.cross(c), c.cross(a), a.cross(b)}
	var sum, size float64
	for i, lift := range lifts {
		term := float64(lift) * float64(minors[i])
		sum, size = sum+term, size+max(term, -term)
	}
	if margin := size * (1.0 / (1 << 50)); sum > margin || sum < -margin {
		return sum > 0
	}
	return positive(lifts, minors)
}

// positive tells whether Σ lift × minor is above 0.
func positive(lifts, minors [3]int64) bool {
	high, low := sum(lifts, minors)
	return high > 0 || high == 0 && low > 0
}

// sum is Σ lift × minor in 128 bits; lifts are not negative.
func sum(lifts, minors [3]int64) (int64, uint64) {
	var high, low uint64
	for i, lift := range lifts {
		h, l := bits.Mul64(uint64(lift), uint64(max(minors[i], -minors[i])))
		var carry uint64
		if minors[i] < 0 {
			low, carry = bits.Sub64(low, l, 0)
			high, _ = bits.Sub64(high, h, carry)
		} else {
			low, carry = bits.Add64(low, l, 0)
			high, _ = bits.Add64(high, h, carry)
		}
	}
	return int64(high), low
}

func (p Point) from(q Point) Point  { return Point{p.X - q.X, p.Y - q.Y} }
func (p Point) norm() int64         { return p.X*p.X + p.Y*p.Y }
func (p Point) cross(q Point) int64 { return p.X*q.Y - p.Y*q.X }

func compare(p, q Point) int {
	switch {
	case p == q:
		return 0
	case p.X < q.X || p.X == q.X && p.Y < q.Y:
		return -1
	}
	return 1
}
