package locate

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What must never show in an error.
const (
	subscriber = "8613800138000"
	password   = "pa55&word<"
	apiKey     = "k3y/öf+gold"
	token      = "Bearer t0ken"
)

// A morning in Hangzhou.
var now = time.Date(2026, 3, 4, 2, 30, 0, 0, time.UTC)

// seen is what a phone by the West Lake sees, and whose it is.
var seen = Query{Subscriber: subscriber, Network: Network{
	Kind:  KindNetwork,
	Cells: []Cell{{Radio: LTE, MCC: 460, MNC: 0, TAC: 22533, CID: 123456789, SignalDBM: -97, Serving: true}},
	WiFi:  []AccessPoint{{MAC: "00:25:9C:CF:1C:AC", SignalDBM: -43}, {MAC: "00-25-9c-cf-1c-ad", SignalDBM: -55, Channel: 11}},
}}

// settings of a service of that kind at that URL, with every credential it can have.
func settings(kind Kind, url string) Service {
	s := Service{Name: "north", Kind: kind, URL: url, Headers: map[string]Secret{"Authorization": token}}
	if kind == Ichnaea {
		s.Key = apiKey
	} else {
		s.User, s.Password = "rounds", password
		s.Schema.NotFound, s.Schema.TryLater = []string{"4"}, []string{"7"}
	}
	return s
}

// bare is a service without a guard, with its own connections.
func bare(t testing.TB, s Service) *service {
	t.Helper()
	s = s.withDefaults()
	if err := (Config{Services: []Service{s}}).Validate(); err != nil {
		t.Fatal(err)
	}
	transport := newTransport()
	t.Cleanup(transport.CloseIdleConnections)
	made := newService(s, newClient(transport))
	made.now = func() time.Time { return now }
	return made
}

// serve is a real server. Its handler sees the request's whole body.
func serve(t testing.TB, handle func(http.ResponseWriter, *http.Request, string)) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the request broke off: %v", err)
		}
		handle(w, r, string(body))
	}))
	t.Cleanup(s.Close)
	return s
}

// answering is a server that always says the same.
func answering(t testing.TB, status int, contentType, body string) *httptest.Server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// soapAnswer wraps a carrier's document as .NET does.
func soapAnswer(operation, document string) string {
	return `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` +
		`<` + operation + `Response xmlns="http://tempuri.org/"><` + operation + `Result>` + escaped(document) +
		`</` + operation + `Result></` + operation + `Response></s:Body></s:Envelope>`
}

// found is a good answer of GetPosition, near the lake.
const found = `<response><result>0</result><latitude>30.2597</latitude><longitude>120.1468</longitude>` +
	`<accuracy>150</accuracy><datum>GCJ-02</datum><time>2026-03-04T10:29:00+08:00</time></response>`

// wantFailure fails the test unless err is an *Error of that class and reason, and of no other class.
func wantFailure(t testing.TB, err, class error, reason Reason) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v, want %s", err, reason)
	}
	for _, c := range []error{ErrTemporary, ErrPermanent, ErrNotFound} {
		if errors.Is(err, c) != (c == class) {
			t.Errorf("%v: errors.Is(%q) = %v", err, c, errors.Is(err, c))
		}
	}
	if e.Reason != reason {
		t.Errorf("reason %q, want %q", e.Reason, reason)
	}
	tellsNothing(t, err)
	return e
}

// tellsNothing fails the test if what must stay secret shows in an error, however it is printed.
func tellsNothing(t testing.TB, err error) {
	t.Helper()
	e, _ := errors.AsType[*Error](err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
		printed := fmt.Sprintf(verb+verb+verb, err, *e, e.Cause)
		if leaked := secretIn(printed); leaked != "" {
			t.Errorf("%s shows %q: %s", verb, leaked, printed)
		}
	}
}
