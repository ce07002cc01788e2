package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

// password is everybody's. Its hash is a cheap one: only logins of the tests for logins pay the full price.
const password = "correct horse battery staple"

var passwordHash = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16})
	if err != nil {
		panic(err)
	}
	return hash
})

// fixture is an org of a test's own:
//
//	org ── north: rep1, rep2, supervisor, planner
//	   ├── south: rep3, sibling (its supervisor)
//	   └── admin
//
// rep1 has six retailers, rep2 and rep3 have two each, one is in no territory.
type fixture struct {
	*service
	t           testing.TB
	org         rounds.Org
	canary      string
	units       map[string]rounds.UnitID
	users       map[string]rounds.User
	territories map[string]rounds.TerritoryID // by rep
	retailers   map[string][]rounds.Retailer  // by rep; of nobody: ""
}

// setup makes an org on the server that tests share; its clock stands still.
func setup(t testing.TB) *fixture { t.Helper(); return theService().orgFor(t) }

// alone makes an org on a server of its own, whose clock may be moved.
func alone(t testing.TB) *fixture { t.Helper(); return serve(t, theDatabase()).orgFor(t) }

func (v *service) orgFor(t testing.TB) *fixture {
	t.Helper()
	tag := strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	f := &fixture{
		service: v, t: t, canary: "kanari" + tag, units: map[string]rounds.UnitID{}, users: map[string]rounds.User{},
		territories: map[string]rounds.TerritoryID{}, retailers: map[string][]rounds.Retailer{},
	}
	var err error
	f.org, err = v.office.AddOrg(context.Background(), "o-"+tag, f.named("org"), "Asia/Shanghai", geo.PlainPolicy())
	f.must(err)
	f.people()
	f.register()
	return f
}

func (f *fixture) named(name string) string { return name + " " + f.canary }

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) everything() rounds.Scope { return rounds.Scope{OrgID: f.org.ID} }

func (f *fixture) people() {
	ctx := context.Background()
	found, err := f.store.Units(ctx, f.everything())
	f.must(err)
	f.units["root"] = found[0].ID
	for _, name := range []string{"north", "south"} {
		f.units[name] = rounds.NewID[rounds.Unit]()
		f.must(f.store.InsertUnit(ctx, f.org.ID, rounds.Unit{ID: f.units[name], ParentID: f.units["root"], Name: f.named(name)}))
	}
	f.add("admin", rounds.RoleAdmin, "root")
	f.add("rep1", rounds.RoleRep, "north")
	f.add("rep2", rounds.RoleRep, "north")
	f.add("rep3", rounds.RoleRep, "south")
	f.add("supervisor", rounds.RoleSupervisor, "north")
	f.add("sibling", rounds.RoleSupervisor, "south")
	f.add("planner", rounds.RolePlanner, "north")
}

func (f *fixture) add(name string, role rounds.Role, unit string) rounds.User {
	u := rounds.User{
		ID: rounds.NewID[rounds.User](), UnitID: f.units[unit], Name: name, DisplayName: f.named(name),
		Role: role, Active: true,
	}
	if role == rounds.RoleRep {
		u.Home = &orb.Point{120.001, 31.41592}
	}
	f.must(f.store.InsertUser(context.Background(), f.org.ID, u, passwordHash(), f.now()))
	f.users[name] = u
	return u
}

const longAgo rounds.Day = "2026-01-01"

func (f *fixture) register() {
	for i, rep := range []string{"rep1", "rep2", "rep3", ""} {
		var ids []rounds.RetailerID
		for n := range []int{6, 2, 2, 1}[i] {
			r := f.addRetailer(fmt.Sprintf("R%d%d", i+1, n+1), orb.Point{120 + 0.01*float64(i) + 0.001*float64(n), 31.41592})
			f.retailers[rep] = append(f.retailers[rep], r)
			ids = append(ids, r.ID)
		}
		if rep != "" {
			f.territory(rep, ids)
		}
	}
}

func (f *fixture) addRetailer(code string, at orb.Point) rounds.Retailer {
	ctx := context.Background()
	r := rounds.Retailer{
		ID: rounds.NewID[rounds.Retailer](), Code: code, Name: f.named("shop " + code), Address: f.named("street"), Class: "A",
		Status: rounds.RetailerActive, ServiceSeconds: 600, VisitsPer8Weeks: 8,
		Pin: &geo.Pin{Point: at, Sigma: 10, Source: geo.Manual, Version: 1},
	}
	f.must(f.store.InsertRetailers(ctx, f.org.ID, []rounds.Retailer{r}, f.now()))
	f.must(f.store.InsertPins(ctx, f.org.ID, []store.NewPin{{RetailerID: r.ID, Pin: *r.Pin, Reason: "test"}}, f.now()))
	return r
}

