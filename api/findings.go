package api

import (
	"context"
	"encoding/json"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/eventjson"
)

// maxBatchFindings is how many findings a batch may carry.
const maxBatchFindings = 100

// PostAuditFindings takes a batch.
func (s *Server) PostAuditFindings(ctx context.Context, r PostAuditFindingsRequestObject) (PostAuditFindingsResponseObject, error) {
	if r.Body.Findings == nil {
		return nil, rounds.Errorf(rounds.Invalid, "the request is not as /docs says: see the fields").With("/findings", "required")
	}
	if len(r.Body.Findings) > maxBatchFindings {
		return nil, rounds.Errorf(rounds.TooLarge, "a batch has at most %d findings: send the rest in the next; nothing was stored", maxBatchFindings)
	}
	results, err := s.office.AddFindings(ctx, actor(ctx), r.Body.Findings)
	if err != nil {
		return nil, err
	}
	l := about(ctx).lang
	return PostAuditFindings200JSONResponse{Time: s.now(), Results: mapped(results, func(f fieldwork.FindingResult) AuditFindingResult {
		wire := AuditFindingResult{ID: maybeID(f.ID), Result: AuditFindingResultResult(f.Status), PhotosPending: f.Pending}
		if p := f.Problem; p != nil {
			wire.Problem = &ItemProblem{Code: itemCode(p), Detail: l.text(p.Format, p.Args), Errors: l.fields(p.Fields)}
		}
		return wire
	})}, nil
}

// UnmarshalJSON holds the envelope to its name: of two lists the first would be lost.
func (b *PostAuditFindingsJSONRequestBody) UnmarshalJSON(raw []byte) error {
	if err := holdToNames(raw, "findings"); err != nil {
		return err
	}
	type envelope PostAuditFindingsJSONRequestBody // without this method
	return json.Unmarshal(raw, (*envelope)(b))
}

// takeApart reads a batch of which some findings are no JSON.
func (b *PostAuditFindingsJSONRequestBody) takeApart(raw []byte) (ok bool) {
	b.Findings, _, ok = eventjson.Batch(raw, "findings")
	return ok
}
