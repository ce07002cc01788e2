package roster

import (
	"math"
	"strconv"
	"strings"

	"rounds/internal/sheet"

	"golang.org/x/text/unicode/norm"
)

// quantity is a column of numbers: its bounds, and the step its values come in (0: any).
type quantity struct {
	field          string
	low, high, per float64
}

var (
	leastGap       = quantity{field: "min_days", low: 1, high: 56, per: 1}
	mostGap        = quantity{field: "max_days", low: 1, high: 112, per: 1}
	serviceMinutes = quantity{field: "service_minutes", low: 0, high: 24 * 60}
	visitFrequency = quantity{field: "visit_frequency", low: 0, high: 56, per: 0.5} // twice a day in four weeks
	orderVolume    = quantity{field: "volume", low: 0, high: 1e12}
	radius         = quantity{field: "radius_m", low: 1, high: 100_000}
)

// number reads a quantity, nil where the cell is empty or bad.
func (r *reader) number(record sheet.Row, q quantity) *float64 {
	text := r.text(record, q.field)
	if text == "" {
		return nil
	}
	number, ok := parseNumber(text)
	switch {
	case !ok:
		r.found(problem(record.Line, "bad_number", q.field, text))
	case number < q.low || number > q.high:
		r.found(problem(record.Line, "out_of_range", q.field, text, q.low, q.high))
	case q.per != 0 && math.Mod(number, q.per) != 0:
		r.found(problem(record.Line, "off_step", q.field, text, q.per))
	default:
		return &number
	}
	return nil
}

// parseNumber reads a finite decimal number, in wide digits too. A comma is no decimal point: in a file
// nobody can tell it from a thousands separator.
func parseNumber(text string) (float64, bool) {
	text = norm.NFKC.String(text)
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil
}

// whole is a number times a factor, rounded; nil stays nil.
func whole[T int | int64](number *float64, factor float64) *T {
	if number == nil {
		return nil
	}
	rounded := T(math.Round(*number * factor))
	return &rounded
}
