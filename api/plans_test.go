package api_test

import (
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"testing"

	"rounds/geo"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

func TestAPlanOfGivenRetailersIsPutInOrder(t *testing.T) {
	t.Parallel()
	f := setup(t)
	r := ids(f.retailers["rep1"])
	zigzag := []string{r[5], r[0], r[4], r[1], r[3], r[2]}
	a := f.as("supervisor").post("/v1/plans", object{"rep_id": f.users["rep1"].ID.String(), "date": today, "retailer_ids": zigzag}).want(201)
	order := each(a.at("stops"), "retailer_id")
	if sorted := slices.Sorted(slices.Values(order)); !slices.Equal(sorted, slices.Sorted(slices.Values(r))) {
		t.Errorf("the stops are %v", order)
	}
	// All shops lie along one street, and so does the home: the best way goes to either end and back.
	ends := 2 * float64(geo.Distance(f.retailers["rep1"][0].Pin.Point, f.retailers["rep1"][5].Pin.Point))
	if way := a.at("distance_m").(float64); way < 1.2*ends-7 || way > 1.4*ends+7 { // with a detour, whole metres a leg
		t.Errorf("the way is %v m, the best %v m", way, ends)
	}
	if a.at("travel_s") != a.at("optimised_s") || a.at("travel_s").(float64) >= a.at("before_s").(float64) || a.at("added_s") != 0.0 {
		t.Errorf("%s", a)
	}
	if fmt.Sprint(a.at("travel")) != "map[source:straight]" || a.at("stops", 1, "leg_straight") != true || a.at("stops", 1, "leg_s").(float64) < 10 {
		t.Errorf("%s", a)
	}
	if a.at("distance_m").(float64) >= a.at("before_m").(float64) || a.at("distance_m") != a.at("optimised_m") || a.at("added_m") != 0.0 {
		t.Errorf("%s", a)
	}
	plan := f.as("rep1").get("/v1/plans/" + a.text("id")).want(200)
	if got := each(plan.at("stops"), "stop_id"); !slices.Equal(got, each(a.at("stops"), "stop_id")) {
		t.Errorf("stored in another order: %v", got)
	}
	listed := f.as("supervisor").get("/v1/plans").want(200)
	if listed.at("items", 0, "stops_count") != 6.0 || listed.at("items", 0, "id") != a.at("id") {
		t.Errorf("%s", listed)
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	t.Parallel()
	f := setup(t)
	plan := object{"rep_id": f.users["rep1"].ID.String(), "date": today}
	admin := f.as("admin")
	one := f.first("rep1").ID.String()
	admin.post("/v1/plans", with(plan, "rep_id", f.users["planner"].ID.String())).want(400).wantField("/rep_id", "not_a_rep")
	admin.post("/v1/plans", with(plan, "date", "2026-02-30")).want(400)
	admin.post("/v1/plans", with(plan, "retailer_ids", []string{one, uuid.NewString(), one})).want(400).
		wantField("/retailer_ids/1", "not_found").wantField("/retailer_ids/2", "given_twice")
	admin.breaking().post("/v1/plans", with(plan, "retailer_ids", []string{})).want(400).wantField("/retailer_ids", "too_few")
	admin.breaking().post("/v1/plans", with(plan, "retailer_ids", slices.Repeat([]string{one}, 201))).want(400).wantField("/retailer_ids", "too_many")
}

func TestDueRetailersAreThoseNotVisitedLately(t *testing.T) {
	t.Parallel()
	f := setup(t)
	visited := f.retailers["rep1"][2]
	f.visit("rep1", visited, -2*minutesADay)
	closed := f.retailers["rep1"][4].ID.String()
	f.as("admin").patch("/v1/retailers/"+closed, object{"status": "suspended"}).want(200)
	a := f.as("planner").post("/v1/plans", object{"rep_id": f.users["rep1"].ID.String(), "date": today}).want(201)
	got := each(a.at("stops"), "retailer_id")
	if len(got) != 4 || slices.Contains(got, visited.ID.String()) || slices.Contains(got, closed) {
		t.Errorf("%d are due: %v", len(got), got)
	}
	a = f.as("planner").post("/v1/plans", object{"rep_id": f.users["rep1"].ID.String(), "date": "2026-03-07"}).want(201)
	if got := each(a.at("stops"), "retailer_id"); !slices.Contains(got, visited.ID.String()) {
		t.Error("a week later it is not due again")
	}
}

func TestADayIsReplacedOnlyOnPurpose(t *testing.T) {
	t.Parallel()
	f := setup(t)
	plan := object{"rep_id": f.users["rep1"].ID.String(), "date": today}
	admin := f.as("admin")
	first := admin.post("/v1/plans", plan).want(201).text("id")
	admin.post("/v1/plans", plan).want(409)
	second := admin.post("/v1/plans", with(plan, "replace", true, "retailer_ids", ids(f.retailers["rep1"][:2]))).want(201)
	admin.get("/v1/plans/" + first).want(404)
	if got := admin.get("/v1/plans/" + second.text("id")).want(200).at("stops_count"); got != 2.0 {
		t.Errorf("%v stops", got)
	}
	f.visit("rep1", f.first("rep1"), 0, func(e object) { e["stop_id"] = uuid.NewString() }) // of a plan that is gone
}

func TestStopsAreOrderedByHand(t *testing.T) {
	t.Parallel()
	f := setup(t)
	plan := f.plan("rep1", today, f.retailers["rep1"])
	path := "/v1/plans/" + plan.ID.String() + "/stops"
	supervisor := f.as("supervisor")
	var stops []string
	for _, s := range plan.Stops {
		stops = append(stops, s.ID.String())
	}
	mixed := []string{stops[3], stops[0], stops[5], stops[1], stops[4], stops[2]}
	a := supervisor.put(path, object{"revision": 1, "stop_ids": mixed}).want(200)
	if got := each(a.at("stops"), "stop_id"); !slices.Equal(got, mixed) || a.at("revision") != 2.0 || a.at("ordered_by") != "hand" {
		t.Errorf("%s", a)
	}
	if d, o := a.at("distance_m").(float64), a.at("optimised_m").(float64); a.at("added_m") != d-o || d <= o {
		t.Errorf("the order adds %v to %v", a.at("added_m"), o)
	}
	supervisor.put(path, object{"revision": 1, "stop_ids": stops}).want(409)
	supervisor.put(path, object{"revision": 2, "stop_ids": append([]string{stops[1]}, stops[1:]...)}).want(400).wantField("/stop_ids/1", "given_twice")
	supervisor.put(path, object{"revision": 2, "stop_ids": append([]string{uuid.NewString()}, stops[1:]...)}).want(400).wantField("/stop_ids/0", "not_found")
	supervisor.put(path, object{"revision": 2, "stop_ids": stops[1:]}).want(400)
	supervisor.put(path, object{"revision": 2, "stop_ids": []string{}}).want(400)
	a = supervisor.put(path, object{"revision": 2, "stop_ids": stops}).want(200)
	if a.at("added_m") != 0.0 || a.at("revision") != 3.0 {
		t.Errorf("back in the best order: %s", a)
	}
}

func TestRouteFilesHaveTheirAxesRight(t *testing.T) {
	t.Parallel()
	f := setup(t)
	plan := f.plan("rep1", today, f.retailers["rep1"][:3])
	path := "/v1/plans/" + plan.ID.String() + "/route."
	for _, datum := range []geo.Datum{"", geo.WGS84, geo.GCJ02, geo.BD09} {
		query := ""
		if datum != "" {
			query = "?datum=" + string(datum)
		}
		var want []orb.Point
		for _, s := range plan.Stops {
			want = append(want, geo.FromWGS84(retailerOf(f, s.RetailerID.String()), datum))
		}
		route := f.as("rep1").get(path + "geojson" + query).want(200)
		var features, line []orb.Point
		for _, feature := range list(route.at("features")) {
			if at(feature, "geometry", "type") == "Point" {
				features = append(features, pointOf(at(feature, "geometry", "coordinates")))
			} else {
				for _, p := range list(at(feature, "geometry", "coordinates")) {
					line = append(line, pointOf(p))
				}
			}
		}
		if !near(features, want) || len(line) != 5 || !near(line[1:4], want) {
			t.Errorf("geojson in %q: %v and %v, want %v", datum, features, line, want)
		}
		if home := geo.FromWGS84(*plan.Start, datum); !near([]orb.Point{line[0], line[4]}, []orb.Point{home, home}) {
			t.Errorf("geojson in %q begins at %v and ends at %v", datum, line[0], line[4])
		}
		if got := gpxPoints(t, f.as("rep1").get(path+"gpx"+query).want(200)); len(got) != 5 || !near(got[1:4], want) {
			t.Errorf("gpx in %q: %v, want %v", datum, got, want)
		}
	}
	f.as("rep1").breaking().get(path+"gpx?datum=nad27").want(400).wantField("datum", "not_one_of")
}

func retailerOf(f *fixture, id string) orb.Point {
	for _, r := range f.retailers["rep1"] {
		if r.ID.String() == id {
			return r.Pin.Point
		}
	}
	f.t.Fatal("no such retailer")
	return orb.Point{}
}

func pointOf(v any) orb.Point { return orb.Point{at(v, 0).(float64), at(v, 1).(float64)} }

func near(got, want []orb.Point) bool {
	return slices.EqualFunc(got, want, func(a, b orb.Point) bool {
		return math.Abs(a[0]-b[0]) < 1e-9 && math.Abs(a[1]-b[1]) < 1e-9
	})
}

func gpxPoints(t *testing.T, a answer) (points []orb.Point) {
	t.Helper()
	var doc struct {
		XMLName xml.Name `xml:"http://www.topografix.com/GPX/1/1 gpx"`
		Points  []struct {
			Lat float64 `xml:"lat,attr"`
			Lon float64 `xml:"lon,attr"`
		} `xml:"rte>rtept"`
	}
	if err := xml.Unmarshal(a.body, &doc); err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	for _, p := range doc.Points {
		points = append(points, orb.Point{p.Lon, p.Lat})
	}
	return points
}

func TestTheHandsetsDay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep := f.as("rep1")
	empty := rep.get("/v1/me/plan").want(200)
	if empty.at("plan_id") != nil || empty.text("date") != today || len(list(empty.at("stops"))) != 0 {
		t.Errorf("without a plan: %s", empty)
	}
	plan := f.plan("rep1", today, f.retailers["rep1"][:3])
	a := rep.get("/v1/me/plan").want(200)
	if a.text("plan_id") != plan.ID.String() || len(list(a.at("stops"))) != 3 || a.at("stops", 0, "radius_m") != 100.0 {
		t.Errorf("%s", a)
	}
	tag := a.header.Get("ETag")
	if tag == empty.header.Get("ETag") {
		t.Error("a plan came and the ETag stayed")
	}
	unchanged := rep.with("If-None-Match", tag).get("/v1/me/plan").want(304)
	if len(unchanged.body) > 0 || unchanged.header.Get("ETag") != tag {
		t.Errorf("%s", unchanged)
	}
	rep.with("If-None-Match", "W/"+tag).get("/v1/me/plan").want(304) // as a proxy that packs answers makes it
	rep.with("If-None-Match", `"other", `+tag).get("/v1/me/plan").want(304)
	rep.with("If-None-Match", `"other"`).get("/v1/me/plan").want(200)
	f.as("admin").patch("/v1/retailers/"+f.first("rep1").ID.String(), object{"name": "renamed"}).want(200)
	rep.with("If-None-Match", tag).get("/v1/me/plan").want(200)
}

func TestTheHandsetsDatum(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.plan("rep1", today, f.retailers["rep1"][:1])
	wgs := f.first("rep1").Pin.Point
	for _, datum := range []geo.Datum{geo.WGS84, geo.GCJ02, geo.BD09} {
		a := f.as("rep1").get("/v1/me/plan?datum=" + string(datum)).want(200)
		pin := a.at("stops", 0, "retailer", "pin")
		got := orb.Point{at(pin, "lon").(float64), at(pin, "lat").(float64)}
		if want := geo.FromWGS84(wgs, datum); !near([]orb.Point{got}, []orb.Point{want}) || a.text("datum") != string(datum) {
			t.Errorf("in %s: %v, want %v", datum, got, want)
		}
	}
}

func TestTheHandsetSeesSevenDaysEitherWay(t *testing.T) {
	t.Parallel()
	rep := setup(t).as("rep1")
	for day, status := range map[string]int{"2026-02-22": 400, "2026-02-23": 200, "2026-03-09": 200, "2026-03-10": 400} {
		a := rep.get("/v1/me/plan?date=" + day).want(status)
		if status == 400 {
			a.wantField("date", "too_far")
		}
	}
	rep.get("/v1/me/plan?date=2026-02-29").want(400).wantField("date", "not_a_date")
	rep.breaking().get("/v1/me/plan?date=tomorrow").want(400).wantField("date", "wrong_form")
}
