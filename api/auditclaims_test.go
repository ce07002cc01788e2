package api_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// claims is an audit that has drawn all retailers of rep1 and rep2, in which an auditor of the south goes to the first two of each.
type claims struct {
	*fixture
	audit answer
	stops map[rounds.RetailerID]rounds.StopID
}

func newClaims(t *testing.T) *claims {
	f := &claims{fixture: alone(t), stops: map[rounds.RetailerID]rounds.StopID{}}
	f.add("auditor", rounds.RoleRep, "south")
	return f
}

// draw lets the supervisor draw, and gives the auditor a route.
func (f *claims) draw() {
	f.t.Helper()
	f.audit = f.as("supervisor").drawnAudit(8, "6")
	shops := slices.Concat(f.retailers["rep1"][:2], f.retailers["rep2"][:2])
	for _, stop := range f.sent(id[rounds.Audit](f.fixture, f.audit.text("id")), "auditor", shops...).Stops {
		f.stops[stop.RetailerID] = stop.ID
	}
}

// saw is a finding of the auditor's.
func (f *claims) saw(r rounds.Retailer, happened string, pairs ...any) object {
	return with(object{
		"id": uuid.NewString(), "audit_id": f.audit.text("id"), "retailer_id": r.ID.String(), "form_version": 1, "met": "visited",
		"answered_at": "2026-03-02T18:00:00+08:00", "answers": object{"prices_tagged": "yes", "policies_known": "yes", "satisfaction": 4, "visit_happened": happened},
	}, pairs...)
}

// found sends what the auditor saw.
func (f *claims) found(sent ...object) {
	f.t.Helper()
	for _, said := range f.as("auditor").find(sent...).said() {
		if said != "created" {
			f.t.Fatal(said)
		}
	}
}

func (f *claims) examine() {
	f.t.Helper()
	_, err := f.office.ExamineDays(context.Background(), f.org.ID)
	f.must(err)
}

// said are the sayings of the audit's claims, by the codes of their retailers, as the supervisor reads them.
func (f *claims) said() []string {
	f.t.Helper()
	return each(f.as("supervisor").get(auditPath(f.audit)+"/claims").want(200).at("items"), "says")
}

// seen is what a rep can look at, but for when it was answered.
func (f *claims) seen(rep string, visit string) map[string]any {
	f.t.Helper()
	answers := map[string]any{}
	c := f.as(rep)
	for _, path := range []string{
		"/v1/exceptions", "/v1/visits", "/v1/visits/" + visit, "/v1/me/audit-claims", "/v1/me/decisions?since=2026-01-01T00:00:00Z", "/v1/me/plan", "/v1/me/data",
		"/v1/retailers", "/v1/retailers/" + f.first(rep).ID.String(), "/v1/missed-calls", "/v1/requests", "/v1/plans", "/v1/audits/" + uuid.Nil.String() + "/claims",
	} {
		var body object
		a := c.do("GET", path, nil)
		f.must(json.Unmarshal(a.body, &body))
		delete(body, "time")
		delete(body, "request_id")
		answers[path] = object{"status": a.status, "body": body}
	}
	return answers
}

func atStop(id rounds.StopID) func(object) {
	return func(e object) { e["stop_id"] = id.String() }
}

