package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"rounds"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// Limits of one request. An import carries a file and may take its time.
const (
	maxBody       = 10 << 20 // 500 events of 16 KiB, and room; or the largest photograph
	maxImportBody = 64 << 20
	maxTime       = 30 * time.Second
	maxImportTime = 10 * time.Minute
	maxDataTime   = 2 * time.Minute
	maxPhotoTime  = 5 * time.Minute // of a phone with one bar
	maxEventsTime = 10 * time.Minute
	importPath    = "/v1/retailers/import"
	beatsPath     = "/v1/journey-plans/import"
	dataPath      = "/v1/me/data"
	photosPath    = "/v1/photos"
	ownersPath    = "/v1/territories/import"
	groundsPath   = "/v1/territories/disagreements"
	cutEventsPath = "/v1/territory-proposals/:id/events"
)

func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, limit := c.Request(), int64(maxBody)
		if longTimes[c.Path()] == maxImportTime {
			limit = maxImportBody
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
		return next(c)
	}
}

// longTimes are the limits of what may take longer than maxTime, by route.
var longTimes = map[string]time.Duration{
	importPath: maxImportTime, beatsPath: maxImportTime, dataPath: maxDataTime, photosPath: maxPhotoTime, cutEventsPath: maxEventsTime,
	ownersPath: maxImportTime, groundsPath: maxImportTime,
}

func limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit, long := longTimes[c.Path()]
		if !long {
			limit = maxTime
		} else {
			deadline := time.Now().Add(limit)
			control := http.NewResponseController(c.Response())
			if err := errors.Join(control.SetReadDeadline(deadline), control.SetWriteDeadline(deadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return err
			}
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), limit)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// strictJSON refuses fields that a request does not have, and anything behind its value.
type strictJSON struct{}

// Serialize writes an answer.
func (strictJSON) Serialize(c echo.Context, v any, indent string) error {
	return json.NewEncoder(c.Response()).Encode(v)
}

// Deserialize reads a request's body. Events and findings that are no JSON are read as far as they can be told apart: what
// cannot be read is refused by itself, and hurts no neighbour.
func (strictJSON) Deserialize(c echo.Context, v any) error {
	raw, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return notJSON(err)
	}
	if batch, ok := v.(evenUnreadable); ok && !json.Valid(raw) && batch.takeApart(raw) {
		return nil
	}
	if one, ok := v.(*PostVisitEventJSONRequestBody); ok {
		*one = bytes.TrimSpace(raw)
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return notJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return notJSON(errTwoValues)
	}
	return nil
}

// evenUnreadable is a body with items that are no JSON; false says that they cannot be told apart.
type evenUnreadable interface{ takeApart(raw []byte) bool }

var errTwoValues = errors.New("more than one value")

func notJSON(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge()
	}
	if e, ok := errors.AsType[*rounds.Error](err); ok {
		return e
	}
	problem := rounds.Errorf(rounds.Invalid, "the body is not the JSON that this request takes: see /docs")
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return problem.With("/"+strings.ReplaceAll(e.Field, ".", "/"), "wrong_type")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok { // encoding/json has no type for it
		return problem.With("/"+strings.Trim(name, `"`), "unknown_field")
	}
	if errors.Is(err, errTwoValues) {
		return problem.With("", "json_goes_on")
	}
	return withUnreadable(problem, "", err, "not_json")
}

func tooLarge() error {
	return rounds.Errorf(rounds.TooLarge, "the body is too large: send it in parts")
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// requestID names a request in its answer, in the log and in what a person reports. A caller's own id is
// kept if it is harmless to print.
func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !plainID.MatchString(id) {
			id = uuid.Must(uuid.NewV7()).String()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

func idOf(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// requested is what handlers may want to know of a request beside what the contract gives them.
type requested struct {
	requestID string
	address   string // of the caller, or of the first proxy that is not believed
	lang      lang
}

type requestedKey struct{}

func about(ctx context.Context) requested {
	r, _ := ctx.Value(requestedKey{}).(requested)
	return r
}

func describe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := requested{idOf(c), c.RealIP(), requestLanguage(c.Request())}
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), requestedKey{}, r)))
		return next(c)
	}
}

// logRequests writes a line a request: its route, and nothing that was in it.
func logRequests(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			begin := time.Now()
			if err := next(c); err != nil {
				c.Error(err)
			}
			log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
				slog.String("method", c.Request().Method),
				slog.String("route", c.Path()),
				slog.Int("status", c.Response().Status),
				slog.Float64("ms", float64(time.Since(begin).Microseconds())/1000),
				slog.Int64("bytes", c.Response().Size),
				slog.String("request_id", idOf(c)))
			return nil
		}
	}
}

func recoverPanics(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				if r := recover(); r != nil && r != http.ErrAbortHandler {
					log.Error("panic", "request_id", idOf(c), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
					err = fmt.Errorf("panic: %v", r)
				}
			}()
			return next(c)
		}
	}
}

func secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		return next(c)
	}
}

// ipExtractor believes X-Forwarded-For from the given proxies only.
func ipExtractor(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(ipNet(p)))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
