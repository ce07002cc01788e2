package geo_test

import (
	"math"
	"testing"

	"rounds/geo"

	"github.com/paulmach/orb"
)

func TestPolylines(t *testing.T) {
	t.Parallel()
	line := orb.LineString{{-120.2, 38.5}, {-120.95, 40.7}, {-126.453, 43.252}} // the example of the format's description
	if got := geo.Polyline(line); got != "_p~iF~ps|U_ulLnnqC_mqNvxq`@" {
		t.Errorf("%s", got)
	}
	back, ok := geo.ParsePolyline(geo.Polyline(line), geo.PolylineDecimals)
	if !ok || len(back) != 3 || math.Abs(back[2].Lon()+126.453) > 1e-9 {
		t.Errorf("%v", back)
	}
	for _, text := range []string{"_", "_p~iF", "\x00\x00", "~~~~~~~~~~~~~~~~~~~~~~"} {
		if line, ok := geo.ParsePolyline(text, 5); ok {
			t.Errorf("%q: %v", text, line)
		}
	}
}
