package geo_test

import (
	"bufio"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"rounds/geo"
)

func TestDistanceOfKnownLines(t *testing.T) {
	const quarterMeridian, quarterEquator = 10001965.729313, 10018754.171395
	tests := []struct {
		name      string
		a, b      orb.Point
		want, tol float64
	}{
		{"a point and itself", orb.Point{120, 31}, orb.Point{120, 31}, 0, 0},
		{"a pole has one position and every longitude", orb.Point{0, 90}, orb.Point{137, 90}, 0, 1e-8},
		{"180° east is 180° west", orb.Point{180, 40}, orb.Point{-180, 40}, 0, 1e-8},
		{"equator to pole", orb.Point{120, 0}, orb.Point{-50, 90}, quarterMeridian, 1e-3},
		{"a quarter of the equator", orb.Point{120, 0}, orb.Point{-150, 0}, quarterEquator, 1e-3},
		{"one degree of the equator, across 180°", orb.Point{179.5, 0}, orb.Point{-179.5, 0}, 6378137 * math.Pi / 180, 1e-4},
		{"pole to pole", orb.Point{120, -90}, orb.Point{120, 90}, 2 * quarterMeridian, 0.002 * 2 * quarterMeridian},
		{"antipodes on the equator", orb.Point{0, 0}, orb.Point{180, 0}, 2 * quarterMeridian, 0.002 * 2 * quarterMeridian},
	}
	for _, tt := range tests {
		if got := float64(geo.Distance(tt.a, tt.b)); !(math.Abs(got-tt.want) <= tt.tol) {
			t.Errorf("%s: %.6f m, want %.6f ± %g", tt.name, got, tt.want, tt.tol)
		}
	}
}

func TestDistanceOfNoPositionIsNaN(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, p := range []orb.Point{{bad, 31}, {121, bad}, {bad, bad}} {
			if got := geo.Distance(p, orb.Point{121, 31}); !math.IsNaN(float64(got)) {
				t.Errorf("from %v: %v", p, got)
			}
			if got := geo.Distance(orb.Point{121, 31}, p); !math.IsNaN(float64(got)) {
				t.Errorf("to %v: %v", p, got)
			}
		}
	}
}

// Karney's test set holds every hard case there is: lines along the equator and
// the meridians, short lines, and lines that nearly reach the antipode, on
// which Vincenty's iteration does not settle.
func TestDistanceAgreesWithGeographicLib(t *testing.T) {
	lines := bufio.NewScanner(shared(t, "geodesic/GeodTest-100.dat"))
	var n, antipodal int
	var worst, worstAntipodal float64
	for ; lines.Scan(); n++ {
		f := strings.Fields(lines.Text())
		a := orb.Point{number(t, f[1]), number(t, f[0])}
		b := orb.Point{number(t, f[4]), number(t, f[3])}
		want, arc := number(t, f[6]), number(t, f[7])
		off := math.Abs(float64(geo.Distance(a, b)) - want)
		if arc > 179 {
			antipodal++
			worstAntipodal = max(worstAntipodal, off/want)
			continue
		}
		worst = max(worst, off)
	}
	t.Logf("%d lines: worst %.3g m; %d nearly antipodal: worst %.3g %%", n, worst, antipodal, 100*worstAntipodal)
	if n == 0 || worst > 0.0001 || worstAntipodal > 0.002 {
		t.Errorf("want 0.1 mm, and 0.2 %% near antipodes")
	}
}

func TestShortDistancesAtEveryLatitude(t *testing.T) {
	for _, c := range []struct{ length, tol float64 }{{1, 1e-6}, {100, 1e-6}, {10_000, 1e-5}, {50_000, 1e-4}, {195_000, 2e-3}} {
		worst := 0.0
		for lat := -90.0; lat <= 90; lat += 0.75 {
			for bearing := 0.0; bearing < 360; bearing += 15 {
				a, b := lineFrom(orb.Point{179.9995, lat}, bearing, c.length)
				worst = max(worst, math.Abs(float64(geo.Distance(a, b))-greatEllipse(a, b)))
			}
		}
		t.Logf("%6.0f m: worst %.2g m", c.length, worst)
		if worst > c.tol {
			t.Errorf("%.0f m: off by %g m, want %g", c.length, worst, c.tol)
		}
	}
}

