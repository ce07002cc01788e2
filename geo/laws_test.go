package geo_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"rounds/geo"
)

// The laws of every verdict. Each returns what is wrong, or nothing.
var laws = []struct {
	name   string
	broken func(dice, scene, geo.Verdict) string
}{
	{"nothing outside the radius is at the retailer", outsideIsNotAt},
	{"a verdict is well formed", illFormed},
	{"a visit is judged by its events", notOfItsEvents},
	{"the rule, written a second time, agrees", notTheRule},
	{"a vaguer accuracy never helps", inflationHelps},
	{"the order of fixes and events does not matter", orderMatters},
	{"what a service says puts nobody elsewhere", elsewhereByLocation},
	{"more evidence takes nothing away", moreTakesAway},
	{"what is stored is enough", doesNotReplay},
}

func TestLawsOfTheVerdict(t *testing.T) {
	t.Parallel()
	for _, law := range laws {
		t.Run(law.name, rapid.MakeCheck(func(t *rapid.T) {
			d := rapidDice{t}
			s := aScene(d)
			if wrong := law.broken(d, s, s.judge()); wrong != "" {
				t.Fatal(wrong)
			}
		}))
	}
}

// The long form: ten million scenes. The laws that need further verdicts take
// turns, so that each of them sees a million and more, except the last and slowest.
func TestLawsOfTheVerdictAtLength(t *testing.T) {
	if os.Getenv("ROUNDS_SOAK") == "" {
		t.Skip("ROUNDS_SOAK is not set")
	}
	const cases, always, seldom = 10_000_000, 2, 100
	d := rand.New(rand.NewPCG(7, 11))
	outcomes := map[geo.Outcome]int{}
	for i := range cases {
		s := aScene(d)
		v := s.judge()
		outcomes[v.Outcome]++
		turn := laws[always+i%(len(laws)-1-always)]
		if i%seldom == 0 {
			turn = laws[len(laws)-1]
		}
		for _, law := range append(laws[:always:always], turn) {
			if wrong := law.broken(d, s, v); wrong != "" {
				t.Fatalf("scene %d: %s: %s", i, law.name, wrong)
			}
		}
	}
	t.Log(outcomes)
}

// outsideIsNotAt asks the evidence itself, not what was measured of it.
func outsideIsNotAt(_ dice, s scene, v geo.Verdict) string {
	if v.Outcome != geo.AtRetailer {
		return ""
	}
	n := *v.Fix
	for _, e := range s.events {
		if n < len(e.Fixes) {
			if d := distanceOf(e, e.Fixes[n]); !(d <= radiusOf(s.policy, e)) {
				return fmt.Sprintf("%v m away, and at the retailer", d)
			}
			return ""
		}
		n -= len(e.Fixes)
	}
	return "credited by a fix that is not there"
}

func illFormed(_ dice, _ scene, v geo.Verdict) string {
	for _, x := range []*geo.Meters{v.Distance, v.Sigma, v.A95, v.Radius} {
		if x != nil && !(*x >= 0 && !math.IsInf(float64(*x), 0)) {
			return fmt.Sprintf("a length of %v", *x)
		}
	}
	for _, p := range []*float64{v.PInside, v.PHonest} {
		if p != nil && !(*p >= 0 && *p <= 1) {
			return fmt.Sprintf("a probability of %v", *p)
		}
	}
	wrong := slices.DeleteFunc(slices.Clone(v.Reasons), func(r geo.Reason) bool { return r == geo.Mocked })
	if v.Reasons == nil || !slices.IsSorted(v.Reasons) || len(slices.Compact(slices.Clone(v.Reasons))) != len(v.Reasons) {
		return fmt.Sprintf("reasons %v", v.Reasons)
	}
	if (v.Outcome == geo.AtRetailer) != (len(wrong) == 0) {
		return fmt.Sprintf("%s for %v", v.Outcome, v.Reasons)
	}
	if (v.Outcome == geo.Elsewhere) && !slices.Contains(v.Reasons, geo.FarOutside) {
		return fmt.Sprintf("elsewhere, and not far: %v", v.Reasons)
	}
	return ""
}

func notTheRule(_ dice, s scene, v geo.Verdict) string {
	if s.policy.Kind != geo.Probabilistic {
		return ""
	}
	if want := s.oracle(); v.Outcome != want {
		return fmt.Sprintf("%s %v, want %s", v.Outcome, v.Reasons, want)
	}
	return ""
}

