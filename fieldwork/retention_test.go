package fieldwork

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// There is one place on Earth that is so written, and no pin is there.
var secretPlace = orb.Point{121.4812345, 31.2376543}

// What would give it away: its latitude (as a tap has it) and longitude, as text and as bytes of text.
var traces = []string{
	"31.23774", "31.23765", "121.48123",
	hex.EncodeToString([]byte("31.23774")), hex.EncodeToString([]byte("121.48123")),
}

// secretly is the tap at the secret place, which its phone also tells in fields of its own.
func secretly(p tap) json.RawMessage {
	p.place, p.shown = secretPlace, `{"kind": "wifi", "near": "31.2377443,121.4812345"}`
	return json.RawMessage(strings.Replace(string(p.json()), `"note":`, `"raw_gps": {"position": [31.2377443, 121.4812345]}, "note":`, 1))
}

func (o *town) sendRaw(rep rounds.Actor, raws ...json.RawMessage) []Result {
	o.t.Helper()
	results, err := o.Upload(context.Background(), rep, rounds.Sent{}, raws)
	o.must(err)
	return results
}

// tracesIn are the tables in which the org's rows tell of the secret place.
func (o *town) tracesIn() []string {
	o.t.Helper()
	tables := o.texts(`select table_name::text from information_schema.columns where table_schema = 'public' and column_name = 'org_id' order by 1`)
	if len(tables) < 20 {
		o.t.Fatalf("%d tables only", len(tables))
	}
	var found []string
	for _, table := range append(tables, "orgs") {
		column := "org_id"
		if table == "orgs" {
			column = "id"
		}
		rows := strings.Join(o.texts(`select row_to_json(t)::text from `+table+` t where `+column+` = $1`, o.org.ID), "\n")
		if slices.ContainsFunc(traces, func(trace string) bool { return strings.Contains(rows, trace) }) {
			found = append(found, table)
		}
	}
	return found
}

func (o *town) close(through rounds.Day) {
	o.t.Helper()
	_, err := o.CloseDays(context.Background(), o.admin, through, "paid")
	o.must(err)
}

func (o *town) retain() Retained {
	o.t.Helper()
	due, err := o.RetentionDue(context.Background(), o.org.ID)
	o.must(err)
	done, err := o.Retention(context.Background(), o.org.ID, func(int) {})
	o.must(err)
	if diff := cmp.Diff(due, done); diff != "" {
		o.t.Errorf("what was due and what was done differ:\n%s", diff)
	}
	return done
}

const day = 24 * time.Hour

func TestPositionsGoWhenTheirTimeIsOver(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a := o.rep("rep"), o.retailer("A", bund)
	in := checkIn(a, morning)
	ahead := aheadBy(400*day, checkIn(a, morning))
	nowhere := checkIn(rounds.NewID[rounds.Retailer](), morning.Add(time.Hour))
	o.sendRaw(rep, secretly(in), secretly(in.out(morning.Add(10*time.Minute))), secretly(ahead), secretly(nowhere),
		json.RawMessage(`{"lat": 31.23774, "lon": 121.48123}`))
	if diff := cmp.Diff([]string{"event_fixes", "quarantine", "visit_events"}, o.tracesIn()); diff != "" {
		t.Fatalf("before anything is deleted:\n%s", diff)
	}
	want := func(when string, r Retained) {
		t.Helper()
		if diff := cmp.Diff(r, o.retain()); diff != "" {
			t.Errorf("%s:\n%s", when, diff)
		}
	}
	want("before the day is closed", Retained{Unclosed: store.Unclosed{Waiting: 3, Oldest: "2026-03-04"}})
	o.pass(2 * day)
	want("before the day is closed, later", Retained{Unclosed: store.Unclosed{Waiting: 3, Oldest: "2026-03-04"}})
	o.close("2026-03-05")
	late := checkIn(a, morning.Add(20*time.Minute))
	o.sendRaw(rep, secretly(late)) // of a closed day
	o.send(rep, checkIn(a, morning.Add(2*day)))
	o.pass(60*day - time.Second)
	open := store.Unclosed{Waiting: 1, Oldest: "2026-03-06"}
	want("a second early", Retained{Unclosed: open})
	if len(o.tracesIn()) == 0 {
		t.Error("a second early, all is gone")
	}
	o.pass(time.Second)
	want("in time", Retained{Through: "2026-03-05", Deleted: store.Deleted{Events: 4, Fixes: 4, Quarantined: 2}, Unclosed: open})
	if got := o.tracesIn(); got != nil {
		t.Errorf("traces in %v", got)
	}
	want("again", Retained{Through: "2026-03-05", Unclosed: open})
	later := checkIn(a, morning.Add(30*time.Minute))
	o.sendRaw(rep, secretly(later)) // of a day whose positions are deleted
	want("what came late", Retained{Through: "2026-03-05", Deleted: store.Deleted{Events: 1, Fixes: 1}, Unclosed: open})
	if got := o.texts(`select detail->>'events' from audit_log where org_id = $1 and action = 'positions.delete' order by id`, o.org.ID); !slices.Equal(got, []string{"4", "1"}) {
		t.Errorf("the audit log has %v", got)
	}
	if got := o.texts(`select measured->'fixes'->0->>'distance_m' from verdicts where org_id = $1 and event_id = $2`, o.org.ID, in.id); len(got) != 1 || len(got[0]) < 5 {
		t.Error("the measured distance is gone")
	}
}

