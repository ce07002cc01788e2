package api

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"

	"github.com/paulmach/orb"
)

// ListPinProposals lists pins that visits propose.
func (s *Server) ListPinProposals(ctx context.Context, r ListPinProposalsRequestObject) (ListPinProposalsResponseObject, error) {
	after, err := readCursor(r.Params.After, 1)
	if err != nil {
		return nil, err
	}
	var before rounds.PinProposalID
	if r.Params.After != nil {
		if before, err = rounds.ParseID[rounds.PinProposal](after[0]); err != nil {
			return nil, errCursor()
		}
	}
	n := limit(r.Params.Limit)
	found, err := s.office.PinProposals(ctx, actor(ctx), rounds.ProposalStatus(orZero(r.Params.Status)), before, n+1)
	for i := range found {
		found[i].Changes = nil
	}
	found, next := page(found, n, func(p store.ListedProposal) []string { return []string{p.ID.String()} })
	return ListPinProposals200JSONResponse{Items: mapped(found, wireProposal), Next: next}, err
}

// PostPinProposal looks at a retailer's visits.
func (s *Server) PostPinProposal(ctx context.Context, r PostPinProposalRequestObject) (PostPinProposalResponseObject, error) {
	found, hold, err := s.office.LearnPin(ctx, actor(ctx), rounds.RetailerID(r.Body.RetailerID))
	if hold != "" {
		return PostPinProposal200JSONResponse{Hold: new(string(hold))}, err
	}
	return PostPinProposal200JSONResponse{Proposal: new(wireProposal(found))}, err
}

// GetPinProposal shows a proposal and what it does to visits.
func (s *Server) GetPinProposal(ctx context.Context, r GetPinProposalRequestObject) (GetPinProposalResponseObject, error) {
	found, err := s.office.PinProposal(ctx, actor(ctx), rounds.PinProposalID(r.ID), orZero(r.Params.PositionsFor))
	return GetPinProposal200JSONResponse(wireProposal(found)), err
}

// PostPinDecision accepts or refuses a proposal.
func (s *Server) PostPinDecision(ctx context.Context, r PostPinDecisionRequestObject) (PostPinDecisionResponseObject, error) {
	accept := r.Body.Decision == PostPinDecisionJSONBodyDecisionAccept
	found, err := s.office.DecidePinProposal(ctx, actor(ctx), rounds.PinProposalID(r.ID), accept, r.Body.Reason)
	return PostPinDecision200JSONResponse(wireProposal(found)), err
}

// ListPinSuspects lists pins to look at.
func (s *Server) ListPinSuspects(ctx context.Context, r ListPinSuspectsRequestObject) (ListPinSuspectsResponseObject, error) {
	after, err := readCursor(r.Params.After, 2)
	if err != nil {
		return nil, err
	}
	var severity int
	var retailer rounds.RetailerID
	if r.Params.After != nil {
		if severity, err = strconv.Atoi(after[0]); err != nil || severity < 1 || severity > math.MaxInt32 {
			return nil, errCursor()
		}
		if retailer, err = rounds.ParseID[rounds.Retailer](after[1]); err != nil {
			return nil, errCursor()
		}
	}
	a := actor(ctx)
	if isFile(r.Params.Format) {
		return s.suspectFile(ctx, a, severity, retailer, *r.Params.Format)
	}
	n := limit(r.Params.Limit)
	found, err := s.office.PinSuspects(ctx, a, severity, retailer, n+1)
	found, next := page(found, n, func(p store.ListedSuspect) []string { return []string{strconv.Itoa(p.Severity), p.RetailerID.String()} })
	return ListPinSuspects200JSONResponse{Items: mapped(found, wireSuspect), Next: next}, err
}

