package geo_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"rounds/geo"
)

// rates are how many visits of a kind come to which end.
type rates struct {
	n                   int
	probable, plain     map[geo.Outcome]int
	minusAccuracyCredit int
}

// measureRates judges n visits of a model by three rules. The two hard ones credit a visit by either fix.
func measureRates(m visitModel, n int, d *rand.Rand) rates {
	r := rates{n: n, probable: map[geo.Outcome]int{}, plain: map[geo.Outcome]int{}}
	for range n {
		taps := m.draw(d)
		first, second := geo.Measure(taps[0]), geo.Measure(taps[1])
		r.probable[geo.Judge(geo.DefaultPolicy(), first, second).Outcome]++
		r.plain[geo.Judge(geo.PlainPolicy(), first, second).Outcome]++
		if minusAccuracy(first) || minusAccuracy(second) {
			r.minusAccuracyCredit++
		}
	}
	return r
}

// minusAccuracy is the rule that gives whoever claims a poor accuracy a larger circle.
func minusAccuracy(m geo.Measured) bool {
	return *m.Fixes[0].Distance-*m.Fixes[0].Accuracy <= geo.DefaultPolicy().Radius
}

// many is how many visits a row takes: ROUNDS_RATES of them, or enough for rates of 1 in 10,000 in the long
// form, or a few.
func many(t *testing.T, long int) int {
	t.Helper()
	if said := os.Getenv("ROUNDS_RATES"); said != "" {
		return int(number(t, said))
	}
	if os.Getenv("ROUNDS_SOAK") != "" {
		return long
	}
	return 1000
}

// logTable logs rows of cells with a tab between them, aligned.
func logTable(t *testing.T, title string, rows []string) {
	t.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		fmt.Fprintln(w, row+"\t")
	}
	w.Flush()
	t.Logf("%s\n%s", title, b.String())
}

var usualReading = reading{"outliers of their own, ρ = 0.5", false, false, always(0.5)}

// The rates of what happens, three rules side by side.
func TestRatesOfVisits(t *testing.T) {
	t.Parallel()
	n := min(many(t, 50_000), 50_000)
	var models []visitModel
	var names []string
	add := func(name string, m visitModel) {
		m.reading = usualReading
		names, models = append(names, m.surrounding.name+": "+name), append(models, m)
	}
	for _, s := range []surrounding{openStreet, denseStreet, indoor, cell} {
		add("honest, learned pin", visitModel{surrounding: s, pin: learnedPin})
		add("honest, after 3 days offline, clock 3 days late", visitModel{surrounding: s, pin: learnedPin, late: 72 * time.Hour})
		add("honest, pin not confirmed", visitModel{surrounding: s, pin: unconfirmedPin})
		for _, off := range []float64{150, 500} {
			add(fmt.Sprintf("honest, pin %.0f m wrong, not confirmed", off), visitModel{surrounding: s, pin: unconfirmedPin.wrongBy(off, "")})
			add(fmt.Sprintf("honest, pin %.0f m wrong, learned", off), visitModel{surrounding: s, pin: learnedPin.wrongBy(off, "")})
		}
		for _, away := range []float64{300, 500, 1000, 5000} {
			add(fmt.Sprintf("cheat at %.0f m, learned pin", away), visitModel{surrounding: s, pin: learnedPin, away: away})
		}
		add("cheat at 500 m, pin not confirmed", visitModel{surrounding: s, pin: unconfirmedPin, away: 500})
	}
	got := measureAll(models, n, measureRates)
	rows := []string{"\tprobabilistic\t\t\tplain\t\t\td − accuracy", "percent\tcredited\tundecided\telsewhere\tcredited\tundecided\telsewhere\tcredited"}
	for i, r := range got {
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s", names[i], r.percent(r.probable), r.percent(r.plain), percent(r.minusAccuracyCredit, n)))
	}
	logTable(t, fmt.Sprintf("%d visits a row of two fixes each; %s", n, usualReading.name), rows)
	for i, m := range models {
		if r := got[i]; !m.pin.confirmed && r.probable[geo.Elsewhere] > 0 {
			t.Errorf("%s: %d called elsewhere by a pin that may be wrong", names[i], r.probable[geo.Elsewhere])
		}
	}
}

func (r rates) percent(of map[geo.Outcome]int) string {
	return percent(of[geo.AtRetailer], r.n) + "\t" + percent(of[geo.Undecided], r.n) + "\t" + percent(of[geo.Elsewhere], r.n)
}

func percent(k, n int) string { return fmt.Sprintf("%.2f", 100*float64(k)/float64(n)) }

// measureAll measures rows at the same time, each with a seed of its own.
func measureAll[T any](models []visitModel, n int, measure func(visitModel, int, *rand.Rand) T) []T {
	got := make([]T, len(models))
	var rows sync.WaitGroup
	for i, m := range models {
		rows.Go(func() { got[i] = measure(m, n, rand.New(rand.NewPCG(uint64(i), 20260304))) })
	}
	rows.Wait()
	return got
}

