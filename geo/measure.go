package geo

import (
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// Measured is what [Judge] needs to know about evidence, and no position: it is
// kept as JSON when the positions have been deleted. nil is unknown.
type Measured struct {
	HasPin       bool          `json:"has_pin"`
	PinVersion   int           `json:"pin_version"`
	PinSource    PinSource     `json:"pin_source,omitempty"`
	PinSigma     *Meters       `json:"pin_sigma_m,omitempty"`
	PinConfirmed bool          `json:"pin_confirmed,omitempty"` // by visits; see [PinSource] for the rest
	Radius       *Meters       `json:"radius_m,omitempty"`      // the retailer's own; nil: the policy's
	At           *time.Time    `json:"at,omitempty"`            // of the tap, by the phone's clock
	Fixes        []MeasuredFix `json:"fixes"`
}

// MeasuredFix is one fix less its position. Distance is from the pin's nearest
// point, nil where either has no usable position; Age counts up to the tap,
// negative if the fix is later, and is the shorter where two clocks tell the tap's time.
type MeasuredFix struct {
	N            int          `json:"n"`
	Problem      Reason       `json:"problem,omitempty"` // no_position or null_island
	Distance     *Meters      `json:"distance_m,omitempty"`
	Sigma        *Meters      `json:"fix_sigma_m,omitempty"`
	Accuracy     *Meters      `json:"accuracy_m,omitempty"` // as sent, unless NaN or infinite
	AccuracyKind AccuracyKind `json:"accuracy_kind,omitempty"`
	Age          *Seconds     `json:"age_s,omitempty"`
	Time         *time.Time   `json:"fix_time,omitempty"` // by the phone's clock
	Source       FixSource    `json:"source,omitempty"`
	Datum        Datum        `json:"datum,omitempty"`
	Mock         bool         `json:"mock"`
	Located      bool         `json:"located,omitempty"` // see [Fix]
}

// Measure takes the numbers from the evidence. A pin that is no position, or is
// null island, counts as none; its version is kept.
func Measure(e Evidence) Measured {
	m := Measured{Fixes: make([]MeasuredFix, len(e.Fixes)), Radius: positive(e.Radius), At: instant(e.At)}
	if e.Pin != nil {
		m.HasPin, m.PinConfirmed = problemOf(e.Pin.Point) == "", e.Pin.Confirmed
		m.PinVersion, m.PinSource, m.PinSigma = e.Pin.Version, e.Pin.Source, pinSigma(e.Pin.Sigma)
	}
	for i, f := range e.Fixes {
		m.Fixes[i] = measureFix(e, f, m.HasPin)
		m.Fixes[i].N = i
	}
	return m
}

func measureFix(e Evidence, f Fix, hasPin bool) MeasuredFix {
	m := MeasuredFix{
		Problem:      problemOf(f.Point),
		Sigma:        f.AccuracyKind.Sigma(f.Accuracy),
		Accuracy:     finite(f.Accuracy),
		AccuracyKind: f.AccuracyKind,
		Source:       f.Source,
		Datum:        f.Datum,
		Mock:         f.Mock,
		Located:      f.Located,
		Age:          age(f.Time, e.At, e.Happened),
		Time:         instant(f.Time),
	}
	if hasPin && m.Problem == "" {
		m.Distance = finite(e.Pin.distance(e.Datums.ToWGS84(f.Point, f.Datum)))
	}
	return m
}

// distance is from the pin's nearest point. An entrance that is no position is
// passed over.
func (p *Pin) distance(from orb.Point) Meters {
	d := Distance(from, p.Point)
	for _, entrance := range p.Entrances {
		if problemOf(entrance) == "" {
			d = min(d, Distance(from, entrance))
		}
	}
	return d
}

// age is that of a fix at the tap, by whichever of the tap's known times is the
// nearer: a phone whose clock was wrong is not punished for it.
func age(fix time.Time, taps ...time.Time) (nearest *Seconds) {
	if fix.IsZero() {
		return nil
	}
	for _, tap := range taps {
		old := tap.Sub(fix).Seconds()
		if !tap.IsZero() && (nearest == nil || math.Abs(old) < math.Abs(float64(*nearest))) {
			nearest = new(Seconds(old))
		}
	}
	return nearest
}

// instant is t in UTC, or nil where t is zero or of a year that JSON has no
// way of writing.
func instant(t time.Time) *time.Time {
	t = t.UTC()
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	return &t
}

// problemOf says why a point is no position. Phones without a fix send 0, 0,
// which is a place in the Gulf of Guinea and no retailer's.
func problemOf(p orb.Point) Reason {
	switch {
	case !(math.Abs(p.Lon()) <= 180 && math.Abs(p.Lat()) <= 90): // NaN too
		return NoPosition
	case p == orb.Point{}:
		return NullIsland
	}
	return ""
}

func pinSigma(s Meters) *Meters {
	if !(s >= 0 && s <= earthGirth) {
		return nil
	}
	return &s
}

func positive(r Meters) *Meters {
	if !(r > 0) {
		return nil
	}
	return finite(r)
}

// finite is x, or nil where x is NaN or infinite and JSON could not hold it.
func finite[T ~float64](x T) *T {
	if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
		return nil
	}
	return &x
}

// Happened is m with its fixes' ages taken again as [Measure] takes them, now
// that this is the best estimate of when the tap truly was.
func (m Measured) Happened(at time.Time) Measured {
	m.Fixes = slices.Clone(m.Fixes)
	for i, f := range m.Fixes {
		if f.Time != nil && m.At != nil {
			m.Fixes[i].Age = age(*f.Time, *m.At, at)
		}
	}
	return m
}
