package store

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"rounds"

	"pgregory.net/rapid"
)

// history is a table of periods: how to add one by hand, and whose they are.
type history struct {
	name   string
	insert string // takes valid_from, valid_to and previous_to from the format, the rest from args
	update string
	delete string
	args   []any
}

// histories are those of a retailer and of a territory.
func (o town) histories() []history {
	r, t := o.retailer("1"), o.territory(o.root, "north", rounds.PurposeVisit)
	u := o.user(o.root, "rep "+r.String(), rounds.RoleRep)
	return []history{{
		name: "territory_retailers",
		insert: `insert into territory_retailers (org_id, purpose, retailer_id, territory_id, valid_from, valid_to, previous_to)
			values ($1, 'visit', $2, $3, %s, %s, %s)`,
		update: `update territory_retailers set %s where org_id = $1 and retailer_id = $2 and territory_id = $3`,
		delete: `delete from territory_retailers where org_id = $1 and retailer_id = $2 and territory_id = $3`,
		args:   []any{o.org, r, t},
	}, {
		name: "territory_reps",
		insert: `insert into territory_reps (org_id, territory_id, rep_id, valid_from, valid_to, previous_to)
			values ($1, $2, $3, %s, %s, %s)`,
		update: `update territory_reps set %s where org_id = $1 and territory_id = $2 and rep_id = $3`,
		delete: `delete from territory_reps where org_id = $1 and territory_id = $2 and rep_id = $3`,
		args:   []any{o.org, t, u},
	}}
}

// march is a date in SQL; "inf" and "null" are themselves.
func march(day string) string {
	switch day {
	case "null":
		return "null"
	case "inf":
		return "'infinity'"
	}
	return "'2026-03-" + day + "'"
}

func (h history) period(from, to, previous string) string {
	return fmt.Sprintf(h.insert, march(from), march(to), march(previous))
}

//	01        10        20        25
//
// 1:  |=========|
// 2:            |=================>
func TestPeriodsNeverOverlap(t *testing.T) {
	t.Parallel()
	const unique, foreign, check = "23505", "23503", "23514"
	o := newTown(t)
	for _, h := range o.histories() {
		o.do(h.period("01", "10", "null"), h.args...)
		o.do(h.period("10", "inf", "10"), h.args...)
		for _, tt := range []struct{ name, from, to, previous, refused string }{
			{"another first one, before all", "null", "", "", ""},
			{"another first one, later", "12", "14", "null", unique},
			{"inside the first, after it", "05", "08", "10", check},
			{"inside the first, after an end that is none", "05", "08", "05", foreign},
			{"inside the second, after an end that is none", "15", "18", "15", foreign},
			{"inside the second, after the first", "15", "18", "10", unique},
			{"open, beside the second", "15", "inf", "10", unique},
			{"open, after the end of the open one", "15", "inf", "inf", check},
			{"the second's begin once more", "10", "12", "10", unique},
			{"empty", "12", "12", "10", check},
			{"backwards", "12", "11", "10", check},
			{"before the end it names", "09", "12", "10", check},
		} {
			if tt.from == "null" {
				tt.from, tt.to, tt.previous, tt.refused = "01", "02", "null", unique
			}
			if got := o.try(h.period(tt.from, tt.to, tt.previous), h.args...); got != tt.refused {
				t.Errorf("%s: %s: %q, want %s", h.name, tt.name, got, tt.refused)
			}
		}
		for _, tt := range []struct{ name, set, refused string }{
			{"the first ends later", `valid_to = '2026-03-12' where valid_from = '2026-03-01'`, foreign},
			{"the first ends earlier", `valid_to = '2026-03-08' where valid_from = '2026-03-01'`, foreign},
			{"the first ends never", `valid_to = 'infinity' where valid_from = '2026-03-01'`, unique},
			{"the second begins earlier", `valid_from = '2026-03-05' where valid_from = '2026-03-10'`, check},
			{"the second forgets the first", `previous_to = null where valid_from = '2026-03-10'`, unique},
			{"the second follows itself", `previous_to = valid_to where valid_from = '2026-03-10'`, check},
		} {
			set, where, _ := strings.Cut(tt.set, " where ")
			if got := o.try(fmt.Sprintf(h.update, set)+" and "+where, h.args...); got != tt.refused {
				t.Errorf("%s: %s: %q, want %s", h.name, tt.name, got, tt.refused)
			}
		}
		if got := o.try(h.delete+` and valid_from = '2026-03-01'`, h.args...); got != foreign {
			t.Errorf("%s: the first goes: %q", h.name, got)
		}
		// Taken out on the 20th and put back on the 25th.
		o.do(fmt.Sprintf(h.update, `valid_to = '2026-03-20'`)+` and valid_to = 'infinity'`, h.args...)
		o.do(h.period("25", "inf", "20"), h.args...)
	}
}

