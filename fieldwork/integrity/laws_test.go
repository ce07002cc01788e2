package integrity_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"rounds"
	"rounds/fieldwork/integrity"
	"rounds/geo"
)

var extremes = []float64{0, -1, 5e-324, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}

func anInstant(t *rapid.T, name string) time.Time {
	switch rapid.IntRange(0, 9).Draw(t, name+" kind") {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(rapid.Int64().Draw(t, name), 0).UTC()
	}
	return today.At(8, 0, time.UTC).Add(time.Duration(rapid.IntRange(-40*1440, 600).Draw(t, name)) * time.Minute)
}

// aFix draws one of few places, so that they repeat, or anything at all.
func aFix(t *rapid.T) integrity.Fix {
	number := rapid.OneOf(rapid.Float64Range(-400, 400), rapid.SampledFrom(extremes))
	at := metersFrom(here, 4000*float64(rapid.IntRange(0, 6).Draw(t, "place")), 0)
	if rapid.IntRange(0, 9).Draw(t, "wild") == 0 {
		at = orb.Point{number.Draw(t, "lon"), number.Draw(t, "lat")}
	}
	f := fixAt(at, anInstant(t, "fix time"))
	f.Accuracy = geo.Meters(rapid.OneOf(rapid.SampledFrom([]float64{5, 20}), number).Draw(t, "accuracy"))
	f.AccuracyKind = rapid.SampledFrom([]geo.AccuracyKind{geo.Android68, geo.IOS, geo.UnknownKind, ""}).Draw(t, "kind")
	f.Source = rapid.SampledFrom([]geo.FixSource{geo.SourceGPS, geo.SourceFused, geo.SourceCell, ""}).Draw(t, "source")
	f.Datum = rapid.SampledFrom([]geo.Datum{geo.WGS84, geo.GCJ02, ""}).Draw(t, "datum")
	f.Mock = rapid.Bool().Draw(t, "mock")
	if rapid.Bool().Draw(t, "pinned") {
		f.FromPin = new(geo.Meters(rapid.OneOf(rapid.Float64Range(0, 0.4), number).Draw(t, "from pin")))
	}
	if rapid.Bool().Draw(t, "high") {
		f.AltitudeM = new(number.Draw(t, "altitude"))
	}
	return f
}

func aTap(n int) *rapid.Generator[integrity.Tap] {
	return rapid.Custom(func(t *rapid.T) integrity.Tap {
		x := tap(n, rapid.SampledFrom([]int{0, 0, 0, 1, 7, 14, -1}).Draw(t, "days before"), float64(rapid.IntRange(0, 90).Draw(t, "minute")), 0)
		x.Device = rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "device")
		x.Kind = rapid.SampledFrom([]rounds.EventKind{rounds.CheckIn, rounds.CheckOut}).Draw(t, "kind")
		x.RetailerID = retailer(rapid.IntRange(0, 3).Draw(t, "retailer"))
		x.ClockWrong, x.ClockMoved = rapid.Bool().Draw(t, "wrong"), rapid.IntRange(0, 9).Draw(t, "moved") == 0
		x.Confirmed = rapid.IntRange(0, 9).Draw(t, "confirmed") == 0
		if rapid.IntRange(0, 4).Draw(t, "odd times") == 0 {
			x.Claimed, x.At, x.ReceivedAt = anInstant(t, "claimed"), anInstant(t, "at"), anInstant(t, "received")
			x.Earliest, x.Latest = anInstant(t, "earliest"), anInstant(t, "latest")
		}
		x.Fixes = nil
		for range rapid.IntRange(0, 3).Draw(t, "fixes") {
			x.Fixes = append(x.Fixes, aFix(t))
			if rapid.Bool().Draw(t, "sane") {
				x.Fixes[len(x.Fixes)-1].Time = x.Claimed
			}
		}
		return x
	})
}

func aWindow() *rapid.Generator[integrity.Window] {
	return rapid.Custom(func(t *rapid.T) integrity.Window {
		w := integrity.Window{Day: today, People: map[string]int{"a": rapid.Int().Draw(t, "people")}}
		for n := range rapid.IntRange(0, 30).Draw(t, "taps") {
			w.Taps = append(w.Taps, aTap(n+1).Draw(t, "tap"))
		}
		for range rapid.IntRange(0, 2).Draw(t, "periods") {
			w.Periods = append(w.Periods, integrity.Period{
				From: "2026-03-15", To: "2026-04-03",
				Ends: anInstant(t, "ends"), Closes: anInstant(t, "closes"),
			})
		}
		return w
	})
}

func TestOrderOfTapsDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := aWindow().Draw(t, "window")
		before := integrity.Examine(w)
		seed := rapid.Uint64().Draw(t, "seed")
		w.Taps = slices.Clone(w.Taps)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(w.Taps), func(i, j int) { w.Taps[i], w.Taps[j] = w.Taps[j], w.Taps[i] })
		if diff := cmp.Diff(before, integrity.Examine(w)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestSignalsAreOfTheTableAndOfTheDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := aWindow().Draw(t, "window")
		once := map[string]bool{}
		for _, s := range integrity.Examine(w) {
			if !slices.ContainsFunc(integrity.Rules(), func(r integrity.Rule) bool {
				return r.Name == s.Name && r.Family == s.Family && r.Weight == s.Weight
			}) {
				t.Fatalf("%+v is not in the table", s)
			}
			if !slices.ContainsFunc(w.Taps, func(x integrity.Tap) bool { return x.ID == s.EventID && x.Day == today }) {
				t.Fatalf("%+v is on no tap of the day", s)
			}
			if key := s.EventID.String() + s.Name; once[key] {
				t.Fatalf("%+v twice", s)
			} else {
				once[key] = true
			}
			if _, err := json.Marshal(s); err != nil { // NaN and infinities have no JSON
				t.Fatalf("%+v: %v", s, err)
			}
		}
	})
}

func TestAScoreIsTheSumOfCappedFamilies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		signals := rapid.SliceOf(rapid.Custom(func(t *rapid.T) integrity.Signal {
			r := rapid.SampledFrom(integrity.Rules()).Draw(t, "rule")
			return integrity.Signal{Name: r.Name, Family: r.Family, Weight: r.Weight}
		})).Draw(t, "signals")
		var sum integrity.Tenths
		for family, added := range integrity.ByFamily(signals) {
			if added > integrity.Cap || added < -integrity.Cap {
				t.Fatalf("%s adds %d", family, added)
			}
			sum += added
		}
		if score := integrity.Score(signals); score != sum || score > 5*integrity.Cap {
			t.Fatalf("score %d, families %d", score, sum)
		}
		if doubled := integrity.Score(slices.Concat(signals, signals)); doubled != sum {
			t.Fatalf("said twice it is %d, once %d", doubled, sum)
		}
	})
}

// A receiver at rest may send the very same fix from morning to evening, and each day another one.
func TestARestingReceiverIsNoRepetition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var taps []integrity.Tap
		for n := range rapid.IntRange(1, 40).Draw(t, "taps") {
			day := rapid.IntRange(0, 5).Draw(t, "days before")
			minute := float64(rapid.IntRange(0, 600).Draw(t, "minute"))
			x := tap(n, day, minute, 0, placed(metersFrom(here, float64(day), 0)))
			for range rapid.IntRange(0, 3).Draw(t, "more") {
				x.Fixes = append(x.Fixes, x.Fixes[0])
			}
			taps = append(taps, x)
		}
		if found := integrity.Examine(window(taps...)); len(found) > 0 {
			t.Fatalf("%+v", found)
		}
	})
}

// Less certainty about when a tap was is never to the rep's harm.
func TestWiderClocksOnlySlowJourneys(t *testing.T) {
	t.Parallel()
	speeds := func(w integrity.Window) (sum integrity.Tenths) {
		for _, s := range integrity.Examine(w) {
			if s.Family == integrity.Physics {
				sum += s.Weight
			}
		}
		return sum
	}
	rapid.Check(t, func(t *rapid.T) {
		var sharp, wide []integrity.Tap
		for n := range rapid.IntRange(2, 20).Draw(t, "taps") {
			x := tap(n, 0, float64(rapid.IntRange(0, 90).Draw(t, "minute")), rapid.Float64Range(0, 50_000).Draw(t, "east"))
			sharp = append(sharp, x)
			by := time.Duration(rapid.IntRange(0, 3600).Draw(t, "wider")) * time.Second
			x.Earliest, x.Latest = x.Earliest.Add(-by), x.Latest.Add(by)
			wide = append(wide, x)
		}
		if s, w := speeds(window(sharp...)), speeds(window(wide...)); w > s {
			t.Fatalf("%d, and %d when less is certain", s, w)
		}
	})
}

func TestTheTableReadsWell(t *testing.T) {
	t.Parallel()
	seen := map[integrity.Rule]bool{}
	for _, r := range integrity.Rules() {
		key := integrity.Rule{Name: r.Name, Weight: r.Weight}
		if seen[key] || r.Name == "" || r.Family == "" || r.Says == "" || r.Weight == 0 || r.Weight > integrity.Cap {
			t.Errorf("%+v", r)
		}
		seen[key] = true
	}
}
