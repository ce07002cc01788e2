package pins

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"rounds/geo"
)

// A Subject is one retailer's pin and what it may be held against. Empty names,
// nil and nothing mean that this is not known.
type Subject struct {
	Pin       geo.Pin
	Sightings []Sighting // of its visits
	Judged    int        // visits with a verdict
	NotAt     int        // of these, undecided or elsewhere
	Territory string     // neighbours: the retailers of one rep
	Place     string     // the city or postcode of the address
	Second    *orb.Point // the same address by another geocoder
}

// Scrutiny is what makes a pin suspect. Start from [DefaultScrutiny].
type Scrutiny struct {
	Options   Options    `json:"options"`           // how sightings are heard
	Sigmas    float64    `json:"sigmas"`            // between pin and visits
	Least     geo.Meters `json:"least_m"`           // no less between pin and visits is suspect
	Sharing   int        `json:"sharing"`           // so many retailers on one spot
	FarGroup  geo.Meters `json:"far_group_m"`       // from the middle of a group, at least
	Spreads   float64    `json:"spreads"`           // and so many robust spreads of it
	Members   int        `json:"members"`           // a smaller group says nothing
	Apart     geo.Meters `json:"geocoders_apart_m"` // two geocoders' answers
	Decimals  int        `json:"few_decimals"`      // as written, in both coordinates
	Bounds    orb.Bound  `json:"bounds"`            // where all retailers are; zero: not known
	Undecided float64    `json:"undecided_share"`   // of at least three judged visits
}

// DefaultScrutiny asks for three sigmas and 25 m from visits, 20 km and three
// spreads from a group, 100 m between geocoders. They are policy.
func DefaultScrutiny() Scrutiny {
	return Scrutiny{
		Options: Defaults(), Sigmas: 3, Least: 25, Sharing: 3, FarGroup: 20_000, Spreads: 3, Members: 5,
		Apart: 100, Decimals: 3, Undecided: 0.5,
	}
}

// Reason is one stable finding about a pin.
type Reason string

// The reasons, and the points each adds to a suspect's severity.
const (
	NoPosition       Reason = "no_position"        // 100: no place on Earth, or null island
	OutOfBounds      Reason = "out_of_bounds"      // 80
	FarFromPlace     Reason = "far_from_place"     // 60: not where its city or postcode is
	FarFromTerritory Reason = "far_from_territory" // 50: not where its rep's others are
	VisitsFar        Reason = "visits_far"         // 10 a person, at most 50, and 5 a whole sigma, at most 50
	VisitsUndecided  Reason = "visits_undecided"   // 1 for each twentieth of the judged visits
	GeocodersApart   Reason = "geocoders_apart"    // 1 for each 25 m, at most 40
	SharedPoint      Reason = "shared_point"       // 5 for each other retailer, at most 30
	FewDecimals      Reason = "few_decimals"       // 15: a town's worth of rounding
)

// A Suspect is a pin to look at and the numbers it was ranked by. nil is unknown.
type Suspect struct {
	Index     int      // into the subjects
	Severity  int      // the sum of its reasons' points
	Reasons   []Reason // sorted
	Shift     *geo.Meters
	Sigmas    *float64 // shift by its sigma, pin and visits together
	People    int      // whose centre lies farther from the pin than half the shift
	Outside   float64  // share of visits beyond the options' radius
	Sharing   int      // retailers at this point, itself included
	Place     *geo.Meters
	Territory *geo.Meters // from the middles of its groups
	Second    *geo.Meters
	Decimals  int // the pin needs no more in either coordinate; 7: at least
}

// Suspects ranks the pins that something speaks against, the most severe first,
// then by index. It takes time n·log n in subjects.
func Suspects(subjects []Subject, s Scrutiny) []Suspect {
	shared := sharing(subjects)
	places := groupsOf(subjects, s, func(x Subject) string { return x.Place })
	territories := groupsOf(subjects, s, func(x Subject) string { return x.Territory })
	var found []Suspect
	for i, x := range subjects {
		c := suspicion{Suspect: Suspect{Index: i}}
		if !onEarth(x.Pin.Point) {
			c.add(NoPosition, 100)
		} else {
			c.bounds(x, s)
			c.shared(shared[rounded(x.Pin.Point)], s)
			c.Place = c.group(places[x.Place], x, s, FarFromPlace, 60)
			c.Territory = c.group(territories[x.Territory], x, s, FarFromTerritory, 50)
			c.second(x, s)
			c.visits(x, s)
		}
		if c.Severity > 0 {
			slices.Sort(c.Reasons)
			found = append(found, c.Suspect)
		}
	}
	slices.SortFunc(found, func(a, b Suspect) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Index, b.Index))
	})
	return found
}

// A suspicion is a suspect in the making.
type suspicion struct{ Suspect }

func (c *suspicion) add(r Reason, points int) {
	c.Reasons = append(c.Reasons, r)
	c.Severity += points
}

