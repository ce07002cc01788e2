package locate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"rounds/geo"
)

// Kind is the interface a service speaks.
type Kind string

// The interfaces known here.
const (
	GetPosition Kind = "get_position" // SOAP 1.1, coordinates of a subscriber
	GetAddress  Kind = "get_address"  // SOAP 1.1, address of a subscriber
	Ichnaea     Kind = "ichnaea"      // JSON, position of what a phone sees
)

// Config is the services there are.
type Config struct {
	Services []Service `json:"services"`
}

// Service is one network-position service. Those with networks are asked for phones on them; those without for
// all phones, and last.
type Service struct {
	Name         string            `json:"name"` // shows in positions and errors
	Kind         Kind              `json:"kind"`
	URL          string            `json:"url"`        // https, without a query
	AllowHTTP    bool              `json:"allow_http"` // the way there is private, e.g. a VPN
	Key          Secret            `json:"key"`        // of an Ichnaea
	User         Secret            `json:"user"`       // sent in a carrier's XML, as is the password
	Password     Secret            `json:"password"`
	Headers      map[string]Secret `json:"headers"` // e.g. Authorization
	Networks     []PLMN            `json:"networks"`
	Schema       Schema            `json:"schema"`        // of a carrier
	Datum        geo.Datum         `json:"datum"`         // where the answer names none: wgs84
	AccuracyKind geo.AccuracyKind  `json:"accuracy_kind"` // carriers: unknown; Ichnaea: web_95, as documented
	Bounds       *Bounds           `json:"bounds"`        // positions elsewhere are not found; absent: anywhere
	MaxAge       geo.Seconds       `json:"max_age_s"`     // older positions are marked; 0: none
	Limits       Limits            `json:"limits"`
}

// PLMN is a mobile network by its country and network codes.
type PLMN struct {
	MCC int `json:"mcc"`
	MNC int `json:"mnc"`
}

// Read reads a configuration as JSON and validates it. A field that is not known is an error.
func Read(r io.Reader) (Config, error) {
	var c Config
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("locate: the configuration is not JSON of the right form: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Config{}, errors.New("locate: something follows the configuration's JSON")
	}
	return c, c.Validate()
}

func (c Config) withDefaults() Config {
	c.Services = slices.Clone(c.Services)
	for i := range c.Services {
		c.Services[i] = c.Services[i].withDefaults()
	}
	return c
}

var operations = map[Kind]string{GetPosition: "GetPosition", GetAddress: "GetAddress", Ichnaea: ""}

func (s Service) withDefaults() Service {
	s.Limits = s.Limits.withDefaults()
	s.Schema = s.Schema.withDefaults(operations[s.Kind])
	if s.Datum == "" {
		s.Datum = geo.WGS84
	}
	if s.Bounds == nil {
		s.Bounds = new(earth)
	}
	switch {
	case s.AccuracyKind != "":
	case s.Kind == Ichnaea:
		s.AccuracyKind = geo.Web95
	default:
		s.AccuracyKind = geo.UnknownKind
	}
	return s
}

// Validate says everything that is wrong, one line each, with the service and the field and never a secret.
func (c Config) Validate() error {
	var problems []error
	names := map[string]bool{}
	for i, s := range c.withDefaults().Services {
		where := fmt.Sprintf("services[%d] (%s)", i, s.Name)
		if names[s.Name] {
			problems = append(problems, fmt.Errorf("locate: %s: another service has this name", where))
		}
		names[s.Name] = true
		for _, p := range s.problems() {
			problems = append(problems, fmt.Errorf("locate: %s: %s", where, p))
		}
	}
	return errors.Join(problems...)
}

// complaints are sentences about what is wrong.
type complaints []string

func (c *complaints) unless(fine bool, format string, args ...any) {
	if !fine {
		*c = append(*c, fmt.Sprintf(format, args...))
	}
}

