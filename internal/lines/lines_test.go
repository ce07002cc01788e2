package lines

import (
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLinesAreCountedAndBlankOnesLeftOut(t *testing.T) {
	t.Parallel()
	r := NewReader(strings.NewReader("\uFEFF one\r\n\n \t \n two words \n\uFEFFthree"), 40)
	for _, want := range []struct {
		number int
		line   string
	}{{1, "one"}, {4, "two words"}, {5, "\uFEFFthree"}} {
		if line, err := r.Next(); err != nil || line != want.line || r.Number() != want.number {
			t.Errorf("line %d is %q, %v: want %+v", r.Number(), line, err, want)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) || r.Here(err).Error() != "line 6: unexpected EOF" {
		t.Errorf("after the end: %v", r.Here(err))
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1 -2.5\t1e2":                          "",
		"":                                     "line 1: unexpected EOF",
		"\n1 two 3":                            `line 2: "two": want a number of at most 100`,
		"\n\n101":                              `line 3: "101": want a number of at most 100`,
		"-101":                                 `line 1: "-101"`,
		"NaN":                                  `line 1: "NaN"`,
		"Inf":                                  `line 1: "Inf"`,
		"\x841\x953":                           `line 1: "\x841\x953"`, // how GB18030 has a byte order mark
		"1, 2":                                 `line 1: "1,"`,
		"\n" + strings.Repeat("1 ", 20) + "\n": "line 2: longer than 32 bytes",
	} {
		r := NewReader(strings.NewReader(text), 32)
		got, err := r.Numbers(100)
		if want == "" && (err != nil || !slices.Equal(got, []float64{1, -2.5, 100})) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		if want != "" && (err == nil || !strings.HasPrefix(r.Here(err).Error(), want)) {
			t.Errorf("%q: %v, %v: want %s", text, got, err, want)
		}
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for says, c := range map[string]struct {
		in   io.Reader
		want string
	}{
		"nothing":      {strings.NewReader(""), ""},
		"blank lines":  {strings.NewReader("\n \n"), ""},
		"a line more":  {strings.NewReader("\n \nmore"), "the file goes on after 3 rows"},
		"not readable": {iotest.ErrReader(broken), "the disk is gone"},
	} {
		err := NewReader(c.in, 32).End("3 rows")
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: %v, want %q", says, err, c.want)
		}
	}
}

func TestWholeNumbersWithinLimits(t *testing.T) {
	t.Parallel()
	for _, x := range []float64{-1, 0.5, 11, math.NaN(), math.Inf(1)} {
		if got, err := Whole(x, 0, 10); err == nil {
			t.Errorf("%g is taken for %d of 0 to 10", x, got)
		}
	}
	for _, x := range []float64{0, 7, 10} {
		if got, err := Whole(x, 0, 10); err != nil || got != int64(x) {
			t.Errorf("%g: %d, %v", x, got, err)
		}
	}
}
