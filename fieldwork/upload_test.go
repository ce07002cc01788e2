package fieldwork

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"

	"github.com/google/go-cmp/cmp"
)

func TestSomethingElseUnderAKnownID(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	anna, ben, r := o.rep("anna"), o.rep("ben"), o.retailer("A", bund)
	in := checkIn(r, morning)
	first := o.send(anna, in)[0]
	noted, moved := in, in
	noted.note = "other"
	moved.place[0]++
	moved.note = "other"
	for _, tt := range []struct {
		name   string
		rep    rounds.Actor
		tap    tap
		want   Status
		differ []string
	}{
		{"the same", anna, in, Exists, nil},
		{"another note", anna, noted, Conflict, []string{"/note"}},
		{"another place and note", anna, moved, Conflict, []string{"/fixes", "/note"}},
		{"somebody else's, of whom nothing is said", ben, in, Conflict, nil},
		{"somebody else's, another note", ben, noted, Conflict, nil},
	} {
		results, err := o.upload(tt.rep, tt.tap)
		o.must(err)
		got := results[0]
		var differ []string
		if got.Problem != nil {
			for _, f := range got.Problem.Fields {
				differ = append(differ, f.Pointer)
			}
		}
		if got.Status != tt.want || !slices.Equal(differ, tt.differ) || got.ID != in.id {
			t.Errorf("%s: %s %v", tt.name, got.Status, differ)
		}
		if got.Status == Conflict && (got.Judgement != nil || got.CreditedBy != "") {
			t.Errorf("%s: a conflict tells of the stored event", tt.name)
		}
		if got.Status == Exists && !cmp.Equal(got.Judgement, first.Judgement) {
			t.Errorf("%s: %s", tt.name, cmp.Diff(first.Judgement, got.Judgement))
		}
	}
	if notes := o.texts(`select note from visit_events where org_id = $1`, o.org.ID); !slices.Equal(notes, []string{""}) {
		t.Errorf("what is stored became %q", notes)
	}
}

func TestOneUploadHoldsAnEventTwice(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, r := o.rep("rep"), o.retailer("A", bund)
	in := checkIn(r, morning)
	other := in
	other.note = "other"
	results, err := o.upload(rep, in, in, other, in.out(morning.Add(time.Minute)))
	o.must(err)
	var statuses []Status
	for _, r := range results {
		statuses = append(statuses, r.Status)
	}
	if !slices.Equal(statuses, []Status{Created, Exists, Conflict, Created}) {
		t.Error(statuses)
	}
	if results[1].CreditedBy != rounds.CreditedByPosition || !cmp.Equal(results[0].Judgement, results[1].Judgement) {
		t.Errorf("the repeat says %v", results[1])
	}
}

// One item that nothing can be made of does not hurt its neighbours, is kept, and is kept once.
func TestPoison(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("A", bund)
	good := checkIn(r, morning).json()
	patch := func(old, with string) json.RawMessage {
		return json.RawMessage(strings.Replace(strings.Replace(string(good), old, with, 1), `"id": "0`, `"id": "1`, 1))
	}
	deep := strings.Repeat("[", 7000) + strings.Repeat("]", 7000)
	for _, tt := range []struct {
		name string
		raw  json.RawMessage
		want Status
	}{
		{"not JSON", json.RawMessage("\x00\xff{"), Rejected},
		{"nothing", json.RawMessage(``), Rejected},
		{"10 MB", json.RawMessage(`"` + strings.Repeat("x", 10<<20) + `"`), Rejected},
		{"a NUL in the note", patch(`"note": ""`, `"note": "\u0000"`), Rejected},
		{"a NUL in the evidence", patch(`"evidence": []`, `"evidence": [{"a": "\u0000"}]`), Created},
		{"a lone surrogate", patch(`"note": ""`, `"note": "\ud800"`), Created},
		{"bytes that are no text", patch(`"note": ""`, "\"note\": \"\xff\""), Created},
		{"a number no float holds", patch(`"accuracy_m": 8`, `"accuracy_m": 1e400`), Created},
		{"latitude 91", patch(`"lat": 31.23979`, `"lat": 91`), Created},
		{"nested 7,000 deep, of no known field", patch(`"note": ""`, `"x": `+deep), Created},
		{"a name twice", patch(`"note": ""`, `"note": "", "note": ""`), Rejected},
		{"a fix of the year 0", patch(`"fix_time": "2026-03-04T02:29:50Z"`, `"fix_time": "0000-06-01T00:00:00Z"`), Created},
		{"a fix before the year 0", patch(`"fix_time": "2026-03-04T02:29:50Z"`, `"fix_time": "0000-01-01T00:00:00+01:00"`), Rejected},
		{"a clock in the year 1", patch(`"time": "2026-03-04T02:30:00Z"`, `"time": "0001-01-01T00:00:00Z"`), Rejected},
		{"a clock in 1900", patch(`"time": "2026-03-04T02:30:00Z"`, `"time": "1900-01-01T00:00:00Z"`), Created},
	} {
		o.newOrg("Asia/Shanghai")
		rep := o.rep("rep")
		r = o.retailer("A", bund)
		raw := json.RawMessage(strings.Replace(string(tt.raw), retailerOf(good), r.String(), 1))
		before, after := checkIn(r, morning), checkIn(r, morning.Add(time.Minute))
		for repeat := range 2 {
			results, err := o.Upload(context.Background(), rep, rounds.Sent{BootID: "b", Time: morning, UptimeMS: 1}, []json.RawMessage{before.json(), raw, after.json()})
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				break
			}
			neighbours, want := []Status{Created, Exists}[repeat], tt.want
			if want == Created {
				want = neighbours
			}
			if results[0].Status != neighbours || results[1].Status != want || results[2].Status != neighbours {
				t.Errorf("%s, sending %d: %s %s %s: %v", tt.name, repeat+1, results[0].Status, results[1].Status, results[2].Status, results[1].Problem)
			}
		}
		kept := o.texts(`select encode(raw, 'base64') from quarantine where org_id = $1`, o.org.ID)
		if want := map[Status]int{Rejected: 1}[tt.want]; len(kept) != want {
			t.Errorf("%s: %d in quarantine, want %d", tt.name, len(kept), want)
		}
	}
}

