package api

import (
	"context"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/eventjson"
	"rounds/geo"
	"rounds/store"
)

const maxRangeDays = 366

// ListVisits lists visits as JSON pages, or as one file.
func (s *Server) ListVisits(ctx context.Context, r ListVisitsRequestObject) (ListVisitsResponseObject, error) {
	p := r.Params
	f, err := visitFilter(p.Date, p.Until, p.After)
	if err != nil {
		return nil, err
	}
	f.RepID, f.RetailerID = nounID[rounds.User](p.Rep), nounID[rounds.Retailer](p.Retailer)
	f.Outcome, f.Credited, f.Audit = geo.Outcome(orZero(p.Outcome)), p.Credited, p.Audit
	a := actor(ctx)
	if isFile(p.Format) {
		return s.visitFile(ctx, a, f, *p.Format)
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

func (s *Server) visitFile(ctx context.Context, a rounds.Actor, f store.VisitFilter, format FileFormat) (ListVisitsResponseObject, error) {
	f.Limit = maxFileRows
	found, err := s.store.Visits(ctx, a.Scope(), f)
	if err != nil {
		return nil, err
	}
	name := "visits-" + span(f.From, f.Until, rounds.DayOf(s.now(), a.Zone))
	return asFile(name, "visits", format, visitColumns, found, func(v store.ListedVisit) []any { return visitRow(v, a.Zone) }), nil
}

// span names the days of a filter; all days are those until today.
func span(from, until, today rounds.Day) string {
	switch {
	case from == "":
		return "until-" + string(today)
	case from == until:
		return string(from)
	}
	return string(from) + "-to-" + string(until)
}

var visitColumns = []any{
	"date", "rep", "retailer_code", "retailer_name", "started_at", "ended_at", "end_estimated", "dwell_s",
	"outcome", "credited", "credited_by", "needs_review", "distance_m", "reasons", "id", "end_by", "by_request", "audit",
}

func visitRow(v store.ListedVisit, zone *time.Location) []any {
	return []any{
		string(v.Day), v.RepName, v.RetailerCode, v.RetailerName, local(&v.StartedAt, zone), local(v.EndedAt, zone), v.EndEstimated,
		cell(v.Dwell), string(v.Outcome), v.Credited, string(v.CreditedBy), v.NeedsReview, cell(v.Distance), joined(v.Reasons), v.ID.String(),
		string(v.EndBy()), !v.RequestID.IsZero(), v.Audit,
	}
}

func wireVisit(v store.ListedVisit) Visit {
	return Visit{
		EndBy: endBy(v.EndBy()), ByRequest: !v.RequestID.IsZero(), Audit: v.Audit,
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
		DistanceM: v.DistanceM, Reasons: v.Reasons, EndBy: (*VisitDetailEndBy)(v.EndBy), ByRequest: v.ByRequest, Audit: v.Audit,
		Events: mapped(d.Events, func(e store.Recorded) VisitDetailEvent {
			return VisitDetailEvent{
				Event: eventjson.Encode(e.VisitEvent), ReceivedAt: e.ReceivedAt, Verdicts: mapped(e.Verdicts, wireVerdict),
				Clock:     wireClock(e, d.Timings[e.ID]),
				Positions: positions(e.PositionsDeletedAt, d.Withheld), PositionsDeletedAt: e.PositionsDeletedAt,
				Located: mapped(e.Located, wireLocated), Lookup: wireLookup(d.Lookups, e.ID),
				Proofs: mapped(e.Proofs, wireProof),
			}
		}),
		Reviews:   mapped(d.Reviews, wireReview),
		Requests:  mapped(d.Requests, wireRequest),
		Integrity: wireIntegrity(d.Integrity, l),
	}
}

func wireClock(e store.Recorded, t fieldwork.Timing) EventClock {
	return EventClock{
		HappenedAt: e.HappenedAt, Earliest: t.Earliest, Latest: t.Latest, Quality: EventClockQuality(t.Quality),
		OffsetS: t.Offset.Seconds(), Moved: t.Moved,
	}
}

func endBy(by rounds.EndBy) *VisitEndBy {
	if by == "" {
		return nil
	}
	return new(VisitEndBy(by))
}

func positions(deletedAt *time.Time, withheld bool) Positions {
	switch {
	case deletedAt != nil:
		return Deleted
	case withheld:
		return Withheld
	}
	return Shown
}
