// Package sheet reads and writes tables in files: CSV in the encodings people's programs save it in, and
// XLSX workbooks.
//
// It knows bytes, cells and the line a person sees a record on. It does not know what the columns mean.
// Every cell is text on the way in; a file is held in memory whole, within the limits below. A record
// that cannot be read is reported with its line and left out; only a file that cannot be read as a table
// at all is an error.
package sheet

import (
	"bytes"
	"io"
	"slices"
	"strings"
)

// The limits of a file that is read. One past any of them is an *[Error] or a bad record, never a
// truncated table.
const (
	MaxBytes    = 64 << 20   // of the file itself
	MaxRows     = 500_000    // records below the header
	MaxColumns  = 1_000      // of the header
	MaxCells    = 10_000_000 // of the whole table
	MaxCell     = 128 << 10  // bytes of one cell as UTF-8; Excel's 32,767 characters of any script fit
	MaxText     = 256 << 20  // bytes of all cells together: an XLSX file may repeat one text for nothing
	MaxUnclosed = 1_000      // records with a quote that never closes; each costs a search
	UnzipLimit  = 64 << 20   // bytes of all parts of an XLSX file unpacked
)

// Table is a header and the records below it. Every row has exactly as many cells as the header.
type Table struct {
	Header []string // trimmed; a column without a heading is ""
	Line   int      // where the header stands
	Rows   []Row    // blank records are left out
	Bad    []*Error // records that could not be read, in file order
}

// Row is one record: its cells untrimmed, and the line (CSV) or row number (XLSX) it starts on, from 1.
type Row struct {
	Line  int
	Cells []string
}

// Read reads a whole table. XLSX is known by its first bytes, never by a name; worksheet picks one of its
// sheets, "" the first, and means nothing to CSV. Its dates come as Excel's day numbers. A file that is no
// table is an *[Error].
func Read(r io.Reader, worksheet string) (*Table, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxBytes:
		return nil, refuse(TooLarge, 0, MaxBytes>>20)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readXLSX(data, worksheet)
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return nil, refuse(OldWorkbook, 0)
	}
	return readCSV(data)
}

// builder collects records into a table and watches the limits that both formats share.
type builder struct {
	table Table
	text  int
}

// add takes the next record: the first that is not blank becomes the header. The error ends the reading.
func (b *builder) add(line int, cells []string) error {
	switch {
	case blank(cells):
		return nil
	case b.table.Header == nil:
		return b.setHeader(line, cells)
	}
	if problem := b.unreadable(line, b.fit(cells)); problem != nil {
		return b.bad(problem)
	}
	return b.keep(line, b.fit(cells))
}

// bad notes a record that could not be read; it counts as a row.
func (b *builder) bad(problem *Error) error {
	b.table.Bad = append(b.table.Bad, problem)
	return b.limits(problem.Line)
}

func (b *builder) setHeader(line int, cells []string) error {
	if len(cells) > MaxColumns {
		return refuse(TooManyColumns, line, MaxColumns)
	}
	if column := tooLong(cells); column > 0 {
		return refuse(CellTooLong, line, column, MaxCell)
	}
	b.table.Line = line
	b.table.Header = make([]string, len(cells))
	for i, cell := range cells {
		b.table.Header[i] = strings.TrimSpace(cell)
	}
	return nil
}

// fit cuts empty cells beyond the header: nothing is lost with them.
func (b *builder) fit(cells []string) []string {
	for len(cells) > len(b.table.Header) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// unreadable says what is wrong with a record, nil if nothing is.
func (b *builder) unreadable(line int, cells []string) *Error {
	if len(cells) != len(b.table.Header) {
		return refuse(RaggedRow, line, len(cells), len(b.table.Header))
	}
	if column := tooLong(cells); column > 0 {
		return refuse(CellTooLong, line, column, MaxCell)
	}
	return nil
}

// keep adds a readable record.
func (b *builder) keep(line int, cells []string) error {
	b.table.Rows = append(b.table.Rows, Row{Line: line, Cells: cells})
	for _, cell := range cells {
		b.text += len(cell)
	}
	return b.limits(line)
}

// limits refuses the table once it is past one of them.
func (b *builder) limits(line int) error {
	rows := len(b.table.Rows)
	switch {
	case rows+len(b.table.Bad) > MaxRows:
		return refuse(TooManyRows, line, MaxRows)
	case rows*len(b.table.Header) > MaxCells:
		return refuse(TooManyCells, line, MaxCells)
	case b.text > MaxText:
		return refuse(TooMuchText, line, MaxText>>20)
	}
	return nil
}

// finish hands over the table; without a header there is none.
func (b *builder) finish() (*Table, error) {
	if b.table.Header == nil {
		return nil, refuse(EmptyFile, 0)
	}
	return &b.table, nil
}

// tooLong is the number of the first cell past the limit, from 1; 0 if there is none.
func tooLong(cells []string) int {
	return 1 + slices.IndexFunc(cells, func(cell string) bool { return len(cell) > MaxCell })
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}
