package fieldwork

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/roads"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// routes plans an audit's routes, ten minutes at each shop.
func (o *town) routes(audit rounds.Audit, days []rounds.Day, auditors ...rounds.Actor) AuditRoutesMade {
	o.t.Helper()
	n := NewAuditRoutes{Days: days, Service: 600}
	for _, a := range auditors {
		n.Auditors = append(n.Auditors, RouteAuditor{ID: a.UserID, Start: &bund})
	}
	made, err := o.PlanAuditRoutes(context.Background(), o.admin, audit.ID, n)
	o.must(err)
	return made
}

// shopsIn are the stops of routes and then whom these leave out, a line each.
func (o *town) shopsIn(made AuditRoutesMade) (lines []string) {
	o.t.Helper()
	for _, r := range made.Routes {
		for _, line := range o.stopsIn(rounds.Plan{Day: r.Day, Stops: r.Stops}) {
			lines = append(lines, string(r.Day[8:])+" "+line)
		}
	}
	return append(lines, o.stopsIn(rounds.Plan{Day: "2026-03-05", LeftOut: made.LeftOut})...)
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// inARow are shops some 190 m apart, from west to east.
func (o *town) inARow(codes ...string) (ids []rounds.RetailerID) {
	o.t.Helper()
	for i, code := range codes {
		ids = append(ids, o.retailer(code, orb.Point{bund[0] + 0.002*float64(i), bund[1]}))
	}
	return ids
}

func TestAuditRoutesKeepHours(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.workday(rounds.Workday{Begins: "09:00", Ends: "11:00"})
	auditor := o.rep("auditor")
	ids := o.inARow("A", "B", "C", "D", "E")
	o.opens(ids[0], "10:30-12:00")
	o.opens(ids[2], "Th off; Mo 08:00-20:00")
	r := FreshRetailer()
	r.Code, r.Name = "F", "nobody knows where"
	r, err := o.AddRetailer(context.Background(), o.admin, r, nil)
	o.must(err)
	far := o.retailer("G", orb.Point{bund[0], bund[1] + 3})
	made := o.routes(o.drawn("2026-03-01", "2026-03-03", append(ids, r.ID, far)...), []rounds.Day{"2026-03-05"}, auditor)
	got := o.shopsIn(made)
	if len(got) != 7 || got[3] != "05 A 10:30" || got[4][:4] != "05 F" || got[5] != "C: never_open" || got[6] != "G: too_far" {
		t.Errorf("%q", got)
	}
	if made.Planned != 5 {
		t.Errorf("%d planned", made.Planned)
	}
}

// What is given to an auditor stays; what is new goes after it.
func TestAuditRoutesGoOnWhereTheyWere(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	auditor := o.rep("auditor")
	ids := o.inARow("A", "B", "C", "D")
	audit := o.drawn("2026-03-01", "2026-03-03", ids...)
	standing := func(id rounds.RetailerID, to rounds.PickStanding) {
		o.do(`update audit_picks set role = 'reserve', standing = $3 where org_id = $1 and retailer_id = $2`, o.org.ID, id, to)
	}
	standing(ids[3], rounds.PickWaiting)
	day := []rounds.Day{"2026-03-05"}
	before := o.routes(audit, day, auditor)
	wantLines(t, "at first", o.shopsIn(before), "05 A 08:30", "05 B 08:40", "05 C 08:51")

	standing(ids[1], rounds.PickOut)
	standing(ids[3], rounds.PickIn)
	after := o.routes(audit, day, auditor)
	wantLines(t, "one gone, one come", o.shopsIn(after), "05 A 08:30", "05 C 08:51", "05 D 09:01")
	if kept, was := after.Routes[0].Stops[:2], before.Routes[0].Stops; kept[0] != was[0] || kept[1] != was[2] || after.Routes[0].Revision != 2 {
		t.Errorf("%+v, were %+v", kept, was)
	}
	other := o.drawn("2026-03-01", "2026-03-03", o.inARow("X", "Y")...)
	wantLines(t, "another audit's on the same day", o.shopsIn(o.routes(other, day, auditor)), "05 Y 09:12", "05 X 09:23")

	o.set(onDay(1))
	in := checkIn(ids[1], onDay(1))
	in.stop = before.Routes[0].Stops[1].ID
	o.send(auditor, in)
	wantLines(t, "the stop of a shop that is out is still the auditor's", o.texts(`select audit::text from visits where org_id = $1`, o.org.ID), "true")
}

// A route that is taken off keeps what was visited, and whoever was not is planned again.
func TestVisitedStopsStayOnARoute(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	auditor, second := o.rep("auditor"), o.rep("second")
	ids := o.inARow("A", "B", "C")
	audit := o.drawn("2026-03-01", "2026-03-03", ids...)
	before := o.routes(audit, []rounds.Day{"2026-03-05"}, auditor)
	o.set(onDay(1))
	in := checkIn(ids[0], onDay(1))
	in.stop = before.Routes[0].Stops[0].ID
	o.send(auditor, in)
	o.must(o.WithdrawAuditRoute(context.Background(), o.admin, before.Routes[0].ID))
	after := o.routes(audit, []rounds.Day{"2026-03-05", "2026-03-06"}, second)
	got := o.shopsIn(after)
	if len(got) != 3 || got[0] != "05 A 08:30" || after.Planned != 2 || after.Routes[0].AuditorID != auditor.UserID {
		t.Errorf("%q", got)
	}
	asked, err := o.store.AskedVisits(context.Background(), o.org.ID, rounds.Audit{From: "2026-03-01", To: "2026-03-09"}, ids)
	if err != nil || len(asked) != 0 {
		t.Errorf("an auditor's visit is asked about: %v, %v", asked, err)
	}
	interests, err := o.store.Interests(context.Background(), o.org.ID, []rounds.UserID{auditor.UserID}, ids, "2026-03-01", "2026-03-09", "2026-03-05", "2026-03-05")
	if err != nil || len(interests) != 0 {
		t.Errorf("an audit is an interest: %v, %v", interests, err)
	}
	if first := after.Routes[1].Stops[0].PlannedAt; first.Before(onDay(1)) {
		t.Errorf("planned for %v, and it is %v", first, onDay(1))
	}
}

func TestDaysOnWhichNobodyAudits(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	ill, busy, idle := o.rep("ill"), o.rep("busy"), o.rep("idle")
	ids := o.inARow("A", "B")
	_, err := o.AddLeave(context.Background(), o.admin, rounds.Leave{RepID: ill.UserID, From: "2026-03-05", Until: "2026-03-05"})
	o.must(err)
	o.makePlan(busy, "2026-03-05", o.retailer("Z", bund))
	o.must(o.PutCalendar(context.Background(), o.admin, rounds.CalendarYear{
		Year: 2026, Days: []rounds.SpecialDay{{Date: "2026-03-06", Name: "a feast"}},
	}, "announced"))
	o.set(time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)) // past the end of the day
	audit := o.drawn("2026-03-01", "2026-03-03", ids...)
	made := o.routes(audit, []rounds.Day{"2026-03-04", "2026-03-05", "2026-03-06"}, ill, busy, idle)
	name := map[rounds.UserID]string{ill.UserID: "ill", busy.UserID: "busy", idle.UserID: "idle"}
	var got []string
	for _, d := range made.NoDay {
		got = append(got, fmt.Sprintf("%s %s %s", d.Day[8:], name[d.AuditorID], d.Reason))
	}
	wantLines(t, "no days", got, "04 ill no_time_left", "04 busy no_time_left", "04 idle no_time_left",
		"05 ill leave", "05 busy has_plan", "06 ill holiday", "06 busy holiday", "06 idle holiday")
	if len(made.Routes) != 1 || made.Routes[0].AuditorID != idle.UserID || len(made.Routes[0].Stops) != 2 {
		t.Errorf("%+v", made.Routes)
	}
}

