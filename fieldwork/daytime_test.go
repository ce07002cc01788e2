package fieldwork

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"rounds"
	"rounds/hours"
	"rounds/roads"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// stopsIn are the stops of a plan, a line each, and then whom it leaves out.
func (o *town) stopsIn(p rounds.Plan) []string {
	o.t.Helper()
	names := map[rounds.RetailerID]string{}
	found, err := o.store.RetailersByID(context.Background(), rounds.Scope{OrgID: o.org.ID}, p.Day, slices.Concat(idsOfStops(p), idsLeftOut(p)))
	o.must(err)
	for _, r := range found {
		names[r.ID] = r.Code
	}
	var lines []string
	for _, s := range p.Stops {
		line := names[s.RetailerID] + " " + s.PlannedAt.In(o.admin.Zone).Format("15:04")
		if s.OutsideHours {
			line += " closed"
		}
		lines = append(lines, line)
	}
	for _, l := range p.LeftOut {
		lines = append(lines, names[l.RetailerID]+": "+l.Reason)
	}
	slices.Sort(lines[len(p.Stops):])
	return lines
}

func idsOfStops(p rounds.Plan) (ids []rounds.RetailerID) {
	for _, s := range p.Stops {
		ids = append(ids, s.RetailerID)
	}
	return ids
}

func idsLeftOut(p rounds.Plan) (ids []rounds.RetailerID) {
	for _, l := range p.LeftOut {
		ids = append(ids, l.RetailerID)
	}
	return ids
}

// opens gives a retailer hours.
func (o *town) opens(id rounds.RetailerID, text string) {
	o.t.Helper()
	_, err := o.ChangeRetailer(context.Background(), o.admin, id, func(r *rounds.Retailer) { r.OpeningHours = text }, nil)
	o.must(err)
}

// workday chooses the org's hours, and is the administrator who goes by them.
func (o *town) workday(w rounds.Workday) {
	o.t.Helper()
	s := rounds.DefaultSettings()
	s.Workday = &w
	o.must(o.ChangeSettings(context.Background(), o.admin, s, "agreed"))
	var err error
	o.admin, err = o.store.Actor(context.Background(), o.org.ID, o.admin.UserID)
	o.must(err)
}

func (o *town) makePlan(rep rounds.Actor, day rounds.Day, ids ...rounds.RetailerID) rounds.Plan {
	o.t.Helper()
	p, err := o.MakePlan(context.Background(), o.admin, NewPlan{RepID: rep.UserID, Day: day, Retailers: ids, Replace: true})
	o.must(err)
	stored, err := o.store.PlanOfDay(context.Background(), o.org.ID, rep.UserID, day)
	o.must(err)
	if diff := cmp.Diff(p, stored); diff != "" {
		o.t.Errorf("stored otherwise (-made +stored):\n%s", diff)
	}
	return p
}

