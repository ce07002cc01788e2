package districting

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"

	"rounds/routing/territory"

	"github.com/paulmach/orb"
)

// Drawing is what a map file says of territories: polygons with their names, and retailers with their owners. Longitudes of a
// polygon run on where it lies across 180°.
type Drawing struct {
	Outlines []Outline // each name once, in the order in which the file has them
	Owners   []Owner
}

// Owner is whose a retailer is, by a point of a map file.
type Owner struct {
	Code      string
	Territory string
	At        orb.Point
}

// Limits of a map file.
const (
	MaxMapBytes   = 32 << 20
	MaxMapCorners = 250_000
	MaxMapParts   = 4_000_000 // braces, brackets and colons of GeoJSON, tags of KML
	maxMapDepth   = 100       // of tags in each other
)

// MapFaultKind is one way in which a file is no map of territories. Kinds are stable.
type MapFaultKind string

// What may be wrong with a map file.
const (
	MapTooLarge       MapFaultKind = "too_large"       // bytes, in mebibytes
	MapTooManyCorners MapFaultKind = "too_many_points" // of all polygons
	MapTooManyNames   MapFaultKind = "too_many_territories"
	MapTooManyOwners  MapFaultKind = "too_many_retailers"
	MapTooManyParts   MapFaultKind = "too_many_parts"
	MapTooDeep        MapFaultKind = "too_deep"
	MapUnknown        MapFaultKind = "unknown_format"
	MapPacked         MapFaultKind = "packed" // KMZ
	MapBroken         MapFaultKind = "broken" // neither JSON nor XML as it should be
	MapNoGeometry     MapFaultKind = "bad_geometry"
	MapNoName         MapFaultKind = "no_name"
	MapBadPosition    MapFaultKind = "bad_position"
	MapSwapped        MapFaultKind = "swapped" // latitudes where longitudes belong
	MapBadRing        MapFaultKind = "bad_ring"
	MapNoPolygons     MapFaultKind = "no_polygons"
)

// mapTexts are in English and Chinese.
var mapTexts = map[MapFaultKind][2]string{
	MapTooLarge:       {"the file is larger than %d MiB", "文件大于 %d MiB"},
	MapTooManyCorners: {"the polygons have more than %d corners", "多边形的顶点超过 %d 个"},
	MapTooManyNames:   {"the file has more than %d territories", "文件中的片区超过 %d 个"},
	MapTooManyOwners:  {"the file has more than %d retailers", "文件中的零售户超过 %d 户"},
	MapTooManyParts:   {"the file has more than %d brackets and colons, or tags", "文件中的括号、冒号或标签超过 %d 个"},
	MapTooDeep:        {"the file has more than %d tags in each other", "文件中的标签嵌套超过 %d 层"},
	MapUnknown:        {"the file is neither GeoJSON nor KML in UTF-8", "文件既不是 GeoJSON，也不是 UTF-8 编码的 KML"},
	MapPacked:         {"the file is packed: unpack the KMZ and give the KML in it", "文件是压缩包：请解压 KMZ，提供其中的 KML"},
	MapBroken:         {"the file is not whole, or not well formed", "文件不完整或格式有误"},
	MapNoGeometry:     {"the geometry is none that GeoJSON knows", "几何类型不是 GeoJSON 的类型"},
	MapNoName:         {"a polygon without a name", "多边形没有名称"},
	MapBadPosition:    {"a position that is not a longitude and a latitude on Earth", "坐标不是有效的经度和纬度"},
	MapSwapped:        {"lat and lon seem swapped: a position is the longitude, then the latitude", "lat 与 lon 似乎颠倒：坐标应先写经度，再写纬度"},
	MapBadRing:        {"a polygon without a ring, or a ring of fewer than three corners", "多边形没有边界，或边界少于三个顶点"},
	MapNoPolygons:     {"the file has no polygon with a name, and no retailer with an owner", "文件中没有带名称的多边形，也没有带片区的零售户"},
}

// MapFault is the error of a file that is no map of territories.
type MapFault struct {
	Kind    MapFaultKind
	Feature int    // of the file, from 1; 0: the whole file
	Name    string // of the feature, if it has one
	Most    int    // a limit, where the fault is about one
	Detail  string // what the decoder said
}

// Error says in English where the fault is, what it is, and what the decoder said.
func (f *MapFault) Error() string {
	if text := f.Located("en"); f.Detail != "" {
		return text + ": " + f.Detail
	}
	return f.Located("en")
}

// Located says where the fault is and what it is, in Chinese where lang starts with "zh" and in English otherwise.
func (f *MapFault) Located(lang string) string {
	at := [2]string{"feature %d", "第 %d 个要素"}
	if f.Name != "" {
		at = [2]string{"feature %d, %q", "第 %d 个要素 %q"}
	}
	where := []any{f.Feature, f.Name}[:min(1+len(f.Name), 2)]
	switch {
	case f.Feature == 0:
		return f.Text(lang)
	case strings.HasPrefix(lang, "zh"):
		return fmt.Sprintf(at[1], where...) + "：" + f.Text(lang)
	}
	return fmt.Sprintf(at[0], where...) + ": " + f.Text(lang)
}

