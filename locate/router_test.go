package locate

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// fixed answers.
type always struct {
	p     Position
	err   error
	asked *[]string
	name  string
}

func (a always) Locate(context.Context, Query) (Position, error) {
	*a.asked = append(*a.asked, a.name)
	return a.p, a.err
}

func TestRouting(t *testing.T) {
	t.Parallel()
	point := Position{Point: &orb.Point{120, 30}, Accuracy: 100, AccuracyKind: geo.Web95}
	rough := Position{Point: &orb.Point{121, 31}, Accuracy: 100, AccuracyKind: geo.UnknownKind}
	address := Position{Address: "北山街"}
	permanent, unknown, busy := &Error{Class: ErrPermanent}, &Error{Class: ErrNotFound}, &Error{Class: ErrTemporary, After: time.Minute}
	mobile, unicom := PLMN{460, 0}, PLMN{460, 1}
	type service struct {
		network *PLMN
		p       Position
		err     error
	}
	for name, c := range map[string]struct {
		services []service
		cells    []Cell
		asked    string
		err      error
		address  string
	}{
		"the serving cell's carrier":            {[]service{{&unicom, point, nil}, {&mobile, point, nil}, {nil, point, nil}}, []Cell{{MCC: 460, MNC: 1}, {MCC: 460, MNC: 0, Serving: true}}, "1", nil, ""},
		"of none serving, the first cell's":     {[]service{{&mobile, point, nil}, {&unicom, point, nil}}, []Cell{{MCC: 460, MNC: 1}, {MCC: 460, MNC: 0}}, "1", nil, ""},
		"no carrier: the service for all":       {[]service{{nil, point, nil}, {&mobile, point, nil}}, []Cell{{MCC: 262, MNC: 1}}, "0", nil, ""},
		"no cells: the service for all":         {[]service{{&mobile, point, nil}, {nil, point, nil}}, nil, "1", nil, ""},
		"the carrier is asked first":            {[]service{{nil, point, nil}, {&mobile, Position{}, unknown}}, []Cell{{MCC: 460}}, "10", nil, ""},
		"it refuses: the service for all":       {[]service{{&mobile, Position{}, permanent}, {nil, point, nil}}, []Cell{{MCC: 460}}, "01", nil, ""},
		"an address only: somebody has a point": {[]service{{&mobile, address, nil}, {nil, point, nil}}, []Cell{{MCC: 460}}, "01", nil, ""},
		"an address only: nobody has a point":   {[]service{{&mobile, address, nil}, {nil, Position{}, unknown}}, []Cell{{MCC: 460}}, "01", nil, "北山街"},
		"of unknown accuracy: somebody knows":   {[]service{{&mobile, rough, nil}, {nil, point, nil}}, []Cell{{MCC: 460}}, "01", nil, ""},
		"of unknown accuracy: nobody knows":     {[]service{{&mobile, rough, nil}, {nil, Position{}, busy}, {nil, address, nil}}, []Cell{{MCC: 460}}, "012", nil, ""},
		"nobody at all":                         {[]service{{&unicom, point, nil}}, []Cell{{MCC: 460}}, "", ErrPermanent, ""},
		"nobody knows":                          {[]service{{&mobile, Position{}, permanent}, {nil, Position{}, unknown}}, []Cell{{MCC: 460}}, "01", ErrNotFound, ""},
		"later somebody may":                    {[]service{{&mobile, Position{}, busy}, {nil, Position{}, unknown}}, []Cell{{MCC: 460}}, "01", ErrTemporary, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			r := &Router{}
			for i, s := range c.services {
				settings := Service{Name: string(rune('0' + i))}
				if s.network != nil {
					settings.Networks = []PLMN{*s.network}
				}
				r.routes = append(r.routes, route{newService(settings, nil), always{s.p, s.err, &asked, settings.Name}})
			}
			p, err := r.Locate(t.Context(), Query{Network: Network{Cells: c.cells}})
			if !errors.Is(err, c.err) || strings.Join(asked, "") != c.asked {
				t.Errorf("asked %v: %v", asked, err)
			}
			knows := slices.ContainsFunc(asked, func(name string) bool { return c.services[name[0]-'0'].p == point })
			if knows != (p == point) {
				t.Errorf("got %+v", p)
			}
			if err == nil && (p.Point == nil) != (c.address != "") || p.Address != c.address {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func TestTheSoonestOfTheHopefulIsTold(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration) error { return &Error{Class: ErrTemporary, After: d} }
	err := mostHopeful([]error{in(3), &Error{Class: ErrNotFound}, in(2), in(5)})
	if e, ok := errors.AsType[*Error](err); !ok || e.After != 2 {
		t.Error(err)
	}
}

// The whole way: a configuration, two real services, of which the first is down.
func TestFromConfigurationToPosition(t *testing.T) {
	t.Parallel()
	var carrier, all atomic.Int32
	down := serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) { carrier.Add(1); w.WriteHeader(500) })
	up := serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		all.Add(1)
		_, _ = io.WriteString(w, `{"location":{"lat":30.2597,"lng":120.1468},"accuracy":100}`)
	})
	c, err := Read(strings.NewReader(`{"services":[
		{"name":"carrier","kind":"get_position","url":"` + down.URL + `","user":"u","password":"p","networks":[{"mcc":460,"mnc":0}],
		 "limits":{"retries":1,"backoff_s":0.000001,"failures":4}},
		{"name":"all","kind":"ichnaea","url":"` + up.URL + `","key":"k"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 5 {
		if p, err := r.Locate(t.Context(), seen); err != nil || p.Service != "all" {
			t.Errorf("got %v, %v", p, err)
		}
	}
	if carrier.Load() != 4 || all.Load() != 5 { // two attempts a call, and the circuit opens at four
		t.Errorf("asked %d and %d times", carrier.Load(), all.Load())
	}
	_, err = r.Locate(t.Context(), Query{Subscriber: subscriber, Network: cells(seen.Cells[0], Cell{})})
	if err != nil {
		t.Error(err)
	}
	_, err = r.Locate(t.Context(), Query{Subscriber: subscriber, Network: cells(Cell{MCC: 460})}) // nothing for the second
	e := wantFailure(t, err, ErrTemporary, CircuitOpen)
	if e.Service != "carrier" {
		t.Errorf("%v is whose?", e)
	}
}

func TestConfigurationsAreExplained(t *testing.T) {
	t.Parallel()
	const fine = `{"name":"n","kind":"ichnaea","url":"https://x.example/v1/geolocate"}`
	for name, c := range map[string]struct {
		config string
		want   []string // each somewhere in the message; none: it is fine
	}{
		"a fine one":                  {`{"services":[` + fine + `]}`, nil},
		"none":                        {`{}`, nil},
		"not JSON":                    {`services:`, []string{"not JSON"}},
		"something after it":          {`{}{}`, []string{"something follows"}},
		"a misspelt field":            {`{"services":[{"nmae":"x"}]}`, []string{"nmae"}},
		"everything missing":          {`{"services":[{}]}`, []string{"services[0] ()", "name is missing", "kind", "url"}},
		"the same name twice":         {`{"services":[` + fine + `,` + fine + `]}`, []string{"services[1] (n)", "another service"}},
		"http over the open":          {`{"services":[{"name":"n","kind":"ichnaea","url":"http://x.example/"}]}`, []string{"allow_http"}},
		"http through a tunnel":       {`{"services":[{"name":"n","kind":"ichnaea","url":"http://x.example/","allow_http":true}]}`, nil},
		"http on this machine":        {`{"services":[{"name":"n","kind":"ichnaea","url":"http://[::1]:80/"}]}`, nil},
		"credentials in the URL":      {`{"services":[{"name":"n","kind":"ichnaea","url":"https://u:t0ken@x.example/"}]}`, []string{"credentials go into"}},
		"a key in the URL":            {`{"services":[{"name":"n","kind":"ichnaea","url":"https://x.example/?key=t0ken"}]}`, []string{"credentials go into"}},
		"a broken URL":                {`{"services":[{"name":"n","kind":"ichnaea","url":"https://t0ken:%%"}]}`, []string{"not an http"}},
		"two lines in a header":       {`{"services":[{"name":"n","kind":"ichnaea","url":"https://x.example/","headers":{"A b":"t0ken\r\nX: 1"}}]}`, []string{"no header's name", "the value of"}},
		"a carrier with a key":        {`{"services":[{"name":"n","kind":"get_address","url":"https://x.example/","key":"t0ken"}]}`, []string{"key is for ichnaea"}},
		"an Ichnaea with a password":  {`{"services":[{"name":"n","kind":"ichnaea","url":"https://x.example/","password":"t0ken"}]}`, []string{"for carriers only"}},
		"a datum nobody knows":        {`{"services":[{"name":"n","kind":"ichnaea","url":"https://x.example/","datum":"nad27"}]}`, []string{"nad27"}},
		"an accuracy of another kind": {`{"services":[{"name":"n","kind":"ichnaea","url":"https://x.example/","accuracy_kind":"cep"}]}`, []string{"cep"}},
		"bounds upside down":          {`{"services":[{"name":"n","kind":"ichnaea","url":"https://x.example/","bounds":{"south":54,"west":73,"north":18,"east":135}}]}`, []string{"bounds"}},
		"limits that limit nothing":   {`{"services":[{"name":"n","kind":"ichnaea","url":"https://x.example/","limits":{"timeout_s":-1,"retries":-1,"concurrent":-1,"failures":-1}}]}`, []string{"timeout_s", "retries", "concurrent", "failures"}},
		"a network that is none":      {`{"services":[{"name":"n","kind":"ichnaea","url":"https://x.example/","networks":[{"mcc":46000}]}]}`, []string{"46000/0"}},
		"a schema that is no XML":     {`{"services":[{"name":"n","kind":"get_position","url":"https://x.example/","schema":{"lat":"<x","time_zone":"Mars/Phobos","soap_action":"\"\n"}}]}`, []string{"lat", "Mars/Phobos", "soap_action"}},
		"a schema in Chinese":         {`{"services":[{"name":"n","kind":"get_position","url":"https://x.example/","schema":{"lat":"纬度","lon":"经度"}}]}`, nil},
		"a header with a token":       {`{"services":[{"name":"n","kind":"get_position","url":"https://x.example/","headers":{"Authorization":"Bearer t0ken"}}]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := Read(strings.NewReader(c.config))
			if (err == nil) != (c.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "t0ken") {
					t.Errorf("%q does not say %q, or says a secret", err, want)
				}
			}
			if _, again := New(config); c.want != nil && config.Services != nil && again == nil {
				t.Error("New takes what Read refuses")
			}
		})
	}
}

func TestDefaultsAreAsDocumented(t *testing.T) {
	t.Parallel()
	got := Service{Kind: GetAddress}.withDefaults()
	if diff := cmp.Diff(Limits{Timeout: 10, Retries: new(2), Backoff: 0.5, MaxWait: 10, Concurrent: 4, Failures: 5, CoolDown: 30}, got.Limits); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Schema{
		Namespace: "http://tempuri.org/", SOAPAction: "http://tempuri.org/GetAddress", Operation: "GetAddress", Argument: "xml",
		Request: "request", Subscriber: "msisdn", User: "user", Password: "password",
		Result: "result", Fine: []string{"0"}, Lat: "latitude", Lon: "longitude", Accuracy: "accuracy", Datum: "datum",
		Time: "time", TimeForm: time.RFC3339, TimeZone: "UTC", Address: "address",
	}, got.Schema); diff != "" {
		t.Error(diff)
	}
}
