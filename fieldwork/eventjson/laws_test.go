package eventjson

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func anID[Noun any]() *rapid.Generator[rounds.ID[Noun]] {
	return rapid.Custom(func(t *rapid.T) (id rounds.ID[Noun]) {
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		id[0] |= 1 // never zero
		return id
	})
}

func anInstant(firstYear, lastYear int) *rapid.Generator[time.Time] {
	first := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	last := time.Date(lastYear, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()
	return rapid.Map(rapid.Int64Range(first, last), func(us int64) time.Time { return time.UnixMicro(us).UTC() })
}

// aText has what JSON and databases stumble over, but no NUL.
func aText(most int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("a店<&\u2028\"\\/~\ufffd")), rapid.Rune()), 0, most, -1).
		Filter(func(s string) bool { return !strings.ContainsRune(s, 0) })
}

func aName() *rapid.Generator[string] {
	return rapid.Map(aText(20), func(s string) string { return "n" + s })
}

// maybe is a number, or NaN where a phone sends none.
func maybe() *rapid.Generator[float64] {
	return rapid.OneOf(rapid.Float64Range(-200, 200), rapid.Just(math.NaN()), rapid.Float64().Filter(func(f float64) bool { return !math.IsInf(f, 0) }))
}

func someFix() *rapid.Generator[rounds.Fix] {
	return rapid.Custom(func(t *rapid.T) rounds.Fix {
		f := rounds.Fix{
			Fix: geo.Fix{
				Point:        orb.Point{maybe().Draw(t, "lon"), maybe().Draw(t, "lat")},
				Accuracy:     geo.Meters(maybe().Draw(t, "accuracy")),
				AccuracyKind: rapid.SampledFrom([]geo.AccuracyKind{geo.UnknownKind, geo.Android68, geo.IOS, geo.Web95}).Draw(t, "kind"),
				Source:       rapid.SampledFrom([]geo.FixSource{"", geo.SourceGPS, geo.SourceFused}).Draw(t, "source"),
				Datum:        rapid.SampledFrom([]geo.Datum{geo.WGS84, geo.GCJ02, geo.BD09}).Draw(t, "datum"),
				Mock:         rapid.Bool().Draw(t, "mock"),
			},
			AltitudeM: finite(maybe().Draw(t, "altitude")), SpeedMPS: finite(maybe().Draw(t, "speed")), HeadingDeg: finite(maybe().Draw(t, "heading")),
		}
		if rapid.Bool().Draw(t, "timed") {
			f.Time = anInstant(2, 9998).Draw(t, "fix time")
		}
		return f
	})
}

// someEvent draws any event that Decode could have made.
func someEvent() *rapid.Generator[rounds.VisitEvent] {
	return rapid.Custom(func(t *rapid.T) rounds.VisitEvent {
		e := rounds.VisitEvent{
			ID: anID[rounds.VisitEvent]().Draw(t, "id"), Kind: rounds.CheckIn,
			RetailerID: anID[rounds.Retailer]().Draw(t, "retailer"),
			Fixes:      rapid.SliceOfN(someFix(), 0, 10).Draw(t, "fixes"),
			Device: rounds.Device{
				ID: aName().Draw(t, "device"), BootID: aName().Draw(t, "boot"), Seq: rapid.Int64Range(0, math.MaxInt64).Draw(t, "seq"),
				Time: anInstant(firstYear, lastYear).Draw(t, "time"), UptimeMS: rapid.Int64Range(0, math.MaxInt64).Draw(t, "uptime"),
			},
			Note: aText(100).Draw(t, "note"),
		}
		if rapid.Bool().Draw(t, "out") {
			e.Kind, e.CheckInID = rounds.CheckOut, anID[rounds.VisitEvent]().Filter(func(id rounds.EventID) bool { return id != e.ID }).Draw(t, "check-in")
		}
		if rapid.Bool().Draw(t, "planned") {
			e.StopID = anID[rounds.Stop]().Draw(t, "stop")
		}
		if rapid.Bool().Draw(t, "more") {
			e.Evidence = canonical(json.RawMessage(rapid.SampledFrom([]string{`[{"a":1.50,"b":[1e400]}]`, `[{},{"\u0000":"\ud800"}]`}).Draw(t, "evidence")))
			e.Unknown = map[string]json.RawMessage{
				"/" + escape(rapid.SampledFrom([]string{"", "mood", "a/b", "~1", "unknown", "0"}).Draw(t, "unknown")): json.RawMessage(`{"x":9007199254740993}`),
				"/device/os": json.RawMessage(`null`),
			}
			if len(e.Fixes) > 0 {
				e.Unknown["/fixes/0/hdop"] = json.RawMessage(`1.10`)
			}
		}
		return e
	})
}

