package geo

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// A Policy is how strictly claims are judged. Verdicts name its version, so a
// policy in use is never changed: a new version takes its place.
type Policy struct {
	Version   int            `json:"version"`
	Kind      PolicyKind     `json:"kind"`
	Radius    Meters         `json:"radius_m"`          // for retailers without one of their own
	MaxFixAge Seconds        `json:"max_fix_age_s"`     // between a fix and the tap, either way
	Credits   []EvidenceKind `json:"credits,omitempty"` // what may credit an undecided visit beside a review

	// The numbers of [Probabilistic]; the plain policy has none of them.
	Inside      float64              `json:"inside_p,omitempty"`         // at the retailer from here on; at least a half
	Honest      float64              `json:"honest_p,omitempty"`         // far outside up to here; see [PHonest]
	Apart       Seconds              `json:"apart_s,omitempty"`          // between the two fixes that say elsewhere
	Floor       Meters               `json:"accuracy_floor_m,omitempty"` // no phone is believed to be better than this
	PinSigma    map[PinSource]Meters `json:"pin_sigma_m,omitempty"`      // of pins that have none of their own, or the default for their source
	Calibration []Calibration        `json:"calibration,omitempty"`      // the first that matches a fix holds
}

// PolicyKind names the way of judging that a policy's numbers belong to.
type PolicyKind string

// Plain compares the distance with the radius and with the radius plus the 95 %
// accuracy. Probabilistic asks how likely the claim is, and says elsewhere only by two fixes.
const (
	Plain         PolicyKind = "plain"
	Probabilistic PolicyKind = "probabilistic"
)

// EvidenceKind is evidence, other than positions, that a policy may let credit
// a visit that position leaves undecided.
type EvidenceKind string

// The kinds of evidence.
const (
	EvidenceCode         EvidenceKind = "code"
	EvidenceTag          EvidenceKind = "tag"
	EvidencePhoto        EvidenceKind = "photo"
	EvidenceConfirmation EvidenceKind = "confirmation"
)

// A Calibration multiplies the accuracies of one kind of phone and source, as
// measured against known places. An empty kind or source is any.
type Calibration struct {
	AccuracyKind AccuracyKind `json:"accuracy_kind,omitempty"`
	Source       FixSource    `json:"source,omitempty"`
	Factor       float64      `json:"factor"`
}

// DefaultPolicy is probabilistic, with a radius of 100 metres and fixes of at
// most two minutes: what an organisation has until it chooses for itself.
func DefaultPolicy() Policy {
	return Policy{
		Version: 1, Kind: Probabilistic, Radius: 100, MaxFixAge: 120,
		Credits: []EvidenceKind{EvidenceCode, EvidenceTag, EvidenceConfirmation},
		Inside:  0.80, Honest: 0.005, Apart: 20, Floor: 5,
		PinSigma: map[PinSource]Meters{
			Geocoded: 25, Imported: 25, FirstVisit: 25, Learned: 8, Surveyed: 3, Manual: 10,
		},
	}
}

// PlainPolicy is [DefaultPolicy] with the plain way of judging: one fix is
// enough to be elsewhere, and no number of it is a probability.
func PlainPolicy() Policy {
	d := DefaultPolicy()
	return Policy{Version: d.Version, Kind: Plain, Radius: d.Radius, MaxFixAge: d.MaxFixAge, Credits: d.Credits}
}

// WithDefaults fills what a file or a request left out with [DefaultPolicy]'s.
// An empty list of credits is a choice, and stays. What is stored is complete.
func (p Policy) WithDefaults() Policy {
	d := DefaultPolicy()
	p.Kind = cmp.Or(p.Kind, d.Kind)
	p.Radius, p.MaxFixAge = cmp.Or(p.Radius, d.Radius), cmp.Or(p.MaxFixAge, d.MaxFixAge)
	if p.Credits == nil {
		p.Credits = d.Credits
	}
	if p.Kind != Probabilistic {
		return p
	}
	p.Inside, p.Honest = cmp.Or(p.Inside, d.Inside), cmp.Or(p.Honest, d.Honest)
	p.Apart, p.Floor = cmp.Or(p.Apart, d.Apart), cmp.Or(p.Floor, d.Floor)
	maps.Copy(d.PinSigma, p.PinSigma)
	p.PinSigma = d.PinSigma
	return p
}

