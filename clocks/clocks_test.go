package clocks_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rounds"
	"rounds/clocks"
	"rounds/geo"
)

const hour = time.Hour

// A stamp is what a phone said and when the server heard it, by the time since dawn.
type stamp struct {
	boot       string
	seq        int64 // 0: a sending
	wall, up   time.Duration
	received   time.Duration
	impossible int64 // in place of up
}

func (s stamp) device() rounds.Device {
	d := rounds.Device{ID: "p", BootID: s.boot, Seq: s.seq, Time: dawn.Add(s.wall), UptimeMS: s.up.Milliseconds()}
	if s.impossible != 0 {
		d.UptimeMS = s.impossible
	}
	return d
}

func (s stamp) add(h clocks.History) {
	d, received := s.device(), dawn.Add(s.received)
	if s.seq == 0 {
		h.Add(s.boot, clocks.OfSending(rounds.Sent{BootID: d.BootID, Time: d.Time, UptimeMS: d.UptimeMS}, received))
	} else {
		h.Add(s.boot, clocks.OfTap(d, received))
	}
}

// century is the way from dawn to the year 2100.
var century = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Sub(dawn)

func sending(boot string, at, up time.Duration) stamp {
	return stamp{boot: boot, wall: at, up: up, received: at}
}

func event(boot string, seq int64, wall, up, received time.Duration) stamp {
	return stamp{boot: boot, seq: seq, wall: wall, up: up, received: received}
}

func offBy(off time.Duration, s stamp) stamp {
	s.wall += off
	return s
}

func broken(s stamp, ms int64) stamp {
	s.impossible = ms
	return s
}

// whenCase is what is known of the time of a tap once the other stamps are in.
type whenCase struct {
	name   string
	tap    stamp
	others []stamp
	when   string // best, by the time since dawn
	flags  string
}

func testWhen(t *testing.T, cases []whenCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := clocks.History{}
			c.tap.add(h)
			for _, s := range c.others {
				s.add(h)
			}
			when := h.When(c.tap.device())
			if got := string(when.Quality) + " " + when.Best.Sub(dawn).String(); got != c.when {
				t.Errorf("%s, want %s", got, c.when)
			}
			if got := joined(when.Flags); got != c.flags {
				t.Errorf("%s, want %s", got, c.flags)
			}
		})
	}
}

const soon = 10 * time.Second

func TestWhenTheClockIsWrongOrMoved(t *testing.T) {
	t.Parallel()
	testWhen(t, []whenCase{
		{
			"the clock is right", event("b", 1, 9*hour, hour, 9*hour+soon),
			[]stamp{sending("b", 9*hour+soon, hour+soon)},
			"anchored 9h0m0s", "",
		},
		{
			"the clock is five hours fast", offBy(5*hour, event("b", 1, 9*hour, hour, 9*hour+soon)),
			[]stamp{offBy(5*hour, sending("b", 9*hour+soon, hour+soon))},
			"anchored 9h0m0s", "clock_wrong",
		},
		{
			"sent three days later by a clock that is a day slow", offBy(-24*hour, event("b", 1, 9*hour, hour, 81*hour)),
			[]stamp{offBy(-24*hour, sending("b", 81*hour, 73*hour))},
			"anchored 9h0m0s", "clock_wrong",
		},
		{
			"dated 2100: never after its receipt", event("b", 1, century, hour, 9*hour),
			[]stamp{sending("b", 9*hour, hour)},
			"anchored 9h0m0s", "clock_moved clock_wrong",
		},
		{
			"dated 2100 by a phone that never says when it sends", event("b", 1, century, hour, 9*hour),
			nil, "bounded 9h0m0s", "clock_wrong time_uncertain",
		},
		{
			"dated 2100 by a phone with no uptime worth the name", event("b", 1, century, 0, 9*hour),
			[]stamp{event("b", 2, 10*hour, 0, 10*hour)},
			"claimed 9h0m0s", "clock_inconsistent clock_moved clock_wrong time_uncertain",
		},
		{
			"the clock was moved after the tap", event("b", 1, 9*hour, hour, 11*hour),
			[]stamp{event("b", 2, 5*hour, 2*hour, 11*hour), sending("b", 11*hour, 3*hour)},
			"anchored 9h0m0s", "clock_moved",
		},
		{
			"the clock was moved by ten seconds", event("b", 1, 9*hour, hour, 9*hour+soon),
			[]stamp{offBy(-10*time.Second, sending("b", 9*hour+soon, hour+soon))},
			"anchored 9h0m0s", "clock_moved",
		},
	})
}

