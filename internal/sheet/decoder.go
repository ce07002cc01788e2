package sheet

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// errNotText is what a decoder meets in the middle of text that began as UTF-8.
var errNotText = encoding.ErrInvalidUTF8

// decoder reads a file as UTF-8 while it streams by. Without a byte order mark it passes ASCII on as it is;
// the first other character, with a look ahead, tells UTF-8 from GB18030, and the rest must keep to that.
type decoder struct {
	file      *bufio.Reader
	text      io.Reader // nil: all was ASCII so far
	begun     bool
	marked    bool // there was a byte order mark
	converted bool // what was no text has become U+FFFD
}

// lookAhead is by how many bytes UTF-8 is told from GB18030.
const lookAhead = 1 << 20

func newDecoder(r io.Reader) *decoder { return &decoder{file: bufio.NewReaderSize(r, lookAhead)} }

// Read reads text. The error of a file of another kind is an *[Error].
func (d *decoder) Read(p []byte) (int, error) {
	if !d.begun {
		d.begun = true
		if err := d.begin(); err != nil {
			return 0, err
		}
	}
	if d.text == nil {
		n, err := d.ascii()
		if n > 0 || err != nil {
			n, _ = d.file.Read(p[:min(n, len(p))])
			return n, err
		}
		d.decide()
	}
	return d.text.Read(p)
}

// begin looks at the mark at the front.
func (d *decoder) begin() error {
	front, _ := d.file.Peek(8)
	d.marked = true
	switch {
	case bytes.HasPrefix(front, []byte("PK\x03\x04")), bytes.HasPrefix(front, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return refuse(Workbook, 0)
	case bytes.HasPrefix(front, []byte(utf8Mark)):
		d.utf8()
	case bytes.HasPrefix(front, []byte(utf16Little)), bytes.HasPrefix(front, []byte(utf16Big)):
		d.convert(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM))
	default:
		d.marked = false
	}
	return nil
}

// ascii is how many bytes ahead are ASCII, of those at hand.
func (d *decoder) ascii() (int, error) {
	if _, err := d.file.Peek(1); err != nil {
		return 0, err
	}
	ahead, _ := d.file.Peek(d.file.Buffered())
	if n := bytes.IndexFunc(ahead, func(r rune) bool { return r >= utf8.RuneSelf }); n >= 0 {
		return n, nil
	}
	return len(ahead), nil
}

// decide takes what lies ahead for UTF-8 if it is valid as such, but for a character cut by the look's end.
func (d *decoder) decide() {
	ahead, err := d.file.Peek(lookAhead)
	for cut := 0; cut < utf8.UTFMax; cut++ {
		if utf8.Valid(ahead[:len(ahead)-cut]) {
			d.utf8()
			return
		}
		if err != nil {
			break // the file ends here: nothing is cut
		}
	}
	d.convert(simplifiedchinese.GB18030)
}

func (d *decoder) utf8() { d.text = transform.NewReader(d.file, encoding.UTF8Validator) }

func (d *decoder) convert(from encoding.Encoding) {
	d.text = transform.NewReader(d.file, from.NewDecoder())
	d.converted = true
}
