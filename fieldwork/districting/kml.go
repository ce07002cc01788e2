package districting

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"rounds/routing/territory"

	"github.com/paulmach/orb"
)

// WriteKML writes a cut as KML 2.2, given in the order of the problem's units: a folder of polygons, each of its own colour, and for each
// territory a folder of its retailers.
func (r *Region) WriteKML(w io.Writer, title string, of []int32) error {
	out := &mapWriter{Writer: bufio.NewWriter(w)}
	out.text(xml.Header + `<kml xmlns="http://www.opengis.net/kml/2.2"><Document>`)
	out.element("name", title)
	for t := range r.City.Territories {
		out.style(t)
	}
	out.folder(kindTerritory, func() { r.grounds(out, of) })
	for t := range r.City.Territories {
		out.folder(r.City.Territories[t].Name, func() { r.placemarks(out, of, int32(t)) })
	}
	r.placemarks(out, of, territory.None)
	out.text("</Document></kml>\n")
	return out.end()
}

func (r *Region) grounds(out *mapWriter, of []int32) {
	properties := r.onMap(of)
	for t, o := range r.Outlines(of) {
		if len(o.Ground) == 0 {
			continue
		}
		out.text("\n<Placemark>")
		out.element("name", o.Territory)
		out.text(fmt.Sprintf("<styleUrl>#t%d</styleUrl><ExtendedData>", t))
		for _, m := range r.City.Measures {
			out.data(m.Name, strconv.FormatFloat(properties[t].Loads[m.Name], 'f', -1, 64))
		}
		out.text("</ExtendedData><MultiGeometry>")
		for _, polygon := range o.Ground {
			out.polygon(polygon)
		}
		out.text("</MultiGeometry></Placemark>")
	}
}

func (r *Region) placemarks(out *mapWriter, of []int32, t int32) {
	for unit, p := range r.City.Places {
		if of[unit] != t {
			continue
		}
		out.text("\n<Placemark>")
		out.element("name", p.Code)
		if t != territory.None {
			out.text(fmt.Sprintf("<styleUrl>#t%d</styleUrl><ExtendedData>", t))
			out.data(kindTerritory, r.City.Territories[t].Name)
			out.text("</ExtendedData>")
		}
		out.text("<Point><coordinates>")
		out.coordinates(p.At)
		out.text("</coordinates></Point></Placemark>")
	}
}

func (w *mapWriter) folder(name string, inside func()) {
	w.text("\n<Folder>")
	w.element("name", name)
	inside()
	w.text("</Folder>")
}

func (w *mapWriter) element(name, text string) {
	w.text("<" + name + ">")
	w.escaped(text)
	w.text("</" + name + ">")
}

func (w *mapWriter) data(name, value string) {
	w.text(`<Data name="`)
	w.escaped(name)
	w.text(`">`)
	w.element("value", value)
	w.text("</Data>")
}

// escaped is text as XML has it; characters that XML cannot hold become U+FFFD.
func (w *mapWriter) escaped(text string) { _ = xml.EscapeText(w.Writer, []byte(text)) }

func (w *mapWriter) polygon(polygon orb.Polygon) {
	w.text("<Polygon>")
	for i, ring := range polygon {
		side := []string{"outerBoundaryIs", "innerBoundaryIs"}[min(i, 1)]
		w.text("<" + side + "><LinearRing><coordinates>")
		for at, p := range ring {
			if at > 0 {
				w.text(" ")
			}
			w.coordinates(p)
		}
		w.text("</coordinates></LinearRing></" + side + ">")
	}
	w.text("</Polygon>")
}

func (w *mapWriter) coordinates(p orb.Point) {
	w.degrees(p.Lon())
	w.text(",")
	w.degrees(p.Lat())
}

// style gives each territory a hue far from those before it: steps of the golden angle.
func (w *mapWriter) style(t int) {
	const golden = 137.50776405003785 // degrees
	red, green, blue := hue(math.Mod(float64(t)*golden, 360))
	colour := fmt.Sprintf("%02x%02x%02x", blue, green, red)
	w.text(fmt.Sprintf("\n<Style id=\"t%d\"><LineStyle><color>ff%s</color><width>2</width></LineStyle>", t, colour))
	w.text(fmt.Sprintf("<PolyStyle><color>66%s</color></PolyStyle><IconStyle><color>ff%s</color><scale>0.5</scale></IconStyle></Style>", colour, colour))
}

