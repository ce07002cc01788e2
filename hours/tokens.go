package hours

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// MaxLength is how many characters are read.
const MaxLength = 1000

type kind byte

const (
	end       kind = iota
	symbol         // one of , ; - + : [ ] / or ||
	number         // value
	clock          // value: minutes after midnight
	weekday        // value
	month          // value
	always         // 24/7
	everyDay       // value: the first weekday, until the last
	holiday        // PH
	school         // SH
	week           // the word
	easterDay      // the word
	days           // the word, after an offset
	modifier       // value: a state
	comment        // in quotes
	sun            // sunrise and the like
	nonsense       // anything else
)

type token struct {
	kind  kind
	text  string // as it is written
	value int
	last  int // of a span of weekdays that one word means
	at    int // character, from 1
}

func (t token) is(text string) bool { return t.kind == symbol && t.text == text }

// words are what letters mean, in lower case.
var words = vocabulary(map[string]token{
	"ph": {kind: holiday}, "sh": {kind: school}, "week": {kind: week}, "easter": {kind: easterDay}, "day": {kind: days}, "days": {kind: days},
	"off": {kind: modifier, value: int(closed)}, "closed": {kind: modifier, value: int(closed)},
	"open": {kind: modifier, value: int(open)}, "unknown": {kind: modifier, value: int(unknown)},
	"sunrise": {kind: sun}, "sunset": {kind: sun}, "dawn": {kind: sun}, "dusk": {kind: sun},
	"to": {kind: symbol, text: "-"}, "and": {kind: symbol, text: ","}, "daily": {kind: everyDay, value: 1, last: 0},
	"tues": {kind: weekday, value: 2}, "thur": {kind: weekday, value: 4}, "thurs": {kind: weekday, value: 4}, "sept": {kind: month, value: 9},
})

// vocabulary adds the names of weekdays and months, whole and cut to three letters and two.
func vocabulary(words map[string]token) map[string]token {
	for i := range 7 {
		name := strings.ToLower(time.Weekday(i).String())
		for _, short := range []string{name, name[:2], name[:3]} {
			words[short] = token{kind: weekday, value: i}
		}
	}
	for m := time.January; m <= time.December; m++ {
		name := strings.ToLower(m.String())
		words[name], words[name[:3]] = token{kind: month, value: int(m)}, token{kind: month, value: int(m)}
	}
	return words
}

// chineseWords are the same, the longer before those that they begin with.
var chineseWords = []struct {
	word string
	token
}{
	{"法定节假日", token{kind: holiday}},
	{"节假日", token{kind: holiday}},
	{"法定假日", token{kind: holiday}},
	{"公众假期", token{kind: holiday}},
	{"工作日", token{kind: everyDay, value: 1, last: 5}},
	{"周末", token{kind: everyDay, value: 6, last: 0}},
	{"週末", token{kind: everyDay, value: 6, last: 0}},
	{"每天", token{kind: everyDay, value: 1, last: 0}},
	{"每日", token{kind: everyDay, value: 1, last: 0}},
	{"24小时", token{kind: always}},
	{"24小時", token{kind: always}},
	{"全天", token{kind: always}},
	{"全年无休", token{kind: always}},
	{"休息", token{kind: modifier, value: int(closed)}},
	{"不营业", token{kind: modifier, value: int(closed)}},
	{"不營業", token{kind: modifier, value: int(closed)}},
	{"歇业", token{kind: modifier, value: int(closed)}},
	{"关门", token{kind: modifier, value: int(closed)}},
	{"休", token{kind: modifier, value: int(closed)}},
	{"营业", token{kind: modifier, value: int(open)}},
	{"營業", token{kind: modifier, value: int(open)}},
	{"日出", token{kind: sun}},
	{"日落", token{kind: sun}},
	{"至", token{kind: symbol, text: "-"}},
	{"到", token{kind: symbol, text: "-"}},
	{"和", token{kind: symbol, text: ","}},
}

// symbols are characters that stand for others.
var symbols = map[rune]string{
	',': ",", '，': ",", '、': ",", '&': ",", ';': ";", '；': ";", '-': "-", '–': "-", '—': "-", '−': "-", '~': "-", '～': "-",
	'+': "+", ':': ":", '：': ":", '[': "[", ']': "]", '/': "/",
}

const chineseDays = "日一二三四五六"

// scanner cuts a text into tokens.
type scanner struct {
	text   []rune
	at     int
	tokens []token
}

func scan(text string) ([]token, *Error) {
	s := &scanner{text: []rune(text)}
	if len(s.text) > MaxLength {
		return nil, fail("hours_too_long", token{at: MaxLength + 1, text: string(s.text[MaxLength : MaxLength+1])}, MaxLength)
	}
	for {
		for s.at < len(s.text) && unicode.IsSpace(s.text[s.at]) {
			s.at++
		}
		if s.at == len(s.text) {
			s.add(token{kind: end}, 0)
			return s.tokens, nil
		}
		if err := s.next(); err != nil {
			return nil, err
		}
	}
}

// add takes the next so many characters as a token.
func (s *scanner) add(t token, length int) {
	t.at = s.at + 1
	if t.kind != symbol {
		t.text = string(s.text[s.at : s.at+length])
	}
	s.tokens = append(s.tokens, t)
	s.at += length
}

