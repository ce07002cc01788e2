package geo

import (
	"cmp"
	"math"
	"slices"
)

// Judge finds what the measurements say under a policy. It is pure and total:
// there is always a verdict, and the same arguments give the same one.
//
// Each fix is judged alone. One that places the claim at the retailer is
// enough; otherwise the most precise fix with a position decides (smallest
// sigma, then latest, then first). The reasons are those of the deciding fix,
// and [Mocked] if any fix is; without a usable fix they are those of all.
func Judge(p Policy, m Measured) Verdict {
	if p.Validate() != nil {
		return Verdict{
			Outcome: Undecided, Reasons: []Reason{PolicyInvalid},
			PolicyVersion: p.Version, PinVersion: m.PinVersion,
		}
	}
	return kinds[p.Kind](p, m)
}

// judgePlain is the first policy. In the order of the rules: no pin or no
// position is undecided; d > R + a95 is elsewhere; d > R, an accuracy that is
// unknown or worse than R, and a fix of the wrong time are undecided; what is
// left is at the retailer.
func judgePlain(p Policy, m Measured) Verdict {
	radius := p.Radius
	if own, ok := length(m.Radius); ok && own > 0 {
		radius = own
	}
	looks := make([]look, len(m.Fixes))
	for i, f := range m.Fixes {
		looks[i] = lookAt(p, m, f, radius)
	}
	v := decide(m, looks)
	v.Radius, v.PolicyVersion, v.PinVersion = &radius, p.Version, m.PinVersion
	if v.Distance != nil && v.Sigma != nil {
		v.PInside = finite(PInside(*v.Distance, *v.Sigma, radius))
	}
	return v
}

// decide lets the best look speak for all.
func decide(m Measured, looks []look) Verdict {
	v := Verdict{Outcome: Undecided, Reasons: []Reason{}}
	if best := bestOf(looks); best >= 0 {
		l := looks[best]
		v.Outcome, v.Fix, v.Reasons = l.outcome(), &best, append(v.Reasons, l.reasons...)
		v.Distance, v.Sigma, v.A95 = l.distance, l.sigma, l.a95
	} else {
		v.Reasons = append(v.Reasons, withoutPosition(m, looks)...)
	}
	if slices.ContainsFunc(m.Fixes, func(f MeasuredFix) bool { return f.Mock }) {
		v.Reasons = append(v.Reasons, Mocked)
	}
	slices.Sort(v.Reasons)
	v.Reasons = slices.Compact(v.Reasons)
	return v
}

func withoutPosition(m Measured, looks []look) (reasons []Reason) {
	for _, l := range looks {
		reasons = append(reasons, l.reasons...)
	}
	if len(looks) == 0 {
		reasons = append(reasons, NoPosition)
	}
	if !m.HasPin {
		reasons = append(reasons, NoPin)
	}
	return reasons
}

// bestOf is the index of the look that decides, or -1 if none has a position.
func bestOf(looks []look) int {
	best := -1
	for i, l := range looks {
		if l.usable && (best < 0 || l.compare(looks[best]) < 0) {
			best = i
		}
	}
	return best
}

// A look is what one fix says on its own.
type look struct {
	usable               bool // there is a position
	reasons              []Reason
	distance, sigma, a95 *Meters
	precision, age       float64 // to compare looks by; +Inf: unknown
}

func lookAt(p Policy, m Measured, f MeasuredFix, radius Meters) look {
	d, near := length(f.Distance)
	l := look{usable: f.Problem == "" && (near || !m.HasPin)}
	l.precision, l.age = orInf(f.Sigma), orInf(f.Age)

	l.when(!m.HasPin, NoPin)
	l.when(f.Problem == NullIsland, NullIsland)
	l.when(f.Problem != NullIsland && !l.usable, NoPosition)
	l.lookAtTime(p, f)
	l.lookAtAccuracy(m, f, radius)
	if l.usable && m.HasPin {
		l.distance = &d
		l.when(!(d <= radius), OutsideRadius)
		l.when(l.a95 != nil && d > radius+*l.a95, FarOutside)
	}
	return l
}

// lookAtTime calls no fix stale whose time is not known.
func (l *look) lookAtTime(p Policy, f MeasuredFix) {
	if f.Age == nil {
		return
	}
	l.when(*f.Age > p.MaxFixAge, StaleFix)
	l.when(*f.Age < -p.MaxFixAge, FixTimeInFuture)
}

// lookAtAccuracy adds up the variances of fix and pin. Without a pin there is
// no sum, and only the fix can be blamed.
func (l *look) lookAtAccuracy(m Measured, f MeasuredFix, radius Meters) {
	fix, known := length(f.Sigma)
	pin, pinKnown := length(m.PinSigma)
	if !m.HasPin || !known || !pinKnown {
		l.when(!known || m.HasPin, AccuracyUnknown)
		return
	}
	sigma := Meters(math.Hypot(float64(fix), float64(pin)))
	l.sigma, l.a95 = &sigma, new(Meters(rayleigh95*sigma))
	l.when(!(*l.a95 <= radius), TooImprecise)
}

func (l *look) when(holds bool, r Reason) {
	if holds {
		l.reasons = append(l.reasons, r)
	}
}

func (l look) outcome() Outcome {
	switch {
	case len(l.reasons) == 0:
		return AtRetailer
	case slices.Contains(l.reasons, FarOutside):
		return Elsewhere
	}
	return Undecided
}

// compare puts the look that should decide first.
func (l look) compare(other look) int {
	return cmp.Or(
		cmp.Compare(min(len(l.reasons), 1), min(len(other.reasons), 1)),
		cmp.Compare(l.precision, other.precision),
		cmp.Compare(l.age, other.age))
}

// length reads a number that must be a length on Earth; anything else is unknown.
func length(x *Meters) (Meters, bool) {
	if x == nil || !(*x >= 0 && *x <= earthGirth) {
		return 0, false
	}
	return *x, true
}

func orInf[T ~float64](x *T) float64 {
	if x == nil || math.IsNaN(float64(*x)) {
		return math.Inf(1)
	}
	return float64(*x)
}
