package api_test

import (
	"slices"
	"testing"

	"rounds"

	"github.com/google/uuid"
)

// dayPlan is rep1's plan of a day, of its first shops, and an edit of it.
func (f *fixture) dayPlan(day rounds.Day, n int) (rounds.Plan, func(by string, e object) answer) {
	f.t.Helper()
	p := f.plan("rep1", day, f.retailers["rep1"][:n])
	return p, func(by string, e object) answer { return f.as(by).post("/v1/plans/"+p.ID.String()+"/edits", e) }
}

func stopsOf(a answer, plan string) []string { return each(a.at(plan, "stops"), "stop_id") }

func TestStopsAreEditedAndTheCostIsSaid(t *testing.T) {
	t.Parallel()
	f := setup(t)
	p, edit := f.dayPlan("2026-03-05", 4)
	add := edit("planner", object{"revision": 1, "action": "add", "retailer_id": f.retailers["rep1"][4].ID.String()}).want(200)
	if add.at("plan", "stops_count") != 5.0 || add.at("plan", "added_m") != 0.0 || add.at("plan", "revision") != 2.0 {
		t.Errorf("where it costs least: %s", add)
	}
	if before, after := add.at("before", "travel_s").(float64), add.at("after", "travel_s").(float64); before != float64(p.TravelSeconds) || after != add.at("plan", "travel_s") || after <= before {
		t.Errorf("%v s, then %v", before, after)
	}
	stops := stopsOf(add, "plan")
	moved := edit("planner", object{"revision": 2, "action": "move", "stop_id": stops[0], "position": 5}).want(200)
	if got := stopsOf(moved, "plan"); got[4] != stops[0] || !slices.Equal(got[:4], stops[1:]) || moved.at("plan", "ordered_by") != "hand" {
		t.Errorf("%v of %v", got, stops)
	}
	edit("planner", object{"revision": 3, "action": "remove", "stop_id": stops[0]}).want(400).wantField("/reason", "required")
	removed := edit("planner", object{"revision": 3, "action": "remove", "stop_id": stops[0], "reason": "closed today"}).want(200)
	if got := stopsOf(removed, "plan"); !slices.Equal(got, stops[1:]) || removed.at("after", "distance_m").(float64) >= removed.at("before", "distance_m").(float64) {
		t.Errorf("%s", removed)
	}
	if got := f.as("rep1").get("/v1/plans/" + p.ID.String()).want(200); !slices.Equal(each(got.at("stops"), "stop_id"), stops[1:]) {
		t.Errorf("stored: %s", got)
	}
}

func TestAStopMovesToAnotherDay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	p, edit := f.dayPlan("2026-03-05", 4)
	edit("planner", object{"revision": 1, "action": "move", "stop_id": p.Stops[0].ID.String(), "date": "2026-03-06", "position": 2, "reason": "r"}).
		want(400).wantField("/position", "not_between")
	first := edit("planner", object{"revision": 1, "action": "move", "stop_id": p.Stops[0].ID.String(), "date": "2026-03-06", "reason": "asked for"}).want(200)
	if first.at("other_plan", "stops_count") != 1.0 || first.at("plan", "stops_count") != 3.0 || first.at("other_plan", "date") != "2026-03-06" {
		t.Errorf("%s", first)
	}
	again := edit("planner", object{"revision": 2, "action": "move", "stop_id": p.Stops[1].ID.String(), "date": "2026-03-06", "position": 1, "reason": "too"}).want(200)
	if got := each(again.at("other_plan", "stops"), "retailer_id"); len(got) != 2 || got[0] != p.Stops[1].RetailerID.String() || again.at("other_plan", "revision") != 2.0 {
		t.Errorf("%s", again)
	}
	sum := again.at("plan", "travel_s").(float64) + again.at("other_plan", "travel_s").(float64)
	if again.at("after", "travel_s") != sum {
		t.Errorf("%v s of both days, not %v", sum, again.at("after", "travel_s"))
	}
	edit("planner", object{"revision": 3, "action": "move", "stop_id": p.Stops[2].ID.String(), "date": "2026-03-01", "reason": "r"}).want(400).wantField("/date", "in_the_past")
	edit("planner", object{"revision": 3, "action": "add", "retailer_id": p.Stops[0].RetailerID.String()}).want(200)
	back := f.as("planner").get("/v1/plans/" + p.ID.String()).want(200)
	i := slices.Index(each(back.at("stops"), "retailer_id"), p.Stops[0].RetailerID.String())
	edit("planner", object{"revision": 4, "action": "move", "stop_id": each(back.at("stops"), "stop_id")[i], "date": "2026-03-06", "reason": "r"}).
		want(400).wantField("/stop_id", "given_twice")
}

