package eventjson_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rounds/fieldwork/eventjson"

	"github.com/google/go-cmp/cmp"
)

const (
	findingID = "018f0000-0000-7000-8000-000000000001"
	otherID   = "018f0000-0000-7000-8000-000000000002"
)

// findingJSON is a finding with some of its members replaced or, where they are empty, left out.
func findingJSON(changes ...string) []byte {
	members := map[string]string{
		"id": `"` + findingID + `"`, "audit_id": `"` + otherID + `"`, "retailer_id": `"` + otherID + `"`, "form_version": "1",
		"met": `"visited"`, "answered_at": `"2026-03-02T10:00:00+08:00"`, "answers": `{"b":1,"a":["x"]}`,
	}
	for i := 0; i < len(changes); i += 2 {
		members[changes[i]] = changes[i+1]
	}
	object := map[string]json.RawMessage{}
	for name, value := range members {
		if value != "" {
			object[name] = json.RawMessage(value)
		}
	}
	text, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return text
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"all of it", findingJSON("corrects_id", `"`+otherID+`"`, "check_in_id", `"`+otherID+`"`, "form_id", `"`+otherID+`"`, "note", `"n"`, "says", `{"`+otherID+`":"refuted"}`), ""},
		{"the least", findingJSON("answers", ""), ""},
		{"no object", []byte(`[]`), " not_an_object"},
		{"nothing", []byte(`{}`), "/id required /audit_id required /retailer_id required /met required /answered_at required /form_version required"},
		{"ids that are none", findingJSON("audit_id", `"7"`, "corrects_id", `5`), "/audit_id not_a_uuid /corrects_id not_a_uuid"},
		{"its own correction", findingJSON("corrects_id", `"`+findingID+`"`), "/corrects_id corrects_itself"},
		{"nobody met in a new way", findingJSON("met", `"asleep"`), "/met not_one_of"},
		{"a version below 0", findingJSON("form_version", "-1"), "/form_version negative"},
		{"answers in a list", findingJSON("answers", "[]"), "/answers not_an_object"},
		{"a visit that is none", findingJSON("says", `{"a/b":"refuted"}`), "/says/a~1b not_a_uuid"},
		{"a new saying", findingJSON("says", `{"`+otherID+`":"perhaps"}`), "/says/" + otherID + " not_one_of"},
		{"a NUL in its note", findingJSON("note", `"\u0000"`), "/note nul_character"},
		{"a year before clocks", findingJSON("answered_at", `"0001-01-01T00:00:00Z"`), "/answered_at out_of_range"},
		{"a field that is not known", findingJSON("mood", "5"), "/mood unknown_field"},
		{"an answer twice", bytes.Replace(findingJSON(), []byte(`"a":["x"]`), []byte(`"a":1,"a":2`), 1), "/answers/a given_twice"},
		{"more than a finding may be", findingJSON("note", `"`+strings.Repeat("x", eventjson.MaxFinding)+`"`), " finding_too_large"},
	} {
		_, problems := eventjson.DecodeFinding(tt.raw)
		var got []string
		for _, p := range problems {
			got = append(got, p.Pointer+" "+p.Code)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, strings.Join(got, " "), tt.want)
		}
	}
}

// The phone learns which of its findings was refused, as far as anybody can read which it was.
func TestRefusedFindingsAreNamed(t *testing.T) {
	t.Parallel()
	large := `"note":"` + strings.Repeat("x", eventjson.MaxFinding) + `"`
	deep := `"answers":` + strings.Repeat(`{"a":`, 20_000) + `{}` + strings.Repeat("}", 20_000)
	for _, tt := range []struct {
		name, raw string
		named     bool
	}{
		{"too large, the id first", `{"id":"` + findingID + `",` + large + `}`, true},
		{"too large, the id last", `{` + large + `,"id":"` + findingID + `"}`, true},
		{"deeper than anybody reads", `{` + deep + `,"id":"` + findingID + `"}`, true},
		{"no JSON beside it", `{"id":"` + findingID + `","answers":{"a":NaN}}`, true},
		{"an id of something inside", `{` + large + `,"x":{"id":"` + findingID + `"}}`, false},
		{"two ids", `{"id":"` + findingID + `",` + large + `,"id":"` + otherID + `"}`, false},
		{"an id that is none", `{"id":7,` + large + `}`, false},
		{"cut off", `{"id":"` + findingID + `",` + large, false},
		{"cut off after a backslash", `{"id":"` + findingID + `","\`, false},
		{"cut off after a backslash, in its id", `{"id":"\`, false},
		{"a list", `["id",` + deep[10:] + `]`, false},
	} {
		f, problems := eventjson.DecodeFinding(slices.Clip([]byte(tt.raw)))
		if len(problems) != 1 || (f.ID.String() == findingID) != tt.named || f.ID.IsZero() == tt.named {
			t.Errorf("%s: %s, %v", tt.name, f.ID, problems)
		}
	}
}

func TestWhatTellsFindingsApart(t *testing.T) {
	t.Parallel()
	one, problems := eventjson.DecodeFinding(findingJSON("says", `{"`+otherID+`":"refuted"}`))
	if problems != nil {
		t.Fatal(problems)
	}
	for _, tt := range []struct {
		name string
		raw  []byte
		want []string
	}{
		{"the same with another offset", findingJSON("says", `{"`+otherID+`":"refuted"}`, "answered_at", `"2026-03-02T02:00:00Z"`), nil},
		{"everything else", findingJSON(
			"audit_id", `"`+findingID+`"`, "answers", `{"b":2,"c/d":3}`, "note", `"n"`, "met", `"closed"`, "says", `{}`, "form_version", "2",
		), []string{"/answers/a", "/answers/b", "/answers/c~1d", "/audit_id", "/form_version", "/met", "/note", "/says/" + otherID}},
	} {
		two, problems := eventjson.DecodeFinding(tt.raw)
		if diff := cmp.Diff(tt.want, eventjson.DifferFindings(one, two)); diff != "" || problems != nil {
			t.Errorf("%s: %v %s", tt.name, problems, diff)
		}
		if same := bytes.Equal(eventjson.HashFinding(one), eventjson.HashFinding(two)); same != (tt.want == nil) {
			t.Errorf("%s: same hash %v", tt.name, same)
		}
	}
}

// FuzzFinding decodes any bytes: what has no problem has a hash, which is that of itself written again.
func FuzzFinding(f *testing.F) {
	f.Add(findingJSON())
	f.Add(findingJSON("says", `{"`+otherID+`":"refuted"}`, "answers", `{"a":{"b":[1e999,null]}}`))
	f.Add([]byte(`{"id":null,"says":{"":""}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		finding, problems := eventjson.DecodeFinding(raw)
		for _, p := range problems {
			if p.Code == "" {
				t.Fatalf("%+v", p)
			}
		}
		if len(problems) == 0 && (len(eventjson.HashFinding(finding)) != 32 || eventjson.DifferFindings(finding, finding) != nil) {
			t.Fatalf("%s", raw)
		}
	})
}
