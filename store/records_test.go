package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
)

func TestRetailersKeepEverything(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := rounds.Retailer{
		ID: rounds.NewID[rounds.Retailer](), Code: "310101", Name: "老王", Address: "1 Rd", Class: "A", Status: rounds.RetailerSuspended,
		ServiceSeconds: 900, VisitsPer8Weeks: 4, OrderVolume: 1 << 40, Radius: 150, Extra: map[string]string{"檔位": "30"},
	}
	o.must(o.InsertRetailers(t.Context(), o.org, []rounds.Retailer{r}, now))
	o.must(o.InsertPins(t.Context(), o.org, []NewPin{pinAt(r.ID, 1, westLake)}, now))
	a := o.territory(o.root, "a", rounds.PurposeVisit)
	o.place(today, a, r.ID)
	r.TerritoryID, r.Pin = a, &geo.Pin{Point: westLake, Sigma: 10, Source: geo.Manual, Version: 1}
	got, err := o.Retailer(t.Context(), rounds.Scope{OrgID: o.org}, today, r.ID)
	o.must(err)
	if diff := cmp.Diff(r, got); diff != "" {
		t.Error(diff)
	}
	r.Name, r.Address, r.Class, r.Status, r.ServiceSeconds, r.VisitsPer8Weeks = "New", "2 Rd", "B", rounds.RetailerClosed, 0, 0
	r.OrderVolume, r.Radius, r.Extra = 0, 0, map[string]string{}
	o.must(o.UpdateRetailers(t.Context(), o.org, []rounds.Retailer{r}, now))
	if got, _ = o.Retailer(t.Context(), rounds.Scope{OrgID: o.org}, today, r.ID); !cmp.Equal(r, got) {
		t.Error(cmp.Diff(r, got))
	}
	err = o.InTx(t.Context(), func(tx *Store) error {
		return tx.InsertRetailers(t.Context(), o.org, []rounds.Retailer{shop("310101")}, now)
	})
	wantCode(t, "the code twice", err, rounds.Conflict)
}

// The columns hold what their names say: a swap would put Hangzhou beyond the pole.
func TestLatitudeAndLongitudeKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("1")
	o.must(o.InsertPins(t.Context(), o.org, []NewPin{pinAt(r, 1, westLake)}, now))
	rep := rounds.User{ID: rounds.NewID[rounds.User](), UnitID: o.root, Name: "a", Role: rounds.RoleRep, Active: true, Home: &westLake}
	o.must(o.InsertUser(t.Context(), o.org, rep, "x", now))
	o.must(o.InsertPlan(t.Context(), o.org, rounds.Plan{ID: rounds.NewID[rounds.Plan](), RepID: rep.ID, Day: today, Revision: 1, OrderedBy: rounds.OrderedByHand, Start: &westLake, Travel: straight, CreatedAt: now}))
	_, e := o.policyAndEvent(r, rep.ID)
	o.must(insert(o.Store, o.org, e))
	for _, q := range []string{
		`select lat || ' ' || lon from pins where org_id = $1`,
		`select home_lat || ' ' || home_lon from users where org_id = $1`,
		`select start_lat || ' ' || start_lon from day_plans where org_id = $1`,
		`select lat || ' ' || lon from event_fixes where org_id = $1 and n = 1`,
	} {
		if got := o.texts(q, o.org); !slices.Equal(got, []string{"30.2553 120.1536"}) {
			t.Errorf("%s: %v", q, got)
		}
	}
}

