package favour

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func removed(by, rep string, times int) (changes []Change) {
	for range times {
		changes = append(changes, Change{Removed, by, rep})
	}
	return changes
}

func TestWhoStandsOut(t *testing.T) {
	t.Parallel()
	drawn := map[string]int{"li": 6, "bo": 6, "an": 48}
	with := func(changes ...[]Change) (all []Change) {
		for _, c := range changes {
			all = append(all, c...)
		}
		return all
	}
	for name, c := range map[string]struct {
		audits []Audit
		want   []string
	}{
		"nothing was changed": {[]Audit{{Drawn: drawn}}, nil},
		"all of one rep, three times over": {
			[]Audit{
				{Period: 0, Drawn: drawn, Changes: with(removed("wang", "li", 6), removed("wang", "an", 2))},
				{Period: 1, Drawn: drawn, Changes: with(removed("wang", "li", 6), removed("wang", "an", 1))},
				{Period: 2, Drawn: drawn, Changes: with(removed("wang", "an", 3), removed("wang", "li", 6))},
			},
			[]string{"wang removed 18 of 18 drawn retailers of li in periods 1 to 3, and 24 of 180 in all; 2.4 were to be expected, chance 1.3e-19, limit 4.6e-06 flagged"},
		},
		"it begins after honest months": {
			[]Audit{
				{Period: 0, Drawn: drawn, Changes: removed("wang", "an", 9)},
				{Period: 1, Drawn: drawn, Changes: removed("wang", "an", 9)},
				{Period: 7, Drawn: drawn, Changes: removed("wang", "li", 6)},
			},
			[]string{"wang removed 6 of 6 drawn retailers of li in periods 8 to 8, and 6 of 60 in all; 0.6 were to be expected, chance 2e-08, limit 1.7e-06 flagged"},
		},
		"two supervisors, and one of them takes from the rest": {
			[]Audit{{Drawn: drawn, Changes: with(removed("wang", "li", 6), removed("zhao", "bo", 1), removed("zhao", "an", 4))}},
			[]string{
				"wang removed 6 of 6 drawn retailers of li in periods 1 to 1, and 6 of 60 in all; 0.6 were to be expected, chance 2e-08, limit 1.4e-05 flagged",
				"zhao removed 1 of 6 drawn retailers of bo in periods 1 to 1, and 5 of 54 in all; 0.6 were to be expected, chance 0.46, limit 2.1e-05",
			},
		},
		"a favourite victim": {
			[]Audit{{Drawn: drawn, Others: map[string]int{"li": 100, "an": 900}, Changes: []Change{
				{Added, "wang", "li"}, {Added, "wang", "li"}, {Added, "wang", "li"}, {Added, "wang", "li"}, {Added, "wang", "li"}, {Added, "wang", "li"},
			}}},
			[]string{"wang added 6 of 100 undrawn retailers of li in periods 1 to 1, and 6 of 1000 in all; 0.6 were to be expected, chance 8.7e-07, limit 2.1e-05 flagged"},
		},
		"everybody alike": {
			[]Audit{{Drawn: map[string]int{"li": 2, "bo": 2}, Changes: with(removed("wang", "li", 1), removed("wang", "bo", 1))}},
			[]string{"wang changed nothing that stands out"},
		},
		"a supervisor of one rep": {
			[]Audit{{Drawn: map[string]int{"li": 60}, Changes: removed("wang", "li", 60)}},
			[]string{"wang changed nothing that stands out"},
		},
	} {
		found, err := Judge(c.audits, 12)
		var got []string
		for _, f := range found {
			got = append(got, f.String()+map[bool]string{true: " flagged"}[f.Flagged])
		}
		if err != nil || strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}

func TestWhatCannotBeIsNamed(t *testing.T) {
	t.Parallel()
	drawn := map[string]int{"li": 1}
	for want, a := range map[string]Audit{
		`audit 0: period 12 is not one of 12`:                       {Period: 12},
		`audit 0: period -1 is not one of 12`:                       {Period: -1},
		`audit 0: more retailers of "li" are removed than there`:    {Drawn: drawn, Changes: removed("wang", "li", 2)},
		`audit 0: more retailers of "bo" are removed than there`:    {Drawn: drawn, Changes: removed("wang", "bo", 1)},
		`audit 0: more retailers of "li" are added than there were`: {Drawn: drawn, Changes: []Change{{Added, "wang", "li"}}},
		`audit 0: a retailer cannot be "moved" by hand`:             {Drawn: drawn, Changes: []Change{{"moved", "wang", "li"}}},
	} {
		if _, err := Judge([]Audit{a}, 12); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The probabilities are those of whole numbers, counted without rounding, to the tenth digit.
func TestChancesAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		exact, ways, low := []*big.Rat{big.NewRat(1, 1)}, []float64{1}, 0
		for range rapid.IntRange(1, 4).Draw(t, "draws") {
			all := rapid.IntRange(1, 80).Draw(t, "all")
			special, taken := rapid.IntRange(0, all).Draw(t, "special"), rapid.IntRange(0, all).Draw(t, "taken")
			from, more := hypergeometric(all, special, taken)
			low, ways = low+from, convolve(ways, more)
			exact = convolveExactly(exact, all, special, taken)
		}
		for x, p := range exact {
			want, _ := p.Float64()
			got := 0.0
			if x >= low && x < low+len(ways) {
				got = ways[x-low]
			}
			if math.Abs(got-want) > 1e-10*want {
				t.Fatalf("%d: %g, want %g", x, got, want)
			}
		}
	})
}

