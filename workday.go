package rounds

import "time"

// Workday is when a rep's day begins and ends, in the org's time zone, and what break they have in it.
type Workday struct {
	Begins string `json:"begins"` // 15:04
	Ends   string `json:"ends"`
	Lunch  *Lunch `json:"lunch,omitempty"` // nil: none is planned
}

// Lunch is a break of so many minutes that lies somewhere between two clock times.
type Lunch struct {
	From    string `json:"from"` // 15:04
	Until   string `json:"until"`
	Minutes int    `json:"minutes"`
}

// usualWorkday is an org's until it chooses another.
func usualWorkday() Workday { return Workday{Begins: "08:30", Ends: "16:30"} }

// Span is when the day begins and ends, in seconds after midnight.
func (w Workday) Span() (begins, ends int) { return clockSeconds(w.Begins), clockSeconds(w.Ends) }

// Length is how long the day is, lunch included.
func (w Workday) Length() time.Duration {
	begins, ends := w.Span()
	return time.Duration(ends-begins) * time.Second
}

// BreakLength is how long lunch takes.
func (w Workday) BreakLength() time.Duration {
	if w.Lunch == nil {
		return 0
	}
	return time.Duration(w.Lunch.Minutes) * time.Minute
}

// Begin is when lunch may begin, at the earliest and at the latest, in seconds after midnight.
func (l Lunch) Begin() (earliest, latest int) {
	return clockSeconds(l.From), clockSeconds(l.Until) - 60*l.Minutes
}

// clockSeconds are after midnight; -1 for what is no clock time.
func clockSeconds(clock string) int {
	at, err := time.Parse(clockForm, clock)
	if err != nil {
		return -1
	}
	return at.Hour()*3600 + at.Minute()*60
}

// validate adds what is wrong with a day's hours to a problem.
func (w Workday) validate(problem *Error) {
	const at = "/settings/workday"
	begins, ends := w.Span()
	for pointer, seconds := range map[string]int{"/begins": begins, "/ends": ends} {
		if seconds < 0 {
			problem.With(at+pointer, "not_a_clock_time")
		}
	}
	if begins >= 0 && ends >= 0 && begins >= ends {
		problem.With(at+"/ends", "not_after_start")
	}
	if w.Lunch == nil || len(problem.Fields) > 0 {
		return
	}
	from, until := clockSeconds(w.Lunch.From), clockSeconds(w.Lunch.Until)
	switch {
	case from < begins || from > ends:
		problem.With(at+"/lunch/from", "outside_workday")
	case until < begins || until > ends:
		problem.With(at+"/lunch/until", "outside_workday")
	case until <= from:
		problem.With(at+"/lunch/until", "not_after_start")
	case w.Lunch.Minutes < 1 || w.Lunch.Minutes > (until-from)/60:
		problem.With(at+"/lunch/minutes", "not_between", 1, (until-from)/60)
	}
}
