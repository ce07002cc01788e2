package api_test

import (
	"context"
	"slices"
	"testing"

	"rounds"
	"rounds/fieldwork"

	"github.com/google/uuid"
)

// nextMonday is when plans of tests begin.
const nextMonday = "2026-03-09"

// askJourney asks for two weeks of the reps, which nobody plans yet.
func (f *fixture) askJourney(reps ...string) answer {
	f.t.Helper()
	var ids []string
	for _, rep := range reps {
		ids = append(ids, f.users[rep].ID.String())
	}
	return f.as("admin").post("/v1/journey-plans", object{"from": today, "weeks": 2, "rep_ids": ids}).want(202)
}

// journey is a plan of the reps that is planned to the end.
func (f *fixture) journey(reps ...string) answer {
	f.t.Helper()
	a := f.askJourney(reps...)
	f.work(a.text("id"), reps...)
	return f.as("admin").get("/v1/journey-plans/" + a.text("id")).want(200)
}

// work does what the jobs of a plan would do.
func (f *fixture) work(plan string, reps ...string) {
	f.t.Helper()
	id, err := rounds.ParseID[rounds.JourneyPlan](plan)
	f.must(err)
	for _, rep := range reps {
		f.must(f.office.WorkJourney(context.Background(), fieldwork.JourneyJob{OrgID: f.org.ID, PlanID: id, RepID: f.users[rep].ID}))
	}
}

func TestAJourneyPlanIsPlannedAndAccepted(t *testing.T) {
	t.Parallel()
	f := setup(t)
	supervisor := f.as("supervisor")
	a := f.askJourney("rep1", "rep2")
	path := "/v1/journey-plans/" + a.text("id")
	if a.at("status") != "planning" || a.at("progress", "reps") != 2.0 || a.at("progress", "share") != 0.0 {
		t.Errorf("%s", a)
	}
	supervisor.post(path+"/accept", object{"from": today, "reason": "now"}).want(409)
	f.work(a.text("id"), "rep1")
	if half := supervisor.get(path).want(200); half.at("progress", "share") != 0.5 || half.at("status") != "planning" {
		t.Errorf("%s", half)
	}
	f.work(a.text("id"), "rep2", "rep1")
	done := supervisor.get(path).want(200)
	if done.at("status") != "proposed" || done.at("visits") != 16.0 {
		t.Errorf("two weeks of eight weekly retailers: %s", done)
	}
	beats := list(supervisor.get(path + "/beats?rep=" + f.users["rep1"].ID.String()).want(200).at("items"))
	stops, seconds := 0, 0.0
	for _, b := range beats {
		for _, stop := range list(at(b, "stops")) {
			stops++
			if at(stop, "service_s") != 600.0 {
				t.Errorf("%v", stop)
			}
		}
		if at(b, "total_s").(float64) != at(b, "travel_s").(float64)+at(b, "service_s").(float64) {
			t.Errorf("%v", b)
		}
		seconds += at(b, "travel_s").(float64)
	}
	if stops != 12 {
		t.Errorf("%d stops of six weekly retailers in two weeks", stops)
	}
	share := list(supervisor.get(path + "/reps").want(200).at("items"))
	if len(share) != 2 || len(at(share[0], "input_hash").(string)) != 64 {
		t.Errorf("%v", share)
	}
	for _, r := range share {
		if at(r, "rep_id") == f.users["rep1"].ID.String() && (at(r, "travel_s") != seconds || at(r, "visits") != 12.0) {
			t.Errorf("%v, and %v s of beats", r, seconds)
		}
	}
	if mine := f.as("rep1").get(path).want(200); mine.at("visits") != 12.0 || mine.at("progress", "reps") != 1.0 {
		t.Errorf("a rep sees more than their own: %s", mine)
	}
	if mine := list(f.as("rep1").get(path + "/beats").want(200).at("items")); len(mine) != len(beats) {
		t.Errorf("a rep sees %d of %d days", len(mine), len(beats))
	}
	accepted := supervisor.post(path+"/accept", object{"from": "2026-03-04", "reason": "discussed"}).want(200)
	if accepted.at("status") != "accepted" || accepted.at("reason") != "discussed" {
		t.Errorf("%s", accepted)
	}
	supervisor.post(path+"/discard", object{"reason": "again"}).want(409)
	if r := list(supervisor.get(path + "/reps").want(200).at("items"))[0]; at(r, "valid_from") != "2026-03-04" {
		t.Errorf("%v", r)
	}
}

