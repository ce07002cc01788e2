package roster

import (
	"math"
	"regexp"
	"strings"

	"rounds/internal/sheet"

	"github.com/paulmach/orb"
)

// A location cell ends in (lat, lon), or is "lat, lon" alone, or is well-known text with the longitude first.
var (
	latLon    = regexp.MustCompile(`(?:^|\()\s*([-+]?[\d.]+)\s*,\s*([-+]?[\d.]+)\s*(?:\)\s*)?$`)
	wellKnown = regexp.MustCompile(`(?i)^POINT\s*\(\s*([-+]?[\d.]+)\s+([-+]?[\d.]+)\s*\)$`)
)

// point is a record's position in WGS-84, nil with a finding where there is none to use.
func (r *reader) point(record sheet.Row) *orb.Point {
	lat, lon, ok := r.coordinates(record)
	if !ok {
		return nil
	}
	if code := unusable(lat, lon); code != "" {
		r.found(doubt(record.Line, code, "", lat, lon))
		return nil
	}
	point := r.datums.ToWGS84(orb.Point{lon, lat}, r.datum)
	return &point
}

// coordinates are the two numbers of a record as the file writes them.
func (r *reader) coordinates(record sheet.Row) (lat, lon float64, ok bool) {
	latText, lonText, given := r.coordinateTexts(record)
	switch {
	case !given:
		return 0, 0, false
	case latText == "" && lonText == "":
		r.found(doubt(record.Line, "no_coordinates", ""))
		return 0, 0, false
	case latText == "" || lonText == "":
		r.found(doubt(record.Line, "incomplete_coordinates", ""))
		return 0, 0, false
	}
	lat, latOK := r.degrees(record.Line, "lat", latText)
	lon, lonOK := r.degrees(record.Line, "lon", lonText)
	return lat, lon, latOK && lonOK
}

// coordinateTexts finds them in their own columns or inside the location's; given says whether the file has
// either.
func (r *reader) coordinateTexts(record sheet.Row) (lat, lon string, given bool) {
	if _, own := r.columns.at["lat"]; own {
		return r.text(record, "lat"), r.text(record, "lon"), true
	}
	_, given = r.columns.at["location"]
	lat, lon = splitLocation(r.text(record, "location"))
	return lat, lon, given
}

func splitLocation(text string) (lat, lon string) {
	if found := wellKnown.FindStringSubmatch(text); found != nil {
		return found[2], found[1]
	}
	if found := latLon.FindStringSubmatch(text); found != nil {
		return found[1], found[2]
	}
	return "", ""
}

func (r *reader) degrees(line int, field, text string) (float64, bool) {
	number, ok := ParseDegrees(text)
	if !ok {
		r.found(problem(line, "bad_number", field, text))
	}
	return number, ok
}

// ParseDegrees reads decimal degrees as files have them: in wide digits too, and with a degree sign.
func ParseDegrees(text string) (float64, bool) {
	return parseNumber(strings.TrimRight(text, "° "))
}

// ParseNumber reads a number as files have them: in wide digits too. There is no other way to write one.
func ParseNumber(text string) (float64, bool) { return parseNumber(text) }

// unusable is the code of what keeps two numbers from being a place, "" if nothing does.
func unusable(lat, lon float64) string {
	switch {
	case lat == 0 && lon == 0:
		return "null_island"
	case isPlace(lat, lon):
		return ""
	case isPlace(lon, lat):
		return "swapped_lat_lon"
	}
	return "invalid_coordinates"
}

func isPlace(lat, lon float64) bool { return math.Abs(lat) <= 90 && math.Abs(lon) <= 180 }
