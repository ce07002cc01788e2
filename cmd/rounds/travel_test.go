package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rounds/roads"
)

// A server does not start with travel times that it cannot have, and says which flag is why.
func TestTravelFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	osm, network, garbage := filepath.Join(dir, "city.osm"), filepath.Join(dir, "city.roads"), filepath.Join(dir, "no.roads")
	for name, text := range map[string]string{osm: crossing, garbage: "rounds"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if status := run(t.Context(), []string{"roads", "import", osm, "--out", network, "--profile", "foot"}, terminal{nil, &out, &out}); status != exitDone {
		t.Fatal(&out)
	}
	for _, c := range []struct {
		what  string
		flags travelFlags
		want  roads.Source
		wrong string // part of what is said
	}{
		{"nothing", travelFlags{}, roads.SourceStraight, ""},
		{"on foot", travelFlags{Profile: "foot"}, roads.SourceStraight, ""},
		{"a network", travelFlags{Roads: network}, roads.SourceRoads, ""},
		{"a network and its profile", travelFlags{Roads: network, Profile: "foot"}, roads.SourceRoads, ""},
		{"a network of another profile", travelFlags{Roads: network, Profile: "car"}, "", "was made for foot"},
		{"what is no network", travelFlags{Roads: garbage}, "", "no road network of rounds"},
		{"a file that is not there", travelFlags{Roads: osm + "x"}, "", "no such file"},
		{"OSRM", travelFlags{OSRM: "http://127.0.0.1:5000"}, roads.SourceOSRM, ""},
		{"no address", travelFlags{OSRM: "127.0.0.1:5000"}, "", "--osrm"},
		{"tables of one place", travelFlags{OSRM: "http://127.0.0.1:5000", Table: 1}, "", "--osrm"},
		{"Valhalla", travelFlags{Valhalla: "https://valhalla.example/v"}, roads.SourceValhalla, ""},
		{"a password in the address", travelFlags{Valhalla: "https://me:you@valhalla.example"}, "", "--valhalla"},
		{"two sources", travelFlags{Roads: network, Valhalla: "https://valhalla.example"}, "", "give one of them"},
	} {
		err := c.flags.Validate()
		if err != nil {
			if c.wrong == "" || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v", c.what, err)
			}
			continue
		}
		travel, err := c.flags.open()
		switch {
		case err == nil && (c.wrong != "" || travel.Source != c.want):
			t.Errorf("%s: %s, want %q", c.what, travel.Source, c.wrong)
		case err != nil && (c.wrong == "" || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: %v", c.what, err)
		}
	}
}
