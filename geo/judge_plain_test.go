package geo_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"rounds/geo"
)

// A shop by the West Lake in Hangzhou. Its longitude is no latitude, so swapped
// coordinates cannot pass.
var (
	shop = orb.Point{120.1536, 30.2553}
	tap  = time.Date(2026, 3, 4, 2, 30, 0, 0, time.UTC)
	nan  = geo.Meters(math.NaN())
)

// atTheDoor is evidence with nothing wrong: a precise fix of ten seconds ago,
// 20 m from a pin good to 10 m.
func atTheDoor() geo.Evidence {
	return geo.Evidence{
		Pin:   &geo.Pin{Point: shop, Sigma: 10, Source: geo.Learned, Version: 3},
		Fixes: []geo.Fix{fixAt(20)},
		At:    tap,
	}
}

// fixAt is a good fix so many metres east of the shop.
func fixAt(east float64) geo.Fix {
	return geo.Fix{
		Point: metersFrom(shop, east, 0), Datum: geo.WGS84,
		Accuracy: 8, AccuracyKind: geo.Android68, Source: geo.SourceGPS,
		Time: tap.Add(-10 * time.Second),
	}
}

func fixes(f ...geo.Fix) func(*geo.Evidence) {
	return func(e *geo.Evidence) { e.Fixes = f }
}

// changed is a good fix at that distance with something done to it.
func changed(east float64, change func(*geo.Fix)) geo.Fix {
	f := fixAt(east)
	change(&f)
	return f
}

func first(change func(*geo.Fix)) func(*geo.Evidence) {
	return func(e *geo.Evidence) { change(&e.Fixes[0]) }
}

type reasons = []geo.Reason

// plainly is what the plain rule finds of a tap at the door with something changed.
type plainly struct {
	name    string
	change  func(*geo.Evidence)
	outcome geo.Outcome
	reasons reasons
}

func judgesPlainly(t *testing.T, tests []plainly) {
	t.Helper()
	for _, tt := range tests {
		e := atTheDoor()
		tt.change(&e)
		v := geo.Judge(geo.PlainPolicy(), geo.Measure(e))
		if v.Outcome != tt.outcome || !slices.Equal(v.Reasons, tt.reasons) {
			t.Errorf("%s: %s %v, want %s %v", tt.name, v.Outcome, v.Reasons, tt.outcome, tt.reasons)
		}
	}
}

