package integrity

import (
	"slices"

	"rounds/geo"
)

// Speeds in metres a second: 126 and 252 km/h. Metres below leastJump are no journey, as a single outlier
// makes them, and two taps may be a second apart.
const (
	doubtful              = 35
	impossible            = 70
	leastJump  geo.Meters = 300
)

// speeds compares each tap with both of its neighbours in time, and its own fixes with each other, and keeps the
// worst. Either of two taps may be the wrong one, so both carry the signal. The first has its neighbour on an
// earlier day.
func (f file) speeds() []Signal {
	line := f.line()
	worst := make([]journey, len(line))
	for i := 1; i < len(line); i++ {
		j := between(line[i-1], line[i])
		worst[i-1], worst[i] = faster(worst[i-1], j), faster(worst[i], j)
	}
	var found []Signal
	for i, s := range line {
		worst[i] = faster(worst[i], f.within(s.tap))
		if rule, ok := tooFast(worst[i]); ok && s.tap.on(f.Day) {
			found = append(found, rule.on(s.tap, worst[i].detail()))
		}
	}
	return found
}

// line is the day's sightings in order, after the last that came before them.
func (f file) line() []sighting {
	today := f.sights(f.day)
	for i := len(f.earlier) - 1; i >= 0 && len(today) > 0; i-- {
		if s, ok := f.sight(f.earlier[i]); ok {
			return append([]sighting{s}, today...)
		}
	}
	return today
}

// within is the worst journey between consecutive fixes of one tap. One clock timed them all: what lies between them is
// certain, however wrong it is. Positions of networks jump by themselves, and are left out.
func (f file) within(t *Tap) (worst journey) {
	var seen []sighting
	for i := range t.Fixes {
		if s, ok := f.sightBy(t, &t.Fixes[i]); ok && bySatellites(&t.Fixes[i]) {
			s.to = s.from
			seen = append(seen, s)
		}
	}
	slices.SortStableFunc(seen, func(a, b sighting) int { return a.from.Compare(b.from) })
	for i := 1; i < len(seen); i++ {
		worst = faster(worst, between(seen[i-1], seen[i]))
	}
	return worst
}

// bySatellites takes a phone's word for the source, but for circles as wide as a cell's.
func bySatellites(f *Fix) bool {
	return (f.Source == geo.SourceGPS || f.Source == geo.SourceFused) && f.Accuracy < vague
}

func faster(a, b journey) journey {
	if b.meters >= leastJump && (a.seconds == 0 || b.speed() > a.speed()) {
		return b
	}
	return a
}

func tooFast(j journey) (Rule, bool) {
	switch {
	case j.seconds == 0:
		return Rule{}, false
	case j.speed() > impossible:
		return impossibleSpeed, true
	}
	return doubtfulSpeed, j.speed() >= doubtful
}
