package sheet

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// streamed reads a stream to its end, or to the error.
func streamed(s *Stream) (rows []Row, err error) {
	for {
		row, err := s.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

func TestStreamKnowsEncodings(t *testing.T) {
	t.Parallel()
	ascii := strings.Repeat("1,2,3\n", lookAhead/4) // longer than any look ahead
	const text = "编码,店名,地址\n0042,𠮷野家,\"人民路1号\r\n2楼\"\n"
	gb := simplifiedchinese.GB18030.NewEncoder().String
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String
	utf16big := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String
	want := []Row{{1, []string{"编码", "店名", "地址"}}, {2, []string{"0042", "𠮷野家", "人民路1号\r\n2楼"}}}
	for name, c := range map[string]struct {
		file   string
		marked bool
	}{
		"UTF-8":                   {text, false},
		"UTF-8 with mark":         {utf8Mark + text, true},
		"UTF-16 little end first": {encoded(t, utf16, text), true},
		"UTF-16 big end first":    {encoded(t, utf16big, text), true},
		"GB18030":                 {encoded(t, gb, text), false},
		"GB18030 with mark":       {encoded(t, gb, "\uFEFF"+text), false},
		"semicolons":              {"sep=;\n" + strings.ReplaceAll(text, ",", ";"), false},
	} {
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(c.file), "bytewise": iotest.OneByteReader(strings.NewReader(c.file))} {
			s := NewStream(r)
			rows, err := streamed(s)
			if strings.HasPrefix(c.file, "sep=") {
				for i := range rows {
					rows[i].Line--
				}
			}
			if diff := cmp.Diff(want, rows); diff != "" || err != nil || s.Marked() != c.marked {
				t.Errorf("%s, %s: marked %v, %v %s", name, how, s.Marked(), err, diff)
			}
		}
	}
	for name, late := range map[string]string{"UTF-8": ascii + text, "GB18030": ascii + encoded(t, gb, text)} {
		rows, err := streamed(NewStream(strings.NewReader(late)))
		if diff := cmp.Diff(want[1].Cells, rows[len(rows)-1].Cells); diff != "" || err != nil {
			t.Errorf("%s late in the file: %v %s", name, err, diff)
		}
	}
}

func TestStreamRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a,b\n", streamWindow/2)
	for _, c := range []struct {
		name, file string
		code       Code
		line       int
	}{
		{"an Excel file", "PK\x03\x04...", Workbook, 0},
		{"an old Excel file", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Workbook, 0},
		{"a NUL", "a,b\n1,\x00\n", NulByte, 2},
		{"a NUL far down", long + "1,\x00\n", NulByte, streamWindow/2 + 1},
		{"bytes that are no text", "a,b\n1,\xFF\xFF\n", BadEncoding, 2},
		{"UTF-8 that turns into something else", "a,店\n" + long + "1,\xB5\xEA\n", BadEncoding, streamWindow/2 + 2},
		{"UTF-8 cut short", utf8Mark + "a,店\n1,\xE5\xBA", BadEncoding, 2},
		{"too many columns", strings.Repeat("a,", MaxColumns) + "a\n", TooManyColumns, 1},
		{"a record without end", "a,b\n" + strings.Repeat("a ", streamWindow), RecordTooLong, 2},
	} {
		_, err := streamed(NewStream(strings.NewReader(c.file)))
		refusal, ok := errors.AsType[*Error](err)
		if !ok || refusal.Code != c.code || refusal.Line != c.line {
			t.Errorf("%s: %v, want %s on line %d", c.name, err, c.code, c.line)
		}
	}
	broken := errors.New("the disk is broken")
	if _, err := streamed(NewStream(io.MultiReader(strings.NewReader("a,b\n"), iotest.ErrReader(broken)))); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
}

// Wherever the window ends, the records are those of the whole text.
func TestStreamDoesNotDependOnItsWindow(t *testing.T) {
	t.Parallel()
	cell := rapid.SampledFrom([]string{"", "1", "店", "'=1", `"a,b"`, `"a""b"`, "\"a\r\nb\"", `"x" `, `a"b`, "  "})
	rapid.Check(t, func(t *rapid.T) {
		file := &strings.Builder{}
		for range rapid.IntRange(1, 20).Draw(t, "records") {
			file.WriteString(strings.Join(rapid.SliceOfN(cell, 1, 4).Draw(t, "cells"), ","))
			file.WriteString(rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "end"))
		}
		want, wantErr := streamed(NewStream(strings.NewReader(file.String())))
		small := newStream(strings.NewReader(file.String()), rapid.IntRange(64, 128).Draw(t, "window"))
		got, err := streamed(small)
		if diff := cmp.Diff(want, got); diff != "" || err != nil || wantErr != nil {
			t.Fatalf("%q: %v, %v %s", file, err, wantErr, diff)
		}
	})
}

