package fieldwork

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/internal/pgtest"
	"rounds/store"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"go.uber.org/goleak"
)

// process is the test that lasts as long as the process: what it opens, all tests share.
type process struct {
	testing.TB
	cleanups []func()
}

func (p *process) Helper()                      {}
func (p *process) Cleanup(f func())             { p.cleanups = append(p.cleanups, f) }
func (p *process) Fatalf(form string, a ...any) { panic(fmt.Sprintf(form, a...)) }
func (p *process) Errorf(form string, a ...any) { fmt.Fprintf(os.Stderr, form+"\n", a...) }

var theProcess process

// shared is one database for all tests that can live beside others' orgs, once as a Store and once for
// looking into it.
var shared = sync.OnceValue(func() database { return openDatabase(&theProcess) })

type database struct {
	url  string
	s    *store.Store
	pool *pgxpool.Pool
}

// openDatabase makes one that is dropped at the end of the test.
func openDatabase(t testing.TB) database {
	t.Helper()
	d := database{url: pgtest.URL(t)}
	s, closeIt, err := store.Open(context.Background(), d.url)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(closeIt)
	d.s = s
	if d.pool, err = pgxpool.New(context.Background(), d.url); err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(d.pool.Close)
	return d
}

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "30"); err != nil { // the command line may still say otherwise
		panic(err)
	}
	code := m.Run()
	for _, f := range slices.Backward(theProcess.cleanups) {
		f()
	}
	if err := goleak.Find(pgtest.IgnoreServer()); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// A morning in Shanghai, where the org is unless a test says otherwise.
var morning = time.Date(2026, 3, 4, 2, 30, 0, 0, time.UTC)

// phoneStarted is when everybody's phone did.
var phoneStarted = morning.AddDate(0, 0, -7)

// bund is a place whose longitude is no latitude.
var bund = orb.Point{121.4903, 31.2397}

// town is an org in an Office with a clock that only the test moves.
type town struct {
	*Office
	t     testing.TB
	db    database
	clock *atomic.Int64 // microseconds of the epoch
	org   rounds.Org
	admin rounds.Actor
}

func newTown(t testing.TB) *town {
	t.Helper()
	return newTownIn(t, shared(), "Asia/Shanghai")
}

func newTownIn(t testing.TB, db database, zone string) *town {
	t.Helper()
	o := &town{t: t, db: db, clock: &atomic.Int64{}}
	o.set(morning)
	o.Office = New(db.s, func() time.Time { return time.UnixMicro(o.clock.Load()) }, slog.New(slog.DiscardHandler))
	t.Cleanup(o.Close)
	o.newOrg(zone)
	return o
}

// newOrg makes another org in the same Office and lets the town be it.
func (o *town) newOrg(zone string) {
	o.t.Helper()
	id := rounds.NewID[rounds.Org]()
	var err error
	o.org, err = o.AddOrg(context.Background(), "o"+id.String(), "Town", zone, geo.PlainPolicy())
	o.must(err)
	system, err := o.System(context.Background(), o.org.Slug)
	o.must(err)
	o.admin = o.person(system, "admin", rounds.RoleAdmin)
}

func (o *town) set(t time.Time) { o.clock.Store(t.UnixMicro()) }

func (o *town) pass(d time.Duration) { o.clock.Add(d.Microseconds()) }

func (o *town) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func wantCode(t testing.TB, what string, err error, code rounds.Code) {
	t.Helper()
	if got := rounds.CodeOf(err); got != code {
		t.Errorf("%s: %q (%v), want %q", what, got, err, code)
	}
}

// person adds a user to the actor's unit, without a password that costs time, and is them.
func (o *town) person(a rounds.Actor, name string, role rounds.Role) rounds.Actor {
	o.t.Helper()
	u := rounds.User{ID: rounds.NewID[rounds.User](), UnitID: a.UnitID, Name: name, DisplayName: name, Role: role, Active: true}
	o.must(o.store.InsertUser(context.Background(), a.OrgID, u, "none", o.now()))
	actor, err := o.store.Actor(context.Background(), a.OrgID, u.ID)
	o.must(err)
	return actor
}

func (o *town) rep(name string) rounds.Actor {
	o.t.Helper()
	return o.person(o.admin, name, rounds.RoleRep)
}

