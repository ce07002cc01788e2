package api

import (
	"context"

	"rounds"
)

// ListAuditChanges lists the changes of an audit by hand.
func (s *Server) ListAuditChanges(ctx context.Context, r ListAuditChangesRequestObject) (ListAuditChangesResponseObject, error) {
	changes, err := s.office.AuditChanges(ctx, actor(ctx), rounds.AuditID(r.ID))
	return ListAuditChanges200JSONResponse{Items: mapped(changes, wireAuditChange)}, err
}

// PostAuditChange asks for a change by hand.
func (s *Server) PostAuditChange(ctx context.Context, r PostAuditChangeRequestObject) (PostAuditChangeResponseObject, error) {
	kept, fresh, err := s.office.ChangeAudit(ctx, actor(ctx), rounds.AuditID(r.ID), rounds.AuditChange{
		ID: rounds.AuditChangeID(r.Body.ID), Kind: rounds.ChangeKind(r.Body.Kind), RetailerID: rounds.RetailerID(r.Body.RetailerID), Reason: r.Body.Reason,
	})
	if fresh {
		return PostAuditChange201JSONResponse(wireAuditChange(kept)), err
	}
	return PostAuditChange200JSONResponse(wireAuditChange(kept)), err
}

// PostAuditChangeDecision decides on a change by hand.
func (s *Server) PostAuditChangeDecision(ctx context.Context, r PostAuditChangeDecisionRequestObject) (PostAuditChangeDecisionResponseObject, error) {
	decided, err := s.office.DecideChange(ctx, actor(ctx), rounds.AuditID(r.ID), rounds.AuditChangeID(r.Change),
		rounds.ChangeDecision(r.Body.Decision), orZero(r.Body.Reason))
	return PostAuditChangeDecision200JSONResponse(wireAuditChange(decided)), err
}

func wireAuditChange(c rounds.AuditChange) AuditChange {
	w := AuditChange{
		ID: wireID(c.ID), Kind: AuditChangeKind(c.Kind), RetailerID: wireID(c.RetailerID), ReserveID: maybeID(c.ReserveID), Reason: c.Reason,
		AskedAt: c.AskedAt, AskedBy: wireID(c.AskedBy), DecidedAt: c.DecidedAt, DecidedBy: maybeID(c.DecidedBy), Answer: maybe(c.Answer),
	}
	if c.Decision != "" {
		w.Decision = new(AuditChangeDecision(c.Decision))
	}
	return w
}
