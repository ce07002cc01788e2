package pins

import (
	"math"

	"github.com/paulmach/orb"
)

// The WGS-84 ellipsoid (NIMA TR8350.2, table 3.1).
const (
	equatorial   = 6378137.0
	flattening   = 1 / 298.257223563
	polar        = equatorial * (1 - flattening)
	eccentricity = flattening * (2 - flattening)
	secondEcc    = eccentricity / (1 - eccentricity)
	radian       = math.Pi / 180
)

// A vector is metres from the middle of the Earth. It has no edge at 180° and
// none at the poles.
type vector [3]float64

func vectorOf(p orb.Point) vector {
	sinLon, cosLon := math.Sincos(p.Lon() * radian)
	sinLat, cosLat := math.Sincos(p.Lat() * radian)
	across := equatorial / math.Sqrt(1-eccentricity*sinLat*sinLat)
	return vector{across * cosLat * cosLon, across * cosLat * sinLon, across * (1 - eccentricity) * sinLat}
}

// point is the place under a vector near the ground, by B. R. Bowring's closed
// formula (Survey Review 23, 1976): micrometres, up to kilometres of height.
func (v vector) point() orb.Point {
	axis := math.Hypot(v[0], v[1])
	sin, cos := math.Sincos(math.Atan2(v[2]*equatorial, axis*polar))
	lat := math.Atan2(v[2]+secondEcc*polar*sin*sin*sin, axis-eccentricity*equatorial*cos*cos*cos)
	return orb.Point{math.Atan2(v[1], v[0]) / radian, lat / radian}
}

func (v vector) dot(w vector) float64 { return v[0]*w[0] + v[1]*w[1] + v[2]*w[2] }

func (v vector) minus(w vector) vector { return vector{v[0] - w[0], v[1] - w[1], v[2] - w[2]} }

func (v vector) plus(w vector, k float64) vector {
	return vector{v[0] + k*w[0], v[1] + k*w[1], v[2] + k*w[2]}
}

// chord is the straight distance: a millimetre short of the arc at 10 km.
func (v vector) chord(w vector) float64 {
	d := v.minus(w)
	return math.Sqrt(d.dot(d))
}

// A plane touches the Earth at its origin. Distances in it are right to a
// centimetre within 5 km, which is more than a shop's sightings lie apart.
type plane struct{ origin, east, north vector }

// A spot is metres east and north in a plane.
type spot struct{ x, y float64 }

func planeAt(p orb.Point) plane {
	sinLon, cosLon := math.Sincos(p.Lon() * radian)
	sinLat, cosLat := math.Sincos(p.Lat() * radian)
	return plane{vectorOf(p), vector{-sinLon, cosLon, 0}, vector{-sinLat * cosLon, -sinLat * sinLon, cosLat}}
}

func (pl plane) spot(v vector) spot {
	d := v.minus(pl.origin)
	return spot{d.dot(pl.east), d.dot(pl.north)}
}

func (pl plane) point(s spot) orb.Point {
	return pl.origin.plus(pl.east, s.x).plus(pl.north, s.y).point()
}

// to takes a third of the time of math.Hypot, whose care about overflow metres do not need.
func (s spot) to(t spot) float64 { return math.Sqrt((s.x-t.x)*(s.x-t.x) + (s.y-t.y)*(s.y-t.y)) }

// toward is the spot at most so far from s on the way to t, and whether that
// falls short of t.
func (s spot) toward(t spot, limit float64) (spot, bool) {
	d := s.to(t)
	if d <= limit {
		return t, false
	}
	return spot{s.x + (t.x-s.x)*limit/d, s.y + (t.y-s.y)*limit/d}, true
}
