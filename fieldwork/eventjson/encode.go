package eventjson

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"rounds"
)

// The canonical form: names in this order, absent fields left out, defaults written, instants in UTC to
// the microsecond.
type wireEvent struct {
	ID         rounds.EventID             `json:"id"`
	Kind       rounds.EventKind           `json:"kind"`
	RetailerID rounds.RetailerID          `json:"retailer_id"`
	StopID     *rounds.StopID             `json:"stop_id,omitempty"`
	CheckInID  *rounds.EventID            `json:"check_in_id,omitempty"`
	Fixes      []wireFix                  `json:"fixes,omitzero"`
	Device     wireDevice                 `json:"device"`
	Evidence   json.RawMessage            `json:"evidence,omitempty"`
	Note       string                     `json:"note,omitempty"`
	Unknown    map[string]json.RawMessage `json:"unknown,omitempty"`
}

type wireFix struct {
	Lat          *float64   `json:"lat,omitempty"`
	Lon          *float64   `json:"lon,omitempty"`
	AccuracyM    *float64   `json:"accuracy_m,omitempty"`
	AccuracyKind string     `json:"accuracy_kind"`
	Source       string     `json:"source,omitempty"`
	Datum        string     `json:"datum"`
	FixTime      *time.Time `json:"fix_time,omitempty"`
	Mock         bool       `json:"mock"`
	AltitudeM    *float64   `json:"altitude_m,omitempty"`
	SpeedMPS     *float64   `json:"speed_mps,omitempty"`
	HeadingDeg   *float64   `json:"heading_deg,omitempty"`
}

type wireDevice struct {
	ID       string    `json:"id"`
	BootID   string    `json:"boot_id"`
	Seq      int64     `json:"seq"`
	Time     time.Time `json:"time"`
	UptimeMS int64     `json:"uptime_ms"`
}

func toWire(e rounds.VisitEvent) wireEvent {
	w := wireEvent{
		ID:         e.ID,
		Kind:       e.Kind,
		RetailerID: e.RetailerID,
		StopID:     present(e.StopID),
		CheckInID:  present(e.CheckInID),
		Device:     wireDevice(e.Device),
		Evidence:   canonical(e.Evidence),
		Note:       e.Note,
		Unknown:    e.Unknown,
	}
	w.Device.Time = microsecond(w.Device.Time)
	if e.Fixes != nil { // nil: they are gone
		w.Fixes = []wireFix{}
	}
	for _, f := range e.Fixes {
		w.Fixes = append(w.Fixes, toWireFix(f))
	}
	return w
}

func toWireFix(f rounds.Fix) wireFix {
	w := wireFix{
		Lat:          finite(f.Point.Lat()),
		Lon:          finite(f.Point.Lon()),
		AccuracyM:    finite(float64(f.Accuracy)),
		AccuracyKind: string(f.AccuracyKind),
		Source:       string(f.Source),
		Datum:        string(f.Datum),
		Mock:         f.Mock,
		AltitudeM:    f.AltitudeM,
		SpeedMPS:     f.SpeedMPS,
		HeadingDeg:   f.HeadingDeg,
	}
	if !f.Time.IsZero() {
		at := microsecond(f.Time)
		w.FixTime = &at
	}
	return w
}

func present[Noun any](id rounds.ID[Noun]) *rounds.ID[Noun] {
	if id.IsZero() {
		return nil
	}
	return &id
}

// Hash is the SHA-256 of the event's canonical form: equal for every sending of the same event.
func Hash(e rounds.VisitEvent) []byte {
	sum := sha256.Sum256(mustMarshal(toWire(e)))
	return sum[:]
}

// Differ gives the JSON pointers of the top-level fields, and of the unknown ones wherever they are, in which two
// events differ, sorted.
func Differ(a, b rounds.VisitEvent) []string {
	fa, fb := fields(a), fields(b)
	var names []string
	for name := range fa {
		if !bytes.Equal(fa[name], fb[name]) {
			names = append(names, name)
		}
	}
	for name := range fb {
		if _, both := fa[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func fields(e rounds.VisitEvent) map[string]json.RawMessage {
	f := maps.Clone(e.Unknown)
	if f == nil {
		f = map[string]json.RawMessage{}
	}
	e.Unknown = nil
	var known map[string]json.RawMessage
	if err := json.Unmarshal(mustMarshal(toWire(e)), &known); err != nil {
		panic("eventjson: internal error: " + err.Error())
	}
	for name, value := range known {
		f["/"+name] = value
	}
	return f
}

// Encode writes an event as a phone would send it, with its unknown fields back in their places.
func Encode(e rounds.VisitEvent) json.RawMessage {
	unknown := e.Unknown
	e.Unknown = nil
	if len(unknown) == 0 {
		return mustMarshal(toWire(e))
	}
	top := tree(mustMarshal(toWire(e)))
	for pointer, value := range unknown {
		put(top, strings.Split(pointer, "/")[1:], value)
	}
	return mustMarshal(top)
}

// put sets a value by the tokens of its pointer; one that leads nowhere (its fix is deleted) is dropped.
func put(in any, tokens []string, value json.RawMessage) {
	switch in := in.(type) {
	case map[string]any:
		if len(tokens) == 1 {
			in[unescape(tokens[0])] = value
			return
		}
		put(in[unescape(tokens[0])], tokens[1:], value)
	case []any:
		if i, err := strconv.Atoi(tokens[0]); err == nil && i < len(in) && len(tokens) > 1 {
			put(in[i], tokens[1:], value)
		}
	}
}

// canonical writes JSON without white space and with sorted names; numbers keep their digits.
func canonical(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return nil
	}
	return mustMarshal(tree(raw))
}

// tree reads JSON with its numbers as they are written: a float64 would lose digits of some, and refuse 1e400.
func tree(raw json.RawMessage) any {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic("eventjson: internal error: " + err.Error())
	}
	return v
}

func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("eventjson: internal error: " + err.Error())
	}
	return b
}
