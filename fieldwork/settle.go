package fieldwork

import (
	"context"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// way is what there is to settle events by from now on.
type way struct {
	policy geo.Policy // in force: it says which evidence credits
	shift  bool       // now is within working hours
	photos bool       // are kept here
}

func (o *Office) way(policy geo.Policy, settings rounds.Settings, zone *time.Location) way {
	return way{policy: policy, shift: settings.OnShift(o.now(), zone), photos: o.photos != nil}
}

// settle says of events that are not credited what would do it. Where two far taps have put their visit elsewhere,
// nothing would: other evidence credits what is undecided.
func (w way) settle(ctx context.Context, s *store.Store, org rounds.OrgID, results []*Result) error {
	open := slices.DeleteFunc(results, func(r *Result) bool {
		return r.Judgement == nil || r.Judgement.Outcome != geo.Undecided || r.CreditedBy != "" || r.visit == geo.Elsewhere
	})
	if len(open) == 0 {
		return nil
	}
	retailers := make([]rounds.RetailerID, len(open))
	for i, r := range open {
		retailers[i] = r.retailer
	}
	tokens, err := s.TokenKinds(ctx, org, retailers)
	for _, r := range open {
		r.SettleBy = geo.Settle(w.policy, r.Judgement.Verdict, w.can(r.Judgement.Flags, tokens[r.retailer]))
	}
	return err
}

// can is what may still be had for an event at a retailer with such tokens. Of what happens outside working hours
// neither positions nor evidence are taken: see dropPositions.
func (w way) can(flags []geo.Reason, tokens []geo.EvidenceKind) []geo.Settlement {
	can := []geo.Settlement{geo.ByConfirmation}
	if !w.shift || slices.Contains(flags, offShift) {
		return can
	}
	can = append(can, geo.BySecondFix)
	for _, kind := range tokens {
		can = append(can, geo.Settlement(kind))
	}
	if w.photos {
		can = append(can, geo.ByPhoto)
	}
	return can
}