func TestOnlyADrawnAuditHasRoutes(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	auditor := o.rep("auditor")
	audit := o.drawn("2026-03-01", "2026-03-03", o.inARow("A")...)
	route := o.routes(audit, []rounds.Day{"2026-03-05"}, auditor).Routes[0]
	now := o.now()
	audit, err := o.store.Audit(context.Background(), o.admin.Scope(), audit.ID)
	o.must(err)
	audit.Status, audit.EndedAt, audit.EndedBy, audit.Reason = rounds.AuditCancelled, &now, o.admin.UserID, "no time"
	o.must(o.store.UpdateAudit(context.Background(), o.org.ID, audit))
	_, err = o.PlanAuditRoutes(context.Background(), o.admin, audit.ID, NewAuditRoutes{
		Auditors: []RouteAuditor{{ID: auditor.UserID}}, Days: []rounds.Day{"2026-03-05"}, Service: 600,
	})
	wantCode(t, "plan", err, rounds.Conflict)
	_, err = o.OrderAuditRoute(context.Background(), o.admin, route.ID, 1, []rounds.StopID{route.Stops[0].ID})
	wantCode(t, "order", err, rounds.Conflict)
	wantCode(t, "withdraw", o.WithdrawAuditRoute(context.Background(), o.admin, route.ID), rounds.Conflict)
	left, err := o.store.AuditRoutesBetween(context.Background(), o.org.ID, []rounds.UserID{auditor.UserID}, "2026-03-05", "2026-03-05")
	if err != nil || len(left) != 0 {
		t.Errorf("the auditor still has %v, %v", left, err)
	}
}