func TestSamePlanForSameInput(t *testing.T) {
	t.Parallel()
	f := setup(t)
	beats := func(id string) any {
		return f.as("admin").get("/v1/journey-plans/" + id + "/beats").want(200).at("items")
	}
	a, b := f.journey("rep1"), f.journey("rep1")
	if x, y := bytesOf(t, beats(a.text("id"))), bytesOf(t, beats(b.text("id"))); string(x) != string(y) {
		t.Errorf("%s\n%s", x, y)
	}
}

func TestJourneyPlansThatCannotBe(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin, plan := f.as("admin"), object{"from": nextMonday, "weeks": 4}
	for _, tt := range []struct {
		says        string
		change      []any
		field, code string
	}{
		{"long ago", []any{"from", "2025-03-02"}, "/from", "too_far"},
		{"all over already", []any{"from", "2026-02-23", "weeks", 1}, "/from", "too_far"},
		{"no date", []any{"from", "2026-02-30"}, "/from", "not_a_date"},
		{"a rep who is none", []any{"rep_ids", []string{f.users["planner"].ID.String()}}, "/rep_ids/0", "not_found"},
		{"a rep twice", []any{"rep_ids", []string{f.users["rep1"].ID.String(), f.users["rep1"].ID.String()}}, "/rep_ids/1", "given_twice"},
		{"a territory of nobody", []any{"territory_id", uuid.NewString()}, "/territory_id", "not_found"},
		{"a unit that is none", []any{"unit_id", uuid.NewString()}, "/unit_id", "not_found"},
		{"two scopes", []any{"unit_id", f.units["north"].String(), "territory_id", uuid.NewString()}, "/rep_ids", "contradicts"},
		{"a base that is none", []any{"base_plan_id", uuid.NewString()}, "/base_plan_id", "not_found"},
	} {
		a := admin.post("/v1/journey-plans", with(plan, tt.change...)).want(400)
		t.Log(tt.says)
		a.wantField(tt.field, tt.code)
	}
	admin.breaking().post("/v1/journey-plans", with(plan, "weeks", 9)).want(400).wantField("/weeks", "too_large")
	f.as("supervisor").post("/v1/journey-plans", with(plan, "rep_ids", []string{f.users["rep3"].ID.String()})).want(400).wantField("/rep_ids/0", "not_found")
}

func TestAJourneyPlanIsForAUnitOrATerritory(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, tt := range []struct {
		says, by string
		scope    []any
		reps     float64
	}{
		{"everybody", "admin", nil, 3},
		{"everybody of the north", "supervisor", nil, 2},
		{"a unit", "admin", []any{"unit_id", f.units["south"].String()}, 1},
		{"the whole tree", "admin", []any{"unit_id", f.units["root"].String()}, 3},
		{"a territory", "admin", []any{"territory_id", f.territories["rep2"].String()}, 1},
	} {
		a := f.as(tt.by).post("/v1/journey-plans", with(object{"from": nextMonday, "weeks": 1}, tt.scope...)).want(202)
		if a.at("progress", "reps") != tt.reps {
			t.Errorf("%s: %s", tt.says, a)
		}
	}
	if got := len(list(f.as("rep3").get("/v1/journey-plans").want(200).at("items"))); got != 3 {
		t.Errorf("the rep of the south is in %d plans", got)
	}
	first := f.as("admin").get("/v1/journey-plans?limit=2").want(200)
	rest := f.as("admin").get("/v1/journey-plans?limit=9&after=" + first.text("next")).want(200)
	if len(list(rest.at("items"))) != 3 {
		t.Errorf("%s", rest)
	}
}