// FuzzStream feeds arbitrary bytes: where both readers take the file, they read the same.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "a;b\n\"x\ny\";2\n", "\xEF\xBB\xBFa\tb\n1\t2", "a,b\n\"x,1\ny,2\n", "\xFF\xFEa\x00,\x00b\x00",
		"\xC1\xE3\xCA\xDB\xBB\xA7,\xB5\xEA\xC3\xFB\n1,\xD5\xC5\xC8\xFD\n", "sep=;\na;b\n", "a\r\rb\r\n\"\r\n\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := readCSV(data)
		rows, streamErr := streamed(NewStream(strings.NewReader(string(data))))
		if err != nil || streamErr != nil {
			return
		}
		byLine := map[int][]string{}
		for _, row := range rows {
			byLine[row.Line] = row.Cells
		}
		for _, row := range table.Rows {
			for i, raw := range byLine[row.Line][:len(row.Cells)] {
				if cell := unprotect(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(raw)); cell != row.Cells[i] {
					t.Fatalf("line %d: %q, in the table %q", row.Line, raw, row.Cells[i])
				}
			}
		}
	})
}

// A quote that opens a cell and closes none takes no other record with it.
func TestStrayQuotesLoseNoRecord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file string
		want       []string // the second cells of the records below a header of two
		strayed    int
	}{
		{"a quote in a quoted cell", "1,\"12\" shelf\n2,b\n3,\"q\"\n", []string{`"12" shelf`, "b", "q"}, 0},
		{"a letter behind the closing quote", "1,\"a\"b\n2,x\n3,\"q\"\n", []string{`"a"b`, "x", "q"}, 0},
		{"quotes within", "1,\"a \"b\" c\"\n2,x\n", []string{`a "b" c`, "x"}, 0},
		{"a cell of two lines", "1,\"two\nlines\"\n2,x\n", []string{"two\nlines", "x"}, 0},
		{"a cell of two lines, quotes doubled", "1,\"two\n\"\"lines\"\"\"\n2,x\n", []string{"two\n\"lines\"", "x"}, 0},
		{"never closed", "1,\"a\n2,b\n3,c\n", []string{`"a`, "b", "c"}, 1},
		{"never closed, with a cell of two lines behind", "1,\"a\n2,\"two\nlines\"\n3,c\n", []string{`"a`, "two\nlines", "c"}, 1},
		{"never closed, twice", "1,\"a\n2,b\n3,\"c\n4,d\n", []string{`"a`, "b", `"c`, "d"}, 2},
		{"never closed, and every other cell quoted", "\"1\",\"a\n\"2\",\"b\"\n\"3\",\"\"\n", []string{`"a`, "b", ""}, 1},
		{"closed by chance, by an inch three records on", "1,\"a\n2,b\n3,12\",\n4,d\n", []string{`"a`, "b", `12"`, "d"}, 1},
		{"at the end", "1,a\n2,\"", []string{"a", `"`}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			strayed := 0
			for s := NewStream(strings.NewReader("n,text\n" + c.file)); ; {
				row, err := s.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, row.Cells[1])
				if s.Strayed() {
					strayed++
				}
			}
			if diff := cmp.Diff(c.want, got[1:]); diff != "" || strayed != c.strayed {
				t.Errorf("%d strayed, want %d %s", strayed, c.strayed, diff)
			}
		})
	}
}

// A record of many cells is passed on whole: only a header may have too many.
func TestStreamKeepsAllCells(t *testing.T) {
	t.Parallel()
	rows, err := streamed(NewStream(strings.NewReader("a,b\n" + strings.Repeat("x,", 3*MaxColumns) + "x\n1,2\n")))
	if err != nil || len(rows) != 3 || len(rows[1].Cells) != 3*MaxColumns+1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}