func TestThePinInForceIsTheLast(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("1")
	moved := orb.Point{120.16, 30.26}
	o.must(o.InsertPins(t.Context(), o.org, []NewPin{pinAt(r, 2, moved), pinAt(r, 1, westLake)}, now))
	got, err := o.Retailer(t.Context(), rounds.Scope{OrgID: o.org}, today, r)
	o.must(err)
	places, err := placesOf(o.Store, o.org, []rounds.RetailerID{r}, []rounds.Day{today})
	o.must(err)
	if got.Pin.Version != 2 || got.Pin.Point != moved || !cmp.Equal(got.Pin, places[0].Pin) {
		t.Errorf("%v and %v", got.Pin, places[0].Pin)
	}
	err = o.InTx(t.Context(), func(tx *Store) error {
		return tx.InsertPins(t.Context(), o.org, []NewPin{pinAt(r, 2, westLake)}, now)
	})
	wantCode(t, "a version twice", err, rounds.Conflict)
	for name, p := range map[string]orb.Point{"beyond the pole": {30, 120}, "not a number": {math.NaN(), 1}} {
		err = o.InTx(t.Context(), func(tx *Store) error {
			return tx.InsertPins(t.Context(), o.org, []NewPin{pinAt(r, 3, p)}, now)
		})
		wantCode(t, name, err, rounds.Invalid)
	}
}

func TestPlacesAreOfTheDay(t *testing.T) {
	t.Parallel()
	d := newDistricts(t)
	d.must(d.AssignRep(t.Context(), d.org, d.northern, d.ben, "2026-03-10"))
	n, x := d.retailers["N"], d.retailers["X"]
	unknown := rounds.NewID[rounds.Retailer]()
	got, err := placesOf(d.Store, d.org, []rounds.RetailerID{n, n, n, x, unknown}, []rounds.Day{"2026-03-09", "2026-03-10", "2026-03-09", today, today})
	d.must(err)
	want := []Place{
		{RetailerID: n, Day: "2026-03-09", Status: rounds.RetailerActive, RepID: d.anna},
		{RetailerID: n, Day: "2026-03-10", Status: rounds.RetailerActive, RepID: d.ben},
		{RetailerID: x, Day: today, Status: rounds.RetailerActive},
	}
	less := cmpopts.SortSlices(func(a, b Place) bool {
		return a.RetailerID.String()+string(a.Day) < b.RetailerID.String()+string(b.Day)
	})
	if diff := cmp.Diff(want, got, less); diff != "" {
		t.Error(diff)
	}
}

// policyAndEvent puts a policy in force and makes a check-in with everything that there is.
func (o town) policyAndEvent(r rounds.RetailerID, rep rounds.UserID) (int, NewEvent) {
	o.t.Helper()
	version, err := o.InsertPolicy(o.t.Context(), o.org, Policy{Policy: geo.DefaultPolicy(), Reason: "first", CreatedAt: now})
	o.must(err)
	id := rounds.NewID[rounds.VisitEvent]()
	e := NewEvent{VisitEvent: rounds.VisitEvent{
		ID: id, RepID: rep, Kind: rounds.CheckIn, RetailerID: r, StopID: rounds.NewID[rounds.Stop](),
		Fixes: []rounds.Fix{{
			Fix:       geo.Fix{Point: westLake, Datum: geo.GCJ02, Accuracy: 8, AccuracyKind: geo.IOS, Source: geo.SourceGPS, Time: now.Add(-time.Second), Mock: true},
			AltitudeM: new(1.5), SpeedMPS: new(0.0), HeadingDeg: new(359.5),
		}, {
			Fix: geo.Fix{Point: orb.Point{math.NaN(), 91}, Datum: geo.WGS84, Accuracy: geo.Meters(math.Inf(1)), AccuracyKind: geo.UnknownKind},
		}},
		Device:   rounds.Device{ID: "phone", BootID: "boot", Seq: math.MaxInt64, Time: now.Add(123456 * time.Microsecond), UptimeMS: 7},
		Note:     "很好",
		Evidence: json.RawMessage(`[{"b": 1.50, "a": "\u0000"}]`),
		Unknown:  map[string]json.RawMessage{"/mood": json.RawMessage(`9007199254740993`)},
		Sent:     rounds.Sent{BootID: "boot", Time: now, UptimeMS: 9}, ReceivedAt: now.Add(time.Hour), Day: today,
	}}
	hash := sha256.Sum256([]byte("content"))
	e.ContentHash = hash[:]
	e.Judgement = rounds.Judgement{
		EventID: id, Revision: 1, Flags: []geo.Reason{"clock_wrong"}, JudgedAt: now,
		Measured: geo.Measured{HasPin: true, PinVersion: 1, PinSigma: new(geo.Meters(10)), Fixes: []geo.MeasuredFix{{N: 0, Age: new(geo.Seconds(1.25))}}},
		Verdict:  geo.Verdict{Outcome: geo.Undecided, Reasons: []geo.Reason{geo.Mocked, geo.NoPin}, PolicyVersion: version, Distance: new(geo.Meters(1.0 / 3))},
	}
	return version, e
}

