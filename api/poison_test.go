package api_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// poison is a good event, of which the pairs replace first the one, then the other.
func poison(f *fixture, pairs ...string) string {
	tap := monday.Format(time.RFC3339)
	text := `{"id":"ID","kind":"check_in","retailer_id":"RETAILER","note":"NOTE","EXTRA":1,
		"device":{"id":"phone","boot_id":"boot","seq":1,"time":"TAP","uptime_ms":1},
		"fixes":[{"lat":LAT,"lon":120,"accuracy_m":5,"fix_time":"FIXTIME"}]}`
	pairs = append(pairs, "ID", uuid.NewString(), "RETAILER", f.first("rep1").ID.String(), "NOTE", "n", "EXTRA", "extra", "TAP", tap, "LAT", "31", "FIXTIME", tap)
	for i := 0; i < len(pairs); i += 2 {
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

const itself = "0198a0a0-0000-7000-8000-000000000001"

// poisons say what becomes of an event that is bad in one way; 400 is of the whole batch, whose items nobody can tell
// apart then.
var poisons = map[string]struct {
	pairs []string
	want  string
}{
	"a bad UUID":                {[]string{"ID", "not-a-uuid"}, "rejected"},
	"a nil UUID":                {[]string{"ID", uuid.Nil.String()}, "rejected"},
	"a UUID in braces":          {[]string{"ID", "{" + itself + "}"}, "rejected"},
	"NUL in the note":           {[]string{"NOTE", `\u0000`}, "rejected"},
	"NUL in the device":         {[]string{`"phone"`, `"\u0000"`}, "rejected"},
	"NUL in an unknown field":   {[]string{`"EXTRA":1`, `"EXTRA\u0000":"\u0000"`}, "created"},
	"a lone surrogate":          {[]string{"NOTE", `\ud800`}, "created"},
	"no UTF-8":                  {[]string{"NOTE", "\xff\xfe"}, "created"},
	"a latitude of 1e400":       {[]string{"LAT", "1e400"}, "created"},
	"a latitude of NaN":         {[]string{"LAT", `"NaN"`}, "created"},
	"a latitude in words":       {[]string{"LAT", `"north"`}, "rejected"},
	"NaN that is no JSON":       {[]string{"LAT", "NaN"}, "rejected"},
	"infinity that is no JSON":  {[]string{"LAT", "-Infinity"}, "rejected"},
	"a line break in the note":  {[]string{"NOTE", "one\ntwo"}, "rejected"},
	"a comma too many":          {[]string{`"EXTRA":1`, `"EXTRA":[1,]`}, "rejected"},
	"a depth of 20,000":         {[]string{`"EXTRA":1`, `"EXTRA":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)}, "rejected"},
	"a latitude of 91":          {[]string{"LAT", "91"}, "created"},
	"a latitude of nothing":     {[]string{"LAT", "null"}, "created"},
	"an accuracy of 1e308":      {[]string{`"accuracy_m":5`, `"accuracy_m":1e308`}, "created"},
	"a depth of 7,000":          {[]string{`"EXTRA":1`, `"EXTRA":` + strings.Repeat("[", 7000) + strings.Repeat("]", 7000)}, "created"},
	"a depth of 9,000":          {[]string{`"EXTRA":1`, `"EXTRA":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000)}, "rejected"},
	"the same name twice":       {[]string{`"note":"NOTE"`, `"note":"a","note":"b"`}, "rejected"},
	"a name twice, escaped":     {[]string{`"note":"NOTE"`, `"note":"a","n\u006fte":"a"`}, "rejected"},
	"a name twice, deep inside": {[]string{`"EXTRA":1`, `"EXTRA":[{"a":{"x":1,"x":1}}]`}, "rejected"},
	"an id twice":               {[]string{`"id":"ID"`, `"id":"ID","id":"` + itself + `"`}, "rejected"},
	"a note of 20 KB":           {[]string{"NOTE", strings.Repeat("n", 20_000)}, "rejected"},
	"a note of 2,001 runes":     {[]string{"NOTE", strings.Repeat("记", 2001)}, "rejected"},
	"a huge unknown number":     {[]string{`"EXTRA":1`, `"EXTRA":1e999999`}, "created"},
	"a sequence past 64 bits":   {[]string{`"seq":1`, `"seq":9223372036854775808`}, "rejected"},
	"the greatest sequence":     {[]string{`"seq":1`, `"seq":9223372036854775807`}, "created"},
	"a broken sequence":         {[]string{`"seq":1`, `"seq":1.5`}, "rejected"},
	"the year 1970":             {[]string{"TAP", "1970-01-01T00:00:00Z"}, "created"},
	"the year 2100":             {[]string{"TAP", "2100-01-01T00:00:00Z"}, "created"},
	"the year 1":                {[]string{"TAP", "0001-01-01T00:00:00Z"}, "rejected"},
	"the 31st of February":      {[]string{"TAP", "2026-02-31T00:00:00Z"}, "rejected"},
	"a leap second":             {[]string{"TAP", "2016-12-31T23:59:60Z"}, "rejected"},
	"a fix of the year 0":       {[]string{"FIXTIME", "0000-01-01T00:00:00Z"}, "created"},
	"a fix of the year 10,000":  {[]string{"FIXTIME", "9999-12-31T23:59:59-14:00"}, "rejected"},
	"a fix before the year 0":   {[]string{"FIXTIME", "0000-01-01T00:00:00+14:00"}, "rejected"},
	"an item that is text":      {[]string{"{", `"{`}, "400"},
	"a name in the wrong case":  {[]string{`"kind"`, `"Kind"`}, "rejected"},
	"a check-out of itself":     {[]string{`"check_in"`, `"check_out"`, `"EXTRA":1`, `"check_in_id":"` + itself + `"`, "ID", itself}, "rejected"},
	"an unknown retailer":       {[]string{"RETAILER", uuid.NewString()}, "rejected"},
	"a retailer that is no UUI": {[]string{"RETAILER", "R11"}, "rejected"},
}

func TestOneBadItemAmong500(t *testing.T) {
	t.Parallel()
	for name, c := range poisons {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			bad := rand.IntN(500)
			items := make([]string, 12)
			if name == "NUL in the note" {
				items = make([]string, 500)
			}
			bad %= len(items)
			for i := range items {
				items[i] = poison(f, "TAP", monday.Add(time.Duration(i)*time.Minute).Format(time.RFC3339))
			}
			items[bad] = poison(f, c.pairs...)
			a := f.as("rep1").breaking().post(postBatch, rawBatch(items...))
			if c.want == "400" {
				a.want(400)
				return
			}
			for i, got := range each(a.want(200).at("results"), "result") {
				if want := map[bool]string{true: c.want, false: "created"}[i == bad]; got != want {
					t.Errorf("item %d of %d, with %d bad: %s, want %s; %v", i, len(items), bad, got, want, a.at("results", i, "problem"))
				}
			}
			alone := f.as("rep1").breaking().post(postEvent, items[bad])
			if want := map[string]int{"created": 200, "rejected": 422}[c.want]; alone.status != want {
				t.Errorf("alone: %s; want %d", alone, want)
			}
			f.as("rep1").get(myEvents + "?since=" + longBefore + "&limit=1000").want(200)
			f.as("rep1").get("/v1/visits?limit=1000").want(200)
		})
	}
}
