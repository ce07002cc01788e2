package api

import (
	"context"
	"fmt"

	"rounds"
	"rounds/fieldwork"
)

// GetCalendar says on which days the org works.
func (s *Server) GetCalendar(ctx context.Context, r GetCalendarRequestObject) (GetCalendarResponseObject, error) {
	span, err := visitFilter(r.Params.Date, r.Params.Until, nil)
	if err != nil {
		return nil, err
	}
	if r.Params.Year != nil && span.From != "" {
		return nil, rounds.Errorf(rounds.Invalid, "a calendar is of a year, or of a range of days").With("year", "contradicts", "date")
	}
	from, until := span.From, span.Until
	if from == "" {
		year := s.today(actor(ctx)).Year()
		set(&year, r.Params.Year, same)
		from, until = wholeYear(year)
	}
	calendar, err := s.calendar(ctx, from, until)
	return GetCalendar200JSONResponse(calendar), err
}

func wholeYear(year int) (first, last rounds.Day) {
	return rounds.Day(fmt.Sprintf("%04d-01-01", year)), rounds.Day(fmt.Sprintf("%04d-12-31", year))
}

func (s *Server) calendar(ctx context.Context, from, until rounds.Day) (Calendar, error) {
	days, err := s.office.Calendar(ctx, actor(ctx), from, until)
	wire := Calendar{Items: mapped(days, wireWorkingDay), UnknownYears: []int{}}
	for _, d := range days {
		if n, year := len(wire.UnknownYears), d.Date.Year(); !d.Known && (n == 0 || wire.UnknownYears[n-1] != year) {
			wire.UnknownYears = append(wire.UnknownYears, year)
		}
	}
	return wire, err
}

func wireWorkingDay(d rounds.WorkingDay) CalendarDay {
	return CalendarDay{Date: Day(d.Date), Working: d.Works, Known: d.Known, Why: CalendarDayWhy(d.Why), Name: maybe(d.Name)}
}

// PutCalendar replaces a year by hand.
func (s *Server) PutCalendar(ctx context.Context, r PutCalendarRequestObject) (PutCalendarResponseObject, error) {
	year := rounds.CalendarYear{Year: r.Year, Days: mapped(r.Body.Days, nounSpecialDay)}
	if err := s.office.PutCalendar(ctx, actor(ctx), year, r.Body.Reason); err != nil {
		return nil, err
	}
	from, until := wholeYear(r.Year)
	calendar, err := s.calendar(ctx, from, until)
	return PutCalendar200JSONResponse(calendar), err
}

func nounSpecialDay(d SpecialDay) rounds.SpecialDay {
	return rounds.SpecialDay{Date: rounds.Day(d.Date), Name: orZero(d.Name), Working: d.Working}
}

// ImportCalendar brings in a year's file.
func (s *Server) ImportCalendar(ctx context.Context, r ImportCalendarRequestObject) (ImportCalendarResponseObject, error) {
	report, err := s.office.ImportCalendar(ctx, actor(ctx), r.Body, orZero(r.Params.Year), orZero(r.Params.DryRun))
	return ImportCalendar200JSONResponse(wireCalendarReport(report)), err
}

func wireCalendarReport(r fieldwork.CalendarReport) CalendarReport {
	return CalendarReport{Year: r.Year, Off: r.Off, Working: r.Working, Changed: r.Changed, Imported: r.Imported}
}

// ListLeave lists a rep's leave.
func (s *Server) ListLeave(ctx context.Context, r ListLeaveRequestObject) (ListLeaveResponseObject, error) {
	span, err := visitFilter(r.Params.Date, r.Params.Until, nil)
	if err != nil {
		return nil, err
	}
	found, err := s.office.Leaves(ctx, actor(ctx), rounds.UserID(r.ID), span.From, span.Until)
	return ListLeave200JSONResponse{Items: mapped(found, wireLeave)}, err
}

// PostLeave enters a rep's leave.
func (s *Server) PostLeave(ctx context.Context, r PostLeaveRequestObject) (PostLeaveResponseObject, error) {
	from, err := day(&r.Body.From, "/from", "")
	if err != nil {
		return nil, err
	}
	until, err := day(&r.Body.Until, "/until", "")
	if err != nil {
		return nil, err
	}
	added, err := s.office.AddLeave(ctx, actor(ctx), rounds.Leave{
		RepID: rounds.UserID(r.ID), From: from, Until: until, Reason: orZero(r.Body.Reason),
	})
	return PostLeave201JSONResponse(wireLeave(added)), err
}

// DeleteLeave takes a rep's leave back.
func (s *Server) DeleteLeave(ctx context.Context, r DeleteLeaveRequestObject) (DeleteLeaveResponseObject, error) {
	err := s.office.RemoveLeave(ctx, actor(ctx), rounds.UserID(r.ID), rounds.LeaveID(r.Leave))
	return DeleteLeave204Response{}, err
}

func wireLeave(l rounds.Leave) Leave {
	return Leave{
		ID: wireID(l.ID), RepID: wireID(l.RepID), From: Day(l.From), Until: Day(l.Until), Reason: maybe(l.Reason),
		CreatedAt: l.CreatedAt, CreatedBy: maybeID(l.CreatedBy),
	}
}
