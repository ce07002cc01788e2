package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func (f *fixture) importFile(query, file string) answer {
	f.t.Helper()
	return f.as("admin").with("Content-Type", "application/octet-stream").post("/v1/retailers/import"+query, file)
}

func TestImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	good := "code,name,lat,lon,rep\nN1,one,31.1,120.1,rep1\nN2,two,31.2,120.2,rep1\n"
	count := func() int { return len(f.as("admin").pages("/v1/retailers?q=N", "id")) }
	before := count()
	if a := f.importFile("?dry_run=true", good).want(200); a.at("created") != 2.0 || a.at("imported") != false || count() != before {
		t.Errorf("a dry run: %s", a)
	}
	bad := f.importFile("", good+"N3,three,31.3,120.3,nobody\n").want(422)
	if bad.at("imported") != false || bad.at("findings", 0, "code") != "unknown_rep" || bad.at("findings", 0, "row") != 4.0 || count() != before {
		t.Errorf("an unknown rep: %s", bad)
	}
	if a := f.importFile("", good).want(200); a.at("created") != 2.0 || a.at("imported") != true || count() != before+2 {
		t.Errorf("%s", a)
	}
	if a := f.importFile("", good).want(200); a.at("unchanged") != 2.0 {
		t.Errorf("again: %s", a)
	}
	f.importFile("", "").want(400)
	f.importFile("?map=code", good).want(400).wantField("map", "wrong_form")
	if a := f.importFile("", "PK\x03\x04 no workbook"); a.status != 400 && a.status != 413 {
		t.Errorf("%s", a)
	}
}

// Only an import may be larger than other requests; its address is not to be had by a detour.
func TestImportsMayBeLarger(t *testing.T) {
	t.Parallel()
	f := setup(t)
	file := "no heading that anybody knows\n" + strings.Repeat(strings.Repeat("x", 100_000)+"\n", 110)
	for _, path := range []string{"", "/"} {
		a := f.as("admin").with("Content-Type", "application/octet-stream").post("/v1/retailers/import"+path, file).want(400)
		if !strings.Contains(a.text("detail"), "this file cannot be read") {
			t.Errorf("%s", a)
		}
	}
	f.as("admin").breaking().post("/v1/retailers/import/x", file[:1]).want(404)
}

func TestRetailerPagesAndFilters(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var want []string
	for _, rep := range []string{"rep1", "rep2", "rep3", ""} {
		for _, r := range f.retailers[rep] {
			want = append(want, r.Code)
		}
	}
	for _, limit := range []int{1, 3, 11, 12} {
		if got := f.as("admin").pages(fmt.Sprintf("/v1/retailers?limit=%d", limit), "code"); !slices.Equal(got, want) {
			t.Errorf("by %d: %v, want %v", limit, got, want)
		}
	}
	for query, n := range map[string]int{"q=r1": 6, "q=SHOP R21": 1, "q=%25": 0, "q=_": 0, "q='": 0, "status=closed": 0, "status=active&q=R2": 2} {
		if got := f.as("admin").pages("/v1/retailers?"+strings.ReplaceAll(query, " ", "%20")+"&limit=5", "id"); len(got) != n {
			t.Errorf("%s: %d retailers, want %d", query, len(got), n)
		}
	}
	for rep, n := range map[string]int{"rep1": 6, "rep3": 2, "supervisor": 8, "sibling": 2} {
		if got := f.as(rep).pages("/v1/retailers?limit=3", "id"); len(got) != n {
			t.Errorf("%s sees %d retailers, want %d", rep, len(got), n)
		}
	}
}

func TestUserPages(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for who, want := range map[string][]string{
		"admin":      {"admin", "planner", "rep1", "rep2", "rep3", "sibling", "supervisor"},
		"supervisor": {"planner", "rep1", "rep2", "supervisor"},
		"rep1":       {"rep1"},
	} {
		if got := f.as(who).pages("/v1/users?limit=2", "name"); !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", who, got, want)
		}
	}
	f.as("admin").post("/v1/users", object{"name": " REP1 ", "password": password, "role": "rep"}).want(409)
	f.as("admin").breaking().post("/v1/users", object{"name": "new", "password": "short", "role": "rep"}).want(400).wantField("/password", "too_short")
}

func TestAPinIsANewVersion(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/retailers/" + f.first("rep1").ID.String()
	id := f.visit("rep1", f.first("rep1"), 0)
	a := f.as("planner").patch(path, object{"pin": object{"lat": 32.5, "lon": 120.5, "reason": "moved"}}).want(200)
	if a.at("pin", "version") != 2.0 || a.at("pin", "lat") != 32.5 || a.at("pin", "lon") != 120.5 || a.at("pin", "source") != "manual" {
		t.Errorf("%s", a)
	}
	if got := f.status(t, "rep1", id).at("results", 0, "verdict"); at(got, "pin_version") != 1.0 || at(got, "outcome") != "at_retailer" {
		t.Errorf("an earlier verdict became %v", got)
	}
}

