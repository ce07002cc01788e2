package roads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// The pretended services take a second for each thousandth of a degree of latitude and two for each of longitude, so
// that coordinates in the wrong order show, and one more to the east; metres are ten times that.
func pretended(from, to orb.Point) float64 {
	east := to.Lon() - from.Lon()
	s := math.Abs(to.Lat()-from.Lat())*1000 + math.Abs(east)*2000
	if east > 0 {
		s++
	}
	return s
}

// noWayTo is a place that the pretended services know no way to.
var noWayTo = orb.Point{121.5, 31.5}

func lists(text string) (numbers []int) {
	for part := range strings.SplitSeq(text, ";") {
		n, _ := strconv.Atoi(part)
		numbers = append(numbers, n)
	}
	return numbers
}

// queried reads a query as an OSRM does: in Go's reading a semicolon has no place in one.
func queried(raw string) map[string]string {
	query := map[string]string{}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		query[name] = value
	}
	return query
}

// anOSRM answers as a real one does, and refuses more places than it takes.
func anOSRM(t *testing.T, most int) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	return serving(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		parts := strings.Split(r.URL.Path, "/")
		var places []orb.Point
		for pair := range strings.SplitSeq(parts[4], ";") {
			lon, lat, _ := strings.Cut(pair, ",")
			x, _ := strconv.ParseFloat(lon, 64)
			y, _ := strconv.ParseFloat(lat, 64)
			places = append(places, orb.Point{x, y})
		}
		if len(places) > most || parts[3] != "driving" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"code":"TooBig","message":"Too many table coordinates"}`)
			return
		}
		if parts[1] == "route" {
			_ = json.NewEncoder(w).Encode(map[string]any{"code": "Ok", "routes": []any{map[string]any{
				"geometry": map[string]any{"type": "LineString", "coordinates": places}, "distance": 1.5, "duration": 2.5,
			}}})
			return
		}
		query := queried(r.URL.RawQuery)
		if query["annotations"] != "duration,distance" {
			t.Errorf("asked for %s", r.URL.RawQuery)
		}
		from, to := places, places
		if s := query["sources"]; s != "" {
			from, to = places[:len(lists(s))], places[lists(query["destinations"])[0]:]
		}
		answer := map[string]any{"code": "Ok"}
		var seconds, meters [][]any
		for _, a := range from {
			var s, m []any
			for _, b := range to {
				if (b == noWayTo) != (a == noWayTo) {
					s, m = append(s, nil), append(m, nil)
				} else {
					s, m = append(s, pretended(a, b)), append(m, 10*pretended(a, b))
				}
			}
			seconds, meters = append(seconds, s), append(meters, m)
		}
		answer["durations"], answer["distances"] = seconds, meters
		_ = json.NewEncoder(w).Encode(answer)
	}), asked
}

func aValhalla(t *testing.T) string {
	t.Helper()
	return serving(t, func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Sources, Targets, Locations []struct{ Lat, Lon float64 }
			Costing, Units              string
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || r.URL.RawQuery != "" {
			t.Errorf("%v, query %q", err, r.URL.RawQuery)
		}
		if len(request.Sources)*len(request.Targets) > 2500 || len(request.Locations) > 20 || request.Costing != "auto" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error_code":150,"error":"Exceeded max locations"}`)
			return
		}
		if r.URL.Path == "/route" {
			var legs []any
			for i := 1; i < len(request.Locations); i++ {
				a, b := request.Locations[i-1], request.Locations[i]
				legs = append(legs, map[string]any{"shape": polyline6(orb.LineString{{a.Lon, a.Lat}, {b.Lon, b.Lat}})})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"trip": map[string]any{"status": 0, "legs": legs}})
			return
		}
		rows := [][]any{}
		for i, a := range request.Sources {
			var row []any
			for j, b := range request.Targets {
				from, to := orb.Point{a.Lon, a.Lat}, orb.Point{b.Lon, b.Lat}
				leg := map[string]any{"from_index": i, "to_index": j, "time": nil, "distance": nil}
				if (from == noWayTo) == (to == noWayTo) {
					leg["time"], leg["distance"] = pretended(from, to), pretended(from, to)/100
				}
				row = append(row, leg)
			}
			rows = append(rows, row)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"sources_to_targets": rows, "units": "kilometers"})
	})
}

