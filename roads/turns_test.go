package roads

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rounds/routing"

	"github.com/paulmach/orb"
)

// Two blocks beside each other: from ab it is straight on to bc, or down to bf and round.
func TestTurns(t *testing.T) {
	t.Parallel()
	const road = "highway=residential"
	ways := map[string]string{"ab": road, "bc": road, "cd": road, "bf": road, "fg": road, "gc": road + " maxspeed=15", "ae": road + " maxspeed=20", "ef": road, "gh": road, "hd": road}
	for _, c := range []struct {
		what     string
		turns    []string
		profile  Profile
		from, to byte
		want     string
	}{
		{"none", nil, Car, 'a', 'c', "abc"},
		{"not straight on", []string{"ab b bc restriction=no_straight_on"}, Car, 'a', 'c', "aefbc"},
		{"not straight on, and not down", []string{"ab b bc restriction=no_straight_on", "ab b bf restriction=no_right_turn"}, Car, 'a', 'c', "aefbc"},
		{"only down, and no turning back there", []string{"ab b bf restriction=only_right_turn", "ae e ef restriction=no_left_turn"}, Car, 'a', 'c', "abfgc"},
		{"only straight on", []string{"ab b bc restriction=only_straight_on"}, Car, 'a', 'f', "aef"},
		{"it does not hold the other way", []string{"ab b bc restriction=no_straight_on"}, Car, 'c', 'a', "cba"},
		{"nor from elsewhere", []string{"ab b bc restriction=no_straight_on"}, Car, 'f', 'c', "fbc"},
		{"nor on foot", []string{"ab b bc restriction=no_straight_on"}, Foot, 'a', 'c', "abc"},
		{"nor for those who are excepted", []string{"ab b bc restriction=no_straight_on except=bicycle;motorcar"}, Car, 'a', 'c', "abc"},
		{"but for others", []string{"ab b bc restriction=no_straight_on except=bicycle;motorcar"}, MotorScooter, 'a', 'c', "aefbc"},
		{"for mopeds alone", []string{"ab b bc restriction:moped=no_straight_on"}, Car, 'a', 'c', "abc"},
		{"for mopeds", []string{"ab b bc restriction:moped=no_straight_on"}, MotorScooter, 'a', 'c', "aefbc"},
		{"two one after the other", []string{"ae e ef restriction=no_left_turn", "ab b bc restriction=no_straight_on"}, Car, 'a', 'c', "abfgc"},
		{"a node that is on neither way", []string{"ab h bc restriction=no_straight_on"}, Car, 'a', 'c', "abc"},
		{"nothing that is known", []string{"ab b bc restriction=give_way"}, Car, 'a', 'c', "abc"},
	} {
		d := drawing{rows: []string{"abcd", "efgh"}, ways: ways, turns: c.turns}
		// from the middle of a street that leads there, as a corner is on several
		n, err := drawn(t, c.profile, d.xml())
		if err != nil {
			t.Fatal(err)
		}
		if got := d.wentOn(t, n, c.from, c.to); got != c.want {
			t.Errorf("%s: went %q, want %q", c.what, got, c.want)
		}
		agree(t, n)
		back, err := Read(bytes.NewReader(written(t, n)))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.wentOn(t, back, c.from, c.to); got != c.want {
			t.Errorf("%s, from a file: went %q, want %q", c.what, got, c.want)
		}
	}
}

// A way that runs through a junction does not say from which side one comes.
func TestTurnsThatCouldMeanTwoThings(t *testing.T) {
	t.Parallel()
	const road = "highway=residential"
	d := drawing{
		rows: []string{"abcd", "efgh"}, ways: map[string]string{"abcd": road, "bf": road, "aefghd": road},
		turns: []string{"abcd b bf restriction=no_right_turn"},
	}
	n, err := drawn(t, Car, d.xml())
	if err != nil || n.Counts.Turns != 0 {
		t.Fatalf("%+v, %v", n.Counts, err)
	}
	d.ways["abcd"] = road + " oneway=yes" // now there is one side
	if n, err = drawn(t, Car, d.xml()); err != nil || n.Counts.Turns != 1 {
		t.Fatalf("%+v, %v", n.Counts, err)
	}
}

