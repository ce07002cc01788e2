package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

const (
	postEvent  = "/v1/visit-events"
	postBatch  = "/v1/visit-events/batch"
	askStatus  = "/v1/visit-events/status"
	myEvents   = "/v1/me/events"
	longBefore = "2026-01-01T00:00:00Z"
)

func batch(events ...object) object {
	items := []any{}
	for _, e := range events {
		items = append(items, e)
	}
	return object{"events": items}
}

// rawBatch joins items as they are, for what no encoder would write.
func rawBatch(items ...string) string { return `{"events":[` + strings.Join(items, ",") + `]}` }

func (f *fixture) status(t *testing.T, rep string, ids ...any) answer {
	t.Helper()
	c := f.as(rep)
	c.t = t
	return c.post(askStatus, object{"ids": ids}).want(200)
}

func TestACheckInIsStoredOnceAndSaysWhy(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep, event := f.as("rep1"), checkIn(f.first("rep1"), 0)
	first := rep.post(postEvent, event).want(201)
	want := object{"id": event["id"], "result": "created", "credited": true, "credited_by": "position", "outcome": "at_retailer", "policy": 1.0, "pin_version": 1.0}
	got := object{
		"id": first.at("id"), "result": first.at("result"), "credited": first.at("credited"), "credited_by": first.at("credited_by"),
		"outcome": first.at("verdict", "outcome"), "policy": first.at("verdict", "policy"), "pin_version": first.at("verdict", "pin_version"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	again := rep.post(postEvent, event).want(200)
	if diff := cmp.Diff(first.at("verdict"), again.at("verdict")); diff != "" || again.text("result") != "exists" {
		t.Errorf("sent again: %s\n%s", again, diff)
	}
	if diff := cmp.Diff(again.at("verdict"), f.status(t, "rep1", event["id"]).at("results", 0, "verdict")); diff != "" {
		t.Errorf("status (-post +status):\n%s", diff)
	}
}

func TestAPhoneWithoutAFixNeedNotMakeOneUp(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep, event := f.as("rep1"), checkIn(f.first("rep1"), 0, func(e object) { e["fixes"] = []any{} })
	a := rep.post(postEvent, event).want(201)
	if a.at("verdict", "outcome") != "undecided" || list(a.at("verdict", "reasons"))[0] != "no_position" {
		t.Errorf("%s", a)
	}
	rep.post(postEvent, event).want(200)
	stored := rep.get(myEvents+"?since="+longBefore).want(200).at("items", 0, "event")
	if diff := cmp.Diff([]any{}, at(stored, "fixes")); diff != "" {
		t.Errorf("given back with fixes: %s", diff)
	}
	rep.post(postEvent, stored).want(200)
}

func TestAnotherEventUnderTheSameIDIsAConflict(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep, event := f.as("rep1"), checkIn(f.first("rep1"), 0, func(e object) { e["note"] = "first" })
	rep.post(postEvent, event).want(201)
	other := with(event, "note", "second", "retailer_id", f.retailers["rep1"][1].ID.String())
	a := rep.post(postEvent, other).want(409).wantField("/note", "differs").wantField("/retailer_id", "differs")
	if got := each(a.at("errors"), "pointer"); !slices.Equal(got, []string{"/note", "/retailer_id"}) || a.text("result") != "conflict" {
		t.Errorf("%s", a)
	}
	result := rep.post(postBatch, batch(other)).want(200).at("results", 0)
	if at(result, "result") != "conflict" || at(result, "problem", "errors", 1, "pointer") != "/retailer_id" {
		t.Errorf("in a batch: %v", result)
	}
	if got := rep.get(myEvents+"?since="+longBefore).want(200).at("items", 0, "event", "note"); got != "first" {
		t.Errorf("the note is now %v", got)
	}
}

// Of two events without a fix the field that differs is named, too: nothing of them has been deleted.
func TestAConflictWithoutFixesNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	event := checkIn(f.first("rep1"), 0, func(e object) { e["fixes"] = []any{} })
	event["evidence"] = []any{object{"kind": "code", "value": "123456"}}
	f.as("rep1").post(postEvent, event).want(201)
	for name, other := range map[string]object{
		"/evidence": with(event, "evidence", []any{object{"kind": "code", "value": "654321"}}),
		"/battery":  with(event, "battery", 1),
		"/fixes":    with(event, "fixes", []any{object{"lat": 31, "lon": 120}}),
	} {
		a := f.as("rep1").post(postEvent, other).want(409)
		if got := each(a.at("errors"), "pointer"); !slices.Equal(got, []string{name}) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// That an id is taken can be seen; of what is stored under another rep's, nothing.
func TestAnotherRepsEventIsAConflictThatTellsNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	event := checkIn(f.first("rep1"), 0, func(e object) { e["note"] = "my secret" })
	f.as("rep1").post(postEvent, event).want(201)
	rep2 := f.as("rep2")
	answers := []answer{
		rep2.post(postEvent, event).want(409), rep2.post(postEvent, checkIn(f.first("rep2"), 9, func(e object) { e["id"] = event["id"] })).want(409),
		rep2.post(postBatch, batch(event)).want(200), f.status(t, "rep2", event["id"]), rep2.get(myEvents + "?since=" + longBefore).want(200),
	}
	for _, a := range answers {
		for _, secret := range []string{"my secret", f.users["rep1"].ID.String(), "differs", "at_retailer", `"verdict"`} {
			if strings.Contains(string(a.body), secret) {
				t.Errorf("%s tells %q", a, secret)
			}
		}
	}
	if answers[0].at("errors") != nil && len(list(answers[0].at("errors"))) > 0 {
		t.Errorf("%s names fields", answers[0])
	}
	if got := answers[2].at("results", 0, "result"); got != "conflict" {
		t.Errorf("in a batch: %v", got)
	}
	if got := answers[3].at("results", 0, "result"); got != "unknown" {
		t.Errorf("its status is %v", got)
	}
	twins := rep2.post(postBatch, batch(checkIn(f.first("rep2"), 3), event)).want(200)
	if got := each(twins.at("results"), "result"); !slices.Equal(got, []string{"created", "conflict"}) {
		t.Errorf("beside a good one: %v", got)
	}
}

func TestWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep := f.as("rep1").breaking()
	r := f.first("rep1")
	for name, c := range map[string]struct {
		event         any
		pointer, code string
	}{
		"no kind":                {checkIn(r, 0, func(e object) { delete(e, "kind") }), "/kind", "required"},
		"another kind":           {checkIn(r, 0, func(e object) { e["kind"] = "tracking" }), "/kind", "not_one_of"},
		"no list of fixes":       {checkIn(r, 0, func(e object) { delete(e, "fixes") }), "/fixes", "required"},
		"a check-out of nothing": {checkIn(r, 0, func(e object) { e["kind"] = "check_out" }), "/check_in_id", "required"},
		"a list":                 {[]any{}, "", "not_an_object"},
		"null":                   {"null", "", "not_an_object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c2 := rep
			c2.t = t
			a := c2.post(postEvent, c.event).want(422).wantField(c.pointer, c.code)
			if a.text("result") != "rejected" {
				t.Errorf("%s", a)
			}
		})
	}
}

