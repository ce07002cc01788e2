package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rounds/roads"
)

// crossing is a cross of two streets, of which one ends in a one-way street out of the map.
const crossing = `<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="0" lon="0"/><node id="2" lat="0" lon="0.01"/><node id="3" lat="0" lon="0.02"/>
<node id="4" lat="0.01" lon="0.01"/><node id="5" lat="0.011" lon="0.01"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>
<way id="2"><nd ref="2"/><nd ref="4"/><nd ref="99"/><tag k="highway" v="residential"/></way>
<way id="3"><nd ref="4"/><nd ref="5"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
</osm>`

func TestRoadsImport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "city.osm"), filepath.Join(dir, "city.roads")
	if err := os.WriteFile(in, []byte(crossing), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), []string{"roads", "import", in, "--out", out}, terminal{nil, &stdout, &stderr})
	if status != exitDone || stderr.Len() > 0 {
		t.Fatalf("%d: %s", status, &stderr)
	}
	lines := []string{
		`car +in the file +kept`, `ways +3`, `nodes missing +1`, `streets +4 +3`, `nodes +5 +4`, `arcs +7 +6`, `turn restrictions +0`, `components +2 +1`, `km +3\.4 +3\.3`,
		`links +\d+`, `of these shortcuts +\d+`, `bytes +\d+`, `seconds +\d\.\d`,
	}
	if want := regexp.MustCompile("^" + strings.Join(lines, "\n") + "\n$"); !want.MatchString(stdout.String()) {
		t.Errorf("%s\nwant %v", &stdout, want)
	}
	file, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if n, err := roads.Read(file); err != nil || n.Nodes() != 4 {
		t.Errorf("%v, %v", n, err)
	}
}

func TestRoadsImportLeavesTheOldFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "city.osm"), filepath.Join(dir, "city.roads")
	for name, text := range map[string]string{in: crossing[:300], out: "old"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), []string{"roads", "import", in, "--out", out}, terminal{nil, &stdout, &stderr})
	if status != exitFailed || !strings.Contains(stderr.String(), "city.osm: the file cannot be read on") {
		t.Errorf("%d: %s", status, &stderr)
	}
	kept, err := os.ReadFile(out)
	entries, _ := os.ReadDir(dir)
	if err != nil || string(kept) != "old" || len(entries) != 2 {
		t.Errorf("%q, %v, %v", kept, entries, err)
	}
}
