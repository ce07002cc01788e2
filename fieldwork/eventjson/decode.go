package eventjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"rounds"
)

const (
	required = true
	optional = false
)

// decoder gathers what is wrong with one event while it is read to its end.
type decoder struct {
	problems []rounds.Field
	warnings []rounds.Field
	unknown  map[string]json.RawMessage // by JSON pointer
}

// object is a JSON object at a pointer. Names match exactly.
type object struct {
	*decoder
	at   string
	raw  map[string]json.RawMessage
	used []string
}

func (d *decoder) object(at string, raw json.RawMessage) (*object, bool) {
	o := &object{decoder: d, at: at}
	if err := json.Unmarshal(raw, &o.raw); err != nil || o.raw == nil {
		if _, broken := errors.AsType[*json.SyntaxError](err); broken {
			d.problems = append(d.problems, rounds.Field{Pointer: at, Code: "not_json"})
			return o, false
		}
		d.problems = append(d.problems, rounds.Field{Pointer: at, Code: "not_an_object"})
		return o, false
	}
	return o, true
}

func (o *object) problem(name, code string, args ...any) {
	o.problems = append(o.problems, rounds.Field{Pointer: o.at + "/" + escape(name), Code: code, Args: args})
}

// value is a field's JSON, nil if it is absent or null.
func (o *object) value(name string, must bool) json.RawMessage {
	o.used = append(o.used, name)
	v := o.raw[name]
	if string(v) == "null" {
		v = nil
	}
	if v == nil && must {
		o.problem(name, "required")
	}
	return v
}

// done takes note of the fields that nothing has asked for.
func (o *object) done() {
	var names []string
	for name := range o.raw {
		if !slices.Contains(o.used, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		pointer := o.at + "/" + escape(name)
		o.unknown[pointer] = canonical(o.raw[name])
		o.warnings = append(o.warnings, rounds.Field{Pointer: pointer, Code: "unknown_field"})
	}
}

// decodeInto unmarshals a field, or names its type as the problem.
func decodeInto[T any](o *object, name string, must bool, kind string) (T, bool) {
	var v T
	raw := o.value(name, must)
	if raw == nil {
		return v, false
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		o.problem(name, "not_"+kind)
		return v, false
	}
	return v, true
}

func (o *object) text(name string, must bool, limit int) string {
	s, ok := decodeInto[string](o, name, must, "a_string")
	switch {
	case !ok:
	case strings.ContainsRune(s, 0):
		o.problem(name, "nul_character")
	case utf8.RuneCountInString(s) > limit:
		o.problem(name, "too_long", limit)
	case must && strings.TrimSpace(s) == "":
		o.problem(name, "required")
	}
	return s
}

// oneOf is one of the values; an absent one is the first.
func (o *object) oneOf(name string, must bool, values ...string) string {
	s, ok := decodeInto[string](o, name, must, "a_string")
	if !ok {
		return values[0]
	}
	if !slices.Contains(values, s) {
		o.problem(name, "not_one_of", strings.Join(values, ", "))
	}
	return s
}

func id[Noun any](o *object, name string, must bool) rounds.ID[Noun] {
	s, ok := decodeInto[string](o, name, must, "a_uuid")
	if !ok {
		return rounds.ID[Noun]{}
	}
	v, err := rounds.ParseID[Noun](s)
	if err != nil || v.IsZero() {
		o.problem(name, "not_a_uuid")
	}
	return v
}

func (o *object) flag(name string) bool {
	b, _ := decodeInto[bool](o, name, optional, "a_boolean")
	return b
}

// noNumbers are what JSON has no number for, as programs write it that have one (Jackson, and JavaScript's names).
var noNumbers = map[string]float64{`"NaN"`: math.NaN(), `"Infinity"`: math.Inf(1), `"-Infinity"`: math.Inf(-1)}

// number is NaN where there is none. One beyond what a float64 holds is infinite, and so no position.
func (o *object) number(name string) float64 {
	if f, ok := noNumbers[string(o.raw[name])]; ok {
		o.value(name, optional)
		return f
	}
	n, ok := decodeInto[json.Number](o, name, optional, "a_number")
	if !ok || o.quoted(name) {
		return math.NaN()
	}
	f, _ := strconv.ParseFloat(n.String(), 64)
	return f
}

// quoted refuses a number in quotes, which json.Number would let pass.
func (o *object) quoted(name string) bool {
	if bytes.HasPrefix(bytes.TrimSpace(o.raw[name]), []byte(`"`)) {
		o.problem(name, "not_a_number")
		return true
	}
	return false
}

func (o *object) whole(name string, must bool) int64 {
	n, ok := decodeInto[int64](o, name, must, "a_whole_number")
	if ok && n < 0 {
		o.problem(name, "negative")
	}
	return n
}

// instant is in UTC and between the years, both included.
func (o *object) instant(name string, must bool, first, last int) time.Time {
	s, ok := decodeInto[string](o, name, must, "an_instant")
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	t = microsecond(t)
	switch {
	case err != nil:
		o.problem(name, "not_an_instant")
	case t.Year() < first || t.Year() > last:
		o.problem(name, "out_of_range", first, last)
	}
	return t
}

func (o *object) child(name string, must bool) (*object, bool) {
	raw := o.value(name, must)
	if raw == nil {
		return nil, false
	}
	return o.decoder.object(o.at+"/"+escape(name), raw)
}

// list is an array of objects; those that are none are a problem each.
func (o *object) list(name string, must bool, least, most int) []*object {
	items, ok := decodeInto[[]json.RawMessage](o, name, must, "a_list")
	if !ok {
		return nil
	}
	if len(items) < least || len(items) > most {
		o.problem(name, "wrong_count", least, most)
		return nil
	}
	var out []*object
	for i, raw := range items {
		if in, ok := o.decoder.object(o.at+"/"+escape(name)+"/"+strconv.Itoa(i), raw); ok {
			out = append(out, in)
		}
	}
	return out
}

// escape writes a name as a JSON pointer's token (RFC 6901).
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func unescape(token string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}
