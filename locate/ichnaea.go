package locate

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// leastAccessPoints is Ichnaea's "mandatory privacy restriction": fewer locate nobody.
const leastAccessPoints = 2

// ichnaea is any service with the interface of Mozilla's: POST /v1/geolocate
// (https://ichnaea.readthedocs.io/en/latest/api/geolocate.html). By that page the accuracy is the radius of a circle
// that holds the true position "with a 95th percentile confidence value".
type ichnaea struct{ *service }

// Its request. Network addresses and whole location areas are switched off by both names they have.
type geolocate struct {
	ConsiderIP bool            `json:"considerIp"`
	Cells      []cellTower     `json:"cellTowers,omitempty"`
	WiFi       []wifiPoint     `json:"wifiAccessPoints,omitempty"`
	Fallbacks  map[string]bool `json:"fallbacks"`
}

// NR is not in Ichnaea's documentation; its successors take "nr" with the names of the others.
type cellTower struct {
	Radio  Radio `json:"radioType"`
	MCC    int   `json:"mobileCountryCode"`
	MNC    int   `json:"mobileNetworkCode"`
	Area   int   `json:"locationAreaCode"`
	ID     int64 `json:"cellId"`
	Age    int64 `json:"age,omitempty"` // ms
	Signal int   `json:"signalStrength,omitempty"`
}

type wifiPoint struct {
	MAC       string `json:"macAddress"`
	Signal    int    `json:"signalStrength,omitempty"`
	Channel   int    `json:"channel,omitempty"`
	Frequency int    `json:"frequency,omitempty"` // MHz
}

type geolocated struct {
	Location *struct {
		Lat *float64 `json:"lat"`
		Lng *float64 `json:"lng"`
	} `json:"location"`
	Accuracy float64 `json:"accuracy"` // m
	Fallback string  `json:"fallback"`
}

type geolocateError struct {
	Error struct {
		Errors []struct {
			Reason string `json:"reason"`
		} `json:"errors"`
	} `json:"error"`
}

// Locate fails with nothing_to_ask where fewer than two access points and no whole cell may be sent.
func (c ichnaea) Locate(ctx context.Context, q Query) (Position, error) {
	ask, source := question(q.Sendable())
	if source == "" {
		return Position{}, c.fail(ErrPermanent, NothingToAsk)
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return Position{}, c.fail(ErrPermanent, NothingToAsk)
	}
	a, err := c.post(ctx, c.keyed(), body, http.Header{"Content-Type": {"application/json"}})
	if err != nil {
		return Position{}, err
	}
	return c.read(a, source)
}

func (c ichnaea) read(a answer, source geo.FixSource) (Position, error) {
	if e := c.refusal(a); e != nil {
		return Position{}, c.explained(e, a)
	}
	p, err := c.geolocated(a.body)
	if err != nil {
		return Position{}, err
	}
	p.Source = source
	return c.judged(p)
}

func (c ichnaea) keyed() string {
	if c.Key == "" {
		return c.URL
	}
	return c.URL + "?key=" + url.QueryEscape(string(c.Key))
}

// question is the request for what was seen, and what a position will then come from; empty: nothing can be asked.
func question(n Network) (geolocate, geo.FixSource) {
	ask := geolocate{Fallbacks: map[string]bool{"lacf": false, "ipf": false}}
	for _, c := range n.Cells {
		ask.Cells = append(ask.Cells, cellTower{c.Radio, c.MCC, c.MNC, c.Area(), c.CID, c.AgeMS, c.SignalDBM})
	}
	if len(n.WiFi) >= leastAccessPoints {
		for _, ap := range n.WiFi {
			ask.WiFi = append(ask.WiFi, wifiPoint{ap.MAC, ap.SignalDBM, ap.Channel, ap.FrequencyMHz})
		}
	}
	switch {
	case ask.Cells != nil && ask.WiFi != nil:
		return ask, geo.SourceNetwork
	case ask.Cells != nil:
		return ask, geo.SourceCell
	case ask.WiFi != nil:
		return ask, geo.SourceWiFi
	}
	return ask, ""
}

// explained sorts the statuses that Ichnaea gives a meaning to. A daily limit that says no more is left alone for as
// long as may be.
func (c ichnaea) explained(e *Error, a answer) *Error {
	var said geolocateError
	if json.Unmarshal(a.body, &said) != nil || len(said.Error.Errors) == 0 {
		return e
	}
	switch reason := said.Error.Errors[0].Reason; {
	case e.Status == http.StatusNotFound && reason == "notFound":
		e.Class, e.Reason = ErrNotFound, Unknown
	case reason == "dailyLimitExceeded" && (e.Status == http.StatusForbidden || e.Status == http.StatusTooManyRequests):
		e.Class, e.Reason = ErrTemporary, LimitReached
		if e.After = c.retryAfter(a.header); e.After == 0 {
			e.After = longestPause
		}
	}
	return e
}

func (c ichnaea) geolocated(body []byte) (Position, error) {
	var g geolocated
	if json.Unmarshal(body, &g) != nil {
		return Position{}, c.fail(ErrTemporary, BadAnswer)
	}
	switch {
	case g.Fallback != "":
		return Position{}, c.fail(ErrNotFound, ByAddress)
	case g.Location == nil || g.Location.Lat == nil || g.Location.Lng == nil:
		return Position{}, c.fail(ErrTemporary, BadAnswer)
	}
	return Position{
		Point:    &orb.Point{*g.Location.Lng, *g.Location.Lat},
		Datum:    c.Datum,
		Accuracy: geo.Meters(g.Accuracy),
	}, nil
}