// wentOn is the corners of the way from one to another.
func (d drawing) wentOn(t *testing.T, n *Network, from, to byte) string {
	t.Helper()
	a, okA := d.place(n, from)
	b, okB := d.place(n, to)
	if !okA || !okB {
		t.Fatalf("%c or %c is on no road", from, to)
	}
	best := Route{Time: routing.Unreachable}
	for _, a := range n.everyPlaceAt(a.Point) { // a corner is on all its streets
		for _, b := range n.everyPlaceAt(b.Point) {
			r, ok := n.Route(a, b)
			if times, err := n.Times(context.Background(), []Place{a}, []Place{b}); err != nil || ok && times.At(0, 0) != r.Time {
				t.Fatalf("%d, want %d, %v", times.At(0, 0), r.Time, err)
			}
			if ok && len(r.Line) > 1 && r.Time < best.Time {
				best = r
			}
		}
	}
	var went strings.Builder
	for _, p := range best.Line {
		x, y := int(p.Lon()*1000+0.5), int(-p.Lat()*1000+0.5)
		if letter := d.rows[y][x]; letter != ' ' && !strings.HasSuffix(went.String(), string(letter)) {
			went.WriteByte(letter)
		}
	}
	return went.String()
}

// everyPlaceAt is a point on each street that has it.
func (n *Network) everyPlaceAt(p orb.Point) (places []Place) {
	for s := range n.streets {
		first, end := n.shape(int32(s))
		for piece := first; piece+1 < end; piece++ {
			for along, q := range []orb.Point{n.point(piece), n.point(piece + 1)} {
				if q == p {
					places = append(places, n.place(p, piece, float64(along)))
				}
			}
		}
	}
	return places
}

// On random grids with random restrictions, times are those of a search over directions of streets that knows nothing of
// parted nodes.
func TestTurnsAgreeWithASearchOverStreets(t *testing.T) {
	t.Parallel()
	compared := 0
	for seed := uint64(0); compared < 8 && seed < 60; seed++ {
		r := rand.New(rand.NewPCG(seed, 9))
		d := drawing{rows: []string{"abcde", "fghij", "klmno", "pqrst"}, ways: map[string]string{}}
		at := func(x, y int) byte { return d.rows[y][x] }
		for y := range 4 {
			for x := range 5 {
				for _, to := range [][2]int{{x + 1, y}, {x, y + 1}} {
					if to[0] < 5 && to[1] < 4 {
						way := string([]byte{at(x, y), at(to[0], to[1])})
						d.ways[way] = "highway=residential" + []string{"", "", "", "", "", "", " oneway=yes", " oneway=-1"}[r.IntN(8)]
					}
				}
			}
		}
		var words []string
		for way := range d.ways {
			words = append(words, way)
		}
		for range 25 {
			from, to := words[r.IntN(len(words))], words[r.IntN(len(words))]
			for _, via := range from {
				if from != to && strings.ContainsRune(to, via) {
					d.turns = append(d.turns, from+" "+string(via)+" "+to+" restriction="+[]string{"no_left_turn", "only_left_turn", "no_right_turn"}[r.IntN(3)])
				}
			}
		}
		n, err := drawn(t, Car, d.xml())
		if err != nil {
			t.Fatal(err)
		}
		if n.Counts.Components > 1 {
			continue // streets that are left out would have been ways on
		}
		compared++
		agree(t, n)
		all, follows := n.plainArcs(), d.follows(n)
		for range 15 {
			a, b := r.IntN(len(all)), r.IntN(len(all))
			from, to := n.middle(all[a]), n.middle(all[b])
			route, ok := n.Route(from, to)
			if want := n.plainly(follows, from, to); ok != (want < math.MaxInt64) || ok && int64(route.Time) != want {
				t.Fatalf("seed %d: %d ms, %t, want %d: %v", seed, route.Time, ok, want, d.turns)
			}
		}
	}
	if compared < 8 {
		t.Errorf("only %d grids are whole", compared)
	}
}

// plainArcs are the open directions of streets.
func (n *Network) plainArcs() (open []int32) {
	for i, s := range n.streets {
		if s.ahead != shut {
			open = append(open, int32(i))
		}
		if s.back != shut {
			open = append(open, ^int32(i))
		}
	}
	return open
}

func (n *Network) middle(of int32) Place {
	first, _ := n.shape(max(of, ^of))
	return n.place(n.point(first), first, 0.5)
}

// A plainStep is having gone to the end of a direction, and whether nobody may turn back there.
type plainStep struct {
	of     int32
	onward bool
}

// plainly is the least time from a place to another by directions of streets, their letters and the drawing's restrictions alone.
func (n *Network) plainly(follows map[plainStep][]plainStep, from, to Place) int64 {
	best := map[plainStep]int64{}
	reach := func(s plainStep, cost int64) bool {
		if old, known := best[s]; known && old <= cost {
			return false
		}
		best[s] = cost
		return true
	}
	for _, of := range n.plainArcs() {
		if max(of, ^of) == from.street {
			reach(plainStep{of, false}, int64(n.restOf(of, from)))
		}
	}
	least := int64(math.MaxInt64)
	if c := n.direct(from, to); c < routing.Unreachable {
		least = int64(c)
	}
	for changed := true; changed; { // Bellman and Ford
		changed = false
		for a, next := range follows {
			cost, known := best[a]
			for _, b := range next {
				if known && max(b.of, ^b.of) == to.street {
					least = min(least, cost+int64(n.costOf(b.of)-n.restOf(b.of, to)))
				}
				changed = known && reach(b, cost+int64(n.costOf(b.of))) || changed
			}
		}
	}
	return least
}

