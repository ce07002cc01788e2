package api

import (
	"context"

	"rounds"
	"rounds/store"
)

// ListRequests lists what reps ask to be put right.
func (s *Server) ListRequests(ctx context.Context, r ListRequestsRequestObject) (ListRequestsResponseObject, error) {
	p := r.Params
	days, err := visitFilter(p.Date, p.Until, p.After)
	if err != nil {
		return nil, err
	}
	n := limit(p.Limit)
	found, err := s.store.Requests(ctx, actor(ctx).Scope(), store.RequestFilter{
		Status: rounds.RequestStatus(orZero(p.Status)), Kind: rounds.RequestKind(orZero(p.Kind)), RepID: nounID[rounds.User](p.Rep),
		From: days.From, Until: days.Until, AfterDay: days.AfterDay, AfterID: rounds.RequestID(days.AfterID), Limit: n + 1,
	})
	found, next := page(found, n, func(r store.ListedRequest) []string { return []string{string(r.Day), r.ID.String()} })
	return ListRequests200JSONResponse{Items: mapped(found, wireRequest), Next: next}, err
}

// PostRequest keeps what a rep asks.
func (s *Server) PostRequest(ctx context.Context, r PostRequestRequestObject) (PostRequestResponseObject, error) {
	kept, fresh, err := s.office.AddRequest(ctx, actor(ctx), rounds.Request{
		ID: rounds.RequestID(r.Body.ID), Kind: rounds.RequestKind(r.Body.Kind), VisitID: nounID[rounds.Visit](r.Body.VisitID),
		RetailerID: nounID[rounds.Retailer](r.Body.RetailerID), StopID: nounID[rounds.Stop](r.Body.StopID),
		ClaimedStart: r.Body.ClaimedStart, ClaimedEnd: r.Body.ClaimedEnd, Reason: r.Body.Reason,
	})
	if fresh {
		return PostRequest201JSONResponse(wireRequest(kept)), err
	}
	return PostRequest200JSONResponse(wireRequest(kept)), err
}

// GetRequest shows a request.
func (s *Server) GetRequest(ctx context.Context, r GetRequestRequestObject) (GetRequestResponseObject, error) {
	found, err := s.store.Request(ctx, actor(ctx).Scope(), rounds.RequestID(r.ID))
	return GetRequest200JSONResponse(wireRequest(found)), err
}

// verdicts are what a decision makes of a request.
var verdicts = map[PostRequestDecisionJSONBodyDecision]rounds.RequestStatus{
	"accept": rounds.RequestAccepted, "refuse": rounds.RequestRefused,
}

// PostRequestDecision accepts or refuses a request.
func (s *Server) PostRequestDecision(ctx context.Context, r PostRequestDecisionRequestObject) (PostRequestDecisionResponseObject, error) {
	decided, err := s.office.DecideRequest(ctx, actor(ctx), rounds.RequestID(r.ID), verdicts[r.Body.Decision], r.Body.Reason)
	return PostRequestDecision200JSONResponse(wireRequest(decided)), err
}

// PostRequestWithdraw takes a request back.
func (s *Server) PostRequestWithdraw(ctx context.Context, r PostRequestWithdrawRequestObject) (PostRequestWithdrawResponseObject, error) {
	withdrawn, err := s.office.WithdrawRequest(ctx, actor(ctx), rounds.RequestID(r.ID))
	return PostRequestWithdraw200JSONResponse(wireRequest(withdrawn)), err
}

func wireRequest(r store.ListedRequest) Request {
	w := Request{
		ID: wireID(r.ID), RepID: wireID(r.RepID), RepName: r.RepName, Kind: RequestKind(r.Kind), VisitID: maybeID(r.VisitID),
		RetailerID: wireID(r.RetailerID), RetailerCode: r.RetailerCode, RetailerName: r.RetailerName, StopID: maybeID(r.StopID),
		ClaimedStart: r.ClaimedStart, ClaimedEnd: r.ClaimedEnd, Date: string(r.Day), OutsideTerritory: r.OutsideTerritory,
		Reason: r.Reason, CreatedAt: r.CreatedAt, Status: RequestStatus(r.Status), DecidedBy: maybeID(r.DecidedBy), DecidedAt: r.DecidedAt,
	}
	if !r.DecidedBy.IsZero() {
		w.DecidedByName, w.DecisionReason = &r.DeciderName, &r.DecisionReason
	}
	return w
}
