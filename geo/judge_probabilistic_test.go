package geo_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rounds/geo"
)

// seen is a fix good to σ = 10 m, so many metres from the pin and seconds after
// the tap.
func seen(d geo.Meters, after float64) geo.MeasuredFix {
	at := tap.Add(time.Duration(after * float64(time.Second)))
	return geo.MeasuredFix{
		Distance: &d, Accuracy: new(geo.Meters(24.47746830680816)), AccuracyKind: geo.Web95,
		Age: new(geo.Seconds(-after)), Time: &at, Source: geo.SourceGPS,
	}
}

func with(f geo.MeasuredFix, change func(*geo.MeasuredFix)) geo.MeasuredFix {
	change(&f)
	return f
}

// upload is an event at an exact and confirmed pin.
func upload(f ...geo.MeasuredFix) geo.Measured {
	return geo.Measured{HasPin: true, PinSigma: new(geo.Meters(0)), PinSource: geo.Manual, PinConfirmed: true, At: &tap, Fixes: f}
}

func but(m geo.Measured, change func(*geo.Measured)) geo.Measured {
	change(&m)
	return m
}

// probableCase is what the default policy says of a visit's events.
type probableCase struct {
	name    string
	events  []geo.Measured
	outcome geo.Outcome
	reasons []geo.Reason
}

func judgeProbably(t *testing.T, cases []probableCase) {
	t.Helper()
	for _, c := range cases {
		v := geo.Judge(geo.DefaultPolicy(), c.events...)
		if v.Outcome != c.outcome || !slices.Equal(v.Reasons, c.reasons) {
			t.Errorf("%s: %s %v, want %s %v", c.name, v.Outcome, v.Reasons, c.outcome, c.reasons)
		}
	}
}

type events = []geo.Measured

var (
	far     = reasons{geo.FarOutside, geo.OutsideRadius}
	farOnce = reasons{geo.FarOnce, geo.FarOutside, geo.OutsideRadius}
	unsure  = reasons{geo.FarOutside, geo.OutsideRadius, geo.PinUnconfirmed}
)

func ofAccuracy(a geo.Meters) func(*geo.MeasuredFix) {
	return func(f *geo.MeasuredFix) { f.Accuracy = &a }
}

func timeless(f *geo.MeasuredFix) { f.Time, f.Age = nil, nil }

func unconfirmed(m *geo.Measured) { m.PinConfirmed = false }

func tapped(after time.Duration) func(*geo.Measured) {
	return func(m *geo.Measured) { m.At = new(tap.Add(after)) }
}

// one is a visit of one event.
func one(f ...geo.MeasuredFix) events { return events{upload(f...)} }

// With σ = 10 and R = 100: p_inside reaches 0.80 at 91.04 m from the pin, and
// p_honest falls to 0.005 at 100 + 100√(2 ln 8) = 303.93 m.
func TestJudgeProbablyByDistance(t *testing.T) {
	t.Parallel()
	judgeProbably(t, []probableCase{
		{"at the door", one(seen(20, 0)), geo.AtRetailer, reasons{}},
		{"just likely enough", one(seen(91.0, 0)), geo.AtRetailer, reasons{}},
		{"just not likely enough", one(seen(91.1, 0)), geo.Undecided, reasons{geo.NearEdge}},
		{"on the edge", one(seen(100, 0)), geo.Undecided, reasons{geo.NearEdge}},
		{"just outside", one(seen(100.001, 0)), geo.Undecided, reasons{geo.OutsideRadius}},
		{"outside, and not far", one(seen(303.9, 0), seen(303.9, 30)), geo.Undecided, reasons{geo.OutsideRadius}},
		{"just far, twice", one(seen(304.0, 0), seen(304.0, 30)), geo.Elsewhere, far},
		{"far, once", one(seen(5000, 0)), geo.Undecided, farOnce},
		{"far, and once only outside", one(seen(5000, 0), seen(200, 30)), geo.Undecided, reasons{geo.OutsideRadius}},
		{"far twice, and once at the door", one(seen(5000, 0), seen(20, 10), seen(5000, 30)), geo.AtRetailer, reasons{}},
		{"far twice, and once near the edge", one(seen(5000, 0), seen(95, 10), seen(5000, 30)), geo.Elsewhere, far},
	})
}

