package api

import (
	"context"
	"net/http"

	"rounds"
	"rounds/store"
)

// GetMyAuditRoutes gives a handset whom its bearer audits on a day.
func (s *Server) GetMyAuditRoutes(ctx context.Context, r GetMyAuditRoutesRequestObject) (GetMyAuditRoutesResponseObject, error) {
	a := actor(ctx)
	date, err := s.handsetDay(a, r.Params.Date)
	if err != nil {
		return nil, err
	}
	bundle, err := s.handsetRoutes(ctx, a, date, chartOf(a, r.Params.Datum))
	if err != nil {
		return nil, err
	}
	tag, err := etag(bundle)
	if err != nil {
		return nil, err
	}
	if matches(orZero(r.Params.IfNoneMatch), tag) {
		return notModified{tag}, nil
	}
	bundle.Time = s.now() // no part of the ETag
	return GetMyAuditRoutes200JSONResponse{Body: bundle, Headers: GetMyAuditRoutes200ResponseHeaders{ETag: tag}}, nil
}

// VisitGetMyAuditRoutesResponse writes the answer.
func (n notModified) VisitGetMyAuditRoutesResponse(w http.ResponseWriter) error {
	return n.VisitGetMyPlanResponse(w)
}

func (s *Server) handsetRoutes(ctx context.Context, a rounds.Actor, date rounds.Day, c chart) (HandsetAuditRoutes, error) {
	policy, err := s.store.Policy(ctx, a.OrgID)
	if err != nil {
		return HandsetAuditRoutes{}, err
	}
	bundle := HandsetAuditRoutes{Date: string(date), TimeZone: a.Zone.String(), Datum: Datum(c.datum), Policy: policy.Version, Routes: []HandsetAuditRoute{}}
	routes, err := s.store.AuditRoutesBetween(ctx, a.OrgID, []rounds.UserID{a.UserID}, date, date)
	if err != nil {
		return bundle, err
	}
	for _, route := range routes {
		w, err := s.handsetRoute(ctx, a, route, policy, c)
		if err != nil {
			return bundle, err
		}
		bundle.Routes = append(bundle.Routes, w)
	}
	return bundle, nil
}

// handsetRoute is a route of the caller's own, whatever unit its audit is of.
func (s *Server) handsetRoute(ctx context.Context, a rounds.Actor, r rounds.AuditRoute, policy store.Policy, c chart) (HandsetAuditRoute, error) {
	audit, err := s.store.Audit(ctx, rounds.Scope{OrgID: a.OrgID}, r.AuditID)
	if err != nil {
		return HandsetAuditRoute{}, err
	}
	w := HandsetAuditRoute{
		ID: wireID(r.ID), AuditID: wireID(r.AuditID), Revision: r.Revision, From: string(audit.From), To: string(audit.To),
		FormID: maybeID(audit.FormID), FormVersion: audit.FormVersion, StartsAt: r.StartsAt, EndsAt: r.EndsAt,
		DistanceM: r.DistanceM, TravelS: r.TravelS, Travel: wireTravel(r.Travel), Stops: []HandsetAuditStop{},
	}
	cards, err := s.auditCards(ctx, a, r)
	if err != nil {
		return w, err
	}
	claims, err := s.claimsToAskAbout(ctx, a, audit, r)
	for _, stop := range r.Stops {
		h := cards.stop(stop, policy.Radius, c)
		w.Stops = append(w.Stops, HandsetAuditStop{
			StopID: h.StopID, PlannedAt: h.PlannedAt, ServiceS: h.ServiceS, LegM: h.LegM, LegS: h.LegS, Links: h.Links, RadiusM: h.RadiusM,
			Retailer: h.Retailer, Claims: claims[stop.RetailerID],
		})
	}
	return w, err
}

// claimsToAskAbout are the days and times of claimed visits; neither where a phone was nor what became of it.
func (s *Server) claimsToAskAbout(ctx context.Context, a rounds.Actor, audit rounds.Audit, r rounds.AuditRoute) (map[rounds.RetailerID][]AskedVisit, error) {
	claims := map[rounds.RetailerID][]AskedVisit{}
	for _, stop := range r.Stops {
		claims[stop.RetailerID] = []AskedVisit{}
	}
	found, err := s.store.AskedVisits(ctx, a.OrgID, audit, mapped(r.Stops, func(t rounds.Stop) rounds.RetailerID { return t.RetailerID }))
	for _, v := range found {
		claims[v.RetailerID] = append(claims[v.RetailerID], wireAsked(a, v))
	}
	return claims, err
}

func wireAsked(a rounds.Actor, v store.AskedVisit) AskedVisit {
	return AskedVisit{VisitID: wireID(v.ID), Date: string(v.Day), Time: v.StartedAt.In(a.Zone).Format("15:04")}
}