func convolveExactly(before []*big.Rat, all, special, taken int) []*big.Rat {
	sums := make([]*big.Rat, len(before)+taken)
	for i := range sums {
		sums[i] = new(big.Rat)
	}
	ways := new(big.Int).Binomial(int64(all), int64(taken))
	for x := range taken + 1 {
		if x > special || taken-x > all-special {
			continue
		}
		product := new(big.Int).Binomial(int64(special), int64(x))
		product.Mul(product, new(big.Int).Binomial(int64(all-special), int64(taken-x)))
		p := new(big.Rat).SetFrac(product, ways)
		for i, q := range before {
			sums[i+x].Add(sums[i+x], new(big.Rat).Mul(p, q))
		}
	}
	return sums
}

// Over all ways in which a supervisor could remove or add without regard to reps, each counted once, the part that is flagged is never
// above what is allowed, however much that is; and a chance of so much is found in no larger part of them.
func TestAlarmsStayBelowTheLimitOverAllWays(t *testing.T) {
	t.Parallel()
	a := pool("li", 2, "bo", 2, "an", 1)
	b := pool("li", 1, "bo", 3)
	most := 0.0
	for name, takes := range map[string][]take{
		"2 of 5 in one period":             {{a, 0, Removed, 2}},
		"2 of 5 in two periods":            {{a, 0, Removed, 2}, {a, 1, Removed, 2}},
		"2 of 5 and 2 of 4 in one period":  {{a, 0, Removed, 2}, {b, 0, Removed, 2}},
		"three periods, one between":       {{b, 0, Removed, 1}, {a, 1, Removed, 2}, {b, 3, Removed, 2}},
		"2 of 5 removed, 2 of 4 added":     {{a, 0, Removed, 2}, {b, 0, Added, 2}},
		"removed and added in two periods": {{a, 0, Removed, 2}, {b, 1, Added, 1}, {a, 1, Removed, 2}},
	} {
		for _, alarms := range []float64{0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99} {
			for _, periods := range []int{takes[len(takes)-1].period + 1, 4} {
				all, flagged, chances := 0.0, 0.0, map[string]map[float64]float64{"li": {}, "bo": {}}
				eachWay(takes, nil, func(audits []Audit) {
					found, err := judge(audits, periods, alarms)
					if err != nil || len(found) != 1 {
						t.Fatal(found, err)
					}
					all++
					if found[0].Flagged {
						flagged++
					}
					for rep, of := range chances {
						of[chanceOf(audits, rep)]++
					}
				})
				if most = max(most, flagged/all/alarms); flagged/all > alarms {
					t.Errorf("%s: %v of %v are flagged, and %v is allowed", name, flagged, all, alarms)
				}
				for rep, of := range chances {
					below := 0.0
					for _, chance := range slices.Sorted(maps.Keys(of)) {
						if below += of[chance]; below/all > chance+1e-12 {
							t.Errorf("%s: %s has a chance of %v or less in %v of %v", name, rep, chance, below, all)
						}
					}
				}
			}
		}
	}
	if t.Logf("at most %.2f of the allowed alarms", most); most < 0.3 {
		t.Error("so few that nothing was tried")
	}
}

// chanceOf is that of the removals of one rep over all draws.
func chanceOf(audits []Audit, rep string) float64 {
	hands := map[string][]*hand{}
	for _, a := range audits {
		_ = a.read(Removed, hands)
	}
	of := &tally{next: len(hands["wang"]) - 1, ways: []float64{1}}
	return of.since(hands["wang"], 0, rep).Chance
}

type take struct {
	pool   []string // whose each retailer is
	period int
	kind   Kind
	n      int
}

func pool(of ...any) (reps []string) {
	for i := 0; i < len(of); i += 2 {
		for range of[i+1].(int) {
			reps = append(reps, of[i].(string))
		}
	}
	return reps
}

func eachWay(takes []take, before []Audit, yield func([]Audit)) {
	if len(takes) == 0 {
		yield(before)
		return
	}
	one := takes[0]
	counts := map[string]int{}
	for _, rep := range one.pool {
		counts[rep]++
	}
	var pick func(from int, changes []Change)
	pick = func(from int, changes []Change) {
		if len(changes) == one.n {
			a := Audit{one.period, counts, counts, changes}
			eachWay(takes[1:], append(before[:len(before):len(before)], a), yield)
			return
		}
		for i := from; i < len(one.pool); i++ {
			pick(i+1, append(changes[:len(changes):len(changes)], Change{one.kind, "wang", one.pool[i]}))
		}
	}
	pick(0, nil)
}

func ExampleJudge() {
	drawn := map[string]int{"li": 6, "bo": 6, "an": 6, "he": 6}
	found, _ := Judge([]Audit{
		{Period: 0, Drawn: drawn, Changes: []Change{{Removed, "wang", "li"}, {Removed, "wang", "li"}, {Removed, "wang", "li"}, {Removed, "wang", "bo"}}},
	}, 12)
	fmt.Println(found[0].Flagged, found[0])
	// Output: false wang removed 3 of 6 drawn retailers of li in periods 1 to 1, and 4 of 24 in all; 1.0 were to be expected, chance 0.035, limit 1e-05
}
