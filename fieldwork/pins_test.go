package fieldwork

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/paulmach/orb"
)

// sofa is 300 m from the bund, and a rep's home.
var sofa = orb.Point{bund.Lon(), bund.Lat() - 0.0027}

// at is a check-in somewhere else.
func (p tap) from(place orb.Point) tap {
	p.place = place
	return p
}

// movePin sets a retailer's pin by somebody's hand.
func (o *town) movePin(a rounds.Actor, r rounds.RetailerID, to orb.Point, entrances ...orb.Point) error {
	_, err := o.ChangeRetailer(context.Background(), a, r, func(*rounds.Retailer) {}, &PinChange{
		Pin: geo.Pin{Point: to, Entrances: entrances}, Reason: "moved",
	})
	return err
}

// wantJudged looks at which pin an event was judged by, and what came of it.
func wantJudged(t *testing.T, what string, r Result, version int, outcome geo.Outcome) {
	t.Helper()
	if r.Judgement.PinVersion != version || r.Judgement.Outcome != outcome {
		t.Errorf("%s: %s by pin %d, want %s by pin %d", what, r.Judgement.Outcome, r.Judgement.PinVersion, outcome, version)
	}
}

func TestNobodysPinValidatesTheirVisitOfTheSameDay(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	mover, other := o.person(o.admin, "mover", rounds.RolePlanner), o.rep("other")
	r, own := o.retailer("A", bund), rounds.RetailerID{}
	o.must(o.movePin(mover, r, sofa))
	fresh := FreshRetailer()
	fresh.Code, fresh.Name = "B", "B"
	added, err := o.AddRetailer(context.Background(), mover, fresh, &PinChange{Pin: geo.Pin{Point: sofa}, Reason: "seen"})
	o.must(err)
	own = added.ID

	evening := morning.Add(10 * time.Hour)
	tomorrow := morning.Add(24 * time.Hour)
	wantJudged(t, "the mover, the same evening", o.send(mover, checkIn(r, evening).from(sofa))[0], 1, geo.Elsewhere)
	wantJudged(t, "somebody else", o.send(other, checkIn(r, evening).from(sofa))[0], 2, geo.AtRetailer)
	wantJudged(t, "whoever set the only pin", o.send(mover, checkIn(own, evening.Add(time.Hour)).from(sofa))[0], 0, geo.Undecided)
	late := checkIn(r, evening.Add(2*time.Hour)).from(sofa)
	wantJudged(t, "the mover, the next day", o.send(mover, checkIn(r, tomorrow).from(sofa))[0], 2, geo.AtRetailer)
	wantJudged(t, "the mover, late, of that day", o.send(mover, late)[0], 1, geo.Elsewhere)
}

// The same events in one upload, one visitor's beside another's: each by their own pin.
func TestOneGroupIsJudgedByEachVisitorsPin(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	mover, other := o.person(o.admin, "mover", rounds.RolePlanner), o.rep("other")
	r := o.retailer("A", bund)
	o.must(o.movePin(mover, r, sofa))
	a, b := checkIn(r, morning.Add(time.Hour)).from(sofa), checkIn(r, morning.Add(time.Hour)).from(sofa)
	o.pass(2 * time.Hour)
	items := []*item{
		new(read(mover, rounds.Sent{}, o.now(), a.json())),
		new(read(other, rounds.Sent{}, o.now(), b.json())),
	}
	o.must(o.record(context.Background(), o.org.ID, items))
	wantJudged(t, "the mover", items[0].result, 1, geo.Elsewhere)
	wantJudged(t, "the other", items[1].result, 2, geo.AtRetailer)
}

// An event that turns out to be of another day is judged by the pin that holds on that day.
func TestThePinFollowsTheDay(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	mover := o.person(o.admin, "mover", rounds.RolePlanner)
	r := o.retailer("A", bund)
	o.must(o.movePin(mover, r, sofa))
	in := checkIn(r, morning.Add(25*time.Hour)).from(sofa) // by a clock that is a day ahead
	in.ahead = 24 * time.Hour
	o.pass(26 * time.Hour)
	wantJudged(t, "as the phone dates it", o.send(mover, in)[0], 2, geo.AtRetailer)
	next := in.out(in.at.Add(25 * time.Hour))
	sent := rounds.Sent{BootID: "boot 0", Time: next.at, UptimeMS: next.uptime().Milliseconds()}
	o.must(o.record(context.Background(), o.org.ID, []*item{new(read(mover, sent, o.now(), next.json()))}))
	events, err := o.store.Events(context.Background(), o.org.ID, []rounds.EventID{in.id})
	o.must(err)
	j := events[0].Verdicts[len(events[0].Verdicts)-1]
	wantJudged(t, "as it truly was", Result{Judgement: &j}, 1, geo.Elsewhere)
}

