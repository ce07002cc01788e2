package api_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func away(e object) { e["fixes"].([]any)[0].(object)["lat"] = 32 }

func base64Lines(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\n")))
}

func madeUp(e object) { e["fixes"].([]any)[0].(object)["mock"] = true }

// queue is a visit elsewhere of rep1 and of rep3, and a mocked one of rep1, examined.
func (f *fixture) queue() (elsewhere, made, south string) {
	f.t.Helper()
	elsewhere = f.visit("rep1", f.retailers["rep1"][0], 0, away)
	made = f.visit("rep1", f.retailers["rep1"][1], 20, madeUp)
	south = f.visit("rep3", f.first("rep3"), 0, away)
	_, err := f.office.ExamineDays(context.Background(), f.org.ID)
	f.must(err)
	return elsewhere, made, south
}

func TestExceptionsAreThoseOfOnesUnits(t *testing.T) {
	t.Parallel()
	f := setup(t)
	elsewhere, made, south := f.queue()
	for _, c := range []struct {
		who, query string
		want       []string
	}{
		{"admin", "", []string{elsewhere, south, made}},
		{"supervisor", "", []string{elsewhere, made}},
		{"planner", "", []string{elsewhere, made}},
		{"sibling", "", []string{south}},
		{"rep1", "", []string{elsewhere, made}},
		{"rep2", "", nil},
		{"rep2", "rep=" + f.users["rep1"].ID.String(), nil},
		{"admin", "rep=" + f.users["rep3"].ID.String(), []string{south}},
		{"admin", "kind=integrity", []string{made}},
		{"admin", "kind=pin_suspect", nil},
		{"admin", "min_severity=61", []string{elsewhere, south}},
		{"admin", "date=2026-03-01", nil},
	} {
		got := each(f.as(c.who).get("/v1/exceptions?"+c.query).want(200).at("items"), "id")
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s asks for %q: %v, want %v", c.who, c.query, got, c.want)
		}
	}
	got := f.as("admin").pages("/v1/exceptions?limit=1", "id")
	if want := f.as("admin").pages("/v1/exceptions", "id"); !slices.Equal(got, want) {
		t.Errorf("one by one %v, want %v", got, want)
	}
}

func TestExceptionsThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	admin := setup(t).as("admin").breaking()
	admin.get("/v1/exceptions?until=2026-03-02").want(400).wantField("until", "bad_range")
	admin.get("/v1/exceptions?kind=other").want(400).wantField("kind", "not_one_of")
	admin.get("/v1/exceptions?min_severity=0").want(400).wantField("min_severity", "too_small")
	admin.get("/v1/exceptions?outcome=elsewhere").want(400).wantField("outcome", "unknown_parameter")
	id := uuid.NewString()
	for _, after := range []string{"x", "MTIz"} {
		admin.get("/v1/exceptions?after="+after).want(400).wantField("after", "not_a_cursor")
	}
	for _, after := range [][]string{
		{"many", today, id, "integrity"},
		{"99999", today, id, "integrity"},
		{"60", "today", id, "integrity"},
		{"60", today, "1", "integrity"},
		{"60", today, id, "other"},
		{"60", today, id},
	} {
		admin.get("/v1/exceptions?after="+base64Lines(after...)).want(400).wantField("after", "not_a_cursor")
	}
}

func TestExceptionsSayWhyInTwoLanguages(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, made, _ := f.queue()
	for language, want := range map[string]string{
		"en": "the phone says itself that a position was made up",
		"zh": "手机自身表明有位置是模拟的",
	} {
		rep := f.as("rep1").with("Accept-Language", language)
		signal := list(rep.get("/v1/visits/"+made).want(200).at("integrity", "signals"))[0]
		if at(signal, "says") != want || at(signal, "weight") != 6.0 || at(signal, "detail", "fixes") != 1.0 {
			t.Errorf("%s: %v", language, signal)
		}
		item := list(rep.get("/v1/exceptions?kind=integrity").want(200).at("items"))[0]
		if diff := cmp.Diff(signal, list(at(item, "integrity", "signals"))[0]); diff != "" || at(item, "numbers", "score") != 6.0 {
			t.Errorf("the queue says otherwise: %v\n%s", item, diff)
		}
	}
}

