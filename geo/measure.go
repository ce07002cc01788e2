package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// Measured is what [Judge] needs to know about evidence, and no position: it is
// kept as JSON when the positions have been deleted. nil is unknown.
type Measured struct {
	HasPin     bool          `json:"has_pin"`
	PinVersion int           `json:"pin_version"`
	PinSource  PinSource     `json:"pin_source,omitempty"`
	PinSigma   *Meters       `json:"pin_sigma_m,omitempty"`
	Radius     *Meters       `json:"radius_m,omitempty"` // the retailer's own; nil: the policy's
	Fixes      []MeasuredFix `json:"fixes"`
}

// MeasuredFix is one fix less its position. Distance is from the pin, nil where
// either has no usable position; Age counts up to the tap, negative if the fix is later.
type MeasuredFix struct {
	N            int          `json:"n"`
	Problem      Reason       `json:"problem,omitempty"` // no_position or null_island
	Distance     *Meters      `json:"distance_m,omitempty"`
	Sigma        *Meters      `json:"fix_sigma_m,omitempty"`
	Accuracy     *Meters      `json:"accuracy_m,omitempty"` // as sent, unless NaN or infinite
	AccuracyKind AccuracyKind `json:"accuracy_kind,omitempty"`
	Age          *Seconds     `json:"age_s,omitempty"`
	Source       FixSource    `json:"source,omitempty"`
	Datum        Datum        `json:"datum,omitempty"`
	Mock         bool         `json:"mock"`
}

// Measure takes the numbers from the evidence. A pin that is no position, or is
// null island, counts as none; its version is kept.
func Measure(e Evidence) Measured {
	m := Measured{Fixes: make([]MeasuredFix, len(e.Fixes)), Radius: positive(e.Radius)}
	if e.Pin != nil {
		m.HasPin = problemOf(e.Pin.Point) == ""
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
	}
	if hasPin && m.Problem == "" {
		m.Distance = finite(Distance(ToWGS84(f.Point, f.Datum), e.Pin.Point))
	}
	if !e.At.IsZero() && !f.Time.IsZero() {
		m.Age = new(Seconds(e.At.Sub(f.Time).Seconds()))
	}
	return m
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