func TestAFindingAgainstAClaim(t *testing.T) {
	t.Parallel()
	f := newClaims(t)
	super := f.as("supervisor")
	visit := f.visit("rep1", f.first("rep1"), 0)
	before := f.seen("rep1", visit)

	f.draw()
	in := checkIn(f.first("rep1"), 60, atStop(f.stops[f.first("rep1").ID]))
	sent := f.as("auditor").post(postBatch, batch(in, checkOut(in, 70))).want(200)
	if r := sent.at("results", 0); at(r, "result") != "created" || at(r, "verdict", "outcome") != "at_retailer" || at(r, "credited_by") != "position" {
		t.Errorf("the auditor is told %v", r)
	}
	own := f.as("auditor").get("/v1/visits").want(200)
	if own.at("items", 0, "audit") != true || own.at("items", 0, "ended_at") == nil || len(list(own.at("items"))) != 1 {
		t.Errorf("%s", own)
	}
	saw := f.saw(f.first("rep1"), "no", "note", "they have not seen him for weeks", "check_in_id", in["id"])
	f.found(saw)
	path := auditPath(f.audit) + "/claims"
	claims := super.get(path).want(200)
	want := []any{visit, "refuted", true, true, true, f.named("rep1"), f.named("auditor"), saw["id"]}
	got := []any{}
	for _, key := range []string{"visit_id", "says", "credited", "credited_now", "waits", "rep_name", "auditor_name", "finding_id"} {
		got = append(got, claims.at("items", 0, key))
	}
	if diff := cmp.Diff(want, got); diff != "" || len(list(claims.at("items"))) != 1 {
		t.Errorf("the claim: %s", diff)
	}
	item := super.get("/v1/exceptions").want(200)
	if item.at("items", 0, "kind") != "audit_refuted" || item.at("items", 0, "id") != visit || item.at("items", 0, "audit_id") != f.audit.text("id") {
		t.Errorf("the queue: %s", item)
	}
	if diff := cmp.Diff(before, f.seen("rep1", visit)); diff != "" {
		t.Errorf("the rep can tell that there is an audit:\n%s", diff)
	}
	f.as("rep1").get(path).want(403)
	f.as("auditor").get(path).want(403)
	f.as("sibling").get(path).want(404)

	refs := []any{object{"kind": "audit_refuted", "id": visit}}
	f.as("planner").post("/v1/exceptions/decisions", object{"items": refs, "decision": "refuse", "reason": "r"}).want(403)
	f.move(time.Second)
	decided := super.post("/v1/exceptions/decisions", object{"items": refs, "decision": "refuse", "reason": "the shop says so"}).want(200)
	if decided.at("results", 0, "result") != "decided" {
		t.Errorf("%s", decided)
	}
	if again := super.post("/v1/exceptions/decisions", object{"items": refs, "decision": "refuse", "reason": "r"}).want(200); again.at("results", 0, "problem", "code") != "conflict" {
		t.Errorf("decided twice: %s", again)
	}
	if left := list(super.get("/v1/exceptions").want(200).at("items")); len(left) != 0 {
		t.Errorf("it is still on the list: %v", left)
	}
	if v := f.as("rep1").get("/v1/visits/" + visit).want(200); v.at("credited") != false || v.at("outcome") != "at_retailer" {
		t.Errorf("%s", v)
	}
	claims = super.get(path + "?says=refuted&waiting=false&rep=" + f.users["rep1"].ID.String()).want(200)
	if found := super.get(auditPath(f.audit) + "/findings").want(200); found.at("items", 0, "check_in_outcome") != "at_retailer" || found.at("items", 0, "refuted") != 1.0 {
		t.Errorf("%s", found)
	}
	if c := claims.at("items", 0); at(c, "credited") != true || at(c, "credited_now") != false || at(c, "waits") != false {
		t.Errorf("%v", c)
	}
}

