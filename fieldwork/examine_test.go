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
	"pgregory.net/rapid"
)

// examine looks at all that is due in the town, and says how many days that was.
func (o *town) examine() int {
	o.t.Helper()
	days, err := o.ExamineDays(context.Background(), o.org.ID)
	o.must(err)
	return days
}

// dueAgain lets every day be examined again.
func (o *town) dueAgain() {
	o.t.Helper()
	o.do(`
		insert into rep_days_due
		select distinct org_id, rep_id, day, now()
		from visit_events
		where org_id = $1
		on conflict do nothing`, o.org.ID)
}

// noticed is all that was, but for when.
func (o *town) noticed() []string {
	o.t.Helper()
	return o.texts(`
		select 'signal ' || (to_jsonb(s) - 'org_id' - 'examined_at')::text
		from integrity_signals s
		where org_id = $1
		union all
		select 'score ' || (to_jsonb(v) - 'org_id')::text
		from visit_integrity v
		where org_id = $1
		order by 1`, o.org.ID)
}

// signals are the town's, a line each: retailer, name and weight.
func (o *town) signals() []string {
	o.t.Helper()
	return o.texts(`
		select r.code || ' ' || s.name || ' ' || s.weight
		from integrity_signals s
		join visit_events e on e.org_id = s.org_id and e.id = s.event_id
		join retailers r on r.org_id = s.org_id and r.id = e.retailer_id
		where s.org_id = $1
		order by e.happened_at, s.name`, o.org.ID)
}

// sendNow uploads with the phone's clock at sending, by which its taps are dated to a minute.
func (o *town) sendNow(rep rounds.Actor, taps ...tap) {
	o.t.Helper()
	raws := make([]json.RawMessage, len(taps))
	for i, p := range taps {
		raws[i] = p.json()
	}
	sent := rounds.Sent{BootID: "boot 0", Time: o.now(), UptimeMS: o.now().Sub(phoneStarted).Milliseconds()}
	results, err := o.Upload(context.Background(), rep, sent, raws)
	o.must(err)
	for i, r := range results {
		if r.Status != Created && r.Status != Exists {
			o.t.Fatalf("event %d is %s: %v", i, r.Status, r.Problem)
		}
	}
}

// far is so many kilometres north of the bund.
func far(p tap, km float64) tap {
	p.place[1] += km / 111.2
	return p
}

func mocked(p tap) tap {
	p.mock = true
	return p
}

func TestSignalsAreFoundAndShown(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a, b := o.rep("rep"), o.retailer("A", bund), o.retailer("B", bund)
	in := mocked(checkIn(a, morning))
	o.set(morning.Add(time.Hour))
	o.sendNow(rep, in, in.out(morning.Add(time.Minute)), far(checkIn(b, morning.Add(20*time.Minute)), 300))
	if days := o.examine(); days != 1 {
		t.Errorf("%d days examined, want 1", days)
	}
	want := []string{"A mocked 60", "A impossible_speed 60", "A mocked 60", "B impossible_speed 60"}
	if diff := cmp.Diff(want, o.signals()); diff != "" {
		t.Error(diff)
	}
	for _, who := range []rounds.Actor{rep, o.admin} {
		v, err := o.Visit(context.Background(), who, rounds.VisitID(in.id))
		o.must(err)
		if v.Integrity.Score != 120 || v.Integrity.Families["device"] != 60 || len(v.Integrity.Signals) != 3 {
			t.Errorf("%s sees %+v", who.Role, v.Integrity)
		}
	}
	if days := o.examine(); days != 0 {
		t.Errorf("%d days are due again, want 0", days)
	}
}

// Whatever is noticed, verdicts and credits stay as they are.
func TestSignalsChangeNoVerdictAndNoCredit(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	o.set(morning.Add(time.Hour))
	for i := range 4 {
		at := morning.Add(time.Duration(i) * time.Minute)
		shop := far(checkIn(o.retailer(fmt.Sprint(i), far(checkIn(rounds.RetailerID{}, at), float64(200*i)).place), at), float64(200*i))
		o.sendNow(rep, mocked(shop))
	}
	before, visits := o.dump(), o.visits()
	o.examine()
	if found := o.signals(); len(found) != 8 {
		t.Fatalf("want 4 mocked at impossible speed, got %v", found)
	}
	if diff := cmp.Diff(before, o.dump()); diff != "" {
		t.Error(diff)
	}
	for _, v := range visits {
		if !strings.Contains(v, "by position") {
			t.Errorf("not credited: %s", v)
		}
	}
	if n, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {}); n != 4 || changed != 0 || err != nil {
		t.Errorf("derived again: %d visits, %d changed, %v", n, changed, err)
	}
}

