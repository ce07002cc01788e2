package fieldwork

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"rounds"
	"rounds/calendar"
	"rounds/internal/sheet"
	"rounds/store"
)

// maxCalendarDays is how many days one may ask about at once: three years.
const maxCalendarDays = 1100

// maxCalendarFile is in bytes. A year takes a few thousand.
const maxCalendarFile = 1 << 20

// Calendar says of each day of a span whether the org works, by its calendar and its working weekdays.
func (o *Office) Calendar(ctx context.Context, a rounds.Actor, from, until rounds.Day) ([]rounds.WorkingDay, error) {
	c, err := calendarOf(ctx, o.store, a, from, until)
	if err != nil {
		return nil, err
	}
	return c.Between(from, until), nil
}

// calendarOf is the org's calendar for a span of days, which may be announced with the years beside them.
func calendarOf(ctx context.Context, s *store.Store, a rounds.Actor, from, until rounds.Day) (*calendar.Calendar, error) {
	if err := checkSpan(from, until); err != nil {
		return nil, err
	}
	years, err := s.CalendarYears(ctx, a.OrgID, from.Year()-1, until.Year()+1)
	return calendar.New(a.Settings.WorkingWeekdays(), years), err
}

func checkSpan(from, until rounds.Day) error { return checkDays(from, until, maxCalendarDays) }

// checkDays refuses a range of days that ends before it begins, or has more than so many.
func checkDays(from, until rounds.Day, most int) error {
	if days := from.Until(until); from == "" || until == "" || days < 0 || days >= most {
		return rounds.Errorf(rounds.Invalid, "a range of days ends no earlier than it begins, and has at most %d days", most).With("until", "bad_range")
	}
	return nil
}

// WorkingDays says of each day of a span whether a rep works: by the org's calendar, and not on their leave. The
// reason of a leave is not told. NotFound if the actor may not see the rep.
func (o *Office) WorkingDays(ctx context.Context, a rounds.Actor, rep rounds.UserID, from, until rounds.Day) ([]rounds.WorkingDay, error) {
	if _, err := o.User(ctx, a, rep); err != nil {
		return nil, err
	}
	days, err := o.Calendar(ctx, a, from, until)
	if err != nil {
		return nil, err
	}
	leaves, err := o.store.Leaves(ctx, rounds.Scope{OrgID: a.OrgID}, rep, from, until)
	for _, l := range leaves {
		takeLeave(days, l)
	}
	return days, err
}

// takeLeave marks the working days of a leave. Days on which nobody works stay as they are.
func takeLeave(days []rounds.WorkingDay, l rounds.Leave) {
	for i := range days {
		if d := &days[i]; d.Works && l.From <= d.Date && d.Date <= l.Until {
			d.Works, d.Why, d.Name = false, rounds.WhyLeave, ""
		}
	}
}

// CalendarReport is what an import of a year did or, if Imported is false, would have done.
type CalendarReport struct {
	Year     int
	Off      int // days on which nobody works
	Working  int // make-up working days
	Changed  int // days that are new, different or gone
	Imported bool
}

// ImportCalendar brings in a year's holidays and make-up days: JSON as holiday-cn publishes it, or a table (CSV,
// XLSX). year 0 is the file's own. All that was known of the year before is replaced; dry only reports.
func (o *Office) ImportCalendar(ctx context.Context, a rounds.Actor, r io.Reader, year int, dry bool) (CalendarReport, error) {
	if err := allowCalendar(a); err != nil {
		return CalendarReport{}, err
	}
	read, err := readCalendar(r, year)
	if err != nil {
		return CalendarReport{}, err
	}
	return o.replaceYear(ctx, a, read, "calendar.import", "", dry)
}

