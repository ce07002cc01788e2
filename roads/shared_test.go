package roads

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared opens a file of shared/data/osm, which is looked for in every directory above: it is not part of the
// project, and the test is skipped where it is absent.
func shared(t testing.TB, name string) *os.File {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if f, err := os.Open(filepath.Join(dir, "shared", "data", "osm", name)); err == nil {
			t.Cleanup(func() { f.Close() })
			return f
		}
	}
	t.Skipf("no shared/data/osm/%s above this directory", name)
	return nil
}

const (
	monaco   = "monaco_2025-02.osm.pbf"
	helsinki = "helsinki_centre_2019-04.osm.pbf"
	jingan   = "shanghai_jingan_drive_2026-07.osm"
)

func imported(t testing.TB, name string, p Profile) *Network {
	t.Helper()
	n, err := Import(context.Background(), shared(t, name), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// drawn imports a map written by hand, in OSM's XML.
func drawn(t testing.TB, p Profile, elements string) (*Network, error) {
	t.Helper()
	return Import(context.Background(), bytes.NewReader([]byte(osmXML(elements))), p, nil)
}

func osmXML(elements string) string {
	return "<?xml version='1.0'?><osm version='0.6'>" + strings.TrimSpace(elements) + "</osm>"
}
