package api

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"

	"rounds"

	"github.com/labstack/echo/v4"
)

// statuses is the only table from a failure's code to an HTTP status.
var statuses = map[rounds.Code]int{
	rounds.Invalid:         http.StatusBadRequest,
	rounds.Unauthenticated: http.StatusUnauthorized,
	rounds.Forbidden:       http.StatusForbidden,
	rounds.NotFound:        http.StatusNotFound,
	rounds.Conflict:        http.StatusConflict,
	rounds.TooMany:         http.StatusTooManyRequests,
	rounds.TooLarge:        http.StatusRequestEntityTooLarge,
	rounds.Unavailable:     http.StatusServiceUnavailable,
	rounds.Internal:        http.StatusInternalServerError,
}

// retryAfter is how many seconds to wait before the same request may succeed.
var retryAfter = map[rounds.Code]int{
	rounds.TooMany:     60,
	rounds.Unavailable: 5,
}

// problems is the one place that writes failures.
type problems struct{ log *slog.Logger }

func (p problems) handle(err error, c echo.Context) {
	if c.Response().Committed {
		p.log.Warn("answer broken off", "request_id", idOf(c), "route", c.Path(), "error", err.Error())
		return
	}
	status, failure := translate(err)
	if failure.Code == rounds.Internal || failure.Code == rounds.Unavailable {
		p.log.Error("request failed", "request_id", idOf(c), "route", c.Path(), "error", err.Error())
	}
	if seconds, ok := retryAfter[failure.Code]; ok {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
	}
	if failure.Code == rounds.Unauthenticated {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="rounds"`)
	}
	body := problemOf(requestLanguage(c.Request()), idOf(c), status, failure)
	if err := writeProblem(c.Response(), status, body); err != nil {
		p.log.Warn("answer not sent", "request_id", idOf(c), "error", err.Error())
	}
}

func writeProblem(w http.ResponseWriter, status int, body any) error {
	w.Header().Set(echo.HeaderContentType, "application/problem+json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}

// translate finds what a caller may be told of an error, and the status to tell it with.
func translate(err error) (int, *rounds.Error) {
	if e, ok := errors.AsType[*rounds.Error](err); ok {
		return statuses[e.Code], e
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code < 500 {
		return e.Code, ofFramework(e)
	}
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) { // of a body that only says that it is gzip
		return http.StatusBadRequest, rounds.Errorf(rounds.Invalid, "the body is not the JSON that this request takes: see /docs").With("", "not_json")
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return http.StatusServiceUnavailable, rounds.Errorf(rounds.Unavailable, "this took too long: try again, or ask for less")
	}
	return http.StatusInternalServerError, rounds.Errorf(rounds.Internal, "something went wrong here: report it with the request id")
}

// ofFramework translates echo's own refusals: no such route, no such method, a body that is too large.
func ofFramework(e *echo.HTTPError) *rounds.Error {
	switch e.Code {
	case http.StatusNotFound:
		return rounds.Errorf(rounds.NotFound, "there is no such address: see /docs")
	case http.StatusMethodNotAllowed:
		return rounds.Errorf(rounds.NotFound, "this address does not take that method: see /docs")
	case http.StatusRequestEntityTooLarge:
		return tooLarge().(*rounds.Error)
	}
	return rounds.Errorf(rounds.Invalid, "the request is not as /docs says: see the fields")
}

// maxFields is how many fields one answer names: whoever sends a body that is wrong all over needs no answer larger than it.
const maxFields = 1000

func firstFields(fields []rounds.Field) []rounds.Field {
	if len(fields) <= maxFields {
		return fields
	}
	return append(slices.Clone(fields[:maxFields]), rounds.Field{Code: "more_fields", Args: []any{len(fields) - maxFields}})
}

func problemOf(lang lang, requestID string, status int, e *rounds.Error) Problem {
	return Problem{
		Type:      "about:blank",
		Title:     http.StatusText(status),
		Status:    status,
		Code:      ProblemCode(e.Code),
		Detail:    lang.text(e.Format, e.Args),
		RequestID: requestID,
		Errors:    lang.fields(firstFields(e.Fields)),
	}
}
