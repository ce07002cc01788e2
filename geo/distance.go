package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// The WGS-84 ellipsoid (NIMA TR8350.2, table 3.1) and what follows from it.
const (
	equatorial   = 6378137.0         // semi-major axis, metres
	flattening   = 1 / 298.257223563 //
	polar        = equatorial * (1 - flattening)
	eccentricity = flattening * (2 - flattening) // first eccentricity, squared
	secondEcc    = eccentricity / (1 - eccentricity)
	meanRadius   = (2*equatorial + polar) / 3
	radian       = math.Pi / 180
)

// chordLimit is the length up to which a chord is bent back into an arc. The
// error grows steeply beyond, and is still under 0.1 millimetres here.
const chordLimit = 200_000.0

// Distance is the length of the shortest way over the WGS-84 ellipsoid: within
// 0.1 mm, except that near antipodes it is within 0.2 %. NaN and infinite
// coordinates give NaN.
func Distance(a, b orb.Point) Meters {
	if chord, radius := chordBetween(a, b); chord <= chordLimit {
		return Meters(2 * radius * math.Asin(chord/(2*radius)))
	}
	return vincenty(a, b)
}

// chordBetween is the straight line through the Earth from a to b, and the
// radius of curvature of the surface above its middle (Euler's theorem). Unlike
// a difference of degrees it needs no care at the poles or at 180°.
func chordBetween(a, b orb.Point) (chord, radius float64) {
	axisA, heightA := meridian(a.Lat())
	axisB, heightB := meridian(b.Lat())
	half := math.Sin((b.Lon() - a.Lon()) * radian / 2)

	north := (axisA-axisB)*(axisA-axisB) + (heightA-heightB)*(heightA-heightB)
	squared := north + 4*axisA*axisB*half*half
	if squared == 0 {
		return 0, equatorial
	}
	sin, cos := math.Sincos((a.Lat() + b.Lat()) * radian / 2)
	across := equatorial / math.Sqrt(1-eccentricity*sin*sin)
	return math.Sqrt(squared), across / (1 + secondEcc*cos*cos*north/squared)
}

// meridian places a latitude on its meridian: metres from the Earth's axis and
// metres above the plane of the equator.
func meridian(lat float64) (axis, height float64) {
	sin, cos := math.Sincos(lat * radian)
	across := equatorial / math.Sqrt(1-eccentricity*sin*sin)
	return across * cos, across * (1 - eccentricity) * sin
}

// vincenty solves the inverse geodesic problem by T. Vincenty's iteration
// (Survey Review 23, 1975). Where that does not settle, within about one
// degree of the antipode, the arc is laid on a sphere of the mean radius.
func vincenty(a, b orb.Point) Meters {
	lon := math.Remainder(b.Lon()-a.Lon(), 360) * radian
	first := newArc(a, b, lon)
	arc := first
	for range 50 {
		next := lon + arc.lag()
		if math.Abs(next-arc.lon) < 1e-12 {
			return arc.length()
		}
		arc = newArc(a, b, next)
	}
	return Meters(meanRadius * first.sigma)
}

// An arc is a great circle between two reduced latitudes on the auxiliary
// sphere; the names are Vincenty's.
type arc struct {
	lon                           float64 // difference on the sphere, λ
	sigma, sinSigma, cosSigma     float64 // length of the arc, σ
	sinAlpha, cosSqAlpha, cos2Mid float64 // its azimuth at the equator, α; cos 2σm
}

func newArc(a, b orb.Point, lon float64) arc {
	sinA, cosA := reduced(a.Lat())
	sinB, cosB := reduced(b.Lat())
	sinLon, cosLon := math.Sincos(lon)

	c := arc{lon: lon, cosSigma: sinA*sinB + cosA*cosB*cosLon}
	c.sinSigma = math.Hypot(cosB*sinLon, cosA*sinB-sinA*cosB*cosLon)
	c.sigma = math.Atan2(c.sinSigma, c.cosSigma)
	c.sinAlpha = cosA * cosB * sinLon / c.sinSigma
	c.cosSqAlpha = 1 - c.sinAlpha*c.sinAlpha
	if c.cosSqAlpha > 1e-15 { // otherwise the arc is the equator, and the middle has no latitude
		c.cos2Mid = c.cosSigma - 2*sinA*sinB/c.cosSqAlpha
	}
	return c
}

// lag is by how much longitude on the sphere exceeds that on the ellipsoid.
func (c arc) lag() float64 {
	k := flattening / 16 * c.cosSqAlpha * (4 + flattening*(4-3*c.cosSqAlpha))
	bend := c.cos2Mid + k*c.cosSigma*(2*c.cos2Mid*c.cos2Mid-1)
	return (1 - k) * flattening * c.sinAlpha * (c.sigma + k*c.sinSigma*bend)
}

// length is the arc carried over to the ellipsoid.
func (c arc) length() Meters {
	u := c.cosSqAlpha * secondEcc
	scale := 1 + u/16384*(4096+u*(-768+u*(320-175*u)))
	k := u / 1024 * (256 + u*(-128+u*(74-47*u)))

	mid := c.cos2Mid
	inner := c.cosSigma*(2*mid*mid-1) - k/6*mid*(4*c.sinSigma*c.sinSigma-3)*(4*mid*mid-3)
	return Meters(polar * scale * (c.sigma - k*c.sinSigma*(mid+k/4*inner)))
}

// reduced is the sine and cosine of the reduced (parametric) latitude.
func reduced(lat float64) (sin, cos float64) {
	sin, cos = math.Sincos(lat * radian)
	sin *= 1 - flattening
	norm := math.Hypot(sin, cos)
	return sin / norm, cos / norm
}
