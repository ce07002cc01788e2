package hours

import "time"

// The years that rules may name.
const (
	firstYear = 1900
	lastYear  = 2200
)

func isYear(t token) bool { return t.kind == number && t.value >= firstYear && t.value <= lastYear }

// beginsYears tells years alone from those of dates.
func (p *parser) beginsYears(t token) bool {
	return isYear(t) && !p.monthAt(1)
}

// monthAt says whether a month or Easter stands so many tokens ahead.
func (p *parser) monthAt(n int) bool {
	k := p.ahead(n).kind
	return k == month || k == easterDay
}

// years reads 2024,2026-2030/2,2032+.
func (p *parser) years() ([]years, *Error) {
	var list []years
	for {
		y := years{from: p.take().value, every: 1}
		y.until = y.from
		switch {
		case p.accept("+"):
			y.until = lastYear
		case p.accept("-"):
			var err *Error
			if y.until, err = p.between(y.from, lastYear); err != nil {
				return nil, err
			}
			if y.every, err = p.every(); err != nil {
				return nil, err
			}
		}
		list = append(list, y)
		if !p.token().is(",") || !isYear(p.ahead(1)) || (p.ahead(2).kind == month || p.ahead(2).kind == easterDay) {
			return list, nil
		}
		p.at++
	}
}

func (p *parser) beginsDate(t token) bool {
	return t.kind == month || t.kind == easterDay || (isYear(t) && p.monthAt(1))
}

// dates reads Jan 1,Mar-May,Dec 24-26,31,2026 Jul 1 - 2026 Aug 8.
func (p *parser) dates() ([]dates, *Error) {
	var list []dates
	for {
		d, err := p.dateSpan(point{})
		if err != nil {
			return nil, err
		}
		list = append(list, d)
		for p.dayFollows(d) {
			p.at++
			if d, err = p.dateSpan(point{year: d.from.year, month: d.until.month}); err != nil {
				return nil, err
			}
			list = append(list, d)
		}
		if next := p.ahead(1); !p.token().is(",") || !(next.kind == month || next.kind == easterDay || (isYear(next) && p.monthAt(2))) {
			return list, nil
		}
		p.at++
	}
}

// dayFollows says whether another day of the same month comes, as in Dec 24,26.
func (p *parser) dayFollows(d dates) bool {
	return p.token().is(",") && p.ahead(1).kind == number && p.ahead(1).value <= 31 && d.until.day != 0
}

func (p *parser) dateSpan(known point) (dates, *Error) {
	from, err := p.point(known)
	if err != nil {
		return dates{}, err
	}
	d := dates{from, from}
	if !p.token().is("-") {
		return d, nil
	}
	p.at++
	d.until, err = p.point(point{month: from.month})
	switch {
	case err != nil:
		return d, err
	case d.until.year != 0 && (from.year == 0 || d.until.year < from.year):
		return d, fail("hours_not_supported", p.tokens[p.at-1])
	}
	return d, nil
}

// point reads a date, of which year and month may be known.
func (p *parser) point(known point) (point, *Error) {
	d := known
	if isYear(p.token()) {
		d.year, d.month = p.take().value, 0
	}
	switch t := p.token(); t.kind {
	case easterDay:
		p.at++
		offset, err := p.offset()
		return point{year: d.year, easter: true, offset: offset}, err
	case month:
		p.at++
		if t.value < 1 || t.value > 12 {
			return d, fail("hours_bad_date", t)
		}
		d.month = time.Month(t.value)
		if p.token().kind != number || isYear(p.token()) {
			return d, nil
		}
	case number:
		if d.month == 0 {
			return d, fail("hours_unexpected", t)
		}
	default:
		return d, p.refused(t)
	}
	t := p.take()
	const leap = 2024
	if d.day = t.value; d.day < 1 || d.day > lengthOf(leap, d.month) {
		return d, fail("hours_bad_date", t)
	}
	return d, nil
}

// bareHours says whether two hours without minutes stand so many tokens ahead, as in 10-18.
func (p *parser) bareHours(n int) bool {
	from, until := p.ahead(n), p.ahead(n+2)
	return from.kind == number && p.ahead(n+1).is("-") && until.kind == number && from.value <= 24 && until.value <= 48 && len(from.text) <= 2 && len(until.text) <= 2
}

func (p *parser) beginsTimes() bool {
	t := p.token()
	return t.kind == clock || t.kind == sun || p.bareHours(0)
}

// times reads 09:00-12:00,14:00-18:00,20:00+.
func (p *parser) times() ([]times, *Error) {
	var list []times
	for {
		t, err := p.timeSpan()
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		if next := p.ahead(1); !p.token().is(",") || !(next.kind == clock || next.kind == sun || p.bareHours(1)) {
			return list, nil
		}
		p.at++
	}
}

// timeSpan reads a span. One with an open end goes on until midnight, or until the end that is said.
func (p *parser) timeSpan() (times, *Error) {
	begins := p.token()
	bare := begins.kind == number
	from, err := p.time(day, bare)
	if err != nil {
		return times{}, err
	}
	if p.accept("+") {
		return times{from, day}, nil
	}
	if !p.accept("-") {
		return times{}, fail("hours_no_end", begins)
	}
	if t := p.token(); p.endsRule() || t.kind == weekday {
		return times{}, fail("hours_no_end", begins)
	}
	until, err := p.time(2*day, bare)
	if err != nil {
		return times{}, err
	}
	if until <= from {
		until += day
	}
	p.accept("+")
	if t := p.token(); t.is("/") {
		return times{}, fail("hours_not_supported", t)
	}
	return times{from, until}, nil
}

// time takes a clock time, or an hour where bare.
func (p *parser) time(most int, bare bool) (int, *Error) {
	t := p.take()
	value := t.value
	switch {
	case t.kind == sun:
		return 0, fail("hours_sun", t)
	case t.kind == number && bare:
		value *= 60
	case t.kind == nonsense && t.text == "(":
		return 0, fail("hours_not_supported", t)
	case t.kind != clock:
		return 0, fail("hours_bad_time", t)
	}
	if value < 0 || value > most {
		return 0, fail("hours_bad_time", t)
	}
	return value, nil
}
