package api_test

import (
	"strings"
	"testing"

	"rounds/api"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
)

// jsonOperations are all that take JSON of people, with some id in their addresses.
func jsonOperations(t *testing.T) []string {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Contract)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil || op.RequestBody.Value.Content.Get("application/json") == nil || op.Extensions["x-rounds-body"] != nil {
				continue
			}
			address := strings.ReplaceAll(path, "{year}", "2026")
			for _, p := range item.Parameters {
				address = strings.ReplaceAll(address, "{"+p.Value.Name+"}", uuid.NewString())
			}
			if !strings.Contains(address, "{") {
				found = append(found, method+" "+address)
			}
		}
	}
	if len(found) < 30 {
		t.Fatalf("only %d operations: %q", len(found), found)
	}
	return found
}

// Whoever sends what is no JSON is told where it breaks off and what to do about it, by every operation.
func TestUnreadableJSONIsToldWhereToMendIt(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, operation := range jsonOperations(t) {
		for _, tt := range []struct{ body, code, english, chinese string }{
			{`{"reason": "r",`, "json_cut_off", "ends before it is whole: close", "内容不完整：请补全"},
			{`{"reason": "r",}`, "json_breaks_off", "is no JSON at character 16: mend it there", "第 16 个字符处不是 JSON：请检查"},
			{`{"reason": "r"`, "json_cut_off", "ends before it is whole: close", "内容不完整：请补全"},
		} {
			for language, want := range map[string]string{"en": tt.english, "zh-CN": tt.chinese} {
				a := f.as("admin").breaking().with("Accept-Language", language).send(operation, tt.body)
				if a.status != 400 {
					t.Errorf("%s: %s", operation, a)
					continue
				}
				a.wantField("", tt.code)
				if got, _ := a.at("errors", 0, "detail").(string); !strings.HasPrefix(got, want) {
					t.Errorf("%s: %q", operation, got)
				}
			}
		}
	}
	a := f.as("admin").breaking().post("/v1/territory-proposals", `{"purpose": "visit"} {}`).want(400)
	a.wantField("", "json_goes_on")
	f.as("rep1").breaking().post(postBatch, `{"events"`).want(400).wantField("", "json_cut_off")
	f.as("rep1").breaking().post(askStatus, `{"ids": [}`).want(400).wantField("", "json_breaks_off")
}

// Sentences name statuses in the language that they are in.
func TestSentencesNameStatuses(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/territory-proposals/" + f.askCut().text("id")
	planner := f.as("planner")
	told := func(detail string) {
		t.Helper()
		if a := planner.with("Accept-Language", "zh").post(path+"/accept", object{"from": today, "reason": "r"}).want(409); a.at("detail") != detail {
			t.Errorf("%s", a)
		}
	}
	told("此片区方案计算中：请重新查看")
	planner.post(path+"/cancel", object{"reason": "r"}).want(200)
	told("此片区方案已取消：请重新查看")
	path = "/v1/territory-proposals/" + f.cut().text("id")
	planner.post(path+"/accept", object{"from": today, "reason": "r"}).want(200)
	told("此片区方案已采纳：请重新查看")
	planner.post(path+"/roll-back", object{"from": today, "reason": "r"}).want(200)
	told("此片区方案已回退：请重新查看")
	if a := planner.post(path+"/accept", object{"from": today, "reason": "r"}).want(409); a.at("detail") != "this territory proposal is rolled back: look at it again" {
		t.Errorf("%s", a)
	}
	territory := f.territories["rep3"].String()
	a := f.as("admin").with("Accept-Language", "zh").post("/v1/territory-proposals", object{
		"purpose": "visit", "unit_id": f.units["south"].String(), "territories": []any{object{"territory_id": territory, "home": object{"lat": -40, "lon": 3}}},
	}).want(400)
	if got, _ := a.at("errors", 0, "detail").(string); strings.Contains(got, "the ") {
		t.Errorf("%s", a)
	}
}