// Validate reports every part of the policy that is not usable, as an error that has a
// Text(lang) in English and Chinese. A policy that fails it is never a reason to credit anybody: see [PolicyInvalid].
func (p Policy) Validate() error {
	var errs problems
	if p.Version < 0 {
		errs.add("version %d: want 0 or more", p.Version)
	}
	if !(p.Radius > 0 && p.Radius <= earthGirth) {
		errs.add("radius_m %v: want more than 0", p.Radius)
	}
	if !(p.MaxFixAge > 0) || math.IsInf(float64(p.MaxFixAge), 0) {
		errs.add("max_fix_age_s %v: want more than 0", p.MaxFixAge)
	}
	for _, c := range p.Credits {
		if !slices.Contains(evidenceKinds, c) {
			errs.add("credits %q: want %q", c, evidenceKinds)
		}
	}
	switch {
	case p.Kind == Probabilistic:
		p.validateProbabilities(&errs)
	case p.Kind != Plain:
		errs.add("kind %q: want %q or %q", p.Kind, Plain, Probabilistic)
	case p.hasProbabilities():
		errs.add("kind %q takes no numbers of kind %q", Plain, Probabilistic)
	}
	return errs.err()
}

var evidenceKinds = []EvidenceKind{EvidenceCode, EvidenceTag, EvidencePhoto, EvidenceConfirmation}

func (p Policy) hasProbabilities() bool {
	return p.Inside != 0 || p.Honest != 0 || p.Apart != 0 || p.Floor != 0 || len(p.PinSigma) > 0 || len(p.Calibration) > 0
}

func (p Policy) validateProbabilities(errs *problems) {
	if !(p.Inside >= 0.5 && p.Inside < 1) { // below a half, somebody outside the radius could be inside
		errs.add("inside_p %v: want 0.5 or more, below 1", p.Inside)
	}
	if !(p.Honest > 0 && p.Honest < 0.5) {
		errs.add("honest_p %v: want more than 0, below 0.5", p.Honest)
	}
	if !(p.Apart > 0) || math.IsInf(float64(p.Apart), 0) {
		errs.add("apart_s %v: want more than 0", p.Apart)
	}
	if !(p.Floor > 0 && p.Floor <= earthGirth) {
		errs.add("accuracy_floor_m %v: want more than 0", p.Floor)
	}
	p.validatePinSigma(errs)
	for i, c := range p.Calibration {
		c.validate(i, errs)
	}
}

func (p Policy) validatePinSigma(errs *problems) {
	known := 0
	for _, source := range pinSources {
		sigma, given := p.PinSigma[source]
		if given {
			known++
		}
		if given && !(sigma > 0 && sigma <= earthGirth) {
			errs.add("pin_sigma_m of %q %v: want more than 0", source, sigma)
		}
	}
	if known == 0 || known < len(p.PinSigma) {
		errs.add("pin_sigma_m of %q: want some of %q", slices.Sorted(maps.Keys(p.PinSigma)), pinSources)
	}
}

// maxFactor is far beyond what any phone gets wrong, and keeps sigmas finite.
const maxFactor = 1000

func (c Calibration) validate(i int, errs *problems) {
	if c.AccuracyKind != "" && divisors[c.AccuracyKind] == 0 {
		errs.add("calibration %d: unknown accuracy_kind %q", i, c.AccuracyKind)
	}
	if c.Source != "" && !slices.Contains(fixSources, c.Source) {
		errs.add("calibration %d: unknown source %q", i, c.Source)
	}
	if !(c.Factor > 0 && c.Factor <= maxFactor) {
		errs.add("calibration %d: factor %v: want more than 0, at most %v", i, c.Factor, maxFactor)
	}
}