func TestDecisionsOnManyAreToldToTheirReps(t *testing.T) {
	t.Parallel()
	f := setup(t)
	elsewhere, made, south := f.queue()
	f.as("rep1").post("/v1/visit-events", checkIn(rounds.Retailer{ID: rounds.NewID[rounds.Retailer](), Pin: f.first("rep1").Pin}, 30)).want(422)
	quarantined := list(f.as("supervisor").get("/v1/exceptions?kind=quarantined").want(200).at("items"))[0]
	items := []any{
		object{"kind": "visit_elsewhere", "id": elsewhere},
		object{"kind": "integrity", "id": made},
		object{"kind": "visit_elsewhere", "id": south},
		object{"kind": "quarantined", "id": at(quarantined, "id")},
	}
	decide := func(c client, decision string) answer {
		return c.post("/v1/exceptions/decisions", object{"items": items, "decision": decision, "reason": "去看过了"})
	}
	decide(f.as("rep1"), "credit").want(403)
	decide(f.as("planner"), "credit").want(403)
	zh := f.as("supervisor").with("Accept-Language", "zh")
	if got := each(decide(zh, "credit").want(200).at("results"), "result"); !slices.Equal(got, []string{"decided", "decided", "failed", "failed"}) {
		t.Errorf("credited: %v", got)
	}
	results := list(decide(zh, "dismiss").want(200).at("results"))
	if at(results[0], "problem", "code") != "not_for_this_kind" || at(results[3], "result") != "decided" {
		t.Errorf("dismissed: %v", results)
	}
	if left := list(f.as("supervisor").get("/v1/exceptions").want(200).at("items")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	path := "/v1/me/decisions?limit=2&since=2026-01-01T00:00:00Z"
	got := f.as("rep1").pages(path, "decision")
	slices.Sort(got)
	if !slices.Equal(got, []string{"credit", "credit", "dismiss"}) {
		t.Errorf("rep1 is told of %v", got)
	}
	told := list(f.as("rep1").get(path).want(200).at("items"))[0]
	if at(told, "by_name") != f.users["supervisor"].DisplayName || at(told, "reason") != "去看过了" {
		t.Errorf("rep1 is told %v", told)
	}
	for _, other := range []string{"rep2", "rep3", "supervisor"} {
		if got := f.as(other).pages(path, "id"); len(got) > 0 {
			t.Errorf("%s is told of %v", other, got)
		}
	}
	if got := f.as("rep1").pages("/v1/me/decisions?since=2030-01-01T00:00:00Z", "id"); len(got) > 0 {
		t.Errorf("of the future: %v", got)
	}
	f.as("rep1").get(path+"&after=x").want(400).wantField("after", "not_a_cursor")
}

func TestAVisitIsDecidedOnOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	elsewhere, made, south := f.queue()
	decide := func(decision string, items ...any) []string {
		body := object{"items": items, "decision": decision, "reason": "looked at"}
		return each(f.as("supervisor").post("/v1/exceptions/decisions", body).want(200).at("results"), "result")
	}
	first := object{"kind": "visit_elsewhere", "id": elsewhere}
	for _, c := range []struct {
		what  string
		items []any
		want  []string
	}{
		{"the same item", []any{first, first}, []string{"decided", "decided"}},
		{"one visit for two reasons", []any{first, object{"kind": "integrity", "id": made}, object{"kind": "integrity", "id": elsewhere}}, []string{"decided", "decided", "decided"}},
		{"one that is not theirs", []any{object{"kind": "visit_elsewhere", "id": south}, first, object{"kind": "open_visit", "id": south}}, []string{"failed", "decided", "failed"}},
		{"a visit and what has its id", []any{first, with(first, "kind", "pin_suspect"), with(first, "kind", "quarantined")}, []string{"decided", "failed", "failed"}},
	} {
		before := f.reviews(elsewhere)
		if got := decide("note", c.items...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
		if added := f.reviews(elsewhere) - before; added != 1 {
			t.Errorf("%s: %d reviews were written", c.what, added)
		}
	}
	if f.reviews(made) != 1 {
		t.Errorf("another visit has %d reviews", f.reviews(made))
	}
}

func (f *fixture) reviews(visit string) int {
	return len(list(f.as("rep1").get("/v1/visits/" + visit).want(200).at("reviews")))
}

func TestDecisionsThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	supervisor := setup(t).as("supervisor").breaking()
	item := object{"kind": "integrity", "id": uuid.NewString()}
	good := object{"items": []any{item}, "decision": "credit", "reason": "seen"}
	for pointer, body := range map[string]object{
		"/reason":       with(good, "reason", " "),
		"/decision":     with(good, "decision", "forget"),
		"/items":        with(good, "items", []any{}),
		"/items/0/kind": with(good, "items", []any{with(item, "kind", "other")}),
		"/items/0/id":   with(good, "items", []any{with(item, "id", "1")}),
		"/severity":     with(good, "severity", 1),
	} {
		a := supervisor.post("/v1/exceptions/decisions", body).want(400)
		if !slices.Contains(each(a.at("errors"), "pointer"), pointer) {
			t.Errorf("%s: %s", pointer, a)
		}
	}
	supervisor.post("/v1/exceptions/decisions", with(good, "items", slices.Repeat([]any{item}, 201))).want(400)
	if got := list(supervisor.post("/v1/exceptions/decisions", good).want(200).at("results"))[0]; at(got, "problem", "code") != "not_found" {
		t.Errorf("%v", got)
	}
}
