package locate

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// charsets by lower-case name; nil is UTF-8. GB18030 contains GBK, and that GB2312.
var charsets = map[string]encoding.Encoding{
	"": nil, "utf-8": nil, "utf8": nil, "us-ascii": nil,
	"gb18030": simplifiedchinese.GB18030, "gbk": simplifiedchinese.GB18030, "gb2312": simplifiedchinese.GB18030,
	"cp936": simplifiedchinese.GB18030, "iso-8859-1": charmap.ISO8859_1,
	"utf-16": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
}

var (
	byteOrderMarks = []struct{ mark, charset string }{{"\xEF\xBB\xBF", "utf-8"}, {"\xFF\xFE", "utf-16"}, {"\xFE\xFF", "utf-16"}}
	declared       = regexp.MustCompile(`^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)
)

// text is an XML document as UTF-8, without a byte order mark. The mark says the charset, else the header, else the
// XML declaration (RFC 7303), else it is UTF-8. False: not text in that charset, or a charset not known here.
func text(body []byte, contentType string) (string, bool) {
	from, ok := charsets[strings.ToLower(charset(body, contentType))]
	if !ok {
		return "", false
	}
	if from != nil {
		decoded, err := from.NewDecoder().Bytes(body)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return "", false
		}
		body = decoded
	}
	return strings.TrimPrefix(string(body), "\uFEFF"), utf8.Valid(body)
}

func charset(body []byte, contentType string) string {
	for _, m := range byteOrderMarks {
		if bytes.HasPrefix(body, []byte(m.mark)) {
			return m.charset
		}
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		return params["charset"]
	}
	if m := declared.FindSubmatch(body[:min(len(body), 300)]); m != nil {
		return string(m[1])
	}
	return ""
}
