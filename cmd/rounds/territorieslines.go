package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
)

// mostBarriers is how large a file of barriers may be.
const mostBarriers = 64 << 20

// readLines reads the lines of a GeoJSON file, and the outlines of its areas; points are nothing to cross.
func readLines(name string) ([]orb.LineString, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostBarriers+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostBarriers {
		return nil, fmt.Errorf("larger than %d MiB", mostBarriers>>20)
	}
	shapes, err := shapesOf(text)
	if err != nil {
		return nil, err
	}
	var lines []orb.LineString
	for _, shape := range shapes {
		lines = append(lines, linesOf(shape)...)
	}
	if len(lines) == 0 {
		return nil, errors.New("there is no line in it")
	}
	return lines, nil
}

// shapesOf are the geometries of a collection, of a feature, or the one that the text is.
func shapesOf(text []byte) (shapes []orb.Geometry, err error) {
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, fmt.Errorf("this is not GeoJSON: %w", err)
	}
	switch kind.Type {
	case "FeatureCollection":
		all, err := geojson.UnmarshalFeatureCollection(text)
		if err != nil {
			return nil, err
		}
		for _, f := range all.Features {
			if f != nil {
				shapes = append(shapes, f.Geometry)
			}
		}
		return shapes, nil
	case "Feature":
		f, err := geojson.UnmarshalFeature(text)
		if err != nil {
			return nil, err
		}
		return []orb.Geometry{f.Geometry}, nil
	}
	g, err := geojson.UnmarshalGeometry(text)
	if err != nil {
		return nil, fmt.Errorf("this is not GeoJSON: %w", err)
	}
	return []orb.Geometry{g.Geometry()}, nil
}

func linesOf(shape orb.Geometry) (lines []orb.LineString) {
	switch shape := shape.(type) {
	case orb.LineString:
		return []orb.LineString{shape}
	case orb.MultiLineString:
		return shape
	case orb.Polygon:
		for _, ring := range shape {
			lines = append(lines, orb.LineString(ring))
		}
	case orb.MultiPolygon:
		for _, polygon := range shape {
			lines = append(lines, linesOf(polygon)...)
		}
	case orb.Collection:
		for _, part := range shape {
			lines = append(lines, linesOf(part)...)
		}
	}
	return lines
}
