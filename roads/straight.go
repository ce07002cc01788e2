package roads

import (
	"context"
	"math"
	"slices"

	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// What is known of ways between points without roads: how far apart the points lie is the sign of town or country. A
// point's spread is the mean distance to its five nearest others, counting 600 m for each that there is not. From 200 m
// (a dense centre) to 5 km (the country), by its logarithm, the detour falls from 1.4 to 1.2 and the speed rises from the
// profile's slow to its fast. A leg takes the mean detour and pace of its ends; what is beyond 10 km of it goes at the
// profile's far speed.
const (
	spreadOf     = 5
	spreadAlone  = 600.0
	spreadDense  = 200.0
	spreadThin   = 5000.0
	detourDense  = 1.4
	detourThin   = 1.2
	nearby       = 10_000.0
	halfTheEarth = 20_100_000.0 // nothing is farther away, m
)

// pace is how fast a profile is on average, waits and turns included, in km/h.
type pace struct{ slow, fast, far float64 }

var paces = map[string]pace{
	"car":           {18, 55, 60},
	"motor_scooter": {18, 40, 40},
	"foot":          {5, 5, 5},
}

// straightLines are the points of a table, and what they say of the ways between them.
type straightLines struct {
	points  []orb.Point
	detours []float64
	paces   []float64 // seconds a metre
	far     float64   // likewise
}

func newStraightLines(p Profile, points []orb.Point) *straightLines {
	speed, ok := paces[p.Name]
	if !ok {
		speed = paces["car"]
	}
	s := &straightLines{
		points: slices.Clone(points), far: 3.6 / speed.far,
		detours: make([]float64, len(points)), paces: make([]float64, len(points)),
	}
	for i, spread := range spreads(points) {
		thin := math.Log(spread/spreadDense) / math.Log(spreadThin/spreadDense)
		thin = max(0, min(1, thin))
		s.detours[i] = detourDense + thin*(detourThin-detourDense)
		s.paces[i] = 3.6 / (speed.slow + thin*(speed.fast-speed.slow))
	}
	return s
}

// spreads is how far from others each point lies.
func spreads(points []orb.Point) []float64 {
	near := make([][spreadOf]float64, len(points)) // ascending
	for i := range near {
		near[i] = [spreadOf]float64{spreadAlone, spreadAlone, spreadAlone, spreadAlone, spreadAlone}
		if len(points) > spreadOf {
			near[i] = [spreadOf]float64{math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)}
		}
	}
	known := make([]int, len(points))
	note := func(i int, d float64) {
		if len(points) <= spreadOf {
			near[i][known[i]] = d
			known[i]++
			return
		}
		for k := range near[i] {
			if d < near[i][k] {
				d, near[i][k] = near[i][k], d
			}
		}
	}
	for i, a := range points {
		for j, b := range points[:i] {
			if d := float64(geo.Distance(a, b)); d <= halfTheEarth {
				note(i, d)
				note(j, d)
			}
		}
	}
	means := make([]float64, len(points))
	for i, five := range near {
		for _, d := range five {
			means[i] += min(d, halfTheEarth) / spreadOf
		}
	}
	return means
}

// leg is the whole seconds and metres of a straight line with its detour.
func (s *straightLines) leg(i, j int) (seconds, meters int32) {
	if i == j {
		return 0, 0
	}
	d := float64(geo.Distance(s.points[i], s.points[j]))
	if !(d <= halfTheEarth) {
		return int32(routing.Unreachable), int32(routing.Unreachable)
	}
	way := d * (s.detours[i] + s.detours[j]) / 2
	near := min(way, nearby)
	took := near*(s.paces[i]+s.paces[j])/2 + (way-near)*s.far
	return int32(math.Round(took)), int32(math.Round(way))
}

// table is all legs.
func (s *straightLines) table(ctx context.Context) (*Table, error) {
	t := newTable(SourceStraight, s)
	n := t.Len()
	t.meters = make([]int32, n*n)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for j := range i {
			seconds, meters := s.leg(i, j)
			t.seconds[i*n+j], t.seconds[j*n+i] = seconds, seconds
			t.meters[i*n+j], t.meters[j*n+i] = meters, meters
		}
	}
	return t, nil
}
