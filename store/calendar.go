package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// CalendarYears are what an org was told of these years, both included, with their days; years that are not
// known are left out.
func (s *Store) CalendarYears(ctx context.Context, org rounds.OrgID, from, until int) ([]rounds.CalendarYear, error) {
	const q = `
		select y.year, coalesce(d.day::text, ''), coalesce(d.name, ''), coalesce(d.working, false)
		from calendar_years y
		left join calendar_days d on d.org_id = y.org_id and d.year = y.year
		where y.org_id = $1 and y.year between $2 and $3
		order by y.year, d.day`
	type yearDay struct {
		Year int
		rounds.SpecialDay
	}
	found, err := all(ctx, s.db, func(row pgx.CollectableRow) (d yearDay, err error) {
		return d, row.Scan(&d.Year, &d.Date, &d.Name, &d.Working)
	}, q, org, from, until)
	var years []rounds.CalendarYear
	for _, d := range found {
		if len(years) == 0 || years[len(years)-1].Year != d.Year {
			years = append(years, rounds.CalendarYear{Year: d.Year})
		}
		if last := &years[len(years)-1]; d.Date != "" {
			last.Days = append(last.Days, d.SpecialDay)
		}
	}
	return years, err
}

// LockCalendarYear makes a year known, and concurrent changes of it wait until the transaction ends.
func (s *Store) LockCalendarYear(ctx context.Context, org rounds.OrgID, year int, by rounds.UserID, now time.Time) error {
	const q = `
		insert into calendar_years (org_id, year, changed_at, changed_by)
		values ($1, $2, $3, $4)
		on conflict (org_id, year) do update
		set changed_at = excluded.changed_at, changed_by = excluded.changed_by`
	_, err := exec(ctx, s.db, q, org, year, now, by)
	return err
}

// ReplaceCalendarDays writes the days of a year that the caller has locked over those that it had.
func (s *Store) ReplaceCalendarDays(ctx context.Context, org rounds.OrgID, year rounds.CalendarYear) error {
	const remove = `
		delete from calendar_days
		where org_id = $1 and year = $2`
	if _, err := exec(ctx, s.db, remove, org, year.Year); err != nil {
		return err
	}
	const add = `
		insert into calendar_days (org_id, year, day, name, working)
		select $1, $2, day::date, name, working
		from unnest($3::text[], $4::text[], $5::boolean[]) as given (day, name, working)`
	dates, names, working := make([]string, len(year.Days)), make([]string, len(year.Days)), make([]bool, len(year.Days))
	for i, d := range year.Days {
		dates[i], names[i], working[i] = string(d.Date), d.Name, d.Working
	}
	_, err := exec(ctx, s.db, add, org, year.Year, dates, names, working)
	return err
}

const leaveColumns = `l.id, l.rep_id, l.from_day::text as "from", l.until_day::text as until, l.reason, l.created_at, l.created_by`

// InsertLeave keeps a rep's leave.
func (s *Store) InsertLeave(ctx context.Context, org rounds.OrgID, l rounds.Leave) error {
	const q = `
		insert into leaves (org_id, id, rep_id, from_day, until_day, reason, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`
	_, err := exec(ctx, s.db, q, org, l.ID, l.RepID, l.From, l.Until, l.Reason, l.CreatedAt, l.CreatedBy)
	return err
}

// Leaves are those of a rep that touch a span of days, in their order; of every rep of the scope for the zero
// id, and without bound for "".
func (s *Store) Leaves(ctx context.Context, scope rounds.Scope, rep rounds.UserID, from, until rounds.Day) ([]rounds.Leave, error) {
	const q = `
		select ` + leaveColumns + `
		from leaves l
		join users u on u.org_id = l.org_id and u.id = l.rep_id
		where l.org_id = $1
		and ($2::uuid[] is null or u.unit_id = any($2))
		and ($3::uuid is null or l.rep_id = $3)
		and ($4::uuid is null or l.rep_id = $4)
		and ($5::date is null or l.until_day >= $5)
		and ($6::date is null or l.from_day <= $6)
		order by l.from_day, l.rep_id, l.id`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Leave], q, scope.OrgID, scope.Units, scope.RepID, rep, date(from), date(until))
}

// LeavesOf are a rep's in the order of their ids, from after the given one.
func (s *Store) LeavesOf(ctx context.Context, org rounds.OrgID, rep rounds.UserID, after rounds.LeaveID, limit int) ([]rounds.Leave, error) {
	const q = `
		select ` + leaveColumns + `
		from leaves l
		where l.org_id = $1 and l.rep_id = $2
		and ($3::uuid is null or l.id > $3)
		order by l.id
		limit $4`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Leave], q, org, rep, after, limit)
}

// DeleteLeave takes a rep's leave back, and gives what it was; NotFound if it is not there.
func (s *Store) DeleteLeave(ctx context.Context, org rounds.OrgID, rep rounds.UserID, id rounds.LeaveID) (rounds.Leave, error) {
	const q = `
		delete from leaves l
		where l.org_id = $1 and l.rep_id = $2 and l.id = $3
		returning ` + leaveColumns
	return row(ctx, s.db, pgx.RowToStructByName[rounds.Leave], q, org, rep, id)
}

// DeleteLeaveReasons deletes the reasons of leaves that were over on a day, and says how many had one.
func (s *Store) DeleteLeaveReasons(ctx context.Context, org rounds.OrgID, through rounds.Day) (int64, error) {
	const q = `
		update leaves
		set reason = ''
		where org_id = $1 and until_day <= $2 and reason <> ''`
	return exec(ctx, s.db, q, org, through)
}

// CountLeaveReasons counts what DeleteLeaveReasons would delete.
func (s *Store) CountLeaveReasons(ctx context.Context, org rounds.OrgID, through rounds.Day) (int64, error) {
	const q = `
		select count(*)
		from leaves
		where org_id = $1 and until_day <= $2 and reason <> ''`
	return one[int64](ctx, s.db, q, org, through)
}
