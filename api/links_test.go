package api

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// Each map has its own datum for a place, and its own order of coordinates.
func TestLinksToMaps(t *testing.T) {
	t.Parallel()
	type read struct {
		lat, lon float64
		says     string // of the datum
	}
	parse := func(link, name, form string, order int) (r read) {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		var a, b float64
		if _, err := fmt.Sscanf(q.Get(name), form, &a, &b); err != nil {
			t.Fatalf("%s: %v", link, err)
		}
		if order > 0 {
			a, b = b, a
		}
		return read{a, b, q.Get("coordinate") + q.Get("coord_type")}
	}
	shanghai, hongKong, helsinki := orb.Point{121.4903, 31.2397}, orb.Point{114.158, 22.285}, orb.Point{24.94, 60.17}
	for _, c := range []struct {
		place               orb.Point
		amap, baidu, others geo.Datum
		says                string
	}{
		{shanghai, geo.GCJ02, geo.BD09, geo.GCJ02, "gaode bd09ll"},
		{hongKong, geo.GCJ02, geo.BD09, geo.WGS84, "gaode bd09ll"},
		{helsinki, geo.WGS84, geo.WGS84, geo.WGS84, "wgs84 wgs84"},
	} {
		l := mapLinks(&c.place, "老王 & Söhne|1号", "car")
		amap := parse(l.Amap, "to", "%f,%f", 1)
		baidu := parse(l.Baidu, "destination", "latlng:%f,%f", 0)
		for _, got := range []struct {
			read
			datum geo.Datum
		}{{amap, c.amap}, {baidu, c.baidu}, {parse(l.Google, "destination", "%f,%f", 0), c.others}, {parse(l.Apple, "daddr", "%f,%f", 0), c.others}} {
			want := asSoldInChina.FromWGS84(c.place, got.datum)
			if math.Abs(got.lat-want.Lat()) > 1e-6 || math.Abs(got.lon-want.Lon()) > 1e-6 {
				t.Errorf("%v in %s: %+v", c.place, got.datum, got)
			}
		}
		if says := amap.says + " " + baidu.says; says != c.says || !strings.Contains(l.Amap, "%20&") && !strings.Contains(l.Amap, "%20%26%20S%C3%B6hne") {
			t.Errorf("%s: %s", says, l.Amap)
		}
	}
	if mapLinks(nil, "a", "car") != nil {
		t.Error("a place that is not known has links")
	}
}
