package estimate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func sample(t testing.TB, units ...Unit) Sample {
	t.Helper()
	s, err := NewSample(units)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answers are of n retailers drawn alike, of which so many say yes.
func answers(n, yes int, probability float64) (units []Unit) {
	for i := range n {
		units = append(units, Unit{Probability: probability, Of: 1, Sum: float64(toInt(i < yes))})
	}
	return units
}

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

func TestSharesAreAsBooksSay(t *testing.T) {
	t.Parallel()
	claims := func(probability, of, sum float64) Unit { return Unit{Probability: probability, Of: of, Sum: sum} }
	for name, c := range map[string]struct {
		units                   []Unit
		value, low, high, error float64
	}{
		"Wilson's 10 of 50, hardly any of very many":  {answers(50, 10, 1e-9), 0.2, 0.1124, 0.3304, 0.05714},
		"none of 59: up to 6 %":                       {answers(59, 0, 1e-9), 0, 0, 0.0611, 0},
		"all of 59":                                   {answers(59, 59, 1e-9), 1, 0.9389, 1, 0},
		"half of all are drawn: as 100 of very many":  {answers(50, 10, 0.5), 0.2, 0.1334, 0.2888, 0.04041},
		"everybody is drawn: a point":                 {answers(50, 10, 1), 0.2, 0.2, 0.2, 0},
		"everybody is drawn, and all say yes":         {answers(5, 5, 1), 1, 1, 1, 0},
		"one retailer":                                {answers(1, 1, 1e-9), 1, 0.2065, 1, 0},
		"one retailer, and there is no other":         {answers(1, 0, 1), 0, 0, 0, 0},
		"no retailer":                                 {nil, 0, 0, 1, 0},
		"one stands for two and one for four":         {[]Unit{claims(0.5, 1, 1), claims(0.25, 1, 0)}, 1.0 / 3, 0.0569, 0.8055, 0.35136},
		"three retailers with 3, 2 and 5 claims":      {[]Unit{claims(0.1, 3, 3), claims(0.1, 2, 1), claims(0.1, 5, 4)}, 0.8, 0.4287, 0.9552, 0.09859},
		"three retailers with 10 claims, all alike":   {[]Unit{claims(1e-9, 10, 10), claims(1e-9, 10, 10), claims(1e-9, 10, 10)}, 1, 0.4385, 1, 0},
		"half of the claims happened, at each of two": {[]Unit{claims(1e-9, 2, 1), claims(1e-9, 2, 1)}, 0.5, 0.1811, 0.8189, 0},
	} {
		e := sample(t, c.units...).Share()
		if !near(e.Value, c.value, 1e-9) || !near(e.Low, c.low, 1e-4) || !near(e.High, c.high, 1e-4) || !near(e.Error, c.error, 1e-5) {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestMeansStayOnTheirScale(t *testing.T) {
	t.Parallel()
	scale := func(probability float64, points ...float64) (units []Unit) {
		for _, p := range points {
			units = append(units, Unit{Probability: probability, Of: 1, Sum: p})
		}
		return units
	}
	for name, c := range map[string]struct {
		units            []Unit
		value, low, high float64
	}{
		"from 1 to 5":          {scale(1e-9, 1, 2, 3, 4, 5, 3, 3, 2, 4, 3), 3, 2.2365, 3.7635},
		"all 5: maybe not all": {scale(1e-9, 5, 5, 5), 5, 2.7540, 5},
		"all 5, and no other":  {scale(1, 5, 5, 5), 5, 5, 5},
		"some, and no other":   {scale(1, 1, 2), 1.5, 1.5, 1.5},
		"nobody":               {nil, 0, 1, 5},
	} {
		if e := sample(t, c.units...).Mean(1, 5); !near(e.Value, c.value, 1e-9) || !near(e.Low, c.low, 1e-4) || !near(e.High, c.high, 1e-4) {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestAStratumOfOneRetailerIsHeldAgainstAll(t *testing.T) {
	t.Parallel()
	units := answers(6, 3, 0.1)
	alone := Unit{Probability: 0.1, Stratum: "alone", Of: 1, Sum: 1}
	with, without := sample(t, append(units, alone)...).Total(), sample(t, units...).Total()
	if !(with.Error > without.Error) || with.Value != without.Value+10 {
		t.Errorf("with it %+v, without %+v", with, without)
	}
	alone.Probability = 1
	if with := sample(t, append(units, alone)...).Total(); with.Error != without.Error || with.Value != without.Value+1 {
		t.Errorf("certain %+v, without %+v", with, without)
	}
}

func TestADomainIsAPartOfTheSample(t *testing.T) {
	t.Parallel()
	units := answers(20, 20, 0.5)
	for i := range units {
		units[i].Domain = "ab"[i%2 : i%2+1]
	}
	s := sample(t, units...)
	a, all := s.Domain("a").Total(), s.Total()
	if a.Value != 20 || all.Value != 40 || !near(all.Error, 0, 1e-12) || !(a.Error > 0) {
		t.Errorf("that ten of twenty were of a is chance: %+v, all %+v", a, all)
	}
	if none := s.Domain("c").Share(); none.Drawn != 0 || none.Low != 0 || none.High != 1 {
		t.Errorf("%+v", none)
	}
}

func TestWhoWasMissedIsCountedAndStandsForNobody(t *testing.T) {
	t.Parallel()
	missed := Unit{Probability: 0.1, Missed: true}
	silent := Unit{Probability: 0.1}
	e := sample(t, append(answers(10, 8, 0.1), missed, missed, silent)...).Share()
	if e.Drawn != 13 || e.Missed != 2 || e.Told != 10 || e.Of != 10 || e.Sum != 8 || !near(e.Value, 0.8, 1e-12) {
		t.Errorf("%+v", e)
	}
}

func TestWhatIsNoSampleIsNamed(t *testing.T) {
	t.Parallel()
	for want, u := range map[string]Unit{
		"0 is no probability":    {},
		"1.5 is no probability":  {Probability: 1.5},
		"NaN is no probability":  {Probability: math.NaN()},
		"1 of -1 are no numbers": {Probability: 1, Of: -1, Sum: 1},
		"NaN of 1":               {Probability: 1, Of: 1, Sum: math.NaN()},
		"0 of +Inf":              {Probability: 1, Of: math.Inf(1)},
		"came to 1 of 0":         {Probability: 1, Sum: 1},
		"came to 1 of 1":         {Probability: 1, Of: 1, Sum: 1, Missed: true},
	} {
		if _, err := NewSample([]Unit{{Probability: 1}, u}); err == nil || !strings.Contains(err.Error(), "unit 1: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestQuantilesOfStudent(t *testing.T) {
	t.Parallel()
	for free, want := range map[int]float64{1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 10: 2.2281, 30: 2.0423, 1000: 1.9623} {
		if got := student(free); math.Abs(got/want-1) > 0.002 {
			t.Errorf("%d: %.4f, want %.4f", free, got, want)
		}
	}
}

// Whatever was drawn and answered: a number between the limits, limits between 0 and 1, the same in any order; and of the other
// answer the same, mirrored.
func TestLawsOfShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOfN(rapid.Custom(anyUnit), 0, 12).Draw(t, "units")
		s, err := NewSample(units)
		if err != nil {
			t.Fatal(err)
		}
		e := s.Share()
		if !(0 <= e.Low && e.Low <= e.Value+1e-12 && e.Value <= e.High+1e-12 && e.High <= 1) && e.Told > 0 || math.IsNaN(e.Error) || !(e.Effective >= 0) {
			t.Fatalf("%+v", e)
		}
		other := slices.Clone(units)
		slices.Reverse(other)
		for i, u := range other {
			other[i].Sum = u.Of - u.Sum
		}
		s, _ = NewSample(other)
		if o := s.Share(); e.Told > 0 && !(near(e.Value, 1-o.Value, 1e-9) && near(e.Low, 1-o.High, 1e-9) && near(e.High, 1-o.Low, 1e-9)) {
			t.Fatalf("%+v, the other answer %+v", e, o)
		}
		sum := 0.0
		for _, name := range []string{"", "a", "b"} {
			sum += s.Domain(name).Total().Value
		}
		if all := s.Total(); !near(sum, all.Value, 1e-9*(1+sum)) || math.IsNaN(all.Low) || math.IsNaN(all.High) {
			t.Fatalf("domains come to %v, all to %+v", sum, all)
		}
	})
}

func anyUnit(t *rapid.T) Unit {
	u := Unit{
		Probability: rapid.SampledFrom([]float64{1e-6, 0.01, 0.3, 0.5, 0.99, 1}).Draw(t, "probability"),
		Stratum:     rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "stratum"),
		Domain:      rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "domain"),
		Missed:      rapid.Bool().Draw(t, "missed"),
	}
	if !u.Missed {
		of := rapid.IntRange(0, 9).Draw(t, "of")
		u.Of, u.Sum = float64(of), float64(rapid.IntRange(0, of).Draw(t, "sum"))
	}
	return u
}

func ExampleSample_Share() {
	s, _ := NewSample([]Unit{
		{Probability: 0.02, Of: 4, Sum: 4},
		{Probability: 0.02, Of: 3, Sum: 1},
		{Probability: 0.08, Of: 9, Sum: 9},
		{Probability: 0.08, Missed: true},
	})
	e := s.Share()
	fmt.Printf("%.0f of %.0f claims; of all: %.0f %% (%.0f to %.0f), %d of %d retailers not visited\n", e.Sum, e.Of, 100*e.Value, 100*e.Low, 100*e.High, e.Missed, e.Drawn)
	// Output: 14 of 16 claims; of all: 78 % (17 to 98), 1 of 4 retailers not visited
}
