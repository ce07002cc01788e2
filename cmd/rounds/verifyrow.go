package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"rounds/fieldwork/roster"
	"rounds/geo"
	"rounds/internal/sheet"

	"github.com/paulmach/orb"
)

// verifyFields are the columns that a verification reads, the required ones first.
var verifyFields = []string{
	"lat", "lon", "pin_lat", "pin_lon", "pin_sigma_m", "pin_confirmed", "radius_m",
	"accuracy_m", "accuracy_kind", "source", "datum", "fix_time", "event_id",
}

const verifyRequired = 4

// verifyColumns says where each field of a file stands.
type verifyColumns struct {
	header []string
	at     map[string]int
}

func findVerifyColumns(row sheet.Row) (verifyColumns, error) {
	c := verifyColumns{header: row.Cells, at: map[string]int{}}
	for _, result := range verifyResults {
		if slices.ContainsFunc(row.Cells, func(h string) bool { return roster.SameHeading(h, result) }) {
			return c, fmt.Errorf("line %d: there is a column %s already: give it another name, as one of that name is added", row.Line, result)
		}
	}
	if lat, lon, ok := roster.PositionColumns(row.Cells); ok { // by their other names too
		c.at["lat"], c.at["lon"] = lat, lon
	}
	for i, field := range verifyFields {
		err := c.find(field)
		if _, found := c.at[field]; err == nil && i < verifyRequired && !found {
			err = fmt.Errorf("there must be one column %s; the headings are: %s", field, strings.Join(row.Cells, ", "))
		}
		if err != nil {
			return c, fmt.Errorf("line %d: %w", row.Line, err)
		}
	}
	return c, nil
}

// find finds a field by its name, unless it was found by another.
func (c verifyColumns) find(field string) error {
	for i, heading := range c.header {
		at, found := c.at[field]
		switch {
		case !roster.SameHeading(heading, field) || (found && at == i):
		case found:
			return fmt.Errorf("columns %d and %d are both %s", min(at, i)+1, max(at, i)+1, field)
		default:
			c.at[field] = i
		}
	}
	return nil
}

func (c verifyColumns) has(field string) bool {
	_, ok := c.at[field]
	return ok
}

// found lists the fields that are there, or those that are not.
func (c verifyColumns) found(there bool) string {
	fields := slices.DeleteFunc(slices.Clone(verifyFields), func(f string) bool { return c.has(f) != there })
	if len(fields) == 0 {
		return "none"
	}
	return strings.Join(fields, ", ")
}

