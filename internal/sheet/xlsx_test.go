package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"rounds/internal/cputime"
)

// saved is a workbook as a spreadsheet program would save it.
func saved(t *testing.T, fill func(*excelize.File)) string {
	t.Helper()
	book := excelize.NewFile()
	fill(book)
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func setRow(book *excelize.File, worksheet, at string, cells ...any) {
	_ = book.SetSheetRow(worksheet, at, &cells)
}

func TestReadWorkbook(t *testing.T) {
	t.Parallel()
	file := saved(t, func(book *excelize.File) {
		setRow(book, "Sheet1", "A2", "零售户编码", "店名", " lat ", "volume")
		setRow(book, "Sheet1", "A3", "0042", "𠮷野家", 31.2295, 1200)
		setRow(book, "Sheet1", "A5", 310101123456, "乐购\n一店")
		setRow(book, "Sheet1", "A6", "7", "x", 1, 2, "too many")
		_, _ = book.NewSheet("Other")
		setRow(book, "Other", "A1", "a")
	})
	want := &Table{
		Header: []string{"零售户编码", "店名", "lat", "volume"},
		Line:   2,
		Rows: []Row{
			{3, []string{"0042", "𠮷野家", "31.2295", "1200"}},
			{5, []string{"310101123456", "乐购\n一店", "", ""}},
		},
		Bad: []*Error{{Code: RaggedRow, Line: 6, Args: []any{5, 4}}},
	}
	if diff := cmp.Diff(want, read(t, file)); diff != "" {
		t.Error(diff)
	}
	other, err := Read(strings.NewReader(file), "Other")
	if err != nil || other.Header[0] != "a" {
		t.Errorf("the named worksheet: %v, %v", other, err)
	}
	_, err = Read(strings.NewReader(file), "Third")
	if want := `the Excel file has no worksheet "Third"; it has: Sheet1, Other`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// What other programs write: runs, pronunciations, prefixes, no references, every kind of cell.
func TestReadWorkbookOfAnotherProgram(t *testing.T) {
	t.Parallel()
	file := bomb(t, "xl/worksheets/sheet1.xml", `<?xml version="1.0" encoding="UTF-8"?>
		<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>
		<x:row><x:c t="inlineStr"><x:is><x:r><x:t>na</x:t></x:r><x:r><x:t>me</x:t></x:r><x:rPh sb="0" eb="1"><x:t>ナ</x:t></x:rPh></x:is></x:c>
			<x:c t="str"><x:f>"a"&amp;"b"</x:f><x:v>a_x000D_b</x:v></x:c><x:c t="inlineStr"><x:is><x:t>c</x:t></x:is></x:c></x:row>
		<x:row r="4"><x:c r="C4" s="3"><x:v>4.2E+3</x:v></x:c></x:row>
		<x:row><x:c t="b"><x:v>1</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c><x:c/></x:row>
		</x:sheetData></x:worksheet>`, "", 0)
	want := &Table{
		Header: []string{"name", "a\rb", "c"},
		Line:   1,
		Rows:   []Row{{4, []string{"", "", "4200"}}, {5, []string{"TRUE", "#N/A", ""}}},
	}
	if diff := cmp.Diff(want, read(t, file)); diff != "" {
		t.Error(diff)
	}
}

func TestHiddenWorksheetsArePassedOver(t *testing.T) {
	t.Parallel()
	file := saved(t, func(book *excelize.File) {
		setRow(book, "Sheet1", "A1", "hidden")
		_, _ = book.NewSheet("Second")
		setRow(book, "Second", "A1", "shown")
		book.SetActiveSheet(1)
		_ = book.SetSheetVisible("Sheet1", false)
	})
	if got := read(t, file).Header[0]; got != "shown" {
		t.Errorf("read the worksheet %s", got)
	}
}

func TestDamagedWorksheets(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string]string{
		"a shared text that is not there": `<row><c t="s"><v>99</v></c></row>`,
		"a row that goes back":            `<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>`,
		"a reference without letters":     `<row><c r="7"><v>1</v></c></row>`,
		"broken XML":                      `<row><c r="A1><v>1</v></c></row>`,
	} {
		file := bomb(t, "xl/worksheets/sheet1.xml", "<worksheet>"+rows, "", 0)
		if refusal := refused(t, file); refusal.Code != BadWorkbook {
			t.Errorf("%s: %s", name, refusal.Code)
		}
	}
}

func TestPlainDigits(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{
		"3.1010112345678E+17": "310101123456780000",
		"1E+20":               "100000000000000000000",
		"-1.5E+1":             "-15",
		"1.5E-7":              "0.00000015",
		"31.229500000000002":  "31.2295",
		"43.295166010000063":  "43.29516601000006",
		"42":                  "42",
		"":                    "",
	} {
		if got := plainDigits(stored); got != want {
			t.Errorf("%s became %s, want %s", stored, got, want)
		}
	}
}

// bomb is a workbook whose named part is prefix, then the filler many times.
func bomb(t *testing.T, part, prefix, filler string, times int) string {
	t.Helper()
	small := saved(t, func(book *excelize.File) { setRow(book, "Sheet1", "A1", "name") })
	parts, err := zip.NewReader(strings.NewReader(small), int64(len(small)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, from := range parts.File {
		if from.Name != part {
			_ = archive.Copy(from)
		}
	}
	into, _ := archive.Create(part)
	_, _ = io.WriteString(into, prefix)
	for range times {
		_, _ = io.WriteString(into, filler)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// raced says that the race detector is on.
var raced bool

// skipRaced skips what would take minutes under the race detector, and has one goroutine only.
func skipRaced(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("one goroutine, and minutes under the race detector")
	}
}

// measured runs f and says how long the processor took and how much it allocated. No other test may run beside it.
func measured(f func()) (time.Duration, uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cputime.Process()
	f()
	took := cputime.Process() - start
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc
}

func TestZipBombIsRefusedAtOnce(t *testing.T) {
	skipRaced(t)
	file := bomb(t, "xl/worksheets/sheet1.xml", "<worksheet><sheetData>", strings.Repeat("<row/>", 1<<16), 200)
	var refusal *Error
	took, bytes := measured(func() { refusal = refused(t, file) })
	if refusal.Code != UnzipTooLarge {
		t.Errorf("%s, want %s", refusal.Code, UnzipTooLarge)
	}
	if took > 100*time.Millisecond || bytes > 32<<20 {
		t.Errorf("%d KiB took %v and %d MiB to refuse", len(file)>>10, took, bytes>>20)
	}
}

// All of these unpack to less than the limit, but would become gigabytes if they were held.
func TestBombsOfManyTags(t *testing.T) {
	skipRaced(t)
	for _, c := range []struct {
		part, prefix, filler string
		code                 Code
		most                 uint64 // MiB allocated
	}{
		{"xl/sharedStrings.xml", "<sst>", "<si/>", TooManyCells, 500},
		{"xl/worksheets/sheet1.xml", "<worksheet><row><c><is>", "<r/>", EmptyFile, 800},
		{"xl/worksheets/sheet1.xml", "<worksheet><row><c", ` a=""`, BadWorkbook, 100},
		{"xl/worksheets/sheet1.xml", "<worksheet>", `<row><c r="XFD1"><v>1</v></c></row>`, TooManyColumns, 100},
		{"xl/worksheets/sheet1.xml", "<worksheet>", `<row><c r="A1"><v>1</v></c></row>`, TooManyRows, 500},
	} {
		file := bomb(t, c.part, c.prefix, strings.Repeat(c.filler, 1<<10), (20<<10)/len(c.filler))
		var refusal *Error
		took, allocated := measured(func() { refusal = refused(t, file) })
		if refusal.Code != c.code {
			t.Errorf("%s: %s, want %s", c.filler, refusal.Code, c.code)
		}
		if took > 10*time.Second || allocated>>20 > c.most {
			t.Errorf("%d KiB of %s took %v and %d MiB to refuse", len(file)>>10, c.filler, took, allocated>>20)
		}
	}
}

func BenchmarkReadWorkbook50k(b *testing.B) {
	var out bytes.Buffer
	w, err := XLSX(&out, "Retailers")
	if err != nil {
		b.Fatal(err)
	}
	for i := range 50_001 {
		if err := w.Row("code", "a name", "an address", i, 31.25, 121.5, "A", "text", "text", i); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Read(bytes.NewReader(out.Bytes()), ""); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzRead feeds arbitrary bytes behind a ZIP's first four, where a damaged workbook must be an answer.
func FuzzRead(f *testing.F) {
	var out bytes.Buffer
	book := excelize.NewFile()
	setRow(book, "Sheet1", "A1", "name", 1, true)
	_ = book.Write(&out)
	f.Add(out.Bytes())
	f.Add([]byte("a,b\n1,2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if table, err := Read(bytes.NewReader(data), ""); err == nil {
			checkShape(t, table)
		}
	})
}
