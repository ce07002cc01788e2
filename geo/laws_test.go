package geo_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"rounds/geo"
)

// aPolicy draws a usable policy.
func aPolicy() *rapid.Generator[geo.Policy] {
	return rapid.Custom(func(t *rapid.T) geo.Policy {
		return geo.Policy{
			Version: rapid.IntRange(0, 9).Draw(t, "version"), Kind: geo.Plain,
			Radius:    geo.Meters(rapid.Float64Range(1, 1000).Draw(t, "radius")),
			MaxFixAge: geo.Seconds(rapid.Float64Range(1, 1000).Draw(t, "max age")),
		}
	})
}

// anAccuracy draws what phones send: good, poor, useless and broken.
func anAccuracy() *rapid.Generator[geo.Meters] {
	return rapid.Map(rapid.OneOf(rapid.Float64Range(0.1, 300), rapid.Float64(),
		rapid.SampledFrom([]float64{0, -1, 5e-324, math.MaxFloat64, math.NaN(), math.Inf(1)})),
		func(a float64) geo.Meters { return geo.Meters(a) })
}

// aFix draws a fix near a place, or anywhere, or nowhere.
func aFix(near orb.Point) *rapid.Generator[geo.Fix] {
	return rapid.Custom(func(t *rapid.T) geo.Fix {
		f := geo.Fix{
			Accuracy: anAccuracy().Draw(t, "accuracy"),
			AccuracyKind: rapid.SampledFrom([]geo.AccuracyKind{
				geo.Android68, geo.IOS, geo.Web95, geo.UnknownKind, "",
			}).Draw(t, "kind"),
			Source: rapid.SampledFrom([]geo.FixSource{geo.SourceGPS, geo.SourceCell, ""}).Draw(t, "source"),
			Datum:  rapid.SampledFrom([]geo.Datum{geo.WGS84, geo.GCJ02, geo.BD09, ""}).Draw(t, "datum"),
			Time:   tap.Add(time.Duration(rapid.IntRange(-300, 300).Draw(t, "age")) * time.Second),
			Mock:   rapid.Bool().Draw(t, "mock"),
		}
		east, north := rapid.Float64Range(-400, 400), rapid.Float64Range(-400, 400)
		switch rapid.IntRange(0, 9).Draw(t, "where") {
		case 0:
			f.Point = anywhere().Draw(t, "point")
		case 1:
			f.Point = orb.Point{rapid.Float64().Draw(t, "lon"), rapid.Float64().Draw(t, "lat")}
		case 2:
			f.Point = orb.Point{math.NaN(), math.Inf(1)}
		default:
			f.Point = geo.FromWGS84(metersFrom(near, east.Draw(t, "east"), north.Draw(t, "north")), f.Datum)
		}
		return f
	})
}

// someEvidence draws evidence at a mainland place or anywhere on Earth.
func someEvidence() *rapid.Generator[geo.Evidence] {
	return rapid.Custom(func(t *rapid.T) geo.Evidence {
		place := shop
		if rapid.Bool().Draw(t, "abroad") {
			place = anywhere().Draw(t, "place")
		}
		e := geo.Evidence{
			Pin:    &geo.Pin{Point: place, Sigma: anAccuracy().Draw(t, "pin sigma"), Version: 2},
			Radius: rapid.SampledFrom([]geo.Meters{0, 50, 250, -1, nan}).Draw(t, "own radius"),
			Fixes:  rapid.SliceOfN(aFix(place), 0, 4).Draw(t, "fixes"),
			At:     tap,
		}
		if rapid.IntRange(0, 9).Draw(t, "pinless") == 0 {
			e.Pin = nil
		}
		return e
	})
}

func radiusOf(p geo.Policy, e geo.Evidence) geo.Meters {
	if e.Radius > 0 {
		return e.Radius
	}
	return p.Radius
}

