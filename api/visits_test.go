package api_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"
)

const minutesADay = 24 * 60

// pages gathers a field of every item of every page.
func (c client) pages(path, name string) []string {
	c.t.Helper()
	var got []string
	for path != "" {
		a := c.get(path).want(200)
		got = append(got, each(a.at("items"), name)...)
		path = nextPage(a)
	}
	return got
}

func TestVisitFilters(t *testing.T) {
	t.Parallel()
	f := setup(t)
	r := f.retailers["rep1"]
	monday := f.visit("rep1", r[0], 0)
	elsewhere := f.visit("rep1", r[1], 10, func(e object) { e["fixes"].([]any)[0].(object)["lat"] = 32 })
	sunday := f.visit("rep1", r[0], -minutesADay)
	colleague := f.visit("rep2", f.first("rep2"), 0)
	south := f.visit("rep3", f.first("rep3"), 0)
	for _, c := range []struct {
		who, query string
		want       []string
	}{
		{"admin", "", []string{monday, elsewhere, sunday, colleague, south}},
		{"supervisor", "", []string{monday, elsewhere, sunday, colleague}},
		{"sibling", "", []string{south}},
		{"rep1", "", []string{monday, elsewhere, sunday}},
		{"rep1", "rep=" + f.users["rep2"].ID.String(), nil},
		{"admin", "date=" + today, []string{monday, elsewhere, colleague, south}},
		{"admin", "date=2026-03-01&until=2026-03-01", []string{sunday}},
		{"admin", "date=2026-03-01&until=2026-03-02", []string{monday, elsewhere, sunday, colleague, south}},
		{"admin", "date=2026-03-03", nil},
		{"admin", "rep=" + f.users["rep2"].ID.String(), []string{colleague}},
		{"admin", "retailer=" + r[0].ID.String(), []string{monday, sunday}},
		{"admin", "outcome=elsewhere", []string{elsewhere}},
		{"admin", "credited=false", []string{elsewhere}},
		{"admin", "credited=true&date=" + today, []string{monday, colleague, south}},
	} {
		got := each(f.as(c.who).get("/v1/visits?"+c.query).want(200).at("items"), "id")
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s asks for %q: %v, want %v", c.who, c.query, got, c.want)
		}
	}
}

func TestVisitRangesThatAreNone(t *testing.T) {
	t.Parallel()
	admin := setup(t).as("admin")
	admin.get("/v1/visits?until=2026-03-02").want(400).wantField("until", "bad_range")
	admin.get("/v1/visits?date=2026-03-02&until=2026-03-01").want(400).wantField("until", "bad_range")
	admin.get("/v1/visits?date=2025-03-01&until=2026-03-02").want(400).wantField("until", "bad_range")
	admin.get("/v1/visits?date=2025-03-02&until=2026-03-02").want(200)
	admin.get("/v1/visits?date=2026-02-30").want(400).wantField("date", "not_a_date")
	for _, day := range []string{"0000-01-01", "9999-12-31"} {
		if a := admin.get("/v1/visits?date=" + day); a.status != 200 && a.status != 400 {
			t.Errorf("%s", a)
		}
	}
	for _, after := range []string{"x", "MTIz", "AAAA", "MjAyNi0wMy0wMgp4", "-"} {
		admin.get("/v1/visits?after="+after).want(400).wantField("after", "not_a_cursor")
	}
}

func TestPagesHoldEveryVisitOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var events []object
	var want []string
	for i := range 60 {
		e := checkIn(f.retailers["rep1"][i%6], -i*minutesADay/4)
		events, want = append(events, e), append(want, e["id"].(string))
	}
	f.as("rep1").post(postBatch, batch(events...)).want(200)
	slices.Sort(want)
	for _, limit := range []int{1, 7, 60, 1000} {
		got := f.as("supervisor").pages(fmt.Sprintf("/v1/visits?limit=%d", limit), "id")
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %d (-want +got):\n%s", limit, diff)
		}
	}
	days := f.as("supervisor").pages("/v1/visits?limit=7", "date")
	if !slices.IsSortedFunc(days, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("not newest first: %v", days)
	}
}

// dangerous is a name that a spreadsheet would run.
const dangerous = `=HYPERLINK("http://x","y")`

func (f *fixture) fileVisits() []string {
	r := f.addRetailer("@SUM", orb.Point{120.1, 31.41592})
	f.as("admin").patch("/v1/retailers/"+r.ID.String(), object{"name": dangerous}).want(200)
	in := checkIn(r, 0)
	f.as("rep1").post(postBatch, batch(in, checkOut(in, 10))).want(200)
	return []string{today, f.users["rep1"].DisplayName, "@SUM", dangerous, "2026-03-02 09:00:00", "2026-03-02 09:10:00"}
}