func TestJudgePlainly(t *testing.T) {
	after := func(d time.Duration) func(*geo.Evidence) {
		return first(func(f *geo.Fix) { f.Time = tap.Add(d) })
	}
	accuracy := func(a geo.Meters) func(*geo.Evidence) {
		return first(func(f *geo.Fix) { f.Accuracy = a })
	}
	at := func(p orb.Point) func(*geo.Evidence) {
		return first(func(f *geo.Fix) { f.Point = p })
	}
	judgesPlainly(t, []plainly{
		{"at the door", func(*geo.Evidence) {}, geo.AtRetailer, reasons{}},
		{"just inside", fixes(fixAt(99)), geo.AtRetailer, reasons{}},
		{"just outside", fixes(fixAt(101)), geo.Undecided, reasons{geo.OutsideRadius}},
		{"outside, within what the fix allows", fixes(fixAt(125)), geo.Undecided, reasons{geo.OutsideRadius}},
		{"further than the fix allows", fixes(fixAt(135)), geo.Elsewhere, reasons{geo.FarOutside, geo.OutsideRadius}},
		{"in another city", at(orb.Point{121.4737, 31.2304}), geo.Elsewhere, reasons{geo.FarOutside, geo.OutsideRadius}},

		{"latitude and longitude swapped", at(orb.Point{shop[1], shop[0]}), geo.Undecided, reasons{geo.NoPosition}},
		{"no fix", fixes(), geo.Undecided, reasons{geo.NoPosition}},
		{"latitude not a number", at(orb.Point{shop[0], math.NaN()}), geo.Undecided, reasons{geo.NoPosition}},
		{"longitude infinite", at(orb.Point{math.Inf(1), shop[1]}), geo.Undecided, reasons{geo.NoPosition}},
		{"longitude 181", at(orb.Point{181, shop[1]}), geo.Undecided, reasons{geo.NoPosition}},
		{"null island", at(orb.Point{}), geo.Undecided, reasons{geo.NullIsland}},
		{"no pin", func(e *geo.Evidence) { e.Pin = nil }, geo.Undecided, reasons{geo.NoPin}},
		{"a pin that is no position", func(e *geo.Evidence) { e.Pin.Point[1] = math.NaN() }, geo.Undecided, reasons{geo.NoPin}},
		{"a pin on null island", func(e *geo.Evidence) { e.Pin.Point = orb.Point{} }, geo.Undecided, reasons{geo.NoPin}},
		{"neither pin nor fix", func(e *geo.Evidence) { e.Pin, e.Fixes = nil, nil }, geo.Undecided, reasons{geo.NoPin, geo.NoPosition}},

		{"accuracy 0, as simulators send", accuracy(0), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"accuracy −1, as phones without one send", accuracy(-1), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"accuracy not a number", accuracy(nan), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"accuracy infinite", accuracy(geo.Meters(math.Inf(1))), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"accuracy of an unknown kind", first(func(f *geo.Fix) { f.AccuracyKind = geo.UnknownKind }), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"pin of unknown accuracy: as is usual for its source", func(e *geo.Evidence) { e.Pin.Sigma = nan }, geo.AtRetailer, reasons{}},
		{"geocoded one of unknown accuracy: an a95 of 62.55 m", func(e *geo.Evidence) {
			e.Pin.Sigma, e.Pin.Source, e.Radius = nan, geo.Geocoded, 62.6
		}, geo.AtRetailer, reasons{}},
		{"the same, and a radius within that", func(e *geo.Evidence) {
			e.Pin.Sigma, e.Pin.Source, e.Radius = nan, geo.Geocoded, 62.5
		}, geo.Undecided, reasons{geo.TooImprecise}},
		{"pin of unknown accuracy and source: as the worst", func(e *geo.Evidence) {
			e.Pin.Sigma, e.Pin.Source, e.Radius = nan, "", 62.5
		}, geo.Undecided, reasons{geo.TooImprecise}},
		{"exact pin", func(e *geo.Evidence) { e.Pin.Sigma = 0 }, geo.AtRetailer, reasons{}},
		{"far away, accuracy unknown: never elsewhere", fixes(changed(5000, func(f *geo.Fix) { f.Accuracy = 0 })), geo.Undecided, reasons{geo.AccuracyUnknown, geo.OutsideRadius}},
		{"accuracy just good enough", accuracy(59), geo.AtRetailer, reasons{}},
		{"accuracy worse than the radius", accuracy(62), geo.Undecided, reasons{geo.TooImprecise}},
		{"pin worse than the radius", func(e *geo.Evidence) { e.Pin.Sigma = 50 }, geo.Undecided, reasons{geo.TooImprecise}},

		{"fix of two minutes ago", after(-120 * time.Second), geo.AtRetailer, reasons{}},
		{"fix a moment older than that", after(-120*time.Second - time.Millisecond), geo.Undecided, reasons{geo.StaleFix}},
		{"fix two minutes after the tap", after(120 * time.Second), geo.AtRetailer, reasons{}},
		{"fix a moment later than that", after(120*time.Second + time.Millisecond), geo.Undecided, reasons{geo.FixTimeInFuture}},
		{"fix without a time", first(func(f *geo.Fix) { f.Time = time.Time{} }), geo.AtRetailer, reasons{}},
		{"tap without a time", func(e *geo.Evidence) { e.At = time.Time{} }, geo.AtRetailer, reasons{}},

		{"marked as made up", first(func(f *geo.Fix) { f.Mock = true }), geo.AtRetailer, reasons{geo.Mocked}},
		{"the retailer's own wider radius", func(e *geo.Evidence) { e.Radius, e.Fixes[0] = 300, fixAt(250) }, geo.AtRetailer, reasons{}},
		{"the retailer's own narrower radius", func(e *geo.Evidence) { e.Radius, e.Fixes[0] = 40, fixAt(50) }, geo.Undecided, reasons{geo.OutsideRadius}},
		{"a radius that is none: the policy's", func(e *geo.Evidence) { e.Radius = nan }, geo.AtRetailer, reasons{}},
		{"a negative radius: the policy's", func(e *geo.Evidence) { e.Radius = -5 }, geo.AtRetailer, reasons{}},
		{
			"everything wrong", fixes(changed(5000, func(f *geo.Fix) {
				f.Accuracy, f.Time, f.Mock = 100, tap.Add(-time.Hour), true
			})),
			geo.Elsewhere,
			reasons{geo.FarOutside, geo.Mocked, geo.OutsideRadius, geo.StaleFix, geo.TooImprecise},
		},
	})
}

