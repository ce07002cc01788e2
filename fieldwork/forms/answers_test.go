package forms_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rounds/fieldwork/forms"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// every has a question of every type, and conditions.
var every = ask(
	q("open", "choice", `"required":true,`+yesNo),
	q("why", "text", `"required":true,"max_length":5,"relevant":"${open} = 'no'"`),
	q("sells", "choice", `"several":true,"choices":[{"name":"tea",`+text+`},{"name":"salt",`+text+`}]`),
	q("shelves", "number", `"whole":true,"min":0,"max":9`),
	q("width", "number", `"min":0.5,"relevant":"${shelves} > 0 and not(${why} = 'x')"`),
	q("front", "photo", `"relevant":"${width} >= 2"`),
	q("mood", "scale", oneTo+"5"),
	q("thanks", "note", ""),
)

var sum = strings.Repeat("0123456789abcdef", 4)

func everyForm(t interface{ Fatal(...any) }) forms.Form {
	f, err := forms.Parse([]byte(every))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, answers, want string }{
		{"all that is asked", `{"open":"yes","sells":["salt","tea"],"shelves":2,"width":2.5,"front":"` + sum + `","mood":5}`, ""},
		{"the least", `{"open":"yes"}`, ""},
		{"nothing", `{}`, "/answers/open required"},
		{"null", `{"open":null}`, "/answers/open required"},
		{"blanks", `{"open":"no","why":"  "}`, "/answers/why required"},
		{"blanks where nothing is asked", `{"open":"yes","why":"","sells":[],"shelves":null}`, ""},
		{"an answer whose condition does not hold", `{"open":"yes","why":"shut"}`, "/answers/why not_asked"},
		{"no answer although its condition holds", `{"open":"no"}`, "/answers/why required"},
		{"an unknown choice, on which another question hangs", `{"open":"perhaps","why":"shut"}`, "/answers/open not_one_of"},
		{"a list for one choice", `{"open":["yes"]}`, "/answers/open not_a_string"},
		{"a word for several choices", `{"open":"yes","sells":"tea"}`, "/answers/sells not_a_list"},
		{"a list of numbers", `{"open":"yes","sells":[1]}`, "/answers/sells not_a_list"},
		{"one unknown choice of several", `{"open":"yes","sells":["tea","soap"]}`, "/answers/sells/1 not_one_of"},
		{"more choices than there are", `{"open":"yes","sells":["tea","tea","tea"]}`, "/answers/sells too_many"},
		{"a choice twice", `{"open":"yes","sells":["tea","tea"]}`, "/answers/sells/1 given_twice"},
		{"text that is too long by one character", `{"open":"no","why":"六个汉字太长"}`, "/answers/why too_long"},
		{"text of the greatest length", `{"open":"no","why":"五个汉字长"}`, ""},
		{"text with the character NUL", `{"open":"no","why":"\u0000"}`, "/answers/why nul_character"},
		{"a number for text", `{"open":"no","why":3}`, "/answers/why not_a_string"},
		{"text for a number", `{"open":"yes","shelves":"3"}`, "/answers/shelves not_a_number"},
		{"truth for a number", `{"open":"yes","shelves":true}`, "/answers/shelves not_a_number"},
		{"a half for a whole number", `{"open":"yes","shelves":2.5}`, "/answers/shelves not_a_whole_number"},
		{"a whole number written otherwise", `{"open":"yes","shelves":0.2e1}`, ""},
		{"a number below", `{"open":"yes","shelves":-1}`, "/answers/shelves too_small"},
		{"a number above", `{"open":"yes","shelves":10}`, "/answers/shelves too_large"},
		{"a number beyond what is stored", `{"open":"yes","shelves":1,"width":1e300}`, "/answers/width not_between"},
		{"a number beyond all", `{"open":"yes","shelves":1,"width":1e400}`, "/answers/width not_between"},
		{"a number under a condition of two others", `{"open":"yes","shelves":0,"width":1}`, "/answers/width not_asked"},
		{"an answer under a condition on what was not asked", `{"open":"yes","shelves":0,"front":"` + sum + `"}`, "/answers/front not_asked"},
		{"answers that hang on wrong ones", `{"open":"yes","shelves":"many","width":9,"front":"` + sum + `"}`, "/answers/shelves not_a_number"},
		{"a photograph by its name", `{"open":"yes","shelves":2,"width":2,"front":"IMG_0001.jpg"}`, "/answers/front not_a_photo"},
		{"a sum in capitals", `{"open":"yes","shelves":2,"width":2,"front":"` + strings.ToUpper(sum) + `"}`, "/answers/front not_a_photo"},
		{"a point beyond the scale", `{"open":"yes","mood":6}`, "/answers/mood too_large"},
		{"a point between two", `{"open":"yes","mood":1.5}`, "/answers/mood not_a_whole_number"},
		{"an answer to a note", `{"open":"yes","thanks":"you too"}`, "/answers/thanks not_asked"},
		{"a question that is none", `{"open":"yes","a/b~":1}`, "/answers/a~1b~0 unknown_question"},
		{"an object", `{"open":{"yes":true}}`, "/answers/open not_a_string"},
		{"several faults at once, as the form goes", `{"zz":1,"mood":0,"open":"no"}`, "/answers/why required /answers/mood too_small /answers/zz unknown_question"},
	} {
		a, err := forms.ParseAnswers([]byte(tt.answers))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := strings.Join(said(everyForm(t).Check("/answers", a)), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, none := range []string{"", "[]", "null", `"yes"`, `{"open":"yes"`, `{} {}`} {
		if _, err := forms.ParseAnswers([]byte(none)); len(faults(t, err)) != 1 {
			t.Errorf("%q passes", none)
		}
	}
}

func TestPhotographsThatAnswersName(t *testing.T) {
	t.Parallel()
	a := forms.Answers{"front": sum}
	if got := everyForm(t).Photos(a); len(got) != 1 || got[0] != sum {
		t.Errorf("photographs are %v", got)
	}
}

// anAnswer is what a phone may send to any question.
func anAnswer(t *rapid.T) any {
	return rapid.OneOf(
		rapid.SampledFrom([]any{"yes", "no", "tea", sum, nil, true, "", " ", []string{"tea"}, []string{"tea", "salt"}, []any{1.0}, []string{}}),
		rapid.Map(rapid.IntRange(-1, 10), func(n int) any { return n }),
		rapid.Map(rapid.Float64(), func(n float64) any { return n }),
		rapid.Map(rapid.String(), func(s string) any { return s }),
	).Draw(t, "answer")
}

// What is accepted is accepted again after it was written and read, and is the same; and so in any order of arrival.
func TestWhatIsAcceptedStaysSo(t *testing.T) {
	t.Parallel()
	f, accepted := everyForm(t), 0
	rapid.Check(t, func(t *rapid.T) {
		given := map[string]any{"open": "yes", "sells": []string{"salt", "tea"}, "shelves": 2, "width": 2.5, "front": sum, "mood": 5}
		if rapid.Bool().Draw(t, "otherwise") {
			for _, q := range f.Questions {
				switch rapid.SampledFrom([]string{"as it fits", "not", "anything"}).Draw(t, q.Name) {
				case "not":
					delete(given, q.Name)
				case "anything":
					given[q.Name] = anAnswer(t)
				}
			}
		}
		a, err := forms.ParseAnswers(must(json.Marshal(given)))
		if err != nil {
			t.Fatal(err)
		}
		first := f.Check("/answers", a)
		data, err := json.Marshal(a)
		if err != nil && len(first) == 0 {
			t.Fatalf("%v passes and cannot be written: %v", a, err)
		}
		if err != nil {
			return
		}
		again, err := forms.ParseAnswers(data)
		if err != nil || !cmp.Equal(a, again) || !cmp.Equal(first, f.Check("/answers", again)) {
			t.Fatalf("%v, then %v: %v, then %v, %v", a, again, first, f.Check("/answers", again), err)
		}
		if len(first) == 0 {
			accepted++
		}
	})
	if accepted == 0 {
		t.Error("nothing was accepted")
	}
}

// FuzzAnswers checks any JSON: what passes has answers of the form alone.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{`{"open":"yes"}`, `{"open":"no","why":"x"}`, `{"sells":["tea",null]}`, `{"shelves":1e999}`, `{"a/b":[[]]}`, `{"open":"yes","open":"no"}`} {
		f.Add([]byte(seed))
	}
	form := everyForm(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := forms.ParseAnswers(data)
		if err != nil || len(form.Check("", a)) > 0 {
			return
		}
		for name, value := range a {
			if form.Question(name) == nil {
				t.Fatalf("%s passes", name)
			}
			if _, err := json.Marshal(value); err != nil {
				t.Fatal(fmt.Sprint(name, err))
			}
		}
	})
}
