package api

import (
	"context"
	"strconv"

	"rounds"
	"rounds/fieldwork"
	"rounds/store"
)

// PostTerritoryCancel stops cutting.
func (s *Server) PostTerritoryCancel(ctx context.Context, r PostTerritoryCancelRequestObject) (PostTerritoryCancelResponseObject, error) {
	left, err := s.office.CancelTerritories(ctx, actor(ctx), rounds.TerritoryProposalID(r.ID), r.Body.Reason)
	return PostTerritoryCancel200JSONResponse(wireCut(left, about(ctx).lang)), err
}

// PostTerritoryDiscard lets go of a proposal.
func (s *Server) PostTerritoryDiscard(ctx context.Context, r PostTerritoryDiscardRequestObject) (PostTerritoryDiscardResponseObject, error) {
	left, err := s.office.DiscardTerritories(ctx, actor(ctx), rounds.TerritoryProposalID(r.ID), r.Body.Reason)
	return PostTerritoryDiscard200JSONResponse(wireCut(left, about(ctx).lang)), err
}

// PostTerritoryAccept lets a proposal be in force.
func (s *Server) PostTerritoryAccept(ctx context.Context, r PostTerritoryAcceptRequestObject) (PostTerritoryAcceptResponseObject, error) {
	from, err := day(&r.Body.From, "/from", "")
	if err != nil {
		return nil, err
	}
	taken, err := s.office.AcceptTerritories(ctx, actor(ctx), rounds.TerritoryProposalID(r.ID), from, r.Body.Reason, orZero(r.Body.SkipChanged))
	return PostTerritoryAccept200JSONResponse(wireCut(taken, about(ctx).lang)), err
}

// PostTerritoryRollBack lets all be as before a proposal.
func (s *Server) PostTerritoryRollBack(ctx context.Context, r PostTerritoryRollBackRequestObject) (PostTerritoryRollBackResponseObject, error) {
	from, err := day(&r.Body.From, "/from", "")
	if err != nil {
		return nil, err
	}
	back, err := s.office.RollBackTerritories(ctx, actor(ctx), rounds.TerritoryProposalID(r.ID), from, r.Body.Reason)
	return PostTerritoryRollBack200JSONResponse(wireCut(back, about(ctx).lang)), err
}

// PostTerritoryEdit changes a proposal by hand.
func (s *Server) PostTerritoryEdit(ctx context.Context, r PostTerritoryEditRequestObject) (PostTerritoryEditResponseObject, error) {
	b := r.Body
	e := fieldwork.TerritoryEdit{
		Revision: b.Revision, Reason: b.Reason, Lock: nounIDs[rounds.Retailer](b.LockRetailerIds), Unlock: nounIDs[rounds.Retailer](b.UnlockRetailerIds),
		Repair: orZero(b.Repair), DryRun: orZero(b.DryRun),
	}
	for _, m := range b.Moves {
		e.Moves = append(e.Moves, fieldwork.TerritoryMove{Retailers: nounIDs[rounds.Retailer](m.RetailerIds), To: m.To})
	}
	edited, err := s.office.EditTerritories(ctx, actor(ctx), rounds.TerritoryProposalID(r.ID), e)
	if err != nil {
		return nil, err
	}
	return PostTerritoryEdit200JSONResponse(wireEditedCut(edited, about(ctx).lang)), nil
}

func wireEditedCut(e fieldwork.EditedTerritories, l lang) EditedCut {
	number := map[string]int{}
	for _, t := range e.Territories {
		number[t.Name] = t.N
	}
	w := EditedCut{Proposal: wireWhole(e.WholeProposal, l), Before: *wireCutFigures(*e.Before, number), Moves: mapped(e.Moves, wireCutMove)}
	touched := map[int]bool{}
	for _, m := range e.Moves {
		touched[m.From], touched[m.To] = true, true
	}
	for _, t := range e.Before.Territories {
		if n := number[t.Name]; touched[n] {
			w.BeforeTerritories = append(w.BeforeTerritories, CutPortionBefore{N: n, Portion: *wirePortion(&t.After)})
		}
	}
	return w
}

func wireCutMove(m rounds.CutMove) CutMove {
	return CutMove{RetailerID: wireID(m.RetailerID), From: numbered(m.From), To: numbered(m.To)}
}

// ListTerritoryEdits lists what was changed of a proposal by hand.
func (s *Server) ListTerritoryEdits(ctx context.Context, r ListTerritoryEditsRequestObject) (ListTerritoryEditsResponseObject, error) {
	after, err := readCursor(r.Params.After, 1)
	if err != nil {
		return nil, err
	}
	before := 0
	if r.Params.After != nil {
		if before, err = strconv.Atoi(after[0]); err != nil || before < 1 || before > maxRevision {
			return nil, errCursor()
		}
	}
	n := limit(r.Params.Limit)
	found, err := s.office.CutEdits(ctx, actor(ctx), rounds.TerritoryProposalID(r.ID), before, n+1)
	found, next := page(found, n, func(e rounds.CutEdit) []string { return []string{strconv.Itoa(e.Revision)} })
	return ListTerritoryEdits200JSONResponse{Items: mapped(found, func(e rounds.CutEdit) CutEdit {
		return CutEdit{Revision: e.Revision, At: e.At, By: wireID(e.By), Reason: e.Reason, Repaired: e.Repaired, Moves: mapped(e.Moves, wireCutMove)}
	}), Next: next}, err
}

// maxRevision is what the database can count to.
const maxRevision = 1<<31 - 1

// CompareTerritoryProposals shows two proposals side by side.
func (s *Server) CompareTerritoryProposals(ctx context.Context, r CompareTerritoryProposalsRequestObject) (CompareTerritoryProposalsResponseObject, error) {
	code := ""
	if after, err := readCursor(r.Params.After, 1); err != nil {
		return nil, err
	} else if r.Params.After != nil {
		code = after[0]
	}
	n, l := limit(r.Params.Limit), about(ctx).lang
	c, err := s.office.CompareTerritories(ctx, actor(ctx), rounds.TerritoryProposalID(r.ID), rounds.TerritoryProposalID(r.Params.With), code, n+1)
	if err != nil {
		return nil, err
	}
	found, next := page(c.Retailers, n, func(d fieldwork.Differing) []string { return []string{d.Code} })
	return CompareTerritoryProposals200JSONResponse{
		One: wireWhole(c.One, l), Other: wireWhole(c.Other, l), Differ: c.Differ, Next: next,
		Items: mapped(found, func(d fieldwork.Differing) CutDifference {
			return CutDifference{RetailerID: wireID(d.RetailerID), Code: d.Code, Name: d.Name, One: maybe(d.One), Other: maybe(d.Other)}
		}),
	}, nil
}

// ListRetailerTerritories is the history of a retailer's territories.
func (s *Server) ListRetailerTerritories(ctx context.Context, r ListRetailerTerritoriesRequestObject) (ListRetailerTerritoriesResponseObject, error) {
	found, err := s.office.RetailerTerritories(ctx, actor(ctx), rounds.RetailerID(r.ID))
	return ListRetailerTerritories200JSONResponse{Items: mapped(found, func(p store.PlacedPeriod) RetailerTerritory {
		return RetailerTerritory{
			TerritoryID: wireID(p.TerritoryID), Name: p.Name, Purpose: Purpose(p.Purpose), From: Day(p.From), Until: maybeDay(p.Until),
			RepID: maybeID(p.RepID), RepName: maybe(p.RepName),
		}
	})}, err
}
