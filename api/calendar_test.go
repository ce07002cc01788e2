package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const springFile = `{"year": 2026, "days": [{"name": "春节", "date": "2026-02-14", "isOffDay": false}, {"name": "春节", "date": "2026-02-16", "isOffDay": true}]}`

func TestACalendarIsImportedAndRead(t *testing.T) {
	t.Parallel()
	f := setup(t)
	file := f.as("admin").with("Content-Type", "application/octet-stream")
	a := file.post("/v1/calendar/import", springFile).want(200)
	if got := []any{a.at("year"), a.at("off"), a.at("working"), a.at("changed"), a.at("imported")}; !cmp.Equal(got, []any{2026.0, 1.0, 1.0, 2.0, true}) {
		t.Errorf("imported %v", got)
	}
	a = f.as("rep1").get("/v1/calendar?date=2026-02-14&until=2026-02-17").want(200)
	want := []any{
		object{"date": "2026-02-14", "working": true, "known": true, "why": "make_up", "name": "春节"},
		object{"date": "2026-02-15", "working": false, "known": true, "why": "weekday"},
		object{"date": "2026-02-16", "working": false, "known": true, "why": "holiday", "name": "春节"},
		object{"date": "2026-02-17", "working": true, "known": true, "why": "weekday"},
	}
	if diff := cmp.Diff(want, a.at("items")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	a = f.as("rep1").get("/v1/calendar?date=2026-12-31&until=2027-01-01").want(200)
	if got := []any{a.at("unknown_years"), a.at("items", 1, "known"), a.at("items", 1, "working")}; !cmp.Equal(got, []any{[]any{2027.0}, false, true}) {
		t.Errorf("the next year: %v", got)
	}
	if days := list(f.as("rep1").get("/v1/calendar").want(200).at("items")); len(days) != 365 {
		t.Errorf("this year has %d days", len(days))
	}
	if days := list(f.as("rep1").get("/v1/calendar?year=2024").want(200).at("items")); len(days) != 366 {
		t.Errorf("2024 has %d days", len(days))
	}
	body := object{"days": []any{object{"date": "2026-05-01", "working": false, "name": "劳动节"}}, "reason": "by hand"}
	if days := list(f.as("admin").put("/v1/calendar/2026", body).want(200).at("items")); at(days[120], "name") != "劳动节" || at(days[46], "why") != "weekday" {
		t.Errorf("by hand: %v, %v", days[120], days[46])
	}
}

func TestCalendarsThatCannotBe(t *testing.T) {
	t.Parallel()
	admin := setup(t).as("admin").breaking()
	for query, field := range map[string]string{
		"year=1999": "year", "year=x": "year", "date=2026-02-30": "date", "date=2026-03-01&until=2026-02-01": "until", "until=2026-03-01": "until",
		"date=2026-01-01&until=2027-06-01": "until", "year=2026&date=2026-01-01": "year",
	} {
		if a := admin.get("/v1/calendar?" + query).want(400); a.at("errors", 0, "pointer") != field {
			t.Errorf("%s: %s", query, a)
		}
	}
	put := func(year string, day object) answer {
		return admin.put("/v1/calendar/"+year, object{"days": []any{day}, "reason": "r"}).want(400)
	}
	put("2026", object{"date": "2026-02-30", "working": false}).wantField("/days/0/date", "not_a_date")
	put("2026", object{"date": "2027-05-01", "working": false}).wantField("/days/0/date", "not_of_the_year")
	put("2026", object{"date": "2026-05-01"}).wantField("/days/0/working", "required")
	put("2026", object{"date": "2026-05-01", "working": false, "name": "a\x00"}).wantField("/days/0/name", "nul_character")
	put("1999", object{"date": "1999-05-01", "working": false})
	file := admin.with("Content-Type", "application/octet-stream")
	file.post("/v1/calendar/import", "").want(400)
	file.post("/v1/calendar/import", "date,working\n2026-01-01,perhaps\n").want(400).wantField("/lines/2/working", "not_yes_or_no")
	file.post("/v1/calendar/import?year=2025", springFile).want(400).wantField("year", "differs")
	chinese := file.with("Accept-Language", "zh").post("/v1/calendar/import", `{"year": 2027, "days": []}`).want(400)
	if got := chinese.text("detail"); got != "文件中没有日期：该年安排尚未公布，或文件不完整" {
		t.Errorf("in Chinese: %s", got)
	}
}

func TestTheOrgsWeekdays(t *testing.T) {
	t.Parallel()
	admin := alone(t).as("admin")
	settings := func(days ...any) object {
		return object{"settings": object{"position_days": 60, "working_days": append([]any{}, days...)}, "reason": "r"}
	}
	a := admin.put("/v1/settings", settings("mon", "sat")).want(200)
	if diff := cmp.Diff([]any{"mon", "sat"}, a.at("working_days")); diff != "" {
		t.Error(diff)
	}
	a = admin.get("/v1/calendar?date=2026-03-06&until=2026-03-07").want(200)
	if got := []any{a.at("items", 0, "working"), a.at("items", 1, "working")}; !cmp.Equal(got, []any{false, true}) {
		t.Errorf("Friday and Saturday: %v", got)
	}
	if diff := cmp.Diff([]any{"mon", "tue", "wed", "thu", "fri"}, admin.put("/v1/settings", settings()).want(200).at("working_days")); diff != "" {
		t.Error(diff)
	}
	admin.breaking().put("/v1/settings", settings("funday")).want(400).wantField("/settings/working_days/0", "not_one_of")
	admin.breaking().put("/v1/settings", settings("mon", "mon")).want(400).wantField("/settings/working_days/1", "given_twice")
}

func TestTheOrgsWorkday(t *testing.T) {
	t.Parallel()
	admin := alone(t).as("admin")
	if diff := cmp.Diff(object{"begins": "08:30", "ends": "16:30"}, admin.get("/v1/settings").want(200).at("workday")); diff != "" {
		t.Error(diff)
	}
	put := func(workday object) answer {
		return admin.breaking().put("/v1/settings", object{"settings": object{"position_days": 60, "workday": workday}, "reason": "r"})
	}
	lunch := func(from, until string, minutes int) object {
		return object{"begins": "09:00", "ends": "18:00", "lunch": object{"from": from, "until": until, "minutes": minutes}}
	}
	good := lunch("11:30", "13:30", 60)
	put(good).want(200)
	if diff := cmp.Diff(any(object{"begins": "09:00", "ends": "18:00", "lunch": object{"from": "11:30", "until": "13:30", "minutes": 60.0}}), admin.get("/v1/settings").want(200).at("workday")); diff != "" {
		t.Error(diff)
	}
	put(object{"begins": "18:00", "ends": "09:00"}).want(400).wantField("/settings/workday/ends", "not_after_start")
	put(object{"begins": "9", "ends": "18:00"}).want(400).wantField("/settings/workday/begins", "wrong_form")
	put(object{"begins": "09:00"}).want(400).wantField("/settings/workday/ends", "required")
	put(lunch("08:30", "13:30", 60)).want(400).wantField("/settings/workday/lunch/from", "outside_workday")
	put(lunch("11:30", "18:30", 60)).want(400).wantField("/settings/workday/lunch/until", "outside_workday")
	put(lunch("13:30", "11:30", 60)).want(400).wantField("/settings/workday/lunch/until", "not_after_start")
	put(lunch("11:30", "13:30", 121)).want(400).wantField("/settings/workday/lunch/minutes", "not_between")
	put(lunch("11:30", "13:30", 0)).want(400).wantField("/settings/workday/lunch/minutes", "too_small")
}

func TestLeaveIsEnteredReadAndTakenBack(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/users/" + f.users["rep1"].ID.String() + "/leave"
	l := f.as("supervisor").post(path, object{"from": "2026-03-09", "until": "2026-03-13", "reason": "膝盖"}).want(201)
	if got := []any{l.at("from"), l.at("until"), l.at("reason"), l.at("created_by")}; !cmp.Equal(got, []any{"2026-03-09", "2026-03-13", "膝盖", f.users["supervisor"].ID.String()}) {
		t.Errorf("entered %v", got)
	}
	for who, reason := range map[string]any{"rep1": "膝盖", "supervisor": "膝盖", "admin": "膝盖", "planner": nil} {
		a := f.as(who).get(path + "?date=2026-03-13").want(200)
		if len(list(a.at("items"))) != 1 || a.at("items", 0, "reason") != reason {
			t.Errorf("%s reads %s", who, a)
		}
	}
	if got := list(f.as("rep1").get(path + "?date=2026-03-14").want(200).at("items")); len(got) != 0 {
		t.Errorf("the day after: %v", got)
	}
	if a := f.as("rep1").get("/v1/me/data").want(200); a.at("leave", 0, "reason") != "膝盖" || a.at("actions", 0, "action") != "leave.add" {
		t.Errorf("my data: %v, %v", a.at("leave"), a.at("actions"))
	}
	if a := f.as("rep2").get("/v1/me/data").want(200); len(list(a.at("leave"))) != 0 {
		t.Errorf("a colleague's data: %v", a.at("leave"))
	}
	f.as("planner").post(path, object{"from": "2026-03-13", "until": "2026-03-13"}).want(409)
	admin := f.as("admin").breaking()
	admin.post(path, object{"from": "2026-04-02", "until": "2026-04-01"}).want(400).wantField("/until", "bad_range")
	admin.post(path, object{"from": "2026-02-30", "until": "2026-04-01"}).want(400).wantField("/from", "not_a_date")
	admin.post(path, object{"from": "0001-01-01", "until": "9999-12-31"}).want(400).wantField("/from", "out_of_range")
	f.as("planner").do("DELETE", path+"/"+l.text("id"), nil).want(204)
	f.as("planner").do("DELETE", path+"/"+l.text("id"), nil).want(404)
}
