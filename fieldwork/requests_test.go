package fieldwork

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
)

func past(minute int) time.Time { return morning.Add(time.Duration(minute) * time.Minute) } // from 10:30 on

// forgotten, missed and disputed are requests as a phone would send them.
func forgotten(visit rounds.EventID, end time.Time) rounds.Request {
	return rounds.Request{
		ID: rounds.NewID[rounds.Request](), Kind: rounds.ForgottenCheckOut, VisitID: rounds.VisitID(visit), ClaimedEnd: &end, Reason: "the bell rang",
	}
}

func missed(r rounds.RetailerID, start, end time.Time) rounds.Request {
	return rounds.Request{
		ID: rounds.NewID[rounds.Request](), Kind: rounds.MissedCheckIn, RetailerID: r, ClaimedStart: &start, ClaimedEnd: &end, Reason: "no battery",
	}
}

func disputed(visit rounds.EventID) rounds.Request {
	return rounds.Request{ID: rounds.NewID[rounds.Request](), Kind: rounds.Dispute, VisitID: rounds.VisitID(visit), Reason: "I was there"}
}

// ask files a request when what it claims is over.
func (o *town) ask(rep rounds.Actor, r rounds.Request) rounds.RequestID {
	o.t.Helper()
	if r.ClaimedEnd != nil {
		o.clock.Store(max(o.clock.Load(), r.ClaimedEnd.UnixMicro()))
	}
	_, fresh, err := o.AddRequest(context.Background(), rep, r)
	o.must(err)
	if !fresh {
		o.t.Fatalf("%s was there before", r.ID)
	}
	return r.ID
}

func (o *town) answer(boss rounds.Actor, id rounds.RequestID, verdict rounds.RequestStatus) {
	o.t.Helper()
	_, err := o.DecideRequest(context.Background(), boss, id, verdict, "as the shop says")
	o.must(err)
}

// deriveFromNothing wants the same visits again, as they stand and when all are gone.
func (o *town) deriveFromNothing(what string) {
	o.t.Helper()
	want := o.dump()
	n, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {})
	if err != nil || changed != 0 {
		o.t.Errorf("%s: of %d visits %d changed: %v", what, n, changed, err)
	}
	o.do(`delete from visits where org_id = $1`, o.org.ID)
	again, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {})
	if err != nil || again != n || int(changed) != n {
		o.t.Errorf("%s, from nothing: %d visits, %d changed, want %d: %v", what, again, changed, n, err)
	}
	if diff := cmp.Diff(want, o.dump()); diff != "" {
		o.t.Errorf("%s, from nothing: %s", what, diff)
	}
}

// scene is an org of its own, with a rep, their boss and two retailers.
type scene struct {
	*town
	rep, boss rounds.Actor
	a, b      rounds.RetailerID
}

// asked is a request that was decided a second later.
func (s scene) asked(r rounds.Request, verdict rounds.RequestStatus) rounds.RequestID {
	id := s.ask(s.rep, r)
	s.pass(time.Second)
	s.answer(s.boss, id, verdict)
	return id
}

// played is what was done in a scene, and the visits that follow from it.
type played struct {
	name string
	play func(s scene)
	want string
}

func wantPlayed(t *testing.T, tests []played) {
	t.Helper()
	o := newTown(t)
	for _, tt := range tests {
		o.set(morning)
		o.newOrg("Asia/Shanghai")
		s := scene{o, o.rep("rep"), o.person(o.admin, "boss", rounds.RoleSupervisor), o.retailer("A", bund), o.retailer("B", bund)}
		tt.play(s)
		if line := strings.Join(o.visits(), "; "); line != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, line, tt.want)
		}
		o.deriveFromNothing(tt.name)
	}
}

