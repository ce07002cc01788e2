// Package eventjson is the JSON form of a visit event: how a phone's bytes become a [rounds.VisitEvent]
// with every problem named, and the canonical form whose hash tells a repeat from a conflict.
//
// It does the same for what an auditor found. It knows the shape of one event. It does not know retailers, verdicts
// or how events are stored, and it has no opinion on positions: 91 degrees north decodes, and is a finding later.
package eventjson

import (
	"encoding/json"
	"math"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/paulmach/orb"
)

// Limits of one event. A larger one is kept in quarantine, cut to MaxBytes.
const (
	MaxBytes    = 16 << 10
	maxFixes    = 10
	maxEvidence = 10
	maxNote     = 2000
	maxName     = 100 // of devices and boots
)

// Device clocks outside these years are broken beyond what a working day can be made of.
const (
	firstYear = 1900
	lastYear  = 2999
)

// JSON can write the instants of these years, by UTC, and no others.
const (
	firstWritable = 0
	lastWritable  = 9999
)

// Decode reads one event. Problems are the bad fields, by JSON pointer, and leave the event unusable but
// for its id, its retailer and the time of its device, as far as they could be read; warnings are unknown fields, which are kept.
func Decode(raw json.RawMessage) (e rounds.VisitEvent, problems, warnings []rounds.Field) {
	if len(raw) > MaxBytes {
		return names(raw), []rounds.Field{{Code: "event_too_large", Args: []any{MaxBytes}}}, nil
	}
	d := &decoder{unknown: map[string]json.RawMessage{}}
	if top, ok := d.object("", raw); ok {
		e = event(top)
		d.holdToNames(raw, &e)
	}
	if len(d.unknown) > 0 {
		e.Unknown = d.unknown
	}
	return e, d.problems, d.warnings
}

// holdToNames refuses an event in which anything is said twice, and takes neither for its id or retailer.
func (d *decoder) holdToNames(raw json.RawMessage, e *rounds.VisitEvent) {
	switch pointer, _ := d.checkNames(raw); pointer {
	case "/id":
		e.ID = rounds.EventID{}
	case "/retailer_id":
		e.RetailerID = rounds.RetailerID{}
	}
}

// names are the ids and the time of an event that is too large to be read, for the answer to name it.
func names(raw json.RawMessage) (e rounds.VisitEvent) {
	var n struct {
		ID         string `json:"id"`
		RetailerID string `json:"retailer_id"`
		Device     struct {
			Time string `json:"time"`
		} `json:"device"`
	}
	if json.Unmarshal(raw, &n) != nil {
		return e
	}
	e.ID, _ = rounds.ParseID[rounds.VisitEvent](n.ID)
	e.RetailerID, _ = rounds.ParseID[rounds.Retailer](n.RetailerID)
	e.Device.Time, _ = time.Parse(time.RFC3339Nano, n.Device.Time)
	return e
}

func event(o *object) rounds.VisitEvent {
	e := rounds.VisitEvent{
		ID:         id[rounds.VisitEvent](o, "id", required),
		Kind:       rounds.EventKind(o.oneOf("kind", required, "check_in", "check_out")),
		RetailerID: id[rounds.Retailer](o, "retailer_id", required),
		StopID:     id[rounds.Stop](o, "stop_id", optional),
		CheckInID:  id[rounds.VisitEvent](o, "check_in_id", optional),
		Fixes:      fixes(o),
		Device:     device(o),
		Note:       o.text("note", optional, maxNote),
		Evidence:   evidence(o),
	}
	checkPairing(o, &e)
	o.done()
	return e
}

// checkPairing holds check-outs to naming their check-in; a check-in that names one is no harm.
func checkPairing(o *object, e *rounds.VisitEvent) {
	switch {
	case e.Kind == rounds.CheckIn:
		e.CheckInID = rounds.EventID{}
	case e.Kind == rounds.CheckOut && e.CheckInID.IsZero():
		o.problem("check_in_id", "required")
	case e.Kind == rounds.CheckOut && e.CheckInID == e.ID:
		o.problem("check_in_id", "own_id")
	}
}

func device(o *object) rounds.Device {
	in, ok := o.child("device", required)
	if !ok {
		return rounds.Device{}
	}
	d := rounds.Device{
		ID:       in.text("id", required, maxName),
		BootID:   in.text("boot_id", required, maxName),
		Seq:      in.whole("seq", required),
		Time:     in.instant("time", required, firstYear, lastYear),
		UptimeMS: in.whole("uptime_ms", required),
	}
	in.done()
	return d
}

func fixes(o *object) []rounds.Fix {
	items := o.list("fixes", required, 0, maxFixes)
	out := make([]rounds.Fix, 0, len(items))
	for _, in := range items {
		out = append(out, fix(in))
	}
	return out
}

func fix(in *object) rounds.Fix {
	f := rounds.Fix{
		Fix: geo.Fix{
			Point:        orb.Point{in.number("lon"), in.number("lat")},
			Accuracy:     geo.Meters(in.number("accuracy_m")),
			AccuracyKind: geo.AccuracyKind(in.oneOf("accuracy_kind", optional, "unknown", "android_68", "ios", "web_95")),
			Source:       geo.FixSource(in.oneOf("source", optional, "", "gps", "network", "wifi", "cell", "fused")),
			Datum:        geo.Datum(in.oneOf("datum", optional, "wgs84", "gcj02", "bd09")),
			Time:         in.instant("fix_time", optional, firstWritable, lastWritable),
			Mock:         in.flag("mock"),
		},
		AltitudeM:  finite(in.number("altitude_m")),
		SpeedMPS:   finite(in.number("speed_mps")),
		HeadingDeg: finite(in.number("heading_deg")),
	}
	in.done()
	return f
}

// evidence keeps the kinds beyond positions as they were sent, in canonical JSON.
func evidence(o *object) json.RawMessage {
	items := o.list("evidence", optional, 0, maxEvidence)
	if len(items) == 0 {
		return nil
	}
	return canonical(o.raw["evidence"])
}

func finite(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	f += 0 // -0 is stored as 0
	return &f
}

// DecodeSent reads the device's clock at the moment of sending.
func DecodeSent(raw json.RawMessage) (rounds.Sent, []rounds.Field) {
	d := &decoder{unknown: map[string]json.RawMessage{}}
	o, ok := d.object("", raw)
	if !ok {
		return rounds.Sent{}, d.problems
	}
	s := rounds.Sent{
		BootID:   o.text("boot_id", required, maxName),
		Time:     o.instant("time", required, firstWritable, lastWritable),
		UptimeMS: o.whole("uptime_ms", required),
	}
	if d.problems != nil {
		s = rounds.Sent{}
	}
	return s, d.problems
}

// microsecond is how finely instants are kept, so that a stored event has the hash that it came with.
func microsecond(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
