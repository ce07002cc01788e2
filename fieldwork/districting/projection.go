package districting

import (
	"math"

	"rounds/routing/plane"

	"github.com/paulmach/orb"
)

// Projection lays a city on a plane in decimetres, with its middle at zero. Across 50 km its lengths are within 0.3 % at
// latitudes up to 35°, and within 0.6 % up to 55°; what is far north or south of the middle is stretched or squeezed.
type Projection struct {
	Middle orb.Point
	east   float64 // decimetres a degree of longitude
	north  float64 // and of latitude
}

// The WGS-84 ellipsoid (NIMA TR8350.2, table 3.1).
const (
	equatorial   = 6378137.0 // semi-major axis, metres
	flattening   = 1 / 298.257223563
	eccentricity = flattening * (2 - flattening) // first eccentricity, squared
)

// projectionAt has the scale of the ellipsoid at a point: the radii of curvature along and across its meridian.
func projectionAt(middle orb.Point) Projection {
	sin, cos := math.Sincos(middle.Lat() * math.Pi / 180)
	root := math.Sqrt(1 - eccentricity*sin*sin)
	const perDegree = 10 * math.Pi / 180
	return Projection{
		Middle: middle,
		east:   perDegree * equatorial * cos / root,
		north:  perDegree * equatorial * (1 - eccentricity) / (root * root * root),
	}
}

// projectionOf has its middle in the middle of the box around the points, which may lie across 180°.
func projectionOf(points []orb.Point) Projection {
	if len(points) == 0 {
		return projectionAt(orb.Point{})
	}
	first := points[0].Lon()
	west, east := 0.0, 0.0
	south, north := points[0].Lat(), points[0].Lat()
	for _, p := range points {
		lon := math.Remainder(p.Lon()-first, 360)
		west, east = min(west, lon), max(east, lon)
		south, north = min(south, p.Lat()), max(north, p.Lat())
	}
	return projectionAt(orb.Point{math.Remainder(first+(west+east)/2, 360), (south + north) / 2})
}

// Flat is where a place lies on the plane; ok is false for what lies beyond its edges.
func (p Projection) Flat(at orb.Point) (flat plane.Point, ok bool) {
	x, y := p.offset(at)
	if !(math.Abs(x) <= plane.Most && math.Abs(y) <= plane.Most) {
		return flat, false
	}
	return plane.Point{X: int64(math.Round(x)), Y: int64(math.Round(y))}, true
}

// Globe is where a point of the plane lies, with a longitude from -180 to 180.
func (p Projection) Globe(flat plane.Point) orb.Point {
	return orb.Point{
		math.Remainder(p.Middle.Lon()+float64(flat.X)/p.east, 360),
		p.Middle.Lat() + float64(flat.Y)/p.north,
	}
}

func (p Projection) offset(at orb.Point) (x, y float64) {
	return math.Remainder(at.Lon()-p.Middle.Lon(), 360) * p.east, (at.Lat() - p.Middle.Lat()) * p.north
}
