package api_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/fieldwork"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

// askCut asks for other visit territories of the north, which nobody cuts yet.
func (f *fixture) askCut(changes ...any) answer {
	f.t.Helper()
	return f.as("planner").post("/v1/territory-proposals", with(object{"purpose": "visit"}, changes...)).want(202)
}

// cut is a proposal that is planned to the end.
func (f *fixture) cut(changes ...any) answer {
	f.t.Helper()
	a := f.askCut(changes...)
	f.workCut(a.text("id"))
	done := f.as("planner").get("/v1/territory-proposals/" + a.text("id")).want(200)
	if done.at("status") != "proposed" {
		f.t.Fatalf("%s", done)
	}
	return done
}

// workCut does what the job of a proposal would do.
func (f *fixture) workCut(proposal string) {
	f.t.Helper()
	id, err := rounds.ParseID[rounds.TerritoryProposal](proposal)
	f.must(err)
	f.must(f.office.WorkTerritories(context.Background(), fieldwork.TerritoryJob{OrgID: f.org.ID, ProposalID: id}))
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

// An answer is not larger than a body in which every line is wrong.
func TestTheFirstThousandFieldsAreNamed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var locks []any
	for range 1500 {
		locks = append(locks, object{"retailer_id": uuid.NewString()})
	}
	a := f.as("planner").post("/v1/territory-proposals", object{"purpose": "visit", "locks": locks}).want(400)
	a.wantField("", "more_fields")
	if errs := list(a.at("errors")); len(errs) != 1001 || at(errs[1000], "detail") != "500 more are wrong: mend these first" {
		t.Errorf("%d errors", len(errs))
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
		{"minutes on the way as a measure", []any{"measures", []any{object{"name": "workload"}, object{"name": "travel"}}}, "/measures/1/name", "not_one_of"},
		{"travel without work", []any{"travel", object{}, "measures", []any{object{"name": "retailers"}}}, "/travel", "needs_workload"},
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
		{"a barrier beyond the pole", []any{"barriers", []any{object{"type": "LineString", "coordinates": [][]float64{{1, 2}, {3, 200}}}}}, "/barriers/0", "wrong_form"},
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

// placed is in which territory a retailer is today.
func (f *fixture) placed(r rounds.Retailer) any {
	f.t.Helper()
	return f.as("admin").get("/v1/retailers/" + r.ID.String()).want(200).at("territory_id")
}

func TestTerritoriesAreEvenedOutAcceptedAndRolledBack(t *testing.T) {
	t.Parallel()
	f := alone(t)
	p := f.cut("change_price", 0.1)
	path := "/v1/territory-proposals/" + p.text("id")
	if p.at("figures", "met") != true || p.at("figures", "change", "retailers") != 2.0 || p.at("figures", "change", "moved_percent") != 25.0 {
		t.Fatalf("six and two become four and four: %s", p)
	}
	if p.at("territories", 0, "before", "retailers").(float64)+p.at("territories", 1, "before", "retailers").(float64) != 8 ||
		p.at("territories", 0, "after", "loads", 0) != 160.0 || p.at("territories", 1, "after", "deviation_percents", 0) != 0.0 {
		t.Errorf("%s", p)
	}
	moved := list(f.as("supervisor").get(path + "/retailers?moved=true").want(200).at("items"))
	if len(moved) != 2 || at(moved[0], "code") != "R15" || at(moved[1], "code") != "R16" {
		t.Errorf("the two nearest to rep2 move: %v", moved)
	}
	r15 := f.retailers["rep1"][4]
	planner := f.as("planner")
	planner.post(path+"/accept", object{"from": "2026-03-01", "reason": "r"}).want(400).wantField("/from", "not_between")
	accepted := planner.post(path+"/accept", object{"from": "2026-03-03", "reason": "spring"}).want(200)
	if accepted.at("status") != "accepted" || accepted.at("valid_from") != "2026-03-03" || accepted.at("reason") != "spring" {
		t.Errorf("%s", accepted)
	}
	if f.placed(r15) != f.territories["rep1"].String() {
		t.Error("moved before its day")
	}
	planner.post(path+"/accept", object{"from": "2026-03-03", "reason": "again"}).want(409)
	f.move(24 * time.Hour)
	if f.placed(r15) != f.territories["rep2"].String() {
		t.Error("not moved on its day")
	}
	history := func(by string) []string {
		var days []string
		for _, p := range list(f.as(by).get("/v1/retailers/" + r15.ID.String() + "/territories").want(200).at("items")) {
			days = append(days, fmt.Sprint(at(p, "from"), " ", at(p, "until"), " ", at(p, "rep_id") == f.users["rep2"].ID.String()))
		}
		return days
	}
	if got := history("admin"); !slices.Equal(got, []string{"2026-03-03 <nil> true", "2026-01-01 2026-03-03 false"}) {
		t.Errorf("%q", got)
	}
	if got := history("rep2"); !slices.Equal(got, []string{"2026-03-03 <nil> true"}) {
		t.Errorf("a rep sees others' times: %q", got)
	}
	back := f.as("planner").post(path+"/roll-back", object{"from": "2026-03-04", "reason": "complaints"}).want(200)
	if back.at("status") != "rolled_back" || back.at("rolled_back_from") != "2026-03-04" {
		t.Errorf("%s", back)
	}
	f.move(24 * time.Hour)
	if f.placed(r15) != f.territories["rep1"].String() {
		t.Error("not back")
	}
}

func TestAChangedRegisterIsAConflictForTerritories(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		says, pointer, code string
		change              func(f *fixture)
	}{
		{"a retailer closed", "/retailers", "gone_since", func(f *fixture) {
			f.as("admin").patch("/v1/retailers/"+f.retailers["rep1"][4].ID.String(), object{"status": "closed"}).want(200)
		}},
		{"a retailer has another territory", "/retailers", "moved_since", func(f *fixture) {
			f.as("admin").patch("/v1/territories/"+f.territories["rep1"].String(), object{"reason": "r", "remove_retailer_ids": ids(f.retailers["rep1"][4:5])}).want(200)
		}},
		{"a pin has moved far", "/retailers", "pin_moved_since", func(f *fixture) {
			f.as("admin").patch("/v1/retailers/"+f.retailers["rep1"][4].ID.String(), object{"pin": object{"lat": 31.5, "lon": 120.0, "reason": "seen"}}).want(200)
		}},
		{"a retailer is in a territory of others", "/retailers", "gone_since", func(f *fixture) {
			r := ids(f.retailers["rep1"][4:5])
			f.as("admin").patch("/v1/territories/"+f.territories["rep1"].String(), object{"reason": "r", "remove_retailer_ids": r}).want(200)
			f.as("admin").patch("/v1/territories/"+f.territories["rep3"].String(), object{"reason": "r", "add_retailer_ids": r}).want(200)
		}},
	} {
		t.Log(tt.says)
		f := setup(t)
		path := "/v1/territory-proposals/" + f.cut().text("id")
		tt.change(f)
		body := object{"from": today, "reason": "r"}
		f.as("admin").post(path+"/accept", body).want(409).wantField(tt.pointer, tt.code)
		f.as("admin").post(path+"/accept", with(body, "skip_changed", true)).want(200)
		if got := f.placed(f.retailers["rep1"][5]); got != f.territories["rep2"].String() {
			t.Errorf("the others do not move: %v", got)
		}
		if got := f.placed(f.retailers["rep1"][4]); got == f.territories["rep2"].String() {
			t.Errorf("what has changed moves: %v", got)
		}
	}
}

func TestWhatWasChangedSinceIsNotRolledBack(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/territory-proposals/" + f.cut().text("id")
	f.as("admin").post(path+"/accept", object{"from": today, "reason": "r"}).want(200)
	f.as("admin").patch("/v1/territories/"+f.territories["rep2"].String(), object{"reason": "r", "remove_retailer_ids": ids(f.retailers["rep1"][4:5])}).want(200)
	f.as("admin").post(path+"/roll-back", object{"from": today, "reason": "r"}).want(409).wantField("/retailers", "moved_since")
}

// A territory opens for a new rep and another closes; rolled back, all is as before.
func TestTerritoriesOpenAndClose(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.add("fresh", rounds.RoleRep, "north")
	fresh, rep1 := f.users["fresh"].ID.String(), f.users["rep1"].ID.String()
	p := f.cut("reps", []any{object{"rep_id": rep1}, object{"rep_id": fresh}})
	path := "/v1/territory-proposals/" + p.text("id")
	f.as("planner").post(path+"/edits", object{"revision": 1, "reason": "as agreed", "moves": []any{
		object{"retailer_ids": ids(f.retailers["rep1"][:4]), "to": 0}, object{"retailer_ids": ids(slices.Concat(f.retailers["rep1"][4:], f.retailers["rep2"])), "to": 1},
	}}).want(200)
	f.as("planner").post(path+"/accept", object{"from": today, "reason": "r"}).want(200)
	reps := func() map[string]float64 {
		has := map[string]float64{}
		for _, t := range list(f.as("planner").get("/v1/territories").want(200).at("items")) {
			has[fmt.Sprint(at(t, "rep_id"))] += at(t, "retailers").(float64)
		}
		return has
	}
	if got := reps(); got[rep1] != 4 || got[fresh] != 4 || got["<nil>"] != 0 {
		t.Errorf("%v", got)
	}
	f.as("planner").post(path+"/roll-back", object{"from": today, "reason": "r"}).want(200)
	if got := reps(); got[rep1] != 6 || got[f.users["rep2"].ID.String()] != 2 || got[fresh] != 0 {
		t.Errorf("rolled back: %v", got)
	}
}

func TestProposalsAreEditedByHand(t *testing.T) {
	t.Parallel()
	f := setup(t)
	p := f.cut()
	path := "/v1/territory-proposals/" + p.text("id")
	planner := f.as("planner")
	r14 := f.retailers["rep1"][3].ID.String()
	to := at(list(planner.get(path + "/retailers?moved=true").want(200).at("items"))[0], "to")
	edit := object{"revision": 1, "reason": "he knows them", "moves": []any{object{"retailer_ids": []string{r14}, "to": to}}, "lock_retailer_ids": []string{r14}}
	tried := planner.post(path+"/edits", with(edit, "dry_run", true)).want(200)
	if tried.at("proposal", "figures", "met") != false || tried.at("before", "met") != true || tried.at("before_territories", 0, "portion", "retailers") != 4.0 {
		t.Errorf("%s", tried)
	}
	made := planner.post(path+"/edits", edit).want(200)
	if made.at("proposal", "revision") != 2.0 || len(list(made.at("moves"))) != 1 {
		t.Errorf("%s", made)
	}
	planner.post(path+"/edits", edit).want(409)
	from := 1 - to.(float64)
	back := object{"revision": 2, "reason": "r", "moves": []any{object{"retailer_ids": []string{r14}, "to": from}}}
	planner.post(path+"/edits", back).want(400).wantField("/moves/0/retailer_ids/0", "locked")
	planner.post(path+"/edits", with(back, "moves", []any{object{"retailer_ids": []string{r14}, "to": 7}})).want(400).wantField("/moves/0/to", "not_found")
	planner.post(path+"/edits", with(back, "lock_retailer_ids", []string{uuid.NewString()})).want(400).wantField("/lock_retailer_ids/0", "not_found")
	again := planner.post(path+"/edits", with(back, "unlock_retailer_ids", []string{r14})).want(200)
	if again.at("proposal", "figures", "met") != true {
		t.Errorf("%s", again)
	}
	edits := list(planner.get(path + "/edits").want(200).at("items"))
	if len(edits) != 2 || at(edits[1], "reason") != "he knows them" || at(edits[1], "by") != f.users["planner"].ID.String() || at(edits[1], "moves", 0, "retailer_id") != r14 {
		t.Errorf("%v", edits)
	}
	first := planner.get(path + "/edits?limit=1").want(200)
	if rest := list(planner.get(path + "/edits?after=" + first.text("next")).want(200).at("items")); len(rest) != 1 || at(rest[0], "revision") != 2.0 {
		t.Errorf("%v", rest)
	}
}

func TestProposalsAreCompared(t *testing.T) {
	t.Parallel()
	f := setup(t)
	one, other := f.cut(), f.cut("measures", []any{object{"name": "retailers"}})
	path := "/v1/territory-proposals/" + one.text("id") + "/compare?with="
	c := f.as("supervisor").get(path + other.text("id")).want(200)
	if c.at("differ") != 2.0 || len(list(c.at("items"))) != 2 || c.at("items", 0, "other") != f.named("territory of rep1") || c.at("other", "figures", "change", "retailers") != 0.0 {
		t.Errorf("%s", c)
	}
	f.as("supervisor").get(path+uuid.NewString()).want(400).wantField("with", "not_found")
	f.as("supervisor").get(path + f.askCut().text("id")).want(409)
}

func TestCancelledTerritoriesStayCancelled(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.askCut()
	path := "/v1/territory-proposals/" + a.text("id")
	f.as("planner").post(path+"/cancel", object{"reason": "wrong unit"}).want(200)
	f.workCut(a.text("id")) // the job comes too late
	if got := f.as("planner").get(path).want(200); got.at("status") != "cancelled" || got.at("figures") != nil {
		t.Errorf("%s", got)
	}
	f.as("planner").post(path+"/accept", object{"from": today, "reason": "anyway"}).want(409)
	f.as("planner").post(path+"/edits", object{"revision": 1, "reason": "anyway"}).want(409)
}

func TestProposalsAreDrawn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/territory-proposals/" + f.cut().text("id")
	supervisor := f.as("supervisor")
	features := list(supervisor.get(path + "/outlines.geojson").want(200).at("features"))
	kinds := map[any]int{}
	for _, feature := range features {
		kinds[at(feature, "geometry", "type")]++
	}
	if kinds["Point"] != 8 || len(features) < 8 {
		t.Errorf("%v", kinds)
	}
	if kml := supervisor.get(path + "/outlines.kml").want(200); !strings.Contains(string(kml.body), "R15") || kml.header.Get("Content-Type") != "application/vnd.google-earth.kml+xml" {
		t.Errorf("%s", kml)
	}
	page := supervisor.get(path + "/page.html").want(200)
	if !strings.Contains(string(page.body), f.named("territory of rep1")) || !strings.Contains(page.header.Get("Content-Security-Policy"), "style-src 'unsafe-inline'") {
		t.Errorf("%s", page)
	}
	for _, file := range []string{"/outlines.geojson", "/outlines.kml", "/page.html"} {
		supervisor.get("/v1/territory-proposals/" + f.askCut().text("id") + file).want(409)
	}
}