func TestNothingOutsideTheRadiusIsAtTheRetailer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, e := aPolicy().Draw(t, "policy"), someEvidence().Draw(t, "evidence")
		v := geo.Judge(p, geo.Measure(e))
		if v.Outcome != geo.AtRetailer {
			return
		}
		for _, f := range e.Fixes {
			if geo.Distance(geo.ToWGS84(f.Point, f.Datum), e.Pin.Point) <= radiusOf(p, e) {
				return
			}
		}
		t.Fatalf("credited with every fix outside: %v", v)
	})
}

func TestInflatingTheAccuracyNeverHelps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, e := aPolicy().Draw(t, "policy"), someEvidence().Draw(t, "evidence")
		before := geo.Judge(p, geo.Measure(e))
		for i := range e.Fixes {
			if a := &e.Fixes[i].Accuracy; *a > 0 {
				*a *= geo.Meters(rapid.Float64Range(1, 1e6).Draw(t, "factor"))
			}
		}
		after := geo.Judge(p, geo.Measure(e))
		if after.Outcome == geo.AtRetailer && before.Outcome != geo.AtRetailer {
			t.Fatalf("%v became %v", before, after)
		}
	})
}

// Law of replay: what is stored is enough to take the verdict again.
func TestVerdictReplaysFromJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, m := aPolicy().Draw(t, "policy"), geo.Measure(someEvidence().Draw(t, "evidence"))
		again := geo.Judge(throughJSON(t, p), throughJSON(t, m))
		if diff := cmp.Diff(geo.Judge(p, m), again); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(again, throughJSON(t, again)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func throughJSON[T any](t interface{ Fatal(...any) }, in T) (out T) {
	b, err := json.Marshal(in)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Judge is total: whatever has become of the measurements, there is a verdict
// that JSON can hold, and nothing broken places anybody at the retailer.
func TestJudgeIsTotal(t *testing.T) {
	number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{-1, 0, 1e308, math.NaN(), math.Inf(1), math.Inf(-1)}))
	rapid.Check(t, func(t *rapid.T) {
		meters := func(name string) *geo.Meters { return new(geo.Meters(number.Draw(t, name))) }
		good, age := geo.Meters(1), geo.Seconds(number.Draw(t, "age"))
		m := geo.Measured{HasPin: true, PinSigma: &good, Fixes: []geo.MeasuredFix{{Distance: &good, Sigma: &good, Age: &age}}}
		switch rapid.IntRange(0, 3).Draw(t, "broken") {
		case 0:
			m.PinSigma = meters("pin")
		case 1:
			m.Fixes[0].Distance = meters("distance")
		case 2:
			m.Fixes[0].Sigma = meters("sigma")
		case 3:
			m.Radius = meters("radius")
		}
		v := geo.Judge(geo.DefaultPolicy(), m)
		throughJSON(t, v)
		if v.Outcome == geo.AtRetailer && !(*v.Distance >= 0 && *v.Distance <= *v.Radius && *v.A95 <= *v.Radius) {
			t.Fatalf("credited: %v", v)
		}
	})
}

// A verdict may not depend on which datum a phone writes in, unless a threshold
// lies within the two centimetres that conversion may cost.
func TestVerdictIsTheSameInEveryDatum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, place := aPolicy().Draw(t, "policy"), wellInside(t)
		there := metersFrom(place, rapid.Float64Range(-300, 300).Draw(t, "east"), rapid.Float64Range(-300, 300).Draw(t, "north"))
		e := atTheDoor()
		e.Pin.Point = place
		verdict := func(d geo.Datum) geo.Verdict {
			e.Fixes[0].Datum, e.Fixes[0].Point = d, geo.FromWGS84(there, d)
			return geo.Judge(p, geo.Measure(e))
		}
		want := verdict(geo.WGS84)
		d, r := *want.Distance, *want.Radius
		if near := geo.Meters(0.02); abs(d-r) < near || abs(d-r-*want.A95) < near {
			t.Skip("on a threshold")
		}
		for _, datum := range []geo.Datum{geo.GCJ02, geo.BD09} {
			got := verdict(datum)
			if abs(*got.Distance-d) > 0.001 || got.Outcome != want.Outcome || !cmp.Equal(got.Reasons, want.Reasons) {
				t.Fatalf("%s: %v, wgs84: %v", datum, got, want)
			}
		}
	})
}

