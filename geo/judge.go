package geo

import (
	"math"
	"slices"
)

// Judge finds what the measurements of a visit's events say under a policy: of
// the check-in, of both taps, of one upload. It is pure and total: there is
// always a verdict, and the same arguments give the same one.
//
// Each fix is judged by the pin and radius of its own event. One that places
// the claim at the retailer is enough; otherwise the policy's kind says which
// fix decides. The reasons are those of the deciding fix, and [Mocked] if any
// fix is; without a usable fix they are those of all. Versions and radius are
// those of the deciding fix's event, or of the first. What a network service says
// may place a claim at the retailer; it never puts one elsewhere.
func Judge(p Policy, events ...Measured) Verdict {
	v := Verdict{Outcome: Undecided, Reasons: []Reason{}, PolicyVersion: p.Version}
	if len(events) > 0 {
		v.PinVersion = events[0].PinVersion
	}
	if p.Validate() != nil {
		v.Reasons = append(v.Reasons, PolicyInvalid)
		return v
	}
	v.judge(p, events)
	slices.Sort(v.Reasons)
	v.Reasons = slices.Compact(v.Reasons)
	return v
}

// A way of judging is pure and total. look adds what it finds to a fix that has
// both a distance and a sigma; decide names the fix that decides, -1 if none can.
type way struct {
	sigmas func(Policy, *Measured, *MeasuredFix) (fix, pin *Meters) // nil: unknown
	look   func(Policy, *look)
	decide func(Policy, []look) finding
}

// finding is what the looks say together.
type finding struct {
	best    int // index of the look that decides; -1: none has a position
	outcome Outcome
	reason  Reason // that no look has alone; "": none
}

func wayOf(k PolicyKind) way {
	if k == Probabilistic {
		return way{sigmas: sigmasProbabilistic, look: lookProbabilistic, decide: decideProbabilistic}
	}
	return way{sigmas: sigmasPlain, look: lookPlain, decide: decidePlain}
}

func (v *Verdict) judge(p Policy, events []Measured) {
	w := wayOf(p.Kind)
	looks := lookAtAll(p, w, events)
	found := w.decide(p, looks)
	if found.best >= 0 {
		v.Outcome, v.Fix = found.outcome, &found.best
		v.takeFrom(p, &looks[found.best])
	} else {
		v.Radius = new(radiusOf(p, events))
		v.withoutPosition(events, looks)
	}
	if found.reason != "" {
		v.Reasons = append(v.Reasons, found.reason)
	}
	if slices.ContainsFunc(looks, func(l look) bool { return l.fix.Mock }) {
		v.Reasons = append(v.Reasons, Mocked)
	}
}

// takeFrom makes the deciding look's numbers and reasons the verdict's.
func (v *Verdict) takeFrom(p Policy, l *look) {
	v.Reasons = append(v.Reasons, l.reasons...)
	v.Radius, v.PinVersion = new(l.radius), l.event.PinVersion
	if l.placed {
		v.Distance = new(l.distance)
	}
	if l.known {
		v.Sigma, v.A95 = new(l.sigma), new(rayleigh95*l.sigma)
	}
	if l.placed && l.known {
		v.PInside = finite(l.inside)
		if p.Kind == Probabilistic {
			v.PHonest = finite(l.honest)
		}
	}
}

func (v *Verdict) withoutPosition(events []Measured, looks []look) {
	for _, l := range looks {
		v.Reasons = append(v.Reasons, l.reasons...)
	}
	if len(events) == 0 {
		v.Reasons = append(v.Reasons, NoPosition)
	}
	for _, m := range events {
		if len(m.Fixes) == 0 {
			v.Reasons = append(v.Reasons, NoPosition)
		}
		if !m.HasPin {
			v.Reasons = append(v.Reasons, NoPin)
		}
	}
}

// radiusOf is the first event's own radius, or the policy's.
func radiusOf(p Policy, events []Measured) Meters {
	if len(events) > 0 {
		if own, ok := length(events[0].Radius); ok && own > 0 {
			return own
		}
	}
	return p.Radius
}

// A look is what one fix says on its own.
type look struct {
	event           *Measured
	fix             *MeasuredFix
	radius          Meters
	usable          bool    // there is a position
	timely          bool    // it is not known to be of another time than the tap
	placed          bool    // distance is known
	known           bool    // sigma is
	distance, sigma Meters  // sigma: of fix and pin together, along one axis
	inside, honest  float64 // where placed and known
	reasons         []Reason
}

func lookAtAll(p Policy, w way, events []Measured) []look {
	var n int
	for _, m := range events {
		n += len(m.Fixes)
	}
	looks := make([]look, 0, n)
	for i := range events {
		radius := radiusOf(p, events[i:])
		for j := range events[i].Fixes {
			looks = append(looks, look{event: &events[i], fix: &events[i].Fixes[j], radius: radius})
			looks[len(looks)-1].look(p, w)
		}
	}
	return looks
}

func (l *look) look(p Policy, w way) {
	d, near := length(l.fix.Distance)
	l.usable = l.fix.Problem == "" && (near || !l.event.HasPin)
	l.placed, l.distance = l.usable && l.event.HasPin, d

	l.when(!l.event.HasPin, NoPin)
	l.when(l.fix.Problem == NullIsland, NullIsland)
	l.when(l.fix.Problem != NullIsland && !l.usable, NoPosition)
	l.when(l.placed && !(d <= l.radius), OutsideRadius)
	l.lookAtTime(p)
	l.addVariances(w.sigmas(p, l.event, l.fix))
	if l.placed && l.known {
		l.inside = PInside(d, l.sigma, l.radius)
	}
	w.look(p, l)
}

// lookAtTime calls no fix stale whose time is not known.
func (l *look) lookAtTime(p Policy) {
	age := l.fix.Age
	l.when(age != nil && *age > p.MaxFixAge, StaleFix)
	l.when(age != nil && *age < -p.MaxFixAge, FixTimeInFuture)
	l.timely = age == nil || !(*age > p.MaxFixAge || *age < -p.MaxFixAge)
}

// addVariances adds up those of fix and pin. Without a pin there is no sum, and
// only the fix can be blamed.
func (l *look) addVariances(fix, pin *Meters) {
	if l.event.HasPin && fix != nil && pin != nil {
		l.sigma, l.known = Meters(math.Hypot(float64(*fix), float64(*pin))), true
		return
	}
	l.when(fix == nil || l.event.HasPin, AccuracyUnknown)
}

func (l *look) when(holds bool, r Reason) {
	if holds {
		l.reasons = append(l.reasons, r)
	}
}

// least is the index of the first of the smallest looks that hold, -1 if none does.
func least(looks []look, holds func(*look) bool, compare func(a, b *look) int) int {
	best := -1
	for i := range looks {
		if holds(&looks[i]) && (best < 0 || compare(&looks[i], &looks[best]) < 0) {
			best = i
		}
	}
	return best
}

// length reads a number that must be a length on Earth; anything else is unknown.
func length(x *Meters) (Meters, bool) {
	if x == nil || !(*x >= 0 && *x <= earthGirth) {
		return 0, false
	}
	return *x, true
}