func TestALateUploadIsSeenOnTheDaysAfterIt(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a := o.rep("rep"), o.retailer("A", bund)
	o.set(morning.AddDate(0, 0, 3))
	day := func(n int) tap { return checkIn(a, morning.AddDate(0, 0, n)) }
	o.sendNow(rep, day(1), day(2))
	o.examine()
	if found := o.signals(); len(found) > 0 {
		t.Fatalf("on two days: %v", found)
	}
	o.sendNow(rep, day(0))
	if days := o.examine(); days != 3 {
		t.Errorf("%d days examined, want 3", days)
	}
	if diff := cmp.Diff([]string{"A identical_fixes 40"}, o.signals()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsLearnedOfAClockIsSeenOnItsDays(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a := o.rep("rep"), o.retailer("A", bund)
	o.send(rep, checkIn(a, morning), far(checkIn(a, morning.Add(time.Minute)), 300))
	o.examine()
	if found := o.signals(); len(found) > 0 {
		t.Fatalf("of times that are not known: %v", found)
	}
	o.set(morning.AddDate(0, 0, 1))
	o.sendNow(rep, checkIn(a, o.now()))
	o.examine()
	if diff := cmp.Diff(slices.Repeat([]string{"A impossible_speed 60"}, 2), o.signals()); diff != "" {
		t.Error(diff)
	}
}

func TestAPhoneOfThreeIsSeenOnAllThree(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	a := o.retailer("A", bund)
	o.set(morning.Add(time.Hour))
	for i := range 3 {
		o.sendNow(o.rep(fmt.Sprint("rep ", i)), checkIn(a, morning.Add(time.Duration(i)*time.Minute)))
		o.examine()
	}
	for o.examine() > 0 {
	}
	if diff := cmp.Diff(slices.Repeat([]string{"A device_shared 20"}, 3), o.signals()); diff != "" {
		t.Error(diff)
	}
}

func TestSignalsOutliveThePositions(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a := o.rep("rep"), o.retailer("A", bund)
	o.set(morning.AddDate(0, 0, 9))
	o.sendNow(rep, mocked(checkIn(a, morning)))
	o.examine()
	before := o.noticed()
	o.do(`delete from event_fixes where org_id = $1`, o.org.ID)
	o.dueAgain()
	if days := o.examine(); days != 0 {
		t.Errorf("%d days without positions are examined", days)
	}
	if diff := cmp.Diff(before, o.noticed()); diff != "" || len(before) != 2 {
		t.Errorf("of %v: %s", before, diff)
	}
	o.sendNow(rep, mocked(checkIn(a, morning.Add(time.Minute))))
	o.examine()
	if found := o.noticed(); len(found) != 4 || !slices.Contains(found, before[0]) || !slices.Contains(found, before[1]) {
		t.Errorf("want what was known, and what is new, got %v", found)
	}
}

func TestABacklogIsSeenWhenItsPeriodCloses(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a := o.rep("rep"), o.retailer("A", bund)
	var taps []tap
	for i := range 10 {
		p := checkIn(a, morning.Add(time.Duration(i)*time.Minute))
		p.seq = int64(i)
		taps = append(taps, p)
	}
	o.set(morning.AddDate(0, 0, 3))
	o.sendNow(rep, taps...)
	o.examine()
	if found := o.signals(); len(found) > 0 {
		t.Fatalf("in an open period: %v", found)
	}
	_, err := o.CloseDays(context.Background(), o.admin, "2026-03-06", "paid")
	o.must(err)
	o.examine()
	if diff := cmp.Diff(slices.Repeat([]string{"A backlog_at_close 5"}, 10), o.signals()); diff != "" {
		t.Error(diff)
	}
}

// someWeek is what three people with one phone did on a few days, from few places, at any speed.
func someWeek() *rapid.Generator[history] {
	return rapid.Custom(func(t *rapid.T) history {
		var h history
		for range 3 {
			h.reps = append(h.reps, rounds.NewID[rounds.User]())
			h.retailers = append(h.retailers, rounds.NewID[rounds.Retailer]())
		}
		for seq := range rapid.IntRange(1, 12).Draw(t, "visits") {
			day := rapid.IntRange(0, 3).Draw(t, "day")
			minute := rapid.IntRange(0, 9)
			in := checkIn(rapid.SampledFrom(h.retailers).Draw(t, "retailer"), morning.AddDate(0, 0, day).Add(time.Duration(minute.Draw(t, "minute"))*time.Minute))
			in.seq, in.mock = int64(2*seq), rapid.IntRange(0, 4).Draw(t, "mock") == 0
			in = far(in, rapid.SampledFrom([]float64{0, 0, 0.01, 20}).Draw(t, "away"))
			in.ahead = time.Duration(rapid.SampledFrom([]int{0, 0, 0, 30}).Draw(t, "ahead")) * time.Minute
			rep := rapid.IntRange(0, 2).Draw(t, "rep")
			h.taps = append(h.taps, repTap{rep, in})
			if rapid.Bool().Draw(t, "out") {
				h.taps = append(h.taps, repTap{rep, in.out(in.at.Add(time.Duration(minute.Draw(t, "out minute")) * time.Minute))})
			}
		}
		return h
	})
}

// Once all is examined, what is noticed is the same: whatever the order and the company in which events
// arrived, and however often somebody looked in between.
func TestTheOrderOfUploadDoesNotMatterToSignals(t *testing.T) {
	t.Parallel()
	inOrder, anyhow := newTown(t), newTown(t)
	seen := 0
	check := func(t *rapid.T) {
		h := someWeek().Draw(t, "history")
		for _, o := range []*town{inOrder, anyhow} {
			o.set(morning.AddDate(0, 0, 5))
		}
		reps := inOrder.play(h)
		for _, p := range h.taps {
			inOrder.sendNow(reps[p.rep], p.tap)
		}
		for inOrder.examine() > 0 {
		}
		want := inOrder.noticed()
		seen += len(want)

		anyhow.whileExamining(anyhow.play(h), shuffled(t, h))
		for anyhow.examine() > 0 {
		}
		if diff := cmp.Diff(want, anyhow.noticed()); diff != "" {
			t.Fatal(diff)
		}
	}
	for range soaks(34) {
		rapid.Check(t, check)
	}
	if seen == 0 {
		t.Error("nothing was ever noticed")
	}
}

// whileExamining sends on all connections at once, and looks after each upload.
func (o *town) whileExamining(reps []rounds.Actor, connections [][]sending) {
	var all sync.WaitGroup
	for _, c := range connections {
		all.Go(func() {
			for _, s := range c {
				o.sendNow(reps[s.rep], s.taps...)
				if _, err := o.ExamineDays(context.Background(), o.org.ID); err != nil {
					o.t.Errorf("examine: %v", err)
				}
			}
		})
	}
	all.Wait()
}

// A code at the counter counts against what is doubtful of the same visit, for as long as it is the visit's own: it
// is examined again when the code turns out to have been used before.
func TestACodeAtTheCounterIsSeen(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	rep, first, a := o.rep("rep"), o.rep("first"), o.retailer("A", bund)
	list, sign := o.made(a, rounds.TokenCodes, 1), o.made(a, rounds.TokenTag, 0)
	o.set(morning.Add(time.Hour))
	picture := snap{seed: 1, at: morning.Add(30 * time.Minute), place: bund}.jpeg(t)
	o.sendPhoto(rep, picture)
	coded, photographed := showing(a, morning.Add(10*time.Minute), code(list.Codes[0])), showing(a, morning.Add(30*time.Minute), photoItem(picture))
	touched := showing(a, morning.Add(40*time.Minute), tag(sign.URI))
	wrong := showing(a, morning.Add(50*time.Minute), code("ZZZZZZZZ"))
	o.sendNow(rep, coded, photographed, touched, wrong)
	o.examine()
	if diff := cmp.Diff([]string{"A code_accepted -50", "A code_accepted -50"}, o.signals()); diff != "" {
		t.Error(diff)
	}
	o.sendNow(first, showing(a, morning.Add(5*time.Minute), code(list.Codes[0])))
	if due := o.texts(`select u.name from rep_days_due d join users u using (org_id) where d.org_id = $1 and u.id = d.rep_id order by 1`, o.org.ID); !slices.Equal(due, []string{"first", "rep"}) {
		t.Errorf("due to be examined: %v", due)
	}
	o.examine()
	if got := o.proofsOf(coded); got != "code rejected code_used_before" {
		t.Fatal(got)
	}
	want := []string{fmt.Sprint("code_accepted ", touched.id)}
	got := o.texts(`select name || ' ' || event_id from integrity_signals where org_id = $1 and rep_id = $2`, o.org.ID, rep.UserID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if found := o.signals(); len(found) != 2 {
		t.Errorf("with that of who was first: %v", found)
	}
}

// What a tag excuses is taken off the score of its own visit.
func TestACodeTakesDoubtAway(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a, b := o.rep("rep"), o.retailer("A", bund), o.retailer("B", bund)
	sign := o.made(b, rounds.TokenTag, 0)
	away := far(checkIn(b, morning.Add(20*time.Minute)), 300)
	away.shown = tag(sign.URI)
	in := checkIn(a, morning)
	o.set(morning.Add(time.Hour))
	o.sendNow(rep, in, away)
	o.examine()
	for p, want := range map[rounds.EventID]int{in.id: 60, away.id: 10} {
		v, err := o.Visit(context.Background(), o.admin, rounds.VisitID(p))
		o.must(err)
		if int(v.Integrity.Score) != want {
			t.Errorf("%+v, want %d", v.Integrity, want)
		}
	}
}
