package routing

import (
	"math/bits"
	"testing"

	"pgregory.net/rapid"
)

const workdays = 0b0011111 // Monday to Friday

// weeksOf repeats a week.
func weeksOf(weeks int, week uint64) (days uint64) {
	for w := range weeks {
		days |= week << (7 * w)
	}
	return days
}

func TestPatterns(t *testing.T) {
	fourWeeks := Rhythm{Days: 28, Open: weeksOf(4, workdays), Spacing: 10}
	with := func(change func(*Rhythm)) Rhythm {
		r := fourWeeks
		change(&r)
		return r
	}
	for _, c := range []struct {
		says     string
		r        Rhythm
		count    int
		cheapest uint64
		price    Cost
		why      Reason
	}{
		{"weekly: a weekday", with(func(r *Rhythm) { r.Visits = 4 }), 5, weeksOf(4, 1), 0, ""},
		{"once in four weeks: a day", with(func(r *Rhythm) { r.Visits = 1 }), 20, 1, 0, ""},
		{"every two weeks: a weekday and which weeks", with(func(r *Rhythm) { r.Visits = 2 }), 10, 1 | 1<<14, 0, ""},
		{"twice a week, three days apart or two", with(func(r *Rhythm) { r.Visits, r.MinGap = 8, 2 }), 6, weeksOf(4, 0b1001), 40, ""},
		{"five times a week: all workdays", with(func(r *Rhythm) { r.Visits = 20 }), 1, weeksOf(4, workdays), 128, ""},
		{"six in four weeks: two weekdays, one of them every other week", with(func(r *Rhythm) { r.Visits, r.MinGap = 6, 2 }), 24, weeksOf(4, 1) | 1<<3 | 1<<17, 93, ""},
		{
			"a wished weekday costs least", with(func(r *Rhythm) { r.Visits, r.Wished, r.Unwished = 4, weeksOf(4, 4), 7 }),
			5, weeksOf(4, 4), 0, "",
		},
		{
			"the running pattern costs least, though uneven",
			with(func(r *Rhythm) { r.Visits, r.Running, r.Change = 2, 1|1<<16, 100 }), 11, 1 | 1<<16, 40, "",
		},
		{
			"a holiday moves a visit to the next day",
			with(func(r *Rhythm) {
				r.Visits, r.Open, r.Wished, r.Unwished = 4, weeksOf(4, workdays)&^(1<<7), weeksOf(4, 1), 100
			}),
			5, weeksOf(4, 1)&^(1<<7) | 1<<8, 120, "",
		},
		{"since the last visit spacing counts", with(func(r *Rhythm) { r.Visits, r.Since, r.Spacing = 2, 10, 1 }), 10, 1<<4 | 1<<18, 0, ""},
		{
			"overdue: as soon as there is a day", with(func(r *Rhythm) { r.Visits, r.Since, r.MaxGap, r.Open = 2, 40, 15, r.Open&^3 }),
			3, 1<<2 | 1<<16, 280, "",
		},
		{
			"no weekday keeps the gaps, other days do",
			Rhythm{Visits: 3, Days: 14, Open: 1<<1 | 1<<5 | 1<<6 | 1<<10, MinGap: 4, Since: 7},
			2, 1<<1 | 1<<5 | 1<<10, 0, "",
		},
		{
			"nobody can come within the longest gap: on the first day there is",
			Rhythm{Visits: 2, Days: 14, Open: 1<<1 | 1<<2 | 1<<11 | 1<<12, MinGap: 2, MaxGap: 8, Spacing: 1},
			2, 1<<2 | 1<<11, 4, "",
		},
		{
			"three a week around nine days off: no weeks without any, and then every day",
			Rhythm{Visits: 24, Days: 56, Open: weeksOf(8, workdays)&^(1<<15-1<<6) | 1<<5 | 1<<19, Spacing: 180},
			6, weeksOf(5, 0b0010101)<<21 | 1<<19 | 1<<17 | 1<<15 | 0b111111, 3960, "",
		},
		{"weeks of five days", Rhythm{Visits: 2, Days: 20, Week: 5, Open: 1<<20 - 1}, 10, 1 | 1<<10, 0, ""},
		{"fewer days than visits", Rhythm{Visits: 3, Days: 7, Open: 0b11}, 0, 0, 0, TooFewDays},
		{"no days keep the gap", Rhythm{Visits: 2, Days: 7, Open: 0b11, MinGap: 2}, 0, 0, 0, NoSpacing},
	} {
		t.Run(c.says, func(t *testing.T) {
			got, why := Patterns(c.r)
			if why != c.why || len(got) != c.count {
				t.Fatalf("%d patterns, %q: want %d, %q\n%b", len(got), why, c.count, c.why, got)
			}
			if c.count > 0 && got[0] != (Pattern{c.cheapest, c.price}) {
				t.Errorf("cheapest %b for %d: want %b for %d", got[0].Days, got[0].Price, c.cheapest, c.price)
			}
		})
	}
}

