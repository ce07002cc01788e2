package fieldwork

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/store"
)

// inForce lets the rep go by a plan of four weeks from the Monday on.
func (o *town) inForce(rep rounds.Actor) rounds.JourneyPlanID {
	o.t.Helper()
	id := o.planned(rep, 4)
	_, err := o.AcceptJourney(context.Background(), o.admin, id, journeyMonday, "good", false)
	o.must(err)
	return id
}

// night is the evening before a day, and the work of it.
func (o *town) night(before rounds.Day) {
	o.t.Helper()
	o.set(before.Add(-1).At(22, 0, o.admin.Zone))
	o.must(o.MakeDayPlans(context.Background(), DayPlansNight{o.org.ID}))
}

// planOn are the codes of a day's plan, sorted; "" if there is no plan.
func (o *town) planOn(rep rounds.Actor, day rounds.Day) string {
	o.t.Helper()
	p, err := o.store.PlanOfDay(context.Background(), o.org.ID, rep.UserID, day)
	if rounds.CodeOf(err) == rounds.NotFound {
		return ""
	}
	o.must(err)
	var ids []rounds.RetailerID
	for _, s := range p.Stops {
		ids = append(ids, s.RetailerID)
	}
	return o.codes(ids)
}

func (o *town) codes(ids []rounds.RetailerID) string {
	o.t.Helper()
	found, err := o.store.RetailersByID(context.Background(), rounds.Scope{OrgID: o.org.ID}, o.today(o.admin), ids)
	o.must(err)
	var codes []string
	for _, r := range found {
		codes = append(codes, r.Code)
	}
	slices.Sort(codes)
	return strings.Join(codes, " ")
}

// beatOn are the codes that a journey plan has on a day.
func (o *town) beatOn(id rounds.JourneyPlanID, day rounds.Day) string {
	o.t.Helper()
	for _, b := range o.beats(id) {
		if b.Day == day {
			var ids []rounds.RetailerID
			for _, s := range b.Stops {
				ids = append(ids, s.RetailerID)
			}
			return o.codes(ids)
		}
	}
	return ""
}