// someAudit is a question for routes without a database.
func someAudit(retailers []rounds.Retailer, auditors int, days []daytime) *auditWork {
	w := &auditWork{
		office: &Office{travel: roads.StraightLines(roads.Car), ways: newWayCache(waysKept), log: slog.New(slog.DiscardHandler)},
		barred: map[rounds.RetailerID]map[rounds.UserID]bool{}, retailers: retailers,
	}
	for range auditors {
		w.auditors = append(w.auditors, rounds.User{ID: rounds.NewID[rounds.User]()})
	}
	for _, d := range days {
		for i := range auditors {
			s := shift{daytime: d, auditor: i}
			s.opens, s.closes = d.hours.Span()
			w.shifts = append(w.shifts, s)
		}
	}
	return w
}

// Whatever the hours, ends and interests: each retailer is once on a route or left out; none with whom it must not be; those with a pin
// within their hours and the day; one after the other.
func TestSharedAuditRoutes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		retailers := someRetailers(18).Draw(t, "retailers")
		for i := range retailers {
			from := rapid.IntRange(0, 23*60).Draw(t, "from")
			span := fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, 24, 0)
			retailers[i].OpeningHours = rapid.SampledFrom([]string{"", "", span, "We off", "Mo-Su 08:00-12:00"}).Draw(t, "hours")
			retailers[i].ServiceSeconds = 600
		}
		long := usualDay("2026-03-05")
		long.hours.Lunch = &rounds.Lunch{From: "11:30", Until: "13:00", Minutes: 45}
		short := usualDay("2026-03-04")
		short.hours = rounds.Workday{Begins: "09:00", Ends: "10:00"}
		w := someAudit(retailers, 2, []daytime{short, long})
		for i := range w.shifts {
			if rapid.Bool().Draw(t, "begins somewhere") {
				w.shifts[i].start = &orb.Point{bund[0] + 0.02, bund[1] - 0.01}
			}
			if rapid.Bool().Draw(t, "ends somewhere") {
				w.shifts[i].end = &orb.Point{bund[0] - 0.01, bund[1] - 0.02}
			}
		}
		for _, r := range retailers {
			w.barred[r.ID] = map[rounds.UserID]bool{w.auditors[0].ID: rapid.Bool().Draw(t, "barred"), w.auditors[1].ID: rapid.Bool().Draw(t, "barred")}
		}
		if err := w.plan(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.checkShared(t)
	})
}

