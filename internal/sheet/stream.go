package sheet

import (
	"io"
	"strings"
	"unicode/utf8"
)

// streamWindow is how many bytes of text a [Stream] sees from where a record starts. A quoted cell of
// MaxCell fits several times.
const streamWindow = 1 << 20

// Stream reads CSV as [Read] does, but record by record in bounded memory, without a limit on the file, and
// leaves everything as it is written: blank records, ragged ones, apostrophes and line breaks in cells.
type Stream struct {
	records
	in     *decoder
	window int
	buffer []byte
	width  int  // of the header
	stray  bool // in the last record
	begun  bool // the delimiter is known
	ended  bool // nothing is left to read but the text
}

// NewStream reads from r. What cannot be read is the error of the first call of [Stream.Next].
func NewStream(r io.Reader) *Stream { return newStream(r, streamWindow) }

func newStream(r io.Reader, window int) *Stream {
	return &Stream{records: records{line: 1}, in: newDecoder(r), window: window, buffer: make([]byte, window)}
}

// Marked says, once a record was read, whether the file began with a byte order mark.
func (s *Stream) Marked() bool { return s.in.marked }

// Strayed says whether the last record has a quote that opens a cell and closes none: it is part of its cell.
func (s *Stream) Strayed() bool { return s.stray }

// Next is the next record, untrimmed; [io.EOF] follows the last. A file that is no CSV, too many columns in its
// header or too long a record is an *[Error] and ends the reading.
func (s *Stream) Next() (Row, error) {
	if err := s.fill(); err != nil {
		return Row{}, err
	}
	if s.done() {
		return Row{}, io.EOF
	}
	line := s.line
	cells, closed := s.next(s.width)
	s.stray = !closed
	switch {
	case s.done() && !s.ended: // it may go on where the window ends
		return Row{}, refuse(RecordTooLong, line, s.window)
	case s.width == 0 && len(cells) > MaxColumns:
		return Row{}, refuse(TooManyColumns, line, MaxColumns)
	case s.width == 0 && !blank(cells):
		s.width = len(cells)
	}
	return Row{Line: line, Cells: cells}, nil
}

// fill reads on until a window of text is there, or the end.
func (s *Stream) fill() error {
	for !s.ended && len(s.text) < s.window {
		n, err := io.ReadFull(s.in, s.buffer)
		seen := len(s.text)
		s.text += string(s.buffer[:n])
		if err := s.check(seen, err); err != nil {
			return err
		}
		s.ended = err != nil
	}
	if !s.begun {
		s.begun = true
		s.records = *newRecords(strings.TrimPrefix(s.text, "\uFEFF"))
		s.raw = true
	}
	return nil
}

// check refuses what is no text in the part behind the seen bytes, and passes on why reading failed.
func (s *Stream) check(seen int, err error) error {
	if before, _, found := strings.Cut(s.text[seen:], "\x00"); found {
		return refuse(NulByte, s.line+breaks(s.text[:seen]+before))
	}
	seen = max(0, seen-utf8.UTFMax) // a replacement may lie across
	if before, _, found := strings.Cut(s.text[seen:], string(utf8.RuneError)); found && s.in.converted {
		return refuse(BadEncoding, s.line+breaks(s.text[:seen]+before))
	}
	switch err {
	case nil, io.EOF, io.ErrUnexpectedEOF:
		return nil
	case errNotText:
		return refuse(BadEncoding, s.line+breaks(s.text))
	}
	return err
}