// Five shops in a row, some 190 m apart, ten minutes each, on Wednesday, 4 March 2026.
func TestPlansKeepToOpeningHours(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, ids := o.row(5)
	day := o.today(o.admin)
	want := func(name string, p rounds.Plan, lines ...string) {
		t.Helper()
		if diff := cmp.Diff(lines, o.stopsIn(p)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	o.opens(ids[0], "Mo-Fr 15:00-16:00")
	o.opens(ids[2], "We 08:00-09:00")
	o.opens(ids[4], "We off; Th-Tu 08:00-18:00")
	p := o.makePlan(rep, day, ids...)
	if lines := o.stopsIn(p); len(lines) != 5 || lines[4] != "04: never_open" || lines[3] != "00 15:00" || p.Stops[0].PlannedAt.In(o.admin.Zone).Format("15:04") > "08:50" {
		t.Errorf("made: %v", lines)
	}
	stops := []rounds.StopID{}
	for _, code := range []int{0, 1, 2, 3} {
		i := slices.IndexFunc(p.Stops, func(s rounds.Stop) bool { return s.RetailerID == ids[code] })
		stops = append(stops, p.Stops[i].ID)
	}
	byHand, err := o.OrderByHand(context.Background(), o.admin, p.ID, 1, stops, "")
	o.must(err)
	want("by hand", byHand, "00 15:00", "01 15:10", "02 15:21 closed", "03 15:31", "04: never_open")

	if p := o.makePlan(rep, day, ids[1], ids[3]); len(p.Stops) != 2 || p.Stops[0].PlannedAt.In(o.admin.Zone).Format("15:04") != "08:30" {
		t.Errorf("without hours: %v", o.stopsIn(p))
	}
	o.opens(ids[1], "09:00-09:05") // less than the visit takes
	o.opens(ids[3], "16:25-20:00")
	want("hardly open", o.makePlan(rep, day, ids[1], ids[3]), "01 09:00", "03: too_far")
	o.opens(ids[3], "16:20-20:00")
	want("open at the end of the day", o.makePlan(rep, day, ids[1], ids[3]), "01 09:00", "03 16:20")
	o.opens(ids[1], "16:00-16:30")
	want("both at the end of the day", o.makePlan(rep, day, ids[1], ids[3]), "01 16:00", "03 16:20")
	o.opens(ids[1], "16:15-16:30")
	if p := o.makePlan(rep, day, ids[1], ids[3]); len(p.Stops) != 1 || len(p.LeftOut) != 1 || p.LeftOut[0].Reason != "no_time_left" || p.Before != 0 {
		t.Errorf("two at once: %v", o.stopsIn(p))
	}
	o.importCalendar(`{"year": 2026, "days": [{"name": "x", "date": "2026-03-04", "isOffDay": true}]}`)
	o.opens(ids[1], "08:00-18:00; PH 10:00-11:00")
	o.opens(ids[3], "08:00-18:00; PH off")
	want("on a holiday", o.makePlan(rep, day, ids[1], ids[3]), "01 10:00", "03: never_open")
}

// Of those that are due, who is closed all day is not chosen, and stays due.
func TestDueRetailersAreOpen(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, ids := o.row(3)
	o.opens(ids[1], "Mo,Tu 08:00-18:00")
	o.opens(ids[2], "We 18:00-22:00")
	p := o.makePlan(rep, o.today(o.admin))
	if got := o.stopsIn(p); !slices.Equal(got, []string{"00 08:30"}) {
		t.Errorf("%v", got)
	}
}

func TestTheOrgsWorkdayIsPlanned(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, ids := o.row(4)
	day := o.today(o.admin)
	o.workday(rounds.Workday{Begins: "11:00", Ends: "14:00", Lunch: &rounds.Lunch{From: "11:15", Until: "12:00", Minutes: 30}})
	if got := o.stopsIn(o.makePlan(rep, day, ids[0], ids[1], ids[2], ids[3])); len(got) != 4 || got[0][3:] != "11:00" || got[1][3:] != "11:10" || got[2][3:] != "11:51" || got[3][3:] != "12:01" {
		t.Errorf("after two visits there is lunch: %v", got)
	}
	o.opens(ids[0], "24/7")
	p := o.makePlan(rep, day, ids[0], ids[1], ids[2], ids[3])
	if len(p.Stops) != 4 || p.Stops[3].PlannedAt.Sub(p.Stops[0].PlannedAt) < 60*time.Minute {
		t.Errorf("the same within hours: %v", o.stopsIn(p))
	}
	o.workday(rounds.Workday{Begins: "11:00", Ends: "11:25"})
	if p := o.makePlan(rep, day, ids[0], ids[1], ids[2], ids[3]); len(p.Stops) != 2 || len(p.LeftOut) != 2 || p.LeftOut[0].Reason != "no_time_left" {
		t.Errorf("a short day: %v", o.stopsIn(p))
	}
	if p := o.makePlan(rep, day); len(p.Stops) != 2 {
		t.Errorf("a short day of those that are due: %v", o.stopsIn(p))
	}
}

// Whatever the hours: who is served is served within them and the day, one after the other; the rest is named once.
func TestOrderPlanInHours(t *testing.T) {
	t.Parallel()
	o := &Office{travel: roads.StraightLines(roads.Car), ways: newWayCache(waysKept), log: slog.New(slog.DiscardHandler)}
	rapid.Check(t, func(t *rapid.T) {
		retailers := someRetailers(14).Draw(t, "retailers")
		for i := range retailers {
			from := rapid.IntRange(0, 23*60).Draw(t, "from")
			until := rapid.IntRange(from+1, 24*60).Draw(t, "until")
			span := fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, until/60, until%60)
			retailers[i].OpeningHours = rapid.SampledFrom([]string{"", span, span, "We " + span + ",20:00-02:00", "We off", "Mo-Su 08:00-12:00," + span}).Draw(t, "hours")
		}
		rep := rounds.User{ID: rounds.NewID[rounds.User]()}
		if rapid.Bool().Draw(t, "has a home") {
			rep.Home = &orb.Point{bund[0] + 0.02, bund[1] - 0.01}
		}
		d := usualDay("2026-03-04")
		if rapid.Bool().Draw(t, "lunch") {
			d.hours.Lunch = &rounds.Lunch{From: "11:30", Until: "13:00", Minutes: 45}
		}
		p, err := o.orderPlan(context.Background(), rep, retailers, NewPlan{RepID: rep.ID, Day: d.day, RoundTrip: true}, d)
		if err != nil {
			t.Fatal(err)
		}
		timed := slices.ContainsFunc(retailers, func(r rounds.Retailer) bool { return r.Pin != nil && r.OpeningHours != "" })
		byID := map[rounds.RetailerID]rounds.Retailer{}
		for _, r := range retailers {
			byID[r.ID] = r
		}
		clock := d.day.At(8, 30, time.UTC)
		for _, s := range p.Stops {
			r := byID[s.RetailerID]
			delete(byID, s.RetailerID)
			clock = clock.Add(time.Duration(s.LegSeconds) * time.Second)
			if s.PlannedAt.Before(clock) {
				t.Fatalf("%s begins at %v, and is reached at %v", r.Code, s.PlannedAt, clock)
			}
			clock = s.PlannedAt.Add(time.Duration(s.ServiceSeconds) * time.Second)
			if r.Pin == nil || !timed {
				continue
			}
			if s.OutsideHours || clock.After(d.day.At(16, 30, time.UTC)) || !isOpen(r, s.PlannedAt, clock) {
				t.Fatalf("%s (%s) is visited from %v to %v", r.Code, r.OpeningHours, s.PlannedAt, clock)
			}
		}
		for _, l := range p.LeftOut {
			if r, ok := byID[l.RetailerID]; !ok || r.Pin == nil || l.Reason == "" || !timed {
				t.Fatalf("left out: %v", l)
			}
			delete(byID, l.RetailerID)
		}
		if len(byID) > 0 {
			t.Fatalf("%d retailers are neither served nor named", len(byID))
		}
	})
}

// isOpen says whether a visit lies in the hours of its day, or begins as they do, being longer.
func isOpen(r rounds.Retailer, from, until time.Time) bool {
	h, err := hours.Parse(r.OpeningHours)
	if err != nil {
		return true
	}
	midnight := from.Truncate(24 * time.Hour)
	for _, s := range h.On(rounds.DayOf(from, time.UTC), nil) {
		opens, closes := midnight.Add(time.Duration(s.From)*time.Minute), midnight.Add(time.Duration(s.Until)*time.Minute)
		if !from.Before(opens) && (!until.After(closes) || from.Equal(opens)) {
			return true
		}
	}
	return false
}
