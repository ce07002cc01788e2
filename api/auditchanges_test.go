package api_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/audit"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// change is a change by hand that somebody asks for.
func change(kind string, r rounds.Retailer) object {
	return object{"id": uuid.NewString(), "kind": kind, "retailer_id": r.ID.String(), "reason": "the street is dug up"}
}

// picksOf are an audit's picks that have a role and a standing, in order.
func (f *fixture) picksOf(u answer, role, standing string) (found []rounds.Retailer) {
	f.t.Helper()
	for _, p := range list(f.as("admin").get(auditPath(u) + "/picks").want(200).at("items")) {
		if at(p, "role") == role && at(p, "standing") == standing {
			found = append(found, f.byCode(at(p, "code").(string)))
		}
	}
	return found
}

func TestAChangeByHandTakesASecondPerson(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super, admin := f.as("supervisor"), f.as("admin")
	u := super.drawnAudit(2, "6", "spec", object{"n": 2, "reserves": 2})
	path := auditPath(u) + "/changes"
	drawn := f.picksOf(u, "drawn", "in")
	remove := change("remove", drawn[0])
	id := super.post(path, remove).want(201).text("id")
	super.post(path, remove).want(200)
	super.post(path, with(remove, "reason", "another")).want(409)
	super.post(path, change("remove", drawn[0])).want(409)
	if got := len(f.picksOf(u, "drawn", "in")); got != 2 {
		t.Errorf("%d are in before a second person has said so", got)
	}
	decision := path + "/" + id + "/decision"
	super.post(decision, object{"decision": "accept"}).want(403)
	super.post(decision, object{"decision": "refuse"}).want(403)
	admin.post(decision, object{"decision": "withdraw"}).want(403)
	admin.post(path+"/"+uuid.NewString()+"/decision", object{"decision": "accept"}).want(404)
	admin.post(decision, object{"decision": "accept", "reason": "seen it"}).want(200)
	admin.post(decision, object{"decision": "accept"}).want(409)
	if got := f.picksOf(u, "drawn", "in"); len(got) != 1 || got[0].Code != drawn[1].Code {
		t.Errorf("%v", got)
	}

	f.move(time.Second)
	refused := super.post(path, change("add", drawn[0])).want(201).text("id")
	admin.post(path+"/"+refused+"/decision", object{"decision": "refuse", "reason": "no"}).want(200)
	f.move(time.Second)
	withdrawn := super.post(path, change("add", drawn[0])).want(201).text("id")
	super.post(path+"/"+withdrawn+"/decision", object{"decision": "withdraw"}).want(200)
	var got []any
	for _, c := range list(super.get(auditPath(u)).want(200).at("changes")) {
		got = append(got, at(c, "kind"), at(c, "decision"), at(c, "answer"))
	}
	if diff := cmp.Diff([]any{"remove", "accept", "seen it", "add", "refuse", "no", "add", "withdraw", nil}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A record's reader makes changes again by their times: these are in order, whatever the ids, and though clocks stand or go back.
func TestChangesByHandAreInTheOrderTheyWereMadeIn(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super, admin := f.as("supervisor"), f.as("admin")
	u := super.drawnAudit(2, "6")
	drawn := f.picksOf(u, "drawn", "in")
	for n, kind := range []string{"remove", "add", "remove", "add"} {
		c := change(kind, drawn[0])
		c["id"] = fmt.Sprintf("%d0000000-0000-4000-8000-000000000000", 9-n)
		super.post(auditPath(u)+"/changes", c).want(201)
		admin.post(auditPath(u)+"/changes/"+c["id"].(string)+"/decision", object{"decision": "accept"}).want(200)
		if n > 0 {
			f.move(-time.Minute)
		}
	}
	if faults := published(t, super.get(auditPath(u)+"/record").want(200)).Check(); faults != nil {
		t.Errorf("%v", faults)
	}
	var got []any
	for _, c := range list(super.get(auditPath(u) + "/changes").want(200).at("items")) {
		got = append(got, at(c, "kind"))
	}
	if !cmp.Equal(got, []any{"remove", "add", "remove", "add"}) {
		t.Errorf("%v", got)
	}
}

func TestWhatCannotBeChangedByHand(t *testing.T) {
	t.Parallel()
	f := setup(t)
	super := f.as("supervisor")
	committed := super.commit(1, "from", "2026-01-01", "to", "2026-01-02")
	super.post(auditPath(committed)+"/changes", change("add", f.first("rep1"))).want(409)
	u := super.drawnAudit(2, "6", "spec", object{"n": 2, "reserves": 1})
	path := auditPath(u) + "/changes"
	drawn, reserve := f.picksOf(u, "drawn", "in"), f.picksOf(u, "reserve", "waiting")
	var other rounds.Retailer
	for _, r := range append(slices.Clone(f.retailers["rep1"]), f.retailers["rep2"]...) {
		if !slices.ContainsFunc(append(drawn, reserve...), func(p rounds.Retailer) bool { return p.ID == r.ID }) {
			other = r
		}
	}
	for _, row := range []struct {
		what   string
		body   object
		status int
	}{
		{"adding whom it visits", change("add", drawn[0]), 409},
		{"adding a reserve out of its turn", change("add", reserve[0]), 409},
		{"adding another unit's retailer", change("add", f.first("rep3")), 400},
		{"adding one that there is not", with(change("add", drawn[0]), "retailer_id", uuid.NewString()), 400},
		{"removing whom it does not visit", change("remove", other), 409},
		{"replacing a reserve", change("replace", reserve[0]), 409},
		{"a reason of wide blanks", with(change("remove", drawn[0]), "reason", "\u3000 \u3000"), 400},
		{"a reason that nobody can see", with(change("remove", drawn[0]), "reason", "\u200b\u2060"), 400},
	} {
		if a := super.breaking().post(path, row.body); a.status != row.status {
			t.Errorf("%s: %s", row.what, a)
		}
	}
	accept := func(body object) {
		id := super.post(path, body).want(201).text("id")
		f.as("admin").post(path+"/"+id+"/decision", object{"decision": "accept"}).want(200)
	}
	accept(change("add", other))
	accept(change("remove", reserve[0]))
	super.post(path, change("add", reserve[0])).want(409)
	super.post(path, change("replace", drawn[0])).want(409)
	super.post(path, change("replace", other)).want(409)
	got := super.get(auditPath(u)).want(200)
	if diff := cmp.Diff([]any{1.0, 3.0}, []any{got.at("added"), got.at("in")}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	record := published(t, super.get(auditPath(u)+"/record").want(200))
	if faults := record.Check(); faults != nil {
		t.Errorf("%v", faults)
	}
}

// A change that nobody accepted, or that was deleted afterwards, is named by the record's check.
func TestADeletedChangeShows(t *testing.T) {
	t.Parallel()
	i := withIntruder(t)
	super := i.as("supervisor")
	for fault, edit := range map[string]string{
		"by the draw and its changes it is in": `delete from audit_changes where org_id = $1 and audit_id = $2`,
		"no second person":                     `update audit_changes set kind = 'replace', decided_by = null where org_id = $1 and audit_id = $2`,
		"was not replaced by the next reserve": `update audit_changes set kind = 'replace' where org_id = $1 and audit_id = $2`,
	} {
		u := super.drawnAudit(2, "6", "spec", object{"n": 2, "reserves": 1})
		id := super.post(auditPath(u)+"/changes", change("remove", i.picksOf(u, "drawn", "in")[0])).want(201).text("id")
		i.as("admin").post(auditPath(u)+"/changes/"+id+"/decision", object{"decision": "accept"}).want(200)
		if faults := published(t, super.get(auditPath(u)+"/record").want(200)).Check(); faults != nil {
			t.Errorf("%v", faults)
		}
		i.write(edit, u.text("id"))
		record := published(t, super.get(auditPath(u)+"/record").want(200))
		if fault == "no second person" { // by check-in alone only replacements are made
			record.Changes[0].Kind = "remove"
		}
		if faults := record.Check(); !says(faults, fault) {
			t.Errorf("%v, want %s", faults, fault)
		}
	}
}

// Reserves come in by their rank, whoever asks; at once where the auditor stands at the closed shop.
func TestTheNextReserveComesIn(t *testing.T) {
	t.Parallel()
	i := withIntruder(t)
	super := i.as("supervisor")
	u := super.drawnAudit(2, "6", "reps", []string{i.users["rep1"].ID.String()}, "spec", object{"n": 2, "reserves": 3})
	path := auditPath(u) + "/changes"
	drawn, reserves := i.picksOf(u, "drawn", "in"), i.picksOf(u, "reserve", "waiting")
	stops := i.routeFor("rep2", u, drawn)

	rep, colleague := i.as("rep2"), i.as("rep3")
	replace := change("replace", drawn[0])
	colleague.post(path, replace).want(404)
	rep.post(path, change("remove", drawn[0])).want(403)
	rep.post(path, change("replace", reserves[0])).want(404)
	rep.post("/v1/audits/"+uuid.NewString()+"/changes", replace).want(404)

	asked := rep.post(path, replace).want(201)
	if asked.at("decision") != nil {
		t.Error("somebody who was not there replaced a retailer alone")
	}
	rep.post(path+"/"+asked.text("id")+"/decision", object{"decision": "accept"}).want(403)
	got := super.post(path+"/"+asked.text("id")+"/decision", object{"decision": "accept"}).want(200)
	if got.text("reserve_id") != reserves[0].ID.String() {
		t.Errorf("%s came in, want %s", got.text("reserve_id"), reserves[0].ID)
	}

	i.visit("rep2", drawn[1], 60, func(e object) { e["stop_id"] = stops[1] })
	at := rep.post(path, change("replace", drawn[1])).want(201)
	if got := []any{at.text("decision"), at.text("reserve_id"), at.at("decided_by")}; !cmp.Equal(got, []any{"accept", reserves[1].ID.String(), nil}) {
		t.Errorf("%v", got)
	}
	if got := i.picksOf(u, "reserve", "in"); len(got) != 2 || len(i.picksOf(u, "drawn", "out")) != 2 {
		t.Errorf("%v", got)
	}
	if faults := published(t, super.get(auditPath(u)+"/record").want(200)).Check(); faults != nil {
		t.Errorf("%v", faults)
	}
}

// routeFor sends somebody to retailers of an audit, and gives the stops.
func (i *intruder) routeFor(name string, u answer, retailers []rounds.Retailer) (stops []string) {
	i.t.Helper()
	route := uuid.NewString()
	i.write(`
		insert into audit_routes (org_id, id, audit_id, auditor_id, day, starts_at, ends_at, distance_m, travel_s, travel_source, travel_wanted, created_at, created_by)
		values ($1, $2, $3, $4, '2026-03-02', '2026-03-02T01:00:00Z', '2026-03-02T09:00:00Z', 0, 0, 'straight_lines', 'straight_lines', '2026-03-02T00:00:00Z', $5)`,
		route, u.text("id"), i.users[name].ID.String(), i.users["supervisor"].ID.String())
	for n, r := range retailers {
		stops = append(stops, uuid.NewString())
		i.write(`
			insert into audit_stops (org_id, route_id, position, id, audit_id, retailer_id, planned_at, service_s, leg_m, leg_s)
			values ($1, $2, $3, $4, $5, $6, '2026-03-02T02:00:00Z', 600, 0, 0)`, route, n+1, stops[n], u.text("id"), r.ID.String())
	}
	return stops
}

// at once calls each function and gives their answers' statuses, sorted.
func atOnce(fns ...func() answer) []int {
	statuses := make([]int, len(fns))
	var all sync.WaitGroup
	for i, fn := range fns {
		all.Go(func() { statuses[i] = fn().status })
	}
	all.Wait()
	slices.Sort(statuses)
	return statuses
}

func TestAuditsAtOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	super, admin := f.as("supervisor"), f.as("admin")
	var commits []func() answer
	for n := range 6 {
		day := fmt.Sprintf("2026-01-%02d", n+1)
		commits = append(commits, func() answer { return super.post("/v1/audits", newAudit(1, "from", day, "to", day)) })
	}
	if got := atOnce(commits...); !cmp.Equal(got, []int{201, 201, 201, 201, 201, 201}) {
		t.Errorf("different audits at once: %v", got)
	}
	chain, err := audit.ParseChain(super.get("/v1/audit-chain").want(200).body)
	f.must(err)
	if faults := chain.Check("", nil); faults != nil || len(chain.Links) != 6 {
		t.Errorf("%v", faults)
	}
	same := func(c client) func() answer {
		return func() answer {
			return c.post("/v1/audits", newAudit(2, "unit_id", f.units["north"].String(), "spec", object{"n": 2}))
		}
	}
	if got := atOnce(same(super), same(admin), same(super), same(admin)); !cmp.Equal(got, []int{201, 409, 409, 409}) {
		t.Errorf("the same audit at once: %v", got)
	}
	u := list(super.get("/v1/audits?limit=1").want(200).at("items"))[0]
	path := "/v1/audits/" + at(u, "id").(string)
	value := func(c client, v string) func() answer {
		return func() answer { return c.post(path+"/value", object{"value": v}) }
	}
	if got := atOnce(value(super, "1"), value(admin, "2"), value(super, "3"), value(admin, "4")); !cmp.Equal(got, []int{200, 409, 409, 409}) {
		t.Errorf("four values at once: %v", got)
	}
	drawn := super.get(path).want(200)
	if got := len(f.picksOf(drawn, "drawn", "in")); got != 2 {
		t.Errorf("%d are drawn", got)
	}
	id := super.post(path+"/changes", change("remove", f.picksOf(drawn, "drawn", "in")[0])).want(201).text("id")
	decide := func(c client, d string) func() answer {
		return func() answer { return c.post(path+"/changes/"+id+"/decision", object{"decision": d}) }
	}
	f.add("admin2", rounds.RoleAdmin, "root")
	if got := atOnce(decide(admin, "accept"), decide(f.as("admin2"), "refuse"), decide(super, "withdraw")); !cmp.Equal(got, []int{200, 409, 409}) {
		t.Errorf("three decisions at once: %v", got)
	}
	decisions := list(super.get(path + "/changes").want(200).at("items"))
	out := len(f.picksOf(drawn, "drawn", "out"))
	if len(decisions) != 1 || (at(decisions[0], "decision") == "accept") != (out == 1) {
		t.Errorf("%v, and %d are out", decisions, out)
	}
}

// Nobody takes out whom an auditor has met, so that no finding is hidden; not even by a change that was asked for before.
func TestWhatWasFoundStays(t *testing.T) {
	t.Parallel()
	i := withIntruder(t)
	super, admin := i.as("supervisor"), i.as("admin")
	u := super.drawnAudit(2, "6", "spec", object{"n": 2, "reserves": 1})
	path := auditPath(u) + "/changes"
	drawn := i.picksOf(u, "drawn", "in")
	waits := super.post(path, change("remove", drawn[0])).want(201).text("id")
	find := func(r rounds.Retailer, met string) {
		i.write(`
			insert into audit_findings (org_id, id, audit_id, retailer_id, auditor_id, form_version, met, answers, answered_at, received_at, content_hash)
			values ($1, $2, $3, $4, $5, 1, $6, '{}', '2026-03-02T12:00:00Z', '2026-03-02T12:00:00Z', decode(repeat('00', 32), 'hex'))`,
			uuid.NewString(), u.text("id"), r.ID.String(), i.users["rep3"].ID.String(), met)
	}
	find(drawn[0], "visited")
	admin.post(path+"/"+waits+"/decision", object{"decision": "accept"}).want(409)
	super.post(path, change("replace", drawn[0])).want(409)
	super.post(auditPath(u)+"/finish", object{}).want(409)
	find(drawn[1], "closed")
	if got := super.get(auditPath(u)).want(200).at("found"); got != 2.0 {
		t.Errorf("%v have a finding", got)
	}
	closed := super.post(path, change("replace", drawn[1])).want(201).text("id")
	admin.post(path+"/"+closed+"/decision", object{"decision": "refuse"}).want(200)
	super.post(auditPath(u)+"/finish", object{}).want(200)
	next := super.commit(1, "apart_days", 7, "spec", object{"n": 1})
	if got := next.at("retailers"); got != 6.0 {
		t.Errorf("%v retailers, want all but the two that were visited", got)
	}
}

// What waits for a second person does not wait for ever: it is closed when the auditor at the closed shop replaces the retailer, and when
// the audit ends.
func TestWhatNobodyNeedsToDecideAnyMoreIsClosed(t *testing.T) {
	t.Parallel()
	i := withIntruder(t)
	super, admin := i.as("supervisor"), i.as("admin")
	u := super.drawnAudit(3, "6", "reps", []string{i.users["rep1"].ID.String()}, "spec", object{"n": 3, "reserves": 2})
	path := auditPath(u) + "/changes"
	drawn := i.picksOf(u, "drawn", "in")
	stops := i.routeFor("rep2", u, drawn)
	auditor := i.as("rep2")
	early := auditor.post(path, change("replace", drawn[0])).want(201).text("id")
	other := super.post(path, change("remove", drawn[1])).want(201).text("id")
	super.post(path, change("remove", drawn[2])).want(201)
	for n, r := range drawn[:2] {
		i.visit("rep2", r, 60*n, func(e object) { e["stop_id"] = stops[n] })
		if got := auditor.post(path, change("replace", r)).want(201).text("decision"); got != "accept" {
			t.Errorf("before the closed shop: %s", got)
		}
	}
	decisions := func() (got []any) {
		for _, c := range list(super.get(path).want(200).at("items")) {
			got = append(got, at(c, "decision"))
			if at(c, "decision") == "overtaken" && (at(c, "decided_at") == nil || at(c, "decided_by") != nil) {
				t.Errorf("%v", c)
			}
		}
		return got
	}
	if diff := cmp.Diff([]any{"overtaken", "overtaken", nil, "accept", "accept"}, decisions()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, id := range []string{early, other} {
		for _, d := range []string{"accept", "refuse"} {
			if a := admin.post(path+"/"+id+"/decision", object{"decision": d}).want(409); !strings.Contains(a.text("detail"), "was replaced meanwhile") {
				t.Errorf("%s", a)
			}
		}
	}
	super.post(path+"/"+other+"/decision", object{"decision": "withdraw"}).want(409)
	super.post(auditPath(u)+"/finish", object{"reason": "r"}).want(200)
	if diff := cmp.Diff([]any{"overtaken", "overtaken", "overtaken", "accept", "accept"}, decisions()); diff != "" {
		t.Errorf("after the end (-want +got):\n%s", diff)
	}
	if faults := published(t, super.get(auditPath(u)+"/record").want(200)).Check(); faults != nil {
		t.Errorf("%v", faults)
	}
}
