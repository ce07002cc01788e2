package fieldwork

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// correction is what another pin makes of the visits that were judged by the old one.
type correction struct {
	pin     geo.Pin
	judged  []rounds.Judgement // of any day
	proofs  map[rounds.EventID][]store.Weighed
	changes []rounds.VisitChange // of days that are open
	reps    []rounds.UserID
}

// correct judges again, and writes nothing.
func (o *Office) correct(ctx context.Context, tx *store.Store, a rounds.Actor, p rounds.PinProposal) (c correction, err error) {
	ids, err := tx.JudgedByPin(ctx, a.OrgID, p.RetailerID, p.FromVersion)
	if err != nil || len(ids) == 0 {
		return c, err
	}
	events, err := tx.Events(ctx, a.OrgID, ids)
	if err != nil {
		return c, err
	}
	policies, err := policiesOf(ctx, tx, a.OrgID)
	if err != nil {
		return c, err
	}
	c.pin = p.Pin
	for _, e := range events {
		if e.RetailerID != p.RetailerID { // a check-out that names another
			continue
		}
		c.reps = append(c.reps, e.RepID)
		own := e.RepID == a.UserID || (e.Day >= o.today(a) && slices.Contains(p.MadeFrom, e.RepID))
		if j, ok := judgedBy(p.Pin, a.Settings.Datums(), policies, e); ok && !own {
			j.JudgedAt = o.now()
			c.judged = append(c.judged, j)
		}
	}
	if err := c.weigh(ctx, tx, a.OrgID); err != nil {
		return c, err
	}
	return c, c.compare(ctx, tx, a.OrgID)
}

// judgedBy judges an event by another pin, by the policy of its last verdict. False: it is no farther from the
// one than from the other, or its positions are gone.
func judgedBy(pin geo.Pin, datums geo.Datums, policies map[int]geo.Policy, e store.Recorded) (rounds.Judgement, bool) {
	last := e.Verdicts[len(e.Verdicts)-1]
	if len(e.Fixes)+len(placed(e.Located)) != len(last.Measured.Fixes) {
		return last, false
	}
	var radius geo.Meters
	if last.Measured.Radius != nil {
		radius = *last.Measured.Radius
	}
	j := last
	j.Revision++
	j.Measured = measure(&pin, radius, datums, e.VisitEvent, e.Located...)
	j.Verdict = geo.Judge(policies[last.PolicyVersion], j.Measured)
	return j, !reflect.DeepEqual(j.Measured, last.Measured)
}

// compare lists what becomes of the visits of open days.
func (c *correction) compare(ctx context.Context, tx *store.Store, org rounds.OrgID) error {
	parts, err := c.parts(ctx, tx, org, slices.Collect(maps.Keys(c.proofs)))
	if err != nil {
		return err
	}
	stored, err := proofsOf(ctx, tx, org, parts)
	if err != nil {
		return err
	}
	c.overlay(stored)
	closed, err := tx.ClosedThrough(ctx, org)
	if err != nil {
		return err
	}
	by := map[rounds.EventID]rounds.Judgement{}
	for _, j := range c.judged {
		by[j.EventID] = j
	}
	for _, p := range parts {
		before := derive(p)
		after := derive(provedBy(judgedAs(p, by), stored))
		if p.Day > closed && !reflect.DeepEqual(before, after) {
			c.changes = append(c.changes, rounds.VisitChange{
				VisitID: before.ID, RepID: before.RepID, Day: before.Day, Before: standing(before), After: standing(after),
			})
		}
	}
	return nil
}

// judgedAs are the parts of a visit as they will be by these judgements.
func judgedAs(p store.VisitParts, by map[rounds.EventID]rounds.Judgement) store.VisitParts {
	if j, ok := by[p.CheckInID]; ok {
		p.Outcome, p.Reasons, p.Flags, p.Measured = j.Outcome, j.Reasons, j.Flags, j.Measured
	}
	if j, ok := by[p.CheckOutID]; ok {
		p.CheckOutOutcome, p.CheckOutFlags, p.CheckOutMeasured = j.Outcome, j.Flags, &j.Measured
	}
	return p
}

func standing(v rounds.Visit) rounds.Standing {
	return rounds.Standing{Outcome: v.Outcome, Reasons: v.Reasons, CreditedBy: v.CreditedBy}
}

// parts are those of the visits judged again, and of those whose proofs are others.
func (c *correction) parts(ctx context.Context, tx *store.Store, org rounds.OrgID, proved []rounds.EventID) ([]store.VisitParts, error) {
	ids := append(c.events(), proved...)
	parts, err := tx.VisitPartsOf(ctx, org, ids, c.reps)
	return slices.DeleteFunc(parts, func(p store.VisitParts) bool {
		return !slices.Contains(ids, p.CheckInID) && !slices.Contains(ids, p.CheckOutID)
	}), err
}

