package integrity

import (
	"math"
	"time"

	"rounds"
	"rounds/geo"
)

// Two phones are at once where at most atOnce seconds can lie between their fixes, and 5 km in that time is
// 42 m/s; or where one was sighted while the other was in one shop from check-in to check-out.
const (
	farApart  geo.Meters = 5000
	atOnce               = 2 * time.Minute
	shopWidth geo.Meters = 200
)

// A stay is a visit whose check-in and check-out were taken at one place by one phone.
type stay struct{ in, out sighting }

// apart finds two phones of the rep that were far from each other at once.
func (f file) apart() []Signal {
	seen := f.sights(f.day)
	stays := staysOf(seen)
	farthest := map[*Tap]journey{}
	note := func(j journey, taps ...*Tap) {
		for _, t := range taps {
			if j.meters > farthest[t].meters {
				farthest[t] = j
			}
		}
	}
	for i, a := range seen {
		for _, b := range seen[i+1:] {
			if j, ok := meanwhile(a, b); ok {
				note(j, a.tap, b.tap)
			}
		}
		for _, s := range stays {
			if j, ok := s.elsewhere(a); ok {
				note(j, a.tap, s.in.tap, s.out.tap)
			}
		}
	}
	var found []Signal
	for t, j := range farthest {
		found = append(found, twoDevicesApart.on(t, Detail{
			"distance_m": math.Round(float64(j.meters)), "taken_off_m": math.Round(float64(j.taken)),
		}))
	}
	return found
}

func meanwhile(a, b sighting) (journey, bool) {
	if !differ(a, b) || longest(a, b) > atOnce {
		return journey{}, false
	}
	j := between(a, b)
	return j, j.meters >= farApart
}

// elsewhere reports that a sighting by another phone falls into the stay however the clocks are read.
func (s stay) elsewhere(a sighting) (journey, bool) {
	if !differ(s.in, a) || a.from.Before(s.in.to) || a.to.After(s.out.from) {
		return journey{}, false
	}
	j := between(s.in, a)
	return j, j.meters >= farApart
}

func differ(a, b sighting) bool {
	return a.tap.Device != b.tap.Device && a.tap.Device != "" && b.tap.Device != ""
}

// staysOf pairs each check-in with the next tap of the same phone, if that is the check-out.
func staysOf(seen []sighting) []stay {
	var found []stay
	last := map[string]sighting{}
	for _, s := range seen {
		in, ok := last[s.tap.Device]
		if ok && in.tap.Kind == rounds.CheckIn && s.tap.Kind == rounds.CheckOut &&
			in.tap.RetailerID == s.tap.RetailerID && between(in, s).meters <= shopWidth {
			found = append(found, stay{in, s})
		}
		last[s.tap.Device] = s
	}
	return found
}