func retailerOf(raw json.RawMessage) string {
	var e struct {
		ID rounds.RetailerID `json:"retailer_id"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		panic(err)
	}
	return e.ID.String()
}

// An event of a retailer that nobody knows waits, and is taken when the retailer appears, as it came.
func TestAnEventWaitsForItsRetailer(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	r := FreshRetailer()
	r.ID, r.Code, r.Name = rounds.NewID[rounds.Retailer](), "A", "Shop A"
	in := checkIn(r.ID, morning)
	out := in.out(morning.Add(time.Minute))
	results, err := o.upload(rep, in, out)
	o.must(err)
	if got := results[0]; got.Status != Rejected || got.Problem.Fields[0].Code != "unknown_retailer" {
		t.Fatalf("%s %v", got.Status, got.Problem)
	}
	status := func() string {
		results, err := o.EventStatus(context.Background(), rep, []rounds.EventID{in.id, out.id, rounds.NewID[rounds.VisitEvent]()})
		o.must(err)
		return fmt.Sprint(results[0].Status, " ", results[1].Status, " ", results[2].Status)
	}
	if got := status(); got != "rejected rejected unknown" {
		t.Error(got)
	}
	o.pass(48 * time.Hour)
	_, err = o.AddRetailer(context.Background(), o.admin, r, nil)
	o.must(err)
	if got := status(); got != "exists exists unknown" {
		t.Error(got)
	}
	if got := o.visits(); !slices.Equal(got, []string{"A 10:30-10:31 1min"}) {
		t.Error(got)
	}
	if got := o.texts(`select id::text from visit_events where org_id = $1 and received_at = $2`, o.org.ID, morning.Add(time.Minute)); len(got) != 2 {
		t.Errorf("received %v", got)
	}
	if left := o.texts(`select code from quarantine where org_id = $1 and resolved_at is null`, o.org.ID); len(left) > 0 {
		t.Errorf("%v still waits", left)
	}
}

func TestOneSeesOneselfAlone(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	anna, ben, r := o.rep("anna"), o.rep("ben"), o.retailer("A", bund)
	in := checkIn(r, morning)
	o.send(anna, in)
	results, err := o.EventStatus(context.Background(), ben, []rounds.EventID{in.id})
	o.must(err)
	if results[0].Status != Unknown || results[0].Judgement != nil {
		t.Errorf("Ben hears %v of Anna's event", results[0])
	}
	events, err := o.MyEvents(context.Background(), ben, morning.Add(-time.Hour), rounds.EventID{}, 10)
	if len(events) != 0 || err != nil {
		t.Errorf("Ben has %v, %v", events, err)
	}
	results, err = o.upload(o.admin, in) // who may have been a rep, with events left to send
	o.must(err)
	if results[0].Status != Conflict || len(results[0].Problem.Fields) != 0 {
		t.Errorf("an administrator who sends Anna's event hears %v", results[0])
	}
}

// A caller who gives up leaves the upload to be stored all the same.
func TestACallerWhoGivesUp(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, in := o.rep("rep"), checkIn(o.retailer("A", bund), morning)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := o.Upload(ctx, rep, rounds.Sent{}, []json.RawMessage{in.json()})
	wantCode(t, "a caller who gave up", err, rounds.Unavailable)
	o.send(rep, in) // and whatever became of it, it is stored once
	if n := o.texts(`select id::text from visit_events where org_id = $1`, o.org.ID); len(n) != 1 {
		t.Errorf("stored %d times", len(n))
	}
}

// An event for a retailer that is just being added is taken at once or when it is there: it never goes on
// waiting for something that has happened.
func TestARetailerThatAppearsMeanwhile(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	for i := range 40 {
		id := rounds.NewID[rounds.Retailer]()
		in := checkIn(id, morning.Add(time.Duration(i)*time.Minute))
		var both sync.WaitGroup
		both.Go(func() {
			_, err := o.upload(rep, in)
			o.must(err)
		})
		both.Go(func() {
			r := FreshRetailer()
			r.ID, r.Code, r.Name = id, fmt.Sprint("M", i), "Meanwhile"
			_, err := o.AddRetailer(context.Background(), o.admin, r, nil)
			o.must(err)
		})
		both.Wait()
		status, err := o.EventStatus(context.Background(), rep, []rounds.EventID{in.id})
		o.must(err)
		if status[0].Status != Exists {
			t.Fatalf("round %d: %v", i, status[0])
		}
	}
}
