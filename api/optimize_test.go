package api_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// along are stops of a street from west to east, half a kilometre apart, by letters.
func along(letters string) (stops []any) {
	for _, letter := range letters {
		stops = append(stops, object{"id": string(letter), "lat": 30.0, "lon": 120 + 0.005*float64(letter-'a')})
	}
	return stops
}

func place(letter rune) object { return object{"lat": 30.0, "lon": 120 + 0.005*float64(letter-'a')} }

// told is an answer in short: the ids in their order, and what is left out.
func told(a answer) string {
	text := strings.Join(each(a.at("stops"), "id"), "")
	for _, l := range list(a.at("left_out")) {
		text += fmt.Sprintf(" %v: %v", at(l, "id"), at(l, "reason"))
	}
	return text
}

func hours(from, to string) object { return object{"from": from, "to": to} }

func edited(stops []any, i int, changes ...any) []any {
	stops = slices.Clone(stops)
	stops[i] = with(stops[i].(object), changes...)
	return stops
}

func TestRoutesAreOptimised(t *testing.T) {
	t.Parallel()
	f := setup(t)
	five := along("cadbe")
	hole := func(rows ...string) (m []any) {
		for _, row := range rows {
			var cells []any
			for _, c := range row {
				if c == '-' {
					cells = append(cells, nil)
				} else {
					cells = append(cells, 60*int(c-'0'))
				}
			}
			m = append(m, cells)
		}
		return m
	}
	for _, c := range []struct {
		what     string
		question object
		want     []string // any of these
	}{
		{"no stop", object{"stops": []any{}}, []string{""}},
		{"no stop, but a start", object{"stops": []any{}, "start": place('a'), "round_trip": true}, []string{""}},
		{"one stop", object{"stops": along("a")}, []string{"a"}},
		{"two stops at one point", object{"stops": append(along("ac"), object{"id": "A", "lat": 30.0, "lon": 120.0})}, []string{"aAc", "Aac", "caA", "cAa"}},
		{"anywhere to anywhere", object{"stops": five}, []string{"abcde", "edcba"}},
		{"from a start", object{"stops": five, "start": place('f')}, []string{"edcba"}},
		{"to an end", object{"stops": five, "end": place('f')}, []string{"abcde"}},
		{"between two", object{"stops": five, "start": place('f'), "end": place('c')}, []string{"edbac", "edabc"}},
		{"round", object{"stops": along("cab"), "start": place('a'), "round_trip": true}, []string{"abc", "acb", "bca", "cba"}},
		{"some have been visited", object{"stops": five, "start": place('a'), "visited": []string{"d", "e"}, "round_trip": true}, []string{"decba", "decab", "deabc", "debca"}},
		{"all have been visited", object{"stops": along("ab"), "visited": []string{"b", "a"}, "end": place('c')}, []string{"ba"}},
		{"first and last", object{"stops": five, "first": []string{"c", "e"}, "last": []string{"a", "b"}}, []string{"cedab"}},
		{"opening hours", object{"stops": edited(edited(five, 3, "windows", []any{hours("16:00", "17:00")}), 2, "windows", []any{hours("08:00", "09:00"), hours("12:00", "12:30")})}, []string{"edcba"}},
		{"never open", object{"stops": edited(five, 1, "windows", []any{hours("18:00", "19:00")}), "day": object{"end": "17:30"}}, []string{"bcde a: never_open", "edcb a: never_open"}},
		{"closes before it opens", object{"stops": edited(five, 1, "windows", []any{hours("12:00", "10:00")})}, []string{"bcde a: never_open", "edcb a: never_open"}},
		{"too far", object{"stops": append(slices.Clone(five), object{"id": "z", "lat": 31.5, "lon": 120.0}), "day": object{"begin": "09:00", "end": "10:00"}, "start": place('a')}, []string{"abcde z: too_far"}},
		{"no time for the least of two", object{"stops": edited(edited(along("ab"), 0, "service_s", 3000), 1, "service_s", 3000, "priority", 2), "day": object{"begin": "09:00", "end": "10:00"}}, []string{"b a: no_time_left"}},
		{"hours, first and last", object{"stops": edited(five, 3, "windows", []any{hours("08:00", "23:00")}), "first": []string{"c", "e"}, "last": []string{"a", "b"}, "start": place('a'), "end": place('a')}, []string{"cedab"}},
		{"a first that is never open", object{"stops": edited(five, 0, "windows", []any{hours("07:00", "08:00")}), "first": []string{"c", "e"}}, []string{"edba c: never_open"}},
		{"an own matrix", object{"stops": []any{object{"id": "a"}, object{"id": "b"}, object{"id": "c"}}, "matrix": object{"seconds": hole("019", "901", "190")}}, []string{"abc", "bca", "cab"}},
		{"an own matrix with a start and an end", object{"stops": []any{object{"id": "a"}, object{"id": "b"}}, "start": object{}, "end": object{}, "matrix": object{"seconds": hole("0911", "9011", "1900", "0000")}}, []string{"ab", "ba"}},
		{"a matrix with a hole", object{"stops": []any{object{"id": "a"}, object{"id": "b"}, object{"id": "c"}}, "matrix": object{"seconds": hole("01-", "-01", "990")}}, []string{"abc"}},
		{"unreachable", object{"stops": []any{object{"id": "a"}, object{"id": "b"}, object{"id": "c"}}, "start": object{}, "round_trip": true, "matrix": object{"seconds": hole("01-1", "10-1", "--0-", "11-0")}}, []string{"ab c: unreachable", "ba c: unreachable"}},
		{"no way back but by the start", object{"stops": []any{object{"id": "a"}}, "start": object{}, "end": object{}, "matrix": object{"seconds": hole("01-", "101", "110")}}, []string{" a: unreachable"}},
		{"in the sea", object{"stops": append(along("ab"), object{"id": "s", "lat": 0.0, "lon": -150.0})}, []string{"abs", "bas", "sab", "sba"}},
		{"at the end of the Earth", object{"stops": append(along("ab"), object{"id": "s", "lat": -30.0, "lon": -60.0})}, []string{"abs", "bas", "sab", "sba"}},
	} {
		a := f.as("planner").post("/v1/routes/optimize", with(c.question, "time_limit_s", 0.2)).want(200)
		if !slices.Contains(c.want, told(a)) {
			t.Errorf("%s: %s, want one of %v: %s", c.what, told(a), c.want, a)
		}
		if a.at("proven") != true || a.at("cost_s").(float64) < a.at("lower_bound_s").(float64) {
			t.Errorf("%s: %s", c.what, a)
		}
	}
}

