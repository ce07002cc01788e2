package geo_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"rounds/geo"
)

// stricterPolicies are what the numbers of a policy can do where outliers persist.
func stricterPolicies() []stricter {
	all := []stricter{{"as it is", nil}}
	for _, p := range []float64{0.001, 0.0005, 0.0001} {
		all = append(all, stricter{fmt.Sprintf("honest_p %v", p), func(q *geo.Policy) { q.Honest = p }})
	}
	for _, s := range []geo.Seconds{60, 120, 300} {
		all = append(all, stricter{fmt.Sprintf("apart_s %v", s), func(q *geo.Policy) { q.Apart = s }})
	}
	for _, k := range []float64{1.4, 2, 2.5} {
		all = append(all, stricter{fmt.Sprintf("accuracies × %v", k), func(q *geo.Policy) { q.Calibration = []geo.Calibration{{Factor: k}} }})
	}
	return append(all, stricter{"honest_p 0.0005, apart_s 300", func(q *geo.Policy) { q.Honest, q.Apart = 0.0005, 300 }})
}

// persistent are the readings in which outliers persist: for minutes, and for as long as anybody stays.
func persistent() []reading {
	var all []reading
	for _, pareto := range []bool{false, true} {
		name := map[bool]string{false: "exp", true: "pareto"}[pareto] + " persist ρ "
		all = append(
			all,
			reading{name + "exp(−t/180 s)", pareto, true, func(apart float64) float64 { return math.Exp(-apart / 180) }},
			reading{name + "0.5", pareto, true, always(0.5)},
			reading{name + "0.9", pareto, true, always(0.9)})
	}
	return all
}

// What a stricter policy would do where outliers persist: fewer false verdicts, until cheats at 500 m go free. The
// last row of each block is what any rule is up against: the distance that both fixes of 1 honest visit in 10,000
// exceed, and how many cheats are beyond it.
func TestRatesOfStricterPolicies(t *testing.T) {
	t.Parallel()
	n := many(t, 200_000)
	policies := stricterPolicies()
	var honest, cheats []visitModel
	for _, s := range []surrounding{denseStreet, indoorFused} {
		for _, r := range persistent() {
			for _, p := range policies {
				honest = append(honest, visitModel{surrounding: s, pin: learnedPin, reading: r, stricter: p})
				cheats = append(cheats, visitModel{surrounding: s, pin: learnedPin, reading: r, stricter: p, away: 500})
			}
		}
	}
	wrong, caught := measureAll(honest, n, outcomesOf), measureAll(cheats, n, outcomesOf)
	rows := []string{"in 10,000 (95 % upper bound)\t\thonest elsewhere\t\tcheat at 500 m elsewhere"}
	for i, m := range honest {
		rows = append(rows, fmt.Sprintf("%s, %s\t%s\t%s\t%s %%", m.reading.name, m.surrounding.name, m.how,
			tally{wrong[i][geo.Elsewhere], n}, percent(caught[i][geo.Elsewhere], n)))
		if (i+1)%len(policies) == 0 {
			limit, beyond := farthest(m, n)
			rows = append(rows, fmt.Sprintf("\tboth beyond %.0f m\t%.2f\t\t%s %%", limit, 1e4*bar, percent(beyond, n)))
		}
	}
	logTable(t, fmt.Sprintf("%d visits a row", n), rows)
}

// farthest is the distance that both fixes of few enough honest visits exceed to meet the bar, and how many of
// n cheats at 500 m do.
func farthest(m visitModel, n int) (limit float64, beyond int) {
	nearer := func(m visitModel, n int, d *rand.Rand) []float64 {
		var all []float64
		for range n {
			taps := m.draw(d)
			first, second := geo.Measure(taps[0]), geo.Measure(taps[1])
			all = append(all, float64(min(*first.Fixes[0].Distance, *second.Fixes[0].Distance)))
		}
		slices.Sort(all)
		return all
	}
	cheat := m
	cheat.away = 500
	both := measureAll([]visitModel{m, cheat}, n, nearer)
	limit = both[0][n-1-int(bar*float64(n))]
	at, _ := slices.BinarySearch(both[1], math.Nextafter(limit, math.Inf(1)))
	return limit, n - at
}
