package fieldwork

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/fieldwork/eventjson"
	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// history is what a few reps did, in the order in which they did it.
type history struct {
	reps      []rounds.UserID
	retailers []rounds.RetailerID
	taps      []repTap
	tokens    []handedOut
}

type repTap struct {
	rep int
	tap
}

// someHistory has check-ins within few minutes, so that many are at one moment; check-outs that come
// late, early, twice, to another's visit or to none; and check-ins that nobody ended.
func someHistory() *rapid.Generator[history] {
	return rapid.Custom(func(t *rapid.T) history {
		var h history
		for range 3 {
			h.reps = append(h.reps, rounds.NewID[rounds.User]())
			h.retailers = append(h.retailers, rounds.NewID[rounds.Retailer]())
		}
		h.handOut(t)
		minute := rapid.IntRange(0, 9)
		for range rapid.IntRange(1, 9).Draw(t, "visits") {
			in := checkIn(rapid.SampledFrom(h.retailers).Draw(t, "retailer"), morning.Add(time.Duration(minute.Draw(t, "minute"))*time.Minute))
			in.seq, in.mock = rapid.Int64Range(0, 2).Draw(t, "seq"), rapid.Bool().Draw(t, "mock")
			in.place[1] += rapid.SampledFrom([]float64{0, justOutside, justOutside, 0.1}).Draw(t, "away")
			in.shown = h.someEvidence(t, in)
			rep := rapid.IntRange(0, 2).Draw(t, "rep")
			if rapid.IntRange(0, 7).Draw(t, "orphans") > 0 {
				h.taps = append(h.taps, repTap{rep, in})
			}
			for range rapid.SampledFrom([]int{1, 0, 2}).Draw(t, "outs") {
				out := in.out(morning.Add(time.Duration(minute.Draw(t, "out minute")) * time.Minute))
				out.shown = h.someEvidence(t, out)
				by := rep
				if rapid.IntRange(0, 7).Draw(t, "strangers") == 0 {
					by = (rep + 1) % 3
				}
				h.taps = append(h.taps, repTap{by, out})
			}
		}
		return h
	})
}

// play makes an org for the history, in which its reps and retailers have the ids that it names.
func (o *town) play(h history) []rounds.Actor {
	o.t.Helper()
	o.newOrg("Asia/Shanghai")
	var actors []rounds.Actor
	for i, id := range h.reps {
		u := rounds.User{ID: id, UnitID: o.admin.UnitID, Name: fmt.Sprint("rep ", i), Role: rounds.RoleRep, Active: true}
		o.must(o.store.InsertUser(context.Background(), o.org.ID, u, "none", o.now()))
		actors = append(actors, rounds.Actor{OrgID: o.org.ID, UserID: id, UnitID: o.admin.UnitID, Role: rounds.RoleRep, Zone: o.admin.Zone})
	}
	for i, id := range h.retailers {
		r := FreshRetailer()
		r.ID, r.Code, r.Name = id, fmt.Sprint(i), fmt.Sprint("Shop ", i)
		_, err := o.AddRetailer(context.Background(), o.admin, r, &PinChange{Pin: geo.Pin{Point: bund}})
		o.must(err)
	}
	for _, k := range h.tokens {
		o.handOut(k)
	}
	return actors
}

// dump is all that is derived in an org, but for when the server did it.
func (o *town) dump() []string {
	o.t.Helper()
	return o.texts(`
		select 'visit ' || (to_jsonb(v) - 'org_id')::text
		from visits v
		where org_id = $1
		union all
		select 'verdict ' || (to_jsonb(j) - 'org_id' - 'judged_at')::text
		from verdicts j
		where org_id = $1
		union all
		select 'event ' || (to_jsonb(e) - 'org_id' - 'received_at')::text
		from visit_events e
		where org_id = $1
		union all
		select 'fix ' || (to_jsonb(f) - 'org_id')::text
		from event_fixes f
		where org_id = $1
		union all
		select 'proof ' || (to_jsonb(p) - 'org_id')::text
		from event_evidence p
		where org_id = $1
		order by 1`, o.org.ID)
}

// sending is one upload of one rep.
type sending struct {
	rep  int
	taps []tap
}

// shuffled is the history as bad networks deliver it: everything once to three times, in any order, cut
// into uploads of any size, for several connections at once.
func shuffled(t *rapid.T, h history) [][]sending {
	var copies []repTap
	for _, p := range h.taps {
		for range rapid.IntRange(1, 3).Draw(t, "copies") {
			copies = append(copies, p)
		}
	}
	copies = rapid.Permutation(copies).Draw(t, "order")
	connections := make([][]sending, 4)
	for len(copies) > 0 {
		n := rapid.IntRange(1, len(copies)).Draw(t, "batch")
		var byRep [3][]tap
		for _, p := range copies[:n] {
			byRep[p.rep] = append(byRep[p.rep], p.tap)
		}
		copies = copies[n:]
		for rep, taps := range byRep {
			if len(taps) > 0 {
				c := rapid.IntRange(0, 3).Draw(t, "connection")
				connections[c] = append(connections[c], sending{rep, taps})
			}
		}
	}
	return connections
}