func TestJudgeProbablyByTwoFixes(t *testing.T) {
	t.Parallel()
	judgeProbably(t, []probableCase{
		{"far, 20 s apart", one(seen(5000, 0), seen(6000, -20)), geo.Elsewhere, far},
		{"far, 19.999 s apart", one(seen(5000, 0), seen(6000, -19.999)), geo.Undecided, farOnce},
		{"three far fixes, the outer two apart", one(seen(5000, -10), seen(5000, 0), seen(5000, 10)), geo.Elsewhere, far},
		{"one far fix, sent twice", one(seen(5000, 0), seen(5000, 0)), geo.Undecided, farOnce},
		{"far twice, one fix without a time", one(seen(5000, 0), with(seen(5000, -30), timeless)), geo.Undecided, farOnce},
		{"far at both taps, 20 s apart, without fix times", events{
			upload(with(seen(5000, 0), timeless)), but(upload(with(seen(5000, 0), timeless)), tapped(20*time.Second)),
		}, geo.Elsewhere, far},
		{"far at both taps, 20 s apart, one without a fix time", events{
			upload(seen(5000, 0)), but(upload(with(seen(5000, 0), timeless)), tapped(20*time.Second)),
		}, geo.Elsewhere, far},
		{"far at both taps, 19.999 s apart", events{
			upload(with(seen(5000, 0), timeless)), but(upload(with(seen(5000, 0), timeless)), tapped(19_999*time.Millisecond)),
		}, geo.Undecided, farOnce},
		{"far at both taps, one without a time", events{
			upload(with(seen(5000, 0), timeless)), but(upload(with(seen(5000, 0), timeless)), func(m *geo.Measured) { m.At = nil }),
		}, geo.Undecided, farOnce},
		{"far at both taps by one old fix", events{upload(seen(5000, 0)), but(upload(seen(5000, 0)), tapped(time.Hour))}, geo.Undecided, farOnce},
		{"far at the check-in, at the door at the check-out", events{upload(seen(5000, 0)), upload(with(seen(20, 0), timeless))}, geo.AtRetailer, reasons{}},
		{"far, and far of another time: only the first counts", one(seen(5000, 0), seen(5000, -300)), geo.Undecided, farOnce},
		{"far twice, both of another time", one(seen(5000, -200), seen(5000, -300)), geo.Undecided, reasons{geo.FarOutside, geo.OutsideRadius, geo.StaleFix}},
		{"far twice, once of unknown accuracy", one(seen(5000, 0), with(seen(5000, 30), ofAccuracy(0))), geo.Undecided, farOnce},
		{"far twice, from a pin that may be wrong", events{but(upload(seen(5000, 0), seen(5000, 30)), unconfirmed)}, geo.Undecided, unsure},
		{"far twice, from a learned pin", events{but(upload(seen(5000, 0), seen(5000, 30)), func(m *geo.Measured) {
			m.PinConfirmed, m.PinSource = false, geo.Learned
		})}, geo.Elsewhere, far},
		{"far twice, from a surveyed pin", events{but(upload(seen(5000, 0), seen(5000, 30)), func(m *geo.Measured) {
			m.PinConfirmed, m.PinSource = false, geo.Surveyed
		})}, geo.Elsewhere, far},
		{"far from two pins, one confirmed", events{upload(seen(5000, 0)), but(upload(seen(5000, 30)), unconfirmed)}, geo.Undecided, farOnce},
		{"the other way round", events{but(upload(seen(5000, 30)), unconfirmed), upload(seen(5000, 0))}, geo.Undecided, farOnce},
		{"near the edge, and far by a better fix", one(with(seen(5000, 0), ofAccuracy(13)), seen(95, 0)), geo.Undecided, reasons{geo.NearEdge}},
		{"hardly known, and far by a good fix", one(with(seen(20, 0), ofAccuracy(500)), seen(5000, 0)), geo.Undecided, farOnce},
	})
}

