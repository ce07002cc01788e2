package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rounds"
	"rounds/api"
	"rounds/fieldwork"
	"rounds/internal/pgtest"
	"rounds/store"

	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"
)

// monday is when every test takes place: nine in the morning in Shanghai. What phones say of the day has
// happened when the server hears of it in the evening.
var (
	monday  = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	evening = monday.Add(11 * time.Hour)
)

const today = "2026-03-02"

func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	complaints := logged.complaints()
	if status == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" {
		complaints = append(complaints, theContract.unexercised()...)
	}
	atTheEnd.run()
	for _, c := range complaints {
		fmt.Fprintln(os.Stderr, "FAIL:", c)
		status = 1
	}
	os.Exit(status)
}

// service is a server on a database, with a clock of its own.
type service struct {
	*clock
	office *fieldwork.Office
	store  *store.Store
	echo   *echo.Echo
	url    string
	http   *http.Client
}

type clock struct{ since atomic.Int64 }

func (c *clock) now() time.Time { return evening.Add(time.Duration(c.since.Load())) }

func (c *clock) move(d time.Duration) { c.since.Add(int64(d)) }

// forever is a test that ends with the process, for what all tests share.
type forever struct {
	testing.TB
	mu    sync.Mutex
	after []func()
}

var atTheEnd = &forever{}

func (f *forever) Helper() {}

func (f *forever) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (f *forever) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func (f *forever) Cleanup(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after = append(f.after, fn)
}

func (f *forever) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func (f *forever) run() {
	for len(f.after) > 0 {
		last := len(f.after) - 1
		f.after[last]()
		f.after = f.after[:last]
	}
}

// One database serves the whole package: tests are apart by their orgs.
var (
	theDatabase = sync.OnceValue(func() *store.Store { return openStore(atTheEnd, pgtest.URL(atTheEnd)) })
	theService  = sync.OnceValue(func() *service { return serve(atTheEnd, theDatabase()) })
)

func openStore(t testing.TB, url string) *store.Store {
	t.Helper()
	s, done, err := store.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return s
}

// serve starts a server; only a test that has it alone may move its clock.
func serve(t testing.TB, s *store.Store, changes ...func(*api.Config)) *service {
	t.Helper()
	v := &service{clock: &clock{}, store: s}
	log := slog.New(slog.NewJSONHandler(logged, &slog.HandlerOptions{ReplaceAttr: withoutTimes}))
	v.office = fieldwork.New(s, v.now, log)
	config := api.Config{Office: v.office, Store: s, Log: log, Now: v.now}
	for _, change := range changes {
		change(&config)
	}
	var err error
	if v.echo, err = api.New(config); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(v.echo)
	v.url, v.http = server.URL, server.Client()
	v.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	v.http.Transport.(*http.Transport).DisableCompression = true
	v.http.Transport.(*http.Transport).MaxIdleConnsPerHost = 32
	t.Cleanup(func() { server.Close(); v.office.Close() })
	return v
}

// client sends requests as somebody.
type client struct {
	*service
	t         testing.TB
	token     string // "": nobody
	org       string // canary of the caller's org; "": nobody's may be seen
	header    http.Header
	malformed bool // the requests break the contract on purpose
	failing   bool // the server cannot answer well, on purpose
	large     bool // holding the likes of these to the contract again would only take time
}

// nobody is a caller without a token.
func (v *service) nobody(t testing.TB) client { return client{service: v, t: t} }

func (c client) with(name, value string) client {
	c.header = c.header.Clone()
	if c.header == nil {
		c.header = http.Header{}
	}
	c.header.Add(name, value)
	return c
}

func (c client) breaking() client { c.malformed = true; return c }

func (c client) get(path string) answer { c.t.Helper(); return c.do("GET", path, nil) }

func (c client) post(path string, body any) answer { c.t.Helper(); return c.do("POST", path, body) }

func (c client) put(path string, body any) answer { c.t.Helper(); return c.do("PUT", path, body) }

