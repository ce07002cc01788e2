package integrity_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"rounds"
	"rounds/fieldwork/integrity"
	"rounds/geo"
)

type edit = func(*integrity.Tap)

func onPhone(device string) edit { return func(t *integrity.Tap) { t.Device = device } }

func at(shop int) edit { return func(t *integrity.Tap) { t.RetailerID = retailer(shop) } }

func checkOut(t *integrity.Tap) { t.Kind = rounds.CheckOut }

func sourced(s geo.FixSource) edit { return func(t *integrity.Tap) { t.Fixes[0].Source = s } }

func placed(p orb.Point) edit { return func(t *integrity.Tap) { t.Fixes[0].Point = p } }

func accurate(m geo.Meters) edit { return func(t *integrity.Tap) { t.Fixes[0].Accuracy = m } }

func fromPin(m geo.Meters) edit { return func(t *integrity.Tap) { t.Fixes[0].FromPin = &m } }

func high(m float64) edit { return func(t *integrity.Tap) { t.Fixes[0].AltitudeM = &m } }

func alsoAt(east float64, accuracy geo.Meters) edit {
	return func(t *integrity.Tap) {
		f := fixAt(metersFrom(town, east, 0), t.Claimed)
		f.Accuracy = accuracy
		t.Fixes = append(t.Fixes, f)
	}
}

func older(d time.Duration) edit {
	return func(t *integrity.Tap) { t.Fixes[0].Time = t.Fixes[0].Time.Add(-d) }
}

func unsure(d time.Duration) edit {
	return func(t *integrity.Tap) { t.Earliest, t.Latest = t.At.Add(-d), t.At.Add(d) }
}

func arriving(day rounds.Day, hour int) edit {
	return func(t *integrity.Tap) { t.ReceivedAt = day.At(hour, 0, time.UTC) }
}

var here = orb.Point{120.1550734, 30.2741512}

// track is a day's five positions or more, each 1 km east of the one before, an hour apart.
func track(daysBefore int, shops ...int) []integrity.Tap {
	var taps []integrity.Tap
	for i, shop := range shops {
		n := 100*(daysBefore+1) + i
		taps = append(taps, tap(n, daysBefore, 60*float64(i), 0, at(shop), placed(metersFrom(here, 1000*float64(shop), 0))))
	}
	return taps
}

func backlogOf(size int, edits ...edit) []integrity.Tap {
	var taps []integrity.Tap
	for i := range size {
		taps = append(taps, tap(i, 0, 20*float64(i), 10*float64(i), edits...))
	}
	return taps
}

var april = integrity.Period{
	From: "2026-04-01", To: "2026-04-05",
	Ends: today.Add(3).At(0, 0, time.UTC), Closes: today.Add(5).At(0, 0, time.UTC),
}

