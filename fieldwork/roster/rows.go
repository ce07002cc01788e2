package roster

import (
	"maps"
	"slices"
	"strings"

	"rounds/geo"
	"rounds/internal/sheet"
)

// reader turns records into rows, one after the other.
type reader struct {
	columns  *columns
	extra    []int // columns that are no field
	datum    geo.Datum
	datums   geo.Datums
	codes    codes
	statuses map[string]*unknownStatus
	file     File
	failed   bool // the row at hand has an error
}

func newReader(c *columns, options Options) *reader {
	r := &reader{columns: c, datum: options.Datum, datums: options.Datums, codes: newCodes(), statuses: map[string]*unknownStatus{}}
	r.file.Columns = map[string]string{}
	for field, column := range c.at {
		r.file.Columns[field] = c.headings[column]
	}
	for column := range c.headings {
		if !c.taken(column) {
			r.extra = append(r.extra, column)
		}
	}
	r.file.Findings = c.findings
	return r
}

// found notes a finding; an error keeps the row at hand out.
func (r *reader) found(finding Finding) {
	r.failed = r.failed || finding.Severity == Error
	r.file.Findings = append(r.file.Findings, finding)
}

// read takes one record into the file, or leaves it out with the reasons.
func (r *reader) read(record sheet.Row) {
	r.failed = false
	row := r.row(record)
	if row.Name == "" {
		r.found(problem(row.Line, "no_name", "name"))
	} else {
		row.Code = r.code(row)
	}
	if !r.failed {
		r.file.Rows = append(r.file.Rows, row)
	}
}

// row is what a record says; fields that cannot be read are noted and left empty.
func (r *reader) row(record sheet.Row) Row {
	row := Row{
		Line:            record.Line,
		Code:            r.text(record, "code"),
		Name:            r.text(record, "name"),
		Address:         r.text(record, "address"),
		City:            r.text(record, "city"),
		Zip:             r.text(record, "zip"),
		Class:           r.text(record, "class"),
		Rep:             r.text(record, "rep"),
		Territory:       r.text(record, "territory"),
		RetailerID:      r.text(record, "retailer_id"),
		ServiceSeconds:  whole[int](r.number(record, serviceMinutes), 60),
		VisitsPer8Weeks: whole[int](r.number(record, visitFrequency), 2),
		OrderVolume:     whole[int64](r.number(record, orderVolume), 1),
		Radius:          (*geo.Meters)(r.number(record, radius)),
		OpeningHours:    r.hours(record),
		VisitDays:       r.weekdays(record, "visit_days"),
		WishedDays:      r.weekdays(record, "wished_days"),
		MinDays:         whole[int](r.number(record, leastGap), 1),
		MaxDays:         whole[int](r.number(record, mostGap), 1),
		Point:           r.point(record),
		Extra:           r.extras(record),
	}
	r.setStatus(&row, r.text(record, "status"))
	return row
}

// text is a field's cell, trimmed; "" where the file has no such column.
func (r *reader) text(record sheet.Row, field string) string {
	column, ok := r.columns.at[field]
	if !ok {
		return ""
	}
	return strings.TrimSpace(record.Cells[column])
}

// extras are the cells of the other columns that are not empty, by heading.
func (r *reader) extras(record sheet.Row) map[string]string {
	extras := make(map[string]string, len(r.extra))
	for _, column := range r.extra {
		if cell := strings.TrimSpace(record.Cells[column]); cell != "" {
			extras[r.columns.headings[column]] = cell
		}
	}
	return extras
}

// code is the row's code: the file's own where it has such a column, else derived.
func (r *reader) code(row Row) string {
	if _, own := r.columns.at["code"]; !own {
		return r.codes.derive(row)
	}
	if finding, ok := r.codes.given(row.Line, row.Code); !ok {
		r.found(finding)
	}
	return row.Code
}

// finish hands over the file.
func (r *reader) finish() *File {
	for _, value := range slices.Sorted(maps.Keys(r.statuses)) {
		r.found(r.statuses[value].finding(value))
	}
	r.file.Repeats = r.codes.repeats
	return &r.file
}
