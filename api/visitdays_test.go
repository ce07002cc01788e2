package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
)

// askDays asks for days of the week of rep1's territory, which nobody cuts yet.
func (f *fixture) askDays(changes ...any) answer {
	f.t.Helper()
	ask := with(object{"weekdays": []string{"tue", "thu"}, "measures": []any{object{"name": "workload", "tolerance_percent": 5}}}, changes...)
	return f.as("planner").post("/v1/territories/"+f.territories["rep1"].String()+"/visit-days", ask).want(202)
}

// days is such a proposal that is planned to the end.
func (f *fixture) days(changes ...any) answer {
	f.t.Helper()
	id := f.askDays(changes...).text("id")
	f.workCut(id)
	done := f.as("planner").get("/v1/territory-proposals/" + id).want(200)
	if done.at("status") != "proposed" {
		f.t.Fatalf("%s", done)
	}
	return done
}

// wishes are the weekdays that rep1's retailers wish for, by their ids.
func (f *fixture) wishes() map[string]string {
	f.t.Helper()
	wished := map[string]string{}
	for _, r := range f.retailers["rep1"] {
		wished[r.ID.String()] = fmt.Sprint(list(f.as("planner").get("/v1/retailers/" + r.ID.String() + "/rhythm").want(200).at("wished")))
	}
	return wished
}

// What was cut into days is what retailers wish for once it is accepted, journey plans follow, and rolled back all is as before.
func TestATerritoryIsCutIntoVisitDays(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner, own := f.as("planner"), "/v1/retailers/"+f.retailers["rep1"][0].ID.String()+"/rhythm"
	planner.put(own, object{"wished": []string{"mon", "sat"}, "wish_price_s": 60}).want(200)
	before := f.wishes()
	p := f.days("travel", object{"speed_kmh": 20})
	path := "/v1/territory-proposals/" + p.text("id")
	days := list(p.at("territories"))
	if len(days) != 2 || at(days[0], "weekday") != "tue" || at(days[1], "weekday") != "thu" || p.at("of_territory_id") != f.territories["rep1"].String() || p.at("retailers") != 6.0 {
		t.Fatalf("%s", p)
	}
	for _, day := range days {
		if at(day, "after", "retailers") != 3.0 || at(day, "after", "pieces") != 1.0 {
			t.Errorf("%v", day)
		}
	}
	planner.post(path+"/accept", object{"from": nextMonday, "reason": "r"}).want(400).wantField("/from", "not_between")
	planner.post(path+"/accept", object{"from": today, "reason": "r"}).want(200)
	planner.post(path+"/accept", object{"from": today, "reason": "r"}).want(409)
	after := f.wishes()
	for _, r := range list(planner.get(path + "/retailers").want(200).at("items")) {
		want := "[" + at(days[int(at(r, "to").(float64))], "weekday").(string) + "]"
		if got := after[at(r, "retailer_id").(string)]; got != want {
			t.Errorf("%v wishes for %s, want %s", at(r, "code"), got, want)
		}
	}
	if got := planner.get(own).want(200).at("wish_price_s"); got != 60.0 {
		t.Errorf("a price of its own becomes %v", got)
	}
	f.wantBeats(after)
	if again := f.days(); again.at("figures", "change", "retailers") != 0.0 {
		t.Errorf("days that are fair change: %s", again)
	}
	planner.post(path+"/roll-back", object{"from": today, "reason": "r"}).want(200)
	if got := f.wishes(); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("rolled back: %v, want %v", got, before)
	}
}

// wantBeats wants journey plans to call on rep1's retailers on the weekdays that they wish for.
func (f *fixture) wantBeats(wishes map[string]string) {
	f.t.Helper()
	calls, ask := 0, object{"from": today, "weeks": 2, "rep_ids": []string{f.users["rep1"].ID.String()}, "prices": object{"unevenness": 0, "wishes": 1000}}
	plan := f.as("admin").post("/v1/journey-plans", ask).want(202).text("id")
	f.work(plan, "rep1")
	for _, beat := range list(f.as("admin").get("/v1/journey-plans/" + plan + "/beats").want(200).at("items")) {
		day, err := time.Parse(time.DateOnly, at(beat, "date").(string))
		f.must(err)
		for _, stop := range list(at(beat, "stops")) {
			calls++
			if got := map[time.Weekday]string{2: "[tue]", 4: "[thu]"}[day.Weekday()]; got != wishes[at(stop, "retailer_id").(string)] {
				f.t.Errorf("a call on %s: %v", day.Weekday(), stop)
			}
		}
	}
	if calls == 0 {
		f.t.Error("nobody is called on")
	}
}

