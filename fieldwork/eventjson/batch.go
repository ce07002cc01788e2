package eventjson

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Batch tells the items of an object's list apart, as in {"sent": …, "events": […]}, where that is no JSON because of some
// of them: NaN, a raw control character, a comma too many, brackets beyond what JSON's reader here follows. Beside the list
// the object may have the other names. False: nobody can say where an item ends, or the object has a name twice or more names.
func Batch(raw []byte, list string, others ...string) (items []json.RawMessage, beside map[string]json.RawMessage, ok bool) {
	w := walker{raw: raw}
	given := map[string]bool{}
	beside = map[string]json.RawMessage{}
	for more := w.opens('{'); more; more = w.goesOn('}') {
		name := w.name()
		if given[name] {
			return nil, nil, false
		}
		given[name] = true
		switch {
		case name == list:
			for more := w.opens('['); more; more = w.goesOn(']') {
				items = append(items, w.value())
			}
		case slices.Contains(others, name):
			beside[name] = w.value()
		default:
			return nil, nil, false
		}
	}
	return items, beside, !w.lost && given[list] && w.peek() == 0
}

// idIn is the id of an item by the structure of its text alone, where it is too large to be read or no JSON; "" if it names
// none, or two.
func idIn(raw []byte) (text string) {
	w := walker{raw: raw}
	named := 0
	for more := w.opens('{'); more; more = w.goesOn('}') {
		name := w.name()
		if value := w.value(); name == "id" {
			named++
			_ = json.Unmarshal(value, &text) // what is no text names nothing
		}
	}
	if w.lost || named > 1 {
		return ""
	}
	return text
}

// walker steps over JSON by its structure alone: strings, names, brackets and commas have to be right, as one quote
// too few would make other items of the same text. Words and what is inside of strings may be anything.
type walker struct {
	raw  []byte
	at   int
	lost bool
}

// peek is what follows white space, 0 at the end.
func (w *walker) peek() byte {
	for w.at < len(w.raw) && bytes.IndexByte([]byte(" \t\r\n"), w.raw[w.at]) >= 0 {
		w.at++
	}
	if w.at == len(w.raw) {
		return 0
	}
	return w.raw[w.at]
}

// pass steps over a sign, or is lost.
func (w *walker) pass(sign byte) bool {
	if w.lost = w.lost || w.peek() != sign; !w.lost {
		w.at++
	}
	return !w.lost
}

// opens steps into an object or a list and says whether anything is in it.
func (w *walker) opens(sign byte) bool {
	if !w.pass(sign) {
		return false
	}
	return !w.ends(sign + 2) // '{' and '}', '[' and ']' are two apart
}

// goesOn steps to the next member or item and says whether there is one; a comma before the end is let pass.
func (w *walker) goesOn(end byte) bool {
	if w.lost || w.ends(end) {
		return false
	}
	return w.pass(',') && !w.ends(end)
}

func (w *walker) ends(end byte) bool {
	if w.peek() != end {
		return false
	}
	w.at++
	return true
}

// name steps over a member's name and its colon.
func (w *walker) name() (name string) {
	w.peek()
	start := w.at
	w.text()
	if !w.lost {
		w.lost = json.Unmarshal(w.raw[start:w.at], &name) != nil
	}
	w.pass(':')
	return name
}

// value steps over one, however deep, and gives it as it is.
func (w *walker) value() json.RawMessage {
	w.peek()
	start := w.at
	var open []byte // the ends that are waited for
	for done := false; !done && !w.lost; {
		entered := false
		switch c := w.peek(); c {
		case '{', '[':
			if entered = w.opens(c); entered {
				open = append(open, c+2)
			}
		case '"':
			w.text()
		default:
			w.word()
		}
		for !entered && len(open) > 0 && !w.lost && !w.goesOn(open[len(open)-1]) {
			open = open[:len(open)-1]
		}
		if done = len(open) == 0; !done && !w.lost && open[len(open)-1] == '}' {
			w.name()
		}
	}
	return w.raw[start:w.at]
}

// text steps over a string.
func (w *walker) text() {
	if !w.pass('"') {
		return
	}
	for ; w.at < len(w.raw) && w.raw[w.at] != '"'; w.at++ {
		if w.raw[w.at] == '\\' {
			w.at++
		}
	}
	if w.lost = w.at >= len(w.raw); w.lost {
		w.at = len(w.raw) // not behind it, where a backslash at the end leads
		return
	}
	w.at++
}

// word steps over a number, null, NaN, or whatever else stands in their place.
func (w *walker) word() {
	start := w.at
	for w.at < len(w.raw) && bytes.IndexByte([]byte("{}[]:,\" \t\r\n"), w.raw[w.at]) < 0 {
		w.at++
	}
	w.lost = w.lost || w.at == start
}
