package pins

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"rounds/geo"
)

// A Sighting is where somebody stood when they were, or said they were, at the
// retailer. Person is any stable name; Day is any count of days.
type Sighting struct {
	Point  orb.Point  // WGS-84
	Sigma  geo.Meters // standard deviation along one axis; zero, negative or NaN: ignored
	Person string
	Day    int
	Audit  bool // by somebody sent to check, or a surveyor: never the rep whose visits are judged
}

// Options is how willingly pins are learned. Start from [Defaults].
type Options struct {
	MinPeople   int        `json:"min_people"`    // a correction needs so many; an audit counts AuditPull
	AuditPull   int        `json:"audit_pull"`    // an auditor weighs as much as so many people
	Limit       geo.Meters `json:"limit_m"`       // one person's visits alone move no pin further
	FloorSigma  geo.Meters `json:"floor_sigma_m"` // no estimate is held to be better
	MaxSigma    geo.Meters `json:"max_sigma_m"`   // sightings less precise teach nothing
	Reach       geo.Meters `json:"reach_m"`       // sightings so far from the middle of the people are strays
	Agree       geo.Meters `json:"agree_m"`       // three people and more than half have their centre so near
	Radius      geo.Meters `json:"radius_m"`      // within which visits are counted, before and after
	MinGap      geo.Meters `json:"min_gap_m"`     // entrances nearer are one
	MaxGap      geo.Meters `json:"max_gap_m"`     // entrances further apart are two shops
	DaysHeard   int        `json:"days_heard"`    // of each person, the newest
	PeopleHeard int        `json:"people_heard"`  // the last seen
}

// Defaults is three people or one audit, 25 metres for anybody alone, and an
// estimate never better than 8 metres. They are policy, not measurement.
func Defaults() Options {
	return Options{
		MinPeople: 3, AuditPull: 3, Limit: 25, FloorSigma: 8, MaxSigma: 60, Reach: 5000, Agree: 60,
		Radius: 100, MinGap: 40, MaxGap: 150, DaysHeard: 12, PeopleHeard: 40,
	}
}