func TestVisitDaysThatHaveChanged(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	path := "/v1/territory-proposals/" + f.days().text("id")
	r := f.retailers["rep1"]
	planner.put("/v1/retailers/"+r[0].ID.String()+"/rhythm", object{"wished": []string{"fri"}}).want(200)
	planner.patch("/v1/territories/"+f.territories["rep2"].String(), object{"reason": "r", "add_retailer_ids": ids(r[1:2])}).want(200)
	refused := planner.post(path+"/accept", object{"from": today, "reason": "r"}).want(409)
	refused.wantField("/retailers", "wishes_changed_since")
	refused.wantField("/retailers", "gone_since")
	planner.post(path+"/accept", object{"from": today, "reason": "r", "skip_changed": true}).want(200)
	wishes := f.wishes()
	if got := wishes[r[0].ID.String()] + wishes[r[1].ID.String()]; got != "[fri][]" {
		t.Errorf("what has changed wishes for %s", got)
	}
	planner.put("/v1/retailers/"+r[2].ID.String()+"/rhythm", object{}).want(200)
	planner.post(path+"/roll-back", object{"from": today, "reason": "r"}).want(409).wantField("/retailers", "wishes_changed_since")
}

// Who cannot have one of the days is left out and named; who may have one day only stays on it.
func TestVisitDaysKeepRhythms(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner, r := f.as("planner"), f.retailers["rep1"]
	rhythm := func(i int, days ...string) {
		planner.put("/v1/retailers/"+r[i].ID.String()+"/rhythm", object{"weekdays": days}).want(200)
	}
	rhythm(0, "thu", "fri")
	rhythm(1, "mon", "tue")
	rhythm(2, "mon")
	planner.patch("/v1/retailers/"+r[3].ID.String(), object{"visits_per_8_weeks": 16}).want(200)
	p := f.days("weekdays", []string{"mon", "tue", "thu"}, "locks", []any{object{"retailer_id": r[4].ID.String(), "weekday": "tue"}}, "measures", []any{object{"name": "retailers"}})
	codes := ""
	for _, finding := range list(p.at("findings")) {
		codes += fmt.Sprint(at(finding, "code"), at(finding, "count"), at(finding, "retailer_ids", 0), " ")
	}
	if want := fmt.Sprint("more_than_weekly1", r[3].ID, " own_weekdays1", r[1].ID, " "); codes != want {
		t.Errorf("findings are %s, want %s", codes, want)
	}
	on := map[any]any{}
	for _, r := range list(planner.get("/v1/territory-proposals/" + p.text("id") + "/retailers").want(200).at("items")) {
		on[at(r, "retailer_id")] = at(r, "to")
	}
	if len(on) != 4 || on[r[0].ID.String()] != 2.0 || on[r[2].ID.String()] != 0.0 || on[r[4].ID.String()] != 1.0 {
		t.Errorf("%v", on)
	}
}

func TestVisitDaysThatCannotBeCut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	path, r := "/v1/territories/"+f.territories["rep1"].String()+"/visit-days", f.retailers["rep1"][0].ID.String()
	for _, tt := range []struct {
		says        string
		change      []any
		field, code string
	}{
		{"more days than retailers", []any{"weekdays", []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}}, "/weekdays", "more_than_retailers"},
		{"a day that is not cut", []any{"locks", []any{object{"retailer_id": r, "weekday": "sun"}}}, "/locks/0/weekday", "contradicts"},
		{"a retailer of others", []any{"locks", []any{object{"retailer_id": f.retailers["rep2"][0].ID.String(), "weekday": "mon"}}}, "/locks/0/retailer_id", "not_found"},
		{"two days for one", []any{"locks", []any{object{"retailer_id": r, "weekday": "mon"}, object{"retailer_id": r, "weekday": "tue"}}}, "/locks/1", "contradicts"},
		{"no such measure", []any{"measures", []any{object{"name": "beauty"}}}, "/measures/0/name", "not_one_of"},
		{"apart from nobody", []any{"apart", [][]string{{r, uuid.NewString()}}}, "/apart/0/1", "not_found"},
		{"travel without work", []any{"travel", object{}, "measures", []any{object{"name": "visits"}}}, "/travel", "needs_workload"},
	} {
		planner.post(path, with(object{}, tt.change...)).want(400).wantField(tt.field, tt.code)
	}
	planner.breaking().post(path, object{"weekdays": []string{"moon"}}).want(400).wantField("/weekdays/0", "not_one_of")
	planner.post("/v1/territories/"+uuid.NewString()+"/visit-days", object{}).want(404)
	van := planner.post("/v1/territories", object{"name": f.named("van"), "purpose": "delivery"}).want(201).text("id")
	planner.post("/v1/territories/"+van+"/visit-days", object{}).want(400)
}