// The org's own settings count.
func TestPositionDays(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a := o.rep("rep"), o.retailer("A", bund)
	o.send(rep, checkIn(a, morning))
	o.pass(day)
	o.close("2026-03-04")
	o.must(o.ChangeSettings(context.Background(), o.admin, rounds.Settings{PositionDays: 3}, "the works council asks"))
	o.pass(3*day - time.Second)
	if r := o.retain(); r.Events != 0 {
		t.Errorf("%+v", r)
	}
	o.pass(time.Second)
	if r := o.retain(); r.Events != 1 {
		t.Errorf("%+v", r)
	}
}

// kept is all that results rest on, once positions are gone.
func (o *town) kept() []string {
	return slices.Concat(
		o.texts(`select row_to_json(v)::text from verdicts v where org_id = $1 order by event_id, revision`, o.org.ID),
		o.texts(`select (to_jsonb(v) - 'severity')::text from visits v where org_id = $1 order by id`, o.org.ID),
		o.texts(`select encode(content_hash, 'hex') from visit_events where org_id = $1 order by id`, o.org.ID),
		o.texts(`select encode(raw_hash, 'hex') || code || problem from quarantine where org_id = $1 order by id`, o.org.ID),
	)
}

func TestVerdictsReplayWithoutPositions(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	ctx := context.Background()
	rep, a := o.rep("rep"), o.retailer("A", bund)
	in, far, fake := checkIn(a, morning), checkIn(a, morning.Add(time.Hour)), checkIn(a, morning.Add(2*time.Hour))
	far.place, fake.mock = secretPlace, true
	o.send(rep, in, in.out(morning.Add(9*time.Minute)), far, fake)
	o.sendRaw(rep, json.RawMessage(`{}`))
	before := o.kept()
	o.pass(day)
	o.close("2026-03-04")
	o.pass(60 * day)
	if r := o.retain(); r.Events != 4 {
		t.Fatalf("%+v", r)
	}
	if diff := cmp.Diff(before, o.kept()); diff != "" {
		t.Errorf("retention changed what stays:\n%s", diff)
	}
	policy, err := o.store.Policy(ctx, o.org.ID)
	o.must(err)
	events, err := o.store.Events(ctx, o.org.ID, []rounds.EventID{in.id, far.id, fake.id})
	o.must(err)
	for _, e := range events {
		if len(e.Fixes) > 0 || e.PositionsDeletedAt == nil || len(e.Verdicts) != 1 {
			t.Fatalf("not deleted: %+v", e)
		}
		if diff := cmp.Diff(e.Verdicts[0].Verdict, geo.Judge(policy.Policy, e.Verdicts[0].Measured)); diff != "" {
			t.Errorf("judged again:\n%s", diff)
		}
	}
	_, _, err = o.Rederive(ctx, o.org.ID, func(int) {})
	o.must(err)
	if diff := cmp.Diff(before, o.kept()); diff != "" || o.late() != nil {
		t.Errorf("derived again, late %v:\n%s", o.late(), diff)
	}
}

