package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// walk shows every token of a part to visit; an error of visit ends it. A part that is not there, is not
// XML or holds one token past all sense is a damaged workbook.
func walk(part *zip.File, visit func(xml.Token) error) error {
	if part == nil {
		return refuse(BadWorkbook, 0)
	}
	content, err := part.Open()
	if err != nil {
		return refuse(BadWorkbook, 0)
	}
	defer func() { _ = content.Close() }() // reading to the end has checked what there is to check
	// Raw tokens, because a decoder that matches end tags remembers every open one.
	for decoder := xml.NewDecoder(&tokenLimit{from: content}); ; {
		token, err := decoder.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return refuse(BadWorkbook, 0)
		}
		if err := visit(token); err != nil {
			return asRefusal(err)
		}
	}
}

func asRefusal(err error) error {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal
	}
	return refuse(BadWorkbook, 0)
}

// tokenLimit fails when a tag or a text is longer than maxToken: a tag of a megabyte has nothing to say,
// but its attributes would cost ten.
type tokenLimit struct {
	from io.Reader
	long int // bytes since the last tag began
}

const maxToken = 1 << 20 // bytes; well above the longest cell with every character escaped

func (t *tokenLimit) Read(into []byte) (int, error) {
	n, err := t.from.Read(into)
	if last := bytes.LastIndexByte(into[:n], '<'); last >= 0 {
		t.long = n - last
	} else {
		t.long += n
	}
	if t.long > maxToken {
		return 0, refuse(BadWorkbook, 0)
	}
	return n, err
}

// attr is an attribute's value, whatever its namespace prefix.
func attr(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// resolve is the part a target means that stands in the relations of a folder.
func resolve(folder, target string) string {
	if strings.HasPrefix(target, "/") {
		return partName(target)
	}
	return partName(path.Join(folder, target))
}

// partName makes the spellings of a path equal that writers mix up.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}
