package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"rounds"
	"rounds/fieldwork"
	"rounds/store"
)

// auditService is for how long an auditor stays at a retailer if nobody says otherwise, in seconds.
const auditService = 600

// PostAuditRoutes plans who visits an audit's retailers.
func (s *Server) PostAuditRoutes(ctx context.Context, r PostAuditRoutesRequestObject) (PostAuditRoutesResponseObject, error) {
	n := fieldwork.NewAuditRoutes{
		Service: auditService, Begins: orZero(r.Body.Begins), Ends: orZero(r.Body.Ends), AnyDay: orZero(r.Body.AnyDay),
		Auditors: mapped(r.Body.Auditors, nounAuditor),
	}
	set(&n.Service, r.Body.ServiceS, same)
	for i, d := range r.Body.Dates {
		date, err := day(&d, fmt.Sprintf("/dates/%d", i), "")
		if err != nil {
			return nil, err
		}
		n.Days = append(n.Days, date)
	}
	made, err := s.office.PlanAuditRoutes(ctx, actor(ctx), rounds.AuditID(r.ID), n)
	return PostAuditRoutes201JSONResponse(wireMade(made)), err
}

func nounAuditor(w RouteAuditor) fieldwork.RouteAuditor {
	u := fieldwork.RouteAuditor{ID: rounds.UserID(w.UserID)}
	if w.Start != nil {
		u.Start = nounPoint(*w.Start)
	}
	if w.End != nil {
		u.End = nounPoint(*w.End)
	}
	return u
}

func wireMade(m fieldwork.AuditRoutesMade) AuditRoutesMade {
	return AuditRoutesMade{
		Items: mapped(m.Routes, wireAuditRoute), Planned: m.Planned,
		LeftOut: mapped(m.LeftOut, func(l rounds.Unserved) AuditLeftOut {
			return AuditLeftOut{RetailerID: wireID(l.RetailerID), Reason: AuditLeftOutReason(l.Reason)}
		}),
		NoDay: mapped(m.NoDay, func(d fieldwork.NoAuditDay) NoAuditDay {
			return NoAuditDay{UserID: wireID(d.AuditorID), Date: string(d.Day), Reason: NoAuditDayReason(d.Reason)}
		}),
		Barred: mapped(m.Barred, func(i store.Interest) BarredAuditor {
			return BarredAuditor{UserID: wireID(i.UserID), RetailerID: wireID(i.RetailerID), Reason: BarredAuditorReason(i.Why)}
		}),
	}
}

// wireAuditRoute does not tell where the auditor sets out and ends: that may be their home.
func wireAuditRoute(r rounds.AuditRoute) AuditRoute {
	return AuditRoute{
		ID: wireID(r.ID), AuditID: wireID(r.AuditID), AuditorID: wireID(r.AuditorID), Date: string(r.Day), Revision: r.Revision,
		StartsAt: r.StartsAt, EndsAt: r.EndsAt, DistanceM: r.DistanceM, TravelS: r.TravelS, Travel: wireTravel(r.Travel),
		Stops: mapped(r.Stops, wireStop),
	}
}

// ListAuditRoutes lists the routes of an audit.
func (s *Server) ListAuditRoutes(ctx context.Context, r ListAuditRoutesRequestObject) (ListAuditRoutesResponseObject, error) {
	found, err := s.office.AuditRoutes(ctx, actor(ctx), rounds.AuditID(r.ID))
	return ListAuditRoutes200JSONResponse{Items: mapped(found, wireAuditRoute)}, err
}

// GetAuditRoute shows a route.
func (s *Server) GetAuditRoute(ctx context.Context, r GetAuditRouteRequestObject) (GetAuditRouteResponseObject, error) {
	a := actor(ctx)
	route, err := s.store.AuditRoute(ctx, a.Scope(), a.UserID, rounds.AuditRouteID(r.ID))
	if err != nil {
		return nil, err
	}
	cards, err := s.auditCards(ctx, a, route)
	w := wireAuditRoute(route)
	for i, stop := range route.Stops {
		w.Stops[i].Links = cards.links(stop)
	}
	return GetAuditRoute200JSONResponse(w), err
}

// DeleteAuditRoute takes a route off its auditor.
func (s *Server) DeleteAuditRoute(ctx context.Context, r DeleteAuditRouteRequestObject) (DeleteAuditRouteResponseObject, error) {
	return DeleteAuditRoute204Response{}, s.office.WithdrawAuditRoute(ctx, actor(ctx), rounds.AuditRouteID(r.ID))
}

// PutAuditRouteStops puts a route into an order made by hand.
func (s *Server) PutAuditRouteStops(ctx context.Context, r PutAuditRouteStopsRequestObject) (PutAuditRouteStopsResponseObject, error) {
	route, err := s.office.OrderAuditRoute(ctx, actor(ctx), rounds.AuditRouteID(r.ID), r.Body.Revision, nounIDs[rounds.Stop](r.Body.StopIds))
	return PutAuditRouteStops200JSONResponse(wireAuditRoute(route)), err
}