func TestVisitsEndByRequest(t *testing.T) {
	t.Parallel()
	wantPlayed(t, []played{
		{"a forgotten check-out, accepted", func(s scene) {
			in := checkIn(s.a, past(0))
			s.send(s.rep, in)
			s.asked(forgotten(in.id, past(20)), rounds.RequestAccepted)
		}, "A 10:30-10:50 20min claimed by position"},
		{"refused", func(s scene) {
			in := checkIn(s.a, past(0))
			s.send(s.rep, in)
			s.asked(forgotten(in.id, past(20)), rounds.RequestRefused)
		}, "A 10:30- by position"},
		{"not decided", func(s scene) {
			in := checkIn(s.a, past(0))
			s.send(s.rep, in)
			s.ask(s.rep, forgotten(in.id, past(20)))
		}, "A 10:30- by position"},
		{"instead of an estimate", func(s scene) {
			in := checkIn(s.a, past(0))
			s.send(s.rep, in, checkIn(s.b, past(40)))
			s.asked(forgotten(in.id, past(20)), rounds.RequestAccepted)
		}, "A 10:30-10:50 20min claimed by position; B 11:10- by position"},
		{"the check-out arrives all the same, and goes before", func(s scene) {
			in := checkIn(s.a, past(0))
			s.send(s.rep, in)
			s.asked(forgotten(in.id, past(20)), rounds.RequestAccepted)
			s.send(s.rep, in.out(past(15)))
		}, "A 10:30-10:45 15min by position"},
		{"a next check-in arrives, and leaves less time", func(s scene) {
			in := checkIn(s.a, past(0))
			s.send(s.rep, in)
			s.asked(forgotten(in.id, past(20)), rounds.RequestAccepted)
			s.send(s.rep, checkIn(s.b, past(10)))
		}, "A 10:30-10:40 10min claimed by position; B 10:40- by position"},
		{"two are accepted: the last counts", func(s scene) {
			in := checkIn(s.a, past(0))
			s.send(s.rep, in)
			later, earlier := s.ask(s.rep, forgotten(in.id, past(20))), s.ask(s.rep, forgotten(in.id, past(10)))
			s.answer(s.boss, later, rounds.RequestAccepted)
			s.pass(time.Second)
			s.answer(s.boss, earlier, rounds.RequestAccepted)
		}, "A 10:30-10:40 10min claimed by position"},
	})
}

func TestVisitsFollowFromRequests(t *testing.T) {
	t.Parallel()
	wantPlayed(t, []played{
		{"far away, disputed, accepted", func(s scene) {
			in := checkIn(s.a, past(0))
			in.place[1] += 0.1
			s.send(s.rep, in)
			s.asked(disputed(in.id), rounds.RequestAccepted)
		}, "A 10:30- by review"},
		{"far away, disputed, refused", func(s scene) {
			in := checkIn(s.a, past(0))
			in.place[1] += 0.1
			s.send(s.rep, in)
			s.asked(disputed(in.id), rounds.RequestRefused)
		}, "A 10:30-"},
		{"a missed check-in, accepted", func(s scene) {
			s.asked(missed(s.a, past(-30), past(-10)), rounds.RequestAccepted)
		}, "A 10:00-10:20 20min claimed by review"},
		{"a missed check-in, refused", func(s scene) {
			s.asked(missed(s.a, past(-30), past(-10)), rounds.RequestRefused)
		}, ""},
		{"a missed check-in closes no visit, and none closes it", func(s scene) {
			s.send(s.rep, checkIn(s.a, past(0)))
			id := s.asked(missed(s.b, past(5), past(25)), rounds.RequestAccepted)
			s.send(s.rep, checkIn(s.a, past(10)), checkIn(s.b, past(15)).out(past(20)), tap{id: rounds.NewID[rounds.VisitEvent](), of: rounds.EventID(id), retailer: s.b, at: past(11), place: bund})
		}, "A 10:30-10:40 estimated by position; B 10:35-10:55 20min claimed by review; A 10:40- by position"},
		{"a missed check-in, accepted, and refused by a review", func(s scene) {
			id := s.asked(missed(s.a, past(-30), past(-10)), rounds.RequestAccepted)
			s.pass(time.Second)
			_, err := s.Review(context.Background(), s.boss, rounds.VisitID(id), rounds.DecisionRefuse, "he was ill")
			s.must(err)
		}, "A 10:00-10:20 20min claimed"},
		{"and disputed", func(s scene) {
			id := s.asked(missed(s.a, past(-30), past(-10)), rounds.RequestAccepted)
			s.pass(time.Second)
			_, err := s.Review(context.Background(), s.boss, rounds.VisitID(id), rounds.DecisionRefuse, "he was ill")
			s.must(err)
			s.pass(time.Second)
			s.asked(disputed(rounds.EventID(id)), rounds.RequestAccepted)
		}, "A 10:00-10:20 20min claimed by review"},
	})
}

