package geo

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// The probabilistic way. A timely fix within the radius that was probably taken
// there is at the retailer. Two fixes some time apart that an honest person
// hardly ever has, from a pin that is known to be right, are elsewhere.
// Everything else is undecided, and held against nobody.
//
// No number that a phone reports can defeat the radius: it is compared with the
// distance itself, and where it fails p_inside is below a half anyway.

// sigmasProbabilistic calibrates the accuracy the phone reports, and takes a
// pin that does not know its own for one of its source.
func sigmasProbabilistic(p Policy, m *Measured, f *MeasuredFix) (fix, pin *Meters) {
	if pin = known(m.PinSigma); pin == nil || p.overrules(m.PinSource, *pin) {
		pin = new(p.pinSigma(m.PinSource))
	}
	if f.Accuracy == nil || f.AccuracyKind.Sigma(*f.Accuracy) == nil {
		return nil, pin
	}
	fix = f.AccuracyKind.Sigma(max(*f.Accuracy, p.Floor))
	*fix *= Meters(p.factor(f))
	return fix, pin
}

// usualSigma is what a new pin of a source is given where nobody measured it.
var usualSigma = DefaultPolicy().PinSigma

// overrules is whether a pin has its source's usual sigma, and the policy its own for that source.
func (p Policy) overrules(s PinSource, sigma Meters) bool {
	_, named := p.PinSigma[s]
	return named && sigma == usualSigma[s]
}

// pinSigma is that of a source; of an unknown one the largest there is.
func (p Policy) pinSigma(s PinSource) Meters {
	if sigma, ok := p.PinSigma[s]; ok {
		return sigma
	}
	return slices.Max(slices.Collect(maps.Values(p.PinSigma)))
}

func (p Policy) factor(f *MeasuredFix) float64 {
	for _, c := range p.Calibration {
		if (c.AccuracyKind == "" || c.AccuracyKind == f.AccuracyKind) && (c.Source == "" || c.Source == f.Source) {
			return c.Factor
		}
	}
	return 1
}

func lookProbabilistic(p Policy, l *look) {
	l.when(l.known && l.sigma > widest(p, l.radius), TooImprecise)
	if !l.placed || !l.known {
		return
	}
	l.honest = PHonest(l.distance, l.sigma, l.radius)
	l.when(l.honest <= p.Honest, FarOutside)
	l.when(len(l.reasons) == 0 && !(l.inside >= p.Inside), NearEdge)
}

// widest is the sigma beyond which a fix on the pin itself would have too low a
// p_inside: there it is 1 − exp(−R²/2σ²).
func widest(p Policy, radius Meters) Meters {
	return radius / Meters(math.Sqrt(-2*math.Log(1-p.Inside)))
}

// decideProbabilistic looks for a fix at the retailer, then for two that say
// elsewhere. Of several fixes [compareTelling]'s first speaks for all.
func decideProbabilistic(p Policy, looks []look) finding {
	if best := least(looks, (*look).atRetailer, compareTelling); best >= 0 {
		return finding{best: best, outcome: AtRetailer}
	}
	inPair := func(l *look) bool { return l.hasSecond(p, looks) }
	if best := least(looks, inPair, compareTelling); best >= 0 {
		return finding{best: best, outcome: Elsewhere}
	}
	found := finding{outcome: Undecided}
	found.best = least(looks, func(l *look) bool { return l.usable }, compareTelling)
	if found.best >= 0 && looks[found.best].far() {
		found.reason = FarOnce
		if !looks[found.best].confirmed() {
			found.reason = PinUnconfirmed
		}
	}
	return found
}

// compareTelling puts the fix first that says most, and of those that say as
// much the one that speaks most for the claim: timely, of known and useful
// precision; then likeliest inside, most precise, nearest. Fixes alike in all
// of this have the same reasons, so their order does not matter.
func compareTelling(a, b *look) int {
	return cmp.Or(
		first(a.timely, b.timely),
		first(a.known, b.known),
		first(!slices.Contains(a.reasons, TooImprecise), !slices.Contains(b.reasons, TooImprecise)),
		cmp.Compare(b.inside, a.inside),
		cmp.Compare(a.sigma, b.sigma),
		cmp.Compare(a.distance, b.distance),
		first(a.confirmed(), b.confirmed()),
		cmp.Compare(len(a.reasons), len(b.reasons)),
		slices.Compare(a.reasons, b.reasons),
		first(!a.fix.Located, !b.fix.Located))
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// atRetailer needs no test of its own: whatever keeps a fix from it is a reason.
func (l *look) atRetailer() bool {
	return len(l.reasons) == 0
}

// far is whether the fix counts as one of the two that say elsewhere. A service
// that is wrong about a cell is wrong again: its word never counts.
func (l *look) far() bool {
	return l.timely && !l.fix.Located && slices.Contains(l.reasons, FarOutside)
}

func (l *look) confirmed() bool {
	return l.event.PinConfirmed || l.event.PinSource.confirmed()
}

// hasSecond is whether another fix bears this one out. Two of one moment err
// together, so each stands alone and their probabilities are never multiplied.
func (l *look) hasSecond(p Policy, looks []look) bool {
	return l.far() && l.confirmed() && slices.ContainsFunc(looks, func(other look) bool {
		return other.far() && other.confirmed() && apart(l, &other) >= p.Apart
	})
}

// apart is the time between two fixes: by their own times or, where one has
// none, by the taps of two events; 0 where neither tells.
func apart(a, b *look) Seconds {
	from, to := a.fix.Time, b.fix.Time
	if from == nil || to == nil {
		from, to = a.event.At, b.event.At // of one event: the same
	}
	if from == nil || to == nil {
		return 0
	}
	return Seconds(math.Abs(to.Sub(*from).Seconds()))
}
