package api_test

import (
	"reflect"
	"testing"
	"time"
)

// stamp is what a phone says of its clocks, so many minutes into the working day and with its wall clock ahead.
func stamp(minute int, ahead time.Duration) object {
	return object{
		"boot_id": "boot", "time": monday.Add(time.Duration(minute)*time.Minute + ahead).Format(time.RFC3339),
		"uptime_ms": 60_000 * (100_000 + minute),
	}
}

func TestVisitsSayHowTheirEventsWereDated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change   func(object)
		sent     object
		quality  string
		happened time.Time
		earliest bool
		within   time.Duration // latest − happened_at
		offset   float64
		moved    bool
	}{
		"sent since, by a clock an hour ahead": {
			func(e object) {
				e["device"] = with(e["device"].(object), "time", monday.Add(time.Hour).Format(time.RFC3339))
			},
			stamp(now, time.Hour), "anchored", monday, true, 10 * time.Second, -3600, false,
		},
		"sent since, and set right in between": {
			func(e object) {
				e["device"] = with(e["device"].(object), "time", monday.Add(time.Hour).Format(time.RFC3339))
			},
			stamp(now, 0), "anchored", monday, true, 10 * time.Second, -3600, true,
		},
		"the phone does not say when it sent": {func(object) {}, nil, "bounded", monday, false, now * time.Minute, 0, false},
		"an uptime that cannot be": {
			func(e object) { e["device"] = with(e["device"].(object), "uptime_ms", 1<<50) },
			nil, "claimed", monday, false, now * time.Minute, 0, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			e := checkIn(f.first("rep1"), 0, c.change)
			body := object{"events": []any{e}}
			if c.sent != nil {
				body["sent"] = c.sent
			}
			f.as("rep1").post(postBatch, body).want(200)
			var seen []any
			for _, who := range []string{"rep1", "supervisor"} {
				seen = append(seen, f.as(who).get("/v1/visits/"+e["id"].(string)).want(200).at("events", 0, "clock"))
			}
			if !reflect.DeepEqual(seen[0], seen[1]) {
				t.Errorf("the rep sees %v, the supervisor %v", seen[0], seen[1])
			}
			clock := seen[0].(object)
			at := func(name string) time.Time {
				got, err := time.Parse(time.RFC3339, clock[name].(string))
				if err != nil {
					t.Error(err)
				}
				return got
			}
			if _, known := clock["earliest"]; known != c.earliest || known && (at("earliest").After(c.happened) || at("earliest").Before(c.happened.Add(-2*time.Minute))) {
				t.Errorf("earliest: %v", clock)
			}
			if d := at("latest").Sub(c.happened); d < 0 || d > c.within+time.Minute {
				t.Errorf("latest: %v", clock)
			}
			if !at("happened_at").Equal(c.happened) || clock["quality"] != c.quality || clock["offset_s"] != c.offset || clock["moved"] != c.moved {
				t.Errorf("%v, want %s at %s, moved by %v s", clock, c.quality, c.happened, c.offset)
			}
		})
	}
}
