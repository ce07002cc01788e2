package pins

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"rounds/geo"
)

// An Estimate is where a pin should be, with the evidence for it. nil is unknown.
type Estimate struct {
	Point     orb.Point   // WGS-84; with several entrances the one nearest the current pin
	Sigma     geo.Meters  // the estimate's own, along one axis
	Entrances []Entrance  // none, or two and more, the busiest first
	People    int         // heard, auditors among them
	Audits    int         // auditors
	Visits    int         // a person and day each
	Sightings int         //
	Days      int         // that differ
	Spread    geo.Meters  // median distance of the people's centres from the nearest entrance or Point
	Shift     *geo.Meters // from the current pin; nil: that is no position
	NearOld   float64     // share of visits within the radius of the current pin
	NearNew   float64     // share of visits within the radius of Point or an entrance
	Influence geo.Meters  // how far Point would be without the one person who matters most; auditors apart
	Clipped   bool        // one person's word, cut off at the limit
	ValidFrom int         // the day after the last one heard: see [Applies]
	Hold      Hold        // why this is no proposal; empty: it is one
}

// An Entrance is one of several places at which people keep turning up.
type Entrance struct {
	Point  orb.Point
	Sigma  geo.Meters
	People int
	Visits int
}

// Hold is a stable reason not to propose an estimate.
type Hold string

// The reasons to hold an estimate back, in the order in which they are looked for.
const (
	OptionsInvalid   Hold = "options_invalid"    // they fail Validate
	TooFewPeople     Hold = "too_few_people"     // fewer than three, and no audit
	SeveralPeople    Hold = "several_people"     // where one person's sightings were wanted
	OutOfReach       Hold = "out_of_reach"       // one person, kilometres away
	PeopleDisagree   Hold = "people_disagree"    // no majority of at least three near any one place
	OnePersonDecides Hold = "one_person_decides" // without somebody it would be over 25 m elsewhere
	NoBetter         Hold = "no_better"          // the current pin is as sure, and agrees
)

// Learn estimates a pin from sightings of at least three people, or one audit.
// False means that it proposes nothing; the estimate then says what is in the
// way, and holds as much evidence as there is.
func Learn(current geo.Pin, sightings []Sighting, o Options) (Estimate, bool) {
	if o.Validate() != nil {
		return Estimate{Hold: OptionsInvalid}, false
	}
	h := hear(sightings, o)
	if len(h.witnesses) == 0 {
		return Estimate{Hold: TooFewPeople}, false
	}
	e := h.estimate(current, o)
	e.Hold = h.hold(e, current, o)
	return e, e.Hold == ""
}

// Applies says whether a pin version may be used for a person's visit of a day.
// A version made on day made from the visits, or by the hand, of the
// contributors is used for their own verdicts from the next day on only.
func Applies(contributors []string, made int, person string, day int) bool {
	return day > made || !slices.Contains(contributors, person)
}

func (h heard) estimate(current geo.Pin, o Options) Estimate {
	old := h.old(current, o)
	at, doors := locate(h.witnesses, o.MinPeople, old, o)
	places := []spot{at}
	for _, d := range doors {
		places = append(places, d.at)
	}
	e := h.count()
	e.Point = h.point(at)
	e.Entrances = h.entrances(doors, o)
	e.Spread, e.Sigma = h.precision(places, o)
	e.NearNew = h.near(places, o)
	if onEarth(current.Point) {
		e.Shift = new(geo.Distance(current.Point, e.Point))
	}
	if old != nil {
		e.NearOld = h.near([]spot{*old}, o)
	}
	e.Influence = geo.Meters(h.influence(at, old, o))
	return e
}

// old is the current pin in the plane, nil if it is nowhere near.
func (h heard) old(current geo.Pin, o Options) *spot {
	if !onEarth(current.Point) {
		return nil
	}
	v := vectorOf(current.Point)
	if v.chord(h.origin) > 2*float64(o.Reach) {
		return nil
	}
	return new(h.spot(v))
}

func (h heard) count() (e Estimate) {
	days := map[int]bool{}
	for _, w := range h.witnesses {
		e.People++
		e.Visits += len(w.voices)
		e.Sightings += w.seen
		if w.audit {
			e.Audits++
		}
		for _, d := range w.days {
			days[d] = true
		}
		e.ValidFrom = max(e.ValidFrom, w.days[len(w.days)-1]+1)
	}
	e.Days = len(days)
	return e
}

// locate is the entrance nearest the old pin if there are several, else the
// centre of the people.
func locate(ws []witness, need int, old *spot, o Options) (spot, []door) {
	doors := findDoors(ws, need, o)
	if len(doors) == 0 {
		return centre(marksOf(ws)), nil
	}
	if old == nil {
		return doors[0].at, doors
	}
	return slices.MinFunc(doors, func(a, b door) int { return cmp.Compare(old.to(a.at), old.to(b.at)) }).at, doors
}

func marksOf(ws []witness) []mark {
	ms := make([]mark, len(ws))
	for i, w := range ws {
		ms[i] = w.mark
	}
	return ms
}

