package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"rounds"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"
)

// contract is openapi.yaml by route, for checking requests against it.
type contract struct {
	routes map[string]*routers.Route // "GET /v1/visits/:id"
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// canonicalID is the one form of a UUID that rounds.ParseID reads too.
const canonicalID = `^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`

// The formats are kin-openapi's own, for the whole process.
func init() {
	openapi3.DefineStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(canonicalID))
}

// loadContract reads the contract once: all servers of a process share it, and none changes it.
var loadContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(Contract)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	// kin-openapi compiles the schemas of a 3.1 document again for every request, and names the parent of an
	// unknown field. Its own validator does neither, and knows every keyword that the contract uses.
	doc.OpenAPI = "3.0.3"
	c := &contract{routes: map[string]*routers.Route{}}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			key := method + " " + pathParameter.ReplaceAllString(path, ":$1")
			c.routes[key] = &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op}
		}
	}
	return c, nil
})

func (c *contract) route(e echo.Context) *routers.Route {
	return c.routes[e.Request().Method+" "+e.Path()]
}

// public reports routes that nobody needs to log in for.
func public(r *routers.Route) bool {
	return r.Operation.Security != nil && len(*r.Operation.Security) == 0
}

// validate refuses requests that the contract does not know. A body whose x-rounds-body is "envelope"
// carries items that are judged one by one, and one that is "file" is whatever somebody has: neither is
// looked into here.
func (c *contract) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(e echo.Context) error {
		route := c.route(e)
		if route == nil { // a path that exists, but not with this method, and the like
			return next(e)
		}
		if err := unknownParameters(e, route); err != nil {
			return err
		}
		sent, err := sentBody(e.Request(), route)
		if err != nil {
			return notJSON(err)
		}
		input := &openapi3filter.RequestValidationInput{
			Request:    e.Request(),
			PathParams: pathParams(e),
			Route:      route,
			Options: &openapi3filter.Options{
				MultiError:         true,
				ExcludeRequestBody: route.Operation.Extensions["x-rounds-body"] != nil,
				AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			},
		}
		if err := openapi3filter.ValidateRequest(e.Request().Context(), input); err != nil {
			return invalid(err)
		}
		if err := refuseOtherText(e, sent); err != nil {
			return err
		}
		return next(e)
	}
}

// sentBody is a body that is looked into as it was sent: the validator leaves another one behind, with defaults filled in.
func sentBody(r *http.Request, route *routers.Route) ([]byte, error) {
	if r.Body == nil || route.Operation.RequestBody == nil || route.Operation.Extensions["x-rounds-body"] != nil {
		return nil, nil
	}
	sent, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(sent))
	return sent, err
}

func pathParams(e echo.Context) map[string]string {
	params := map[string]string{}
	for i, name := range e.ParamNames() {
		params[name] = e.ParamValues()[i]
	}
	return params
}

// unknownParameters refuses what would otherwise be a filter that silently does not filter.
func unknownParameters(e echo.Context, route *routers.Route) error {
	problem := rounds.Errorf(rounds.Invalid, "the request is not as /docs says: see the fields")
	for name := range e.QueryParams() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil && route.PathItem.Parameters.GetByInAndName("query", name) == nil {
			problem.With(name, "unknown_parameter")
		}
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	return nil
}

// invalid turns the validator's findings into the failing fields.
func invalid(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge()
	}
	problem := rounds.Errorf(rounds.Invalid, "the request is not as /docs says: see the fields")
	flatten(problem, "", err)
	return problem
}

func flatten(problem *rounds.Error, at string, err error) {
	switch e := err.(type) {
	case openapi3.MultiError:
		for _, each := range e {
			flatten(problem, at, each)
		}
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			at = e.Parameter.Name
		}
		if e.Err == nil {
			problem.With(at, fieldCode(e.Reason))
			return
		}
		flatten(problem, at, e.Err)
	case *openapi3.SchemaError:
		if _, many := e.Origin.(openapi3.MultiError); many {
			flatten(problem, at, e.Origin)
			return
		}
		problem.With(at+pointerTo(e), schemaCode(e), schemaArgs(e)...)
	case *openapi3filter.ParseError:
		withUnreadable(problem, at, e, "not_readable")
	default:
		problem.With(at, "required_or_malformed")
	}
}

// withUnreadable says where a body ceases to be JSON, so that somebody can mend it there; otherwise is the code of what is none.
func withUnreadable(problem *rounds.Error, at string, err error, otherwise string) *rounds.Error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return problem.With(at, "json_breaks_off", syntax.Offset)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return problem.With(at, "json_cut_off")
	}
	return problem.With(at, otherwise)
}

func pointerTo(e *openapi3.SchemaError) string {
	pointer := ""
	for _, token := range e.JSONPointer() {
		pointer += "/" + pointerEscapes.Replace(token)
	}
	if unknown := unknownField.FindStringSubmatch(e.Reason); unknown != nil {
		if name, err := strconv.Unquote(unknown[1]); err == nil {
			pointer += "/" + pointerEscapes.Replace(name)
		}
	}
	return pointer
}

var (
	pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")
	unknownField   = regexp.MustCompile(`^property (".*") is unsupported$`) // the validator points at what it is in
)

// fieldCode is for failures of a body or a parameter as a whole.
func fieldCode(reason string) string {
	if strings.Contains(reason, "Content-Type") {
		return "wrong_content_type"
	}
	return "required"
}

// schemaCodes are the stable codes of what JSON Schema can object to.
var schemaCodes = map[string]string{
	"required":             "required",
	"additionalProperties": "unknown_field",
	"properties":           "unknown_field",
	"type":                 "wrong_type",
	"enum":                 "not_one_of",
	"const":                "not_one_of",
	"minimum":              "too_small",
	"exclusiveMinimum":     "not_above",
	"maximum":              "too_large",
	"exclusiveMaximum":     "not_below",
	"minLength":            "too_short",
	"maxLength":            "too_long",
	"minItems":             "too_few",
	"maxItems":             "too_many",
	"minProperties":        "nothing_given",
	"pattern":              "wrong_form",
	"format":               "wrong_form",
}

func schemaCode(e *openapi3.SchemaError) string {
	if code, ok := schemaCodes[e.SchemaField]; ok {
		return code
	}
	return "wrong_form"
}

// schemaArgs are the limit, or the values that there are.
func schemaArgs(e *openapi3.SchemaError) []any {
	s := e.Schema
	if s == nil {
		return nil
	}
	switch {
	case e.SchemaField == "enum":
		return []any{strings.Trim(fmt.Sprint(s.Enum), "[]")}
	case e.SchemaField == "minLength":
		return []any{s.MinLength}
	case e.SchemaField == "maxLength" && s.MaxLength != nil:
		return []any{*s.MaxLength}
	case e.SchemaField == "maxItems" && s.MaxItems != nil:
		return []any{*s.MaxItems}
	case e.SchemaField == "exclusiveMinimum" && s.ExclusiveMin.Value != nil:
		return []any{*s.ExclusiveMin.Value}
	case e.SchemaField == "exclusiveMaximum" && s.ExclusiveMax.Value != nil:
		return []any{*s.ExclusiveMax.Value}
	case e.SchemaField == "minimum" && s.Min != nil:
		return []any{*s.Min}
	case e.SchemaField == "maximum" && s.Max != nil:
		return []any{*s.Max}
	}
	return nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
