package api_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rounds/internal/pgtest"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

func TestEveryRouteIsInTheContract(t *testing.T) {
	t.Parallel()
	var got, want []string
	for _, r := range theService().echo.Routes() {
		if r.Method != "echo_route_not_found" {
			got = append(got, r.Method+" "+r.Path)
		}
	}
	for _, r := range theContract.routes {
		want = append(want, r.Method+" "+strings.NewReplacer("{", ":", "}", "").Replace(r.Path))
	}
	want = append(want, "GET /openapi.yaml", "GET /docs", "GET /docs/init.js", "GET /docs/scalar.js")
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-contract +server):\n%s", diff)
	}
}

func TestContractIsServedAndValid(t *testing.T) {
	t.Parallel()
	a := theService().nobody(t).get("/openapi.yaml").want(200)
	body, err := plain(a)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	if got := a.header.Get("Content-Type"); got != "application/yaml" {
		t.Errorf("Content-Type is %q", got)
	}
}

func TestDocsPageLoadsFromHereAlone(t *testing.T) {
	t.Parallel()
	c := theService().nobody(t)
	c.large = true // the script is
	page := string(c.get("/docs").want(200).body)
	for _, asset := range []string{"/docs/scalar.js", "/docs/init.js"} {
		if !strings.Contains(page, asset) {
			t.Errorf("the page does not load %s", asset)
		}
		a := c.get(asset).want(200)
		body, err := plain(a)
		err = errors.Join(err, checkHeaders(a))
		if err != nil || len(body) < 100 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s has %d bytes of %s; %v", asset, len(body), a.header.Get("Content-Type"), err)
		}
	}
	// A client that says it takes gzip must not get it packed twice.
	script, err := plain(c.with("Accept-Encoding", "gzip").get("/docs/scalar.js").want(200))
	if err != nil || !strings.Contains(string(script), "createApiReference") {
		t.Errorf("the script is packed wrongly: %v", err)
	}
	if strings.Contains(page, "://") {
		t.Error("the page names another server")
	}
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	c := theService().nobody(t)
	c.get("/healthz").want(200)
	c.get("/readyz").want(200)
}

func TestReadyzFailsOnAnotherSchema(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	v := serve(t, openStore(t, url))
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	c := v.nobody(t)
	c.failing = true
	c.get("/readyz").want(200)
	for _, q := range []string{`update public.schema_version set version = version - 1`, `drop table public.schema_version`} {
		if _, err := conn.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		a := c.get("/readyz").want(http.StatusServiceUnavailable)
		if a.header.Get("Retry-After") == "" || a.text("code") != "unavailable" {
			t.Errorf("%s", a)
		}
	}
	c.get("/healthz").want(200)
}
