package geo

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Datum names the system a pair of coordinates was written down in. Mixing two
// of them moves a place in mainland China by up to 1,520 metres.
type Datum string

// The datums in use. Maps and phones sold in mainland China report the last two.
const (
	WGS84 Datum = "wgs84" // GPS, OpenStreetMap, everything inside this system
	GCJ02 Datum = "gcj02" // AMap, Tencent, Google's map of the mainland
	BD09  Datum = "bd09"  // Baidu: GCJ-02, moved once more
)

// ParseDatum reads a datum's name, exactly as the constants spell it. Anything
// else, the empty string included, is an error: nobody should guess a datum.
func ParseDatum(name string) (Datum, error) {
	switch d := Datum(name); d {
	case WGS84, GCJ02, BD09:
		return d, nil
	}
	return "", fmt.Errorf("geo: unknown datum %q: want wgs84, gcj02 or bd09", name)
}

// FromWGS84 writes p in datum d, by the formulas published with eviltransform
// and coordtransform. Outside mainland China, and for an unknown d, it is p.
func FromWGS84(p orb.Point, d Datum) orb.Point { return Datums{}.FromWGS84(p, d) }

// ToWGS84 is the inverse of [FromWGS84], to well under a millimetre. Of the two
// answers possible within a shift's length outside the border, it gives the one inside.
func ToWGS84(p orb.Point, d Datum) orb.Point { return Datums{}.ToWGS84(p, d) }

// Datums converts between datums by a setting on which maps differ. Its zero
// value is the default, and what [FromWGS84] and [ToWGS84] do.
type Datums struct {
	// ShiftHongKongMacau moves those two cities like the mainland, as maps sold in
	// the mainland (AMap) do. By default they stay, as on the others (Google).
	ShiftHongKongMacau bool
}

// FromWGS84 writes p in datum d; see the function [FromWGS84].
func (s Datums) FromWGS84(p orb.Point, d Datum) orb.Point {
	if !d.shifted() || !s.moves(p) {
		return p
	}
	return shift(p, d)
}

// ToWGS84 reads p in datum d; see the function [ToWGS84].
func (s Datums) ToWGS84(p orb.Point, d Datum) orb.Point {
	if !d.shifted() {
		return p
	}
	if q := unshift(p, d); s.moves(q) {
		return q
	}
	return p
}

// Convert takes p from one datum to another by way of WGS-84. Between a datum
// and itself, and where nothing is shifted, it is p to the last bit.
func (s Datums) Convert(p orb.Point, from, to Datum) orb.Point {
	if from == to {
		return p
	}
	return s.FromWGS84(s.ToWGS84(p, from), to)
}

// shifted tells the datums that move the mainland from the rest.
func (d Datum) shifted() bool {
	return d == GCJ02 || d == BD09
}

func shift(p orb.Point, d Datum) orb.Point {
	if d == BD09 {
		return bd09(gcj02(p))
	}
	return gcj02(p)
}

// unshift walks back: each round takes away what the guess is still off by. The
// shift changes by less than one part in a hundred from a place to its image,
// so six rounds reach the last bit.
func unshift(p orb.Point, d Datum) orb.Point {
	q := p
	for range 6 {
		image := shift(q, d)
		q = orb.Point{q.Lon() + p.Lon() - image.Lon(), q.Lat() + p.Lat() - image.Lat()}
	}
	return q
}

// The ellipsoid of Krasovsky (1940), on which the GCJ-02 formula is written.
const (
	krasovsky    = 6378245.0
	krasovskyEcc = 0.00669342162296594323
)

// gcj02 adds the published wave to a WGS-84 point: metres east and north,
// turned into degrees on Krasovsky's ellipsoid.
func gcj02(p orb.Point) orb.Point {
	x, y := p.Lon()-105, p.Lat()-35
	common := 20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)
	root := math.Sqrt(math.Abs(x))

	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*root
	north += 2. / 3 * (common + wave(y, 20, 1, 40, 3) + wave(y, 160, 12, 320, 30))
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*root
	east += 2. / 3 * (common + wave(x, 20, 1, 40, 3) + wave(x, 150, 12, 300, 30))

	sin, cos := math.Sincos(p.Lat() * radian)
	w := 1 - krasovskyEcc*sin*sin
	along := krasovsky * (1 - krasovskyEcc) / (w * math.Sqrt(w))
	across := krasovsky / math.Sqrt(w) * cos
	return orb.Point{p.Lon() + east/(across*radian), p.Lat() + north/(along*radian)}
}

// wave is a·sin(πv/p) + b·sin(πv/q), the form all the formula's waves have.
func wave(v, a, p, b, q float64) float64 {
	return a*math.Sin(v/p*math.Pi) + b*math.Sin(v/q*math.Pi)
}

// bd09 turns and stretches a GCJ-02 point about the origin of degrees.
func bd09(p orb.Point) orb.Point {
	const waves = math.Pi * 3000 / 180
	x, y := p.Lon(), p.Lat()
	r := math.Hypot(x, y) + 0.00002*math.Sin(y*waves)
	sin, cos := math.Sincos(math.Atan2(y, x) + 0.000003*math.Cos(x*waves))
	return orb.Point{r*cos + 0.0065, r*sin + 0.006}
}