// missedOn are the codes of the calls missed on a day, with the reasons.
func (o *town) missedOn(day rounds.Day) string {
	o.t.Helper()
	found, err := o.store.Missed(context.Background(), o.admin.Scope(), day, day, rounds.UserID{}, store.MissedKey{}, 100)
	o.must(err)
	var lines []string
	for _, m := range found {
		lines = append(lines, m.Code+" "+string(m.Reason))
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

// everyMonday lets all five retailers be called on on Mondays alone.
func (o *town) everyMonday(shops []rounds.RetailerID) {
	o.t.Helper()
	for _, id := range shops {
		_, err := o.ChangeRhythm(context.Background(), o.admin, rounds.Rhythm{RetailerID: id, Weekdays: 1})
		o.must(err)
	}
}

func (o *town) visitOn(rep rounds.Actor, r rounds.RetailerID, day rounds.Day) {
	o.t.Helper()
	shop, err := o.store.Retailer(context.Background(), o.admin.Scope(), o.today(o.admin), r)
	o.must(err)
	tap := checkIn(r, day.At(10, 0, o.admin.Zone))
	tap.place = shop.Pin.Point
	o.send(rep, tap)
}

func TestNightsMakeTheNextDaysPlans(t *testing.T) {
	t.Parallel()
	o, rep, shops := journeyTown(t, shared())
	o.everyMonday(shops)
	id := o.inForce(rep)
	const all = "R0 R1 R2 R3 R4"
	if got := o.beatOn(id, journeyMonday); got != all {
		t.Fatalf("Mondays have %s", got)
	}
	o.night("2026-03-07") // of a Friday: the next working day is Monday
	if got := o.planOn(rep, journeyMonday); got != all {
		t.Errorf("Monday has %q", got)
	}
	p, err := o.store.PlanOfDay(context.Background(), o.org.ID, rep.UserID, journeyMonday)
	if err != nil || p.JourneyID != id || !p.CreatedBy.IsZero() {
		t.Errorf("%+v, %v", p, err)
	}
	// Two are visited on Monday, one more on Tuesday: what is left is overdue.
	o.visitOn(rep, shops[0], journeyMonday)
	o.visitOn(rep, shops[1], journeyMonday)
	o.night("2026-03-10")
	if got := o.planOn(rep, "2026-03-10"); got != "R2 R3 R4" {
		t.Errorf("Tuesday has %q", got)
	}
	o.visitOn(rep, shops[2], "2026-03-10")
	o.night("2026-03-11")
	if got := o.planOn(rep, "2026-03-11"); got != "R3 R4" {
		t.Errorf("Wednesday has %q", got)
	}
	// One is visited on Friday, early: not again on Monday.
	o.visitOn(rep, shops[3], "2026-03-13")
	o.night("2026-03-16")
	if got := o.planOn(rep, "2026-03-16"); got != "R0 R1 R2 R4" {
		t.Errorf("the next Monday has %q", got)
	}
	if got := o.missedOn("2026-03-16"); got != "" {
		t.Errorf("missed: %s", got)
	}
}

// The four weeks come again, without anybody accepting anything.
func TestWeeksRepeat(t *testing.T) {
	t.Parallel()
	o, rep, shops := journeyTown(t, shared())
	o.everyMonday(shops)
	o.inForce(rep)
	o.night(journeyMonday.Add(12 * 7))
	if got := o.planOn(rep, journeyMonday.Add(12*7)); got != "R0 R1 R2 R3 R4" {
		t.Errorf("twelve weeks later: %q", got)
	}
}

func TestADayMadeByHandStays(t *testing.T) {
	t.Parallel()
	o, rep, shops := journeyTown(t, shared())
	o.everyMonday(shops)
	o.inForce(rep)
	_, err := o.MakePlan(context.Background(), o.admin, NewPlan{RepID: rep.UserID, Day: journeyMonday, Retailers: shops[:1]})
	o.must(err)
	o.night(journeyMonday)
	o.night(journeyMonday)
	if got := o.planOn(rep, journeyMonday); got != "R0" {
		t.Errorf("%q", got)
	}
}

func TestWhoIsOnLeaveGetsNoPlanAndMissesCalls(t *testing.T) {
	t.Parallel()
	o, rep, shops := journeyTown(t, shared())
	o.everyMonday(shops)
	o.inForce(rep)
	_, err := o.AddLeave(context.Background(), o.admin, rounds.Leave{RepID: rep.UserID, From: journeyMonday, Until: journeyMonday})
	o.must(err)
	o.night(journeyMonday)
	o.night(journeyMonday)
	if got := o.planOn(rep, journeyMonday); got != "" {
		t.Errorf("on leave with %q", got)
	}
	if got := o.missedOn(journeyMonday); got != "R0 on_leave, R1 on_leave, R2 on_leave, R3 on_leave, R4 on_leave" {
		t.Errorf("missed: %s", got)
	}
	o.night("2026-03-10")
	if got := o.planOn(rep, "2026-03-10"); got != "R0 R1 R2 R3 R4" {
		t.Errorf("back from leave with %q", got)
	}
}

// What is due comes before what is overdue; what has no room is told, and comes back.
func TestADayHoldsWhatItHasRoomFor(t *testing.T) {
	t.Parallel()
	o, rep, shops := journeyTown(t, shared())
	for i, id := range shops {
		_, err := o.ChangeRhythm(context.Background(), o.admin, rounds.Rhythm{RetailerID: id, Weekdays: 1 << min(i, 1)})
		o.must(err)
	}
	hour := 3600
	for _, id := range shops {
		_, err := o.ChangeRetailer(context.Background(), o.admin, id, func(r *rounds.Retailer) { r.ServiceSeconds = 7*hour/4 + 60 }, nil)
		o.must(err)
	}
	o.inForce(rep) // R0 on Mondays, R1 to R4 on Tuesdays: seven hours of eight
	o.night("2026-03-10")
	if got, left := o.planOn(rep, "2026-03-10"), o.missedOn("2026-03-10"); got != "R1 R2 R3 R4" || left != "R0 no_time_left" {
		t.Errorf("Tuesday has %q, and not %q", got, left)
	}
	for _, id := range shops[1:] {
		o.visitOn(rep, id, "2026-03-10")
	}
	o.night("2026-03-11")
	if got := o.planOn(rep, "2026-03-11"); got != "R0" {
		t.Errorf("Wednesday has %q", got)
	}
}

func TestWhatIsNoLongerTheRepsIsNotPlanned(t *testing.T) {
	t.Parallel()
	o, rep, shops := journeyTown(t, shared())
	o.everyMonday(shops)
	o.inForce(rep)
	_, err := o.ChangeRetailer(context.Background(), o.admin, shops[0], func(r *rounds.Retailer) { r.Status = rounds.RetailerClosed }, nil)
	o.must(err)
	o.territory("other", o.rep("other"), shops[1])
	o.night(journeyMonday)
	if got := o.planOn(rep, journeyMonday); got != "R2 R3 R4" {
		t.Errorf("%q", got)
	}
}

func TestNightIsByTheOrgsClock(t *testing.T) {
	t.Parallel()
	o := newTownIn(t, openDatabase(t), "Asia/Shanghai")
	for clock, night := range map[string]bool{"20:59": false, "21:00": true, "23:30": true, "05:59": true, "06:00": false, "12:00": false} {
		at, err := time.ParseInLocation("2006-01-02 15:04", "2026-03-09 "+clock, o.admin.Zone)
		o.must(err)
		o.do(`delete from river.river_job`)
		o.set(at)
		o.must(o.EnqueueDayPlans(context.Background(), DayPlansDue{}))
		if got := len(o.texts(`select kind::text from river.river_job where kind = 'day_plans_night'`)); (got == 1) != night {
			t.Errorf("%d jobs at %s", got, clock)
		}
	}
	for clock, want := range map[string]rounds.Day{"2026-03-09 05:00": "2026-03-09", "2026-03-09 06:00": "2026-03-10", "2026-03-06 21:00": "2026-03-09"} {
		at, err := time.ParseInLocation("2006-01-02 15:04", clock, o.admin.Zone)
		o.must(err)
		o.set(at)
		if got, err := o.nextWorkingDay(context.Background(), o.admin); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", clock, got, err, want)
		}
	}
}
