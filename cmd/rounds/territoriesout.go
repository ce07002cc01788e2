package main

import (
	"errors"
	"io"
	"path/filepath"

	"rounds/fieldwork/districting"
	"rounds/internal/sheet"
	"rounds/routing/territory"
)

// write writes the files that are asked for.
func (c territoriesCmd) write(r *districting.Region, s *shopTable, p territory.Plan, a *districting.Answer) error {
	title := filepath.Base(s.said)
	return errors.Join(
		fileOf(c.Out, func(w io.Writer) error { return writePlan(w, r, s, p) }),
		fileOf(c.HTML, func(w io.Writer) error { return r.Page(w, title, p.Of, a) }),
		fileOf(c.GeoJSON, func(w io.Writer) error { return r.WriteGeoJSON(w, p.Of) }),
		fileOf(c.KML, func(w io.Writer) error { return r.WriteKML(w, title, p.Of) }),
	)
}

// writePlan writes a row for each row that was read, in their order.
func writePlan(w io.Writer, r *districting.Region, s *shopTable, p territory.Plan) error {
	out := sheet.CSV(w)
	if err := out.Row("code", "territory"); err != nil {
		return err
	}
	for i, t := range districting.AsGiven(r, p.Of) {
		if err := out.Row(s.city.Places[i].Code, s.city.Territories[t].Name); err != nil {
			return err
		}
	}
	return out.Close()
}
