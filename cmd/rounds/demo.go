package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"rounds"
	"rounds/blobs"
	"rounds/fieldwork"
	"rounds/geo"
	"rounds/internal/localpg"
	"rounds/store"
)

type demoCmd struct {
	Data   string `name:"data" env:"ROUNDS_DEMO_DATA" placeholder:"DIR" help:"Where the demo's private PostgreSQL keeps its data, and beside it photographs, emptied at each start; $XDG_STATE_HOME/rounds-demo if left out."`
	Listen string `env:"ROUNDS_DEMO_LISTEN" placeholder:"ADDRESS" help:"Address of the API; 127.0.0.1:8080 if left out, or a free port if that is taken."`
	Seed   uint64 `env:"ROUNDS_DEMO_SEED" default:"1" help:"Of the city and of its day."`
	Exit   bool   `env:"ROUNDS_DEMO_EXIT" help:"Stop after the table."`
}

const (
	demoListen   = "127.0.0.1:8080"
	demoFreePort = "127.0.0.1:0"
	demoPassword = "rounds-demo" // of everybody; the server is for this machine alone, unless --listen says otherwise
	demoZone     = "Asia/Shanghai"
	demoAge      = 30 // days for which the city has been on the books
)

// demo is a demo under way.
type demo struct {
	demoCmd
	steps
	out      io.Writer
	city     *city
	zone     *time.Location
	today    rounds.Day
	day      rounds.Day // of the table: the last one that is over
	db       *opened
	photos   keeper
	workdays []*workday
	audited  audited
	server   *server
	log      *os.File
	http     *http.Client
}

// Run makes the city, lets its reps work and shows what came of it. It keeps serving until ctx ends.
func (c demoCmd) Run(ctx context.Context, t terminal) error {
	d := &demo{demoCmd: c, steps: steps{w: t.Err, since: time.Now()}, out: t.Out, city: newCity(c.Seed)}
	err := d.play(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(t.Err, "Stopped before the day was over.")
		err = silent(exitFailed)
	case err == nil && !c.Exit:
		fmt.Fprintln(t.Err, "\nServing until Ctrl-C.")
		err = d.server.wait(ctx, d.db.ended())
	}
	return errors.Join(err, d.Close())
}