func (c *correction) events() []rounds.EventID {
	ids := make([]rounds.EventID, len(c.judged))
	for i, j := range c.judged {
		ids[i] = j.EventID
	}
	return ids
}

// weigh looks at what was shown at the visits judged again, and at who else showed the same, as saving will.
func (c *correction) weigh(ctx context.Context, tx *store.Store, org rounds.OrgID) error {
	pins := map[rounds.EventID]geo.Pin{}
	for _, j := range c.judged {
		pins[j.EventID] = c.pin
	}
	w, claims, err := weighed(ctx, tx, org, c.events(), pins)
	if err != nil || len(w.shown) == 0 {
		return err
	}
	claimants, err := tx.Claimants(ctx, org, claims)
	if err != nil {
		return err
	}
	news := w.events()
	found := slices.DeleteFunc(claimants, func(p store.Weighed) bool { return slices.Contains(news, p.EventID) })
	found = append(found, w.found...)
	settleClaims(found)
	c.proofs = map[rounds.EventID][]store.Weighed{}
	for _, p := range found {
		c.proofs[p.EventID] = append(c.proofs[p.EventID], p)
		c.reps = append(c.reps, p.RepID)
	}
	return nil
}

// settleClaims gives each claim to the visit that showed it first, as [store.Store.SettleClaims] does.
func settleClaims(found []store.Weighed) {
	slices.SortFunc(found, func(a, b store.Weighed) int {
		return cmp.Or(a.HappenedAt.Compare(b.HappenedAt), bytes.Compare(a.EventID[:], b.EventID[:]), cmp.Compare(a.N, b.N))
	})
	first := map[string]store.Weighed{}
	for i := range found {
		p := &found[i]
		if p.Claim == nil {
			continue
		}
		if _, taken := first[string(p.Claim)]; !taken {
			first[string(p.Claim)] = *p
		}
		if f := first[string(p.Claim)]; f.VisitID == p.VisitID && f.RepID == p.RepID {
			p.Status = p.Alone
		} else {
			p.Status = rounds.ProofRejected
		}
	}
}

// proofsOf are what is stored of both taps of visits.
func proofsOf(ctx context.Context, tx *store.Store, org rounds.OrgID, parts []store.VisitParts) (map[rounds.EventID][]store.Weighed, error) {
	var taps []rounds.EventID
	for _, p := range parts {
		taps = append(taps, p.CheckInID, p.CheckOutID)
	}
	stored, err := tx.WeighedProofs(ctx, org, taps)
	by := map[rounds.EventID][]store.Weighed{}
	for _, p := range stored {
		by[p.EventID] = append(by[p.EventID], p)
	}
	return by, err
}

// overlay puts what will be found in the place of what was.
func (c *correction) overlay(stored map[rounds.EventID][]store.Weighed) {
	for id, found := range c.proofs {
		for _, p := range found {
			if i := slices.IndexFunc(stored[id], func(s store.Weighed) bool { return s.N == p.N }); i >= 0 {
				stored[id][i] = p
			}
		}
	}
}

// provedBy are the parts of a visit as they will be by these proofs of its taps.
func provedBy(p store.VisitParts, proofs map[rounds.EventID][]store.Weighed) store.VisitParts {
	taps := proofs[p.CheckInID]
	if p.CheckOutAt == p.RetailerID {
		taps = slices.Concat(taps, proofs[p.CheckOutID])
	}
	p.Proved = slices.DeleteFunc(slices.Clone(p.Proved), func(k geo.EvidenceKind) bool { return k != geo.EvidenceConfirmation })
	for _, t := range taps {
		if t.Status == rounds.ProofAccepted {
			p.Proved = append(p.Proved, t.Kind)
		}
	}
	return p
}

// save keeps the verdicts beside the old ones, and derives the visits. Those of closed days stay as they are.
func (c *correction) save(ctx context.Context, tx *store.Store, t *turn) error {
	if len(c.judged) == 0 {
		return nil
	}
	if err := tx.InsertVerdicts(ctx, t.org, c.judged); err != nil {
		return err
	}
	proved, err := weigh(ctx, tx, t, c.judged[0].JudgedAt, c.events())
	if err != nil {
		return err
	}
	parts, err := c.parts(ctx, tx, t.org, proved)
	if err != nil {
		return err
	}
	_, err = saveDerived(ctx, tx, t.org, deriveAll(parts, derive))
	return err
}
