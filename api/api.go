// Package api is the HTTP face of Rounds: openapi.yaml is its contract and its table of contents.
//
// It knows requests, answers, tokens and the words for failures. It decides nothing: a handler makes one
// call, of fieldwork to change something or of store to read, and maps the answer.
package api

import (
	_ "embed"
	"log/slog"
	"net/netip"
	"time"

	"rounds/fieldwork"
	"rounds/store"

	"github.com/labstack/echo-contrib/echoprometheus"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"
)

// Contract is the OpenAPI document that every route is held to.
//
//go:embed openapi.yaml
var Contract []byte

// Config is what the API needs of its surroundings.
type Config struct {
	Office  *fieldwork.Office
	Store   *store.Store
	Log     *slog.Logger
	Now     func() time.Time
	Proxies []netip.Prefix        // whose X-Forwarded-For is believed; nil: nobody's
	Metrics prometheus.Registerer // hears of every request; nil: nobody does
	Ending  <-chan struct{}       // closed when the server stops: events end; nil: never
}

// Server holds what the handlers share. Its methods are the operations of openapi.yaml.
type Server struct {
	office *fieldwork.Office
	store  *store.Store
	now    func() time.Time
	tokens *tokens
	ending <-chan struct{}
}

var _ StrictServerInterface = (*Server)(nil)

// New makes the handler of all routes.
func New(c Config) (*echo.Echo, error) {
	contract, err := loadContract()
	if err != nil {
		return nil, err
	}
	now := func() time.Time { return c.Now().UTC().Truncate(time.Millisecond) } // as finely as anybody reads it
	s := &Server{office: c.Office, store: c.Store, now: now, tokens: newTokens(c.Office.SigningKeys, c.Now), ending: c.Ending}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = ipExtractor(c.Proxies)
	e.JSONSerializer = strictJSON{}
	e.HTTPErrorHandler = problems{c.Log}.handle
	e.Pre(headAsGet, middleware.RemoveTrailingSlash())
	// In this order: what a later one refuses or breaks, an earlier one still names, logs and answers.
	e.Use(requestID, describe)
	if c.Metrics != nil {
		e.Use(observe(c.Metrics))
	}
	e.Use(
		logRequests(c.Log),
		recoverPanics(c.Log),
		secure,
		refuseMethod,
		middleware.GzipWithConfig(middleware.GzipConfig{MinLength: 1400, Skipper: packedAlready}),
		middleware.Decompress(),
		limitBody, // after decompression: it is the bomb that must be small, not its wrapping
		limitTime,
	)
	docs(e)
	g := e.Group("", s.authenticate(contract), contract.validate)
	RegisterHandlers(g, NewStrictHandler(s, nil))
	return e, nil
}

// observe counts requests by route, and times them.
func observe(registry prometheus.Registerer) echo.MiddlewareFunc {
	return echoprometheus.NewMiddlewareWithConfig(echoprometheus.MiddlewareConfig{
		Subsystem:                 "rounds",
		Registerer:                registry,
		DoNotUseRequestPathFor404: true,
	})
}
