package forms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"rounds"
	"rounds/fieldwork/forms"

	"github.com/google/go-cmp/cmp"
)

// faults are the fields of an error, as "pointer code".
func faults(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	failure, ok := errors.AsType[*rounds.Error](err)
	if !ok || failure.Code != rounds.Invalid || len(failure.Fields) == 0 {
		t.Fatalf("%v names no field", err)
	}
	return said(failure.Fields)
}

func said(fields []rounds.Field) []string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Pointer+" "+f.Code)
	}
	return out
}

const text = `"label":{"en":"a"}`

func TestTheDefaultFormIsOne(t *testing.T) {
	t.Parallel()
	f := forms.Default()
	if err := f.Validate(); err != nil {
		t.Error(faults(t, err))
	}
	for _, m := range []forms.Meaning{forms.PriceTagged, forms.PolicyKnown, forms.Satisfied, forms.VisitHappened} {
		if f.Meant(m) == nil {
			t.Errorf("nothing means %s", m)
		}
	}
	for _, q := range f.Questions {
		if q.Label["en"] == "" || q.Label["zh"] == "" {
			t.Errorf("%s is asked as %v", q.Name, q.Label)
		}
	}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := forms.Parse(data); err != nil || !cmp.Equal(f, again) {
		t.Errorf("%v: %s", err, cmp.Diff(f, again))
	}
}

// ask is a form of these questions in JSON.
func ask(questions ...string) string {
	return `{"name":"audit","title":{"en":"Audit"},"questions":[` + strings.Join(questions, ",") + `]}`
}

