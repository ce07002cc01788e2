package geo_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rounds/geo"
)

func TestBothPoliciesAreUsable(t *testing.T) {
	for _, p := range []geo.Policy{geo.DefaultPolicy(), geo.PlainPolicy()} {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", p.Kind, err)
		}
		if diff := cmp.Diff(p, p.WithDefaults()); diff != "" {
			t.Errorf("%s has something left out:\n%s", p.Kind, diff)
		}
		if diff := cmp.Diff(p, throughJSON(t, p)); diff != "" {
			t.Errorf("%s through JSON:\n%s", p.Kind, diff)
		}
	}
}

func TestValidateNamesWhatIsWrong(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		name   string
		change func(*geo.Policy)
		want   string // "": nothing
	}{
		{"inside a half: the least", func(p *geo.Policy) { p.Inside = 0.5 }, ""},
		{"inside just below a half: radius defeated", func(p *geo.Policy) { p.Inside = 0.4999 }, "inside_p"},
		{"inside certain: never reached", func(p *geo.Policy) { p.Inside = 1 }, "inside_p"},
		{"inside NaN", func(p *geo.Policy) { p.Inside = nan }, "inside_p"},
		{"honest left out", func(p *geo.Policy) { p.Honest = 0 }, "honest_p"},
		{"honest a half: no tail", func(p *geo.Policy) { p.Honest = 0.5 }, "honest_p"},
		{"honest NaN", func(p *geo.Policy) { p.Honest = nan }, "honest_p"},
		{"apart left out", func(p *geo.Policy) { p.Apart = 0 }, "apart_s"},
		{"apart negative", func(p *geo.Policy) { p.Apart = -20 }, "apart_s"},
		{"apart infinite", func(p *geo.Policy) { p.Apart = geo.Seconds(inf) }, "apart_s"},
		{"floor left out", func(p *geo.Policy) { p.Floor = 0 }, "accuracy_floor_m"},
		{"floor NaN", func(p *geo.Policy) { p.Floor = geo.Meters(nan) }, "accuracy_floor_m"},
		{"floor wider than the Earth", func(p *geo.Policy) { p.Floor = 1e9 }, "accuracy_floor_m"},
		{"no pin sigmas", func(p *geo.Policy) { p.PinSigma = nil }, "pin_sigma_m"},
		{"a pin sigma of none", func(p *geo.Policy) { p.PinSigma[geo.Learned] = 0 }, `"learned" 0`},
		{"a pin sigma of a source misspelt", func(p *geo.Policy) { p.PinSigma["learnt"] = 8 }, `"learnt"`},
		{"calibrated", calibrated(geo.Calibration{AccuracyKind: geo.IOS, Source: geo.SourceWiFi, Factor: 1.3}), ""},
		{"calibrated, any phone", calibrated(geo.Calibration{Factor: 1000}), ""},
		{"calibrated by nothing", calibrated(geo.Calibration{}), "factor 0"},
		{"calibrated by infinity", calibrated(geo.Calibration{Factor: inf}), "factor +Inf"},
		{"calibrated by NaN", calibrated(geo.Calibration{Factor: nan}), "factor NaN"},
		{"calibrated for a kind misspelt", calibrated(geo.Calibration{AccuracyKind: "android", Factor: 1}), "accuracy_kind"},
		{"calibrated for a kind that has no sigma", calibrated(geo.Calibration{AccuracyKind: geo.UnknownKind, Factor: 1}), "accuracy_kind"},
		{"calibrated for a source misspelt", calibrated(geo.Calibration{Source: "GPS", Factor: 1}), `source "GPS"`},
		{"no credits", func(p *geo.Policy) { p.Credits = nil }, ""},
		{"credits of a kind misspelt", func(p *geo.Policy) { p.Credits = []geo.EvidenceKind{"qr"} }, `"qr"`},
		{"plain with probabilities", func(p *geo.Policy) { p.Kind = geo.Plain }, "takes no numbers"},
		{"radius zero", func(p *geo.Policy) { p.Radius = 0 }, "radius_m"},
		{"age zero", func(p *geo.Policy) { p.MaxFixAge = 0 }, "max_fix_age_s"},
		{"of no kind", func(p *geo.Policy) { p.Kind = "" }, `kind ""`},
	}
	for _, tt := range tests {
		p := geo.DefaultPolicy()
		tt.change(&p)
		err := p.Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if v := geo.Judge(p, geo.Measure(atTheDoor())); err != nil && v.Outcome != geo.Undecided {
			t.Errorf("%s: judged all the same: %v", tt.name, v)
		}
	}
}