func aRhythm() *rapid.Generator[Rhythm] {
	return rapid.Custom(func(t *rapid.T) Rhythm {
		days := rapid.IntRange(1, 64).Draw(t, "days")
		number := func(least, most int, says string) int { return rapid.IntRange(least, most).Draw(t, says) }
		return Rhythm{
			Visits: number(1, 12, "visits"), Days: days, Week: rapid.SampledFrom([]int{0, 5, 6, 7}).Draw(t, "week"),
			Open: rapid.Uint64().Draw(t, "open") | rapid.Uint64().Draw(t, "more open"), MinGap: number(0, 6, "min gap"), MaxGap: number(0, 40, "max gap"),
			Since: number(0, 50, "since"), Spacing: Cost(number(0, 9, "spacing")), Wished: rapid.Uint64().Draw(t, "wished"),
			Unwished: Cost(number(0, 9, "unwished")), Running: rapid.Uint64().Draw(t, "running"), Change: Cost(number(0, 9, "change")),
		}
	})
}

// Patterns are different, bounded in number, dearer and dearer, on as many open days as there are visits, with gaps that are
// allowed; and where there are none, no days would do.
func TestPatternsKeepTheRhythm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := aRhythm().Draw(t, "rhythm")
		got, why := Patterns(r)
		if (len(got) == 0) != (why != "") || len(got) > MostPatterns {
			t.Fatalf("%d patterns, %q", len(got), why)
		}
		for i, p := range got {
			days := p.Days
			if bits.OnesCount64(days) != r.Visits || days&^r.Open != 0 || bits.Len64(days) > r.Days {
				t.Fatalf("%b for %d visits", days, r.Visits)
			}
			last := -1
			for d := range r.Days {
				if days>>d&1 == 0 {
					continue
				}
				if gap := d - last; last >= 0 && (gap < r.MinGap || r.MaxGap > 0 && gap > r.MaxGap && openWithin(r, last+max(1, r.MinGap), d)) {
					t.Fatalf("%b has a gap of %d", days, gap)
				}
				last = d
			}
			if i > 0 && (p.Price < got[i-1].Price || p == got[i-1]) {
				t.Fatalf("%v after %v", p, got[i-1])
			}
		}
	})
}

// openWithin tells whether there is an open day in [from, until).
func openWithin(r Rhythm, from, until int) bool {
	for d := from; d < until; d++ {
		if r.Open>>d&1 == 1 {
			return true
		}
	}
	return false
}

func TestNoPatternsMeansNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := aRhythm().Draw(t, "rhythm")
		r.Days, r.Visits, r.Since = min(r.Days, 12), min(r.Visits, 4), 0
		if got, _ := Patterns(r); len(got) > 0 {
			return
		}
		for days := range uint64(1) << r.Days {
			if r.keeps(days) {
				t.Fatalf("%b keeps the gaps", days)
			}
		}
	})
}