func TestCancelledPlansStayCancelled(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.askJourney("rep1", "rep2")
	path := "/v1/journey-plans/" + a.text("id")
	f.work(a.text("id"), "rep1")
	f.as("planner").post(path+"/cancel", object{"reason": "wrong week"}).want(200)
	f.work(a.text("id"), "rep2") // the job comes too late
	got := f.as("planner").get(path).want(200)
	if got.at("status") != "cancelled" || got.at("visits") != 12.0 {
		t.Errorf("%s", got)
	}
	f.as("planner").post(path+"/accept", object{"from": today, "reason": "anyway"}).want(409)
}

func TestNobodyDecidesForOtherUnits(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/journey-plans/" + f.journey("rep1", "rep3").text("id")
	for _, deed := range []string{"/accept", "/discard", "/cancel"} {
		body := object{"reason": "r"}
		if deed == "/accept" {
			body["from"] = today
		}
		f.as("supervisor").post(path+deed, body).want(403)
	}
	if got := f.as("supervisor").get(path).want(200); got.at("progress", "reps") != 1.0 {
		t.Errorf("%s", got)
	}
}

// What the days follow from has changed: the plan is refused, or that rep is left as they are.
func TestChangedRegisterIsAConflict(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		says, code string
		change     func(f *fixture)
	}{
		{"a retailer closed", "retailers_changed", func(f *fixture) {
			f.as("admin").patch("/v1/retailers/"+f.first("rep1").ID.String(), object{"status": "closed"}).want(200)
		}},
		{"another frequency", "retailers_changed", func(f *fixture) {
			f.as("admin").patch("/v1/retailers/"+f.first("rep1").ID.String(), object{"visits_per_8_weeks": 4}).want(200)
		}},
		{"a rhythm", "retailers_changed", func(f *fixture) {
			f.as("admin").put("/v1/retailers/"+f.first("rep1").ID.String()+"/rhythm", object{"weekdays": []string{"fri"}}).want(200)
		}},
		{"the rep has moved", "home_changed", func(f *fixture) {
			f.as("admin").patch("/v1/users/"+f.users["rep1"].ID.String(), object{"home": object{"lat": 31.45, "lon": 120.1}}).want(200)
		}},
		{"another plan was accepted meanwhile", "plan_changed", func(f *fixture) {
			path := "/v1/journey-plans/" + f.journey("rep1").text("id")
			f.as("admin").post(path+"/accept", object{"from": today, "reason": "first"}).want(200)
		}},
	} {
		f := setup(t)
		path := "/v1/journey-plans/" + f.journey("rep1", "rep2").text("id")
		tt.change(f)
		accept := object{"from": nextMonday, "reason": "now"}
		t.Log(tt.says)
		f.as("admin").post(path+"/accept", accept).want(409).wantField("/reps/"+f.users["rep1"].ID.String(), tt.code)
		f.as("admin").post(path+"/accept", with(accept, "skip_changed", true)).want(200)
		for _, r := range list(f.as("admin").get(path + "/reps").want(200).at("items")) {
			if in := at(r, "valid_from") != nil; in != (at(r, "rep_id") == f.users["rep2"].ID.String()) {
				t.Errorf("%v", r)
			}
		}
	}
}

func TestALaterPlanEndsAnEarlierOne(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin := f.as("admin")
	accept := func(plan answer, from string) string {
		path := "/v1/journey-plans/" + plan.text("id")
		admin.post(path+"/accept", object{"from": from, "reason": "good"}).want(200)
		return path
	}
	share := func(path string) any { return list(admin.get(path + "/reps").want(200).at("items"))[0] }
	first := accept(f.journey("rep1"), today)
	next := f.journey("rep1")
	if at(share("/v1/journey-plans/"+next.text("id")), "moved") != 0.0 {
		t.Error("with nothing changed visits move")
	}
	second := accept(next, "2026-03-05")
	if at(share(first), "valid_until") != "2026-03-04" || at(share(second), "valid_until") != nil {
		t.Errorf("%v, %v", share(first), share(second))
	}
	admin.post("/v1/journey-plans/"+f.journey("rep1").text("id")+"/accept", object{"from": "2026-02-27", "reason": "r"}).want(400).wantField("/from", "not_between")
}

