package clocks

import (
	"time"

	"rounds"
	"rounds/geo"
)

const (
	slack = 2 * time.Second  // a wall clock that is right is off by no more
	wide  = 10 * time.Minute // an interval that decides little
)

// Quality says what the time of a tap rests on.
type Quality string

// The qualities, best first.
const (
	Anchored Quality = "anchored" // a sending of the same boot
	Bounded  Quality = "bounded"  // receipts, and the boots before and after
	Claimed  Quality = "claimed"  // the phone's wall clock alone
)

// What is noticed of clocks.
const (
	Wrong         geo.Reason = "clock_wrong"        // the claimed time lies outside the interval
	Moved         geo.Reason = "clock_moved"        // while the phone ran
	Inconsistent  geo.Reason = "clock_inconsistent" // the phone's numbers contradict one another
	TimeUncertain geo.Reason = "time_uncertain"     // by more than ten minutes
)

// Time is when a tap was: in UTC, to the microsecond.
type Time struct {
	Earliest *time.Time // nil: not known
	Latest   time.Time  // never before Earliest
	Best     time.Time  // in the interval
	Quality  Quality
	Offset   time.Duration // Best less the claimed time; at most 292 years
	Flags    []geo.Reason  // sorted
}

// When dates a tap by the boots of its rep's device; what [OfTap] says of it must have been added. The claimed
// time holds if it lies in the interval, or within 2 s of it; else the nearest time that does, and with an
// anchor the latest, as the fastest sending takes next to no time.
func (h History) When(tap rounds.Device) Time { return h.WhenAll([]rounds.Device{tap})[0] }

// WhenAll dates many taps as [History.When] does one.
func (h History) WhenAll(taps []rounds.Device) []Time {
	windows := h.windows()
	times := make([]Time, len(taps))
	for i, tap := range taps {
		times[i] = windows[tap.BootID].when(tap)
	}
	return times
}

func (w window) when(tap rounds.Device) Time {
	claimed := tap.Time.UTC().Truncate(instant)
	if w.quality == "" {
		w = window{Boot: Boot{Heard: claimed}, quality: Claimed}
	}
	earliest, latest := w.interval(tap, claimed)
	earliest, latest = earliest.Truncate(instant), latest.Truncate(instant)
	t := Time{Latest: latest, Best: earlier(later(claimed, earliest), latest), Quality: w.quality}
	wrong := claimed.After(latest.Add(slack)) || claimed.Before(earliest.Add(-slack))
	if wrong {
		t.Best = w.instead(tap, claimed, earliest, latest)
	}
	if !earliest.IsZero() {
		t.Earliest = &earliest
	}
	t.Offset = t.Best.Sub(claimed)
	t.flag(wrong, w)
	return t
}

// instead of a claim that cannot be: what the fastest sending says, if there is one. The second that marks are
// rounded up by is taken off, so that no time of a fast clock comes after its receipt.
func (w window) instead(tap rounds.Device, claimed, earliest, latest time.Time) time.Time {
	if w.quality == Anchored {
		claimed = w.Anchor.At.Add(uptime(tap.UptimeMS) - grain)
	}
	return later(earlier(claimed, latest.Add(-grain)), earliest)
}

// interval is where the tap must lie; earliest is zero where that is not known. Of a boot that is not
// consistent the claim alone is left, up to the last receipt; one that is far later yet is no better than
// the uptime.
func (w window) interval(tap rounds.Device, claimed time.Time) (earliest, latest time.Time) {
	up := uptime(tap.UptimeMS)
	if !possible(up) {
		up = 0
	}
	latest = w.NotAfter.latest(up)
	switch w.quality {
	case Anchored:
		return w.Anchor.earliest(up), earlier(latest, w.Anchor.latest(up))
	case Bounded:
		if !w.notUntil.IsZero() {
			earliest = w.notUntil.Add(up - drift(up))
		}
		if left := max(0, w.LastUptime-up); !w.goneBy.IsZero() {
			latest = earlier(latest, w.goneBy.Add(drift(left)-left))
		}
		return earliest, latest
	}
	if latest.After(w.Heard) || !claimed.After(w.Heard.Add(wide)) {
		latest = w.Heard
	}
	return time.Time{}, latest
}

func (t *Time) flag(wrong bool, w window) {
	t.Flags = []geo.Reason{}
	t.when(w.quality == Claimed, Inconsistent)
	t.when(w.moved, Moved)
	t.when(wrong, Wrong)
	t.when(w.quality == Claimed || wrong && t.Earliest == nil || t.uncertain(), TimeUncertain)
}

// uncertain is false of a claim that was received as it was made: only a phone that lost its time and
// found it again to the minute of a receipt would have that of an older tap.
func (t *Time) uncertain() bool {
	return t.Latest.Sub(t.Best) > wide || t.Earliest != nil && t.Latest.Sub(*t.Earliest) > wide
}

func (t *Time) when(holds bool, r geo.Reason) {
	if holds {
		t.Flags = append(t.Flags, r)
	}
}
