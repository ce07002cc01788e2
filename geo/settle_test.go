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
	both, none := []geo.EvidenceKind{geo.EvidenceTag, geo.EvidenceCode}, []geo.EvidenceKind{}
	undecided := func(reasons ...geo.Reason) geo.Verdict {
		return geo.Verdict{Outcome: geo.Undecided, Reasons: reasons}
	}
	tests := []struct {
		name   string
		policy geo.Policy
		v      geo.Verdict
		want   offered
		has    []geo.EvidenceKind
	}{
		{"at the retailer: nothing to settle", policy(), geo.Verdict{Outcome: geo.AtRetailer}, nil, both},
		{"elsewhere: nothing to settle", policy(), geo.Verdict{Outcome: geo.Elsewhere}, nil, both},
		{"near the edge", geo.DefaultPolicy(), undecided(geo.NearEdge), offered{geo.BySecondFix, geo.ByCode, geo.ByTag, geo.ByPhoto, geo.ByConfirmation}, both},
		{"nothing may credit", policy(), undecided(geo.NearEdge), offered{geo.BySecondFix, geo.ByPhoto}, both},
		{"the order is not the policy's", policy(geo.EvidencePhoto, geo.EvidenceTag, geo.EvidenceCode), undecided(geo.StaleFix), offered{geo.BySecondFix, geo.ByCode, geo.ByTag, geo.ByPhoto}, both},
		{"without a pin no fix can help", policy(geo.EvidenceCode), undecided(geo.NoPin), offered{geo.ByCode, geo.ByPhoto}, both},
		{"nor on a pin that may be wrong", policy(geo.EvidenceConfirmation), undecided(geo.FarOutside, geo.PinUnconfirmed), offered{geo.ByPhoto, geo.ByConfirmation}, both},
		{"far once on a good pin: another fix decides", policy(), undecided(geo.FarOutside, geo.FarOnce), offered{geo.BySecondFix, geo.ByPhoto}, both},
		{"a plain policy, too", geo.PlainPolicy(), undecided(geo.OutsideRadius), offered{geo.BySecondFix, geo.ByCode, geo.ByTag, geo.ByPhoto, geo.ByConfirmation}, both},
		{"a policy that cannot judge credits nothing", policy(geo.EvidenceCode), undecided(geo.PolicyInvalid), offered{geo.ByPhoto}, both},
		{"a shop that has nothing to show", geo.DefaultPolicy(), undecided(geo.NearEdge), offered{geo.BySecondFix, geo.ByPhoto, geo.ByConfirmation}, none},
		{"one that has a tag alone", geo.DefaultPolicy(), undecided(geo.NearEdge), offered{geo.BySecondFix, geo.ByTag, geo.ByPhoto, geo.ByConfirmation}, both[:1]},
	}
	for _, tt := range tests {
		if got := geo.Settle(tt.policy, tt.v, tt.has); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
