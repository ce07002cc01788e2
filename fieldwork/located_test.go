package fieldwork

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/locate"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
)

// A phone whose clock was a day behind is dated right by what it sends later: what services say of it counts
// the same, whichever comes first.
func TestAnAnswerAndANewDateComeInAnyOrder(t *testing.T) {
	t.Parallel()
	const behind = -24 * time.Hour
	var found []store.Recorded
	for name, dateFirst := range map[string]bool{"the answer first": false, "the date first": true} {
		o, rep, r := blindTown(t, shared())
		o.asks(locate.Ichnaea, newProvider(t, 200, ichnaea(bund.Lat()+0.00009, bund.Lon(), 30)))
		p := aheadBy(behind, checkIn(r, morning))
		raw := p.blind(sees)
		o.uploaded(rep, raw)
		if e, _ := o.known(p.id); e.Day != "2026-03-03" {
			t.Fatalf("%s: at first on %s", name, e.Day)
		}
		answer := func() { o.must(o.locate(p.id)) }
		date := func() {
			o.pass(time.Second)
			sent := rounds.Sent{BootID: "boot 0", Time: o.now().Add(behind), UptimeMS: o.now().Sub(phoneStarted).Milliseconds()}
			_, err := o.Upload(context.Background(), rep, sent, []json.RawMessage{raw})
			o.must(err)
		}
		if dateFirst {
			date()
			answer()
		} else {
			answer()
			date()
		}
		e, l := o.known(p.id)
		if j := last(e); e.Day != "2026-03-04" || l.Answer != rounds.AnswerFound || j.Outcome != geo.AtRetailer || len(j.Measured.Fixes) != 1 || !j.Measured.Fixes[0].Located {
			t.Errorf("%s: on %s, %q, %s of %d fixes", name, e.Day, l.Answer, j.Outcome, len(j.Measured.Fixes))
		}
		if diff := cmp.Diff([]string{"A 10:30- by position"}, o.visits()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		found = append(found, e)
	}
	if diff := cmp.Diff(last(found[0]).Measured, last(found[1]).Measured); diff != "" {
		t.Errorf("the order is in what was measured: %s", diff)
	}
}

// Retention runs between the question and the answer: the place that comes back is not kept, and nobody asks again.
func TestAnAnswerAfterRetentionLeavesNoPosition(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	o.settings(func(s *rounds.Settings) { s.PositionDays = 1 })
	p := newProvider(t, 200, ichnaea(31.2377443, 121.4812345, 30))
	p.first = func() {
		o.pass(day)
		if _, err := o.CloseDays(context.Background(), o.admin, "2026-03-04", "paid"); err != nil {
			t.Error(err)
		}
		o.pass(day + time.Hour)
		if done, err := o.Retention(context.Background(), o.org.ID, func(int) {}); err != nil || done.Events != 1 {
			t.Errorf("%+v: %v", done, err)
		}
	}
	o.asks(locate.Ichnaea, p)
	id, err := o.sendBlind(rep, r)
	o.must(err)
	if got := o.tracesIn(); got != nil {
		t.Errorf("traces in %v", got)
	}
	p.first = nil
	o.must(o.locate(id))
	if e, l := o.known(id); len(e.Located) != 0 || len(e.Verdicts) != 1 || l.Answer != rounds.AnswerFound || len(p.questions()) != 1 {
		t.Errorf("%d places, %d verdicts, %q, asked %d times", len(e.Located), len(e.Verdicts), l.Answer, len(p.questions()))
	}
}

// A service that puts a phone 300 km away says nothing of the person: only what the phone said does.
func TestWhatServicesSayIsNoSignal(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	away := far(checkIn(r, morning), 300).place
	o.asks(locate.Ichnaea, newProvider(t, 200, ichnaea(away.Lat(), away.Lon(), 20)))
	for i := range 4 {
		p := checkIn(r, morning.Add(time.Duration(i)*time.Minute))
		p.seq = int64(i)
		o.set(p.at)
		if i%2 == 1 {
			o.sendNow(rep, p)
			continue
		}
		o.uploaded(rep, p.blind(sees))
		o.must(o.locate(p.id))
		if e, _ := o.known(p.id); len(e.Located) != 1 {
			t.Fatalf("%d places", len(e.Located))
		}
	}
	o.examine()
	if got := o.signals(); len(got) > 0 {
		t.Errorf("%q", got)
	}
	p := far(checkIn(r, morning.Add(5*time.Minute)), 300)
	p.seq = 5
	o.set(p.at)
	o.sendNow(rep, p)
	o.examine()
	if diff := cmp.Diff([]string{"A impossible_speed 60", "A impossible_speed 60"}, o.signals()); diff != "" {
		t.Errorf("the phone itself was there: %s", diff)
	}
}

// A pin is learned from what phones saw of the sky. Where a service puts a cell it would put everybody's pin.
func TestWhatServicesSayTeachesNoPin(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r, reps := o.retailer("A", bund), o.reps("a", "b", "c")
	o.asks(locate.Ichnaea, newProvider(t, 200, ichnaea(sofa.Lat(), sofa.Lon(), 10)))
	visit := func(day int, send func(rounds.Actor, tap)) {
		for i, rep := range reps {
			p := checkIn(r, morning.AddDate(0, 0, day).Add(time.Duration(15*(i+1))*time.Minute))
			p.seq = int64(day)
			o.set(p.at)
			send(rep, p)
		}
	}
	for day := range 2 {
		visit(day, func(rep rounds.Actor, p tap) {
			o.uploaded(rep, p.blind(sees))
			o.must(o.locate(p.id))
			if e, _ := o.known(p.id); len(e.Located) != 1 {
				t.Fatalf("%d places", len(e.Located))
			}
		})
	}
	if found := o.learn(); len(found) != 0 {
		t.Errorf("proposed: %+v", found)
	}
	for day := range 2 {
		visit(day+2, func(rep rounds.Actor, p tap) { o.send(rep, p.from(sofa)) })
	}
	if found := o.learn(); len(found) != 1 || found[0].Visits != 6 {
		t.Errorf("by their own fixes: %+v", found)
	}
}