func TestEditsThatCannotBe(t *testing.T) {
	t.Parallel()
	f := setup(t)
	p, edit := f.dayPlan("2026-03-05", 2)
	stop := p.Stops[0].ID.String()
	edit("admin", object{"revision": 2, "action": "lock", "stop_id": stop}).want(409)
	edit("admin", object{"revision": 1, "action": "lock", "stop_id": uuid.NewString()}).want(400).wantField("/stop_id", "not_found")
	edit("admin", object{"revision": 1, "action": "lock"}).want(400).wantField("/stop_id", "not_found")
	edit("admin", object{"revision": 1, "action": "add"}).want(400).wantField("/retailer_id", "not_found")
	edit("admin", object{"revision": 1, "action": "add", "retailer_id": p.Stops[0].RetailerID.String()}).want(400).wantField("/retailer_id", "given_twice")
	edit("planner", object{"revision": 1, "action": "add", "retailer_id": f.first("rep3").ID.String()}).want(400).wantField("/retailer_id", "not_found")
	edit("admin", object{"revision": 1, "action": "move", "stop_id": stop, "position": 3}).want(400).wantField("/position", "not_between")
	f.as("admin").patch("/v1/retailers/"+f.retailers["rep1"][3].ID.String(), object{"status": "closed"}).want(200)
	edit("admin", object{"revision": 1, "action": "add", "retailer_id": f.retailers["rep1"][3].ID.String()}).want(400).wantField("/retailer_id", "not_active")
}

// Optimising leaves alone what was visited and what is locked.
func TestOptimisingKeepsVisitedAndLockedStops(t *testing.T) {
	t.Parallel()
	f := setup(t)
	shops := f.retailers["rep1"]
	p := f.plan("rep1", today, shops)
	path := "/v1/plans/" + p.ID.String()
	id := func(n int) string {
		return p.Stops[slices.IndexFunc(p.Stops, func(s rounds.Stop) bool { return s.RetailerID == shops[n].ID })].ID.String()
	}
	planner := f.as("planner")
	planner.put(path+"/stops", object{"revision": 1, "stop_ids": []string{id(5), id(0), id(2), id(4), id(1), id(3)}}).want(200)
	f.visit("rep1", shops[2], 10)
	planner.post(path+"/edits", object{"revision": 2, "action": "lock", "stop_id": id(4)}).want(200)
	if got := planner.post(path+"/edits", object{"revision": 3, "action": "move", "stop_id": id(2), "position": 1}).want(409); got.at("code") != "conflict" {
		t.Errorf("%s", got)
	}
	a := planner.post(path+"/optimize", object{"revision": 3}).want(200)
	// Visited: 2. Before the lock: 5 and 0, best 0 then 5 on the way from 2 to 4. The lock: 4. After it 1 and 3, then home.
	if got, want := stopsOf(a, "plan"), []string{id(2), id(0), id(5), id(4), id(3), id(1)}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if a.at("after", "travel_s").(float64) > a.at("before", "travel_s").(float64) || at(list(a.at("plan", "stops"))[3], "locked") != true {
		t.Errorf("%s", a)
	}
	planner.post(path+"/edits", object{"revision": 4, "action": "unlock", "stop_id": id(4)}).want(200)
	planner.post(path+"/optimize", object{"revision": 4}).want(409)
}

