package integrity_test

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb"

	"rounds"
	"rounds/fieldwork/integrity"
	"rounds/geo"
)

// A made-up city of honest people with difficult phones. Errors follow the published orders of magnitude:
// satellites 5 to 15 m, indoor positions 15 to 40 m, cells 300 m and more, four in a hundred outliers of
// four times that; a pin is 12 m off and a person within 20 m of its shop.
const (
	weeks    = 5
	weekdays = 5
	stops    = 20
	pinError = 12
)

type shop struct{ at, pin orb.Point }

// person is a rep with a phone and its habits.
type person struct {
	*rand.Rand
	device   string
	shared   int     // people who use the phone
	sigma    float64 // of its satellite fixes, metres, as it says itself
	decimals int     // of its coordinates
	holds    bool    // a receiver that repeats its position until it moves
	indoors  float64 // share of visits with a network fix beside or instead
	unsure   time.Duration
	ahead    time.Duration // its clock; more than minutes is held to be wrong
	backlog  bool          // three days come at the period's end
	flies    bool          // on one day in twenty, to another city
	heights  bool
	beats    [weekdays][stops]shop
	events   int
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func aPerson(n int) *person {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	p := &person{
		Rand: r, device: "phone", shared: pick(r, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2),
		sigma: pick(r, 3.0, 5, 5, 9, 14, 25, 40), decimals: pick(r, 4, 5, 6, 7, 7, 15),
		holds: r.Float64() < 0.33, indoors: pick(r, 0.1, 0.3, 0.6), unsure: pick(r, time.Second, time.Second, time.Minute, 10*time.Minute),
		backlog: r.Float64() < 0.1, flies: r.Float64() < 0.2, heights: r.Float64() < 0.7,
	}
	if r.Float64() < 0.04 {
		p.ahead = pick(r, -26*time.Hour, -2*time.Hour, 3*time.Hour)
	}
	centre := metersFrom(town, 30_000*(r.Float64()-0.5), 30_000*(r.Float64()-0.5))
	for b := range p.beats {
		for s := range p.beats[b] {
			at := p.around(centre, 1500)
			p.beats[b][s] = shop{at: at, pin: p.around(at, pinError)}
		}
	}
	return p
}

func (p *person) around(at orb.Point, sigma float64) orb.Point {
	return metersFrom(at, sigma*p.NormFloat64(), sigma*p.NormFloat64())
}

func round(x float64, decimals int) float64 {
	scale := math.Pow(10, float64(decimals))
	return math.Round(x*scale) / scale
}

// fix is of a kind of receiver; one in 25 is four times as wrong as it says.
func (p *person) fix(s shop, truth orb.Point, source geo.FixSource, sigma float64, at time.Time) integrity.Fix {
	wrong := sigma
	if p.Float64() < 0.04 {
		wrong *= 4
	}
	point := p.around(truth, wrong)
	if source == geo.SourceCell { // the same for all in the cell
		point = orb.Point{round(truth.Lon(), 2) + 0.00123456, round(truth.Lat(), 2) + 0.00123456}
		source = pick(p.Rand, geo.SourceCell, geo.SourceNetwork, geo.SourceFused)
	}
	point = orb.Point{round(point.Lon(), p.decimals), round(point.Lat(), p.decimals)}
	f := integrity.Fix{Fix: rounds.Fix{Fix: geo.Fix{
		Point: point, Datum: geo.WGS84, Accuracy: geo.Meters(round(1.51*sigma, 1)), AccuracyKind: geo.Android68, Source: source, Time: at,
	}}}
	if p.heights && source == geo.SourceGPS {
		f.AltitudeM = new(round(20+5*p.NormFloat64(), 1))
	}
	f.FromPin = new(geo.Distance(point, s.pin))
	return f
}

func (p *person) fixes(s shop, truth orb.Point, at time.Time) []integrity.Fix {
	var found []integrity.Fix
	for range 1 + p.IntN(2) {
		at = at.Add(-time.Duration(p.IntN(30)) * time.Second)
		found = append(found, p.fix(s, truth, geo.SourceGPS, p.sigma*(0.7+0.6*p.Float64()), at))
	}
	switch {
	case p.Float64() < 0.1:
		return []integrity.Fix{p.fix(s, truth, geo.SourceCell, 530, at)}
	case p.Float64() < p.indoors:
		found = append(found, p.fix(s, truth, pick(p.Rand, geo.SourceNetwork, geo.SourceFused), 15+45*p.Float64(), at))
	}
	return found
}

func (p *person) tap(kind rounds.EventKind, shopID int, day rounds.Day, at time.Time, fixes []integrity.Fix) integrity.Tap {
	p.events++
	t := integrity.Tap{
		ID: event(p.events), Device: p.device, Kind: kind, RetailerID: retailer(shopID), Day: day,
		Claimed: at.Add(p.ahead), At: at, Earliest: at.Add(-p.unsure), Latest: at.Add(p.unsure),
		ReceivedAt: at.Add(10 * time.Second), ClockWrong: p.ahead.Abs() > 10*time.Minute, Fixes: fixes,
	}
	for i := range t.Fixes {
		t.Fixes[i].Time = t.Fixes[i].Time.Add(p.ahead)
	}
	return t
}

// visit is a check-in and a check-out, where the person stands.
func (p *person) visit(shopID int, s shop, day rounds.Day, start, end time.Time) []integrity.Tap {
	stands := p.around(s.at, 8)
	if p.Float64() < 0.01 { // an old position that the phone takes for a new one
		stands = p.around(s.at, 2000)
	}
	first := p.fixes(s, stands, start)
	last := p.fixes(s, stands, end)
	if p.holds {
		for i := range last {
			last[i] = first[min(i, len(first)-1)]
			last[i].Time = end
		}
	}
	return []integrity.Tap{p.tap(rounds.CheckIn, shopID, day, start, first), p.tap(rounds.CheckOut, shopID, day, end, last)}
}

// drive is how long the way takes: three minutes and 8 to 30 m/s.
func (p *person) drive(a, b orb.Point) time.Duration {
	return 3*time.Minute + time.Duration(float64(geo.Distance(a, b))/(8+22*p.Float64())*float64(time.Second))
}

// work is a day on a beat.
func (p *person) work(day rounds.Day, beat int) []integrity.Tap {
	var taps []integrity.Tap
	beatShops := p.beats[beat]
	if p.flies && p.IntN(20) == 0 {
		for i := stops / 2; i < stops; i++ { // the afternoon in a city 600 km away, an hour and a half by air
			beatShops[i].at = metersFrom(beatShops[i].at, 0, 600_000)
			beatShops[i].pin = metersFrom(beatShops[i].pin, 0, 600_000)
		}
	}
	at := day.At(0, 30+p.IntN(60), time.UTC)
	for i, s := range beatShops {
		if i > 0 {
			at = at.Add(min(p.drive(beatShops[i-1].at, s.at), 90*time.Minute))
		}
		end := at.Add(time.Duration(5+p.IntN(15)) * time.Minute)
		taps = append(taps, p.visit(beat*stops+i, s, day, at, end)...)
		at = end
	}
	return taps
}

// lastDay is the Friday that ends the last week.
const lastDay = today

func dayOf(week, weekday int) rounds.Day {
	return lastDay.Add(-7*(weeks-1-week) - (weekdays - 1 - weekday))
}

var month = integrity.Period{
	From: "2026-03-01", To: lastDay,
	Ends: lastDay.Add(1).At(0, 0, time.UTC), Closes: lastDay.Add(2).At(0, 0, time.UTC),
}

// month is five weeks of honest work, day by day.
func (p *person) month() map[rounds.Day][]integrity.Tap {
	found := map[rounds.Day][]integrity.Tap{}
	for week := range weeks {
		for weekday := range weekdays {
			day := dayOf(week, weekday)
			found[day] = p.work(day, weekday)
			if p.backlog && week == weeks-1 && weekday < 3 {
				for i := range found[day] {
					found[day][i].ReceivedAt = month.Closes.Add(-time.Hour)
				}
			}
		}
	}
	return found
}

// looking is the window of a day over everything a person did.
func (p *person) looking(taps map[rounds.Day][]integrity.Tap, day rounds.Day) integrity.Window {
	w := integrity.Window{Day: day, People: map[string]int{p.device: p.shared}, Periods: []integrity.Period{month}}
	for d := day.Add(-35); d <= day; d = d.Add(1) {
		w.Taps = append(w.Taps, taps[d]...)
	}
	return w
}

// tally counts visits by what is to be done about them.
type tally struct {
	visits, noticed, review, urgent int
	names                           map[string]int
}

// count adds the visits of a window's day that are wanted.
func (y *tally) count(w integrity.Window, wanted func(integrity.Tap) bool) {
	signals := map[rounds.EventID][]integrity.Signal{}
	for _, s := range integrity.Examine(w) {
		signals[s.EventID] = append(signals[s.EventID], s)
	}
	visits := map[rounds.RetailerID][]integrity.Signal{}
	for _, t := range w.Taps {
		if t.Day == w.Day && wanted(t) {
			visits[t.RetailerID] = append(visits[t.RetailerID], signals[t.ID]...)
		}
	}
	for _, of := range visits {
		y.add(of)
	}
}

func (y *tally) add(visit []integrity.Signal) {
	score := integrity.Score(visit)
	y.visits++
	if score > 0 {
		y.noticed++
	}
	if score >= integrity.ReviewAt {
		y.review++
	}
	if score >= integrity.UrgentAt {
		y.urgent++
	}
	if y.names == nil {
		y.names = map[string]int{}
	}
	seen := map[string]bool{}
	for _, s := range visit {
		if !seen[s.Name] {
			seen[s.Name] = true
			y.names[s.Name]++
		}
	}
}

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }
