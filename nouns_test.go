package rounds_test

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

var (
	_ driver.Valuer = rounds.EventID{}
	_ sql.Scanner   = (*rounds.EventID)(nil)
)

func TestIDRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var id, fromText, fromSQL, fromBytes rounds.EventID
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		fromText, err := rounds.ParseID[rounds.VisitEvent](id.String())
		if err != nil || fromText != id {
			t.Fatalf("text %s: %s, %v", id, fromText, err)
		}
		written, _ := json.Marshal(map[rounds.EventID]rounds.EventID{id: id})
		var read map[rounds.EventID]rounds.EventID
		if err := json.Unmarshal(written, &read); err != nil || read[id] != id {
			t.Fatalf("JSON %s: %v, %v", written, read, err)
		}
		value, _ := id.Value()
		if err := errors.Join(fromSQL.Scan(value), fromBytes.Scan(id[:])); err != nil || fromSQL != id || fromBytes != id {
			t.Fatalf("SQL %v: %s, %s, %v", value, fromSQL, fromBytes, err)
		}
		if (value == nil) != id.IsZero() {
			t.Fatalf("%s is %v in SQL", id, value)
		}
	})
}

func TestZeroIDIsNull(t *testing.T) {
	t.Parallel()
	var id rounds.UserID
	if v, err := id.Value(); v != nil || err != nil || !id.IsZero() {
		t.Errorf("%v, %v", v, err)
	}
	id = rounds.NewID[rounds.User]()
	if err := id.Scan(nil); err != nil || !id.IsZero() {
		t.Errorf("null is %s, %v", id, err)
	}
	if err := id.Scan(7); err == nil {
		t.Error("a number is no id")
	}
}

func TestParseIDTakesTheCanonicalFormAlone(t *testing.T) {
	t.Parallel()
	const canonical = "019c0000-0000-7000-8000-00000000abcd"
	for _, text := range []string{
		"", "shop", "{" + canonical + "}", "urn:uuid:" + canonical, "019c000000007000800000000000abcd",
		"019c0000-0000-7000-8000-00000000abcg", canonical + " ", " " + canonical[1:], "019c0000_0000_7000_8000_00000000abcd",
	} {
		if id, err := rounds.ParseID[rounds.User](text); rounds.CodeOf(err) != rounds.Invalid || !id.IsZero() {
			t.Errorf("%q: %s, %v", text, id, err)
		}
	}
	id, err := rounds.ParseID[rounds.User]("019C0000-0000-7000-8000-00000000ABCD")
	if err != nil || id.String() != canonical {
		t.Errorf("capitals: %s, %v", id, err)
	}
	var read struct{ ID rounds.UserID }
	if err := json.Unmarshal([]byte(`{"ID": "nobody"}`), &read); rounds.CodeOf(err) != rounds.Invalid {
		t.Errorf("JSON: %v", err)
	}
}

// Ids made one after the other sort in that order, in Go as in PostgreSQL.
func TestNewIDsRise(t *testing.T) {
	t.Parallel()
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = rounds.NewID[rounds.Visit]().String()
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 1000 || uuid.MustParse(ids[0]).Version() != 7 {
		t.Error("ids do not rise")
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestDayOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, instant, zone, day string }{
		{"an evening in Shanghai is the day before in UTC", "2026-03-04T15:30:00Z", "Asia/Shanghai", "2026-03-04"},
		{"half an hour later it is tomorrow there", "2026-03-04T16:00:00Z", "Asia/Shanghai", "2026-03-05"},
		{"an evening in New York, standard time", "2026-03-08T04:59:59Z", "America/New_York", "2026-03-07"},
		{"midnight of the short day", "2026-03-08T05:00:00Z", "America/New_York", "2026-03-08"},
		{"midnight after the short day", "2026-03-09T04:00:00Z", "America/New_York", "2026-03-09"},
		{"one second before that", "2026-03-09T03:59:59Z", "America/New_York", "2026-03-08"},
		{"the long day has its 25th hour", "2026-11-02T04:59:59Z", "America/New_York", "2026-11-01"},
	} {
		at, err := time.Parse(time.RFC3339, tt.instant)
		if err != nil {
			t.Fatal(err)
		}
		if day := rounds.DayOf(at, zone(t, tt.zone)); string(day) != tt.day {
			t.Errorf("%s: %s, want %s", tt.name, day, tt.day)
		}
	}
}