func (c client) patch(path string, body any) answer { c.t.Helper(); return c.do("PATCH", path, body) }

// do sends a request and holds request and answer to the contract. A body is bytes, text or what becomes JSON.
func (c client) do(method, path string, body any) answer {
	c.t.Helper()
	sent := bytesOf(c.t, body)
	req, err := http.NewRequestWithContext(context.Background(), method, c.url+path, bytes.NewReader(sent))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	received, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	a := answer{t: c.t, method: method, path: path, status: res.StatusCode, header: res.Header, body: received}
	if !c.large {
		c.check(req, sent, a)
	}
	return a
}

func (c client) check(req *http.Request, sent []byte, a answer) {
	c.t.Helper()
	if a.status >= 500 && !c.failing {
		c.t.Errorf("%s", a)
	}
	for _, err := range []error{theContract.check(req, sent, a, c.malformed), checkHeaders(a), checkCanaries(a, c.org)} {
		if err != nil {
			c.t.Errorf("%s\n%v", a, err)
		}
	}
}

func checkHeaders(a answer) error {
	var errs []error
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
	} {
		if got := a.header.Get(name); got != want {
			errs = append(errs, fmt.Errorf("%s is %q, want %q", name, got, want))
		}
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src '", "Cache-Control": "", "X-Request-Id": "",
	} {
		if got := a.header.Get(name); got == "" || !strings.Contains(got, want) {
			errs = append(errs, fmt.Errorf("%s is %q", name, got))
		}
	}
	return errors.Join(errs...)
}

func bytesOf(t testing.TB, body any) []byte {
	t.Helper()
	switch body := body.(type) {
	case nil:
		return nil
	case []byte:
		return body
	case string:
		return []byte(body)
	}
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answer is what came back.
type answer struct {
	t            testing.TB
	method, path string
	status       int
	header       http.Header
	body         []byte
}

func (a answer) String() string {
	return fmt.Sprintf("%s %s answered %d: %.600s", a.method, a.path, a.status, a.body)
}

// want fails the test unless the status is this one.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s; want %d", a, status)
	}
	return a
}

// wantField fails the test unless a problem names this field with this code.
func (a answer) wantField(pointer, code string) answer {
	a.t.Helper()
	for _, e := range list(a.json()["errors"]) {
		if field := e.(object); field["pointer"] == pointer && field["code"] == code {
			return a
		}
	}
	a.t.Errorf("%s; want %s: %s", a, pointer, code)
	return a
}

type object = map[string]any

func (a answer) json() object {
	a.t.Helper()
	var o object
	if err := json.Unmarshal(a.body, &o); err != nil {
		a.t.Fatalf("%s: %v", a, err)
	}
	return o
}

// at finds a value by names and indices; nil if there is none.
func (a answer) at(path ...any) any { a.t.Helper(); return at(a.json(), path...) }

func (a answer) text(path ...any) string {
	a.t.Helper()
	s, ok := a.at(path...).(string)
	if !ok {
		a.t.Fatalf("%s has no text at %v", a, path)
	}
	return s
}

func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			o, _ := v.(object)
			v = o[step]
		case int:
			l := list(v)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

func list(v any) []any { l, _ := v.([]any); return l }

// each is a field of every item of a list.
func each(items any, name string) []string {
	var out []string
	for _, item := range list(items) {
		out = append(out, fmt.Sprint(item.(object)[name]))
	}
	return out
}

// bearer signs an access token as the server would, by hand, so that tests can change any part of it.
func (v *service) bearer(t testing.TB, org rounds.OrgID, user rounds.UserID, changes ...func(*jwt.Token)) string {
	t.Helper()
	keys, err := v.office.SigningKeys(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": "rounds", "aud": "rounds-api", "sub": user.String(), "org": org.String(),
		"iat": v.now().Unix(), "exp": v.now().Add(15 * time.Minute).Unix(),
	})
	token.Header["kid"] = keys[0].KID
	for _, change := range changes {
		change(token)
	}
	signed, err := token.SignedString(privateKey(keys[0]))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}
