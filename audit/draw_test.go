package audit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// frame is of n retailers in three classes with sizes of a wide spread.
func frame(t testing.TB, n int) Frame {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([][]string, n)
	for i := range rows {
		rows[i] = []string{fmt.Sprintf("R%05d", i), string("ABC"[i%3]), fmt.Sprintf("%.3f", 0.01+math.Exp(r.NormFloat64()))}
	}
	f, err := NewFrame([]string{"code", "class", "size"}, rows)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func bySize(n int, strata ...string) Spec {
	return Spec{N: n, Size: "size", Method: ProportionalToSize, Strata: strata}
}

// Of many draws, each retailer is in as many as its probability says: no z beyond Bonferroni's limit at 1e-4 over all, and chi² as
// large as it should be. Seeds are fixed, so that the answer is.
func TestEverybodyIsDrawnAsOftenAsStated(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("the race detector makes it ten times as slow")
	}
	for name, c := range map[string]struct {
		retailers, draws int
		spec             Spec
	}{
		"all alike, three classes":         {60, 10_000, Spec{N: 20, Strata: []string{"class"}}},
		"by size, few":                     {9, 10_000, bySize(3)},
		"by size, almost all":              {12, 10_000, bySize(9)},
		"by size, one":                     {20, 10_000, bySize(1)},
		"by size, three classes":           {60, 10_000, bySize(15, "class")},
		"by size, too many for exact ways": {11_000, 100, bySize(100)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			count, stated := frequencies(t, frame(t, c.retailers), c.spec, c.draws)
			chi, free, worst := 0.0, 0.0, 0.0
			for code, p := range stated {
				if p == 1 {
					if count[code] != c.draws {
						t.Errorf("%s is certain, and drawn %d times", code, count[code])
					}
					continue
				}
				z := (float64(count[code]) - float64(c.draws)*p) / math.Sqrt(float64(c.draws)*p*(1-p))
				chi, free, worst = chi+z*z, free+1, max(worst, math.Abs(z))
			}
			limit, off := math.Sqrt2*math.Erfinv(1-1e-4/free), 4*math.Sqrt(2/free)
			if t.Logf("largest z %.2f, limit %.2f; chi² ÷ %v is %.3f, limits 1 ± %.3f", worst, limit, free, chi/free, off); c.draws == 10_000 && worst > limit {
				t.Error("z is too large")
			}
			if math.Abs(chi/free-1) > off {
				t.Error("chi² is not as it should be")
			}
		})
	}
}

func frequencies(t *testing.T, f Frame, spec Spec, draws int) (map[string]int, map[string]float64) {
	t.Helper()
	count, stated := map[string]int{}, map[string]float64{}
	spec.Reserves = f.Len()
	for i := range draws {
		d, err := f.Draw(spec, fmt.Sprint("seed ", i))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Picks {
			stated[p.Code] = p.Probability
			if p.Role == Drawn {
				count[p.Code]++
			}
		}
		spec.Reserves = 0 // by now everybody's probability is known
	}
	return count, stated
}

// The walk of Sampford's design, all its ways added up: each sample as often as his formula says, each unit with exactly its chance.
func TestSampfordIsExact(t *testing.T) {
	t.Parallel()
	for n := 1; n < 8; n++ {
		f := frame(t, 8)
		strata, err := f.stratify(bySize(n), "")
		if err != nil {
			t.Fatal(err)
		}
		units, left := strata[0].settle(n)
		if left == 0 {
			continue
		}
		after, included := tailsOf(units, left), make([]float64, len(units))
		all, samples, ways := 0.0, map[string]float64{}, map[string]float64{}
		var walk func(i, n int, lacking, probability float64, drawn []int)
		walk = func(i, n int, lacking, probability float64, drawn []int) {
			if n == 0 {
				weight, name := 0.0, fmt.Sprint(drawn)
				for _, j := range drawn {
					included[j] += probability
					weight += units[j].chance.lacks
				}
				for _, j := range drawn {
					weight *= units[j].chance.is / units[j].chance.lacks
				}
				samples[name], ways[name], all = weight, probability, all+weight
				return
			}
			with, without := after.odds(i, n, lacking, units[i].chance)
			if without > 0 {
				walk(i+1, n, lacking, probability*without/(with+without), drawn)
			}
			walk(i+1, n-1, lacking+units[i].chance.lacks, probability*with/(with+without), append(slices.Clone(drawn), i))
		}
		walk(0, left, 0, 1, nil)
		for i, u := range units {
			if math.Abs(included[i]-u.chance.is) > 1e-12 {
				t.Errorf("%d of 8: %s is drawn with %v, want %v", n, u.code, included[i], u.chance.is)
			}
		}
		for name, weight := range samples {
			if math.Abs(weight/all-ways[name]) > 1e-12 {
				t.Errorf("%d of 8: sample %s has %v, want %v", n, name, ways[name], weight/all)
			}
		}
	}
}

