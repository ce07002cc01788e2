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

// routeOf reads a plan and where its stops are, in the datum asked for.
func (s *Server) routeOf(ctx context.Context, id ID, c chart) (rounds.Plan, *orb.Point, []routePoint, error) {
	a := actor(ctx)
	plan, err := s.store.Plan(ctx, a.Scope(), rounds.PlanID(id))
	if err != nil {
		return plan, nil, nil, err
	}
	cards, err := s.cards(ctx, a, plan)
	if err != nil {
		return plan, nil, nil, err
	}
	points := make([]routePoint, len(plan.Stops))
	for i, stop := range plan.Stops {
		r := cards.retailers[stop.RetailerID]
		points[i] = routePoint{Stop: stop, n: i + 1, retailer: r}
		if r.Pin != nil {
			points[i].at = new(c.write(r.Pin.Point))
		}
	}
	return plan, startOf(plan, c), points, nil
}

func startOf(plan rounds.Plan, c chart) *orb.Point {
	if plan.Start == nil {
		return nil
	}
	return new(c.write(*plan.Start))
}

// way is the line through the stops that have a place, from the start and back if the plan says so, in the
// datum asked for.
func (s *Server) way(ctx context.Context, plan rounds.Plan, points []routePoint, c chart) (orb.LineString, rounds.Travel, error) {
	var through []orb.Point
	if plan.Start != nil {
		through = append(through, *plan.Start)
	}
	for _, p := range points {
		if p.retailer.Pin != nil {
			through = append(through, p.retailer.Pin.Point)
		}
	}
	if plan.RoundTrip && plan.Start != nil {
		through = append(through, *plan.Start)
	}
	line, travel, err := s.office.LineThrough(ctx, through)
	for i, p := range line {
		line[i] = c.write(p)
	}
	return line, travel, err
}

// GetPlanGeoJSON is the route for a map. GeoJSON is WGS-84 by its standard; another datum is named.
func (s *Server) GetPlanGeoJSON(ctx context.Context, r GetPlanGeoJSONRequestObject) (GetPlanGeoJSONResponseObject, error) {
	c := chartOf(actor(ctx), r.Params.Datum)
	plan, _, points, err := s.routeOf(ctx, r.ID, c)
	if err != nil {
		return nil, err
	}
	line, travel, err := s.way(ctx, plan, points, c)
	if err != nil {
		return nil, err
	}
	features := []any{}
	if len(line) > 1 {
		features = append(features, feature("LineString", line, map[string]any{
			"distance_m": float64(plan.Distance), "travel_s": plan.TravelSeconds, "travel": wireTravel(travel), "polyline": geo.Polyline(line),
		}))
	}
	for _, p := range points {
		if p.at != nil {
			features = append(features, feature("Point", *p.at, map[string]any{
				"n": p.n, "stop_id": p.ID.String(), "code": p.retailer.Code, "name": p.retailer.Name,
				"planned_at": p.PlannedAt.Format(time.RFC3339),
			}))
		}
	}
	return GetPlanGeoJSON200ApplicationGeoPlusJSONResponse{"type": "FeatureCollection", "datum": string(c.datum), "features": features}, nil
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
	c := chartOf(actor(ctx), r.Params.Datum)
	plan, start, points, err := s.routeOf(ctx, r.ID, c)
	if err != nil {
		return nil, err
	}
	line, travel, err := s.way(ctx, plan, points, c)
	if err != nil {
		return nil, err
	}
	doc := gpx{Version: "1.1", Creator: "Rounds", Route: gpxRoute{Name: "Rounds " + string(plan.Day)}}
	home := func() {
		if start != nil {
			doc.Route.Points = append(doc.Route.Points, gpxPoint{Lat: start.Lat(), Lon: start.Lon(), Name: "start"})
		}
	}
	home()
	for _, p := range points {
		if p.at != nil {
			doc.Route.Points = append(doc.Route.Points, gpxPoint{
				Lat: p.at.Lat(), Lon: p.at.Lon(), Time: p.PlannedAt.Format(time.RFC3339),
				Name: fmt.Sprintf("%d %s", p.n, p.retailer.Name), Desc: p.retailer.Address,
			})
		}
	}
	if plan.RoundTrip {
		home()
	}
	if travel.Source != fieldwork.StraightLines {
		doc.Track = trackOf(doc.Route.Name, line)
	}
	text, err := xml.MarshalIndent(doc, "", " ")
	if err != nil {
		return nil, err
	}
	body := append([]byte(xml.Header), text...)
	return GetPlanGPX200ApplicationGpxXMLResponse{Body: bytes.NewReader(body), ContentLength: int64(len(body))}, nil
}

func trackOf(name string, line orb.LineString) *gpxTrack {
	return &gpxTrack{Name: name, Points: mapped(line, func(p orb.Point) gpxPlace { return gpxPlace{p.Lat(), p.Lon()} })}
}
