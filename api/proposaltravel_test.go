package api_test

import (
	"math"
	"testing"
)

// With travel the workload of a territory is that of its visits and of its ways, which hand edits take along.
func TestWorkloadIncludesTravel(t *testing.T) {
	t.Parallel()
	f := setup(t)
	without, p := f.cut(), f.cut("travel", object{"speed_kmh": 10, "days_a_week": 3})
	if p.at("travel", "speed_kmh") != 10.0 || p.at("measures", 1, "name") != "visits" || p.at("measures", 2, "name") != "travel" {
		t.Errorf("%s", p)
	}
	planner, path := f.as("planner"), "/v1/territory-proposals/"+p.text("id")
	number := func(v any) float64 { n, _ := v.(float64); return n }
	travel := number(p.at("figures", "measures", 2, "total"))
	if travel <= 0 || math.Abs(number(p.at("figures", "measures", 0, "total"))-number(without.at("figures", "measures", 0, "total"))-travel) > 0.01 {
		t.Errorf("%g minutes on the way: %s", travel, p.at("figures"))
	}
	sums := make([]float64, 2)
	for _, r := range list(planner.get(path + "/retailers").want(200).at("items")) {
		work, visits, way := number(at(r, "loads", 0)), number(at(r, "loads", 1)), number(at(r, "loads", 2))
		if math.Abs(work-10*visits-way) > 0.001 { // ten minutes each visit
			t.Errorf("%v", r)
		}
		sums[int(number(at(r, "to")))] += way
	}
	for n, sum := range sums {
		if shown := number(p.at("territories", n, "after", "loads", 2)); math.Abs(sum-shown) > 0.01 {
			t.Errorf("territory %d has %g minutes on the way, its retailers %g", n, shown, sum)
		}
	}
	r14 := f.retailers["rep1"][3].ID.String()
	edited := planner.post(path+"/edits", object{"revision": 1, "reason": "r", "moves": []any{object{"retailer_ids": []string{r14}, "to": 0}}}).want(200)
	if got := number(edited.at("proposal", "figures", "measures", 2, "total")); got != travel {
		t.Errorf("an edit loses the ways: %g of %g minutes", got, travel)
	}
	planner.get(path + "/page.html").want(200)
	planner.get(path + "/outlines.geojson").want(200)
	planner.post(path+"/accept", object{"from": today, "reason": "r"}).want(200)
}