// readings are the ways to understand how errors go together.
func readings() []reading {
	var all []reading
	for _, pareto := range []bool{false, true} {
		for _, persist := range []bool{false, true} {
			for _, c := range []struct {
				name string
				rho  func(float64) float64
			}{{"0", always(0)}, {"walk", asWalked}, {"0.5", always(0.5)}, {"0.9", always(0.9)}} {
				if persist && c.name == "0" { // nothing persists
					continue
				}
				tail, whose := "exp", "own"
				if pareto {
					tail = "pareto"
				}
				if persist {
					whose = "persist"
				}
				all = append(all, reading{tail + " " + whose + " ρ " + c.name, pareto, persist, c.rho})
			}
		}
	}
	return all
}

// The bars: confirmed pins, gps or fused fixes of a stated accuracy of at most 30 m, two of them. Where outliers
// persist from one fix to the next they are not met; TestRatesOfStricterPolicies says what could be done, and where
// nothing can.
func TestRatesAtTheBars(t *testing.T) {
	t.Parallel()
	n := many(t, 500_000)
	fewer := min(n, 300_000) // cheats cost more time each
	var honest, cheats []visitModel
	for _, r := range readings() {
		for _, s := range []surrounding{openStreet, denseStreet, indoorFused} {
			for _, p := range []pinModel{learnedPin, surveyedPin} {
				honest = append(honest, visitModel{surrounding: s, pin: p, reading: r})
				cheats = append(cheats, visitModel{surrounding: s, pin: p, away: 500, reading: r})
			}
		}
	}
	wrong, caught := measureAll(honest, n, outcomesOf), measureAll(cheats, fewer, outcomesOf)
	rows := []string{"in 10,000 (95 % upper bound)\thonest elsewhere\t\tcheat at 500 m credited\t\telsewhere"}
	for i, m := range honest {
		b := atBar{m, tally{wrong[i][geo.Elsewhere], n}, tally{caught[i][geo.AtRetailer], fewer}, tally{caught[i][geo.Elsewhere], fewer}}
		rows = append(rows, b.String())
		if m.mustMeet() && !b.met() {
			t.Error(b)
		}
	}
	logTable(t, fmt.Sprintf("%d honest visits and %d cheats a row", n, fewer), rows)
}

// outcomesOf counts verdicts. A visit with a fix in the circle is not elsewhere, so an honest one need not
// be judged to know that.
func outcomesOf(m visitModel, n int, d *rand.Rand) map[geo.Outcome]int {
	counts, p := map[geo.Outcome]int{}, geo.DefaultPolicy()
	for range n {
		taps := m.draw(d)
		first, second := geo.Measure(taps[0]), geo.Measure(taps[1])
		if m.away == 0 && (*first.Fixes[0].Distance <= p.Radius || *second.Fixes[0].Distance <= p.Radius) {
			continue
		}
		counts[geo.Judge(p, first, second).Outcome]++
	}
	return counts
}

// mustMeet is where the bars hold: in the open whatever errors do; in a dense street unless outliers persist
// for minutes; indoors, as fused fixes, unless they persist so or are Pareto's.
func (m visitModel) mustMeet() bool {
	r := m.reading
	forMinutes := r.persist && r.rho(600) > 0.1
	switch m.surrounding {
	case openStreet:
		return true
	case denseStreet:
		return !forMinutes
	}
	return !forMinutes && !r.pareto
}

// atBar is what came of a model.
type atBar struct {
	model                   visitModel
	wrong, credited, caught tally
}

const bar, caughtBar = 1e-4, 0.90

func (b atBar) met() bool {
	return b.wrong.within(bar) && b.credited.within(bar) && b.caught.share() >= caughtBar
}

func (b atBar) String() string {
	return fmt.Sprintf("%s, %s, %s\t%s\t%s\t%.2f %%", b.model.reading.name, b.model.surrounding.name, b.model.pin.name,
		b.wrong, b.credited, 100*b.caught.share())
}

// tally is k of n.
type tally struct{ k, n int }

func (c tally) share() float64 { return float64(c.k) / float64(c.n) }

func (c tally) String() string {
	upper, said := poissonUpper(c.k)/float64(c.n), "met"
	switch {
	case c.share() > bar:
		said = "missed"
	case upper > bar:
		said = "open"
	}
	return fmt.Sprintf("%.2f (%.2f)\t%s", 1e4*c.share(), 1e4*upper, said)
}

// within is whether a rate is at most a bar: by its upper bound where there are enough visits to tell, else
// by what chance would still explain.
func (c tally) within(bar float64) bool {
	expected := bar * float64(c.n)
	if expected >= 10 {
		return poissonUpper(c.k) <= expected
	}
	return float64(c.k) <= expected+4*math.Sqrt(expected)+3
}

// poissonUpper is the largest mean by which so few events as k are still seen one time in 20.
func poissonUpper(k int) float64 {
	low, high := float64(k), float64(k)+10+10*math.Sqrt(float64(k))
	for range 60 {
		if mean := (low + high) / 2; poissonUpTo(k, mean) > 0.05 {
			low = mean
		} else {
			high = mean
		}
	}
	return high
}

func poissonUpTo(k int, mean float64) float64 {
	var sum float64
	for i := range k + 1 {
		lg, _ := math.Lgamma(float64(i) + 1)
		sum += math.Exp(float64(i)*math.Log(mean) - mean - lg)
	}
	return sum
}
