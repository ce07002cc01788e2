package fieldwork

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"rounds"
	"rounds/fieldwork/districting"
	"rounds/routing/territory"
	"rounds/store"
)

// TerritoryEdit is a change by hand of a proposal.
type TerritoryEdit struct {
	Revision int // that was looked at
	Reason   string
	Moves    []TerritoryMove
	Lock     []rounds.RetailerID // stay where the edit puts them, whatever comes
	Unlock   []rounds.RetailerID
	Repair   bool // what it makes worse is made good near by; what was wrong before stays
	DryRun   bool // nothing is kept
}

// TerritoryMove puts retailers into a territory of the proposal, by its number.
type TerritoryMove struct {
	Retailers []rounds.RetailerID
	To        int
}

// EditedTerritories are a proposal after an edit, and its figures before it.
type EditedTerritories struct {
	WholeProposal
	Before *districting.Answer
	Moves  []rounds.CutMove // that the edit made, those that repaired included
}

// EditTerritories changes a proposal by hand: a Conflict if somebody else did so meanwhile, Invalid with the fields if it
// breaks what was asked for.
func (o *Office) EditTerritories(ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID, e TerritoryEdit) (EditedTerritories, error) {
	var edited EditedTerritories
	if err := allow(a, keepingRecords); err != nil {
		return edited, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		edited = EditedTerritories{}
		p, err := lockedProposal(ctx, tx, a, id, rounds.CutProposed)
		if err != nil {
			return err
		}
		if p.Revision != e.Revision {
			return rounds.Errorf(rounds.Conflict, "the proposal is at revision %d by now: look at it again", p.Revision)
		}
		before, err := tx.CutFigures(ctx, a.OrgID, id)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(before, &edited.Before); err != nil {
			return err
		}
		edited.TerritoryProposal = p
		return o.edit(ctx, tx, a, &edited, e)
	})
	return edited, err
}

func (o *Office) edit(ctx context.Context, tx *store.Store, a rounds.Actor, edited *EditedTerritories, e TerritoryEdit) error {
	p := &edited.TerritoryProposal
	c, err := o.readCut(ctx, tx, a.OrgID, *p)
	if err != nil {
		return err
	}
	was, locked, err := tx.CutNow(ctx, a.OrgID, p.ID)
	if err != nil {
		return err
	}
	h := handEdit{cut: c, now: slices.Clone(was), locks: slices.Clone(locked), problem: rounds.Errorf(rounds.Invalid, "this edit cannot be made: see the fields")}
	h.apply(e)
	if len(h.problem.Fields) > 0 {
		return h.problem
	}
	if e.Repair {
		h.repair(ctx, p.Ask.Seed, was)
	}
	text, answer, faults, err := figuresOf(c.locked(h.locks), h.now, edited.Before.Curve)
	if err != nil {
		return err
	}
	if withFaults(h.problem, faults); len(faults) > 0 {
		return h.problem
	}
	edited.Figures, edited.Territories = answer, c.territories
	edited.Moves = c.moves(was, h.now)
	p.Revision++
	if e.DryRun {
		return nil
	}
	ns := changedOnes(was, h.now, locked, h.locks)
	if err := tx.SaveCut(ctx, a.OrgID, p.ID, ns, picked(h.now, ns), picked(h.locks, ns), nil); err != nil {
		return err
	}
	if err := tx.SaveTerritoryProposal(ctx, a.OrgID, *p, text); err != nil {
		return err
	}
	record := rounds.CutEdit{Revision: p.Revision, At: o.now(), By: a.UserID, Reason: e.Reason, Repaired: e.Repair, Moves: edited.Moves}
	if err := tx.InsertCutEdit(ctx, a.OrgID, p.ID, record); err != nil {
		return err
	}
	return o.logProposal(ctx, tx, a, "territory_proposal.edit", *p, map[string]any{
		"reason": e.Reason, "revision": p.Revision, "moves": len(edited.Moves), "lock": e.Lock, "unlock": e.Unlock, "repaired": e.Repair,
	})
}

// handEdit is an edit on its way.
type handEdit struct {
	cut        *cut
	now, locks []int32
	problem    *rounds.Error
}

// apply moves, and then locks where that has put them.
func (h *handEdit) apply(e TerritoryEdit) {
	if len(e.Moves)+len(e.Lock)+len(e.Unlock) == 0 && !e.Repair {
		h.problem.With("/moves", "required")
	}
	number := h.cut.numbers()
	for i, id := range e.Unlock {
		if n, ok := h.find(number, id, fmt.Sprintf("/unlock_retailer_ids/%d", i)); ok {
			h.locks[n] = rounds.NoTerritory
		}
	}
	for i, m := range e.Moves {
		at := fmt.Sprintf("/moves/%d", i)
		if m.To < 0 || m.To >= len(h.cut.region.Problem.Territories) {
			h.problem.With(at+"/to", "not_found")
			continue
		}
		for k, id := range m.Retailers {
			at := fmt.Sprintf("%s/retailer_ids/%d", at, k)
			if n, ok := h.find(number, id, at); ok {
				h.move(n, m.To, at)
			}
		}
	}
	for i, id := range e.Lock {
		if n, ok := h.find(number, id, fmt.Sprintf("/lock_retailer_ids/%d", i)); ok {
			h.locks[n] = h.now[n]
		}
	}
}