func (f *fixture) territory(rep string, retailers []rounds.RetailerID) {
	ctx := context.Background()
	t := rounds.Territory{
		ID: rounds.NewID[rounds.Territory](), UnitID: f.users[rep].UnitID, Name: f.named("territory of " + rep), Purpose: rounds.PurposeVisit,
	}
	f.must(f.store.InsertTerritories(ctx, f.org.ID, []rounds.Territory{t}))
	f.must(f.store.AssignRep(ctx, f.org.ID, t.ID, f.users[rep].ID, longAgo))
	var placements []store.Placement
	for _, id := range retailers {
		placements = append(placements, store.Placement{RetailerID: id, TerritoryID: t.ID})
	}
	_, err := f.store.PlaceRetailers(ctx, f.org.ID, t.Purpose, longAgo, placements)
	f.must(err)
	f.territories[rep] = t.ID
}

// as is a client of one of the org's users.
func (f *fixture) as(name string) client {
	f.t.Helper()
	u, ok := f.users[name]
	if !ok {
		f.t.Fatalf("there is no %s", name)
	}
	return client{service: f.service, t: f.t, token: f.bearer(f.t, f.org.ID, u.ID), org: f.canary}
}

// first is the first retailer of a rep.
func (f *fixture) first(rep string) rounds.Retailer { return f.retailers[rep][0] }

// checkIn is a good check-in at a retailer, so many minutes after the working day began; changes make it another.
func checkIn(r rounds.Retailer, minute int, changes ...func(object)) object {
	tap := monday.Add(time.Duration(minute) * time.Minute).Format(time.RFC3339)
	e := object{
		"id": uuid.NewString(), "kind": "check_in", "retailer_id": r.ID.String(),
		"device": object{"id": "phone", "boot_id": "boot", "seq": 100_000 + minute, "time": tap, "uptime_ms": 60_000 * (100_000 + minute)},
		"fixes": []any{object{
			"lat": r.Pin.Point.Lat(), "lon": r.Pin.Point.Lon(), "accuracy_m": 5, "accuracy_kind": "android_68", "source": "gps", "fix_time": tap,
		}},
	}
	for _, change := range changes {
		change(e)
	}
	return e
}

// checkOut ends the visit that a check-in started.
func checkOut(in object, minute int) object {
	tap := monday.Add(time.Duration(minute) * time.Minute).Format(time.RFC3339)
	out := clone(in)
	out["id"], out["kind"], out["check_in_id"] = uuid.NewString(), "check_out", in["id"]
	out["device"] = with(in["device"].(object), "time", tap, "seq", 100_000+minute)
	return out
}

func clone(o object) object {
	c := object{}
	for k, v := range o {
		c[k] = v
	}
	return c
}

// with is the object with some of its fields changed.
func with(o object, pairs ...any) object {
	c := clone(o)
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i].(string)] = pairs[i+1]
	}
	return c
}

// visit posts a check-in of the rep and gives the visit's id.
func (f *fixture) visit(rep string, r rounds.Retailer, minute int, changes ...func(object)) string {
	f.t.Helper()
	return f.as(rep).post("/v1/visit-events", checkIn(r, minute, changes...)).want(201).text("id")
}

func ids(retailers []rounds.Retailer) []string {
	var out []string
	for _, r := range retailers {
		out = append(out, r.ID.String())
	}
	return out
}

func privateKey(k store.SigningKey) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Seed) }

// Every name in an org holds the org's canary: in nobody else's answer may it be seen.
var canary = regexp.MustCompile(`kanari[0-9a-f]{12}`)

func checkCanaries(a answer, own string) error {
	body, err := plain(a)
	if err != nil || !bytes.Contains(body, []byte("kanari")) {
		return err
	}
	for _, found := range canary.FindAllString(string(body), -1) {
		if found != own {
			return fmt.Errorf("%s belongs to another org", found)
		}
	}
	return nil
}

// plain is the body unpacked.
func plain(a answer) ([]byte, error) {
	if a.header.Get("Content-Encoding") != "gzip" {
		return a.body, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(a.body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// logSink takes every line that every server of the tests logs, and looks for what no log may hold.
type logSink struct {
	mu        sync.Mutex
	lines     int
	bad       []string
	forbidden []string // by a test, for what only it knows
}

// forbid looks for a text in all lines from now on, and says how to end that.
func (l *logSink) forbid(text string) (end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forbidden = append(l.forbidden, text)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.forbidden = slices.DeleteFunc(l.forbidden, func(f string) bool { return f == text })
	}
}

var logged = &logSink{}

var secrets = regexp.MustCompile(`correct horse|eyJ[A-Za-z0-9]|kanari[0-9a-f]|31\.4159|120\.0[0-9]|[0-9a-f]{12}\.[A-Z2-7]{26}`)

// withoutTimes leaves out what may look like a coordinate.
func withoutTimes(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "ms" {
		return slog.Attr{}
	}
	return a
}

// Write takes a line.
func (l *logSink) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines++
	if found := secrets.Find(line); found != nil && len(l.bad) < 10 {
		l.bad = append(l.bad, fmt.Sprintf("%q is in the log: %s", found, line))
	}
	for _, f := range l.forbidden {
		if bytes.Contains(line, []byte(f)) {
			l.bad = append(l.bad, fmt.Sprintf("%q is in the log: %s", f, line))
		}
	}
	return len(line), nil
}

func (l *logSink) complaints() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.bad)
}
