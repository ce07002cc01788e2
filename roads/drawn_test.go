package roads

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"rounds/routing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/osm"
)

// A drawing is a map of single letters: nodes a thousandth of a degree apart, ways as words of them. A word that begins with a
// letter that has no place names a node that is not in the file.
type drawing struct {
	rows  []string          // letters are nodes
	ways  map[string]string // the nodes of a way, in order, to its tags, k=v k=v
	nodes map[string]string // tags of nodes
	turns []string          // relations: from which way, through which node, into which way, and tags
}

func (d drawing) xml() string {
	var out strings.Builder
	for y, row := range d.rows {
		for x, letter := range row {
			if letter != ' ' {
				fmt.Fprintf(&out, "<node id='%d' lat='%.4f' lon='%.4f'>%s</node>", letter, 0.001*float64(-y), 0.001*float64(x), tagged(d.nodes[string(letter)]))
			}
		}
	}
	ids := map[string]int{}
	for id, nodes := range slices.Sorted(maps.Keys(d.ways)) {
		ids[nodes] = id
		fmt.Fprintf(&out, "<way id='%d'>", id)
		for _, letter := range nodes {
			fmt.Fprintf(&out, "<nd ref='%d'/>", letter)
		}
		out.WriteString(tagged(d.ways[nodes]) + "</way>")
	}
	for i, turn := range d.turns {
		words := strings.SplitN(turn, " ", 4)
		fmt.Fprintf(&out, "<relation id='%d'><member type='way' ref='%d' role='from'/><member type='node' ref='%d' role='via'/><member type='way' ref='%d' role='to'/>%s</relation>",
			i+1, ids[words[0]], words[1][0], ids[words[2]], tagged("type=restriction "+words[3]))
	}
	return out.String()
}

func tagged(tags string) string {
	var out strings.Builder
	for _, tag := range strings.Fields(tags) {
		key, value, _ := strings.Cut(tag, "=")
		fmt.Fprintf(&out, "<tag k='%s' v='%s'/>", key, value)
	}
	return out.String()
}

// place is the node's place, which is on the network if it is not further off than a few metres.
func (d drawing) place(n *Network, letter byte) (Place, bool) {
	for y, row := range d.rows {
		if x := strings.IndexByte(row, letter); x >= 0 {
			return n.Snap(orb.Point{0.001 * float64(x), 0.001 * float64(-y)}, 5)
		}
	}
	return Place{}, false
}

// went is the nodes of the line from one to another; "" if there is no way.
func (d drawing) went(t *testing.T, p Profile, from, to byte) string {
	t.Helper()
	n, err := drawn(t, p, d.xml())
	if err != nil {
		return err.Error()
	}
	a, okA := d.place(n, from)
	b, okB := d.place(n, to)
	if !okA || !okB {
		return ""
	}
	r, ok := n.Route(a, b)
	if !ok {
		return ""
	}
	times, err := n.Times(context.Background(), []Place{a}, []Place{b})
	if err != nil || times.At(0, 0) != r.Time {
		t.Fatalf("%d, %v, want %d", times.At(0, 0), err, r.Time)
	}
	var went strings.Builder
	for _, p := range r.Line {
		x, y := int(p.Lon()*1000+0.5), int(-p.Lat()*1000+0.5)
		if letter := d.rows[y][x]; letter != ' ' && !strings.HasSuffix(went.String(), string(letter)) {
			went.WriteByte(letter)
		}
	}
	return went.String()
}

