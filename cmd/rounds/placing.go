package main

import (
	"fmt"
	"math"
	"strings"

	"rounds/fieldwork/roster"
	"rounds/internal/sheet"

	"github.com/paulmach/orb"
)

// placing is where a table has its positions.
type placing struct {
	width    int // of the header
	lat, lon int // columns
}

func findPlacing(header sheet.Row) (placing, error) {
	lat, lon, ok := roster.PositionColumns(header.Cells)
	if !ok {
		return placing{}, fmt.Errorf("line %d: there must be one column lat and one column lon; the headings are: %s",
			header.Line, strings.Join(header.Cells, ", "))
	}
	return placing{len(header.Cells), lat, lon}, nil
}

// position is where a row says it is, or why it does not say.
func (c placing) position(cells []string) (p orb.Point, why string) {
	for len(cells) > c.width && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) != c.width { // an unquoted comma: which cells are which is anybody's guess
		return p, fmt.Sprintf("%d cells where the header has %d", len(cells), c.width)
	}
	latText, lonText := strings.TrimSpace(cells[c.lat]), strings.TrimSpace(cells[c.lon])
	lat, latOK := roster.ParseDegrees(latText)
	lon, lonOK := roster.ParseDegrees(lonText)
	switch {
	case latText == "" || lonText == "":
		return p, "no coordinates"
	case !latOK || !lonOK:
		return p, fmt.Sprintf("latitude %q, longitude %q are no decimal degrees", latText, lonText)
	case lat == 0 && lon == 0:
		return p, "latitude 0, longitude 0 stands for an unknown place"
	case math.Abs(lat) > 90 && math.Abs(lat) <= 180 && math.Abs(lon) <= 90:
		return p, fmt.Sprintf("latitude %g and longitude %g look swapped", lat, lon)
	case math.Abs(lat) > 90 || math.Abs(lon) > 180:
		return p, fmt.Sprintf("latitude %g, longitude %g is no place on Earth", lat, lon)
	}
	return orb.Point{lon, lat}, ""
}