func (h *handEdit) find(number map[rounds.RetailerID]int, id rounds.RetailerID, at string) (int, bool) {
	n, ok := number[id]
	if !ok {
		h.problem.With(at, "not_found")
	}
	return n, ok
}

func (h *handEdit) move(n, to int, at string) {
	from := int(h.now[n])
	frozen := func(t int) bool { return t >= 0 && h.cut.territories[t].Frozen }
	switch {
	case h.locks[n] != rounds.NoTerritory && int(h.locks[n]) != to:
		h.problem.With(at, "locked")
	case from != to && (frozen(from) || frozen(to)):
		h.problem.With(at, "frozen")
	default:
		h.now[n] = int32(to)
	}
}

// repair makes good what the edit makes worse, see [territory.Repair]: the cut before it is today's, and what was moved stays.
func (h *handEdit) repair(ctx context.Context, seed uint64, was []int32) {
	r := h.cut.locked(h.locks)
	for i := range was {
		if was[i] != h.now[i] {
			r.Problem.Units[i].Lock = h.now[i]
		}
	}
	if plan := territory.Repair(ctx, r.Problem, was, territory.Options{Seed: seed}); len(plan.Of) == len(h.now) {
		h.now = plan.Of
	}
}

func (c *cut) numbers() map[rounds.RetailerID]int {
	number := make(map[rounds.RetailerID]int, len(c.retailers))
	for _, r := range c.retailers {
		number[r.RetailerID] = r.N
	}
	return number
}

// moves are those from one cut to another.
func (c *cut) moves(from, to []int32) []rounds.CutMove {
	moves := []rounds.CutMove{}
	for i := range from {
		if from[i] != to[i] {
			moves = append(moves, rounds.CutMove{RetailerID: c.retailers[i].RetailerID, From: int(from[i]), To: int(to[i])})
		}
	}
	return moves
}

// changedOnes are the numbers of the retailers of which something changes.
func changedOnes(was, now, locked, locks []int32) []int32 {
	ns := []int32{}
	for i := range was {
		if was[i] != now[i] || locked[i] != locks[i] {
			ns = append(ns, int32(i))
		}
	}
	return ns
}

func picked(of []int32, ns []int32) []int32 {
	some := make([]int32, len(ns))
	for i, n := range ns {
		some[i] = of[n]
	}
	return some
}

// CutEdits are the changes by hand of a proposal, the latest first, from before a revision; 0 is all.
func (o *Office) CutEdits(ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID, before, limit int) ([]rounds.CutEdit, error) {
	var found []rounds.CutEdit
	err := o.seeProposal(ctx, a, id, func(tx *store.Store, _ rounds.TerritoryProposal) (err error) {
		found, err = tx.CutEdits(ctx, a.OrgID, id, before, limit)
		return err
	})
	return found, err
}

// Differing is a retailer that two proposals put into different territories; nil is one that a proposal does not have.
type Differing = store.CutDifference

// ComparedTerritories are two proposals side by side.
type ComparedTerritories struct {
	One, Other WholeProposal
	Differ     int // retailers that they put into different territories
	Retailers  []Differing
}

// CompareTerritories compares two proposals of one purpose that are planned: their figures, and the retailers that they put
// into different territories by code, from after the given one.
func (o *Office) CompareTerritories(
	ctx context.Context, a rounds.Actor, one, other rounds.TerritoryProposalID, after string, limit int,
) (ComparedTerritories, error) {
	var c ComparedTerritories
	first, err := o.TerritoryProposal(ctx, a, one)
	if err != nil {
		return c, err
	}
	second, err := o.TerritoryProposal(ctx, a, other)
	if rounds.CodeOf(err) == rounds.NotFound {
		return c, rounds.Errorf(rounds.Invalid, "these proposals cannot be compared: see the field").With("with", "not_found")
	}
	if err != nil {
		return c, err
	}
	if first.Purpose != second.Purpose || first.Territory != second.Territory {
		return c, rounds.Errorf(rounds.Invalid, "these proposals cannot be compared: see the field").With("with", "other_purpose")
	}
	if first.Figures == nil || second.Figures == nil {
		return c, rounds.Errorf(rounds.Conflict, "these proposals are not both planned: look at them again")
	}
	c.One, c.Other = first, second
	if c.Differ, err = o.store.CountCutDifferences(ctx, a.OrgID, one, other); err != nil {
		return c, err
	}
	c.Retailers, err = o.store.CutDifferences(ctx, a.OrgID, one, other, after, limit)
	return c, err
}
