package districting

import (
	"cmp"
	"math"
	"slices"

	"rounds/routing/plane"
	"rounds/routing/territory"

	"github.com/paulmach/orb"
)

// Region is a city that can be cut, and the problem that says so in numbers.
type Region struct {
	City    City // its places in the order of their codes, which is that of the problem's units
	Problem territory.Problem
	Plane   Projection
	mesh    *plane.Mesh
	given   []int   // of each unit, the index of its place as it was given
	scales  []int64 // of each measure, how many whole steps of a load make 1
}

// New makes a problem of a city, whatever the order of its places: the same places give the same problem. With a fault that is
// fatal the region is nil.
func New(c City) (*Region, []Fault) {
	b := &builder{city: c}
	b.check()
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	r := b.region()
	faults := r.faults()
	if slices.ContainsFunc(faults, Fault.Fatal) {
		return nil, faults
	}
	return r, faults
}

// AsGiven puts what is of each unit in the order of the places as they were given.
func AsGiven[T any](r *Region, ofUnits []T) []T {
	given := make([]T, len(ofUnits))
	for unit, x := range ofUnits {
		given[r.given[unit]] = x
	}
	return given
}

// Units puts what is of each place, as they were given, in the order of the problem's units.
func Units[T any](r *Region, asGiven []T) []T {
	units := make([]T, len(asGiven))
	for unit, at := range r.given {
		units[unit] = asGiven[at]
	}
	return units
}

// builder makes a region of a city that was checked.
type builder struct {
	city        City
	faults      []Fault
	places      map[string]int32 // of codes, the index as given
	territories map[string]int32
	measures    map[string]int
	scales      []int64
}

// region puts a city without faults in numbers.
func (b *builder) region() *Region {
	c := b.city
	given := make([]int, len(c.Places))
	for i := range given {
		given[i] = i
	}
	slices.SortFunc(given, func(i, j int) int { return cmp.Compare(c.Places[i].Code, c.Places[j].Code) })
	r := &Region{City: c, given: given, scales: b.scales}
	r.City.Places = make([]Place, len(given))
	places := make([]orb.Point, len(given))
	for unit, i := range given {
		r.City.Places[unit] = c.Places[i]
		b.places[c.Places[i].Code] = int32(unit)
		places[unit] = c.Places[i].At
	}
	r.Plane = projectionOf(places)
	b.units(r)
	b.shared(r)
	b.groups(r)
	r.Problem.ChangePrice = int64(math.Round(c.ChangePrice * 1000))
	r.Problem.MostChange = int64(math.Round(c.MostChange * millionths))
	r.lay()
	return r
}

const millionths = 1_000_000

func (b *builder) units(r *Region) {
	m := len(r.City.Measures)
	loads := make([]int64, m*len(r.City.Places))
	r.Problem.Units = make([]territory.Unit, len(r.City.Places))
	for i, p := range r.City.Places {
		at, _ := r.Plane.Flat(p.At)
		u := territory.Unit{At: at, Loads: loads[i*m : (i+1)*m : (i+1)*m], Today: b.territory(p.Today), Lock: b.territory(p.Lock)}
		for k, x := range p.Loads {
			u.Loads[k] = int64(math.Round(x * float64(r.scales[k])))
		}
		r.Problem.Units[i] = u
	}
}

func (b *builder) territory(name string) int32 {
	if name == "" {
		return territory.None
	}
	return b.territories[name]
}

// shared are the measures and the territories.
func (b *builder) shared(r *Region) {
	p := &r.Problem
	for _, m := range r.City.Measures {
		tolerance := int64(territory.AnyTolerance)
		if m.Tolerance != nil {
			tolerance = int64(math.Round(*m.Tolerance * millionths))
		}
		p.Measures = append(p.Measures, territory.Measure{Tolerance: tolerance})
	}
	whole := wholeShares(r.City.Territories)
	for i, t := range r.City.Territories {
		made := territory.Territory{Share: whole[i], Frozen: t.Frozen}
		if t.Home != nil {
			at, _ := r.Plane.Flat(*t.Home)
			made.Home = &at
		}
		if len(t.Most) > 0 {
			made.Most = make([]int64, len(p.Measures))
		}
		for name, most := range t.Most {
			k := b.measures[name]
			made.Most[k] = int64(math.Floor(min(most*float64(r.scales[k])+1e-6, territory.MostLoad)))
		}
		p.Territories = append(p.Territories, made)
	}
	reduce(p.Territories)
}

