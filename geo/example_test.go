package geo_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"rounds/geo"
)

// Somebody says to be at a kiosk on Hangzhou's Broken Bridge, and is at the
// Leifeng Pagoda across the lake.
func ExampleJudge() {
	tap := time.Date(2026, 3, 4, 2, 30, 0, 0, time.UTC)
	brokenBridge := geo.Pin{Point: orb.Point{120.1468, 30.2597}, Sigma: 10, Source: geo.Learned, Version: 3}
	leifengPagoda := geo.Fix{
		Point: orb.Point{120.1445, 30.2330}, Datum: geo.WGS84,
		Accuracy: 12, AccuracyKind: geo.Android68, Source: geo.SourceGPS,
		Time: tap.Add(-15 * time.Second),
	}
	v := geo.Judge(geo.PlainPolicy(), geo.Measure(geo.Evidence{
		Pin: &brokenBridge, Fixes: []geo.Fix{leifengPagoda}, At: tap,
	}))
	fmt.Printf("%s %v: %.0f m away, good to %.0f m\n", v.Outcome, v.Reasons, *v.Distance, *v.A95)
	// Output:
	// elsewhere [far_outside outside_radius]: 2968 m away, good to 31 m
}

// What is kept once the position is gone.
func ExampleMeasure() {
	tap := time.Date(2026, 3, 4, 2, 30, 0, 0, time.UTC)
	m := geo.Measure(geo.Evidence{
		Pin: &geo.Pin{Point: orb.Point{120.1468, 30.2597}, Sigma: 10, Source: geo.Learned, Version: 3},
		Fixes: []geo.Fix{{
			Point: orb.Point{120.1468, 30.2597}, Datum: geo.WGS84,
			Accuracy: 10, AccuracyKind: geo.Web95, Source: geo.SourceFused, Time: tap.Add(-15 * time.Second),
		}},
		At: tap,
	})
	b, _ := json.MarshalIndent(m, "", "  ")
	fmt.Println(string(b))
	// Output:
	// {
	//   "has_pin": true,
	//   "pin_version": 3,
	//   "pin_source": "learned",
	//   "pin_sigma_m": 10,
	//   "at": "2026-03-04T02:30:00Z",
	//   "fixes": [
	//     {
	//       "n": 0,
	//       "distance_m": 0,
	//       "fix_sigma_m": 4.08538982653635,
	//       "accuracy_m": 10,
	//       "accuracy_kind": "web_95",
	//       "age_s": 15,
	//       "fix_time": "2026-03-04T02:29:45Z",
	//       "source": "fused",
	//       "datum": "wgs84",
	//       "mock": false
	//     }
	//   ]
	// }
}

// The same distance and radius, measured well and badly.
func ExamplePInside() {
	for _, sigma := range []geo.Meters{5, 40, 300} {
		fmt.Printf("σ %3.0f m: %.3f\n", sigma, geo.PInside(80, sigma, 100))
	}
	// Output:
	// σ   5 m: 1.000
	// σ  40 m: 0.606
	// σ 300 m: 0.052
}