func TestFrozenPlansAreChangedBySupervisorsWithAReason(t *testing.T) {
	t.Parallel()
	f := setup(t)
	put := func(settings object) {
		f.as("admin").put("/v1/settings", object{"settings": settings, "reason": "r"}).want(200)
	}
	put(object{"position_days": 60, "freeze_minutes": 600})
	tomorrow, later := "2026-03-03", "2026-03-04" // it is 20:00: tomorrow begins in twelve and a half hours
	p := f.plan("rep1", rounds.Day(tomorrow), f.retailers["rep1"][:2])
	lock := object{"revision": 1, "action": "lock", "stop_id": p.Stops[0].ID.String()}
	f.as("planner").post("/v1/plans/"+p.ID.String()+"/edits", lock).want(200)
	put(object{"position_days": 60, "freeze_minutes": 800})
	for path, body := range map[string]object{
		"/edits": with(lock, "revision", 2), "/optimize": {"revision": 2},
	} {
		f.as("planner").post("/v1/plans/"+p.ID.String()+path, with(body, "reason", "late")).want(409)
		f.as("supervisor").post("/v1/plans/"+p.ID.String()+path, body).want(409)
	}
	order := object{"revision": 2, "stop_ids": []string{p.Stops[1].ID.String(), p.Stops[0].ID.String()}}
	f.as("planner").put("/v1/plans/"+p.ID.String()+"/stops", order).want(409)
	again := object{"rep_id": f.users["rep1"].ID.String(), "date": tomorrow, "replace": true}
	f.as("planner").post("/v1/plans", again).want(409)
	f.as("supervisor").put("/v1/plans/"+p.ID.String()+"/stops", with(order, "reason", "he is ill")).want(200)
	f.as("supervisor").post("/v1/plans", with(again, "reason", "all of it")).want(201)
	q := f.plan("rep1", rounds.Day(later), f.retailers["rep1"][:2])
	f.as("planner").post("/v1/plans/"+q.ID.String()+"/edits", object{"revision": 1, "action": "lock", "stop_id": q.Stops[0].ID.String()}).want(200)
	f.as("planner").post("/v1/plans/"+q.ID.String()+"/edits", object{"revision": 2, "action": "move", "stop_id": q.Stops[0].ID.String(), "date": tomorrow, "reason": "r"}).want(409)
}

func TestADayAsPlannedAndAsWorked(t *testing.T) {
	t.Parallel()
	f := setup(t)
	shops := f.retailers["rep1"]
	p := f.plan("rep1", today, shops[:4])
	position := func(n int) float64 {
		return float64(1 + slices.IndexFunc(p.Stops, func(s rounds.Stop) bool { return s.RetailerID == shops[n].ID }))
	}
	path := "/v1/plans/" + p.ID.String() + "/actual"
	if a := f.as("rep1").get(path).want(200); len(list(a.at("skipped"))) != 4 || a.at("worked", "distance_m") != 0.0 {
		t.Errorf("nobody was visited: %s", a)
	}
	for minute, n := range []int{3, 0, 5, 0} {
		f.visit("rep1", shops[n], 30*minute)
	}
	a := f.as("rep1").get(path).want(200)
	var got []any
	for _, v := range list(a.at("visited")) {
		got = append(got, at(v, "code"), at(v, "planned_position"))
	}
	if want := []any{"R14", position(3), "R11", position(0), "R16", nil}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	skipped := each(a.at("skipped"), "code")
	slices.Sort(skipped)
	if !slices.Equal(skipped, []string{"R12", "R13"}) || a.at("unplanned_count") != 1.0 || a.at("planned_count") != 4.0 {
		t.Errorf("%s", a)
	}
	if planned, worked := a.at("planned", "distance_m").(float64), a.at("worked", "distance_m").(float64); planned != float64(p.Distance) || worked <= planned {
		t.Errorf("%v m planned, %v m worked there and back and there again", planned, worked)
	}
}
