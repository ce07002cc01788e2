package fieldwork

import (
	_ "embed"
	"html/template"
	"image"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/paulmach/orb"
)

//go:embed auditmap.html
var routePageText string

var routePageTemplate = template.Must(template.New("route").Parse(routePageText))

// routePage is what the template shows.
type routePage struct {
	RouteDrawing
	From, To, Way, Under string
	Width, Height        int
	Least                int // how wide a phone shows it, for its numbers to be read
	Path                 string
	Rows                 []routeRow
	Pinless              bool
	Scale                scaleBar
}

type routeRow struct {
	DrawnStop
	Placed           bool
	Dot, Label       image.Point
	Led              bool // a line leads from the dot to its number
	At, Leg, Minutes string
}

// WritePage writes one HTML file with a map and all stops: it needs no network and no script, and can be printed. Whatever people are
// called is shown as it is.
func (d RouteDrawing) WritePage(w io.Writer) error {
	p := routePage{RouteDrawing: d, From: d.clock(d.StartsAt), To: d.clock(d.EndsAt), Way: kilometres(d.Meters), Under: minutes(d.Seconds)}
	on := d.paper(&p)
	for i, at := range d.Line {
		dot := on(at)
		p.Path += "ML"[min(i, 1):][:1] + strconv.Itoa(dot.X) + " " + strconv.Itoa(dot.Y)
	}
	for _, s := range d.Stops {
		row := routeRow{DrawnStop: s, At: d.clock(s.PlannedAt), Leg: kilometres(s.LegMeters), Minutes: minutes(s.LegSeconds)}
		if s.At != nil {
			row.Placed = true
			row.Dot = on(*s.At)
		}
		p.Pinless = p.Pinless || !row.Placed
		p.Rows = append(p.Rows, row)
	}
	p.label()
	return routePageTemplate.Execute(w, p)
}

func (d RouteDrawing) clock(t time.Time) string { return t.In(d.Zone).Format("15:04") }

func kilometres(m float64) string { return strconv.FormatFloat(m/1000, 'f', 1, 64) + " km" }

func minutes(seconds int) string { return strconv.Itoa((seconds+30)/60) + " min" }

// A map is this wide or high, beside its margin, and the other way half of it at least. It shows some 200 m of ground at least, in
// degrees of latitude: of a single stop too.
const (
	mapPaper  = 1000
	mapMargin = 40
	mapGround = 0.002
)

// paper lays the ground on paper, north up and in the middle: longitudes are as far apart as there.
func (d RouteDrawing) paper(p *routePage) func(orb.Point) image.Point {
	points := d.Line[:len(d.Line):len(d.Line)]
	for _, s := range d.Stops {
		if s.At != nil {
			points = append(points, *s.At)
		}
	}
	if len(points) == 0 {
		return func(orb.Point) image.Point { return image.Point{} }
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
	side := max(wide, high, mapGround)
	scale, middle := mapPaper/side, bound.Center()
	wide, high = max(wide, side/2), max(high, side/2)
	p.Width, p.Height = 2*mapMargin+int(wide*scale), 2*mapMargin+int(high*scale)
	p.Least = p.Width * 6 / 10
	p.Scale = barOf(scale / metersPerDegree)
	p.Scale.From, p.Scale.Below = mapMargin, p.Height+mapMargin/2
	return func(at orb.Point) image.Point {
		at = turned(at)
		east, south := (at.Lon()-middle.Lon())*narrow+wide/2, middle.Lat()-at.Lat()+high/2
		return image.Pt(mapMargin+int(math.Round(east*scale)), mapMargin+int(math.Round(south*scale)))
	}
}

// metersPerDegree is of latitude, in the middle of 0 and 90; no scale bar shows how it varies by 0.5 %.
const metersPerDegree = 111_132

// scaleBar is a line below the ground, on the paper of the map, and of what length it is on the ground.
type scaleBar struct {
	From, Length int
	Below        int // how high the paper is with it
	Says         string
}

// barOf is the longest bar of 1, 2 or 5 times a power of ten meters that is no longer than a quarter of the paper.
func barOf(perMeter float64) scaleBar {
	longest := mapPaper / 4 / perMeter
	meters := math.Pow(10, math.Floor(math.Log10(longest)))
	for _, times := range []float64{5, 2} {
		if times*meters <= longest {
			meters *= times
			break
		}
	}
	says := strconv.FormatFloat(meters, 'f', -1, 64) + " m"
	if meters >= 1000 {
		says = strconv.FormatFloat(meters/1000, 'f', -1, 64) + " km"
	}
	return scaleBar{Length: int(math.Round(meters * perMeter)), Says: says}
}
