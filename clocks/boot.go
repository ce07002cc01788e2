package clocks

import (
	"cmp"
	"time"

	"rounds"
)

const (
	grain   = time.Second           // marks are rounded up to it, so that they rarely change
	longest = 1000 * 24 * time.Hour // no phone runs longer without a restart
	instant = time.Microsecond      // the database keeps no more
	tick    = time.Millisecond      // uptimes are cut down to it
)

// Boot is what is kept of one start of a phone, for one rep, device and boot id. The zero Boot is that of
// which nothing is known. Instants are UTC in whole microseconds, durations whole milliseconds.
type Boot struct {
	FirstSeq   *int64        // the smallest of its events; nil: none known
	LastUptime time.Duration // the largest known; over 1000 days: one that cannot be
	NotAfter   Mark          // the lowest of its events and sendings: it started no later
	Anchor     Mark          // the lowest of its sendings: it started little earlier
	AnchorMax  time.Time     // the highest of its sendings, no more than their delays above the lowest
	WallMin    time.Time     // the earliest that the wall clock put its start
	WallMax    time.Time     // the latest
	Heard      time.Time     // the last receipt of anything from it
}

// Mark is the receipt of a stamp less its uptime, rounded up to a second, and that uptime, as what drifts
// until then is in it. The zero Mark is none.
type Mark struct {
	At     time.Time
	Uptime time.Duration
}

// OfTap is what an event, received at an instant of the server's clock, says of the boot of its tap.
func OfTap(d rounds.Device, received time.Time) Boot {
	b := ofStamp(d.Time, d.UptimeMS, received)
	b.FirstSeq = &d.Seq
	return b
}

// OfSending is what a sending, received at an instant of the server's clock, says of the boot that sent it:
// nothing, where the phone did not say.
func OfSending(s rounds.Sent, received time.Time) Boot {
	if s == (rounds.Sent{}) {
		return Boot{}
	}
	b := ofStamp(s.Time, s.UptimeMS, received)
	if possible(b.LastUptime) {
		b.Anchor, b.AnchorMax = b.NotAfter, b.NotAfter.At
	}
	return b
}

// ofStamp makes no more of an impossible uptime than that the phone had started when it was heard of.
func ofStamp(wall time.Time, uptimeMS int64, received time.Time) Boot {
	received = received.UTC().Truncate(instant)
	up := uptime(uptimeMS)
	if !possible(up) {
		return Boot{LastUptime: up, NotAfter: Mark{At: roundUp(received)}, Heard: received}
	}
	start := wall.UTC().Truncate(instant).Add(-up)
	return Boot{
		LastUptime: up, NotAfter: Mark{roundUp(received.Add(tick - up)), up},
		WallMin: start, WallMax: start, Heard: received,
	}
}

// uptime is one value for all that cannot be.
func uptime(ms int64) time.Duration {
	if ms < 0 || ms > longest.Milliseconds() {
		return longest + tick
	}
	return time.Duration(ms) * tick
}

func possible(up time.Duration) bool { return up <= longest }

func roundUp(t time.Time) time.Time {
	return t.Add(grain - time.Nanosecond).Truncate(grain)
}

// Merge is what two boots of the same id say together.
func (b Boot) Merge(o Boot) Boot {
	if b.FirstSeq == nil || o.FirstSeq != nil && *o.FirstSeq < *b.FirstSeq {
		b.FirstSeq = o.FirstSeq
	}
	b.LastUptime = max(b.LastUptime, o.LastUptime)
	b.NotAfter = lower(b.NotAfter, o.NotAfter)
	b.Anchor = lower(b.Anchor, o.Anchor)
	b.AnchorMax = later(b.AnchorMax, o.AnchorMax)
	b.WallMin, b.WallMax = earlier(b.WallMin, o.WallMin), later(b.WallMax, o.WallMax)
	b.Heard = later(b.Heard, o.Heard)
	return b
}

func lower(a, b Mark) Mark {
	if b.none() || !a.none() && cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Uptime, b.Uptime)) <= 0 {
		return a
	}
	return b
}

func (m Mark) none() bool { return m.At.IsZero() }

// earlier and later know an instant from none, the zero time.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.After(b) {
		return a
	}
	return b
}
