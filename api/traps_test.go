package api_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// packed is so many megabytes of spaces in front of a body, as gzip: what is joined to a gzip file belongs to it.
func packed(t *testing.T, megabytes int, body string) []byte {
	t.Helper()
	return append(bytes.Repeat(member(t, strings.Repeat(" ", 1<<20)), megabytes), member(t, body)...)
}

func member(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// allocated is how much memory this process has ever asked for.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// Not parallel, because it measures what the whole process allocates.
func TestAGzipBombIsNotUnpacked(t *testing.T) {
	f := setup(t)
	bomb := packed(t, 300, "{}")
	if len(bomb) > 400_000 {
		t.Fatalf("the bomb is %d bytes", len(bomb))
	}
	for _, path := range []string{postEvent, postBatch, askStatus, "/v1/auth/login", "/v1/retailers"} {
		before := allocated()
		f.as("admin").breaking().with("Content-Encoding", "gzip").post(path, bomb).want(413)
		if grown := allocated() - before; grown > 100<<20 {
			t.Errorf("%s: %d MB for a bomb of 300 MB", path, grown>>20)
		}
	}
}

func TestPackedBodiesAreTaken(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rep := f.as("rep1").breaking().with("Content-Encoding", "gzip")
	event := string(bytesOf(t, checkIn(f.first("rep1"), 0)))
	rep.post(postEvent, packed(t, 0, event)).want(201)
	rep.post(postBatch, packed(t, 1, rawBatch(event))).want(200)
	half := packed(t, 0, event)
	for name, body := range map[string][]byte{
		"no gzip": []byte(event), "half": half[:len(half)/2], "the beginning": half[:5], "a wrong sum": append(slices.Clone(half[:len(half)-8]), 0, 0, 0, 0, 0, 0, 0, 0),
	} {
		for _, path := range []string{postEvent, postBatch, askStatus} {
			if a := rep.post(path, body); a.status != 400 {
				t.Errorf("%s to %s: %s", name, path, a)
			}
		}
	}
}

func TestElevenMegabytesAreTooMuch(t *testing.T) {
	t.Parallel()
	f := setup(t)
	body := strings.Repeat(" ", 11<<20) + "{}"
	for _, path := range []string{postEvent, "/v1/plans"} {
		f.as("admin").breaking().post(path, body).want(413)
		f.nobody(t).breaking().post(path, body).want(401)
	}
	f.nobody(t).breaking().post("/v1/auth/login", body).want(413)
}

// posts are good bodies of every operation that takes JSON of people, by address.
func (f *fixture) posts() map[string]object {
	return map[string]object{
		"POST /v1/auth/login":                                 {"org": f.org.Slug, "name": "rep1", "password": password},
		"POST /v1/auth/refresh":                               {"refresh_token": "x"},
		"POST /v1/auth/logout":                                {"refresh_token": "x"},
		"POST /v1/visits/" + uuid.NewString() + "/reviews":    {"decision": "note", "reason": "r"},
		"POST /v1/requests":                                   {"id": uuid.NewString(), "kind": "dispute", "visit_id": uuid.NewString(), "reason": "r"},
		"POST /v1/requests/" + uuid.NewString() + "/decision": {"decision": "refuse", "reason": "r"},
		"POST /v1/plans":                                      {"rep_id": f.users["rep1"].ID.String(), "date": today},
		"PUT /v1/plans/" + uuid.NewString() + "/stops":        {"revision": 1, "stop_ids": []any{}},
		"POST /v1/retailers": {
			"code": uuid.NewString(), "name": "n", "address": "a", "class": "A",
			"pin": object{"lat": 1, "lon": 2, "reason": "r"},
		},
		"PATCH /v1/retailers/" + f.first("rep1").ID.String(): {"name": "n", "address": "a", "class": "A", "pin": object{"lat": 1, "lon": 2, "reason": "r"}},
		"POST /v1/users": {"name": uuid.NewString(), "display_name": "n", "password": password, "role": "rep"},
		"PATCH /v1/users/" + f.users["rep2"].ID.String(): {"display_name": "n"},
		"POST /v1/units": {"parent_id": f.units["root"].String(), "name": uuid.NewString()},
		"PATCH /v1/units/" + f.units["south"].String():              {"name": "n"},
		"POST /v1/territories":                                      {"name": uuid.NewString(), "purpose": "visit"},
		"PATCH /v1/territories/" + f.territories["rep2"].String():   {"reason": "r", "name": "n"},
		"POST /v1/policies":                                         {"rules": object{"radius_m": 100}, "reason": "r"},
		"POST /v1/exceptions/decisions":                             {"items": []any{object{"kind": "integrity", "id": uuid.NewString()}}, "decision": "note", "reason": "r"},
		"POST /v1/users/" + f.users["rep1"].ID.String() + "/leave":  {"from": today, "until": today, "reason": "r"},
		"PUT /v1/calendar/2026":                                     {"days": []any{}, "reason": "r"},
		"POST /v1/closings":                                         {"through": today, "reason": "r"},
		"PUT /v1/settings":                                          {"settings": object{"position_days": 60}, "reason": "r"},
		"POST /v1/pins/proposals/" + uuid.NewString() + "/decision": {"decision": "refuse", "reason": "r"},
		"POST " + askStatus:                                         {"ids": []any{}},
		"POST " + postBatch:                                         {"events": []any{}},
	}
}

func (c client) send(request string, body any) answer {
	c.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	return c.do(method, path, body)
}

func TestUnknownFieldsOfRequestsAreRefused(t *testing.T) {
	t.Parallel()
	f := alone(t)
	for request, body := range f.posts() {
		a := f.as("admin").breaking().send(request, with(body, "is_admin", true)).want(400)
		if !strings.HasSuffix(request, "batch") { // which is not looked into before it is decoded
			a.wantField("/is_admin", "unknown_field")
		}
	}
	f.as("admin").breaking().post("/v1/retailers", object{"code": "c", "name": "n", "pin": object{"lat": 1, "lon": 2, "reason": "r", "z~/": 3}}).
		want(400).wantField("/pin/z~0~1", "unknown_field")
}

// Every text of every request, with a character that PostgreSQL does not hold.
func TestNULIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	f := alone(t)
	for request, body := range f.posts() {
		for _, path := range textsIn(body) {
			a := f.as("admin").breaking().send(request, replaced(body, path, "a\x00b"))
			a.want(400)
			free := slices.Contains([]string{"reason", "name", "address", "class", "display_name", "refresh_token"}, path[len(path)-1])
			if free {
				a.wantField("/"+strings.Join(path, "/"), "nul_character")
			}
		}
	}
	f.as("admin").breaking().get("/v1/visits/"+uuid.NewString()+"?positions_for=a%00").want(400).wantField("positions_for", "nul_character")
	f.as("admin").breaking().post("/v1/exceptions/decisions", object{"items": []any{object{"kind": "integrity", "id": "\x00"}}, "decision": "note", "reason": "r"}).want(400)
	for _, path := range []string{"/v1/retailers?q=%00", "/v1/visits?after=%00", "/v1/exceptions?after=%00", "/v1/retailers?after=AA", "/v1/users?after=AA", "/v1/visits?date=%00", "/v1/retailers/%00", "/v1/retailers?status=%00"} {
		if a := f.as("admin").breaking().get(path); a.status != 400 {
			t.Errorf("%s", a)
		}
	}
}

