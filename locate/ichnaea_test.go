package locate

import (
	"io"
	"net/http"
	"testing"
	"time"

	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

func TestIchnaeaIsAskedAsDocumented(t *testing.T) {
	t.Parallel()
	const want = `{"considerIp":false,` +
		`"cellTowers":[{"radioType":"lte","mobileCountryCode":460,"mobileNetworkCode":0,"locationAreaCode":22533,"cellId":123456789,"signalStrength":-97}],` +
		`"wifiAccessPoints":[{"macAddress":"00:25:9c:cf:1c:ac","signalStrength":-43},{"macAddress":"00:25:9c:cf:1c:ad","signalStrength":-55,"channel":11}],` +
		`"fallbacks":{"ipf":false,"lacf":false}}`
	server := serve(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if diff := cmp.Diff(want, body); diff != "" {
			t.Error(diff)
		}
		if r.URL.Path != "/v1/geolocate" || r.URL.Query().Get("key") != apiKey || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("asked %s with %v", r.URL, r.Header)
		}
		_, _ = io.WriteString(w, `{"location":{"lat":30.2597,"lng":120.1468},"accuracy":100.0}`)
	})
	p, err := bare(t, settings(Ichnaea, server.URL+"/v1/geolocate")).locator().Locate(t.Context(), seen)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Position{
		Point: &orb.Point{120.1468, 30.2597}, Datum: geo.WGS84, Accuracy: 100, AccuracyKind: geo.Web95,
		Source: geo.SourceNetwork, Service: "north",
	}, p); diff != "" {
		t.Error(diff)
	}
}

func TestAnswersOfIchnaea(t *testing.T) {
	t.Parallel()
	said := func(reason string) string {
		return `{"error":{"errors":[{"domain":"d","reason":"` + reason + `","message":"m"}],"code":1,"message":"m"}}`
	}
	for name, c := range map[string]struct {
		status int
		body   string
		class  error
		reason Reason
		after  time.Duration
	}{
		"not found":                           {404, said("notFound"), ErrNotFound, Unknown, 0},
		"a wrong path":                        {404, "<html>", ErrPermanent, HTTPStatus, 0},
		"the day's limit":                     {403, said("dailyLimitExceeded"), ErrTemporary, LimitReached, time.Hour},
		"the day's limit, as newer ones say":  {429, said("dailyLimitExceeded"), ErrTemporary, LimitReached, time.Hour},
		"too many just now":                   {429, "", ErrTemporary, LimitReached, 0},
		"forbidden":                           {403, said("accessNotConfigured"), ErrPermanent, HTTPStatus, 0},
		"a bad key":                           {400, said("keyInvalid"), ErrPermanent, HTTPStatus, 0},
		"a bad request":                       {400, said("parseError"), ErrPermanent, HTTPStatus, 0},
		"by network address, though told not": {200, `{"location":{"lat":51.0,"lng":-0.1},"accuracy":600000.0,"fallback":"ipf"}`, ErrNotFound, ByAddress, 0},
		"by network address, and small":       {200, `{"location":{"lat":51.0,"lng":-0.1},"accuracy":10,"fallback":"ipf"}`, ErrNotFound, ByAddress, 0},
		"by location area":                    {200, `{"location":{"lat":51.0,"lng":-0.1},"accuracy":10,"fallback":"lacf"}`, ErrNotFound, ByAddress, 0},
		"as wide as a country":                {200, `{"location":{"lat":51.0,"lng":-0.1},"accuracy":600000.0}`, ErrNotFound, TooWide, 0},
		"null island":                         {200, `{"location":{"lat":0,"lng":0},"accuracy":10}`, ErrNotFound, NullIsland, 0},
		"no place":                            {200, `{"location":{"lat":120.1468,"lng":30.2597},"accuracy":10}`, ErrNotFound, NoPlace, 0},
		"not a number":                        {200, `{"location":{"lat":NaN,"lng":30.2597},"accuracy":10}`, ErrTemporary, BadAnswer, 0},
		"a number beyond numbers":             {200, `{"location":{"lat":1e999,"lng":30.2597},"accuracy":10}`, ErrTemporary, BadAnswer, 0},
		"half a location":                     {200, `{"location":{"lat":30.2597},"accuracy":10}`, ErrTemporary, BadAnswer, 0},
		"no location":                         {200, `{}`, ErrTemporary, BadAnswer, 0},
		"null":                                {200, `null`, ErrTemporary, BadAnswer, 0},
		"something after it":                  {200, `{"location":{"lat":30.2597,"lng":120.1468},"accuracy":10}{}`, ErrTemporary, BadAnswer, 0},
		"a page of a gateway":                 {200, `<!DOCTYPE html>`, ErrTemporary, BadAnswer, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := bare(t, settings(Ichnaea, answering(t, c.status, "application/json", c.body).URL)).locator().Locate(t.Context(), seen)
			if e := wantFailure(t, err, c.class, c.reason); e.After != c.after {
				t.Errorf("after %v, want %v", e.After, c.after)
			}
		})
	}
}

func TestIchnaeaIsAskedOnlyWithEnough(t *testing.T) {
	t.Parallel()
	cell := seen.Cells[0]
	ap, other := seen.WiFi[0], seen.WiFi[1]
	for name, c := range map[string]struct {
		n    Network
		want geo.FixSource
	}{
		"nothing":                           {Network{}, ""},
		"one access point":                  {wifi(ap), ""},
		"one access point twice":            {wifi(ap, AccessPoint{MAC: "00259ccf1cac"}), ""},
		"one and a hotspot":                 {wifi(ap, AccessPoint{MAC: "02:25:9c:cf:1c:ac"}), ""},
		"two access points":                 {wifi(ap, other), geo.SourceWiFi},
		"a cell":                            {cells(cell), geo.SourceCell},
		"a cell and one access point":       {Network{Cells: []Cell{cell}, WiFi: []AccessPoint{ap}}, geo.SourceCell},
		"a neighbour without identity only": {cells(Cell{Radio: LTE, MCC: 460}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := answering(t, 200, "application/json", `{"location":{"lat":30.2597,"lng":120.1468},"accuracy":10}`)
			p, err := bare(t, settings(Ichnaea, server.URL)).locator().Locate(t.Context(), Query{Network: c.n})
			if c.want == "" {
				wantFailure(t, err, ErrPermanent, NothingToAsk)
				return
			}
			if err != nil || p.Source != c.want {
				t.Errorf("got %v, %v", p, err)
			}
		})
	}
}
