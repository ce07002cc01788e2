package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"rounds"

	"github.com/labstack/echo/v4"
)

// refuseOtherText holds JSON to UTF-8 (RFC 8259): decoding would quietly put U+FFFD in the place of what it
// cannot read. It holds all texts to what PostgreSQL can: no NUL. Events are taken all the same, as a note is no
// reason to lose one.
func refuseOtherText(e echo.Context, sent []byte) error {
	problem := rounds.Errorf(rounds.Invalid, "the request is not as /docs says: see the fields")
	for name, values := range e.QueryParams() {
		if slices.ContainsFunc(values, hasNUL) {
			problem.With(name, "nul_character")
		}
	}
	refuse := func(code string) error {
		return rounds.Errorf(rounds.Invalid, "the body is not the JSON that this request takes: see /docs").With("", code)
	}
	if !utf8.Valid(sent) {
		return refuse("not_utf8")
	}
	if len(sent) > 0 && !json.Valid(sent) { // the validator reads the first value alone
		return refuse("json_goes_on")
	}
	refuseNUL(problem, sent)
	if len(problem.Fields) > 0 {
		return problem
	}
	return nil
}

// refuseNUL finds the fields, and the names of fields, that have a NUL. In JSON it is always escaped.
func refuseNUL(problem *rounds.Error, text []byte) {
	var body any
	if !bytes.Contains(text, []byte(`\u0000`)) || json.Unmarshal(text, &body) != nil {
		return
	}
	eachText(body, "", func(at, text string) {
		if hasNUL(text) {
			problem.With(at, "nul_character")
		}
	})
}

// eachText visits the texts and the names in a JSON document, by the pointer to each.
func eachText(v any, at string, visit func(at, text string)) {
	switch v := v.(type) {
	case string:
		visit(at, v)
	case []any:
		for i, item := range v {
			eachText(item, at+"/"+strconv.Itoa(i), visit)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			visit(at, name)
			eachText(v[name], at+"/"+pointerEscapes.Replace(name), visit)
		}
	}
}

func hasNUL(text string) bool { return strings.ContainsRune(text, 0) }