func TestWhenThePhoneRestarted(t *testing.T) {
	t.Parallel()
	testWhen(t, []whenCase{
		{
			"restarted before it was sent, and the clock is right", event("b", 5, 10*hour, hour, 12*hour),
			[]stamp{event("a", 4, 8*hour, hour, 8*hour), sending("a", 8*hour, hour), event("c", 6, 12*hour, hour, 12*hour), sending("c", 12*hour, hour)},
			"bounded 10h0m0s", "time_uncertain",
		},
		{
			"restarted, and the clock too fast: before the next start", event("b", 5, 20*hour, hour, 12*hour),
			[]stamp{event("a", 4, 8*hour, hour, 8*hour), sending("a", 8*hour, hour), event("c", 6, 12*hour, hour, 12*hour), sending("c", 12*hour, hour)},
			"bounded 11h0m0.18s", "clock_wrong time_uncertain",
		},
		{
			"restarted, and the clock too slow: after the last boot", event("b", 5, 7*hour, hour, 12*hour),
			[]stamp{event("a", 4, 8*hour, hour, 8*hour), sending("a", 8*hour, hour), event("c", 6, 12*hour, hour, 12*hour), sending("c", 12*hour, hour)},
			"bounded 8h58m59.46s", "clock_wrong time_uncertain",
		},
		{
			"restarted an hour after the tap, and the clock too fast: an hour before the next start", event("b", 5, 20*hour, hour, 12*hour),
			[]stamp{event("b", 6, 21*hour, 2*hour, 12*hour), event("c", 7, 12*hour, hour, 12*hour), sending("c", 12*hour, hour)},
			"bounded 10h0m0.36s", "clock_wrong time_uncertain",
		},
		{
			"three hundred days without a restart, and uptime is a quarter of an hour behind", event("b", 5, 7200*hour, 7200*hour-15*time.Minute, 7200*hour),
			[]stamp{sending("b", hour, hour), sending("b", 7200*hour, 7200*hour-15*time.Minute)},
			"anchored 7200h0m0s", "time_uncertain",
		},
	})
}

func TestWhenUptimeOrOrderIsImpossible(t *testing.T) {
	t.Parallel()
	testWhen(t, []whenCase{
		{
			"uptime stands still: the claim alone is left", event("b", 2, 33*hour, 0, 33*hour+soon),
			[]stamp{event("b", 1, 9*hour, 0, 9*hour+soon)},
			"claimed 33h0m0s", "clock_inconsistent clock_moved time_uncertain",
		},
		{
			"uptime stands still, and the clock is a minute fast", event("b", 2, 33*hour, 0, 33*hour-time.Minute),
			[]stamp{event("b", 1, 9*hour, 0, 9*hour)},
			"claimed 32h58m59s", "clock_inconsistent clock_moved clock_wrong time_uncertain",
		},
		{
			"the boot id is the same after a restart", event("b", 2, 33*hour, hour, 33*hour+soon),
			[]stamp{sending("b", 33*hour+soon, hour+soon), sending("b", 9*hour, hour)},
			"claimed 33h0m0s",
			"clock_inconsistent clock_moved time_uncertain",
		},
		{
			"negative uptime", broken(event("b", 1, 9*hour, 0, 9*hour+soon), -1),
			[]stamp{sending("b", 9*hour+soon, hour)},
			"claimed 9h0m0s", "clock_inconsistent time_uncertain",
		},
		{
			"an uptime that overflows nanoseconds, dated 2100", broken(event("b", 1, century, 0, 9*hour), math.MaxInt64),
			[]stamp{sending("b", 9*hour, hour)},
			"claimed 8h0m0.18s", "clock_inconsistent clock_wrong time_uncertain",
		},
		{
			"received before it happened, by its own uptime", event("b", 1, 9*hour, 7*hour, 9*hour+soon),
			[]stamp{sending("b", 9*hour+soon, hour)},
			"claimed 9h0m0s", "clock_inconsistent clock_moved time_uncertain",
		},
		{
			"seq began again", event("b", 4, 33*hour, hour, 36*hour),
			[]stamp{event("a", 5, 9*hour, hour, 9*hour), sending("a", 9*hour, hour), event("c", 3, 36*hour, hour, 36*hour), sending("c", 36*hour, hour)},
			"claimed 33h0m0s", "clock_inconsistent time_uncertain",
		},
		{
			"two boots have the same seq", event("b", 5, 33*hour, hour, 36*hour),
			[]stamp{event("a", 5, 9*hour, hour, 9*hour), sending("a", 9*hour, hour)},
			"claimed 33h0m0s", "clock_inconsistent time_uncertain",
		},
	})
}

