package districting

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rounds/geo"
	"rounds/routing/plane"
	"rounds/routing/territory"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// town has so many places around a point, two measures and k territories of one size.
func town(n, k int, around orb.Point) City {
	r := rand.New(rand.NewPCG(uint64(n), uint64(k)))
	tolerance := 0.1
	c := City{Measures: []Measure{{"minutes", &tolerance}, {"orders", nil}}}
	for i := range n {
		c.Places = append(c.Places, Place{
			Code:  fmt.Sprintf("店%04d", i),
			At:    orb.Point{math.Remainder(around.Lon()+r.Float64()/5, 360), around.Lat() + r.Float64()/5},
			Loads: []float64{10 + math.Round(r.Float64()*1e4)/1e3, float64(r.IntN(9))},
		})
	}
	for i := range k {
		c.Territories = append(c.Territories, Territory{Name: fmt.Sprint(i + 1)})
	}
	return c
}

// Lengths on the plane are those on the ellipsoid, at 120° as at 180°, within what a plane can do over 20 km.
func TestPlaneKeepsLengths(t *testing.T) {
	t.Parallel()
	for _, around := range []orb.Point{{120, 30}, {179.9, -17}, {-180, 51}, {0, 0.5}, {25, 70}} {
		r, faults := New(town(60, 3, around))
		if len(faults) > 0 {
			t.Fatal(around, faults)
		}
		for i, a := range r.City.Places {
			b := r.City.Places[(i*7+1)%60]
			p, q := r.Problem.Units[i].At, r.Problem.Units[(i*7+1)%60].At
			flat, round := math.Hypot(float64(p.X-q.X), float64(p.Y-q.Y))/10, float64(geo.Distance(a.At, b.At))
			bent := 0.0004 + 0.0018*math.Abs(math.Tan(around.Lat()*math.Pi/180)) // 11 km north and south of the middle
			if math.Abs(flat-round) > bent*round+0.1 {
				t.Errorf("%v to %v: %.1f m on the plane, %.1f on Earth", a.At, b.At, flat, round)
			}
			if back := float64(geo.Distance(r.Plane.Globe(p), a.At)); !(back < 0.1) {
				t.Errorf("%v comes back %.2f m away", a.At, back)
			}
		}
	}
}

// The order of places, of groups and of what is in them changes nothing.
func TestOrderOfPlacesDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := town(rapid.IntRange(5, 30).Draw(t, "places"), 3, orb.Point{120, 30})
		c.Places[0].Today, c.Places[1].Lock = "2", "3"
		c.Together = [][]string{{c.Places[0].Code, c.Places[2].Code}, {c.Places[3].Code, c.Places[1].Code}}
		c.Apart = [][]string{{c.Places[1].Code, c.Places[0].Code, c.Places[1].Code}}
		shuffled := c
		shuffled.Places = rapid.Permutation(c.Places).Draw(t, "order")
		shuffled.Together = [][]string{{c.Places[1].Code, c.Places[3].Code}, {c.Places[0].Code, c.Places[2].Code}}
		shuffled.Apart = [][]string{{c.Places[0].Code, c.Places[1].Code}}
		one, faults := New(c)
		other, others := New(shuffled)
		if len(faults)+len(others) > 0 {
			t.Fatal(faults, others)
		}
		if diff := cmp.Diff(one.Problem, other.Problem, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		codes := make([]string, len(c.Places))
		for i, p := range other.City.Places {
			codes[i] = p.Code
		}
		for i, code := range AsGiven(other, codes) {
			if code != shuffled.Places[i].Code {
				t.Fatalf("place %d is %s, not %s", i, code, shuffled.Places[i].Code)
			}
		}
		if !slices.Equal(Units(other, AsGiven(other, codes)), codes) {
			t.Fatal("there and back again is somewhere else")
		}
	})
}