// polyline6 is what a Valhalla writes.
func polyline6(line orb.LineString) string {
	scaled := make(orb.LineString, len(line))
	for i, p := range line {
		scaled[i] = orb.Point{p.Lon() * 10, p.Lat() * 10}
	}
	return geo.Polyline(scaled)
}

func serving(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s.URL
}

func asking(t *testing.T, travel *Travel, err error) *Travel {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(travel.Close)
	return travel
}

func TestTablesOfServices(t *testing.T) {
	t.Parallel()
	points := pointsAround(orb.Point{121.4, 31.2}, 8, 120)
	points[37] = noWayTo
	for i, p := range points { // as finely as they are sent
		points[i] = orb.Point{math.Round(p.Lon()*1e6) / 1e6, math.Round(p.Lat()*1e6) / 1e6}
	}
	url, asked := anOSRM(t, 60)
	byOSRM, err := AskOSRM(url, Car, 42)
	byOSRM = asking(t, byOSRM, err)
	byValhalla, err := AskValhalla(aValhalla(t), Car)
	byValhalla = asking(t, byValhalla, err)
	for _, travel := range []*Travel{byOSRM, byValhalla} {
		table, err := travel.Table(context.Background(), points)
		if err != nil || table.Source != travel.Source || table.Fallback != NoWay || len(table.Off()) != 1 || table.Off()[0] != 37 {
			t.Fatalf("%s: %v, %q, %v, %v", travel.Source, err, table.Source, table.Fallback, table.Off())
		}
		line := straightTable(t, Car, points)
		for i, a := range points {
			for j, b := range points {
				want := math.Round(pretended(a, b))
				if i == j {
					want = 0
				} else if i == 37 || j == 37 {
					want = float64(line.Seconds(i, j))
				}
				if got := float64(table.Seconds(i, j)); got != want || table.IsStraight(i, j) != (i != j && (i == 37 || j == 37)) {
					t.Fatalf("%s from %v to %v: %v s, want %v", travel.Source, a, b, got, want)
				}
				if want := math.Round(10 * pretended(a, b)); i != j && i != 37 && j != 37 && float64(table.Meters(i, j)) != want {
					t.Fatalf("%s from %v to %v: %v m, want %v", travel.Source, a, b, table.Meters(i, j), want)
				}
			}
		}
		way, err := travel.Line(context.Background(), points[:45])
		if err != nil || way.Source != travel.Source || way.Fallback != "" || way.Line[0] != points[0] || way.Line[len(way.Line)-1] != points[44] {
			t.Errorf("%s: %+v, %v", travel.Source, way, err)
		}
	}
	if n := asked.Load(); n != 4*4-1+1 { // blocks but one of a place alone, and a line
		t.Errorf("asked %d times", n)
	}
}

func TestAnOSRMThatMovesPlacesFarIsNotBelieved(t *testing.T) {
	t.Parallel()
	url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"code":"Ok","durations":[[0,60],[60,0]],"distances":[[0,900],[900,0]],
			"sources":[{"distance":100},{"distance":20}],"destinations":[{"distance":100},{"distance":20}]}`)
	})
	far := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"code":"Ok","durations":[[0,60],[60,0]],"distances":[[0,900],[900,0]],
			"sources":[{"distance":1},{"distance":52000}],"destinations":[{"distance":1},{"distance":52000}]}`)
	})
	points := []orb.Point{{121.4, 31.2}, {121.41, 31.2}}
	travel, err := AskOSRM(url, Car, 0)
	table, err2 := asking(t, travel, err).Table(context.Background(), points)
	if err2 != nil || table.Seconds(0, 1) != 60+86 || table.Meters(0, 1) != 1020 { // 120 m at 5 km/h
		t.Errorf("%d s, %v m, %v", table.Seconds(0, 1), table.Meters(0, 1), err2)
	}
	travel, err = AskOSRM(far, Car, 0)
	table, err2 = asking(t, travel, err).Table(context.Background(), points)
	if err2 != nil || !table.IsStraight(0, 1) || table.Fallback != NoWay {
		t.Errorf("%d s, %q, %v", table.Seconds(0, 1), table.Fallback, err2)
	}
}