// follows are the directions that may be taken after each other; after one that leads to a restriction nobody turns back
// at the next corner, unless there is no other way.
func (d drawing) follows(n *Network) map[plainStep][]plainStep {
	follows := map[plainStep][]plainStep{}
	for _, a := range n.plainArcs() {
		var may []int32
		restricted := false
		for _, b := range n.plainArcs() {
			switch from, to := n.letters(d, a), n.letters(d, b); {
			case d.mayFollow(from, to):
				may = append(may, b)
			case from[1] == to[0]:
				restricted = true
			}
		}
		on := slices.DeleteFunc(slices.Clone(may), func(b int32) bool { return b == ^a })
		if len(on) == 0 {
			on = may
		}
		for _, b := range may {
			follows[plainStep{a, false}] = append(follows[plainStep{a, false}], plainStep{b, restricted})
		}
		for _, b := range on {
			follows[plainStep{a, true}] = append(follows[plainStep{a, true}], plainStep{b, restricted})
		}
	}
	return follows
}

func (n *Network) costOf(of int32) int32 {
	if of < 0 {
		return n.streets[^of].back
	}
	return n.streets[of].ahead
}

func (n *Network) restOf(of int32, p Place) int32 {
	if of < 0 {
		return rest(n.streets[^of].back, 1-p.share)
	}
	return rest(n.streets[of].ahead, p.share)
}

// letters are the two corners of a direction in its order.
func (n *Network) letters(d drawing, of int32) string {
	first, end := n.shape(max(of, ^of))
	var word []byte
	for _, i := range []int32{first, end - 1} {
		p := n.point(i)
		word = append(word, d.rows[int(-p.Lat()*1000+0.5)][int(p.Lon()*1000+0.5)])
	}
	if of < 0 {
		word[0], word[1] = word[1], word[0]
	}
	return string(word)
}

// mayFollow reads the drawing's restrictions as a person would.
func (d drawing) mayFollow(a, b string) bool {
	if a[1] != b[0] {
		return false
	}
	same := func(way, letters string) bool {
		return way == letters || way == string([]byte{letters[1], letters[0]})
	}
	for _, turn := range d.turns {
		words := strings.SplitN(turn, " ", 4)
		if !same(words[0], a) || words[1][0] != a[1] {
			continue
		}
		tags := d.ways[words[2]]
		enters := !strings.Contains(tags, "oneway") || strings.Contains(tags, "oneway=yes") == (words[2][0] == a[1])
		into := same(words[2], b)
		if only := strings.Contains(words[3], "only_"); enters && only != into {
			return false
		}
	}
	return true
}

func TestFerries(t *testing.T) {
	t.Parallel()
	const road = "highway=residential"
	for _, c := range []struct {
		what, tags string
		profile    Profile
		ms         routing.Cost // from b to c, 0: it does not take us
	}{
		{"ten minutes", "route=ferry duration=00:10 motor_vehicle=yes", Car, 600_000},
		{"as minutes", "route=ferry duration=10 motor_vehicle=yes", Car, 600_000},
		{"with seconds", "route=ferry duration=0:10:30 motorcar=yes", Car, 630_000},
		{"on foot", "route=ferry duration=10", Foot, 600_000},
		{"no cars unless they are named", "route=ferry duration=10", Car, 0},
		{"no scooters either", "route=ferry duration=10 motorcar=yes", MotorScooter, 0},
		{"nobody on foot", "route=ferry duration=10 foot=no motor_vehicle=yes", Foot, 0},
		{"a duration that cannot be", "route=ferry duration=90:00 foot=yes", Foot, 551_000}, // 1224 m at 8 km/h
		{"none that is read", "route=ferry duration=soon", Foot, 551_000},
		{"none", "route=ferry", Foot, 551_000},
	} {
		d := drawing{
			rows: []string{"ab    x     cd"}, ways: map[string]string{"ab": road, "cd": road, "bxc": c.tags},
		}
		n, err := drawn(t, c.profile, d.xml())
		if err != nil {
			t.Fatal(err)
		}
		a, okA := d.place(n, 'b')
		b, okB := d.place(n, 'c')
		got := routing.Cost(0)
		if okA && okB {
			r, _ := n.Route(a, b)
			got = r.Time
		}
		if diff := got - c.ms; diff < -700 || diff > 700 {
			t.Errorf("%s: %d ms, want %d", c.what, got, c.ms)
		}
	}
}