func TestAMissedCheckInSaysWhatItIs(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, boss := o.rep("rep"), o.person(o.admin, "boss", rounds.RoleSupervisor)
	own, other := o.retailer("A", bund), o.retailer("B", bund)
	o.territory("north", rep, own)
	late := time.Date(2026, 3, 4, 15, 50, 0, 0, time.UTC) // ten to twelve in the evening: the day is that of the start
	for _, tt := range []struct {
		name    string
		request rounds.Request
		outside bool
		reasons string
	}{
		{"one's own retailer", missed(own, late, late.Add(time.Hour)), false, "missed_check_in"},
		{"somebody else's", missed(other, late, late.Add(time.Hour)), true, "missed_check_in not_in_territory"},
	} {
		id := o.ask(rep, tt.request)
		o.answer(boss, id, rounds.RequestAccepted)
		d, err := o.Visit(context.Background(), boss, rounds.VisitID(id))
		o.must(err)
		var reasons []string
		for _, r := range d.Reasons {
			reasons = append(reasons, string(r))
		}
		asked := d.Requests[0]
		if d.RequestID != id || d.Outcome != "undecided" || d.Day != "2026-03-04" || strings.Join(reasons, " ") != tt.reasons || asked.OutsideTerritory != tt.outside {
			t.Errorf("%s: %+v", tt.name, d.Visit)
		}
		if asked.DecidedBy != boss.UserID || asked.DeciderName != "boss" || asked.DecisionReason != "as the shop says" || asked.Reason != "no battery" || len(d.Reviews) != 1 {
			t.Errorf("%s: %+v, %d reviews", tt.name, asked, len(d.Reviews))
		}
	}
}

// wantFields wants a refusal that names these fields, as pointer and code.
func wantFields(t *testing.T, what string, err error, code rounds.Code, fields ...string) {
	t.Helper()
	wantCode(t, what, err, code)
	var got []string
	if e, ok := errors.AsType[*rounds.Error](err); ok {
		for _, f := range e.Fields {
			got = append(got, f.Pointer+" "+f.Code)
		}
	}
	if !slices.Equal(got, fields) {
		t.Errorf("%s: %v, want %v", what, got, fields)
	}
}

func TestRequestsThatCannotBeDecided(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, ben := o.rep("rep"), o.rep("ben")
	a := o.retailer("A", bund)
	first, open, ended, bens := checkIn(a, past(-60)), checkIn(a, past(0)), checkIn(a, past(-120)), checkIn(a, past(0))
	o.send(rep, ended, ended.out(past(-110)), first, open)
	o.send(ben, bens)
	o.set(morning.Add(20 * time.Hour))
	nowhere := rounds.NewID[rounds.VisitEvent]()
	sameID := missed(a, past(-30), past(-10))
	sameID.ID = rounds.RequestID(open.id)
	both, much := forgotten(open.id, past(20)), disputed(open.id)
	both.RetailerID, much.ClaimedEnd = a, new(past(20))
	stop := disputed(open.id)
	stop.StopID = rounds.NewID[rounds.Stop]()
	for _, tt := range []struct {
		name   string
		asked  rounds.Request
		code   rounds.Code
		fields []string
	}{
		{"nothing said", rounds.Request{ID: rounds.NewID[rounds.Request](), Kind: rounds.MissedCheckIn}, rounds.Invalid, []string{"/retailer_id required", "/claimed_start required", "/claimed_end required"}},
		{"no visit", rounds.Request{ID: rounds.NewID[rounds.Request](), Kind: rounds.Dispute}, rounds.Invalid, []string{"/visit_id required"}},
		{"too much said", both, rounds.Invalid, []string{"/retailer_id not_of_this_kind"}},
		{"a dispute over time", much, rounds.Invalid, []string{"/claimed_end not_of_this_kind"}},
		{"a dispute over a stop", stop, rounds.Invalid, []string{"/stop_id not_of_this_kind"}},
		{"a visit that nobody knows", disputed(nowhere), rounds.Invalid, []string{"/visit_id not_found"}},
		{"a colleague's visit", disputed(bens.id), rounds.Invalid, []string{"/visit_id not_found"}},
		{"a retailer that nobody knows", missed(rounds.NewID[rounds.Retailer](), past(0), past(5)), rounds.Invalid, []string{"/retailer_id not_found"}},
		{"a visit that has its check-out", forgotten(ended.id, past(-100)), rounds.Conflict, []string{"/visit_id has_check_out"}},
		{"an end before the start", forgotten(open.id, past(-1)), rounds.Invalid, []string{"/claimed_end not_after_start"}},
		{"an end after the next check-in", forgotten(first.id, past(1)), rounds.Invalid, []string{"/claimed_end after_next_check_in"}},
		{"an end at the next check-in", forgotten(first.id, past(0)), "", nil},
		{"twelve hours", forgotten(open.id, past(12*60)), "", nil},
		{"more", forgotten(open.id, past(12*60).Add(time.Microsecond)), rounds.Invalid, []string{"/claimed_end over_12_hours"}},
		{"twelve hours missed", missed(a, past(0), past(12*60)), "", nil},
		{"more of them", missed(a, past(0), past(12*60+1)), rounds.Invalid, []string{"/claimed_end over_12_hours"}},
		{"no time at all", missed(a, past(0), past(0)), rounds.Invalid, []string{"/claimed_end not_after_start"}},
		{"an end still to come", forgotten(open.id, past(20*60+1)), rounds.Invalid, []string{"/claimed_end in_the_future"}},
		{"a visit still to come", missed(a, past(20*60), past(20*60+1)), rounds.Invalid, []string{"/claimed_end in_the_future"}},
		{"a year and a day ago", missed(a, morning.AddDate(-1, 0, -1), morning.AddDate(-1, 0, -1).Add(time.Hour)), rounds.Invalid, []string{"/claimed_start too_far"}},
		{"the id of an event", sameID, rounds.Conflict, nil},
	} {
		_, _, err := o.AddRequest(context.Background(), rep, tt.asked)
		wantFields(t, tt.name, err, tt.code, tt.fields...)
	}
}