// deliver sends on all connections at once and counts how often each event was answered as created.
func (o *town) deliver(reps []rounds.Actor, connections [][]sending) map[rounds.EventID]int {
	created := map[rounds.EventID]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, c := range connections {
		all.Go(func() {
			for _, s := range c {
				results, err := o.upload(reps[s.rep], s.taps...)
				mu.Lock()
				if err != nil {
					o.t.Errorf("upload: %v", err)
				}
				for _, r := range results {
					if created[r.ID] += 0; r.Status == Created {
						created[r.ID]++
					} else if r.Status != Exists {
						o.t.Errorf("%s: %v", r.Status, r.Problem)
					}
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return created
}

// soaks is how many times over a property is checked.
func soaks(long int) int {
	if os.Getenv("ROUNDS_SOAK") == "" {
		return 1
	}
	return long
}

// Whatever the order, the repeats and the company in which events arrive, the visits are those of the
// events in order, each once; and deriving them again changes nothing.
func TestTheOrderOfUploadDoesNotMatter(t *testing.T) {
	t.Parallel()
	inOrder, anyhow := newTown(t), newTown(t)
	check := func(t *rapid.T) {
		h := someHistory().Draw(t, "history")
		reps := inOrder.play(h)
		for _, p := range h.taps {
			inOrder.send(reps[p.rep], p.tap)
		}
		want := inOrder.dump()

		created := anyhow.deliver(anyhow.play(h), shuffled(t, h))
		if diff := cmp.Diff(want, anyhow.dump()); diff != "" {
			t.Fatal(diff)
		}
		for _, p := range h.taps {
			if created[p.id] != 1 {
				t.Fatalf("%s was created %d times", p.id, created[p.id])
			}
		}
		anyhow.rederive(t, want)
	}
	for range soaks(334) { // times thirty histories
		rapid.Check(t, check)
	}
}

// rederive derives the org's visits again, as they stand and from nothing.
func (o *town) rederive(t *rapid.T, want []string) {
	n, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {})
	if err != nil || changed != 0 {
		t.Fatalf("of %d visits %d changed: %v", n, changed, err)
	}
	o.do(`delete from visits where org_id = $1`, o.org.ID)
	again, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {})
	if err != nil || again != n || int(changed) != n {
		t.Fatalf("from nothing: %d visits, %d changed, want %d: %v", again, changed, n, err)
	}
	if diff := cmp.Diff(want, o.dump()); diff != "" {
		t.Fatalf("from nothing: %s", diff)
	}
}

// What is stored is what was sent: read back, it has the hash under which a repeat is recognised, and
// its verdict replays from the numbers kept with it.
func TestStoredEventsKeepTheirHashAndReplay(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, r := o.rep("rep"), o.retailer("A", bund)
	raw := fmt.Sprintf(`{"id": %q, "kind": "check_in", "retailer_id": %q, "note": "很 <b>",
		"fixes": [{"lat": 31.2397, "lon": 121.4903, "accuracy_m": 1e400, "altitude_m": -0.0, "hdop": 1.10}, {"lat": 91, "datum": "bd09"}, {}],
		"device": {"id": "p", "boot_id": "b", "seq": 9007199254740993, "time": "2026-03-04T10:30:00.123456789+08:00", "uptime_ms": 1},
		"evidence": [{"b": 1.50, "a": ["\u0000", 1e400]}], "mood": {"x": 9007199254740993}}`, rounds.NewID[rounds.VisitEvent](), r)
	for _, want := range []Status{Created, Exists} {
		results, err := o.Upload(context.Background(), rep, rounds.Sent{}, []json.RawMessage{json.RawMessage(raw)})
		if err != nil || results[0].Status != want {
			t.Fatalf("%v, want %s: %v", results, want, err)
		}
	}
	stored, err := o.MyEvents(context.Background(), rep, morning.Add(-time.Hour), rounds.EventID{}, 10)
	o.must(err)
	e := stored[0]
	if string(eventjson.Hash(e.VisitEvent)) != string(e.ContentHash) {
		t.Errorf("another hash: %s", eventjson.Encode(e.VisitEvent))
	}
	j := e.Verdicts[0]
	policy, err := o.store.Policy(context.Background(), o.org.ID)
	o.must(err)
	if diff := cmp.Diff(j.Verdict, geo.Judge(policy.Policy, j.Measured)); diff != "" {
		t.Error(diff)
	}
	results, err := o.Upload(context.Background(), rep, rounds.Sent{}, []json.RawMessage{eventjson.Encode(e.VisitEvent)})
	if err != nil || results[0].Status != Exists {
		t.Errorf("given back and sent again it is %v, %v", results, err)
	}
}
