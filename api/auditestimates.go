package api

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"

	"rounds"
	"rounds/audit/estimate"
	"rounds/audit/favour"
	"rounds/fieldwork"
	"rounds/store"
)

// GetAuditEstimates estimates from audits.
func (s *Server) GetAuditEstimates(ctx context.Context, r GetAuditEstimatesRequestObject) (GetAuditEstimatesResponseObject, error) {
	from, until, err := daysOf(r.Params.From, r.Params.Until)
	if err != nil {
		return nil, err
	}
	by := cmp.Or(orZero(r.Params.By), GetAuditEstimatesParamsBy(fieldwork.ByRep))
	e, err := s.office.EstimateAudits(ctx, actor(ctx), fieldwork.EstimateBy(by), store.EstimateFilter{
		AuditID: nounID[rounds.Audit](r.Params.Audit), From: from, Until: until,
	})
	if err != nil {
		return nil, err
	}
	if isFile(r.Params.Format) {
		name := fmt.Sprintf("audit-estimates-%s", by)
		return asFile(name, "audit estimates", *r.Params.Format, estimateColumns, append([]fieldwork.EstimatedGroup{e.All}, e.Groups...), estimateRow), nil
	}
	return GetAuditEstimates200JSONResponse{
		By: AuditEstimatesBy(by), Audits: e.Audits, SatisfactionScale: []float64{e.Low, e.High}, All: wireEstimated(e.All), Items: mapped(e.Groups, wireEstimated),
	}, nil
}

func daysOf(from, until *Day) (first, last rounds.Day, err error) {
	if first, err = day(from, "from", ""); err != nil {
		return first, last, err
	}
	last, err = day(until, "until", "")
	return first, last, err
}

// VisitGetAuditEstimatesResponse writes the file.
func (d download) VisitGetAuditEstimatesResponse(w http.ResponseWriter) error {
	return d.VisitListVisitsResponse(w)
}

var estimateColumns = append([]any{"key", "name", "in", "visited", "missed", "removed", "replaced", "added", "cannot_tell"},
	columnsOf("visits_happened", "prices_tagged", "policies_known", "satisfaction")...)

func columnsOf(names ...string) (columns []any) {
	for _, name := range names {
		for _, part := range []string{"", "_low", "_high", "_retailers", "_of", "_sum"} {
			columns = append(columns, name+part)
		}
	}
	return columns
}

func estimateRow(g fieldwork.EstimatedGroup) []any {
	row := []any{g.Key, g.Name, g.In, g.Visited, g.Missed, g.Removed, g.Replaced, g.Added, g.CannotTell}
	for _, e := range []estimate.Estimate{g.Visits, g.Priced, g.Known, g.Satisfied} {
		value := any(nil)
		if e.Told > 0 {
			value = *rounded(&e.Value, 4)
		}
		row = append(row, value, *rounded(&e.Low, 4), *rounded(&e.High, 4), e.Told, int(e.Of), e.Sum)
	}
	return row
}

func wireEstimated(g fieldwork.EstimatedGroup) AuditEstimated {
	return AuditEstimated{
		Key: maybe(g.Key), Name: maybe(g.Name), In: g.In, Visited: g.Visited, Missed: g.Missed, Removed: g.Removed, Replaced: g.Replaced,
		Added: g.Added, CannotTell: g.CannotTell, VisitsHappened: wireEstimate(g.Visits), PricesTagged: wireEstimate(g.Priced),
		PoliciesKnown: wireEstimate(g.Known), Satisfaction: wireEstimate(g.Satisfied),
	}
}

func wireEstimate(e estimate.Estimate) AuditEstimate {
	w := AuditEstimate{Low: *rounded(&e.Low, 4), High: *rounded(&e.High, 4), Retailers: e.Told, Of: int(e.Of), Sum: e.Sum}
	if e.Told > 0 {
		w.Value = rounded(&e.Value, 4)
		if !math.IsInf(e.Effective, 0) {
			w.Effective = rounded(&e.Effective, 1)
		}
	}
	return w
}

// GetAuditFavour asks whether changes by hand favour somebody.
func (s *Server) GetAuditFavour(ctx context.Context, r GetAuditFavourRequestObject) (GetAuditFavourResponseObject, error) {
	from, until, err := daysOf(r.Params.From, r.Params.Until)
	if err != nil {
		return nil, err
	}
	f, err := s.office.JudgeChanges(ctx, actor(ctx), from, until, orZero(r.Params.Periods) == Week)
	if err != nil {
		return nil, err
	}
	if isFile(r.Params.Format) {
		name := "audit-favour-" + span(f.From, f.Until, f.Until)
		return asFile(name, "audit favour", *r.Params.Format, favourColumns, f.People, favourRow), nil
	}
	return GetAuditFavour200JSONResponse{
		From: Day(f.From), Until: Day(f.Until), Periods: f.Periods, Alarms: favour.Alarms, Items: mapped(f.People, wireFavoured),
	}, nil
}

// VisitGetAuditFavourResponse writes the file.
func (d download) VisitGetAuditFavourResponse(w http.ResponseWriter) error {
	return d.VisitListVisitsResponse(w)
}

var favourColumns = []any{
	"name", "removed", "added", "flagged", "kind", "rep", "from", "until", "changed", "of", "all_changed", "all_of", "expected", "chance", "limit",
	"user_id", "rep_id",
}

func favourRow(p fieldwork.Favoured) []any {
	row := []any{p.Person, p.Removed, p.Added, p.Flagged}
	if p.Kind == "" {
		return append(row, "", "", "", "", nil, nil, nil, nil, nil, nil, nil, p.PersonID.String(), "")
	}
	rep := ""
	if !p.RepID.IsZero() {
		rep = p.RepID.String()
	}
	return append(row, string(p.Kind), p.Rep, string(p.From), string(p.Until), p.Changed, p.Of, p.All, p.OfAll, *rounded(&p.Expected, 2), p.Chance, p.Limit,
		p.PersonID.String(), rep)
}

func wireFavoured(p fieldwork.Favoured) AuditFavoured {
	w := AuditFavoured{UserID: wireID(p.PersonID), Name: p.Person, Removed: p.Removed, Added: p.Added, Flagged: p.Flagged}
	if p.Kind != "" {
		w.Furthest = &AuditFurthest{
			Kind: AuditFurthestKind(p.Kind), RepID: maybeID(p.RepID), Rep: maybe(p.Rep), From: Day(p.From), Until: Day(p.Until), Changed: p.Changed,
			Of: p.Of, AllChanged: p.All, AllOf: p.OfAll, Expected: *rounded(&p.Expected, 2), Chance: p.Chance, Limit: p.Limit,
		}
	}
	return w
}