// The times of a day add up: the ways, the waiting, the lunch.
func TestTimesOfARoute(t *testing.T) {
	t.Parallel()
	f := setup(t)
	m := []any{[]any{0, 600, 9999, 60}, []any{9999, 0, 300, 9999}, []any{9999, 9999, 0, 1200}, []any{900, 9999, 9999, 0}}
	question := object{
		"stops": []any{
			object{"id": "a", "service_s": 1800},
			object{"id": "b", "service_s": 600, "windows": []any{hours("10:00", "10:30")}},
			object{"id": "c", "service_s": 600},
		},
		"start": object{}, "round_trip": true, "day": object{"begin": "09:00", "end": "18:00"},
		"lunch": object{"from": "10:05", "to": "10:30", "length_s": 1800}, "matrix": object{"seconds": m, "meters": m},
	}
	a := f.as("supervisor").post("/v1/routes/optimize", question).want(200)
	if told(a) != "abc" || a.at("cost_s") != 3000.0 || a.at("distance_m") != 3000.0 || fmt.Sprint(a.at("travel")) != "map[source:own]" {
		t.Fatalf("%s", a)
	}
	clock := func(path ...any) int {
		var h, m, s int
		if _, err := fmt.Sscanf(a.text(path...), "%d:%d:%d", &h, &m, &s); err != nil {
			t.Fatal(err)
		}
		return h*3600 + m*60 + s
	}
	now, meal := clock("set_out"), clock("lunch")
	eaten := false
	for i, service := range []int{1800, 600, 600} {
		now += int(a.at("stops", i, "leg_s").(float64))
		if arrive := clock("stops", i, "arrive"); arrive != now && arrive != now+1800 {
			t.Errorf("stop %d: %d, want %d: %s", i, arrive, now, a)
		} else if arrive != now {
			now, eaten = arrive, true
		}
		now += int(a.at("stops", i, "wait_s").(float64)) + service
		if leave := clock("stops", i, "leave"); leave != now && leave != now+1800 {
			t.Errorf("stop %d: %d, want %d: %s", i, leave, now, a)
		} else if leave != now {
			now, eaten = leave, true
		}
	}
	now += int(a.at("end", "leg_s").(float64))
	if end := clock("end", "at"); end != now && (eaten || end != now+1800) || meal < 10*3600+300 || meal > 10*3600+1800 {
		t.Errorf("the end is %d, want %d; lunch at %d: %s", end, now, meal, a)
	}
}

