package fieldwork

import (
	"testing"
	"time"

	"rounds"
	"rounds/routing/territory"
)

// Half of the seconds is the search's, and the rest is the curve's, however long the search took.
func TestACurveKeepsTheTimeLimit(t *testing.T) {
	t.Parallel()
	near := func(a, b float64) bool { return a > b-0.02 && a < b+0.02 }
	for _, tt := range []struct{ gone, search float64 }{{0, 0}, {0.25, 0.5}, {0.5, 1}, {0.75, 1.5}} {
		w := &cutWatch{begun: time.Now().Add(-time.Duration(tt.gone * float64(time.Hour))), ask: rounds.CutAsk{Seconds: 3600, Curve: true}}
		curve := w.curveOptions()
		if got := w.options().Spent(); !near(got, tt.search) {
			t.Errorf("after %g of the time %g of the search is over", tt.gone, got)
		}
		if got := curve.Spent(); !near(got, 0) {
			t.Errorf("after %g of the time %g of the curve is over", tt.gone, got)
		}
		w.begun = w.begun.Add(-time.Duration((1 - tt.gone) * float64(time.Hour)))
		if got := curve.Spent(); !near(got, 1) {
			t.Errorf("at the end %g of the curve is over", got)
		}
	}
}

// Progress never goes back, from cut to cut, and from point to point of a curve.
func TestProgressCountsAllSearches(t *testing.T) {
	t.Parallel()
	w := &cutWatch{begun: time.Now(), iterations: 100, ask: rounds.CutAsk{Curve: true, Travel: &rounds.CutTravel{}}}
	last := -1
	report := func(to territory.Options, iterations int) {
		to.Report(territory.Progress{Iterations: iterations})
		if now := w.latest.Load().Iterations; now < last {
			t.Errorf("%d after %d", now, last)
		} else {
			last = now
		}
	}
	search := w.options()
	for range 3 {
		report(search, 0)
		report(search, 50)
		report(search, 100)
	}
	curve := w.curveOptions()
	for range 10 {
		report(curve, 0)
		report(curve, 10)
	}
	if last != 400 || w.iterations*w.cuts() != 400 {
		t.Errorf("%d of %d", last, w.iterations*w.cuts())
	}
}
