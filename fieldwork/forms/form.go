// Package forms knows what an auditor is asked at a retailer: questions as data, the conditions under which each is asked,
// and whether answers fit them. It reads such forms from JSON and from the tables of an XLSForm.
//
// It knows neither versions nor who answered, nor where forms and photographs are kept.
package forms

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"rounds"
)

// Form is what is asked, in this order, at every retailer of an audit. Validate says whether it can be.
type Form struct {
	Name      string     `json:"name"`  // snake_case
	Title     Texts      `json:"title"` // for people
	Questions []Question `json:"questions"`
}

// Texts are one text by language: a BCP-47 tag such as en or zh-Hans.
type Texts map[string]string

// Question is one of a form. Which fields it has goes by its Kind; answers are told apart by its Name.
type Question struct {
	Name     string  `json:"name"` // snake_case
	Kind     Kind    `json:"type"`
	Label    Texts   `json:"label"`
	Hint     Texts   `json:"hint,omitempty"`
	Required bool    `json:"required,omitempty"`
	Relevant string  `json:"relevant,omitempty"` // a condition on questions before it; "": it is always asked
	Means    Meaning `json:"means,omitempty"`    // what reports take the answer for

	Choices   []Choice `json:"choices,omitempty"`    // of Choose
	Several   bool     `json:"several,omitempty"`    // of Choose: the answer is a list
	Min       *float64 `json:"min,omitempty"`        // of Number and Scale
	Max       *float64 `json:"max,omitempty"`        // of Number and Scale
	Whole     bool     `json:"whole,omitempty"`      // of Number
	MaxLength int      `json:"max_length,omitempty"` // of Text, in characters; 0: MaxText
	MinLabel  Texts    `json:"min_label,omitempty"`  // of Scale: what its ends mean
	MaxLabel  Texts    `json:"max_label,omitempty"`
}

// Choice is one to choose: answers have its name, and people read its label.
type Choice struct {
	Name  string `json:"name"`
	Label Texts  `json:"label"`
}

// Kind is what an answer is, and which other fields its question may have.
type Kind string

// A choice's name or several in a list; a number; text; the SHA-256 of a photograph in hexadecimal; a whole number from the
// one end of a scale to the other; nothing, as it only tells something.
const (
	Choose Kind = "choice"
	Number Kind = "number"
	Text   Kind = "text"
	Photo  Kind = "photo"
	Scale  Kind = "scale"
	Note   Kind = "note"
)

// Meaning is what reports take an answer for, whatever its question is called.
type Meaning string

// Whether prices are tagged, whether policies were made known, how satisfied the retailer is, whether the visit that the rep
// claims happened.
const (
	PriceTagged   Meaning = "price_tagged"
	PolicyKnown   Meaning = "policy_known"
	Satisfied     Meaning = "satisfied"
	VisitHappened Meaning = "visit_happened"
)

// The answers to questions that mean PriceTagged, PolicyKnown or VisitHappened. CannotTell need not be offered.
const (
	Yes        = "yes"
	No         = "no"
	CannotTell = "cannot_tell"
)

// The bounds of forms and answers, those of texts in characters.
const (
	MaxQuestions = 200  // of a form
	MaxChoices   = 200  // of a question
	MaxName      = 63   // of a form, a question or a choice
	MaxLabel     = 1000 // of a title, label or hint
	MaxLanguages = 20   // of a form
	MaxText      = 4000 // of an answer
	MaxPoints    = 11   // of a scale
	MaxCondition = 1000 // of a question's Relevant
	maxDepth     = 20   // of parentheses
	maxFaults    = 1000 // that are told
	maxWhole     = 1 << 53
)

// Parse reads a form in JSON and checks it as Validate does.
func Parse(data []byte) (Form, error) {
	var f Form
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, errForm().With("", "not_readable")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return f, errForm().With("", "json_goes_on")
	}
	return f, f.Validate()
}

func errForm() *rounds.Error {
	return rounds.Errorf(rounds.Invalid, "this form cannot be used: see the fields")
}

// Question is the one of that name, nil if there is none.
func (f Form) Question(name string) *Question {
	for i := range f.Questions {
		if f.Questions[i].Name == name {
			return &f.Questions[i]
		}
	}
	return nil
}

// Meant is the question with that meaning, nil if none has it.
func (f Form) Meant(m Meaning) *Question {
	for i := range f.Questions {
		if f.Questions[i].Means == m {
			return &f.Questions[i]
		}
	}
	return nil
}
