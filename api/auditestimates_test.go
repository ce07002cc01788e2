package api_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// numbersOf are what is told of a group: retailers, then each estimate as sum of claims or answers, and its interval.
func numbersOf(group any) string {
	var b strings.Builder
	for _, name := range []string{"in", "visited", "missed", "removed", "replaced", "added", "cannot_tell"} {
		fmt.Fprintf(&b, "%v ", at(group, name))
	}
	for _, name := range []string{"visits_happened", "prices_tagged", "policies_known", "satisfaction"} {
		fmt.Fprintf(&b, "| %v/%v ", at(group, name, "sum"), at(group, name, "of"))
		if value := at(group, name, "value"); value != nil {
			fmt.Fprintf(&b, "%v ", value)
		}
		fmt.Fprintf(&b, "%v–%v ", at(group, name, "low"), at(group, name, "high"))
	}
	return strings.TrimSpace(b.String())
}

func TestEstimatesOfAnAudit(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super, shops := f.as("supervisor"), f.retailers["rep1"]
	for n, r := range shops[:5] {
		f.visit("rep1", r, 10*n)
	}
	f.visit("rep2", f.first("rep2"), 0)
	f.visit("rep2", shops[0], 30) // of somebody else's
	u := super.drawnAudit(8, "6", "spec", object{"n": 8})
	path := auditPath(u)
	removed := super.post(path+"/changes", change("remove", shops[5])).want(201).text("id")
	f.as("admin").post(path+"/changes/"+removed+"/decision", object{"decision": "accept"}).want(200)
	drawn := append(shops[:5:5], f.retailers["rep2"]...)
	a := rounds.Audit{ID: id[rounds.Audit](f, u.text("id"))}
	f.sent(a.ID, "rep3", drawn...)
	answers := func(prices, happened string, points int) func(object) {
		return but(object{"answers": object{"prices_tagged": prices, "policies_known": "cannot_tell", "satisfaction": points, "visit_happened": happened}})
	}
	f.wantSaid("findings", f.as("rep3").find(
		seen(a, drawn[0], answers("yes", "yes", 5)), seen(a, drawn[1], answers("yes", "no", 1)), seen(a, drawn[2], answers("no", "cannot_tell", 3)),
		seen(a, drawn[3], but(object{"met": "closed", "answers": object{}})), seen(a, drawn[5], answers("yes", "yes", 3)),
	), "created", "created", "created", "created", "created")

	estimates := "/v1/audit-estimates?audit=" + u.text("id")
	e := super.get(estimates).want(200)
	if got, want := numbersOf(e.at("all")), "7 4 3 1 0 0 2 | 3/4 0.75 0.75–0.75 | 3/4 0.75 0.75–0.75 | 0/0 0–1 | 12/4 3 3–3"; got != want {
		t.Errorf("all were drawn\n got %s\nwant %s", got, want)
	}
	want := map[string]string{
		"rep1": "5 3 2 1 0 0 2 | 1/2 0.5 0.5–0.5 | 2/3 0.6667 0.6667–0.6667 | 0/0 0–1 | 9/3 3 3–3",
		"rep2": "2 1 1 0 0 0 0 | 2/2 1 1–1 | 1/1 1 1–1 | 0/0 0–1 | 3/1 3 3–3",
	}
	got := map[string]string{}
	for _, item := range list(e.at("items")) {
		got[strings.Fields(at(item, "name").(string))[0]] = numbersOf(item)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := e.at("satisfaction_scale"); !cmp.Equal(got, []any{1.0, 5.0}) || len(list(super.get(estimates+"&by=territory").want(200).at("items"))) != 2 {
		t.Errorf("scale %v", got)
	}
	if csv := string(super.get(estimates + "&by=class&format=csv").want(200).body); strings.Count(csv, "\n") != 3 || !strings.Contains(csv, "visits_happened_low") {
		t.Errorf("%s", csv)
	}
	super.get(estimates + "&format=xlsx").want(200)

	month := "/v1/audit-estimates?from=2026-02-15&until=" + today
	if n := super.get(month).want(200).at("audits"); n != 0.0 {
		t.Errorf("%v audits are done before they are", n)
	}
	super.post(path+"/finish", object{"reason": "enough"}).want(200)
	for who, want := range map[string]any{"supervisor": 1.0, "planner": 1.0, "admin": 1.0, "sibling": 0.0} {
		if n := f.as(who).get(month).want(200).at("audits"); n != want {
			t.Errorf("%s sees %v audits, want %v", who, n, want)
		}
	}
	if n := super.get("/v1/audit-estimates?from=2026-01-01&until=2026-01-31").want(200).at("audits"); n != 0.0 {
		t.Errorf("%v audits of other days", n)
	}
	f.as("sibling").get(estimates).want(404)
	for _, bad := range []string{"?from=2026-03-02&until=2026-03-01", "?from=2024-01-01&until=2026-03-01", "?from=2026-02-30"} {
		super.get("/v1/audit-estimates" + bad).want(400)
	}
	for _, path := range []string{"/v1/audit-estimates", "/v1/audit-favour"} {
		super.get(path+"?from=0000-06-01&until=0001-01-01").want(400).wantField("from", "not_a_date")
		super.get(path+"?until=0000-12-31").want(400).wantField("until", "not_a_date")
		super.get(path + "?until=0001-01-01").want(200)
		super.get(path + "?from=9999-01-01&until=9999-12-31").want(200)
	}
	for _, bad := range []string{"?from=x", "?by=shop", "?audit=1"} {
		super.breaking().get("/v1/audit-estimates" + bad).want(400)
	}
	super.get("/v1/audit-estimates?audit=" + uuid.NewString()).want(404)
	if text := super.with("Accept-Language", "zh").get("/v1/audit-estimates?from=2024-01-01&until=2026-03-01").want(400).wantField("until", "bad_range").text("detail"); !strings.Contains(text, "366") {
		t.Errorf("%s", text)
	}
}

// Of two drawn of eight each answer stands for four, and what nobody knows is wide.
func TestEstimatesStandForWhoWasNotDrawn(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super := f.as("supervisor")
	u := super.drawnAudit(2, "6", "spec", object{"n": 2, "reserves": 1})
	drawn := f.picksOf(u, "drawn", "in")
	a := rounds.Audit{ID: id[rounds.Audit](f, u.text("id"))}
	f.sent(a.ID, "rep3", drawn...)
	f.wantSaid("findings", f.as("rep3").find(seen(a, drawn[0]), seen(a, drawn[1])), "created", "created")
	add := super.post(auditPath(u)+"/changes", change("add", f.other(u))).want(201).text("id")
	f.as("admin").post(auditPath(u)+"/changes/"+add+"/decision", object{"decision": "accept"}).want(200)
	all := super.get("/v1/audit-estimates?audit=" + u.text("id")).want(200).at("all")
	if got, want := numbersOf(all), "2 2 0 0 0 1 0 | 0/0 0–1 | 2/2 1 0.4097–1 | 0/2 0 0–0.5903 | 8/2 4 1.954–4.8655"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// other is a retailer of the frame that an audit neither drew nor has in reserve.
func (f *fixture) other(u answer) rounds.Retailer {
	f.t.Helper()
	picked := map[string]bool{}
	for _, p := range list(f.as("admin").get(auditPath(u) + "/picks").want(200).at("items")) {
		picked[at(p, "code").(string)] = true
	}
	for _, r := range append(f.retailers["rep1"], f.retailers["rep2"]...) {
		if !picked[r.Code] {
			return r
		}
	}
	f.t.Fatal("everybody was picked")
	return rounds.Retailer{}
}

// A supervisor has both retailers of one rep taken out of each draw, by removing and by saying that they are closed. Who draws again and
// again does not hide it; who sees that is above them, or themselves.
func TestWhoseHandFavoursARepIsFlagged(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super, admin := f.as("supervisor"), f.as("admin")
	accepted := func(u answer, kind string, r rounds.Retailer) {
		t.Helper()
		made := super.post(auditPath(u)+"/changes", change(kind, r)).want(201).text("id")
		admin.post(auditPath(u)+"/changes/"+made+"/decision", object{"decision": "accept"}).want(200)
	}
	if got := list(admin.get("/v1/audit-favour").want(200).at("items")); len(got) != 0 {
		t.Errorf("%v", got)
	}
	for n := range 4 {
		u := super.drawnAudit(8, "6", "spec", object{"n": 8}, "from", fmt.Sprintf("2026-02-%02d", n+1), "to", fmt.Sprintf("2026-02-%02d", n+1))
		accepted(u, "remove", f.retailers["rep2"][0])
		if n == 1 { // regretted, and then not
			accepted(u, "add", f.retailers["rep2"][0])
			accepted(u, "remove", f.retailers["rep2"][0])
		}
		accepted(u, "remove", f.retailers["rep2"][1])
		super.post(auditPath(u)+"/changes", change("remove", f.first("rep1"))).want(201) // waits
		if n == 2 {
			super.post(auditPath(u)+"/cancel", object{"reason": "once more"}).want(200)
		}
	}
	path := "/v1/audit-favour"
	got := admin.get(path).want(200)
	want := object{
		"user_id": f.users["supervisor"].ID.String(), "name": f.named("supervisor"), "removed": 8.0, "added": 0.0, "flagged": true,
		"furthest": object{
			"kind": "removed", "rep_id": f.users["rep2"].ID.String(), "rep": f.named("rep2"), "from": "2026-03-01", "until": today,
			"changed": 8.0, "of": 8.0, "all_changed": 8.0, "all_of": 32.0, "expected": 2.0, "chance": 1.0 / 28 / 28 / 28 / 28, "limit": 0.001 / 2 / 12 / 3 / 2,
		},
	}
	about := cmp.Comparer(func(x, y float64) bool { return x-y < 1e-12 && y-x < 1e-12 })
	if diff := cmp.Diff([]any{want}, list(got.at("items")), about); diff != "" || got.at("alarms") != 0.001 || got.at("periods") != 12.0 || got.text("from") != "2026-01-01" {
		t.Errorf("(-want +got):\n%s\n%s", diff, got)
	}
	file := admin.get(path + "?format=csv").want(200)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file.body), "\ufeff"))).ReadAll()
	f.must(err)
	told := []string{
		f.named("supervisor"), "8", "0", "true", "removed", f.named("rep2"), "2026-03-01", today, "8", "8", "8", "32", "2",
		f.users["supervisor"].ID.String(), f.users["rep2"].ID.String(),
	}
	if len(rows) != 2 || len(rows[1]) != len(rows[0]) || !cmp.Equal(slices.Delete(rows[1], 13, 15), told) || !strings.Contains(file.header.Get("Content-Disposition"), `"audit-favour-2026-01-01-to-`+today+`.csv"`) {
		t.Errorf("%q\n%v", rows, file.header)
	}
	admin.get(path + "?format=xlsx").want(200)
	for who, n := range map[string]int{"supervisor": 1, "sibling": 0} {
		if seen := list(f.as(who).get(path).want(200).at("items")); len(seen) != n {
			t.Errorf("%s sees %v", who, seen)
		}
	}
	f.add("colleague", rounds.RoleSupervisor, "north")
	f.add("above", rounds.RoleSupervisor, "root")
	for who, n := range map[string]int{"colleague": 0, "above": 1} {
		if seen := list(f.as(who).get(path + "?periods=week").want(200).at("items")); len(seen) != n {
			t.Errorf("%s sees %v", who, seen)
		}
	}
	if got := list(admin.get(path + "?until=2026-02-28").want(200).at("items")); len(got) != 0 {
		t.Errorf("before anything was drawn: %v", got)
	}
	f.as("planner").get(path).want(403)
	admin.get(path+"?from=2026-03-01&until=2026-02-01").want(400).wantField("until", "bad_range")
	admin.get(path + "?from=2025-01-01&until=2026-03-01").want(400)
}

// A retailer that a second person, and no auditor at its door, says is closed is taken out by hand; what is added is held against who
// could have been.
func TestReplacementsAndAdditionsAreHandsToo(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super, admin := f.as("supervisor"), f.as("admin")
	u := super.drawnAudit(4, "6", "spec", object{"n": 4, "strata": []string{"rep"}, "reserves": 1})
	taken := f.picksOf(u, "drawn", "in")[0]
	for kind, r := range map[string]rounds.Retailer{"replace": taken, "add": f.other(u)} {
		made := super.post(auditPath(u)+"/changes", change(kind, r)).want(201).text("id")
		admin.post(auditPath(u)+"/changes/"+made+"/decision", object{"decision": "accept"}).want(200)
	}
	item := at(admin.get("/v1/audit-favour").want(200).at("items"), 0)
	if got := []any{at(item, "removed"), at(item, "added"), at(item, "flagged")}; !cmp.Equal(got, []any{1.0, 1.0, false}) {
		t.Errorf("%v", item)
	}
}
