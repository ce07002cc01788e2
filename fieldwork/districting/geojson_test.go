package districting

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"rounds/routing/territory"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
)

// escaping is a region with names that XML and JSON must escape.
func escaping(t testing.TB) (*Region, []int32) {
	r, of := quarters(t, 40, orb.Point{113.2, 23.1})
	for i, name := range []string{`东区 <"1" & '2'>`, "西区]]>", "O'Neil\u2028s", "4"} {
		r.City.Territories[i].Name = name
	}
	r.City.Places[0].Code = "<店>&1"
	of[1] = territory.None
	return r, of
}

func TestMapsAreReadBack(t *testing.T) {
	t.Parallel()
	r, of := escaping(t)
	for name, write := range map[string]func(io.Writer) error{
		"geojson": func(w io.Writer) error { return r.WriteGeoJSON(w, of) },
		"kml":     func(w io.Writer) error { return r.WriteKML(w, "城 & 乡", of) },
	} {
		var file bytes.Buffer
		if err := write(&file); err != nil {
			t.Fatal(name, err)
		}
		d, err := ReadMap(&file)
		if err != nil {
			t.Fatal(name, err)
		}
		same(t, name, r, of, d)
	}
}

func same(t *testing.T, name string, r *Region, of []int32, d *Drawing) {
	t.Helper()
	for i, o := range r.Outlines(of) {
		read := d.Outlines[i]
		if read.Territory != o.Territory || len(read.Ground) != len(o.Ground) {
			t.Fatalf("%s: %q, %d polygons, of %q", name, read.Territory, len(read.Ground), o.Territory)
		}
		for p, polygon := range o.Ground {
			for k, ring := range polygon {
				for c, corner := range ring {
					if near := read.Ground[p][k][c]; math.Abs(near[0]-corner[0]) > 1e-9 || math.Abs(near[1]-corner[1]) > 1e-9 {
						t.Fatalf("%s: %v is read as %v", name, corner, near)
					}
				}
			}
		}
	}
	owners := map[string]string{}
	for _, o := range d.Owners {
		owners[o.Code] = o.Territory
	}
	for i, p := range r.City.Places {
		want := ""
		if of[i] != territory.None {
			want = r.City.Territories[of[i]].Name
		}
		if owners[p.Code] != want {
			t.Errorf("%s: %q is %q's, want %q", name, p.Code, owners[p.Code], want)
		}
	}
}