func TestEncodeThenDecodeIsTheEvent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := someEvent().Draw(t, "event")
		back, problems, warnings := Decode(Encode(e))
		if diff := cmp.Diff(e, back, nanIsNaN); diff != "" || len(problems) > 0 || len(warnings) != len(e.Unknown) {
			t.Fatalf("%s\n%v %v\n%s", Encode(e), problems, warnings, diff)
		}
		if !bytes.Equal(Hash(e), Hash(back)) || len(Differ(e, back)) > 0 {
			t.Fatal("another hash")
		}
	})
}

// Two events have one hash exactly if no field differs.
func TestHashAndDifferAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := someEvent().Draw(t, "a"), someEvent().Draw(t, "b")
		if rapid.Bool().Draw(t, "related") {
			b.ID, b.Kind, b.CheckInID, b.RetailerID, b.StopID, b.Device, b.Note = a.ID, a.Kind, a.CheckInID, a.RetailerID, a.StopID, a.Device, a.Note
		}
		if names := Differ(a, b); bytes.Equal(Hash(a), Hash(b)) != (len(names) == 0) {
			t.Fatalf("they differ in %v", names)
		}
	})
}

// Whatever a phone sends, decoding ends with an event or with problems; and an event, given back as it
// would be sent, is the same event.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(minimal))
	f.Add([]byte(strings.Replace(minimal, `[{}]`, `[]`, 1)))
	f.Add([]byte(replaced(f, `"note"`, `"mood": {"b": 9007199254740993, "a": 1e400}, "a/b~c": null, "": 1, "note"`)))
	f.Add([]byte(replaced(f, `1.50`, `1e400, "deep": `+strings.Repeat("[", 3000)+strings.Repeat("]", 3000))))
	f.Add([]byte(replaced(f, `2026-03-04T10:29:50.123456`, `0000-01-01T00:00:00`)))
	f.Add([]byte("{\"note\":\"\xff\\ud800\",\"\xff\":1,\"\xfe\":2}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, problems, _ := Decode(raw)
		if len(problems) > 0 {
			return
		}
		sent := Encode(e)
		if len(sent) > MaxBytes { // escapes and defaults may add to it
			return
		}
		back, problems, _ := Decode(sent)
		if len(problems) > 0 || !bytes.Equal(Hash(e), Hash(back)) {
			t.Fatalf("%s\nis given back as\n%s\nproblems %v, different %v", raw, sent, problems, Differ(e, back))
		}
	})
}

func FuzzDecodeSent(f *testing.F) {
	f.Add([]byte(`{"boot_id": "boot", "time": "2026-03-04T10:30:00.5+08:00", "uptime_ms": 61000}`))
	f.Add([]byte(`{"boot_id": "boot", "time": "0000-01-01T00:00:00+08:00", "uptime_ms": 61000}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, problems := DecodeSent(raw)
		if _, err := json.Marshal(s); err != nil || (len(problems) > 0) != (s == rounds.Sent{}) {
			t.Fatalf("%s: %v, problems %v, %v", raw, s, problems, err)
		}
	})
}