func (w *auditWork) checkShared(t rapid.TB) {
	left := map[rounds.RetailerID]rounds.Retailer{}
	for _, r := range w.retailers {
		left[r.ID] = r
	}
	for _, s := range w.shifts {
		r := s.extended()
		clock := s.at(s.opens)
		for _, stop := range r.Stops {
			shop, ok := left[stop.RetailerID]
			delete(left, stop.RetailerID)
			clock = clock.Add(time.Duration(stop.LegSeconds) * time.Second)
			over := stop.PlannedAt.Add(time.Duration(stop.ServiceSeconds) * time.Second)
			switch {
			case !ok:
				t.Fatalf("%v is visited twice", stop.RetailerID)
			case w.barred[shop.ID][w.auditors[s.auditor].ID]:
				t.Fatalf("%s is audited by whom it is barred to", shop.Code)
			case stop.PlannedAt.Before(clock):
				t.Fatalf("%s begins at %v, and is reached at %v", shop.Code, stop.PlannedAt, clock)
			case shop.Pin != nil && (stop.OutsideHours || !isOpen(shop, stop.PlannedAt, over)):
				t.Fatalf("%s (%s) is visited at %v", shop.Code, shop.OpeningHours, stop.PlannedAt)
			}
			clock = over
		}
		if len(r.Stops) > 0 && (r.EndsAt.After(s.at(s.closes)) || r.EndsAt.Before(clock) || r.StartsAt.Before(s.at(s.opens))) {
			t.Fatalf("a day from %v to %v with stops until %v", r.StartsAt, r.EndsAt, clock)
		}
	}
	for _, l := range w.made.LeftOut {
		if _, ok := left[l.RetailerID]; !ok || l.Reason == "" {
			t.Fatalf("left out: %v", l)
		}
		delete(left, l.RetailerID)
	}
	if len(left) > 0 {
		t.Fatalf("%d retailers are neither visited nor named", len(left))
	}
}

// strewn are retailers all over a town of some 20 km.
func strewn(n int) []rounds.Retailer {
	retailers := make([]rounds.Retailer, n)
	for i := range retailers {
		at := orb.Point{bund[0] + 0.2*float64(i*7919%n)/float64(n), bund[1] + 0.15*float64(i*104729%n)/float64(n)}
		retailers[i] = rounds.Retailer{ID: rounds.NewID[rounds.Retailer](), Code: fmt.Sprint(i), ServiceSeconds: 600, Pin: &geo.Pin{Point: at}}
	}
	return retailers
}