// The files are what other programs take them for.
func TestMapsAreWellFormed(t *testing.T) {
	t.Parallel()
	r, of := escaping(t)
	var file bytes.Buffer
	if err := r.WriteGeoJSON(&file, of); err != nil {
		t.Fatal(err)
	}
	all, err := geojson.UnmarshalFeatureCollection(file.Bytes())
	if err != nil || len(all.Features) != 44 {
		t.Fatalf("%v, %v", all, err)
	}
	first := all.Features[0]
	if first.Geometry.GeoJSONType() != "MultiPolygon" || first.Properties["territory"] != `东区 <"1" & '2'>` || first.Properties["kind"] != "territory" {
		t.Errorf("%v", first)
	}
	loads, ok := first.Properties["loads"].(map[string]any)
	if !ok || !(loads["minutes"].(float64) > 10) {
		t.Errorf("%v", first.Properties)
	}
	file.Reset()
	if err := r.WriteKML(&file, "城", of); err != nil {
		t.Fatal(err)
	}
	var anything struct{}
	if err := xml.Unmarshal(file.Bytes(), &anything); err != nil || strings.Contains(file.String(), "&1</name>") {
		t.Error(err)
	}
}

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestAFullDiskIsToldOf(t *testing.T) {
	t.Parallel()
	r, of := escaping(t)
	if err := r.WriteGeoJSON(&full{5000}, of); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
	if err := r.WriteKML(&full{5000}, "", of); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

const ring = `[[120,30],[121,30],[121,31],[120,30]]`

func TestBadMapsAreNamed(t *testing.T) {
	t.Parallel()
	collection := func(features string) string { return `{"type":"FeatureCollection","features":[` + features + `]}` }
	one := func(geometry string) string {
		return collection(`{"type":"Feature","properties":{"name":"东"},"geometry":` + geometry + `}`)
	}
	kml := func(inside string) string { return `<kml><Document>` + inside + `</Document></kml>` }
	for _, c := range []struct {
		name, file string
		kind       MapFaultKind
		feature    int
	}{
		{"nothing", "", MapUnknown, 0},
		{"a table", "code,lat,lon\n", MapUnknown, 0},
		{"a zip", "PK\x03\x04....", MapPacked, 0},
		{"half a file", `{"type":"FeatureCollection","features":[{"ty`, MapBroken, 0},
		{"another object", `{"type":"Topology"}`, MapUnknown, 0},
		{"no features", collection(""), MapNoPolygons, 0},
		{"features of nothing", collection(`{"type":"Feature","properties":{"name":"x"},"geometry":null}`), MapNoPolygons, 0},
		{"no name", collection(`{"type":"Feature","geometry":null},{"type":"Feature","properties":null,"geometry":{"type":"Polygon","coordinates":[` + ring + `]}}`), MapNoName, 2},
		{"an unknown shape", one(`{"type":"Circle","coordinates":[1,2]}`), MapNoGeometry, 1},
		{"words for coordinates", one(`{"type":"Polygon","coordinates":"here"}`), MapBadPosition, 1},
		{"no coordinates", one(`{"type":"Polygon"}`), MapBadPosition, 1},
		{"no ring", one(`{"type":"Polygon","coordinates":[]}`), MapBadRing, 1},
		{"an empty ring", one(`{"type":"Polygon","coordinates":[[]]}`), MapBadRing, 1},
		{"a line there and back", one(`{"type":"MultiPolygon","coordinates":[[[[1,1],[2,2],[1,1]]]]}`), MapBadRing, 1},
		{"one number", one(`{"type":"Polygon","coordinates":[[[1],[2,2],[3,1],[1,1]]]}`), MapBadPosition, 1},
		{"beyond the pole", one(`{"type":"Polygon","coordinates":[[[1,191],[2,2],[3,1],[1,1]]]}`), MapBadPosition, 1},
		{"latitudes before longitudes", one(`{"type":"Polygon","coordinates":[[[30,120],[30,121],[31,121],[30,120]]]}`), MapSwapped, 1},
		{"KML with latitudes before longitudes", kml(`<Placemark><name>a</name><Polygon><outerBoundaryIs><LinearRing><coordinates>30,120 30,121 31,121</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>`), MapSwapped, 1},
		{"metres for degrees", one(`{"type":"Polygon","coordinates":[[[13358338,3503549],[2,2],[3,1],[1,1]]]}`), MapBadPosition, 1},
		{"a web page", `<!doctype html><html><body/></html>`, MapUnknown, 0},
		{"XML that ends", `<kml><Document><Placemark>`, MapBroken, 0},
		{"an empty KML", kml(""), MapNoPolygons, 0},
		{"KML without a name", kml(`<Placemark><Polygon/></Placemark>`), MapNoName, 1},
		{"KML without a ring", kml(`<Placemark><name>a</name><Polygon/></Placemark>`), MapBadRing, 1},
		{"KML with words", kml(`<Placemark><name>a</name><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>1,2 3,x 4,5</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark>`), MapBadPosition, 1},
		{"KML with no number", kml(`<Placemark/><Placemark><name>a</name><Polygon><outerBoundaryIs><LinearRing><coordinates>NaN,2 3,4 4,5</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>`), MapBadPosition, 2},
		{"an owner off the globe", collection(`{"type":"Feature","properties":{"code":"A","territory":"1"},"geometry":{"type":"Point","coordinates":[1,200]}}`), MapBadPosition, 1},
		{"nothing, many times", collection(strings.Repeat("{},", MaxMapParts) + "{}"), MapTooManyParts, 0},
		{"tags in tags", "<kml>" + strings.Repeat("<a>", 200), MapTooDeep, 0},
		{"shapes in shapes", kml("<Placemark>" + strings.Repeat("<MultiGeometry>", 200)), MapTooDeep, 0},
		{"tags upon tags", kml(strings.Repeat("<a/>", MaxMapParts)), MapTooManyParts, 0},
		{"Chinese letters of another kind", `<?xml version="1.0" encoding="GB18030"?>` + kml(""), MapUnknown, 0},
		{"too large", "{" + strings.Repeat(" ", MaxMapBytes), MapTooLarge, 0},
		{"too many corners", one(`{"type":"Polygon","coordinates":[[` + strings.Repeat("[1,1],", MaxMapCorners) + `[1,1]]]}`), MapTooManyCorners, 1},
	} {
		d, err := ReadMap(strings.NewReader(c.file))
		fault, ok := errors.AsType[*MapFault](err)
		if !ok || fault.Kind != c.kind || fault.Feature != c.feature || fault.Text("zh-CN") == fault.Text("en") || strings.Contains(fault.Error()+fault.Text("zh"), "%") {
			t.Errorf("%s: %v, %v", c.name, d, err)
		}
	}
}

// What other programs write is taken too.
func TestForeignMapsAreRead(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"a ring that is not closed, with heights": `{"type":"Feature","properties":{"name":7},"geometry":{"type":"Polygon","coordinates":[[[120,30,5],[121,30,5],[121,31,5]]]}}`,
		"two features of one name":                `{"type":"FeatureCollection","features":[{"properties":{"name":"7"},"geometry":{"type":"GeometryCollection","geometries":[{"type":"Polygon","coordinates":[` + ring + `]},{"type":"LineString"}]}}]}`,
		"KML with a byte order mark":              "\ufeff" + `<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Folder><Placemark><name> 7 </name><Polygon><outerBoundaryIs><LinearRing><coordinates> 120,30,0` + "\n" + `121,30,0 121,31,0 120,30,0 </coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder></kml>`,
	} {
		d, err := ReadMap(strings.NewReader(file))
		if err != nil || len(d.Outlines) != 1 || d.Outlines[0].Territory != "7" || len(d.Outlines[0].Ground[0][0]) != 4 {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	d, err := ReadMap(strings.NewReader(`{"type":"Feature","properties":{"name":"斐济"},"geometry":{"type":"Polygon","coordinates":[[[179,-18],[-179,-18],[-179,-16],[179,-16],[179,-18]],[[-179.6,-17.5],[-179.5,-17.4],[-179.4,-17.5],[-179.6,-17.5]]]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for at, inside := range map[orb.Point]bool{{179.5, -17}: true, {-179.1, -17}: true, {178, -17}: false, {-178, -17}: false, {0, -17}: false, {-179.5, -17.45}: false} {
		found := Disagreements(t.Context(), []Place{{At: at, Today: "斐济"}}, d.Outlines)
		if (len(found) == 0) != inside {
			t.Errorf("%v: %v", at, found)
		}
	}
}

func FuzzReadMap(f *testing.F) {
	r, of := escaping(f)
	var file bytes.Buffer
	if err := r.WriteGeoJSON(&file, of); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	file = bytes.Buffer{}
	if err := r.WriteKML(&file, "a", of); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(`{"type":"Feature","properties":{"name":"x"},"geometry":{"type":"MultiPolygon","coordinates":[[[[179,1],[-179,1],[-179,2]]]]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ReadMap(bytes.NewReader(data))
		if err != nil {
			if _, ok := errors.AsType[*MapFault](err); !ok || d != nil {
				t.Errorf("%v, %v", d, err)
			}
			return
		}
		if _, err := json.Marshal(d); err != nil {
			t.Error(err)
		}
		Disagreements(t.Context(), []Place{{Code: "A", At: orb.Point{1, 1}}, {At: orb.Point{179.5, 1.5}, Today: "x"}}, d.Outlines)
	})
}