// notOfItsEvents: a visit is at the retailer if, and only if, one of its events
// alone is, and elsewhere if one alone is and none at the retailer.
func notOfItsEvents(_ dice, s scene, v geo.Verdict) string {
	if s.policy.Kind == geo.Plain || len(s.events) == 1 {
		return ""
	}
	alone := map[geo.Outcome]bool{}
	for _, m := range s.measured {
		alone[geo.Judge(s.policy, m).Outcome] = true
	}
	switch {
	case (v.Outcome == geo.AtRetailer) != alone[geo.AtRetailer],
		v.Outcome == geo.Undecided && alone[geo.Elsewhere]:
		return fmt.Sprintf("%s %v, and its events alone %v", v.Outcome, v.Reasons, alone)
	}
	return ""
}

// inflationHelps makes some accuracies vaguer; then, alone, one fix absurd.
func inflationHelps(d dice, s scene, v geo.Verdict) string {
	s.events, s.measured = slices.Clone(s.events), slices.Clone(s.measured)
	for i := range s.events {
		s.events[i].Fixes = slices.Clone(s.events[i].Fixes)
		for j := range s.events[i].Fixes {
			if a := &s.events[i].Fixes[j].Accuracy; *a > 0 && d.IntN(3) > 0 {
				*a *= geo.Meters(math.Pow(10, between2(d, 0, 6)))
			}
		}
		s.measured[i] = geo.Measure(s.events[i])
	}
	if after := s.judge(); after.Outcome != v.Outcome && after.Outcome == geo.AtRetailer {
		return fmt.Sprintf("%s became %s", v.Outcome, after.Outcome)
	}
	e := s.events[d.IntN(len(s.events))]
	if len(e.Fixes) == 0 || s.policy.Kind == geo.Plain {
		return ""
	}
	return vaguerFix(d, s.policy, e, e.Fixes[d.IntN(len(e.Fixes))])
}

func vaguerFix(d dice, p geo.Policy, e geo.Evidence, f geo.Fix) string {
	alone := func(accuracy geo.Meters) geo.Verdict {
		f.Accuracy = accuracy
		e.Fixes = []geo.Fix{f}
		return geo.Judge(p, geo.Measure(e))
	}
	better := geo.Meters(between2(d, 0.1, 200))
	before, after := alone(better), alone(better*geo.Meters(between2(d, 1, 30)))
	if before.PInside == nil || after.PInside == nil {
		return ""
	}
	if *before.Distance <= *before.Radius && *after.PInside > *before.PInside+1e-9 {
		return fmt.Sprintf("p_inside of %v became %v", *before.PInside, *after.PInside)
	}
	if *after.PHonest < *before.PHonest-1e-12 {
		return fmt.Sprintf("p_honest of %v became %v", *before.PHonest, *after.PHonest)
	}
	if absurd := alone(4e7); !slices.Contains(absurd.Reasons, geo.TooImprecise) {
		return fmt.Sprintf("an accuracy of 40,000 km: %v", absurd.Reasons)
	}
	return ""
}

// orderMatters is for the probabilistic way; the plain one lets the first of
// two like fixes decide.
func orderMatters(d dice, s scene, v geo.Verdict) string {
	if s.policy.Kind == geo.Plain {
		return ""
	}
	s.measured = shuffled(d, s.measured)
	for i := range s.measured {
		s.measured[i].Fixes = shuffled(d, s.measured[i].Fixes)
	}
	if after := s.judge(); after.Outcome != v.Outcome || !slices.Equal(after.Reasons, v.Reasons) {
		return fmt.Sprintf("%s %v became %s %v", v.Outcome, v.Reasons, after.Outcome, after.Reasons)
	}
	return ""
}