func TestWhichFixDecidesPlainly(t *testing.T) {
	precise := func(f *geo.Fix) { f.Accuracy = 3 }
	later := func(f *geo.Fix) { f.Time = f.Time.Add(time.Second) }
	tests := []struct {
		name    string
		fixes   []geo.Fix
		outcome geo.Outcome
		fix     int // −1: none
		reasons reasons
	}{
		{"one at the retailer is enough", []geo.Fix{changed(500, precise), fixAt(20)}, geo.AtRetailer, 1, reasons{}},
		{"the most precise of those at the retailer", []geo.Fix{fixAt(20), changed(30, precise)}, geo.AtRetailer, 1, reasons{}},
		{"the most precise of those that are not", []geo.Fix{fixAt(110), changed(500, precise)}, geo.Elsewhere, 1, reasons{geo.FarOutside, geo.OutsideRadius}},
		{"known before unknown accuracy", []geo.Fix{changed(20, func(f *geo.Fix) { f.Accuracy = 0 }), fixAt(110)}, geo.Undecided, 1, reasons{geo.OutsideRadius}},
		{"the later of two equally precise", []geo.Fix{fixAt(500), changed(110, later)}, geo.Undecided, 1, reasons{geo.OutsideRadius}},
		{"the first of two alike", []geo.Fix{fixAt(500), fixAt(110)}, geo.Elsewhere, 0, reasons{geo.FarOutside, geo.OutsideRadius}},
		{"one without a position never decides", []geo.Fix{changed(0, func(f *geo.Fix) { f.Point, f.Accuracy = orb.Point{}, 1 }), fixAt(110)}, geo.Undecided, 1, reasons{geo.OutsideRadius}},
		{"without a position, the reasons of all", []geo.Fix{{Point: orb.Point{}, Time: tap}, {Point: orb.Point{0, 91}, Time: tap}}, geo.Undecided, -1, reasons{geo.AccuracyUnknown, geo.NoPosition, geo.NullIsland}},
		{"a made-up fix that does not decide is named", []geo.Fix{fixAt(20), changed(500, func(f *geo.Fix) { f.Mock = true })}, geo.AtRetailer, 0, reasons{geo.Mocked}},
	}
	for _, tt := range tests {
		e := atTheDoor()
		e.Fixes = tt.fixes
		v := geo.Judge(geo.PlainPolicy(), geo.Measure(e))
		fix := -1
		if v.Fix != nil {
			fix = *v.Fix
		}
		if v.Outcome != tt.outcome || fix != tt.fix || !slices.Equal(v.Reasons, tt.reasons) {
			t.Errorf("%s: %s by %d %v, want %s by %d %v", tt.name, v.Outcome, fix, v.Reasons, tt.outcome, tt.fix, tt.reasons)
		}
	}
}

func TestVerdictCarriesItsNumbers(t *testing.T) {
	e := atTheDoor()
	e.Fixes[0].Point, e.Fixes[0].Accuracy, e.Fixes[0].AccuracyKind = shop, 24.47746830680816, geo.Web95
	e.Pin.Sigma = 0
	d, sigma, a95, radius, p, fix := geo.Meters(0), geo.Meters(10), geo.Meters(24.47746830680816), geo.Meters(100), 1.0, 0
	want := geo.Verdict{
		Outcome: geo.AtRetailer, Reasons: []geo.Reason{}, Fix: &fix,
		Distance: &d, Sigma: &sigma, A95: &a95, Radius: &radius, PInside: &p,
		PolicyVersion: 7, PinVersion: 3,
	}
	policy := geo.PlainPolicy()
	policy.Version = 7
	near := cmp.Options{
		cmp.Comparer(func(a, b geo.Meters) bool { return math.Abs(float64(a-b)) < 1e-9 }),
		cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }),
	}
	if diff := cmp.Diff(want, geo.Judge(policy, geo.Measure(e)), near); diff != "" {
		t.Error(diff)
	}
}

func TestTheSameErrorThroughThreeKindsOfAccuracy(t *testing.T) {
	const sigma = 20.0
	for kind, a := range map[geo.AccuracyKind]float64{
		geo.Android68: sigma * math.Sqrt(-2*math.Log(0.32)),
		geo.IOS:       sigma * math.Sqrt2,
		geo.Web95:     sigma * math.Sqrt(-2*math.Log(0.05)),
	} {
		got := kind.Sigma(geo.Meters(a))
		if got == nil || math.Abs(float64(*got)-sigma) > 1e-9 {
			t.Errorf("%s: %v, want 20", kind, got)
		}
	}
}

func TestDistanceOfExactlyTheRadiusIsInside(t *testing.T) {
	d, sigma, age := geo.Meters(100), geo.Meters(0), geo.Seconds(120)
	m := geo.Measured{HasPin: true, PinSigma: &sigma, Fixes: []geo.MeasuredFix{{Distance: &d, Sigma: &sigma, Age: &age}}}
	if v := geo.Judge(geo.PlainPolicy(), m); v.Outcome != geo.AtRetailer {
		t.Errorf("%s %v", v.Outcome, v.Reasons)
	}
}

func TestAnUnusablePolicyCreditsNobody(t *testing.T) {
	for name, p := range map[string]geo.Policy{
		"zero":             {},
		"negative version": {Version: -1, Kind: geo.Plain, Radius: 100, MaxFixAge: 120},
		"unknown kind":     {Kind: "strict", Radius: 100, MaxFixAge: 120},
		"radius NaN":       {Kind: geo.Plain, Radius: nan, MaxFixAge: 120},
		"radius infinite":  {Kind: geo.Plain, Radius: geo.Meters(math.Inf(1)), MaxFixAge: 120},
		"age NaN":          {Kind: geo.Plain, Radius: 100, MaxFixAge: geo.Seconds(math.NaN())},
		"age infinite":     {Kind: geo.Plain, Radius: 100, MaxFixAge: geo.Seconds(math.Inf(1))},
	} {
		v := geo.Judge(p, geo.Measure(atTheDoor()))
		if p.Validate() == nil || v.Outcome != geo.Undecided || !slices.Equal(v.Reasons, []geo.Reason{geo.PolicyInvalid}) {
			t.Errorf("%s: %v, %s %v", name, p.Validate(), v.Outcome, v.Reasons)
		}
	}
}