// Whatever rows the database lets in by hand, no two periods overlap.
func TestRandomRowsNeverOverlap(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	h := o.histories()[0]
	overlaps := `
		select count(*)::text
		from territory_retailers a
		join territory_retailers b using (org_id, purpose, retailer_id)
		where a.org_id = $1 and a.valid_from < b.valid_from and b.valid_from < a.valid_to`
	let := 0
	day := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("%02d", rapid.IntRange(1, 6).Draw(t, "day")) })
	rapid.Check(t, func(rt *rapid.T) {
		o.do(`delete from territory_retailers where org_id = $1`, o.org)
		// The end of a row that stands is a likely beginning, and a likely
		// predecessor: wild rows alone are nearly all refused.
		ends := []string{"01"}
		for range 12 {
			end := rapid.SampledFrom(ends).Draw(rt, "end")
			from := rapid.OneOf(day, rapid.Just(end)).Draw(rt, "from")
			to := rapid.OneOf(day, rapid.Just("inf"), rapid.Just("07")).Draw(rt, "to")
			row := h.period(from, to, rapid.OneOf(rapid.Just("null"), day, rapid.Just(end)).Draw(rt, "previous"))
			if o.try(row, h.args...) == "" {
				o.do(row, h.args...)
				let++
				if to != "inf" {
					ends = append(ends, to)
				}
			}
		}
		if n := o.texts(overlaps, o.org); n[0] != "0" {
			rt.Fatalf("%s overlaps", n[0])
		}
	})
	// A hundred histories bring about 120 rows; most histories must bring one.
	if let < 75 {
		t.Errorf("only %d rows were let in", let)
	}
}

func TestAPurposeIsThatOfItsTerritory(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r, van := o.retailer("1"), o.territory(o.root, "van 1", rounds.PurposeDelivery)
	_, err := o.PlaceRetailers(t.Context(), o.org, rounds.PurposeVisit, today, []Placement{{r, van}})
	wantCode(t, "a visit territory that is a van", err, rounds.Invalid)
}

