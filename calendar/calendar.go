// Package calendar says on which dates an org works, and reads the files in which a year's public holidays and
// make-up working days are published.
//
// It knows weekdays, holidays and that a year of which nothing was announced is unknown. It does not know whose
// leave it is, where the data is kept or what day it is today.
package calendar

import (
	"cmp"
	"slices"
	"time"

	"rounds"
)

// Calendar is an org's rule of weekdays with what was announced for some years.
type Calendar struct {
	weekdays []time.Weekday
	years    map[int]bool
	days     map[rounds.Day]rounds.SpecialDay
}

// New makes a calendar. Of a date that two years name, the later announcement counts.
func New(weekdays []time.Weekday, years []rounds.CalendarYear) *Calendar {
	c := &Calendar{weekdays: weekdays, years: map[int]bool{}, days: map[rounds.Day]rounds.SpecialDay{}}
	years = slices.SortedFunc(slices.Values(years), func(a, b rounds.CalendarYear) int { return cmp.Compare(a.Year, b.Year) })
	for _, year := range years {
		c.years[year.Year] = true
		for _, day := range year.Days {
			c.days[day.Date] = day
		}
	}
	return c
}

// On says whether the org works on a date. It is known if its year was announced, or the date itself was with a
// neighbouring year's.
func (c *Calendar) On(d rounds.Day) rounds.WorkingDay {
	if special, ok := c.days[d]; ok {
		why := rounds.WhyHoliday
		if special.Working {
			why = rounds.WhyMakeUp
		}
		return rounds.WorkingDay{Date: d, Works: special.Working, Why: why, Name: special.Name, Known: true}
	}
	return rounds.WorkingDay{Date: d, Works: slices.Contains(c.weekdays, d.Weekday()), Why: rounds.WhyWeekday, Known: c.years[d.Year()]}
}

// Between is what On says of each date from the first to the last.
func (c *Calendar) Between(from, until rounds.Day) []rounds.WorkingDay {
	days := make([]rounds.WorkingDay, from.Until(until)+1)
	for i := range days {
		days[i] = c.On(from.Add(i))
	}
	return days
}
