package geo_test

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"rounds/geo"
)

// dice are what scenes are drawn with: rapid's, which shrink, or a seeded
// [rand.Rand], which is fast.
type dice interface {
	IntN(n int) int
	Float64() float64
}

type rapidDice struct{ t *rapid.T }

func (d rapidDice) IntN(n int) int   { return rapid.IntRange(0, n-1).Draw(d.t, "n") }
func (d rapidDice) Float64() float64 { return rapid.Float64Range(0, 1).Draw(d.t, "x") }

var _ dice = (*rand.Rand)(nil)

func between2(d dice, low, high float64) float64 { return low + (high-low)*d.Float64() }

func oneOf[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

// A scene is a visit as it may come in: honest, dishonest or broken.
type scene struct {
	policy   geo.Policy
	events   []geo.Evidence
	measured []geo.Measured // of the events
}

func aScene(d dice) scene {
	s := scene{policy: drawPolicy(d)}
	place := shop
	if d.IntN(2) == 0 {
		place = orb.Point{between2(d, -180, 180), between2(d, -90, 90)}
	}
	for i := range oneOf(d, 1, 1, 1, 2, 2, 3) {
		e := drawEvidence(d, s.policy, place, tap.Add(time.Duration(i*d.IntN(40))*time.Second))
		s.events, s.measured = append(s.events, e), append(s.measured, geo.Measure(e))
	}
	return s
}

func drawPolicy(d dice) geo.Policy {
	if d.IntN(5) == 0 {
		return geo.Policy{Kind: geo.Plain, Radius: geo.Meters(between2(d, 1, 1000)), MaxFixAge: geo.Seconds(between2(d, 1, 1000))}
	}
	p := geo.DefaultPolicy()
	p.Version, p.Radius, p.MaxFixAge = d.IntN(9), geo.Meters(between2(d, 1, 500)), geo.Seconds(between2(d, 1, 600))
	p.Inside, p.Honest = between2(d, 0.5, 0.99), oneOf(d, 1e-6, 0.005, 0.03, 0.3)
	p.Apart, p.Floor = geo.Seconds(between2(d, 0.1, 60)), oneOf[geo.Meters](d, 0.001, 5, 50)
	for range d.IntN(3) {
		p.Calibration = append(p.Calibration, geo.Calibration{
			AccuracyKind: oneOf(d, "", geo.IOS, geo.Web95), Source: oneOf(d, "", geo.SourceGPS),
			Factor: math.Pow(10, between2(d, -3, 3)),
		})
	}
	return p
}

func drawEvidence(d dice, p geo.Policy, place orb.Point, at time.Time) geo.Evidence {
	e := geo.Evidence{
		Pin: &geo.Pin{
			Point: place, Sigma: drawAccuracy(d, 60), Version: 1 + d.IntN(3), Confirmed: d.IntN(3) > 0,
			Source: oneOf(d, geo.Geocoded, geo.Learned, geo.Surveyed, geo.Manual, "dreamt"),
		},
		Radius: oneOf(d, 0, 0, 50, 250, -1, nan), At: at, Happened: oneOf(d, time.Time{}, at.Add(time.Minute)),
	}
	radius := float64(radiusOf(p, e))
	if d.IntN(4) == 0 {
		e.Pin.Entrances = []orb.Point{drawPoint(d, place, radius), drawPoint(d, place, radius)}
	}
	for range d.IntN(4) {
		e.Fixes = append(e.Fixes, drawFix(d, place, radius))
	}
	if d.IntN(20) == 0 {
		e.Pin = oneOf(d, nil, &geo.Pin{})
	}
	if d.IntN(20) == 0 {
		e.At = time.Time{}
	}
	return e
}

func drawFix(d dice, place orb.Point, radius float64) geo.Fix {
	f := geo.Fix{
		Datum: oneOf(d, geo.WGS84, geo.WGS84, geo.WGS84, geo.WGS84, geo.GCJ02, geo.BD09, ""), Accuracy: drawAccuracy(d, 100),
		AccuracyKind: oneOf(d, geo.Android68, geo.IOS, geo.Web95, geo.Web95, geo.UnknownKind, ""),
		Source:       oneOf(d, geo.SourceGPS, geo.SourceCell, ""), Mock: d.IntN(9) == 0, Located: d.IntN(6) == 0,
		Time: tap.Add(time.Duration(between2(d, -60, 60) * float64(time.Second))),
	}
	f.Point = geo.FromWGS84(drawPoint(d, place, radius), f.Datum)
	switch d.IntN(20) {
	case 0:
		f.Time = time.Date(d.IntN(20_000)-5000, 1, 1, 0, 0, 0, 0, time.UTC)
	case 1, 2, 3, 4:
		f.Time = time.Time{}
	case 5:
		f.Time = f.Time.Add(-10 * time.Minute)
	}
	return f
}

// drawPoint draws points in the circle, on its edge, outside, far away and nowhere.
func drawPoint(d dice, place orb.Point, radius float64) orb.Point {
	length := between2(d, 0, radius)
	switch d.IntN(12) {
	case 0:
		return oneOf(d, orb.Point{}, orb.Point{math.NaN(), 30}, orb.Point{120, math.Inf(-1)}, orb.Point{math.Inf(1), math.NaN()}, orb.Point{181, 0})
	case 1:
		return orb.Point{between2(d, -180, 180), between2(d, -90, 90)}
	case 2:
		length = radius * (1 + between2(d, -1e-4, 1e-4))
	case 3, 4:
		length = between2(d, radius, 3*radius)
	case 5, 6, 7, 8:
		length = radius + between2(d, 0, 3000)
	}
	_, p := lineFrom(place, between2(d, 0, 360), length)
	return p
}

// drawAccuracy draws what phones send: good, poor, useless and broken.
func drawAccuracy(d dice, most float64) geo.Meters {
	if d.IntN(6) > 0 {
		return geo.Meters(most * d.Float64() * d.Float64())
	}
	return geo.Meters(oneOf(d, 0, -1, 5e-324, 3000, 4e7, 1e9, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)))
}