// Whatever a service does, there is a table, of straight lines, that says why; in bounded time.
// say answers every request so.
func say(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func TestServicesThatFail(t *testing.T) {
	t.Parallel()
	const good = `{"code":"Ok","durations":[[0,60],[60,0]],"distances":[[0,900],[900,0]]}`
	var sent atomic.Int64
	for _, c := range []struct {
		what   string
		handle http.HandlerFunc
		want   Reason
	}{
		{"well", say(200, good), ""},
		{"too few rows", say(200, `{"code":"Ok","durations":[[0,60]],"distances":[[0,900],[900,0]]}`), BadAnswer},
		{"a row too long", say(200, `{"code":"Ok","durations":[[0,60,1],[60,0]],"distances":[[0,900],[900,0]]}`), BadAnswer},
		{"no distances", say(200, `{"code":"Ok","durations":[[0,60],[60,0]]}`), BadAnswer},
		{"negative times", say(200, `{"code":"Ok","durations":[[0,-60],[60,0]],"distances":[[0,900],[900,0]]}`), BadAnswer},
		{"a time of a century", say(200, `{"code":"Ok","durations":[[0,3e9],[60,0]],"distances":[[0,900],[900,0]]}`), BadAnswer},
		{"more metres than there are", say(200, `{"code":"Ok","durations":[[0,60],[60,0]],"distances":[[0,9e12],[900,0]]}`), BadAnswer},
		{"NaN", say(200, `{"code":"Ok","durations":[[0,NaN],[60,0]],"distances":[[0,900],[900,0]]}`), BadAnswer},
		{"a number too large for any", say(200, `{"code":"Ok","durations":[[0,1e999],[60,0]],"distances":[[0,900],[900,0]]}`), BadAnswer},
		{"texts", say(200, `{"code":"Ok","durations":[["0","60"],["60","0"]],"distances":[[0,900],[900,0]]}`), BadAnswer},
		{"all null", say(200, `{"code":"Ok","durations":[[null,null],[null,null]],"distances":[[null,null],[null,null]]}`), NoWay},
		{"null for all", say(200, `null`), BadAnswer},
		{"JSON cut off", say(200, good[:40]), BadAnswer},
		{"a page", say(200, "<html>welcome</html>"), BadAnswer},
		{"nothing", say(200, ""), BadAnswer},
		{"another code", say(200, `{"code":"NoTable"}`), BadAnswer},
		{"300 MB", func(w http.ResponseWriter, _ *http.Request) {
			for chunk := strings.Repeat("[0,", 1<<16); sent.Load() < 300<<20; {
				n, err := io.WriteString(w, chunk)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		}, TooLarge},
		{"a body cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, good)
		}, BadAnswer},
		{"hanging up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Unanswered},
		{"stalling", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, TimedOut},
		{"stalling in the middle", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, good[:20])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, TimedOut},
		{"refusing", say(400, `{"code":"NoSegment"}`), Refused},
		{"too many requests", say(429, ""), Busy},
		{"down", say(503, ""), Busy},
		{"broken", say(500, "panic"), Failed},
		{"elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, BadAnswer},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			failing(t, c.handle, c.want, &sent)
		})
	}
}

