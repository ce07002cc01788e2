package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"rounds/api"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

func init() {
	openapi3filter.RegisterBodyDecoder("application/geo+json", openapi3filter.JSONBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/gpx+xml", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("image/png", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/vnd.google-earth.kml+xml", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/csv", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", openapi3filter.FileBodyDecoder)
}

// checker holds requests and answers to openapi.yaml, and remembers which operations were seen to work.
type checker struct {
	doc    *openapi3.T
	routes []checkedRoute
	mu     sync.Mutex
	worked map[string]bool
}

type checkedRoute struct {
	routers.Route
	path *regexp.Regexp
}

var theContract = newChecker()

var parameterName = regexp.MustCompile(`\\\{([^}]+)\\\}`)

func newChecker() *checker {
	doc, err := openapi3.NewLoader().LoadFromData(api.Contract)
	if err != nil {
		panic(err)
	}
	doc.OpenAPI = "3.0.3" // kin-openapi compiles every schema of a 3.1 document again for every value
	c := &checker{doc: doc, worked: map[string]bool{}}
	for path, item := range doc.Paths.Map() {
		pattern := regexp.MustCompile("^" + parameterName.ReplaceAllString(regexp.QuoteMeta(path), `(?P<$1>[^/]+)`) + "$")
		for method, op := range item.Operations() {
			c.routes = append(c.routes, checkedRoute{
				routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op}, pattern,
			})
		}
	}
	slices.SortFunc(c.routes, func(a, b checkedRoute) int { return strings.Compare(a.Path, b.Path) })
	return c
}

func (c *checker) operations() []string {
	var ids []string
	for _, r := range c.routes {
		ids = append(ids, r.Operation.OperationID)
	}
	slices.Sort(ids)
	return ids
}

func (c *checker) unexercised() (complaints []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range c.operations() {
		if !c.worked[id] {
			complaints = append(complaints, "no test has seen the operation "+id+" succeed")
		}
	}
	return complaints
}

// find is the route of a request and its path parameters; a path without parameters goes first.
func (c *checker) find(method, path string) (*checkedRoute, map[string]string) {
	var best *checkedRoute
	var params map[string]string
	for i, r := range c.routes {
		m := r.path.FindStringSubmatch(path)
		if m == nil || r.Method != method || (best != nil && len(m) > 1) {
			continue
		}
		best, params = &c.routes[i], map[string]string{}
		for n, name := range r.path.SubexpNames()[1:] {
			params[name], _ = url.PathUnescape(m[n+1])
		}
	}
	return best, params
}

// check says how a request or its answer is not what the contract says.
func (c *checker) check(req *http.Request, sent []byte, a answer, malformed bool) error {
	route, params := c.find(req.Method, req.URL.EscapedPath())
	if route == nil {
		return c.checkProblem(a)
	}
	in := &openapi3filter.RequestValidationInput{
		Request: req.Clone(context.Background()), PathParams: params, Route: &route.Route,
		Options: &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	in.Request.Body = io.NopCloser(bytes.NewReader(sent))
	var errs []error
	if !malformed && route.Operation.Extensions["x-rounds-body"] != "file" {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			errs = append(errs, fmt.Errorf("the request breaks the contract: %w", err))
		}
	}
	if a.status < 300 {
		c.mu.Lock()
		c.worked[route.Operation.OperationID] = true
		c.mu.Unlock()
	}
	return errors.Join(append(errs, c.checkAnswer(in, a))...)
}

func (c *checker) checkAnswer(in *openapi3filter.RequestValidationInput, a answer) error {
	body, err := plain(a)
	if err != nil {
		return err
	}
	response := responseOf(in.Route.Operation, a.status)
	if response == nil {
		return fmt.Errorf("the contract has no status %d", a.status)
	}
	if len(response.Content) == 0 {
		if len(body) > 0 || a.header.Get("Content-Type") != "" {
			return errors.New("the contract has no body here")
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || response.Content.Get(kind) == nil {
		return fmt.Errorf("the contract has no Content-Type %q here", a.header.Get("Content-Type"))
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(body)), Options: in.Options,
	})
	return errors.Join(err, undocumented(response.Content.Get(kind).Schema, kind, body))
}

func responseOf(op *openapi3.Operation, status int) *openapi3.Response {
	ref := op.Responses.Status(status)
	if ref == nil && status >= 400 {
		ref = op.Responses.Default()
	}
	if ref == nil {
		return nil
	}
	return ref.Value
}

// checkProblem is for answers of no operation: they are problems too, or what documents the API.
func (c *checker) checkProblem(a answer) error {
	if a.status < 400 || a.method == http.MethodHead {
		return nil
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		return fmt.Errorf("Content-Type is %q", got)
	}
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		return err
	}
	schema := c.doc.Components.Schemas["Problem"]
	return errors.Join(schema.Value.VisitJSON(v), undocumented(schema, "application/problem+json", a.body))
}

// undocumented names fields of an answer that its schema does not have.
func undocumented(schema *openapi3.SchemaRef, kind string, body []byte) error {
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // a phone's own fields may hold numbers that no float64 does
	if err := d.Decode(&v); err != nil {
		return err
	}
	return extras("", v, schema)
}

func extras(pointer string, v any, schema *openapi3.SchemaRef) error {
	if schema == nil || schema.Value == nil || schema.Value.Extensions["x-go-type"] != nil { // an event's fields are its phone's business
		return nil
	}
	var errs []error
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			errs = append(errs, extras(fmt.Sprintf("%s/%d", pointer, i), item, schema.Value.Items))
		}
	case object:
		known, open := properties(schema)
		for name, field := range v {
			if known[name] == nil && !open {
				errs = append(errs, fmt.Errorf("%s/%s is not in the contract", pointer, name))
				continue
			}
			errs = append(errs, extras(pointer+"/"+name, field, known[name]))
		}
	}
	return errors.Join(errs...)
}

// properties are those of a schema and of all that it is composed of; open schemas may hold anything else.
func properties(schema *openapi3.SchemaRef) (map[string]*openapi3.SchemaRef, bool) {
	s := schema.Value
	known := map[string]*openapi3.SchemaRef{}
	open := s.AdditionalProperties.Schema != nil || (s.AdditionalProperties.Has != nil && *s.AdditionalProperties.Has)
	for name, p := range s.Properties {
		known[name] = p
	}
	for _, part := range s.AllOf {
		more, isOpen := properties(part)
		open = open || isOpen
		for name, p := range more {
			known[name] = p
		}
	}
	return known, open
}
