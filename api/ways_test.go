package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"rounds/geo"
	"rounds/roads"

	"github.com/paulmach/orb"
)

// bentRoads is an OSRM for which every way bends to the north half-way between its ends.
func bentRoads(t *testing.T) (travel *roads.Travel, end func()) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var line [][]float64
		for pair := range strings.SplitSeq(strings.Split(r.URL.Path, "/")[4], ";") {
			lon, lat, _ := strings.Cut(pair, ",")
			x, _ := strconv.ParseFloat(lon, 64)
			y, _ := strconv.ParseFloat(lat, 64)
			if n := len(line); n > 0 {
				line = append(line, []float64{(x + line[n-1][0]) / 2, y + 0.001})
			}
			line = append(line, []float64{x, y})
		}
		table := make([][]float64, (len(line)+1)/2)
		for i := range table {
			table[i] = make([]float64, len(table))
			for j := range table {
				table[i][j] = 60
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"code": "Ok", "durations": table, "distances": table, "routes": []any{map[string]any{"geometry": map[string]any{"coordinates": line}}},
		})
	}))
	t.Cleanup(s.Close)
	travel, err := roads.AskOSRM(s.URL, roads.Car, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(travel.Close)
	return travel, s.Close
}

// The way of a plan follows the roads in each form, in the datum asked for, and each stop can be led to.
func TestPlansAlongRoads(t *testing.T) {
	t.Parallel()
	f := alone(t)
	travel, end := bentRoads(t)
	f.office.TravelBy(travel)
	plan := f.plan("rep1", today, f.retailers["rep1"][:2])
	url := "/v1/plans/" + plan.ID.String()
	way := f.as("rep1").get(url+"/route.geojson?datum=gcj02").want(200).at("features", 0)
	var got []orb.Point
	for _, p := range list(at(way, "geometry", "coordinates")) {
		got = append(got, orb.Point{at(p, 0).(float64), at(p, 1).(float64)})
	}
	line, ok := geo.ParsePolyline(at(way, "properties", "polyline").(string), geo.PolylineDecimals)
	if len(got) != 7 || !ok || len(line) != 7 || fmt.Sprint(at(way, "properties", "travel")) != "map[source:osrm]" || at(way, "properties", "travel_s") != 180.0 {
		t.Fatalf("%v", way)
	}
	for i, p := range got {
		back := geo.ToWGS84(p, geo.GCJ02)
		if bent := back.Lat()-geo.ToWGS84(got[0], geo.GCJ02).Lat() > 0.0009; bent != (i%2 == 1) {
			t.Errorf("point %d is at %v", i, back)
		}
		if geo.Distance(p, line[i]) > 1 {
			t.Errorf("the polyline has %v at %d, the line %v", line[i], i, p)
		}
	}
	track := f.as("rep1").get(url + "/route.gpx").want(200)
	if n := strings.Count(string(track.body), "<trkpt "); n != 7 || len(gpxPoints(t, track)) != 4 {
		t.Errorf("%d points of a track: %s", n, track.body)
	}
	for _, a := range []answer{f.as("planner").get(url).want(200), f.as("rep1").get("/v1/me/plan").want(200)} {
		if !strings.HasPrefix(a.text("stops", 1, "links", "amap"), "https://uri.amap.com/navigation?to=120.") || a.at("stops", 1, "leg_s") != 60.0 || fmt.Sprint(a.at("travel")) != "map[source:osrm]" {
			t.Errorf("%s", a)
		}
	}

	end()
	const admitted = "map[fallback:unanswered source:straight wanted:osrm]"
	a := f.as("planner").post("/v1/plans", object{"rep_id": f.users["rep1"].ID.String(), "date": "2026-03-04", "retailer_ids": ids(f.retailers["rep1"][3:])}).want(201)
	if fmt.Sprint(a.at("travel")) != admitted || a.at("stops", 1, "leg_straight") != true {
		t.Errorf("%s", a)
	}
	way = f.as("rep1").get(url+"/route.geojson").want(200).at("features", 0)
	if fmt.Sprint(at(way, "properties", "travel")) != admitted || len(list(at(way, "geometry", "coordinates"))) != 4 {
		t.Errorf("%v", way)
	}
}

// Without roads the way is straight, says so, and is no track.
func TestPlansWithoutRoads(t *testing.T) {
	t.Parallel()
	f := setup(t)
	plan := f.plan("rep1", today, f.retailers["rep1"][:2])
	url := "/v1/plans/" + plan.ID.String()
	way := f.as("rep1").get(url+"/route.geojson").want(200).at("features", 0)
	if len(list(at(way, "geometry", "coordinates"))) != 4 || fmt.Sprint(at(way, "properties", "travel")) != "map[source:straight]" {
		t.Errorf("%v", way)
	}
	if a := f.as("rep1").get(url + "/route.gpx").want(200); strings.Contains(string(a.body), "<trk>") {
		t.Errorf("%s", a.body)
	}
}
