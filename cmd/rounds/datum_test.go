package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// aFile writes a file to convert.
func aFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "shops.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// shopsWGS84 holds what may be in a file beside the coordinates, and a place that no datum moves.
const (
	shopsWGS84 = "编码,店名,lat,lon,备注\n" +
		"0042,人民便利店,31.2304,121.4737,\"一楼,\"\"东门\"\"\r\n二楼\"\n" +
		"7,'=1+1,39.915,116.404,=HYPERLINK(1)\n" +
		"8,台北店,25.0330,121.5645,不动\n"
	shopsGCJ02 = "编码,店名,lat,lon,备注\n" +
		"0042,人民便利店,31.22845774,121.47822306,\"一楼,\"\"东门\"\"\r\n二楼\"\n" +
		"7,'=1+1,39.91640428,116.41024450,=HYPERLINK(1)\n" +
		"8,台北店,25.0330,121.5645,不动\n"
)

func TestDatumConvertsTheCoordinatesAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(shopsWGS84)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(shopsWGS84)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ file, want string }{
		"UTF-8":                   {shopsWGS84, shopsGCJ02},
		"GB18030":                 {gb, shopsGCJ02},
		"a mark stays":            {"\uFEFF" + shopsWGS84, "\uFEFF" + shopsGCJ02},
		"UTF-16 gets a mark":      {utf16, "\uFEFF" + shopsGCJ02},
		"semicolons":              {"lat;lon\n39.915;116.404\n", "lat,lon\n39.91640428,116.41024450\n"},
		"Chinese headings":        {"经度,纬度\n116.404,39.915\n", "经度,纬度\n116.41024450,39.91640428\n"},
		"capitals and blanks":     {" LON , Latitude\n116.404,39.915\n", "\" LON \",\" Latitude\"\n116.41024450,39.91640428\n"},
		"blank rows":              {"lat,lon\n\n,\n39.915,116.404\n", "lat,lon\n\n,\n39.91640428,116.41024450\n"},
		"other headings repeated": {"a,lat,lon,a\n1,39.915,116.404,2\n", "a,lat,lon,a\n1,39.91640428,116.41024450,2\n"},
		"a header alone":          {"lat,lon", "lat,lon\n"},
	} {
		got := command(t, "", "datum", aFile(t, c.file), "--from=wgs84", "--to=gcj02")
		if diff := cmp.Diff(c.want, got.out); diff != "" || got.status != exitDone {
			t.Errorf("%s: exit status %d, %s %s", name, got.status, got.err, diff)
		}
	}
	piped := command(t, shopsWGS84, "datum", "-", "--from=wgs84", "--to=gcj02")
	piped.want(t, exitDone, shopsGCJ02, "3 rows: 2 converted, 1 where the datums agree, 0 without")
	command(t, shopsWGS84, "datum", "-", "--from=bd09", "--to=bd09").want(t, exitDone, shopsWGS84, "3 where the datums agree")
}

func TestDatumLeavesRowsWithoutAPosition(t *testing.T) {
	t.Parallel()
	file := "id,lat,lon\n1,39.915,116.404\n2,121.47,31.23\n3,,\n4,n/a,1\n5,0,0\n6,31,200\n7,31,121,9\n8,NaN,121\n9,31.23°,121.47,\n"
	got := command(t, file, "datum", "-", "--from=wgs84", "--to=gcj02")
	got.want(t, exitLimit, "id,lat,lon\n1,39.91640428,116.41024450\n2,121.47,31.23\n3,,\n4,n/a,1\n5,0,0\n6,31,200\n7,31,121,9\n8,NaN,121\n9,31.22", "")
	for _, said := range []string{
		"line 3: latitude 121.47 and longitude 31.23 look swapped\n", "line 4: no coordinates\n", `line 5: latitude "n/a"`,
		"line 6: latitude 0, longitude 0", "line 7: latitude 31, longitude 200 is no place", "… and 2 more\n",
		"9 rows: 2 converted, 0 where the datums agree, 7 without a usable position left as they are.\n",
	} {
		if !strings.Contains(got.err, said) {
			t.Errorf("%q is not said: %s", said, got.err)
		}
	}
}