// auditCards are what is shown of the retailers of a route: not when somebody was last credited with a visit there.
func (s *Server) auditCards(ctx context.Context, a rounds.Actor, r rounds.AuditRoute) (cards, error) {
	c, err := s.cards(ctx, a, rounds.Plan{Day: r.Day, Stops: r.Stops})
	c.last = nil
	return c, err
}

// auditMap is a route as maps show it. Only the auditor's own show where they set out, and where they end.
func (s *Server) auditMap(ctx context.Context, id ID, d *Datum) (routeMap, rounds.AuditRoute, error) {
	a := actor(ctx)
	route, err := s.store.AuditRoute(ctx, a.Scope(), a.UserID, rounds.AuditRouteID(id))
	if err != nil {
		return routeMap{}, route, err
	}
	cards, err := s.auditCards(ctx, a, route)
	c := chartOf(a, d)
	m := routeMap{chart: c, day: route.Day, points: c.points(route.Stops, cards), distance: route.DistanceM, travelS: route.TravelS}
	if route.AuditorID == a.UserID {
		m.start, m.end = route.Start, route.End
	}
	return m, route, err
}

// GetAuditRouteGeoJSON is the route for a map.
func (s *Server) GetAuditRouteGeoJSON(ctx context.Context, r GetAuditRouteGeoJSONRequestObject) (GetAuditRouteGeoJSONResponseObject, error) {
	m, _, err := s.auditMap(ctx, r.ID, r.Params.Datum)
	if err != nil {
		return nil, err
	}
	collection, err := s.routeGeoJSON(ctx, m)
	return GetAuditRouteGeoJSON200ApplicationGeoPlusJSONResponse(collection), err
}

// GetAuditRouteGPX is the route for a navigation device.
func (s *Server) GetAuditRouteGPX(ctx context.Context, r GetAuditRouteGPXRequestObject) (GetAuditRouteGPXResponseObject, error) {
	m, _, err := s.auditMap(ctx, r.ID, r.Params.Datum)
	if err != nil {
		return nil, err
	}
	body, err := s.routeGPX(ctx, m)
	return GetAuditRouteGPX200ApplicationGpxXMLResponse{Body: bytes.NewReader(body), ContentLength: int64(len(body))}, err
}

// drawing is the route for a file, in the datum asked for.
func (s *Server) drawing(ctx context.Context, m routeMap) (fieldwork.RouteDrawing, error) {
	line, _, err := s.way(ctx, m)
	a := actor(ctx)
	d := fieldwork.RouteDrawing{Title: "Rounds " + string(m.day), Zone: a.Zone, Line: line, Meters: m.distance, Seconds: m.travelS}
	for _, p := range m.points {
		d.Stops = append(d.Stops, fieldwork.DrawnStop{
			N: p.n, At: p.at, Code: p.retailer.Code, Name: p.retailer.Name, Address: p.retailer.Address, Hours: p.retailer.OpeningHours,
			PlannedAt: p.PlannedAt, Service: p.ServiceSeconds, LegMeters: float64(p.Leg), LegSeconds: p.LegSeconds, OutsideHours: p.OutsideHours,
		})
	}
	return d, err
}

// GetAuditRouteKML is the route for programs that read KML.
func (s *Server) GetAuditRouteKML(ctx context.Context, r GetAuditRouteKMLRequestObject) (GetAuditRouteKMLResponseObject, error) {
	m, _, err := s.auditMap(ctx, r.ID, r.Params.Datum)
	if err != nil {
		return nil, err
	}
	d, err := s.drawing(ctx, m)
	return drawn{"route.kml", kmlType, d.WriteKML}, err
}

// VisitGetAuditRouteKMLResponse writes the file.
func (d drawn) VisitGetAuditRouteKMLResponse(w http.ResponseWriter) error { return d.send(w) }

// GetAuditRoutePage is the route for people.
func (s *Server) GetAuditRoutePage(ctx context.Context, r GetAuditRoutePageRequestObject) (GetAuditRoutePageResponseObject, error) {
	m, route, err := s.auditMap(ctx, r.ID, nil)
	if err != nil {
		return nil, err
	}
	d, err := s.drawing(ctx, m)
	if err != nil {
		return nil, err
	}
	auditor, err := s.store.User(ctx, rounds.Scope{OrgID: actor(ctx).OrgID}, route.AuditorID)
	d.Auditor, d.StartsAt, d.EndsAt = auditor.DisplayName, route.StartsAt, route.EndsAt
	return drawn{"", pageType, func(w io.Writer) error { return d.WritePage(w) }}, err
}

// VisitGetAuditRoutePageResponse writes the page, which holds all that it needs.
func (d drawn) VisitGetAuditRoutePageResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	return d.send(w)
}
