package api

import (
	"context"

	"rounds/geo"
	"rounds/store"
)

// ListPolicies lists every version of the policy.
func (s *Server) ListPolicies(ctx context.Context, _ ListPoliciesRequestObject) (ListPoliciesResponseObject, error) {
	found, err := s.store.Policies(ctx, actor(ctx).OrgID)
	return ListPolicies200JSONResponse{Items: mapped(found, wirePolicy)}, err
}

// PostPolicy puts a new version in force.
func (s *Server) PostPolicy(ctx context.Context, r PostPolicyRequestObject) (PostPolicyResponseObject, error) {
	added, err := s.office.AddPolicy(ctx, actor(ctx), nounPolicy(r.Body.Rules), r.Body.Reason)
	return PostPolicy201JSONResponse(wirePolicy(added)), err
}

func nounPolicy(r PolicyRules) geo.Policy {
	p := geo.Policy{
		Kind: geo.PolicyKind(orZero(r.Kind)), Radius: geo.Meters(orZero(r.RadiusM)), MaxFixAge: geo.Seconds(orZero(r.MaxFixAgeS)),
		Inside: orZero(r.InsideP), Honest: orZero(r.HonestP), Apart: geo.Seconds(orZero(r.ApartS)), Floor: geo.Meters(orZero(r.AccuracyFloorM)),
		PinSigma: make(map[geo.PinSource]geo.Meters, len(r.PinSigmaM)),
	}
	if r.Credits != nil {
		p.Credits = mapped(*r.Credits, func(c PolicyRulesCredits) geo.EvidenceKind { return geo.EvidenceKind(c) })
	}
	for source, sigma := range r.PinSigmaM {
		p.PinSigma[geo.PinSource(source)] = geo.Meters(sigma)
	}
	for _, c := range r.Calibration {
		p.Calibration = append(p.Calibration, geo.Calibration{
			AccuracyKind: geo.AccuracyKind(orZero(c.AccuracyKind)), Source: geo.FixSource(orZero(c.Source)), Factor: c.Factor,
		})
	}
	return p.WithDefaults()
}

func wirePolicy(p store.Policy) Policy {
	return Policy{
		Version: p.Version, Rules: wireRules(p.Policy),
		Reason: p.Reason, CreatedAt: p.CreatedAt, CreatedBy: maybeID(p.CreatedBy),
	}
}

// wireRules tells the credits even where there are none: left out, they would be the default's when posted.
func wireRules(p geo.Policy) PolicyRules {
	r := PolicyRules{
		Kind: new(PolicyRulesKind(p.Kind)), RadiusM: new(float64(p.Radius)), MaxFixAgeS: new(float64(p.MaxFixAge)),
		Credits: new(mapped(p.Credits, func(k geo.EvidenceKind) PolicyRulesCredits { return PolicyRulesCredits(k) })),
		InsideP: unlessZero(p.Inside), HonestP: unlessZero(p.Honest),
		ApartS: unlessZero(float64(p.Apart)), AccuracyFloorM: unlessZero(float64(p.Floor)),
	}
	if len(p.PinSigma) > 0 {
		r.PinSigmaM = make(map[string]float64, len(p.PinSigma))
	}
	for source, sigma := range p.PinSigma {
		r.PinSigmaM[string(source)] = float64(sigma)
	}
	for _, c := range p.Calibration {
		r.Calibration = append(r.Calibration, Calibration{
			AccuracyKind: unlessZero(CalibrationAccuracyKind(c.AccuracyKind)), Source: unlessZero(CalibrationSource(c.Source)), Factor: c.Factor,
		})
	}
	return r
}

// unlessZero is absent for the zero value.
func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
