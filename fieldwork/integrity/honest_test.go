package integrity_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"rounds"
	"rounds/fieldwork/integrity"
	"rounds/geo"
)

// people is how many to make up: in the short form an eighth.
func people(all int) int {
	if os.Getenv("ROUNDS_SOAK") == "" {
		return all / 8
	}
	return all
}

func everyTap(integrity.Tap) bool { return true }

// A fortnight of 200 honest people is 40,000 visits, each examined beside the 35 days before.
func TestHonestPeopleAreLeftInPeace(t *testing.T) {
	t.Parallel()
	var y tally
	reps := people(200)
	for n := range reps {
		p := aPerson(n)
		taps := p.month()
		for week := weeks - 2; week < weeks; week++ {
			for weekday := range weekdays {
				y.count(p.looking(taps, dayOf(week, weekday)), everyTap)
			}
		}
	}
	t.Logf("%d visits: %.4f %% for review, %.4f %% urgent, %.2f %% noticed; signals %v", y.visits,
		100*share(y.review, y.visits), 100*share(y.urgent, y.visits), 100*share(y.noticed, y.visits), y.names)
	if y.visits != reps*2*weekdays*stops || !(share(y.review, y.visits) <= 0.005) {
		t.Errorf("%d of %d honest visits for review", y.review, y.visits)
	}
}

// An attack changes a month of honest work, of which the last day is examined.
type attack struct {
	name            string
	noticed, review float64 // at least this share of the false visits, with some to spare
	change          func(p *person, taps map[rounds.Day][]integrity.Tap)
	phone           string // only this one's visits are false; "": all of the day
}

var attacks = []attack{
	{name: "mock flag on", noticed: 1, review: 1, change: eachFix(func(_ *person, f *integrity.Fix) { f.Mock = true })},
	{name: "teleport: twenty shops from one chair in forty minutes", noticed: 0.9, review: 0.65, change: chair},
	{name: "teleport: to another town and back", noticed: 0.99, review: 0.99, change: otherTown},
	{name: "own replay: last week's bits", noticed: 0.75, change: replay(1)},
	{name: "own replay: the same bits for the third week", noticed: 0.75, review: 0.75, change: replay(2)},
	{name: "hidden mock at the pin, all month", noticed: 0.99, review: 0.99, change: typed(0)},
	{name: "hidden mock at the pin, once", noticed: 0.99, change: onLastDay(typed(0))},
	{name: "hidden mock 10 m from the pin, all month", noticed: 0.99, change: typed(10)},
	{name: "two phones 8 km apart", noticed: 0.6, review: 0.4, change: twoPhones, phone: "second"},
	{name: "phone lent to one other", change: func(p *person, _ map[rounds.Day][]integrity.Tap) { p.shared = 2 }},
	{name: "phone lent round among three", noticed: 1, change: func(p *person, _ map[rounds.Day][]integrity.Tap) { p.shared = 3 }},
	{name: "clock put back", noticed: 1, change: eachTap(func(t *integrity.Tap) { t.ClockWrong = true })},
	{name: "backlog at the close", noticed: 1, change: eachTap(func(t *integrity.Tap) { t.ReceivedAt = month.Closes.Add(40 * time.Hour) })},
	{name: "mock flag on, the counter's code photographed", noticed: 1, review: 1, change: codeToo},
	{name: "positions with believable noise: no signal can see them", change: func(*person, map[rounds.Day][]integrity.Tap) {}},
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			y := a.run(people(200))
			t.Logf("%s: %d visits: %5.1f %% noticed, %5.1f %% for review, %5.1f %% urgent", a.name, y.visits,
				100*share(y.noticed, y.visits), 100*share(y.review, y.visits), 100*share(y.urgent, y.visits))
			if !(share(y.noticed, y.visits) >= a.noticed) || !(share(y.review, y.visits) >= a.review) {
				t.Errorf("%+v: want %.2f noticed, %.2f for review", y, a.noticed, a.review)
			}
		})
	}
}

func (a attack) run(reps int) tally {
	var y tally
	for n := range reps {
		p := aPerson(1000 + n)
		taps := p.month()
		a.change(p, taps)
		y.count(p.looking(taps, lastDay), func(t integrity.Tap) bool {
			return a.phone == "" || t.Device == a.phone
		})
	}
	return y
}

func eachTap(change func(*integrity.Tap)) func(*person, map[rounds.Day][]integrity.Tap) {
	return func(_ *person, taps map[rounds.Day][]integrity.Tap) {
		for i := range taps[lastDay] {
			change(&taps[lastDay][i])
		}
	}
}

