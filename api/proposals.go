package api

import (
	"context"
	"encoding/hex"
	"math"
	"strconv"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/districting"
	"rounds/store"

	"github.com/paulmach/orb"
)

// What a territory proposal is asked for that nobody chose.
const (
	defaultCutTolerance = 0.05
	defaultSpeed        = 25.0
	defaultDaysAWeek    = 5
	percents            = 100
)

// PostTerritoryProposal cuts a unit's retailers into territories.
func (s *Server) PostTerritoryProposal(ctx context.Context, r PostTerritoryProposalRequestObject) (PostTerritoryProposalResponseObject, error) {
	p, err := s.office.ProposeTerritories(ctx, actor(ctx), newProposal(*r.Body))
	if err != nil {
		return nil, err
	}
	location := "/v1/territory-proposals/" + p.ID.String()
	return PostTerritoryProposal202JSONResponse{
		Body: wireCut(p, about(ctx).lang), Headers: PostTerritoryProposal202ResponseHeaders{Location: &location},
	}, nil
}

func newProposal(b NewTerritoryProposal) fieldwork.NewTerritoryProposal {
	n := fieldwork.NewTerritoryProposal{
		Name: orZero(b.Name), Purpose: rounds.Purpose(b.Purpose), UnitID: nounID[rounds.Unit](b.UnitID), Count: orZero(b.Count),
		Close: nounIDs[rounds.Territory](b.CloseTerritoryIds), Homes: orZero(b.Homes), Unplaced: b.Unplaced, Ask: cutAsk(b),
	}
	for _, rep := range b.Reps {
		n.Reps = append(n.Reps, fieldwork.RepAsk{RepID: rounds.UserID(rep.RepID), Share: orZero(rep.Share)})
	}
	for _, t := range b.Open {
		n.Open = append(n.Open, fieldwork.OpenAsk{
			Name: t.Name, UnitID: nounID[rounds.Unit](t.UnitID), RepID: nounID[rounds.User](t.RepID), Share: orZero(t.Share),
			Home: maybePoint(t.Home), Most: orZero(t.Most),
		})
	}
	for _, t := range b.Territories {
		n.Territories = append(n.Territories, fieldwork.TerritoryAsk{
			TerritoryID: rounds.TerritoryID(t.TerritoryID), Share: orZero(t.Share), Home: maybePoint(t.Home), Most: orZero(t.Most), Frozen: orZero(t.Frozen),
		})
	}
	for _, l := range b.Locks {
		n.Locks = append(n.Locks, fieldwork.LockAsk{
			RetailerID: rounds.RetailerID(l.RetailerID), TerritoryID: nounID[rounds.Territory](l.TerritoryID), Open: orZero(l.Open),
		})
	}
	return n
}

func cutAsk(b NewTerritoryProposal) rounds.CutAsk {
	ask := rounds.CutAsk{
		Curve:       orZero(b.Curve),
		ChangePrice: b.ChangePrice, MostChange: orZero(b.MostChangePercent) / percents,
		Seconds: orZero(b.Seconds), Iterations: orZero(b.Iterations), Seed: uint64(or(b.Seed, defaultSeed)),
		Together: mapped(orZero(b.Together), nounIDs[rounds.Retailer]), Apart: mapped(orZero(b.Apart), nounIDs[rounds.Retailer]),
	}
	for _, m := range b.Measures {
		measure := rounds.CutMeasure{Name: m.Name}
		if m.TolerancePercent != nil {
			measure.Tolerance = new(*m.TolerancePercent / percents)
		}
		ask.Measures = append(ask.Measures, measure)
	}
	if len(ask.Measures) == 0 {
		ask.Measures = []rounds.CutMeasure{{Name: rounds.MeasureWorkload, Tolerance: new(defaultCutTolerance)}}
	}
	if t := b.Travel; t != nil {
		ask.Travel = &rounds.CutTravel{SpeedKMH: or(t.SpeedKmh, defaultSpeed), DaysAWeek: or(t.DaysAWeek, defaultDaysAWeek)}
	}
	for _, b := range b.Barriers {
		line := make(orb.LineString, len(b.Coordinates))
		for i, c := range b.Coordinates {
			line[i] = orb.Point{c[0], c[1]}
		}
		ask.Barriers = append(ask.Barriers, line)
	}
	return ask
}

func maybePoint(p *Point) *orb.Point {
	if p == nil {
		return nil
	}
	return nounPoint(*p)
}

// ListTerritoryProposals lists territory proposals.
func (s *Server) ListTerritoryProposals(ctx context.Context, r ListTerritoryProposalsRequestObject) (ListTerritoryProposalsResponseObject, error) {
	before, err := idCursor[rounds.TerritoryProposal](r.Params.After)
	if err != nil {
		return nil, err
	}
	n := limit(r.Params.Limit)
	found, err := s.office.TerritoryProposals(ctx, actor(ctx), rounds.CutStatus(orZero(r.Params.Status)), before, n+1)
	found, next := page(found, n, func(p rounds.TerritoryProposal) []string { return []string{p.ID.String()} })
	lang := about(ctx).lang
	return ListTerritoryProposals200JSONResponse{
		Items: mapped(found, func(p rounds.TerritoryProposal) TerritoryProposal { return wireCut(p, lang) }), Next: next,
	}, err
}