func TestWhatIsAllowed(t *testing.T) {
	t.Parallel()
	block := []string{"abcd", "efgh"} // a block and its diversion
	const road = "highway=residential"
	for _, c := range []struct {
		what    string
		ways    map[string]string
		nodes   map[string]string
		profile Profile
		want    string // from b to c
	}{
		{"two-way", map[string]string{"abcd": road, "aefghd": road}, nil, Car, "bc"},
		{"a one-way street the other way round", map[string]string{"ab": road, "cd": road, "bc": road + " oneway=-1", "bfgc": road}, nil, Car, "bfgc"},
		{"on foot it is not", map[string]string{"ab": road, "cd": road, "bc": road + " oneway=-1", "bfgc": road}, nil, Foot, "bc"},
		{"but for a moped", map[string]string{"ab": road, "cd": road, "cb": road + " oneway=yes oneway:moped=no", "bfgc": road}, nil, MotorScooter, "bc"},
		{"and not for a car", map[string]string{"ab": road, "cd": road, "cb": road + " oneway=yes oneway:moped=no", "bfgc": road}, nil, Car, "bfgc"},
		{"a roundabout", map[string]string{"cbfgc": road + " junction=roundabout", "ab": road, "cd": road}, nil, Car, "bfgc"},
		{"no entry one way", map[string]string{"ab": road, "cd": road, "bc": road + " vehicle:forward=no", "bfgc": road}, nil, Car, "bfgc"},
		{"private", map[string]string{"ab": road, "cd": road, "bc": road + " access=private", "bfgc": road}, nil, Car, "bfgc"},
		{"private, but not to those on foot", map[string]string{"ab": road, "cd": road, "bc": road + " access=private foot=yes", "bfgc": road}, nil, Foot, "bc"},
		{"faster round by a main road", map[string]string{"ab": road, "cd": road, "bc": road + " maxspeed=5", "bfgc": "highway=primary"}, nil, Car, "bfgc"},
		{"a footway", map[string]string{"ab": road, "cd": road, "bc": "highway=footway", "bfgc": road}, nil, Car, "bfgc"},
		{"a path for mopeds", map[string]string{"ab": road, "cd": road, "bc": "highway=path moped=designated", "bfgc": road}, nil, MotorScooter, "bc"},
		{"a motorway on foot", map[string]string{"ab": road, "cd": road, "bc": "highway=motorway", "bfgc": road}, nil, Foot, "bfgc"},
		{"a road for motors only", map[string]string{"ab": road, "cd": road, "bc": "highway=trunk motorroad=yes", "bfgc": road}, nil, MotorScooter, "bfgc"},
		{"a road that is being built", map[string]string{"ab": road, "cd": road, "bc": "highway=construction", "bfgc": road}, nil, Car, "bfgc"},
		{"no road at all", map[string]string{"ab": "waterway=river"}, nil, Car, errNoRoads.Error()},
		{"a street that leads nowhere back is left out", map[string]string{"ab": road, "bfg": road, "bc": road + " oneway=yes"}, nil, Car, ""},
	} {
		d := drawing{rows: block, ways: c.ways, nodes: c.nodes}
		if got := d.went(t, c.profile, 'b', 'c'); got != c.want {
			t.Errorf("%s: went %q, want %q", c.what, got, c.want)
		}
	}
}

func TestNodesOnTheWay(t *testing.T) {
	t.Parallel()
	const road = "highway=residential"
	d := drawing{rows: []string{"abxcd", "ef  gh"}, ways: map[string]string{"abxcd": road, "bfgc": road}}
	for _, c := range []struct {
		what, tags string
		profile    Profile
		want       string
	}{
		{"nothing", "", Car, "bxc"},
		{"a bollard stops a car", "barrier=bollard", Car, "bfgc"},
		{"a bollard stops nobody on foot", "barrier=bollard", Foot, "bxc"},
		{"a gate is open", "barrier=gate", Car, "bxc"},
		{"unless it is private", "barrier=gate access=private", Car, "bfgc"},
		{"a bollard that is down for cars", "barrier=bollard motor_vehicle=yes", Car, "bxc"},
	} {
		d.nodes = map[string]string{"x": c.tags}
		if got := d.went(t, c.profile, 'b', 'c'); got != c.want {
			t.Errorf("%s: went %q, want %q", c.what, got, c.want)
		}
	}
}

func TestLightsTakeTime(t *testing.T) {
	t.Parallel()
	d := drawing{rows: []string{"abcd"}, ways: map[string]string{"abcd": "highway=residential"}}
	ride := func(p Profile, lights map[string]string) routing.Cost {
		d.nodes = lights
		n, err := drawn(t, p, d.xml())
		if err != nil {
			t.Fatal(err)
		}
		a, _ := d.place(n, 'a')
		b, _ := d.place(n, 'd')
		r, _ := n.Route(a, b)
		return r.Time
	}
	free, lit := ride(Car, nil), ride(Car, map[string]string{"b": "highway=traffic_signals", "c": "highway=traffic_signals"})
	const want = routing.Cost(48_090) // 333.96 m at 25 km/h
	if free < want-20 || free > want+20 || lit-free != 2*routing.Cost(Car.wait) {
		t.Errorf("%d ms free, %d ms with two lights, want about %d", free, lit, want)
	}
}

func TestWaysWhoseNodesAreNotInTheFile(t *testing.T) {
	t.Parallel()
	d := drawing{rows: []string{"abcd", "e  h"}, ways: map[string]string{"abZcdYX": "highway=residential", "aehd": "highway=residential"}}
	n, err := drawn(t, Car, d.xml())
	if err != nil || n.Counts.MissingNodes != 3 {
		t.Fatalf("%+v, %v", n, err)
	}
	if got := d.went(t, Car, 'b', 'c'); got != "baehdc" {
		t.Errorf("went %q", got)
	}
}