func eachFix(change func(*person, *integrity.Fix)) func(*person, map[rounds.Day][]integrity.Tap) {
	return func(p *person, taps map[rounds.Day][]integrity.Tap) {
		for _, t := range taps[lastDay] {
			for i := range t.Fixes {
				change(p, &t.Fixes[i])
			}
		}
	}
}

// onLastDay undoes a change to the days before.
func onLastDay(change func(*person, map[rounds.Day][]integrity.Tap)) func(*person, map[rounds.Day][]integrity.Tap) {
	return func(p *person, taps map[rounds.Day][]integrity.Tap) {
		only := map[rounds.Day][]integrity.Tap{lastDay: taps[lastDay]}
		change(p, only)
	}
}

func codeToo(_ *person, taps map[rounds.Day][]integrity.Tap) {
	for i := range taps[lastDay] {
		taps[lastDay][i].Confirmed = true
		for j := range taps[lastDay][i].Fixes {
			taps[lastDay][i].Fixes[j].Mock = true
		}
	}
}

// spoofed is a believable satellite fix at a shop.
func spoofed(p *person, t integrity.Tap, at time.Time, east float64) integrity.Tap {
	t.Claimed, t.At, t.Earliest, t.Latest, t.ClockWrong = at, at, at.Add(-time.Second), at.Add(time.Second), false
	t.ReceivedAt = at.Add(10 * time.Second)
	s := p.beats[weekdays-1][int(t.RetailerID[15])%stops]
	t.Fixes = []integrity.Fix{fixAt(p.around(metersFrom(s.at, east, 0), 10), at)}
	return t
}

func chair(p *person, taps map[rounds.Day][]integrity.Tap) {
	at := lastDay.At(1, 0, time.UTC)
	for i, t := range taps[lastDay] {
		taps[lastDay][i] = spoofed(p, t, at, 0)
		at = at.Add([]time.Duration{90 * time.Second, 30 * time.Second}[i%2])
	}
}

func otherTown(p *person, taps map[rounds.Day][]integrity.Tap) {
	at := lastDay.At(1, 0, time.UTC)
	for i, t := range taps[lastDay] {
		taps[lastDay][i] = spoofed(p, t, at, 60_000*float64(i/2%2))
		at = at.Add(5 * time.Minute)
	}
}

// replay sends a week's last day again, in each of so many weeks after it, with new times.
func replay(times int) func(*person, map[rounds.Day][]integrity.Tap) {
	return func(_ *person, taps map[rounds.Day][]integrity.Tap) {
		source := taps[lastDay.Add(-7*times)]
		for back := range times {
			for i := range taps[lastDay.Add(-7*back)] {
				t := &taps[lastDay.Add(-7*back)][i]
				fixes := slices.Clone(source[i].Fixes)
				for j := range fixes {
					fixes[j].Time = t.Claimed
				}
				t.Fixes = fixes
			}
		}
	}
}

// typed sends each shop's pin, or a point beside it, with the same accuracy every time.
func typed(off float64) func(*person, map[rounds.Day][]integrity.Tap) {
	return func(p *person, taps map[rounds.Day][]integrity.Tap) {
		for _, day := range slices.Sorted(maps.Keys(taps)) {
			for i := range taps[day] {
				t := &taps[day][i]
				s := p.beats[int(t.RetailerID[15])/stops][int(t.RetailerID[15])%stops]
				f := fixAt(metersFrom(s.pin, off, 0), t.Claimed)
				f.FromPin = new(geo.Distance(f.Point, s.pin))
				t.Fixes = []integrity.Fix{f}
			}
		}
	}
}

// twoPhones lets another person visit the shops of another beat with a second phone, all day.
func twoPhones(p *person, taps map[rounds.Day][]integrity.Tap) {
	other := *p
	other.Rand = rand.New(rand.NewPCG(p.Uint64(), 1))
	other.device, other.events = "second", 1<<15
	for i := range other.beats[0] {
		s := &other.beats[0][i]
		s.at, s.pin = metersFrom(s.at, 8000, 0), metersFrom(s.pin, 8000, 0)
	}
	taps[lastDay] = slices.Concat(taps[lastDay], other.work(lastDay, 0))
}

// BenchmarkDay examines one rep's day beside the 35 days before: 1,000 taps and their fixes.
func BenchmarkDay(b *testing.B) {
	p := aPerson(1)
	w := p.looking(p.month(), lastDay)
	fixes := 0
	for _, t := range w.Taps {
		fixes += len(t.Fixes)
	}
	for b.Loop() {
		integrity.Examine(w)
	}
	b.ReportMetric(float64(len(w.Taps)), "taps")
	b.ReportMetric(float64(fixes), "fixes")
}
