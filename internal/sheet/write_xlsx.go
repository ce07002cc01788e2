package sheet

import (
	"io"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

type xlsxWriter struct {
	out    io.Writer
	book   *excelize.File
	stream *excelize.StreamWriter
	moment int // the style of a time
	rows   int
}

// XLSX writes a workbook of one worksheet when it is closed. Cells keep their type, and text is never a
// formula; times show the clock of their own location; whole numbers past fifteen digits become text.
func XLSX(w io.Writer, worksheet string) (Writer, error) {
	book := excelize.NewFile()
	if err := book.SetSheetName(book.GetSheetName(0), worksheet); err != nil {
		return nil, err
	}
	stream, err := book.NewStreamWriter(worksheet)
	if err != nil {
		return nil, err
	}
	format := "yyyy-mm-dd hh:mm:ss"
	moment, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		return nil, err
	}
	return &xlsxWriter{out: w, book: book, stream: stream, moment: moment}, nil
}

// Row writes one row below the last.
func (x *xlsxWriter) Row(cells ...any) error {
	plain, err := plainRow(cells)
	if err != nil {
		return err
	}
	for i, cell := range plain {
		plain[i] = x.typed(cell)
	}
	x.rows++
	return x.stream.SetRow("A"+strconv.Itoa(x.rows), plain)
}

// typed is a cell as excelize takes it.
func (x *xlsxWriter) typed(cell any) any {
	const exact = 1e15 // Excel keeps fifteen digits
	switch cell := cell.(type) {
	case int64:
		if cell >= exact || cell <= -exact {
			return strconv.FormatInt(cell, 10)
		}
	case time.Time:
		return excelize.Cell{StyleID: x.moment, Value: cell}
	}
	return cell
}

// Close writes the workbook.
func (x *xlsxWriter) Close() error {
	defer func() { _ = x.book.Close() }() // removes temporary files only
	if err := x.stream.Flush(); err != nil {
		return err
	}
	return x.book.Write(x.out)
}
