package fieldwork

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// learn looks at everybody's visits, and gives the proposals that are open.
func (o *town) learn() []store.ListedProposal {
	o.t.Helper()
	_, err := o.LearnPins(context.Background(), o.org.ID, func(int) {})
	o.must(err)
	return o.proposals(rounds.Proposed)
}

func (o *town) proposals(status rounds.ProposalStatus) []store.ListedProposal {
	o.t.Helper()
	found, err := o.PinProposals(context.Background(), o.admin, status, rounds.PinProposalID{}, 100)
	o.must(err)
	return found
}

// agreed is a shop whose pin is 300 m off: each rep was there on so many days, a quarter of an hour apart.
func (o *town) agreed(reps []rounds.Actor, days int) rounds.RetailerID {
	o.t.Helper()
	r := o.retailer("A", bund)
	for day := range days {
		for i, rep := range reps {
			o.send(rep, checkIn(r, morning.Add(time.Duration(day)*24*time.Hour+time.Duration(15*(i+1))*time.Minute)).from(sofa))
		}
	}
	return r
}

func (o *town) decide(a rounds.Actor, id rounds.PinProposalID, accept bool) error {
	_, err := o.DecidePinProposal(context.Background(), a, id, accept, "looked at")
	return err
}

// The attack that teaches a pin: one rep checks in from a sofa for a month.
func TestOnePersonsVisitsTeachNoPin(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	liar, honest := o.rep("liar"), o.rep("honest")
	r := o.agreed([]rounds.Actor{liar}, 30)
	o.send(honest, checkIn(r, o.now().Add(time.Hour)))
	for range 3 {
		o.pass(24 * time.Hour)
		if n := o.confirm(); n != 0 {
			t.Errorf("%d pins are confirmed", n)
		}
		if found := o.learn(); len(found) != 0 {
			t.Errorf("proposed: %+v", found)
		}
	}
	_, hold, err := o.LearnPin(context.Background(), o.admin, r)
	o.must(err)
	if hold != "too_few_people" {
		t.Errorf("held back by %q", hold)
	}
	after := o.send(liar, checkIn(r, o.now().Add(time.Minute)).from(sofa))
	wantJudged(t, "after all that", after[0], 1, geo.Elsewhere)
}

// Nor do two more phones that say where they are not, or not when.
func TestDoubtfulVisitsTeachNoPin(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	reps := o.reps("a", "b", "c")
	r := o.agreed(reps[:2], 2)
	fake := checkIn(r, o.now().Add(time.Hour)).from(sofa)
	fake.mock = true
	o.send(reps[2], fake)
	if found := o.learn(); len(found) != 0 {
		t.Errorf("proposed: %+v", found)
	}
	o.send(reps[2], checkIn(r, o.now().Add(2*time.Hour)).from(sofa))
	if found := o.learn(); len(found) != 1 {
		t.Errorf("three honest people: %d proposals", len(found))
	}
}

func TestThreePeopleProposeAPin(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	reps := o.reps("a", "b", "c")
	r := o.agreed(reps, 2)
	found := o.learn()
	if len(found) != 1 {
		t.Fatalf("%d proposals, want one", len(found))
	}
	p := found[0]
	if p.RetailerID != r || p.FromVersion != 1 || p.Pin.Source != geo.Learned || p.Pin.Sigma < 8 || p.Old == nil ||
		p.People != 3 || p.Visits != 6 || p.Days != 2 || p.NearOld != 0 || p.NearNew != 1 {
		t.Errorf("%+v", p)
	}
	if away := geo.Distance(p.Pin.Point, sofa); away > 15 {
		t.Errorf("%.0f m from where they were", float64(away))
	}
	if again := o.learn(); len(again) != 1 || again[0].ID != p.ID {
		t.Errorf("looked at again: %+v", again)
	}
	got, err := o.store.Retailer(context.Background(), o.admin.Scope(), o.today(o.admin), r)
	o.must(err)
	if got.Pin.Version != 1 {
		t.Error("a pin moved by itself")
	}
}