// cut drops empty cells beyond the header: nothing is lost with them.
func (c verifyColumns) cut(cells []string) []string {
	for len(cells) > len(c.header) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// fit makes a row as wide as the header, so that what is added stands under its heading.
func (c verifyColumns) fit(cells []string) []string {
	for len(cells) < len(c.header) {
		cells = append(cells, "")
	}
	return cells[:len(c.header)]
}

// ragged is whether it is anybody's guess which cell is which.
func (c verifyColumns) ragged(cells []string) bool { return len(c.cut(cells)) != len(c.header) }

func (c verifyColumns) raggedness(cells []string) string {
	if len(cells) > len(c.header) {
		return "more cells than the header has; nothing of them is used, and those too many are left out"
	}
	return "fewer cells than the header has; nothing of them is used"
}

// eventID is the event that a row belongs to, "" if to none but its own.
func (c verifyColumns) eventID(cells []string) string {
	if c.ragged(cells) {
		return ""
	}
	return c.text(cells, "event_id")
}

func (c verifyColumns) text(cells []string, field string) string {
	at, ok := c.at[field]
	if !ok {
		return ""
	}
	return strings.TrimSpace(cells[at])
}

// pin is where a row says that the pin is, [noPin] if it does not.
func (c verifyColumns) pin(cells []string) orb.Point {
	p := verifyRow{verifyColumns: c, cells: cells}.point("pin_lat", "pin_lon")
	if !geo.Measure(geo.Evidence{Pin: &geo.Pin{Point: p}}).HasPin {
		return noPin
	}
	return p
}

// noPin is 0, 0, which is no pin to any policy.
var noPin orb.Point

// doubts counts what was there and not understood, by what it was. Nil counts nothing.
type doubts map[string]*doubt

type doubt struct{ rows, first int } // first is a line

func (d doubts) add(what string, line int) {
	switch {
	case d == nil:
	case d[what] == nil:
		d[what] = &doubt{1, line}
	default:
		d[what].rows++
	}
}

func (d doubts) write(w io.Writer) {
	for _, what := range slices.Sorted(maps.Keys(d)) {
		fmt.Fprintf(w, "%s: %d rows, the first on line %d\n", what, d[what].rows, d[what].first)
	}
}

// evidence is what a row says. What cannot be read is unknown, and counted.
func (c verifyColumns) evidence(row sheet.Row, d doubts) geo.Evidence {
	if c.ragged(row.Cells) {
		d.add(c.raggedness(row.Cells), row.Line)
		return geo.Evidence{}
	}
	r := verifyRow{c, row.Cells, row.Line, d}
	point, datum := r.point("lat", "lon"), r.datum()
	if datum == "" {
		point = nowhere
	}
	return geo.Evidence{
		Pin: &geo.Pin{
			Point: r.point("pin_lat", "pin_lon"), Sigma: r.length("pin_sigma_m", "unknown"), Confirmed: r.truth("pin_confirmed"),
		},
		Radius: r.length("radius_m", "the policy's"),
		Fixes: []geo.Fix{{
			Point: point, Datum: datum, Source: geo.FixSource(r.oneOf("source", "gps", "network", "wifi", "cell", "fused")),
			Accuracy: r.length("accuracy_m", "unknown"), AccuracyKind: geo.AccuracyKind(r.oneOf("accuracy_kind", "android_68", "ios", "web_95", "unknown")),
			Time: r.time("fix_time"),
		}},
	}
}

// verifyRow is a row that is being read.
type verifyRow struct {
	verifyColumns
	cells  []string
	line   int
	doubts doubts
}

var nowhere = orb.Point{math.NaN(), math.NaN()}

func (r verifyRow) doubt(what string) { r.doubts.add(what, r.line) }

func (r verifyRow) misread(field string) { r.doubt(field + " not understood, and so unknown") }

func (r verifyRow) degrees(field string) float64 {
	text := r.text(r.cells, field)
	x, ok := roster.ParseDegrees(text)
	if !ok {
		if text != "" {
			r.misread(field)
		}
		return math.NaN()
	}
	return x
}

// girth is the Earth's, in metres: no length is greater.
const girth = 40_075_017

// length is above 0, else NaN; instead says what then holds. A pin or a fix without any error is none that anybody measured.
func (r verifyRow) length(field, instead string) geo.Meters {
	text := r.text(r.cells, field)
	x, ok := roster.ParseNumber(text)
	if ok && x > 0 && x <= girth {
		return geo.Meters(x)
	}
	if text != "" {
		r.doubt(field + " no length above 0 on Earth, and so " + instead)
	}
	return geo.Meters(math.NaN())
}

// point is where two cells say; any place beyond the Earth is none.
func (r verifyRow) point(lat, lon string) orb.Point {
	return orb.Point{r.degrees(lon), r.degrees(lat)}
}

func (r verifyRow) truth(field string) bool {
	switch strings.ToLower(r.text(r.cells, field)) {
	case "true", "t", "yes", "y", "1", "是":
		return true
	case "false", "f", "no", "n", "0", "否", "":
	default:
		r.misread(field)
	}
	return false
}

// oneOf is a cell's word if it is a known one, else "".
func (r verifyRow) oneOf(field string, known ...string) string {
	text := strings.ToLower(r.text(r.cells, field))
	if text != "" && !slices.Contains(known, text) {
		r.misread(field)
		return ""
	}
	return text
}

// datum is "" where a cell names one that is not known: the position may then be anywhere within a kilometre.
func (r verifyRow) datum() geo.Datum {
	text := r.text(r.cells, "datum")
	for _, known := range []geo.Datum{geo.WGS84, geo.GCJ02, geo.BD09} {
		if text == "" || roster.SameHeading(text, string(known)) {
			return known
		}
	}
	r.doubt("datum not known, and so the position neither")
	return ""
}

func (r verifyRow) time(field string) time.Time {
	text := r.text(r.cells, field)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateTime + "Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	r.misread(field)
	return time.Time{}
}
