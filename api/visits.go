package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/eventjson"
	"rounds/geo"
	"rounds/internal/sheet"
	"rounds/store"
)

const (
	maxRangeDays = 366
	maxFileRows  = 100_000
)

// ListVisits lists visits as JSON pages, or as one file.
func (s *Server) ListVisits(ctx context.Context, r ListVisitsRequestObject) (ListVisitsResponseObject, error) {
	p := r.Params
	f, err := visitFilter(p.Date, p.Until, p.After)
	if err != nil {
		return nil, err
	}
	f.RepID, f.RetailerID = nounID[rounds.User](p.Rep), nounID[rounds.Retailer](p.Retailer)
	f.Outcome, f.Credited = geo.Outcome(orZero(p.Outcome)), p.Credited
	a, format := actor(ctx), orZero(p.Format)
	if format == Csv || format == Xlsx {
		return s.visitFile(ctx, a, f, format)
	}
	n := limit(p.Limit)
	f.Limit = n + 1
	found, err := s.store.Visits(ctx, a.Scope(), f)
	found, next := page(found, n, func(v store.ListedVisit) []string { return []string{string(v.Day), v.ID.String()} })
	return ListVisits200JSONResponse{Items: mapped(found, wireVisit), Next: next}, err
}

// visitFilter reads a range of days and where in its list to go on.
func visitFilter(date, until *Day, next *Cursor) (f store.VisitFilter, err error) {
	if f.From, err = day(date, "date", ""); err != nil {
		return f, err
	}
	if f.Until, err = day(until, "until", f.From); err != nil {
		return f, err
	}
	if span := f.From.Until(f.Until); (until != nil && date == nil) || span < 0 || span >= maxRangeDays {
		return f, rounds.Errorf(rounds.Invalid, "a range of days begins with date, ends with until and has at most %d days", maxRangeDays).With("until", "bad_range")
	}
	after, err := readCursor(next, 2)
	if err != nil || next == nil {
		return f, err
	}
	if f.AfterDay, err = rounds.ParseDay(after[0]); err != nil {
		return f, errCursor()
	}
	if f.AfterID, err = rounds.ParseID[rounds.Visit](after[1]); err != nil {
		return f, errCursor()
	}
	return f, nil
}

// visitFile writes while it is sent.
func (s *Server) visitFile(ctx context.Context, a rounds.Actor, f store.VisitFilter, format ListVisitsParamsFormat) (ListVisitsResponseObject, error) {
	f.Limit = maxFileRows
	found, err := s.store.Visits(ctx, a.Scope(), f)
	if err != nil {
		return nil, err
	}
	pipe, w := io.Pipe()
	go func() { w.CloseWithError(writeVisits(w, found, a.Zone, format)) }()
	name := "visits-" + span(f, rounds.DayOf(s.now(), a.Zone)) + "." + string(format)
	if format == Csv {
		return visitDownload{ListVisits200TextCsvResponse{Body: pipe}, name}, nil
	}
	return visitDownload{ListVisits200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: pipe}, name}, nil
}

// visitDownload is a file with the name under which a browser keeps it (RFC 6266).
type visitDownload struct {
	ListVisitsResponseObject
	name string
}

// VisitListVisitsResponse writes the file.
func (d visitDownload) VisitListVisitsResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	return d.ListVisitsResponseObject.VisitListVisitsResponse(w)
}

// span names the days of a filter; all days are those until today.
func span(f store.VisitFilter, today rounds.Day) string {
	switch {
	case f.From == "":
		return "until-" + string(today)
	case f.From == f.Until:
		return string(f.From)
	}
	return string(f.From) + "-to-" + string(f.Until)
}

func writeVisits(w io.Writer, visits []store.ListedVisit, zone *time.Location, format ListVisitsParamsFormat) error {
	out, err := sheetWriter(w, format)
	if err != nil {
		return err
	}
	if err := out.Row("date", "rep", "retailer_code", "retailer_name", "started_at", "ended_at", "end_estimated", "dwell_s",
		"outcome", "credited", "credited_by", "needs_review", "distance_m", "reasons", "id", "end_by", "by_request"); err != nil {
		return err
	}
	for _, v := range visits {
		if err := out.Row(visitRow(v, zone)...); err != nil {
			return err
		}
	}
	return out.Close()
}

func sheetWriter(w io.Writer, format ListVisitsParamsFormat) (sheet.Writer, error) {
	if format == Csv {
		return sheet.ExcelCSV(w)
	}
	return sheet.XLSX(w, "visits")
}