// GetTerritoryProposal shows a proposal.
func (s *Server) GetTerritoryProposal(ctx context.Context, r GetTerritoryProposalRequestObject) (GetTerritoryProposalResponseObject, error) {
	found, err := s.office.TerritoryProposal(ctx, actor(ctx), rounds.TerritoryProposalID(r.ID))
	return GetTerritoryProposal200JSONResponse(wireWhole(found, about(ctx).lang)), err
}

// ListCutRetailers lists a proposal's retailers.
func (s *Server) ListCutRetailers(ctx context.Context, r ListCutRetailersRequestObject) (ListCutRetailersResponseObject, error) {
	f := store.CutFilter{Moved: orZero(r.Params.Moved), From: r.Params.From, To: r.Params.To, After: -1}
	after, err := readCursor(r.Params.After, 1)
	if err != nil {
		return nil, err
	}
	if r.Params.After != nil {
		if f.After, err = strconv.Atoi(after[0]); err != nil || f.After < 0 || f.After > math.MaxInt32 {
			return nil, errCursor()
		}
	}
	n := limit(r.Params.Limit)
	f.Limit = n + 1
	found, err := s.office.CutRetailers(ctx, actor(ctx), rounds.TerritoryProposalID(r.ID), f)
	found, next := page(found, n, func(r rounds.CutRetailer) []string { return []string{strconv.Itoa(r.N)} })
	return ListCutRetailers200JSONResponse{Items: mapped(found, wireCutRetailer), Next: next}, err
}

func wireCutRetailer(r rounds.CutRetailer) CutRetailer {
	return CutRetailer{
		RetailerID: wireID(r.RetailerID), Code: r.Code, Name: r.Name, Lat: r.At.Lat(), Lon: r.At.Lon(), Loads: r.Loads,
		From: numbered(r.Was), To: numbered(r.Now), Lock: numbered(r.Lock),
	}
}

// numbered is nil for no territory.
func numbered(n int) *int {
	if n == rounds.NoTerritory {
		return nil
	}
	return &n
}

func wireCut(p rounds.TerritoryProposal, l lang) TerritoryProposal {
	w := TerritoryProposal{
		ID: wireID(p.ID), UnitID: wireID(p.UnitID), OfTerritoryID: maybeID(p.Territory), Name: p.Name, Purpose: Purpose(p.Purpose), Origin: TerritoryProposalOrigin(p.Origin),
		Status: CutStatus(p.Status), Revision: p.Revision, AsOf: Day(p.Day), InputHash: hex.EncodeToString(p.InputHash), Retailers: p.Retailers,
		Findings:    mapped(p.Findings, func(f rounds.CutFinding) CutFinding { return wireCutFinding(f, l) }),
		Measures:    mapped(p.Ask.Measures, func(m rounds.CutMeasure) CutMeasure { return CutMeasure{m.Name, percent(m.Tolerance)} }),
		ChangePrice: p.Ask.ChangePrice, Seconds: p.Ask.Seconds, Iterations: p.Ask.Iterations, Seed: int64(p.Ask.Seed),
		CreatedAt: p.CreatedAt, CreatedBy: wireID(p.CreatedBy), FinishedAt: p.FinishedAt, DecidedAt: p.DecidedAt, DecidedBy: maybeID(p.DecidedBy),
		Reason: maybe(p.Reason), ValidFrom: maybeDay(p.ValidFrom), RolledBackFrom: maybeDay(p.RolledBack),
	}
	if p.Ask.Curve {
		w.Curve = &p.Ask.Curve
	}
	if p.Ask.MostChange > 0 {
		w.MostChangePercent = percent(&p.Ask.MostChange)
	}
	if t := p.Ask.Travel; t != nil {
		w.Travel = &CutTravel{SpeedKmh: &t.SpeedKMH, DaysAWeek: &t.DaysAWeek}
	}
	if g := p.Progress; g != nil {
		w.Progress = CutProgress{Share: g.Share, Iterations: &g.Iterations, Broken: &g.Broken, WorstPercent: mapped(g.Worst, percentOf)}
	}
	if p.FinishedAt != nil && p.Status != rounds.CutCancelled {
		w.Progress.Share = 1
	}
	return w
}

// percent is nil for nothing.
func percent(share *float64) *float64 {
	if share == nil {
		return nil
	}
	return new(percentOf(*share))
}

// percentOf has four decimals, as shares have six.
func percentOf(share float64) float64 { return math.Round(share*1e6) / 1e4 }

