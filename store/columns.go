package store

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"rounds"
	"rounds/geo"
)

// known is nil for a number that is not one.
func known(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// number is NaN for a null.
func number(f *float64) float64 {
	if f == nil {
		return math.NaN()
	}
	return *f
}

// instant is nil for a time that is not known.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// text is nil for JSON that is absent.
func text(j json.RawMessage) *string {
	if len(j) == 0 {
		return nil
	}
	s := string(j)
	return &s
}

// object writes fields as a JSON object with sorted keys; none is absent.
func object(fields map[string]json.RawMessage) json.RawMessage {
	if len(fields) == 0 {
		return nil
	}
	b, err := json.Marshal(fields)
	if err != nil {
		panic("store: internal error: unknown fields that were JSON are no JSON: " + err.Error())
	}
	return b
}

func joined(reasons []geo.Reason) string {
	parts := make([]string, len(reasons))
	for i, r := range reasons {
		parts[i] = string(r)
	}
	return strings.Join(parts, ",")
}

// date is nil for no day.
func date(d rounds.Day) *rounds.Day {
	if d == "" {
		return nil
	}
	return &d
}
