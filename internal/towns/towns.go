// Package towns invents cities of shops to measure cuts into territories on, and knows how compact plain k-means cuts
// them, which is the yardstick of compactness. One number of shops and one seed make one city, on every machine. It knows
// nothing of territories, and nobody who serves retailers uses it.
//
// The recipe: 30 × 30 km; 40 blobs of shops, Gaussian with a standard deviation of 0.4 to 2.6 km, of lognormal masses
// (σ = 1); 15 % of the shops anywhere; what falls outside is reflected. Classes A, B and C are 20, 30 and 50 %, visited 4, 2
// and 1 times a month. Minutes of a visit are lognormal about 12 (σ = 0.5); orders are visits × lognormal (σ = 0.5) and
// volume visits × lognormal (σ = 1). 3 % are key accounts.
package towns

import (
	"fmt"

	"rounds/routing/plane"
)

// Side is how long a city is, and half of it how far from zero a coordinate may lie; decimetres.
const (
	Side = 300_000
	half = Side / 2
)

// Town is an invented city.
type Town struct{ Shops []Shop }

// Shop is a retailer of it. Loads are those of a month, in thousandths: of minutes, of orders, of a unit of volume.
type Shop struct {
	Code    string
	At      plane.Point // decimetres from the middle of the city
	Class   byte        // 'A', 'B' or 'C'
	Visits  int64       // a month
	Service int64       // of a visit, in thousandths of a minute
	Minutes int64       // Visits × Service
	Orders  int64
	Volume  int64
	Key     bool // an account that its rep keeps
}

// Loads are the four measures of the benchmarks: minutes, retailers (1), orders and volume.
func (s Shop) Loads() []int64 { return []int64{s.Minutes, 1, s.Orders, s.Volume} }

// Points are where the shops are, in their order.
func (t Town) Points() []plane.Point {
	points := make([]plane.Point, len(t.Shops))
	for i, s := range t.Shops {
		points[i] = s.At
	}
	return points
}

const (
	blobs      = 40
	background = 15 // per cent of the shops
	keys       = 3  // per cent
)

// blob is where many shops are.
type blob struct {
	at     plane.Point
	spread float64
	upTo   float64 // masses of the blobs up to this one
}

// New invents a city of n shops. Of two cities with one seed the smaller has the first shops of the larger.
func New(n int, seed uint64) Town {
	d := newDice(seed, 1)
	centres := d.blobs()
	t := Town{Shops: make([]Shop, n)}
	for i := range t.Shops {
		t.Shops[i] = d.shop(centres)
		t.Shops[i].Code = fmt.Sprintf("T%05d", i+1)
	}
	return t
}

func (d dice) blobs() []blob {
	centres, mass := make([]blob, blobs), 0.0
	for i := range centres {
		at := d.anywhere()
		spread := 4_000 + float64(22_000*d.uniform())
		mass += d.lognormal(1)
		centres[i] = blob{at, spread, mass}
	}
	return centres
}

func (d dice) shop(centres []blob) Shop {
	s := Shop{At: d.place(centres), Class: 'C', Visits: 1}
	switch class := d.below(100); {
	case class < 20:
		s.Class, s.Visits = 'A', 4
	case class < 50:
		s.Class, s.Visits = 'B', 2
	}
	visits := float64(s.Visits)
	s.Service = whole(12_000 * d.lognormal(0.5))
	s.Minutes = s.Visits * s.Service
	s.Orders = whole(1000 * visits * d.lognormal(0.5))
	s.Volume = whole(1000 * visits * d.lognormal(1))
	s.Key = d.below(100) < keys
	return s
}

// place is where a shop is: in a blob, by the blobs' masses, or anywhere.
func (d dice) place(centres []blob) plane.Point {
	if d.below(100) < background {
		return d.anywhere()
	}
	mass := d.uniform() * centres[blobs-1].upTo
	in := 0
	for in < blobs-1 && centres[in].upTo <= mass {
		in++
	}
	east, north := d.normals()
	b := centres[in]
	return plane.Point{X: reflected(b.at.X + whole(b.spread*east)), Y: reflected(b.at.Y + whole(b.spread*north))}
}

func (d dice) anywhere() plane.Point {
	return plane.Point{X: d.below(Side+1) - half, Y: d.below(Side+1) - half}
}

// reflected is a coordinate folded back into the city.
func reflected(x int64) int64 {
	for x < -half || x > half {
		if x < -half {
			x = -2*half - x
		} else {
			x = 2*half - x
		}
	}
	return x
}
