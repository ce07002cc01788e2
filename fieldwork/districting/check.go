package districting

import (
	"math"
	"slices"

	"rounds/routing/territory"

	"github.com/paulmach/orb"
)

// check finds what keeps the city from being put in numbers at all.
func (b *builder) check() {
	b.sizes()
	b.checkMeasures()
	b.checkTerritories()
	b.checkCodes()
	b.checkPositions()
	b.checkLoads()
	b.checkNames()
	b.checkGroups()
	if len(b.faults) == 0 {
		b.checkScales()
	}
}

func (b *builder) fault(f Fault) { b.faults = append(b.faults, f) }

// faultAt notes places, as they were given, unless there are none.
func (b *builder) faultAt(f Fault, places []int) {
	if len(places) == 0 {
		return
	}
	f.Places = places
	for _, i := range places {
		if code := b.city.Places[i].Code; code != "" && !slices.Contains(f.Codes[max(0, len(f.Codes)-1):], code) {
			f.Codes = append(f.Codes, code)
		}
	}
	b.fault(f)
}

// where are the places of which something holds.
func (b *builder) where(holds func(p *Place) bool) (found []int) {
	for i := range b.city.Places {
		if holds(&b.city.Places[i]) {
			found = append(found, i)
		}
	}
	return found
}

func (b *builder) sizes() {
	n, m, k := len(b.city.Places), len(b.city.Measures), len(b.city.Territories)
	when := func(holds bool, kind FaultKind, most int) {
		if holds {
			b.fault(Fault{Kind: kind, Most: most})
		}
	}
	when(n == 0, NoPlaces, 0)
	when(m == 0, NoMeasures, 0)
	when(k == 0, NoTerritories, 0)
	when(n > territory.MostUnits, TooManyPlaces, territory.MostUnits)
	when(m > territory.MostMeasures, TooManyMeasures, territory.MostMeasures)
	when(k > territory.MostTerritories, TooManyTerritories, territory.MostTerritories)
	when(n > 0 && k > n, MoreThanPlaces, n)
}

func (b *builder) checkMeasures() {
	b.measures = map[string]int{}
	for i, m := range b.city.Measures {
		if m.Name == "" {
			b.fault(Fault{Kind: NoName})
		}
		if _, twice := b.measures[m.Name]; twice {
			b.fault(Fault{Kind: DuplicateMeasure, Measure: m.Name})
		}
		b.measures[m.Name] = i
		if m.Tolerance != nil && !(*m.Tolerance >= 0 && *m.Tolerance <= mostTolerance) {
			b.fault(Fault{Kind: BadTolerance, Measure: m.Name})
		}
	}
	if !(b.city.ChangePrice >= 0 && b.city.ChangePrice <= mostPrice) || !(b.city.MostChange >= 0 && b.city.MostChange <= 1) {
		b.fault(Fault{Kind: BadChange})
	}
}

// Limits that keep sums whole.
const (
	mostTolerance = 1000.0
	mostPrice     = 1_000_000.0
	mostShare     = 1_000_000.0
)

func (b *builder) checkTerritories() {
	b.territories = map[string]int32{}
	for i, t := range b.city.Territories {
		when := func(holds bool, kind FaultKind, measure string) {
			if holds {
				b.fault(Fault{Kind: kind, Territories: []string{t.Name}, Measure: measure})
			}
		}
		_, twice := b.territories[t.Name]
		when(t.Name == "", NoName, "")
		when(twice && t.Name != "", DuplicateTerritory, "")
		when(!(t.Share >= 0 && t.Share <= mostShare), BadShare, "")
		for name, most := range t.Most {
			_, known := b.measures[name]
			when(!known, UnknownMeasure, name)
			when(known && !(most > 0), BadCapacity, name)
		}
		b.territories[t.Name] = int32(i)
	}
}

func (b *builder) checkCodes() {
	b.places = make(map[string]int32, len(b.city.Places))
	twice := map[string][]int{}
	b.faultAt(Fault{Kind: NoCode}, b.where(func(p *Place) bool { return p.Code == "" }))
	for i, p := range b.city.Places {
		if first, known := b.places[p.Code]; known && p.Code != "" {
			if twice[p.Code] == nil {
				twice[p.Code] = []int{int(first)}
			}
			twice[p.Code] = append(twice[p.Code], i)
			continue
		}
		b.places[p.Code] = int32(i)
	}
	for i, p := range b.city.Places {
		if at := twice[p.Code]; at != nil && at[0] == i {
			b.faultAt(Fault{Kind: DuplicateCode}, at)
		}
	}
}

// placed is whether a point is one on Earth, and not the one that stands for none.
func placed(p orb.Point) bool {
	return onEarth(p) && p != orb.Point{}
}

func onEarth(p orb.Point) bool { return math.Abs(p.Lat()) <= 90 && math.Abs(p.Lon()) <= 180 }