// Of two lists of events one would be taken and the other lost under a 200: nothing is taken.
func TestABatchSaysEverythingOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep := f.as("rep1").breaking()
	event := string(bytesOf(t, checkIn(f.first("rep1"), 0)))
	sent := `{"boot_id":"boot","time":"2026-03-02T12:00:00Z","uptime_ms":1}`
	for _, c := range []struct{ body, pointer, code string }{
		{`{"events":[` + event + `],"events":[]}`, "/events", "given_twice"},
		{`{"events":[],"\u0065vents":[` + event + `]}`, "/events", "given_twice"},
		{`{"events":[` + event + `],"Events":[]}`, "/Events", "unknown_field"},
		{`{"Events":[` + event + `]}`, "/Events", "unknown_field"},
		{`{"events":[` + event + `],"sent":` + sent + `,"sent":` + sent + `}`, "/sent", "given_twice"},
		{`{"events":{}}`, "/events", "wrong_type"},
		{`{"sent":` + sent + `}`, "/events", "required"},
		{`null`, "/events", "required"},
	} {
		rep.post(postBatch, c.body).want(400).wantField(c.pointer, c.code)
	}
	if got := list(rep.get(myEvents + "?since=" + longBefore).want(200).at("items")); len(got) != 0 {
		t.Errorf("%d events were taken", len(got))
	}
	rep.post(postBatch, `{"events":[`+event+`,{"a":{"b":1,"b":1}}],"sent":`+sent+`}`).want(200)
}

