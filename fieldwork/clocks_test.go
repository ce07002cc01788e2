package fieldwork

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// arrival is one item of an upload as it reaches the server.
type arrival struct {
	rep      int
	raw      json.RawMessage
	sent     rounds.Sent
	received time.Time
}

// life is what phones went through whose clocks were wrong, were moved and began again, and everything
// that they sent of it, late, and some of it twice.
type life struct {
	history
	arrivals []arrival
}

func someLife() *rapid.Generator[life] {
	return rapid.Custom(func(t *rapid.T) life {
		var l life
		for range 2 {
			l.reps = append(l.reps, rounds.NewID[rounds.User]())
			l.retailers = append(l.retailers, rounds.NewID[rounds.Retailer]())
		}
		l.handOut(t)
		for rep := range l.reps {
			l.live(t, rep)
		}
		return l
	})
}

// live is the life of one rep's phone: the truth goes on, minute by minute.
func (l *life) live(t *rapid.T, rep int) {
	now, started, boot, ahead := morning, morning.Add(-time.Hour), 0, time.Duration(0)
	clock := func(at time.Time) rounds.Sent {
		return rounds.Sent{BootID: fmt.Sprint("boot ", boot), Time: at.Add(ahead), UptimeMS: at.Sub(started).Milliseconds()}
	}
	var waiting []json.RawMessage
	var last tap
	for seq := range rapid.Int64Range(2, 8).Draw(t, "steps") {
		now = now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "minutes")) * time.Minute)
		switch rapid.IntRange(0, 5).Draw(t, "event") {
		case 0:
			boot, started = boot+1, now.Add(-time.Minute)
		case 1:
			ahead = rapid.SampledFrom([]time.Duration{0, time.Hour, -30 * time.Hour, 50 * 24 * time.Hour}).Draw(t, "ahead")
		}
		p := checkIn(rapid.SampledFrom(l.retailers).Draw(t, "retailer"), now.Add(ahead))
		if !last.id.IsZero() && rapid.Bool().Draw(t, "out") {
			p = last.out(now.Add(ahead))
		}
		p.ahead = ahead
		p.place[1] += rapid.SampledFrom([]float64{0, justOutside}).Draw(t, "away")
		p.shown = l.someEvidence(t, p)
		last, p.ahead, p.seq, p.boot, p.started = p, ahead, seq, boot, started
		if !p.of.IsZero() {
			last = tap{}
		}
		waiting = append(waiting, p.json())
		if rapid.IntRange(0, 2).Draw(t, "send") == 0 {
			now = now.Add(time.Second)
			for _, raw := range waiting {
				delay := time.Duration(rapid.IntRange(0, 40_000).Draw(t, "delay")) * time.Millisecond
				l.arrivals = append(l.arrivals, arrival{rep, raw, clock(now), now.Add(delay)})
			}
			waiting = waiting[rapid.IntRange(0, len(waiting)).Draw(t, "acknowledged"):]
		}
	}
	for _, raw := range waiting {
		l.arrivals = append(l.arrivals, arrival{rep, raw, clock(now), now.Add(time.Second)})
	}
}

// take records what arrives, a group at a time.
func (o *town) take(reps []rounds.Actor, groups [][]arrival) {
	o.t.Helper()
	for _, group := range groups {
		var items []*item
		for _, a := range group {
			o.set(a.received)
			items = append(items, new(read(reps[a.rep], a.sent, a.received, a.raw)))
		}
		o.must(o.record(context.Background(), o.org.ID, items))
		for _, it := range items {
			if s := it.result.Status; s != Created && s != Exists {
				o.t.Fatalf("%s: %v", s, it.result.Problem)
			}
		}
	}
}

// found is all that follows from what arrived, but for how often it was judged on the way.
func (o *town) found() []string {
	o.t.Helper()
	return o.texts(`
		select 'visit ' || (to_jsonb(v) - 'org_id')::text
		from visits v
		where org_id = $1
		union all
		select 'event ' || e.id || ' ' || e.happened_at || ' ' || e.day || ' ' || j.outcome || ' ' || j.reasons::text || ' ' || j.flags::text || ' ' || j.measured::text
		from visit_events e
		join lateral (select * from verdicts where org_id = e.org_id and event_id = e.id order by revision desc limit 1) j on true
		where e.org_id = $1
		union all
		select 'boot ' || (to_jsonb(b) - 'org_id')::text
		from device_boots b
		where org_id = $1
		union all
		select 'proof ' || (to_jsonb(p) - 'org_id')::text
		from event_evidence p
		where org_id = $1
		order by 1`, o.org.ID)
}

// However late, often and mixed up what phones with wrong clocks say arrives, the same follows from it.
func TestTheOrderOfUploadDoesNotMatterToClocks(t *testing.T) {
	t.Parallel()
	inOrder, anyhow := newTown(t), newTown(t)
	check := func(t *rapid.T) {
		l := someLife().Draw(t, "life")
		reps := inOrder.play(l.history)
		for _, a := range l.arrivals {
			inOrder.take(reps, [][]arrival{{a}})
		}
		want := inOrder.found()

		mixed := rapid.Permutation(l.arrivals).Draw(t, "order")
		var groups [][]arrival
		for len(mixed) > 0 {
			n := rapid.IntRange(1, len(mixed)).Draw(t, "group")
			groups, mixed = append(groups, mixed[:n]), mixed[n:]
		}
		anyhow.take(anyhow.play(l.history), groups)
		if diff := cmp.Diff(want, anyhow.found()); diff != "" {
			t.Fatal(diff)
		}
	}
	for range soaks(334) { // times thirty lives
		rapid.Check(t, check)
	}
}
