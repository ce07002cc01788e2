package fieldwork_test

import (
	"math"
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
	if !strings.Contains(page.String(), ">The bar is 2 km;") {
		t.Error("a map 11 km high has no bar of 2 km")
	}
}

// TestAMapIsDrawnToItsScale draws days of one shop, of shops that lie north of each other, and of shops that lie east of each other.
func TestAMapIsDrawnToItsScale(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		shops         []orb.Point
		says          string
		meters, apart float64 // of the bar, and of the first shop and the last
	}{
		{"one shop", []orb.Point{{120.57, 29.96}}, "50 m", 50, 0},
		{"two doors of a house", []orb.Point{{120.57, 29.96}, {120.57, 29.96001}}, "50 m", 50, 1.1},
		{"north", []orb.Point{{120.57, 29.96}, {120.572, 29.98}, {120.57, 30.06}}, "2 km", 2000, 11113},
		{"east", []orb.Point{{120.57, 0}, {120.6, 0.001}, {120.67, 0}}, "2 km", 2000, 11113},
	} {
		d := fieldwork.RouteDrawing{Zone: time.UTC}
		for i, at := range tt.shops {
			d.Line, d.Stops = append(d.Line, at), append(d.Stops, fieldwork.DrawnStop{N: i + 1, At: &at})
		}
		var page strings.Builder
		if err := d.WritePage(&page); err != nil {
			t.Fatal(err)
		}
		paper := numbers(t, page.String(), `style="--least: (\d+)px" viewBox="0 0 (\d+) (\d+)"`)[0]
		bar := numbers(t, page.String(), `class="scale" d="M(\d+) (\d+)v10h(\d+)v-10"/></svg>`)[0]
		dots := numbers(t, page.String(), `<circle cx="(\d+)" cy="(\d+)"`)
		if first, last := dots[0], dots[len(dots)-1]; math.Abs(math.Hypot(last[0]-first[0], last[1]-first[1])-tt.apart/tt.meters*bar[2]) > 3 {
			t.Errorf("%s: %v and %v are %v m apart by a bar of %v", tt.name, first, last, tt.apart, bar[2])
		}
		if paper[1] < 500 || bar[0]+bar[2] > paper[1] || bar[1]+10 > paper[2] || paper[0]/paper[1]*20 < 11.9 {
			t.Errorf("%s: the paper is %v, the bar %v", tt.name, paper, bar)
		}
		if !strings.Contains(page.String(), "The bar is "+tt.says+";") {
			t.Errorf("%s: the bar is not %s long", tt.name, tt.says)
		}
		for _, dot := range dots {
			if dot[0] < 40 || dot[0] > paper[1]-40 || dot[1] < 40 || dot[1] > bar[1]-40 {
				t.Errorf("%s: %v is not on the map", tt.name, dot)
			}
		}
	}
}

func TestKMLHasTimesOfStopsAlone(t *testing.T) {
	t.Parallel()
	at := orb.Point{120.57, 29.96}
	d := fieldwork.RouteDrawing{Zone: time.UTC, Line: orb.LineString{{120.5, 29.9}, at}, Stops: []fieldwork.DrawnStop{{N: 1, At: &at}}}
	var file strings.Builder
	if err := d.WriteKML(&file); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(file.String(), "<TimeStamp>"); got != 1 {
		t.Errorf("%d times of one stop and its way: %s", got, file.String())
	}
}

// numbers are those that a pattern finds, each time.
func numbers(t *testing.T, text, pattern string) (all [][]float64) {
	t.Helper()
	for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		var row []float64
		for _, word := range found[1:] {
			n, err := strconv.ParseFloat(word, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, n)
		}
		all = append(all, row)
	}
	if len(all) == 0 {
		t.Fatalf("no %s in %s", pattern, text)
	}
	return all
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