// In the middle, p_inside is 0.80 at σ = 100/√(2 ln 5) = 55.74 m, an accuracy of 136.43 m.
func TestJudgeProbablyByAccuracy(t *testing.T) {
	t.Parallel()
	judgeProbably(t, []probableCase{
		{"just precise enough on the pin itself", one(with(seen(0, 0), ofAccuracy(136.4))), geo.AtRetailer, reasons{}},
		{"not precise enough on the pin itself", one(with(seen(0, 0), ofAccuracy(136.5))), geo.Undecided, reasons{geo.TooImprecise}},
		{"far and absurd: nothing is far", one(with(seen(5000, 0), ofAccuracy(20_000)), with(seen(5000, 30), ofAccuracy(20_000))), geo.Undecided, reasons{geo.OutsideRadius, geo.TooImprecise}},
		{"a perfect fix on the edge is judged by the floor", one(with(seen(99.9, 0), ofAccuracy(0.001))), geo.Undecided, reasons{geo.NearEdge}},
		{"accuracy 0", one(with(seen(20, 0), ofAccuracy(0))), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"accuracy −1", one(with(seen(20, 0), ofAccuracy(-1))), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"accuracy not a number", one(with(seen(20, 0), ofAccuracy(nan))), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"accuracy infinite", one(with(seen(20, 0), ofAccuracy(geo.Meters(math.Inf(1))))), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"accuracy missing", one(with(seen(20, 0), func(f *geo.MeasuredFix) { f.Accuracy = nil })), geo.Undecided, reasons{geo.AccuracyUnknown}},
		{"accuracy of an unknown kind", one(with(seen(20, 0), func(f *geo.MeasuredFix) { f.AccuracyKind = geo.UnknownKind })), geo.Undecided, reasons{geo.AccuracyUnknown}},
	})
}

func TestJudgeProbablyByTime(t *testing.T) {
	t.Parallel()
	judgeProbably(t, []probableCase{
		{"a fix two minutes old", one(seen(20, -120)), geo.AtRetailer, reasons{}},
		{"a fix a moment older", one(seen(20, -120.001)), geo.Undecided, reasons{geo.StaleFix}},
		{"a fix of the future", one(seen(20, 120.001)), geo.Undecided, reasons{geo.FixTimeInFuture}},
		{"a fix without a time", one(with(seen(20, 0), timeless)), geo.AtRetailer, reasons{}},
		{"made up, and at the door", one(with(seen(20, 0), func(f *geo.MeasuredFix) { f.Mock = true })), geo.AtRetailer, reasons{geo.Mocked}},
		{"made up at the other tap", events{upload(seen(20, 0)), upload(with(seen(5000, 0), func(f *geo.MeasuredFix) { f.Mock = true }))}, geo.AtRetailer, reasons{geo.Mocked}},
	})
}

func TestJudgeProbablyOfWhatIsMissing(t *testing.T) {
	t.Parallel()
	judgeProbably(t, []probableCase{
		{"no fix", one(), geo.Undecided, reasons{geo.NoPosition}},
		{"no event", nil, geo.Undecided, reasons{geo.NoPosition}},
		{"no pin", events{{Fixes: []geo.MeasuredFix{with(seen(0, 0), func(f *geo.MeasuredFix) { f.Distance = nil })}}}, geo.Undecided, reasons{geo.NoPin}},
		{"null island at one tap, nothing at the other", events{
			upload(geo.MeasuredFix{Problem: geo.NullIsland, Accuracy: new(geo.Meters(8)), AccuracyKind: geo.IOS}), upload(),
		}, geo.Undecided, reasons{geo.NoPosition, geo.NullIsland}},
		{"no fix at the check-in, at the door at the check-out", events{upload(), upload(seen(20, 0))}, geo.AtRetailer, reasons{}},
		{"each by its own radius", events{but(upload(seen(50, 0)), func(m *geo.Measured) { m.Radius = new(geo.Meters(30)) }), upload(seen(150, 0))}, geo.Undecided, reasons{geo.OutsideRadius}},
		{"the other way round", events{upload(seen(50, 0)), but(upload(seen(150, 0)), func(m *geo.Measured) { m.Radius = new(geo.Meters(30)) })}, geo.AtRetailer, reasons{}},
	})
}

