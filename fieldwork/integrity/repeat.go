package integrity

import (
	"math"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
)

const (
	manyDays   = 3                // on which one position is the same to the bit
	longTrack  = 5                // positions of an earlier day, in its order
	manyVisits = 2                // in which a position is the pin
	atPin      = geo.Meters(0.2)  // of it
	coarse     = 1e4              // positions a degree: four decimals are 11 m, and repeat by themselves
	vague      = geo.Meters(100)  // an accuracy as sent beyond which a position may be a cell's
	fresh      = 10 * time.Minute // older fixes may be one that was sent again, which no verdict credits
)

// bits are a position as the phone sent it.
type bits struct{ lat, lon, accuracy, altitude uint64 }

func bitsOf(f *Fix) bits {
	altitude := math.NaN()
	if f.AltitudeM != nil {
		altitude = *f.AltitudeM
	}
	return bits{
		math.Float64bits(f.Point.Lat()), math.Float64bits(f.Point.Lon()),
		math.Float64bits(float64(f.Accuracy)), math.Float64bits(altitude),
	}
}

// repeatable reports whether it means something that this fix is like another.
func repeatable(t *Tap, f *Fix) bool {
	switch f.Source {
	case geo.SourceNetwork, geo.SourceWiFi, geo.SourceCell:
		return false
	}
	if age, known := t.age(f); known && age.Abs() > fresh {
		return false
	}
	return onEarth(f.Point) && !(f.Accuracy > vague) && !(rounded(f.Point.Lat()) && rounded(f.Point.Lon()))
}

func rounded(degrees float64) bool { return math.Round(degrees*coarse)/coarse == degrees }

// A history is the day's different positions, numbered as they came, and which of them each earlier day
// had, in the order it had them.
type history struct {
	number map[bits]int
	had    map[rounds.Day][]int
}

func (f file) history() history {
	h := history{map[bits]int{}, map[rounds.Day][]int{}}
	each(f.day, func(t *Tap, x *Fix) {
		if b := bitsOf(x); repeatable(t, x) {
			if _, known := h.number[b]; !known {
				h.number[b] = len(h.number)
			}
		}
	})
	each(f.earlier, func(t *Tap, x *Fix) {
		if n, known := h.number[bitsOf(x)]; known && repeatable(t, x) {
			h.had[t.Day] = append(h.had[t.Day], n)
		}
	})
	return h
}

func each(taps []*Tap, see func(*Tap, *Fix)) {
	for _, t := range taps {
		for i := range t.Fixes {
			see(t, &t.Fixes[i])
		}
	}
}

// repetitions finds what came again from one day to another.
func (f file) repetitions() []Signal {
	h := f.history()
	days, track, back := h.days(), map[int]bool{}, 0
	day, length := h.track()
	if length >= longTrack {
		back = day.Until(f.Day)
		for _, n := range h.had[day] {
			track[n] = true
		}
	}
	pins := f.pinVisits()
	var found []Signal
	for _, t := range f.day {
		if most := h.most(t, days); most >= manyDays {
			found = append(found, identicalFixes.on(t, Detail{"days": float64(most)}))
		}
		if h.any(t, track) {
			found = append(found, dayTrackRepeated.on(t, Detail{"fixes": float64(length), "days_before": float64(back)}))
		}
		if len(pins) >= manyVisits && pinned(t) {
			found = append(found, equalToPin.on(t, Detail{"visits": float64(len(pins))}))
		}
	}
	return found
}

// days is on how many days each of the day's positions was sent, that day included.
func (h history) days() []int {
	days := make([]int, len(h.number))
	for i := range days {
		days[i] = 1
	}
	for _, had := range h.had {
		for _, n := range slices.Compact(slices.Sorted(slices.Values(had))) {
			days[n]++
		}
	}
	return days
}

// track is the earlier day that the longest row of positions comes from, of equals the latest.
func (h history) track() (day rounds.Day, length int) {
	for d, had := range h.had {
		if n := rising(had); n > length || (n == length && d > day) {
			day, length = d, n
		}
	}
	return day, length
}

// rising is the length of the longest rising subsequence (patience sorting).
func rising(numbers []int) int {
	var ends []int // the least that a rising row of each length ends in
	for _, n := range numbers {
		i, found := slices.BinarySearch(ends, n)
		switch {
		case found:
		case i == len(ends):
			ends = append(ends, n)
		default:
			ends[i] = n
		}
	}
	return len(ends)
}

// most is on how many days the tap's most frequent position was sent.
func (h history) most(t *Tap, days []int) int {
	most := 0
	for i := range t.Fixes {
		if n, known := h.number[bitsOf(&t.Fixes[i])]; known {
			most = max(most, days[n])
		}
	}
	return most
}

func (h history) any(t *Tap, wanted map[int]bool) bool {
	return slices.ContainsFunc(t.Fixes, func(f Fix) bool {
		n, known := h.number[bitsOf(&f)]
		return known && wanted[n]
	})
}

// A visit here is a retailer on a day: both taps of a visit count as one.
type visit struct {
	day      rounds.Day
	retailer rounds.RetailerID
}

// pinVisits are the visits of the window with a position that is the pin.
func (f file) pinVisits() map[visit]bool {
	found := map[visit]bool{}
	for _, t := range slices.Concat(f.day, f.earlier) {
		if pinned(t) {
			found[visit{t.Day, t.RetailerID}] = true
		}
	}
	return found
}

func pinned(t *Tap) bool {
	for i := range t.Fixes {
		if f := &t.Fixes[i]; f.FromPin != nil && *f.FromPin <= atPin && repeatable(t, f) {
			return true
		}
	}
	return false
}