func TestExactlyOnceWithoutPositions(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a := o.rep("rep"), o.retailer("A", bund)
	in, nowhere := checkIn(a, morning), checkIn(rounds.NewID[rounds.Retailer](), morning)
	o.sendRaw(rep, secretly(in), secretly(nowhere))
	o.pass(day)
	o.close("2026-03-04")
	o.pass(60 * day)
	o.retain()
	noted, moved := in, in
	noted.note = "other"
	moved.at = in.at.Add(time.Second)
	for _, tt := range []struct {
		name   string
		raw    json.RawMessage
		want   Status
		fields []string
	}{
		{"the same", secretly(in), Exists, nil},
		{"another place, of which only the hash is left", in.json(), Conflict, []string{": differs_in_deleted"}},
		{"another note", secretly(noted), Conflict, []string{"/note: differs"}},
		{"another place and note: what can be compared", noted.json(), Conflict, []string{"/note: differs"}},
		{"another time", secretly(moved), Conflict, []string{"/device: differs"}},
		{"the same that waits in quarantine", secretly(nowhere), Rejected, []string{"/retailer_id: unknown_retailer"}},
	} {
		got := o.sendRaw(rep, tt.raw)[0]
		var fields []string
		if got.Problem != nil {
			for _, f := range got.Problem.Fields {
				fields = append(fields, f.Pointer+": "+f.Code)
			}
		}
		if got.Status != tt.want || !slices.Equal(fields, tt.fields) {
			t.Errorf("%s: %s %v, want %s %v", tt.name, got.Status, fields, tt.want, tt.fields)
		}
	}
	if got := o.tracesIn(); got != nil {
		t.Errorf("what was sent again left traces in %v", got)
	}
	if n := len(o.texts(`select id::text from quarantine where org_id = $1`, o.org.ID)); n != 1 {
		t.Errorf("%d items in quarantine, want 1", n)
	}
}

// An item that became an event is in the event, and nowhere else.
func TestATakenItemLeavesNoCopy(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	r := FreshRetailer()
	r.ID, r.Code, r.Name = rounds.NewID[rounds.Retailer](), "A", "Shop A"
	o.sendRaw(rep, secretly(checkIn(r.ID, morning)))
	_, err := o.AddRetailer(context.Background(), o.admin, r, nil)
	o.must(err)
	if diff := cmp.Diff([]string{"event_fixes", "visit_events"}, o.tracesIn()); diff != "" {
		t.Error(diff)
	}
}

// crowd makes so many more events of a check-in.
func (o *town) crowd(n int, in rounds.EventID) {
	o.do(`
		insert into visit_events (org_id, id, rep_id, kind, retailer_id, device_id, boot_id, seq, device_time, uptime_ms, happened_at, received_at, day, content_hash)
		select org_id, gen_random_uuid(), rep_id, kind, retailer_id, device_id, 'crowd', seq, device_time, uptime_ms, happened_at, received_at, day, content_hash
		from visit_events, generate_series(1, $3) where org_id = $1 and id = $2`, o.org.ID, in, n)
	o.do(`
		insert into event_fixes (org_id, event_id, n, lat, lon, accuracy_kind, source, datum, mock)
		select org_id, id, 1, 31, 121, 'unknown', 'gps', 'wgs84', false
		from visit_events where org_id = $1 and boot_id = 'crowd'`, o.org.ID)
}

