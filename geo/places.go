package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// Distances answers [Distance] between places of a list, by their indices, to within a micrometre of it. What it takes to
// know of each place is worked out once, so that all pairs of thousands are told in a fraction of the time.
func Distances(places []orb.Point) func(i, j int) Meters {
	known := make([]placed, len(places))
	for i, p := range places {
		known[i] = newPlaced(p)
	}
	return func(i, j int) Meters {
		if arc, near := known[i].arcTo(&known[j]); near {
			return arc
		}
		return Distance(places[i], places[j])
	}
}

// placed is a place with what a chord from it takes: where it is on its meridian, and half of its angles.
type placed struct {
	axis, height   float64
	sinLat, cosLat float64 // of half the latitude
	sinLon, cosLon float64 // of half the longitude
}

func newPlaced(p orb.Point) (k placed) {
	k.axis, k.height = meridian(p.Lat())
	k.sinLat, k.cosLat = math.Sincos(p.Lat() * radian / 2)
	k.sinLon, k.cosLon = math.Sincos(p.Lon() * radian / 2)
	return k
}

// arcTo is what [Distance] makes of a chord, if it is short enough to be bent back into an arc: arcs of less
// than a degree, whose sine a series of four terms undoes.
func (k *placed) arcTo(b *placed) (arc Meters, near bool) {
	half := b.sinLon*k.cosLon - b.cosLon*k.sinLon
	north := (k.axis-b.axis)*(k.axis-b.axis) + (k.height-b.height)*(k.height-b.height)
	squared := north + 4*k.axis*b.axis*half*half
	if !(squared <= chordLimit*chordLimit) {
		return 0, false
	}
	if squared == 0 {
		return 0, true
	}
	sin := k.sinLat*b.cosLat + k.cosLat*b.sinLat
	across := equatorial / math.Sqrt(1-eccentricity*sin*sin)
	radius := across / (1 + secondEcc*(1-sin*sin)*north/squared)
	x := squared / (4 * radius * radius)
	return Meters(math.Sqrt(squared) * (1 + x*(1./6+x*(3./40+x*15./336)))), true
}
