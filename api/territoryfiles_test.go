package api_test

import (
	"fmt"
	"strings"
	"testing"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// Maps drawn over Chinese ones lie half a kilometre aside.
func TestMapsOfOtherDatumsAreHeldAgainstOwners(t *testing.T) {
	t.Parallel()
	f := setup(t)
	const path = "/v1/territories/disagreements?purpose=visit"
	for _, datum := range []geo.Datum{geo.GCJ02, geo.BD09} {
		var corners []string
		for _, p := range []orb.Point{{119.9995, 31.4}, {120.0035, 31.4}, {120.0035, 31.5}, {119.9995, 31.5}} {
			p = geo.FromWGS84(p, datum)
			corners = append(corners, fmt.Sprintf("%.7f,%.7f", p.Lon(), p.Lat()))
		}
		kml := "<kml><Placemark><name>" + f.named("territory of rep1") + "</name><Polygon><outerBoundaryIs><LinearRing><coordinates>" +
			strings.Join(corners, " ") + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
		if a := f.as("planner").post(path+"&datum="+string(datum), kml).want(200); a.at("count") != 4.0 {
			t.Errorf("%s: %s", datum, a)
		}
		if a := f.as("planner").post(path, kml).want(200); a.at("count") == 4.0 {
			t.Errorf("%s for WGS-84: %s", datum, a)
		}
	}
	f.as("planner").breaking().post(path+"&datum=here", "<kml/>").want(400)
}

// A map of which every polygon lies over all makes no answer of all names for each retailer.
func TestTheFirstPolygonsAreNamed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var features []string
	for i := range 12 {
		one := ground(fmt.Sprint("T", i))
		features = append(features, one[strings.Index(one, "[")+1:strings.LastIndex(one, "]")])
	}
	a := f.as("planner").post("/v1/territories/disagreements?purpose=visit", `{"type":"FeatureCollection","features":[`+strings.Join(features, ",")+`]}`).want(200)
	if in := list(at(a.at("items"), 0, "in")); at(a.at("items"), 0, "kind") != "in_several" || len(in) != 10 {
		t.Errorf("%s", a)
	}
}