func TestDayArithmetic(t *testing.T) {
	t.Parallel()
	ny := zone(t, "America/New_York")
	for _, day := range []rounds.Day{"2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01", "2024-02-28", "2026-12-31"} {
		next := day.Add(1)
		if day.Until(next) != 1 || next.Until(day) != -1 || next.Add(-1) != day || day.Until(day.Add(56)) != 56 {
			t.Errorf("%s and %s are not a day apart", day, next)
		}
		if got := rounds.DayOf(day.At(8, 30, ny), ny); got != day {
			t.Errorf("half past eight of %s is on %s", day, got)
		}
	}
	if hours := rounds.Day("2026-03-09").At(8, 30, ny).Sub(rounds.Day("2026-03-08").At(0, 0, ny)).Hours(); hours != 31.5 {
		t.Errorf("from the short day's midnight to 8:30 after it are %v hours, want 31.5", hours)
	}
	if got := rounds.Day("2024-02-28").Add(1); got != "2024-02-29" {
		t.Errorf("after 28 February 2024 comes %s", got)
	}
}

func TestDayThatIsNone(t *testing.T) {
	t.Parallel()
	none := rounds.Day("2026-02-30")
	if !none.At(8, 30, time.UTC).IsZero() || none.Add(1) != none || none.Until("2026-01-01") != 0 || rounds.Day("2026-01-01").Until(none) != 0 {
		t.Error("a day that is none should stay as it is")
	}
	for _, text := range []string{"", "2026-02-30", "2026-2-3", "20260203", "2026-02-03T00:00:00Z", "today", "0000-12-31"} {
		if day, err := rounds.ParseDay(text); rounds.CodeOf(err) != rounds.Invalid || day != "" {
			t.Errorf("%q: %q, %v", text, day, err)
		}
	}
	for _, text := range []string{"2026-02-03", string(rounds.FirstDay)} {
		if day, err := rounds.ParseDay(text); err != nil || string(day) != text {
			t.Errorf("%q, %v", day, err)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	err := rounds.Errorf(rounds.Conflict, "the plan is at revision %d", 3).With("/revision", "stale", 3).With("/day", "taken")
	if err.Error() != "the plan is at revision 3" {
		t.Error(err)
	}
	want := []rounds.Field{{Pointer: "/revision", Code: "stale", Args: []any{3}}, {Pointer: "/day", Code: "taken"}}
	if diff := cmp.Diff(want, err.Fields); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct {
		err  error
		code rounds.Code
	}{
		{nil, ""},
		{err, rounds.Conflict},
		{fmt.Errorf("add plan: %w", err), rounds.Conflict},
		{errors.Join(errors.New("a"), fmt.Errorf("b: %w", err)), rounds.Conflict},
		{errors.New("a defect"), rounds.Internal},
	} {
		if got := rounds.CodeOf(tt.err); got != tt.code {
			t.Errorf("%v: %s, want %s", tt.err, got, tt.code)
		}
	}
}

func TestScopeOfARepIsTheirOwn(t *testing.T) {
	t.Parallel()
	a := rounds.Actor{OrgID: rounds.NewID[rounds.Org](), UserID: rounds.NewID[rounds.User](), Role: rounds.RoleRep, Units: []rounds.UnitID{rounds.NewID[rounds.Unit]()}}
	if diff := cmp.Diff(rounds.Scope{OrgID: a.OrgID, RepID: a.UserID}, a.Scope()); diff != "" {
		t.Error(diff)
	}
	for _, role := range []rounds.Role{rounds.RoleSupervisor, rounds.RolePlanner, rounds.RoleAdmin} {
		a.Role = role
		if diff := cmp.Diff(rounds.Scope{OrgID: a.OrgID, Units: a.Units}, a.Scope()); diff != "" {
			t.Errorf("%s: %s", role, diff)
		}
	}
	if !a.Is(rounds.RoleRep, rounds.RoleAdmin) || a.Is(rounds.RoleRep) || a.Is() {
		t.Error("Is is wrong")
	}
}

func TestAllReasonsAreSortedOnce(t *testing.T) {
	t.Parallel()
	j := rounds.Judgement{Verdict: geo.Verdict{Reasons: []geo.Reason{"outside_radius", "mocked"}}, Flags: []geo.Reason{"clock_wrong", "mocked"}}
	if diff := cmp.Diff([]geo.Reason{"clock_wrong", "mocked", "outside_radius"}, j.AllReasons()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]geo.Reason{"outside_radius", "mocked"}, j.Reasons); diff != "" {
		t.Errorf("the verdict was changed: %s", diff)
	}
}
