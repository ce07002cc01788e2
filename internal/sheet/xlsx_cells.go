package sheet

import (
	"encoding/xml"
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// richText gathers the text of an si or is element, which may come in runs; how it is pronounced (rPh) is
// not part of it.
type richText struct {
	text     strings.Builder
	inText   bool
	phonetic bool
}

func (r *richText) token(token xml.Token) {
	switch token := token.(type) {
	case xml.StartElement:
		r.inText = token.Name.Local == "t" && !r.phonetic
		r.phonetic = r.phonetic || token.Name.Local == "rPh"
	case xml.EndElement:
		r.inText = false
		r.phonetic = r.phonetic && token.Name.Local != "rPh"
	case xml.CharData:
		if r.inText {
			r.text.Write(token)
		}
	}
}

// take hands over the text and starts the next.
func (r *richText) take() string {
	text := r.text.String()
	*r = richText{}
	return unescape(text)
}

// textsReader reads the texts that cells share.
type textsReader struct {
	texts []string
	rich  richText
}

const maxShared = 2_000_000 // different texts; four to each row of the longest table

func (t *textsReader) token(token xml.Token) error {
	t.rich.token(token)
	end, ok := token.(xml.EndElement)
	if !ok || end.Name.Local != "si" {
		return nil
	}
	t.texts = append(t.texts, t.rich.take())
	if len(t.texts) > maxShared {
		return refuse(TooManyCells, 0, maxShared)
	}
	return nil
}

// worksheetReader reads the rows of a worksheet into a table.
type worksheetReader struct {
	table builder
	texts []string // the shared ones
	line  int
	cells []string
	cell  cell
}

// cell is the cell at hand.
type cell struct {
	column  int // from 1
	kind    string
	value   strings.Builder
	inValue bool
	rich    richText
}

var errDamaged = errors.New("damaged") // becomes a BadWorkbook

func (w *worksheetReader) token(token xml.Token) error {
	w.cell.rich.token(token)
	switch token := token.(type) {
	case xml.StartElement:
		return w.start(token)
	case xml.EndElement:
		return w.end(token.Name.Local)
	case xml.CharData:
		if w.cell.inValue {
			w.cell.value.Write(token)
		}
	}
	return nil
}

func (w *worksheetReader) start(element xml.StartElement) error {
	switch element.Name.Local {
	case "row":
		return w.startRow(attr(element, "r"))
	case "c":
		return w.startCell(attr(element, "r"), attr(element, "t"))
	}
	w.cell.inValue = element.Name.Local == "v"
	return nil
}

// startRow begins the row of that number, the next if it has none.
func (w *worksheetReader) startRow(number string) error {
	line, before := w.line+1, w.line
	if number != "" {
		line, _ = strconv.Atoi(number)
	}
	w.line, w.cells, w.cell = line, nil, cell{}
	if line <= before {
		return errDamaged
	}
	return nil
}

// startCell begins the cell of that reference, the next if it has none.
func (w *worksheetReader) startCell(reference, kind string) error {
	column := w.cell.column + 1
	if reference != "" {
		column = columnOf(reference)
	}
	w.cell = cell{column: column, kind: kind}
	switch {
	case column < 1:
		return errDamaged
	case column > MaxColumns:
		return refuse(TooManyColumns, w.line, MaxColumns)
	}
	return nil
}

// columnOf is the number of the letters a reference begins with: 1 for A7, 27 for AA7, 0 for none.
func columnOf(reference string) int {
	column := 0
	for _, letter := range strings.ToUpper(reference) {
		if letter < 'A' || letter > 'Z' || column > MaxColumns {
			break
		}
		column = column*26 + int(letter-'A') + 1
	}
	return column
}

func (w *worksheetReader) end(element string) error {
	w.cell.inValue = false
	switch element {
	case "c":
		return w.endCell()
	case "row":
		return w.table.add(w.line, w.padded())
	}
	return nil
}

func (w *worksheetReader) endCell() error {
	text, err := w.cell.read(w.texts)
	if text == "" || err != nil {
		return err
	}
	for len(w.cells) < w.cell.column {
		w.cells = append(w.cells, "")
	}
	w.cells[w.cell.column-1] = text
	return nil
}

// padded is the row, at least as wide as the header.
func (w *worksheetReader) padded() []string {
	width := max(len(w.cells), len(w.table.table.Header))
	return append(w.cells, make([]string, width-len(w.cells))...)
}

// read is the cell as text: numbers in plain digits, truth as TRUE and FALSE, errors as Excel shows them.
func (c *cell) read(texts []string) (string, error) {
	value := c.value.String()
	switch c.kind {
	case "inlineStr":
		return c.rich.take(), nil
	case "s":
		index, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || index < 0 || index >= len(texts) {
			return "", errDamaged
		}
		return texts[index], nil
	case "b":
		return map[string]string{"0": "FALSE", "1": "TRUE"}[value], nil
	case "str", "e", "d":
		return unescape(value), nil
	}
	return plainDigits(value), nil
}

// plainDigits writes a number without exponent, and without the digits beyond the fifteenth that only a
// float's binary form has.
func plainDigits(number string) string {
	if len(number) < 17 && !strings.ContainsAny(number, "eE") {
		return number
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}

var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescape undoes _x000D_, which is how a workbook writes the characters that XML cannot.
func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(code string) string {
		char, _ := strconv.ParseUint(code[2:6], 16, 16)
		return string(rune(char))
	})
}
