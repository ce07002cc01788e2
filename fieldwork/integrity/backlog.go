package integrity

import "time"

const (
	backlogSize = 10 // events that came late in one period: half a day's
	late        = 24 * time.Hour
)

// backlog finds the day's events that came late, in company, as their period closed.
func (f file) backlog() []Signal {
	crowd := make([]int, len(f.Periods))
	for _, taps := range [][]*Tap{f.day, f.earlier} {
		for _, t := range taps {
			if p, ok := f.lateFor(t); ok {
				crowd[p]++
			}
		}
	}
	var found []Signal
	for _, t := range f.day {
		if p, ok := f.lateFor(t); ok && crowd[p] >= backlogSize {
			waited := t.ReceivedAt.Sub(t.Latest).Truncate(time.Hour).Hours()
			found = append(found, backlogAtClose.on(t, Detail{"events": float64(crowd[p]), "waited_h": waited}))
		}
	}
	return found
}

// lateFor is the period in whose last day before its close, or after whose last day, an event came that
// had waited for a day or more.
func (f file) lateFor(t *Tap) (int, bool) {
	if !timed(t) || t.ReceivedAt.Sub(t.Latest) <= late {
		return 0, false
	}
	for i, p := range f.Periods {
		if p.holds(t.Day) {
			closing := !p.Closes.IsZero() && !t.ReceivedAt.Before(p.Closes.Add(-late))
			return i, closing || (!p.Ends.IsZero() && !t.ReceivedAt.Before(p.Ends))
		}
	}
	return 0, false
}
