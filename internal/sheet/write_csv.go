package sheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
)

type csvWriter struct{ out *csv.Writer }

// CSV writes comma-separated UTF-8. Text that a spreadsheet would run as a formula gets an apostrophe in
// front, which [Read] takes off again; times are RFC 3339.
func CSV(w io.Writer) Writer { return csvWriter{csv.NewWriter(w)} }

// ExcelCSV is [CSV] behind a byte order mark, without which Excel on Chinese Windows reads UTF-8 as GBK.
func ExcelCSV(w io.Writer) (Writer, error) {
	if _, err := io.WriteString(w, utf8Mark); err != nil {
		return nil, err
	}
	return CSV(w), nil
}

// Row writes one record.
func (c csvWriter) Row(cells ...any) error {
	plain, err := plainRow(cells)
	if err != nil {
		return err
	}
	record := make([]string, len(plain))
	for i, cell := range plain {
		record[i] = csvText(cell)
	}
	return c.out.Write(record)
}

// Close writes what is still held back.
func (c csvWriter) Close() error {
	c.out.Flush()
	return c.out.Error()
}

func csvText(cell any) string {
	switch cell := cell.(type) {
	case string:
		return protect(cell)
	case bool:
		return strconv.FormatBool(cell)
	case int64:
		return strconv.FormatInt(cell, 10)
	case float64:
		return strconv.FormatFloat(cell, 'f', -1, 64)
	case time.Time:
		return cell.Format(time.RFC3339Nano)
	}
	return ""
}

// formulaStarts open a formula in some spreadsheet, or are dropped by one in front of a formula; the wide
// forms are what a Chinese keyboard writes, and Excel takes them for the narrow ones.
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// protect puts an apostrophe before text that would run as a formula. Text that already has apostrophes
// there gets one more, so that unprotect is its exact inverse.
func protect(text string) string {
	if dangerous(text) {
		return "'" + text
	}
	return text
}

func unprotect(text string) string {
	if strings.HasPrefix(text, "'") && dangerous(text) {
		return text[1:]
	}
	return text
}

func dangerous(text string) bool {
	text = strings.TrimLeft(text, "'")
	return text != "" && strings.IndexAny(text, formulaStarts) == 0
}
