// Package hours reads when a shop is open, and says at what times that is on a date.
//
// It reads OpenStreetMap's opening_hours (https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification), the
// same in Chinese words, and tables with a column a weekday. It knows clock times and dates, and asks its caller
// which dates are public holidays. It does not know time zones, the sun or school holidays.
//
// Rules count as the specification says. One after a semicolon replaces what earlier rules say of every date that
// it speaks of, hours after midnight that began the day before included; off takes away; one after a comma adds;
// one after || fills in where the others leave the shop closed. Unknown counts as closed.
package hours

import (
	"rounds"
)

// Hours are when a shop is open. The zero value is never open.
type Hours struct {
	rules []rule
}

// Span is a time of a date at which a shop is open, in minutes after midnight: from 0 to 1440, Until not included.
type Span struct {
	From, Until int
}

// day is how many minutes a date has; clocks that are set forward or back are not looked at.
const day = 24 * 60

type state byte

const (
	closed state = iota
	open
	unknown
)

type separator byte

const (
	normal separator = iota
	additional
	fallback
)

// rule is a piece between separators. Selectors of one kind are alternatives, and all kinds that are given must
// match a date.
type rule struct {
	sep      separator
	years    []years
	dates    []dates
	weeks    []weeks
	days     []weekdays
	holidays []weekdays // beside weekdays, as in "PH Mo-Fr"
	times    []times    // none: the whole day
	state    state
}

// times are minutes after midnight of the date that they begin on; until may be beyond its end.
type times struct{ from, until int }

// On are the times of a date at which the shop is open, in their order and apart from each other, hours that began
// the day before included. holiday says which dates are public holidays; nil: none.
func (h *Hours) On(d rounds.Day, holiday func(rounds.Day) bool) []Span {
	today, yesterday := dateOf(d, holiday), dateOf(d.Add(-1), holiday)
	var minutes [day]state
	for _, p := range h.parts(today, yesterday) {
		p.paint(&minutes)
	}
	return spansOf(&minutes)
}

// part is what a rule says of a date: by its own times, or by those that began the day before.
type part struct {
	*rule
	late bool
}

// parts are those that count on a date, in their order.
func (h *Hours) parts(today, yesterday date) []part {
	var found []part
	for i := range h.rules {
		r := &h.rules[i]
		if r.matches(today) {
			if h.replaces(i) {
				found = found[:0]
			}
			found = append(found, part{rule: r})
		}
		if r.overMidnight() && r.matches(yesterday) {
			found = append(found, part{r, true})
		}
	}
	return found
}

// replaces says whether a rule puts away what others said of its dates. One without dates does so only after
// another one without.
func (h *Hours) replaces(i int) bool {
	r := h.rules[i]
	return r.sep == normal && r.state != closed && (r.dated() || (i > 0 && !h.rules[i-1].dated()))
}

func (r *rule) dated() bool {
	return len(r.years)+len(r.dates)+len(r.weeks)+len(r.days)+len(r.holidays) > 0
}

func (r *rule) overMidnight() bool {
	for _, t := range r.times {
		if t.until > day {
			return true
		}
	}
	return false
}

// paint writes a part over the minutes of its date.
func (p part) paint(minutes *[day]state) {
	if len(p.times) == 0 {
		p.fill(minutes[:])
	}
	for _, t := range p.times {
		if p.late {
			p.fill(minutes[:max(0, min(t.until-day, day))])
		} else {
			p.fill(minutes[min(t.from, day):min(t.until, day)])
		}
	}
}

func (p part) fill(minutes []state) {
	for i := range minutes {
		if p.sep != fallback || minutes[i] == closed {
			minutes[i] = p.state
		}
	}
}

func spansOf(minutes *[day]state) []Span {
	var spans []Span
	for i, s := range minutes {
		if s != open {
			continue
		}
		if n := len(spans); n > 0 && spans[n-1].Until == i {
			spans[n-1].Until++
		} else {
			spans = append(spans, Span{i, i + 1})
		}
	}
	return spans
}
