package roster

import (
	"fmt"

	"rounds/hours"
	"rounds/internal/sheet"
)

// weekdays are the fields of the hours of each day.
var weekdays = [7]string{"hours_mon", "hours_tue", "hours_wed", "hours_thu", "hours_fri", "hours_sat", "hours_sun"}

// hours are the retailer's opening hours: of their own column, else from when it opens until it closes, else of
// the columns of the weekdays; "" where they are not given or cannot be read.
func (r *reader) hours(record sheet.Row) string {
	if text := r.text(record, "opening_hours"); text != "" {
		_, err := hours.Parse(text)
		return r.readable(record, "opening_hours", text, err)
	}
	text, err := hours.FromTo(r.text(record, "opens"), r.text(record, "closes"))
	if text != "" {
		return r.readable(record, "opens", text, err)
	}
	var cells [7]string
	for i, field := range weekdays {
		cells[i] = r.text(record, field)
	}
	text, at, err := hours.OfWeek(cells)
	return r.readable(record, weekdays[(at+6)%7], text, err)
}

// readable is the text, or a finding that names the column it is from.
func (r *reader) readable(record sheet.Row, field, text string, err error) string {
	if err != nil {
		r.found(problem(record.Line, "bad_hours", field, fault{r.columns.headings[r.columns.at[field]], err}))
		return ""
	}
	return text
}

// fault is what is wrong with hours, and the heading of their column.
type fault struct {
	heading string
	error
}

// Text says it in the language.
func (f fault) Text(lang string) string {
	if speaks, ok := f.error.(interface{ Text(lang string) string }); ok {
		return fmt.Sprintf("%s: %s", f.heading, speaks.Text(lang))
	}
	return f.Error()
}
