package forms

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// shop are answers that conditions are tried on: nothing was answered to closed and to weeks.
var shop = Answers{"open": "yes", "shelves": 3.0, "sells": []string{"tea", "salt"}, "remark": "it's shut", "front": strings.Repeat("a", 64)}

func TestConditions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, condition string
		want            bool
	}{
		{"nothing is always true", "", true},
		{"blanks are nothing", " \t\n", true},
		{"a choice equals itself", "${open} = 'yes'", true},
		{"double quotes do as well", `${open}="yes"`, true},
		{"a choice is not another", "${open} != 'no'", true},
		{"a quote of the other kind is text", `${remark} = "it's shut"`, true},
		{"a number is above", "${shelves} > 2.5", true},
		{"a number is not above itself", "${shelves} > 3", false},
		{"a number is at least itself", "${shelves} >= 3", true},
		{"a number is above a negative one", "${shelves} > -3", true},
		{"a number is below", "${shelves} < 4", true},
		{"a number is at most itself", "${shelves} <= 3", true},
		{"a number equals itself however it is written", "${shelves} = 3.00", true},
		{"a number differs", "${shelves} != 4", true},
		{"one of several is selected", "selected(${sells}, 'salt')", true},
		{"another is not", "selected(${sells}, 'soap')", false},
		{"a single choice can be selected too", "selected( ${ open } , 'yes' )", true},
		{"no answer equals the empty text", "${closed} = ''", true},
		{"an answer does not", "${open} = ''", false},
		{"an answer differs from the empty text", "${sells} != ''", true},
		{"no answer equals nothing else", "${closed} = 'yes'", false},
		{"no answer differs from everything", "${closed} != 'yes'", true},
		{"no answer is not below", "${weeks} < 5", false},
		{"no answer is not above", "${weeks} >= 0", false},
		{"nothing is selected of no answer", "selected(${closed}, 'yes')", false},
		{"and binds more than or", "${open} = 'yes' or ${open} = 'no' and ${shelves} = 9", true},
		{"parentheses bind more than and", "(${open} = 'yes' or ${open} = 'no') and ${shelves} = 9", false},
		{"not turns it round", "not(${open} = 'yes')", false},
		{"not stands before one thing", "not (${open} = 'no') and not(not(${shelves} = 3))", true},
		{"every one of many is needed", "${open} = 'yes' and ${shelves} = 3 and ${shelves} = 4", false},
	} {
		c, rest, ok := parseCondition(tt.condition)
		if !ok {
			t.Errorf("%s: cannot be read from %q on", tt.name, rest)
		} else if got := c.holds(shop); got != tt.want {
			t.Errorf("%s: %s is %v", tt.name, tt.condition, got)
		}
	}
}

func TestWhatIsNoCondition(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, condition, rest string }{
		{"a name alone", "${open}", ""},
		{"a name without its braces", "open = 'yes'", "open = 'yes'"},
		{"a value on the left", "3 < ${shelves}", "3 < ${shelves}"},
		{"two questions compared", "${open} = ${closed}", "${closed}"},
		{"two signs", "${shelves} >< 3", "< 3"},
		{"a quote that does not close", "${open} = 'yes", "'yes"},
		{"a brace that does not close", "${open = 'yes'", "${open = 'yes'"},
		{"a parenthesis that does not close", "(${open} = 'yes'", ""},
		{"one that never opened", "${open} = 'yes')", ")"},
		{"not without parentheses", "not ${open} = 'yes'", "${open} = 'yes'"},
		{"an and too many", "${open} = 'yes' and", ""},
		{"words in capitals", "${open} = 'yes' AND ${shelves} = 3", "AND ${shelves} = 3"},
		{"sums", "${shelves} + 1 > 3", "+ 1 > 3"},
		{"other functions", "count-selected(${sells}) > 1", "count-selected(${sells}) > 1"},
		{"numbers with two points", "${shelves} = 1.2.3", "1.2.3"},
		{"numbers with none behind it", "${shelves} = 1.", "1."},
		{"words that some take for numbers", "${shelves} = nan", "nan"},
		{"numbers larger than any", "${shelves} < " + strings.Repeat("9", 400), strings.Repeat("9", 400)},
		{"selected of one thing", "selected(${sells})", ")"},
		{"typographers' quotes", "${open} = ‘yes’", "‘yes’"},
		{"parentheses deeper than anybody writes", strings.Repeat("(", 21) + "${open} = 'yes'" + strings.Repeat(")", 21), "(${open} = 'yes'" + strings.Repeat(")", 21)},
	} {
		if _, rest, ok := parseCondition(tt.condition); ok || rest != tt.rest {
			t.Errorf("%s: %s stops before %q, want %q", tt.name, tt.condition, rest, tt.rest)
		}
	}
}

// drawn is a condition as text, and what it says of shop.
type drawn struct {
	text string
	says bool
}

func drawCondition(t *rapid.T, depth int) drawn {
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		n := rapid.IntRange(0, 6).Draw(t, "n")
		return rapid.SampledFrom([]drawn{
			{fmt.Sprintf("${shelves} < %d", n), 3 < n},
			{fmt.Sprintf("${shelves}!=%d.0", n), n != 3},
			{"${open} = 'yes'", true},
			{`selected(${sells},"soap")`, false},
		}).Draw(t, "leaf")
	}
	kids := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) drawn { return drawCondition(t, depth-1) }), 1, 3).Draw(t, "kids")
	texts := make([]string, len(kids))
	for i, kid := range kids {
		texts[i] = "(" + kid.text + ")"
	}
	no := func(d drawn) bool { return !d.says }
	switch rapid.SampledFrom([]string{"and", "or", "not"}).Draw(t, "op") {
	case "and":
		return drawn{strings.Join(texts, " and "), !slices.ContainsFunc(kids, no)}
	case "or":
		return drawn{strings.Join(texts, "or"), slices.ContainsFunc(kids, func(d drawn) bool { return d.says })}
	}
	return drawn{"not" + texts[0], !kids[0].says}
}

func TestConditionsMeanWhatTheyAreMadeOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawCondition(t, 4)
		c, rest, ok := parseCondition(d.text)
		if !ok || c.holds(shop) != d.says {
			t.Fatalf("%s: %v before %q, want %v", d.text, ok, rest, d.says)
		}
	})
}

// FuzzCondition reads any text: it ends, what is left over is the text's end, and what was read can be judged.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{
		"${open} = 'yes' and (${shelves} > 3 or not(selected(${sells}, \"tea\")))", "((((", "${", "'", "selected(,)", "not not", "${a}<=-1.", "\xff", "${a} = '\x00'",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, rest, ok := parseCondition(text)
		if !strings.HasSuffix(text, rest) || ok && rest != "" {
			t.Fatalf("%q: %q is left, %v", text, rest, ok)
		}
		if !ok {
			return
		}
		c.holds(shop)
		c.each(func(leaf *condition) {
			if leaf.op == "" || len(leaf.kids) > 0 {
				t.Fatalf("%q: %+v", text, leaf)
			}
		})
		if twice, _, again := parseCondition("(" + text + ")"); c != nil && again && twice.holds(shop) != c.holds(shop) {
			t.Fatalf("%q means something else in parentheses", text)
		}
	})
}