// Validate reports every option that is not usable. Nothing is learned with
// options that fail it.
func (o Options) Validate() error {
	var errs []error
	for name, n := range map[string]int{
		"min_people": o.MinPeople, "audit_pull": o.AuditPull, "days_heard": o.DaysHeard, "people_heard": o.PeopleHeard,
	} {
		if n < 1 || n > 1000 {
			errs = append(errs, fmt.Errorf("%s %d: want 1 to 1000", name, n))
		}
	}
	for name, m := range map[string]geo.Meters{
		"limit_m": o.Limit, "floor_sigma_m": o.FloorSigma, "max_sigma_m": o.MaxSigma, "reach_m": o.Reach,
		"agree_m": o.Agree, "radius_m": o.Radius, "min_gap_m": o.MinGap, "max_gap_m": o.MaxGap,
	} {
		if !(m > 0 && m <= 100_000) {
			errs = append(errs, fmt.Errorf("%s %v: want more than 0 and at most 100000", name, float64(m)))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// SigmaOf is the standard deviation along one axis given to a new pin of this
// source: policy values. An unknown source has that of a geocoded pin.
func SigmaOf(source geo.PinSource) geo.Meters {
	switch source {
	case geo.Surveyed:
		return 3
	case geo.Learned:
		return 8
	case geo.Manual:
		return 10
	}
	return 25 // geocoded, imported, first visit
}

// phoneFloor is the best that a phone's position is taken to be, whatever it claims.
const phoneFloor = 5.0

// A witness is what one person says by all their days.
type witness struct {
	mark
	audit  bool
	seen   int // sightings
	days   []int
	voices []mark // one a day
}

// heard is everybody who has something to say, in the plane around them.
type heard struct {
	plane
	witnesses []witness
}

// hear keeps the usable sightings, and lays out what each person says. A person
// who has audited is heard by their audits alone.
func hear(all []Sighting, o Options) heard {
	people := byPerson(usable(all, o))
	for i := range people {
		people[i] = newest(audits(people[i]), o.DaysHeard)
	}
	people = lastSeen(people, o.PeopleHeard)
	if len(people) == 0 {
		return heard{}
	}
	h := heard{plane: planeAt(middle(people).point())}
	for _, p := range people {
		if w, ok := h.witness(p, o); ok {
			h.witnesses = append(h.witnesses, w)
		}
	}
	return h
}

// usable also sorts, so that no later step depends on the order given.
func usable(all []Sighting, o Options) []Sighting {
	kept := make([]Sighting, 0, len(all))
	for _, s := range all {
		if onEarth(s.Point) && s.Sigma > 0 && s.Sigma <= o.MaxSigma {
			s.Sigma = max(s.Sigma, phoneFloor)
			kept = append(kept, s)
		}
	}
	slices.SortFunc(kept, compare)
	return kept
}

func compare(a, b Sighting) int {
	return cmp.Or(
		cmp.Compare(a.Person, b.Person), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Point.Lon(), b.Point.Lon()),
		cmp.Compare(a.Point.Lat(), b.Point.Lat()), cmp.Compare(a.Sigma, b.Sigma),
	)
}

// onEarth is false at 0, 0 as well: phones without a position send it.
func onEarth(p orb.Point) bool {
	return math.Abs(p.Lon()) <= 180 && math.Abs(p.Lat()) <= 90 && p != orb.Point{}
}

func byPerson(sorted []Sighting) [][]Sighting {
	return runs(sorted, func(a, b Sighting) bool { return a.Person == b.Person })
}

func byDay(sorted []Sighting) [][]Sighting {
	return runs(sorted, func(a, b Sighting) bool { return a.Day == b.Day })
}

// runs cuts a sorted slice where two neighbours are not alike.
func runs(sorted []Sighting, alike func(a, b Sighting) bool) [][]Sighting {
	cut := make([][]Sighting, 0, 4)
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && alike(sorted[0], sorted[n]) {
			n++
		}
		cut, sorted = append(cut, sorted[:n:n]), sorted[n:]
	}
	return cut
}

func audits(one []Sighting) []Sighting {
	if !slices.ContainsFunc(one, func(s Sighting) bool { return s.Audit }) {
		return one
	}
	return slices.DeleteFunc(one, func(s Sighting) bool { return !s.Audit })
}

func newest(one []Sighting, days int) []Sighting {
	from := len(one)
	for from > 0 && (days > 0 || one[from-1].Day == one[from].Day) {
		if from == len(one) || one[from-1].Day != one[from].Day {
			days--
		}
		from--
	}
	return one[from:]
}

// lastSeen keeps so many people, those seen last, in the order given.
func lastSeen(people [][]Sighting, keep int) [][]Sighting {
	if len(people) <= keep {
		return people
	}
	last := func(p []Sighting) int { return p[len(p)-1].Day }
	days := make([]int, len(people))
	for i, p := range people {
		days[i] = last(p)
	}
	slices.Sort(days)
	people = slices.DeleteFunc(people, func(p []Sighting) bool { return last(p) < days[len(days)-keep] })
	return people[:keep]
}

// middle is roughly where a majority of the people are: of each person, and
// then of the people, the median along each axis. It only places the plane.
func middle(people [][]Sighting) vector {
	each := make([]vector, len(people))
	var own []vector
	for i, p := range people {
		own = own[:0]
		for _, s := range p {
			own = append(own, vectorOf(s.Point))
		}
		each[i] = medianVector(own)
	}
	return medianVector(each)
}

func medianVector(vs []vector) (m vector) {
	xs := make([]float64, len(vs))
	for axis := range m {
		for i, v := range vs {
			xs[i] = v[axis]
		}
		m[axis] = median(xs)
	}
	return m
}

// witness gives the person one voice a day and, over all days, one mark. Beyond
// four days more of the same gain no precision.
func (h heard) witness(one []Sighting, o Options) (witness, bool) {
	const daysCounted = 4
	w := witness{audit: one[0].Audit}
	w.pull = 1
	if w.audit {
		w.pull = float64(o.AuditPull)
	}
	days := byDay(one)
	w.days, w.voices = make([]int, 0, len(days)), make([]mark, 0, len(days))
	var marks []mark
	for _, day := range days {
		marks = h.marks(marks[:0], day, o)
		if len(marks) == 0 {
			continue
		}
		w.seen += len(marks)
		w.days = append(w.days, day[0].Day)
		w.voices = append(w.voices, mark{centre(marks), pooled(marks, 1), 1})
	}
	if len(w.voices) == 0 {
		return w, false
	}
	w.at, w.sigma = centre(w.voices), max(phoneFloor, pooled(w.voices, daysCounted))
	return w, true
}

// marks appends those of one day.
func (h heard) marks(ms []mark, day []Sighting, o Options) []mark {
	for _, s := range day {
		if v := vectorOf(s.Point); v.chord(h.origin) <= float64(o.Reach) {
			ms = append(ms, mark{h.spot(v), float64(s.Sigma), 1})
		}
	}
	return ms
}
