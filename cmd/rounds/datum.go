package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"rounds/geo"
	"rounds/internal/sheet"
)

type datumCmd struct {
	File          string    `arg:"" type:"existingfile" help:"The CSV file, in UTF-8, UTF-16 or GB18030; - is standard input."`
	From          geo.Datum `required:"" enum:"wgs84,gcj02,bd09" help:"Of the file's coordinates: ${enum}."`
	To            geo.Datum `required:"" enum:"wgs84,gcj02,bd09" help:"Of the coordinates wanted: ${enum}."`
	HongKongMacau bool      `help:"Hong Kong and Macau are shifted too, as on maps sold in the mainland (AMap); others (Google) leave them."`
}

// Help is what -h says beside the flags.
func (datumCmd) Help() string {
	return `For shops drawn on AMap or Tencent (gcj02) or Baidu (bd09) that are to go on a map of GPS positions (wgs84), or back:

    rounds datum shops.csv --from gcj02 --to wgs84 > shops-wgs84.csv

The columns lat and lon (latitude and longitude, 纬度 and 经度 …) are converted, to 8 decimals, about a millimetre. All else stays: the other columns, what is in them, the order of columns and rows. The output is UTF-8 with commas. Places outside mainland China are the same in every datum, and so are their cells.

Cells that a spreadsheet would run as a formula pass through like any other.

A row without a usable position stays as it is; such rows are named on standard error, and the exit status is then 3.`
}

// Run converts row by row, whatever the size of the file.
func (c datumCmd) Run(ctx context.Context, t terminal) error {
	in, name := t.In, "standard input"
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		in, name = file, c.File
	}
	work := conversion{datumCmd: c, name: name, in: sheet.NewStream(in), buffered: bufio.NewWriterSize(t.Out, 1<<16)}
	work.out = csv.NewWriter(work.buffered)
	if err := errors.Join(work.copy(ctx), work.flush()); err != nil {
		return err
	}
	work.report(t.Err)
	if work.unusable > 0 {
		return silent(exitLimit)
	}
	return nil
}

// conversion is a file under way.
type conversion struct {
	datumCmd
	name     string // of the file
	in       *sheet.Stream
	buffered *bufio.Writer
	out      *csv.Writer
	columns  placing

	rows, moved, unusable int
	said                  []string // of the first unusable rows
}

func (c *conversion) copy(ctx context.Context) error {
	if err := c.header(); err != nil {
		return err
	}
	for ctx.Err() == nil {
		row, err := c.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !blank(row.Cells) {
			c.convert(row)
		}
		if err := c.out.Write(row.Cells); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// next is the file's next row, or an error that names the file.
func (c *conversion) next() (sheet.Row, error) {
	row, err := c.in.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", c.name, err)
	}
	return row, err
}

// header finds the columns on the first line that is not blank, and passes it on.
func (c *conversion) header() error {
	row, err := c.next()
	for err == nil && blank(row.Cells) {
		row, err = c.next()
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", c.name, &sheet.Error{Code: sheet.EmptyFile})
	}
	if err != nil {
		return err
	}
	if c.columns, err = findPlacing(row); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	if c.in.Marked() { // whatever opens such files needs the mark
		if _, err := c.buffered.WriteRune('\uFEFF'); err != nil {
			return err
		}
	}
	return c.out.Write(row.Cells)
}

func (c *conversion) flush() error {
	c.out.Flush()
	return errors.Join(c.out.Error(), c.buffered.Flush())
}

// convert changes a row's two cells, unless the place does not move.
func (c *conversion) convert(row sheet.Row) {
	c.rows++
	p, why := c.columns.position(row.Cells)
	if why != "" {
		if c.unusable++; c.unusable <= shownOfKind {
			c.said = append(c.said, fmt.Sprintf("line %d: %s", row.Line, why))
		}
		return
	}
	q := geo.Datums{ShiftHongKongMacau: c.HongKongMacau}.Convert(p, c.From, c.To)
	if q != p {
		c.moved++
		row.Cells[c.columns.lat], row.Cells[c.columns.lon] = toMillimetre(q.Lat()), toMillimetre(q.Lon())
	}
}

// toMillimetre writes degrees; the eighth decimal is 1.1 mm of latitude.
func toMillimetre(degrees float64) string { return strconv.FormatFloat(degrees, 'f', 8, 64) }

// report says what was done, with the first rows that were left.
func (c *conversion) report(w io.Writer) {
	for _, line := range c.said {
		fmt.Fprintln(w, line)
	}
	if more := c.unusable - len(c.said); more > 0 {
		fmt.Fprintf(w, "… and %d more\n", more)
	}
	fmt.Fprintf(w, "%d rows: %d converted, %d where the datums agree, %d without a usable position left as they are.\n",
		c.rows, c.moved, c.rows-c.moved-c.unusable, c.unusable)
}

func blank(cells []string) bool { return strings.TrimSpace(strings.Join(cells, "")) == "" }