// standings are what the visits are worth, a line each.
func (o *town) standings() []string {
	o.t.Helper()
	return o.texts(`
		select concat_ws(' ', v.day, u.name, v.outcome, v.credited_by)
		from visits v
		join users u on u.org_id = v.org_id and u.id = v.rep_id
		where v.org_id = $1
		order by 1`, o.org.ID)
}

// On the third day somebody accepts: the first is closed, and the reps' own visits of the third are theirs.
func TestAcceptingJudgesOpenVisitsAgain(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	planner := o.person(o.admin, "p", rounds.RolePlanner)
	reps := append(o.reps("a", "b", "c"), planner)
	o.agreed(reps, 3)
	late := o.rep("d")
	o.pass(time.Hour)
	_, err := o.CloseDays(context.Background(), o.admin, "2026-03-04", "paid")
	o.must(err)
	id := o.learn()[0].ID

	looked, err := o.PinProposal(context.Background(), planner, id, "")
	o.must(err)
	o.must(o.decide(planner, id, true))
	want := []string{
		"2026-03-04 a elsewhere", "2026-03-04 b elsewhere", "2026-03-04 c elsewhere", "2026-03-04 p elsewhere",
		"2026-03-05 a at_retailer position", "2026-03-05 b at_retailer position", "2026-03-05 c at_retailer position",
		"2026-03-05 p elsewhere", // who accepts gains nothing by it
		"2026-03-06 a elsewhere", "2026-03-06 b elsewhere", "2026-03-06 c elsewhere", "2026-03-06 p elsewhere",
	}
	if diff := cmp.Diff(want, o.standings()); diff != "" {
		t.Errorf("visits: %s", diff)
	}
	if got := o.late(); !slices.Equal(got, []string{"A:  -> position", "A:  -> position", "A:  -> position"}) {
		t.Errorf("closed visits as they would be: %q", got)
	}
	accepted, err := o.PinProposal(context.Background(), o.admin, id, "")
	o.must(err)
	if diff := cmp.Diff(looked.Changes, accepted.Changes); diff != "" || len(looked.Changes) != 3 {
		t.Errorf("looked at %d changes, and kept (-looked +kept): %s", len(looked.Changes), diff)
	}
	for _, c := range accepted.Changes {
		if c.Before.Outcome != geo.Elsewhere || c.Before.CreditedBy != "" || c.After.Outcome != geo.AtRetailer ||
			c.After.CreditedBy != rounds.CreditedByPosition || c.Day != "2026-03-05" {
			t.Errorf("%+v", c)
		}
	}
	r := accepted.RetailerID
	wantJudged(t, "a, the same day", o.send(reps[0], checkIn(r, o.now().Add(time.Minute)).from(sofa))[0], 1, geo.Elsewhere)
	wantJudged(t, "who accepted, the same day", o.send(planner, checkIn(r, o.now().Add(time.Minute)).from(sofa))[0], 1, geo.Elsewhere)
	wantJudged(t, "somebody else", o.send(late, checkIn(r, o.now().Add(time.Minute)).from(sofa))[0], 2, geo.AtRetailer)
	wantJudged(t, "a, the next day", o.send(reps[0], checkIn(r, o.now().Add(24*time.Hour)).from(sofa))[0], 2, geo.AtRetailer)
	stored := append(o.visits(), o.late()...)
	_, _, err = o.Rederive(context.Background(), o.org.ID, func(int) {})
	o.must(err)
	if diff := cmp.Diff(stored, append(o.visits(), o.late()...)); diff != "" {
		t.Errorf("derived again: %s", diff)
	}
	if found := o.learn(); len(found) != 0 {
		t.Errorf("and again: %+v", found)
	}
	wantCode(t, "accepted again", o.decide(o.admin, id, true), rounds.Conflict)
	wantCode(t, "refused after that", o.decide(o.admin, id, false), rounds.Conflict)
}