// Text says what the fault is, in Chinese where lang starts with "zh" and in English otherwise.
func (f *MapFault) Text(lang string) string {
	text := mapTexts[f.Kind][0]
	if strings.HasPrefix(lang, "zh") {
		text = mapTexts[f.Kind][1]
	}
	if f.Most > 0 {
		text = fmt.Sprintf(text, f.Most)
	}
	return text
}

// ReadMap reads polygons and owners from GeoJSON or KML, which it tells apart by their first character. A file that is
// neither, or not as it should be, is a *[MapFault].
func ReadMap(r io.Reader) (*Drawing, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxMapBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxMapBytes {
		return nil, &MapFault{Kind: MapTooLarge, Most: MaxMapBytes >> 20}
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return nil, &MapFault{Kind: MapPacked}
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	d := &drawer{at: map[string]int{}}
	switch {
	case bytes.HasPrefix(data, []byte("{")):
		err = d.geoJSON(data)
	case bytes.HasPrefix(data, []byte("<")):
		err = d.kml(data)
	default:
		err = &MapFault{Kind: MapUnknown}
	}
	if err == nil && len(d.Outlines)+len(d.Owners) == 0 {
		err = &MapFault{Kind: MapNoPolygons}
	}
	if err != nil {
		return nil, err
	}
	return &d.Drawing, nil
}

// drawer adds up a drawing, and watches the limits that both formats share.
type drawer struct {
	Drawing
	at      map[string]int // of names, the outline
	corners int
	feature int // the one that is read, from 1
	name    string
}

func (d *drawer) fault(kind MapFaultKind, most int) error {
	return &MapFault{Kind: kind, Feature: d.feature, Name: d.name, Most: most}
}

// polygon adds one to the outline of the feature's name.
func (d *drawer) polygon(rings [][][]float64) error {
	if d.name == "" {
		return d.fault(MapNoName, 0)
	}
	if len(rings) == 0 {
		return d.fault(MapBadRing, 0)
	}
	var polygon orb.Polygon
	for _, positions := range rings {
		if d.corners += len(positions); d.corners > MaxMapCorners {
			return d.fault(MapTooManyCorners, MaxMapCorners)
		}
		ring, kind := closed(positions)
		if kind != "" {
			return d.fault(kind, 0)
		}
		if len(polygon) > 0 {
			turn(ring, polygon[0][0].Lon())
		}
		polygon = append(polygon, ring)
	}
	return d.add(polygon)
}

func (d *drawer) add(polygon orb.Polygon) error {
	at, known := d.at[d.name]
	if !known {
		if len(d.Outlines) == territory.MostTerritories {
			return d.fault(MapTooManyNames, territory.MostTerritories)
		}
		at = len(d.Outlines)
		d.at[d.name] = at
		d.Outlines = append(d.Outlines, Outline{Territory: d.name})
	}
	d.Outlines[at].Ground = append(d.Outlines[at].Ground, polygon)
	return nil
}

// owner adds a retailer; a point that names none, or no territory, is not one.
func (d *drawer) owner(code, name string, position []float64) error {
	if code == "" || name == "" {
		return nil
	}
	at, ok := onGlobe(position)
	switch {
	case !ok:
		return d.fault(offGlobe(position), 0)
	case len(d.Owners) == territory.MostUnits:
		return d.fault(MapTooManyOwners, territory.MostUnits)
	}
	at[0] = math.Remainder(at[0], 360)
	d.Owners = append(d.Owners, Owner{code, name, at})
	return nil
}

// closed is a ring whose last corner is its first; its longitudes do not jump at 180°.
func closed(positions [][]float64) (orb.Ring, MapFaultKind) {
	ring := make(orb.Ring, 0, len(positions)+1)
	for _, position := range positions {
		p, ok := onGlobe(position)
		if !ok {
			return nil, offGlobe(position)
		}
		if n := len(ring); n > 0 {
			p[0] = ring[n-1].Lon() + math.Remainder(p.Lon()-ring[n-1].Lon(), 360)
			if p == ring[n-1] {
				continue
			}
		}
		ring = append(ring, p)
	}
	if len(ring) > 0 && ring[0] != ring[len(ring)-1] {
		ring = append(ring, ring[0])
	}
	if len(ring) < 4 {
		return nil, MapBadRing
	}
	return ring, ""
}

// turn moves a ring by whole turns of the globe, next to a longitude.
func turn(ring orb.Ring, lon float64) {
	by := lon + math.Remainder(ring[0].Lon()-lon, 360) - ring[0].Lon()
	for i := range ring {
		ring[i][0] += by
	}
}

// onGlobe takes longitude, latitude and whatever follows. Longitudes may run on beyond 180°, by a turn at most.
func onGlobe(position []float64) (p orb.Point, ok bool) {
	if len(position) < 2 || !(math.Abs(position[0]) <= 540) || !(math.Abs(position[1]) <= 90) {
		return p, false
	}
	return orb.Point{position[0], position[1]}, true
}

// offGlobe is what is wrong with a position that is not on the globe: it may be there the other way round.
func offGlobe(position []float64) MapFaultKind {
	if len(position) >= 2 && math.Abs(position[0]) <= 90 && math.Abs(position[1]) <= 180 {
		return MapSwapped
	}
	return MapBadPosition
}
