package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"rounds/geo"
	"rounds/roads"
)

type roadsCmd struct {
	Import roadsImportCmd `cmd:"" help:"Make a road network of an OpenStreetMap file, ready for travel times."`
}

type roadsImportCmd struct {
	File    string `arg:"" type:"existingfile" help:"The extract: .osm.pbf, or .osm in XML."`
	Profile string `enum:"car,motor_scooter,foot" default:"car" help:"How people get about: ${enum}."`
	Out     string `required:"" type:"path" placeholder:"FILE" help:"Where the network goes; a file that is there is replaced once the new one is whole."`
}

// Help is what -h says beside the flags.
func (roadsImportCmd) Help() string {
	return `Travel times along streets come from a road network, which is made once of an extract and read by others:

    rounds roads import city.osm.pbf --profile motor_scooter --out city.roads

Extracts of countries and cities are given away by Geofabrik and BBBike, among others; cut out your city with some kilometres around it. OpenStreetMap's data are under the ODbL: name "© OpenStreetMap contributors" where its roads are shown.

The profile says which roads are taken, how fast, and whether one-way streets count. A time is the length of the way at the speed of each road's class, no more than maxspeed, and 5 seconds at each traffic light for vehicles. Turns cost nothing; those that a restriction at a junction forbids to the profile are not taken (restrictions through ways, and those with conditions, are not read). Ferries take their duration, and vehicles only where they are named. The times are those of free roads.

Roads that cannot be reached and left again by the profile are not kept: private ones, and those that only lead out of the extract. If that is much, cut out a larger area. Nodes of ways that are not in the file end their way there.`
}

// fewKept is the share of the roads' length below which something may be wrong with the extract.
const fewKept = 0.9

// Run imports, prepares and writes.
func (c roadsImportCmd) Run(ctx context.Context, t terminal) error {
	profile, ok := roads.ProfileNamed(c.Profile)
	if !ok {
		return fmt.Errorf("there is no profile %q", c.Profile)
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	began := time.Now()
	bar := newProgress(t.Err, "junctions prepared")
	network, err := roads.Import(ctx, file, profile, bar.at)
	bar.end()
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	var size int64
	err = fileOf(c.Out, func(w io.Writer) (err error) { size, err = network.WriteTo(w); return err })
	if err != nil {
		return err
	}
	if share := float64(network.Counts.KeptMeters / network.Counts.Meters); share < fewKept {
		fmt.Fprintf(t.Err, "Only %s of the roads can be reached and left again: is the extract cut too close?\n", percent(share))
	}
	return imported(network, size, time.Since(began)).write(t.Out)
}

func imported(n *roads.Network, size int64, took time.Duration) table {
	km := func(m geo.Meters) string { return fmt.Sprintf("%.1f", float64(m)/1000) }
	links, shortcuts := n.Links()
	c := n.Counts
	return table{
		{n.Profile, "in the file", "kept"},
		{"ways", fmt.Sprint(c.Ways), ""},
		{"nodes missing", fmt.Sprint(c.MissingNodes), ""},
		{"streets", fmt.Sprint(c.Streets), fmt.Sprint(n.Streets())},
		{"nodes", fmt.Sprint(c.Nodes), fmt.Sprint(n.Nodes())},
		{"arcs", fmt.Sprint(c.Arcs), fmt.Sprint(n.Arcs())},
		{"turn restrictions", fmt.Sprint(c.Turns), ""},
		{"components", fmt.Sprint(c.Components), "1"},
		{"km", km(c.Meters), km(c.KeptMeters)},
		{"links", "", fmt.Sprint(links)},
		{"of these shortcuts", "", fmt.Sprint(shortcuts)},
		{"bytes", "", fmt.Sprint(size)},
		{"seconds", "", fmt.Sprintf("%.1f", took.Seconds())},
	}
}
