package eventjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
)

// A check-out with every field there is.
const full = `{
	"id": "019c0000-0000-7000-8000-000000000001",
	"kind": "check_out",
	"retailer_id": "019c0000-0000-7000-8000-000000000002",
	"stop_id": "019c0000-0000-7000-8000-000000000003",
	"check_in_id": "019c0000-0000-7000-8000-000000000004",
	"fixes": [
		{"lat": 30.2553, "lon": 120.1536, "accuracy_m": 8.5, "accuracy_kind": "android_68", "source": "gps", "datum": "gcj02",
		 "fix_time": "2026-03-04T10:29:50.123456+08:00", "mock": true, "altitude_m": 11.5, "speed_mps": 0.75, "heading_deg": 359},
		{}
	],
	"device": {"id": "phone", "boot_id": "boot", "seq": 7, "time": "2026-03-04T10:30:00+08:00", "uptime_ms": 60000},
	"evidence": [{"kind": "tag", "b": 1.50, "a": null}],
	"note": "closed at noon"
}`

// minimal is a check-in with nothing optional.
const minimal = `{
	"id": "019c0000-0000-7000-8000-000000000004",
	"kind": "check_in",
	"retailer_id": "019c0000-0000-7000-8000-000000000002",
	"fixes": [{}],
	"device": {"id": "phone", "boot_id": "boot", "seq": 0, "time": "2026-03-04T02:30:00Z", "uptime_ms": 0}
}`

func id4[Noun any](last string) rounds.ID[Noun] {
	v, err := rounds.ParseID[Noun]("019c0000-0000-7000-8000-00000000000" + last)
	if err != nil {
		panic(err)
	}
	return v
}

// nanIsNaN takes two numbers that are not there for the same.
var nanIsNaN = cmp.Options{
	cmp.Comparer(func(a, b orb.Point) bool { return same(a[0], b[0]) && same(a[1], b[1]) }),
	cmp.Comparer(func(a, b geo.Meters) bool { return same(a, b) }),
}

func same[T ~float64](a, b T) bool { return a == b || (a != a && b != b) }

// decoded is an event that has nothing wrong with it.
func decoded(t testing.TB, raw string) rounds.VisitEvent {
	t.Helper()
	e, problems, _ := Decode(json.RawMessage(raw))
	if len(problems) > 0 {
		t.Fatalf("%s: %v", raw, problems)
	}
	return e
}

// replaced is full with one piece of it exchanged, which must be there once.
func replaced(t testing.TB, old, with string) string {
	t.Helper()
	if strings.Count(full, old) != 1 {
		t.Fatalf("%q stands %d times in the event", old, strings.Count(full, old))
	}
	return strings.Replace(full, old, with, 1)
}

func TestDecodeEveryField(t *testing.T) {
	t.Parallel()
	want := rounds.VisitEvent{
		ID:         id4[rounds.VisitEvent]("1"),
		Kind:       rounds.CheckOut,
		RetailerID: id4[rounds.Retailer]("2"),
		StopID:     id4[rounds.Stop]("3"),
		CheckInID:  id4[rounds.VisitEvent]("4"),
		Fixes: []rounds.Fix{{
			Fix: geo.Fix{
				Point: orb.Point{120.1536, 30.2553}, Datum: geo.GCJ02, Accuracy: 8.5, AccuracyKind: geo.Android68,
				Source: geo.SourceGPS, Time: time.Date(2026, 3, 4, 2, 29, 50, 123456000, time.UTC), Mock: true,
			},
			AltitudeM: new(11.5), SpeedMPS: new(0.75), HeadingDeg: new(359.0),
		}, {
			Fix: geo.Fix{
				Point: orb.Point{math.NaN(), math.NaN()}, Accuracy: geo.Meters(math.NaN()),
				AccuracyKind: geo.UnknownKind, Datum: geo.WGS84,
			},
		}},
		Device:   rounds.Device{ID: "phone", BootID: "boot", Seq: 7, Time: time.Date(2026, 3, 4, 2, 30, 0, 0, time.UTC), UptimeMS: 60000},
		Evidence: json.RawMessage(`[{"a":null,"b":1.50,"kind":"tag"}]`),
		Note:     "closed at noon",
	}
	got, problems, warnings := Decode(json.RawMessage(full))
	if diff := cmp.Diff(want, got, nanIsNaN); diff != "" || problems != nil || warnings != nil {
		t.Errorf("%s problems %v, warnings %v", diff, problems, warnings)
	}
}

