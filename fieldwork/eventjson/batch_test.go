package eventjson_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rounds/fieldwork/eventjson"

	"pgregory.net/rapid"
)

func TestItemsOfABrokenBatchAreToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		batch string
		want  []string // nil: they cannot be
	}{
		"NaN":                            {`{"events":[{"a":1},{"lat":NaN},{"b":2}]}`, []string{`{"a":1}`, `{"lat":NaN}`, `{"b":2}`}},
		"minus infinity":                 {`{"events":[-Infinity, {"b":2}]}`, []string{`-Infinity`, `{"b":2}`}},
		"a raw control character":        {"{\"events\":[{\"a\":\"x\x01y\"},1]}", []string{"{\"a\":\"x\x01y\"}", "1"}},
		"a bad escape":                   {`{"events":[{"a":"\x"},1]}`, []string{`{"a":"\x"}`, "1"}},
		"a comma too many in an item":    {`{"events":[{"a":[1,],},1]}`, []string{`{"a":[1,],}`, "1"}},
		"a comma too many in the list":   {`{"events":[1,2,],}`, []string{"1", "2"}},
		"brackets and quotes in strings": {`{"events":[{"a":"]}\",{","b":NaN},1]}`, []string{`{"a":"]}\",{","b":NaN}`, "1"}},
		"white space around":             {" { \"events\" : [ NaN , {} , [ ] ] } \n", []string{"NaN", "{}", "[ ]"}},
		"sent beside":                    {`{"sent":{"boot_id":NaN},"events":[1]}`, []string{"1"}},
		"a depth of 50,000":              {`{"events":[1,` + strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000) + `]}`, []string{"1", strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000)}},
		"none":                           {`{"events":[],}`, []string{}},

		"an item cut off":               {`{"events":[{"id":"a","no,{"id":"b"}]}`, nil},
		"a quote too few":               {`{"events":[{"note":"a},{"id":"b"}]}`, nil},
		"a quote too few in two":        {`{"events":[{"note":"a},{"id":"b"},{"note":"c},{"id":"d"}]}`, nil},
		"a bracket too few":             {`{"events":[{"a":[1},{"b":2}]}`, nil},
		"a bracket too many":            {`{"events":[{"a":1}},{"b":2}]}`, nil},
		"no comma between":              {`{"events":[{"a":NaN}{"b":2}]}`, nil},
		"a comma alone":                 {`{"events":[,{"b":2}]}`, nil},
		"a name without a colon":        {`{"events":[{"a" NaN}]}`, nil},
		"a name without quotes":         {`{"events":[{a:1}]}`, nil},
		"an envelope with another name": {`{"events":[NaN],"more":1}`, nil},
		"two lists":                     {`{"events":[NaN],"events":[1]}`, nil},
		"no list":                       {`{"sent":NaN}`, nil},
		"events that are no list":       {`{"events":NaN}`, nil},
		"something behind":              {`{"events":[NaN]}{`, nil},
		"the end too early":             {`{"events":[NaN]`, nil},
		"the end after a backslash":     {`{"events":["\`, nil},
		"the same in a name":            {`{"\`, nil},
		"nothing":                       {``, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, ok := eventjson.Batch(slices.Clip([]byte(c.batch)), "events", "sent")
			if ok != (c.want != nil) {
				t.Fatalf("told apart: %t, as %.200q", ok, got)
			}
			if ok && !slices.EqualFunc(got, c.want, func(a json.RawMessage, b string) bool { return string(a) == b }) {
				t.Errorf("%.200q, want %.200q", got, c.want)
			}
		})
	}
}

// Whatever is broken in one item, all others come out to the byte, in their places.
func TestABrokenItemLeavesItsNeighbours(t *testing.T) {
	t.Parallel()
	value := rapid.Custom(func(t *rapid.T) json.RawMessage {
		raw, err := json.Marshal(anyValue(t, 3))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	})
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(value, 1, 6).Draw(t, "items")
		n := rapid.IntRange(0, len(items)-1).Draw(t, "broken")
		items[n] = json.RawMessage(rapid.SampledFrom([]string{"NaN", `{"x":[{},NaN,],}`, "\"\n\"", `{"\u0061":01}`, `"\q"`}).Draw(t, "by"))
		batch := []byte(`{"sent":{},"events":[`)
		for i, item := range items {
			if i > 0 {
				batch = append(batch, ',')
			}
			batch = append(batch, item...)
		}
		batch = append(batch, "]}"...)
		got, _, ok := eventjson.Batch(batch, "events", "sent")
		if !ok || !slices.EqualFunc(got, items, func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
			t.Fatalf("%q of %q", got, batch)
		}
	})
}

func anyValue(t *rapid.T, depth int) any {
	text := rapid.String()
	switch kind := rapid.IntRange(0, 4).Draw(t, "kind"); {
	case kind == 0 && depth > 0:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, anyValue(t, depth-1))
		}
		return list
	case kind == 1 && depth > 0:
		object := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "size") {
			object[text.Draw(t, "name")] = anyValue(t, depth-1)
		}
		return object
	case kind == 2:
		return rapid.Float64Range(-1e300, 1e300).Draw(t, "number")
	}
	return text.Draw(t, "text")
}

func FuzzBatch(f *testing.F) {
	f.Add([]byte(`{"sent":{},"events":[{"a":NaN},[1,],"\q"]}`))
	f.Add([]byte(`{"events":[{"a":"b"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		events, _, ok := eventjson.Batch(raw, "events", "sent")
		if !ok || !json.Valid(raw) {
			return
		}
		var whole struct{ Events []json.RawMessage }
		if err := json.Unmarshal(raw, &whole); err != nil || len(whole.Events) != len(events) {
			t.Errorf("%d items, not %d: %v", len(events), len(whole.Events), err)
		}
	})
}
