package geo

import (
	"cmp"
	"math"
	"slices"
)

// The plain way. In the order of its rules: no pin or no position is undecided;
// d > R + a95 is elsewhere; d > R, an accuracy that is unknown or worse than R,
// and a fix of the wrong time are undecided; what is left is at the retailer.

// sigmasPlain believes what phone and pin say. A pin that does not know its own is taken for a usual one.
func sigmasPlain(_ Policy, m *Measured, f *MeasuredFix) (fix, pin *Meters) {
	if pin = known(m.PinSigma); pin == nil {
		pin = new(Policy{PinSigma: usualSigma}.pinSigma(m.PinSource))
	}
	return known(f.Sigma), pin
}

func known(x *Meters) *Meters {
	if _, ok := length(x); !ok {
		return nil
	}
	return x
}

func lookPlain(_ Policy, l *look) {
	a95 := rayleigh95 * l.sigma
	l.when(l.known && !(a95 <= l.radius), TooImprecise)
	l.when(l.known && l.placed && l.distance > l.radius+a95, FarOutside)
}

// decidePlain lets one look speak for all: one without a reason, else the most
// precise (smallest sigma of the fix, then latest, then the phone's own, then first).
func decidePlain(_ Policy, looks []look) finding {
	best := least(looks, func(l *look) bool { return l.usable }, comparePlain)
	switch {
	case best < 0:
		return finding{best: best, outcome: Undecided}
	case len(looks[best].reasons) == 0:
		return finding{best: best, outcome: AtRetailer}
	case slices.Contains(looks[best].reasons, FarOutside) && !looks[best].fix.Located:
		return finding{best: best, outcome: Elsewhere}
	}
	return finding{best: best, outcome: Undecided}
}

// comparePlain puts the look that should decide first.
func comparePlain(a, b *look) int {
	return cmp.Or(
		cmp.Compare(min(len(a.reasons), 1), min(len(b.reasons), 1)),
		cmp.Compare(orInf(a.fix.Sigma), orInf(b.fix.Sigma)),
		cmp.Compare(orInf(a.fix.Age), orInf(b.fix.Age)),
		first(!a.fix.Located, !b.fix.Located))
}

func orInf[T ~float64](x *T) float64 {
	if x == nil || math.IsNaN(float64(*x)) {
		return math.Inf(1)
	}
	return float64(*x)
}
