package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
)

const myFindings = "/v1/me/audit-findings"

// seen is a finding at a retailer, answered by the default form.
func seen(a rounds.Audit, r rounds.Retailer, changes ...func(object)) object {
	f := object{
		"id": uuid.NewString(), "audit_id": a.ID.String(), "retailer_id": r.ID.String(), "form_version": 1, "met": "visited",
		"answered_at": "2026-03-02T10:00:00+08:00",
		"answers":     object{"prices_tagged": "yes", "policies_known": "no", "satisfaction": 4, "visit_happened": "no"},
	}
	for _, change := range changes {
		change(f)
	}
	return f
}

// but replaces members of a finding.
func but(members object) func(object) {
	return func(f object) {
		for name, value := range members {
			f[name] = value
		}
	}
}

func (c client) find(findings ...object) answer {
	c.t.Helper()
	return c.post(myFindings, object{"findings": findings}).want(200)
}

// said are the results of a batch, with the fields of what is wrong.
func (a answer) said() []string {
	a.t.Helper()
	var out []string
	for _, result := range list(a.at("results")) {
		text := fmt.Sprint(at(result, "result"))
		for _, e := range list(at(result, "problem", "errors")) {
			text += fmt.Sprintf(" %v %v", at(e, "pointer"), at(e, "code"))
		}
		out = append(out, text)
	}
	return out
}

func (f *fixture) wantSaid(what string, a answer, want ...string) {
	f.t.Helper()
	if diff := cmp.Diff(want, a.said()); diff != "" {
		f.t.Errorf("%s (-want +got):\n%s\n%s", what, diff, a)
	}
}

func TestAFindingIsTakenOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	audit := f.audit("rep1", rounds.FormID{}, 1, "rep3")
	visit := f.visit("rep1", f.first("rep1"), 0)
	auditor, shop := f.as("rep3"), f.first("rep1")
	first := seen(audit, shop, but(object{"says": object{visit: "refuted"}, "note": "闭门", "check_in_id": uuid.NewString()}))
	f.wantSaid("a finding", auditor.find(first), "created")
	f.wantSaid("the same again, twice, and spelt otherwise", auditor.find(first, first, with(first, "answered_at", "2026-03-02T02:00:00Z", "answers", object{
		"visit_happened": "no", "satisfaction": 4.0, "policies_known": "no", "prices_tagged": "yes",
	})), "exists", "exists", "exists")
	f.wantSaid("something else under its id", auditor.find(with(first, "note", "open", "answers", object{"prices_tagged": "no", "policies_known": "no", "visit_happened": "no"})),
		"conflict /answers/prices_tagged differs /answers/satisfaction differs /note differs")
	f.wantSaid("somebody else's under its id", f.as("rep2").find(first, with(first, "note", "mine")), "conflict", "conflict")
	f.wantSaid("a second one of the retailer", auditor.find(seen(audit, shop)), "conflict /retailer_id found_before")

	correction := seen(audit, shop, but(object{"corrects_id": first["id"], "says": object{visit: "confirmed"}}))
	f.wantSaid("a correction, and again", auditor.find(correction, correction), "created", "exists")
	f.wantSaid("a second correction of the first", auditor.find(seen(audit, shop, but(object{"corrects_id": first["id"]}))), "conflict /corrects_id corrected_before")
	f.wantSaid("a correction of the correction", auditor.find(seen(audit, shop, but(object{"corrects_id": correction["id"]}))), "created")
	f.wantSaid("the first once more, after all that", auditor.find(first), "exists")
	f.wantSaid("a correction of nothing", auditor.find(seen(audit, shop, but(object{"corrects_id": uuid.NewString()}))), "rejected /corrects_id no_such_finding")

	stored, err := f.store.Finding(context.Background(), f.org.ID, id[rounds.Finding](f, first["id"]))
	f.must(err)
	if got := []any{stored.Note, stored.AuditorID, stored.Met, string(stored.Answers["satisfaction"]), len(stored.Says), stored.ReceivedAt}; !cmp.Equal(got, []any{"闭门", f.users["rep3"].ID, rounds.MetVisited, "4", 1, f.now()}) {
		t.Errorf("stored is %v", got)
	}
}