func TestVisitsAsCSV(t *testing.T) {
	t.Parallel()
	f := setup(t)
	want := f.fileVisits()
	a := f.as("supervisor").get("/v1/visits?format=csv&limit=1").want(200)
	body, bom := bytes.CutPrefix(a.body, []byte("\ufeff"))
	records, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if !bom || err != nil || len(records) != 2 {
		t.Fatalf("%s, %v", a, err)
	}
	want[2], want[3] = "'"+want[2], "'"+want[3]
	if diff := cmp.Diff(want, records[1][:6]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := records[1][7:11], []string{"600", "at_retailer", "true", "position"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestVisitsAsXLSX(t *testing.T) {
	t.Parallel()
	f := setup(t)
	want := f.fileVisits()
	for range 3 { // more than one page of JSON would hold
		f.visit("rep2", f.first("rep2"), 30)
	}
	a := f.as("supervisor").get("/v1/visits?format=xlsx&limit=1").want(200)
	book, err := excelize.OpenReader(bytes.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("visits")
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows {
		if slices.Contains(row, dangerous) {
			if diff := cmp.Diff(want, row[:6]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if formula, err := book.GetCellFormula("visits", fmt.Sprintf("D%d", i+1)); formula != "" || err != nil {
				t.Errorf("the name is a formula, %q; %v", formula, err)
			}
			return
		}
	}
	t.Errorf("the visit is not there: %v", rows)
}

func TestAVisitShowsAllThatItRestsOn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	in := checkIn(f.first("rep1"), 0)
	f.as("rep1").post(postBatch, batch(in, checkOut(in, 15))).want(200)
	for _, who := range []string{"rep1", "supervisor", "planner", "admin"} {
		v := f.as(who).get("/v1/visits/" + in["id"].(string)).want(200)
		got := []any{v.at("dwell_s"), v.at("open"), v.at("outcome"), v.at("events", 0, "event", "id"), v.at("events", 1, "event", "check_in_id"), v.at("events", 0, "verdicts", 0, "outcome")}
		if want := []any{900.0, false, "at_retailer", in["id"], in["id"], "at_retailer"}; !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", who, got, want)
		}
	}
	f.as("admin").get("/v1/visits/" + uuid.NewString()).want(404)
}

func TestReviewsCreditAndRefuse(t *testing.T) {
	t.Parallel()
	f := alone(t)
	id := f.visit("rep1", f.first("rep1"), 0, func(e object) { e["fixes"].([]any)[0].(object)["lat"] = 32 })
	path := "/v1/visits/" + id + "/reviews"
	for i, c := range []struct {
		decision string
		credited bool
		by       any
	}{{"note", false, nil}, {"credit", true, "review"}, {"note", true, "review"}, {"refuse", false, nil}} {
		f.move(1e9)
		a := f.as("supervisor").post(path, object{"decision": c.decision, "reason": "I was there"}).want(201)
		got := []any{a.at("credited"), a.at("credited_by"), a.at("outcome"), len(list(a.at("reviews")))}
		if want := []any{c.credited, c.by, "elsewhere", i + 1}; !slices.Equal(got, want) {
			t.Errorf("after %s: %v, want %v", c.decision, got, want)
		}
		if seen := f.status(t, "rep1", id).at("results", 0); at(seen, "credited") != c.credited || at(seen, "credited_by") != c.by {
			t.Errorf("after %s the phone is told %v", c.decision, seen)
		}
	}
	f.as("rep1").post(path, object{"decision": "credit", "reason": "me"}).want(403)
	f.as("supervisor").breaking().post(path, object{"decision": "credit", "reason": " "}).want(400).wantField("/reason", "wrong_form")
	f.as("supervisor").breaking().post(path, object{"decision": "maybe", "reason": "r"}).want(400).wantField("/decision", "not_one_of")
}

func TestNobodyReviewsTheirOwnVisit(t *testing.T) {
	t.Parallel()
	f := alone(t)
	id := f.visit("rep1", f.first("rep1"), 0)
	f.as("admin").patch("/v1/users/"+f.users["rep1"].ID.String(), object{"role": "supervisor"}).want(200)
	f.move(2e9)
	f.as("rep1").post("/v1/visits/"+id+"/reviews", object{"decision": "credit", "reason": "me"}).want(403)
	f.as("supervisor").post("/v1/visits/"+id+"/reviews", object{"decision": "credit", "reason": "not me"}).want(201)
}