func TestAPolicyIsANewVersion(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.as("admin").post("/v1/policies", object{"rules": object{"radius_m": 5}, "reason": "stricter"}).want(201)
	if a.at("version") != 2.0 || a.at("rules", "radius_m") != 5.0 || a.at("rules", "max_fix_age_s") != 120.0 {
		t.Errorf("%s", a)
	}
	if got := f.as("rep1").post(postEvent, checkIn(f.first("rep1"), 0)).want(201).at("verdict"); at(got, "policy") != 2.0 || at(got, "radius_m") != 5.0 {
		t.Errorf("judged by %v", got)
	}
	if got := each(f.as("rep1").get("/v1/policies").want(200).at("items"), "version"); !slices.Equal(got, []string{"2", "1"}) {
		t.Errorf("versions %v", got)
	}
}

func TestAProbabilisticPolicyIsCompletedAndExplains(t *testing.T) {
	t.Parallel()
	f := setup(t)
	sent := object{
		"kind": "probabilistic", "radius_m": 80, "inside_p": 0.9, "credits": []any{"tag"},
		"pin_sigma_m": object{"manual": 12}, "calibration": []any{object{"source": "wifi", "factor": 1.5}},
	}
	a := f.as("admin").post("/v1/policies", object{"rules": sent, "reason": "likelier"}).want(201)
	want := object{
		"kind": "probabilistic", "radius_m": 80.0, "max_fix_age_s": 120.0, "credits": []any{"tag"},
		"inside_p": 0.9, "honest_p": 0.005, "apart_s": 20.0, "accuracy_floor_m": 5.0,
		"pin_sigma_m": object{"geocoded": 25.0, "imported": 25.0, "first_visit": 25.0, "learned": 8.0, "surveyed": 3.0, "manual": 12.0},
		"calibration": []any{object{"source": "wifi", "factor": 1.5}},
	}
	if diff := cmp.Diff(want, a.at("rules")); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []object{{"pin_sigma_m": object{"learnt": 3}}, {"kind": "plain", "inside_p": 0.9}} {
		f.as("admin").post("/v1/policies", object{"rules": bad, "reason": "r"}).want(400)
	}
	f.as("admin").breaking().post("/v1/policies", object{"rules": object{"honest_p": 0.5}, "reason": "r"}).want(400).wantField("/rules/honest_p", "not_below")

	f.as("admin").post("/v1/retailers/"+f.first("rep1").ID.String()+"/tokens", object{"kind": "tag"}).want(201)
	far := checkIn(f.first("rep1"), 0, func(e object) {
		e["fixes"].([]any)[0].(object)["lat"] = f.first("rep1").Pin.Point.Lat() + 0.1
	})
	got := f.as("rep1").post(postEvent, far).want(201)
	if got.at("verdict", "outcome") != "undecided" || got.at("verdict", "p_honest") != 0.0 {
		t.Errorf("%s", got)
	}
	if by := got.at("verdict", "settle_by"); !cmp.Equal(by, []any{"tag"}) {
		t.Errorf("far from a pin put by hand is settled by %v", by)
	}
	if again := f.as("rep1").post(postEvent, far).want(200).at("verdict", "settle_by"); !cmp.Equal(again, []any{"tag"}) {
		t.Errorf("sent again, it is settled by %v", again)
	}
	if again := f.status(t, "rep1", far["id"]).at("results", 0, "verdict", "settle_by"); !cmp.Equal(again, []any{"tag"}) {
		t.Errorf("asked again, it is settled by %v", again)
	}
	if near := f.as("rep1").post(postEvent, checkIn(f.first("rep1"), 60)).want(201).at("verdict", "settle_by"); near != nil {
		t.Errorf("credited, and settled by %v", near)
	}
}

func TestUnitsStayATree(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin := f.as("admin")
	path := func(unit string) string { return "/v1/units/" + f.units[unit].String() }
	admin.patch(path("root"), object{"parent_id": f.units["north"].String()}).want(409)
	admin.patch(path("north"), object{"parent_id": f.units["south"].String()}).want(200)
	admin.patch(path("south"), object{"parent_id": f.units["north"].String()}).want(409).wantField("/parent_id", "below_itself")
	admin.patch(path("south"), object{"parent_id": f.units["south"].String()}).want(409)
	if got := len(list(f.as("rep1").get("/v1/units").want(200).at("items"))); got != 1 {
		t.Errorf("a rep sees %d units", got)
	}
}