// play is everything up to the table.
func (d *demo) play(ctx context.Context) error {
	for _, step := range []func(context.Context) error{d.open, d.settle, d.serve, d.work, d.audit, d.show} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close stops what was started, in the reverse order.
func (d *demo) Close() error {
	var errs []error
	if d.http != nil {
		d.http.CloseIdleConnections()
	}
	if d.server != nil {
		errs = append(errs, d.server.Close())
	}
	if d.photos != nil {
		errs = append(errs, d.photos.Close())
	}
	if d.db != nil {
		errs = append(errs, d.db.Close())
	}
	if d.log != nil {
		errs = append(errs, d.log.Close())
	}
	return errors.Join(errs...)
}

// open starts the demo's own PostgreSQL and empties its database, of photographs too.
func (d *demo) open(ctx context.Context) (err error) {
	if os.Getenv("DATABASE_URL") != "" {
		fmt.Fprintln(d.w, "DATABASE_URL is set and not used: the demo keeps to a PostgreSQL of its own.")
	}
	dir, err := d.dir()
	if err != nil {
		return err
	}
	if d.zone, err = time.LoadLocation(demoZone); err != nil {
		return err
	}
	d.today = rounds.DayOf(time.Now(), d.zone)
	d.day = d.today.Add(-1)
	var gone []rounds.OrgID
	data := database{Data: dir, prepare: func(ctx context.Context, directURL string) (err error) {
		gone, err = store.Reset(ctx, directURL)
		return err
	}}
	if d.db, err = data.open(ctx, d.w); err != nil {
		return ofDemo(err)
	}
	if d.photos, err = (photoStore{}).open(data); err != nil {
		return err
	}
	if err := forget(ctx, d.photos, gone); err != nil {
		return err
	}
	d.done("PostgreSQL runs in %s, with an empty database", d.db.private.Dir())
	return nil
}

// forget deletes the photographs of orgs that are no more.
func forget(ctx context.Context, from blobs.Store, gone []rounds.OrgID) error {
	for _, org := range gone {
		for key, err := range from.List(ctx, org) {
			if err == nil {
				err = from.Delete(ctx, key.Key)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// ofDemo adds to what a private PostgreSQL advises that a demo takes no other.
func ofDemo(err error) error {
	switch {
	case errors.Is(err, localpg.ErrInUse):
		return fmt.Errorf("%w\nA second demo needs a --data of its own; DATABASE_URL is for rounds serve", err)
	case errors.Is(err, localpg.ErrNotFound):
		return fmt.Errorf("%w\nThe demo keeps to a PostgreSQL of its own: DATABASE_URL is for rounds serve", err)
	}
	return err
}

// dir is where the demo's data go: never where a server's are.
func (c demoCmd) dir() (string, error) {
	normal, err := localpg.DefaultDir()
	if err != nil {
		return "", err
	}
	if c.Data == "" {
		return normal + "-demo", nil
	}
	for _, taken := range []string{normal, os.Getenv("ROUNDS_DATA")} {
		if same(c.Data, taken) {
			return "", fmt.Errorf("%s is where rounds serve keeps its data, and a demo would empty it: choose another --data", c.Data)
		}
	}
	return c.Data, nil
}

// same reports two paths to one directory.
func same(a, b string) bool {
	if b == "" {
		return false
	}
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	if errA == nil && errB == nil && absA == absB {
		return true
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// settle puts the city on the books, dated back so that its territories are in force on the day of the table.
func (d *demo) settle(ctx context.Context) error {
	then := func() time.Time { return time.Now().AddDate(0, 0, -demoAge) }
	office := fieldwork.New(d.db.Store, then, slog.New(slog.DiscardHandler))
	defer office.Close()
	if _, err := office.AddOrg(ctx, store.DemoOrg, cityName, demoZone, geo.DefaultPolicy()); err != nil {
		return err
	}
	actor, err := office.System(ctx, store.DemoOrg)
	if err != nil {
		return err
	}
	for _, u := range d.city.users() {
		if _, err := office.AddUser(ctx, actor, u, demoPassword); err != nil {
			return err
		}
	}
	return d.importRegister(ctx, office, actor)
}

func (d *demo) importRegister(ctx context.Context, office *fieldwork.Office, a rounds.Actor) error {
	file, err := d.city.register()
	if err != nil {
		return err
	}
	report, err := office.ImportRetailers(ctx, a, file, fieldwork.ImportOptions{Strict: true})
	if err != nil {
		return err
	}
	if !report.Imported {
		return fmt.Errorf("the import stopped: %v", report.Findings)
	}
	surveyed, err := d.survey(ctx, a)
	d.done("%s: %d retailers in %d districts, %d of them surveyed, %d reps (--seed %d)",
		cityName, report.Created, len(districts), surveyed, len(d.city.reps), d.Seed)
	return err
}

// survey puts pins right where somebody went, so that they are confirmed. The others are as good as the register.
func (d *demo) survey(ctx context.Context, a rounds.Actor) (int, error) {
	retailers, err := d.db.Store.Retailers(ctx, a.Scope(), d.today, store.RetailerFilter{})
	if err != nil {
		return 0, err
	}
	var pins []store.NewPin
	for _, r := range retailers {
		if s, ok := d.city.shop(r.Code); ok && s.surveyed {
			pin := geo.Pin{Point: s.pin, Sigma: 3, Source: geo.Surveyed, Version: r.Pin.Version + 1}
			pins = append(pins, store.NewPin{RetailerID: r.ID, Pin: pin, Reason: "surveyed on foot"})
		}
	}
	return len(pins), d.db.Store.InsertPins(ctx, a.OrgID, pins, time.Now())
}

// serve starts the API, its log out of sight.
func (d *demo) serve(context.Context) (err error) {
	path := filepath.Join(d.db.private.Dir(), "demo.log")
	if d.log, err = os.Create(path); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(d.log, nil))
	addresses := []string{d.Listen}
	if d.Listen == "" {
		addresses = []string{demoListen, demoFreePort}
	}
	for _, address := range addresses {
		if d.server, err = (serveCmd{Listen: address, photos: d.photos}).start(d.db, log); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	d.http = &http.Client{Timeout: writeTime, Transport: &http.Transport{MaxIdleConnsPerHost: len(d.city.reps) + 2}}
	d.done("the API serves %s; its log is %s", d.server.URL(), path)
	return nil
}

// client is somebody logged in.
func (d *demo) client(ctx context.Context, name string) (client, error) {
	c := client{base: d.server.URL(), http: d.http}
	return c, c.login(ctx, store.DemoOrg, name, demoPassword)
}

// steps says what was done and how long it took, a line each.
type steps struct {
	w     io.Writer
	since time.Time
}

func (s *steps) done(format string, args ...any) {
	now := time.Now()
	fmt.Fprintf(s.w, "%5.1f s  %s\n", now.Sub(s.since).Seconds(), fmt.Sprintf(format, args...))
	s.since = now
}