func wireCutFinding(f rounds.CutFinding, l lang) CutFinding {
	w := CutFinding{
		Code: f.Code, Detail: l.field(rounds.Field{Code: f.Code, Args: f.Args}), RetailerIds: mapped(f.Retailers, wireID[rounds.Retailer]), Territories: f.Territories,
	}
	if f.Count > 0 {
		w.Count = &f.Count
	}
	return w
}

func wireWhole(p fieldwork.WholeProposal, l lang) TerritoryProposal {
	w := wireCut(p.TerritoryProposal, l)
	answers := map[string]districting.TerritoryAnswer{}
	number := map[string]int{}
	if p.Figures != nil {
		for _, t := range p.Figures.Territories {
			answers[t.Name] = t
		}
	}
	for _, t := range p.Territories {
		number[t.Name] = t.N
		w.Territories = append(w.Territories, wireCutTerritory(t, answers))
	}
	if p.Figures != nil {
		w.Figures = wireCutFigures(*p.Figures, number)
	}
	return w
}

func wireCutTerritory(t rounds.CutTerritory, answers map[string]districting.TerritoryAnswer) CutTerritory {
	w := CutTerritory{
		N: t.N, TerritoryID: maybeID(t.TerritoryID), Name: t.Name, UnitID: wireID(t.UnitID), RepID: maybeID(t.RepID), BeforeRepID: maybeID(t.BeforeRepID),
		Fate: CutTerritoryFate(t.Fate), Share: t.Share, Frozen: t.Frozen,
	}
	if t.Weekday != nil {
		w.Weekday = &wireDays[*t.Weekday]
	}
	if a, ok := answers[t.Name]; ok {
		w.Targets, w.MovedIn, w.MovedOut, w.After = a.Targets, &a.In, &a.Out, wirePortion(&a.After)
		if t.Fate == rounds.CutStays {
			w.Before = wirePortion(a.Before)
		}
	}
	return w
}

func wirePortion(f *districting.Figures) *CutPortion {
	if f == nil {
		return nil
	}
	return &CutPortion{
		Retailers: f.Retailers, Loads: f.Loads, DeviationPercents: mapped(f.Deviations, percentOf), SpreadM: *rounded(&f.MeanDistance, 1), Pieces: f.Pieces,
	}
}

func wireCutFigures(a districting.Answer, number map[string]int) *CutFigures {
	w := &CutFigures{Met: a.Met, After: wireCutTotal(a.After)}
	w.Measures = mapped(a.Measures, func(m districting.MeasureAnswer) CutMeasureFigures {
		f := CutMeasureFigures{
			Name: m.Name, TolerancePercent: percent(m.Tolerance), Total: m.Total, WorstBeforePercent: percent(m.Before), WorstAfterPercent: percentOf(m.After),
		}
		if reachable, missed := a.Reachable[m.Name]; missed {
			f.ReachablePercent = percent(&reachable)
		}
		return f
	})
	if a.Before != nil {
		w.Before = new(wireCutTotal(*a.Before))
	}
	if c := a.Change; c != nil {
		w.Change = &CutChange{Retailers: c.Retailers, MovedPercent: percentOf(c.Moved), BoundPercent: percentOf(c.Bound), LeastPercent: percentOf(c.Least)}
	}
	w.Curve = mapped(a.Curve, func(p districting.CurvePoint) CutCurvePoint { return wireCurvePoint(p, a.Measures) })
	w.Why = mapped(a.Why, func(y districting.Why) CutWhy {
		return CutWhy{
			Measure: y.Measure, Territory: number[y.Territory], Reason: CutWhyReason(y.Reason), Load: y.Load, Low: y.Low, High: y.High,
			FloorPercent: percentOf(y.Floor), Codes: firstOf(y.Codes),
		}
	})
	w.Islands = mapped(a.Islands, func(i districting.Island) CutIsland {
		return CutIsland{Territory: number[i.Territory], Pieces: mapped(i.Pieces, firstOf), Unavoidable: i.Unavoidable}
	})
	return w
}

func wireCurvePoint(p districting.CurvePoint, measures []districting.MeasureAnswer) CutCurvePoint {
	return CutCurvePoint{
		MostChangePercent: percentOf(p.Most), MovedPercent: percentOf(p.Moved), SpreadM: *rounded(&p.Mean, 1), Broken: p.Broken, Met: p.Met,
		WorstPercent: mapped(measures, func(m districting.MeasureAnswer) float64 { return percentOf(p.Worst[m.Name]) }),
	}
}

// firstOf is as many codes as are told.
func firstOf(codes []string) []string {
	return append([]string{}, codes[:min(len(codes), maxFindings)]...)
}

func wireCutTotal(t districting.Total) CutTotal {
	return CutTotal{SpreadM: *rounded(&t.MeanDistance, 1), IntrudingPercent: percentOf(t.Intruding), Broken: t.Broken}
}
