package api

import (
	"context"

	"rounds"
	"rounds/store"
)

// ListClosings lists which days are closed.
func (s *Server) ListClosings(ctx context.Context, _ ListClosingsRequestObject) (ListClosingsResponseObject, error) {
	found, err := s.store.Closings(ctx, actor(ctx).OrgID)
	return ListClosings200JSONResponse{Items: mapped(found, wireClosing)}, err
}

// PostClosing closes days.
func (s *Server) PostClosing(ctx context.Context, r PostClosingRequestObject) (PostClosingResponseObject, error) {
	through, err := day(&r.Body.Through, "/through", "")
	if err != nil {
		return nil, err
	}
	closed, err := s.office.CloseDays(ctx, actor(ctx), through, r.Body.Reason)
	return PostClosing201JSONResponse(wireClosing(closed)), err
}

func wireClosing(c rounds.Closing) Closing {
	return Closing{Through: Day(c.Through), Reason: c.Reason, ClosedAt: c.ClosedAt, ClosedBy: ID(c.ClosedBy)}
}

// ListLateVisits lists what would have changed after its day was closed.
func (s *Server) ListLateVisits(ctx context.Context, r ListLateVisitsRequestObject) (ListLateVisitsResponseObject, error) {
	f, err := visitFilter(r.Params.Date, r.Params.Until, r.Params.After)
	if err != nil {
		return nil, err
	}
	n := limit(r.Params.Limit)
	f.RepID, f.Limit = nounID[rounds.User](r.Params.Rep), n+1
	found, err := s.store.LateVisits(ctx, actor(ctx).Scope(), f)
	found, next := page(found, n, func(v store.LateVisit) []string { return []string{string(v.After.Day), v.After.ID.String()} })
	return ListLateVisits200JSONResponse{Items: mapped(found, wireLateVisit), Next: next}, err
}

func wireLateVisit(v store.LateVisit) LateVisit {
	late := LateVisit{After: wireVisit(v.After)}
	if v.Before != nil {
		late.Before = new(wireVisit(*v.Before))
	}
	return late
}