// What is promised is a centimetre to 10 km and a ten-thousandth to 100 km; what
// is kept is a tenth of a millimetre at any length, at every latitude, across
// 180° and over the poles, and on both sides of the chord's limit.
func TestDistanceIsTheLengthOfTheGeodesic(t *testing.T) {
	lats := []float64{-90, -89.9999, -66.5, -33, -1e-6, 0, 0.5, 18, 31, 45, 53.5, 75, 89, 89.9999, 90}
	for _, length := range []float64{1, 1000, 10_000, 50_000, 100_000, 199_999, 200_001, 500_000, 5e6, 15e6} {
		worst := 0.0
		for _, lat := range lats {
			for bearing := 0.0; bearing < 360; bearing += 22.5 {
				a := orb.Point{179.9999, lat}
				worst = max(worst, math.Abs(float64(geo.Distance(a, geodesicFrom(a, bearing, length)))-length))
			}
		}
		t.Logf("%8.0f m: worst %.2g m", length, worst)
		if !(worst < 1e-4) {
			t.Errorf("%.0f m: off by %v m, want 0.1 mm", length, worst)
		}
	}
}

// geodesicFrom walks the straightest way over the ellipsoid, by Runge and
// Kutta's steps on x″ = −(x′·Hx′)/(n·n) n: the equation of a path that is bent by
// the surface alone. It knows no latitudes, and so no poles.
func geodesicFrom(from orb.Point, bearing, length float64) orb.Point {
	const a, b = 6378137.0, 6378137.0 * (1 - 1/298.257223563)
	h := [3]float64{1 / (a * a), 1 / (a * a), 1 / (b * b)}
	bend := func(s [6]float64) (d [6]float64) {
		var curve, steep float64
		for i := range 3 {
			curve += s[3+i] * s[3+i] * h[i]
			steep += sq(s[i] * h[i])
		}
		for i := range 3 {
			d[i], d[3+i] = s[3+i], -curve/steep*s[i]*h[i]
		}
		return d
	}
	plus := func(s, d [6]float64, k float64) [6]float64 {
		for i := range s {
			s[i] += k * d[i]
		}
		return s
	}
	s := headed(from, bearing)
	steps := 20 + int(length/10_000)
	step := length / float64(steps)
	for range steps {
		k1 := bend(s)
		k2 := bend(plus(s, k1, step/2))
		k3 := bend(plus(s, k2, step/2))
		k4 := bend(plus(s, k3, step))
		for i := range s {
			s[i] += step / 6 * (k1[i] + 2*k2[i] + 2*k3[i] + k4[i])
		}
	}
	lat := math.Atan2(s[2], math.Hypot(s[0], s[1])*b*b/(a*a))
	return orb.Point{math.Atan2(s[1], s[0]) * 180 / math.Pi, lat * 180 / math.Pi}
}

// headed is a place and the unit vector of a bearing there.
func headed(p orb.Point, bearing float64) [6]float64 {
	place := cartesian(p)
	sinLat, cosLat := math.Sincos(p.Lat() * math.Pi / 180)
	sinLon, cosLon := math.Sincos(p.Lon() * math.Pi / 180)
	east, north := math.Sincos(bearing * math.Pi / 180)
	return [6]float64{
		place[0], place[1], place[2],
		-sinLon*east - sinLat*cosLon*north, cosLon*east - sinLat*sinLon*north, cosLat * north,
	}
}

func TestDistanceLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anywhere().Draw(t, "a"), anywhere().Draw(t, "b")
		d := float64(geo.Distance(a, b))
		if !(d >= 0 && d < 20_016_000) {
			t.Fatalf("%v m", d)
		}
		if back := float64(geo.Distance(b, a)); math.Abs(back-d) > 1e-6 {
			t.Fatalf("there %v m, back %v m", d, back)
		}
		turned := float64(geo.Distance(orb.Point{a.Lon() + 360, a.Lat()}, b))
		mirrored := float64(geo.Distance(orb.Point{-a.Lon(), -a.Lat()}, orb.Point{-b.Lon(), -b.Lat()}))
		if math.Abs(turned-d) > 1e-6 || math.Abs(mirrored-d) > 1e-6 {
			t.Fatalf("%v m, turned once round %v m, mirrored %v m", d, turned, mirrored)
		}
	})
}

// The reference shares nothing with the code: it walks the straight line
// through the Earth, lifts each step to the surface and adds the steps up. That
// path is the great ellipse, longer than the geodesic by 1e-8 m in 10 km and
// 1e-4 m in 200 km.
func greatEllipse(a, b orb.Point) float64 {
	const steps = 400
	from, to := cartesian(a), cartesian(b)
	last, sum := from, 0.0
	for i := 1; i <= steps; i++ {
		f := float64(i) / steps
		p := lifted([3]float64{from[0] + f*(to[0]-from[0]), from[1] + f*(to[1]-from[1]), from[2] + f*(to[2]-from[2])})
		sum += math.Sqrt(sq(p[0]-last[0]) + sq(p[1]-last[1]) + sq(p[2]-last[2]))
		last = p
	}
	return sum
}

func cartesian(p orb.Point) [3]float64 {
	const a, f = 6378137.0, 1 / 298.257223563
	beta := math.Atan((1 - f) * math.Tan(p.Lat()*math.Pi/180))
	lon := p.Lon() * math.Pi / 180
	return [3]float64{a * math.Cos(beta) * math.Cos(lon), a * math.Cos(beta) * math.Sin(lon), a * (1 - f) * math.Sin(beta)}
}

func lifted(p [3]float64) [3]float64 {
	const a, b = 6378137.0, 6378137.0 * (1 - 1/298.257223563)
	k := 1 / math.Sqrt((sq(p[0])+sq(p[1]))/(a*a)+sq(p[2])/(b*b))
	return [3]float64{k * p[0], k * p[1], k * p[2]}
}

func sq(x float64) float64 { return x * x }

// lineFrom is a line of about the given length that begins at a, by spherical
// trigonometry; longitudes are brought back into ±180.
func lineFrom(a orb.Point, bearing, length float64) (orb.Point, orb.Point) {
	lat, turn, arc := a.Lat()*math.Pi/180, bearing*math.Pi/180, length/6371008.8
	sin := math.Sin(lat)*math.Cos(arc) + math.Cos(lat)*math.Sin(arc)*math.Cos(turn)
	lon := math.Atan2(math.Sin(turn)*math.Sin(arc)*math.Cos(lat), math.Cos(arc)-math.Sin(lat)*sin)
	return a, orb.Point{math.Remainder(a.Lon()+lon*180/math.Pi, 360), math.Asin(sin) * 180 / math.Pi}
}

func BenchmarkDistance(b *testing.B) {
	bund, mall := orb.Point{121.4905, 31.2412}, orb.Point{121.4737, 31.2304}
	for _, bb := range []struct {
		name string
		to   orb.Point
	}{{"2km", mall}, {"1000km", orb.Point{116.3975, 39.9087}}} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				geo.Distance(bund, bb.to)
			}
		})
	}
}

func ExampleDistance() {
	bund := orb.Point{121.4905, 31.2412} // longitude first
	peoplesSquare := orb.Point{121.4737, 31.2304}
	fmt.Printf("%.2f m\n", geo.Distance(bund, peoplesSquare))
	// Output:
	// 1998.87 m
}
