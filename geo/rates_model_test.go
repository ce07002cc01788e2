package geo_test

import (
	"math"
	"math/rand/v2"
	"time"

	"rounds/geo"
)

// A model of honest and of cheating visits, to measure rates with. What it takes for granted:
//
//   - A phone states an android_68 accuracy about the surrounding's usual one (log-normal, 0.35). Its errors
//     are normal along each axis, `over` times as wide as it says.
//   - Now and then it is an outlier: further out than `beyond`, in any direction, and the phone does not know.
//     How much further is a reading of its own: exponentially, 60 m on average, or by Pareto's law with α = 3.
//     Both leave about 0.3–0.5 % beyond 200 m in a dense street and 1.7 % indoors.
//   - Two fixes of a visit lie 20–600 s apart, evenly drawn. Their normal errors correlate by ρ. Outliers are
//     either each fix's own, or persist: with probability ρ the second fix repeats what the first one had.
//   - An honest person stands within 20 m of the shop's true place; a cheat so many metres from there.
//   - A learned pin errs by 8 m along each axis, a surveyed one by 3 m, one that nobody confirmed by 12 m.
//     Learned and surveyed ones know it; the policy takes the others for 25 m. A wrong pin is off besides.
//
// The numbers are published orders of magnitude, not a fit, and none was chosen for what comes out.
type surrounding struct {
	name     string
	source   geo.FixSource
	accuracy float64 // median, as stated
	most     float64 // stated: no fix of a worse accuracy is looked at; 0: any
	over     float64
	outliers float64 // their share
	beyond   float64 // metres
}

var (
	openStreet  = surrounding{"open street", geo.SourceGPS, 6, 30, 1, 0, 0}
	denseStreet = surrounding{"dense street", geo.SourceGPS, 14, 30, 1.4, 0.03, 90}
	indoorFused = surrounding{"indoors, as fused", geo.SourceFused, 25, 30, 1.3, 0.04, 150}
	indoor      = surrounding{"indoors, network", geo.SourceNetwork, 25, 0, 1.3, 0.04, 150}
	cell        = surrounding{"cell", geo.SourceCell, 300, 0, 1, 0, 0}
)

// pinModel is how a pin came about, and how wrong it is.
type pinModel struct {
	name      string
	source    geo.PinSource
	confirmed bool
	knows     bool    // how far it errs
	errs      float64 // along each axis
	off       float64 // and in one direction
}

var (
	learnedPin     = pinModel{"learned pin", geo.Learned, true, true, 8, 0}
	surveyedPin    = pinModel{"surveyed pin", geo.Surveyed, true, true, 3, 0}
	unconfirmedPin = pinModel{"pin not confirmed", geo.Geocoded, false, false, 12, 0}
)

func (p pinModel) wrongBy(meters float64, name string) pinModel {
	p.off, p.name = meters, name
	return p
}

// reading is one way to understand what is not known of errors.
type reading struct {
	name    string
	pareto  bool // else exponential
	persist bool // outliers, else they are each fix's own
	rho     func(apart float64) float64
}

func always(rho float64) func(float64) float64 { return func(float64) float64 { return rho } }

// asWalked is how the errors of the fused fixes of the one walk at hand correlate; see TestErrorsOfOneWalk.
func asWalked(apart float64) float64 { return math.Exp(-apart / 16) }

// visitModel is one row of a table.
type visitModel struct {
	surrounding
	pin     pinModel
	away    float64       // of the person from the shop
	late    time.Duration // of the phone's clock
	reading reading
}

// draw makes the evidence of a visit's two taps, of one fix each.
func (m visitModel) draw(d *rand.Rand) [2]geo.Evidence {
	apart := between2(d, 20, 600)
	accuracy := m.drawAccuracy(d)
	errors := m.drawErrors(d, accuracy, apart)
	person := polar(d, m.away).plus(polar(d, 20*math.Sqrt(d.Float64())))
	pin := m.pin.draw(d)
	var taps [2]geo.Evidence
	for i, off := range errors {
		at := tap.Add(time.Duration(float64(i) * apart * float64(time.Second)))
		seen := person.plus(off)
		taps[i] = geo.Evidence{
			Pin: pin, At: at.Add(-m.late), Happened: at,
			Fixes: []geo.Fix{{
				Point: metersFrom(shop, seen.east, seen.north), Datum: geo.WGS84, Source: m.source,
				Accuracy: geo.Meters(accuracy), AccuracyKind: geo.Android68, Time: at.Add(-m.late),
			}},
		}
	}
	return taps
}

func (p pinModel) draw(d *rand.Rand) *geo.Pin {
	at := vector{p.errs * d.NormFloat64(), p.errs * d.NormFloat64()}.plus(polar(d, p.off))
	pin := &geo.Pin{Point: metersFrom(shop, at.east, at.north), Sigma: nan, Source: p.source, Confirmed: p.confirmed}
	if p.knows {
		pin.Sigma = geo.Meters(p.errs)
	}
	return pin
}

func (m visitModel) drawAccuracy(d *rand.Rand) float64 {
	for {
		a := m.accuracy * math.Exp(0.35*d.NormFloat64())
		if m.most == 0 || a <= m.most {
			return a
		}
	}
}

// drawErrors draws those of two fixes so many seconds apart.
func (m visitModel) drawErrors(d *rand.Rand, accuracy, apart float64) [2]vector {
	rho := m.reading.rho(apart)
	sigma := m.over * accuracy / 1.5095921854516636
	a := vector{sigma * d.NormFloat64(), sigma * d.NormFloat64()}
	own := math.Sqrt(1 - rho*rho)
	b := vector{rho*a.east + own*sigma*d.NormFloat64(), rho*a.north + own*sigma*d.NormFloat64()}
	first, firstIs := m.drawOutlier(d)
	second, secondIs := m.drawOutlier(d)
	if m.reading.persist && d.Float64() < rho {
		second, secondIs = first, firstIs
	}
	if firstIs {
		a = first
	}
	if secondIs {
		b = second
	}
	return [2]vector{a, b}
}

func (m visitModel) drawOutlier(d *rand.Rand) (vector, bool) {
	if !(d.Float64() < m.outliers) {
		return vector{}, false
	}
	if m.reading.pareto {
		return polar(d, m.beyond*math.Pow(1-d.Float64(), -1.0/3)), true
	}
	return polar(d, m.beyond+60*d.ExpFloat64()), true
}

// vector is metres on a plane.
type vector struct{ east, north float64 }

func (v vector) plus(w vector) vector { return vector{v.east + w.east, v.north + w.north} }

// polar is a way of that length in any direction.
func polar(d *rand.Rand, length float64) vector {
	sin, cos := math.Sincos(2 * math.Pi * d.Float64())
	return vector{length * sin, length * cos}
}
