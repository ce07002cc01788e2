package fieldwork

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"rounds"
	"rounds/routing/territory"

	"github.com/paulmach/orb"
)

// Tolerances that little change meets are met by a search that nobody gave iterations or seconds.
func TestASearchIsLongEnoughIfNobodySaysHowLong(t *testing.T) {
	t.Parallel()
	const n, k = 800, 8
	tolerance := 0.05
	ask := rounds.CutAsk{Measures: []rounds.CutMeasure{
		{Name: rounds.MeasureRetailers, Tolerance: &tolerance}, {Name: rounds.MeasureWorkload, Tolerance: &tolerance},
	}}
	for city := range uint64(3) {
		random := rand.New(rand.NewPCG(city, 0))
		var territories []rounds.CutTerritory
		for i := range k {
			territories = append(territories, rounds.CutTerritory{N: i, Name: fmt.Sprint("T", i), Fate: rounds.CutStays, Share: 1})
		}
		retailers := make([]rounds.CutRetailer, n)
		for i := range retailers {
			was := i * k / n // stripes of as many retailers each, and of a little more work in every third
			retailers[i] = rounds.CutRetailer{
				N: i, RetailerID: rounds.NewID[rounds.Retailer](), Code: fmt.Sprintf("R%04d", i), Was: was, Lock: rounds.NoTerritory,
				At:    orb.Point{120 + 0.1*(float64(was)+random.Float64())/k, 30 + 0.1*random.Float64()},
				Loads: []float64{1, float64(20 + random.IntN(3)*10 + 2*(was%3))},
			}
		}
		c, faults := newCut(ask, territories, retailers)
		if c.region == nil {
			t.Fatal(textOf(faults))
		}
		_, of := c.solve(context.Background(), ask, territory.Options{Seed: 1, Iterations: iterationsFor(ask, n)})
		_, answer, _, err := figuresOf(c.region, of, nil)
		if err != nil || !answer.Met {
			t.Errorf("city %d: %v %+v", city, err, answer.Measures)
		}
	}
}
