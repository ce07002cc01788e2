package integrity

import "rounds/geo"

// Speeds in metres a second: 126 and 252 km/h. Metres below leastJump are no journey, as a single outlier
// makes them, and two taps may be a second apart.
const (
	doubtful              = 35
	impossible            = 70
	leastJump  geo.Meters = 300
)

// speeds compares each tap with both of its neighbours in time and keeps the worse. Either of the two may
// be the wrong one, so both carry the signal. The first has its neighbour on an earlier day.
func (f file) speeds() []Signal {
	line := f.line()
	worst := make([]journey, len(line))
	for i := 1; i < len(line); i++ {
		j := between(line[i-1], line[i])
		worst[i-1], worst[i] = faster(worst[i-1], j), faster(worst[i], j)
	}
	var found []Signal
	for i, s := range line {
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