// To the last bit: what reaches the policy's number is there, what does not is not.
func TestThresholdsAreExact(t *testing.T) {
	p := geo.DefaultPolicy()
	p.Inside = geo.PInside(70, 10, 100)
	if v := geo.Judge(p, upload(seen(70, 0))); v.Outcome != geo.AtRetailer {
		t.Errorf("p_inside of exactly inside_p: %s %v", v.Outcome, v.Reasons)
	}
	p.Inside = math.Nextafter(p.Inside, 1)
	if v := geo.Judge(p, upload(seen(70, 0))); v.Outcome != geo.Undecided {
		t.Errorf("p_inside of a bit less: %s %v", v.Outcome, v.Reasons)
	}
	p.Honest = geo.PHonest(350, 10, 100)
	if v := geo.Judge(p, upload(seen(350, 0), seen(350, 30))); v.Outcome != geo.Elsewhere {
		t.Errorf("p_honest of exactly honest_p: %s %v", v.Outcome, v.Reasons)
	}
	p.Honest = math.Nextafter(p.Honest, 0)
	if v := geo.Judge(p, upload(seen(350, 0), seen(350, 30))); v.Outcome != geo.Undecided {
		t.Errorf("p_honest of a bit more: %s %v", v.Outcome, v.Reasons)
	}
}

func TestSigmaAsThePolicyHasIt(t *testing.T) {
	calibration := []geo.Calibration{
		{AccuracyKind: geo.Web95, Source: geo.SourceWiFi, Factor: 3},
		{Source: geo.SourceWiFi, Factor: 5},
		{AccuracyKind: geo.Web95, Factor: 2},
	}
	source := func(s geo.FixSource) func(*geo.Measured) {
		return func(m *geo.Measured) { m.Fixes[0].Source = s }
	}
	pin := func(s geo.PinSource) func(*geo.Measured) {
		return func(m *geo.Measured) { m.PinSigma, m.PinSource = nil, s }
	}
	tests := []struct {
		name   string
		policy func(*geo.Policy)
		change func(*geo.Measured)
		want   float64
	}{
		{"fix alone", func(*geo.Policy) {}, func(*geo.Measured) {}, 10},
		{"fix and pin", func(*geo.Policy) {}, func(m *geo.Measured) { m.PinSigma = new(geo.Meters(10)) }, math.Sqrt(200)},
		{"a learned pin that does not know its own", func(*geo.Policy) {}, pin(geo.Learned), math.Sqrt(164)},
		{"a geocoded one", func(*geo.Policy) {}, pin(geo.Geocoded), math.Sqrt(725)},
		{"one that was measured keeps its own", func(p *geo.Policy) { p.PinSigma[geo.Surveyed] = 30 }, func(m *geo.Measured) {
			m.PinSigma, m.PinSource = new(geo.Meters(4)), geo.Surveyed
		}, math.Sqrt(116)},
		{"one given what its source usually has", func(p *geo.Policy) { p.PinSigma[geo.Surveyed] = 30 }, func(m *geo.Measured) {
			m.PinSigma, m.PinSource = new(geo.Meters(3)), geo.Surveyed
		}, math.Sqrt(1000)},
		{"the same, and the policy says nothing of its source", func(p *geo.Policy) { delete(p.PinSigma, geo.Surveyed) }, func(m *geo.Measured) {
			m.PinSigma, m.PinSource = new(geo.Meters(3)), geo.Surveyed
		}, math.Sqrt(109)},
		{"one of unknown source: the largest", func(p *geo.Policy) { p.PinSigma[geo.Surveyed] = 30 }, pin("dreamt"), math.Sqrt(1000)},
		{"better than the floor", func(p *geo.Policy) { p.Floor = 2 * 24.47746830680816 }, func(*geo.Measured) {}, 20},
		{"calibrated by kind", calibrated(calibration...), func(*geo.Measured) {}, 20},
		{"the first that matches holds", calibrated(calibration...), source(geo.SourceWiFi), 30},
		{"none matches", calibrated(calibration[0]), func(*geo.Measured) {}, 10},
		{"calibration comes after the floor", func(p *geo.Policy) { p.Floor, p.Calibration = 2*24.47746830680816, calibration }, func(*geo.Measured) {}, 40},
	}
	for _, tt := range tests {
		p, m := geo.DefaultPolicy(), upload(seen(20, 0))
		tt.policy(&p)
		tt.change(&m)
		if v := geo.Judge(p, m); v.Sigma == nil || math.Abs(float64(*v.Sigma)-tt.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", tt.name, v.Sigma, tt.want)
		}
	}
}