// failing asks a service for a table and wants straight lines instead, for that reason.
func failing(t *testing.T, handle http.HandlerFunc, want Reason, sent *atomic.Int64) {
	t.Helper()
	travel, err := AskOSRM(serving(t, handle), Car, 0)
	travel = asking(t, travel, err)
	travel.service.client.Timeout = 5 * time.Minute
	if want == TimedOut {
		travel.service.client.Timeout = 300 * time.Millisecond
	}
	points := []orb.Point{{121.4, 31.2}, {121.41, 31.2}}
	table, err := travel.Table(context.Background(), points)
	if err != nil || table.Fallback != want {
		t.Fatalf("%q, %v, want %q", table.Fallback, err, want)
	}
	if want == TooLarge && sent.Load() > 64<<20 {
		t.Errorf("%d MB were taken", sent.Load()>>20)
	}
	whole := want != "" && want != NoWay
	if table.Wanted != SourceOSRM || (table.Source == SourceStraight) != whole {
		t.Errorf("from %s, wanted %s", table.Source, table.Wanted)
	}
	if line := straightTable(t, Car, points); want != "" && (table.Seconds(0, 1) != line.Seconds(0, 1) || !table.IsStraight(1, 0)) {
		t.Errorf("%d s", table.Seconds(0, 1))
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	travel, err := AskValhalla(s.URL+"/", Car)
	table, err2 := asking(t, travel, err).Table(context.Background(), []orb.Point{{1, 2}, {3, 4}})
	if err2 != nil || table.Fallback != Unanswered || table.Source != SourceStraight || table.Wanted != SourceValhalla {
		t.Errorf("%+v, %v", table, err2)
	}
}

// After three failures it is left alone; when its time is over one call tries, and others wait for what comes of it.
func TestServicesThatFailAreLeftAlone(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var well atomic.Bool
	url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if !well.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, `{"code":"Ok","durations":[[0,60],[60,0]],"distances":[[0,900],[900,0]]}`)
	})
	travel, err := AskOSRM(url, Car, 0)
	travel = asking(t, travel, err)
	ask := func() Reason {
		table, err := travel.Table(context.Background(), []orb.Point{{1, 2}, {3, 4}})
		if err != nil {
			t.Fatal(err)
		}
		return table.Fallback
	}
	for i, want := range []Reason{Failed, Failed, Failed, Resting, Resting} {
		if got := ask(); got != want {
			t.Errorf("the %d. time: %q, want %q", i+1, got, want)
		}
	}
	travel.service.rest.until = time.Now().Add(-time.Second)
	if got := ask(); got != Failed || asked.Load() != 4 || ask() != Resting {
		t.Errorf("%q after %d", got, asked.Load())
	}
	travel.service.rest.until = time.Now().Add(-time.Second)
	well.Store(true)
	if got := ask(); got != "" || ask() != "" {
		t.Errorf("%q, though it is well", got)
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	travel, err := AskOSRM(url, Car, 0)
	travel = asking(t, travel, err)
	for _, want := range []Reason{Busy, Resting} {
		if table, err := travel.Table(context.Background(), []orb.Point{{1, 2}, {3, 4}}); err != nil || table.Fallback != want {
			t.Errorf("%q, %v, want %q", table.Fallback, err, want)
		}
	}
	if wait := time.Until(travel.service.rest.until); asked.Load() != 1 || wait < time.Minute || wait > 2*time.Minute {
		t.Errorf("asked %d times, left alone for %v", asked.Load(), wait)
	}
}

// A caller who hangs up is told so, and the service does not suffer for it.
func TestCallersWhoHangUp(t *testing.T) {
	t.Parallel()
	url := serving(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	travel, err := AskOSRM(url, Car, 0)
	travel = asking(t, travel, err)
	for range 4 {
		ctx, stop := context.WithTimeout(context.Background(), time.Millisecond)
		_, err := travel.Table(ctx, []orb.Point{{1, 2}, {3, 4}})
		stop()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
	if travel.service.rest.failed > 0 || !travel.service.rest.until.IsZero() {
		t.Errorf("%d failures", travel.service.rest.failed)
	}
}

func TestAddressesOfServices(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "osrm:5000", "ftp://osrm", "http://", "http://me:secret@osrm", "http://osrm?key=1", "http://osrm#a"} {
		if _, err := AskOSRM(url, Car, 0); err == nil {
			t.Errorf("%q is taken", url)
		}
		if _, err := AskValhalla(url, Car); err == nil {
			t.Errorf("%q is taken", url)
		}
	}
	if _, err := AskOSRM("http://127.0.0.1:5000/", Car, 1); err == nil {
		t.Error("tables of one place are asked for")
	}
}
