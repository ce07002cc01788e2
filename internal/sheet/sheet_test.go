package sheet

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// read reads a file that must be a table.
func read(t *testing.T, file string) *Table {
	t.Helper()
	table, err := Read(strings.NewReader(file), "")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// refused is the error of a file that must not be a table.
func refused(t *testing.T, file string) *Error {
	t.Helper()
	_, err := Read(strings.NewReader(file), "")
	refusal, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error %v, want an *Error", err)
	}
	return refusal
}

func encoded(t *testing.T, encode func(string) (string, error), text string) string {
	t.Helper()
	out, err := encode(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReadKnowsEncodings(t *testing.T) {
	t.Parallel()
	const text = "零售户编码,店名,地址\n0042,𠮷野家,人民路1号\n"
	gb := simplifiedchinese.GB18030.NewEncoder().String
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String
	utf16big := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String
	want := &Table{
		Header: []string{"零售户编码", "店名", "地址"},
		Line:   1,
		Rows:   []Row{{Line: 2, Cells: []string{"0042", "𠮷野家", "人民路1号"}}},
	}
	for name, file := range map[string]string{
		"UTF-8":                    text,
		"UTF-8 with mark":          "\xEF\xBB\xBF" + text,
		"UTF-16 little end first":  encoded(t, utf16, text),
		"UTF-16 big end first":     encoded(t, utf16big, text),
		"GB18030":                  encoded(t, gb, text),
		"GB18030 with mark":        encoded(t, gb, "\uFEFF"+text),
		"with Mac line ends":       strings.ReplaceAll(text, "\n", "\r"),
		"with Windows line ends":   strings.ReplaceAll(text, "\n", "\r\n"),
		"no line end at the end":   strings.TrimSuffix(text, "\n"),
		"semicolons":               strings.ReplaceAll(text, ",", ";"),
		"tabs":                     strings.ReplaceAll(text, ",", "\t"),
		"everything quoted":        `"` + strings.NewReplacer(",", `","`, "\n", "\"\n\"").Replace(strings.TrimSuffix(text, "\n")) + `"`,
		"an empty column too many": strings.Replace(text, "1号", "1号,", 1),
	} {
		if diff := cmp.Diff(want, read(t, file)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

var recordCases = []struct {
	name, file string
	rows       []Row
	bad        []Code
	badLine    int
}{
	{
		name: "a line break inside a cell counts as a line",
		file: "a,b\n\"x\ny\",1\nz,2\n",
		rows: []Row{{2, []string{"x\ny", "1"}}, {4, []string{"z", "2"}}},
	},
	{
		name: "a Windows line break inside a cell becomes one LF",
		file: "a,b\r\n\"x\r\ny\",1\r\nz,2\r\n",
		rows: []Row{{2, []string{"x\ny", "1"}}, {4, []string{"z", "2"}}},
	},
	{
		name: "blank records are passed over",
		file: "\n\na,b\n\n,\n \n1,2\n",
		rows: []Row{{7, []string{"1", "2"}}},
	},
	{
		name: "a short record is bad, the next is read",
		file: "a,b,c\n1,2\n1,2,3\n",
		rows: []Row{{3, []string{"1", "2", "3"}}},
		bad:  []Code{RaggedRow}, badLine: 2,
	},
	{
		name: "a long record is bad, the next is read",
		file: "a,b\n1,2,3\n1,2\n",
		rows: []Row{{3, []string{"1", "2"}}},
		bad:  []Code{RaggedRow}, badLine: 2,
	},
	{
		name: "quotes inside cells are text",
		file: "a,b\n5\" pipe,\"say \"hi\" now\"\n\"a \"\"b\"\"\" ,2\n",
		rows: []Row{{2, []string{"5\" pipe", "say \"hi\" now"}}, {3, []string{"a \"b\"", "2"}}},
	},
	{
		name: "a quote that never closes costs one line",
		file: "a,b\n\"x,1\ny,2\nz,3\n",
		rows: []Row{{3, []string{"y", "2"}}, {4, []string{"z", "3"}}},
		bad:  []Code{UnclosedQuote}, badLine: 2,
	},
	{
		name: "a cell past the limit is bad",
		file: "a,b\n" + strings.Repeat("x", MaxCell+1) + ",1\n" + strings.Repeat("x", MaxCell) + ",1\n",
		rows: []Row{{3, []string{strings.Repeat("x", MaxCell), "1"}}},
		bad:  []Code{CellTooLong}, badLine: 2,
	},
	{
		name: "a quote that closes past the limit counts as never closed",
		file: "a\n\"" + strings.Repeat("x", MaxCell+1) + "\"\n\"" + strings.Repeat("x", MaxCell) + "\"\n",
		rows: []Row{{3, []string{strings.Repeat("x", MaxCell)}}},
		bad:  []Code{UnclosedQuote}, badLine: 2,
	},
	{
		name: "Excel's separator line",
		file: "sep=;\na,x;b\n1;2\n",
		rows: []Row{{3, []string{"1", "2"}}},
	},
	{
		name: "delimiters inside a quoted heading do not count",
		file: "\"a;b;c\",d\n1,2\n",
		rows: []Row{{2, []string{"1", "2"}}},
	},
	{
		name: "spaces and leading zeros stay",
		file: "a,b\n 007 ,1E5\n",
		rows: []Row{{2, []string{" 007 ", "1E5"}}},
	},
	{
		name: "a quote that closes behind another one, lines on, is a character and costs one line",
		file: "a,b\n1,\"x\n2,\"y\"\n3,z\n",
		rows: []Row{{3, []string{"2", "y"}}, {4, []string{"3", "z"}}},
		bad:  []Code{UnclosedQuote}, badLine: 2,
	},
}

func TestReadRecords(t *testing.T) {
	t.Parallel()
	for _, c := range recordCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			table := read(t, c.file)
			if diff := cmp.Diff(c.rows, table.Rows); diff != "" {
				t.Error(diff)
			}
			var codes []Code
			for _, bad := range table.Bad {
				codes = append(codes, bad.Code)
				if bad.Line != c.badLine {
					t.Errorf("bad line %d, want %d", bad.Line, c.badLine)
				}
			}
			if diff := cmp.Diff(c.bad, codes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	row := strings.Repeat(",", 999) + "x\n"
	for _, c := range []struct {
		name, file string
		code       Code
		line       int
	}{
		{"an empty file", "", EmptyFile, 0},
		{"nothing but blank lines", "\n ,\n\n", EmptyFile, 0},
		{"a NUL byte", "a,b\n1,\x002\n", NulByte, 2},
		{"UTF-16 without its mark", "a\x00,\x00b\x00\n\x00", NulByte, 1},
		{"a broken byte behind a UTF-8 mark", "\xEF\xBB\xBFa,b\n1,2\n\xC3,2\n", BadEncoding, 3},
		{"neither UTF-8 nor GB18030", "a,b\nCaf\xE9,2\n", BadEncoding, 2},
		{"an old Excel file", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest", OldWorkbook, 0},
		{"a ZIP file that ends early", "PK\x03\x04rest", BadWorkbook, 0},
		{"too many columns", strings.Repeat(",", MaxColumns) + "x\n", TooManyColumns, 1},
		{"a heading past the limit", strings.Repeat("x", MaxCell+1) + ",b\n", CellTooLong, 1},
		{"too many rows", "a\n" + strings.Repeat("x\n", MaxRows+1), TooManyRows, MaxRows + 2},
		{"too many bad rows", "a,b\n" + strings.Repeat("x\n", MaxRows+1), TooManyRows, MaxRows + 2},
		{"too many cells", strings.Repeat(row, MaxCells/1000+2), TooManyCells, MaxCells/1000 + 2},
		{"a quote that never closes on every line", "a\n" + strings.Repeat("\"x\n", 200_000), NotATable, MaxUnclosed + 2},
		{"a file past the limit", strings.Repeat("x", MaxBytes+1), TooLarge, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if len(c.file) > 1<<19 {
				skipRaced(t)
			}
			refusal := refused(t, c.file)
			if refusal.Code != c.code || refusal.Line != c.line {
				t.Errorf("%s on line %d (%v), want %s on line %d", refusal.Code, refusal.Line, refusal, c.code, c.line)
			}
		})
	}
}

func TestEveryCodeHasBothTexts(t *testing.T) {
	t.Parallel()
	for code, both := range texts {
		if both[0] == "" || both[1] == "" || strings.Count(both[0], "%") != strings.Count(both[1], "%") {
			t.Errorf("%s: %q", code, both)
		}
	}
	ragged := refuse(RaggedRow, 7, 2, 3)
	if got := ragged.Error(); got != "line 7: 2 cells where the header has 3" {
		t.Error(got)
	}
	if got := ragged.Text("zh-CN"); got != "有 2 个单元格，而表头有 3 个" {
		t.Error(got)
	}
}