func TestARequestCountsOnce(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, ben, boss := o.rep("rep"), o.rep("ben"), o.person(o.admin, "boss", rounds.RoleSupervisor)
	a := o.retailer("A", bund)
	asked := missed(a, past(-30), past(-10).Add(time.Nanosecond))
	id := o.ask(rep, asked)
	again := func(who rounds.Actor, r rounds.Request) (store.ListedRequest, error) {
		kept, fresh, err := o.AddRequest(context.Background(), who, r)
		if fresh && err == nil {
			t.Errorf("%s is new again", r.ID)
		}
		return kept, err
	}
	_, err := again(rep, asked)
	o.must(err)
	other := asked
	other.RetailerID, other.ClaimedEnd, other.Reason = o.retailer("B", bund), new(past(-9)), "else"
	_, err = again(rep, other)
	wantFields(t, "something else", err, rounds.Conflict, "/retailer_id differs", "/claimed_end differs", "/reason differs")
	_, err = again(ben, asked)
	wantFields(t, "a colleague's id", err, rounds.Conflict)
	o.answer(boss, id, rounds.RequestRefused)
	kept, err := again(rep, asked)
	if err != nil || kept.Status != rounds.RequestRefused || kept.DecisionReason == "" {
		t.Errorf("a repeat after the decision: %+v, %v", kept, err)
	}
	in := checkIn(a, past(0))
	o.send(rep, in)
	about := forgotten(in.id, past(10))
	o.ask(rep, about)
	if _, err = again(rep, about); err != nil { // whose retailer it does not name
		t.Error(err)
	}
}

func TestWhoDecidesRequests(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, boss := o.rep("rep"), o.person(o.admin, "boss", rounds.RoleSupervisor)
	a := o.retailer("A", bund)
	unit, err := o.AddUnit(context.Background(), o.admin, rounds.Unit{ParentID: o.admin.UnitID, Name: "elsewhere"})
	o.must(err)
	far, promoted := o.admin, rep
	far.UnitID, promoted.Role = unit.ID, rounds.RoleSupervisor
	id := o.ask(rep, missed(a, past(-30), past(-10)))
	for _, tt := range []struct {
		name             string
		who              rounds.Actor
		decide, withdraw rounds.Code
	}{
		{"a colleague", o.rep("ben"), rounds.Forbidden, rounds.NotFound},
		{"a planner", o.person(o.admin, "planner", rounds.RolePlanner), rounds.Forbidden, rounds.Forbidden},
		{"a supervisor elsewhere", o.person(far, "far", rounds.RoleSupervisor), rounds.NotFound, rounds.NotFound},
		{"the rep, by now a supervisor", promoted, rounds.Forbidden, ""},
		{"a supervisor, too late", boss, rounds.Conflict, rounds.Forbidden},
	} {
		_, err := o.DecideRequest(context.Background(), tt.who, id, rounds.RequestAccepted, "because")
		wantCode(t, tt.name+" decides", err, tt.decide)
		_, err = o.WithdrawRequest(context.Background(), tt.who, id)
		wantCode(t, tt.name+" withdraws", err, tt.withdraw)
	}
	if visits := o.visits(); len(visits) > 0 {
		t.Errorf("what was withdrawn made %v", visits)
	}
	_, err = o.WithdrawRequest(context.Background(), rep, id)
	wantCode(t, "withdrawn again", err, rounds.Conflict)
	again := o.ask(rep, missed(a, past(-30), past(-10)))
	o.answer(boss, again, rounds.RequestAccepted)
	_, err = o.WithdrawRequest(context.Background(), rep, again)
	wantCode(t, "withdrawn when accepted", err, rounds.Conflict)
}

