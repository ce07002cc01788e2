package sheet

import (
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzCSV feeds arbitrary bytes: every table that comes out is rectangular, its lines rise, and what a
// strict reader accepts without quotes or carriage returns reads the same here.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "a;b\n\"x\ny\";2\n", "\xEF\xBB\xBFa\tb\n1\t2", "a,b\n\"x,1\ny,2\n", "\xFF\xFEa\x00,\x00b\x00",
		"\xC1\xE3\xCA\xDB\xBB\xA7,\xB5\xEA\xC3\xFB\n1,\xD5\xC5\xC8\xFD\n", "sep=;\na;b\n", "a\r\rb\r\n\"\r\n\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := readCSV(data)
		if err != nil {
			return
		}
		checkShape(t, table)
		if !strings.ContainsAny(string(data), "'\"\r") {
			checkAgainstStrict(t, string(data), table)
		}
	})
}

func checkShape(t *testing.T, table *Table) {
	t.Helper()
	last := table.Line
	for _, row := range table.Rows {
		if row.Line <= last || len(row.Cells) != len(table.Header) {
			t.Fatalf("row %v after line %d, header %q", row, last, table.Header)
		}
		last = row.Line
	}
}

// checkAgainstStrict compares with encoding/csv, which has the same lines where nothing is quoted.
func checkAgainstStrict(t *testing.T, data string, table *Table) {
	t.Helper()
	text, err := decode([]byte(data))
	if err != nil || strings.HasPrefix(text, "sep=") || strings.ContainsAny(text, "'\"\r") {
		return
	}
	strict := csv.NewReader(strings.NewReader(text))
	strict.Comma, strict.FieldsPerRecord = rune(sniff(text)), -1
	cells := map[int][]string{}
	for {
		record, err := strict.Read()
		if err == io.EOF {
			break
		}
		line, _ := strict.FieldPos(0)
		cells[line] = record
	}
	for _, row := range table.Rows {
		if diff := cmp.Diff(cells[row.Line][:len(row.Cells)], row.Cells); diff != "" {
			t.Fatalf("line %d: %s", row.Line, diff)
		}
	}
}
