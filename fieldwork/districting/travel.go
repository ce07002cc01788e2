package districting

import (
	"math"

	"rounds/routing/plane"
	"rounds/routing/territory"
)

// Travel is how people get from place to place, and how often: what minutes on the way are reckoned by.
type Travel struct {
	Measure int       // of the city's, minutes in four weeks: those on the way are added to it
	Visits  []float64 // in four weeks, to each place as it was given
	Speed   float64   // km/h along streets, which are 1.35 times as long as the straight line
	Days    int       // on which people work in a week, 1 to 7
}

const (
	detour = 1.35
	weeks  = 4
	// Found on invented cities: a way between two visits of a day is about so many times as long as the side of the square that each has to
	// itself. Once there are days, that is so many times as long, and each day adds so much of twice the way from home to its
	// nearest and to its farthest place.
	betweenVisits = 0.83
	withinDay     = 0.47
	toNearest     = 0.50
	toFarthest    = 0.75
)

// ways reckons minutes on the way, in thousandths.
type ways struct {
	*Region
	Travel
	visits  []float64 // to each unit, in four weeks
	pace    float64   // thousandths of a minute for each decimetre of a straight line
	service []int64   // of each unit, thousandths of a minute in four weeks
}

func newWays(r *Region, t Travel) *ways {
	w := &ways{Region: r, Travel: t, visits: Units(r, t.Visits), service: make([]int64, len(t.Visits))}
	const minutesAnHour, decimetresAKilometre = 60, 10_000
	w.pace = 1000 * minutesAnHour * detour / (t.Speed * decimetresAKilometre)
	for i, u := range r.Problem.Units {
		w.service[i] = u.Loads[t.Measure] * 1000 / r.scales[t.Measure]
	}
	return w
}

// Spacing is what a visit to each unit adds to the ways of four weeks, in thousandths of a minute: by how far those who are visited on one
// day lie apart around it. Sums over any territory come near its real ways before there is one: L ≈ κ·√(A·n) of each small part (J. Beardwood,
// J. H. Halton and J. M. Hammersley, 1959).
func (r *Region) Spacing(t Travel) []int64 { return newWays(r, t).spacing() }

func (w *ways) spacing() []int64 {
	areas, beside, minutes := w.mesh.Areas(), w.mesh.Beside(), make([]int64, len(w.visits))
	for i := range minutes {
		area, visits := areas[i], w.visits[i]
		for _, j := range beside.Of(i) {
			area, visits = area+areas[j], visits+w.visits[j]
		}
		if w.visits[i] > 0 {
			minutes[i] = int64(math.Round(w.visits[i] * betweenVisits * math.Sqrt(weeks*area/visits) * w.pace))
		}
	}
	return minutes
}

// home is where whoever works a territory starts from: the home it has, or its middle.
func (w *ways) home(t int, units []int32) plane.Point {
	if home := w.Problem.Territories[t].Home; home != nil {
		return *home
	}
	var x, y int64
	for _, i := range units {
		x, y = x+w.Problem.Units[i].At.X, y+w.Problem.Units[i].At.Y
	}
	n := int64(max(1, len(units)))
	return plane.Point{X: x / n, Y: y / n}
}

// leg is how long the way between two points takes.
func (w *ways) leg(a, b plane.Point) int64 {
	x, y := float64(a.X-b.X), float64(a.Y-b.Y)
	return int64(math.Round(math.Sqrt(x*x+y*y) * w.pace))
}

// members are the units of each territory.
func members(of []int32, territories int) [][]int32 {
	units := make([][]int32, territories)
	for i, t := range of {
		if t != territory.None {
			units[t] = append(units[t], int32(i))
		}
	}
	return units
}