func TestRequestsAboutClosedDaysAreTaken(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, boss := o.rep("rep"), o.person(o.admin, "boss", rounds.RoleSupervisor)
	a, b, c := o.retailer("A", bund), o.retailer("B", bund), o.retailer("C", bund)
	in, far := checkIn(a, past(0)), checkIn(b, past(-30))
	far.place[1] += 0.1
	o.send(rep, in, far, far.out(past(-20)))
	o.pass(24 * time.Hour)
	_, err := o.CloseDays(context.Background(), o.admin, rounds.Day("2026-03-04"), "paid")
	o.must(err)
	before := o.visits()
	for _, r := range []rounds.Request{forgotten(in.id, past(20)), disputed(far.id), missed(c, past(30), past(40))} {
		o.answer(boss, o.ask(rep, r), rounds.RequestAccepted)
	}
	if diff := cmp.Diff(before, o.visits()); diff != "" {
		t.Errorf("a closed day changed:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A: position -> position", "B:  -> review", "C: -> review"}, o.late()); diff != "" {
		t.Errorf("what would have changed:\n%s", diff)
	}
	n, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {})
	if err != nil || n != 3 || changed != 0 {
		t.Errorf("derived again: %d visits, %d changed, %v", n, changed, err)
	}
}

// An event is evidence: where a phone gives one the id of a request, the visit is that of the event.
func TestAnEventGoesBeforeARequestOfItsID(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, boss := o.rep("rep"), o.person(o.admin, "boss", rounds.RoleSupervisor)
	a, b := o.retailer("A", bund), o.retailer("B", bund)
	accepted, open := o.ask(rep, missed(a, past(-30), past(-10))), o.ask(rep, missed(a, past(-60), past(-50)))
	o.answer(boss, accepted, rounds.RequestAccepted)
	for _, id := range []rounds.RequestID{accepted, open} {
		in := checkIn(b, past(0))
		in.id = rounds.EventID(id)
		o.send(rep, in)
	}
	_, err := o.DecideRequest(context.Background(), boss, open, rounds.RequestAccepted, "because")
	wantCode(t, "accepting the other", err, rounds.Conflict)
	got := o.visits()
	slices.Sort(got)
	if line := strings.Join(got, "; "); line != "B 10:30- by position; B 10:30-10:30 estimated by review" && line != "B 10:30- by review; B 10:30-10:30 estimated by position" {
		t.Error(line)
	}
	o.deriveFromNothing("two ids")
}

func TestOneOfTwoDecisionsStands(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a := o.rep("rep"), o.retailer("A", bund)
	id := o.ask(rep, missed(a, past(-30), past(-10)))
	var codes []rounds.Code
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, name := range []string{"anna", "boris", "clara", "dmitri"} {
		boss := o.person(o.admin, name, rounds.RoleSupervisor)
		all.Go(func() {
			_, err := o.DecideRequest(context.Background(), boss, id, rounds.RequestAccepted, "says "+name)
			mu.Lock()
			defer mu.Unlock()
			codes = append(codes, rounds.CodeOf(err))
		})
	}
	all.Wait()
	slices.Sort(codes)
	if want := []rounds.Code{"", rounds.Conflict, rounds.Conflict, rounds.Conflict}; !slices.Equal(codes, want) {
		t.Errorf("%v, want %v", codes, want)
	}
	same := o.texts(`
		select q.decision_reason || ', ' || r.reason
		from requests q
		join reviews r on r.org_id = q.org_id and r.request_id = q.id and r.reviewer_id = q.decided_by
		where q.org_id = $1`, o.org.ID)
	if len(same) != 1 {
		t.Errorf("reviews: %v", same)
	}
}

// step is something that happens once the events and requests that it needs are there.
type step struct {
	needs []rounds.EventID
	do    func() error
	makes rounds.EventID
}