func TestFaultsNameWhereTheyAre(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		change func(*City)
		want   string
	}{
		"nobody":                  {func(c *City) { *c = City{} }, "there are no retailers; there is no measure; there are no territories"},
		"more than retailers":     {func(c *City) { c.Places = c.Places[:2] }, "there are more territories than retailers (at most 2)"},
		"a code twice":            {func(c *City) { c.Places[4].Code = c.Places[1].Code }, "retailer 店0001: the same code more than once"},
		"no code":                 {func(c *City) { c.Places[4].Code = "" }, "no code"},
		"no pin":                  {func(c *City) { c.Places[4].At = orb.Point{} }, "retailer 店0004: no position"},
		"a pin that is no number": {func(c *City) { c.Places[4].At[0] = math.NaN() }, "retailer 店0004: no position"},
		"a pin with its coordinates exchanged": {
			func(c *City) { c.Places[0].At = orb.Point{30, 89} },
			"retailer 店0000: too far from the other retailers to be of one city",
		},
		"all at one point":      {func(c *City) { atOnePoint(c) }, "店0009 and 2 more: all retailers are at one point: nothing tells which belong together"},
		"too few loads":         {func(c *City) { c.Places[4].Loads = nil }, "retailer 店0004: not one number for each measure"},
		"a negative load":       {func(c *City) { c.Places[4].Loads[1] = -1 }, "orders, retailer 店0004: negative, or no number"},
		"an endless load":       {func(c *City) { c.Places[4].Loads[1] = math.Inf(1) }, "orders, retailer 店0004: negative, or no number"},
		"too much":              {func(c *City) { c.Places[4].Loads[1] = 1e17 }, "orders, retailer 店0004: too large to be added up"},
		"nothing":               {func(c *City) { noOrders(c) }, "orders: 0 for every retailer: there is nothing to share out"},
		"a negative tolerance":  {func(c *City) { x := -0.1; c.Measures[0].Tolerance = &x }, "minutes: the tolerance is negative, or no number"},
		"a budget of twice all": {func(c *City) { c.MostChange = 2 }, "the price of change is below 0, or the change allowed not from 0 to 1"},
		"a negative share":      {func(c *City) { c.Territories[1].Share = -1 }, "territory 2: the share is below 0, or no number up to a million"},
		"a name twice":          {func(c *City) { c.Territories[1].Name = "1" }, "territory 1: the same territory more than once"},
		"a measure twice":       {func(c *City) { c.Measures[1].Name = "minutes" }, "minutes: the same measure more than once"},
		"no room":               {func(c *City) { c.Territories[1].Most = map[string]float64{"orders": 0} }, "orders, territory 2: the capacity is not above 0"},
		"room for what is not":  {func(c *City) { c.Territories[1].Most = map[string]float64{"boxes": 5} }, "boxes, territory 2: a capacity of something that is not measured"},
		"a home on the moon":    {func(c *City) { c.Territories[1].Home = &orb.Point{500, 0} }, "territory 2: the home is no place on Earth near the retailers"},
		"a barrier to the moon": {func(c *City) { c.Barriers = []orb.LineString{{{120, 30}, {120, 91}}} }, "a barrier has a point that is no place on Earth"},
		"today with a stranger": {func(c *City) { c.Places[4].Today = "9" }, "territory 9, retailer 店0004: today in a territory that is not one of those asked for"},
		"locked to a stranger":  {func(c *City) { c.Places[4].Lock = "9" }, "territory 9, retailer 店0004: locked to a territory that is not one of those asked for"},
		"together with a ghost": {func(c *City) { c.Together = [][]string{{"店0001", "幽灵"}} }, "retailer 幽灵: to stay together or apart, and no retailer has such a code"},
		"more apart than there are": {
			func(c *City) { c.Apart = [][]string{{"店0001", "店0002", "店0003", "店0004"}} },
			"店0004: they are to be kept apart of each other, and are more than there are territories",
		},
		"several things at once":  {func(c *City) { c.Places[4].At, c.Places[5].Loads[0] = orb.Point{}, -3 }, "retailer 店0004: no position; minutes, retailer 店0005: negative, or no number"},
		"more rows than are told": {func(c *City) { noPins(c) }, "店0009 and 2 more: no position"},
	} {
		city := town(12, 3, orb.Point{120, 30})
		c.change(&city)
		_, faults := New(city)
		var said []string
		for _, f := range faults {
			said = append(said, f.String())
		}
		if got := strings.Join(said, "; "); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %s, want %s", says, got, c.want)
		}
	}
}

func atOnePoint(c *City) {
	for i := range c.Places {
		c.Places[i].At = orb.Point{120, 30}
	}
}

func noOrders(c *City) {
	for i := range c.Places {
		c.Places[i].Loads[1] = 0
	}
}

func noPins(c *City) {
	for i := range c.Places {
		c.Places[i].At = orb.Point{}
	}
}