func textsIn(o object) (paths [][]string) {
	for name, v := range o {
		switch v := v.(type) {
		case string:
			paths = append(paths, []string{name})
		case object:
			for _, below := range textsIn(v) {
				paths = append(paths, append([]string{name}, below...))
			}
		}
	}
	return paths
}

func replaced(o object, path []string, value any) object {
	if len(path) > 1 {
		value = replaced(o[path[0]].(object), path[1:], value)
	}
	return with(o, path[0], value)
}

func TestUnknownParametersAreRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, path := range []string{"/v1/me", "/v1/me/plan", "/v1/visits", "/v1/plans", "/v1/retailers", "/v1/users", "/v1/units", "/v1/territories", "/v1/policies", "/healthz"} {
		f.as("admin").get(path+"?reps=1").want(400).wantField("reps", "unknown_parameter")
	}
	f.as("admin").get("/v1/visits?Date="+today).want(400).wantField("Date", "unknown_parameter")
}

func TestParametersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	admin := setup(t).as("admin").breaking()
	for query, field := range map[string]string{
		"limit=1000000000": "limit", "limit=0": "limit", "limit=-1": "limit", "limit=x": "limit", "limit=1e3": "limit", "limit=99999999999999999999": "limit",
		"credited=perhaps": "credited", "outcome=there": "outcome", "format=pdf": "format", "date=02.03.2026": "date", "rep=rep1": "rep",
		"after=" + strings.Repeat("x", 501): "after",
	} {
		a := admin.get("/v1/visits?" + query).want(400)
		if !slices.Contains(each(a.at("errors"), "pointer"), field) {
			t.Errorf("%s does not name %s", a, field)
		}
	}
	admin.get("/v1/visits?limit=1&limit=2").want(400)
	admin.get("/v1/visits?date=2026-03-02&date=2026-03-03").want(400)
}

func TestIDsThatAreNone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.first("rep1").ID.String()
	for _, id := range []string{"1", "import", "null", strings.ReplaceAll(id, "-", ""), "{" + id + "}", "urn:uuid:" + id, id + "0", id[:35], "'or'1'='1", "..%2f" + id, "%00"} {
		for _, what := range []string{"retailers", "visits", "plans", "users", "territories"} {
			a := f.as("admin").breaking().get("/v1/" + what + "/" + id)
			if a.status != 400 {
				t.Errorf("%s", a)
			}
		}
	}
	f.as("admin").get("/v1/retailers/" + strings.ToUpper(id)).want(200)
	f.as("admin").breaking().post(askStatus, object{"ids": []string{"x"}}).want(400)
	f.as("admin").breaking().post("/v1/plans", object{"rep_id": "x", "date": today}).want(400)
}