// retailer adds one with a pin that somebody set.
func (o *town) retailer(code string, at orb.Point) rounds.RetailerID {
	o.t.Helper()
	r := FreshRetailer()
	r.Code, r.Name = code, "Shop "+code
	r, err := o.AddRetailer(context.Background(), o.admin, r, &PinChange{Pin: geo.Pin{Point: at}, Reason: "seen"})
	o.must(err)
	return r.ID
}

// territory gives a rep retailers from today on.
func (o *town) territory(name string, rep rounds.Actor, retailers ...rounds.RetailerID) rounds.Territory {
	o.t.Helper()
	t, err := o.AddTerritory(context.Background(), o.admin, rounds.Territory{Name: name, Purpose: rounds.PurposeVisit, RepID: rep.UserID}, retailers)
	o.must(err)
	return t
}

// texts are the rows of a query of one text column, on another connection.
func (o *town) texts(sql string, args ...any) []string {
	o.t.Helper()
	rows, _ := o.db.pool.Query(context.Background(), sql, args...)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	o.must(err)
	return found
}

func (o *town) do(sql string, args ...any) {
	o.t.Helper()
	_, err := o.db.pool.Exec(context.Background(), sql, args...)
	o.must(err)
}

// tap is an event as a phone would send it: 10 m from the place, with a fix of ten seconds ago.
type tap struct {
	id, of   rounds.EventID // of: the check-in that it ends; zero: it is one
	retailer rounds.RetailerID
	stop     rounds.StopID // zero: none is named
	at       time.Time
	seq      int64
	place    orb.Point
	mock     bool
	note     string
	shown    string        // the evidence, as JSON; "": none
	ahead    time.Duration // of the truth, by the phone's clock
	boot     int
	started  time.Time // of the phone, truly; zero: a week ago
}

// checkIn is a tap at the bund.
func checkIn(r rounds.RetailerID, at time.Time) tap {
	return tap{id: rounds.NewID[rounds.VisitEvent](), retailer: r, at: at, place: bund}
}

// out ends the visit that a check-in began.
func (p tap) out(at time.Time) tap {
	q := p
	q.shown = ""
	q.id, q.of, q.at, q.seq = rounds.NewID[rounds.VisitEvent](), p.id, at, p.seq+1
	return q
}

func (p tap) json() json.RawMessage {
	kind, checkIn, stop := "check_in", "", ""
	if !p.of.IsZero() {
		kind, checkIn = "check_out", fmt.Sprintf(`"check_in_id": %q, `, p.of)
	}
	if !p.stop.IsZero() {
		stop = fmt.Sprintf(`"stop_id": %q, `, p.stop)
	}
	return json.RawMessage(fmt.Sprintf(`{"id": %q, "kind": %q, %s%s"retailer_id": %q, "note": %q,
		"fixes": [{"lat": %v, "lon": %v, "accuracy_m": 8, "accuracy_kind": "android_68", "source": "gps", "fix_time": %q, "mock": %t}],
		"evidence": [%s], "device": {"id": "phone", "boot_id": "boot %d", "seq": %d, "time": %q, "uptime_ms": %d}}`,
		p.id, kind, checkIn, stop, p.retailer, p.note, p.place.Lat()+0.00009, p.place.Lon(), p.at.Add(-10*time.Second).Format(time.RFC3339Nano), p.mock,
		p.shown, p.boot, p.seq, p.at.Format(time.RFC3339Nano), p.uptime().Milliseconds()))
}

// uptime counts from the true start, whatever the clock says.
func (p tap) uptime() time.Duration {
	started := p.started
	if started.IsZero() {
		started = phoneStarted
	}
	return p.at.Add(-p.ahead).Sub(started)
}

// send uploads taps and wants each of them to be created or to be there already.
func (o *town) send(rep rounds.Actor, taps ...tap) []Result {
	o.t.Helper()
	results, err := o.upload(rep, taps...)
	o.must(err)
	for i, r := range results {
		if (r.Status != Created && r.Status != Exists) || r.ID != taps[i].id {
			o.t.Fatalf("event %d is %s: %v", i, r.Status, r.Problem)
		}
	}
	return results
}

func (o *town) upload(rep rounds.Actor, taps ...tap) ([]Result, error) {
	raws := make([]json.RawMessage, len(taps))
	for i, p := range taps {
		raws[i] = p.json()
		o.clock.Store(max(o.clock.Load(), p.at.Add(-p.ahead).UnixMicro())) // nothing arrives before it happened
	}
	return o.Upload(context.Background(), rep, rounds.Sent{}, raws)
}
