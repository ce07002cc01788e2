package fieldwork

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"rounds"
	"rounds/fieldwork/districting"
	"rounds/store"

	"github.com/paulmach/orb"
)

// NewTerritoryProposal asks for another cut of the retailers of a unit and all below it. Today's territories stay but for
// those that close, and others open; or it names the reps, each of whom then has a territory.
type NewTerritoryProposal struct {
	Name        string // "": by its purpose and day
	Purpose     rounds.Purpose
	UnitID      rounds.UnitID // zero: the actor's
	Ask         rounds.CutAsk
	Count       int // of territories; 0: as many as there are with those that open
	Reps        []RepAsk
	Close       []rounds.TerritoryID
	Open        []OpenAsk
	Territories []TerritoryAsk
	Locks       []LockAsk
	Homes       bool  // reps' homes draw their territories
	Unplaced    *bool // retailers of no territory are cut too; nil: those of the whole org's are
}

// RepAsk is a rep who is to have a territory.
type RepAsk struct {
	RepID rounds.UserID
	Share float64 // of a whole one
}

// OpenAsk is a territory that is to open.
type OpenAsk struct {
	Name   string
	UnitID rounds.UnitID // zero: that of the proposal
	RepID  rounds.UserID // zero: vacant
	Share  float64
	Home   *orb.Point
	Most   map[string]float64
}

// TerritoryAsk is what is wanted of one of today's territories.
type TerritoryAsk struct {
	TerritoryID rounds.TerritoryID
	Share       float64
	Home        *orb.Point
	Most        map[string]float64
	Frozen      bool
}

// LockAsk keeps a retailer in a territory, in that of today if it names none.
type LockAsk struct {
	RetailerID  rounds.RetailerID
	TerritoryID rounds.TerritoryID
	Open        string // name of one that opens
}

// ProposeTerritories reads the register and leaves the cutting to a job. What keeps it from being cut is an Invalid error
// that names the fields and the retailers.
func (o *Office) ProposeTerritories(ctx context.Context, a rounds.Actor, n NewTerritoryProposal) (rounds.TerritoryProposal, error) {
	if err := allow(a, keepingRecords); err != nil {
		return rounds.TerritoryProposal{}, err
	}
	return o.propose(ctx, a, func(tx *store.Store) (*draft, error) { return o.draft(ctx, tx, a, n) })
}

// propose keeps what fn has read, and leaves the cutting to a job.
func (o *Office) propose(ctx context.Context, a rounds.Actor, fn func(tx *store.Store) (*draft, error)) (rounds.TerritoryProposal, error) {
	var p rounds.TerritoryProposal
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		d, err := fn(tx)
		if err != nil {
			return err
		}
		p = d.proposal
		if err := tx.Enqueue(ctx, TerritoryJob{OrgID: a.OrgID, ProposalID: p.ID, Seconds: p.Ask.Seconds}); err != nil {
			return err
		}
		if err := tx.InsertTerritoryProposal(ctx, a.OrgID, p, d.territories, d.retailers, nil); err != nil {
			return err
		}
		return o.logProposal(ctx, tx, a, "territory_proposal.plan", p, map[string]any{"retailers": p.Retailers, "territories": len(d.territories)})
	})
	return p, err
}

func (o *Office) logProposal(ctx context.Context, tx *store.Store, a rounds.Actor, act string, p rounds.TerritoryProposal, detail map[string]any) error {
	detail["name"], detail["purpose"], detail["unit"] = p.Name, p.Purpose, p.UnitID
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{Name: act, Subject: p.ID.String(), Detail: detail})
}

// draft is a proposal on its way, with what was read for it.
type draft struct {
	proposal    rounds.TerritoryProposal
	territories []rounds.CutTerritory
	retailers   []rounds.CutRetailer
	problem     *rounds.Error
}

// draft reads the register as it is now.
func (o *Office) draft(ctx context.Context, tx *store.Store, a rounds.Actor, n NewTerritoryProposal) (*draft, error) {
	d, r, err := o.begin(ctx, tx, a, n)
	if err != nil {
		return nil, err
	}
	if err := d.read(n, *r); err != nil {
		return nil, err
	}
	if d.checkCut(); len(d.problem.Fields) > 0 {
		return nil, d.problem
	}
	return d, nil
}

// begin names a proposal and reads what there is to cut.
func (o *Office) begin(ctx context.Context, tx *store.Store, a rounds.Actor, n NewTerritoryProposal) (*draft, *registerToCut, error) {
	if err := tx.AwaitRegister(ctx, a.OrgID); err != nil {
		return nil, nil, err
	}
	d := &draft{problem: rounds.Errorf(rounds.Invalid, "these territories cannot be cut: see the fields")}
	d.proposal = rounds.TerritoryProposal{
		ID: rounds.NewID[rounds.TerritoryProposal](), UnitID: n.UnitID, Purpose: n.Purpose, Origin: rounds.CutBySolver, Ask: n.Ask,
		Status: rounds.CutPlanning, Revision: 1, Day: o.today(a), CreatedAt: o.now(), CreatedBy: a.UserID,
	}
	d.travel()
	if n.UnitID.IsZero() {
		d.proposal.UnitID = a.UnitID
	}
	d.proposal.Name = cmp.Or(strings.TrimSpace(n.Name), fmt.Sprintf("%s %s", n.Purpose, d.proposal.Day))
	units, err := unitsUnder(ctx, tx, a, d.proposal.UnitID)
	if err != nil {
		return nil, nil, err
	}
	r := &registerToCut{store: tx, actor: a, units: units, day: d.proposal.Day, purpose: n.Purpose}
	return d, r, r.read(ctx, n)
}

