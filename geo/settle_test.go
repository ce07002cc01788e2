package geo_test

import (
	"slices"
	"testing"

	"rounds/geo"
)

func TestSettle(t *testing.T) {
	type offered = []geo.Settlement
	policy := func(credits ...geo.EvidenceKind) geo.Policy {
		p := geo.DefaultPolicy()
		p.Credits = credits
		return p
	}
	all := []geo.Settlement{geo.ByConfirmation, geo.ByPhoto, geo.ByTag, geo.ByCode, geo.BySecondFix}
	every := policy(geo.EvidencePhoto, geo.EvidenceTag, geo.EvidenceConfirmation, geo.EvidenceCode)
	undecided := func(reasons ...geo.Reason) geo.Verdict {
		return geo.Verdict{Outcome: geo.Undecided, Reasons: reasons}
	}
	tests := []struct {
		name   string
		policy geo.Policy
		v      geo.Verdict
		want   offered
		can    []geo.Settlement
	}{
		{"at the retailer: nothing to settle", policy(), geo.Verdict{Outcome: geo.AtRetailer}, nil, all},
		{"elsewhere: nothing to settle", policy(), geo.Verdict{Outcome: geo.Elsewhere}, nil, all},
		{"near the edge", geo.DefaultPolicy(), undecided(geo.NearEdge), offered{geo.BySecondFix, geo.ByCode, geo.ByTag, geo.ByConfirmation}, all},
		{"nothing may credit", policy(), undecided(geo.NearEdge), offered{geo.BySecondFix}, all},
		{"the order is not the policy's", every, undecided(geo.StaleFix), offered{geo.BySecondFix, geo.ByCode, geo.ByTag, geo.ByPhoto, geo.ByConfirmation}, all},
		{"without a pin no fix can help", policy(geo.EvidenceCode), undecided(geo.NoPin), offered{geo.ByCode}, all},
		{"nor on a pin that may be wrong", policy(geo.EvidenceConfirmation), undecided(geo.FarOutside, geo.PinUnconfirmed), offered{geo.ByConfirmation}, all},
		{"far once on a good pin: another fix decides", policy(), undecided(geo.FarOutside, geo.FarOnce), offered{geo.BySecondFix}, all},
		{"a plain policy, too", geo.PlainPolicy(), undecided(geo.OutsideRadius), offered{geo.BySecondFix, geo.ByCode, geo.ByTag, geo.ByConfirmation}, all},
		{"a policy that cannot judge credits nothing", every, undecided(geo.PolicyInvalid), offered{}, all},
		{"a shop that has a tag alone", every, undecided(geo.NearEdge), offered{geo.BySecondFix, geo.ByTag}, offered{geo.BySecondFix, geo.ByTag}},
		{"where no fix can be had", every, undecided(geo.NoPosition), offered{geo.ByConfirmation}, offered{geo.ByConfirmation}},
	}
	for _, tt := range tests {
		if got := geo.Settle(tt.policy, tt.v, tt.can); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