func TestDecodeProblems(t *testing.T) {
	t.Parallel()
	type fields = []rounds.Field
	at := func(pointer, code string, args ...any) fields {
		return fields{{Pointer: pointer, Code: code, Args: args}}
	}
	checkIn := `{"id":"019c0000-0000-7000-8000-000000000009"}`
	tests := []struct {
		name string
		raw  string
		want fields
	}{
		{"not JSON", `{`, at("", "not_json")},
		{"two values", `{} {}`, at("", "not_json")},
		{"a list", `[]`, at("", "not_an_object")},
		{"null", `null`, at("", "not_an_object")},
		{"nothing", ``, at("", "not_json")},
		{"too large", `{"note":"` + strings.Repeat("x", MaxBytes) + `"}`, at("", "event_too_large", MaxBytes)},
		{"no kind, retailer, fixes and device", checkIn, slices.Concat(at("/kind", "required"), at("/retailer_id", "required"), at("/fixes", "required"), at("/device", "required"))},
		{"id not a string", replaced(t, `"019c0000-0000-7000-8000-000000000001"`, `7`), at("/id", "not_a_uuid")},
		{"id without hyphens", replaced(t, `019c0000-0000-7000-8000-000000000001`, `019c0000000070008000000000000001`), at("/id", "not_a_uuid")},
		{"id zero", replaced(t, `019c0000-0000-7000-8000-000000000001`, `00000000-0000-0000-0000-000000000000`), at("/id", "not_a_uuid")},
		{"id null", replaced(t, `"019c0000-0000-7000-8000-000000000001"`, `null`), at("/id", "required")},
		{"kind unknown", replaced(t, `"check_out"`, `"Check_Out"`), at("/kind", "not_one_of", "check_in, check_out")},
		{"kind a number", replaced(t, `"check_out"`, `1`), slices.Concat(at("/kind", "not_a_string"))},
		{"retailer not a uuid", replaced(t, `019c0000-0000-7000-8000-000000000002`, `shop`), at("/retailer_id", "not_a_uuid")},
		{"stop not a uuid", replaced(t, `"019c0000-0000-7000-8000-000000000003"`, `[]`), at("/stop_id", "not_a_uuid")},
		{"a check-out without its check-in", replaced(t, `"019c0000-0000-7000-8000-000000000004"`, `null`), at("/check_in_id", "required")},
		{"a check-out of itself", replaced(t, `019c0000-0000-7000-8000-000000000004`, `019c0000-0000-7000-8000-000000000001`), at("/check_in_id", "own_id")},
		{"fixes no list", replaced(t, `"fixes": [`, `"fixes": 1, "x": [`), at("/fixes", "not_a_list")},
		{"eleven fixes", strings.Replace(minimal, `[{}]`, `[{}`+strings.Repeat(`,{}`, 10)+`]`, 1), at("/fixes", "wrong_count", 0, 10)},
		{"a fix that is none", strings.Replace(minimal, `[{}]`, `[{},3]`, 1), at("/fixes/1", "not_an_object")},
		{"latitude in quotes", replaced(t, `30.2553`, `"30.2553"`), at("/fixes/0/lat", "not_a_number")},
		{"longitude a word", replaced(t, `120.1536`, `"east"`), at("/fixes/0/lon", "not_a_number")},
		{"accuracy an object", replaced(t, `8.5`, `{}`), at("/fixes/0/accuracy_m", "not_a_number")},
		{"accuracy kind unknown", replaced(t, `android_68`, `android`), at("/fixes/0/accuracy_kind", "not_one_of", "unknown, android_68, ios, web_95")},
		{"source unknown", replaced(t, `"gps"`, `"GPS"`), at("/fixes/0/source", "not_one_of", ", gps, network, wifi, cell, fused")},
		{"datum unknown", replaced(t, `gcj02`, `gcj-02`), at("/fixes/0/datum", "not_one_of", "wgs84, gcj02, bd09")},
		{"fix time without offset", replaced(t, `50.123456+08:00`, `50`), at("/fixes/0/fix_time", "not_an_instant")},
		{"fix time a number", replaced(t, `"2026-03-04T10:29:50.123456+08:00"`, `1772591390`), at("/fixes/0/fix_time", "not_an_instant")},
		{"fix time before the year 0 in UTC", replaced(t, `2026-03-04T10:29:50.123456`, `0000-01-01T00:00:00`), at("/fixes/0/fix_time", "out_of_range", 0, 9999)},
		{"fix time after the year 9999 in UTC", replaced(t, `2026-03-04T10:29:50.123456+08:00`, `9999-12-31T23:59:59-08:00`), at("/fixes/0/fix_time", "out_of_range", 0, 9999)},
		{"mock a number", replaced(t, `"mock": true`, `"mock": 1`), at("/fixes/0/mock", "not_a_boolean")},
		{"altitude a word", replaced(t, `11.5`, `"up"`), at("/fixes/0/altitude_m", "not_a_number")},
		{"device no object", replaced(t, `"device": {`, `"device": [], "x": {`), at("/device", "not_an_object")},
		{"device nameless", replaced(t, `"phone"`, `" "`), at("/device/id", "required")},
		{"device name too long", replaced(t, `"phone"`, `"`+strings.Repeat("机", 101)+`"`), at("/device/id", "too_long", 100)},
		{"boot missing", replaced(t, `"boot_id": "boot", `, ``), at("/device/boot_id", "required")},
		{"seq a fraction", replaced(t, `"seq": 7`, `"seq": 7.5`), at("/device/seq", "not_a_whole_number")},
		{"seq negative", replaced(t, `"seq": 7`, `"seq": -7`), at("/device/seq", "negative")},
		{"uptime too large", replaced(t, `60000`, `9223372036854775808`), at("/device/uptime_ms", "not_a_whole_number")},
		{"device time no time", replaced(t, `2026-03-04T10:30:00+08:00`, `4 March`), at("/device/time", "not_an_instant")},
		{"device time before 1900", replaced(t, `2026-03-04T10:30:00`, `1900-01-01T00:00:00`), at("/device/time", "out_of_range", 1900, 2999)},
		{"device time in the year 1", replaced(t, `2026-03-04T10:30:00+08:00`, `0001-01-01T00:00:00Z`), at("/device/time", "out_of_range", 1900, 2999)},
		{"device time after 2999", replaced(t, `2026-03-04T10:30:00`, `3000-01-02T00:00:00`), at("/device/time", "out_of_range", 1900, 2999)},
		{"evidence no list", replaced(t, `"evidence": [{"kind": "tag", "b": 1.50, "a": null}]`, `"evidence": {}`), at("/evidence", "not_a_list")},
		{"evidence of no object", replaced(t, `{"kind": "tag", "b": 1.50, "a": null}`, `1`), at("/evidence/0", "not_an_object")},
		{"eleven pieces of evidence", replaced(t, `{"kind": "tag", "b": 1.50, "a": null}`, `{}`+strings.Repeat(`,{}`, 10)), at("/evidence", "wrong_count", 0, 10)},
		{"note a list", replaced(t, `"closed at noon"`, `[]`), at("/note", "not_a_string")},
		{"note with a NUL", replaced(t, `closed at noon`, `a\u0000b`), at("/note", "nul_character")},
		{"note too long", replaced(t, `closed at noon`, strings.Repeat("很", 2001)), at("/note", "too_long", 2000)},
	}
	for _, tt := range tests {
		_, problems, _ := Decode(json.RawMessage(tt.raw))
		if diff := cmp.Diff(tt.want, problems, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// What is wrong in several places is said of all of them, and what could be read is there for the quarantine.
func TestDecodeSaysEverythingAtOnce(t *testing.T) {
	t.Parallel()
	raw := replaced(t, `"check_out"`, `"sleep"`)
	raw = strings.Replace(raw, `30.2553`, `"N"`, 1)
	raw = strings.Replace(raw, `"seq": 7`, `"seq": -1`, 1)
	e, problems, _ := Decode(json.RawMessage(raw))
	var pointers []string
	for _, p := range problems {
		pointers = append(pointers, p.Pointer)
	}
	if diff := cmp.Diff([]string{"/kind", "/fixes/0/lat", "/device/seq"}, pointers); diff != "" {
		t.Error(diff)
	}
	if e.ID != id4[rounds.VisitEvent]("1") || e.RetailerID != id4[rounds.Retailer]("2") {
		t.Errorf("id %s and retailer %s are lost", e.ID, e.RetailerID)
	}
}

func TestPositionsAreNeverAProblem(t *testing.T) {
	t.Parallel()
	for _, lat := range []string{"91", "-1e300", "0", "-0", "1e-400", "30.25530000000000000000000000001"} {
		if f := decoded(t, replaced(t, "30.2553", lat)).Fixes[0].Point.Lat(); math.IsNaN(f) {
			t.Errorf("latitude %s is lost", lat)
		}
	}
	for _, lat := range []string{"1e400", "-1e400", `"NaN"`, `"Infinity"`, `"-Infinity"`, ` "NaN" `} {
		if f := decoded(t, replaced(t, "30.2553", lat)).Fixes[0].Point.Lat(); !math.IsNaN(f - f) {
			t.Errorf("latitude %s is %v", lat, f)
		}
	}
}

func TestUnknownFieldsAreKeptAndGivenBack(t *testing.T) {
	t.Parallel()
	raw := replaced(t, `"note"`, `"mood": {"b": 9007199254740993, "a": [1e400, "\u0000<"]}, "a/b~c": null, "": 1, "unknown": {"x": 2}, "note"`)
	raw = strings.Replace(raw, `"mock": true`, `"mock": true, "hdop": 1.10`, 1)
	raw = strings.Replace(raw, `"seq": 7`, `"seq": 9007199254740993, "battery": 0.5`, 1)
	raw = strings.Replace(raw, `1.50`, `1e400`, 1)
	e, problems, warnings := Decode(json.RawMessage(raw))
	if problems != nil {
		t.Fatal(problems)
	}
	want := map[string]json.RawMessage{
		"/mood":           json.RawMessage(`{"a":[1e400,"\u0000\u003c"],"b":9007199254740993}`),
		"/a~1b~0c":        json.RawMessage(`null`),
		"/":               json.RawMessage(`1`),
		"/unknown":        json.RawMessage(`{"x":2}`),
		"/fixes/0/hdop":   json.RawMessage(`1.10`),
		"/device/battery": json.RawMessage(`0.5`),
	}
	if diff := cmp.Diff(want, e.Unknown); diff != "" {
		t.Error(diff)
	}
	if len(warnings) != len(want) {
		t.Errorf("%d warnings, want %d: %v", len(warnings), len(want), warnings)
	}
	for _, w := range warnings {
		if want[w.Pointer] == nil || w.Code != "unknown_field" {
			t.Errorf("warning %v", w)
		}
	}
	back := decoded(t, string(Encode(e)))
	if diff := cmp.Diff(e, back, nanIsNaN); diff != "" {
		t.Errorf("given back: %s", diff)
	}
	if !bytes.Equal(Hash(e), Hash(back)) {
		t.Error("the event that was given back has another hash")
	}
	var there struct {
		Fixes []map[string]any
		Mood  map[string]json.Number
	}
	_ = json.Unmarshal(Encode(e), &there)
	if there.Fixes[0]["hdop"] != 1.10 || there.Mood["b"] != "9007199254740993" {
		t.Errorf("not in their places: %s", Encode(e))
	}
}

// Retention may have deleted the fix that an unknown field belongs to.
func TestEncodeWithoutTheFixOfAnUnknownField(t *testing.T) {
	t.Parallel()
	e := decoded(t, strings.Replace(minimal, `[{}]`, `[{"hdop": 1}]`, 1))
	e.Fixes = nil
	if got := string(Encode(e)); strings.Contains(got, "hdop") || strings.Contains(got, "fixes") {
		t.Error(got)
	}
}

func TestHashIsTheSameForEverySpelling(t *testing.T) {
	t.Parallel()
	var v map[string]any
	_ = json.Unmarshal([]byte(strings.Replace(full, "1.50", `"1.50"`, 1)), &v)
	sorted, _ := json.MarshalIndent(v, "", "    ")
	for _, tt := range []struct{ name, raw string }{
		{"the same", full},
		{"names in another order, other white space", strings.Replace(string(sorted), `"1.50"`, `1.50`, 1)},
		{"numbers spelt otherwise", strings.NewReplacer("30.2553", "3.02553e1", "8.5", "8.50000", "359", "359.0").Replace(full)},
		{"a latitude with digits no float holds", replaced(t, "30.2553", "30.25530000000000000000000001")},
		{"the same instant in UTC", strings.NewReplacer("2026-03-04T10:29:50.123456+08:00", "2026-03-04T02:29:50.123456Z", "2026-03-04T10:30:00+08:00", "2026-03-03T21:30:00-05:00").Replace(full)},
		{"a fraction of zero seconds", replaced(t, "10:30:00+08", "10:30:00.000+08")},
		{"nanoseconds, which nobody keeps", replaced(t, ".123456", ".123456789")},
		{"ids in capitals", strings.ReplaceAll(full, "019c", "019C")},
		{"defaults written out", replaced(t, "{}\n", `{"datum": "wgs84", "accuracy_kind": "unknown", "source": "", "mock": false, "lat": null}`)},
		{"null for absent", replaced(t, `"speed_mps"`, `"fix_time_x": null, "speed_mps"`)},
		{"escapes", replaced(t, "closed at noon", `clo\u0073ed at noon`)},
	} {
		want := tt.name != "null for absent" // a field that nobody knows is a field
		if got := bytes.Equal(Hash(decoded(t, full)), Hash(decoded(t, tt.raw))); got != want {
			t.Errorf("%s: equal %v, want %v", tt.name, got, want)
		}
	}
	in := strings.Replace(minimal, `"fixes"`, `"check_in_id": "019c0000-0000-7000-8000-000000000009", "evidence": [], "note": "", "fixes"`, 1)
	if !bytes.Equal(Hash(decoded(t, minimal)), Hash(decoded(t, in))) {
		t.Error("a check-in's check-in, no evidence and no note should be the same as none")
	}
}

// Whoever, when and how it was sent is not part of the event.
func TestHashLeavesTheSendingOut(t *testing.T) {
	t.Parallel()
	e := decoded(t, full)
	f := e
	f.Sent, f.ReceivedAt, f.Day, f.RepID = rounds.Sent{BootID: "x"}, time.Now(), "2026-03-04", rounds.NewID[rounds.User]()
	if !bytes.Equal(Hash(e), Hash(f)) {
		t.Error("the sending changes the hash")
	}
}

// changes are one for each field of an event, with the pointer that Differ should give.
func changes(t testing.TB) []struct{ field, raw string } {
	return []struct{ field, raw string }{
		{"/id", replaced(t, "000000000001", "000000000009")},
		{"/retailer_id", replaced(t, "000000000002", "000000000009")},
		{"/stop_id", replaced(t, "000000000003", "000000000009")},
		{"/stop_id", replaced(t, `"019c0000-0000-7000-8000-000000000003"`, "null")},
		{"/check_in_id", replaced(t, "000000000004", "000000000009")},
		{"/fixes", replaced(t, "30.2553", "30.25530001")},
		{"/fixes", replaced(t, "120.1536", "120.15360001")},
		{"/fixes", replaced(t, "8.5", "8.6")},
		{"/fixes", replaced(t, "android_68", "ios")},
		{"/fixes", replaced(t, `"gps"`, `"cell"`)},
		{"/fixes", replaced(t, "gcj02", "bd09")},
		{"/fixes", replaced(t, ".123456", ".123457")},
		{"/fixes", replaced(t, `"mock": true`, `"mock": false`)},
		{"/fixes", replaced(t, "11.5", "11.6")},
		{"/fixes", replaced(t, "0.75", "0.76")},
		{"/fixes", replaced(t, "359", "358")},
		{"/fixes", replaced(t, "{}\n", `{"lat": 0}`)},
		{"/fixes", replaced(t, "{}\n", "{}, {}")},
		{"/device", replaced(t, `"phone"`, `"Phone"`)},
		{"/device", replaced(t, `"boot",`, `"boot2",`)},
		{"/device", replaced(t, `"seq": 7`, `"seq": 8`)},
		{"/device", replaced(t, "10:30:00", "10:30:00.000001")},
		{"/device", replaced(t, "60000", "60001")},
		{"/evidence", replaced(t, `"tag"`, `"code"`)},
		{"/note", replaced(t, "noon", "Noon")},
		{"/mood", replaced(t, `"note"`, `"mood": 1, "note"`)},
		{"/fixes/0/hdop", replaced(t, `"mock"`, `"hdop": 1, "mock"`)},
	}
}

func TestHashDiffersWhenAnyFieldDoes(t *testing.T) {
	t.Parallel()
	seen := map[string]string{string(Hash(decoded(t, full))): "the event itself"}
	for i, c := range changes(t) {
		name := fmt.Sprintf("%d: %s", i, c.field)
		hash := string(Hash(decoded(t, c.raw)))
		if other, same := seen[hash]; same {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[hash] = name
	}
}

func TestDifferNamesTheField(t *testing.T) {
	t.Parallel()
	e := decoded(t, full)
	if names := Differ(e, e); len(names) > 0 {
		t.Errorf("an event differs from itself in %v", names)
	}
	for _, c := range changes(t) {
		for _, names := range [][]string{Differ(e, decoded(t, c.raw)), Differ(decoded(t, c.raw), e)} {
			if !slices.Equal(names, []string{c.field}) {
				t.Errorf("%v, want %s: %s", names, c.field, c.raw)
			}
		}
	}
	want := []string{"/check_in_id", "/evidence", "/fixes", "/id", "/kind", "/note", "/stop_id"}
	f := decoded(t, minimal)
	f.Device = e.Device
	if diff := cmp.Diff(want, Differ(e, f)); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeSent(t *testing.T) {
	t.Parallel()
	s, problems := DecodeSent(json.RawMessage(`{"boot_id": "boot", "time": "2026-03-04T10:30:00.5+08:00", "uptime_ms": 61000, "later": 1}`))
	want := rounds.Sent{BootID: "boot", Time: time.Date(2026, 3, 4, 2, 30, 0, 500_000_000, time.UTC), UptimeMS: 61000}
	if s != want || problems != nil {
		t.Errorf("%v, problems %v", s, problems)
	}
	for _, tt := range []struct{ name, raw, pointer, code string }{
		{"no object", `3`, "", "not_an_object"},
		{"no boot", `{"time": "2026-03-04T10:30:00Z", "uptime_ms": 1}`, "/boot_id", "required"},
		{"no time", `{"boot_id": "b", "uptime_ms": 1}`, "/time", "required"},
		{"no uptime", `{"boot_id": "b", "time": "2026-03-04T10:30:00Z"}`, "/uptime_ms", "required"},
		{"a time that no JSON can hold", `{"boot_id": "b", "time": "0000-01-01T00:00:00+08:00", "uptime_ms": 1}`, "/time", "out_of_range"},
	} {
		s, problems := DecodeSent(json.RawMessage(tt.raw))
		if len(problems) != 1 || problems[0].Pointer != tt.pointer || problems[0].Code != tt.code || s != (rounds.Sent{}) {
			t.Errorf("%s: %v, problems %v", tt.name, s, problems)
		}
	}
}