func TestRoutesThatCannotBe(t *testing.T) {
	t.Parallel()
	f := setup(t)
	two := along("ab")
	planner := f.as("planner")
	post := func(question object) answer { return planner.post("/v1/routes/optimize", question) }
	breaking := func(question object) answer { return planner.breaking().post("/v1/routes/optimize", question) }

	post(object{"stops": append(along("ab"), along("a")...)}).want(400).wantField("/stops/2/id", "given_twice")
	post(object{"stops": []any{object{"id": "a", "lat": 1.0}}}).want(400).wantField("/stops/0/lat", "required")
	post(object{"stops": two, "round_trip": true}).want(400).wantField("/start", "required")
	post(object{"stops": two, "start": object{}}).want(400).wantField("/start/lat", "required")
	post(object{"stops": two, "start": place('a'), "end": place('b'), "round_trip": true}).want(400).wantField("/end", "contradicts")
	post(object{"stops": two, "visited": []string{"a"}, "first": []string{"x"}, "last": []string{"a"}}).want(400).
		wantField("/first/0", "not_a_stop").wantField("/last/0", "given_twice")
	post(object{"stops": two, "day": object{"begin": "9:00", "end": "48:00"}}).want(400).
		wantField("/day/begin", "not_a_clock_time").wantField("/day/end", "not_a_clock_time")
	post(object{"stops": two, "day": object{"begin": "10:00", "end": "09:00"}}).want(400).wantField("/day/end", "not_after_start")
	post(object{"stops": edited(two, 1, "windows", []any{hours("08:00", "09:60")})}).want(400).wantField("/stops/1/windows/0/to", "not_a_clock_time")
	post(object{"stops": two, "matrix": object{"seconds": []any{[]any{0, 1}}}}).want(400).wantField("/matrix/seconds", "wrong_count")
	post(object{"stops": two, "matrix": object{"seconds": []any{[]any{0, 1}, []any{1}}}}).want(400).wantField("/matrix/seconds/1", "wrong_count")
	breaking(object{"stops": two, "matrix": object{"seconds": []any{[]any{0, -1}, []any{1, 0}}}}).want(400).wantField("/matrix/seconds/0/1", "too_small")
	breaking(object{"stops": []any{object{"id": "a", "lat": 91.0, "lon": 0.0}}}).want(400).wantField("/stops/0/lat", "too_large")
	breaking(object{"stops": two, "time_limit_s": 11}).want(400).wantField("/time_limit_s", "too_large")

	var many []any
	for i := range 10_000 {
		many = append(many, object{"id": fmt.Sprint(i), "lat": 30 + float64(i%100)/1000, "lon": 120 + float64(i/100)/1000})
	}
	breaking(object{"stops": many}).want(400).wantField("/stops", "too_many")
	post(object{"stops": edited(many[:301], 0, "windows", []any{hours("08:00", "09:00")})}).want(400).wantField("/stops", "too_many")
	a := post(object{"stops": many[:1000], "time_limit_s": 0.5}).want(200)
	if gap, known := a.at("gap").(float64); len(list(a.at("stops"))) != 1000 || known && gap > 0.2 { // a busy machine has no time for a bound
		t.Errorf("%d stops, gap %v", len(list(a.at("stops"))), a.at("gap"))
	}
}

// The line and the question are in one datum, which is not the one inside.
func TestTheLineOfARoute(t *testing.T) {
	t.Parallel()
	f := setup(t)
	inside := orb.LineString{{120.16, 30.25}, {120.17, 30.26}}
	var stops []any
	var want [][]float64
	for i, p := range inside {
		on := geo.FromWGS84(p, geo.GCJ02)
		stops = append(stops, object{"id": fmt.Sprint(i), "lat": on.Lat(), "lon": on.Lon()})
		want = append(want, []float64{on.Lon(), on.Lat()})
	}
	a := f.as("admin").post("/v1/routes/optimize", object{"stops": stops, "datum": "gcj02", "geometry": true}).want(200)
	var got [][]float64
	for _, p := range list(a.at("geometry", "geojson", "coordinates")) {
		got = append(got, []float64{at(p, 0).(float64), at(p, 1).(float64)})
	}
	if told(a) == "10" {
		slices.Reverse(want)
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-7 })
	line, ok := geo.ParsePolyline(a.text("geometry", "polyline"), geo.PolylineDecimals)
	if diff := cmp.Diff(want, got, near); diff != "" || !ok || math.Abs(line[0].Lat()-want[0][1]) > 6e-6 {
		t.Errorf("%s, polyline %v", diff, line)
	}
	if fmt.Sprint(a.at("geometry", "travel")) != "map[source:straight]" {
		t.Errorf("%s", a)
	}
}
