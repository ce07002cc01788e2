package fieldwork

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"rounds"

	"github.com/google/go-cmp/cmp"
)

// spring is a piece of China's calendar of 2026 in its published form, with a day of the year before.
const spring = `{"year": 2026, "papers": ["x"], "days": [
	{"name": "元旦", "date": "2025-12-31", "isOffDay": true},
	{"name": "春节", "date": "2026-02-14", "isOffDay": false},
	{"name": "春节", "date": "2026-02-16", "isOffDay": true},
	{"name": "春节", "date": "2026-02-17", "isOffDay": true}]}`

func (o *town) importCalendar(file string) CalendarReport {
	o.t.Helper()
	r, err := o.ImportCalendar(context.Background(), o.admin, strings.NewReader(file), 0, false)
	o.must(err)
	return r
}

// days are what the calendar says, a line a day.
func (o *town) days(of func() ([]rounds.WorkingDay, error)) []string {
	o.t.Helper()
	found, err := of()
	o.must(err)
	lines := make([]string, len(found))
	for i, d := range found {
		lines[i] = strings.TrimSpace(fmt.Sprintf("%s %t %s %t %s", d.Date[5:], d.Works, d.Why, d.Known, d.Name))
	}
	return lines
}

func TestARepsWorkingDays(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	o.importCalendar(spring)
	_, err := o.AddLeave(context.Background(), o.admin, rounds.Leave{RepID: rep.UserID, From: "2026-02-17", Until: "2026-02-18", Reason: "knee"})
	o.must(err)
	working := func(a rounds.Actor, from, until rounds.Day) []string {
		return o.days(func() ([]rounds.WorkingDay, error) {
			return o.WorkingDays(context.Background(), a, rep.UserID, from, until)
		})
	}
	want := []string{
		"02-13 true weekday true", "02-14 true make_up true 春节", "02-15 false weekday true", "02-16 false holiday true 春节",
		"02-17 false holiday true 春节", "02-18 false leave true", "02-19 true weekday true",
	}
	if diff := cmp.Diff(want, working(o.admin, "2026-02-13", "2026-02-19")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, working(rep, "2026-02-13", "2026-02-19")); diff != "" {
		t.Errorf("as the rep sees it (-want +got):\n%s", diff)
	}
	want = []string{"12-30 true weekday false", "12-31 false holiday true 元旦", "01-01 true weekday true"}
	if diff := cmp.Diff(want, working(o.admin, "2025-12-30", "2026-01-01")); diff != "" {
		t.Errorf("over New Year, the year before being unknown (-want +got):\n%s", diff)
	}
	settings := rounds.DefaultSettings()
	settings.WorkingDays = []string{"sat", "sun"}
	o.must(o.ChangeSettings(context.Background(), o.admin, settings, "a fair"))
	admin, err := o.store.Actor(context.Background(), o.org.ID, o.admin.UserID)
	o.must(err)
	if diff := cmp.Diff([]string{"02-20 false weekday true", "02-21 true weekday true"}, working(admin, "2026-02-20", "2026-02-21")); diff != "" {
		t.Errorf("with other weekdays (-want +got):\n%s", diff)
	}

	_, err = o.WorkingDays(context.Background(), o.rep("colleague"), rep.UserID, "2026-02-13", "2026-02-19")
	wantCode(t, "a colleague", err, rounds.NotFound)
	_, err = o.WorkingDays(context.Background(), o.admin, rep.UserID, "2026-02-13", "2026-02-12")
	wantCode(t, "a span that ends before it begins", err, rounds.Invalid)
	_, err = o.WorkingDays(context.Background(), o.admin, rep.UserID, "2000-01-01", "2026-02-12")
	wantCode(t, "a span of 26 years", err, rounds.Invalid)
	_, err = o.WorkingDays(context.Background(), o.admin, rep.UserID, "", "2026-02-12")
	wantCode(t, "no span", err, rounds.Invalid)
	other := newTown(t)
	_, err = o.WorkingDays(context.Background(), other.admin, rep.UserID, "2026-02-13", "2026-02-19")
	wantCode(t, "another org", err, rounds.NotFound)
	if got := o.days(func() ([]rounds.WorkingDay, error) {
		return o.Calendar(context.Background(), other.admin, "2026-02-16", "2026-02-16")
	}); got[0] != "02-16 true weekday false" {
		t.Errorf("another org knows of the holiday: %v", got)
	}
}