func calibrated(c ...geo.Calibration) func(*geo.Policy) {
	return func(p *geo.Policy) { p.Calibration = c }
}

func TestWithDefaultsFillsWhatIsLeftOut(t *testing.T) {
	with := func(change func(*geo.Policy)) geo.Policy {
		p := geo.DefaultPolicy()
		p.Version = 0
		change(&p)
		return p
	}
	tests := []struct {
		body string
		want geo.Policy
	}{
		{`{}`, with(func(*geo.Policy) {})},
		{`{"kind": "probabilistic", "radius_m": 60}`, with(func(p *geo.Policy) { p.Radius = 60 })},
		{`{"inside_p": 0.9, "apart_s": 45}`, with(func(p *geo.Policy) { p.Inside, p.Apart = 0.9, 45 })},
		{`{"pin_sigma_m": {"geocoded": 50}}`, with(func(p *geo.Policy) { p.PinSigma[geo.Geocoded] = 50 })},
		{`{"credits": []}`, with(func(p *geo.Policy) { p.Credits = []geo.EvidenceKind{} })},
		{`{"kind": "plain"}`, geo.Policy{Kind: geo.Plain, Radius: 100, MaxFixAge: 120, Credits: geo.DefaultPolicy().Credits}},
		{`{"kind": "plain", "inside_p": 0.9}`, geo.Policy{Kind: geo.Plain, Radius: 100, MaxFixAge: 120, Credits: geo.DefaultPolicy().Credits, Inside: 0.9}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, decoded[geo.Policy](t, tt.body).WithDefaults()); diff != "" {
			t.Errorf("%s:\n%s", tt.body, diff)
		}
	}
}

func decoded[T any](t *testing.T, body string) (out T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// What was stored before there were probabilities is judged as it was.
func TestWhatIsStoredIsJudgedAsBefore(t *testing.T) {
	policy := decoded[geo.Policy](t, `{"version": 4, "kind": "plain", "radius_m": 100, "max_fix_age_s": 120}`)
	far := decoded[geo.Measured](t, `{"has_pin": true, "pin_version": 3, "pin_source": "learned", "pin_sigma_m": 10,
		"fixes": [{"n": 0, "distance_m": 135, "fix_sigma_m": 5.299, "accuracy_m": 8, "accuracy_kind": "android_68",
			"age_s": 10, "source": "gps", "datum": "wgs84", "mock": false}]}`)
	want := decoded[geo.Verdict](t, `{"outcome": "elsewhere", "reasons": ["far_outside", "outside_radius"], "fix": 0,
		"distance_m": 135, "sigma_m": 11.317217, "a95_m": 27.701682, "radius_m": 100, "p_inside": 0.000841,
		"policy_version": 4, "pin_version": 3}`)
	near := cmp.Options{
		cmp.Comparer(func(a, b geo.Meters) bool { return math.Abs(float64(a-b)) < 1e-5 }),
		cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-5 }),
	}
	if diff := cmp.Diff(want, geo.Judge(policy, far), near); diff != "" {
		t.Error(diff)
	}
	if v := geo.Judge(geo.DefaultPolicy(), far); v.Outcome != geo.Undecided {
		t.Errorf("one fix, asked for probabilities: %s %v", v.Outcome, v.Reasons)
	}
}