func joined(flags []geo.Reason) string {
	var words []string
	for _, f := range flags {
		words = append(words, string(f))
	}
	return strings.Join(words, " ")
}

func TestOfABootThatNobodyHeardOfTheClaimIsLeft(t *testing.T) {
	t.Parallel()
	tap := stamp{boot: "b", seq: 1, wall: 9 * hour}.device()
	want := clocks.Time{
		Latest: tap.Time, Best: tap.Time, Quality: clocks.Claimed,
		Flags: []geo.Reason{clocks.Inconsistent, clocks.TimeUncertain},
	}
	if diff := cmp.Diff(want, clocks.History{}.When(tap)); diff != "" {
		t.Error(diff)
	}
}

// An evening's visit stays on its day, whatever the phone makes of the zone: summer time begins or ends in the
// night, the rep travels, or moves the clock instead of the zone.
func TestEveningStaysOnItsDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, org, phone string
		day              rounds.Day
		moved            time.Duration
	}{
		{"the night before summer time", "America/New_York", "America/New_York", "2026-03-07", 0},
		{"the evening after", "America/New_York", "America/New_York", "2026-03-08", 0},
		{"the phone was put forward by hand", "America/New_York", "America/New_York", "2026-03-07", hour},
		{"the night before winter time", "America/New_York", "America/New_York", "2026-10-31", 0},
		{"the evening after, and the phone was forgotten", "America/New_York", "America/New_York", "2026-11-01", hour},
		{"in Urumqi", "Asia/Shanghai", "Asia/Urumqi", "2026-03-07", 0},
		{"back from Urumqi, the clock put forward and not the zone", "Asia/Shanghai", "Asia/Urumqi", "2026-03-07", 2 * hour},
		{"in Urumqi, the clock put back and not the zone", "Asia/Urumqi", "Asia/Shanghai", "2026-03-07", -2 * hour},
		{"in New York", "Asia/Shanghai", "America/New_York", "2026-03-08", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, clock := range [][2]int{{0, 2}, {1, 30}, {3, 30}, {23, 30}} {
				at := c.day.At(clock[0], clock[1], zone(t, c.org))
				d := rounds.Device{ID: "p", BootID: "b", Seq: 1, Time: at.Add(c.moved).In(zone(t, c.phone)), UptimeMS: hour.Milliseconds()}
				sent := rounds.Sent{BootID: "b", Time: d.Time.Add(9 * hour), UptimeMS: (10 * hour).Milliseconds()}
				h := clocks.History{}
				h.Add("b", clocks.OfTap(d, at.Add(9*hour)))
				h.Add("b", clocks.OfSending(sent, at.Add(9*hour)))
				if got := rounds.DayOf(h.When(d).Best, zone(t, c.org)); got != c.day {
					t.Errorf("%v is %s", clock, got)
				}
			}
		})
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// aStamp draws what broken and lying phones say, of two boots.
func aStamp() *rapid.Generator[stamp] {
	within := func(low, high time.Duration) *rapid.Generator[time.Duration] {
		return rapid.Map(rapid.Int64Range(int64(low/time.Millisecond), int64(high/time.Millisecond)),
			func(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond })
	}
	return rapid.Custom(func(t *rapid.T) stamp {
		s := stamp{
			boot:     rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "boot"),
			seq:      rapid.Int64Range(0, 5).Draw(t, "seq"),
			wall:     within(-100*hour, 100*hour).Draw(t, "wall"),
			up:       within(0, 50*hour).Draw(t, "up"),
			received: within(0, 100*hour).Draw(t, "received"),
		}
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			s.impossible = rapid.Int64().Draw(t, "impossible")
		case 1:
			s.wall = rapid.SampledFrom([]time.Duration{century, math.MinInt64, math.MaxInt64}).Draw(t, "far").Truncate(time.Microsecond)
		case 2, 3, 4: // an honest one
			s.up = min(s.up, s.received)
			s.wall = s.received
		}
		return s
	})
}

