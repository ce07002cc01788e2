package fieldwork

import (
	"context"
	"fmt"
	"slices"

	"rounds"
	"rounds/store"
)

// AcceptTerritories lets a proposal be in force from a day on: territories open and close, and retailers move. What has
// changed since the register was read is a Conflict that names it, or is left as it is if skip says so.
func (o *Office) AcceptTerritories(
	ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID, from rounds.Day, reason string, skip bool,
) (rounds.TerritoryProposal, error) {
	return o.decideTerritories(ctx, a, id, rounds.CutProposed, func(tx *store.Store, p *rounds.TerritoryProposal) error {
		p.Status, p.Reason, p.ValidFrom = rounds.CutAccepted, reason, from
		if !p.Territory.IsZero() {
			return o.acceptDays(ctx, tx, a, p, skip)
		}
		if err := o.checkFrom(a, from, o.today(a)); err != nil {
			return err
		}
		t, err := o.taking(ctx, tx, a, p, from)
		if err != nil {
			return err
		}
		if err := t.compare(ctx); err != nil {
			return err
		}
		if len(t.conflict.Fields) > 0 && !skip {
			return t.conflict
		}
		return t.accept(ctx)
	})
}

// checkFrom refuses days on which nothing can begin.
func (o *Office) checkFrom(a rounds.Actor, from, first rounds.Day) error {
	if last := o.today(a).Add(maxAhead); from < first || from > last {
		return rounds.Errorf(rounds.Invalid, "territories change from a day on that is not over, and not too far ahead").
			With("/from", "not_between", first, last)
	}
	return nil
}

// taking is a proposal on its way into force, or out of it.
type taking struct {
	tx          *store.Store
	office      *Office
	actor       rounds.Actor
	proposal    *rounds.TerritoryProposal
	from        rounds.Day
	territories []rounds.CutTerritory
	retailers   []rounds.CutRetailer
	now         map[rounds.TerritoryID]rounds.Territory // on that day
	skipped     []int32                                 // retailers that are left as they are
	conflict    *rounds.Error
}

func (o *Office) taking(ctx context.Context, tx *store.Store, a rounds.Actor, p *rounds.TerritoryProposal, from rounds.Day) (*taking, error) {
	if err := tx.LockRegister(ctx, a.OrgID); err != nil {
		return nil, err
	}
	t := &taking{
		tx: tx, office: o, actor: a, proposal: p, from: from, now: map[rounds.TerritoryID]rounds.Territory{},
		conflict: rounds.Errorf(rounds.Conflict, "territories have changed since: propose again, or leave what has changed as it is"),
	}
	var err error
	if t.territories, err = tx.CutTerritories(ctx, a.OrgID, p.ID); err != nil {
		return nil, err
	}
	if t.retailers, err = tx.CutRetailers(ctx, a.OrgID, p.ID, store.CutFilter{After: -1}); err != nil {
		return nil, err
	}
	found, err := tx.Territories(ctx, rounds.Scope{OrgID: a.OrgID}, from, p.Purpose, rounds.TerritoryID{})
	for _, f := range found {
		t.now[f.ID] = f
	}
	return t, err
}

// territory is the id of one of the proposal's.
func (t *taking) territory(n int) rounds.TerritoryID {
	if n == rounds.NoTerritory {
		return rounds.TerritoryID{}
	}
	return t.territories[n].TerritoryID
}

// changed notes retailers that are not as they were, with one word for all of them.
func (t *taking) changed(code string, changed []rounds.CutRetailer) {
	if len(changed) == 0 {
		return
	}
	var codes []string
	for _, r := range changed {
		codes = append(codes, r.Code)
		t.skipped = append(t.skipped, int32(r.N))
	}
	t.conflict.With("/retailers", code, len(codes), firstCodes(codes))
}

// compare finds what is not as it was when the register was read.
func (t *taking) compare(ctx context.Context) error {
	err := t.compareRetailers(ctx, "moved_since", func(r rounds.CutRetailer, is *store.CutChange) bool {
		return is != nil && is.TerritoryID != t.territory(r.Was)
	})
	if err != nil {
		return err
	}
	return t.compareTerritories(ctx)
}

