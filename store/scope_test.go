package store

import (
	"slices"
	"testing"

	"rounds"

	"github.com/google/go-cmp/cmp"
)

// A town of two districts, each with a rep, a territory and a retailer; one retailer is nobody's, and
// beside it another town with the same codes.
type districts struct {
	town
	north, south       rounds.UnitID
	anna, ben          rounds.UserID
	northern, southern rounds.TerritoryID
	retailers          map[string]rounds.RetailerID
}

func newDistricts(t testing.TB) districts {
	t.Helper()
	d := districts{town: newTown(t), retailers: map[string]rounds.RetailerID{}}
	d.north, d.south = d.unit(d.root, "north"), d.unit(d.root, "south")
	d.anna, d.ben = d.user(d.north, "anna", rounds.RoleRep), d.user(d.south, "ben", rounds.RoleRep)
	d.northern, d.southern = d.territory(d.north, "n1", rounds.PurposeVisit), d.territory(d.south, "s1", rounds.PurposeVisit)
	d.must(d.AssignRep(t.Context(), d.org, d.northern, d.anna, "2026-03-01"))
	d.must(d.AssignRep(t.Context(), d.org, d.southern, d.ben, "2026-03-01"))
	for _, code := range []string{"N", "S", "X"} {
		d.retailers[code] = d.retailer(code)
	}
	d.place("2026-03-01", d.northern, d.retailers["N"])
	d.place("2026-03-01", d.southern, d.retailers["S"])
	other := townIn(t, d.Store)
	for _, code := range []string{"N", "S", "X"} {
		other.retailer(code)
	}
	other.user(other.root, "anna", rounds.RoleRep)
	return d
}

func TestWhoSeesWhichRetailers(t *testing.T) {
	t.Parallel()
	d := newDistricts(t)
	// Anna takes over the south on the 10th, and on the 20th her own territory is vacant.
	d.must(d.AssignRep(t.Context(), d.org, d.southern, d.anna, "2026-03-10"))
	d.must(d.AssignRep(t.Context(), d.org, d.northern, rounds.UserID{}, "2026-03-20"))
	for _, tt := range []struct {
		name  string
		scope rounds.Scope
		day   rounds.Day
		want  []string
	}{
		{"the org", rounds.Scope{OrgID: d.org}, today, []string{"N", "S", "X"}},
		{"the northern unit", rounds.Scope{OrgID: d.org, Units: []rounds.UnitID{d.north}}, today, []string{"N"}},
		{"both units", rounds.Scope{OrgID: d.org, Units: []rounds.UnitID{d.north, d.south}}, today, []string{"N", "S"}},
		{"a unit without territories", rounds.Scope{OrgID: d.org, Units: []rounds.UnitID{d.root}}, today, nil},
		{"no unit at all", rounds.Scope{OrgID: d.org, Units: []rounds.UnitID{}}, today, nil},
		{"Anna", rounds.Scope{OrgID: d.org, RepID: d.anna}, today, []string{"N"}},
		{"Anna before she began", rounds.Scope{OrgID: d.org, RepID: d.anna}, "2026-02-28", nil},
		{"Anna on the 10th", rounds.Scope{OrgID: d.org, RepID: d.anna}, "2026-03-10", []string{"N", "S"}},
		{"Anna on the 20th", rounds.Scope{OrgID: d.org, RepID: d.anna}, "2026-03-20", []string{"S"}},
		{"Ben on his last day", rounds.Scope{OrgID: d.org, RepID: d.ben}, "2026-03-09", []string{"S"}},
		{"Ben on the 10th", rounds.Scope{OrgID: d.org, RepID: d.ben}, "2026-03-10", nil},
		{"Anna in the south's unit", rounds.Scope{OrgID: d.org, RepID: d.anna, Units: []rounds.UnitID{d.south}}, today, nil},
		{"an org that is none", rounds.Scope{OrgID: rounds.NewID[rounds.Org]()}, today, nil},
	} {
		listed, err := d.Retailers(t.Context(), tt.scope, tt.day, RetailerFilter{})
		d.must(err)
		var ids []rounds.RetailerID
		for _, id := range d.retailers {
			ids = append(ids, id)
		}
		byID, err := d.RetailersByID(t.Context(), tt.scope, tt.day, ids)
		d.must(err)
		var one []string
		for code, id := range d.retailers {
			r, err := d.Retailer(t.Context(), tt.scope, tt.day, id)
			if err == nil {
				one = append(one, r.Code)
			} else if rounds.CodeOf(err) != rounds.NotFound {
				t.Errorf("%s: %s: %v", tt.name, code, err)
			}
		}
		slices.Sort(one)
		for _, got := range [][]string{codesOf(listed), codesOf(byID), one} {
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s sees %v, want %v", tt.name, got, tt.want)
			}
		}
	}
}

