package forms

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rounds"
)

// FromXLSForm makes a form of a workbook. An Invalid error has a field for everything that is outside the part of XLSForm that is
// taken, or makes no form; its pointer is /sheet/row/column, as in /survey/7/relevant.
//
// Taken are the types select_one, select_multiple, integer, decimal, range, text, image, note, and groups, whose conditions pass
// to their questions; languages as in "label::English (en)"; conditions as in a Form; constraints that are ranges, or
// string-length(.) of text. Columns beyond XLSForm: means, min_label, max_label.
func FromXLSForm(w Workbook) (Form, error) {
	r := reader{err: errImport(), lang: "en", lists: map[string][]listed{}}
	for _, s := range []struct {
		at string
		Sheet
	}{{"/survey", w.Survey}, {"/choices", w.Choices}, {"/settings", w.Settings}} {
		if len(s.Rows)+len(s.Bad) > maxRows || len(s.Header) > maxColumns {
			return r.form, r.err.With(s.at, "sheet_too_large", maxRows, maxColumns)
		}
	}
	if len(w.Survey.Header) == 0 {
		return r.form, r.err.With("/survey", "no_header")
	}
	r.settings(w.Settings)
	r.columns("survey", w.Survey, surveyColumns)
	r.columns("choices", w.Choices, choiceColumns)
	for _, rec := range r.records("choices", w.Choices) {
		choice := listed{Choice{Name: rec.cells["name"], Label: rec.texts["label"]}, rec.at}
		r.lists[rec.cells["list_name"]] = append(r.lists[rec.cells["list_name"]], choice)
	}
	for _, rec := range r.records("survey", w.Survey) {
		r.row(rec)
	}
	for _, g := range r.groups {
		r.problem(g.at+"/type", "group_open")
	}
	if len(r.err.Fields) == 0 {
		r.validate()
	}
	if len(r.err.Fields) > 0 {
		return r.form, r.err
	}
	return r.form, nil
}

// The bounds of a sheet.
const (
	maxRows    = 5000
	maxColumns = 100
)

func errImport() *rounds.Error {
	return rounds.Errorf(rounds.Invalid, "this form cannot be imported: see the fields, which name the sheet, the row and the column")
}

// reader makes a form of records and notes what is wrong with them.
type reader struct {
	err     *rounds.Error
	form    Form
	lang    string // of texts whose column does not say
	lists   map[string][]listed
	groups  []group  // that have begun
	sources []source // of the questions
}

// listed is a choice and where it stands.
type listed struct {
	Choice
	at string
}

type group struct{ at, relevant string }

// source is where a question and its choices stand.
type source struct {
	at      string
	choices []listed
}

func (r *reader) problem(pointer, code string, args ...any) {
	if len(r.err.Fields) >= maxFaults {
		return
	}
	r.err.Fields = append(r.err.Fields, rounds.Field{Pointer: short(pointer), Code: code, Args: shortened(args)})
}

// settings reads the form's name, title and the language of what has none.
func (r *reader) settings(s Sheet) {
	lang := r.lang
	r.lang = "" // of a title whose column does not say: it is not known before the row is read
	rows := r.records("settings", s)
	if r.lang = lang; len(rows) == 0 {
		rows = []record{{cells: map[string]string{}}}
	}
	first := rows[0]
	if written := first.cells["default_language"]; written != "" {
		if r.lang = languageOf(written); r.lang == "" {
			r.problem(first.at+"/default_language", "language_without_code")
		}
	}
	r.form.Name = cmp.Or(first.cells["form_id"], "audit")
	r.form.Title = Texts{}
	for tag, title := range first.texts["form_title"] {
		r.form.Title[cmp.Or(tag, r.lang)] = title
	}
	if len(r.form.Title) == 0 {
		r.form.Title[r.lang] = r.form.Name
	}
}

// row reads one of survey.
func (r *reader) row(rec record) {
	if len(rec.cells) == 0 {
		return
	}
	kind := strings.Fields(rec.cells["type"])
	switch strings.Join(kind, " ") {
	case "":
		r.problem(rec.at+"/type", "required")
	case "begin group", "begin_group":
		relevant := rec.cells["relevant"]
		if _, rest, ok := parseCondition(relevant); !ok {
			r.problem(rec.at+"/relevant", "no_condition", rest)
		}
		r.groups = append(r.groups, group{rec.at, relevant})
	case "end group", "end_group":
		if len(r.groups) == 0 {
			r.problem(rec.at+"/type", "no_group_open")
			return
		}
		r.groups = r.groups[:len(r.groups)-1]
	default:
		r.question(rec, kind)
	}
}

func (r *reader) question(rec record, kind []string) {
	if len(r.form.Questions) > MaxQuestions { // which are refused with the form
		return
	}
	q := Question{
		Name: rec.cells["name"], Label: rec.texts["label"], Hint: rec.texts["hint"], Required: r.required(rec), Relevant: r.relevant(rec),
		Means: Meaning(rec.cells["means"]), MinLabel: rec.texts["min_label"], MaxLabel: rec.texts["max_label"],
	}
	from := source{at: rec.at}
	switch word := strings.Join(kind, " "); {
	case len(kind) == 2 && (kind[0] == "select_one" || kind[0] == "select_multiple"):
		q.Kind, q.Several = Choose, kind[0] == "select_multiple"
		if from.choices = r.lists[kind[1]]; from.choices == nil {
			r.problem(rec.at+"/type", "no_such_list", kind[1])
		}
		from.choices = from.choices[:min(len(from.choices), MaxChoices+1)] // one too many is refused with the form
		for _, choice := range from.choices {
			q.Choices = append(q.Choices, choice.Choice)
		}
	case word == "integer", word == "decimal":
		q.Kind, q.Whole = Number, word == "integer"
	case word == "range":
		r.scale(rec, &q)
	case word == "text":
		q.Kind = Text
	case word == "image":
		q.Kind = Photo
	case word == "note":
		q.Kind = Note
	default:
		r.problem(rec.at+"/type", "type_not_taken", word)
		return
	}
	if rec.cells["parameters"] != "" && !slices.Equal(kind, []string{"range"}) {
		r.problem(rec.at+"/parameters", "only_for_range")
	}
	r.constraint(rec, &q)
	r.form.Questions = append(r.form.Questions, q)
	r.sources = append(r.sources, from)
}