func TestWhoDecidesOnProposals(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	reps := o.reps("a", "b", "c")
	r := o.agreed(reps, 1)
	id := o.learn()[0].ID
	supervisor := o.person(o.admin, "s", rounds.RoleSupervisor)
	wantCode(t, "a rep", o.decide(reps[0], id, true), rounds.Forbidden)
	wantCode(t, "a supervisor", o.decide(supervisor, id, true), rounds.Forbidden)
	wantCode(t, "nothing", o.decide(o.admin, rounds.NewID[rounds.PinProposal](), true), rounds.NotFound)
	_, err := o.PinProposal(context.Background(), reps[0], id, "")
	wantCode(t, "a rep who looks", err, rounds.Forbidden)
	_, err = o.PinProposal(context.Background(), supervisor, id, "")
	o.must(err)
	_, _, err = o.LearnPin(context.Background(), supervisor, r)
	wantCode(t, "a supervisor who asks", err, rounds.Forbidden)
	_, err = o.PinSuspects(context.Background(), reps[0], 0, rounds.RetailerID{}, 10)
	wantCode(t, "a rep who looks at suspects", err, rounds.Forbidden)

	south, err := o.AddUnit(context.Background(), o.admin, rounds.Unit{ParentID: o.admin.UnitID, Name: "south"})
	o.must(err)
	elsewhere := o.admin
	elsewhere.UnitID = south.ID
	elsewhere = o.person(elsewhere, "planner", rounds.RolePlanner)
	wantCode(t, "a planner of another unit", o.decide(elsewhere, id, true), rounds.NotFound)
	found, err := o.PinProposals(context.Background(), elsewhere, "", rounds.PinProposalID{}, 10)
	o.must(err)
	if len(found) != 0 {
		t.Errorf("a planner of another unit sees %d proposals", len(found))
	}
	o.must(o.decide(o.admin, id, false))
	if found := o.learn(); len(found) != 0 {
		t.Errorf("proposed again after it was refused: %+v", found)
	}
}

func TestAProposalIsOfOnePin(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.agreed(o.reps("a", "b", "c"), 1)
	id := o.learn()[0].ID
	o.must(o.movePin(o.admin, r, orb.Point{bund.Lon() + 0.01, bund.Lat()}))
	before := o.standings()
	for range 2 {
		wantCode(t, "of a pin that is no more", o.decide(o.admin, id, true), rounds.Conflict)
	}
	if got := o.proposals(rounds.ProposalStale); len(got) != 1 || got[0].ID != id {
		t.Errorf("stale: %+v", got)
	}
	if diff := cmp.Diff(before, o.standings()); diff != "" {
		t.Error(diff)
	}
}

// The first visits of a shop without a pin are a proposal too, and never more than that.
func TestFirstVisitsProposeAPin(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	planner := o.person(o.admin, "p", rounds.RolePlanner)
	fresh := FreshRetailer()
	fresh.Code, fresh.Name = "N", "N"
	added, err := o.AddRetailer(context.Background(), o.admin, fresh, nil)
	o.must(err)
	o.send(planner, checkIn(added.ID, morning.Add(time.Hour)))
	found := o.learn()
	if len(found) != 1 || found[0].Pin.Source != geo.FirstVisit || found[0].Pin.Sigma != 25 || found[0].People != 1 || found[0].Shift != nil {
		t.Fatalf("%+v", found)
	}
	wantCode(t, "by the visitor alone", o.decide(planner, found[0].ID, true), rounds.Forbidden)
	o.pass(24 * time.Hour)
	o.must(o.decide(o.admin, found[0].ID, true))
	if got := strings.Join(o.standings(), ";"); got != "2026-03-04 p at_retailer position" {
		t.Errorf("yesterday's visit: %s", got)
	}
	later := o.send(planner, checkIn(added.ID, morning.Add(49*time.Hour)))
	wantJudged(t, "two days later", later[0], 1, geo.AtRetailer)
	if later[0].Judgement.Measured.PinConfirmed {
		t.Error("a first visit confirms nothing")
	}
}