// ground is a map of one territory, around the retailers of rep1.
func ground(territory string) string {
	return fmt.Sprintf(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":%q},
		"geometry":{"type":"Polygon","coordinates":[[[119.9995,31.4],[120.0035,31.4],[120.0035,31.5],[119.9995,31.5],[119.9995,31.4]]]}}]}`, territory)
}

func TestOwnersOfAFileBecomeAProposal(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	const path = "/v1/territories/import?purpose=visit"
	exported := f.as("supervisor").get("/v1/territories/export?purpose=visit&format=csv").want(200)
	same := planner.post(path, exported.body).want(201)
	if whole := planner.get("/v1/territory-proposals/" + same.text("proposal", "id")).want(200); whole.at("figures", "change", "retailers") != 0.0 || whole.at("retailers") != 8.0 {
		t.Errorf("what was exported changes nothing: %s", whole)
	}
	im := planner.post(path, "零售户编码,片区\nR16,"+f.named("territory of rep2")+"\nR15,New\nR41,New\n").want(201)
	if im.at("rows") != 3.0 || im.at("proposal", "origin") != "file" || im.at("proposal", "status") != "proposed" {
		t.Fatalf("%s", im)
	}
	id := im.text("proposal", "id")
	if f.placed(f.retailers["rep1"][5]) != f.territories["rep1"].String() {
		t.Error("a file moves somebody before it is accepted")
	}
	planner.post("/v1/territory-proposals/"+id+"/accept", object{"from": today, "reason": "as in the file"}).want(200)
	for _, r := range []rounds.Retailer{f.retailers["rep1"][4], f.retailers[""][0]} {
		if got := f.as("admin").get("/v1/territories/" + fmt.Sprint(f.placed(r))).want(200); got.at("name") != "New" {
			t.Errorf("%s", got)
		}
	}
	for _, tt := range []struct {
		says, file string
		row        float64
		code       string
	}{
		{"a retailer of others", "code,territory\nR11,a\nR31,a\n", 3, "unknown_retailer"},
		{"a territory of others", "code,territory\nR11," + f.named("territory of rep3") + "\n", 2, "not_found"},
		{"a retailer twice", "code,territory\nR11,a\nR11,b\n", 3, "given_twice"},
		{"no territory", "code,territory\nR11,\n", 2, "required"},
		{"no code", "code,territory\n,x\n", 2, "required"},
		{"a name that no territory can have", "code,territory\nR11," + strings.Repeat("片", 201) + "\n", 2, "too_long"},
		{"nobody", "code,territory\n", 1, "too_few"},
	} {
		a := planner.post(path, tt.file).want(422)
		if at(a.at("findings"), 0, "row") != tt.row || at(a.at("findings"), 0, "code") != tt.code {
			t.Errorf("%s: %s", tt.says, a)
		}
	}
	planner.post(path, "who,what\n").want(400)
}

func TestTerritoriesAreExported(t *testing.T) {
	t.Parallel()
	f := setup(t)
	export := func(by, format string) answer {
		return f.as(by).get("/v1/territories/export?purpose=visit&format=" + format).want(200)
	}
	if csv := string(export("admin", "csv").body); strings.Count(csv, "\n") != 12 || !strings.Contains(csv, "R31") {
		t.Errorf("%s", csv)
	}
	if csv := string(export("supervisor", "csv").body); strings.Count(csv, "\n") != 9 || strings.Contains(csv, "R31") {
		t.Errorf("others' retailers: %s", csv)
	}
	export("admin", "xlsx")
	if got := len(list(export("admin", "geojson").at("features"))); got < 11 {
		t.Errorf("%d features of ten retailers", got)
	}
	export("admin", "kml")
	f.as("admin").get("/v1/territories/export?purpose=delivery&format=kml").want(400)
}

func TestOwnersAreHeldAgainstAMap(t *testing.T) {
	t.Parallel()
	f := setup(t)
	const path = "/v1/territories/disagreements?purpose=visit"
	a := f.as("planner").post(path, ground(f.named("territory of rep1"))).want(200)
	got := map[string]string{}
	for _, d := range list(a.at("items")) {
		got[at(d, "code").(string)] = at(d, "kind").(string)
	}
	if a.at("count") != 4.0 || got["R15"] != "in_none" || got["R16"] != "in_none" || got["R21"] != "in_none" || got["R11"] != "" {
		t.Errorf("the last two of rep1, and those of rep2: %v", got)
	}
	if swapped := f.as("planner").post(path, ground(f.named("territory of rep2"))).want(200); at(swapped.at("items"), 0, "kind") != "other_owner" {
		t.Errorf("%s", swapped)
	}
	for _, bad := range []string{"", "no map", `{"type":"FeatureCollection","features":[]}`, "<kml></kml>"} {
		f.as("planner").breaking().post(path, bad).want(400)
	}
}

// Sixteen shops on a square are cut in two for telephone orders. One that is moved by hand stays there, and others go
// instead, so that all is even again.
func TestEditsAreMended(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for i := range 16 {
		f.addRetailer(fmt.Sprintf("S%02d", i), orb.Point{120.1 + 0.001*float64(i%4), 31.41592 + 0.001*float64(i/4)})
	}
	admin := f.as("admin")
	a := admin.post("/v1/territory-proposals", object{
		"purpose": "ordering", "count": 2, "measures": []any{object{"name": "retailers", "tolerance_percent": 5}},
	}).want(202)
	f.workCut(a.text("id"))
	path := "/v1/territory-proposals/" + a.text("id")
	mended := 0
	for _, r := range list(admin.get(path + "/retailers?to=0").want(200).at("items")) {
		edit := object{"revision": 1, "reason": "r", "dry_run": true, "moves": []any{object{"retailer_ids": []any{at(r, "retailer_id")}, "to": 1}}}
		plain := admin.post(path+"/edits", edit).want(200)
		repaired := admin.post(path+"/edits", with(edit, "repair", true)).want(200)
		if plain.at("proposal", "figures", "met") == false && repaired.at("proposal", "figures", "met") == true {
			mended++
		}
		stays := slices.ContainsFunc(list(repaired.at("moves")), func(m any) bool { return at(m, "retailer_id") == at(r, "retailer_id") && at(m, "to") == 1.0 })
		if !stays {
			t.Errorf("what was put there does not stay: %v", repaired.at("moves"))
		}
	}
	if mended == 0 {
		t.Error("nothing was mended")
	}
}