// Days are even, and shorter by far than those of retailers in the order in which they were drawn.
func TestAuditRoutesAreShortAndEven(t *testing.T) {
	t.Parallel()
	retailers := strewn(59)
	w := someAudit(retailers, 3, []daytime{usualDay("2026-03-04"), usualDay("2026-03-05")})
	if err := w.plan(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.checkShared(t)
	var shared, drawn, most, least float64
	for i := range w.shifts {
		r := w.shifts[i].extended()
		hours := r.EndsAt.Sub(r.StartsAt).Hours()
		shared += r.DistanceM
		most = max(most, hours)
		if least == 0 || hours < least {
			least = hours
		}
	}
	ground, err := w.groundOf(context.Background(), retailers)
	if err != nil {
		t.Fatal(err)
	}
	for i := range retailers[1:] {
		if (i+1)%10 != 0 { // where another day begins
			drawn += float64(ground.ways.meters(i, i+1))
		}
	}
	if w.made.Planned != 59 || shared > 0.5*drawn || most-least > 0.5 {
		t.Errorf("%d planned, %.1f km, in the order drawn %.1f km, days of %.2f to %.2f h", w.made.Planned, shared/1000, drawn/1000, least, most)
	}
}

// As many as anybody draws are answered, in the time that other answers take.
func TestManyAuditRoutes(t *testing.T) {
	t.Parallel()
	const many = 1000
	retailers := strewn(many)
	for i := 0; i < many; i += 3 {
		retailers[i].OpeningHours = "10:00-22:00"
	}
	days := make([]daytime, 10)
	for i := range days {
		days[i] = usualDay(rounds.Day("2026-03-04").Add(i))
	}
	w := someAudit(retailers, 4, days)
	if err := w.plan(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.checkShared(t)
	if w.made.Planned != many {
		t.Errorf("%d of %d planned", w.made.Planned, many)
	}
}

// A question larger than memory is answered in parts, and whom nobody may visit takes no room from others.
func TestTooManyAuditRoutes(t *testing.T) {
	t.Parallel()
	retailers := strewn(mostAuditRetailers + 30)
	for i := range 10 {
		retailers[i].OpeningHours = "off"
	}
	w := someAudit(retailers, 4, []daytime{usualDay("2026-03-04")})
	if err := w.plan(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.checkShared(t)
	why := map[string]int{}
	for _, l := range w.made.LeftOut {
		why[l.Reason]++
	}
	if want := map[string]int{leftNeverOpen: 10, leftTooMany: 20, leftNoTime: mostAuditRetailers - w.made.Planned}; !maps.Equal(why, want) {
		t.Errorf("left out %v, want %v", why, want)
	}
}

// hundredTown is an OSRM that takes no more than 100 places at once, as one does unless it was told otherwise, and no more than so many
// questions: each leg has 777 m.
func hundredTown(t *testing.T, most int32) (travel *roads.Travel, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	chosen := func(r *http.Request, name string, all int) int {
		_, list, some := strings.Cut(r.URL.RawQuery, name+"=")
		if list, _, _ = strings.Cut(list, "&"); some {
			return strings.Count(list, ";") + 1
		}
		return all
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		places := strings.Count(r.URL.Path, ";") + 1
		if asked.Add(1) > most || places > roads.OSRMLimit {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"code":"TooBig"}`))
			return
		}
		from, to := chosen(r, "sources", places), chosen(r, "destinations", places)
		line := func(n string) string { return "[" + strings.TrimSuffix(strings.Repeat(n+",", to), ",") + "]" }
		table := func(n string) string { return "[" + strings.TrimSuffix(strings.Repeat(line(n)+",", from), ",") + "]" }
		fmt.Fprintf(w, `{"code":"Ok","durations":%s,"distances":%s}`, table("90"), table("777"))
	}))
	t.Cleanup(s.Close)
	travel, err := roads.AskOSRM(s.URL, roads.Car, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(travel.Close)
	return travel, asked
}

// More places than a network service takes at once are asked for in parts; if one fails, straight lines stand in, and the routes say so.
func TestAuditRoutesByAServiceThatTakesAHundredPlaces(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what  string
		most  int32 // questions
		asked int32
		want  rounds.Travel
	}{
		{"all parts", 49, 49, rounds.Travel{Source: "osrm", Wanted: "osrm"}},
		{"but the last", 48, 49, rounds.Travel{Source: "straight", Wanted: "osrm", Fallback: "refused"}},
	} {
		travel, asked := hundredTown(t, row.most)
		w := someAudit(strewn(320), 4, []daytime{usualDay("2026-03-04"), usualDay("2026-03-05"), usualDay("2026-03-06")})
		w.office.travel = travel
		if err := w.plan(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.checkShared(t)
		if asked.Load() != row.asked || w.made.Planned == 0 {
			t.Errorf("%s: %d questions, %d planned", row.what, asked.Load(), w.made.Planned)
		}
		for _, s := range w.shifts {
			r := s.extended()
			if r.Travel != row.want {
				t.Errorf("%s: %+v, want %+v", row.what, r.Travel, row.want)
			}
			for i, stop := range r.Stops {
				if byService := row.want.Source == "osrm"; i > 0 && (stop.Leg == 777) != byService {
					t.Errorf("%s: a leg of %v m", row.what, stop.Leg)
				}
			}
		}
	}
}
