package forms

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"rounds"

	"golang.org/x/text/language"
)

// Validate reports, as an Invalid error with its fields, everything that keeps a form from being asked: names that are none,
// texts that are missing, bounds that contradict each other, conditions on what is not known when they are needed.
func (f Form) Validate() error {
	v := validator{form: f, err: errForm()}
	v.name("/name", f.Name)
	if len(f.Title) > MaxLanguages {
		v.problem("/title", "too_many_languages", MaxLanguages)
		return v.err
	}
	v.texts("/title", f.Title, nil, true)
	if n := len(f.Questions); n < 1 || n > MaxQuestions {
		v.problem("/questions", "wrong_count", 1, MaxQuestions)
		return v.err
	}
	if v.languages = f.languages(); len(v.languages) > MaxLanguages {
		v.problem("/questions", "too_many_languages", MaxLanguages)
		return v.err
	}
	for i, q := range f.Questions {
		v.question("/questions/"+strconv.Itoa(i), i, q)
	}
	if len(v.err.Fields) > 0 {
		return v.err
	}
	return nil
}

// languages are all that any label is in; every label has to be in each.
func (f Form) languages() []string {
	found := map[string]bool{}
	for _, q := range f.Questions {
		for _, texts := range append(q.ends(), q.Label) {
			for tag := range texts {
				found[tag] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// ends are the labels of what can be answered.
func (q Question) ends() []Texts {
	ends := []Texts{q.MinLabel, q.MaxLabel}
	for _, c := range q.Choices {
		ends = append(ends, c.Label)
	}
	return ends
}

// validator gathers what is wrong with a form.
type validator struct {
	form      Form
	err       *rounds.Error
	languages []string
}

func (v *validator) problem(pointer, code string, args ...any) {
	if len(v.err.Fields) >= maxFaults {
		return
	}
	v.err.Fields = append(v.err.Fields, rounds.Field{Pointer: short(pointer), Code: code, Args: shortened(args)})
}

// short keeps what somebody wrote from filling the answer to it.
func short(text string) string {
	if runes := []rune(text); len(runes) > 100 {
		return string(runes[:99]) + "…"
	}
	return text
}

func shortened(args []any) []any {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = short(text)
		}
	}
	return args
}

var names = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (v *validator) name(at, name string) {
	switch {
	case name == "":
		v.problem(at, "required")
	case !names.MatchString(name) || len(name) > MaxName:
		v.problem(at, "not_a_name", MaxName)
	}
}

// texts checks one text in its languages, of which those given must be there; unless it must be there at all, it may be empty.
func (v *validator) texts(at string, texts Texts, in []string, must bool) {
	if len(texts) == 0 {
		if must {
			v.problem(at, "required")
		}
		return
	}
	for _, tag := range slices.Sorted(maps.Keys(texts)) {
		if known, err := language.Parse(tag); err != nil || known.String() != tag {
			v.problem(at, "not_a_language", tag)
		}
		v.text(at+"/"+escape(tag), texts[tag])
	}
	for _, tag := range in {
		if _, ok := texts[tag]; !ok {
			v.problem(at, "missing_language", tag)
		}
	}
}

func (v *validator) text(at, text string) {
	switch {
	case strings.TrimSpace(text) == "":
		v.problem(at, "required")
	case !utf8.ValidString(text):
		v.problem(at, "not_utf8")
	case strings.ContainsRune(text, 0):
		v.problem(at, "nul_character")
	case utf8.RuneCountInString(text) > MaxLabel:
		v.problem(at, "too_long", MaxLabel)
	}
}

func (v *validator) question(at string, i int, q Question) {
	v.name(at+"/name", q.Name)
	if slices.ContainsFunc(v.form.Questions[:i], func(p Question) bool { return p.Name == q.Name && q.Name != "" }) {
		v.problem(at+"/name", "given_twice")
	}
	v.texts(at+"/label", q.Label, v.languages, true)
	if len(q.Hint) > MaxLanguages {
		v.problem(at+"/hint", "too_many_languages", MaxLanguages)
		q.Hint = nil
	}
	v.texts(at+"/hint", q.Hint, nil, false)
	v.misplaced(at, q)
	switch q.Kind {
	case Choose:
		v.choices(at, q)
	case Number:
		v.bounds(at, q)
	case Text:
		if q.MaxLength < 0 || q.MaxLength > MaxText {
			v.problem(at+"/max_length", "not_between", 1, MaxText)
		}
	case Scale:
		v.scale(at, q)
	case Photo, Note:
	default:
		v.problem(at+"/type", "not_one_of", "choice, number, text, photo, scale, note")
	}
	v.meaning(at, i, q)
	v.condition(at+"/relevant", i, q)
}

// misplaced finds what goes with other kinds of questions.
func (v *validator) misplaced(at string, q Question) {
	numeric := q.Kind == Number || q.Kind == Scale
	for _, has := range []struct {
		field string
		given bool
		fits  bool
	}{
		{"choices", q.Choices != nil, q.Kind == Choose},
		{"several", q.Several, q.Kind == Choose},
		{"min", q.Min != nil, numeric},
		{"max", q.Max != nil, numeric},
		{"whole", q.Whole, q.Kind == Number},
		{"max_length", q.MaxLength != 0, q.Kind == Text},
		{"min_label", q.MinLabel != nil, q.Kind == Scale},
		{"max_label", q.MaxLabel != nil, q.Kind == Scale},
		{"required", q.Required, q.Kind != Note},
		{"means", q.Means != "", q.Kind != Note},
	} {
		if has.given && !has.fits {
			v.problem(at+"/"+has.field, "not_for_this_kind")
		}
	}
}

func (v *validator) choices(at string, q Question) {
	if n := len(q.Choices); n < 1 || n > MaxChoices {
		v.problem(at+"/choices", "wrong_count", 1, MaxChoices)
		return
	}
	for i, c := range q.Choices {
		at := at + "/choices/" + strconv.Itoa(i)
		switch {
		case c.Name == "":
			v.problem(at+"/name", "required")
		case !choosable(c.Name):
			v.problem(at+"/name", "not_a_choice_name", MaxName)
		case slices.ContainsFunc(q.Choices[:i], func(p Choice) bool { return p.Name == c.Name }):
			v.problem(at+"/name", "given_twice")
		}
		v.texts(at+"/label", c.Label, v.languages, true)
	}
}

// choosable names have letters and digits of any script, and marks that conditions need not quote.
func choosable(name string) bool {
	return utf8.RuneCountInString(name) <= MaxName && !strings.ContainsFunc(name, func(r rune) bool {
		return r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("_-.+", r)
	})
}

func (v *validator) bounds(at string, q Question) {
	for _, bound := range []struct {
		field string
		value *float64
	}{{"min", q.Min}, {"max", q.Max}} {
		if bound.value != nil && !(math.Abs(*bound.value) <= maxWhole) {
			v.problem(at+"/"+bound.field, "not_between", -maxWhole, maxWhole)
		} else if bound.value != nil && q.Whole && *bound.value != math.Trunc(*bound.value) {
			v.problem(at+"/"+bound.field, "not_a_whole_number")
		}
	}
	if q.Min != nil && q.Max != nil && !(*q.Min <= *q.Max) {
		v.problem(at+"/max", "too_small", *q.Min)
	}
}

func (v *validator) scale(at string, q Question) {
	q.Whole = true
	found := len(v.err.Fields)
	if q.Min == nil {
		v.problem(at+"/min", "required")
	}
	if q.Max == nil {
		v.problem(at+"/max", "required")
	}
	if v.bounds(at, q); len(v.err.Fields) == found && !(*q.Max-*q.Min >= 1 && *q.Max-*q.Min < MaxPoints) {
		v.problem(at+"/max", "not_between", *q.Min+1, *q.Min+MaxPoints-1)
	}
	v.texts(at+"/min_label", q.MinLabel, v.languages, false)
	v.texts(at+"/max_label", q.MaxLabel, v.languages, false)
}

// meaning sees to it that reports can read the answers.
func (v *validator) meaning(at string, i int, q Question) {
	at += "/means"
	switch q.Means {
	case "":
		return
	case PriceTagged, PolicyKnown, VisitHappened:
		if q.Kind != Choose || q.Several || !yesOrNo(q.Choices) {
			v.problem(at, "means_yes_or_no")
		}
	case Satisfied:
		if q.Kind != Scale {
			v.problem(at, "means_scale")
		}
	default:
		v.problem(at, "not_one_of", "price_tagged, policy_known, satisfied, visit_happened")
	}
	if slices.ContainsFunc(v.form.Questions[:i], func(p Question) bool { return p.Means == q.Means }) {
		v.problem(at, "given_twice")
	}
}

func yesOrNo(choices []Choice) bool {
	q := Question{Choices: choices}
	return q.offers(Yes) && q.offers(No) && (len(choices) == 2 || len(choices) == 3 && q.offers(CannotTell))
}

// condition checks what a question is asked under: it may look at questions before it only, so that no two wait for each other.
func (v *validator) condition(at string, i int, q Question) {
	switch {
	case utf8.RuneCountInString(q.Relevant) > MaxCondition:
		v.problem(at, "too_long", MaxCondition)
		return
	case !utf8.ValidString(q.Relevant):
		v.problem(at, "not_utf8")
		return
	case strings.ContainsRune(q.Relevant, 0):
		v.problem(at, "nul_character")
		return
	}
	c, rest, ok := parseCondition(q.Relevant)
	switch {
	case !ok && rest == "":
		v.problem(at, "condition_ends")
		return
	case !ok:
		v.problem(at, "no_condition", rest)
		return
	}
	c.each(func(c *condition) { v.comparison(at, i, c) })
}

func (v *validator) comparison(at string, i int, c *condition) {
	place := slices.IndexFunc(v.form.Questions, func(p Question) bool { return p.Name == c.name })
	switch {
	case place < 0:
		v.problem(at, "condition_unknown", c.name)
	case place == i:
		v.problem(at, "condition_own", c.name)
	case place > i:
		v.problem(at, "condition_later", c.name)
	default:
		v.compares(at, v.form.Questions[place], c)
	}
}

// compares checks that a question's answers can be what they are compared with.
func (v *validator) compares(at string, q Question, c *condition) {
	equates := c.op == "=" || c.op == "!="
	switch {
	case q.Kind == Note:
		v.problem(at, "condition_note", q.Name)
	case c.op == "selected" && q.Kind != Choose:
		v.problem(at, "condition_no_choices", q.Name)
	case equates && c.literal == "": // is it answered?
	case q.Kind == Photo:
		v.problem(at, "condition_photo", q.Name)
	case !equates && c.op != "selected" && q.Kind != Number && q.Kind != Scale:
		v.problem(at, "condition_no_order", q.Name)
	case (q.Kind == Number || q.Kind == Scale) && c.quoted:
		v.problem(at, "condition_number", q.Name, c.literal)
	case q.Kind == Text && !c.quoted:
		v.problem(at, "condition_text", q.Name, c.literal)
	case q.Kind == Choose && q.Several && c.op != "selected":
		v.problem(at, "condition_several", q.Name)
	case q.Kind == Choose && !q.offers(c.literal):
		v.problem(at, "condition_no_such_choice", q.Name, c.literal)
	}
}

// escape writes a name as a JSON pointer's token (RFC 6901).
func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }
