package api_test

import (
	"testing"

	"github.com/google/uuid"
)

// askCut asks for other visit territories of the north, which nobody cuts yet.
func (f *fixture) askCut(changes ...any) answer {
	f.t.Helper()
	return f.as("planner").post("/v1/territory-proposals", with(object{"purpose": "visit"}, changes...)).want(202)
}

func TestATerritoryProposalIsAskedFor(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.askCut("name", "Spring")
	if a.header.Get("Location") != "/v1/territory-proposals/"+a.text("id") {
		t.Errorf("Location is %q", a.header.Get("Location"))
	}
	p := f.as("supervisor").get(a.header.Get("Location")).want(200)
	if p.at("status") != "planning" || p.at("retailers") != 8.0 || p.at("name") != "Spring" || len(list(p.at("territories"))) != 2 {
		t.Errorf("%s", p)
	}
	retailers := list(f.as("supervisor").get(a.header.Get("Location") + "/retailers").want(200).at("items"))
	if len(retailers) != 8 || at(retailers[0], "code") != "R11" || at(retailers[0], "loads", 0) != 40.0 {
		t.Errorf("ten minutes each week: %v", retailers)
	}
}

func TestTerritoriesThatCannotBeCut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	nobody := uuid.NewString()
	north, south := f.territories["rep1"].String(), f.territories["rep3"].String()
	r := func(rep string, i int) string { return f.retailers[rep][i].ID.String() }
	for _, tt := range []struct {
		says        string
		change      []any
		field, code string
	}{
		{"a unit that is none", []any{"unit_id", nobody}, "/unit_id", "not_found"},
		{"a unit of others", []any{"unit_id", f.units["south"].String()}, "/unit_id", "not_found"},
		{"more territories than retailers", []any{"count", 9}, "/count", "more_than_retailers"},
		{"fewer than there are", []any{"count", 1}, "/count", "close_some"},
		{"no such measure", []any{"measures", []any{object{"name": "beauty"}}}, "/measures/0/name", "not_one_of"},
		{"a measure twice", []any{"measures", []any{object{"name": "visits"}, object{"name": "visits"}}}, "/measures/1/name", "given_twice"},
		{"a measure of nothing", []any{"measures", []any{object{"name": "orders"}}}, "/measures/0/name", "zero_everywhere"},
		{"a class of nobody", []any{"measures", []any{object{"name": "class:Z"}}}, "/measures/0/name", "zero_everywhere"},
		{"a lock of nobody", []any{"locks", []any{object{"retailer_id": nobody}}}, "/locks/0/retailer_id", "not_found"},
		{"a lock of another unit's", []any{"locks", []any{object{"retailer_id": r("rep3", 0)}}}, "/locks/0/retailer_id", "not_found"},
		{"a lock to nowhere", []any{"locks", []any{object{"retailer_id": r("rep1", 0), "territory_id": south}}}, "/locks/0/territory_id", "not_found"},
		{"a lock into what closes", []any{"close_territory_ids", []string{north}, "locks", []any{object{"retailer_id": r("rep1", 0)}}}, "/locks/0/territory_id", "contradicts"},
		{"two locks of one", []any{"locks", []any{object{"retailer_id": r("rep1", 0)}, object{"retailer_id": r("rep1", 0), "territory_id": f.territories["rep2"].String()}}}, "/locks/1", "contradicts"},
		{"nobody together", []any{"together", [][]string{{r("rep1", 0), nobody}}}, "/together/0/1", "not_found"},
		{"apart from itself", []any{"apart", [][]string{{r("rep1", 0), r("rep1", 0)}}}, "/apart/0/1", "given_twice"},
		{"a rep of others", []any{"reps", []any{object{"rep_id": f.users["rep3"].ID.String()}}}, "/reps/0/rep_id", "not_a_rep"},
		{"a rep twice", []any{"reps", []any{object{"rep_id": f.users["rep1"].ID.String()}, object{"rep_id": f.users["rep1"].ID.String()}}}, "/reps/1/rep_id", "given_twice"},
		{"reps and a number", []any{"count", 2, "reps", []any{object{"rep_id": f.users["rep1"].ID.String()}}}, "/reps", "contradicts"},
		{"a name that is taken", []any{"open", []any{object{"name": f.named("territory of rep1")}}}, "/open/0/name", "taken"},
		{"a closing one that is none", []any{"close_territory_ids", []string{south}}, "/close_territory_ids/0", "not_found"},
		{"wishes for what closes", []any{"close_territory_ids", []string{north}, "territories", []any{object{"territory_id": north}}}, "/territories/0/territory_id", "contradicts"},
		{"a capacity of nothing", []any{"open", []any{object{"name": "new", "most": object{"visits": 5}}}}, "/territories", "unknown_measure"},
		{"a barrier beyond the pole", []any{"barriers", []any{object{"type": "LineString", "coordinates": [][]float64{{1, 2}, {3, 100}}}}}, "/barriers/0", "wrong_form"},
	} {
		t.Log(tt.says)
		planner.post("/v1/territory-proposals", with(object{"purpose": "visit"}, tt.change...)).want(400).wantField(tt.field, tt.code)
	}
	chinese := planner.with("Accept-Language", "zh-CN").post("/v1/territory-proposals", object{"purpose": "visit", "count": 9}).want(400)
	if chinese.at("detail") != "无法这样划分片区：请看各字段" {
		t.Errorf("%s", chinese)
	}
	planner.breaking().post("/v1/territory-proposals", object{"purpose": "visit", "count": 0}).want(400).wantField("/count", "too_small")
	planner.post("/v1/territory-proposals", object{"purpose": "ordering"}).want(400).wantField("/count", "required")
}

func TestRetailersWithoutAPinAreNamed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.as("planner").post("/v1/retailers", object{"code": "NP", "name": "n " + f.canary, "territory_id": f.territories["rep1"].String()}).want(201).text("id")
	a := f.askCut()
	finding := list(a.at("findings"))
	if a.at("retailers") != 8.0 || len(finding) != 1 || at(finding[0], "code") != "no_pin" || at(finding[0], "count") != 1.0 || at(finding[0], "retailer_ids", 0) != id {
		t.Errorf("%s", a)
	}
}

func TestRepsAreGivenTerritories(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.add("fresh", "rep", "north")
	a := f.askCut("reps", []any{
		object{"rep_id": f.users["rep1"].ID.String(), "share": 0.5}, object{"rep_id": f.users["fresh"].ID.String()},
	}, "homes", true)
	p := f.as("admin").get("/v1/territory-proposals/" + a.text("id")).want(200)
	var got []string
	for _, t := range list(p.at("territories")) {
		got = append(got, at(t, "fate").(string))
	}
	if len(got) != 3 || got[0] != "stays" || got[1] != "opens" || got[2] != "closes" || p.at("territories", 0, "share") != 0.5 {
		t.Errorf("%s", p)
	}
	if p.at("territories", 1, "rep_id") != f.users["fresh"].ID.String() || p.at("territories", 2, "rep_id") != nil {
		t.Errorf("%s", p)
	}
}