// A planner of the north moves and overwrites what is the north's or nobody's, and nothing of the south.
func TestAnotherBranchsRetailersStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner, theirs, nobodys := f.as("planner"), f.first("rep3"), f.first("")
	territory := "/v1/territories/" + f.territories["rep1"].String()
	add := func(ids ...rounds.RetailerID) object {
		return object{"reason": "tidying up", "add_retailer_ids": ids}
	}

	planner.patch(territory, add(nobodys.ID, theirs.ID)).want(400).wantField("/add_retailer_ids/1", "not_found")
	planner.patch(territory, add(nobodys.ID, nobodys.ID)).want(400).wantField("/add_retailer_ids/1", "given_twice")
	planner.post("/v1/territories", object{"name": f.named("new"), "purpose": "visit", "retailer_ids": []any{theirs.ID}}).
		want(400).wantField("/retailer_ids/0", "not_found")
	file := "code,name,rep\n" + theirs.Code + ",taken over,rep1\n"
	report := planner.with("Content-Type", "text/csv").post("/v1/retailers/import", file).want(422)
	if codes := each(report.at("findings"), "code"); !slices.Contains(codes, "not_your_retailer") {
		t.Errorf("the import finds %q", codes)
	}
	f.as("sibling").get("/v1/retailers/" + theirs.ID.String()).want(200)

	planner.patch(territory, add(nobodys.ID)).want(200)
	planner.get("/v1/retailers/" + nobodys.ID.String()).want(200)
}

func TestRetailersHaveOpeningHours(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	const weekdays = "周一至周五 09:00-18:00；法定节假日休息"
	body := object{"code": "hours", "name": "n", "territory_id": f.territories["rep1"].String(), "opening_hours": " " + weekdays}
	shop := planner.post("/v1/retailers", body).want(201)
	path := "/v1/retailers/" + shop.text("id")
	if got := f.as("rep1").get(path).want(200).at("opening_hours"); got != weekdays {
		t.Errorf("given %v", got)
	}
	bad := planner.breaking().with("Accept-Language", "zh").patch(path, object{"opening_hours": "Mo-Fr 09:00-1300"}).want(400).wantField("/opening_hours", "hours_bad_time")
	if got := bad.at("errors", 0, "detail"); got != `第 13 个字符处的 "1300" 不是时刻；请写 09:00，最晚 24:00，结束时间最晚 48:00` {
		t.Errorf("in Chinese: %v", got)
	}
	planner.breaking().post("/v1/retailers", with(with(body, "code", "other"), "opening_hours", "Mo-Fr sunset+")).want(400).wantField("/opening_hours", "hours_sun")
	planner.breaking().patch(path, object{"opening_hours": strings.Repeat("x", 1001)}).want(400).wantField("/opening_hours", "too_long")
	planner.breaking().patch(path, object{"opening_hours": "24/7\x00"}).want(400).wantField("/opening_hours", "nul_character")
	if got := planner.patch(path, object{"class": "B"}).want(200).at("opening_hours"); got != weekdays {
		t.Errorf("after another change %v", got)
	}
	if got := planner.patch(path, object{"opening_hours": "24/7"}).want(200).at("opening_hours"); got != "24/7" {
		t.Errorf("changed to %v", got)
	}
	f.plan("rep1", today, []rounds.Retailer{{ID: rounds.RetailerID(uuid.MustParse(shop.text("id")))}})
	if got := f.as("rep1").get("/v1/me/plan").want(200).at("stops", 0, "retailer", "opening_hours"); got != "24/7" {
		t.Errorf("the handset is told %v", got)
	}
	planner.patch(path, object{"opening_hours": "closed"}).want(200)
	made := planner.post("/v1/plans", object{"rep_id": f.users["rep1"].ID.String(), "date": today, "retailer_ids": []any{shop.text("id"), f.first("rep1").ID.String()}, "replace": true}).want(201)
	pinless := made.at("left_out")
	if len(list(pinless)) != 0 || len(list(made.at("stops"))) != 2 || made.at("stops", 1, "outside_hours") != true {
		t.Errorf("without a pin it is %s", made)
	}
	planner.patch(path, object{"pin": object{"lat": 31.41592, "lon": 120.002, "reason": "seen"}}).want(200)
	made = planner.post("/v1/plans", object{"rep_id": f.users["rep1"].ID.String(), "date": today, "retailer_ids": []any{shop.text("id"), f.first("rep1").ID.String()}, "replace": true}).want(201)
	for _, p := range []answer{made, planner.get("/v1/plans/" + made.text("id")).want(200)} {
		if diff := cmp.Diff([]any{object{"retailer_id": shop.text("id"), "reason": "never_open"}}, p.at("left_out")); diff != "" || len(list(p.at("stops"))) != 1 {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if got := planner.patch(path, object{"opening_hours": ""}).want(200).at("opening_hours"); got != nil {
		t.Errorf("taken away: %v", got)
	}
}