var rows = []struct {
	name string
	in   integrity.Window
	want []string // "event name weight"
}{
	{"an honest visit shows nothing", window(tap(1, 0, 0, 0), tap(2, 0, 20, 5, checkOut, at(1))), nil},
	{"no taps show nothing", window(), nil},
	{"a mocked fix", window(tap(1, 0, 0, 0, func(t *integrity.Tap) { t.Fixes[0].Mock = true })), []string{"1 mocked 60"}},
	{"a fix mocked yesterday", window(tap(1, 1, 0, 0, func(t *integrity.Tap) { t.Fixes[0].Mock = true })), nil},
	{"a fix mocked tomorrow", window(tap(1, -1, 0, 0, func(t *integrity.Tap) { t.Fixes[0].Mock = true })), nil},

	{"a teleport marks both ends", window(tap(1, 0, 0, 0), tap(2, 0, 5, 60_000)), []string{"1 impossible_speed 60", "2 impossible_speed 60"}},
	{"a very fast train is doubtful", window(tap(1, 0, 0, 0), tap(2, 0, 20, 60_000)), []string{"1 impossible_speed 20", "2 impossible_speed 20"}},
	{"a motorway is not", window(tap(1, 0, 0, 0), tap(2, 0, 30, 60_000)), nil},
	{
		"the worse of two neighbours counts", window(tap(1, 0, 0, 0), tap(2, 0, 20, 60_000), tap(3, 0, 22, 0)),
		[]string{"1 impossible_speed 20", "2 impossible_speed 60", "3 impossible_speed 60"},
	},
	{"the day begins where the last one ended", window(tap(1, 1, 900, 0), tap(2, 0, 0, 3_000_000)), []string{"2 impossible_speed 60"}},
	{"clocks that are not sure leave time to travel", window(tap(1, 0, 0, 0, unsure(time.Hour)), tap(2, 0, 5, 60_000)), nil},
	{"without an accuracy nothing is fast", window(tap(1, 0, 0, 0), tap(2, 0, 5, 60_000, accurate(0))), nil},
	{"without a true time nothing is fast", window(tap(1, 0, 0, 0), tap(2, 0, 5, 60_000, func(t *integrity.Tap) { t.Earliest = time.Time{} })), nil},
	{"without an age nothing is fast", window(tap(1, 0, 0, 0), tap(2, 0, 5, 60_000, func(t *integrity.Tap) { t.Fixes[0].Time = time.Time{} })), nil},
	{"after the clock was set nothing is fast", window(tap(1, 0, 0, 0), tap(2, 0, 5, 60_000, func(t *integrity.Tap) { t.ClockMoved = true })), nil},
	{"a poor accuracy covers the distance", window(tap(1, 0, 0, 0, accurate(30_000)), tap(2, 0, 5, 60_000)), nil},
	{"an old fix was taken before the journey", window(tap(1, 0, 0, 0, older(time.Hour)), tap(2, 0, 5, 60_000)), nil},
	{
		"a tap without a fix is passed over", window(tap(1, 0, 0, 0), tap(2, 0, 2, 0, func(t *integrity.Tap) { t.Fixes = nil }), tap(3, 0, 5, 60_000)),
		[]string{"1 impossible_speed 60", "3 impossible_speed 60"},
	},
	{"at the same instant", window(tap(1, 0, 0, 0), tap(2, 0, 0, 60_000)), []string{"1 impossible_speed 60", "2 impossible_speed 60"}},
	{
		"at the same instant, by clocks that are exact", window(tap(1, 0, 0, 0, unsure(0)), tap(2, 0, 0, 60_000, unsure(0))),
		[]string{"1 impossible_speed 60", "2 impossible_speed 60"},
	},
	{"the first of two was perhaps much later", window(tap(1, 0, 0, 0, func(t *integrity.Tap) { t.Latest = t.At.Add(2 * time.Hour) }), tap(2, 0, 5, 60_000)), nil},
	{"the more precise of two fixes counts", window(tap(1, 0, 0, 0), tap(2, 0, 5, 0, alsoAt(60_000, 100))), nil},
	{
		"the more precise of two fixes is far", window(tap(1, 0, 0, 0), tap(2, 0, 5, 0, alsoAt(60_000, 5))),
		[]string{"1 impossible_speed 60", "2 impossible_speed 60"},
	},
	{"two fixes of one tap in two towns", window(tap(1, 0, 0, 0, alsoAt(60_000, 15), older(20*time.Second))), []string{"1 impossible_speed 60"}},
	{"two fixes of one tap, whatever its clock", window(tap(1, 0, 0, 0, unsure(9*time.Hour), alsoAt(60_000, 15), older(20*time.Second))), []string{"1 impossible_speed 60"}},
	{"between two fixes of one tap there was time", window(tap(1, 0, 0, 0, alsoAt(60_000, 15), older(time.Hour))), nil},
	{"two fixes of one tap, one of a network", window(tap(1, 0, 0, 0, alsoAt(60_000, 15), older(20*time.Second), func(t *integrity.Tap) { t.Fixes[1].Source = geo.SourceNetwork })), nil},
	{"two fixes of one tap a street apart", window(tap(1, 0, 0, 0, alsoAt(350, 15), older(time.Second))), nil},
	{"an outlier at the next shop is no journey", window(tap(1, 0, 0, 0), tap(2, 0, 0.01, 300)), nil},
	{"null island is no place", window(tap(1, 0, 0, 0), tap(2, 0, 5, 0, placed(orb.Point{}))), nil},

	{
		"the same bits on three days", window(tap(1, 0, 0, 0, placed(here)), tap(2, 7, 0, 0, placed(here)), tap(3, 14, 0, 0, placed(here))),
		[]string{"1 identical_fixes 40"},
	},
	{"on two days", window(tap(1, 0, 0, 0, placed(here)), tap(2, 7, 0, 0, placed(here)), tap(3, 7, 9, 0, placed(here))), nil},
	{"on three days, not on this one", window(tap(1, 0, 0, 0), tap(2, 7, 0, 0, placed(here)), tap(3, 14, 0, 0, placed(here)), tap(4, 21, 0, 0, placed(here))), nil},
	{"thrice in one visit", window(tap(1, 0, 0, 0, placed(here)), tap(2, 0, 9, 0, placed(here), checkOut), tap(3, 0, 10, 0, placed(here))), nil},
	{"on three days, with another accuracy", window(tap(1, 0, 0, 0, placed(here)), tap(2, 7, 0, 0, placed(here)), tap(3, 14, 0, 0, placed(here), accurate(9))), nil},
	{"on three days, at another height", window(tap(1, 0, 0, 0, placed(here), high(4)), tap(2, 7, 0, 0, placed(here), high(4)), tap(3, 14, 0, 0, placed(here))), nil},
	{"on three days, from a phone that rounds to four decimals", window(tap(1, 0, 0, 0, placed(orb.Point{120.1551, 30.2742})),
		tap(2, 7, 0, 0, placed(orb.Point{120.1551, 30.2742})), tap(3, 14, 0, 0, placed(orb.Point{120.1551, 30.2742}))), nil},
	{"a cell's position on three days", window(tap(1, 0, 0, 0, placed(here), sourced(geo.SourceCell)),
		tap(2, 7, 0, 0, placed(here), sourced(geo.SourceCell)), tap(3, 14, 0, 0, placed(here), sourced(geo.SourceCell))), nil},
	{"a cell's position by another name", window(tap(1, 0, 0, 0, placed(here), sourced(geo.SourceFused), accurate(800)),
		tap(2, 7, 0, 0, placed(here), sourced(geo.SourceFused), accurate(800)), tap(3, 14, 0, 0, placed(here), sourced(geo.SourceFused), accurate(800))), nil},
	{"one old fix sent on three days", window(tap(1, 0, 0, 0, placed(here), older(20*time.Hour)),
		tap(2, 1, 0, 0, placed(here)), tap(3, 2, 0, 0, placed(here))), nil},

	{"a new fix like an old one on two days", window(tap(1, 0, 0, 0, placed(here)),
		tap(2, 1, 0, 0, placed(here), older(20*time.Hour)), tap(3, 2, 0, 0, placed(here), older(20*time.Hour))), nil},
	{"the same bits on two later days", window(tap(1, 0, 0, 0, placed(here)), tap(2, -1, 0, 0, placed(here)), tap(3, -2, 0, 0, placed(here))), nil},

	{"the pin to 0.2 m at two retailers", window(tap(1, 0, 0, 0, fromPin(0.2)), tap(2, 0, 60, 9, fromPin(0))), []string{"1 equal_to_pin 40", "2 equal_to_pin 40"}},
	{"the pin on two days", window(tap(1, 0, 0, 0, fromPin(0.1)), tap(2, 7, 60, 9, fromPin(0.1), at(1))), []string{"1 equal_to_pin 40"}},
	{"the pin twice in one visit", window(tap(1, 0, 0, 0, fromPin(0)), tap(2, 0, 9, 0, fromPin(0), at(1))), nil},
	{"once the pin, once nearly", window(tap(1, 0, 0, 0, fromPin(0)), tap(2, 0, 9, 0, fromPin(0.21))), nil},

	{"a cell that is the pin, twice", window(tap(1, 0, 0, 0, fromPin(0), sourced(geo.SourceCell)), tap(2, 7, 0, 0, fromPin(0), sourced(geo.SourceCell))), nil},

	{
		"a day's track again", window(slices.Concat(track(0, 1, 2, 3, 4, 5), track(7, 1, 2, 3, 4, 5))...),
		[]string{"100 day_track_repeated 50", "101 day_track_repeated 50", "102 day_track_repeated 50", "103 day_track_repeated 50", "104 day_track_repeated 50"},
	},
	{"four places of an earlier day", window(slices.Concat(track(0, 1, 2, 3, 4, 5), track(7, 1, 2, 3, 4))...), nil},
	{"five of two earlier days", window(slices.Concat(track(0, 1, 2, 3, 4, 5), track(7, 1, 2, 3), track(8, 4, 5))...), nil},
	{"five in another order", window(slices.Concat(track(0, 1, 2, 3, 4, 5), track(7, 5, 4, 3, 2, 1))...), nil},
	{"one place five times on two days", window(slices.Concat(track(0, 1, 1, 1, 1, 1), track(7, 1, 1, 1, 1, 1))...), nil},

	{"a phone of two people", integrity.Window{Day: today, Taps: []integrity.Tap{tap(1, 0, 0, 0)}, People: map[string]int{"a": 2}}, nil},
	{"a phone of three", integrity.Window{Day: today, Taps: []integrity.Tap{tap(1, 0, 0, 0)}, People: map[string]int{"a": 3}}, []string{"1 device_shared 20"}},
	{"a phone without a name", integrity.Window{Day: today, Taps: []integrity.Tap{tap(1, 0, 0, 0, onPhone(""))}, People: map[string]int{"": 3}}, nil},

	{
		"two phones 6 km apart at once", window(tap(1, 0, 0, 0), tap(2, 0, 1.5, 6000, onPhone("b"))),
		[]string{"1 impossible_speed 20", "1 two_devices_apart 50", "2 impossible_speed 20", "2 two_devices_apart 50"},
	},
	{"one phone", window(tap(1, 0, 0, 0), tap(2, 0, 1.5, 6000)), []string{"1 impossible_speed 20", "2 impossible_speed 20"}},
	{"two phones 4 km apart", window(tap(1, 0, 0, 0), tap(2, 0, 1.9, 4000, onPhone("b"))), nil},
	{"two phones, and ten minutes to go", window(tap(1, 0, 0, 0), tap(2, 0, 10, 6000, onPhone("b"))), nil},
	{
		"one phone in a shop, the other elsewhere meanwhile", window(tap(1, 0, 0, 0), tap(2, 0, 15, 6000, onPhone("b")), tap(3, 0, 30, 0, checkOut, at(1))),
		[]string{"1 two_devices_apart 50", "2 two_devices_apart 50", "3 two_devices_apart 50"},
	},
	{"out of another shop", window(tap(1, 0, 0, 0), tap(2, 0, 15, 6000, onPhone("b")), tap(3, 0, 30, 0, checkOut)), nil},
	{"out somewhere else", window(tap(1, 0, 0, 0), tap(2, 0, 15, 6000, onPhone("b")), tap(3, 0, 30, 1000, checkOut, at(1))), nil},
	{"a phone without a name in a shop, another elsewhere", window(tap(1, 0, 0, 0, onPhone("")), tap(2, 0, 15, 6000, onPhone("b")),
		tap(3, 0, 30, 0, checkOut, at(1), onPhone(""))), nil},
	{"the other elsewhere afterwards", window(tap(1, 0, 0, 0), tap(2, 0, 30, 0, checkOut, at(1)), tap(3, 0, 45, 6000, onPhone("b"))), nil},
	{"the other perhaps elsewhere afterwards", window(tap(1, 0, 0, 0), tap(2, 0, 15, 6000, onPhone("b"), unsure(20*time.Minute)), tap(3, 0, 30, 0, checkOut, at(1))), nil},

	{"a claimed time that cannot be", window(tap(1, 0, 0, 0, func(t *integrity.Tap) { t.ClockWrong = true })), []string{"1 claimed_time_impossible 30"}},
	{"a code at the counter", window(tap(1, 0, 0, 0, func(t *integrity.Tap) { t.Confirmed = true })), []string{"1 code_accepted -50"}},
}

