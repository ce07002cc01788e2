package rounds

import (
	"time"

	"rounds/geo"
)

// JourneyPlan says which retailer is called on which day in which order over a cycle of weeks, for some reps. It is a
// proposal until somebody accepts it; then the cycle repeats until another plan takes its place.
type JourneyPlan struct {
	ID         JourneyPlanID
	Name       string
	From       Day
	Weeks      int // 1 to 8
	Origin     JourneyOrigin
	Options    JourneyOptions
	BaseID     JourneyPlanID // whose days are changed as little as can be; zero: each rep's own plan in force
	Status     JourneyStatus
	CreatedAt  time.Time
	CreatedBy  UserID
	FinishedAt *time.Time // nil: still being planned
	DecidedAt  *time.Time
	DecidedBy  UserID
	Reason     string
}

// JourneyPlanID identifies a JourneyPlan.
type JourneyPlanID = ID[JourneyPlan]

// Until is the day after the cycle.
func (p JourneyPlan) Until() Day { return p.From.Add(7 * p.Weeks) }

// CycleDay is the day of the cycle that repeats on the given one; "" before the plan begins.
func (p JourneyPlan) CycleDay(d Day) Day {
	if d < p.From {
		return ""
	}
	return p.From.Add(p.From.Until(d) % (7 * p.Weeks))
}

// JourneyOrigin says who chose the days of a plan.
type JourneyOrigin string

// The two ways to a journey plan.
const (
	JourneyBySolver JourneyOrigin = "solver"
	JourneyByFile   JourneyOrigin = "file"
)

// JourneyStatus says how far a plan is.
type JourneyStatus string

// The statuses. Planning becomes proposed or cancelled, proposed becomes accepted or discarded; nothing else happens.
const (
	JourneyPlanning  JourneyStatus = "planning"
	JourneyProposed  JourneyStatus = "proposed"
	JourneyAccepted  JourneyStatus = "accepted"
	JourneyDiscarded JourneyStatus = "discarded"
	JourneyCancelled JourneyStatus = "cancelled"
)

// JourneyOptions are the choices of whoever asks for a plan. Prices are in seconds on the road: how much longer the
// ways may become to avoid one of it.
type JourneyOptions struct {
	Unevenness int    `json:"unevenness"` // of a minute by which a day is longer or shorter than the mean of the days
	Change     int    `json:"change"`     // of a visit on another day than the base plan has it
	Wishes     int    `json:"wishes"`     // percent of what a retailer's wish costs that is not met
	DaySeconds int    `json:"day_s"`      // the most of a day, ways and visits together
	Seconds    int    `json:"seconds"`    // of search for each rep; 0: by Kicks, and the same again
	Kicks      int    `json:"kicks"`      // 0: as the engine likes
	Seed       uint64 `json:"seed"`
	RoundTrip  bool   `json:"round_trip"` // days end where they begin, if the rep's home is known
}

// JourneyRep is a rep's share of a plan.
type JourneyRep struct {
	RepID        UserID
	Status       JourneyRepStatus
	TakenAt      *time.Time // when the register was read; nil: not yet
	InputHash    []byte     // SHA-256 of all that the days follow from
	BaseID       JourneyPlanID
	UnknownYears []int // whose public holidays nobody has entered
	Travel       Travel
	JourneyMeasures
	Failure   string // why it failed: one stable word, "" if it did not
	ValidFrom Day    // of an accepted plan
	ValidTo   Day    // not included; "": open
}

// JourneyRepStatus says how far the planning for a rep is.
type JourneyRepStatus string

// The statuses. All but the first are final.
const (
	JourneyRepWaiting   JourneyRepStatus = "waiting"
	JourneyRepPlanned   JourneyRepStatus = "planned"
	JourneyRepFailed    JourneyRepStatus = "failed"
	JourneyRepCancelled JourneyRepStatus = "cancelled"
)

// JourneyMeasures are sums over the days of a rep.
type JourneyMeasures struct {
	Days           int // with visits
	Visits         int
	TravelSeconds  int
	ServiceSeconds int
	Distance       geo.Meters
	CV             float64 // standard deviation of the days' seconds by their mean, over all working days
	Cost           int64   // what the search made least
	Moved          int     // visits on other days than the base plan has them
}

// Beat is one day of a rep in a journey plan.
type Beat struct {
	RepID          UserID
	Day            Day
	TravelSeconds  int
	ServiceSeconds int
	Distance       geo.Meters
	Stops          []Stop // without ids: a day's plan gives them
}

// LeftOut is a retailer that gets fewer visits than wanted.
type LeftOut struct {
	RepID      UserID
	RetailerID RetailerID
	Reason     LeftOutReason
	Wanted     int // in the plan's weeks
	Planned    int
}

// LeftOutReason is one stable word.
type LeftOutReason string

// Why a retailer gets fewer visits than wanted; of several reasons the first holds.
const (
	LeftOutNoPin      LeftOutReason = "no_pin"       // nobody knows where it is
	LeftOutNoDay      LeftOutReason = "no_day"       // it may be called on no working day
	LeftOutTooFar     LeftOutReason = "too_far"      // there and back, with the visit, is longer than a day
	LeftOutFrequency  LeftOutReason = "too_often"    // its visits do not fit into the working days, so far apart
	LeftOutNoTimeLeft LeftOutReason = "no_time_left" // beside the others
	LeftOutNotPlanned LeftOutReason = "not_in_file"  // the file says fewer
	LeftOutNoWorkDays LeftOutReason = "no_work_days" // the rep works on none of the days
)

// Rhythm is what a retailer asks of its days beside how often.
type Rhythm struct {
	RetailerID RetailerID
	Weekdays   Weekdays // on which it may be called on
	Wished     Weekdays // on which it would like to be; none: no wish
	WishPrice  int      // in seconds on the road, of a visit on another day than wished
	MinDays    int      // between two visits; 0: as the frequency says
	MaxDays    int      // the same at most
}

// AnyRhythm is that of a retailer that asks for nothing.
func AnyRhythm(id RetailerID) Rhythm { return Rhythm{RetailerID: id, Weekdays: EveryDay} }

// Weekdays is a set of days of the week; bit 0 is Monday.
type Weekdays uint8

// EveryDay holds all seven.
const EveryDay Weekdays = 127

// Has reports whether the day's weekday is among them.
func (w Weekdays) Has(d Day) bool { return w>>((d.Weekday()+6)%7)&1 == 1 }

// MissedCall is a call that a journey plan has and a day's plan does not.
type MissedCall struct {
	RepID      UserID
	Day        Day
	RetailerID RetailerID
	Reason     MissedReason
	PlannedOn  Day // by the journey plan; before Day if it was overdue
	FoundAt    time.Time
}

// MissedReason is one stable word.
type MissedReason string

// Why a call is missed.
const (
	MissedOnLeave    MissedReason = "on_leave"
	MissedNoTimeLeft MissedReason = "no_time_left"
)

// CalendarFeed is an address under which a calendar program reads a rep's stops.
type CalendarFeed struct {
	ID        CalendarFeedID
	RepID     UserID
	CreatedAt time.Time
	CreatedBy UserID
	RevokedAt *time.Time
}

// CalendarFeedID identifies a CalendarFeed.
type CalendarFeedID = ID[CalendarFeed]
