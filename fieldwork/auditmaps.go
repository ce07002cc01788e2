package fieldwork

import (
	_ "embed"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/paulmach/orb"
)

//go:embed auditmap.html
var routePageText string

var routePageTemplate = template.Must(template.New("route").Parse(routePageText))

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
	When  string    `xml:"TimeStamp>when,omitempty"`
	Point *kmlShape `xml:"Point"`
	Line  *kmlShape `xml:"LineString"`
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
				Name: fmt.Sprintf("%d %s", s.N, s.Name), Desc: s.Address, When: s.PlannedAt.Format(time.RFC3339),
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

// routePage is what the template shows.
type routePage struct {
	RouteDrawing
	From, To, Way, Under string
	Width, Height        int
	Path                 string
	Rows                 []routeRow
	Pinless              bool
}

type routeRow struct {
	DrawnStop
	Placed           bool
	X, Y             int
	At, Leg, Minutes string
}

// WritePage writes one HTML file with a map and all stops: it needs no network and no script, and can be printed. Whatever people are
// called is shown as it is.
func (d RouteDrawing) WritePage(w io.Writer) error {
	p := routePage{RouteDrawing: d, From: d.clock(d.StartsAt), To: d.clock(d.EndsAt), Way: kilometres(d.Meters), Under: minutes(d.Seconds)}
	on := d.paper(&p)
	for i, at := range d.Line {
		x, y := on(at)
		p.Path += "ML"[min(i, 1):][:1] + strconv.Itoa(x) + " " + strconv.Itoa(y)
	}
	for _, s := range d.Stops {
		row := routeRow{DrawnStop: s, At: d.clock(s.PlannedAt), Leg: kilometres(s.LegMeters), Minutes: minutes(s.LegSeconds)}
		if s.At != nil {
			row.Placed = true
			row.X, row.Y = on(*s.At)
		}
		p.Pinless = p.Pinless || !row.Placed
		p.Rows = append(p.Rows, row)
	}
	return routePageTemplate.Execute(w, p)
}

func (d RouteDrawing) clock(t time.Time) string { return t.In(d.Zone).Format("15:04") }

func kilometres(m float64) string { return strconv.FormatFloat(m/1000, 'f', 1, 64) + " km" }

func minutes(seconds int) string { return strconv.Itoa((seconds+30)/60) + " min" }

// A map is this wide or high, beside its margin.
const (
	mapPaper  = 1000
	mapMargin = 40
)

// paper lays the ground on paper, north up: longitudes are as far apart as in the middle of it.
func (d RouteDrawing) paper(p *routePage) func(orb.Point) (x, y int) {
	points := d.Line[:len(d.Line):len(d.Line)]
	for _, s := range d.Stops {
		if s.At != nil {
			points = append(points, *s.At)
		}
	}
	if len(points) == 0 {
		return func(orb.Point) (x, y int) { return 0, 0 }
	}
	first := points[0]
	turned := func(at orb.Point) orb.Point { // from the first, so that a way may cross 180°
		return orb.Point{math.Remainder(at.Lon()-first.Lon(), 360), at.Lat()}
	}
	bound := turned(first).Bound()
	for _, at := range points {
		bound = bound.Extend(turned(at))
	}
	narrow := math.Cos(bound.Center().Lat() * math.Pi / 180)
	wide, high := (bound.Right()-bound.Left())*narrow, bound.Top()-bound.Bottom()
	scale := mapPaper / max(wide, high, 1e-6)
	p.Width, p.Height = 2*mapMargin+int(wide*scale), 2*mapMargin+int(high*scale)
	return func(at orb.Point) (x, y int) {
		at = turned(at)
		return mapMargin + int(math.Round((at.Lon()-bound.Left())*narrow*scale)), mapMargin + int(math.Round((bound.Top()-at.Lat())*scale))
	}
}
