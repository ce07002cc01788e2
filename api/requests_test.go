package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

const askFor = "/v1/requests"

func instant(minute int) string {
	return monday.Add(time.Duration(minute) * time.Minute).Format(time.RFC3339)
}

func forgotten(visit string, minute int) object {
	return object{"id": uuid.NewString(), "kind": "forgotten_check_out", "visit_id": visit, "claimed_end": instant(minute), "reason": "the bell rang"}
}

func missed(retailer string, from, to int) object {
	return object{
		"id": uuid.NewString(), "kind": "missed_check_in", "retailer_id": retailer, "claimed_start": instant(from), "claimed_end": instant(to), "reason": "没电了",
	}
}

func decision(d string) object { return object{"decision": d, "reason": "as the shop says"} }

func TestAForgottenCheckOutIsPutRight(t *testing.T) {
	t.Parallel()
	f := setup(t)
	visit := f.visit("rep1", f.first("rep1"), 0)
	asked := forgotten(visit, 20)
	a := f.as("rep1").post(askFor, asked).want(201)
	id := a.text("id")
	if got := []any{a.at("status"), a.at("date"), a.at("retailer_code"), a.at("visit_id"), a.at("decided_by"), a.at("reason")}; !cmp.Equal(got, []any{"open", today, "R11", visit, nil, "the bell rang"}) {
		t.Errorf("asked: %v", got)
	}
	f.as("rep1").post(askFor, asked).want(200)
	f.as("rep1").post(askFor, with(asked, "claimed_end", instant(21))).want(409).wantField("/claimed_end", "differs")
	if got := f.as("rep1").get("/v1/visits/" + visit).want(200); got.at("open") != true || got.at("end_by") != nil {
		t.Errorf("before the decision: %s", got)
	}
	f.as("supervisor").post(askFor+"/"+id+"/decision", decision("accept")).want(200)
	if a := f.as("supervisor").with("Accept-Language", "zh").post(askFor+"/"+id+"/decision", decision("refuse")).want(409); a.text("detail") != "此申请已被审批或撤回：请重新查看" {
		t.Errorf("%s", a)
	}
	v := f.as("rep1").get("/v1/visits/" + visit).want(200)
	got := []any{
		v.at("end_by"), v.at("dwell_s"), v.at("end_estimated"), v.at("by_request"), v.at("credited_by"), v.at("requests", 0, "status"),
		v.at("requests", 0, "rep_name"), v.at("requests", 0, "decided_by_name"), v.at("requests", 0, "decision_reason"), len(list(v.at("reviews"))),
	}
	want := []any{"request", 1200.0, false, false, "position", "accepted", f.named("rep1"), f.named("supervisor"), "as the shop says", 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the visit (-want +got):\n%s", diff)
	}
}

func TestAMissedCheckInBecomesAVisit(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ids := map[string]string{}
	for name, r := range map[string]string{"own": f.first("rep1").ID.String(), "colleague's": f.first("rep2").ID.String()} {
		a := f.as("rep1").post(askFor, missed(r, 0, 15)).want(201)
		if a.at("outside_territory") != (name != "own") {
			t.Errorf("%s: %s", name, a)
		}
		ids[name] = a.text("id")
	}
	id := ids["own"]
	f.as("rep1").get("/v1/visits/" + id).want(404)
	f.as("admin").post(askFor+"/"+id+"/decision", decision("accept")).want(200)
	f.as("admin").post(askFor+"/"+ids["colleague's"]+"/decision", decision("refuse")).want(200)
	page := f.as("supervisor").get("/v1/visits?rep=" + f.users["rep1"].ID.String()).want(200)
	v := list(page.at("items"))[0]
	got := []any{len(list(page.at("items"))), at(v, "id"), at(v, "by_request"), at(v, "end_by"), at(v, "outcome"), at(v, "credited_by"), at(v, "dwell_s"), at(v, "reasons", 0), at(v, "distance_m")}
	if diff := cmp.Diff([]any{1, id, true, "request", "undecided", "review", 900.0, "missed_check_in", nil}, got); diff != "" {
		t.Errorf("the visit (-want +got):\n%s", diff)
	}
	d := f.as("supervisor").post("/v1/visits/"+id+"/reviews", object{"decision": "refuse", "reason": "the shop was shut"}).want(201)
	if got := []any{d.at("credited"), len(list(d.at("events"))), len(list(d.at("reviews"))), d.at("requests", 0, "id")}; !cmp.Equal(got, []any{false, 0, 2, id}) {
		t.Errorf("after a review: %v", got)
	}
	f.as("supervisor").get("/v1/visits/" + id + "?positions_for=complaint").want(200)
	file := string(f.as("supervisor").get("/v1/visits?format=csv").want(200).body)
	if !strings.Contains(file, id+",request,true") {
		t.Errorf("the file does not say so: %s", file)
	}

	data := f.as("rep1").get("/v1/me/data").want(200)
	mine := each(data.at("requests"), "id")
	slices.Sort(mine)
	all := []string{ids["own"], ids["colleague's"]}
	slices.Sort(all)
	if !slices.Equal(mine, all) || len(list(data.at("reviews"))) != 2 || data.at("requests", 0, "decided_by_name") != f.named("admin") {
		t.Errorf("my data: %v, want %v; %v", mine, all, data.at("reviews"))
	}
}

