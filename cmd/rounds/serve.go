package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"rounds/api"
	"rounds/fieldwork"
	"rounds/roads"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type serveCmd struct {
	database
	photoStore
	travelFlags
	Listen  string         `default:"127.0.0.1:8080" help:"Address of the API."`
	Metrics string         `default:"127.0.0.1:9464" help:"Address of the Prometheus metrics; empty: none."`
	Proxies []netip.Prefix `name:"trusted-proxies" placeholder:"CIDR" help:"Networks whose X-Forwarded-For is believed."`
	Locate  string         `placeholder:"FILE" help:"JSON file of the network services (carriers, Ichnaea) to ask about events that position leaves undecided; without one, nobody is asked."`
	Log     string         `enum:"text,json" default:"text" help:"Form of the log, on standard error: ${enum}."`

	photos keeper // nil: none are kept
}

// Time-outs of the HTTP server. A request's own limit is the api's.
const (
	readHeaderTime = 10 * time.Second
	readTime       = 60 * time.Second
	writeTime      = 60 * time.Second
	idleTime       = 2 * time.Minute
	drainTime      = 40 * time.Second // more than any answer takes that stores events
)

// Help shows what --locate reads.
func (serveCmd) Help() string {
	return `Travel times come from straight lines with a detour, unless --roads, --osrm or --valhalla says otherwise; every plan says
which source it had. An OSRM has the one profile that it was prepared with, whatever --profile says. A service that does not answer well within seconds is replaced by straight lines, and the plan says so too.
It is sent the positions of retailers and, where a plan begins there, of a rep's home: let it be your own.

The file of --locate, in which only name, kind and url are required:

  {"services": [
    {"name": "mobile", "kind": "get_position", "url": "https://lbs.example/service.asmx",
     "user": "rounds", "password": "…", "networks": [{"mcc": 460, "mnc": 0}],
     "bounds": {"south": 29, "west": 118, "north": 31, "east": 122}, "limits": {"timeout_s": 30}},
    {"name": "ichnaea", "kind": "ichnaea", "url": "https://ichnaea.example/v1/geolocate", "key": "…"}]}

The kinds are get_position and get_address (carriers, SOAP) and ichnaea. A carrier is asked by a user's subscriber
number, only if the org's settings say ask_carriers, and only about an event that the user just sent with network
evidence. Say what its accuracy means ("accuracy_kind": android_68, ios or web_95): until then its positions credit
nobody, and other services are asked too. Secrets are in this file alone: let nobody else read it.`
}

// Validate refuses addresses and files that are none before anything is started.
func (c serveCmd) Validate() error {
	if err := c.photoStore.Validate(); err != nil {
		return err
	}
	if err := c.travelFlags.Validate(); err != nil {
		return err
	}
	for _, address := range []string{c.Listen, c.Metrics} {
		if _, err := net.ResolveTCPAddr("tcp", address); address != "" && err != nil {
			return err
		}
	}
	if c.Locate == "" {
		return nil
	}
	_, err := readServices(c.Locate)
	return err
}

// Run serves until ctx ends, then answers what it has taken in, and stops.
func (c serveCmd) Run(ctx context.Context, t terminal) error {
	log := slog.New(logHandler(c.Log, t.Err))
	db, err := c.database.open(ctx, t.Err)
	if err != nil {
		return err
	}
	if c.photos, err = c.photoStore.open(c.database); err != nil {
		return errors.Join(err, db.Close())
	}
	s, err := c.start(db, log)
	if err != nil {
		return errors.Join(err, c.closePhotos(), db.Close())
	}
	log.Info("serving", "address", s.URL(), "docs", s.URL()+"/docs")
	err = s.wait(ctx, db.ended())
	log.Info("stopping")
	return errors.Join(err, s.Close(), c.closePhotos(), db.Close())
}

func (c serveCmd) closePhotos() error {
	if c.photos == nil {
		return nil
	}
	return c.photos.Close()
}

func logHandler(form string, w io.Writer) slog.Handler {
	if form == "json" {
		return slog.NewJSONHandler(w, nil)
	}
	return slog.NewTextHandler(w, nil)
}

// ended is closed when a private PostgreSQL has ended by itself; it blocks forever for any other.
func (o *opened) ended() <-chan struct{} {
	if o.private == nil {
		return nil
	}
	return o.private.Done()
}

// server is the API being served, and its metrics beside it.
type server struct {
	office  *fieldwork.Office
	travel  *roads.Travel
	beside  background
	servers []*http.Server
	address net.Addr
	failed  chan error
	ending  chan struct{} // closed when requests that go on and on are to end
}

func (c serveCmd) start(db *opened, log *slog.Logger) (*server, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	office := fieldwork.New(db.Store, time.Now, log)
	s := &server{office: office, failed: make(chan error, 2), ending: make(chan struct{})}
	if c.photos != nil {
		office.KeepPhotos(c.photos)
	}
	var err error
	if s.travel, err = c.travelFlags.open(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	office.TravelBy(s.travel)
	if s.beside, err = work(db.Store, office, c.Locate, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	handler, err := api.New(api.Config{
		Office: office, Store: db.Store, Log: log, Now: time.Now, Proxies: c.Proxies, Metrics: registry, Ending: s.ending,
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.address, err = s.serve(c.Listen, handler); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if c.Metrics != "" {
		if _, err := s.serve(c.Metrics, promhttp.HandlerFor(registry, promhttp.HandlerOpts{})); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (s *server) serve(address string, handler http.Handler) (net.Addr, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address", err)
	}
	hs := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    64 << 10,
	}
	s.servers = append(s.servers, hs)
	go func() {
		if err := hs.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return listener.Addr(), nil
}

// URL is where the API is.
func (s *server) URL() string { return "http://" + s.address.String() }

func (s *server) wait(ctx context.Context, databaseEnded <-chan struct{}) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	case <-databaseEnded:
		return errors.New("the private PostgreSQL ended by itself: see its log in the data directory")
	}
}

// Close lets requests under way finish, and with them everything that was acknowledged.
func (s *server) Close() error {
	close(s.ending)
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var errs []error
	for _, hs := range s.servers {
		errs = append(errs, hs.Shutdown(ctx))
	}
	errs = append(errs, s.beside.Close())
	s.office.Close()
	if s.travel != nil {
		s.travel.Close()
	}
	return errors.Join(errs...)
}
