package fieldwork

import (
	"context"
	"slices"

	"rounds"
	"rounds/hours"
	"rounds/store"
)

// workingDays are the days of [from, until) on which a rep works, and the years of which the calendar knows nothing.
func workingDays(ctx context.Context, tx *store.Store, a rounds.Actor, rep rounds.UserID, from, until rounds.Day) (days []rounds.Day, unknown []int, err error) {
	if from >= until {
		return nil, nil, nil
	}
	c, err := calendarOf(ctx, tx, a, from, until)
	if err != nil {
		return nil, nil, err
	}
	all := c.Between(from, until.Add(-1))
	leaves, err := tx.Leaves(ctx, rounds.Scope{OrgID: a.OrgID}, rep, from, until)
	for _, l := range leaves {
		takeLeave(all, l)
	}
	for _, d := range all {
		if d.Works {
			days = append(days, d.Date)
		}
		if y := d.Date.Year(); !d.Known && !slices.Contains(unknown, y) {
			unknown = append(unknown, y)
		}
	}
	return days, unknown, err
}

// opensOn says on which days a retailer may be called on: those of its rhythm on which it opens while reps work. Hours
// that are not known are any.
func opensOn(r rounds.Rhythm, opening string, w rounds.Workday) func(rounds.Day) bool {
	opens, err := hours.Parse(opening)
	begins, ends := w.Span()
	return func(d rounds.Day) bool {
		if !r.Weekdays.Has(d) || opening == "" || err != nil {
			return r.Weekdays.Has(d)
		}
		return slices.ContainsFunc(opens.On(d, nil), func(s hours.Span) bool { return 60*s.From < ends && 60*s.Until > begins })
	}
}