func TestBodiesThatAreNotJSON(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep := f.as("rep1").breaking()
	good := string(bytesOf(t, checkIn(f.first("rep1"), 0)))
	for name, body := range map[string]string{
		"no JSON": "check in", "half": good[:len(good)-9], "two events": good + good, "garbage behind": good + "x", "nothing": "", "spaces": "  ",
		"a NUL": "\x00", "a byte order mark": "\ufeff" + good, "deep": strings.Repeat("[", 100_000),
	} {
		for _, path := range []string{postEvent, postBatch, askStatus} {
			if path != postEvent {
				body = strings.ReplaceAll(body, good, `{"events":[],"ids":[]}`)
			}
			want := 400
			if path == postEvent && strings.TrimSpace(body) != "" { // something was said, and is kept
				want = 422
			}
			if a := rep.post(path, body); a.status != want {
				t.Errorf("%s to %s: %s; want %d", name, path, a, want)
			}
		}
	}
	if got := list(rep.get("/v1/me/data").at("quarantined")); len(got) != 7 {
		t.Errorf("%d bodies are in quarantine", len(got))
	}
	for name, body := range map[string]string{"null": "null", "an empty object": "{}", "events null": `{"events":null}`, "events no list": `{"events":{}}`, "a list": "[]"} {
		if a := rep.post(postBatch, body); a.status != 400 {
			t.Errorf("%s: %s", name, a)
		}
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x", ""} {
		for path, body := range map[string]string{postEvent: good, postBatch: rawBatch(good), askStatus: `{"ids":[]}`} {
			if a := rep.with("Content-Type", kind).post(path, body); a.status != 415 && a.status != 400 {
				t.Errorf("%s as %q: %s", path, kind, a)
			}
		}
	}
	if got := list(rep.get(myEvents + "?since=" + longBefore).at("items")); len(got) != 0 {
		t.Errorf("%d events were stored", len(got))
	}
}

func TestMoreThan500EventsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var events []object
	for i := range 501 {
		events = append(events, checkIn(f.first("rep1"), i))
	}
	f.as("rep1").breaking().post(postBatch, batch(events...)).want(413)
	if got := f.status(t, "rep1", events[0]["id"]).at("results", 0, "result"); got != "unknown" {
		t.Errorf("the first is %v", got)
	}
	f.as("rep1").breaking().post(askStatus, object{"ids": slices.Repeat([]string{uuid.NewString()}, 501)}).want(400).wantField("/ids", "too_many")
	f.as("rep1").post(postBatch, batch()).want(200)
}

func TestUnknownFieldsAreKeptAndGivenBack(t *testing.T) {
	t.Parallel()
	f := setup(t)
	event := checkIn(f.first("rep1"), 0, func(e object) {
		e["mood"] = object{"of/day": "good"}
		e["fixes"].([]any)[0].(object)["satellites"] = 7
		e["evidence"] = []any{object{"kind": "nfc", "tag": "04a2"}}
	})
	a := f.as("rep1").post(postEvent, event).want(201)
	if got := each(a.at("warnings"), "pointer"); !slices.Equal(got, []string{"/fixes/0/satellites", "/mood"}) {
		t.Errorf("warnings for %v", got)
	}
	back := f.as("rep1").get(myEvents+"?since="+longBefore).want(200).at("items", 0, "event")
	for _, path := range [][]any{{"mood", "of/day"}, {"fixes", 0, "satellites"}, {"evidence", 0, "tag"}, {"note"}, {"device", "seq"}, {"fixes", 0, "lat"}} {
		if got, want := at(back, path...), at(normal(t, event), path...); got != want {
			t.Errorf("%v came back as %v, not %v", path, got, want)
		}
	}
	f.as("rep1").post(postEvent, back).want(200) // and is the same event still
}