// What an audit said of a rep's visits is theirs to know when it has ended, and whose findings they are is the auditor's.
func TestARepReadsWhatWasSaidWhenTheAuditHasEnded(t *testing.T) {
	t.Parallel()
	f := newClaims(t)
	first, second := f.visit("rep1", f.first("rep1"), 0), f.visit("rep1", f.retailers["rep1"][1], 20)
	f.visit("rep2", f.first("rep2"), 0)
	f.draw()
	f.found(f.saw(f.first("rep1"), "no"), f.saw(f.retailers["rep1"][1], "yes"), f.saw(f.first("rep2"), "cannot_tell"))
	const mine = "/v1/me/audit-claims"
	if got := list(f.as("rep1").get(mine).want(200).at("items")); len(got) != 0 {
		t.Errorf("before the end: %v", got)
	}
	if got := list(f.as("rep1").get("/v1/me/data").want(200).at("audit_claims")); len(got) != 0 {
		t.Errorf("before the end: %v", got)
	}
	f.as("supervisor").post(auditPath(f.audit)+"/finish", object{"reason": "enough was seen"}).want(200)
	got := f.as("rep1").pages(mine+"?limit=1", "visit_id")
	want := []string{second, first}
	slices.Sort(want)
	slices.Reverse(want)
	if !slices.Equal(got, want) {
		t.Errorf("after: %v, want %v", got, want)
	}
	told := f.as("rep1").get("/v1/me/data").want(200)
	says := each(told.at("audit_claims"), "says")
	slices.Sort(says)
	if !slices.Equal(says, []string{"confirmed", "refuted"}) || strings.Contains(string(told.body), f.named("auditor")) {
		t.Errorf("%v", told.at("audit_claims"))
	}
	if got := list(f.as("rep1").get("/v1/exceptions").want(200).at("items")); len(got) != 1 || at(got[0], "id") != first || at(got[0], "audit_id") != f.audit.text("id") {
		t.Errorf("the rep's list: %v", got)
	}
	var heard []string
	for _, finding := range list(f.as("auditor").get("/v1/me/data").want(200).at("audit_findings")) {
		heard = append(heard, at(finding, "answers", "visit_happened").(string))
	}
	if slices.Sort(heard); !slices.Equal(heard, []string{"cannot_tell", "no", "yes"}) {
		t.Errorf("the auditor's findings: %v", heard)
	}
	f.as("rep1").breaking().get(mine+"?after=x").want(400).wantField("after", "not_a_cursor")
	for _, after := range [][]string{{"today", uuid.NewString(), uuid.NewString()}, {today, "1", uuid.NewString()}, {today, uuid.NewString(), "1"}, {today, uuid.NewString()}} {
		f.as("rep1").breaking().get(mine+"?after="+base64Lines(after...)).want(400).wantField("after", "not_a_cursor")
	}
}