func TestSignals(t *testing.T) {
	t.Parallel()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, brief(integrity.Examine(row.in))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSignalsWhateverTheOrder(t *testing.T) {
	t.Parallel()
	for _, row := range rows {
		back := row.in
		back.Taps = slices.Clone(row.in.Taps)
		slices.Reverse(back.Taps)
		if diff := cmp.Diff(integrity.Examine(row.in), integrity.Examine(back)); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

func brief(signals []integrity.Signal) []string {
	var lines []string
	for _, s := range signals {
		n := int(s.EventID[14])<<8 | int(s.EventID[15])
		lines = append(lines, fmt.Sprintf("%d %s %d", n, s.Name, s.Weight))
	}
	return lines
}

func TestBacklogAtClose(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		taps []integrity.Tap
		want int
	}{
		{"ten events on the last day before the close", backlogOf(10, arriving(today.Add(4), 9)), 10},
		{"nine", backlogOf(9, arriving(today.Add(4), 9)), 0},
		{"ten after the period's last day", backlogOf(10, arriving(today.Add(3), 1)), 10},
		{"ten in the middle of it", backlogOf(10, arriving(today.Add(2), 9)), 0},
		{"ten that were just not a day old, for all one knows", backlogOf(10, unsure(60*time.Hour), arriving(today.Add(3), 1)), 0},
		{"ten of a day in no period", append(backlogOf(9, arriving(today.Add(4), 9)), tap(99, 9, 0, 0, arriving(today.Add(4), 9))), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := window(row.taps...)
			w.Periods = []integrity.Period{april}
			found := integrity.Examine(w)
			for _, s := range found {
				if s.Name != "backlog_at_close" || s.Weight != 5 {
					t.Errorf("%+v", s)
				}
			}
			if len(found) != row.want {
				t.Errorf("%d signals, want %d", len(found), row.want)
			}
		})
	}
}

func TestScore(t *testing.T) {
	t.Parallel()
	signal := func(name string, f integrity.Family, w integrity.Tenths) integrity.Signal {
		return integrity.Signal{Name: name, Family: f, Weight: w}
	}
	for _, row := range []struct {
		name    string
		signals []integrity.Signal
		want    integrity.Tenths
	}{
		{"nothing", nil, 0},
		{"both taps of a visit mocked count once", []integrity.Signal{signal("mocked", integrity.Device, 60), signal("mocked", integrity.Device, 60)}, 60},
		{"a slow and a fast journey are the fast one", []integrity.Signal{signal("impossible_speed", integrity.Physics, 20), signal("impossible_speed", integrity.Physics, 60)}, 60},
		{"a family is capped", []integrity.Signal{signal("identical_fixes", integrity.Repetition, 40), signal("day_track_repeated", integrity.Repetition, 50)}, 60},
		{"families add up", []integrity.Signal{signal("mocked", integrity.Device, 60), signal("impossible_speed", integrity.Physics, 60)}, 120},
		{"a code takes away", []integrity.Signal{signal("impossible_speed", integrity.Physics, 60), signal("code_accepted", integrity.Context, -50)}, 10},
		{"a code takes nothing from a mocked visit", []integrity.Signal{signal("mocked", integrity.Device, 60), signal("code_accepted", integrity.Context, -50)}, 60},
		{"nor from what else is on it", []integrity.Signal{signal("mocked", integrity.Device, 60), signal("device_shared", integrity.Identity, 20), signal("code_accepted", integrity.Context, -50)}, 80},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := integrity.Score(row.signals); got != row.want {
				t.Errorf("%d, want %d", got, row.want)
			}
		})
	}
}

