package integrity

import (
	"time"

	"rounds"
	"rounds/geo"
)

// Window is one rep's taps of the day under examination and of the days before, about five weeks, each
// once and in any order. Taps of later days are ignored.
type Window struct {
	Day     rounds.Day
	Taps    []Tap
	People  map[string]int // by device: how many people used it on Day; missing: one
	Periods []Period       // those that the days lie in
	Datums  geo.Datums     // what the org means by the fixes' datums
}

// Tap is one event of a rep, with the true time that its clocks allow. What is unknown is zero or nil.
type Tap struct {
	ID         rounds.EventID
	Device     string
	Kind       rounds.EventKind
	RetailerID rounds.RetailerID
	Day        rounds.Day
	Claimed    time.Time // by the phone's clock: fixes are as old as this is later than theirs
	At         time.Time // the best guess at the true time: gives taps their order
	Earliest   time.Time // the true time is not before; zero: unknown
	Latest     time.Time // and not after; zero: unknown
	ReceivedAt time.Time
	ClockWrong bool // the claimed time is outside what the clocks allow
	ClockMoved bool // the clock was set meanwhile: nobody knows how old the fixes are
	Confirmed  bool // a code or tag at the retailer was accepted; a photograph says where it was taken as a phone does
	Fixes      []Fix
}

// Fix is a position with its bits as the phone sent them, and how far from the pin it was.
type Fix struct {
	rounds.Fix
	// FromPin is the distance first measured, nil where there was none: from the pin of that time, as a
	// later one may have been learned from this very fix.
	FromPin *geo.Meters
}

// Period is a span of days that is paid or scored as one.
type Period struct {
	From, To rounds.Day // both included
	Ends     time.Time  // the instant at which To is over
	Closes   time.Time  // the instant from which nothing more is taken
}

func (p Period) holds(d rounds.Day) bool { return p.From <= d && d <= p.To }

// on reports whether the tap is of the day; false means an earlier one, as Examine keeps no later ones.
func (t *Tap) on(d rounds.Day) bool { return t.Day == d }

// age is how old the fix was at the tap, negative if it came later; false where that is unknown.
func (t *Tap) age(f *Fix) (time.Duration, bool) {
	if t.ClockMoved || t.Claimed.IsZero() || f.Time.IsZero() {
		return 0, false
	}
	return t.Claimed.Sub(f.Time), true
}
