package hours

import (
	"time"

	"rounds"
)

// date is a date with what rules ask of it.
type date struct {
	day      rounds.Day
	at       time.Time // its midnight in UTC
	week     int       // of ISO 8601
	holidays func(rounds.Day) bool
}

func dateOf(d rounds.Day, holidays func(rounds.Day) bool) date {
	at, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		at = time.Time{}
	}
	_, week := at.ISOWeek()
	return date{d, at, week, holidays}
}

// holiday says whether the date so many days later is a public holiday.
func (d date) holiday(later int) bool {
	return d.holidays != nil && d.holidays(d.day.Add(later))
}

func (r *rule) matches(d date) bool {
	return matchesOne(r.years, d) && matchesOne(r.dates, d) && matchesOne(r.weeks, d) && matchesOne(r.days, d) && matchesOne(r.holidays, d)
}

// matchesOne is true where there is nothing to match.
func matchesOne[T interface{ matches(date) bool }](alternatives []T, d date) bool {
	for _, a := range alternatives {
		if a.matches(d) {
			return true
		}
	}
	return len(alternatives) == 0
}

// years are a first and a last one, and each so many after the first.
type years struct{ from, until, every int }

func (y years) matches(d date) bool {
	year := d.at.Year()
	return y.from <= year && year <= y.until && (year-y.from)%y.every == 0
}

// weeks are numbered by ISO 8601.
type weeks struct{ from, until, every int }

func (w weeks) matches(d date) bool {
	if w.from > w.until {
		return d.week >= w.from || d.week <= w.until
	}
	return w.from <= d.week && d.week <= w.until && (d.week-w.from)%w.every == 0
}

// weekdays are a span of days of the week, or public holidays.
type weekdays struct {
	from, until time.Weekday
	nth         []nth // of the month; none: every one
	holiday     bool
	offset      int // days after the holiday
}

// nth are a first and a last weekday of a month, counted from its beginning, or from its end if negative.
type nth struct{ from, until int }

func (w weekdays) matches(d date) bool {
	if w.holiday {
		return d.holiday(-w.offset)
	}
	if (d.at.Weekday()-w.from+7)%7 > (w.until-w.from+7)%7 {
		return false
	}
	if len(w.nth) == 0 {
		return true
	}
	length := time.Date(d.at.Year(), d.at.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	first, last := (d.at.Day()-1)/7+1, -((length-d.at.Day())/7 + 1)
	for _, n := range w.nth {
		if (n.from <= first && first <= n.until) || (n.from <= last && last <= n.until) {
			return true
		}
	}
	return false
}

// point is a date of each year, or of one.
type point struct {
	year   int // 0: each
	month  time.Month
	day    int  // 0: the month as a whole
	easter bool // its Sunday; month and day are not looked at
	offset int  // days after
}

// dates go from one point to the other, over the end of the year where that is earlier.
type dates struct{ from, until point }

func (s dates) matches(d date) bool {
	if s.from.year != 0 {
		return s.covers(d.at, s.from.year)
	}
	return s.covers(d.at, d.at.Year()) || s.covers(d.at, d.at.Year()-1)
}

// covers says whether the span that begins in a year has a date in it.
func (s dates) covers(at time.Time, year int) bool {
	ends := year
	if s.until.year != 0 {
		ends = s.until.year
	}
	first, last := s.from.first(year), s.until.last(ends)
	if last.Before(first) && s.until.year == 0 {
		last = s.until.last(ends + 1)
	}
	return !at.Before(first) && !at.After(last)
}

func (p point) first(year int) time.Time {
	if p.easter {
		return easter(year).AddDate(0, 0, p.offset)
	}
	return time.Date(year, p.month, max(1, min(p.day, lengthOf(year, p.month))), 0, 0, 0, 0, time.UTC).AddDate(0, 0, p.offset)
}

func (p point) last(year int) time.Time {
	if p.easter || p.day != 0 {
		return p.first(year)
	}
	return time.Date(year, p.month, lengthOf(year, p.month), 0, 0, 0, 0, time.UTC)
}

func lengthOf(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// easter is Easter Sunday of a Gregorian year, by the anonymous algorithm published in Nature in 1876.
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (b - (b+8)/25 + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	l := (32 + 2*e + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