func TestPlaceRetailersByExample(t *testing.T) {
	t.Parallel()
	none := rounds.TerritoryID{}
	type move struct {
		day     rounds.Day
		to      string
		changed int64
	}
	for _, tt := range []struct {
		name  string
		moves []move
		want  string // periods, in order
	}{
		{"put in", []move{{"2026-03-01", "a", 1}}, "a 01-"},
		{"put in again", []move{{"2026-03-01", "a", 1}, {"2026-03-01", "a", 0}, {"2026-03-05", "a", 0}}, "a 01-"},
		{"moved", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "b", 1}}, "a 01-05, b 05-"},
		{"moved twice on a day: only the last counts", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "b", 1}, {"2026-03-05", "c", 1}}, "a 01-05, c 05-"},
		{"moved and back on a day: it never was away", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "b", 1}, {"2026-03-05", "a", 1}, {"2026-03-07", "b", 1}}, "a 01-07, b 07-"},
		{"moved back, and away on an earlier day", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "b", 1}, {"2026-03-05", "a", 1}, {"2026-03-03", "c", 1}}, "a 01-03, c 03-"},
		{"taken out and put back on a day", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "", 1}, {"2026-03-05", "a", 1}}, "a 01-"},
		{"moved after a gap, and back to where it was before", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "", 1}, {"2026-03-07", "b", 1}, {"2026-03-07", "a", 1}}, "a 01-05, a 07-"},
		{"moved on its first day", []move{{"2026-03-01", "a", 1}, {"2026-03-01", "b", 1}}, "b 01-"},
		{"taken out", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "", 1}}, "a 01-05"},
		{"taken out twice", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "", 1}, {"2026-03-06", "", 0}}, "a 01-05"},
		{"taken out on its first day: it never was in", []move{{"2026-03-01", "a", 1}, {"2026-03-01", "", 1}}, ""},
		{"put back after a gap", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "", 1}, {"2026-03-07", "a", 1}}, "a 01-05, a 07-"},
		{"put back on the day it was taken out", []move{{"2026-03-01", "a", 1}, {"2026-03-05", "", 1}, {"2026-03-05", "b", 1}}, "a 01-05, b 05-"},
		{"nothing to take out", []move{{"2026-03-01", "", 0}}, ""},
	} {
		o := newTown(t)
		r := o.retailer("1")
		ids := map[string]rounds.TerritoryID{"": none}
		for _, name := range []string{"a", "b", "c"} {
			ids[name] = o.territory(o.root, name, rounds.PurposeVisit)
		}
		for i, m := range tt.moves {
			n, err := o.PlaceRetailers(t.Context(), o.org, rounds.PurposeVisit, m.day, []Placement{{r, ids[m.to]}})
			if err != nil || n != m.changed {
				t.Errorf("%s: move %d changed %d, want %d: %v", tt.name, i, n, m.changed, err)
			}
		}
		got := strings.Join(o.texts(`
			select t.name || ' ' || to_char(valid_from, 'DD') || '-' || case valid_to when 'infinity' then '' else to_char(valid_to, 'DD') end
			from territory_retailers tr
			join territories t on t.org_id = tr.org_id and t.id = tr.territory_id
			where tr.org_id = $1
			order by valid_from`, o.org), ", ")
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPlaceRetailersRefusesToRewriteTheFuture(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r, a := o.retailer("1"), o.territory(o.root, "a", rounds.PurposeVisit)
	o.place("2026-03-05", a, r)
	_, err := o.PlaceRetailers(t.Context(), o.org, rounds.PurposeVisit, "2026-03-04", []Placement{{r, a}})
	wantCode(t, "a placement before one that begins later", err, rounds.Conflict)
	if !strings.HasSuffix(err.Error(), "change that first: 1") {
		t.Errorf("it is not named: %v", err)
	}
}

// The days of the model tests.
var days = []rounds.Day{"2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"}

// Random moves of several retailers at once: what is on record is what a plain table of days says.
func TestPlaceRetailersAgainstAModel(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	retailers := []rounds.RetailerID{o.retailer("1"), o.retailer("2"), o.retailer("3")}
	territories := []rounds.TerritoryID{{}, o.territory(o.root, "a", rounds.PurposeVisit), o.territory(o.root, "b", rounds.PurposeVisit)}
	const stored = `
		select retailer_id || ' ' || d::date || ' ' || territory_id
		from unnest($2::date[]) d
		join territory_retailers on valid_from <= d and d < valid_to
		where org_id = $1`
	rapid.Check(t, func(rt *rapid.T) {
		o.do(`delete from territory_retailers where org_id = $1`, o.org)
		in := map[rounds.RetailerID]map[int]rounds.TerritoryID{} // by day
		for _, r := range retailers {
			in[r] = map[int]rounds.TerritoryID{}
		}
		day := 0
		for range rapid.IntRange(1, 10).Draw(rt, "steps") {
			day = min(day+rapid.IntRange(0, 2).Draw(rt, "days later"), len(days)-1)
			into := rapid.SampledFrom(territories).Draw(rt, "into")
			var placements []Placement
			var changes int64
			for _, r := range rapid.SliceOfNDistinct(rapid.SampledFrom(retailers), 1, 3, rapid.ID).Draw(rt, "retailers") {
				placements = append(placements, Placement{r, into})
				if in[r][day] != into {
					changes++
				}
				for d := day; d < len(days); d++ {
					in[r][d] = into
				}
			}
			changed, err := o.PlaceRetailers(t.Context(), o.org, rounds.PurposeVisit, days[day], placements)
			if err != nil || changed != changes {
				rt.Fatalf("%d changed, want %d: %v", changed, changes, err)
			}
		}
		want := map[string]bool{}
		for r, byDay := range in {
			for d, territory := range byDay {
				if !territory.IsZero() {
					want[fmt.Sprintf("%s %s %s", r, days[d], territory)] = true
				}
			}
		}
		got := map[string]bool{}
		for _, line := range o.texts(stored, o.org, days) {
			if got[line] {
				rt.Fatalf("twice: %s", line)
			}
			got[line] = true
		}
		if !maps.Equal(want, got) {
			rt.Fatalf("stored %v, want %v", got, want)
		}
	})
}

func TestAssignRepAgainstAModel(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	a := o.territory(o.root, "a", rounds.PurposeVisit)
	reps := []rounds.UserID{{}, o.user(o.root, "x", rounds.RoleRep), o.user(o.root, "y", rounds.RoleRep)}
	rapid.Check(t, func(rt *rapid.T) {
		o.do(`delete from territory_reps where org_id = $1`, o.org)
		var of [6]rounds.UserID
		day := 0
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			day = min(day+rapid.IntRange(0, 2).Draw(rt, "days later"), len(days)-1)
			rep := rapid.SampledFrom(reps).Draw(rt, "rep")
			if err := o.AssignRep(t.Context(), o.org, a, rep, days[day]); err != nil {
				rt.Fatal(err)
			}
			for d := day; d < len(days); d++ {
				of[d] = rep
			}
		}
		for d, rep := range of {
			got, err := o.Territory(t.Context(), rounds.Scope{OrgID: o.org}, days[d], a)
			if err != nil || got.RepID != rep {
				rt.Fatalf("on %s it is %s's, want %s: %v", days[d], got.RepID, rep, err)
			}
		}
	})
}

func TestTerritoriesCountTheDay(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	a := o.territory(o.root, "a", rounds.PurposeVisit)
	r1, r2, r3 := o.retailer("1"), o.retailer("2"), o.retailer("3")
	o.place("2026-03-01", a, r1, r2)
	o.place("2026-03-03", a, r3)
	o.place("2026-03-05", rounds.TerritoryID{}, r1, r2)
	for day, want := range map[rounds.Day]int{"2026-02-28": 0, "2026-03-01": 2, "2026-03-03": 3, "2026-03-04": 3, "2026-03-05": 1} {
		got, err := o.Territory(t.Context(), rounds.Scope{OrgID: o.org}, day, a)
		n, err2 := o.CountPlaced(t.Context(), o.org, a, day, []rounds.RetailerID{r1, r2, r3})
		if err != nil || err2 != nil || got.Retailers != want || n != want {
			t.Errorf("%s: %d and %d, want %d: %v, %v", day, got.Retailers, n, want, err, err2)
		}
	}
	wantCode(t, "the same name twice", o.InsertTerritories(t.Context(), o.org, []rounds.Territory{{ID: rounds.NewID[rounds.Territory](), UnitID: o.root, Name: "a", Purpose: rounds.PurposeVisit}}), rounds.Conflict)
}
