package fieldwork

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/paulmach/orb"
)

// RouteDrawing is a route to be drawn for people and for programs with maps, its line and stops in one datum.
type RouteDrawing struct {
	Title, Auditor   string
	Zone             *time.Location
	StartsAt, EndsAt time.Time
	Meters           float64
	Seconds          int
	Line             orb.LineString
	Stops            []DrawnStop
}

// DrawnStop is a stop of it.
type DrawnStop struct {
	N                          int
	At                         *orb.Point // nil: the retailer has no pin
	Code, Name, Address, Hours string
	PlannedAt                  time.Time
	Service, LegSeconds        int
	LegMeters                  float64
	OutsideHours               bool
}

// The part of KML 2.2 (https://docs.ogc.org/is/12-007r2/12-007r2.html) that a route needs.
type kmlFile struct {
	XMLName  xml.Name `xml:"http://www.opengis.net/kml/2.2 kml"`
	Document struct {
		Name       string         `xml:"name"`
		Placemarks []kmlPlacemark `xml:"Placemark"`
	}
}

type kmlPlacemark struct {
	Name  string    `xml:"name"`
	Desc  string    `xml:"description,omitempty"`
	When  *kmlWhen  `xml:"TimeStamp"`
	Point *kmlShape `xml:"Point"`
	Line  *kmlShape `xml:"LineString"`
}

type kmlWhen struct {
	At string `xml:"when"`
}

type kmlShape struct {
	Tessellate  int    `xml:"tessellate,omitempty"`
	Coordinates string `xml:"coordinates"`
}

// WriteKML writes a point for each stop that has a place, and the way as a line. Characters that XML cannot hold become U+FFFD.
func (d RouteDrawing) WriteKML(w io.Writer) error {
	file := kmlFile{}
	file.Document.Name = d.Title
	for _, s := range d.Stops {
		if s.At != nil {
			file.Document.Placemarks = append(file.Document.Placemarks, kmlPlacemark{
				Name: fmt.Sprintf("%d %s", s.N, s.Name), Desc: s.Address, When: &kmlWhen{s.PlannedAt.Format(time.RFC3339)},
				Point: &kmlShape{Coordinates: degrees(*s.At)},
			})
		}
	}
	if len(d.Line) > 1 {
		line := &kmlShape{Tessellate: 1}
		for i, p := range d.Line {
			if i > 0 {
				line.Coordinates += " "
			}
			line.Coordinates += degrees(p)
		}
		file.Document.Placemarks = append(file.Document.Placemarks, kmlPlacemark{Name: d.Title, Line: line})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	return e.Encode(file)
}

// degrees are longitude, then latitude, as KML has it.
func degrees(p orb.Point) string {
	return strconv.FormatFloat(p.Lon(), 'f', 7, 64) + "," + strconv.FormatFloat(p.Lat(), 'f', 7, 64)
}
