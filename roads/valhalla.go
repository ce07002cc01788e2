package roads

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// What a Valhalla takes at once unless it is configured otherwise: 2,500 legs of a matrix, 20 places of a route.
const (
	valhallaBlock = 50
	valhallaHops  = 20
)

// valhallaDecimals are those of its polylines.
const valhallaDecimals = 6

var valhallaCostings = map[string]string{"car": "auto", "motor_scooter": "motor_scooter", "foot": "pedestrian"}

// valhalla speaks to a Valhalla server (https://valhalla.github.io/valhalla/api/matrix/api-reference/).
type valhalla struct {
	*service
	url, costing string
}

// AskValhalla is travel by a Valhalla server at a URL.
func AskValhalla(url string, p Profile) (*Travel, error) {
	base, err := serviceURL(url)
	if err != nil {
		return nil, err
	}
	s := newService(SourceValhalla, valhallaBlock, valhallaBlock, valhallaHops)
	s.ask = valhalla{s, base, valhallaCostings[p.Name]}
	return &Travel{Source: SourceValhalla, Profile: p, service: s}, nil
}

type valhallaPlace struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

func valhallaPlaces(points []orb.Point) []valhallaPlace {
	places := make([]valhallaPlace, len(points))
	for i, p := range points {
		places[i] = valhallaPlace{p.Lat(), p.Lon()}
	}
	return places
}

// valhallaMatrix is what is read of an answer: rows of legs, seconds and kilometres.
type valhallaMatrix struct {
	Units string `json:"units"`
	Rows  [][]struct {
		Time     *float64 `json:"time"`
		Distance *float64 `json:"distance"`
	} `json:"sources_to_targets"`
}

func (v valhalla) blockOf(ctx context.Context, from, to []orb.Point) (b block, why Reason) {
	var answer valhallaMatrix
	why = v.post(ctx, "/sources_to_targets", map[string]any{
		"sources": valhallaPlaces(from), "targets": valhallaPlaces(to), "costing": v.costing, "units": "kilometers",
	}, &answer)
	if why != "" {
		return b, why
	}
	if len(answer.Rows) != len(from) || answer.Units != "" && answer.Units != "kilometers" {
		return b, BadAnswer
	}
	for _, row := range answer.Rows {
		if len(row) != len(to) {
			return b, BadAnswer
		}
		for _, leg := range row {
			b.seconds, b.meters = append(b.seconds, orNaN(leg.Time)), append(b.meters, 1000*orNaN(leg.Distance))
		}
	}
	return b, ""
}

type valhallaTrip struct {
	Trip struct {
		Legs []struct {
			Shape string `json:"shape"`
		} `json:"legs"`
	} `json:"trip"`
}

func (v valhalla) lineOf(ctx context.Context, points []orb.Point) (line orb.LineString, why Reason) {
	var answer valhallaTrip
	why = v.post(ctx, "/route", map[string]any{
		"locations": valhallaPlaces(points), "costing": v.costing, "directions_type": "none",
	}, &answer)
	if why != "" {
		return nil, why
	}
	if len(answer.Trip.Legs) != len(points)-1 {
		return nil, BadAnswer
	}
	for _, leg := range answer.Trip.Legs {
		part, ok := geo.ParsePolyline(leg.Shape, valhallaDecimals)
		if !ok {
			return nil, BadAnswer
		}
		line = append(line, part...)
	}
	return line, ""
}

func (v valhalla) post(ctx context.Context, path string, body map[string]any, into any) Reason {
	text, err := json.Marshal(body)
	if err != nil {
		return Refused
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url+path, bytes.NewReader(text))
	if err != nil {
		return Refused
	}
	req.Header.Set("Content-Type", "application/json")
	return v.answer(req, into)
}
