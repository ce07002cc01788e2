package rounds

import "time"

// SpecialDay is a date on which an org does not go by its weekdays.
type SpecialDay struct {
	Date    Day
	Name    string // of the holiday, also where a working day makes up for it
	Working bool   // a make-up working day; false: nobody works
}

// CalendarYear is what was announced for a year. Its days may lie a month before it or after it too, as a New
// Year's holiday does that begins in December.
type CalendarYear struct {
	Year int
	Days []SpecialDay
}

// Why says by what a date is a working day or not.
type Why string

// The reasons, from the weakest to the strongest.
const (
	WhyWeekday Why = "weekday" // the org's working weekdays
	WhyMakeUp  Why = "make_up" // a working day that makes up for a holiday
	WhyHoliday Why = "holiday"
	WhyLeave   Why = "leave" // of the rep
)

// WorkingDay says of a date whether an org, or a rep of it, works.
type WorkingDay struct {
	Date  Day
	Works bool
	Why   Why
	Name  string // of the holiday; "": none
	Known bool   // false: nothing was announced for its year, so Works is by weekday and leave alone
}

// Leave is a span of days on which a rep does not work.
type Leave struct {
	ID          LeaveID
	RepID       UserID
	From, Until Day    // the first and the last
	Reason      string // private; "": none was given, or it was deleted
	CreatedAt   time.Time
	CreatedBy   UserID // zero: the command line
}