func radiusOf(p geo.Policy, e geo.Evidence) geo.Meters {
	if e.Radius > 0 {
		return e.Radius
	}
	return p.Radius
}

func (s scene) judge() geo.Verdict { return geo.Judge(s.policy, s.measured...) }

// oracle says what the probabilistic rule says, written down a second time and
// from the evidence itself. Distances are its only loan.
func (s scene) oracle() geo.Outcome {
	var far []sighting
	for i, e := range s.events {
		for _, f := range e.Fixes {
			o, ok := s.sight(i, e, f)
			switch r := radiusOf(s.policy, e); {
			case !ok:
			case o.d <= r && geo.PInside(o.d, o.sigma, r) >= s.policy.Inside:
				return geo.AtRetailer
			case o.confirmed && !f.Located && geo.PHonest(o.d, o.sigma, r) <= s.policy.Honest:
				far = append(far, o)
			}
		}
	}
	for i, a := range far {
		for _, b := range far[:i] {
			if a.secondsFrom(b) >= float64(s.policy.Apart) {
				return geo.Elsewhere
			}
		}
	}
	return geo.Undecided
}

// A sighting is a timely fix of known accuracy.
type sighting struct {
	event     int
	d, sigma  geo.Meters
	at, tap   time.Time
	confirmed bool
}

func (a sighting) secondsFrom(b sighting) float64 {
	switch {
	case !a.at.IsZero() && !b.at.IsZero():
		return math.Abs(a.at.Sub(b.at).Seconds())
	case a.event != b.event && !a.tap.IsZero() && !b.tap.IsZero():
		return math.Abs(a.tap.Sub(b.tap).Seconds())
	}
	return 0
}

func (s scene) sight(event int, e geo.Evidence, f geo.Fix) (sighting, bool) {
	o := sighting{event: event, at: f.Time, tap: e.At, d: distanceOf(e, f)}
	if y := f.Time.Year(); y < 0 || y > 9999 {
		o.at = time.Time{}
	}
	divisor := map[geo.AccuracyKind]float64{geo.Android68: 1.5095921854516636, geo.IOS: math.Sqrt2, geo.Web95: 2.447746830680816}[f.AccuracyKind]
	if math.IsNaN(float64(o.d)) || divisor == 0 || !(f.Accuracy > 0 && f.Accuracy < 40_075_017) || s.untimely(e, f) {
		return o, false
	}
	k := 1.0
	for _, c := range s.policy.Calibration {
		if (c.AccuracyKind == "" || c.AccuracyKind == f.AccuracyKind) && (c.Source == "" || c.Source == f.Source) {
			k = c.Factor
			break
		}
	}
	pin := e.Pin.Sigma
	if !(pin >= 0 && pin < 40_075_017) {
		pin = map[geo.PinSource]geo.Meters{geo.Learned: 8, geo.Surveyed: 3, geo.Manual: 10}[e.Pin.Source]
		if pin == 0 {
			pin = 25
		}
	}
	o.sigma = geo.Meters(math.Hypot(k*math.Max(float64(f.Accuracy), float64(s.policy.Floor))/divisor, float64(pin)))
	o.confirmed = e.Pin.Confirmed || e.Pin.Source == geo.Learned || e.Pin.Source == geo.Surveyed
	return o, true
}

func (s scene) untimely(e geo.Evidence, f geo.Fix) bool {
	late := math.Inf(1)
	for _, at := range []time.Time{e.At, e.Happened} {
		if !at.IsZero() {
			late = min(late, math.Abs(at.Sub(f.Time).Seconds()))
		}
	}
	return !f.Time.IsZero() && !math.IsInf(late, 1) && late > float64(s.policy.MaxFixAge)
}

// distanceOf is from the nearest usable point of the pin; NaN where there is none.
func distanceOf(e geo.Evidence, f geo.Fix) geo.Meters {
	if e.Pin == nil || noPlace(e.Pin.Point) || noPlace(f.Point) {
		return nan
	}
	at := geo.ToWGS84(f.Point, f.Datum)
	d := geo.Distance(at, e.Pin.Point)
	for _, p := range e.Pin.Entrances {
		if !noPlace(p) {
			d = min(d, geo.Distance(at, p))
		}
	}
	return d
}

func noPlace(p orb.Point) bool {
	return !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) || p == orb.Point{}
}
