package api_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
)

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.visit("rep1", f.first("rep1"), 0)
	for path, want := range map[string]int{
		"/healthz": 200, "/openapi.yaml": 200, "/docs": 200, "/v1/me": 200, "/v1/visits": 200, "/v1/visits/" + id: 200, "/v1/visits?format=csv": 200,
		"/v1/visits/" + uuid.NewString(): 404, "/v1/visits?nonsense=1": 400, "/v1/nonsense": 404, "/v1/auth/login": 405,
	} {
		get, head := f.as("rep1").breaking().get(path).want(want), f.as("rep1").do("HEAD", path, nil).want(want)
		if len(head.body) > 0 {
			t.Errorf("%s: HEAD has a body of %d bytes", path, len(head.body))
		}
		for _, name := range []string{"Content-Type", "Content-Disposition", "Allow"} {
			if g, h := get.header.Get(name), head.header.Get(name); g != h {
				t.Errorf("%s: %s is %q by GET and %q by HEAD", path, name, g, h)
			}
		}
	}
	f.nobody(t).do("HEAD", "/v1/visits", nil).want(401)
}

func TestAWrongMethodIsToldFromAWrongAddress(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, c := range []struct {
		request string
		want    int
		allow   string
	}{
		{"DELETE /v1/visits", 405, "GET, HEAD"},
		{"POST /v1/me", 405, "GET, HEAD"},
		{"GET /v1/auth/login", 405, "POST"},
		{"DELETE /v1/users/" + uuid.NewString(), 405, "GET, HEAD, PATCH"},
		{"PUT /v1/plans", 405, "GET, HEAD, POST"},
		{"POST /v1/plans/" + uuid.NewString() + "/stops", 405, "PUT"},
		{"OPTIONS /v1/settings", 405, "GET, HEAD, PUT"},
		{"POST /healthz", 405, "GET, HEAD"},
		{"POST /openapi.yaml", 405, "GET, HEAD"},
		{"POST /v1/visits/", 405, "GET, HEAD"},
		{"DELETE /v1/nonsense", 404, ""},
		{"DELETE /v1/visits/" + uuid.NewString() + "/nonsense", 404, ""},
		{"DELETE /v1/visits/" + uuid.NewString() + "/", 405, "GET, HEAD"},
		{"GET /", 404, ""},
	} {
		a := f.as("rep1").send(c.request, nil).want(c.want)
		if got := a.header.Get("Allow"); got != c.allow || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s allows %q, want %q", a, got, c.allow)
		}
	}
	a := f.nobody(t).with("Accept-Language", "zh").do("DELETE", "/v1/visits", nil).want(405)
	if got := a.text("detail"); got != "此地址不支持该方法：见 /docs" {
		t.Errorf("in Chinese: %q", got)
	}
}

func TestDownloadsAreNamedForTheirDays(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for query, want := range map[string]string{
		"": "until-" + today, "&date=2026-03-01": "2026-03-01", "&date=2026-02-23&until=2026-03-01": "2026-02-23-to-2026-03-01",
	} {
		for _, format := range []string{"csv", "xlsx"} {
			a := f.as("rep1").get("/v1/visits?format=" + format + query).want(200)
			if got, want := a.header.Get("Content-Disposition"), fmt.Sprintf(`attachment; filename="visits-%s.%s"`, want, format); got != want {
				t.Errorf("%q: %s, want %s", query, got, want)
			}
		}
	}
	if got := f.as("rep1").get("/v1/visits").want(200).header.Get("Content-Disposition"); got != "" {
		t.Errorf("a page is kept as %s", got)
	}
}
