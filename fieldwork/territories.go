package fieldwork

import (
	"context"
	"strings"

	"rounds"
	"rounds/store"
)

// AddTerritory adds a territory, with its rep and its retailers from today on. A zero unit is the actor's.
func (o *Office) AddTerritory(ctx context.Context, a rounds.Actor, t rounds.Territory, retailers []rounds.RetailerID) (rounds.Territory, error) {
	if err := allow(a, keepingRecords); err != nil {
		return t, err
	}
	t.ID, t.Name = rounds.NewID[rounds.Territory](), strings.TrimSpace(t.Name)
	if t.UnitID.IsZero() {
		t.UnitID = a.UnitID
	}
	err := o.changeRegister(ctx, a, func(tx *store.Store) error {
		if err := tx.InsertTerritories(ctx, a.OrgID, []rounds.Territory{t}); err != nil {
			return err
		}
		if err := o.settle(ctx, tx, a, t, rounds.UserID{}, moves{"retailer_ids", retailers, nil}); err != nil {
			return err
		}
		var err error
		t, err = tx.Territory(ctx, a.Scope(), o.today(a), t.ID)
		return err
	}, t.UnitID)
	return t, err
}

// TerritoryChange is what somebody changes of a territory by hand, from today on.
type TerritoryChange struct {
	Reason string
	Change func(*rounds.Territory) // name, unit and rep; the zero rep leaves it vacant
	Add    []rounds.RetailerID
	Remove []rounds.RetailerID
}

// ChangeTerritory changes a territory from today on; what was true until yesterday stays on record.
func (o *Office) ChangeTerritory(ctx context.Context, a rounds.Actor, id rounds.TerritoryID, c TerritoryChange) (rounds.Territory, error) {
	var t rounds.Territory
	if err := allow(a, keepingRecords); err != nil {
		return t, err
	}
	err := o.changeRegister(ctx, a, func(tx *store.Store) error {
		var err error
		if t, err = tx.Territory(ctx, a.Scope(), o.today(a), id); err != nil {
			return err
		}
		had := t.RepID
		c.Change(&t)
		if err := allowUnit(a, t.UnitID); err != nil {
			return err
		}
		if err := tx.UpdateTerritory(ctx, a.OrgID, t); err != nil {
			return err
		}
		if err := o.settle(ctx, tx, a, t, had, moves{"add_retailer_ids", c.Add, c.Remove}); err != nil {
			return err
		}
		if err := o.logTerritory(ctx, tx, a, t, c); err != nil {
			return err
		}
		t, err = tx.Territory(ctx, a.Scope(), o.today(a), id)
		return err
	})
	return t, err
}

func (o *Office) logTerritory(ctx context.Context, tx *store.Store, a rounds.Actor, t rounds.Territory, c TerritoryChange) error {
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: "territory.change", Subject: t.ID.String(),
		Detail: map[string]any{"name": t.Name, "unit": t.UnitID, "rep": t.RepID, "reason": c.Reason, "add": c.Add, "remove": c.Remove},
	})
}

// changeRegister runs fn with the org's register locked, for units that the actor may see.
func (o *Office) changeRegister(ctx context.Context, a rounds.Actor, fn func(tx *store.Store) error, units ...rounds.UnitID) error {
	for _, u := range units {
		if err := allowUnit(a, u); err != nil {
			return err
		}
	}
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockRegister(ctx, a.OrgID); err != nil {
			return err
		}
		return fn(tx)
	})
}

// moves are retailers that move into a territory, by the name of their list in the request, and out of it.
type moves struct {
	list    string
	in, out []rounds.RetailerID
}

// settle gives a territory its rep, who is active unless they had it before, and moves retailers in and out.
func (o *Office) settle(ctx context.Context, tx *store.Store, a rounds.Actor, t rounds.Territory, had rounds.UserID, m moves) error {
	if !t.RepID.IsZero() && t.RepID != had {
		if err := o.checkActiveRep(ctx, tx, a, t.RepID); err != nil {
			return err
		}
	}
	if err := tx.AssignRep(ctx, a.OrgID, t.ID, t.RepID, o.today(a)); err != nil {
		return err
	}
	if err := o.takeOut(ctx, tx, a, t, m.out); err != nil {
		return err
	}
	return o.place(ctx, tx, a, t.ID, m.list, m.in)
}

// checkActiveRep refuses who is no rep of the actor's, and who has left.
func (o *Office) checkActiveRep(ctx context.Context, tx *store.Store, a rounds.Actor, rep rounds.UserID) error {
	u, err := repByID(ctx, tx, a, rep)
	if err == nil && !u.Active {
		return notARep()
	}
	return err
}

func repByID(ctx context.Context, tx *store.Store, a rounds.Actor, rep rounds.UserID) (rounds.User, error) {
	u, err := tx.User(ctx, a.Scope(), rep)
	if rounds.CodeOf(err) == rounds.NotFound || (err == nil && u.Role != rounds.RoleRep) {
		return u, notARep()
	}
	return u, err
}

func notARep() error {
	return rounds.Errorf(rounds.Invalid, "this is no rep of your units").With("/rep_id", "not_a_rep")
}

// place moves retailers into a territory of the actor's: retailers of their units' territories, or of none.
func (o *Office) place(ctx context.Context, tx *store.Store, a rounds.Actor, id rounds.TerritoryID, list string, retailers []rounds.RetailerID) error {
	if len(retailers) == 0 {
		return nil
	}
	t, err := tx.Territory(ctx, a.Scope(), o.today(a), id)
	if rounds.CodeOf(err) == rounds.NotFound {
		return rounds.Errorf(rounds.Invalid, "this is no territory of your units").With("/territory_id", "not_found")
	}
	if err != nil {
		return err
	}
	free, err := tx.Placeable(ctx, a.Scope(), t.Purpose, o.today(a), retailers)
	if err != nil {
		return err
	}
	problem := rounds.Errorf(rounds.Invalid, "not all of these retailers can be placed: see the fields")
	if _, err := eachOnce(problem, list, retailers, free); err != nil {
		return err
	}
	placements := make([]store.Placement, len(retailers))
	for i, r := range retailers {
		placements[i] = store.Placement{RetailerID: r, TerritoryID: id}
	}
	_, err = tx.PlaceRetailers(ctx, a.OrgID, t.Purpose, o.today(a), placements)
	return err
}

// takeOut leaves retailers without a territory; those of another territory are refused.
func (o *Office) takeOut(ctx context.Context, tx *store.Store, a rounds.Actor, t rounds.Territory, retailers []rounds.RetailerID) error {
	if len(retailers) == 0 {
		return nil
	}
	n, err := tx.CountPlaced(ctx, a.OrgID, t.ID, o.today(a), retailers)
	if err != nil {
		return err
	}
	if n != len(retailers) {
		return rounds.Errorf(rounds.Conflict, "not all of these retailers are in the territory: look at it again")
	}
	placements := make([]store.Placement, len(retailers))
	for i, r := range retailers {
		placements[i] = store.Placement{RetailerID: r}
	}
	_, err = tx.PlaceRetailers(ctx, a.OrgID, t.Purpose, o.today(a), placements)
	return err
}
