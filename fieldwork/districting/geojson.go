package districting

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strconv"

	"rounds/routing/territory"

	"github.com/paulmach/orb"
)

// What features of the GeoJSON are, in their property kind.
const (
	kindTerritory = "territory"
	kindRetailer  = "retailer"
)

// onMap is what the map files say of a territory; measures have their names.
type onMap struct {
	Kind       string             `json:"kind"`
	Territory  string             `json:"territory"`
	Name       string             `json:"name"` // the same, for programs that look for it
	Retailers  int                `json:"retailers"`
	Pieces     int                `json:"pieces"`
	Loads      map[string]float64 `json:"loads"`
	Deviations map[string]float64 `json:"deviations"`
}

// pin is what they say of a retailer.
type pin struct {
	Kind      string `json:"kind"`
	Code      string `json:"code"`
	Territory string `json:"territory,omitempty"`
	Today     string `json:"today,omitempty"`
}

// onMap are the properties of the territories of a cut.
func (r *Region) onMap(of []int32) []onMap {
	all := make([]onMap, len(r.City.Territories))
	for t, f := range r.cutOf(of).figures {
		name := r.City.Territories[t].Name
		all[t] = onMap{kindTerritory, name, name, f.Retailers, f.Pieces, map[string]float64{}, map[string]float64{}}
		for k, m := range r.City.Measures {
			all[t].Loads[m.Name], all[t].Deviations[m.Name] = f.Loads[k], f.Deviations[k]
		}
	}
	return all
}

func (r *Region) pin(unit int, of []int32) pin {
	p := r.City.Places[unit]
	named := pin{Kind: kindRetailer, Code: p.Code, Today: p.Today}
	if of[unit] != territory.None {
		named.Territory = r.City.Territories[of[unit]].Name
	}
	return named
}

// WriteGeoJSON writes a FeatureCollection (RFC 7946) of a cut, given in the order of the problem's units: a MultiPolygon of each territory
// that has retailers, and a Point of each retailer. Corners have nine decimals, so that rounding makes no outline cross itself.
func (r *Region) WriteGeoJSON(w io.Writer, of []int32) error {
	out := &mapWriter{Writer: bufio.NewWriter(w)}
	out.text(`{"type":"FeatureCollection","features":[`)
	properties := r.onMap(of)
	for t, o := range r.Outlines(of) {
		if len(o.Ground) > 0 {
			out.feature("MultiPolygon", properties[t], func() { out.multiPolygon(o.Ground) })
		}
	}
	for unit, p := range r.City.Places {
		out.feature("Point", r.pin(unit, of), func() { out.position(p.At) })
	}
	out.text("\n]}\n")
	return out.end()
}

// mapWriter writes maps piece by piece and keeps the first error.
type mapWriter struct {
	*bufio.Writer
	number   []byte
	features int
	err      error
}

// The buffer keeps its own first error until it is flushed.
func (w *mapWriter) text(s string) { _, _ = w.WriteString(s) }

func (w *mapWriter) end() error {
	if w.err != nil {
		return w.err
	}
	return w.Flush()
}

func (w *mapWriter) feature(geometry string, properties any, coordinates func()) {
	data, err := json.Marshal(properties)
	if err != nil {
		w.err = err
		return
	}
	if w.features++; w.features > 1 {
		w.text(",")
	}
	w.text("\n" + `{"type":"Feature","properties":`)
	w.text(string(data))
	w.text(`,"geometry":{"type":"` + geometry + `","coordinates":`)
	coordinates()
	w.text("}}")
}

func (w *mapWriter) multiPolygon(polygons orb.MultiPolygon) {
	listed(w, polygons, func(p orb.Polygon) {
		listed(w, p, func(ring orb.Ring) { listed(w, ring, w.position) })
	})
}

func listed[S ~[]T, T any](w *mapWriter, all S, write func(T)) {
	for i, one := range all {
		w.text([]string{"[", ","}[min(i, 1)])
		write(one)
	}
	w.text("]")
}

func (w *mapWriter) position(p orb.Point) {
	w.text("[")
	w.degrees(p.Lon())
	w.text(",")
	w.degrees(p.Lat())
	w.text("]")
}

// degrees writes nine decimals, a tenth of a millimetre, without noughts at the end.
func (w *mapWriter) degrees(v float64) {
	b := strconv.AppendFloat(w.number[:0], v, 'f', 9, 64)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	_, _ = w.Write(b)
	w.number = b
}

// A feature of a file, or a collection of them.
type feature struct {
	Type       string         `json:"type"`
	Features   []feature      `json:"features"`
	Properties map[string]any `json:"properties"`
	Geometry   *geometry      `json:"geometry"`
}

type geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometries  []geometry      `json:"geometries"`
}

// geoJSON reads a FeatureCollection or a Feature.
func (d *drawer) geoJSON(data []byte) error {
	if parts := bytes.Count(data, []byte("{")) + bytes.Count(data, []byte("[")) + bytes.Count(data, []byte(":")); parts > MaxMapParts {
		return &MapFault{Kind: MapTooManyParts, Most: MaxMapParts}
	}
	var all feature
	if err := json.Unmarshal(data, &all); err != nil {
		return &MapFault{Kind: MapBroken, Detail: err.Error()}
	}
	features := all.Features
	switch all.Type {
	case "FeatureCollection":
	case "Feature":
		features = []feature{all}
	default:
		return &MapFault{Kind: MapUnknown}
	}
	for i, f := range features {
		d.feature, d.name = i+1, f.named(kindTerritory, "name")
		if f.Geometry == nil {
			continue
		}
		if err := d.geometry(f, *f.Geometry); err != nil {
			return err
		}
	}
	return nil
}

// named is the first of some properties that is a text or a number.
func (f feature) named(keys ...string) string {
	for _, key := range keys {
		switch v := f.Properties[key].(type) {
		case string:
			if v != "" {
				return v
			}
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return ""
}

// geometry takes polygons and points, and passes by lines.
func (d *drawer) geometry(f feature, g geometry) error {
	switch g.Type {
	case "Polygon":
		return read(d, g, d.polygon)
	case "MultiPolygon":
		return read(d, g, func(polygons [][][][]float64) error { return each(polygons, d.polygon) })
	case "Point":
		return read(d, g, func(p []float64) error { return d.owner(f.named("code"), f.named(kindTerritory), p) })
	case "GeometryCollection":
		return each(g.Geometries, func(part geometry) error { return d.geometry(f, part) })
	case "MultiPoint", "LineString", "MultiLineString":
		return nil
	}
	return d.fault(MapNoGeometry, 0)
}

// read hands on coordinates of the shape that the geometry has.
func read[T any](d *drawer, g geometry, take func(T) error) error {
	var coordinates T
	if json.Unmarshal(g.Coordinates, &coordinates) != nil {
		return d.fault(MapBadPosition, 0)
	}
	return take(coordinates)
}

func each[T any](all []T, do func(T) error) error {
	for _, one := range all {
		if err := do(one); err != nil {
			return err
		}
	}
	return nil
}