func (c *suspicion) bounds(x Subject, s Scrutiny) {
	if s.Bounds != (orb.Bound{}) && !s.Bounds.Contains(x.Pin.Point) {
		c.add(OutOfBounds, 80)
	}
	if c.Decimals = decimals(x.Pin.Point); c.Decimals <= s.Decimals {
		c.add(FewDecimals, 15)
	}
}

func (c *suspicion) shared(n int, s Scrutiny) {
	if c.Sharing = n; n >= s.Sharing {
		c.add(SharedPoint, min(30, 5*(n-1)))
	}
}

func (c *suspicion) second(x Subject, s Scrutiny) {
	if x.Second == nil || !onEarth(*x.Second) {
		return
	}
	c.Second = new(geo.Distance(x.Pin.Point, *x.Second))
	if *c.Second > s.Apart {
		c.add(GeocodersApart, int(min(40, *c.Second/25)))
	}
}

// visits holds the pin against the centre of its visitors. The shift counts in
// sigmas of both together, so that a vague pin is forgiven what a surveyed one is not.
func (c *suspicion) visits(x Subject, s Scrutiny) {
	if x.Judged >= 3 && float64(x.NotAt) >= s.Undecided*float64(x.Judged) {
		c.add(VisitsUndecided, min(20, 20*x.NotAt/x.Judged))
	}
	h := hear(x.Sightings, s.Options)
	if len(h.witnesses) == 0 {
		return
	}
	at := centre(marksOf(h.witnesses))
	_, sigma := h.precision([]spot{at}, s.Options)
	shift := geo.Distance(x.Pin.Point, h.point(at))
	sigmas := float64(shift) / math.Hypot(float64(sigma), float64(pinSigma(x.Pin)))
	c.Shift, c.Sigmas = &shift, &sigmas
	c.stand(h, x, s)
	if shift > s.Least && sigmas > s.Sigmas && 2*c.People > len(h.witnesses) {
		c.add(VisitsFar, 10*min(c.People, 5)+5*int(min(sigmas, 10)))
	}
}

// stand counts who stands away from the pin, and how many visits lie beyond the radius.
func (c *suspicion) stand(h heard, x Subject, s Scrutiny) {
	pin := h.spot(vectorOf(x.Pin.Point))
	if vectorOf(x.Pin.Point).chord(h.origin) > 2*float64(s.Options.Reach) {
		c.People, c.Outside = len(h.witnesses), 1
		return
	}
	for _, w := range h.witnesses {
		if pin.to(w.at) > float64(*c.Shift)/2 {
			c.People++
		}
	}
	c.Outside = 1 - h.near([]spot{pin}, s.Options)
}

// pinSigma takes an unknown sigma to be that of the pin's source.
func pinSigma(p geo.Pin) geo.Meters {
	if p.Sigma >= 0 {
		return p.Sigma
	}
	return SigmaOf(p.Source)
}

// A cell is a point to seven decimals, a centimetre.
type cell [2]int64

func rounded(p orb.Point) cell {
	return cell{int64(math.Round(p.Lon() * 1e7)), int64(math.Round(p.Lat() * 1e7))}
}

func sharing(subjects []Subject) map[cell]int {
	n := make(map[cell]int, len(subjects))
	for _, x := range subjects {
		if onEarth(x.Pin.Point) {
			n[rounded(x.Pin.Point)]++
		}
	}
	return n
}

// decimals is how many are needed to write both coordinates, at most seven.
func decimals(p orb.Point) int {
	n := 0
	for scale := 1.0; n < 7 && (fraction(p.Lon()*scale) > 1e-6 || fraction(p.Lat()*scale) > 1e-6); scale *= 10 {
		n++
	}
	return n
}

func fraction(x float64) float64 { return math.Abs(x - math.Round(x)) }

// A group is retailers that ought to lie together.
type group struct {
	middle vector
	spread float64 // 1.4826 times the median distance from the middle
	size   int
}

// groupsOf lays out the groups that are large enough to say something. The
// middle is the median along each axis: less than half of a group cannot move it out of the rest.
func groupsOf(subjects []Subject, s Scrutiny, name func(Subject) string) map[string]group {
	members := map[string][]vector{}
	for _, x := range subjects {
		if key := name(x); key != "" && onEarth(x.Pin.Point) {
			members[key] = append(members[key], vectorOf(x.Pin.Point))
		}
	}
	groups := make(map[string]group, len(members))
	for key, vs := range members {
		if len(vs) >= s.Members {
			groups[key] = groupOf(vs)
		}
	}
	return groups
}

func groupOf(vs []vector) group {
	const normal = 1.4826 // the median absolute deviation of a normal distribution is σ/1.4826
	g := group{middle: medianVector(vs), size: len(vs)}
	gaps := make([]float64, len(vs))
	for i, v := range vs {
		gaps[i] = v.chord(g.middle)
	}
	g.spread = normal * median(gaps)
	return g
}

func (c *suspicion) group(g group, x Subject, s Scrutiny, r Reason, points int) *geo.Meters {
	if g.size == 0 {
		return nil
	}
	away := geo.Meters(vectorOf(x.Pin.Point).chord(g.middle))
	if away > s.FarGroup && float64(away) > s.Spreads*g.spread {
		c.add(r, points)
	}
	return &away
}