func TestRequestFilters(t *testing.T) {
	t.Parallel()
	f := setup(t)
	r1, r3 := f.first("rep1").ID.String(), f.first("rep3").ID.String()
	ask := func(rep string, body object) string { return f.as(rep).post(askFor, body).want(201).text("id") }
	open := ask("rep1", missed(r1, 0, 15))
	sunday := ask("rep1", missed(r1, -minutesADay, 15-minutesADay))
	dispute := f.dispute("rep1", f.visit("rep1", f.first("rep1"), 30))
	south := ask("rep3", missed(r3, 0, 15))
	f.as("admin").post(askFor+"/"+sunday+"/decision", decision("refuse")).want(200)
	f.as("rep1").post(askFor+"/"+dispute+"/withdraw", nil).want(200)
	for _, c := range []struct {
		who, query string
		want       []string
	}{
		{"admin", "", []string{open, sunday, dispute, south}},
		{"supervisor", "", []string{open, sunday, dispute}},
		{"sibling", "", []string{south}},
		{"rep1", "", []string{open, sunday, dispute}},
		{"rep2", "", nil},
		{"rep2", "rep=" + f.users["rep1"].ID.String(), nil},
		{"admin", "status=open", []string{open, south}},
		{"admin", "status=refused", []string{sunday}},
		{"admin", "status=accepted", nil},
		{"admin", "status=withdrawn", []string{dispute}},
		{"admin", "kind=dispute", []string{dispute}},
		{"admin", "kind=missed_check_in&status=open&rep=" + f.users["rep3"].ID.String(), []string{south}},
		{"admin", "date=2026-03-01", []string{sunday}},
		{"admin", "date=2026-03-01&until=" + today, []string{open, sunday, dispute, south}},
	} {
		for _, limit := range []int{1, 100} {
			got := f.as(c.who).pages(fmt.Sprintf("%s?limit=%d&%s", askFor, limit, c.query), "id")
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s asks for %q by %d: %v, want %v", c.who, c.query, limit, got, c.want)
			}
		}
	}
	f.as("admin").breaking().get(askFor+"?status=lost").want(400).wantField("status", "not_one_of")
	f.as("admin").get(askFor+"?after=x").want(400).wantField("after", "not_a_cursor")
}

func TestRequestsThatAreNone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep := f.as("rep1")
	visit := f.visit("rep1", f.first("rep1"), 0)
	rep.post(askFor, forgotten(visit, -1)).want(400).wantField("/claimed_end", "not_after_start")
	rep.post(askFor, forgotten(f.visit("rep2", f.first("rep2"), 0), 10)).want(400).wantField("/visit_id", "not_found")
	rep.post(askFor, missed(uuid.NewString(), 0, 10)).want(400).wantField("/retailer_id", "not_found")
	rep.post(askFor, with(missed(f.first("rep1").ID.String(), 0, 10), "claimed_start", "0001-01-01T00:00:00Z")).want(400).wantField("/claimed_end", "over_12_hours")
	rep.post(askFor, with(missed(f.first("rep1").ID.String(), 0, 10), "claimed_start", "0001-01-01T00:00:00Z", "claimed_end", "0001-01-01T01:00:00Z")).
		want(400).wantField("/claimed_start", "too_far")
	rep.post(askFor, with(missed(f.first("rep1").ID.String(), 0, 10), "claimed_end", "9999-12-31T23:59:59Z")).want(400).wantField("/claimed_end", "in_the_future")
	rep.breaking().post(askFor, with(forgotten(visit, 10), "reason", " ")).want(400).wantField("/reason", "wrong_form")
	rep.breaking().post(askFor, with(forgotten(visit, 10), "kind", "else")).want(400).wantField("/kind", "not_one_of")
	rep.breaking().post(askFor, with(forgotten(visit, 10), "status", "accepted")).want(400).wantField("/status", "unknown_field")
	rep.breaking().post(askFor, with(forgotten(visit, 10), "id", "1")).want(400).wantField("/id", "wrong_form")
	if got := rep.get(askFor).want(200); len(list(got.at("items"))) > 0 {
		t.Errorf("kept all the same: %s", got)
	}
}
