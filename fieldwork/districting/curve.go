package districting

import (
	"context"

	"rounds/routing/territory"
)

// CurvePoint is the best balance that was found for so much change.
type CurvePoint struct {
	Most   float64            `json:"most"`  // share of the first measure that might change hands
	Moved  float64            `json:"moved"` // that does
	Worst  map[string]float64 `json:"worst"` // of each measure, the largest deviation
	D2     float64            `json:"d2"`    // m²
	Mean   float64            `json:"mean_distance_m"`
	Broken int                `json:"broken"`
	Met    bool               `json:"met"`
}

const curvePoints = 10

// Curve is balance against change, in ten points up to the change that it takes to balance today's territories, each with a tenth of
// the options' iterations or time. More change is never balanced worse. Nil where nobody has a territory today.
func (r *Region) Curve(ctx context.Context, o territory.Options) []CurvePoint {
	var points []CurvePoint
	for _, found := range territory.Curve(ctx, r.Problem, curvePoints, o) {
		a := r.Answer(found.Plan)
		point := CurvePoint{
			Most: float64(found.MostChange) / millionths, Worst: map[string]float64{},
			D2: a.After.D2, Mean: a.After.MeanDistance, Broken: a.After.Broken, Met: a.Met,
		}
		for _, m := range a.Measures {
			point.Worst[m.Name] = m.After
		}
		if a.Change != nil {
			point.Moved = a.Change.Moved
		}
		points = append(points, point)
	}
	return points
}
