package fieldwork

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"rounds"
	"rounds/fieldwork/roster"
	"rounds/store"
)

// territories finds or makes the visit territories that the file's rep and territory columns name, by the
// name that a row gives them: its territory or, without one, its rep. Nothing is written if a row is wrong.
func (im *importing) territories(ctx context.Context, tx *store.Store) (map[string]rounds.TerritoryID, error) {
	if !slices.ContainsFunc(im.file.Rows, func(r roster.Row) bool { return r.Territory != "" || r.Rep != "" }) {
		return nil, nil
	}
	var err error
	if im.reps, err = im.findReps(ctx, tx); err != nil {
		return nil, err
	}
	wanted := im.wanted()
	wanted.check(im)
	known, err := tx.Territories(ctx, rounds.Scope{OrgID: im.actor.OrgID}, im.office.today(im.actor), rounds.PurposeVisit, rounds.TerritoryID{})
	if err != nil {
		return nil, err
	}
	byName := map[string]rounds.Territory{}
	for _, t := range known {
		byName[t.Name] = t
	}
	ids := map[string]rounds.TerritoryID{}
	for _, name := range wanted.names {
		t, ok := byName[name]
		if !ok {
			t = rounds.Territory{ID: rounds.NewID[rounds.Territory](), UnitID: im.actor.UnitID, Name: name, Purpose: rounds.PurposeVisit}
			if err := tx.InsertTerritories(ctx, im.actor.OrgID, []rounds.Territory{t}); err != nil {
				return nil, err
			}
		} else if allowUnit(im.actor, t.UnitID) != nil {
			im.fail(wanted.line[name], "not_your_territory", "territory", name)
		}
		ids[name] = t.ID
		if rep, ok := im.reps[strings.ToLower(wanted.rep[name])]; ok && rep.ID != t.RepID {
			if err := tx.AssignRep(ctx, im.actor.OrgID, t.ID, rep.ID, im.office.today(im.actor)); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

// foreignTerritories are those of units that the actor may not see: their retailers are not theirs to change.
func (im *importing) foreignTerritories(ctx context.Context, tx *store.Store) (map[rounds.TerritoryID]bool, error) {
	everything := rounds.Scope{OrgID: im.actor.OrgID}
	found, err := tx.Territories(ctx, everything, im.office.today(im.actor), rounds.PurposeVisit, rounds.TerritoryID{})
	foreign := map[rounds.TerritoryID]bool{}
	for _, t := range found {
		if allowUnit(im.actor, t.UnitID) != nil {
			foreign[t.ID] = true
		}
	}
	return foreign, err
}

// wantedTerritories are the territories that a file names, in the order in which it does.
type wantedTerritories struct {
	names []string
	rep   map[string]string // territory → rep's login name, if the file gives one
	line  map[string]int    // where the file names it first
}

func (im *importing) wanted() wantedTerritories {
	w := wantedTerritories{rep: map[string]string{}, line: map[string]int{}}
	for _, row := range im.file.Rows {
		name := im.territoryName(row)
		if name == "" {
			continue
		}
		if _, seen := w.line[name]; !seen {
			w.names, w.line[name] = append(w.names, name), row.Line
		}
		if row.Rep == "" {
			continue
		}
		if other := cmp.Or(w.rep[name], row.Rep); !strings.EqualFold(other, row.Rep) {
			im.fail(row.Line, "two_reps", "rep", name, other, row.Rep)
		}
		w.rep[name] = row.Rep
	}
	return w
}

// territoryName is the row's territory or, without one, its rep in the spelling that they log in with:
// "Ben" and "ben" are one.
func (im *importing) territoryName(row roster.Row) string {
	rep := cmp.Or(im.reps[strings.ToLower(row.Rep)].Name, row.Rep)
	return cmp.Or(row.Territory, rep)
}

func (w wantedTerritories) check(im *importing) {
	for _, name := range w.names {
		if rep := w.rep[name]; rep != "" {
			if _, ok := im.reps[strings.ToLower(rep)]; !ok {
				im.fail(w.line[name], "unknown_rep", "rep", rep)
			}
		}
	}
}

// findReps are the reps whom the actor may see, by lower-case login name.
func (im *importing) findReps(ctx context.Context, tx *store.Store) (map[string]rounds.User, error) {
	const everybody = 1_000_000
	users, err := tx.Users(ctx, im.actor.Scope(), rounds.RoleRep, "", everybody)
	byName := map[string]rounds.User{}
	for _, u := range users {
		byName[strings.ToLower(u.Name)] = u
	}
	return byName, err
}

// place puts the file's retailers into their territories from today on.
func (im *importing) place(ctx context.Context, tx *store.Store, territories map[string]rounds.TerritoryID) error {
	var placements []store.Placement
	for i, row := range im.file.Rows {
		if id, ok := territories[im.territoryName(row)]; ok {
			placements = append(placements, store.Placement{RetailerID: im.ids[i], TerritoryID: id})
		}
	}
	if len(placements) == 0 {
		return nil
	}
	moved, err := tx.PlaceRetailers(ctx, im.actor.OrgID, rounds.PurposeVisit, im.office.today(im.actor), placements)
	im.report.Assigned = int(moved)
	return err
}