func TestTheOrderOfRowsAndColumnsNeverMatters(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"b", "2"}, {"a", "1"}, {"ä", "3"}, {"Z", "4"}}
	one, _ := NewFrame([]string{"code", "size"}, rows)
	other, _ := NewFrame([]string{"size", "code"}, [][]string{{"4", "Z"}, {"3", "ä"}, {"1", "a"}, {"2", "b"}})
	if one.Hash() != other.Hash() {
		t.Error("two hashes of one frame")
	}
	a, errA := one.Draw(bySize(2), "s")
	b, errB := other.Draw(bySize(2), "s")
	if errA != nil || errB != nil || !slices.Equal(a.Picks, b.Picks) {
		t.Errorf("%v %v, %v %v", a.Picks, errA, b.Picks, errB)
	}
}

func TestNumbersOfStrataAddUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		n       int
		room    []int
		weights []uint64
		want    []int
	}{
		"in proportion":                      {10, []int{50, 30, 20}, []uint64{50, 30, 20}, []int{5, 3, 2}},
		"the largest remainder":              {4, []int{5, 5, 2}, []uint64{5, 5, 2}, []int{2, 2, 0}},
		"ties go to the first":               {2, []int{4, 4, 4}, []uint64{1, 1, 1}, []int{1, 1, 0}},
		"full ones are filled":               {9, []int{2, 5, 5}, []uint64{100, 1, 1}, []int{2, 4, 3}},
		"nothing to weigh by":                {3, []int{2, 4}, []uint64{0, 0}, []int{1, 2}},
		"only one weighs, and it is too few": {5, []int{3, 10}, []uint64{7, 0}, []int{3, 2}},
		"everybody":                          {6, []int{1, 2, 3}, []uint64{1, 1, 1}, []int{1, 2, 3}},
	} {
		if got := shareOut(c.n, c.room, c.weights); !slices.Equal(got, c.want) {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestNeymanDrawsMoreWhereSizesSpread(t *testing.T) {
	t.Parallel()
	var rows [][]string
	for i := range 40 {
		class, size := "even", "10"
		if i%2 == 0 {
			class, size = "wild", fmt.Sprint(1+i)
		}
		rows = append(rows, []string{fmt.Sprint(i), class, size})
	}
	f, _ := NewFrame([]string{"code", "class", "size"}, rows)
	d, err := f.Draw(Spec{N: 10, Strata: []string{"class"}, Allocation: Allocation{Rule: Neyman}, Size: "size"}, "s")
	if err != nil || !slices.Equal(d.Strata, []Stratum{{"even", 20, 0}, {"wild", 20, 10}}) {
		t.Errorf("%v %v", d.Strata, err)
	}
}

func TestWhatCannotBeDrawnIsNamed(t *testing.T) {
	t.Parallel()
	f := frame(t, 6)
	for spec, want := range map[string]string{
		`{"n": 7}`:                    "6 retailers",
		`{"n": 0}`:                    "n is 0",
		`{"n": 2, "strata": ["rep"]}`: `no column "rep"; it has code, class, size`,
		`{"n": 2, "method": "pps"}`:   "size is missing",
		`{"n": 2, "method": "pps", "size": "class"}`:             `"R00000": class is "A"`,
		`{"n": 2, "size": "size"}`:                               "neither pps nor neyman",
		`{"n": 2, "strata": ["class"], "allocation": {"A": 3}}`:  "add up to 3",
		`{"strata": ["class"], "allocation": {"A": 3}}`:          `"A" has 2`,
		`{"strata": ["class"], "allocation": {"D": 1}}`:          `no retailer is in stratum "D"`,
		`{"strata": ["class"], "allocation": {"A": 2, "B": -1}}`: "-1 cannot",
		`{"n": 2, "allocation": "fair"}`:                         `allocation is "fair"`,
		`{"n": 2, "allocation": 3}`:                              "allocation is proportional",
		`{"n": 2, "method": "lottery"}`:                          `method is "lottery"`,
		`{"n": 2, "reserves": -1}`:                               "reserves",
		`{"n": 2, "seed": "x"}`:                                  "seed",
		`{"n": 2} {"n": 3}`:                                      "after top-level value",
		`{"n": 1.5}`:                                             "n is number 1.5, and should be a whole number",
		`{"n": "4"}`:                                             "n is string, and should be a whole number",
		`{"n": 4, "size": 1}`:                                    "size is number, and should be text",
		`{"strata": "class"}`:                                    "strata is string, and should be a list of columns",
		`{"strata": [1]}`:                                        "strata is number, and should be text",
		`[]`:                                                     "it is array, and should be an object",
		"\uFEFF{\"n\": 2}":                                       "without one",
		`{"N": 2}`:                                               `"N"; it can have n, strata`,
		`{"n": 2, "n": 3}`:                                       `"n" twice`,
		`{"strata": ["class"], "allocation": {"A": 2, "A": 1}}`:  `"A" twice`,
		"{\"n\": 2, \"strata\": [\"\xff\"]}":                     "not UTF-8",
		`{"n": 2, "reserves": 9223372036854775807}`:              "it can be 0 to 1000000",
	} {
		s, err := ParseSpec([]byte(spec))
		if err == nil {
			_, err = f.Draw(s, "s")
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", spec, err, want)
		}
	}
}

func TestWhatIsNoFrameIsNamed(t *testing.T) {
	t.Parallel()
	columns := []string{"code", "class"}
	for want, c := range map[string]struct {
		columns []string
		rows    [][]string
	}{
		"rows 2 and 4 have the same code": {columns, [][]string{{"a", "1"}, {"b", "1"}, {"a", "2"}}},
		"row 3 has no code":               {columns, [][]string{{"a", "1"}, {"", "1"}}},
		"row 2 has 1 fields":              {columns, [][]string{{"a"}}},
		"row 2 is not UTF-8":              {columns, [][]string{{"a", "\xff"}}},
		"no column is named code":         {[]string{"id"}, nil},
		"both named":                      {[]string{"code", "a", "a"}, nil},
		"column 2 has no name":            {[]string{"code", ""}, nil},
	} {
		if _, err := NewFrame(c.columns, c.rows); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestSizesAreExact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"1": 1000, "0.001": 1, "12.5": 12500, "1000000000": 1e12, "007": 7000} {
		if got, err := thousandths(text); err != nil || got != want {
			t.Errorf("%s: %d %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "0.000", "-1", "1.2345", "1e3", "1.", ".5", "NaN", "1000000000.001", "1,5", "+1", "99999999999999999999"} {
		if got, err := thousandths(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// A frame of 60,000 is drawn in less than a second, in one stratum or in as many as there are retailers: the best of three attempts, as
// others work on the machine too.
func TestSixtyThousandAreDrawnInASecond(t *testing.T) {
	if raced {
		t.Skip("the race detector makes it ten times as slow")
	}
	f := frame(t, 60_000)
	for name, spec := range map[string]Spec{
		"alike":                            {N: 600},
		"by size, as many as exactly":      bySize(16),
		"by size, in classes":              bySize(600, "class"),
		"by size, half of all":             bySize(30_000),
		"everybody, each a stratum":        {N: 60_000, Strata: []string{"code"}},
		"alike many of each":               {N: 59_999, Strata: []string{"code"}, Allocation: Allocation{Rule: Alike}},
		"most where sizes spread, by size": {N: 40_000, Strata: []string{"size"}, Size: "size", Allocation: Allocation{Rule: Neyman}, Method: ProportionalToSize},
	} {
		best := time.Hour
		for range 3 {
			begin := time.Now()
			if _, err := f.Draw(spec, "seed"); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(begin))
		}
		if t.Logf("%s: %v", name, best); best > time.Second {
			t.Errorf("%s: %v", name, best)
		}
	}
}

// raced says that the race detector is on.
var raced bool

func BenchmarkDraw60k(b *testing.B) {
	f := frame(b, 60_000)
	for b.Loop() {
		if _, err := f.Draw(bySize(600, "class"), "seed"); err != nil {
			b.Fatal(err)
		}
	}
}