// compareRetailers finds those that are gone, those that have moved, with a word for how, and those that stand elsewhere. Of a
// retailer that is as it was nothing is known.
func (t *taking) compareRetailers(ctx context.Context, how string, has func(r rounds.CutRetailer, is *store.CutChange) bool) error {
	ours, err := t.ours(ctx)
	if err != nil {
		return err
	}
	territories := make([]rounds.TerritoryID, len(t.territories))
	for n := range t.territories {
		territories[n] = t.territory(n)
	}
	changes, err := t.tx.CutChanges(ctx, t.actor.OrgID, *t.proposal, t.from, territories, ours)
	if err != nil {
		return err
	}
	var gone, moved, pinned []rounds.CutRetailer
	for _, r := range t.retailers {
		switch is := changes[r.N]; {
		case is != nil && !is.Here:
			gone = append(gone, r)
		case has(r, is):
			moved = append(moved, r)
		case is != nil && !near(&r.At, is.At):
			pinned = append(pinned, r)
		}
	}
	t.changed("gone_since", gone)
	t.changed(how, moved)
	t.changed("pin_moved_since", pinned)
	return nil
}

// ours are the territories that the proposal is about: the one whose days are cut, or those of its units.
func (t *taking) ours(ctx context.Context) ([]rounds.TerritoryID, error) {
	if p := t.proposal; !p.Territory.IsZero() {
		return []rounds.TerritoryID{p.Territory}, nil
	}
	units, err := unitsBelow(ctx, t.tx, rounds.Actor{OrgID: t.actor.OrgID}, t.proposal.UnitID)
	ours := []rounds.TerritoryID{}
	for id, is := range t.now {
		if slices.Contains(units, is.UnitID) {
			ours = append(ours, id)
		}
	}
	return ours, err
}

// compareTerritories finds territories that cannot open or close as they were to.
func (t *taking) compareTerritories(ctx context.Context) error {
	known := make([]rounds.RetailerID, len(t.retailers))
	for i, r := range t.retailers {
		known[i] = r.RetailerID
	}
	for _, c := range t.territories {
		at := fmt.Sprintf("/territories/%d", c.N)
		switch c.Fate {
		case rounds.CutOpens:
			if err := t.mayOpen(ctx, c, at); err != nil {
				return err
			}
			continue
		case rounds.CutStays:
			continue
		}
		if t.now[c.TerritoryID].RepID != c.BeforeRepID {
			t.conflict.With(at, "rep_changed")
		}
		others, err := t.tx.CodesIn(ctx, t.actor.OrgID, t.from, []rounds.TerritoryID{c.TerritoryID}, known)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			t.conflict.With(at, "others_in_it", len(others), firstCodes(others))
		}
	}
	return nil
}

// mayOpen refuses what nobody can skip: a name that is taken meanwhile, or a rep who is none any more.
func (t *taking) mayOpen(ctx context.Context, c rounds.CutTerritory, at string) error {
	for _, other := range t.now {
		if other.Name == c.Name {
			return rounds.Errorf(rounds.Conflict, "this territory cannot open: see the field").With(at+"/name", "taken")
		}
	}
	if c.RepID.IsZero() {
		return nil
	}
	if err := t.office.checkActiveRep(ctx, t.tx, t.actor, c.RepID); rounds.CodeOf(err) == rounds.Invalid {
		return rounds.Errorf(rounds.Conflict, "this territory cannot open: see the field").With(at+"/rep_id", "not_a_rep")
	} else if err != nil {
		return err
	}
	return nil
}

// accept opens, moves and closes.
func (t *taking) accept(ctx context.Context) error {
	org := t.actor.OrgID
	if err := t.open(ctx); err != nil {
		return err
	}
	if err := t.skip(ctx); err != nil {
		return err
	}
	placements := []store.Placement{}
	for _, r := range t.retailers {
		if r.Now != r.Was {
			placements = append(placements, store.Placement{RetailerID: r.RetailerID, TerritoryID: t.territory(r.Now)})
		}
	}
	if _, err := t.tx.PlaceRetailers(ctx, org, t.proposal.Purpose, t.from, placements); err != nil {
		return err
	}
	for _, c := range t.territories {
		if c.Fate == rounds.CutCloses && t.emptied(c) {
			if err := t.tx.AssignRep(ctx, org, c.TerritoryID, rounds.UserID{}, t.from); err != nil {
				return err
			}
		}
	}
	return nil
}

// emptied says that nothing was found to be different of a territory that closes.
func (t *taking) emptied(c rounds.CutTerritory) bool {
	at := fmt.Sprintf("/territories/%d", c.N)
	return !slices.ContainsFunc(t.conflict.Fields, func(f rounds.Field) bool { return f.Pointer == at })
}