func visitRow(v store.ListedVisit, zone *time.Location) []any {
	return []any{
		string(v.Day), v.RepName, v.RetailerCode, v.RetailerName, local(&v.StartedAt, zone), local(v.EndedAt, zone), v.EndEstimated,
		cell(v.Dwell), string(v.Outcome), v.Credited, string(v.CreditedBy), v.NeedsReview, cell(v.Distance), joined(v.Reasons), v.ID.String(),
		string(v.EndBy()), !v.RequestID.IsZero(),
	}
}

func wireVisit(v store.ListedVisit) Visit {
	return Visit{
		EndBy: endBy(v.EndBy()), ByRequest: !v.RequestID.IsZero(),
		ID: wireID(v.ID), RepID: wireID(v.RepID), RepName: v.RepName,
		RetailerID: wireID(v.RetailerID), RetailerCode: v.RetailerCode, RetailerName: v.RetailerName, StopID: maybeID(v.StopID),
		Date: string(v.Day), StartedAt: v.StartedAt, EndedAt: v.EndedAt, Open: v.EndedAt == nil, EndEstimated: v.EndEstimated,
		DwellS: (*float64)(v.Dwell), Outcome: Outcome(v.Outcome), Credited: v.Credited, CreditedBy: creditedBy(v.CreditedBy),
		NeedsReview: v.NeedsReview, DistanceM: rounded(v.Distance, 3), Reasons: reasons(v.Reasons),
	}
}

// GetVisit shows a visit with everything that it rests on; with positions to those who say what for.
func (s *Server) GetVisit(ctx context.Context, r GetVisitRequestObject) (GetVisitResponseObject, error) {
	if purpose := r.Params.PositionsFor; purpose != nil {
		found, err := s.office.VisitPositions(ctx, actor(ctx), rounds.VisitID(r.ID), *purpose)
		return GetVisit200JSONResponse(wireDetail(found, about(ctx).lang)), err
	}
	found, err := s.office.Visit(ctx, actor(ctx), rounds.VisitID(r.ID))
	return GetVisit200JSONResponse(wireDetail(found, about(ctx).lang)), err
}

// PostReview judges a visit by hand.
func (s *Server) PostReview(ctx context.Context, r PostReviewRequestObject) (PostReviewResponseObject, error) {
	found, err := s.office.Review(ctx, actor(ctx), rounds.VisitID(r.ID), rounds.Decision(r.Body.Decision), r.Body.Reason)
	return PostReview201JSONResponse(wireDetail(found, about(ctx).lang)), err
}

func wireDetail(d fieldwork.VisitDetail, l lang) VisitDetail {
	v := wireVisit(d.ListedVisit)
	return VisitDetail{
		ID: v.ID, RepID: v.RepID, RepName: v.RepName, RetailerID: v.RetailerID, RetailerCode: v.RetailerCode, RetailerName: v.RetailerName,
		StopID: v.StopID, Date: v.Date, StartedAt: v.StartedAt, EndedAt: v.EndedAt, Open: v.Open, EndEstimated: v.EndEstimated,
		DwellS: v.DwellS, Outcome: v.Outcome, Credited: v.Credited, CreditedBy: v.CreditedBy, NeedsReview: v.NeedsReview,
		DistanceM: v.DistanceM, Reasons: v.Reasons, EndBy: (*VisitDetailEndBy)(v.EndBy), ByRequest: v.ByRequest,
		Events: mapped(d.Events, func(e store.Recorded) VisitDetailEvent {
			return VisitDetailEvent{
				Event: eventjson.Encode(e.VisitEvent), ReceivedAt: e.ReceivedAt, Verdicts: mapped(e.Verdicts, wireVerdict),
				Positions: positions(e, d.Withheld), PositionsDeletedAt: e.PositionsDeletedAt,
				Located: mapped(e.Located, wireLocated), Lookup: wireLookup(d.Lookups, e.ID),
				Proofs: mapped(e.Proofs, wireProof),
			}
		}),
		Reviews:   mapped(d.Reviews, wireReview),
		Requests:  mapped(d.Requests, wireRequest),
		Integrity: wireIntegrity(d.Integrity, l),
	}
}

func endBy(by rounds.EndBy) *VisitEndBy {
	if by == "" {
		return nil
	}
	return new(VisitEndBy(by))
}

func positions(e store.Recorded, withheld bool) VisitDetailEventPositions {
	switch {
	case e.PositionsDeletedAt != nil:
		return Deleted
	case withheld:
		return Withheld
	}
	return Shown
}