func TestRetailerFilter(t *testing.T) {
	t.Parallel()
	d := newDistricts(t)
	closed := shop("N%2")
	closed.Status, closed.Name = rounds.RetailerClosed, "老王 100% Cafe"
	d.must(d.InsertRetailers(t.Context(), d.org, []rounds.Retailer{closed}, now))
	for _, tt := range []struct {
		name   string
		filter RetailerFilter
		want   []string
	}{
		{"all, by code", RetailerFilter{}, []string{"N", "N%2", "S", "X"}},
		{"the first two", RetailerFilter{Limit: 2}, []string{"N", "N%2"}},
		{"the next two", RetailerFilter{AfterCode: "N%2", Limit: 2}, []string{"S", "X"}},
		{"after the last", RetailerFilter{AfterCode: "X"}, nil},
		{"part of a code, whatever its case", RetailerFilter{Part: "n"}, []string{"N", "N%2"}},
		{"part of a name", RetailerFilter{Part: "老王"}, []string{"N%2"}},
		{"a percent sign is one", RetailerFilter{Part: "0% c"}, []string{"N%2"}},
		{"an underscore is one", RetailerFilter{Part: "_"}, nil},
		{"closed ones", RetailerFilter{Status: rounds.RetailerClosed}, []string{"N%2"}},
		{"of a territory", RetailerFilter{Territory: d.southern}, []string{"S"}},
	} {
		got, err := d.Retailers(t.Context(), rounds.Scope{OrgID: d.org}, today, tt.filter)
		var codes []string
		for _, r := range got {
			codes = append(codes, r.Code)
		}
		if diff := cmp.Diff(tt.want, codes); diff != "" || err != nil {
			t.Errorf("%s: %v %s", tt.name, err, diff)
		}
	}
}

func TestWhoSeesWhichUsersAndTerritories(t *testing.T) {
	t.Parallel()
	d := newDistricts(t)
	for _, tt := range []struct {
		name               string
		scope              rounds.Scope
		users, territories []string
	}{
		{"the org", rounds.Scope{OrgID: d.org}, []string{"anna", "ben"}, []string{"n1", "s1"}},
		{"a unit", rounds.Scope{OrgID: d.org, Units: []rounds.UnitID{d.south}}, []string{"ben"}, []string{"s1"}},
		{"a rep", rounds.Scope{OrgID: d.org, RepID: d.anna}, []string{"anna"}, []string{"n1"}},
	} {
		users, err := d.Users(t.Context(), tt.scope, "", "", 100)
		d.must(err)
		var names []string
		for _, u := range users {
			names = append(names, u.Name)
		}
		territories, err := d.Territories(t.Context(), tt.scope, today, "", rounds.TerritoryID{})
		d.must(err)
		var held []string
		for _, o := range territories {
			held = append(held, o.Name)
		}
		if !slices.Equal(names, tt.users) || !slices.Equal(held, tt.territories) {
			t.Errorf("%s sees %v and %v", tt.name, names, held)
		}
		_, err = d.User(t.Context(), tt.scope, d.anna)
		if saw := err == nil; saw != slices.Contains(tt.users, "anna") {
			t.Errorf("%s and Anna: %v", tt.name, err)
		}
		_, err = d.Territory(t.Context(), tt.scope, today, d.northern)
		if saw := err == nil; saw != slices.Contains(tt.territories, "n1") {
			t.Errorf("%s and n1: %v", tt.name, err)
		}
	}
}

