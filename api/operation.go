package api

import (
	"context"
	_ "embed"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// readyTime is for how long the database may take to say that it is there.
const readyTime = 2 * time.Second

// GetHealth says that the process answers.
func (s *Server) GetHealth(context.Context, GetHealthRequestObject) (GetHealthResponseObject, error) {
	return GetHealth200TextResponse("ok\n"), nil
}

// GetReady says that the database answers, with the right schema.
func (s *Server) GetReady(ctx context.Context, _ GetReadyRequestObject) (GetReadyResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	return GetReady200TextResponse("ready\n"), s.store.Ready(ctx)
}

// The page at /docs is Scalar's API reference in one file, with its settings beside it and nothing from
// elsewhere.
var (
	//go:embed docs/index.html
	docsPage []byte
	//go:embed docs/init.js
	docsInit []byte
	//go:embed docs/scalar.js.gz
	docsScript []byte
)

const docsScriptPath = "/docs/scalar.js"

// packedAlready is true of the one answer that is kept as gzip, as packed twice no browser could read it, of pictures, and
// of events, which would wait for one another.
func packedAlready(c echo.Context) bool {
	return c.Path() == docsScriptPath || c.Path() == photosPath+"/:sha256" || c.Path() == cutEventsPath
}

const docsPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'"

// docs serves the contract and a page to read it on.
func docs(e *echo.Echo) {
	e.GET("/openapi.yaml", func(c echo.Context) error {
		return c.Blob(http.StatusOK, "application/yaml", Contract)
	})
	e.GET("/docs", func(c echo.Context) error {
		c.Response().Header().Set("Content-Security-Policy", docsPolicy)
		return c.HTMLBlob(http.StatusOK, docsPage)
	})
	e.GET("/docs/init.js", func(c echo.Context) error {
		return c.Blob(http.StatusOK, "text/javascript", docsInit)
	})
	e.GET(docsScriptPath, func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderContentEncoding, "gzip")
		c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=86400")
		return c.Blob(http.StatusOK, "text/javascript", docsScript)
	})
}