func TestNumbersThatCannotBe(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin := f.as("admin").breaking()
	path := "/v1/retailers/" + f.first("rep1").ID.String()
	for _, body := range []string{
		`{"service_s":-1}`, `{"service_s":1e400}`, `{"service_s":1.5}`, `{"service_s":"1"}`, `{"order_volume":9223372036854775808}`, `{"radius_m":0}`,
		`{"radius_m":1e400}`, `{"radius_m":-0.0}`, `{"visits_per_8_weeks":113}`, `{"pin":{"lat":91,"lon":0,"reason":"r"}}`, `{"pin":{"lat":0,"lon":-180.1,"reason":"r"}}`,
		`{"pin":{"lat":1,"lon":1,"reason":"r","sigma_m":1e9}}`, `{"pin":{"lon":1,"reason":"r"}}`, `{"pin":null,"name":null}`, `{}`, `[]`, `"x"`, `null`,
	} {
		if a := admin.patch(path, body); a.status != 400 {
			t.Errorf("%s: %s", body, a)
		}
	}
	f.as("admin").patch(path, `{"order_volume":9223372036854775807,"radius_m":100000}`).want(200)
	admin.post("/v1/policies", `{"rules":{"radius_m":1e-400},"reason":"r"}`).want(400)
}

func TestAProblemSpeaksTheCallersLanguage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/visits/" + uuid.NewString()
	for header, want := range map[string]string{
		"": "there is no such thing", "en": "there is no such thing", "zh": "不存在", "zh-CN,zh;q=0.9,en;q=0.8": "不存在", "zh-TW": "不存在",
		"fr, zh;q=0.5": "不存在", "en, zh;q=0.5": "there is no such thing", "nonsense;;;": "there is no such thing", "*": "there is no such thing",
	} {
		a := f.as("admin").with("Accept-Language", header).get(path).want(404)
		if !strings.HasPrefix(a.text("detail"), want) {
			t.Errorf("to %q: %s", header, a)
		}
	}
	a := f.as("admin").breaking().with("Accept-Language", "zh").post("/v1/plans", object{"rep_id": uuid.NewString()}).want(400).wantField("/date", "required")
	if got := a.at("errors", 0, "detail"); got != "必填" {
		t.Errorf("a field's text is %v", got)
	}
	if got := f.as("rep1").breaking().with("Accept-Language", "zh").post(postBatch, batch(object{})).want(200).at("results", 0, "problem", "detail"); got != "不是有效的拜访事件：请看各字段" {
		t.Errorf("an item's text is %v", got)
	}
}

func TestRequestIDsAreKeptWhereTheyAreHarmless(t *testing.T) {
	t.Parallel()
	c := theService().nobody(t)
	if got := c.with("X-Request-Id", "phone-1_a").get("/v1/me").want(401); got.text("request_id") != "phone-1_a" || got.header.Get("X-Request-Id") != "phone-1_a" {
		t.Errorf("%s", got)
	}
	for _, id := range []string{"a b", "<script>", strings.Repeat("a", 65), "é", `a"b`, ""} {
		if got := c.with("X-Request-Id", id).get("/v1/me").want(401).text("request_id"); got == id || len(got) != 36 {
			t.Errorf("%q became %q", id, got)
		}
	}
}

// The sink fails the package if a log ever holds a secret; here it is seen to look.
func TestLogsAreWatched(t *testing.T) {
	t.Parallel()
	f := setup(t)
	before := logged.count()
	f.as("rep1").post(postEvent, checkIn(f.first("rep1"), 0)).want(201)
	if logged.count() == before {
		t.Error("a request leaves no line in the log")
	}
	for _, secret := range []string{password, f.as("rep1").token, f.canary, "31.41592", "120.002", f.login().text("refresh_token")} {
		if !secrets.MatchString(secret) {
			t.Errorf("nobody looks for %s", secret)
		}
	}
}

func (f *fixture) login() answer {
	return f.nobody(f.t).post("/v1/auth/login", object{"org": f.org.Slug, "name": "rep1", "password": password}).want(http.StatusOK)
}

func (l *logSink) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines
}

func TestAnswersArePackedForWhoAsks(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for i := range 20 {
		f.as("admin").post("/v1/units", object{"parent_id": f.units["root"].String(), "name": f.named(fmt.Sprint("unit", i))}).want(201)
	}
	a := f.as("admin").with("Accept-Encoding", "gzip").get("/v1/units").want(200)
	body, err := plain(a)
	if a.header.Get("Content-Encoding") != "gzip" || err != nil || !bytes.Contains(body, []byte("unit19")) {
		t.Errorf("%s, %v", a, err)
	}
}