func (s *scanner) next() *Error {
	c := s.text[s.at]
	switch {
	case c == '"' || c == '“':
		return s.quoted()
	case s.has("24/7"):
		s.add(token{kind: always}, 4)
	case s.has("||"):
		s.add(token{kind: symbol, text: "||"}, 2)
	case s.chinese():
	case digit(c):
		s.number()
	case symbols[c] != "":
		s.add(token{kind: symbol, text: symbols[c]}, 1)
	default:
		s.word()
	}
	return nil
}

func (s *scanner) has(text string) bool {
	i := s.at
	for _, c := range text {
		if i == len(s.text) || s.text[i] != c {
			return false
		}
		i++
	}
	return true
}

func (s *scanner) quoted() *Error {
	for i := s.at + 1; i < len(s.text); i++ {
		if c := s.text[i]; c == '"' || c == '”' {
			s.add(token{kind: comment}, i+1-s.at)
			return nil
		}
	}
	return fail("hours_not_closed", token{at: s.at + 1, text: string(s.text[s.at])})
}

// chinese takes a Chinese word. Weekdays may follow each other, as in 周六日, and mean a list.
func (s *scanner) chinese() bool {
	if c := s.text[s.at]; !unicode.Is(unicode.Han, c) && c != '2' { // of 24小时
		return false
	}
	for _, known := range chineseWords {
		if s.has(known.word) {
			s.add(known.token, len([]rune(known.word)))
			return true
		}
	}
	rest := s.text[s.at:]
	prefix := 0
	for _, p := range []string{"周", "週", "星期", "礼拜", "禮拜"} {
		if s.has(p) {
			prefix = len([]rune(p))
		}
	}
	if len(rest) <= prefix {
		return false
	}
	c := rest[prefix]
	if c == '天' {
		c = '日'
	}
	n := strings.IndexRune(chineseDays, c)
	if n < 0 {
		return false
	}
	if k := len(s.tokens); k > 0 && s.tokens[k-1].kind == weekday && prefix == 0 {
		s.add(token{kind: symbol, text: ","}, 0)
	}
	s.add(token{kind: weekday, value: n / len("日")}, prefix+1)
	return true
}

func digit(c rune) bool { return c >= '0' && c <= '9' }

// digitsAt is how many digits stand somewhere, at most so many.
func (s *scanner) digitsAt(i, most int) int {
	n := 0
	for n < most && i+n < len(s.text) && digit(s.text[i+n]) {
		n++
	}
	return n
}

// number takes digits and what makes them a clock time, a month or a day.
func (s *scanner) number() {
	n := s.digitsAt(s.at, MaxLength)
	value, err := strconv.Atoi(string(s.text[s.at : s.at+n]))
	if err != nil || n > 4 {
		s.add(token{kind: nonsense}, n)
		return
	}
	rest := s.at + n
	if rest+1 < len(s.text) && strings.ContainsRune(":：.", s.text[rest]) && n <= 2 && s.digitsAt(rest+1, 3) == 2 {
		minutes, _ := strconv.Atoi(string(s.text[rest+1 : rest+3]))
		s.clock(value, minutes, n+3)
		return
	}
	if hour, length := s.half(value, rest); length > 0 && n <= 2 {
		s.add(token{kind: clock, value: hour * 60}, n+length)
		return
	}
	if rest < len(s.text) {
		switch s.text[rest] {
		case '月':
			s.add(token{kind: month, value: value}, n+1)
			return
		case '日', '号', '號', '年':
			s.add(token{kind: number, value: value}, n+1)
			return
		case '点', '點', '时', '時':
			s.clock(value, 0, n+1)
			return
		}
	}
	s.add(token{kind: number, value: value}, n)
}

func (s *scanner) clock(hours, minutes, length int) {
	if hour, more := s.half(hours, s.at+length); more > 0 {
		hours, length = hour, length+more
	}
	if minutes > 59 {
		s.add(token{kind: clock, value: -1}, length)
		return
	}
	s.add(token{kind: clock, value: hours*60 + minutes}, length)
}

// half is the hour by am or pm behind it, and how many characters that takes; 0 where it is not said.
func (s *scanner) half(hour, i int) (of24, length int) {
	from := i
	for i < len(s.text) && s.text[i] == ' ' {
		i++
	}
	if i+2 > len(s.text) || (i+2 < len(s.text) && unicode.IsLetter(s.text[i+2])) || hour < 1 || hour > 12 {
		return 0, 0
	}
	switch strings.ToLower(string(s.text[i : i+2])) {
	case "am":
		return hour % 12, i + 2 - from
	case "pm":
		return hour%12 + 12, i + 2 - from
	}
	return 0, 0
}

func (s *scanner) word() {
	n := 1
	for unicode.IsLetter(s.text[s.at]) && s.at+n < len(s.text) && unicode.IsLetter(s.text[s.at+n]) && s.text[s.at+n] < 0x2e80 {
		n++
	}
	t, ok := words[strings.ToLower(string(s.text[s.at:s.at+n]))]
	if !ok {
		t = token{kind: nonsense}
	}
	s.add(t, n)
	if s.at < len(s.text) && s.text[s.at] == '.' && (t.kind == weekday || t.kind == month) { // as in Jan.
		s.at++
	}
}