func readCalendar(r io.Reader, year int) (rounds.CalendarYear, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxCalendarFile+1))
	if err != nil {
		return rounds.CalendarYear{}, err
	}
	if len(data) > maxCalendarFile {
		return rounds.CalendarYear{}, rounds.Errorf(rounds.TooLarge, "this file is too large: %s", &sheet.Error{Code: sheet.TooLarge, Args: []any{maxCalendarFile >> 20}})
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	if !bytes.HasPrefix(text, []byte("{")) {
		return readCalendarTable(data, year)
	}
	read, err := calendar.ParseJSON(text)
	if err == nil && year != 0 && year != read.Year {
		err = rounds.Errorf(rounds.Invalid, "this file is of the year %d", read.Year).With("year", "differs")
	}
	return read, err
}

func readCalendarTable(data []byte, year int) (rounds.CalendarYear, error) {
	table, err := sheet.Read(bytes.NewReader(data), "")
	if refusal, ok := errors.AsType[*sheet.Error](err); ok {
		return rounds.CalendarYear{}, rounds.Errorf(rounds.Invalid, "this file cannot be read: %s", refusal)
	}
	if err != nil {
		return rounds.CalendarYear{}, err
	}
	if len(table.Bad) > 0 {
		return rounds.CalendarYear{}, rounds.Errorf(rounds.Invalid, "this file cannot be read: %s", table.Bad[0])
	}
	lines := make([]calendar.Line, len(table.Rows))
	for i, row := range table.Rows {
		lines[i] = calendar.Line{Number: row.Line, Cells: row.Cells}
	}
	return calendar.ParseTable(table.Header, lines, year)
}

// PutCalendar replaces by hand what is known of a year; without days it has no holidays.
func (o *Office) PutCalendar(ctx context.Context, a rounds.Actor, year rounds.CalendarYear, reason string) error {
	if err := allowCalendar(a); err != nil {
		return err
	}
	if err := calendar.Check(year, func(i int) string { return fmt.Sprintf("/days/%d", i) }); err != nil {
		return err
	}
	_, err := o.replaceYear(ctx, a, year, "calendar.change", reason, false)
	return err
}

// allowCalendar lets those change the org's calendar who may plan all of the org.
func allowCalendar(a rounds.Actor) error {
	if a.Units != nil {
		return allow(a, administering)
	}
	return allow(a, keepingRecords)
}

func (o *Office) replaceYear(ctx context.Context, a rounds.Actor, year rounds.CalendarYear, act, reason string, dry bool) (CalendarReport, error) {
	var report CalendarReport
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		before, err := tx.CalendarYears(ctx, a.OrgID, year.Year, year.Year)
		if err != nil {
			return err
		}
		report = reportOf(year, before)
		if dry {
			return nil
		}
		if err := tx.LockCalendarYear(ctx, a.OrgID, year.Year, a.UserID, o.now()); err != nil {
			return err
		}
		if err := tx.ReplaceCalendarDays(ctx, a.OrgID, year); err != nil {
			return err
		}
		report.Imported = true
		return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
			Name: act, Subject: fmt.Sprint(year.Year),
			Detail: map[string]any{"off": report.Off, "working": report.Working, "changed": report.Changed, "before": datesOf(before), "reason": reason},
		})
	})
	return report, err
}

// datesOf are the days that a change replaces, for the log.
func datesOf(years []rounds.CalendarYear) map[string][]rounds.Day {
	dates := map[string][]rounds.Day{}
	for _, year := range years {
		for _, day := range year.Days {
			kind := map[bool]string{true: "working", false: "off"}[day.Working]
			dates[kind] = append(dates[kind], day.Date)
		}
	}
	return dates
}

func reportOf(year rounds.CalendarYear, before []rounds.CalendarYear) CalendarReport {
	r := CalendarReport{Year: year.Year}
	was := map[rounds.SpecialDay]bool{}
	dates := map[rounds.Day]bool{}
	for _, y := range before {
		for _, day := range y.Days {
			was[day], dates[day.Date] = true, true
		}
	}
	for _, day := range year.Days {
		if day.Working {
			r.Working++
		} else {
			r.Off++
		}
		if !was[day] {
			r.Changed++
		}
		delete(dates, day.Date)
	}
	r.Changed += len(dates) // that are gone
	return r
}
