package locate

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// Limits of an XML answer. encoding/xml fetches nothing and expands no entity of a document's own; a document type,
// which could declare some, is refused all the same.
const (
	maxDepth    = 32
	maxElements = 10_000
)

var errXML = errors.New("not the XML that was agreed on")

// element is one of an XML document: local name, text with that of CDATA sections, children.
type element struct {
	name     string
	text     []byte
	children []*element
}

// parse reads a whole document of UTF-8 text, whatever charset it declares.
func parse(document string) (*element, error) {
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(document, "\uFEFF")))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	top := &element{}
	open := []*element{top}
	for n := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(open) == 1 && len(top.children) == 1 {
			return top.children[0], nil
		}
		if err != nil {
			return nil, errXML
		}
		last := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if n++; n > maxElements || len(open) > maxDepth {
				return nil, errXML
			}
			e := &element{name: token.Name.Local}
			last.children = append(last.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text = append(last.text, token...)
		case xml.Directive:
			return nil, errXML
		}
	}
}

// child is the only child of that name, nil if there is none or more than one.
func (e *element) child(names ...string) *element {
	var found *element
	for _, c := range e.children {
		for _, name := range names {
			if c.name == name && found != nil {
				return nil
			}
			if c.name == name {
				found = c
			}
		}
	}
	return found
}

// all are the elements of that name, this one included, in document order.
func (e *element) all(name string) []*element {
	var out []*element
	if e.name == name {
		out = append(out, e)
	}
	for _, c := range e.children {
		out = append(out, c.all(name)...)
	}
	return out
}

// value is the text of the only element of that name, anywhere below. An element that comes twice might mean either,
// and is an error; one that is not there is empty.
func (e *element) value(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	found := e.all(name)
	switch {
	case len(found) == 0:
		return "", nil
	case len(found) > 1 || len(found[0].children) > 0:
		return "", errXML
	}
	return strings.TrimSpace(string(found[0].text)), nil
}