func shuffled[T any](d dice, in []T) []T {
	out := slices.Clone(in)
	for i := len(out) - 1; i > 0; i-- {
		j := d.IntN(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func elsewhereByLocation(_ dice, s scene, v geo.Verdict) string {
	if v.Outcome != geo.Elsewhere {
		return ""
	}
	s.measured = slices.Clone(s.measured)
	for i, m := range s.measured {
		s.measured[i].Fixes = slices.DeleteFunc(slices.Clone(m.Fixes), func(f geo.MeasuredFix) bool { return f.Located })
	}
	if own := s.judge(); own.Outcome != v.Outcome {
		return fmt.Sprintf("by the phone alone %s %v", own.Outcome, own.Reasons)
	}
	return ""
}

func moreTakesAway(d dice, s scene, v geo.Verdict) string {
	if v.Outcome != geo.AtRetailer {
		return ""
	}
	more := aScene(d).measured
	s.measured = slices.Concat(s.measured, more)
	s.measured[0].Fixes = slices.Concat(s.measured[0].Fixes, more[0].Fixes)
	if after := s.judge(); after.Outcome != geo.AtRetailer {
		return fmt.Sprintf("became %s %v", after.Outcome, after.Reasons)
	}
	return ""
}

func doesNotReplay(_ dice, s scene, v geo.Verdict) string {
	stored, err := json.Marshal(s.measured)
	if err != nil {
		return err.Error()
	}
	var measured []geo.Measured
	if err := json.Unmarshal(stored, &measured); err != nil {
		return err.Error()
	}
	again, err := json.Marshal(geo.Judge(s.policy, measured...))
	if err != nil {
		return err.Error()
	}
	if first, err := json.Marshal(v); err != nil || string(first) != string(again) {
		return fmt.Sprintf("%s\n%s, then\n%s %v", stored, first, again, err)
	}
	return ""
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
		m := geo.Measured{HasPin: true, PinSigma: &good, Fixes: []geo.MeasuredFix{{
			Distance: &good, Sigma: &good, Accuracy: &good, AccuracyKind: geo.Web95, Age: &age,
		}}}
		switch rapid.IntRange(0, 4).Draw(t, "broken") {
		case 0:
			m.PinSigma = meters("pin")
		case 1:
			m.Fixes[0].Distance = meters("distance")
		case 2:
			m.Fixes[0].Sigma = meters("sigma")
		case 3:
			m.Radius = meters("radius")
		case 4:
			m.Fixes[0].Accuracy = meters("accuracy")
		}
		for _, p := range []geo.Policy{geo.PlainPolicy(), geo.DefaultPolicy()} {
			v := geo.Judge(p, m)
			throughJSON(t, v)
			if v.Outcome == geo.AtRetailer && !(*v.Distance >= 0 && *v.Distance <= *v.Radius && *v.Sigma <= *v.Radius) {
				t.Fatalf("credited: %v", v)
			}
		}
	})
}

// settled tells verdicts that no threshold within eps of a distance could turn.
func settled(p geo.Policy, m geo.Measured, eps geo.Meters) bool {
	shifted := func(by geo.Meters) geo.Outcome {
		moved := m
		moved.Fixes = slices.Clone(m.Fixes)
		for i := range moved.Fixes {
			if d := moved.Fixes[i].Distance; d != nil {
				moved.Fixes[i].Distance = new(max(0, *d+by))
			}
		}
		return geo.Judge(p, moved).Outcome
	}
	return shifted(-eps) == shifted(eps)
}

// twoFixes is a good scene with two fixes so many metres from the place.
func twoFixes(t *rapid.T, place orb.Point) geo.Evidence {
	e := atTheDoor()
	e.Pin.Point, e.Fixes = place, []geo.Fix{fixAt(0), fixAt(0)}
	e.Fixes[1].Time = e.Fixes[0].Time.Add(-30 * time.Second)
	for i := range e.Fixes {
		length := rapid.OneOf(rapid.Float64Range(0, 150), rapid.Float64Range(250, 1500)).Draw(t, "length")
		_, e.Fixes[i].Point = lineFrom(place, rapid.Float64Range(0, 360).Draw(t, "bearing"), length)
	}
	return e
}

// A verdict may not depend on which datum a phone writes in, unless a threshold
// lies within the two centimetres that conversion may cost.
func TestVerdictIsTheSameInEveryDatum(t *testing.T) {
	for _, p := range []geo.Policy{geo.PlainPolicy(), geo.DefaultPolicy()} {
		rapid.Check(t, func(t *rapid.T) {
			e := twoFixes(t, wellInside(t))
			want := geo.Measure(e)
			for _, datum := range []geo.Datum{geo.GCJ02, geo.BD09} {
				moved := e
				moved.Fixes = slices.Clone(e.Fixes)
				for i, f := range moved.Fixes {
					moved.Fixes[i].Datum, moved.Fixes[i].Point = datum, geo.FromWGS84(f.Point, datum)
				}
				sameScene(t, p, want, geo.Measure(moved), 0.02)
			}
		})
	}
}

// The Earth looks the same after any turn about its axis and in its mirror.
func TestVerdictIsTheSameAtEveryPlace(t *testing.T) {
	for _, p := range []geo.Policy{geo.PlainPolicy(), geo.DefaultPolicy()} {
		rapid.Check(t, func(t *rapid.T) {
			e := twoFixes(t, anywhere().Draw(t, "place"))
			by, mirror := rapid.Float64Range(-180, 180).Draw(t, "turn"), rapid.SampledFrom([]float64{-1, 1}).Draw(t, "mirror")
			turned := func(p orb.Point) orb.Point {
				return orb.Point{math.Remainder(p.Lon()+by, 360), mirror * p.Lat()}
			}
			want := geo.Measure(e)
			pin := *e.Pin
			pin.Point = turned(pin.Point)
			e.Pin = &pin
			for i, f := range e.Fixes {
				e.Fixes[i].Point = turned(f.Point)
			}
			sameScene(t, p, want, geo.Measure(e), 1e-6)
		})
	}
}

func sameScene(t *rapid.T, p geo.Policy, want, got geo.Measured, eps geo.Meters) {
	for i, f := range want.Fixes {
		if f.Distance == nil || got.Fixes[i].Distance == nil {
			t.Skip("null island")
		}
		if off := abs(*f.Distance - *got.Fixes[i].Distance); !(off <= eps) {
			t.Fatalf("%v m off", off)
		}
	}
	if a, b := geo.Judge(p, want), geo.Judge(p, got); settled(p, want, eps) && a.Outcome != b.Outcome {
		t.Fatalf("%s %v, then %s %v", a.Outcome, a.Reasons, b.Outcome, b.Reasons)
	}
}

func abs(m geo.Meters) geo.Meters { return geo.Meters(math.Abs(float64(m))) }

// The same scene, put up at the ends of the Earth.
func TestPolesAndAntimeridianAreLikeOtherPlaces(t *testing.T) {
	for name, place := range map[string]orb.Point{
		"Hangzhou": shop, "the equator": {120, 0}, "Fiji, on 180° east": {180, -16.5}, "Fiji, on 180° west": {-180, -16.5},
		"the North Pole": {120, 90}, "the South Pole": {120, -90}, "just off the South Pole": {-60, -89.9999},
	} {
		for _, c := range []struct {
			meters          float64
			plain, probable geo.Outcome
		}{
			{0, geo.AtRetailer, geo.AtRetailer},
			{20, geo.AtRetailer, geo.AtRetailer},
			{85, geo.AtRetailer, geo.AtRetailer},
			{99, geo.AtRetailer, geo.Undecided},
			{102, geo.Undecided, geo.Undecided},
			{140, geo.Elsewhere, geo.Undecided},
			{310, geo.Elsewhere, geo.Elsewhere},
		} {
			for bearing := 0.0; bearing < 360; bearing += 45 {
				e := atTheDoor()
				e.Pin.Point, e.Fixes[0].Point = lineFrom(place, bearing, c.meters)
				e.Fixes = append(e.Fixes, e.Fixes[0])
				e.Fixes[1].Time = e.Fixes[0].Time.Add(-30 * time.Second)
				m := geo.Measure(e)
				if v := geo.Judge(geo.PlainPolicy(), m); v.Outcome != c.plain {
					t.Errorf("%s, %v m, bearing %v: plainly %s %v at %v", name, c.meters, bearing, v.Outcome, v.Reasons, *v.Distance)
				}
				if v := geo.Judge(geo.DefaultPolicy(), m); v.Outcome != c.probable {
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
	for _, trace := range []string{"120.1", "30.25", "lat", "lon"} {
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
		d := geo.Distance(geo.ToWGS84(e.Fixes[0].Point, e.Fixes[0].Datum), e.Pin.Point)
		for _, p := range []geo.Policy{geo.PlainPolicy(), geo.DefaultPolicy()} {
			p.Radius, p.MaxFixAge = geo.Meters(radius), geo.Seconds(maxAge)
			v := geo.Judge(p, m)
			if diff := cmp.Diff(v, geo.Judge(p, throughJSON(t, m))); diff != "" {
				t.Fatal(diff)
			}
			throughJSON(t, v)
			if v.Outcome == geo.AtRetailer && !(d <= *v.Radius && accuracy > 0 && *v.Sigma <= *v.Radius) {
				t.Fatalf("credited: %v m, accuracy %v: %v", d, accuracy, v)
			}
		}
	})
}
