package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
)

// off puts the fix of a check-in 300 m to the north.
func off(e object) {
	fix := e["fixes"].([]any)[0].(object)
	fix["lat"] = fix["lat"].(float64) + 0.0027
}

func TestAPinIsProposedLookedAtAndAccepted(t *testing.T) {
	t.Parallel()
	f := alone(t)
	r := f.first("rep1")
	f.move(24 * time.Hour) // its pin was set in the evening
	planner := f.as("planner")
	ask := object{"retailer_id": r.ID.String()}
	for i, rep := range []string{"rep1", "rep2", "rep3"} {
		if a := planner.post("/v1/pins/proposals", ask).want(200); a.at("hold") != "too_few_people" || a.at("proposal") != nil {
			t.Errorf("by %d people: %s", i, a)
		}
		f.visit(rep, r, 24*60+i, off)
	}
	f.move(24 * time.Hour)
	admin := f.as("admin")
	planner = f.as("planner")
	proposed := planner.post("/v1/pins/proposals", ask).want(200)
	id := proposed.text("proposal", "id")
	if proposed.at("proposal", "people") != 3.0 || proposed.at("proposal", "pin", "version") != 2.0 || proposed.at("proposal", "corrects", "version") != 1.0 ||
		proposed.at("proposal", "pin", "confirmed") != true || proposed.at("proposal", "corrects", "confirmed") != false {
		t.Errorf("%s", proposed)
	}
	looked := f.as("supervisor").get("/v1/pins/proposals/" + id).want(200)
	if changes := list(looked.at("changes")); len(changes) != 3 || at(changes[0], "before", "credited") != false || at(changes[0], "after", "credited_by") != "position" {
		t.Errorf("%s", looked)
	}
	for _, rep := range []string{"rep1", "rep2", "rep3"} {
		if strings.Contains(string(planner.get("/v1/pins/proposals").want(200).body), f.users[rep].ID.String()) {
			t.Errorf("the list names %s", rep)
		}
	}
	decide := "/v1/pins/proposals/" + id + "/decision"
	planner.breaking().post(decide, object{"decision": "accept"}).want(400)
	accepted := planner.post(decide, object{"decision": "accept", "reason": "seen on the map"}).want(200)
	if accepted.at("status") != "accepted" || len(list(accepted.at("changes"))) != 3 {
		t.Errorf("%s", accepted)
	}
	if a := admin.get("/v1/retailers/" + r.ID.String()).want(200); a.at("pin", "version") != 2.0 || a.at("pin", "source") != "learned" {
		t.Errorf("%s", a)
	}
	for _, v := range list(admin.get("/v1/visits").want(200).at("items")) {
		if at(v, "credited_by") != "position" {
			t.Errorf("%v", v)
		}
	}
	again := admin.with("Accept-Language", "zh").post(decide, object{"decision": "refuse", "reason": "r"}).want(409)
	if !strings.Contains(again.text("detail"), "已处理") {
		t.Errorf("%s", again)
	}
}

func TestEntrancesAreOfTheirPin(t *testing.T) {
	t.Parallel()
	f := setup(t)
	r := f.first("rep1")
	path, planner := "/v1/retailers/"+r.ID.String(), f.as("planner")
	lat, lon := r.Pin.Point.Lat(), r.Pin.Point.Lon()
	pin := object{"lat": lat, "lon": lon, "reason": "two doors", "entrances": []any{object{"lat": lat + 0.002, "lon": lon}}}
	if a := planner.patch(path, object{"pin": pin}).want(200); a.at("pin", "entrances", 0, "lat") != lat+0.002 {
		t.Errorf("%s", a)
	}
	if a := f.as("rep1").get(path).want(200); a.at("pin", "entrances", 0, "lon") != lon {
		t.Errorf("%s", a)
	}
	f.as("rep2").post("/v1/visit-events", checkIn(r, 0, func(e object) {
		fix := e["fixes"].([]any)[0].(object)
		fix["lat"] = lat + 0.002
	})).want(201)
	far := with(pin, "entrances", []any{object{"lat": lat + 0.01, "lon": lon}})
	planner.patch(path, object{"pin": far}).want(400).wantField("/pin/entrances/0", "too_far_from_pin")
	if a := planner.patch(path, object{"pin": object{"lat": lat, "lon": lon, "reason": "one door"}}).want(200); len(list(a.at("pin", "entrances"))) != 0 {
		t.Errorf("%s", a)
	}
}

func TestPinListsInPages(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for n := range 5 {
		f.proposal("rep1", n)
		f.must(f.store.ReplacePinSuspects(context.Background(), f.org.ID, f.suspects(n+1)))
	}
	admin := f.as("admin")
	for _, path := range []string{"/v1/pins/proposals", "/v1/pins/suspects"} {
		seen := map[string]bool{}
		next := path + "?limit=2"
		for next != "" {
			a := admin.get(next).want(200)
			for _, item := range list(a.at("items")) {
				seen[at(item, "retailer_code").(string)] = true
			}
			next = ""
			if after := a.at("next"); after != nil {
				next = path + "?limit=2&after=" + after.(string)
			}
		}
		if len(seen) != 5 {
			t.Errorf("%s: %v", path, seen)
		}
		admin.get(path + "?after=bm8").want(400)
	}
	if n := len(list(f.as("sibling").get("/v1/pins/suspects").want(200).at("items"))); n != 0 {
		t.Errorf("another unit's supervisor sees %d suspects", n)
	}
}

// suspects are the first retailers of rep1, as a night might have found them: two of each severity.
func (f *fixture) suspects(n int) []rounds.PinSuspect {
	var found []rounds.PinSuspect
	for i, r := range f.retailers["rep1"][:n] {
		found = append(found, rounds.PinSuspect{
			RetailerID: r.ID, PinVersion: 1, Severity: 10 + i/2, Reasons: []string{"few_decimals"}, FoundAt: f.now(),
			Place: new(geo.Meters(21_500.5)),
		})
	}
	return found
}

// A pin that claims to be exact would turn honest people's fixes against them.
func TestHowPreciseAPinMaySayItIs(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path, planner := "/v1/retailers/"+f.first("rep1").ID.String(), f.as("planner")
	for _, tt := range []struct {
		sigma float64
		code  string
	}{
		{0.5, ""}, {10_000, ""}, {1e-9, "too_small"}, {0, "too_small"}, {-1, "too_small"}, {0.499, "too_small"}, {10_001, "too_large"}, {1e300, "too_large"},
	} {
		body := object{"pin": object{"lat": 31.2, "lon": 121.4, "sigma_m": tt.sigma, "reason": "surveyed"}}
		if tt.code == "" {
			planner.patch(path, body).want(200)
			continue
		}
		planner.breaking().patch(path, body).want(400).wantField("/pin/sigma_m", tt.code)
		created := object{"code": "x", "name": "X", "pin": body["pin"]}
		planner.breaking().post("/v1/retailers", created).want(400).wantField("/pin/sigma_m", tt.code)
	}
}