func (s Service) problems() (wrong complaints) {
	_, known := operations[s.Kind]
	wrong.unless(s.Name != "", "name is missing")
	wrong.unless(known, "kind %q is none of get_position, get_address, ichnaea", s.Kind)
	_, err := geo.ParseDatum(string(s.Datum))
	wrong.unless(err == nil, "datum %q is none of wgs84, gcj02, bd09", s.Datum)
	kinds := []geo.AccuracyKind{geo.Android68, geo.IOS, geo.Web95, geo.UnknownKind}
	wrong.unless(slices.Contains(kinds, s.AccuracyKind), "accuracy_kind %q is none of android_68, ios, web_95, unknown", s.AccuracyKind)
	wrong.unless(s.Bounds.South < s.Bounds.North && s.Bounds.West < s.Bounds.East, "bounds hold no place: south < north and west < east")
	wrong.unless(s.MaxAge >= 0, "max_age_s is negative")
	for _, n := range s.Networks {
		wrong.unless(n.MCC > 0 && n.MCC <= maxCode && n.MNC >= 0 && n.MNC <= maxCode, "networks: %d/%d is no MCC and MNC", n.MCC, n.MNC)
	}
	s.checkWay(&wrong)
	s.checkSecrets(&wrong)
	s.Limits.check(&wrong)
	if s.Kind != Ichnaea {
		s.Schema.check(&wrong)
	}
	return wrong
}

// checkWay holds the URL to https, but on this machine, and to carrying no credentials.
func (s Service) checkWay(wrong *complaints) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		wrong.unless(false, "url is not an http or https URL")
		return
	}
	local := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	wrong.unless(u.Scheme == "https" || s.AllowHTTP || local, "url is not https; if the way there is private, say so with allow_http")
	wrong.unless(u.User == nil && u.RawQuery == "" && u.Fragment == "", "url holds more than a place: credentials go into key, user, password or headers")
}

// RFC 9110, 5.1 and 5.5, without what is obsolete.
var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	headerValue = regexp.MustCompile(`^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$`)
)

func (s Service) checkSecrets(wrong *complaints) {
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		wrong.unless(headerName.MatchString(name), "headers: %q is no header's name", name)
		wrong.unless(headerValue.MatchString(string(s.Headers[name])), "headers: the value of %q has characters that no header should have", name)
	}
	wrong.unless(s.Key == "" || s.Kind == Ichnaea, "key is for ichnaea only: use user, password or headers")
	wrong.unless((s.User == "" && s.Password == "") || s.Kind != Ichnaea, "user and password are for carriers only: use key or headers")
}

func (l Limits) check(wrong *complaints) {
	times := map[string]geo.Seconds{"timeout_s": l.Timeout, "backoff_s": l.Backoff, "max_wait_s": l.MaxWait, "cool_down_s": l.CoolDown}
	for _, name := range slices.Sorted(maps.Keys(times)) {
		wrong.unless(times[name] > 0 && times[name] <= 3600, "limits: %s is not between 0 and 3600", name)
	}
	wrong.unless(*l.Retries >= 0 && *l.Retries <= 10, "limits: retries is not between 0 and 10")
	wrong.unless(l.Concurrent > 0 && l.Concurrent <= 1000, "limits: concurrent is not between 1 and 1000")
	wrong.unless(l.Failures > 0, "limits: failures is negative")
}

var xmlName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_.-]*$`)

func (s Schema) check(wrong *complaints) {
	names := map[string]string{
		"operation": s.Operation, "argument": s.Argument, "request": s.Request, "subscriber": s.Subscriber, "user": s.User,
		"password": s.Password, "result": s.Result, "lat": s.Lat, "lon": s.Lon, "accuracy": s.Accuracy, "datum": s.Datum,
		"time": s.Time, "address": s.Address,
	}
	for _, field := range slices.Sorted(maps.Keys(names)) {
		wrong.unless(xmlName.MatchString(names[field]), "schema: %s %q is no XML name", field, names[field])
	}
	_, err := time.LoadLocation(s.TimeZone)
	wrong.unless(err == nil, "schema: time_zone %q is not known", s.TimeZone)
	wrong.unless(!strings.ContainsAny(s.SOAPAction, "\"\r\n\x00"), "schema: soap_action has a quote or a line break")
}

// service is one service ready to be called.
type service struct {
	Service
	client *http.Client
	zone   *time.Location
	now    func() time.Time
}

func newService(settings Service, client *http.Client) *service {
	zone, err := time.LoadLocation(settings.Schema.TimeZone)
	if err != nil { // Validate has loaded it
		zone = time.UTC
	}
	return &service{Service: settings, client: client, zone: zone, now: time.Now}
}

func (s *service) locator() Locator {
	switch s.Kind {
	case GetPosition:
		return getPosition{s}
	case GetAddress:
		return getAddress{s}
	}
	return ichnaea{s}
}
