package api

import (
	"context"
	"encoding/json"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/eventjson"
	"rounds/store"
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

// GetMyAuditFindings gives an auditor their findings back.
func (s *Server) GetMyAuditFindings(ctx context.Context, r GetMyAuditFindingsRequestObject) (GetMyAuditFindingsResponseObject, error) {
	n := limit(r.Params.Limit)
	key, err := readCursor(r.Params.After, 1)
	if err != nil {
		return nil, err
	}
	var after rounds.FindingID
	if r.Params.After != nil {
		if after, err = rounds.ParseID[rounds.Finding](key[0]); err != nil {
			return nil, errCursor()
		}
	}
	found, err := s.office.MyFindings(ctx, actor(ctx), nounID[rounds.Audit](r.Params.Audit), after, n+1)
	found, next := page(found, n, func(f fieldwork.MyFinding) []string { return []string{f.ID.String()} })
	return GetMyAuditFindings200JSONResponse{Items: mapped(found, wireMyFinding), Next: next}, err
}

func wireMyFinding(f fieldwork.MyFinding) MyAuditFinding {
	kept := wireKeptFinding(f.Finding)
	return MyAuditFinding{
		ID: kept.ID, AuditID: kept.AuditID, RetailerID: kept.RetailerID, AuditorID: kept.AuditorID, CorrectsID: kept.CorrectsID, CheckInID: kept.CheckInID,
		FormID: kept.FormID, FormVersion: kept.FormVersion, Met: MyAuditFindingMet(kept.Met), Answers: kept.Answers, Says: kept.Says, Note: kept.Note,
		AnsweredAt: kept.AnsweredAt, ReceivedAt: kept.ReceivedAt,
		RetailerCode: f.RetailerCode, RetailerName: f.RetailerName, Replaced: f.Replaced, PhotosPending: f.Pending,
	}
}

func findingsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.OwnFinding) ([]store.OwnFinding, error) {
	return s.FindingsBy(ctx, a.OrgID, a.UserID, rounds.AuditID{}, orZero(last).ID, myPage)
}

func wireHeldFinding(f store.OwnFinding) KeptFinding { return wireKeptFinding(f.Finding) }

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