func TestPlacesOnOneStreet(t *testing.T) {
	t.Parallel()
	d := drawing{rows: []string{"abcd", "e  h"}, ways: map[string]string{"abcd": "highway=residential oneway=yes", "dhea": "highway=residential oneway=yes"}}
	for _, c := range []struct {
		from, to byte
		want     string
	}{{'b', 'c', "bc"}, {'c', 'b', "cdheab"}, {'b', 'b', "b"}} {
		if got := d.went(t, Car, c.from, c.to); got != c.want {
			t.Errorf("from %c to %c: went %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func TestOrderInTheFileDoesNotMatter(t *testing.T) {
	t.Parallel()
	d := drawing{rows: []string{"abcd", "e  h"}, ways: map[string]string{"abcdhea": "highway=residential"}}
	text := d.xml()
	at := strings.Index(text, "<way")
	sorted, err := drawn(t, Car, text)
	if err != nil {
		t.Fatal(err)
	}
	unsorted, err := drawn(t, Car, text[at:]+text[:at])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sorted.Counts, unsorted.Counts); diff != "" {
		t.Error(diff)
	}
}

func TestSpeeds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tags        string
		profile     Profile
		ahead, back float64
	}{
		{"highway=motorway", Car, 100, 0},
		{"highway=motorway oneway=no", Car, 100, 100},
		{"highway=motorway", MotorScooter, 0, 0},
		{"highway=trunk", MotorScooter, 45, 45},
		{"highway=primary maxspeed=40", Car, 40, 40},
		{"highway=primary maxspeed=20mph", Car, 20 * mile, 20 * mile},
		{"highway=primary maxspeed=CN:urban", Car, 60, 60},
		{"highway=primary maxspeed=-3", Car, 60, 60},
		{"highway=primary maxspeed=NaN", Car, 60, 60},
		{"highway=residential maxspeed=3", Foot, 5, 5},
		{"highway=residential oneway=reversible", Car, 0, 0},
		{"highway=residential access=no motor_vehicle=destination", Car, 25, 25},
		{"highway=residential motor_vehicle=no", Car, 0, 0},
		{"highway=residential motor_vehicle=no", Foot, 5, 5},
		{"highway=residential motor_vehicle:backward=no", Car, 25, 0},
		{"highway=track", Car, 0, 0},
		{"highway=track motor_vehicle=yes", Car, 15, 15},
		{"highway=cycleway foot=designated", Foot, 5, 5},
		{"highway=steps", Foot, 2.5, 2.5},
		{"building=yes", Foot, 0, 0},
	} {
		var tags osm.Tags
		for _, tag := range strings.Fields(c.tags) {
			key, value, _ := strings.Cut(tag, "=")
			tags = append(tags, osm.Tag{Key: key, Value: value})
		}
		if ahead, back := c.profile.speed(tags); ahead != c.ahead || back != c.back {
			t.Errorf("%s by %s: %g and %g, want %g and %g", c.tags, c.profile.Name, ahead, back, c.ahead, c.back)
		}
	}
}

func TestPointsThatAreNowhere(t *testing.T) {
	t.Parallel()
	d := drawing{rows: []string{"ab"}, ways: map[string]string{"ab": "highway=residential"}}
	n, err := drawn(t, Car, d.xml())
	if err != nil {
		t.Fatal(err)
	}
	nan := orb.Point{0, 0}
	nan[0] /= nan[1]
	for _, p := range []orb.Point{nan, {181, 0}, {0, 91}, {-179, 80}, {0, 0.3}} {
		if at, ok := n.Snap(p, 1e9); ok {
			t.Errorf("%v: %+v", p, at)
		}
	}
	if _, ok := n.Snap(orb.Point{0, 0.1}, 12_000); !ok {
		t.Error("11 km away: nothing found")
	}
	if times, err := n.Times(context.Background(), nil, nil); err != nil {
		t.Errorf("%v, %v", times, err)
	}
}

func TestAStreetAcrossTheWorldTakesLittleRoom(t *testing.T) {
	t.Parallel()
	n, err := drawn(t, Car, `<node id="1" lat="-80" lon="-179"/><node id="2" lat="80" lon="179"/><node id="3" lat="80.001" lon="179"/>
		<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>`)
	if err != nil {
		t.Fatal(err)
	}
	if room := len(n.grid.first) + len(n.grid.pieces); room > 2*roomAtLeast {
		t.Errorf("%d numbers", room)
	}
	if at, ok := n.Snap(orb.Point{179, 80.0005}, 10); !ok || at.Off > 0.01 {
		t.Errorf("%+v, %t", at, ok)
	}
}

func TestImportStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	d := drawing{rows: []string{"ab"}, ways: map[string]string{"ab": "highway=residential"}}
	if _, err := Import(ctx, strings.NewReader(osmXML(d.xml())), Car, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
