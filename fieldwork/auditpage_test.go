package fieldwork_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"rounds/fieldwork"
)

// TestNumbersOfARouteCanBeRead lays streets of shops, some meters from each other, on the map of a city.
func TestNumbersOfARouteCanBeRead(t *testing.T) {
	t.Parallel()
	d := fieldwork.RouteDrawing{Title: "Rounds 2026-03-02", Zone: time.UTC}
	for _, street := range []orb.Point{{120.57, 29.96}, {120.58, 29.97}, {120.62, 30.06}} {
		for shop := range 12 {
			at := orb.Point{street.Lon() + float64(shop)*0.0001, street.Lat() + float64(shop%3)*0.00005}
			d.Stops = append(d.Stops, fieldwork.DrawnStop{N: len(d.Stops) + 1, At: &at, Name: "店"})
		}
	}
	var page strings.Builder
	if err := d.WritePage(&page); err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`<text x="(\d+)" y="(\d+)">(\d+)<`).FindAllStringSubmatch(page.String(), -1)
	if len(found) != len(d.Stops) {
		t.Fatalf("%d numbers for %d stops", len(found), len(d.Stops))
	}
	for i, a := range found {
		for _, b := range found[:i] {
			if whole(t, a[1], b[1]) < 7*(len(a[3])+len(b[3])) && whole(t, a[2], b[2]) < 20 {
				t.Errorf("number %s at %s,%s covers %s at %s,%s", a[3], a[1], a[2], b[3], b[1], b[2])
			}
		}
	}
	if !strings.Contains(page.String(), "</svg>2 km;") {
		t.Error("a map 11 km high has no bar of 2 km")
	}
}

// whole is how far two whole numbers are apart.
func whole(t *testing.T, a, b string) int {
	x, err := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return max(x-y, y-x)
}