func TestEventsComeBackAsTheyCame(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.user(o.root, "a", rounds.RoleRep)
	_, e := o.policyAndEvent(o.retailer("1"), rep)
	o.must(insert(o.Store, o.org, e))
	want := Recorded{VisitEvent: e.VisitEvent, ContentHash: e.ContentHash, Verdicts: []rounds.Judgement{e.Judgement}}
	want.Sent = rounds.Sent{}             // is the sending's, not the event's
	want.Fixes = slices.Clone(want.Fixes) // infinite is unknown
	want.Fixes[1].Accuracy = geo.Meters(math.NaN())
	same := cmp.Options{
		cmp.Comparer(func(a, b orb.Point) bool { return cmp.Equal([2]float64(a), [2]float64(b), cmpopts.EquateNaNs()) }),
		cmp.Comparer(func(a, b geo.Meters) bool { return a == b || (a != a && b != b) }),
	}
	for name, read := range map[string]func() ([]Recorded, error){
		"by id": func() ([]Recorded, error) { return o.Events(t.Context(), o.org, []rounds.EventID{e.VisitEvent.ID}) },
		"since": func() ([]Recorded, error) {
			return o.EventsSince(t.Context(), o.org, rep, e.ReceivedAt, rounds.EventID{}, 10)
		},
		"of visit": func() ([]Recorded, error) {
			return o.EventsOfVisit(t.Context(), o.org, rounds.VisitID(e.VisitEvent.ID))
		},
	} {
		got, err := read()
		if diff := cmp.Diff([]Recorded{want}, got, same); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	if sent := o.texts(`select sent_boot_id || ' ' || sent_uptime_ms || ' ' || (sent_time = $2)::text from visit_events where org_id = $1`, o.org, now); !slices.Equal(sent, []string{"boot 9 true"}) {
		t.Errorf("sent: %v", sent)
	}
	err := o.InTx(t.Context(), func(tx *Store) error { return insert(tx, o.org, e) })
	wantCode(t, "an id twice", err, rounds.Conflict)
}

func TestEventsSincePagesThroughAll(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, r := o.user(o.root, "a", rounds.RoleRep), o.retailer("1")
	_, e := o.policyAndEvent(r, rep)
	var want []rounds.EventID
	for i := range 7 {
		e.VisitEvent.ID = rounds.NewID[rounds.VisitEvent]()
		e.Judgement.EventID = e.VisitEvent.ID
		e.ReceivedAt = now.Add(time.Duration(i/3) * time.Second) // several at one instant
		o.must(insert(o.Store, o.org, e))
		want = append(want, e.VisitEvent.ID)
	}
	var got []rounds.EventID
	since, after := now, rounds.EventID{}
	for {
		page, err := o.EventsSince(t.Context(), o.org, rep, since, after, 2)
		o.must(err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got = append(got, e.ID)
		}
		since, after = page[len(page)-1].ReceivedAt, page[len(page)-1].ID
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

var straight = rounds.Travel{Source: "straight", Wanted: "straight"}

func TestPlansAreOnePerRepAndDay(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.user(o.root, "a", rounds.RoleRep)
	r1, r2 := o.retailer("1"), o.retailer("2")
	stop := func(r rounds.RetailerID) rounds.Stop {
		return rounds.Stop{ID: rounds.NewID[rounds.Stop](), RetailerID: r, PlannedAt: now, ServiceSeconds: 600, Leg: 120.5, LegSeconds: 33, LegStraight: true}
	}
	p := rounds.Plan{
		ID: rounds.NewID[rounds.Plan](), RepID: rep, Day: today, Revision: 1, OrderedBy: rounds.OrderedBySolver, RoundTrip: true, Start: &westLake,
		Distance: 241, Before: 300, Optimised: 241, Stops: []rounds.Stop{stop(r2), stop(r1)}, CreatedAt: now, CreatedBy: rep,
		Travel: rounds.Travel{Source: "roads", Wanted: "osrm", Fallback: "no_way"}, TravelSeconds: 66, BeforeSeconds: 90, OptimisedSeconds: 65,
	}
	o.must(o.InsertPlan(t.Context(), o.org, p))
	org := rounds.Scope{OrgID: o.org}
	got, err := o.Plan(t.Context(), org, p.ID)
	byDay, err2 := o.PlanOfDay(t.Context(), o.org, rep, today)
	if diff := cmp.Diff(p, got) + cmp.Diff(p, byDay); diff != "" || err != nil || err2 != nil {
		t.Errorf("%v, %v %s", err, err2, diff)
	}
	insert := func(p rounds.Plan) error {
		return o.InTx(t.Context(), func(tx *Store) error { return tx.InsertPlan(t.Context(), o.org, p) })
	}
	second := p
	second.ID, second.Stops = rounds.NewID[rounds.Plan](), nil
	wantCode(t, "a second plan of the day", insert(second), rounds.Conflict)
	second.Day = "2026-03-05"
	second.Stops = []rounds.Stop{stop(r1), stop(r1)}
	wantCode(t, "a retailer twice", insert(second), rounds.Conflict)
	second.Stops = []rounds.Stop{stop(r1)}
	wantCode(t, "the next day", insert(second), "")

	p.Revision, p.OrderedBy, p.Distance, p.Stops = 2, rounds.OrderedByHand, 250, []rounds.Stop{p.Stops[1], p.Stops[0]}
	p.Travel, p.TravelSeconds, p.Optimised, p.OptimisedSeconds = straight, 70, 240, 64
	o.must(o.UpdatePlan(t.Context(), o.org, p))
	if got, err = o.Plan(t.Context(), org, p.ID); !cmp.Equal(p, got) {
		t.Errorf("%v %s", err, cmp.Diff(p, got))
	}
	listed, err := o.Plans(t.Context(), org, today, rounds.UserID{})
	if err != nil || len(listed) != 1 || listed[0].StopsCount != 2 || listed[0].ID != p.ID {
		t.Errorf("listed %v, %v", listed, err)
	}
	_, err = o.Plan(t.Context(), rounds.Scope{OrgID: o.org, RepID: rounds.NewID[rounds.User]()}, p.ID)
	wantCode(t, "another rep's plan", err, rounds.NotFound)
	o.must(o.DeletePlan(t.Context(), o.org, p.ID))
	_, err = o.PlanOfDay(t.Context(), o.org, rep, today)
	wantCode(t, "a deleted plan", err, rounds.NotFound)
}

func TestPoliciesCountUp(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	_, err := o.Policy(t.Context(), o.org)
	wantCode(t, "no policy yet", err, rounds.NotFound)
	for want := 1; want <= 3; want++ {
		p := Policy{Policy: geo.DefaultPolicy(), Reason: "stricter", CreatedAt: now}
		p.Version, p.Radius = 99, geo.Meters(100-want)
		got, err := o.InsertPolicy(t.Context(), o.org, p)
		if err != nil || got != want {
			t.Errorf("version %d, want %d: %v", got, want, err)
		}
	}
	p, err := o.Policy(t.Context(), o.org)
	all, err2 := o.Policies(t.Context(), o.org)
	if err != nil || err2 != nil || p.Version != 3 || p.Radius != 97 || len(all) != 3 || !cmp.Equal(all[0], p) || all[2].Version != 1 {
		t.Errorf("%v of %v: %v, %v", p, all, err, err2)
	}
}

// Two administrators change the policy at once: one of them hears that the other was first.
func TestPoliciesInsertedAtOnce(t *testing.T) {
	t.Parallel()
	o := townIn(t, opened(t, ""))
	second := make(chan error)
	err := o.InTx(t.Context(), func(tx *Store) error {
		if _, err := tx.InsertPolicy(t.Context(), o.org, Policy{Policy: geo.DefaultPolicy(), Reason: "a", CreatedAt: now}); err != nil {
			return err
		}
		go func() {
			_, err := o.InsertPolicy(context.Background(), o.org, Policy{Policy: geo.DefaultPolicy(), Reason: "b", CreatedAt: now})
			second <- err
		}()
		o.awaitWaiting()
		return nil
	})
	o.must(err)
	wantCode(t, "the second", <-second, rounds.Conflict)
	if all, _ := o.Policies(t.Context(), o.org); len(all) != 1 || all[0].Reason != "a" {
		t.Errorf("policies %v", all)
	}
}

// awaitWaiting returns when some session of this database waits for a lock.
func (o town) awaitWaiting() {
	o.t.Helper()
	const q = `
		select count(*)
		from pg_stat_activity
		where datname = current_database() and wait_event_type = 'Lock'`
	for ctx, cancel := context.WithTimeout(o.t.Context(), 5*time.Minute); ; {
		n, err := one[int](ctx, o.db, q)
		if err != nil || n > 0 {
			cancel()
			o.must(err)
			return
		}
	}
}

func hashed(items ...rounds.Quarantined) []NewQuarantined {
	out := make([]NewQuarantined, len(items))
	for i, it := range items {
		out[i] = NewQuarantined{it, sha256.Sum256(it.Raw)}
	}
	return out
}

func TestQuarantineKeepsAnItemOnce(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	a, b := o.user(o.root, "a", rounds.RoleRep), o.user(o.root, "b", rounds.RoleRep)
	r := rounds.NewID[rounds.Retailer]()
	item := func(rep rounds.UserID, raw string, at time.Time) rounds.Quarantined {
		return rounds.Quarantined{
			ID: rounds.NewID[rounds.Quarantined](), RepID: rep, EventID: rounds.NewID[rounds.VisitEvent](), RetailerID: r, Code: "unknown_retailer",
			Problem: "not known", Raw: []byte(raw), Sent: rounds.Sent{BootID: "b", Time: now, UptimeMS: 1}, ReceivedAt: at,
		}
	}
	first, later, others := item(a, "\xff\x00", now), item(a, "y", now.Add(time.Second)), item(b, "\xff\x00", now.Add(2*time.Second))
	o.must(o.InsertQuarantined(t.Context(), o.org, hashed(later, others, first)))
	o.must(o.InsertQuarantined(t.Context(), o.org, hashed(item(a, "\xff\x00", now.Add(time.Hour)))))
	waiting, err := o.WaitingFor(t.Context(), o.org, []rounds.RetailerID{r})
	if diff := cmp.Diff([]rounds.Quarantined{first, later, others}, waiting); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	mine, err := o.QuarantinedEvents(t.Context(), o.org, a, []rounds.EventID{first.EventID, others.EventID})
	if diff := cmp.Diff([]rounds.Quarantined{first}, mine); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	o.must(o.ResolveQuarantined(t.Context(), o.org, []rounds.ID[rounds.Quarantined]{first.ID}, now))
	if waiting, _ = o.WaitingFor(t.Context(), o.org, []rounds.RetailerID{r}); len(waiting) != 2 {
		t.Errorf("%d wait, want 2", len(waiting))
	}
	o.must(o.InsertQuarantined(t.Context(), o.org, hashed(item(a, "\xff\x00", now))))
	if waiting, _ = o.WaitingFor(t.Context(), o.org, []rounds.RetailerID{r}); len(waiting) != 2 {
		t.Error("a resolved item that is sent again waits again")
	}
}

// Two imports at once do not take the same item, nor wait for one another.
func TestWaitingForPassesOverWhatAnotherWorksOn(t *testing.T) {
	t.Parallel()
	o := townIn(t, opened(t, ""))
	rep, r := o.user(o.root, "a", rounds.RoleRep), rounds.NewID[rounds.Retailer]()
	q := rounds.Quarantined{ID: rounds.NewID[rounds.Quarantined](), RepID: rep, RetailerID: r, Code: "x", Raw: []byte("x"), ReceivedAt: now}
	o.must(o.InsertQuarantined(t.Context(), o.org, hashed(q)))
	err := o.InTx(t.Context(), func(tx *Store) error {
		mine, err := tx.WaitingFor(t.Context(), o.org, []rounds.RetailerID{r})
		if err != nil {
			return err
		}
		others, err := o.WaitingFor(t.Context(), o.org, []rounds.RetailerID{r})
		if len(mine) != 1 || len(others) != 0 {
			t.Errorf("one has %d, the other %d", len(mine), len(others))
		}
		return err
	})
	o.must(err)
}

// An upload locks a rep, and nobody who merely refers to the rep has to wait for it.
func TestLockRepsHoldsUpUploadsAlone(t *testing.T) {
	t.Parallel()
	o := townIn(t, opened(t, "lock_timeout=100ms"))
	rep := o.user(o.root, "a", rounds.RoleRep)
	err := o.InTx(t.Context(), func(tx *Store) error {
		if err := tx.LockReps(t.Context(), o.org, []rounds.UserID{rep}); err != nil {
			return err
		}
		o.must(o.InsertSession(t.Context(), o.org, Session{ID: rounds.NewID[Session](), UserID: rep}, now))
		err := o.InTx(t.Context(), func(other *Store) error { return other.LockReps(t.Context(), o.org, []rounds.UserID{rep}) })
		if got := sqlState(err); got != "55P03" {
			t.Errorf("a second upload of the rep: %q, want to wait", got)
		}
		return nil
	})
	o.must(err)
}

func TestProcessesAgreeOnASigningKey(t *testing.T) {
	t.Parallel()
	s := opened(t, "")
	found := make(chan []SigningKey)
	for i := range 4 {
		go func() {
			seed := sha256.Sum256([]byte{byte(i)})
			keys, err := s.SigningKeys(context.Background(), SigningKey{KID: string(rune('a' + i)), Seed: seed[:], CreatedAt: now})
			if err != nil {
				t.Error(err)
			}
			found <- keys
		}()
	}
	first := <-found
	for range 3 {
		if other := <-found; len(first) != 1 || !cmp.Equal(first, other) {
			t.Errorf("%v and %v", first, other)
		}
	}
}

// placesOf are the places among an upload's surroundings.
func placesOf(s *Store, org rounds.OrgID, retailers []rounds.RetailerID, days []rounds.Day) ([]Place, error) {
	if _, err := s.Policy(context.Background(), org); rounds.CodeOf(err) == rounds.NotFound {
		if _, err := s.InsertPolicy(context.Background(), org, Policy{Policy: geo.DefaultPolicy(), Reason: "first", CreatedAt: now}); err != nil {
			return nil, err
		}
	}
	found, err := s.Surroundings(context.Background(), org, Wanted{Retailers: retailers, Days: days, Reps: make([]rounds.UserID, len(days))})
	return found.Places, err
}

func insert(s *Store, org rounds.OrgID, e NewEvent) error {
	_, err := s.InsertEvents(context.Background(), org, []NewEvent{e}, []rounds.UserID{e.RepID})
	return err
}