// q is a question with more fields.
func q(name, kind, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"name":%q,"type":%q,%s%s}`, name, kind, text, more)
}

const (
	yesNo = `"choices":[{"name":"yes",` + text + `},{"name":"no",` + text + `}]`
	oneTo = `"min":1,"max":`
)

func TestWhatKeepsAFormFromBeingAsked(t *testing.T) {
	t.Parallel()
	when := func(condition string) string {
		return q("b", "text", `"relevant":`+string(must(json.Marshal(condition))))
	}
	for _, tt := range []struct{ name, form, want string }{
		{"nothing", ask(q("a", "text", "")), ""},
		{"no JSON", "{", " not_readable"},
		{"a field that is none", ask(q("a", "text", `"colour":"red"`)), " not_readable"},
		{"two forms at once", ask(q("a", "text", "")) + "{}", " json_goes_on"},
		{"no questions", ask(), "/questions wrong_count"},
		{"a name with a hyphen", ask(q("a-b", "text", "")), "/questions/0/name not_a_name"},
		{"a name in capitals", ask(q("A", "text", "")), "/questions/0/name not_a_name"},
		{"no name", ask(q("", "text", "")), "/questions/0/name required"},
		{"a name twice", ask(q("a", "text", ""), q("a", "text", "")), "/questions/1/name given_twice"},
		{"an unknown type", ask(q("a", "date", "")), "/questions/0/type not_one_of"},
		{"no label", ask(`{"name":"a","type":"text"}`), "/questions/0/label required"},
		{"a blank label", ask(`{"name":"a","type":"text","label":{"en":" "}}`), "/questions/0/label/en required"},
		{"a label with the character NUL", ask(`{"name":"a","type":"text","label":{"en":"a\u0000"}}`), "/questions/0/label/en nul_character"},
		{"a label that is too long", ask(`{"name":"a","type":"text","label":{"en":"` + strings.Repeat("长", 1001) + `"}}`), "/questions/0/label/en too_long"},
		{"a language that is none", ask(`{"name":"a","type":"text","label":{"English":"a"}}`), "/questions/0/label not_a_language"},
		{"a language as nobody writes it", ask(`{"name":"a","type":"text","label":{"zh_cn":"a"}}`), "/questions/0/label not_a_language"},
		{"a label that lacks a language of another", ask(q("a", "text", ""), `{"name":"b","type":"text","label":{"en":"b","zh":"b"}}`), "/questions/0/label missing_language"},
		{"a choice that lacks a language", ask(`{"name":"a","type":"choice","label":{"zh":"a"},"choices":[{"name":"yes","label":{"zh":"a","en":"a"}}]}`), "/questions/0/label missing_language"},
		{"a hint in one language of two, which is nothing wrong", ask(`{"name":"a","type":"text","label":{"en":"a","zh":"a"},"hint":{"zh":"a"}}`), ""},
		{"a choice without choices", ask(q("a", "choice", "")), "/questions/0/choices wrong_count"},
		{"a choice with a blank in its name", ask(q("a", "choice", `"choices":[{"name":"not sure",`+text+`}]`)), "/questions/0/choices/0/name not_a_choice_name"},
		{"a choice in Chinese, which is nothing wrong", ask(q("a", "choice", `"choices":[{"name":"是",`+text+`}]`)), ""},
		{"a choice twice", ask(q("a", "choice", `"choices":[{"name":"x",`+text+`},{"name":"x",`+text+`}]`)), "/questions/0/choices/1/name given_twice"},
		{"choices of text", ask(q("a", "text", yesNo)), "/questions/0/choices not_for_this_kind"},
		{"a minimum of text", ask(q("a", "text", `"min":0`)), "/questions/0/min not_for_this_kind"},
		{"a length of a number", ask(q("a", "number", `"max_length":3`)), "/questions/0/max_length not_for_this_kind"},
		{"a note that must be answered", ask(q("a", "note", `"required":true`)), "/questions/0/required not_for_this_kind"},
		{"text of more than may be stored", ask(q("a", "text", `"max_length":4001`)), "/questions/0/max_length not_between"},
		{"a minimum above the maximum", ask(q("a", "number", `"min":3,"max":2`)), "/questions/0/max too_small"},
		{"a whole number from a half", ask(q("a", "number", `"min":0.5,"whole":true`)), "/questions/0/min not_a_whole_number"},
		{"a bound that doubles do not count to", ask(q("a", "number", `"max":1e300`)), "/questions/0/max not_between"},
		{"a scale without ends", ask(q("a", "scale", "")), "/questions/0/min required /questions/0/max required"},
		{"a scale of one point", ask(q("a", "scale", oneTo+"1")), "/questions/0/max not_between"},
		{"a scale of twelve points", ask(q("a", "scale", oneTo+"12")), "/questions/0/max not_between"},
		{"a scale of eleven, which is nothing wrong", ask(q("a", "scale", oneTo+"11")), ""},
		{"a scale by halves", ask(q("a", "scale", oneTo+"4.5")), "/questions/0/max not_a_whole_number"},
		{"a meaning that no report knows", ask(q("a", "text", `"means":"weather"`)), "/questions/0/means not_one_of"},
		{"text that means a yes or no", ask(q("a", "text", `"means":"visit_happened"`)), "/questions/0/means means_yes_or_no"},
		{"several choices that mean a yes or no", ask(q("a", "choice", `"several":true,"means":"price_tagged",`+yesNo)), "/questions/0/means means_yes_or_no"},
		{"a choice that means satisfied", ask(q("a", "choice", `"means":"satisfied",`+yesNo)), "/questions/0/means means_scale"},
		{"a meaning twice", ask(q("a", "choice", `"means":"price_tagged",`+yesNo), q("b", "choice", `"means":"price_tagged",`+yesNo)), "/questions/1/means given_twice"},

		{"a condition on a later question", ask(q("a", "text", `"relevant":"${b} != ''"`), q("b", "text", "")), "/questions/0/relevant condition_later"},
		{"two questions that wait for each other", ask(q("a", "text", `"relevant":"${b} != ''"`), q("b", "text", `"relevant":"${a} != ''"`)), "/questions/0/relevant condition_later"},
		{"a question that waits for itself", ask(q("a", "text", `"relevant":"${a} != ''"`)), "/questions/0/relevant condition_own"},
		{"a condition on no question", ask(q("a", "text", `"relevant":"${z} != ''"`)), "/questions/0/relevant condition_unknown"},
		{"a condition that is none", ask(q("a", "text", `"relevant":"always"`)), "/questions/0/relevant no_condition"},
		{"a condition that breaks off", ask(q("a", "text", ""), when("${a} =")), "/questions/1/relevant condition_ends"},
		{"a condition that is too long", ask(q("a", "text", ""), when("${a} = '"+strings.Repeat("x", 1000)+"'")), "/questions/1/relevant too_long"},
		{"a condition with two faults", ask(q("a", "choice", yesNo), when("${a} = 'maybe' or ${y} = 1")), "/questions/1/relevant condition_no_such_choice /questions/1/relevant condition_unknown"},
		{"a choice put in an order", ask(q("a", "choice", yesNo), when("${a} > 'no'")), "/questions/1/relevant condition_no_order"},
		{"several choices compared", ask(q("a", "choice", `"several":true,`+yesNo), when("${a} = 'no'")), "/questions/1/relevant condition_several"},
		{"an unknown choice that is selected", ask(q("a", "choice", `"several":true,`+yesNo), when("selected(${a}, 'maybe')")), "/questions/1/relevant condition_no_such_choice"},
		{"selected of text", ask(q("a", "text", ""), when("selected(${a}, 'no')")), "/questions/1/relevant condition_no_choices"},
		{"a number compared with text", ask(q("a", "number", ""), when("${a} = '3'")), "/questions/1/relevant condition_number"},
		{"text compared with a number", ask(q("a", "text", ""), when("${a} = 3")), "/questions/1/relevant condition_text"},
		{"a photograph compared", ask(q("a", "photo", ""), when("${a} = 'x'")), "/questions/1/relevant condition_photo"},
		{"a photograph that is there, which is nothing wrong", ask(q("a", "photo", ""), when("${a} != ''")), ""},
		{"a note that is asked", ask(q("a", "note", ""), when("${a} != ''")), "/questions/1/relevant condition_note"},
	} {
		_, err := forms.Parse([]byte(tt.form))
		if got := strings.Join(faults(t, err), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}

func TestAFaultDoesNotRepeatAllOfWhatWasWritten(t *testing.T) {
	t.Parallel()
	_, err := forms.Parse([]byte(ask(q("a", "text", `"relevant":"`+strings.Repeat("长", 900)+`"`))))
	failure, _ := errors.AsType[*rounds.Error](err)
	if failure == nil || len([]rune(failure.Fields[0].Args[0].(string))) != 100 {
		t.Errorf("%+v", failure)
	}
}
