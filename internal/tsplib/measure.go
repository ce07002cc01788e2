package tsplib

import (
	"fmt"
	"math"
)

// A measure makes costs of coordinates, by the formulas of TSPLIB 95, section 2; and points on a plane.
type measure struct {
	check func(x, y float64) error
	cost  func(places [][2]float64) (cost func(i, j int) int64, plane [][2]float64)
}

var measures = map[string]measure{
	"EUC_2D":  {cost: onPlane(func(square float64) int64 { return int64(math.Sqrt(square) + 0.5) })},
	"CEIL_2D": {cost: onPlane(func(square float64) int64 { return int64(math.Ceil(math.Sqrt(square))) })},
	"ATT":     {cost: onPlane(func(square float64) int64 { return int64(math.Ceil(math.Sqrt(square / 10))) })},
	"GEO":     {check: onEarth, cost: geographic},
}

func onPlane(round func(square float64) int64) func([][2]float64) (func(i, j int) int64, [][2]float64) {
	return func(places [][2]float64) (func(i, j int) int64, [][2]float64) {
		return func(i, j int) int64 {
			dx, dy := places[i][0]-places[j][0], places[i][1]-places[j][1]
			return round(dx*dx + dy*dy)
		}, places
	}
}

func onEarth(lat, lon float64) error {
	if math.Abs(lat) > 90 || math.Abs(lon) > 180 {
		return fmt.Errorf("latitude %g, longitude %g is no place on Earth", lat, lon)
	}
	return nil
}

// TSPLIB's own π and radius of the Earth: the optima are by these.
const (
	pi     = 3.141592
	radius = 6378.388
)

// geographic is in whole kilometres, rounded up past the next: two nodes at one place are 1 apart.
func geographic(places [][2]float64) (func(i, j int) int64, [][2]float64) {
	n := len(places)
	lat, lon, plane := make([]float64, n), make([]float64, n), make([][2]float64, n)
	var middle float64
	for i, p := range places {
		lat[i], lon[i] = radians(p[0]), radians(p[1])
		middle += lat[i] / float64(n)
	}
	for i := range places {
		plane[i] = [2]float64{lon[i] * math.Cos(middle), lat[i]}
	}
	return func(i, j int) int64 {
		q1 := math.Cos(lon[i] - lon[j])
		q2 := math.Cos(lat[i] - lat[j])
		q3 := math.Cos(lat[i] + lat[j])
		cos := ((1+q1)*q2 - (1-q1)*q3) / 2
		return int64(radius*math.Acos(max(-1, min(1, cos))) + 1)
	}, plane
}

// radians are of degrees with minutes behind the point.
func radians(x float64) float64 {
	degrees := math.Trunc(x)
	return pi * (degrees + 5*(x-degrees)/3) / 180
}
