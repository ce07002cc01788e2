package forms

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A condition is a small part of what XLSForm takes:
//
//	either  = both { "or" both }
//	both    = one { "and" one }
//	one     = "not" "(" either ")" | "(" either ")" | "selected" "(" name "," literal ")" | name sign literal
//	name    = "${" question "}"
//	sign    = "=" | "!=" | "<" | "<=" | ">" | ">="
//	literal = "'" text "'" | '"' text '"' | [ "-" ] digits [ "." digits ]
//
// A question without an answer, or that was not asked, equals ” and nothing else; it is neither less nor more than anything.
type condition struct {
	op      string // and, or, not, selected, or a sign
	kids    []*condition
	name    string // of the question, where there are no kids
	literal string
	number  float64
	quoted  bool
}

// parser reads a condition. At its first fault it stops: from then on there are no more tokens.
type parser struct {
	text  string
	at    int    // where the token begins
	token string // "" at the end
	depth int
	lost  bool
}

// parseCondition is nil for an empty text. Rest is where it could not go on, ok that it need not.
func parseCondition(text string) (c *condition, rest string, ok bool) {
	p := &parser{text: text}
	p.next()
	if p.token == "" && !p.lost {
		return nil, "", true
	}
	c = p.either()
	return c, text[p.at:], !p.lost && p.token == ""
}

var tokens = []string{"!=", "<=", ">=", "=", "<", ">", "(", ")", ","}

// next steps to the next token.
func (p *parser) next() {
	if p.lost {
		return
	}
	p.at += len(p.token)
	p.at += len(p.text[p.at:]) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
	rest := p.text[p.at:]
	for _, sign := range tokens {
		if strings.HasPrefix(rest, sign) {
			p.token = sign
			return
		}
	}
	p.token = longToken(rest)
	p.lost = p.token == "" && rest != ""
}

// longToken is the name, literal or word that a text begins with; "" is none of them.
func longToken(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	switch {
	case first == '\'', first == '"':
		return through(text, size, string(first))
	case strings.HasPrefix(text, "${"):
		return through(text, 2, "}")
	case first == '-' || unicode.IsDigit(first):
		return text[:size+leading(text[size:], "0123456789.")]
	}
	return text[:leading(text, "abcdefghijklmnopqrstuvwxyz")]
}

// through is a text up to and with the end that stands behind so many bytes, "" without it.
func through(text string, from int, end string) string {
	if n := strings.Index(text[from:], end); n >= 0 {
		return text[:from+n+len(end)]
	}
	return ""
}

// leading is how many bytes a text begins with that are in a set.
func leading(text, set string) int { return len(text) - len(strings.TrimLeft(text, set)) }

func (p *parser) lose() *condition {
	p.lost, p.token = true, ""
	return &condition{}
}

// take steps over one token that must stand here.
func (p *parser) take(token string) bool {
	if p.lost || p.token != token {
		p.lose()
		return false
	}
	p.next()
	return true
}

func (p *parser) either() *condition { return p.joined("or", p.both) }
func (p *parser) both() *condition   { return p.joined("and", p.one) }

// joined reads operands with one word between them.
func (p *parser) joined(word string, operand func() *condition) *condition {
	c := &condition{op: word, kids: []*condition{operand()}}
	for p.token == word {
		p.next()
		c.kids = append(c.kids, operand())
	}
	if len(c.kids) == 1 {
		return c.kids[0]
	}
	return c
}

func (p *parser) one() *condition {
	switch {
	case p.token == "not":
		p.next()
		return &condition{op: "not", kids: []*condition{p.bracketed()}}
	case p.token == "(":
		return p.bracketed()
	case p.token == "selected":
		return p.selected()
	}
	c := &condition{name: p.name()}
	if c.op = p.token; !slices.Contains(tokens[:6], c.op) {
		return p.lose()
	}
	p.next()
	p.value(c)
	return c
}

func (p *parser) bracketed() *condition {
	if p.depth++; p.depth > maxDepth {
		return p.lose()
	}
	p.take("(")
	c := p.either()
	p.take(")")
	p.depth--
	return c
}

func (p *parser) selected() *condition {
	c := &condition{op: p.token}
	p.next()
	p.take("(")
	c.name = p.name()
	p.take(",")
	p.value(c)
	p.take(")")
	return c
}

// name reads ${question}.
func (p *parser) name() string {
	name, ok := strings.CutPrefix(p.token, "${")
	if !ok {
		p.lose()
		return ""
	}
	p.next()
	return strings.TrimSpace(strings.TrimSuffix(name, "}"))
}

// value reads what is compared with.
func (p *parser) value(c *condition) {
	if p.token == "" {
		p.lose()
		return
	}
	if quote := p.token[0]; quote == '\'' || quote == '"' {
		c.literal, c.quoted = p.token[1:len(p.token)-1], true
		p.next()
		return
	}
	number, err := strconv.ParseFloat(p.token, 64)
	if first := p.token[len(p.token)-1]; err != nil || first == '.' || unicode.IsLetter(rune(first)) {
		p.lose()
		return
	}
	c.literal, c.number = p.token, number
	p.next()
}

// each visits every comparison.
func (c *condition) each(see func(*condition)) {
	if c == nil {
		return
	}
	if len(c.kids) == 0 {
		see(c)
	}
	for _, kid := range c.kids {
		kid.each(see)
	}
}

// holds says whether the condition is true of answers; nil is of all.
func (c *condition) holds(a Answers) bool {
	is := func(kid *condition) bool { return kid.holds(a) }
	switch {
	case c == nil:
		return true
	case c.op == "and":
		return !slices.ContainsFunc(c.kids, func(kid *condition) bool { return !is(kid) })
	case c.op == "or":
		return slices.ContainsFunc(c.kids, is)
	case c.op == "not":
		return !is(c.kids[0])
	}
	return c.compare(a[c.name])
}

// compare judges one answer; nil is none.
func (c *condition) compare(answer any) bool {
	if c.literal == "" {
		return (answer == nil) == (c.op == "=") && c.op != "selected"
	}
	switch answer := answer.(type) {
	case string:
		return (answer == c.literal) == (c.op != "!=")
	case []string:
		return slices.Contains(answer, c.literal)
	case float64:
		return c.orders(answer)
	}
	return c.op == "!="
}

func (c *condition) orders(answer float64) bool {
	switch c.op {
	case "=":
		return answer == c.number
	case "!=":
		return answer != c.number
	case "<":
		return answer < c.number
	case "<=":
		return answer <= c.number
	case ">":
		return answer > c.number
	}
	return answer >= c.number
}
