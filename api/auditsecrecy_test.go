package api_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

var requestID = regexp.MustCompile(`"request_id":"[^"]*"`)

// wholly is all that an answer tells: its status, its headers and each byte of its body, but for what every request has of its own.
func wholly(a answer) string {
	var told strings.Builder
	fmt.Fprintln(&told, a.status)
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		if name != "Date" && name != "X-Request-Id" {
			fmt.Fprintln(&told, name, a.header[name])
		}
	}
	body, err := plain(a)
	if err != nil {
		a.t.Error(err)
	}
	told.Write(requestID.ReplaceAll(body, nil))
	return told.String()
}

// toldToReps is what each operation that reads tells rep1, who audits retailers of rep2 in two other audits, and rep2.
func (s *scene) toldToReps(t *testing.T, ids map[string]string) map[string]string {
	told := map[string]string{}
	for _, row := range matrix {
		if strings.HasPrefix(row.request, "GET ") && row.operation != "getAuditChain" {
			for _, rep := range []string{"rep1", "rep2"} {
				told[row.operation+" as "+rep] = wholly(s.ask(t, rep, row.request, row.body, ids))
			}
		}
	}
	return told
}

// Reps may be told of nothing before the end: whatever they may read is the same, byte for byte, before a commitment, after it, after the
// draw, and while a colleague goes from shop to shop and asks; all but the number and hash of the commitment in the chain.
func TestRepsSeeNothingOfAnAuditBeforeItsEnd(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.foreign = s.fixture
	admin, super := s.as("admin"), s.as("supervisor")
	super.post("/v1/audits/"+s.ids["{audit}"]+"/value", object{"value": "1"}).want(200)
	ids := maps.Clone(s.ids)
	_, ids["{feedtoken}"], _ = s.office.AddFeed(context.Background(), s.actor("rep1"), s.users["rep1"].ID)
	for i, name := range []string{"{day}", "{over}"} {
		ids[name] = []string{tuesday, "2026-02-27"}[i]
	}
	ids["{audit}"] = uuid.NewString() // that there is none is told in the same words
	examine := func() {
		t.Helper()
		_, err := s.office.ExamineDays(context.Background(), s.org.ID)
		s.must(err)
	}
	examine()
	before := s.toldToReps(t, ids)
	u := admin.commit(8, "unit_id", s.units["north"].String(), "spec", object{"n": 8})
	path := auditPath(u)
	ids["{audit}"] = u.text("id")
	compare := func(when string) {
		t.Helper()
		if diff := cmp.Diff(before, s.toldToReps(t, ids)); diff != "" {
			t.Errorf("%s (-before +after):\n%s", when, diff)
		}
		for _, l := range list(s.as("rep1").get("/v1/audit-chain?limit=1000").want(200).at("items")) {
			if at(l, "hash") == u.text("hash") && len(l.(object)) != 4 {
				t.Errorf("%s the chain says %v", when, l)
			}
		}
	}
	compare("after the commitment")
	admin.post(path+"/value", object{"value": "6"}).want(200)
	compare("after the draw")
	closed := s.retailers["rep1"][5]
	s.auditedBy("rep3", u, closed)
	examine()
	compare("while somebody audits")
	id := super.post(path+"/changes", change("remove", closed)).want(201).text("id")
	admin.post(path+"/changes/"+id+"/decision", object{"decision": "accept"}).want(200)
	compare("after a change by hand")
	admin.post(path+"/finish", object{"reason": "r"}).want(200)
	after := s.toldToReps(t, ids)
	for _, op := range []string{"getAuditRecord as rep1", "getAuditRecord as rep2", "getMyAuditClaims as rep1"} {
		if before[op] == after[op] {
			t.Errorf("after the end %s has not changed: nothing was looked at", op)
		}
	}
}

// auditedBy lets somebody go to all retailers of an audit, check in, and say that nobody was there before; one is closed.
func (s *scene) auditedBy(name string, u answer, closed rounds.Retailer) {
	s.t.Helper()
	auditor := s.as(name)
	s.as("admin").post(auditPath(u)+"/routes", object{"auditors": []object{{"user_id": s.users[name].ID.String()}}, "dates": []string{tuesday}}).want(201)
	stops := list(auditor.get("/v1/me/audit-routes?date="+tuesday).want(200).at("routes", 0, "stops"))
	if len(stops) != 8 {
		s.t.Fatalf("%d stops", len(stops))
	}
	for n, stop := range stops {
		r := s.byCode(at(stop, "retailer", "code").(string))
		s.visit(name, r, 30*n, func(e object) { e["stop_id"] = at(stop, "stop_id") })
		finding := object{
			"id": uuid.NewString(), "audit_id": u.text("id"), "retailer_id": r.ID.String(), "form_version": 1, "met": "visited",
			"answered_at": "2026-03-02T10:00:00+08:00", "answers": object{"prices_tagged": "no", "policies_known": "no", "visit_happened": "no"},
		}
		if r.ID == closed.ID {
			finding["met"], finding["answers"] = "closed", object{}
		}
		s.wantSaid("a finding", auditor.find(finding), "created")
	}
}
