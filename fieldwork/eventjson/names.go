package eventjson

import (
	"bytes"
	"encoding/json"
	"strconv"

	"rounds"
)

// checkNames finds the first name that an object gives twice, at any depth: one reader would take the first
// of the values and another the last, so nobody can say what was claimed.
func (d *decoder) checkNames(raw json.RawMessage) (pointer string, twice bool) {
	s := scanner{raw: raw}
	if pointer, twice = s.value(); twice {
		d.problems = append(d.problems, rounds.Field{Pointer: pointer, Code: "given_twice"})
	}
	return pointer, twice
}

// Names are those of a JSON object's own members, in their order and as often as they are given. The text must be
// valid JSON; what is no object has none.
func Names(raw json.RawMessage) (names []string) {
	s := scanner{raw: raw, any: true}
	if s.next() != '{' {
		return nil
	}
	for s.at++; s.next() != '}'; s.pass(',') {
		names = append(names, string(s.text()))
		s.pass(':')
		s.value()
	}
	return names
}

// scanner walks JSON that is known to be valid.
type scanner struct {
	raw []byte
	at  int
	any bool // names may be given twice
}

// value steps over one, unless a name in it is given twice.
func (s *scanner) value() (pointer string, twice bool) {
	switch s.next() {
	case '{':
		return s.members()
	case '[':
		return s.items()
	case '"':
		s.text()
	default: // a number or a word
		for s.at < len(s.raw) && s.raw[s.at] > ' ' && s.raw[s.at] != ',' && s.raw[s.at] != ']' && s.raw[s.at] != '}' {
			s.at++
		}
	}
	return "", false
}

func (s *scanner) members() (pointer string, twice bool) {
	var before nameSet
	for s.at++; s.next() != '}'; s.pass(',') {
		name := s.text()
		if !s.any {
			if before.has(name) {
				return "/" + escape(string(name)), true
			}
			before.add(name)
		}
		s.pass(':')
		if pointer, twice = s.value(); twice {
			return "/" + escape(string(name)) + pointer, true
		}
	}
	s.at++
	return "", false
}

func (s *scanner) items() (pointer string, twice bool) {
	i := 0
	for s.at++; s.next() != ']'; s.pass(',') {
		if pointer, twice = s.value(); twice {
			return "/" + strconv.Itoa(i) + pointer, true
		}
		i++
	}
	s.at++
	return "", false
}

// next steps over white space and shows what follows.
func (s *scanner) next() byte {
	for s.raw[s.at] == ' ' || s.raw[s.at] == '\n' || s.raw[s.at] == '\t' || s.raw[s.at] == '\r' {
		s.at++
	}
	return s.raw[s.at]
}

// pass steps over a sign if it follows.
func (s *scanner) pass(sign byte) {
	if s.next() == sign {
		s.at++
	}
}

// text steps over a string and gives what it stands for, as encoding/json reads it.
func (s *scanner) text() []byte {
	start, plain := s.at, true
	for s.at++; s.raw[s.at] != '"'; s.at++ {
		if s.raw[s.at] == '\\' {
			s.at++
		}
		plain = plain && s.raw[s.at-1] != '\\' && s.raw[s.at] < 0x80
	}
	s.at++
	if plain {
		return s.raw[start+1 : s.at-1]
	}
	var read string
	if err := json.Unmarshal(s.raw[start:s.at], &read); err != nil {
		panic("eventjson: internal error: " + err.Error())
	}
	return []byte(read)
}

// nameSet is a list while it is short, as it is but for whoever wants to keep a server busy.
type nameSet struct {
	few  [fewNames][]byte
	n    int
	many map[string]bool
}

const fewNames = 16

func (s *nameSet) has(name []byte) bool {
	if s.many != nil {
		return s.many[string(name)]
	}
	for _, f := range s.few[:s.n] {
		if bytes.Equal(f, name) {
			return true
		}
	}
	return false
}

func (s *nameSet) add(name []byte) {
	if s.n < fewNames {
		s.few[s.n] = name
		s.n++
		return
	}
	if s.many == nil {
		s.many = map[string]bool{}
		for _, f := range s.few {
			s.many[string(f)] = true
		}
	}
	s.many[string(name)] = true
}
