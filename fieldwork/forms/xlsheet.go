package forms

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// Workbook is the sheets of an XLSForm. Choices and Settings may be empty.
type Workbook struct{ Survey, Choices, Settings Sheet }

// Sheet is a table as a person sees it: the header and each row with its number in the file.
type Sheet struct {
	Line   int // of the header
	Header []string
	Rows   []Row
	Bad    []int // rows that could not be read
}

// Row is one of a sheet.
type Row struct {
	Line  int
	Cells []string
}

// Columns by name, before any language; and those that change neither what is asked nor what is taken.
var (
	surveyColumns = []string{"type", "name", "label", "hint", "required", "relevant", "constraint", "parameters", "means", "min_label", "max_label"}
	choiceColumns = []string{"list_name", "name", "label"}
	letPass       = []string{"", "appearance", "constraint_message", "required_message", "guidance_hint", "note", "comment"}
)

// heading is a column's name, and its language where it has one.
type heading struct {
	written, name, lang string
	unknown             bool // the language
}

var inBrackets = regexp.MustCompile(`\(([^()]*)\)$`)

// asTyped are the signs of headings that a Chinese keyboard types wide.
var asTyped = strings.NewReplacer("：", ":", "（", "(", "）", ")", "　", " ")

// headingOf reads "label::English (en)", or "label::en".
func headingOf(written string) heading {
	name, lang, split := strings.Cut(asTyped.Replace(written), "::")
	h := heading{written: written, name: strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_")}
	if split {
		h.lang = languageOf(lang)
		h.unknown = h.lang == ""
	}
	return h
}

// languageOf is the tag of a language written as "English (en)" or en, "" if there is none.
func languageOf(written string) string {
	written = strings.TrimSpace(asTyped.Replace(written))
	if found := inBrackets.FindStringSubmatch(written); found != nil {
		written = strings.TrimSpace(found[1])
	}
	tag, err := language.Parse(written)
	if err != nil || tag == language.Und {
		return ""
	}
	return tag.String()
}

// record is a row by its columns, blank cells left out.
type record struct {
	at    string // its JSON pointer
	cells map[string]string
	texts map[string]Texts
}

// records are a sheet's rows.
func (r *reader) records(name string, s Sheet) []record {
	for _, line := range s.Bad {
		r.problem("/"+name+"/"+strconv.Itoa(line), "not_readable")
	}
	headings := make([]heading, len(s.Header))
	for i, written := range s.Header {
		headings[i] = headingOf(written)
	}
	var records []record
	for _, row := range s.Rows {
		rec := record{at: "/" + name + "/" + strconv.Itoa(row.Line), cells: map[string]string{}, texts: map[string]Texts{}}
		for i, h := range headings[:min(len(headings), len(row.Cells))] {
			if text := strings.TrimSpace(row.Cells[i]); text != "" {
				rec.cells[h.name] = text
				if rec.texts[h.name] == nil {
					rec.texts[h.name] = Texts{}
				}
				rec.texts[h.name][cmp.Or(h.lang, r.lang)] = text
			}
		}
		records = append(records, rec)
	}
	return records
}

// columns checks that a sheet has the columns that are known, once each, the first two at least.
func (r *reader) columns(name string, s Sheet, known []string) {
	var seen []heading
	for i, written := range s.Header {
		h := headingOf(written)
		at := "/" + name + "/" + strconv.Itoa(s.Line) + "/" + escape(written)
		switch {
		case slices.Contains(letPass, h.name):
		case !slices.Contains(known, h.name):
			if s.filled(i) {
				r.problem(at, "column_not_taken", strings.Join(known, ", "))
			}
		case h.unknown:
			r.problem(at, "language_without_code")
		case slices.ContainsFunc(seen, func(o heading) bool { return o.name == h.name && cmp.Or(o.lang, r.lang) == cmp.Or(h.lang, r.lang) }):
			r.problem(at, "given_twice")
		}
		seen = append(seen, h)
	}
	for _, must := range known[:2] {
		if !slices.ContainsFunc(seen, func(h heading) bool { return h.name == must }) && len(s.Rows) > 0 {
			r.problem("/"+name+"/"+strconv.Itoa(s.Line)+"/"+must, "required")
		}
	}
}

func (s Sheet) filled(column int) bool {
	return slices.ContainsFunc(s.Rows, func(row Row) bool { return column < len(row.Cells) && strings.TrimSpace(row.Cells[column]) != "" })
}