func id[Noun any](f *fixture, text any) rounds.ID[Noun] {
	f.t.Helper()
	id, err := rounds.ParseID[Noun](text.(string))
	f.must(err)
	return id
}

func TestFindingsAreHeldToTheirForm(t *testing.T) {
	t.Parallel()
	f := setup(t)
	audit := f.audit("rep1", rounds.FormID{}, 1, "rep3")
	auditor, shop := f.as("rep3"), f.first("rep1")
	answers := func(members ...any) func(object) {
		return but(object{"answers": with(object{"prices_tagged": "yes", "policies_known": "no", "visit_happened": "no"}, members...)})
	}
	for _, tt := range []struct {
		name string
		find object
		want string
	}{
		{"an answer out of range", seen(audit, shop, answers("satisfaction", 6)), "rejected /answers/satisfaction too_large"},
		{"an answer beyond all numbers", seen(audit, shop, answers("satisfaction", json.RawMessage("1e400"))), "rejected /answers/satisfaction not_a_number"},
		{"several faults", seen(audit, shop, answers("prices_tagged", nil, "weather", "fine")), "rejected /answers/prices_tagged required /answers/weather unknown_question"},
		{"answers of a closed shop", seen(audit, shop, but(object{"met": "closed"})), "rejected /answers nobody_asked"},
		{"a version that is none", seen(audit, shop, but(object{"form_version": 2})), "rejected /form_version not_found"},
		{"another form", seen(audit, shop, but(object{"form_id": uuid.NewString()})), "rejected /form_id not_the_audits_form"},
		{"a visit that nobody claims", seen(audit, shop, but(object{"says": object{uuid.NewString(): "refuted"}})), "rejected"},
		{"a field that is not known", seen(audit, shop, but(object{"mood": 1})), "rejected /mood unknown_field"},
		{"a retailer that was drawn and is on nobody's route", seen(audit, f.retailers["rep1"][1]), "rejected /retailer_id not_on_your_route"},
		{"an audit that is none", seen(audit, shop, but(object{"audit_id": uuid.NewString()})), "rejected /retailer_id not_on_your_route"},
	} {
		c := auditor
		c.malformed = true
		a := c.find(tt.find)
		if got := strings.Join(a.said(), ""); got != tt.want && !(tt.want == "rejected" && strings.HasPrefix(got, "rejected /says/")) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	f.wantSaid("a neighbour of faulty ones", auditor.breaking().find(seen(audit, shop, answers("satisfaction", 9)), seen(audit, shop, but(object{"met": "closed", "answers": object{}})), object{}),
		"rejected /answers/satisfaction too_large", "created",
		"rejected /id required /audit_id required /retailer_id required /met required /answered_at required /form_version required")
	a := auditor.with("Accept-Language", "zh").find(seen(audit, f.retailers["rep1"][1]))
	if got := a.at("results", 0, "problem", "errors", 0, "detail"); got != "不在您在本次核查中的任何路线上" {
		t.Errorf("in Chinese: %v", got)
	}
	many := object{}
	for i := range 5000 {
		many[fmt.Sprint("q", i)] = 1
	}
	if got := auditor.find(seen(audit, f.first("rep1"), but(object{"answers": many, "id": uuid.NewString()}))).at("results", 0, "problem", "errors"); len(list(got)) != 100 {
		t.Errorf("%d faults are told", len(list(got)))
	}
	auditor.breaking().post(myFindings, `{"findings":[],"findings":[]}`).want(400).wantField("/findings", "given_twice")
	auditor.breaking().post(myFindings, object{}).want(400).wantField("/findings", "required")
	auditor.breaking().post(myFindings, object{"findings": make([]object, 101)}).want(413)
}

// A finding that nobody can read is refused, and nothing beside it.
func TestAnUnreadableFindingHurtsNoNeighbour(t *testing.T) {
	t.Parallel()
	f := setup(t)
	audit := f.audit("rep1", rounds.FormID{}, 1, "rep3")
	text, err := json.Marshal(seen(audit, f.first("rep1")))
	f.must(err)
	fine, broken := string(text), uuid.NewString()
	for i, tt := range []struct{ name, members, want string }{
		{"nested too deep", `"answers":` + strings.Repeat(`{"a":`, 10_001) + `1` + strings.Repeat("}", 10_001), "rejected  not_json"},
		{"as deep as JSON may be, and a batch around it", `"answers":` + strings.Repeat(`{"a":`, 9_999) + `1` + strings.Repeat("}", 9_999), "rejected /audit_id required"},
		{"no number", `"form_version":NaN`, "rejected  not_json"},
		{"a raw line feed", "\"note\":\"\n\"", "rejected  not_json"},
		{"too large", `"note":"` + strings.Repeat("x", 256<<10) + `"`, "rejected  finding_too_large"},
	} {
		a := f.as("rep3").breaking().post(myFindings, `{"findings":[`+fine+`,{"id":"`+broken+`",`+tt.members+`},`+fine+`]}`).want(200)
		said := a.said()
		first := []string{"created", "exists"}[min(i, 1)]
		if said[0] != first || !strings.HasPrefix(said[1], tt.want) || said[2] != "exists" || a.at("results", 1, "id") != broken {
			t.Errorf("%s: %q, %v", tt.name, said, a.at("results", 1, "id"))
		}
	}
	none := f.as("rep3").breaking()
	none.post(myFindings, `{"findings":[{"id":"no,{"id":"b"}]}`).want(400)
	none.post(myFindings, `{"sent":{},"findings":[NaN]}`).want(400)
	none.post(myFindings, `{"findings":[NaN],"findings":[]}`).want(400)
	none.post(myFindings, `{"findings":[`+strings.Repeat("NaN,", 101)+`]}`).want(413)
}

// What an auditor found and nobody could take is somebody's work: a supervisor hears of it.
func TestRefusedFindingsAreKept(t *testing.T) {
	t.Parallel()
	f := setup(t)
	audit, shop := f.audit("rep1", rounds.FormID{}, 1, "rep3"), f.first("rep1")
	auditor, super := f.as("rep3"), f.as("supervisor")
	waiting := func(c client) []string {
		t.Helper()
		var out []string
		for _, e := range list(c.get("/v1/exceptions?kind=quarantined").want(200).at("items")) {
			out = append(out, fmt.Sprint(at(e, "reasons"), " ", at(e, "rep_id") == f.users["rep3"].ID.String(), " ", at(e, "retailer_code") == shop.Code, " ", at(e, "problem")))
		}
		return out
	}
	want := func(what string, got []string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	const text = "[too_large] true true this finding cannot be taken: see its fields; /answers/satisfaction too_large"
	wrong := seen(audit, shop, but(object{"answers": object{"prices_tagged": "yes", "policies_known": "no", "satisfaction": 9, "visit_happened": "no"}}))
	auditor.find(wrong, wrong)
	auditor.find(wrong)
	want("sent three times", waiting(super), text)
	want("to the auditor", waiting(auditor), text)
	want("to a colleague", waiting(f.as("rep1")))
	want("to the auditor's own supervisor", waiting(f.as("sibling")), text)
	if got := super.get("/v1/exceptions?kind=quarantined").want(200).at("items", 0, "audit_id"); got != audit.ID.String() {
		t.Errorf("of the audit %v", got)
	}
	held := auditor.get("/v1/me/data").want(200)
	raw, err := base64.StdEncoding.DecodeString(held.at("quarantined", 0, "raw").(string))
	f.must(err)
	if held.at("quarantined", 0, "finding_id") != wrong["id"] || !strings.Contains(string(raw), "satisfaction") {
		t.Errorf("held is %v", held.at("quarantined"))
	}
	mended := with(wrong, "answers", object{"prices_tagged": "yes", "policies_known": "no", "satisfaction": 5, "visit_happened": "no"})
	f.wantSaid("mended", auditor.find(mended), "created")
	want("mended", waiting(super))

	f.wantSaid("a second one of the retailer", auditor.find(seen(audit, shop)), "conflict /retailer_id found_before")
	want("a second one", waiting(super), "[found_before] true true this audit has a finding of the retailer already: its auditor may send a correction; /retailer_id found_before")
	item := super.get("/v1/exceptions?kind=quarantined").want(200).at("items", 0, "id")
	decision := object{"items": []object{{"kind": "quarantined", "id": item}}, "decision": "dismiss", "reason": "the first one stands"}
	if got := super.post("/v1/exceptions/decisions", decision).want(200).at("results", 0, "result"); got != "decided" {
		t.Errorf("dismissing it: %v", got)
	}
	want("dismissed", waiting(super))
	if got := auditor.get("/v1/me/decisions?since=2026-01-01T00:00:00Z").want(200).at("items", 0, "reason"); got != "the first one stands" {
		t.Errorf("the auditor reads %v", got)
	}
}

// Whatever is in a finding, somebody hears of it in words that can be stored.
func TestStrangeFindingsAreKept(t *testing.T) {
	t.Parallel()
	f := setup(t)
	long := strings.Repeat("名", 20_000)
	for _, raw := range []string{
		`null`, `7`, `[]`, `""`, `{}`, `{"\u0000":1}`, `{"\ud800":{"\udfff":1,"\udfff":2}}`, "{\"\xff\xfe\":1}", `{"` + long + `":1}`,
		`{"id":"` + uuid.NewString() + `","note":"` + strings.Repeat("x", 300<<10) + `"}`,
	} {
		a := f.as("rep3").breaking().post(myFindings, `{"findings":[`+raw+`]}`).want(200)
		if got := a.said()[0]; !strings.HasPrefix(got, "rejected ") {
			t.Errorf("%.100s: %.200s", raw, got)
		}
	}
	items := list(f.as("sibling").get("/v1/exceptions?kind=quarantined").want(200).at("items"))
	if len(items) != 10 {
		t.Errorf("%d are kept", len(items))
	}
	for _, item := range items {
		if text := at(item, "problem").(string); len(text) > 1000 {
			t.Errorf("%d bytes of words: %.200s", len(text), text)
		}
	}
	f.as("rep3").get("/v1/me/data").want(200)
}

// A phone may send the newest first: what is corrected is taken before what corrects it, and each has its result in its own place.
func TestCorrectionsAreTakenInAnyOrder(t *testing.T) {
	t.Parallel()
	f := setup(t)
	audit, shop := f.audit("rep1", rounds.FormID{}, 1, "rep3"), f.first("rep1")
	first := seen(audit, shop)
	second := seen(audit, shop, but(object{"corrects_id": first["id"]}))
	third := seen(audit, shop, but(object{"corrects_id": second["id"]}))
	f.wantSaid("backwards", f.as("rep3").find(third, seen(audit, shop, but(object{"form_version": 2})), second, first, first),
		"created", "rejected /form_version not_found", "created", "created", "exists")
	ring := []object{seen(audit, shop), seen(audit, shop)}
	ring[0]["corrects_id"], ring[1]["corrects_id"] = ring[1]["id"], ring[0]["id"]
	f.wantSaid("in a ring", f.as("rep3").find(ring...), "rejected /corrects_id no_such_finding", "rejected /corrects_id no_such_finding")
	said := list(f.as("rep3").get(myFindings).want(200).at("items"))
	for _, item := range said {
		if got, want := at(item, "replaced"), at(item, "id") != third["id"]; got != want {
			t.Errorf("%v is replaced: %v, want %v", item, got, want)
		}
	}
	if len(said) != 3 {
		t.Errorf("%d findings are kept, want 3", len(said))
	}
}

// Who never had a route to a retailer is told the same of an audit as of none.
func TestFindingsSayNothingOfOthersAudits(t *testing.T) {
	t.Parallel()
	f := setup(t)
	audit := f.audit("rep1", rounds.FormID{}, 1, "rep3")
	for _, name := range []string{"rep1", "rep2", "supervisor", "admin"} {
		there := f.as(name).find(seen(audit, f.first("rep1")))
		nowhere := f.as(name).find(seen(audit, f.first("rep1"), but(object{"audit_id": uuid.NewString()})))
		if diff := cmp.Diff(essence(nowhere), essence(there)); diff != "" {
			t.Errorf("%s (-nowhere +there):\n%s", name, diff)
		}
	}
	other := setup(t)
	other.wantSaid("another org's", other.as("admin").find(seen(audit, f.first("rep1"))), "rejected /retailer_id not_on_your_route")
}

func TestFindingsByAFormOfOnesOwn(t *testing.T) {
	t.Parallel()
	f := keeping(t)
	form := f.as("planner").post(auditForms, `{"name":"shop","title":{"en":"Shop"},"questions":[
		{"name":"front","type":"photo","required":true,"label":{"en":"Front"}},
		{"name":"inside","type":"photo","label":{"en":"Inside"},"relevant":"${front} != ''"}]}`).want(201).text("id")
	audit := f.audit("rep1", id[rounds.AuditForm](f, form), 1, "rep3")
	f.as("planner").post(auditForms+"?form="+form, questions("stricter")).want(201)
	sent, later := picture(t, 301), picture(t, 302)
	f.as("rep3").sendPhoto(sent).want(201)
	find := seen(audit, f.first("rep1"), but(object{"form_id": form, "answers": object{"front": hexOf(sent), "inside": hexOf(later)}}))
	a := f.as("rep3").find(find)
	f.wantSaid("by the version that the phone had", a, "created")
	if got := list(a.at("results", 0, "photos_pending")); !cmp.Equal(got, []any{hexOf(later)}) {
		t.Errorf("pending are %v", got)
	}
	f.as("rep3").sendPhoto(later).want(201)
	if got := f.as("rep3").find(find).at("results", 0, "photos_pending"); got != nil {
		t.Errorf("still pending are %v", got)
	}
	for who, want := range map[string]int{"rep3": 200, "supervisor": 200, "admin": 200, "planner": 403, "rep1": 404, "sibling": 404} {
		f.as(who).get("/v1/photos/" + hexOf(sent) + "?purpose=case+7").want(want)
	}
	f.as("supervisor").get("/v1/photos/"+hexOf(sent)).want(400).wantField("purpose", "required")
	unnamed := picture(t, 303)
	f.as("rep3").sendPhoto(unnamed).want(201)
	f.as("admin").get("/v1/photos/" + hexOf(unnamed) + "?purpose=case+7").want(404)
}

// A closed shop answers nothing. What its auditor knows of a visit otherwise holds, and of that visit alone.
func TestWhatAnAuditorKnowsOfAClosedShop(t *testing.T) {
	t.Parallel()
	f := setup(t)
	audit, shop := f.audit("rep1", rounds.FormID{}, 1, "rep3"), f.first("rep1")
	known, unknown := f.visit("rep1", shop, 0), f.visit("rep1", shop, 300)
	f.wantSaid("closed", f.as("rep3").find(seen(audit, shop, but(object{
		"met": "closed", "answers": object{}, "says": object{known: "refuted"}, "note": "业主称去年已停业",
	}))), "created")
	got := map[any]any{}
	for _, c := range list(f.as("supervisor").get("/v1/audits/" + audit.ID.String() + "/claims").want(200).at("items")) {
		got[at(c, "visit_id")] = at(c, "says")
	}
	if diff := cmp.Diff(map[any]any{known: "refuted", unknown: "cannot_tell"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whoever has lost their phone reads what has arrived of their own, and what has to be photographed again.
func TestAnAuditorReadsTheirFindings(t *testing.T) {
	t.Parallel()
	f := keeping(t)
	form := f.as("planner").post(auditForms, `{"name":"shop","title":{"zh":"店"},"questions":[{"name":"front","type":"photo","label":{"zh":"门头"}},
		{"name":"inside","type":"photo","label":{"zh":"店内"}}]}`).want(201).text("id")
	audit, other := f.audit("rep1", id[rounds.AuditForm](f, form), 1, "rep3"), f.audit("rep1", rounds.FormID{}, 1, "rep3")
	auditor, shop := f.as("rep3"), f.first("rep1")
	sent, lost := picture(t, 311), picture(t, 312)
	auditor.sendPhoto(sent).want(201)
	first := seen(audit, shop, but(object{"form_id": form, "answers": object{"front": hexOf(sent), "inside": hexOf(lost)}}))
	second := with(first, "id", uuid.NewString(), "corrects_id", first["id"], "note", "门头已换")
	third := seen(other, shop, but(object{"met": "closed", "answers": object{}}))
	f.wantSaid("three", auditor.find(first, second, third), "created", "created", "created")

	a := auditor.get(myFindings + "?audit=" + audit.ID.String()).want(200)
	got := map[any][]any{}
	for _, item := range list(a.at("items")) {
		got[at(item, "id")] = []any{at(item, "retailer_code"), at(item, "retailer_name"), at(item, "answers", "front"), at(item, "note"), at(item, "replaced"), at(item, "photos_pending")}
	}
	want := map[any][]any{
		first["id"]:  {shop.Code, shop.Name, hexOf(sent), "", true, []any{hexOf(lost)}},
		second["id"]: {shop.Code, shop.Name, hexOf(sent), "门头已换", false, []any{hexOf(lost)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of the audit (-want +got):\n%s", diff)
	}
	var all []string
	for path := myFindings + "?limit=1"; ; {
		a := auditor.get(path).want(200)
		all = append(all, each(a.at("items"), "id")...)
		if a.at("next") == nil {
			break
		}
		path = myFindings + "?limit=1&after=" + a.text("next")
	}
	if diff := cmp.Diff(sorted(first["id"], second["id"], third["id"]), all); diff != "" {
		t.Errorf("page by page (-want +got):\n%s", diff)
	}
	auditor.sendPhoto(lost).want(201)
	if got := auditor.get(myFindings+"?audit="+audit.ID.String()).want(200).at("items", 0, "photos_pending"); got != nil {
		t.Errorf("still pending are %v", got)
	}
	for _, who := range []string{"rep1", "rep2", "supervisor", "admin"} {
		if got := list(f.as(who).get(myFindings + "?audit=" + audit.ID.String()).want(200).at("items")); len(got) != 0 {
			t.Errorf("%s reads %v", who, got)
		}
	}
	auditor.breaking().get(myFindings+"?after=xyz").want(400).wantField("after", "not_a_cursor")
	auditor.breaking().get(myFindings + "?audit=7").want(400)
}

func sorted(ids ...any) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.(string)
	}
	slices.Sort(texts)
	return texts
}

// A retailer may go over to another auditor. Who had it first may not know yet; what they found stays theirs.
func TestFindingsOfARetailerThatChangedHands(t *testing.T) {
	t.Parallel()
	f := setup(t)
	audit, shop := f.audit("rep1", rounds.FormID{}, 1, "rep3"), f.first("rep1")
	routes, err := f.store.AuditRoutes(context.Background(), f.org.ID, audit.ID)
	f.must(err)
	route := routes[0]
	route.Stops, route.Revision = nil, 2
	f.must(f.store.UpdateAuditRoute(context.Background(), f.org.ID, route))
	f.sent(audit.ID, "rep2", shop)
	first := seen(audit, shop)
	f.wantSaid("by who had it", f.as("rep3").find(first), "created")
	f.wantSaid("by who has it, beside", f.as("rep2").find(seen(audit, shop)), "conflict /retailer_id found_before")
	correction := seen(audit, shop, but(object{"corrects_id": first["id"]}))
	f.wantSaid("by who has it, over it", f.as("rep2").find(correction), "rejected /corrects_id no_such_finding")
	f.wantSaid("by who had it, over it", f.as("rep3").find(correction), "created")
}

// However late it comes, and whatever has become of the audit and the route, a finding is kept.
func TestLateFindingsAreKept(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, status := range []rounds.AuditStatus{rounds.AuditDone, rounds.AuditCancelled} {
		audit := f.audit("rep1", rounds.FormID{}, 1, "rep3")
		now := f.now()
		audit.Status, audit.EndedAt, audit.EndedBy, audit.Reason = status, &now, f.users["supervisor"].ID, "over"
		f.must(f.store.UpdateAudit(context.Background(), f.org.ID, audit))
		f.wantSaid(string(status), f.as("rep3").find(seen(audit, f.first("rep1"))), "created")
	}
}

// Ten phones that send the same at once, and ten that send different ones, agree on one finding.
func TestFindingsRace(t *testing.T) {
	t.Parallel()
	f := setup(t)
	audit := f.audit("rep1", rounds.FormID{}, 1, "rep3")
	same := seen(audit, f.first("rep1"))
	var mu sync.Mutex
	counts := map[string]int{}
	var all sync.WaitGroup
	for i := range 20 {
		c, find := f.as("rep3"), same
		if i%2 == 1 {
			find = with(same, "id", uuid.NewString())
		}
		all.Go(func() {
			said := c.find(find).said()[0]
			mu.Lock()
			counts[strings.Fields(said)[0]]++
			mu.Unlock()
		})
	}
	all.Wait()
	if counts["created"] != 1 || counts["exists"]+counts["conflict"] != 19 || counts["exists"]%9 != 0 {
		t.Errorf("%v", counts)
	}
}