func TestTheSameErrorIsAsLikelyThroughThreeKindsOfAccuracy(t *testing.T) {
	const sigma = 20.0
	for kind, a := range map[geo.AccuracyKind]float64{
		geo.Android68: sigma * math.Sqrt(-2*math.Log(0.32)),
		geo.IOS:       sigma * math.Sqrt2,
		geo.Web95:     sigma * math.Sqrt(-2*math.Log(0.05)),
	} {
		m := upload(with(seen(75, 0), func(f *geo.MeasuredFix) { f.Accuracy, f.AccuracyKind = new(geo.Meters(a)), kind }))
		v := geo.Judge(geo.DefaultPolicy(), m)
		if math.Abs(*v.PInside-geo.PInside(75, sigma, 100)) > 1e-9 {
			t.Errorf("%s: %v", kind, *v.PInside)
		}
	}
}

// The second of the third event's fixes decides, so its event's facts are told.
func TestVerdictOfAVisitCarriesItsNumbers(t *testing.T) {
	version := func(m geo.Measured, n int) geo.Measured { m.PinVersion = n; return m }
	third := version(upload(seen(600, 0), seen(110, 0)), 5)
	third.Radius = new(geo.Meters(120))
	d, sigma, radius, fix := geo.Meters(110), geo.Meters(10), geo.Meters(120), 3
	a95, inside, honest := geo.Meters(24.47746830680816), geo.PInside(d, sigma, radius), 1.0
	want := geo.Verdict{
		Outcome: geo.AtRetailer, Reasons: []geo.Reason{}, Fix: &fix, Distance: &d, Sigma: &sigma, A95: &a95,
		Radius: &radius, PInside: &inside, PHonest: &honest, PolicyVersion: 1, PinVersion: 5,
	}
	near := cmp.Options{
		cmp.Comparer(func(a, b geo.Meters) bool { return math.Abs(float64(a-b)) < 1e-9 }),
		cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }),
	}
	got := geo.Judge(geo.DefaultPolicy(), version(upload(seen(150, 0), seen(130, 0)), 1), version(upload(), 2), third)
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Error(diff)
	}
}

func TestAPlainVisitIsDecidedByTheBestLookOverAll(t *testing.T) {
	in, out := geo.Measure(atTheDoor()), atTheDoor()
	out.Fixes = []geo.Fix{changed(500, func(f *geo.Fix) { f.Accuracy = 3 })}
	out.Pin.Version = 9
	for _, c := range []struct {
		name    string
		events  []geo.Measured
		outcome geo.Outcome
		fix     int
		pin     int
	}{
		{"one of the taps at the retailer", []geo.Measured{geo.Measure(out), in}, geo.AtRetailer, 1, 3},
		{"neither", []geo.Measured{{HasPin: true}, geo.Measure(out)}, geo.Elsewhere, 0, 9},
	} {
		v := geo.Judge(geo.PlainPolicy(), c.events...)
		if v.Outcome != c.outcome || *v.Fix != c.fix || v.PinVersion != c.pin || v.PHonest != nil {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	visit := []geo.Measured{upload(seen(60, 0)), upload(seen(85, 0))}
	for _, bb := range []struct {
		name   string
		policy geo.Policy
		events []geo.Measured
	}{
		{"plain", geo.PlainPolicy(), visit[:1]},
		{"probabilistic", geo.DefaultPolicy(), visit[:1]},
		{"visit", geo.DefaultPolicy(), visit},
		{"elsewhere", geo.DefaultPolicy(), []geo.Measured{upload(seen(900, 0)), upload(seen(950, 30))}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				geo.Judge(bb.policy, bb.events...)
			}
		})
	}
}
