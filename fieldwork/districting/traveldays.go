package districting

import (
	"context"
	"math"

	"rounds/routing"
	"rounds/routing/plane"
	"rounds/routing/territory"
)

// tours plans four weeks of a territory and says how long their ways are, from home and back each day. outside is how much of them the
// distances from home to the places of the days were expected to be.
func (w *ways) tours(ctx context.Context, units []int32, home plane.Point) (minutes, outside int64) {
	for _, day := range w.month(ctx, units, home) {
		if len(day) == 0 {
			continue
		}
		nearest, farthest := int64(math.MaxInt64), int64(0)
		for _, i := range day {
			far := w.leg(home, w.Problem.Units[i].At)
			nearest, farthest = min(nearest, far), max(farthest, far)
		}
		outside += int64(2 * (toNearest*float64(nearest) + toFarthest*float64(farthest)))
		_, way := w.tour(ctx, day, home)
		minutes += way
	}
	return minutes, outside
}

// month is who is visited on which of its working days, as a territory may be worked: a part of it for each weekday, as long as the
// others; the places of a part visited every week, every second or every fourth, those of one week beside each other.
func (w *ways) month(ctx context.Context, units []int32, home plane.Point) [][]int32 {
	days := make([][]int32, weeks*w.Days)
	for d, part := range w.weekdays(ctx, units) {
		order, _ := w.tour(ctx, part, home)
		w.share(order, d, days)
	}
	return days
}

// weekdays parts a territory, each weekday about as long as the others.
func (w *ways) weekdays(ctx context.Context, units []int32) [][]int32 {
	if len(units) <= w.Days {
		parts := make([][]int32, w.Days)
		for d, i := range units {
			parts[d] = []int32{i}
		}
		return parts
	}
	p := territory.Problem{Measures: []territory.Measure{{Tolerance: 20_000}}}
	for range w.Days {
		p.Territories = append(p.Territories, territory.Territory{Share: 1})
	}
	for _, i := range units {
		p.Units = append(p.Units, territory.Unit{
			At: w.Problem.Units[i].At, Loads: []int64{w.service[i] + 1}, Today: territory.None, Lock: territory.None,
		})
	}
	parts := members(territory.Balance(ctx, p, territory.Options{Seed: 1, Iterations: dayTries * len(units)}).Of, w.Days)
	for _, part := range parts {
		for k, at := range part {
			part[k] = units[at]
		}
	}
	return parts
}

// dayTries is how many changes are tried for each place.
const dayTries = 50

// share puts the places of a weekday, in the order of a tour through all of them, into its weeks. Of places visited alike often those
// along one stretch of the tour, each stretch with as much to do, have the same weeks; who is visited more often than every
// week is visited on other weekdays too.
func (w *ways) share(order []int32, weekday int, days [][]int32) {
	all, sofar := map[float64]float64{}, map[float64]float64{}
	work := func(i int32) float64 { return float64(w.service[i] + 1) }
	for _, i := range order {
		all[w.visits[i]] += work(i)
	}
	for _, i := range order {
		v := w.visits[i]
		phase := (sofar[v] + work(i)/2) / all[v]
		sofar[v] += work(i)
		for week := range weeks {
			in := week
			if v <= 1 { // of neighbouring stretches every second week, as of those visited twice
				in = [weeks]int{0, 2, 1, 3}[week]
			}
			visits := int(math.Floor(v*float64(week+1)/weeks+phase) - math.Floor(v*float64(week)/weeks+phase))
			visits = min(visits, w.Days)
			for k := range visits {
				day := in*w.Days + (weekday+k*w.Days/visits)%w.Days
				days[day] = append(days[day], i)
			}
		}
	}
}

// tour is a short way from home through all the places and back.
func (w *ways) tour(ctx context.Context, places []int32, home plane.Point) (order []int32, minutes int64) {
	points := []plane.Point{home}
	for _, i := range places {
		points = append(points, w.Problem.Units[i].At)
	}
	cost := func(i, j int) routing.Cost { return routing.Cost(w.leg(points[i], points[j])) }
	p := routing.Problem{Start: 0, End: 0}
	if len(points) <= mostTable {
		p.Matrix = routing.NewSymmetric(len(points), cost)
	} else {
		p.Matrix = routing.ComputedSymmetric(len(points), cost)
	}
	for _, at := range points {
		p.Points = append(p.Points, routing.Point{X: int32(at.X), Y: int32(at.Y)})
	}
	t := routing.Solve(ctx, p, routing.Options{Seed: 1, Kicks: tourKicks})
	for _, k := range t.Order[1:] {
		order = append(order, places[k-1])
	}
	return order, int64(t.Cost)
}

const (
	mostTable = 2000
	tourKicks = 20
)