func TestMergeLaws(t *testing.T) {
	t.Parallel()
	aBoot := rapid.Custom(func(t *rapid.T) clocks.Boot {
		h := clocks.History{}
		for _, s := range rapid.SliceOfN(aStamp(), 0, 3).Draw(t, "stamps") {
			s.boot = "b"
			s.add(h)
		}
		return h["b"]
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := aBoot.Draw(t, "a"), aBoot.Draw(t, "b"), aBoot.Draw(t, "c")
		for law, sides := range map[string][2]clocks.Boot{
			"commutative": {a.Merge(b), b.Merge(a)},
			"associative": {a.Merge(b).Merge(c), a.Merge(b.Merge(c))},
			"idempotent":  {a.Merge(b).Merge(b), a.Merge(b)},
			"zero is one": {a.Merge(clocks.Boot{}), a},
		} {
			if diff := cmp.Diff(sides[0], sides[1]); diff != "" {
				t.Fatalf("not %s: %s", law, diff)
			}
		}
	})
}

// Whatever phones say there is a time, no later than the receipt, and the order has no say in it.
func TestLiesGiveTimesToo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stamps := rapid.SliceOfN(aStamp(), 1, 12).Draw(t, "stamps")
		h, other := clocks.History{}, clocks.History{}
		for _, s := range stamps {
			s.add(h)
		}
		for _, s := range rapid.Permutation(stamps).Draw(t, "order") {
			s.add(other)
		}
		for _, s := range stamps {
			when := h.When(s.device())
			if diff := cmp.Diff(when, other.When(s.device())); diff != "" {
				t.Fatalf("the order of arrival changes %+v: %s", s, diff)
			}
			if s.seq > 0 {
				timely(t, h[s.boot], s, when)
			}
		}
	})
}

func timely(t *rapid.T, b clocks.Boot, s stamp, when clocks.Time) {
	received := dawn.Add(s.received)
	if when.Quality == clocks.Claimed {
		received = b.Heard
	}
	slack := time.Second + time.Millisecond + (s.up-b.NotAfter.Uptime).Abs()/20_000
	switch {
	case when.Latest.After(received.Add(slack)):
		t.Fatalf("%+v was at %+v at the latest, after its receipt at %v", s, when, received)
	case slices.Contains(when.Flags, clocks.Wrong) && when.Best.After(received.Add(slack-time.Second)) && (when.Earliest == nil || when.Best.After(*when.Earliest)):
		t.Fatalf("%+v was at %+v, after its receipt at %v", s, when, received)
	case when.Earliest != nil && when.Earliest.After(when.Latest):
		t.Fatalf("%+v was in no interval: %+v", s, when)
	case when.Best.After(when.Latest) || when.Earliest != nil && when.Best.Before(*when.Earliest):
		t.Fatalf("%+v was best outside its interval: %+v", s, when)
	case !when.Latest.Equal(when.Latest.Truncate(time.Microsecond)) || !when.Best.Equal(when.Best.Truncate(time.Microsecond)):
		t.Fatalf("%+v: the database would round %+v", s, when)
	case when.Offset != when.Best.Sub(s.device().Time):
		t.Fatalf("%+v: offset of %+v", s, when)
	}
}