// required reads what the many programs write for yes and no.
func (r *reader) required(rec record) bool {
	switch strings.ToLower(rec.cells["required"]) {
	case "yes", "true", "true()":
		return true
	case "", "no", "false", "false()":
	default:
		r.problem(rec.at+"/required", "not_yes_or_no")
	}
	return false
}

// relevant joins the condition of a question with those of the groups around it.
func (r *reader) relevant(rec record) string {
	own := rec.cells["relevant"]
	if _, _, ok := parseCondition(own); !ok {
		return own // is refused with the form
	}
	var all []string
	for _, g := range r.groups {
		if g.relevant != "" {
			all = append(all, "("+g.relevant+")")
		}
	}
	switch {
	case len(all) == 0:
		return own
	case own != "":
		all = append(all, "("+own+")")
	}
	return strings.Join(all, " and ")
}

var parameter = regexp.MustCompile(`^(start|end|step)=(-?[0-9]+)$`)

// scale makes a scale of a range of few whole numbers, and a number of others.
func (r *reader) scale(rec record, q *Question) {
	at := rec.at + "/parameters"
	given := map[string]float64{"step": 1}
	for _, word := range strings.FieldsFunc(rec.cells["parameters"], func(c rune) bool { return strings.ContainsRune(" ,;", c) }) {
		found := parameter.FindStringSubmatch(strings.ToLower(word))
		if found == nil {
			r.problem(at, "no_range", word)
			return
		}
		given[found[1]], _ = strconv.ParseFloat(found[2], 64)
	}
	start, from := given["start"]
	end, to := given["end"]
	if !from || !to || given["step"] != 1 {
		r.problem(at, "no_range", rec.cells["parameters"])
		return
	}
	q.Kind, q.Min, q.Max = Scale, &start, &end
	if end-start >= MaxPoints {
		q.Kind, q.Whole = Number, true
	}
}

var (
	bound  = regexp.MustCompile(`^\.\s*(>=|<=|>|<)\s*(-?[0-9]+(?:\.[0-9]+)?)$`)
	length = regexp.MustCompile(`^string-length\(\s*\.\s*\)\s*(<=|<)\s*([0-9]{1,6})$`)
	conj   = regexp.MustCompile(`\s+and\s+`)
)

// constraint reads ". >= 0 and . <= 10" of a number, and "string-length(.) <= 200" of text.
func (r *reader) constraint(rec record, q *Question) {
	written := rec.cells["constraint"]
	if written == "" {
		return
	}
	at := rec.at + "/constraint"
	if found := length.FindStringSubmatch(written); found != nil && q.Kind == Text {
		q.MaxLength, _ = strconv.Atoi(found[2])
		if found[1] == "<" {
			q.MaxLength--
		}
		if q.MaxLength < 1 {
			r.problem(at, "no_bounds", written)
		}
		return
	}
	parts := conj.Split(written, -1)
	if q.Kind != Number || len(parts) > 2 || q.Min != nil {
		r.problem(at, "no_bounds", written)
		return
	}
	for _, part := range parts {
		if !q.bind(strings.TrimSpace(part)) {
			r.problem(at, "no_bounds", part)
		}
	}
}

// bind takes one bound; those that leave their own number out are of whole numbers only.
func (q *Question) bind(text string) bool {
	if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	found := bound.FindStringSubmatch(text)
	if found == nil {
		return false
	}
	n, err := strconv.ParseFloat(found[2], 64)
	end, inward := &q.Max, -1.0
	if found[1][0] == '>' {
		end, inward = &q.Min, 1
	}
	if err != nil || *end != nil || len(found[1]) == 1 && !q.Whole {
		return false
	}
	if len(found[1]) == 1 {
		n += inward
	}
	*end = &n
	return true
}

var ofQuestion = regexp.MustCompile(`^/questions/(\d+)(?:/choices/(\d+))?(/.*)$`)

// validate checks the form and says where in the workbook its faults are.
func (r *reader) validate() {
	failure, ok := errors.AsType[*rounds.Error](r.form.Validate())
	if !ok {
		return
	}
	for _, f := range failure.Fields {
		f.Pointer = r.origin(f.Pointer)
		if !slices.ContainsFunc(r.err.Fields, func(o rounds.Field) bool { return o.Pointer == f.Pointer && o.Code == f.Code }) {
			r.err.Fields = append(r.err.Fields, f)
		}
	}
}

// columnOf is where a workbook has what a form has elsewhere.
var columnOf = map[string]string{"/choices": "/type", "/min": "/constraint", "/max": "/constraint", "/max_length": "/constraint"}

// origin is the row that a part of the form was read from.
func (r *reader) origin(pointer string) string {
	found := ofQuestion.FindStringSubmatch(pointer)
	switch {
	case pointer == "/questions":
		return "/survey"
	case pointer == "/name":
		return "/settings/form_id"
	case found == nil:
		return "/settings/form_title"
	}
	i, _ := strconv.Atoi(found[1])
	from := r.sources[i]
	if found[2] == "" {
		return from.at + cmp.Or(columnOf[found[3]], found[3])
	}
	j, _ := strconv.Atoi(found[2])
	return from.choices[j].at + found[3]
}