// precision is the median distance of the people from the nearest place, and
// the estimate's sigma: the worst of the floor, what the phones claim, and what
// the people's spread says (a round normal's median radius is 1.1774σ).
func (h heard) precision(places []spot, o Options) (spread, sigma geo.Meters) {
	const rayleigh50 = 1.1774100225154747
	ms := marksOf(h.witnesses)
	gaps := make([]float64, 0, len(ms))
	for _, m := range ms {
		for range int(m.pull) { // an auditor speaks for three
			gaps = append(gaps, nearest(places, m.at))
		}
	}
	middle := median(gaps)
	claimed, shown := pooled(ms, len(ms)), middle/rayleigh50/math.Sqrt(float64(len(ms)))
	return geo.Meters(middle), geo.Meters(max(float64(o.FloorSigma), claimed, shown))
}

// near is the share of visits within the radius of any of the places.
func (h heard) near(places []spot, o Options) float64 {
	inside, all := 0, 0
	for _, w := range h.witnesses {
		for _, v := range w.voices {
			all++
			if nearest(places, v.at) <= float64(o.Radius) {
				inside++
			}
		}
	}
	return float64(inside) / float64(all)
}

func nearest(places []spot, s spot) float64 {
	least := math.Inf(1)
	for _, p := range places {
		least = min(least, p.to(s))
	}
	return least
}

// influence leaves out one person after another, and with them one of the
// people needed, and looks how far the point goes. Where the others agree on
// nothing they would be nowhere, and the person is not compared.
func (h heard) influence(at spot, old *spot, o Options) (most float64) {
	need := max(1, o.MinPeople-1)
	for i, w := range h.witnesses {
		others := slices.Delete(slices.Clone(h.witnesses), i, i+1)
		if w.audit || len(others) == 0 {
			continue
		}
		if without, doors := locate(others, need, old, o); len(doors) > 0 || agree(others, without, need, o) {
			most = max(most, at.to(without))
		}
	}
	return most
}

// agree is true where more than half of the people, and no fewer than needed,
// have their centre near the spot.
func agree(ws []witness, at spot, need int, o Options) bool {
	near := 0.0
	for _, w := range ws {
		if at.to(w.at) <= float64(o.Agree) {
			near += w.pull
		}
	}
	return near > pullOf(ws)/2 && near >= float64(need)
}

func (h heard) hold(e Estimate, current geo.Pin, o Options) Hold {
	switch {
	case pullOf(h.witnesses) < float64(o.MinPeople):
		return TooFewPeople
	case len(e.Entrances) == 0 && !agree(h.witnesses, h.spot(vectorOf(e.Point)), o.MinPeople, o):
		return PeopleDisagree
	case !(e.Influence <= o.Limit):
		return OnePersonDecides
	case noBetter(e, current):
		return NoBetter
	}
	return ""
}

func pullOf(ws []witness) (sum float64) {
	for _, w := range ws {
		sum += w.pull
	}
	return sum
}

func noBetter(e Estimate, current geo.Pin) bool {
	return e.Shift != nil && len(e.Entrances) == 0 && current.Sigma >= 0 && current.Sigma <= e.Sigma &&
		float64(*e.Shift) <= 3*math.Hypot(float64(current.Sigma), float64(e.Sigma))
}

// ByOne is what one person's own sightings may propose: their centre, cut off at
// the limit from the anchor. Audits are visits here; current serves to tell the shift.
//
// The caller goes back from the current version to the last one that is neither
// set by that person nor made from their sightings alone: that is the anchor.
// Where every version is theirs, it is the oldest.
func ByOne(current, anchor geo.Pin, own []Sighting, o Options) (Estimate, bool) {
	if o.Validate() != nil {
		return Estimate{Hold: OptionsInvalid}, false
	}
	own = slices.Clone(own)
	for i := range own {
		own[i].Audit = false
	}
	h := hear(own, o)
	if hold := h.holdOne(anchor, o); hold != "" {
		return Estimate{Hold: hold}, false
	}
	return h.oneWord(current, anchor, o), true
}

func (h heard) holdOne(anchor geo.Pin, o Options) Hold {
	switch {
	case len(h.witnesses) == 0:
		return TooFewPeople
	case len(h.witnesses) > 1:
		return SeveralPeople
	case !onEarth(anchor.Point) || !(vectorOf(anchor.Point).chord(h.origin) <= float64(o.Reach)):
		return OutOfReach
	}
	return ""
}

// oneWord stays a hundredth of a per cent short of the limit, for rounding.
func (h heard) oneWord(current, anchor geo.Pin, o Options) Estimate {
	pl := planeAt(anchor.Point)
	wanted := pl.spot(vectorOf(h.point(h.witnesses[0].at)))
	at, clipped := spot{}.toward(wanted, 0.9999*float64(o.Limit))
	e := h.count()
	e.Point, e.Clipped = pl.point(at), clipped
	here := []spot{h.spot(vectorOf(e.Point))}
	e.Spread, e.Sigma = h.precision(here, o)
	e.Sigma = max(e.Sigma, SigmaOf(geo.FirstVisit))
	e.NearNew, e.Influence = h.near(here, o), geo.Distance(anchor.Point, e.Point)
	if onEarth(current.Point) {
		e.Shift = new(geo.Distance(current.Point, e.Point))
		e.NearOld = h.near([]spot{h.spot(vectorOf(current.Point))}, o)
	}
	return e
}