func TestAYearIsReplacedWhole(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	want := CalendarReport{Year: 2026, Off: 3, Working: 1, Changed: 4, Imported: true}
	if got := o.importCalendar(spring); got != want {
		t.Errorf("first: %+v", got)
	}
	if got := o.importCalendar("\ufeff" + spring); got.Changed != 0 {
		t.Errorf("again: %+v", got)
	}
	table := "日期,名称,上班\n2026-02-16,春节,否\n2026-02-17,春节,是\n2026-05-01,劳动节,否\n"
	dry, err := o.ImportCalendar(context.Background(), o.admin, strings.NewReader(table), 2026, true)
	o.must(err)
	want = CalendarReport{Year: 2026, Off: 2, Working: 1, Changed: 4} // one other, one new, two gone
	if dry != want {
		t.Errorf("tried: %+v", dry)
	}
	day := func() ([]rounds.WorkingDay, error) {
		return o.Calendar(context.Background(), o.admin, "2026-02-14", "2026-02-14")
	}
	if got := o.days(day); got[0] != "02-14 true make_up true 春节" {
		t.Errorf("after a dry run: %v", got)
	}
	o.importCalendar(table)
	if got := o.days(day); got[0] != "02-14 false weekday true" {
		t.Errorf("after another file: %v", got)
	}
	o.must(o.PutCalendar(context.Background(), o.admin, rounds.CalendarYear{Year: 2026}, "no holidays here"))
	if got := o.days(func() ([]rounds.WorkingDay, error) {
		return o.Calendar(context.Background(), o.admin, "2026-05-01", "2026-05-01")
	}); got[0] != "05-01 true weekday true" {
		t.Errorf("after a year without holidays: %v", got)
	}
	logged := o.texts(`select concat_ws(' ', action, subject, detail->>'changed', detail->'before'->>'working') from audit_log where org_id = $1 and action like 'calendar%' order by id`, o.org.ID)
	if diff := cmp.Diff([]string{"calendar.import 2026 4", `calendar.import 2026 0 ["2026-02-14"]`, `calendar.import 2026 4 ["2026-02-14"]`, `calendar.change 2026 3 ["2026-02-17"]`}, logged); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestFilesThatAreNoCalendar(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	for _, tt := range []struct {
		name, file string
		year       int
		code       rounds.Code
	}{
		{"nothing", "", 0, rounds.Invalid},
		{"another year", spring, 2027, rounds.Invalid},
		{"a year that is not announced", `{"year": 2027, "papers": [], "days": []}`, 0, rounds.Invalid},
		{"a list", `[1]`, 0, rounds.Invalid},
		{"a retailer file", "code,name\n1,x\n", 0, rounds.Invalid},
		{"a record with a cell too many", "date,working\n2026-01-01,no,x\n", 0, rounds.Invalid},
		{"no text", "PK\x03\x04 and nothing", 0, rounds.Invalid},
		{"a date with a NUL", "date,working\n2026-01-0\x00,no\n", 0, rounds.Invalid},
		{"a name with a NUL", `{"year": 2026, "days": [{"date": "2026-01-01", "isOffDay": true, "name": "a\u0000"}]}`, 0, rounds.Invalid},
		{"2 MiB", strings.Repeat("x", 2<<20), 0, rounds.TooLarge},
	} {
		_, err := o.ImportCalendar(context.Background(), o.admin, strings.NewReader(tt.file), tt.year, false)
		wantCode(t, tt.name, err, tt.code)
	}
	bad := rounds.CalendarYear{Year: 2026, Days: []rounds.SpecialDay{{Date: "2026-01-01"}, {Date: "2024-01-01"}}}
	wantCode(t, "by hand, another year", o.PutCalendar(context.Background(), o.admin, bad, "r"), rounds.Invalid)
	if got := o.texts(`select year::text from calendar_years where org_id = $1`, o.org.ID); len(got) != 0 {
		t.Errorf("known all the same: %v", got)
	}
}

// The calendar is the whole org's, so a planner of a part of it does not change it.
func TestWhoChangesTheCalendar(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	part := o.person(o.admin, "part", rounds.RolePlanner)
	part.Units = []rounds.UnitID{part.UnitID}
	for _, tt := range []struct {
		name  string
		actor rounds.Actor
		code  rounds.Code
	}{
		{"a planner of the org", o.person(o.admin, "planner", rounds.RolePlanner), ""},
		{"a planner of a part", part, rounds.Forbidden},
		{"a supervisor", o.person(o.admin, "supervisor", rounds.RoleSupervisor), rounds.Forbidden},
		{"a rep", o.rep("rep"), rounds.Forbidden},
	} {
		_, err := o.ImportCalendar(context.Background(), tt.actor, strings.NewReader(spring), 0, true)
		wantCode(t, tt.name+" imports", err, tt.code)
		wantCode(t, tt.name+" changes", o.PutCalendar(context.Background(), tt.actor, rounds.CalendarYear{Year: 2030}, "r"), tt.code)
	}
}

func TestWhoKnowsOfALeave(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, colleague := o.rep("rep"), o.rep("colleague")
	planner, supervisor := o.person(o.admin, "planner", rounds.RolePlanner), o.person(o.admin, "supervisor", rounds.RoleSupervisor)
	elsewhere := supervisor
	elsewhere.Units = []rounds.UnitID{rounds.NewID[rounds.Unit]()}
	knee := rounds.Leave{RepID: rep.UserID, From: "2026-03-09", Until: "2026-03-13", Reason: " knee "}
	for _, a := range []rounds.Actor{rep, colleague} {
		_, err := o.AddLeave(context.Background(), a, knee)
		wantCode(t, string(a.Role), err, rounds.Forbidden)
	}
	_, err := o.AddLeave(context.Background(), elsewhere, knee)
	wantCode(t, "a supervisor of another unit", err, rounds.NotFound)
	l, err := o.AddLeave(context.Background(), planner, knee)
	o.must(err)
	for _, tt := range []struct {
		name   string
		actor  rounds.Actor
		reason string
		code   rounds.Code
	}{
		{"the rep", rep, "knee", ""},
		{"a supervisor", supervisor, "knee", ""},
		{"the administrator", o.admin, "knee", ""},
		{"a planner", planner, "", ""},
		{"a colleague", colleague, "", rounds.NotFound},
		{"a supervisor of another unit", elsewhere, "", rounds.NotFound},
	} {
		found, err := o.Leaves(context.Background(), tt.actor, rep.UserID, "2026-03-13", "2026-03-20")
		wantCode(t, tt.name, err, tt.code)
		if tt.code == "" && (len(found) != 1 || found[0].Reason != tt.reason || found[0].From != knee.From) {
			t.Errorf("%s: %+v", tt.name, found)
		}
	}
	if found, err := o.Leaves(context.Background(), rep, rep.UserID, "2026-03-14", ""); err != nil || len(found) != 0 {
		t.Errorf("after it: %v, %v", found, err)
	}
	wantCode(t, "taken back by the rep", o.RemoveLeave(context.Background(), rep, rep.UserID, l.ID), rounds.Forbidden)
	wantCode(t, "taken back elsewhere", o.RemoveLeave(context.Background(), elsewhere, rep.UserID, l.ID), rounds.NotFound)
	wantCode(t, "of a colleague", o.RemoveLeave(context.Background(), planner, colleague.UserID, l.ID), rounds.NotFound)
	o.must(o.RemoveLeave(context.Background(), supervisor, rep.UserID, l.ID))
	wantCode(t, "taken back twice", o.RemoveLeave(context.Background(), supervisor, rep.UserID, l.ID), rounds.NotFound)
	told := o.texts(`select action || detail from audit_log where org_id = $1 and subject = $2 order by id`, o.org.ID, rep.UserID.String())
	if len(told) != 2 || !strings.HasPrefix(told[0], "leave.add") || !strings.HasPrefix(told[1], "leave.remove") || strings.Contains(strings.Join(told, ""), "knee") {
		t.Errorf("the log: %v", told)
	}
}

func TestLeaveThatCannotBe(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	add := func(who rounds.UserID, from, until rounds.Day) error {
		_, err := o.AddLeave(context.Background(), o.admin, rounds.Leave{RepID: who, From: from, Until: until})
		return err
	}
	o.must(add(rep.UserID, "2026-03-09", "2026-03-13"))
	o.must(add(rep.UserID, "2026-03-14", "2026-03-14"))
	o.must(add(o.rep("colleague").UserID, "2026-03-09", "2026-03-13"))
	for _, tt := range []struct {
		name        string
		who         rounds.UserID
		from, until rounds.Day
		code        rounds.Code
	}{
		{"the same again", rep.UserID, "2026-03-09", "2026-03-13", rounds.Conflict},
		{"around it", rep.UserID, "2026-03-01", "2026-03-31", rounds.Conflict},
		{"its last day", rep.UserID, "2026-03-13", "2026-03-20", rounds.Conflict},
		{"it ends before it begins", rep.UserID, "2026-04-02", "2026-04-01", rounds.Invalid},
		{"longer than a year", rep.UserID, "2027-01-01", "2028-12-31", rounds.Invalid},
		{"long past", rep.UserID, "1026-03-09", "1026-03-10", rounds.Invalid},
		{"no day", rep.UserID, "", "2026-03-10", rounds.Invalid},
		{"who is no rep", o.admin.UserID, "2026-03-09", "2026-03-10", rounds.Invalid},
		{"who is not there", rounds.NewID[rounds.User](), "2026-03-09", "2026-03-10", rounds.NotFound},
	} {
		wantCode(t, tt.name, add(tt.who, tt.from, tt.until), tt.code)
	}
}

// Of two who enter leave for the same days at once, one is told.
func TestLeaveIsEnteredOnce(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	errs := make(chan error)
	for range 4 {
		go func() {
			_, err := o.AddLeave(context.Background(), o.admin, rounds.Leave{RepID: rep.UserID, From: "2026-03-09", Until: "2026-03-13"})
			errs <- err
		}()
	}
	entered := 0
	for range 4 {
		if err := <-errs; err == nil {
			entered++
		} else {
			wantCode(t, "the others", err, rounds.Conflict)
		}
	}
	if entered != 1 {
		t.Errorf("entered %d times", entered)
	}
}

func TestReasonsOfLeaveGoWithTheirDays(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	for _, from := range []rounds.Day{"2026-02-20", "2026-03-03"} {
		_, err := o.AddLeave(context.Background(), o.admin, rounds.Leave{RepID: rep.UserID, From: from, Until: from.Add(1), Reason: "knee"})
		o.must(err)
	}
	o.close("2026-03-03")
	o.pass(59 * 24 * time.Hour)
	if r := o.retain(); r.LeaveReasons != 0 {
		t.Errorf("too early: %d", r.LeaveReasons)
	}
	o.pass(24 * time.Hour)
	if due, err := o.RetentionDue(context.Background(), o.org.ID); err != nil || due.LeaveReasons != 1 {
		t.Errorf("due: %d, %v", due.LeaveReasons, err)
	}
	if r := o.retain(); r.LeaveReasons != 1 {
		t.Errorf("deleted: %d", r.LeaveReasons)
	}
	found, err := o.store.Leaves(context.Background(), rounds.Scope{OrgID: o.org.ID}, rep.UserID, "", "")
	o.must(err)
	if len(found) != 2 || found[0].Reason != "" || found[1].Reason != "knee" {
		t.Errorf("%+v", found)
	}
	if again := o.retain(); again.LeaveReasons != 0 {
		t.Errorf("again: %d", again.LeaveReasons)
	}
}

// A year without days that somebody entered is known, and so is one with days of the year before.
func TestYearsThatAreKnown(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.must(o.PutCalendar(context.Background(), o.admin, rounds.CalendarYear{Year: 2030}, "r"))
	o.must(o.PutCalendar(context.Background(), o.admin, rounds.CalendarYear{Year: 2031, Days: []rounds.SpecialDay{{Date: "2030-12-31"}}}, "r"))
	years, err := o.store.CalendarYears(context.Background(), o.org.ID, 2029, 2032)
	o.must(err)
	if diff := cmp.Diff([]rounds.CalendarYear{{Year: 2030}, {Year: 2031, Days: []rounds.SpecialDay{{Date: "2030-12-31"}}}}, years); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
