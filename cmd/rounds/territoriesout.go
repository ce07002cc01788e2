package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rounds/fieldwork/districting"
	"rounds/internal/sheet"
	"rounds/routing/territory"
)

// writable fails before a long search rather than after it.
func writable(paths ...string) error {
	for _, path := range paths {
		if path == "" {
			continue
		}
		draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
		if err != nil {
			return err
		}
		if err := errors.Join(draft.Close(), os.Remove(draft.Name())); err != nil {
			return err
		}
		if about, err := os.Stat(path); err == nil && about.IsDir() {
			return fmt.Errorf("%s is a directory", path)
		}
	}
	return nil
}

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

// fileOf writes beside the file and renames, so that whoever reads it sees the old one or the new one; without a path it does nothing.
func fileOf(path string, write func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	buffered := bufio.NewWriterSize(draft, 1<<16)
	if err = errors.Join(write(buffered), buffered.Flush(), draft.Chmod(0o644), draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}
