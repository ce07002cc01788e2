package api

import (
	"io"
	"net/http"

	"rounds/internal/sheet"
)

// maxFileRows is how many rows a file has at most.
const maxFileRows = 100_000

// isFile reports that a list is wanted as a file.
func isFile(f *Format) bool { return orZero(f) == Csv || orZero(f) == Xlsx }

// download is a list as a file, written while it is sent, with the name under which a browser keeps it (RFC 6266).
type download struct {
	name   string // without its extension, of ASCII
	format FileFormat
	body   *io.PipeReader
}

// asFile writes a table of the rows below the columns' names.
func asFile[T any](name, table string, format FileFormat, columns []any, rows []T, cells func(T) []any) download {
	body, w := io.Pipe()
	go func() { w.CloseWithError(writeTable(w, table, format, columns, rows, cells)) }()
	return download{name, format, body}
}

func writeTable[T any](w io.Writer, table string, format FileFormat, columns []any, rows []T, cells func(T) []any) error {
	out, err := sheetWriter(w, table, format)
	if err != nil {
		return err
	}
	if err := out.Row(columns...); err != nil {
		return err
	}
	for _, row := range rows {
		if err := out.Row(cells(row)...); err != nil {
			return err
		}
	}
	return out.Close()
}

func sheetWriter(w io.Writer, table string, format FileFormat) (sheet.Writer, error) {
	if format == Csv {
		return sheet.ExcelCSV(w)
	}
	return sheet.XLSX(w, table)
}

// head names the file; what its body is, the response says.
func (d download) head(w http.ResponseWriter) {
	w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+"."+string(d.format)+`"`)
}

// VisitListVisitsResponse writes the file.
func (d download) VisitListVisitsResponse(w http.ResponseWriter) error {
	d.head(w)
	if d.format == Csv {
		return ListVisits200TextCsvResponse{Body: d.body}.VisitListVisitsResponse(w)
	}
	return ListVisits200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: d.body}.VisitListVisitsResponse(w)
}

// VisitListExceptionsResponse writes the file.
func (d download) VisitListExceptionsResponse(w http.ResponseWriter) error {
	return d.VisitListVisitsResponse(w)
}

// VisitListPinSuspectsResponse writes the file.
func (d download) VisitListPinSuspectsResponse(w http.ResponseWriter) error {
	return d.VisitListVisitsResponse(w)
}

// VisitListBeatsResponse writes the file.
func (d download) VisitListBeatsResponse(w http.ResponseWriter) error {
	return d.VisitListVisitsResponse(w)
}
