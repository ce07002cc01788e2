package roster

import (
	"math"
	"slices"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// A pin is far from the others when it is five times as far from their middle as nine tenths of them, or
// one and a half times as far and alone: fewer than three others within 50 km. On four registers of real
// shops this finds the pins that were put into other states or countries, and no remote shop.
const (
	crowdSize  = 10      // pins it takes to say what is far
	leastReach = 100_000 // metres: nothing nearer is far, however close together the others are
	alone      = 50_000  // metres
	company    = 3       // others within that distance
	reachTimes = 1.5     // of the distance that nine tenths keep, for a pin that is alone
	farTimes   = 5       // the same for one in company
)

// crowd is where a file's pins are, together. A nil crowd finds nothing far.
type crowd struct {
	middle orb.Point
	usual  float64 // metres from the middle that nine tenths of the pins keep
	cells  map[cell][]orb.Point
}

func crowdOf(points []orb.Point) *crowd {
	if len(points) < crowdSize {
		return nil
	}
	c := &crowd{middle: middle(points), cells: map[cell][]orb.Point{}}
	distances := make([]float64, len(points))
	for i, p := range points {
		distances[i] = float64(c.distance(p))
		c.cells[cellOf(p)] = append(c.cells[cellOf(p)], p)
	}
	slices.Sort(distances)
	c.usual = distances[(len(distances)-1)*9/10]
	return c
}

func (c *crowd) distance(p orb.Point) geo.Meters { return geo.Distance(c.middle, p) }

// near reports whether p is where most pins are, or little beyond.
func (c *crowd) near(p orb.Point) bool {
	return c == nil || float64(c.distance(p)) <= max(leastReach, reachTimes*c.usual)
}

func (c *crowd) far(p orb.Point) bool {
	if c.near(p) {
		return false
	}
	return float64(c.distance(p)) > farTimes*c.usual || c.isAlone(p)
}

// isAlone counts the pins within 50 km of one of them, until it has company.
func (c *crowd) isAlone(p orb.Point) bool {
	others := -1 // p itself
	for neighbour := range cellOf(p).around {
		for _, q := range c.cells[neighbour] {
			if geo.Distance(p, q) <= alone {
				others++
			}
			if others >= company {
				return false
			}
		}
	}
	return true
}

// cell is a cube of 50 km edge in space: points less than that apart are in the same or in touching cubes,
// at the poles and at 180° as anywhere.
type cell [3]int

func cellOf(p orb.Point) cell {
	const edges = 6_300_000.0 / alone // a little less than any radius of curvature, so that no cube is too small
	var c cell
	for axis, x := range direction(p) {
		c[axis] = int(math.Floor(x * edges))
	}
	return c
}

// around yields the cell and the 26 that touch it.
func (c cell) around(yield func(cell) bool) {
	for i := range 27 {
		if !yield(cell{c[0] + i/9 - 1, c[1] + i/3%3 - 1, c[2] + i%3 - 1}) {
			return
		}
	}
}

// direction is the unit vector from the Earth's middle, taken as a sphere.
func direction(p orb.Point) [3]float64 {
	sinLat, cosLat := math.Sincos(p.Lat() * math.Pi / 180)
	sinLon, cosLon := math.Sincos(p.Lon() * math.Pi / 180)
	return [3]float64{cosLat * cosLon, cosLat * sinLon, sinLat}
}

// middle is the point below the median of each axis in space: wrong pins do not move it, and it does not
// mind where longitudes wrap.
func middle(points []orb.Point) orb.Point {
	var m [3]float64
	axis := make([]float64, len(points))
	for k := range m {
		for i, p := range points {
			axis[i] = direction(p)[k]
		}
		slices.Sort(axis)
		m[k] = axis[len(axis)/2]
	}
	lat := math.Atan2(m[2], math.Hypot(m[0], m[1]))
	return orb.Point{math.Atan2(m[1], m[0]) * 180 / math.Pi, lat * 180 / math.Pi}
}