// hue is a full colour of the wheel, somewhat darkened so that it is seen on a pale map.
func hue(degrees float64) (red, green, blue uint8) {
	channel := func(turned float64) uint8 {
		away := math.Abs(math.Remainder(degrees-turned, 360)) // from where the channel is full
		return uint8(math.Round(210 * max(0, min(1, 2-away/60))))
	}
	return channel(0), channel(120), channel(240)
}

// A placemark of a file, with the shapes in it.
type placemark struct {
	Name   string     `xml:"name"`
	Data   []datum    `xml:"ExtendedData>Data"`
	Simple []simpleDT `xml:"ExtendedData>SchemaData>SimpleData"`
	shapes
}

type datum struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value"`
}

type simpleDT struct {
	Name  string `xml:"name,attr"`
	Value string `xml:",chardata"`
}

type shapes struct {
	Polygons []kmlPolygon `xml:"Polygon"`
	Points   []string     `xml:"Point>coordinates"`
	Multi    []shapes     `xml:"MultiGeometry"`
}

type kmlPolygon struct {
	Outer string   `xml:"outerBoundaryIs>LinearRing>coordinates"`
	Inner []string `xml:"innerBoundaryIs>LinearRing>coordinates"`
}

// kml reads the placemarks of a file, wherever in it they are.
func (d *drawer) kml(data []byte) error {
	plain := xml.NewDecoder(bytes.NewReader(data))
	plain.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, &MapFault{Kind: MapUnknown} }
	decoder := xml.NewTokenDecoder(&shallow{plain: plain})
	for elements := 0; ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return d.broken(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if elements++; elements == 1 && start.Name.Local != "kml" {
			return &MapFault{Kind: MapUnknown}
		}
		if start.Name.Local == "Placemark" {
			if err := d.placemark(decoder, start); err != nil {
				return err
			}
		}
	}
}

// shallow are the tokens of a file that is not too deep and has not too many tags.
type shallow struct {
	plain       *xml.Decoder
	depth, tags int
}

// Token is the next one, or a *[MapFault].
func (s *shallow) Token() (xml.Token, error) {
	token, err := s.plain.Token()
	switch token.(type) {
	case xml.StartElement:
		s.depth++
		s.tags++
	case xml.EndElement:
		s.depth--
	}
	switch {
	case s.depth > maxMapDepth:
		return nil, &MapFault{Kind: MapTooDeep, Most: maxMapDepth}
	case s.tags > MaxMapParts:
		return nil, &MapFault{Kind: MapTooManyParts, Most: MaxMapParts}
	}
	return token, err
}

func (d *drawer) broken(err error) error {
	if fault, ok := errors.AsType[*MapFault](err); ok {
		return fault
	}
	return &MapFault{Kind: MapBroken, Detail: err.Error()}
}

func (d *drawer) placemark(decoder *xml.Decoder, start xml.StartElement) error {
	var p placemark
	if err := decoder.DecodeElement(&p, &start); err != nil {
		return d.broken(err)
	}
	d.feature++
	d.name = strings.TrimSpace(p.Name)
	return d.shapes(p, p.shapes)
}

// territory is the datum of that name.
func (p placemark) territory() string {
	for _, x := range p.Data {
		if x.Name == kindTerritory {
			return strings.TrimSpace(x.Value)
		}
	}
	for _, x := range p.Simple {
		if x.Name == kindTerritory {
			return strings.TrimSpace(x.Value)
		}
	}
	return ""
}

func (d *drawer) shapes(p placemark, s shapes) error {
	for _, polygon := range s.Polygons {
		rings := make([][][]float64, 0, 1+len(polygon.Inner))
		for _, text := range append([]string{polygon.Outer}, polygon.Inner...) {
			positions, err := d.positions(text)
			if err != nil {
				return err
			}
			rings = append(rings, positions)
		}
		if err := d.polygon(rings); err != nil {
			return err
		}
	}
	for _, point := range s.Points {
		positions, err := d.positions(point)
		if err != nil || len(positions) != 1 {
			return d.fault(MapBadPosition, 0)
		}
		if err := d.owner(d.name, p.territory(), positions[0]); err != nil {
			return err
		}
	}
	return each(s.Multi, func(part shapes) error { return d.shapes(p, part) })
}

// positions are numbers with commas between them and white space between positions.
func (d *drawer) positions(text string) (all [][]float64, err error) {
	for position := range strings.FieldsSeq(text) {
		var numbers []float64
		for number := range strings.SplitSeq(position, ",") {
			v, err := strconv.ParseFloat(number, 64)
			if err != nil {
				return nil, d.fault(MapBadPosition, 0)
			}
			numbers = append(numbers, v)
		}
		all = append(all, numbers)
	}
	return all, nil
}