// Figures that were added up by hand: a street of six shops, 100 m apart, the middle two of which changed hands.
func TestFiguresByHand(t *testing.T) {
	t.Parallel()
	tolerance := 0.1
	c := City{Measures: []Measure{{"minutes", &tolerance}}, Territories: []Territory{{Name: "东"}, {Name: "西", Share: 2}}}
	for i, today := range []string{"东", "东", "西", "东", "西", ""} {
		c.Places = append(c.Places, Place{Code: fmt.Sprint(i), At: orb.Point{1, float64(i) * 100 / 110574.3}, Loads: []float64{10 * float64(i+1)}, Today: today})
	}
	r, faults := New(c)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	r.Problem.Beside = street(6)
	a := r.Answer(territory.Plan{Of: []int32{0, 0, 0, 1, 1, 1}, Change: territory.Change{Units: 2, Of: 150_000, Bound: 30_000, Least: 15_000}})
	// minutes 10 to 60 are 210; targets 70 and 140
	want := &Answer{
		Measures: []MeasureAnswer{{Name: "minutes", Tolerance: &tolerance, Total: 210, Before: p(0.428572), After: 0.142858}},
		Territories: []TerritoryAnswer{
			{
				Name: "东", Share: 1. / 3, Targets: []float64{70}, In: 1, Out: 1,
				Before: &Figures{3, []float64{70}, []float64{0}, 46667, 111, 1. / 3, 2, [][]string{{"3"}}},
				After:  Figures{3, []float64{60}, []float64{-1. / 7}, 20000, 67, 0, 1, [][]string{}},
			},
			{
				Name: "西", Share: 2. / 3, Targets: []float64{140}, In: 2, Out: 1,
				Before: &Figures{2, []float64{80}, []float64{-3. / 7}, 20000, 100, 0.5, 2, [][]string{{"4"}}},
				After:  Figures{3, []float64{150}, []float64{1. / 14}, 20000, 67, 0, 1, [][]string{}},
			},
		},
		Before: &Total{66667, 107, 0.4, 2, 5}, After: Total{40000, 67, 0, 0, 6},
		Change: &Change{2, 70. / 150, 0.2, 0.1},
		Moves: []Move{
			{Code: "3", From: "东", To: "西", Loads: []float64{40}, Gives: 40. / 70, Takes: 40. / 140, Near: 67},
			{Code: "2", From: "西", To: "东", Loads: []float64{30}, Gives: 30. / 140, Takes: 30. / 70, Near: 0},
		},
		Reachable: map[string]float64{"minutes": 0.142858}, Why: []Why{}, Islands: []Island{},
	}
	if diff := cmp.Diff(want, a, cmpopts.EquateApprox(0.01, 1e-6)); diff != "" {
		t.Error(diff)
	}
}

func p(x float64) *float64 { return &x }

// street is a row of units, each beside the next.
func street(n int) plane.Graph {
	g := plane.Graph{First: []int32{0}}
	for i := range n {
		if i > 0 {
			g.Next = append(g.Next, int32(i-1))
		}
		if i+1 < n {
			g.Next = append(g.Next, int32(i+1))
		}
		g.First = append(g.First, int32(len(g.Next)))
	}
	return g
}

// Shares are beside each other what they are asked to be, however small.
func TestSharesAreThoseAskedFor(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		shares []float64
		want   []int64
	}{
		"none":             {[]float64{0, 0}, []int64{1, 1}},
		"a half":           {[]float64{1, 0.5, 1}, []int64{2, 1, 2}},
		"rounded by hand":  {[]float64{0.333, 0.333, 0.334}, []int64{333, 333, 334}},
		"parts of one":     {[]float64{0.0014, 0.0005, 0.9981}, []int64{14, 5, 9981}},
		"tenths of a mill": {[]float64{0.0001, 0.0002}, []int64{1, 2}},
		"next to nothing":  {[]float64{1, 1e-12}, []int64{1_000_000_000, 1}},
		"very large":       {[]float64{mostShare, 0.5}, []int64{2_000_000, 1}},
	} {
		var made []Territory
		for _, share := range c.shares {
			made = append(made, Territory{Share: share})
		}
		var got []territory.Territory
		for _, share := range wholeShares(made) {
			got = append(got, territory.Territory{Share: share})
		}
		reduce(got)
		for i, share := range c.want {
			if got[i].Share != share {
				t.Errorf("%s: %v, want %v", says, got, c.want)
				break
			}
		}
	}
}