func TestSuspectsAreRanked(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.agreed(o.reps("a", "b", "c"), 2)
	good := o.retailer("G", orb.Point{bund.Lon() + 0.0012345, bund.Lat() + 0.0012345})
	o.send(o.rep("d"), checkIn(good, o.now().Add(time.Hour)).from(orb.Point{bund.Lon() + 0.0012345, bund.Lat() + 0.0012345}))
	for i := range 3 {
		o.retailer(fmt.Sprint("S", i), orb.Point{121.4712345, 31.2312345})
	}
	n, err := o.RankPins(context.Background(), o.org.ID)
	o.must(err)
	list := func() []string {
		found, err := o.PinSuspects(context.Background(), o.admin, 0, rounds.RetailerID{}, 10)
		o.must(err)
		var lines []string
		for _, f := range found {
			lines = append(lines, fmt.Sprint(f.RetailerCode, " ", f.Reasons, " ", f.People, " ", f.NotAt, " of ", f.Judged))
		}
		return lines
	}
	want := []string{
		"A [visits_far visits_undecided] 3 6 of 6",
		"S0 [shared_point] 0 0 of 0", "S1 [shared_point] 0 0 of 0", "S2 [shared_point] 0 0 of 0",
	}
	if diff := cmp.Diff(want, list()); diff != "" || n != 4 {
		t.Errorf("%d: %s", n, diff)
	}
	first, err := o.PinSuspects(context.Background(), o.admin, 0, rounds.RetailerID{}, 2)
	o.must(err)
	rest, err := o.PinSuspects(context.Background(), o.admin, first[1].Severity, first[1].RetailerID, 10)
	o.must(err)
	if len(rest) != 2 || rest[0].RetailerCode != "S1" {
		t.Errorf("the next page: %+v", rest)
	}
	o.must(o.decide(o.admin, o.learn()[0].ID, true))
	if diff := cmp.Diff(want[1:], list()); diff != "" {
		t.Errorf("after its pin was corrected: %s", diff)
	}
}

func TestNightsWorkIsDoneAtNight(t *testing.T) {
	t.Parallel()
	db := openDatabase(t)
	o := newTownIn(t, db, "Asia/Shanghai")
	o.agreed(o.reps("a", "b", "c"), 1)
	jobs := func() []string {
		o.must(o.EnqueuePinNights(context.Background(), PinsDue{}))
		return o.texts(`select args->>'OrgID' from river.river_job where kind = 'pin_night'`)
	}
	if found := jobs(); len(found) != 0 {
		t.Errorf("in the morning: %v", found)
	}
	o.set(time.Date(2026, 3, 5, 3, 20, 0, 0, o.admin.Zone))
	if found := jobs(); !slices.Equal(found, []string{o.org.ID.String()}) {
		t.Errorf("at night: %v", found)
	}
	for range 2 {
		o.must(o.WorkPins(context.Background(), PinNight{o.org.ID}))
	}
	if n := len(o.proposals("")); n != 1 {
		t.Errorf("%d proposals", n)
	}
}

// Both taps of a visit follow the new pin, and what was shown before accepting is what comes of it.
func TestCheckOutsFollowThePinToo(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	planner := o.person(o.admin, "p", rounds.RolePlanner)
	r := o.agreed(o.reps("a", "b", "c"), 2)
	e := o.rep("e")
	in := checkIn(r, o.now().Add(time.Hour)) // at the old pin, 300 m from the shop
	o.send(e, in, in.out(in.at.Add(20*time.Minute)))
	o.pass(24 * time.Hour)
	id := o.learn()[0].ID
	shown, err := o.PinProposal(context.Background(), planner, id, "")
	o.must(err)
	o.must(o.decide(planner, id, true))
	v, err := o.store.Visit(context.Background(), o.admin.Scope(), rounds.VisitID(in.id))
	o.must(err)
	if v.Outcome == geo.AtRetailer || v.Credited {
		t.Errorf("both taps are 300 m off, and the visit is %s, credited by %q", v.Outcome, v.CreditedBy)
	}
	for _, c := range shown.Changes {
		if c.VisitID == v.ID && (c.After.Outcome != v.Outcome || c.After.CreditedBy != v.CreditedBy) {
			t.Errorf("shown before: %v, and now it is %s by %q", c.After, v.Outcome, v.CreditedBy)
		}
	}
}
