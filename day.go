package rounds

import "time"

// Day is a working day: a date in the org's time zone, in the form 2006-01-02.
type Day string

// DayOf is the date that the instant has in the zone.
func DayOf(t time.Time, zone *time.Location) Day {
	return Day(t.In(zone).Format(time.DateOnly))
}

// FirstDay is the earliest there is: nobody's calendar has a year 0.
const FirstDay Day = "0001-01-01"

// ParseDay reads a date; anything but 2006-01-02 is an Invalid error, as is one before FirstDay.
func ParseDay(text string) (Day, error) {
	if _, err := time.Parse(time.DateOnly, text); err != nil || Day(text) < FirstDay {
		return "", Errorf(Invalid, "%q is not a date: write it as 2006-01-02", text)
	}
	return Day(text), nil
}

// At is the instant of the clock time on this day in the zone; the zero time for a Day that is none.
func (d Day) At(hour, minute int, zone *time.Location) time.Time {
	date, err := time.ParseInLocation(time.DateOnly, string(d), zone)
	if err != nil {
		return time.Time{}
	}
	return time.Date(date.Year(), date.Month(), date.Day(), hour, minute, 0, 0, zone)
}

// Add is the date so many days later; the Day itself if it is none.
func (d Day) Add(days int) Day {
	date, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Day(date.AddDate(0, 0, days).Format(time.DateOnly))
}

// Until is how many days lie between this day and the other; negative when the other is earlier.
func (d Day) Until(other Day) int {
	from, err1 := time.Parse(time.DateOnly, string(d))
	to, err2 := time.Parse(time.DateOnly, string(other))
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(to.Sub(from) / (24 * time.Hour))
}

// Weekday is the day of the week; Sunday for a Day that is none.
func (d Day) Weekday() time.Weekday {
	date, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Sunday
	}
	return date.Weekday()
}

// Year is the calendar year; 0 for a Day that is none.
func (d Day) Year() int {
	date, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return 0
	}
	return date.Year()
}
