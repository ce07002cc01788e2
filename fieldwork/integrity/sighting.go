package integrity

import (
	"math"
	"time"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// oldest is how old a fix may be, or how much later than its tap, and still say where somebody was.
const oldest = 24 * time.Hour

// A sighting is where a tap's best fix puts the rep, and between which instants it was taken.
type sighting struct {
	tap      *Tap
	point    orb.Point // WGS-84
	sigma    geo.Meters
	from, to time.Time
}

// sight takes the most precise fix whose place, accuracy and time are known, of equals the first.
func (w Window) sight(t *Tap) (best sighting, ok bool) {
	if !timed(t) {
		return best, false
	}
	for i := range t.Fixes {
		if s, usable := w.sightBy(t, &t.Fixes[i]); usable && (!ok || s.sigma < best.sigma) {
			best, ok = s, true
		}
	}
	return best, ok
}

func (w Window) sightBy(t *Tap, f *Fix) (sighting, bool) {
	sigma := f.AccuracyKind.Sigma(f.Accuracy)
	age, known := t.age(f)
	if sigma == nil || !known || age.Abs() > oldest || !onEarth(f.Point) {
		return sighting{}, false
	}
	return sighting{
		tap: t, point: w.Datums.ToWGS84(f.Point, f.Datum), sigma: *sigma,
		from: t.Earliest.Add(-age), to: t.Latest.Add(-age),
	}, true
}

func (w Window) sights(taps []*Tap) []sighting {
	var found []sighting
	for _, t := range taps {
		if s, ok := w.sight(t); ok {
			found = append(found, s)
		}
	}
	return found
}

func timed(t *Tap) bool {
	return !t.At.IsZero() && !t.Earliest.IsZero() && !t.Latest.Before(t.Earliest)
}

// onEarth refuses 0, 0 as well: phones without a fix send it.
func onEarth(p orb.Point) bool {
	return p != orb.Point{} && math.Abs(p.Lon()) <= 180 && math.Abs(p.Lat()) <= 90
}

// sigmas is how many standard deviations of both fixes are taken off a distance: errors of phones have
// heavier tails than the normal distribution, and the two are added, not squared, for the same reason.
const sigmas = 3

// A journey is what two sightings of one person ask of them, as they would like to have it: the shortest
// way that the uncertainties allow, in the longest time.
type journey struct {
	meters  geo.Meters // 0 where the uncertainties cover the distance
	taken   geo.Meters // off the distance, for uncertainty
	seconds float64    // 1 or more
}

func between(a, b sighting) journey {
	j := journey{taken: sigmas * (a.sigma + b.sigma), seconds: max(longest(a, b).Seconds(), 1)}
	if d := geo.Distance(a.point, b.point) - j.taken; d > 0 {
		j.meters = d
	}
	return j
}

// longest is the most time that can lie between two sightings, whichever came first.
func longest(a, b sighting) time.Duration { return max(b.to.Sub(a.from), a.to.Sub(b.from)) }

func (j journey) speed() float64 { return float64(j.meters) / j.seconds }

func (j journey) detail() Detail {
	return Detail{
		"distance_m": math.Round(float64(j.meters)), "taken_off_m": math.Round(float64(j.taken)),
		"time_s": math.Round(j.seconds), "speed_mps": math.Round(j.speed()),
	}
}
