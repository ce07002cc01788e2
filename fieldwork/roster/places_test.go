package roster

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// shops writes a file of n shops in a city near 31° N, 121° E, and rows behind them.
func shops(n int, rows ...string) string {
	var b strings.Builder
	b.WriteString("code,name,lat,lon\n")
	for i := range n {
		fmt.Fprintf(&b, "c%d,shop %d,%.6f,%.6f\n", i, i, 31+float64(i%97)*0.002, 121+float64(i%89)*0.002)
	}
	return b.String() + strings.Join(rows, "\n") + "\n"
}

func TestDoubtfulPlaces(t *testing.T) {
	t.Parallel()
	china := &orb.Bound{Min: orb.Point{73, 18}, Max: orb.Point{135, 54}}
	for _, c := range []struct {
		name, lat, lon string
		bounds         *orb.Bound
		want           string
	}{
		{"in town", "31.05", "121.0512345", nil, ""},
		{"in the next town, alone but near", "31.6", "121.5", nil, ""},
		{"alone, 150 km off", "32.4", "121.1", nil, "far_from_others"},
		{"in another country", "48.8", "2.3", nil, "far_from_others"},
		{"outside the country", "48.8", "2.3", china, "outside_country"},
		{"swapped, with a country", "31.05", "191", china, "invalid_coordinates"},
		{"swapped, out of range", "121.05", "31.05", china, "swapped_lat_lon"},
	} {
		file := parse(t, shops(500, `x,"`+c.name+`",`+c.lat+","+c.lon), Options{Bounds: c.bounds})
		var got string
		for _, f := range file.Findings {
			got = f.Code
		}
		if got != c.want || len(file.Rows) != 501 {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// In Europe exchanged coordinates are still a place, so only the others can tell.
func TestSwappedAmongOthers(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("name,lat,lon\n")
	for i := range 100 {
		fmt.Fprintf(&b, "shop %d,%.4f,%.4f\n", i, 52.5+float64(i)*0.001, 13.4+float64(i)*0.001)
	}
	b.WriteString("wrong,13.42,52.52\n")
	for _, bounds := range []*orb.Bound{nil, {Min: orb.Point{5, 47}, Max: orb.Point{16, 55}}} {
		file := parse(t, b.String(), Options{Bounds: bounds})
		if diff := cmp.Diff([]string{"102 swapped_lat_lon"}, said(file)); diff != "" {
			t.Error(diff)
		}
		if *file.Rows[100].Point != (orb.Point{52.52, 13.42}) {
			t.Error("the pin was changed")
		}
	}
}

// Shops on both sides of 180° are near each other.
func TestCrowdAcrossTheDateLine(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("name,lat,lon\n")
	for i := range 40 {
		lon := 179.9 + float64(i)*0.01
		if lon > 180 {
			lon -= 360
		}
		fmt.Fprintf(&b, "shop %d,%.2f,%.2f\n", i, -16.8-float64(i)*0.01, lon)
	}
	if file := parse(t, b.String(), Options{}); file.Findings != nil {
		t.Error(said(file))
	}
}