func TestDetailsSayWhy(t *testing.T) {
	t.Parallel()
	found := integrity.Examine(window(tap(1, 0, 0, 0), tap(2, 0, 5, 60_000)))
	if want := (integrity.Detail{"distance_m": 59990, "taken_off_m": 60, "time_s": 302, "speed_mps": 199}); !near(found[0].Detail, want) {
		t.Errorf("%v, want about %v", found[0].Detail, want)
	}
	again := slices.Concat(track(0, 1, 2, 3, 4, 5), track(7, 1, 2, 3, 4, 5), track(14, 1, 2, 3, 4, 5))
	for _, s := range integrity.Examine(window(again...)) {
		if diff := cmp.Diff(integrity.Detail{"fixes": 5, "days_before": 7}, s.Detail); s.Name == "day_track_repeated" && diff != "" {
			t.Error(diff)
		}
	}
	wrong := tap(1, 0, 0, 0, func(t *integrity.Tap) {
		t.ClockWrong, t.Claimed = true, t.Latest.Add(time.Hour)
	})
	if diff := cmp.Diff(integrity.Detail{"late_s": 3600}, integrity.Examine(window(wrong))[0].Detail); diff != "" {
		t.Error(diff)
	}
}

func near(got, want integrity.Detail) bool {
	for name, w := range want {
		if g := got[name]; !(g >= w*0.99 && g <= w*1.01) {
			return false
		}
	}
	return len(got) == len(want)
}