func (s *Server) suspectFile(ctx context.Context, a rounds.Actor, severity int, after rounds.RetailerID, format FileFormat) (ListPinSuspectsResponseObject, error) {
	found, err := s.office.PinSuspects(ctx, a, severity, after, maxFileRows)
	if err != nil {
		return nil, err
	}
	name := "pin-suspects-" + string(rounds.DayOf(s.now(), a.Zone))
	return asFile(name, "pin suspects", format, suspectColumns, found, func(p store.ListedSuspect) []any { return suspectRow(p, a.Zone) }), nil
}

var suspectColumns = []any{
	"severity", "retailer_code", "retailer_name", "reasons", "shift_m", "sigmas", "people", "outside", "sharing", "place_m", "territory_m", "decimals",
	"judged", "not_at", "found_at", "pin_version", "retailer_id",
}

func suspectRow(p store.ListedSuspect, zone *time.Location) []any {
	return []any{
		p.Severity, p.RetailerCode, p.RetailerName, strings.Join(p.Reasons, "; "), cell(p.Shift), cell(p.Sigmas), p.People, rounded(&p.Outside, 3),
		p.Sharing, cell(p.Place), cell(p.Territory), p.Decimals, p.Judged, p.NotAt, local(&p.FoundAt, zone), p.PinVersion, p.RetailerID.String(),
	}
}

func wirePin(p *geo.Pin) *Pin {
	if p == nil {
		return nil
	}
	return &Pin{
		Lat: p.Point.Lat(), Lon: p.Point.Lon(), SigmaM: float64(p.Sigma), Source: string(p.Source), Version: p.Version,
		Confirmed: p.IsConfirmed(), Entrances: mapped(p.Entrances, func(e orb.Point) Point { return *wirePoint(&e) }),
	}
}

func wireProposal(p store.ListedProposal) PinProposal {
	w := PinProposal{
		ID: wireID(p.ID), RetailerID: wireID(p.RetailerID), RetailerCode: p.RetailerCode, RetailerName: p.RetailerName,
		Corrects: wirePin(p.Old), Positions: proposalPositions(p), People: p.People, Visits: p.Visits, Days: p.Days,
		SpreadM: *rounded(&p.Spread, 3), ShiftM: rounded(p.Shift, 3), NearOld: *rounded(&p.NearOld, 3), NearNew: *rounded(&p.NearNew, 3),
		InfluenceM: *rounded(&p.Influence, 3), Status: ProposalStatus(p.Status), CreatedAt: p.CreatedAt,
		DecidedAt: p.DecidedAt, DecidedBy: maybeID(p.DecidedBy), Reason: &p.Reason, Changes: mapped(p.Changes, wireChange),
	}
	if w.Positions == Shown {
		w.Pin = wirePin(&p.Pin)
	}
	return w
}

func proposalPositions(p store.ListedProposal) Positions {
	return positions(p.PointDeletedAt, math.IsNaN(p.Pin.Point.Lat()))
}

func wireChange(c rounds.VisitChange) VisitChange {
	return VisitChange{
		VisitID: wireID(c.VisitID), RepID: wireID(c.RepID), Date: string(c.Day), Before: wireStanding(c.Before), After: wireStanding(c.After),
	}
}

func wireStanding(s rounds.Standing) Standing {
	return Standing{Outcome: Outcome(s.Outcome), Reasons: reasons(s.Reasons), Credited: s.CreditedBy != "", CreditedBy: creditedBy(s.CreditedBy)}
}

func wireSuspect(p store.ListedSuspect) PinSuspect {
	return PinSuspect{
		RetailerID: wireID(p.RetailerID), RetailerCode: p.RetailerCode, RetailerName: p.RetailerName, PinVersion: p.PinVersion,
		Severity: p.Severity, Reasons: p.Reasons, ShiftM: rounded(p.Shift, 3), Sigmas: rounded(p.Sigmas, 2), People: p.People,
		Outside: *rounded(&p.Outside, 3), Sharing: p.Sharing, PlaceM: rounded(p.Place, 3), TerritoryM: rounded(p.Territory, 3), Decimals: p.Decimals,
		Judged: p.Judged, NotAt: p.NotAt, FoundAt: p.FoundAt,
	}
}