func TestWhoIsLeftOutAndWhy(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin, r := f.as("admin"), f.retailers["rep1"]
	pinless := admin.post("/v1/retailers", object{"code": "NP", "name": "n " + f.canary, "territory_id": f.territories["rep1"].String()}).want(201).text("id")
	admin.put("/v1/retailers/"+r[0].ID.String()+"/rhythm", object{"weekdays": []string{"sun"}}).want(200)
	admin.patch("/v1/retailers/"+r[1].ID.String(), object{"visits_per_8_weeks": 112}).want(200)
	admin.patch("/v1/retailers/"+r[2].ID.String(), object{"service_s": 30_000}).want(200)
	admin.put("/v1/retailers/"+r[3].ID.String()+"/rhythm", object{"min_days": 10}).want(200)
	admin.patch("/v1/retailers/"+r[4].ID.String(), object{"visits_per_8_weeks": 0}).want(200)
	path := "/v1/journey-plans/" + f.journey("rep1").text("id") + "/left-out"
	want := map[string][]any{
		pinless: {"no_pin", 2.0, 0.0}, r[0].ID.String(): {"no_day", 2.0, 0.0}, r[1].ID.String(): {"too_often", 28.0, 10.0},
		r[2].ID.String(): {"too_far", 2.0, 0.0}, r[3].ID.String(): {"too_often", 2.0, 1.0},
	}
	items := list(admin.get(path).want(200).at("items"))
	for _, l := range items {
		id := at(l, "retailer_id").(string)
		if got := []any{at(l, "reason"), at(l, "wanted"), at(l, "planned")}; !slices.Equal(got, want[id]) {
			t.Errorf("%v: %v, want %v", at(l, "code"), got, want[id])
		}
	}
	if len(items) != len(want) {
		t.Errorf("%d are left out, want %d", len(items), len(want))
	}
	first := admin.get(path + "?limit=2").want(200)
	if rest := list(admin.get(path + "?after=" + first.text("next")).want(200).at("items")); len(rest) != 3 {
		t.Errorf("%d on the second page", len(rest))
	}
}

func TestRhythms(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/retailers/" + f.first("rep1").ID.String() + "/rhythm"
	admin := f.as("admin")
	if got := admin.get(path).want(200); len(list(got.at("weekdays"))) != 7 || len(list(got.at("wished"))) != 0 {
		t.Errorf("%s", got)
	}
	admin.put(path, object{"weekdays": []string{"mon", "thu"}, "wished": []string{"thu"}, "wish_price_s": 60, "min_days": 5, "max_days": 9}).want(200)
	got := f.as("rep1").get(path).want(200)
	if !slices.Equal(list(got.at("weekdays")), []any{"mon", "thu"}) || got.at("wish_price_s") != 60.0 || got.at("min_days") != 5.0 || got.at("max_days") != 9.0 {
		t.Errorf("%s", got)
	}
	for _, b := range list(admin.get("/v1/journey-plans/" + f.journey("rep1").text("id") + "/beats").want(200).at("items")) {
		day, err := rounds.ParseDay(at(b, "date").(string))
		f.must(err)
		for _, stop := range list(at(b, "stops")) {
			if at(stop, "retailer_id") == f.first("rep1").ID.String() && day.Weekday().String() != "Thursday" {
				t.Errorf("called on a %s, with a wish for Thursday", day.Weekday())
			}
		}
	}
	admin.put(path, object{"min_days": 9, "max_days": 5}).want(400).wantField("/min_days", "too_large")
	admin.breaking().put(path, object{"weekdays": []string{}}).want(400).wantField("/weekdays", "too_few")
	admin.breaking().put(path, object{"weekdays": []string{"moon"}}).want(400).wantField("/weekdays/0", "not_one_of")
}
