package sheet

import "strings"

// The CSV read here is RFC 4180 as people's programs bend it: lines end in LF, CR LF or CR, the delimiter
// is a comma, a semicolon or a tab, a quote inside an unquoted cell is an ordinary character, and so is
// one inside a quoted cell of one line that nothing but more text follows. A quote that never closes, or
// closes behind another such quote on a later line, is a character too: it costs its own record at most.

func readCSV(data []byte) (*Table, error) {
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	records := newRecords(text)
	var b builder
	for unclosed := 0; !records.done(); {
		line := records.line
		cells, closed := records.next(len(b.table.Header))
		if closed {
			err = b.add(line, cells)
		} else {
			unclosed++
			err = b.unclosed(line, unclosed)
		}
		if err != nil {
			return nil, err
		}
	}
	return b.finish()
}

// unclosed notes a record whose quote never closes, the count-th of the file.
func (b *builder) unclosed(line, count int) error {
	if count > MaxUnclosed {
		return refuse(NotATable, line, MaxUnclosed)
	}
	return b.bad(refuse(UnclosedQuote, line, MaxCell))
}

// records walks through CSV text record by record.
type records struct {
	text  string // what is left
	line  int    // the number of its first line
	delim byte
	raw   bool // cells keep the apostrophe before a formula, and their line breaks; records all their cells
}

func newRecords(text string) *records {
	first, rest, lines := cutLine(text)
	if delim, ok := strings.CutPrefix(first, "sep="); ok && len(delim) == 1 { // Excel's own first line
		return &records{text: rest, line: 1 + lines, delim: delim[0]}
	}
	return &records{text: text, line: 1, delim: sniff(text)}
}

func (r *records) done() bool { return r.text == "" }

// next takes one record and reports false if it has a stray quote; unless raw, of more than MaxColumns it keeps
// one cell too many. A record of several lines that has not width cells, though its first line alone has, is
// that line: a quote met another one by chance. Width 0 is unknown.
func (r *records) next(width int) (cells []string, closed bool) {
	cells, after, stray := r.record(r.text, width)
	if width > 0 && len(cells) != width {
		line, _, _ := cutLine(r.text)
		if alone, _, _ := r.record(line, width); len(alone) == width && len(line)+len(after) < len(r.text) {
			cells, after, stray = alone, r.text[len(line):], true
		}
	}
	r.end(after)
	return cells, !stray
}

// record takes one record of about width cells; after starts with the line break behind it.
func (r *records) record(text string, width int) (cells []string, after string, stray bool) {
	cells = make([]string, 0, width)
	for {
		cell, rest, closed := r.cell(text)
		after, stray = rest, stray || !closed
		if r.raw || len(cells) <= MaxColumns {
			cells = append(cells, cell)
		}
		if after == "" || after[0] != r.delim {
			return cells, after, stray
		}
		text = after[1:]
	}
}

// end moves past a record that stops where after begins: at a line break or at the end of the file.
func (r *records) end(after string) {
	_, rest, _ := cutLine(after)
	r.line += breaks(r.text[:len(r.text)-len(rest)])
	r.text = rest
}

// cell takes one cell; after starts with the delimiter or the line break behind it. A quote that opens it and
// does not close is part of it.
func (r *records) cell(text string) (cell, after string, closed bool) {
	closed = true
	if strings.HasPrefix(text, `"`) && !r.strays(text[1:]) {
		if cell, after, closed = r.quoted(text[1:]); closed {
			return cell, after, true
		}
	}
	end := 0
	for end < len(text) && text[end] != r.delim && text[end] != '\n' && text[end] != '\r' {
		end++
	}
	return r.unprotect(text[:end]), text[end:], closed
}

// strays reports a cell like "12" shelf, whose second quote closes nothing and that no other quote on its line closes:
// its quotes are characters. Taken for an opening one, the first would swallow every record up to the next quote.
func (r *records) strays(text string) bool {
	line, _, _ := cutLine(text[:min(len(text), MaxCell+1)])
	quotes := 0
	for end := 0; end < len(line); end++ {
		switch {
		case line[end] != '"':
		case strings.HasPrefix(line[end+1:], `"`):
			end++
		case r.closes(line[end+1:]):
			return false
		default:
			quotes++
		}
	}
	return quotes > 0
}

// quoted takes a cell whose opening quote is already behind it. On a later line than the first, a quote that
// neither closes it nor is doubled shows that the cell never was one.
func (r *records) quoted(text string) (cell, after string, closed bool) {
	window := text[:min(len(text), MaxCell+1)]
	lines := false
	for end := 0; ; {
		quote := strings.IndexByte(window[end:], '"')
		if quote < 0 {
			return "", "", false
		}
		lines = lines || strings.ContainsAny(window[end:end+quote], "\r\n")
		end += quote
		switch after := text[end+1:]; {
		case strings.HasPrefix(after, `"`):
			end += 2
		case r.closes(after):
			return r.unprotect(r.unquote(text[:end])), strings.TrimLeft(after, " "), true
		case lines:
			return "", "", false
		default:
			end++
		}
		if end > len(window) {
			return "", "", false
		}
	}
}

// closes reports whether a quote before this text ends its cell. Blanks may stand before the delimiter.
func (r *records) closes(after string) bool {
	after = strings.TrimLeft(after, " ")
	return after == "" || after[0] == r.delim || after[0] == '\n' || after[0] == '\r'
}

// unquote undoes the doubling of quotes and, unless raw, writes line breaks inside the cell as LF.
func (r *records) unquote(cell string) string {
	switch {
	case r.raw:
		cell = strings.ReplaceAll(cell, `""`, `"`)
	case strings.ContainsAny(cell, "\"\r"):
		cell = strings.NewReplacer(`""`, `"`, "\r\n", "\n", "\r", "\n").Replace(cell)
	}
	return cell
}

// unprotect takes off the apostrophe before a formula, unless raw.
func (r *records) unprotect(cell string) string {
	if r.raw {
		return cell
	}
	return unprotect(cell)
}

// sniff picks the delimiter that is most frequent outside quotes on the first line that is not blank.
func sniff(text string) byte {
	first, _, _ := cutLine(strings.TrimLeft(text, "\r\n "))
	counts := map[byte]int{}
	quoted := false
	for i := range len(first) {
		quoted = quoted != (first[i] == '"')
		if !quoted {
			counts[first[i]]++
		}
	}
	best := byte(',')
	for _, delim := range []byte{';', '\t'} {
		if counts[delim] > counts[best] {
			best = delim
		}
	}
	return best
}

// cutLine splits text behind its first line; lines is how many line breaks it took, 0 or 1.
func cutLine(text string) (line, rest string, lines int) {
	end := strings.IndexAny(text, "\r\n")
	if end < 0 {
		return text, "", 0
	}
	rest = text[end+1:]
	if text[end] == '\r' {
		rest = strings.TrimPrefix(rest, "\n")
	}
	return text[:end], rest, 1
}

// breaks counts the line breaks of a text: LF, CR LF and CR are one each.
func breaks(text string) int {
	return strings.Count(text, "\n") + strings.Count(text, "\r") - strings.Count(text, "\r\n")
}
