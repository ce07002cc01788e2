package api

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/geo"

	"github.com/paulmach/orb"
)

// routePoint is a stop with what a map shows of it.
type routePoint struct {
	rounds.Stop
	n        int
	retailer rounds.Retailer
	at       *orb.Point // in the datum asked for; nil: the retailer has no pin
}

// A routeMap is a route as maps show it.
type routeMap struct {
	chart
	day        rounds.Day
	start, end *orb.Point // in WGS-84; nil: there is none, or it is not told
	points     []routePoint
	distance   float64
	travelS    int
}

// routeOf reads a plan and where its stops are, in the datum asked for.
func (s *Server) routeOf(ctx context.Context, id ID, c chart) (routeMap, error) {
	a := actor(ctx)
	plan, err := s.store.Plan(ctx, a.Scope(), rounds.PlanID(id))
	if err != nil {
		return routeMap{}, err
	}
	m := routeMap{chart: c, day: plan.Day, start: plan.Start, distance: float64(plan.Distance), travelS: plan.TravelSeconds}
	if plan.RoundTrip {
		m.end = plan.Start
	}
	cards, err := s.cards(ctx, a, plan)
	m.points = c.points(plan.Stops, cards)
	return m, err
}

func (c chart) points(stops []rounds.Stop, cards cards) []routePoint {
	points := make([]routePoint, len(stops))
	for i, stop := range stops {
		r := cards.retailers[stop.RetailerID]
		points[i] = routePoint{Stop: stop, n: i + 1, retailer: r}
		if r.Pin != nil {
			points[i].at = new(c.write(r.Pin.Point))
		}
	}
	return points
}

// way is the line through the stops that have a place, from the start to the end if there are such, in the datum asked for.
func (s *Server) way(ctx context.Context, m routeMap) (orb.LineString, rounds.Travel, error) {
	var through []orb.Point
	if m.start != nil {
		through = append(through, *m.start)
	}
	for _, p := range m.points {
		if p.retailer.Pin != nil {
			through = append(through, p.retailer.Pin.Point)
		}
	}
	if m.end != nil {
		through = append(through, *m.end)
	}
	line, travel, err := s.office.LineThrough(ctx, through)
	for i, p := range line {
		line[i] = m.write(p)
	}
	return line, travel, err
}

// GetPlanGeoJSON is the route for a map. GeoJSON is WGS-84 by its standard; another datum is named.
func (s *Server) GetPlanGeoJSON(ctx context.Context, r GetPlanGeoJSONRequestObject) (GetPlanGeoJSONResponseObject, error) {
	m, err := s.routeOf(ctx, r.ID, chartOf(actor(ctx), r.Params.Datum))
	if err != nil {
		return nil, err
	}
	collection, err := s.routeGeoJSON(ctx, m)
	return GetPlanGeoJSON200ApplicationGeoPlusJSONResponse(collection), err
}

func (s *Server) routeGeoJSON(ctx context.Context, m routeMap) (map[string]any, error) {
	line, travel, err := s.way(ctx, m)
	if err != nil {
		return nil, err
	}
	features := []any{}
	if len(line) > 1 {
		features = append(features, feature("LineString", line, map[string]any{
			"distance_m": m.distance, "travel_s": m.travelS, "travel": wireTravel(travel), "polyline": geo.Polyline(line),
		}))
	}
	for _, p := range m.points {
		if p.at != nil {
			features = append(features, feature("Point", *p.at, map[string]any{
				"n": p.n, "stop_id": p.ID.String(), "code": p.retailer.Code, "name": p.retailer.Name,
				"planned_at": p.PlannedAt.Format(time.RFC3339),
			}))
		}
	}
	return map[string]any{"type": "FeatureCollection", "datum": string(m.datum), "features": features}, nil
}

func feature(kind string, coordinates any, properties map[string]any) map[string]any {
	return map[string]any{
		"type":       "Feature",
		"geometry":   map[string]any{"type": kind, "coordinates": coordinates},
		"properties": properties,
	}
}

// The part of GPX 1.1 (https://www.topografix.com/GPX/1/1/) that a route needs.
type gpx struct {
	XMLName xml.Name  `xml:"http://www.topografix.com/GPX/1/1 gpx"`
	Version string    `xml:"version,attr"`
	Creator string    `xml:"creator,attr"`
	Route   gpxRoute  `xml:"rte"`
	Track   *gpxTrack `xml:"trk"`
}

type gpxTrack struct {
	Name   string     `xml:"name"`
	Points []gpxPlace `xml:"trkseg>trkpt"`
}

type gpxPlace struct {
	Lat float64 `xml:"lat,attr"`
	Lon float64 `xml:"lon,attr"`
}

type gpxRoute struct {
	Name   string     `xml:"name"`
	Points []gpxPoint `xml:"rtept"`
}

type gpxPoint struct {
	Lat  float64 `xml:"lat,attr"`
	Lon  float64 `xml:"lon,attr"`
	Time string  `xml:"time,omitempty"`
	Name string  `xml:"name"`
	Desc string  `xml:"desc,omitempty"`
}

// GetPlanGPX is the route for a navigation device.
func (s *Server) GetPlanGPX(ctx context.Context, r GetPlanGPXRequestObject) (GetPlanGPXResponseObject, error) {
	m, err := s.routeOf(ctx, r.ID, chartOf(actor(ctx), r.Params.Datum))
	if err != nil {
		return nil, err
	}
	body, err := s.routeGPX(ctx, m)
	return GetPlanGPX200ApplicationGpxXMLResponse{Body: bytes.NewReader(body), ContentLength: int64(len(body))}, err
}

func (s *Server) routeGPX(ctx context.Context, m routeMap) ([]byte, error) {
	line, travel, err := s.way(ctx, m)
	if err != nil {
		return nil, err
	}
	doc := gpx{Version: "1.1", Creator: "Rounds", Route: gpxRoute{Name: "Rounds " + string(m.day)}}
	end := func(p *orb.Point, name string) {
		if p != nil {
			at := m.write(*p)
			doc.Route.Points = append(doc.Route.Points, gpxPoint{Lat: at.Lat(), Lon: at.Lon(), Name: name})
		}
	}
	end(m.start, "start")
	for _, p := range m.points {
		if p.at != nil {
			doc.Route.Points = append(doc.Route.Points, gpxPoint{
				Lat: p.at.Lat(), Lon: p.at.Lon(), Time: p.PlannedAt.Format(time.RFC3339),
				Name: fmt.Sprintf("%d %s", p.n, p.retailer.Name), Desc: p.retailer.Address,
			})
		}
	}
	if m.end == m.start {
		end(m.end, "start")
	} else {
		end(m.end, "end")
	}
	if travel.Source != fieldwork.StraightLines {
		doc.Track = trackOf(doc.Route.Name, line)
	}
	text, err := xml.MarshalIndent(doc, "", " ")
	return append([]byte(xml.Header), text...), err
}

func trackOf(name string, line orb.LineString) *gpxTrack {
	return &gpxTrack{Name: name, Points: mapped(line, func(p orb.Point) gpxPlace { return gpxPlace{p.Lat(), p.Lon()} })}
}