func abs(m geo.Meters) geo.Meters { return geo.Meters(math.Abs(float64(m))) }

// The scene of TestJudge's first rows, put up at the ends of the Earth.
func TestPolesAndAntimeridianAreLikeOtherPlaces(t *testing.T) {
	for name, place := range map[string]orb.Point{
		"Hangzhou": shop, "the equator": {120, 0}, "Fiji, on 180° east": {180, -16.5}, "Fiji, on 180° west": {-180, -16.5},
		"the North Pole": {120, 90}, "the South Pole": {120, -90}, "just off the South Pole": {-60, -89.9999},
	} {
		for _, c := range []struct {
			meters  float64
			outcome geo.Outcome
		}{{0, geo.AtRetailer}, {20, geo.AtRetailer}, {99, geo.AtRetailer}, {102, geo.Undecided}, {140, geo.Elsewhere}} {
			for bearing := 0.0; bearing < 360; bearing += 45 {
				e := atTheDoor()
				e.Pin.Point, e.Fixes[0].Point = lineFrom(place, bearing, c.meters)
				if v := geo.Judge(geo.DefaultPolicy(), geo.Measure(e)); v.Outcome != c.outcome {
					t.Errorf("%s, %v m, bearing %v: %s %v at %v", name, c.meters, bearing, v.Outcome, v.Reasons, *v.Distance)
				}
			}
		}
	}
}

func TestMeasuredHoldsNoPosition(t *testing.T) {
	b, err := json.Marshal(geo.Measure(atTheDoor()))
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{"120.1", "30.25", "lat", "lon", "2026"} {
		if strings.Contains(string(b), trace) {
			t.Errorf("%q is in %s", trace, b)
		}
	}
}

// FuzzJudge looks for anything that is not a verdict: a panic, a credit that is
// not due, a number that JSON cannot hold.
func FuzzJudge(f *testing.F) {
	f.Add(120.1536, 30.2553, 120.1536, 30.2553, 8.0, 10.0, 0.0, 100.0, 120.0, int64(10), "android_68", "wgs84")
	f.Add(math.NaN(), 91.0, 0.0, 0.0, -1.0, math.NaN(), -1.0, 100.0, 120.0, int64(-1), "ios", "gcj02")
	f.Add(180.0, -90.0, -180.0, 90.0, 5e-324, 0.0, 1e308, 5e-324, 1e308, int64(math.MaxInt64), "web_95", "bd09")
	f.Fuzz(func(t *testing.T, lon, lat, pinLon, pinLat, accuracy, pinSigma, own, radius, maxAge float64, age int64, kind, datum string) {
		p := geo.Policy{Kind: geo.Plain, Radius: geo.Meters(radius), MaxFixAge: geo.Seconds(maxAge)}
		e := geo.Evidence{
			Pin:    &geo.Pin{Point: orb.Point{pinLon, pinLat}, Sigma: geo.Meters(pinSigma)},
			Radius: geo.Meters(own),
			Fixes: []geo.Fix{{
				Point: orb.Point{lon, lat}, Datum: geo.Datum(datum), Time: tap.Add(time.Duration(age)),
				Accuracy: geo.Meters(accuracy), AccuracyKind: geo.AccuracyKind(kind),
			}},
			At: tap,
		}
		m := geo.Measure(e)
		v := geo.Judge(p, m)
		if diff := cmp.Diff(v, geo.Judge(p, throughJSON(t, m))); diff != "" {
			t.Fatal(diff)
		}
		throughJSON(t, v)
		d := geo.Distance(geo.ToWGS84(e.Fixes[0].Point, e.Fixes[0].Datum), e.Pin.Point)
		if v.Outcome == geo.AtRetailer && !(d <= *v.Radius && accuracy > 0 && *v.A95 <= *v.Radius) {
			t.Fatalf("credited: %v m, accuracy %v: %v", d, accuracy, v)
		}
	})
}
