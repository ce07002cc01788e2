package geo

import (
	"errors"
	"fmt"
	"math"
)

// A Policy is how strictly claims are judged. Verdicts name its version, so a
// policy in use is never changed: a new version takes its place.
type Policy struct {
	Version   int        `json:"version"`
	Kind      PolicyKind `json:"kind"`
	Radius    Meters     `json:"radius_m"`      // for retailers without one of their own
	MaxFixAge Seconds    `json:"max_fix_age_s"` // between a fix and the tap, either way
}

// PolicyKind names the way of judging that a policy's numbers belong to.
type PolicyKind string

// Plain compares the distance with the radius and with the radius plus the 95 %
// accuracy.
const Plain PolicyKind = "plain"

// kinds is every way of judging there is. Each is pure and total.
var kinds = map[PolicyKind]func(Policy, Measured) Verdict{
	Plain: judgePlain,
}

// DefaultPolicy is plain, with a radius of 100 metres and fixes of at most two
// minutes: what an organisation has until it chooses for itself.
func DefaultPolicy() Policy {
	return Policy{Version: 1, Kind: Plain, Radius: 100, MaxFixAge: 120}
}

// Validate reports every part of the policy that is not usable. A policy that
// fails it is never a reason to credit anybody: see [PolicyInvalid].
func (p Policy) Validate() error {
	var errs []error
	if p.Version < 0 {
		errs = append(errs, fmt.Errorf("version %d: want 0 or more", p.Version))
	}
	if kinds[p.Kind] == nil {
		errs = append(errs, fmt.Errorf("kind %q: want %q", p.Kind, Plain))
	}
	if !(p.Radius > 0 && p.Radius <= earthGirth) {
		errs = append(errs, fmt.Errorf("radius_m %v: want more than 0", float64(p.Radius)))
	}
	if !(p.MaxFixAge > 0) || math.IsInf(float64(p.MaxFixAge), 0) {
		errs = append(errs, fmt.Errorf("max_fix_age_s %v: want more than 0", float64(p.MaxFixAge)))
	}
	return errors.Join(errs...)
}
