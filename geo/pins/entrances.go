package pins

import (
	"cmp"
	"math"
	"slices"

	"rounds/geo"
)

// A door is a cluster of voices in the plane.
type door struct {
	at     spot
	marks  []mark // the people's centres at it
	voices int
}

// A voiceOf is one person's word of one day.
type voiceOf struct {
	mark
	who int
}

// findDoors looks for two to four tight clusters, each of enough people, none
// nearer to another than the least gap nor farther than the greatest. One wide
// cloud is not cut in two: the median distance within a cluster is at most a
// quarter of the gap, where halves of a round normal cloud have about a half.
// Nothing is said unless three quarters of all voices belong somewhere.
func findDoors(ws []witness, need int, o Options) []door {
	const most, share = 4, 0.75
	gap := float64(o.MinGap)
	left, tight := voicesOf(ws), 0.625*gap
	var doors []door
	for len(doors) < most {
		d, ok := densest(ws, left, need, tight)
		if !ok {
			break
		}
		doors = append(doors, d)
		left = slices.DeleteFunc(left, func(v voiceOf) bool { return d.at.to(v.at) < gap })
	}
	if len(doors) < 2 || !apart(doors, o) || !separate(doors, voicesOf(ws), share, gap) {
		return nil
	}
	slices.SortStableFunc(doors, func(a, b door) int { return cmp.Compare(len(b.marks), len(a.marks)) })
	return doors
}

func voicesOf(ws []witness) (all []voiceOf) {
	for i, w := range ws {
		for _, v := range w.voices {
			all = append(all, voiceOf{mark{v.at, v.sigma, w.pull}, i})
		}
	}
	return all
}

// densest is the cluster around the voice that most people's voices are near;
// of equals, the one with the shortest distances, and of those equal to a
// micrometre the first: rounding decides nothing.
func densest(ws []witness, left []voiceOf, need int, tight float64) (door, bool) {
	best, bestPull, bestSum := -1, 0.0, 0.0
	for i, v := range left {
		pull, sum := around(ws, left, v.at, tight)
		if pull > bestPull || (pull == bestPull && sum < bestSum-1e-6) {
			best, bestPull, bestSum = i, pull, sum
		}
	}
	if best < 0 || bestPull < float64(need) {
		return door{}, false
	}
	return gather(ws, left, left[best].at, tight), true
}

// around is the pull of the people with a voice so near, and the sum of the
// nearest distances of each. Voices come in runs of one person.
func around(ws []witness, left []voiceOf, at spot, tight float64) (pull, sum float64) {
	for i := 0; i < len(left); {
		who, least := left[i].who, math.Inf(1)
		for ; i < len(left) && left[i].who == who; i++ {
			least = min(least, at.to(left[i].at))
		}
		if least <= tight {
			pull, sum = pull+ws[who].pull, sum+least
		}
	}
	return pull, sum
}

// gather is the people's centres from their voices near a spot, and the centre
// of those.
func gather(ws []witness, left []voiceOf, at spot, tight float64) (d door) {
	for i := 0; i < len(left); {
		who, own := left[i].who, []mark(nil)
		for ; i < len(left) && left[i].who == who; i++ {
			if at.to(left[i].at) <= tight {
				own = append(own, mark{left[i].at, left[i].sigma, 1})
			}
		}
		if len(own) > 0 {
			d.voices += len(own)
			d.marks = append(d.marks, mark{centre(own), max(phoneFloor, pooled(own, 4)), ws[who].pull})
		}
	}
	d.at = centre(d.marks)
	return d
}

func apart(doors []door, o Options) bool {
	for i, a := range doors {
		for _, b := range doors[:i] {
			if gap := a.at.to(b.at); !(gap >= float64(o.MinGap) && gap <= float64(o.MaxGap)) {
				return false
			}
		}
	}
	return true
}

// separate holds every door's own voices, those nearer to it than to any other,
// against the gap to the next one.
func separate(doors []door, all []voiceOf, share, near float64) bool {
	own, inside := make([][]float64, len(doors)), 0
	for _, v := range all {
		i, d := nearestDoor(doors, v.at)
		own[i] = append(own[i], d)
		if d <= near {
			inside++
		}
	}
	for i, gaps := range own {
		if !(median(gaps) <= nextDoor(doors, i)/4) {
			return false
		}
	}
	return float64(inside) >= share*float64(len(all))
}

func nearestDoor(doors []door, s spot) (which int, least float64) {
	least = math.Inf(1)
	for i, d := range doors {
		if gap := d.at.to(s); gap < least {
			which, least = i, gap
		}
	}
	return which, least
}

func nextDoor(doors []door, i int) float64 {
	least := math.Inf(1)
	for j, d := range doors {
		if j != i {
			least = min(least, d.at.to(doors[i].at))
		}
	}
	return least
}

func (h heard) entrances(doors []door, o Options) (es []Entrance) {
	for _, d := range doors {
		sigma := max(float64(o.FloorSigma), pooled(d.marks, len(d.marks)))
		es = append(es, Entrance{h.point(d.at), geo.Meters(sigma), len(d.marks), d.voices})
	}
	return es
}