func (t *taking) open(ctx context.Context) error {
	org := t.actor.OrgID
	for i := range t.territories {
		c := &t.territories[i]
		if c.Fate != rounds.CutOpens {
			continue
		}
		c.TerritoryID = rounds.NewID[rounds.Territory]()
		made := rounds.Territory{ID: c.TerritoryID, UnitID: c.UnitID, Name: c.Name, Purpose: t.proposal.Purpose}
		if err := t.tx.InsertTerritories(ctx, org, []rounds.Territory{made}); err != nil {
			return err
		}
		if err := t.tx.AssignRep(ctx, org, c.TerritoryID, c.RepID, t.from); err != nil {
			return err
		}
		if err := t.tx.OpenCutTerritory(ctx, org, t.proposal.ID, c.N, c.TerritoryID); err != nil {
			return err
		}
	}
	return nil
}

// skip leaves retailers where they are, and says so in the proposal's record.
func (t *taking) skip(ctx context.Context) error {
	if len(t.skipped) == 0 {
		return nil
	}
	now := make([]int32, len(t.skipped))
	for i, n := range t.skipped {
		t.retailers[n].Now = t.retailers[n].Was
		now[i] = int32(t.retailers[n].Was)
	}
	return t.tx.SaveCut(ctx, t.actor.OrgID, t.proposal.ID, t.skipped, now, nil, nil)
}

// RollBackTerritories lets all be as before an accepted proposal, from a day on. What has changed since it was in force is
// a Conflict that names it.
func (o *Office) RollBackTerritories(
	ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID, from rounds.Day, reason string,
) (rounds.TerritoryProposal, error) {
	return o.decideTerritories(ctx, a, id, rounds.CutAccepted, func(tx *store.Store, p *rounds.TerritoryProposal) error {
		p.Status, p.Reason, p.RolledBack = rounds.CutRolledBack, reason, from
		if !p.Territory.IsZero() {
			return o.rollBackDays(ctx, tx, a, p)
		}
		if err := o.checkFrom(a, from, max(o.today(a), p.ValidFrom)); err != nil {
			return err
		}
		t, err := o.taking(ctx, tx, a, p, from)
		if err != nil {
			return err
		}
		t.retailers = slices.DeleteFunc(t.retailers, func(r rounds.CutRetailer) bool { return r.Now == r.Was })
		if err := t.compareBack(ctx); err != nil {
			return err
		}
		if len(t.conflict.Fields) > 0 {
			return t.conflict
		}
		return t.back(ctx)
	})
}

// compareBack finds what is not as the proposal has put it.
func (t *taking) compareBack(ctx context.Context) error {
	org := t.actor.OrgID
	ids := make([]rounds.RetailerID, len(t.retailers))
	for i, r := range t.retailers {
		ids[i] = r.RetailerID
	}
	placed, err := t.tx.PlacedOn(ctx, org, t.proposal.Purpose, t.from, ids)
	if err != nil {
		return err
	}
	var moved []rounds.CutRetailer
	for _, r := range t.retailers {
		if placed[r.RetailerID] != t.territory(r.Now) {
			moved = append(moved, r)
		}
	}
	t.changed("moved_since", moved)
	for _, c := range t.territories {
		at, rep := fmt.Sprintf("/territories/%d", c.N), t.now[c.TerritoryID].RepID
		switch {
		case c.Fate == rounds.CutStays:
			continue
		case rep != c.RepID:
			t.conflict.With(at, "rep_changed")
			continue
		case c.Fate == rounds.CutCloses:
			if err := t.mayReturn(ctx, c, at); err != nil {
				return err
			}
			continue
		}
		others, err := t.tx.CodesIn(ctx, org, t.from, []rounds.TerritoryID{c.TerritoryID}, ids)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			t.conflict.With(at, "others_in_it", len(others), firstCodes(others))
		}
	}
	return nil
}

// mayReturn notes a rep who is none any more.
func (t *taking) mayReturn(ctx context.Context, c rounds.CutTerritory, at string) error {
	if c.BeforeRepID.IsZero() {
		return nil
	}
	err := t.office.checkActiveRep(ctx, t.tx, t.actor, c.BeforeRepID)
	if rounds.CodeOf(err) == rounds.Invalid {
		t.conflict.With(at, "not_a_rep")
		return nil
	}
	return err
}

// back moves everybody back; a territory that had opened stays, empty and vacant.
func (t *taking) back(ctx context.Context) error {
	org := t.actor.OrgID
	placements := make([]store.Placement, len(t.retailers))
	for i, r := range t.retailers {
		placements[i] = store.Placement{RetailerID: r.RetailerID, TerritoryID: t.territory(r.Was)}
	}
	if _, err := t.tx.PlaceRetailers(ctx, org, t.proposal.Purpose, t.from, placements); err != nil {
		return err
	}
	for _, c := range t.territories {
		if c.Fate == rounds.CutStays {
			continue
		}
		if err := t.tx.AssignRep(ctx, org, c.TerritoryID, c.BeforeRepID, t.from); err != nil {
			return err
		}
	}
	return nil
}
