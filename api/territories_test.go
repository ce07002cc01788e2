package api_test

import (
	"slices"
	"strings"
	"testing"
)

func TestATerritoryGoesToNobodyWhoHasLeft(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner, left := f.as("planner"), f.users["rep1"].ID.String()
	f.as("admin").patch("/v1/users/"+left, object{"active": false}).want(200)
	planner.post("/v1/territories", object{"name": f.named("new"), "purpose": "visit", "rep_id": left}).want(400).wantField("/rep_id", "not_a_rep")
	planner.patch("/v1/territories/"+f.territories["rep2"].String(), object{"reason": "r", "rep_id": left}).want(400).wantField("/rep_id", "not_a_rep")
	theirs := "/v1/territories/" + f.territories["rep1"].String()
	planner.patch(theirs, object{"reason": "r", "remove_retailer_ids": ids(f.retailers["rep1"][:1])}).want(200)
	planner.patch(theirs, object{"reason": "r", "rep_id": left, "name": f.named("renamed")}).want(200)
	planner.patch(theirs, object{"reason": "r", "vacant": true}).want(200)
	planner.patch(theirs, object{"reason": "r", "rep_id": left}).want(400).wantField("/rep_id", "not_a_rep")
}

// What was rolled back before it began keeps nobody from moving, and is not in anybody's history.
func TestAChangeTakenBackLeavesNoTrace(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner, body := f.as("planner"), object{"from": "2026-03-09", "reason": "r"}
	first, second := "/v1/territory-proposals/"+f.cut().text("id"), "/v1/territory-proposals/"+f.cut().text("id")
	planner.post(first+"/accept", body).want(200)
	waits := planner.post(second+"/accept", with(body, "from", today)).want(409)
	if detail := waits.text("detail"); !strings.Contains(detail, "R15") {
		t.Errorf("who moves later is not named: %s", detail)
	}
	planner.post(first+"/roll-back", body).want(200)
	r15 := f.retailers["rep1"][4]
	if periods := list(planner.get("/v1/retailers/" + r15.ID.String() + "/territories").want(200).at("items")); len(periods) != 1 {
		t.Errorf("%v", periods)
	}
	planner.post(second+"/accept", with(body, "from", today)).want(200)
}

func TestMapsWithLatitudesFirstAreTold(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner").with("Accept-Language", "zh-CN")
	const path, swapped = "/v1/territories/disagreements?purpose=visit", "lat 与 lon 似乎颠倒"
	for says, corners := range map[string]string{
		"no latitude is that far north": "[[31,119],[31,121],[32,121],[31,119]]",
		"nobody is on that side of it":  "[[60,119],[60,121],[61,121],[60,119]]",
	} {
		t.Log(says)
		a := planner.post(path, `{"type":"Feature","properties":{"territory":"T"},"geometry":{"type":"Polygon","coordinates":[`+corners+`]}}`).want(400)
		if detail := a.text("detail"); !strings.Contains(detail, swapped) || !strings.Contains(detail, `第 1 个要素 "T"`) {
			t.Errorf("%s", a)
		}
	}
	river := object{"type": "LineString", "coordinates": [][]float64{{31, 119}, {32, 121}}}
	planner.post("/v1/territory-proposals", object{"purpose": "visit", "barriers": []any{river}}).want(400).wantField("/barriers/0", "swapped")
	f.as("admin").patch("/v1/retailers/"+f.retailers["rep1"][0].ID.String(), object{"pin": object{"lat": 44.0, "lon": 87.6, "reason": "Urumqi"}}).want(200)
	a := planner.post(path, `{"type":"Feature","properties":{"territory":"T"},"geometry":{"type":"Polygon","coordinates":[[[43,87],[45,87],[45,88],[43,88],[43,87]]]}}`).want(400)
	if !strings.Contains(a.text("detail"), swapped) {
		t.Errorf("%s", a)
	}
}

func TestClosedRetailersOfAnOwnerFileAreNamedAsClosed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, closed := range []string{f.retailers["rep1"][0].ID.String(), f.retailers["rep3"][0].ID.String()} {
		f.as("admin").patch("/v1/retailers/"+closed, object{"status": "closed"}).want(200)
	}
	file := "code,territory\n" + f.retailers["rep1"][0].Code + ",A\n" + f.retailers["rep3"][0].Code + ",A\nnone,A\n"
	a := f.as("planner").post("/v1/territories/import?purpose=visit", file).want(422)
	if got := each(a.at("findings"), "code"); !slices.Equal(got, []string{"closed_retailer", "unknown_retailer", "unknown_retailer"}) {
		t.Errorf("their own is closed, that of others unknown: %s", a)
	}
}

func TestWhatIsNoEditIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/territory-proposals/" + f.cut().text("id")
	f.as("planner").post(path+"/edits", object{"revision": 1, "reason": "nothing"}).want(400).wantField("/moves", "required")
	if p := f.as("planner").get(path).want(200); p.at("revision") != 1.0 {
		t.Errorf("%s", p)
	}
	f.as("planner").post(path+"/edits", object{"revision": 1, "reason": "as it was", "repair": true}).want(200)
}

// A sentence in Chinese has no English in it but names and what other programs say.
func TestChineseSentencesAreChineseToTheEnd(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin := f.as("admin").with("Accept-Language", "zh-CN")
	a := admin.with("Content-Type", "application/octet-stream").post("/v1/calendar/import", strings.Repeat(" ", 1<<20+1)).want(413)
	if a.text("detail") != "文件过大：文件大于 1 MiB" {
		t.Errorf("%s", a)
	}
	a = admin.post("/v1/policies", object{"rules": object{"kind": "plain", "inside_p": 0.9}, "reason": "r"}).want(400)
	if a.text("detail") != `此策略无法用于判定：kind 为 "plain" 时不能带 "probabilistic" 的参数` {
		t.Errorf("%s", a)
	}
}

func TestRepsWhoAreNoneAreNamedAlone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.as("planner").post("/v1/territory-proposals", object{"purpose": "visit", "reps": []any{object{"rep_id": f.users["planner"].ID.String()}}}).want(400)
	a.wantField("/reps/0/rep_id", "not_a_rep")
	if errs := list(a.at("errors")); len(errs) != 1 {
		t.Errorf("%s", a)
	}
}

// What closed once has neither a rep nor retailers, and is given none unless somebody asks for it.
func TestNobodyIsGivenToAVacantTerritoryUnasked(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner, rep1, rep2 := f.as("planner"), f.users["rep1"].ID.String(), f.territories["rep2"].String()
	only := f.cut("reps", []any{object{"rep_id": rep1}})
	planner.post("/v1/territory-proposals/"+only.text("id")+"/accept", object{"from": today, "reason": "left"}).want(200)
	for _, tt := range []struct {
		says   string
		change []any
		names  []string
	}{
		{"unasked", nil, []string{f.named("territory of rep1")}},
		{"for a count that the others are", []any{"count", 1}, []string{f.named("territory of rep1")}},
		{"another one opens", []any{"open", []any{object{"name": "new"}}}, []string{f.named("territory of rep1"), "new"}},
		{"asked for by a count", []any{"count", 2}, []string{f.named("territory of rep1"), f.named("territory of rep2")}},
		{"asked for by name", []any{"territories", []any{object{"territory_id": rep2}}}, []string{f.named("territory of rep1"), f.named("territory of rep2")}},
		{"asked for by a lock", []any{"locks", []any{object{"retailer_id": f.retailers["rep1"][0].ID.String(), "territory_id": rep2}}}, []string{f.named("territory of rep1"), f.named("territory of rep2")}},
	} {
		p := f.askCut(tt.change...)
		whole := planner.get("/v1/territory-proposals/" + p.text("id")).want(200)
		if got := each(whole.at("territories"), "name"); !slices.Equal(got, tt.names) {
			t.Errorf("%s: %q", tt.says, got)
		}
		if findings := each(whole.at("findings"), "code"); slices.Contains(findings, "idle") != !slices.Contains(tt.names, f.named("territory of rep2")) {
			t.Errorf("%s: %q", tt.says, findings)
		}
	}
	file := "code,territory\n" + f.retailers["rep1"][0].Code + "," + f.named("territory of rep2") + "\n"
	owned := planner.post("/v1/territories/import?purpose=visit", file).want(201).text("proposal", "id")
	if whole := planner.get("/v1/territory-proposals/" + owned).want(200); whole.at("figures", "change", "retailers") != 1.0 {
		t.Errorf("by a file: %s", whole)
	}
}
