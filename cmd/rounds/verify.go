package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strconv"
	"strings"

	"rounds/geo"
	"rounds/internal/sheet"

	"github.com/paulmach/orb"
)

type verifyCmd struct {
	File   string `arg:"" type:"existingfile" help:"The CSV file, in UTF-8, UTF-16 or GB18030; - is standard input."`
	Policy string `type:"existingfile" placeholder:"P.json" help:"Rules to judge by, as in the API; what the file leaves out is the default's. Without it, the default policy."`

	HongKongMacau bool `help:"Fixes in gcj02 and bd09 are shifted in Hong Kong and Macau too: the organisation's setting shift_hong_kong_macau."`
}

// Help is what -h says beside the flags.
func (verifyCmd) Help() string {
	return `Judges recorded fixes as the server would, without a server or a database:

    $ cat fixes.csv
    event_id,lat,lon,accuracy_m,accuracy_kind,fix_time,pin_lat,pin_lon,pin_confirmed
    a,30.2558,120.1536,8,android_68,2026-03-04T10:30:00+08:00,30.2553,120.1536,yes
    b,30.2593,120.1536,8,android_68,2026-03-04T11:00:00+08:00,30.2553,120.1536,yes
    b,30.2594,120.1536,9,android_68,2026-03-04T11:00:30+08:00,30.2553,120.1536,yes
    $ rounds verify fixes.csv | cut -d, -f1,10-
    event_id,outcome,distance_m,p_inside,p_honest,reasons
    a,at_retailer,55.428,0.941989,1,
    b,elsewhere,443.427,8.47715e-42,0.000141615,far_outside;outside_radius
    b,elsewhere,454.513,6.47315e-44,0.00010467,far_outside;outside_radius

Every row comes out in its place with its columns as they were, then five more. distance_m, p_inside and p_honest are the row's own, empty where unknown; outcome and reasons (joined by ;) are those of its event.

lat, lon, pin_lat and pin_lon are required, in decimal degrees. These may be absent, or empty in a row, and are then unknown:

    pin_sigma_m    how far the pin may be off, a standard deviation along one axis; 0 is unknown, as no pin is perfect
    pin_confirmed  whether several people's visits bear the pin out: true or false, yes or no, 1 or 0
    radius_m       the retailer's own; the policy's if absent
    accuracy_m     as the phone reports it; 0 is unknown
    accuracy_kind  what it means by that: android_68, ios or web_95; an accuracy of unknown kind is unknown
    source         gps, network, wifi, cell or fused
    datum          of lat and lon: wgs84 (if absent), gcj02 or bd09; a pin is always in wgs84
    fix_time       RFC 3339, or 2026-03-04 02:30:00 for UTC; no fix is called stale
    event_id       rows of one event are judged together, wherever they stand; a row without one is an event

An event is a claim to be at one place: where its rows name several pins, those of each pin are judged together, as if they were an event of their own. Rows that name no pin go with the event's pin if it has but one.

A row that cannot be used is judged for what it is, undecided. So is one of more or fewer cells than the header, as nobody knows which cell is which: it is filled up or cut to the header's columns, so that what is added stands under its heading. A length that is not above 0 and on Earth counts as absent. A quote that opens a cell and never closes is part of that cell. Standard error says of each such thing how many rows have it and where the first one is.

The output is UTF-8 with commas, whatever the input. A file that is no table, or has not the required columns, is refused with exit status 1, and nothing is written.`
}

// Run judges, row by row, what it is given.
func (c verifyCmd) Run(ctx context.Context, t terminal) error {
	policy := geo.DefaultPolicy()
	if c.Policy != "" {
		var err error
		if policy, err = readPolicy(c.Policy); err != nil {
			return err
		}
	}
	in, name, err := rereadable(c.File, t.In)
	if err != nil {
		return err
	}
	defer in.Close()
	v := verification{policy: policy, datums: geo.Datums{ShiftHongKongMacau: c.HongKongMacau}, name: name, outcomes: map[geo.Outcome]int{}, doubts: doubts{}}
	v.buffered = bufio.NewWriterSize(t.Out, 1<<16)
	v.out = csv.NewWriter(v.buffered)
	if err := errors.Join(v.run(ctx, in), v.flush()); err != nil {
		return err
	}
	v.report(t.Err)
	return nil
}

