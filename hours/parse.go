package hours

import "time"

// Parse reads opening hours: an opening_hours string of OpenStreetMap, or the same in Chinese words. What cannot be
// read is an *[Error] that names the place.
func Parse(text string) (*Hours, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	h := &Hours{}
	if err := p.rules(h); err != nil {
		return nil, err
	}
	return h, nil
}

// parser reads tokens from left to right, and looks two ahead at most.
type parser struct {
	tokens []token
	at     int
}

func (p *parser) token() token { return p.tokens[p.at] }

// ahead is the n-th token after the current one; the end stays the end.
func (p *parser) ahead(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

// take is the current token, and goes on to the next.
func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

func (p *parser) accept(text string) bool {
	if p.token().is(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) rules(h *Hours) *Error {
	sep := normal
	for {
		for p.accept(";") {
			sep = normal
		}
		if p.token().kind == end {
			break
		}
		r, err := p.rule(sep)
		if err != nil {
			return err
		}
		h.rules = append(h.rules, r)
		switch {
		case p.accept(";"):
			sep = normal
		case p.accept("||"):
			sep = fallback
		case p.accept(","):
			sep = additional
		case p.token().kind == end:
			return nil
		default:
			return p.misplaced(r)
		}
		if sep != normal && p.token().kind == end {
			return p.missing()
		}
	}
	if len(h.rules) == 0 {
		return fail("hours_empty", p.token())
	}
	return nil
}

// misplaced says what is wrong with a token that ends no rule.
func (p *parser) misplaced(r rule) *Error {
	switch t := p.token(); t.kind {
	case nonsense:
		return fail("hours_unknown_word", t)
	case weekday, month, everyDay, holiday, week, always, easterDay, number, clock, modifier:
		if len(r.times) > 0 {
			return fail("hours_missing_separator", t)
		}
		return fail("hours_unexpected", t)
	default:
		return p.refused(t)
	}
}

// refused names what is known and not read.
func (p *parser) refused(t token) *Error {
	switch t.kind {
	case sun:
		return fail("hours_sun", t)
	case school:
		return fail("hours_school_holidays", t)
	case nonsense:
		if t.text == "(" {
			return fail("hours_not_supported", t)
		}
		return fail("hours_unknown_word", t)
	case end:
		return p.missing()
	}
	if t.is("/") {
		return fail("hours_not_supported", t)
	}
	return fail("hours_unexpected", t)
}

// missing is said where the text ends and more must come.
func (p *parser) missing() *Error {
	before := token{at: 1}
	if p.at > 0 {
		before = p.tokens[p.at-1]
	}
	return &Error{Code: "hours_ends_early", At: p.token().at, Args: []any{p.token().at, before.text}}
}

// rule reads selectors, times, a modifier and comments.
func (p *parser) rule(sep separator) (rule, *Error) {
	r := rule{sep: sep, state: open}
	start, said := p.at, false
	for {
		t := p.token()
		var err *Error
		switch {
		case t.kind == comment:
			p.at++
			if !said {
				r.state = unknown // as the specification says of a comment alone
			}
		case said:
			return r, nil
		case t.kind == modifier:
			p.at++
			r.state, said = state(t.value), true
		case t.is(":") && p.at > start && len(r.times) == 0:
			p.at++
		case len(r.times) > 0:
			return r, nil
		case t.kind == always:
			p.at++
			r.times = append(r.times, times{0, day})
		case p.beginsTimes():
			r.times, err = p.times()
		case p.at == start || !p.endsRule():
			err = p.selector(&r)
		default:
			return r, nil
		}
		if err != nil {
			return r, err
		}
	}
}

func (p *parser) endsRule() bool {
	t := p.token()
	return t.kind == end || t.is(";") || t.is(",") || t.is("||")
}

// selector reads one list of years, dates, weeks, weekdays or holidays.
func (p *parser) selector(r *rule) (err *Error) {
	switch t := p.token(); {
	case t.kind == week && len(r.weeks) == 0:
		r.weeks, err = p.weeks()
	case p.beginsDay(t) && len(r.days) == 0:
		r.days, err = p.weekdays()
	case t.kind == holiday && len(r.holidays) == 0: // after weekdays
		r.holidays, err = p.weekdays()
	case (t.kind == weekday || t.kind == everyDay) && len(r.holidays) == 0 && onlyHolidays(r.days):
		r.holidays = r.days
		r.days, err = p.weekdays()
	case p.beginsYears(t) && len(r.years) == 0:
		r.years, err = p.years()
	case p.beginsDate(t) && len(r.dates) == 0:
		r.dates, err = p.dates()
	default:
		return p.refused(t)
	}
	return err
}

func onlyHolidays(days []weekdays) bool {
	for _, d := range days {
		if !d.holiday {
			return false
		}
	}
	return len(days) > 0
}

func (p *parser) beginsDay(t token) bool {
	return t.kind == weekday || t.kind == everyDay || t.kind == holiday || t.kind == school
}

// weekdays reads a list such as Mo-We,Fr[1,-1],PH.
func (p *parser) weekdays() ([]weekdays, *Error) {
	var list []weekdays
	for {
		w, err := p.weekday()
		if err != nil {
			return nil, err
		}
		list = append(list, w)
		if !p.token().is(",") || !p.beginsDay(p.ahead(1)) {
			return list, nil
		}
		p.at++
	}
}

func (p *parser) weekday() (w weekdays, err *Error) {
	switch t := p.take(); t.kind {
	case school:
		return w, fail("hours_school_holidays", t)
	case holiday:
		w.holiday = true
		w.offset, err = p.offset()
		return w, err
	case everyDay:
		return weekdays{from: time.Weekday(t.value), until: time.Weekday(t.last)}, nil
	default:
		w.from, w.until = time.Weekday(t.value), time.Weekday(t.value)
	}
	if p.token().is("-") {
		if t := p.ahead(1); t.kind != weekday {
			p.at++
			return w, p.refused(t)
		}
		p.at++
		w.until = time.Weekday(p.take().value)
	}
	if p.token().is("[") {
		w.nth, err = p.nths()
	}
	return w, err
}

// offset reads days after or before, as in "PH +1 day".
func (p *parser) offset() (int, *Error) {
	sign := 1
	switch t := p.token(); {
	case (t.is("+") || t.is("-")) && p.ahead(1).kind == number && p.ahead(2).kind == days:
		if t.is("-") {
			sign = -1
		}
	default:
		return 0, nil
	}
	p.at++
	n, err := p.between(1, 366)
	p.at++
	return sign * n, err
}

// between takes a number within bounds.
func (p *parser) between(least, most int) (int, *Error) {
	t := p.take()
	if t.kind == end {
		return 0, p.missing()
	}
	if t.kind != number || t.value < least || t.value > most {
		return 0, fail("hours_not_between", t, least, most)
	}
	return t.value, nil
}

// nths reads [1,3-4,-1].
func (p *parser) nths() ([]nth, *Error) {
	opened := p.take()
	var list []nth
	for {
		sign := 1
		if p.accept("-") {
			sign = -1
		}
		from, err := p.between(1, 5)
		if err != nil {
			return nil, err
		}
		n := nth{sign * from, sign * from}
		if sign > 0 && p.accept("-") {
			if n.until, err = p.between(from, 5); err != nil {
				return nil, err
			}
		}
		list = append(list, n)
		if p.accept("]") {
			return list, nil
		}
		if !p.accept(",") {
			return nil, fail("hours_not_closed", opened)
		}
	}
}

// weeks reads week 1-9/2,20.
func (p *parser) weeks() ([]weeks, *Error) {
	p.at++
	var list []weeks
	for {
		from, err := p.between(1, 53)
		if err != nil {
			return nil, err
		}
		w := weeks{from, from, 1}
		if p.accept("-") {
			if w.until, err = p.between(1, 53); err != nil {
				return nil, err
			}
			if w.every, err = p.every(); err != nil {
				return nil, err
			}
		}
		list = append(list, w)
		if !p.token().is(",") || p.ahead(1).kind != number || p.bareHours(1) {
			return list, nil
		}
		p.at++
	}
}

// every reads /2.
func (p *parser) every() (int, *Error) {
	if !p.accept("/") {
		return 1, nil
	}
	return p.between(1, 53)
}
