package geo_test

import (
	"bufio"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// shared opens a file of real data. The data is not part of the project: it is
// looked for as shared/data/name in every directory above, and the test is
// skipped where there is none.
func shared(t testing.TB, name string) *os.File {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		f, err := os.Open(filepath.Join(dir, "shared", "data", filepath.FromSlash(name)))
		if err == nil {
			t.Cleanup(func() { f.Close() })
			return f
		}
	}
	t.Skipf("no shared/data/%s above this directory", name)
	return nil
}

// sharedRows reads a CSV file of the shared data, header first.
func sharedRows(t testing.TB, name string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bufio.NewReader(shared(t, name))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// anywhere draws a point on the Earth, often at a pole, on the equator or at 180°.
func anywhere() *rapid.Generator[orb.Point] {
	return rapid.Custom(func(t *rapid.T) orb.Point {
		lon := rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{-180, -179.9999, 0, 179.9999, 180}))
		lat := rapid.OneOf(rapid.Float64Range(-90, 90), rapid.SampledFrom([]float64{-90, -89.9999, 0, 89.9999, 90}))
		return orb.Point{lon.Draw(t, "lon"), lat.Draw(t, "lat")}
	})
}

// metersFrom walks east and north from p along a plane; good to a part in a
// thousand for a few kilometres, except at the poles.
func metersFrom(p orb.Point, east, north float64) orb.Point {
	const degree = 111_195
	return orb.Point{p.Lon() + east/(degree*math.Cos(p.Lat()*math.Pi/180)), p.Lat() + north/degree}
}
