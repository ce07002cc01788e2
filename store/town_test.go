package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/internal/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, pgtest.IgnoreServer()) }

// A morning in Hangzhou.
var now = time.Date(2026, 3, 4, 2, 30, 0, 0, time.UTC)

const today rounds.Day = "2026-03-04"

// town is an org with its root unit, to put things into.
type town struct {
	*Store
	t    testing.TB
	org  rounds.OrgID
	root rounds.UnitID
}

// newTown is in a transaction that is rolled back.
func newTown(t testing.TB) town {
	t.Helper()
	return townIn(t, New(pgtest.Tx(t)))
}

func townIn(t testing.TB, s *Store) town {
	t.Helper()
	o := town{Store: s, t: t, org: rounds.NewID[rounds.Org](), root: rounds.NewID[rounds.Unit]()}
	org := rounds.Org{ID: o.org, Slug: "o" + o.org.String(), Name: "Hangzhou", TimeZone: "Asia/Shanghai"}
	o.must(s.InsertOrg(t.Context(), org, o.root, now))
	return o
}

// opened is a Store of a pool on a database of its own, whose sessions have the setting "name=value", if any.
func opened(t testing.TB, setting string) *Store {
	t.Helper()
	url := pgtest.URL(t)
	switch {
	case setting == "":
	case !strings.HasPrefix(url, "postgres"):
		url += " " + setting
	case strings.Contains(url, "?"):
		url += "&" + setting
	default:
		url += "?" + setting
	}
	s, closeIt, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeIt)
	return s
}

func (o town) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// wantCode fails unless the error is of the code.
func wantCode(t testing.TB, what string, err error, code rounds.Code) {
	t.Helper()
	if got := rounds.CodeOf(err); got != code {
		t.Errorf("%s: %q (%v), want %q", what, got, err, code)
	}
}

func (o town) do(sql string, args ...any) {
	o.t.Helper()
	if _, err := o.db.Exec(o.t.Context(), sql, args...); err != nil {
		o.t.Fatalf("%s: %v", sql, err)
	}
}

// try runs a statement in a savepoint that is rolled back, and says what it was refused with.
func (o town) try(sql string, args ...any) string {
	o.t.Helper()
	tx, err := o.db.Begin(o.t.Context())
	o.must(err)
	defer tx.Rollback(context.Background())
	_, err = tx.Exec(o.t.Context(), sql, args...)
	return sqlState(err)
}

func (o town) unit(parent rounds.UnitID, name string) rounds.UnitID {
	o.t.Helper()
	u := rounds.Unit{ID: rounds.NewID[rounds.Unit](), ParentID: parent, Name: name}
	o.must(o.InsertUnit(o.t.Context(), o.org, u))
	return u.ID
}

func (o town) user(unit rounds.UnitID, name string, role rounds.Role) rounds.UserID {
	o.t.Helper()
	u := rounds.User{ID: rounds.NewID[rounds.User](), UnitID: unit, Name: name, DisplayName: name, Role: role, Active: true}
	o.must(o.InsertUser(o.t.Context(), o.org, u, "hash of "+name, now))
	return u.ID
}

// shop is a plain active retailer.
func shop(code string) rounds.Retailer {
	return rounds.Retailer{
		ID: rounds.NewID[rounds.Retailer](), Code: code, Name: "Shop " + code, Status: rounds.RetailerActive,
		ServiceSeconds: 600, VisitsPer8Weeks: 8, Extra: map[string]string{},
	}
}

func (o town) retailer(code string) rounds.RetailerID {
	o.t.Helper()
	r := shop(code)
	o.must(o.InsertRetailers(o.t.Context(), o.org, []rounds.Retailer{r}, now))
	return r.ID
}

func (o town) territory(unit rounds.UnitID, name string, purpose rounds.Purpose) rounds.TerritoryID {
	o.t.Helper()
	id := rounds.NewID[rounds.Territory]()
	o.must(o.InsertTerritories(o.t.Context(), o.org, []rounds.Territory{{ID: id, UnitID: unit, Name: name, Purpose: purpose}}))
	return id
}

func (o town) place(day rounds.Day, territory rounds.TerritoryID, retailers ...rounds.RetailerID) {
	o.t.Helper()
	var placements []Placement
	for _, r := range retailers {
		placements = append(placements, Placement{r, territory})
	}
	_, err := o.PlaceRetailers(o.t.Context(), o.org, rounds.PurposeVisit, day, placements)
	o.must(err)
}

// texts are the rows of a query of one text column.
func (o town) texts(sql string, args ...any) []string {
	o.t.Helper()
	rows, _ := o.db.Query(o.t.Context(), sql, args...)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	o.must(err)
	return found
}

func codesOf(retailers []rounds.Retailer) []string {
	var codes []string
	for _, r := range retailers {
		codes = append(codes, r.Code)
	}
	slices.Sort(codes)
	return codes
}

// westLake is a place whose longitude is no latitude.
var westLake = orb.Point{120.1536, 30.2553}

func pinAt(r rounds.RetailerID, version int, p orb.Point) NewPin {
	return NewPin{RetailerID: r, Pin: geo.Pin{Point: p, Sigma: 10, Source: geo.Manual, Version: version}, Reason: fmt.Sprint("version ", version)}
}
