package api_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"rounds"
	"rounds/geo"
	"rounds/store"

	"github.com/paulmach/orb"
)

// The register of the fixture lies on one parallel: rep1's six retailers from 120° each 95 m, rep2's and rep3's two about 955 m and
// 1,910 m on, and one of nobody.
func TestSitingLooksAround(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	a := planner.get("/v1/siting?lat=31.41592&lon=120").want(200)
	nearest := list(a.at("nearest"))
	if len(nearest) != 10 || at(nearest[0], "distance_m") != 0.0 || at(nearest[0], "code") != "R11" || at(nearest[1], "distance_m").(float64) != 95.1 {
		t.Errorf("%s", a)
	}
	if a.at("keeps_spacing") != true || a.at("minimum_spacing_m") != 0.0 || len(list(a.at("too_near"))) != 0 {
		t.Errorf("%s", a)
	}
	rings := list(a.at("around"))
	if len(rings) != 2 || at(rings[0], "retailers") != 6.0 || at(rings[1], "retailers") != 7.0 {
		t.Errorf("%s", a)
	}
	if at(rings[1], "visits_per_4_weeks") != 28.0 || at(rings[1], "per_km2") != 2.23 || at(rings[1], "nearest_territory_share") != 0.8571 {
		t.Errorf("%v", rings[1])
	}
	if class := list(at(rings[0], "classes")); len(class) != 1 || at(class[0], "class") != "A" || at(class[0], "visits_per_4_weeks") != 24.0 {
		t.Errorf("%v", rings[0])
	}
	own := a.at("nearest_territory")
	if at(own, "territory_id") != f.territories["rep1"].String() || at(own, "retailers") != 6.0 || at(own, "visits_per_4_weeks") != 24.0 ||
		at(own, "service_s_per_4_weeks") != 14400.0 || at(own, "rep_id") != f.users["rep1"].ID.String() || at(own, "distance_m") != 0.0 {
		t.Errorf("%v", own)
	}
}

func TestSitingTellsOfOtherUnitsOnlyThatTheyAreThere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for caller, hidden := range map[string]int{"planner": 3, "supervisor": 3, "sibling": 8, "admin": 0} {
		a := f.as(caller).get("/v1/siting?lat=31.41592&lon=120.02").want(200)
		dark := 0
		for _, r := range list(a.at("nearest")) {
			if at(r, "in_scope") == true {
				continue
			}
			dark++
			if len(r.(object)) != 3 {
				t.Errorf("%s sees %v", caller, r)
			}
		}
		if dark != hidden {
			t.Errorf("%s: %d are other units': %s", caller, dark, a)
		}
		if own := a.at("nearest_territory"); (at(own, "in_scope") == true) != (caller == "sibling" || caller == "admin") || (at(own, "name") != nil) != (at(own, "in_scope") == true) {
			t.Errorf("%s: %v", caller, own)
		}
	}
	empty := f.orgFor(t)
	a := empty.as("admin").get("/v1/siting?lat=-40&lon=-70").want(200)
	if len(list(a.at("nearest"))) != 0 || a.at("nearest_territory") != nil || a.at("keeps_spacing") != true {
		t.Errorf("%s", a)
	}
	if a := empty.as("admin").get("/v1/siting?lat=31.41592&lon=120").want(200); strings.Contains(string(a.body), f.canary) {
		t.Errorf("another org's: %s", a)
	}
}

func TestSitingKeepsTheOrgsDistance(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin := f.as("admin")
	put := func(m int) answer {
		return admin.breaking().put("/v1/settings", object{"settings": object{"position_days": 60, "minimum_spacing_m": m}, "reason": "the rule"})
	}
	if put(200).want(200).at("minimum_spacing_m") != 200.0 || admin.get("/v1/settings").want(200).at("minimum_spacing_m") != 200.0 {
		t.Error("the rule is not kept")
	}
	// 95 m from the first and the third, 190 m from the fourth, on the second; 285 m from the fifth.
	a := f.as("supervisor").get("/v1/siting?lat=31.41592&lon=120.001").want(200)
	if a.at("keeps_spacing") != false || a.at("too_near_count") != 4.0 || len(list(a.at("too_near"))) != 4 || a.at("minimum_spacing_m") != 200.0 {
		t.Errorf("%s", a)
	}
	ctx := context.Background()
	second := f.retailers["rep1"][1]
	second.Status = rounds.RetailerClosed
	third := f.retailers["rep1"][2]
	third.Status = rounds.RetailerSuspended
	f.must(f.store.UpdateRetailers(ctx, f.org.ID, []rounds.Retailer{second, third}, f.now()))
	fourth := f.retailers["rep1"][3]
	f.must(f.store.InsertPins(ctx, f.org.ID, []store.NewPin{{
		RetailerID: fourth.ID, Pin: geo.Pin{Point: orb.Point{120.1, 31.41592}, Sigma: 10, Source: geo.Manual, Version: 2}, Reason: "moved",
	}}, f.now()))
	a = f.as("supervisor").get("/v1/siting?lat=31.41592&lon=120.001").want(200)
	if a.at("too_near_count") != 2.0 || at(list(a.at("around"))[0], "retailers") != 4.0 || at(list(a.at("around"))[0], "visits_per_4_weeks") != 12.0 {
		t.Errorf("one closed, one suspended, one moved: %s", a)
	}
	put(5001).want(400).wantField("/settings/minimum_spacing_m", "too_large")
	put(-1).want(400).wantField("/settings/minimum_spacing_m", "too_small")
}

func TestSitingOfNoPlaceNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin := f.as("admin").breaking()
	for query, field := range map[string]string{
		"lat=31": "lon", "lon=120": "lat", "lat=91&lon=1": "lat", "lat=1&lon=-181": "lon", "lat=NaN&lon=1": "lat", "lat=1&lon=NaN": "lon",
		"lat=Inf&lon=1": "lat", "lat=north&lon=1": "lat", "lat=&lon=1": "lat", "lat=1&lon=2&datum=mars": "datum", "lat=1,2&lon=1": "lat",
	} {
		a := admin.get("/v1/siting?" + query).want(400)
		if !strings.Contains(string(a.body), fmt.Sprintf("%q", field)) {
			t.Errorf("%s: %s", query, a)
		}
	}
	f.as("rep1").get("/v1/siting?lat=31.41592&lon=120").want(403)
}

// The question and the answer are in one datum.
func TestSitingTakesOtherMaps(t *testing.T) {
	t.Parallel()
	f := setup(t)
	p := geo.FromWGS84(f.first("rep1").Pin.Point, geo.GCJ02)
	a := f.as("admin").get(fmt.Sprintf("/v1/siting?lat=%.9f&lon=%.9f&datum=gcj02", p.Lat(), p.Lon())).want(200)
	first := list(a.at("nearest"))[0]
	if at(first, "code") != "R11" || !(at(first, "distance_m").(float64) < 0.2) || math.Abs(at(first, "at", "lon").(float64)-p.Lon()) > 1e-6 {
		t.Errorf("%v", first)
	}
}

// Across 180° as anywhere else, and at the poles.
func TestSitingAtTheEndsOfTheMap(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.addRetailer("fiji", orb.Point{-179.999, -17})
	f.addRetailer("pole", orb.Point{100, 89.9999})
	for query, code := range map[string]string{"lat=-17&lon=179.999": "fiji", "lat=-17&lon=-179.9": "fiji", "lat=89.9999&lon=-80": "pole", "lat=89.9&lon=100": "pole"} {
		nearest := list(f.as("admin").get("/v1/siting?" + query).want(200).at("nearest"))
		if len(nearest) != 1 || at(nearest[0], "code") != code {
			t.Errorf("%s: %v", query, nearest)
		}
	}
}

// BenchmarkSiting asks over HTTP in a town of 50,000 retailers, most of them within ten kilometres: in its middle, at its edge, and in
// another town.
func BenchmarkSiting(b *testing.B) {
	f := alone(b)
	ctx, random := context.Background(), rand.New(rand.NewPCG(1, 1))
	for range 250 {
		shops, pins, ids := make([]rounds.Retailer, 200), make([]store.NewPin, 200), make([]rounds.RetailerID, 200)
		middle := orb.Point{121 + 0.06*random.NormFloat64(), 31 + 0.05*random.NormFloat64()}
		for n := range shops {
			shops[n] = rounds.Retailer{
				ID: rounds.NewID[rounds.Retailer](), Code: rounds.NewID[rounds.Retailer]().String(), Name: "shop", Class: "ABC"[n%3 : n%3+1],
				Status: rounds.RetailerActive, ServiceSeconds: 600, VisitsPer8Weeks: 2 + n%7,
			}
			ids[n] = shops[n].ID
			at := orb.Point{middle[0] + 0.01*random.NormFloat64(), middle[1] + 0.01*random.NormFloat64()}
			pins[n] = store.NewPin{RetailerID: ids[n], Pin: geo.Pin{Point: at, Sigma: 10, Source: geo.Manual, Version: 1}, Reason: "test"}
		}
		f.must(f.store.InsertRetailers(ctx, f.org.ID, shops, f.now()))
		f.must(f.store.InsertPins(ctx, f.org.ID, pins, f.now()))
		t := rounds.Territory{ID: rounds.NewID[rounds.Territory](), UnitID: f.units["north"], Name: ids[0].String(), Purpose: rounds.PurposeVisit}
		f.must(f.store.InsertTerritories(ctx, f.org.ID, []rounds.Territory{t}))
		placements := make([]store.Placement, len(ids))
		for i, id := range ids {
			placements[i] = store.Placement{RetailerID: id, TerritoryID: t.ID}
		}
		_, err := f.store.PlaceRetailers(ctx, f.org.ID, t.Purpose, longAgo, placements)
		f.must(err)
	}
	f.must(f.store.AnalyzeRegister(ctx))
	planner := f.as("planner")
	for name, query := range map[string]string{"middle": "lat=31&lon=121", "edge": "lat=31.2&lon=121.2", "elsewhere": "lat=31.4&lon=121.4", "nowhere": "lat=-32&lon=122"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				planner.get("/v1/siting?" + query).want(200)
			}
			a := planner.get("/v1/siting?" + query)
			b.ReportMetric(at(list(a.at("around"))[1], "retailers").(float64), "within_1_km")
		})
	}
}
