package audit

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Frame is what a draw may pick from: one row a retailer, sorted by the bytes of their codes; columns in order of the bytes of
// their names, code before all others.
type Frame struct {
	columns []string
	rows    [][]string
}

// NewFrame makes a frame of named columns, one of them "code", and rows in any order. It refuses a code that is empty or comes
// twice, a row of another length, a column without a name or named twice, and what is not UTF-8, and names the row, counting the
// names as row 1.
func NewFrame(columns []string, rows [][]string) (Frame, error) {
	order, err := columnOrder(columns)
	if err != nil {
		return Frame{}, err
	}
	f := Frame{columns: picked(columns, order), rows: make([][]string, len(rows))}
	seen := make(map[string]int, len(rows))
	for i, row := range rows {
		if len(row) != len(columns) {
			return Frame{}, fmt.Errorf("row %d has %d fields and should have %d", i+2, len(row), len(columns))
		}
		f.rows[i] = picked(row, order)
		code := f.rows[i][0]
		switch before, twice := seen[code]; {
		case code == "":
			return Frame{}, fmt.Errorf("row %d has no code", i+2)
		case twice:
			return Frame{}, fmt.Errorf("rows %d and %d have the same code %q", before, i+2, code)
		case !slices.ContainsFunc(row, notText):
			seen[code] = i + 2
		default:
			return Frame{}, fmt.Errorf("row %d is not UTF-8", i+2)
		}
	}
	slices.SortFunc(f.rows, func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	return f, nil
}

func notText(s string) bool { return !utf8.ValidString(s) }

// columnOrder is where a frame's columns are in those given.
func columnOrder(columns []string) ([]int, error) {
	order := make([]int, len(columns))
	for i, name := range columns {
		if order[i] = i; name == "" || notText(name) {
			return nil, fmt.Errorf("column %d has no name", i+1)
		}
		if first := slices.Index(columns, name); first < i {
			return nil, fmt.Errorf("columns %d and %d are both named %q", first+1, i+1, name)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		if isA, isB := columns[a] == "code", columns[b] == "code"; isA != isB {
			return cmp.Compare(toInt(isB), toInt(isA))
		}
		return cmp.Compare(columns[a], columns[b])
	})
	if len(order) == 0 || columns[order[0]] != "code" {
		return nil, fmt.Errorf("no column is named code")
	}
	return order, nil
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func picked(list []string, order []int) []string {
	row := make([]string, len(order))
	for i, at := range order {
		row[i] = list[at]
	}
	return row
}

// Len is the number of retailers.
func (f Frame) Len() int { return len(f.rows) }

// column is what a column has of each code; nothing where there is no such column.
func (f Frame) column(name string) map[string]string {
	fields, at := make(map[string]string, len(f.rows)), slices.Index(f.columns, name)
	for _, row := range f.rows {
		if at >= 0 {
			fields[row[0]] = row[at]
		}
	}
	return fields
}

// Hash is SHA-256 of the names of the columns and of all rows, as they are sorted, each field written as its number of bytes, a
// colon, the bytes and a comma, and each row ended by a line feed.
func (f Frame) Hash() [sha256.Size]byte {
	var text []byte
	for _, row := range append([][]string{f.columns}, f.rows...) {
		text = append(netstrings(text, row...), '\n')
	}
	return sha256.Sum256(text)
}

// netstrings appends each field so that no other fields look the same: its number of bytes, a colon, the bytes, a comma.
func netstrings(text []byte, fields ...string) []byte {
	for _, field := range fields {
		text = strconv.AppendInt(text, int64(len(field)), 10)
		text = append(append(append(text, ':'), field...), ',')
	}
	return text
}