func TestNamesAreOneWhateverTheirCase(t *testing.T) {
	t.Parallel()
	d := newDistricts(t)
	tx, err := d.db.Begin(t.Context())
	d.must(err)
	err = New(tx).InsertUser(t.Context(), d.org, rounds.User{ID: rounds.NewID[rounds.User](), UnitID: d.root, Name: "ANNA", Role: rounds.RoleRep}, "x", now)
	wantCode(t, "ANNA beside anna", err, rounds.Conflict)
	if constraint(err) != "users_name" {
		t.Errorf("refused by %s", constraint(err))
	}
	d.must(tx.Rollback(t.Context()))
	for _, name := range []string{"anna", "Anna", "ANNA"} {
		if c, err := d.Credentials(t.Context(), d.org, name); err != nil || c.UserID != d.anna || c.PasswordHash != "hash of anna" || !c.Active {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	_, err = d.Credentials(t.Context(), d.org, "ann")
	wantCode(t, "ann", err, rounds.NotFound)
}

func TestUnitsComeParentsFirst(t *testing.T) {
	t.Parallel()
	d := newDistricts(t)
	a := d.unit(d.south, "a")
	d.unit(a, "b")
	d.unit(d.north, "z")
	names := func(units []rounds.Unit) (names []string) {
		for _, u := range units {
			names = append(names, u.Name)
		}
		return names
	}
	units, err := d.Units(t.Context(), rounds.Scope{OrgID: d.org})
	d.must(err)
	if diff := cmp.Diff([]string{"Hangzhou", "north", "south", "a", "z", "b"}, names(units)); diff != "" {
		t.Error(diff)
	}
	if units, _ = d.Units(t.Context(), rounds.Scope{OrgID: d.org, Units: []rounds.UnitID{a, d.south}}); !slices.Equal(names(units), []string{"south", "a"}) {
		t.Errorf("two units: %v", names(units))
	}
	for _, tt := range []struct {
		name string
		unit rounds.Unit
		want rounds.Code
	}{
		{"a second root", rounds.Unit{Name: "root"}, rounds.Conflict},
		{"a name twice below one parent", rounds.Unit{ParentID: d.south, Name: "a"}, rounds.Conflict},
		{"a parent that is none", rounds.Unit{ParentID: rounds.NewID[rounds.Unit](), Name: "x"}, rounds.Invalid},
		{"no name", rounds.Unit{ParentID: d.south}, rounds.Invalid},
		{"the same name elsewhere", rounds.Unit{ParentID: d.north, Name: "a"}, ""},
	} {
		tt.unit.ID = rounds.NewID[rounds.Unit]()
		err := d.InTx(t.Context(), func(tx *Store) error { return tx.InsertUnit(t.Context(), d.org, tt.unit) })
		wantCode(t, tt.name, err, tt.want)
	}
	err = d.InTx(t.Context(), func(tx *Store) error {
		return tx.UpdateUnit(t.Context(), d.org, rounds.Unit{ID: a, ParentID: a, Name: "a"})
	})
	wantCode(t, "a unit below itself", err, rounds.Invalid)
}

func TestActorSeesTheirSubtree(t *testing.T) {
	t.Parallel()
	d := newDistricts(t)
	below := d.unit(d.south, "below")
	boss, chief := d.user(d.south, "boss", rounds.RoleSupervisor), d.user(d.root, "chief", rounds.RoleSupervisor)
	admin := d.user(d.south, "admin", rounds.RoleAdmin)
	for _, tt := range []struct {
		name string
		user rounds.UserID
		want []rounds.UnitID // nil: all
	}{
		{"a supervisor of the south", boss, []rounds.UnitID{d.south, below}},
		{"a supervisor of the root", chief, nil},
		{"an administrator anywhere", admin, nil},
	} {
		a, err := d.Actor(t.Context(), d.org, tt.user)
		d.must(err)
		if diff := cmp.Diff(tt.want, a.Units); diff != "" || a.OrgID != d.org || a.UserID != tt.user || a.Zone.String() != "Asia/Shanghai" {
			t.Errorf("%s: %v %s", tt.name, a, diff)
		}
	}
	d.do(`update users set active = false where id = $1`, boss)
	_, err := d.Actor(t.Context(), d.org, boss)
	wantCode(t, "not active", err, rounds.NotFound)
	_, err = d.Actor(t.Context(), rounds.NewID[rounds.Org](), chief)
	wantCode(t, "of another org", err, rounds.NotFound)
}