// rereadable opens a file that can be read twice. A pipe is put aside in a file without a name.
func rereadable(name string, in io.Reader) (*os.File, string, error) {
	said := "standard input"
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, "", err
		}
		if _, err := file.Seek(0, io.SeekStart); err == nil {
			return file, name, nil
		}
		defer file.Close()
		in, said = file, name
	}
	file, err := os.CreateTemp("", "rounds-verify-")
	if err != nil {
		return nil, "", err
	}
	os.Remove(file.Name())
	_, err = io.Copy(file, in)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	return file, said, err
}

// verification is a file under way.
type verification struct {
	policy   geo.Policy
	datums   geo.Datums
	name     string // of the file
	buffered *bufio.Writer
	out      *csv.Writer
	columns  verifyColumns

	shared  map[string]*claimed // of several rows, until they are judged
	waiting []judged            // rows in the order of the file, until the first one's event is judged

	rows     int
	outcomes map[geo.Outcome]int // of events
	doubts   doubts
}

// judged is a row on its way out; an empty line has no event.
type judged struct {
	cells []string
	event *together
	own   [3]string // distance and probabilities
}

// claimed is what one event_id stands for: an event, or several where its rows name several pins.
type claimed struct {
	rows    int // of all events
	without int // those that name no pin
	events  []*together
}

// event is that of the rows that name this pin. Rows that name none go with the only pin there is.
func (c *claimed) event(pin orb.Point) *together {
	for _, e := range c.events {
		if e.pin == pin || (pin == noPin && len(c.events) == 1) {
			return e
		}
	}
	c.events = append(c.events, &together{pin: pin})
	return c.events[len(c.events)-1]
}

// add counts a row.
func (c *claimed) add(pin orb.Point) {
	c.rows++
	if pin == noPin {
		c.without++ // until all pins are known
		return
	}
	c.event(pin).missing++
}

// together is an event: what its rows say together.
type together struct {
	pin      orb.Point
	missing  int // rows that are still to come
	measured []geo.Measured
	outcome  geo.Outcome
	reasons  string
}

func (e *together) judged(v geo.Verdict) {
	reasons := make([]string, len(v.Reasons))
	for i, r := range v.Reasons {
		reasons[i] = string(r)
	}
	e.measured, e.outcome, e.reasons = nil, v.Outcome, strings.Join(reasons, ";")
}

// maxShared is how many rows one event may have: far more than any phone sends, and few enough for each to
// be compared with each.
const maxShared = 10_000

func (v *verification) run(ctx context.Context, in io.ReadSeeker) error {
	stream, err := v.begin(in)
	if err == nil {
		err = v.count(ctx, stream) // to the end, so that nothing is written of a file that is no table
	}
	if err == nil {
		_, err = in.Seek(0, io.SeekStart)
	}
	if err == nil {
		stream, err = v.begin(in)
	}
	if err != nil {
		return err
	}
	if err := v.header(stream.Marked()); err != nil {
		return err
	}
	return v.each(ctx, stream, func(row sheet.Row) error {
		if stream.Strayed() {
			v.doubts.add("a quote opens a cell and never closes, and so is part of it", row.Line)
		}
		return v.row(row)
	})
}

// begin reads up to the header, the first line that is not blank.
func (v *verification) begin(in io.Reader) (*sheet.Stream, error) {
	stream := sheet.NewStream(in)
	row, err := stream.Next()
	for err == nil && blank(row.Cells) {
		row, err = stream.Next()
	}
	if errors.Is(err, io.EOF) {
		err = &sheet.Error{Code: sheet.EmptyFile}
	}
	if err == nil {
		v.columns, err = findVerifyColumns(row)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.name, err)
	}
	return stream, nil
}

func (v *verification) header(marked bool) error {
	if marked { // whatever opens such files needs the mark
		if _, err := v.buffered.WriteRune('\uFEFF'); err != nil {
			return err
		}
	}
	return v.out.Write(append(v.columns.header, verifyResults...))
}

