package locate

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// Router asks the carrier of the serving cell, and where that does not help the services for all networks, in
// the order of the configuration.
type Router struct {
	routes    []route
	transport *http.Transport
}

type route struct {
	service *service
	locator Locator
}

// New makes the services of a valid configuration. It asks none of them anything. Close it after use.
func New(c Config) (*Router, error) {
	c = c.withDefaults()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	r := &Router{transport: newTransport()}
	client := newClient(r.transport)
	for _, settings := range c.Services {
		s := newService(settings, client)
		r.routes = append(r.routes, route{service: s, locator: NewGuard(s.locator(), s.Limits)})
	}
	return r, nil
}

// Close lets go of idle connections.
func (r *Router) Close() { r.transport.CloseIdleConnections() }

// Locate takes the first position whose accuracy says something, else the first with a point, else the first address.
// Where nobody knows it fails as the most hopeful service did: temporary before not found before permanent.
func (r *Router) Locate(ctx context.Context, q Query) (Position, error) {
	var point, address *Position
	var errs []error
	for _, route := range r.candidates(q) {
		p, err := route.locator.Locate(ctx, q)
		switch {
		case err != nil:
			errs = append(errs, named(err, route.service.Name))
		case p.Point != nil && p.AccuracyKind.Sigma(p.Accuracy) != nil:
			return p, nil
		case p.Point != nil && point == nil: // nobody can be credited by it
			point = &p
		case p.Point == nil && address == nil:
			address = &p
		}
	}
	switch {
	case point != nil:
		return *point, nil
	case address != nil:
		return *address, nil
	}
	return Position{}, mostHopeful(errs)
}

// candidates are the routes of the serving cell's network, then those of all networks.
func (r *Router) candidates(q Query) []route {
	var own, all []route
	cell, ok := q.serving()
	for _, route := range r.routes {
		switch networks := route.service.Networks; {
		case len(networks) == 0:
			all = append(all, route)
		case ok && slices.Contains(networks, PLMN{cell.MCC, cell.MNC}):
			own = append(own, route)
		}
	}
	return append(own, all...)
}

// named says whose failure it is, where the guard failed before the service was asked.
func named(err error, service string) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Service == "" {
		e.Service = service
	}
	return err
}

func mostHopeful(errs []error) error {
	for _, class := range []error{ErrTemporary, ErrNotFound, ErrPermanent} {
		var best error
		for _, err := range errs {
			if errors.Is(err, class) && (best == nil || sooner(err, best)) {
				best = err
			}
		}
		if best != nil {
			return best
		}
	}
	return &Error{Class: ErrPermanent, Reason: NoService}
}

func sooner(a, b error) bool {
	x, _ := errors.AsType[*Error](a)
	y, _ := errors.AsType[*Error](b)
	return x.After < y.After
}