func TestDatumRefuses(t *testing.T) {
	t.Parallel()
	convert := func(file string) ran { return command(t, file, "datum", "-", "--from=wgs84", "--to=gcj02") }
	convert("编码,lat,Lon_x\n").want(t, exitFailed, "", "headings are: 编码, lat, Lon_x")
	convert("lat,lon,LAT\n1,2,3\n").want(t, exitFailed, "", "one column lat")
	convert("").want(t, exitFailed, "", "no header")
	convert("\n\n").want(t, exitFailed, "", "no header")
	convert("PK\x03\x04").want(t, exitFailed, "", "save it as CSV UTF-8")
	convert("lat,lon\n1,2\n\"1,2\n3,4\n").want(t, exitLimit, "lat,lon\n1,2\n\"\"\"1\",2\n3,4\n", "line 3: latitude")
	command(t, "", "datum", "-", "--from=wgs84").want(t, exitUsage, "", "--to")
	command(t, "", "datum", "-", "--from=wgs84", "--to=cgcs2000").want(t, exitUsage, "", "gcj02")
	command(t, "", "datum", "no-such-file.csv", "--from=wgs84", "--to=gcj02").want(t, exitUsage, "", "no-such-file.csv")
	command(t, "", "datum", "-h").want(t, exitDone, "rounds datum shops.csv --from gcj02 --to wgs84 > shops-wgs84.csv", "")
}

func TestDatumStopsWhenToldTo(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, errs strings.Builder
	if status := run(ctx, []string{"datum", "-", "--from=wgs84", "--to=gcj02"}, terminal{strings.NewReader(shopsWGS84), &out, &errs}); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
}

func TestDatumShiftsHongKongAndMacauIfAsked(t *testing.T) {
	t.Parallel()
	const file = "name,lat,lon\nCentral,22.283,114.158\nMacau,22.193,113.540\nTaipei,25.033,121.565\nShenzhen,22.541,114.055\n"
	command(t, file, "datum", "-", "--from=wgs84", "--to=gcj02").
		want(t, exitDone, "Central,22.283,114.158\nMacau,22.193,113.540\nTaipei,25.033,121.565\nShenzhen,22.538", "1 converted")
	command(t, file, "datum", "-", "--from=wgs84", "--to=gcj02", "--hong-kong-macau").
		want(t, exitDone, "Taipei,25.033,121.565\nShenzhen,22.538", "3 converted")
}

// A file of places all over the mainland goes to each datum and comes back within a centimetre.
func TestDatumThereAndBack(t *testing.T) {
	t.Parallel()
	file := &strings.Builder{}
	fmt.Fprintln(file, "lat,lon,名称")
	var places []orb.Point
	for lat := 18.3; lat < 53; lat += 0.71 {
		for lon := 75.1; lon < 134; lon += 0.83 {
			places = append(places, orb.Point{lon, lat})
			fmt.Fprintf(file, "%.9f,%.9f,店\n", lat, lon)
		}
	}
	for _, d := range []string{"gcj02", "bd09"} {
		there := command(t, file.String(), "datum", "-", "--from=wgs84", "--to="+d)
		there.want(t, exitDone, "", "")
		back := command(t, there.out, "datum", "-", "--from="+d, "--to=wgs84")
		rows, err := csv.NewReader(strings.NewReader(back.out)).ReadAll()
		if err != nil || len(rows) != len(places)+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		var worst geo.Meters
		for i, p := range places {
			lat, _ := strconv.ParseFloat(rows[i+1][0], 64)
			lon, _ := strconv.ParseFloat(rows[i+1][1], 64)
			if geo.FromWGS84(p, geo.GCJ02) != p {
				worst = max(worst, geo.Distance(p, orb.Point{lon, lat}))
			}
		}
		t.Logf("%s: worst %.2g m", d, worst)
		if !(worst > 0 && worst < 0.01) {
			t.Errorf("%s: %v m, want a centimetre", d, worst)
		}
	}
}