// each calls fn with every row below the header until the file or the patience of whoever waits ends.
func (v *verification) each(ctx context.Context, stream *sheet.Stream, fn func(sheet.Row) error) error {
	for ctx.Err() == nil {
		row, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// count finds the events of several rows.
func (v *verification) count(ctx context.Context, stream *sheet.Stream) error {
	v.shared = map[string]*claimed{}
	err := v.each(ctx, stream, func(row sheet.Row) error {
		id := v.columns.eventID(row.Cells)
		if id == "" {
			return nil
		}
		c := v.shared[id]
		if c == nil {
			c = &claimed{}
			v.shared[strings.Clone(id)] = c // a cell keeps a piece of the file alive
		}
		if c.add(v.columns.pin(row.Cells)); c.rows > maxShared {
			return fmt.Errorf("%s: line %d: more than %d rows have the event_id %q: is it one event's?", v.name, row.Line, maxShared, id)
		}
		return nil
	})
	maps.DeleteFunc(v.shared, func(_ string, c *claimed) bool { return c.rows == 1 })
	for _, c := range v.shared {
		if c.without > 0 {
			c.event(noPin).missing += c.without
		}
	}
	return err
}

// row measures a row and writes all rows whose events it completes.
func (v *verification) row(row sheet.Row) error {
	if len(row.Cells) == 1 && row.Cells[0] == "" { // no row to any program that reads CSV, so none here
		v.waiting = append(v.waiting, judged{cells: row.Cells})
		return v.write()
	}
	v.rows++
	evidence := v.columns.evidence(row, v.doubts)
	evidence.Datums = v.datums
	measured := geo.Measure(evidence)
	own := geo.Judge(v.policy, measured)
	j := judged{cells: v.columns.fit(row.Cells), own: [3]string{distance(own.Distance), probability(own.PInside), probability(own.PHonest)}}
	j.event = v.eventOf(row, measured, own)
	v.waiting = append(v.waiting, j)
	return v.write()
}

// eventOf adds a row to its event, and judges the event if that was the last.
func (v *verification) eventOf(row sheet.Row, m geo.Measured, alone geo.Verdict) *together {
	id := v.columns.eventID(row.Cells)
	c := v.shared[id]
	if c == nil {
		e := &together{}
		e.judged(alone)
		v.outcomes[e.outcome]++
		return e
	}
	if len(c.events) > 1 {
		v.doubts.add("event_id with several pins, the rows of each judged as an event of their own", row.Line)
	}
	e := c.event(v.columns.pin(row.Cells))
	e.measured = append(e.measured, m)
	if e.missing--; e.missing == 0 {
		e.judged(geo.Judge(v.policy, e.measured...))
		v.outcomes[e.outcome]++
	}
	if c.rows--; c.rows == 0 {
		delete(v.shared, id)
	}
	return e
}

// write writes the rows at the front whose events are complete.
func (v *verification) write() error {
	n := 0
	for ; n < len(v.waiting); n++ {
		j := &v.waiting[n]
		if j.event != nil && j.event.missing > 0 {
			break
		}
		if err := v.out.Write(j.all()); err != nil {
			return err
		}
		*j = judged{} // or the text stays
	}
	if v.waiting = v.waiting[n:]; len(v.waiting) == 0 {
		v.waiting = nil
	}
	return nil
}

// verifyResults are the columns that a verification adds.
var verifyResults = []string{"outcome", "distance_m", "p_inside", "p_honest", "reasons"}

func (j judged) all() []string {
	if j.event == nil {
		return j.cells
	}
	return append(j.cells, string(j.event.outcome), j.own[0], j.own[1], j.own[2], j.event.reasons)
}

// distance is in metres to the millimetre, "" if unknown.
func distance(d *geo.Meters) string {
	if d == nil {
		return ""
	}
	return strconv.FormatFloat(float64(*d), 'f', 3, 64)
}

func probability(p *float64) string {
	if p == nil {
		return ""
	}
	return strconv.FormatFloat(*p, 'g', 6, 64)
}

func (v *verification) flush() error {
	v.out.Flush()
	return errors.Join(v.out.Error(), v.buffered.Flush())
}

// report says what came of it, and what of the file was not understood.
func (v *verification) report(w io.Writer) {
	if v.columns.has("accuracy_m") && !v.columns.has("accuracy_kind") {
		fmt.Fprintln(w, "Without a column accuracy_kind, every accuracy_m is unknown: the same number means three things on three platforms.")
	}
	v.doubts.write(w)
	fmt.Fprintf(w, "Columns used: %s; absent, and so unknown: %s.\n", v.columns.found(true), v.columns.found(false))
	events := v.outcomes[geo.AtRetailer] + v.outcomes[geo.Undecided] + v.outcomes[geo.Elsewhere]
	fmt.Fprintf(w, "%d rows, %d events: %d at_retailer, %d undecided, %d elsewhere.\n",
		v.rows, events, v.outcomes[geo.AtRetailer], v.outcomes[geo.Undecided], v.outcomes[geo.Elsewhere])
}