// read numbers territories and retailers.
func (d *draft) read(n NewTerritoryProposal, r registerToCut) error {
	d.takeTerritories(n, r)
	d.takeRetailers(r)
	d.takeLocks(n)
	d.checkGroups()
	if len(d.problem.Fields) > 0 {
		return d.problem
	}
	d.proposal.Retailers = len(d.retailers)
	hash, err := d.hash()
	d.proposal.InputHash = hash
	return err
}

// hash is the SHA-256 of all that the territories follow from.
func (d *draft) hash() ([]byte, error) {
	text, err := json.Marshal(map[string]any{
		"day": d.proposal.Day, "purpose": d.proposal.Purpose, "ask": d.proposal.Ask, "territories": d.territories, "retailers": d.retailers,
	})
	sum := sha256.Sum256(text)
	return sum[:], err
}

// unitsUnder are a unit and all below it, if the actor may see it.
func unitsUnder(ctx context.Context, tx *store.Store, a rounds.Actor, unit rounds.UnitID) ([]rounds.UnitID, error) {
	below, err := unitsBelow(ctx, tx, a, unit)
	if rounds.CodeOf(err) == rounds.Invalid {
		err = rounds.Errorf(rounds.Invalid, "these territories cannot be cut: see the fields").With("/unit_id", "not_found")
	}
	return below, err
}

// TerritoryProposals are those that the actor may see, the newest first, from before the given one; a status of "" is any.
func (o *Office) TerritoryProposals(
	ctx context.Context, a rounds.Actor, status rounds.CutStatus, before rounds.TerritoryProposalID, limit int,
) ([]rounds.TerritoryProposal, error) {
	if err := allow(a, watchingTerritories); err != nil {
		return nil, err
	}
	return o.store.TerritoryProposals(ctx, a.Scope(), status, before, limit)
}

// TerritoryProposal is a proposal with its figures, if there are any yet, and its territories.
func (o *Office) TerritoryProposal(ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID) (WholeProposal, error) {
	var w WholeProposal
	err := o.seeProposal(ctx, a, id, func(tx *store.Store, p rounds.TerritoryProposal) (err error) {
		w = WholeProposal{TerritoryProposal: p}
		text, err := tx.CutFigures(ctx, a.OrgID, id)
		if err != nil {
			return err
		}
		if err := w.takeFigures(text); err != nil {
			return err
		}
		w.Territories, err = tx.CutTerritories(ctx, a.OrgID, id)
		return err
	})
	return w, err
}

// WholeProposal is a proposal with its territories.
type WholeProposal struct {
	rounds.TerritoryProposal
	Territories []rounds.CutTerritory
	Figures     *districting.Answer // nil: not planned yet
}

// takeFigures reads them as they are kept.
func (w *WholeProposal) takeFigures(text []byte) error {
	if text == nil {
		return nil
	}
	return json.Unmarshal(text, &w.Figures)
}

// CutRetailers are retailers of a proposal by their codes.
func (o *Office) CutRetailers(ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID, f store.CutFilter) ([]rounds.CutRetailer, error) {
	var found []rounds.CutRetailer
	err := o.seeProposal(ctx, a, id, func(tx *store.Store, _ rounds.TerritoryProposal) (err error) {
		found, err = tx.CutRetailers(ctx, a.OrgID, id, f)
		return err
	})
	return found, err
}

// seeProposal lets fn read of a proposal that the actor may see, all of it as it is at one moment.
func (o *Office) seeProposal(
	ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID, fn func(tx *store.Store, p rounds.TerritoryProposal) error,
) error {
	if err := allow(a, watchingTerritories); err != nil {
		return err
	}
	return o.store.InTx(ctx, func(tx *store.Store) error {
		p, err := tx.TerritoryProposal(ctx, a.Scope(), id)
		if err != nil {
			return err
		}
		return fn(tx, p)
	})
}

// ProposalHead is a proposal without its figures and territories.
func (o *Office) ProposalHead(ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID) (rounds.TerritoryProposal, error) {
	if err := allow(a, watchingTerritories); err != nil {
		return rounds.TerritoryProposal{}, err
	}
	return o.store.TerritoryProposal(ctx, a.Scope(), id)
}

// RetailerTerritories is in which of the actor's territories a retailer was, is and will be.
func (o *Office) RetailerTerritories(ctx context.Context, a rounds.Actor, id rounds.RetailerID) ([]store.PlacedPeriod, error) {
	found, err := o.store.PlacedPeriods(ctx, a.Scope(), id)
	if err != nil || len(found) > 0 {
		return found, err
	}
	_, err = o.store.Retailer(ctx, a.Scope(), o.today(a), id) // one that is nobody's, or none at all
	return nil, err
}
