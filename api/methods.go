package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// headAsGet answers HEAD as GET. The body stays back: net/http goes by the request that it read itself.
func headAsGet(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().Method != http.MethodHead {
			return next(c)
		}
		get := c.Request().WithContext(c.Request().Context())
		get.Method = http.MethodGet
		c.Echo().ServeHTTP(c.Response().Writer, get)
		return nil
	}
}

// refuseMethod tells a wrong method from a wrong address: the group's routes for whatever is not found, which
// let nobody ask around without a token, would else answer both.
func refuseMethod(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !isNowhere(c) {
			return next(c)
		}
		allowed := methodsAt(c)
		if len(allowed) == 0 {
			return next(c)
		}
		c.Response().Header().Set(echo.HeaderAllow, strings.Join(allowed, ", "))
		return echo.ErrMethodNotAllowed
	}
}

// isNowhere reports that the router found no route but one for everything.
func isNowhere(c echo.Context) bool { return slices.Contains([]string{"", "/*"}, c.Path()) }

// methodsAt are those that the request's address takes; none if there is no such address.
func methodsAt(c echo.Context) (allowed []string) {
	e := c.Echo()
	other := e.AcquireContext()
	defer e.ReleaseContext(other)
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut} {
		other.Reset(c.Request(), nil)
		e.Router().Find(method, echo.GetPath(c.Request()), other)
		if isNowhere(other) || slices.ContainsFunc(other.ParamValues(), hasSlash) { // echo lets a last parameter be any rest
			continue
		}
		if allowed = append(allowed, method); method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	return allowed
}

func hasSlash(s string) bool { return strings.Contains(s, "/") }