// wholeShares are shares as whole numbers: in thousandths, or as much more finely as is needed and there is room for. None is 1.
func wholeShares(territories []Territory) []int64 {
	shares, largest := make([]float64, len(territories)), 0.
	for i, t := range territories {
		shares[i] = cmp.Or(t.Share, 1)
		largest = max(largest, shares[i])
	}
	steps := 1000.
	for 10*steps*largest <= territory.MostShare && slices.ContainsFunc(shares, func(share float64) bool { return !whole(share * steps) }) {
		steps *= 10
	}
	numbers := make([]int64, len(shares))
	for i, share := range shares {
		numbers[i] = max(1, int64(math.Round(share*steps)))
	}
	return numbers
}

// whole is whether a number is one that rounding in a decimal fraction has made a little larger or smaller.
func whole(x float64) bool { return math.Round(x) > 0 && math.Abs(x-math.Round(x)) <= 1e-9*x }

// reduce makes shares as small as they can be.
func reduce(territories []territory.Territory) {
	var common int64
	for _, t := range territories {
		a, b := common, t.Share
		for b > 0 {
			a, b = b, a%b
		}
		common = a
	}
	for i := range territories {
		territories[i].Share /= common
	}
}

// groups are the places that stay together or apart, in an order that does not depend on how they were given.
func (b *builder) groups(r *Region) {
	for _, codes := range r.City.Together {
		if group := b.group(codes); len(group) > 1 {
			r.Problem.Together = append(r.Problem.Together, group)
		}
	}
	slices.SortFunc(r.Problem.Together, slices.Compare)
	for _, codes := range r.City.Apart {
		group := b.group(codes)
		for i, one := range group {
			for _, other := range group[i+1:] {
				r.Problem.Apart = append(r.Problem.Apart, [2]int32{one, other})
			}
		}
	}
	slices.SortFunc(r.Problem.Apart, func(a, b [2]int32) int { return slices.Compare(a[:], b[:]) })
	r.Problem.Apart = slices.Compact(r.Problem.Apart)
}

func (b *builder) group(codes []string) []int32 {
	var group []int32
	for _, code := range codes {
		group = append(group, b.places[code])
	}
	slices.Sort(group)
	return slices.Compact(group)
}

// lay finds who lies beside whom, barriers in between left out.
func (r *Region) lay() {
	points := make([]plane.Point, len(r.Problem.Units))
	for i, u := range r.Problem.Units {
		points[i] = u.At
	}
	r.mesh = plane.Delaunay(points)
	lines := make([][]plane.Point, len(r.City.Barriers))
	for i, line := range r.City.Barriers {
		for _, p := range line {
			x, y := r.Plane.offset(p)
			lines[i] = append(lines[i], plane.Point{X: int64(math.Round(x)), Y: int64(math.Round(y))})
		}
	}
	r.Problem.Beside = r.mesh.Cut(lines)
}

// faults are those of the problem, in words of the city.
func (r *Region) faults() (faults []Fault) {
	for _, f := range territory.Faults(r.Problem) {
		if f.Kind == territory.OnePoint { // of one territory
			continue
		}
		made := Fault{Kind: FaultKind(f.Kind), More: len(f.Units) == territory.MostNamed}
		for _, k := range f.Territories {
			made.Territories = append(made.Territories, r.City.Territories[k].Name)
		}
		if f.Measure >= 0 {
			made.Measure = r.City.Measures[f.Measure].Name
		}
		faults = append(faults, r.at(made, f.Units))
	}
	return faults
}

// at names the units that a fault is about.
func (r *Region) at(f Fault, units []int32) Fault {
	for _, u := range units {
		f.Places = append(f.Places, r.given[u])
		f.Codes = append(f.Codes, r.City.Places[u].Code)
	}
	return f
}
