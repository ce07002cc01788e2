package api_test

import (
	"strings"
	"testing"

	"rounds"
)

// Of six and two retailers two change hands in all: with less change than one is, nothing gets better.
func TestProposalsShowBalanceAgainstChange(t *testing.T) {
	t.Parallel()
	f := setup(t)
	p := f.cut("curve", true)
	curve, last := list(p.at("figures", "curve")), 1e9
	if p.at("curve") != true || len(curve) != 10 {
		t.Fatalf("%s", p)
	}
	for i, point := range curve {
		most, moved, worst := at(point, "most_change_percent").(float64), at(point, "moved_percent").(float64), at(point, "worst_percent", 0).(float64)
		if want := 2.5 * float64(i+1); most != want || moved > most || worst > last {
			t.Errorf("%d: %v", i, point)
		}
		last = worst
	}
	for i, want := range map[int]float64{0: 50, 3: 50, 4: 25, 8: 25, 9: 0} {
		if got := at(curve[i], "worst_percent", 0); got != want {
			t.Errorf("at point %d it is %v %% off, not %v", i, got, want)
		}
	}
	if at(curve[4], "met") != false || at(curve[9], "met") != true || at(curve[9], "spread_m") != p.at("figures", "after", "spread_m") {
		t.Errorf("%v", curve)
	}
	path, planner := "/v1/territory-proposals/"+p.text("id"), f.as("planner")
	r11 := f.retailers["rep1"][0].ID.String()
	edited := planner.post(path+"/edits", object{"revision": 1, "reason": "r", "lock_retailer_ids": []string{r11}}).want(200)
	if got := list(edited.at("proposal", "figures", "curve")); len(got) != 10 {
		t.Errorf("after an edit: %v", got)
	}
	if html := string(planner.get(path + "/page.html").want(200).body); !strings.Contains(html, "<td>12.5 %</td><td>25.0 %</td>") {
		t.Error("the page has no curve")
	}
}

// Best balance for so much change and no more: what a point of the curve promises.
func TestChangeHasALimit(t *testing.T) {
	t.Parallel()
	f := setup(t)
	p := f.cut("most_change_percent", 12.5)
	if p.at("most_change_percent") != 12.5 || p.at("figures", "change", "moved_percent") != 12.5 || p.at("figures", "measures", 0, "worst_after_percent") != 25.0 {
		t.Errorf("%s", p.at("figures"))
	}
	if p.at("figures", "met") != false || p.at("figures", "why", 0, "reason") != "change_budget" || p.at("curve") != nil || p.at("figures", "curve") != nil {
		t.Errorf("%s", p)
	}
}

func TestNoCurveWithoutTerritories(t *testing.T) {
	t.Parallel()
	f := setup(t)
	body := object{"purpose": "ordering", "count": 2, "unplaced": true, "curve": true}
	f.as("admin").post("/v1/territory-proposals", body).want(400).wantField("/curve", "needs_today")
	told := f.as("admin").with("Accept-Language", "zh-CN").post("/v1/territory-proposals", body).want(400)
	if got := told.at("errors", 0, "detail"); !strings.HasPrefix(got.(string), "显示均衡") {
		t.Errorf("%v", got)
	}
}

// A territory that opened with one proposal is the same in those that come after it.
func TestOpenedTerritoriesAreComparedWithThemselves(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.add("fresh", rounds.RoleRep, "north")
	one := f.cut("reps", []any{object{"rep_id": f.users["rep1"].ID.String()}, object{"rep_id": f.users["fresh"].ID.String()}})
	f.as("planner").post("/v1/territory-proposals/"+one.text("id")+"/accept", object{"from": today, "reason": "r"}).want(200)
	other := f.cut("measures", []any{object{"name": "retailers"}})
	c := f.as("planner").get("/v1/territory-proposals/" + one.text("id") + "/compare?with=" + other.text("id")).want(200)
	for _, d := range list(c.at("items")) {
		if at(d, "one") == at(d, "other") {
			t.Errorf("%v", d)
		}
	}
}
