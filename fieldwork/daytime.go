package fieldwork

import (
	"context"
	"time"

	"rounds"
	"rounds/hours"
	"rounds/routing"
)

// A daytime is what a plan must know of its day.
type daytime struct {
	day     rounds.Day
	zone    *time.Location
	hours   rounds.Workday
	holiday func(rounds.Day) bool // nil: none
}

// daytimeOf reads the org's hours and holidays.
func (o *Office) daytimeOf(ctx context.Context, a rounds.Actor, day rounds.Day) (daytime, error) {
	const around = 370 // rules may speak of days before and after a holiday, a year at most
	c, err := calendarOf(ctx, o.store, a, day.Add(-around), day.Add(around))
	if err != nil {
		return daytime{}, err
	}
	holiday := func(d rounds.Day) bool { return c.On(d).Why == rounds.WhyHoliday }
	return daytime{day: day, zone: a.Zone, hours: a.Settings.WorkingHours(), holiday: holiday}, nil
}

// at is the instant so many seconds after midnight by the clock. Clocks that are set at night are past that when the day
// begins.
func (d daytime) at(seconds int) time.Time {
	begins, _ := d.hours.Span()
	return d.day.At(begins/3600, begins%3600/60, d.zone).Add(time.Duration(seconds-begins) * time.Second).UTC()
}

// window is the working day in seconds after midnight.
func (d daytime) window() routing.Window {
	begins, ends := d.hours.Span()
	return routing.Window{Opens: routing.Time(begins), Closes: routing.Time(ends)}
}

func (d daytime) lunch() routing.Lunch {
	if d.hours.Lunch == nil {
		return routing.Lunch{}
	}
	earliest, latest := d.hours.Lunch.Begin()
	return routing.Lunch{
		Length: routing.Time(d.hours.BreakLength() / time.Second),
		Window: routing.Window{Opens: routing.Time(earliest), Closes: routing.Time(latest)},
	}
}

// windows are when a visit may begin so that it is over when the retailer closes, or lies within its hours as far as it
// fits. nil: at any time; hours that cannot be read any more say nothing.
func (d daytime) windows(r rounds.Retailer) []routing.Window {
	h, err := hours.Parse(r.OpeningHours)
	if err != nil {
		return nil
	}
	windows := []routing.Window{}
	for _, s := range h.On(d.day, d.holiday) {
		opens := routing.Time(s.From * 60)
		windows = append(windows, routing.Window{Opens: opens, Closes: max(opens, routing.Time(s.Until*60-r.ServiceSeconds))})
	}
	if len(windows) == 0 {
		return []routing.Window{{Opens: 1, Closes: 0}} // never
	}
	return windows
}

// open says whether a visit may begin within the working day.
func (d daytime) open(r rounds.Retailer) bool {
	windows, today := d.windows(r), d.window()
	for _, w := range windows {
		if w.Opens <= w.Closes && w.Opens <= today.Closes && w.Closes >= today.Opens {
			return true
		}
	}
	return windows == nil
}