func (b *builder) checkPositions() {
	b.faultAt(Fault{Kind: NoPosition}, b.where(func(p *Place) bool { return !placed(p.At) }))
	var known []orb.Point
	for _, p := range b.city.Places {
		if placed(p.At) {
			known = append(known, p.At)
		}
	}
	if len(known) == 0 {
		return
	}
	around := projectionAt(middle(known))
	b.faultAt(Fault{Kind: TooFarApart}, b.where(func(p *Place) bool {
		_, near := around.Flat(p.At)
		return placed(p.At) && !near
	}))
	if len(known) > 1 && len(b.city.Territories) > 1 && !slices.ContainsFunc(known, func(p orb.Point) bool { return p != known[0] }) {
		b.faultAt(Fault{Kind: OnePoint}, b.where(func(p *Place) bool { return placed(p.At) }))
	}
	b.checkOthers(around)
}

// checkOthers looks at the places that are no retailers.
func (b *builder) checkOthers(around Projection) {
	for _, t := range b.city.Territories {
		if t.Home == nil {
			continue
		}
		if _, near := around.Flat(*t.Home); !near || !onEarth(*t.Home) {
			b.fault(Fault{Kind: BadHome, Territories: []string{t.Name}})
		}
	}
	for _, line := range b.city.Barriers {
		if slices.ContainsFunc(line, func(p orb.Point) bool { return !onEarth(p) }) {
			b.fault(Fault{Kind: BadBarrier})
		}
	}
}

// middle is the median of latitudes and of longitudes: wrong pins do not move it, and it may lie across 180°.
func middle(points []orb.Point) orb.Point {
	lats, lons := make([]float64, len(points)), make([]float64, len(points))
	for i, p := range points {
		lats[i], lons[i] = p.Lat(), p.Lon()
	}
	slices.Sort(lats)
	lon := points[0].Lon()
	for range 2 { // the first one may be wrong itself
		for i, p := range points {
			lons[i] = math.Remainder(p.Lon()-lon, 360)
		}
		slices.Sort(lons)
		lon = math.Remainder(lon+lons[len(lons)/2], 360)
	}
	return orb.Point{lon, lats[len(lats)/2]}
}

func (b *builder) checkLoads() {
	m := len(b.city.Measures)
	b.faultAt(Fault{Kind: LoadsMissing}, b.where(func(p *Place) bool { return len(p.Loads) != m }))
	for k, measure := range b.city.Measures {
		b.faultAt(Fault{Kind: BadLoad, Measure: measure.Name}, b.where(func(p *Place) bool {
			return len(p.Loads) == m && !(p.Loads[k] >= 0 && !math.IsInf(p.Loads[k], 1))
		}))
	}
}

// checkNames looks for territories that nobody asked for, one fault for each.
func (b *builder) checkNames() {
	unknown := func(kind FaultKind, name func(p *Place) string) {
		at := map[string][]int{}
		var order []string
		for i := range b.city.Places {
			wanted := name(&b.city.Places[i])
			if _, known := b.territories[wanted]; known || wanted == "" {
				continue
			}
			if at[wanted] == nil {
				order = append(order, wanted)
			}
			at[wanted] = append(at[wanted], i)
		}
		slices.Sort(order)
		for _, wanted := range order {
			b.faultAt(Fault{Kind: kind, Territories: []string{wanted}}, at[wanted])
		}
	}
	unknown(UnknownToday, func(p *Place) string { return p.Today })
	unknown(UnknownLock, func(p *Place) string { return p.Lock })
}

func (b *builder) checkGroups() {
	var unknown []string
	for _, codes := range slices.Concat(b.city.Together, b.city.Apart) {
		for _, code := range codes {
			if _, known := b.places[code]; !known || code == "" {
				unknown = append(unknown, code)
			}
		}
	}
	for _, codes := range b.city.Apart {
		if len(codes) > len(b.city.Territories) && len(slices.Compact(slices.Sorted(slices.Values(codes)))) > len(b.city.Territories) {
			b.faultAt(Fault{Kind: ApartTooMany}, b.coded(codes))
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		b.fault(Fault{Kind: UnknownCode, Codes: slices.Compact(unknown)})
	}
}

// coded are the places of those codes that there are, in the order of the places.
func (b *builder) coded(codes []string) (found []int) {
	for _, code := range codes {
		if i, known := b.places[code]; known {
			found = append(found, int(i))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// checkScales finds how finely loads can be counted: to thousandths, unless their sum is too large for that.
func (b *builder) checkScales() {
	b.scales = make([]int64, len(b.city.Measures))
	for k, m := range b.city.Measures {
		var sum float64
		for _, p := range b.city.Places {
			sum += p.Loads[k]
		}
		scale := int64(1000)
		for scale > 1 && sum*float64(scale) > territory.MostLoad/2 {
			scale /= 10
		}
		b.scales[k] = scale
		switch {
		case sum*float64(scale) > territory.MostLoad/2:
			b.faultAt(Fault{Kind: LoadTooLarge, Measure: m.Name}, b.atLeast(k, sum/float64(len(b.city.Places))))
		case !slices.ContainsFunc(b.city.Places, func(p Place) bool { return math.Round(p.Loads[k]*float64(scale)) > 0 }):
			b.fault(Fault{Kind: ZeroMeasure, Measure: m.Name})
		}
	}
}

// atLeast are the places with so much of a measure.
func (b *builder) atLeast(measure int, load float64) (at []int) {
	for i, p := range b.city.Places {
		if p.Loads[measure] >= load {
			at = append(at, i)
		}
	}
	return at
}
