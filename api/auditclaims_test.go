package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// claims is an audit that has drawn all retailers of rep1 and rep2, in which an auditor of the south goes to the first of rep1's.
type claims struct {
	*fixture
	audit answer
	stop  rounds.StopID
}

func newClaims(t *testing.T) *claims {
	f := &claims{fixture: alone(t)}
	f.add("auditor", rounds.RoleRep, "south")
	return f
}

// draw lets the supervisor draw, and gives the auditor a route.
func (f *claims) draw() {
	f.t.Helper()
	f.audit = f.as("supervisor").drawnAudit(8, "6")
	f.stop = f.route("auditor", f.first("rep1"))
}

// route gives an auditor a route to one retailer on the day.
func (f *claims) route(auditor string, r rounds.Retailer) rounds.StopID {
	f.t.Helper()
	id, err := rounds.ParseID[rounds.Audit](f.audit.text("id"))
	f.must(err)
	stop := rounds.Stop{ID: rounds.NewID[rounds.Stop](), RetailerID: r.ID, PlannedAt: f.now()}
	f.must(f.store.InsertAuditRoute(context.Background(), f.org.ID, rounds.AuditRoute{
		ID: rounds.NewID[rounds.AuditRoute](), AuditID: id, AuditorID: f.users[auditor].ID, Day: rounds.Day(today).Add(0), Revision: 1,
		StartsAt: f.now(), EndsAt: f.now(), CreatedAt: f.now(), CreatedBy: f.users["supervisor"].ID, Stops: []rounds.Stop{stop},
	}))
	return stop.ID
}

// found stores a finding of the auditor's at a retailer, which is joined to what is claimed there when the day is examined.
func (f *claims) found(r rounds.Retailer, happened, note string) rounds.FindingID {
	f.t.Helper()
	ctx := context.Background()
	id, err := rounds.ParseID[rounds.Audit](f.audit.text("id"))
	f.must(err)
	quoted, err := json.Marshal(happened)
	f.must(err)
	finding := rounds.Finding{
		ID: rounds.NewID[rounds.Finding](), AuditID: id, RetailerID: r.ID, AuditorID: f.users["auditor"].ID, FormVersion: 1, Met: rounds.MetVisited,
		Answers: map[string]json.RawMessage{"visit_happened": quoted, "prices_tagged": json.RawMessage(`"yes"`), "satisfaction": json.RawMessage(`4`)},
		Note:    note, AnsweredAt: f.now(), ReceivedAt: f.now(),
	}
	sum := sha256.Sum256(finding.ID[:])
	f.must(f.store.InsertFinding(ctx, f.org.ID, store.StoredFinding{Finding: finding, Hash: sum[:]}))
	return finding.ID
}

func (f *claims) examine() {
	f.t.Helper()
	_, err := f.office.ExamineDays(context.Background(), f.org.ID)
	f.must(err)
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
	in := checkIn(f.first("rep1"), 60, atStop(f.stop))
	sent := f.as("auditor").post(postBatch, batch(in, checkOut(in, 70))).want(200)
	if r := sent.at("results", 0); at(r, "result") != "created" || at(r, "verdict", "outcome") != "at_retailer" || at(r, "credited_by") != "position" {
		t.Errorf("the auditor is told %v", r)
	}
	own := f.as("auditor").get("/v1/visits").want(200)
	if own.at("items", 0, "audit") != true || own.at("items", 0, "ended_at") == nil || len(list(own.at("items"))) != 1 {
		t.Errorf("%s", own)
	}
	finding := f.found(f.first("rep1"), "no", "they have not seen him for weeks")
	f.examine()
	path := auditPath(f.audit) + "/claims"
	claims := super.get(path).want(200)
	want := []any{visit, "refuted", true, true, true, f.named("rep1"), f.named("auditor"), finding.String()}
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
	for i := range 2 {
		f.found(f.retailers["rep1"][i], []string{"no", "yes"}[i], "")
	}
	f.found(f.first("rep2"), "cannot_tell", "")
	f.examine()
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
	if got := list(f.as("auditor").get("/v1/me/data").want(200).at("audit_findings")); len(got) != 3 || at(got[0], "answers", "visit_happened") != "no" {
		t.Errorf("the auditor's findings: %v", got)
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
	f.found(f.first("rep1"), "no", dangerous)
	f.found(f.retailers["rep1"][1], "yes", "")
	f.examine()
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