func TestABrokenOffRunIsTakenUp(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, in := o.rep("rep"), checkIn(o.retailer("A", bund), morning)
	o.send(rep, in)
	const more = 3*retentionBatch + 10
	o.crowd(more, in.id)
	o.pass(day)
	o.close("2026-03-04")
	o.pass(60 * day)
	ctx, stop := context.WithCancel(context.Background())
	first, err := o.Retention(ctx, o.org.ID, func(int) { stop() })
	if err == nil || first.Events != retentionBatch {
		t.Errorf("broken off after the first batch: %+v, %v", first, err)
	}
	var runs [3]Retained
	var wait sync.WaitGroup
	for i := range runs { // and by several at once
		wait.Go(func() {
			var err error
			if runs[i], err = o.Retention(context.Background(), o.org.ID, func(int) {}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	total := first.Events
	for _, r := range runs {
		total += r.Events
	}
	left := o.texts(`select event_id::text from event_fixes where org_id = $1`, o.org.ID)
	logged := o.texts(`select sum((detail->>'fixes')::int)::text from audit_log where org_id = $1 and action = 'positions.delete'`, o.org.ID)
	if total != more+1 || len(left) != 0 || !slices.Equal(logged, []string{fmt.Sprint(more + 1)}) {
		t.Errorf("%d events in all, want %d; %d fixes left; %v logged", total, more+1, len(left), logged)
	}
}

// The server does every night what the command does.
func TestPositionsGoByThemselves(t *testing.T) {
	t.Parallel()
	o := newTownIn(t, openDatabase(t), "Asia/Shanghai") // all orgs of a database of its own
	rep, a := o.rep("rep"), o.retailer("A", bund)
	o.sendRaw(rep, secretly(checkIn(a, morning)))
	o.pass(day)
	o.close("2026-03-04")
	o.pass(60 * day)
	o.must(o.RetainAll(context.Background(), RetainAll{}))
	if got := o.tracesIn(); got != nil {
		t.Errorf("traces in %v", got)
	}
}

// newcomer is a shop without a pin.
func (o *town) newcomer(code string) rounds.RetailerID {
	o.t.Helper()
	fresh := FreshRetailer()
	fresh.Code, fresh.Name = code, "New"
	added, err := o.AddRetailer(context.Background(), o.admin, fresh, nil)
	o.must(err)
	return added.ID
}

// A pin proposed from one person's visit is where that person stood, whatever became of it; but an accepted one is
// the retailer's.
func TestProposedPinsGoWithThePositionsTheyWereMadeFrom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		becomes func(o *town, id rounds.PinProposalID)
		want    []string // traces
		status  rounds.ProposalStatus
	}{
		{"that nobody decided on", func(*town, rounds.PinProposalID) {}, nil, rounds.ProposalStale},
		{"refused", func(o *town, id rounds.PinProposalID) { o.must(o.decide(o.admin, id, false)) }, nil, rounds.ProposalRefused},
		{"stale", func(o *town, id rounds.PinProposalID) {
			o.must(o.store.StalePinProposals(context.Background(), o.org.ID, []rounds.PinProposalID{id}, o.now()))
		}, nil, rounds.ProposalStale},
		{"accepted", func(o *town, id rounds.PinProposalID) { o.must(o.decide(o.admin, id, true)) }, []string{"pin_proposals", "pins"}, rounds.ProposalAccepted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newTown(t)
			o.sendRaw(o.rep("rep"), secretly(checkIn(o.newcomer("N"), morning)))
			o.pass(3 * day) // it is proposed after the days that will be closed
			id := o.learn()[0].ID
			tt.becomes(o, id)
			o.close("2026-03-04")
			if r := o.retain(); r.Proposals != 0 || !slices.Contains(o.tracesIn(), "pin_proposals") {
				t.Errorf("before its time: %+v", r)
			}
			o.pass(60 * day)
			if r := o.retain(); (r.Proposals == 1) != (tt.want == nil) || r.Events != 1 {
				t.Errorf("%+v", r)
			}
			if diff := cmp.Diff(tt.want, o.tracesIn()); diff != "" {
				t.Error(diff)
			}
			left, err := o.PinProposal(context.Background(), o.admin, id, "")
			o.must(err)
			if left.Status != tt.status || left.Visits != 1 || (left.PointDeletedAt == nil) != (tt.want != nil) {
				t.Errorf("%+v", left)
			}
			if again := o.retain(); again.Proposals != 0 {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

// The middle of three people's visits is nobody's position.
func TestProposalsOfSeveralPeopleStay(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.agreed(o.reps("a", "b", "c"), 2)
	o.pass(3 * day)
	before := o.learn()[0]
	o.close("2026-03-06")
	o.pass(60 * day)
	if r := o.retain(); r.Events != 6 || r.Proposals != 0 {
		t.Errorf("%+v", r)
	}
	after, err := o.PinProposal(context.Background(), o.admin, before.ID, "")
	o.must(err)
	if after.Status != rounds.Proposed || after.Pin.Point != before.Pin.Point {
		t.Errorf("%+v", after)
	}
}

// A refused proposal without its point keeps nothing from being proposed.
func TestAShopIsProposedAgainWhenAllIsForgotten(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, shop := o.rep("rep"), o.newcomer("N")
	o.send(rep, checkIn(shop, morning))
	o.must(o.decide(o.admin, o.learn()[0].ID, false))
	o.pass(day)
	o.close("2026-03-04")
	o.pass(60 * day)
	o.retain()
	o.send(rep, checkIn(shop, morning.Add(61*day)))
	if found := o.learn(); len(found) != 1 {
		t.Errorf("%+v", found)
	}
}
