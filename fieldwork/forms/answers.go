package forms

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"rounds"
)

// Answers are what was answered, by the name of the question: a string, a float64 or a []string. Whatever else JSON has is kept
// as it is, so that Check can refuse it.
type Answers map[string]any

// ParseAnswers reads an object in JSON. What is null, blank or an empty list is no answer, and left out.
func ParseAnswers(data []byte) (Answers, error) {
	var raw map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&raw); err != nil || raw == nil {
		return nil, errAnswers().With("", "not_an_object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errAnswers().With("", "json_goes_on")
	}
	a := Answers{}
	for name, value := range raw {
		if value = plain(value); answered(value) {
			a[name] = value
		}
	}
	return a, nil
}

func errAnswers() *rounds.Error {
	return rounds.Errorf(rounds.Invalid, "these answers do not fit the form: see the fields")
}

// plain is a number as float64, infinite beyond what that holds, and a list of strings as such.
func plain(value any) any {
	switch value := value.(type) {
	case json.Number:
		number, _ := strconv.ParseFloat(value.String(), 64)
		return number
	case []any:
		list := make([]string, len(value))
		for i, item := range value {
			text, ok := item.(string)
			if !ok {
				return value
			}
			list[i] = text
		}
		return list
	}
	return value
}

func answered(value any) bool {
	switch value := value.(type) {
	case nil:
		return false
	case string:
		return strings.TrimSpace(value) != ""
	case []string:
		return len(value) > 0
	}
	return true
}

// Check is what is wrong with answers, in the form's order, as JSON pointers below the one given; none if nothing is. What hangs
// on an answer that is wrong or missing is not judged. The form is one that Validate lets pass.
func (f Form) Check(at string, a Answers) []rounds.Field {
	c := checker{at: at, unsure: map[string]bool{}, asked: Answers{}}
	for _, q := range f.Questions {
		found := len(c.fields)
		if c.question(q, a[q.Name]); len(c.fields) > found {
			c.unsure[q.Name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if q := f.Question(name); answered(a[name]) && q == nil {
			c.problem(escape(name), "unknown_question")
		}
	}
	return c.fields
}

// checker goes through a form as it is asked.
type checker struct {
	at     string
	fields []rounds.Field
	unsure map[string]bool // questions of which it is not known what was or should have been answered
	asked  Answers         // what was answered to those that are asked
}

func (c *checker) problem(at, code string, args ...any) {
	c.fields = append(c.fields, rounds.Field{Pointer: c.at + "/" + at, Code: code, Args: args})
}

func (c *checker) question(q Question, value any) {
	given := answered(value)
	relevant, _, _ := parseCondition(q.Relevant)
	relevant.each(func(r *condition) { c.unsure[q.Name] = c.unsure[q.Name] || c.unsure[r.name] })
	switch asked := relevant.holds(c.asked); {
	case c.unsure[q.Name]:
	case given && (!asked || q.Kind == Note):
		c.problem(q.Name, "not_asked")
	case given:
		c.asked[q.Name] = value
		c.answer(q, value)
	case asked && q.Required:
		c.problem(q.Name, "required")
	}
}

// answer checks one to a question that is asked.
func (c *checker) answer(q Question, value any) {
	switch q.Kind {
	case Choose:
		c.choice(q, value)
	case Number, Scale:
		c.number(q, value)
	case Text:
		c.text(q, value)
	case Photo:
		if sum, ok := value.(string); !ok || !isSum(sum) {
			c.problem(q.Name, "not_a_photo")
		}
	}
}

func (c *checker) choice(q Question, value any) {
	one, alone := value.(string)
	list, several := value.([]string)
	switch {
	case q.Several && !several:
		c.problem(q.Name, "not_a_list")
	case q.Several && len(list) > len(q.Choices):
		c.problem(q.Name, "too_many", len(q.Choices))
		return
	case !q.Several && !alone:
		c.problem(q.Name, "not_a_string")
	case !q.Several && !q.offers(one):
		c.problem(q.Name, "not_one_of", choiceNames(q.Choices))
	}
	for i, name := range list {
		at := q.Name + "/" + strconv.Itoa(i)
		switch {
		case !q.Several:
		case !q.offers(name):
			c.problem(at, "not_one_of", choiceNames(q.Choices))
		case slices.Contains(list[:i], name):
			c.problem(at, "given_twice")
		}
	}
}

func (q Question) offers(choice string) bool {
	return slices.ContainsFunc(q.Choices, func(k Choice) bool { return k.Name == choice })
}

func choiceNames(choices []Choice) string {
	var names []string
	for _, k := range choices {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}

func (c *checker) number(q Question, value any) {
	n, ok := value.(float64)
	switch whole := q.Whole || q.Kind == Scale; {
	case !ok:
		c.problem(q.Name, "not_a_number")
	case q.Min != nil && !(n >= *q.Min):
		c.problem(q.Name, "too_small", *q.Min)
	case q.Max != nil && !(n <= *q.Max):
		c.problem(q.Name, "too_large", *q.Max)
	case !(math.Abs(n) <= maxWhole):
		c.problem(q.Name, "not_between", -maxWhole, maxWhole)
	case whole && n != math.Trunc(n):
		c.problem(q.Name, "not_a_whole_number")
	}
}

func (c *checker) text(q Question, value any) {
	limit := MaxText
	if q.MaxLength > 0 {
		limit = q.MaxLength
	}
	text, ok := value.(string)
	switch {
	case !ok:
		c.problem(q.Name, "not_a_string")
	case strings.ContainsRune(text, 0):
		c.problem(q.Name, "nul_character")
	case utf8.RuneCountInString(text) > limit:
		c.problem(q.Name, "too_long", limit)
	}
}

// isSum says that a text is 32 bytes in small hexadecimal digits.
func isSum(text string) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == 32 && text == strings.ToLower(text)
}

// Photos are the SHA-256 sums that answers name, in hexadecimal and in the form's order.
func (f Form) Photos(a Answers) []string {
	var sums []string
	for _, q := range f.Questions {
		if sum, ok := a[q.Name].(string); ok && q.Kind == Photo && isSum(sum) {
			sums = append(sums, sum)
		}
	}
	return sums
}