func TestFindingsAndClaimsAsFiles(t *testing.T) {
	t.Parallel()
	f := newClaims(t)
	f.as("admin").patch("/v1/retailers/"+f.first("rep1").ID.String(), object{"name": dangerous}).want(200)
	f.visit("rep1", f.first("rep1"), 0)
	f.visit("rep1", f.retailers["rep1"][1], 20)
	f.draw()
	f.found(f.saw(f.first("rep1"), "no", "note", dangerous), f.saw(f.retailers["rep1"][1], "yes"))
	path := auditPath(f.audit)
	for format, disarmed := range map[string]string{"csv": "'" + dangerous, "xlsx": dangerous} {
		file := "audit-1-findings-2026-02-01-to-" + today + "." + format
		columns, rows := f.as("supervisor").get(path + "/findings?format=" + format).want(200).table(file)
		for name, want := range map[string][]string{
			"retailer_code": {"R11", "R12"}, "retailer_name": {disarmed, f.retailers["rep1"][1].Name}, "auditor": {f.named("auditor"), f.named("auditor")},
			"note": {disarmed, ""}, "Are prices tagged?": {"Yes", "Yes"}, "How satisfied is the retailer?": {"4", "4"}, "refuted": {"1", "0"},
			"Did the visit that the account manager claims happen?": {"No", "Yes"}, "rep": {f.named("rep1"), f.named("rep1")},
		} {
			if got := column(t, name, columns, rows); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %q, want %q", format, name, got, want)
			}
		}
		columns, rows = f.as("supervisor").with("Accept-Language", "zh-CN").get(path + "/findings?says=refuted&format=" + format).want(200).table(file)
		if got := column(t, "客户经理所报的拜访是否属实？", columns, rows); !slices.Equal(got, []string{"否"}) {
			t.Errorf("%s in Chinese: %q", format, got)
		}
		columns, rows = f.as("supervisor").get(path + "/claims?format=" + format).want(200).table(strings.Replace(file, "findings", "claims", 1))
		for name, want := range map[string][]string{"says": {"refuted", "confirmed"}, "rep": {f.named("rep1"), f.named("rep1")}, "retailer_name": {disarmed, f.retailers["rep1"][1].Name}} {
			if got := column(t, name, columns, rows); !slices.Equal(got, want) {
				t.Errorf("claims as %s, %s: %q, want %q", format, name, got, want)
			}
		}
		f.as("rep1").get(path + "/findings?format=" + format).want(403)
		f.as("sibling").get(path + "/claims?format=" + format).want(404)
	}
	for _, list := range []string{"/findings", "/claims"} {
		got := f.as("planner").pages(path+list+"?limit=1", "retailer_code")
		if !slices.Equal(got, []string{"R11", "R12"}) {
			t.Errorf("%s one by one: %v", list, got)
		}
		if got := f.as("admin").pages(path+list+"?says=confirmed", "retailer_code"); !slices.Equal(got, []string{"R12"}) {
			t.Errorf("%s that confirm: %v", list, got)
		}
		if got := f.as("admin").pages(path+list+"?rep="+f.users["rep2"].ID.String(), "retailer_code"); len(got) != 0 {
			t.Errorf("%s of rep2: %v", list, got)
		}
		f.as("admin").breaking().get(path+list+"?says=perhaps").want(400).wantField("says", "not_one_of")
		for _, after := range [][]string{{"R11", "1"}, {"", uuid.NewString()}, {"R11"}} {
			f.as("admin").breaking().get(path+list+"?after="+base64Lines(after...)).want(400).wantField("after", "not_a_cursor")
		}
	}
}

// A phone may know another version of a form than the one that the audit asks by: its answers are in the file by its own words.
func TestAFileHasTheAnswersOfAllVersions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	const open, no = `{"name":"open","type":"choice","label":{"en":"Open?"},"choices":[{"name":"yes","label":{"en":"Yes"}}`, `,{"name":"no","label":{"en":"No, shut"}}`
	planner := f.as("planner")
	form := planner.post(auditForms, `{"name":"shop","title":{"en":"Shop"},"questions":[`+open+`]}]}`).want(201).text("id")
	audit := f.drawnOf("north", f.retailers["rep1"], func(a *rounds.Audit) { a.FormID, a.FormVersion = id[rounds.AuditForm](f, form), 1 })
	shops := f.retailers["rep1"][:2]
	f.sent(audit.ID, "rep3", shops...)
	planner.post(auditForms+"?form="+form, `{"name":"shop","title":{"en":"Shop"},"questions":[`+open+no+`]},
		{"name":"why","type":"text","label":{"en":"Why?"}},{"name":"told","type":"note","label":{"en":"Thank you"}}]}`).want(201)
	f.wantSaid("both", f.as("rep3").find(
		seen(audit, shops[0], but(object{"form_id": form, "answers": object{"open": "yes"}})),
		seen(audit, shops[1], but(object{"form_id": form, "form_version": 2, "answers": object{"open": "no", "why": "盘点"}})),
	), "created", "created")
	for _, format := range []string{"csv", "xlsx"} {
		a := f.as("supervisor").get("/v1/audits/" + audit.ID.String() + "/findings?format=" + format).want(200)
		_, name, _ := strings.Cut(a.header.Get("Content-Disposition"), `"`)
		columns, rows := a.table(strings.TrimSuffix(name, `"`))
		for name, want := range map[string][]string{"Open?": {"Yes", "No, shut"}, "Why?": {"", "盘点"}} {
			if got := column(t, name, columns, rows); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %q, want %q", format, name, got, want)
			}
		}
		if slices.Contains(columns, "Thank you") {
			t.Errorf("a note is a column: %q", columns)
		}
	}
}

// A correction takes the place of what was said; what a phone sends after the finding is joined to it.
func TestCorrectionsAndLateVisits(t *testing.T) {
	t.Parallel()
	f := newClaims(t)
	f.visit("rep1", f.first("rep1"), 0)
	f.draw()
	first := f.saw(f.first("rep1"), "no")
	f.found(first)
	late := f.visit("rep1", f.first("rep1"), 40, away) // offline until now
	if got := f.said(); !slices.Equal(got, []string{"refuted"}) {
		t.Errorf("just uploaded: %v", got)
	}
	f.examine()
	if got := f.said(); !slices.Equal(got, []string{"refuted", "refuted"}) {
		t.Errorf("examined: %v", got)
	}
	correction := f.saw(f.first("rep1"), "yes", "corrects_id", first["id"], "says", object{late: "confirmed"})
	f.found(correction)
	if got := f.said(); !slices.Equal(got, []string{"confirmed", "confirmed"}) {
		t.Errorf("corrected: %v", got)
	}
	super := f.as("supervisor")
	kinds := each(super.get("/v1/exceptions?min_severity=50").want(200).at("items"), "kind")
	if slices.Sort(kinds); !slices.Equal(kinds, []string{"audit_confirmed", "visit_elsewhere"}) {
		t.Errorf("the queue: %v", kinds)
	}
	path := auditPath(f.audit) + "/findings"
	if got := super.get(path).want(200); len(list(got.at("items"))) != 1 || got.at("items", 0, "id") != correction["id"] || got.at("items", 0, "confirmed") != 2.0 {
		t.Errorf("what counts: %s", got)
	}
	replaced := map[any]any{}
	for _, item := range list(super.get(path + "?replaced=true").want(200).at("items")) {
		replaced[at(item, "id")] = at(item, "replaced")
	}
	if diff := cmp.Diff(map[any]any{first["id"]: true, correction["id"]: false}, replaced); diff != "" {
		t.Errorf("all: %s", diff)
	}
}

// An auditor cannot speak of visits that are no claims there, and nothing is kept of such a finding.
func TestFindingsOfOtherVisits(t *testing.T) {
	t.Parallel()
	f := newClaims(t)
	elsewhere := f.visit("rep1", f.retailers["rep1"][1], 0)
	f.draw()
	own := f.visit("auditor", f.first("rep1"), 60, atStop(f.stops[f.first("rep1").ID]))
	for what, visit := range map[string]string{"another retailer's": elsewhere, "the auditor's own": own, "nobody's": uuid.NewString()} {
		f.wantSaid(what, f.as("auditor").find(f.saw(f.first("rep1"), "yes", "says", object{visit: "refuted"})), "rejected /says/"+visit+" not_a_claim")
	}
	if got := list(f.as("admin").get(auditPath(f.audit) + "/findings?replaced=true").want(200).at("items")); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// Of two phones that send a finding at once one counts, and the claims say what that one does.
func TestFindingsThatRace(t *testing.T) {
	t.Parallel()
	f := newClaims(t)
	f.visit("rep1", f.first("rep1"), 0)
	f.draw()
	words := map[string]string{"no": "refuted", "yes": "confirmed"}
	said := map[string]string{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, happened := range []string{"no", "yes"} {
		all.Go(func() {
			got := f.as("auditor").find(f.saw(f.first("rep1"), happened)).said()[0]
			mu.Lock()
			defer mu.Unlock()
			said[got] = words[happened]
		})
	}
	all.Go(func() { f.visit("rep1", f.first("rep1"), 40) })
	all.Wait()
	f.examine()
	counts := said["created"]
	if len(said) != 2 || counts == "" {
		t.Fatalf("%v", said)
	}
	if got := f.said(); !slices.Equal(got, []string{counts, counts}) {
		t.Errorf("%v is said, and %s counts", got, counts)
	}
}
