package eventjson

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestNothingIsSaidTwice(t *testing.T) {
	t.Parallel()
	many := func(last string) string {
		var names []string
		for i := range 2 * fewNames {
			names = append(names, fmt.Sprintf(`"n%d": %d`, i, i))
		}
		return `"x": {` + strings.Join(append(names, last), ", ") + `}`
	}
	for _, tt := range []struct{ name, old, with, pointer string }{
		{"the kind, with another", `"kind": "check_out"`, `"kind": "check_in", "kind": "check_out"`, "/kind"},
		{"the kind, with the same", `"kind": "check_out"`, `"kind": "check_out", "kind": "check_out"`, "/kind"},
		{"the note, the second of them null", `"closed at noon"`, `"closed at noon", "note": null`, "/note"},
		{"the kind, in escapes", `"kind": "check_out"`, `"kind": "check_out", "\u006b\u0069nd": "check_in"`, "/kind"},
		{"a latitude", `"lat": 30.2553`, `"lat": 30.2553, "lat": 31`, "/fixes/0/lat"},
		{"in the second fix", `{}`, `{"mock": true, "mock": false}`, "/fixes/1/mock"},
		{"a clock", `"seq": 7`, `"seq": 7, "seq": 8`, "/device/seq"},
		{"in evidence", `"b": 1.50`, `"b": 1.50, "b": 1.5`, "/evidence/0/b"},
		{"deep in a field that nobody knows", `"note"`, `"a/b": [[], {"c": {"d": [1, {"~": "}", "~": "]"}]}}], "note"`, "/a~1b/1/c/d/1/~0"},
		{"an unknown field", `"note"`, `"店": 1, "\u5e97": 2, "note"`, "/店"},
		{"no UTF-8, which is all read as one", `"note"`, "\"\xfe\": 1, \"\xff\": 2, \"note\"", "/\ufffd"},
		{"the last of many names", `"note"`, many(`"n3": 0`) + `, "note"`, "/x/n3"},
		{"many names, each once", `"note"`, many(`"n": 0`) + `, "note"`, ""},
		{"a name and its value", `"note"`, `"x": "x", "note"`, ""},
		{"a name in another case", `"note"`, `"Kind": "check_in", "note"`, ""},
		{"a name within its like", `"note"`, `"kind ": {"kind": {"kind": 1}}, "note"`, ""},
		{"quotes and brackets in strings", `closed at noon`, `\\\"kind\": {[, \"kind\"\\`, ""},
		{"a name that ends in a backslash", `"note"`, `"note\\": "\\", "note\"": "", "note"`, ""},
	} {
		var want []rounds.Field
		if tt.pointer != "" {
			want = []rounds.Field{{Pointer: tt.pointer, Code: "given_twice"}}
		}
		_, problems, _ := Decode(json.RawMessage(replaced(t, tt.old, tt.with)))
		if diff := cmp.Diff(want, problems, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// Of two ids neither is the event's: an answer would be taken for that of the other.
func TestTwoIdsAreNone(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{"id": "019c0000-0000-7000-8000-000000000001", "retailer_id": "019c0000-0000-7000-8000-000000000002"} {
		e, problems, _ := Decode(json.RawMessage(replaced(t, `"`+name+`": "`+id+`"`, `"`+name+`": "`+id+`", "`+name+`": "`+id+`"`)))
		if len(problems) != 1 || (name == "id") != e.ID.IsZero() || (name == "retailer_id") != e.RetailerID.IsZero() {
			t.Errorf("%s: %s, %s, %v", name, e.ID, e.RetailerID, problems)
		}
	}
}

func TestNamesAreThoseOfTheObjectAlone(t *testing.T) {
	t.Parallel()
	got := Names(json.RawMessage(` {"a": {"x": 1, "x": 2}, "\u0062" : [{"y": 1}], "a": null, "": "}"} `))
	if diff := cmp.Diff([]string{"a", "b", "a", ""}, got); diff != "" {
		t.Error(diff)
	}
	if got := Names(json.RawMessage(`[{"a": 1}]`)); got != nil {
		t.Errorf("a list has %q", got)
	}
}

// The scanner says that a text has no name twice exactly if its tree has as many names as the text.
func TestNamesAreCountedRight(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		written := 0
		text := someJSON(t, 4, &written)
		d := decoder{}
		if _, twice := d.checkNames(json.RawMessage(text)); twice != (namesIn(tree(json.RawMessage(text))) < written) {
			t.Errorf("twice is %t of %s", twice, text)
		}
	})
}

func someJSON(t *rapid.T, depth int, names *int) string {
	kind := rapid.IntRange(0, 4).Draw(t, "kind")
	if depth == 0 {
		kind /= 3
	}
	space := rapid.SampledFrom([]string{"", " ", "\n\t\r"}).Draw(t, "space")
	switch kind {
	case 0:
		return space + rapid.SampledFrom([]string{"null", "true", "-1.5e+3", "0", `"\\"`, `"\"},{"`}).Draw(t, "word") + space
	case 1:
		text, _ := json.Marshal(aText(5).Draw(t, "text"))
		return space + string(text) + space
	case 2:
		items := make([]string, rapid.IntRange(0, 4).Draw(t, "items"))
		for i := range items {
			items[i] = someJSON(t, depth-1, names)
		}
		return "[" + space + strings.Join(items, ",") + "]"
	}
	var members []string
	for range rapid.IntRange(0, 6).Draw(t, "members") {
		*names++
		name := rapid.SampledFrom([]string{`"a"`, `"b"`, `"\u0061"`, `"\\"`, `"\""`, `"店"`, `"\u5E97"`, `""`, `"c"`}).Draw(t, "name")
		members = append(members, name+space+":"+someJSON(t, depth-1, names))
	}
	return "{" + space + strings.Join(members, ","+space) + "}"
}

func namesIn(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		n = len(v)
		for _, in := range v {
			n += namesIn(in)
		}
	case []any:
		for _, in := range v {
			n += namesIn(in)
		}
	}
	return n
}

func BenchmarkDecode(b *testing.B) {
	raw := json.RawMessage(full)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, problems, _ := Decode(raw); problems != nil {
			b.Fatal(problems)
		}
	}
}

func BenchmarkDecodeManyNames(b *testing.B) {
	var names []string
	for i := range 1500 {
		names = append(names, fmt.Sprintf(`"%d":1`, i))
	}
	raw := json.RawMessage(`{"x":{` + strings.Join(names, ",") + `}}`)
	for b.Loop() {
		Decode(raw)
	}
}