// normal is a value as JSON has it.
func normal(t *testing.T, v any) (out any) {
	t.Helper()
	if err := json.Unmarshal(bytesOf(t, v), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestACheckOutMayArriveBeforeItsCheckIn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep, in := f.as("rep1"), checkIn(f.first("rep1"), 0)
	out := checkOut(in, 20)
	a := rep.post(postEvent, out).want(201)
	if a.at("credited") != false {
		t.Errorf("%s", a)
	}
	rep.post(postEvent, in).want(201)
	v := rep.get("/v1/visits/" + in["id"].(string)).want(200)
	if v.at("open") != false || v.at("dwell_s") != 1200.0 || len(list(v.at("events"))) != 2 {
		t.Errorf("%s", v)
	}
	if got := f.status(t, "rep1", out["id"]).at("results", 0, "credited"); got != true {
		t.Errorf("the check-out's visit is credited: %v", got)
	}
}

func TestAnEventWaitsForItsRetailer(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep, r := f.as("rep1"), f.first("rep1")
	r.ID = rounds.NewID[rounds.Retailer]()
	event := checkIn(r, 0)
	rep.post(postEvent, event).want(422).wantField("/retailer_id", "unknown_retailer")
	rep.post(postEvent, event).want(422)
	if got := f.status(t, "rep1", event["id"]).at("results", 0); at(got, "result") != "rejected" || at(got, "problem", "code") != "unknown_retailer" {
		t.Errorf("while it waits: %v", got)
	}
	f.as("admin").post("/v1/retailers", object{
		"id": r.ID.String(), "code": "late", "name": f.named("late"), "territory_id": f.territories["rep1"].String(),
		"pin": object{"lat": r.Pin.Point.Lat(), "lon": r.Pin.Point.Lon(), "reason": "seen"},
	}).want(201)
	if got := f.status(t, "rep1", event["id"]).at("results", 0); at(got, "result") != "exists" || at(got, "credited") != true {
		t.Errorf("when it is there: %v", got)
	}
	rep.post(postEvent, event).want(200)
	rep.get("/v1/visits/" + event["id"].(string)).want(200)
}

func TestAWrongRetailerIsAFindingAndNoError(t *testing.T) {
	t.Parallel()
	f := setup(t)
	closed := f.first("rep1")
	f.as("admin").patch("/v1/retailers/"+closed.ID.String(), object{"status": "closed"}).want(200)
	for reason, r := range map[string]rounds.Retailer{"retailer_closed": closed, "not_in_territory": f.first("rep3")} {
		a := f.as("rep1").post(postEvent, checkIn(r, 0)).want(201)
		if !slices.Contains(texts(a.at("verdict", "reasons")), reason) || a.at("verdict", "outcome") != "at_retailer" {
			t.Errorf("%s: %s", reason, a)
		}
	}
	far := f.as("rep1").post(postEvent, checkIn(f.first("rep1"), 5, func(e object) { e["fixes"].([]any)[0].(object)["lat"] = 32 })).want(201)
	if far.at("verdict", "outcome") != "elsewhere" || far.at("credited") != false || far.at("verdict", "distance_m").(float64) < 60_000 {
		t.Errorf("%s", far)
	}
	ahead := f.as("rep1").post(postEvent, checkIn(f.first("rep1"), 720, func(e object) {
		e["device"].(object)["uptime_ms"] = 60_000 * 100_000 // at minute 0
	})).want(201)
	if !slices.Contains(texts(ahead.at("verdict", "reasons")), "clock_wrong") {
		t.Errorf("%s", ahead)
	}
}

func texts(v any) (out []string) {
	for _, item := range list(v) {
		out = append(out, item.(string))
	}
	return out
}

// batches of 500 events are what a phone sends that has been without a network for long.
var batches = 10

func TestFiveThousandEvents(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep := f.as("rep1")
	sent := map[string]bool{}
	for b := range batches {
		var events []object
		for i := range 250 {
			in := checkIn(f.retailers["rep1"][i%6], -6000+(b*250+i)*2)
			events = append(events, in, checkOut(in, -6000+(b*250+i)*2+1))
		}
		for _, e := range events {
			sent[e["id"].(string)] = true
		}
		for pass, want := range []string{"created", "exists"} {
			if pass == 1 && b > 0 {
				break
			}
			for i, got := range each(rep.post(postBatch, batch(events...)).want(200).at("results"), "result") {
				if got != want {
					t.Fatalf("event %d of batch %d is %s, want %s", i, b, got, want)
				}
			}
			rep.large = true
		}
	}
	// All were received at one instant of the clock that stands still: pages must not lose or repeat any.
	for path := fmt.Sprintf("%s?since=%s&limit=%d", myEvents, longBefore, 100*batches); path != ""; {
		a := rep.get(path).want(200)
		for _, item := range list(a.at("items")) {
			id := at(item, "event", "id").(string)
			if !sent[id] {
				t.Fatalf("%s came twice, or was never sent", id)
			}
			delete(sent, id)
		}
		path = nextPage(a)
	}
	if len(sent) != 0 {
		t.Errorf("%d events were not given back", len(sent))
	}
}

// nextPage is the address of the page after this one, "" after the last.
func nextPage(a answer) string {
	next, ok := a.at("next").(string)
	if !ok {
		return ""
	}
	path, _, _ := strings.Cut(a.path, "&after=")
	return path + "&after=" + next
}

func TestTwiceInOneBatch(t *testing.T) {
	t.Parallel()
	f := setup(t)
	event := checkIn(f.first("rep1"), 0)
	a := f.as("rep1").post(postBatch, batch(event, event, with(event, "note", "other"), checkIn(f.first("rep1"), 2))).want(200)
	if got := each(a.at("results"), "result"); !slices.Equal(got, []string{"created", "exists", "conflict", "created"}) {
		t.Errorf("%v", got)
	}
	if got := a.at("results", 2, "problem", "errors", 0, "pointer"); got != "/note" {
		t.Errorf("the conflict is in %v", got)
	}
}

func TestTheClockOfSending(t *testing.T) {
	t.Parallel()
	f := setup(t)
	good := `{"boot_id":"b1","time":"2026-03-02T09:15:04+08:00","uptime_ms":81240}`
	for name, header := range map[string]string{
		"good": good, "no JSON": "now", "empty": "{}", "a list": "[]", "half": good[:20], "negative": `{"boot_id":"b","time":"2026-03-02T09:15:04Z","uptime_ms":-1}`,
		"NUL": `{"boot_id":"\u0000","time":"2026-03-02T09:15:04Z","uptime_ms":1}`, "deep": strings.Repeat("[", 499),
		"year 10,000": `{"boot_id":"b","time":"9999-12-31T23:59:59-14:00","uptime_ms":1}`, "percent": "%zz%", "commas": ",,,", "no ASCII": "é记",
		"more fields": `{"boot_id":"b","time":"2026-03-02T09:15:04Z","uptime_ms":1,"zone":"x"}`,
	} {
		event := checkIn(f.first("rep1"), 0)
		if a := f.as("rep1").with("Rounds-Sent", header).post(postEvent, event); a.status != 201 {
			t.Errorf("%s: %s", name, a)
		}
		if a := f.as("rep1").post(postEvent, event); a.status != 200 {
			t.Errorf("%s, sent again without: %s", name, a)
		}
		if a := f.as("rep1").breaking().with("Rounds-Sent", header).post(postEvent, "null"); a.status != 422 {
			t.Errorf("%s, with no event: %s", name, a)
		}
	}
	in := batch(checkIn(f.first("rep1"), 1))
	in["sent"] = normal(t, json.RawMessage(good))
	f.as("rep1").post(postBatch, in).want(200)
}

func TestStatusKeepsTheOrderOfItsIDs(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a, b := f.visit("rep1", f.first("rep1"), 0), f.visit("rep1", f.first("rep1"), 1)
	missing := uuid.NewString()
	got := f.status(t, "rep1", b, missing, a, b)
	if ids := each(got.at("results"), "id"); !slices.Equal(ids, []string{b, missing, a, b}) {
		t.Errorf("%v", ids)
	}
	if results := each(got.at("results"), "result"); !slices.Equal(results, []string{"exists", "unknown", "exists", "exists"}) {
		t.Errorf("%v", results)
	}
}

func TestMyEventsBeginWithAnInstant(t *testing.T) {
	t.Parallel()
	f := alone(t)
	var want []string
	for i := range 7 {
		want = append(want, f.visit("rep1", f.first("rep1"), i))
		f.move(time.Second)
	}
	f.visit("rep2", f.first("rep2"), 0)
	since := evening.Add(3 * time.Second).Format(time.RFC3339)
	var got []string
	for path := myEvents + "?limit=2&since=" + since; path != ""; {
		a := f.as("rep1").get(path).want(200)
		for _, item := range list(a.at("items")) {
			got = append(got, at(item, "event", "id").(string))
		}
		path = nextPage(a)
	}
	if !slices.Equal(got, want[3:]) {
		t.Errorf("events since %s: %v, want %v", since, got, want[3:])
	}
	for _, query := range []string{"", "since=yesterday", "since=" + since + "&after=x", "since=" + since + "&after=MTIz", fmt.Sprint("since=", since, "&limit=0")} {
		f.as("rep1").breaking().get(myEvents + "?" + query).want(400)
	}
}
