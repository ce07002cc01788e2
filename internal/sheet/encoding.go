package sheet

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

const (
	utf8Mark    = "\xEF\xBB\xBF"
	utf16Little = "\xFF\xFE"
	utf16Big    = "\xFE\xFF"
)

// decode turns a file into UTF-8 text: by its byte order mark, else as UTF-8 where it is valid, else as
// GB18030, which contains GBK and GB2312. Text that is none of these is refused, never guessed at.
func decode(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte(utf8Mark)):
		return plain(data[len(utf8Mark):])
	case bytes.HasPrefix(data, []byte(utf16Little)), bytes.HasPrefix(data, []byte(utf16Big)):
		return convert(data, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM))
	case utf8.Valid(data):
		return plain(data)
	case bytes.IndexByte(data, 0) >= 0:
		return "", nul(string(data))
	}
	return convert(data, simplifiedchinese.GB18030)
}

// plain takes data that claims to be UTF-8.
func plain(data []byte) (string, error) {
	if !utf8.Valid(data) {
		return "", refuse(BadEncoding, invalidLine(data))
	}
	text := string(data)
	return text, nul(text)
}

// convert decodes by an encoding; what it has to replace was not text in that encoding.
func convert(data []byte, from encoding.Encoding) (string, error) {
	decoded, err := from.NewDecoder().Bytes(data)
	if err != nil {
		return "", refuse(BadEncoding, 0)
	}
	text := strings.TrimPrefix(string(decoded), "\uFEFF")
	if before, _, replaced := strings.Cut(text, string(utf8.RuneError)); replaced {
		return "", refuse(BadEncoding, lineAfter(before))
	}
	return text, nul(text)
}

// nul refuses text with a NUL: a binary file, or UTF-16 without its mark.
func nul(text string) error {
	if before, _, found := strings.Cut(text, "\x00"); found {
		return refuse(NulByte, lineAfter(before))
	}
	return nil
}

// invalidLine is the line of the first byte that is not UTF-8.
func invalidLine(data []byte) int {
	for at := 0; ; {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size <= 1 {
			return lineAfter(string(data[:at]))
		}
		at += size
	}
}

// lineAfter is the line number of what follows text.
func lineAfter(text string) int { return 1 + breaks(text) }