func TestAnEntranceIsAsGoodAsThePin(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, r := o.rep("rep"), o.retailer("A", bund)
	wantJudged(t, "no entrance there", o.send(rep, checkIn(r, morning.Add(time.Minute)).from(sofa))[0], 1, geo.Elsewhere)
	o.must(o.movePin(o.admin, r, bund, sofa))
	wantJudged(t, "an entrance", o.send(rep, checkIn(r, morning.Add(time.Hour)).from(sofa))[0], 2, geo.AtRetailer)
	home := orb.Point{bund.Lon(), bund.Lat() - 0.006}
	wantCode(t, "an entrance far away", o.movePin(o.admin, r, bund, sofa, home), rounds.Invalid)
	o.must(o.movePin(o.admin, r, bund))
	wantJudged(t, "taken away again", o.send(rep, checkIn(r, morning.Add(2*time.Hour)).from(sofa))[0], 3, geo.Elsewhere)
}

// confirm asks for what the nightly work would confirm.
func (o *town) confirm() int64 {
	o.t.Helper()
	n, err := o.ConfirmPins(context.Background(), o.org.ID)
	o.must(err)
	return n
}

func (o *town) reps(names ...string) []rounds.Actor {
	o.t.Helper()
	var reps []rounds.Actor
	for _, name := range names {
		reps = append(reps, o.rep(name))
	}
	return reps
}

func TestThreePeopleConfirmAPinFromTheNextDayOn(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	reps := o.reps("a", "b", "c", "d")
	r, far, mocked, moved, two := o.retailer("A", bund), o.retailer("B", sofa), o.retailer("C", bund), o.retailer("D", bund), o.retailer("E", bund)
	for i, rep := range reps[:3] {
		at := morning.Add(time.Duration(i) * time.Hour)
		fake := checkIn(mocked, at.Add(3*time.Minute))
		fake.mock = true
		o.send(rep, checkIn(r, at), checkIn(far, at.Add(time.Minute)), checkIn(moved, at.Add(2*time.Minute)), fake)
	}
	for i := range 3 {
		o.send(reps[0], checkIn(two, morning.Add(time.Duration(4+i)*time.Hour)))
	}
	o.send(reps[1], checkIn(two, morning.Add(8*time.Hour)))
	if n := o.confirm(); n != 0 {
		t.Errorf("%d pins were confirmed by visits of today", n)
	}
	o.pass(24 * time.Hour)
	o.must(o.movePin(o.admin, moved, bund))
	if n := o.confirm(); n != 1 {
		t.Errorf("%d pins are confirmed, want one", n)
	}
	confirmed := func(at time.Time, r rounds.RetailerID) bool {
		return o.send(reps[3], checkIn(r, at))[0].Judgement.Measured.PinConfirmed
	}
	today, tomorrow := morning.Add(25*time.Hour), morning.Add(49*time.Hour)
	late := today.Add(time.Minute)
	if confirmed(today, r) || !confirmed(tomorrow, r) || confirmed(late, r) {
		t.Error("confirmed pins count from the day after, whenever an event arrives")
	}
	for name, r := range map[string]rounds.RetailerID{"far": far, "mocked": mocked, "moved": moved, "two": two} {
		if confirmed(tomorrow.Add(time.Hour), r) {
			t.Errorf("%s is confirmed", name)
		}
	}
	if n := o.confirm(); n != 0 {
		t.Errorf("%d pins were confirmed again", n)
	}
}

func TestPinsByHandHaveASigmaThatMeansSomething(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	for _, sigma := range []geo.Meters{1e-9, -1, 0.49, 10_001, geo.Meters(math.NaN()), geo.Meters(math.Inf(1))} {
		fresh := FreshRetailer()
		fresh.Code, fresh.Name = "S", "S"
		_, err := o.AddRetailer(context.Background(), o.admin, fresh, &PinChange{Pin: geo.Pin{Point: bund, Sigma: sigma}, Reason: "exact"})
		wantCode(t, fmt.Sprint(sigma), err, rounds.Invalid)
	}
}
