package geo_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"rounds/geo"
)

// stricter is a policy, and how it differs from the usual one.
type stricter struct {
	how    string
	policy geo.Policy
}

// stricterPolicies are what the numbers of a policy can do where outliers persist.
func stricterPolicies() []stricter {
	all := []stricter{{"as it is", geo.DefaultPolicy()}}
	add := func(how string, change func(*geo.Policy)) {
		p := geo.DefaultPolicy()
		change(&p)
		all = append(all, stricter{how, p})
	}
	for _, p := range []float64{0.001, 0.0005, 0.0001} {
		add(fmt.Sprintf("honest_p %v", p), func(q *geo.Policy) { q.Honest = p })
	}
	for _, s := range []geo.Seconds{60, 120, 300} {
		add(fmt.Sprintf("apart_s %v", s), func(q *geo.Policy) { q.Apart = s })
	}
	for _, k := range []float64{1.4, 2, 2.5} {
		add(fmt.Sprintf("accuracies × %v", k), func(q *geo.Policy) { q.Calibration = []geo.Calibration{{Factor: k}} })
	}
	add("honest_p 0.0005, apart_s 300", func(q *geo.Policy) { q.Honest, q.Apart = 0.0005, 300 })
	return all
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
// last row of each block is what any limit of distance is up against: the distance that both fixes of 1 honest visit in 10,000
// exceed, and how many cheats are beyond it.
func TestRatesOfStricterPolicies(t *testing.T) {
	t.Parallel()
	n := many(t, 200_000)
	fewer := n / 10 // for percentages
	var honest, cheats []visitModel
	for _, s := range []surrounding{denseStreet, indoorFused} {
		for _, r := range persistent() {
			honest = append(honest, visitModel{surrounding: s, pin: learnedPin, reading: r})
			cheats = append(cheats, visitModel{surrounding: s, pin: learnedPin, reading: r, away: 500})
		}
	}
	wrong, caught := measureAll(honest, n, measureStricter), measureAll(cheats, fewer, measureStricter)
	rows := []string{"in 10,000 (95 % upper bound)\t\thonest elsewhere\t\tcheat at 500 m elsewhere"}
	for i, m := range honest {
		for j, p := range stricterPolicies() {
			rows = append(rows, fmt.Sprintf("%s, %s\t%s\t%s\t%s %%", m.reading.name, m.surrounding.name, p.how,
				tally{wrong[i].elsewhere[j], n}, percent(caught[i].elsewhere[j], fewer)))
		}
		limit := wrong[i].nearer[n-1-int(bar*float64(n))]
		at, _ := slices.BinarySearch(caught[i].nearer, math.Nextafter(limit, math.Inf(1)))
		rows = append(rows, fmt.Sprintf("\tboth beyond %.0f m\t%.2f\t\t%s %%", limit, 1e4*bar, percent(fewer-at, fewer)))
	}
	logTable(t, fmt.Sprintf("%d honest visits and %d cheats a row", n, fewer), rows)
}

// byPolicy is what stricter policies say of the same visits.
type byPolicy struct {
	elsewhere []int     // by policy
	nearer    []float64 // the distance of each visit's nearer fix, sorted
}

func measureStricter(m visitModel, n int, d *rand.Rand) byPolicy {
	policies := stricterPolicies()
	found := byPolicy{elsewhere: make([]int, len(policies))}
	for range n {
		taps := m.draw(d)
		first, second := geo.Measure(taps[0]), geo.Measure(taps[1])
		nearer := min(*first.Fixes[0].Distance, *second.Fixes[0].Distance)
		found.nearer = append(found.nearer, float64(nearer))
		for i, p := range policies {
			if nearer > p.policy.Radius {
				found.elsewhere[i] += count(geo.Judge(p.policy, first, second).Outcome == geo.Elsewhere)
			}
		}
	}
	slices.Sort(found.nearer)
	return found
}
