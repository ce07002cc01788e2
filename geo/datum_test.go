package geo_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"rounds/geo"
)

func TestParseDatum(t *testing.T) {
	for _, d := range []geo.Datum{geo.WGS84, geo.GCJ02, geo.BD09} {
		if got, err := geo.ParseDatum(string(d)); got != d || err != nil {
			t.Errorf("%s: %q, %v", d, got, err)
		}
	}
	for _, name := range []string{"", "WGS84", "wgs-84", "gcj02 ", "cgcs2000"} {
		if got, err := geo.ParseDatum(name); err == nil {
			t.Errorf("%q passed for %q", name, got)
		}
	}
}

// A datum is wrong by its whole shift or right, so cities on both sides of
// every busy stretch of the border are named here.
func TestOnlyMainlandChinaIsShifted(t *testing.T) {
	inside := map[string]orb.Point{
		"Beijing": {116.397, 39.909}, "Shanghai": {121.474, 31.230}, "Guangzhou": {113.264, 23.129},
		"Urumqi": {87.617, 43.825}, "Kashgar": {75.989, 39.470}, "Lhasa": {91.117, 29.647},
		"Kunming": {102.833, 24.880}, "Harbin": {126.535, 45.803}, "Mohe": {122.536, 52.972},
		"Haikou": {110.199, 20.044}, "Sanya": {109.512, 18.252}, "Zhoushan": {122.207, 29.985},
		"Qingdao": {120.383, 36.067}, "Weihai": {122.120, 37.513}, "Dalian": {121.615, 38.914},
		"Shenzhen, Futian": {114.055, 22.541}, "Shenzhen, Luohu station": {114.113, 22.5325},
		"Shenzhen, Shekou": {113.915, 22.481}, "Shenzhen, Huanggang port": {114.069, 22.524},
		"Shenzhen, Yantian": {114.237, 22.557}, "Shenzhen, Liantang": {114.175, 22.565},
		"Zhuhai, Gongbei": {113.549, 22.220}, "Zhuhai, Hengqin": {113.530, 22.140}, "Zhuhai, Wanzai": {113.525, 22.195},
		"Dandong": {124.383, 40.128}, "Ji'an": {126.186, 41.128}, "Changbai": {128.200, 41.422},
		"Tumen": {129.843, 42.968}, "Hunchun": {130.366, 42.862}, "Suifenhe": {131.151, 44.412},
		"Fuyuan": {134.289, 48.363}, "Heihe": {127.500, 50.246}, "Manzhouli": {117.379, 49.598},
		"Erenhot": {111.977, 43.653}, "Alashankou": {82.567, 45.170}, "Khorgos": {80.420, 44.213},
		"Ruili": {97.855, 24.013}, "Ruili, Jiegao": {97.884, 23.977}, "Wanding": {98.070, 24.085},
		"Hekou": {103.960, 22.515}, "Pingxiang": {106.757, 22.103}, "Dongxing": {107.968, 21.545},
		"Xiamen": {118.089, 24.480}, "Xiamen, Huli": {118.185, 24.500}, "Jinjiang, Weitou": {118.56, 24.525},
		"Fuzhou, Langqi": {119.60, 26.09}, "Fuzhou airport": {119.663, 25.935}, "Pingtan": {119.790, 25.500},
	}
	outside := map[string]orb.Point{
		"Taipei": {121.565, 25.033}, "Kinmen": {118.318, 24.433}, "Kinmen, Lieyu": {118.236, 24.432},
		"Matsu": {119.935, 26.157}, "Wuqiu": {119.453, 24.991}, "Penghu": {119.566, 23.566},
		"Hong Kong, Central": {114.158, 22.283}, "Hong Kong, Lo Wu": {114.1135, 22.528},
		"Hong Kong, Sheung Shui": {114.128, 22.502}, "Hong Kong, Lok Ma Chau": {114.066, 22.5135},
		"Hong Kong, Sha Tau Kok": {114.223, 22.545}, "Hong Kong, Tuen Mun": {113.974, 22.391},
		"Hong Kong, airport": {113.915, 22.309}, "Hong Kong, Tung Ping Chau": {114.435, 22.543},
		"Macau": {113.544, 22.199}, "Macau, Border Gate": {113.549, 22.2145}, "Macau, Coloane": {113.552, 22.117},
		"Seoul": {126.978, 37.567}, "Pyongyang": {125.754, 39.039}, "Sinuiju": {124.398, 40.100},
		"Hyesan": {128.178, 41.400}, "Manpo": {126.290, 41.155}, "Namyang": {129.865, 42.955},
		"Tokyo": {139.692, 35.690}, "Vladivostok": {131.886, 43.115}, "Khasan": {130.646, 42.429},
		"Blagoveshchensk": {127.540, 50.290}, "Khabarovsk": {135.072, 48.480}, "Zabaykalsk": {117.327, 49.651},
		"Ulaanbaatar": {106.917, 47.918}, "Zamyn-Uud": {111.903, 43.730}, "Almaty": {76.889, 43.238},
		"Dostyk": {82.485, 45.250}, "Kathmandu": {85.324, 27.717}, "Thimphu": {89.639, 27.473},
		"Muse": {97.905, 23.996}, "Lào Cai": {103.967, 22.486}, "Đồng Đăng": {106.700, 21.945},
		"Móng Cái": {107.966, 21.527}, "Hanoi": {105.834, 21.028}, "Vientiane": {102.613, 17.967},
		"Singapore": {103.820, 1.352}, "Manila": {120.984, 14.600}, "London": {-0.128, 51.507},
		"North Pole": {120, 90}, "nowhere": {math.NaN(), 31},
	}
	for _, d := range []geo.Datum{geo.GCJ02, geo.BD09} {
		for name, p := range inside {
			if moved := geo.Distance(p, geo.FromWGS84(p, d)); !(moved > 50 && moved < 1500) {
				t.Errorf("%s in %s is moved by %.0f m", name, d, moved)
			}
		}
		for name, p := range outside {
			if q := geo.FromWGS84(p, d); q != p && !math.IsNaN(p.Lon()) {
				t.Errorf("%s in %s is moved by %.0f m", name, d, geo.Distance(p, q))
			}
		}
	}
}

// Phones abroad that name a Chinese datum have not shifted anything. Only within
// a shift's length of the border, as in Macau, can that not be told.
func TestOutsideComesBackAsItIs(t *testing.T) {
	for name, p := range map[string]orb.Point{
		"Taipei": {121.565, 25.033}, "Hong Kong": {114.158, 22.283},
		"Seoul": {126.978, 37.567}, "Hanoi": {105.834, 21.028}, "Ulaanbaatar": {106.917, 47.918}, "Singapore": {103.820, 1.352},
	} {
		for _, d := range []geo.Datum{geo.GCJ02, geo.BD09} {
			if q := geo.ToWGS84(p, d); q != p {
				t.Errorf("%s from %s is moved by %.0f m", name, d, geo.Distance(p, q))
			}
		}
	}
}

// The published pairs come from eviltransform and coordtransform. Eviltransform
// scales by the WGS-84 axis, which makes up to a centimetre; coordtransform's
// inverses take one step only and are off by what it takes to come back.
func TestPublishedVectors(t *testing.T) {
	datums := map[string]geo.Datum{"WGS84": geo.WGS84, "GCJ02": geo.GCJ02, "BD09": geo.BD09}
	for _, r := range sharedRows(t, "datum/published_vectors.csv")[1:] {
		in := orb.Point{number(t, r[4]), number(t, r[3])}
		want := orb.Point{number(t, r[6]), number(t, r[5])}
		tol := geo.Meters(0.001)
		switch {
		case r[1] == "GCJ02" && r[2] == "WGS84":
			tol = 5
		case r[1] == "BD09":
			tol = 0.06
		case len(r[0]) > 13 && r[0][:13] == "eviltransform":
			tol = 0.015
		}
		got := between(in, datums[r[1]], datums[r[2]])
		if off := geo.Distance(got, want); !(off <= tol) {
			t.Errorf("%s: %s to %s: %.4f m off, want %v", r[0], r[1], r[2], off, tol)
		}
	}
}

// between converts by one step where the two are neighbours, as published.
func between(p orb.Point, from, to geo.Datum) orb.Point {
	return geo.FromWGS84(geo.ToWGS84(p, from), to)
}

// The file's own WGS-84 column is 0.67 m off throughout, so this tells whether
// the datum is right and not how fine.
func TestChineseCities(t *testing.T) {
	for _, r := range sharedRows(t, "datum/gcoord_china_cities_half.csv")[1:] {
		wgs := orb.Point{number(t, r[4]), number(t, r[3])}
		for d, want := range map[geo.Datum]orb.Point{
			geo.GCJ02: {number(t, r[6]), number(t, r[5])},
			geo.BD09:  {number(t, r[8]), number(t, r[7])},
		} {
			if off := geo.Distance(geo.FromWGS84(wgs, d), want); !(off < 1) {
				t.Errorf("%s in %s: %.2f m off", r[2], d, off)
			}
		}
	}
}

// Two of the 13,908 shops are geocoded onto the mainland by mistake.
func TestTaiwanIsNowhereShifted(t *testing.T) {
	shifted := 0
	for _, r := range sharedRows(t, "retailers/tw_convenience_rest.csv")[1:] {
		if r[7] == "" {
			continue
		}
		if p := (orb.Point{number(t, r[8]), number(t, r[7])}); geo.FromWGS84(p, geo.GCJ02) != p {
			t.Logf("%s %s %v is shifted", r[2], r[3], p)
			shifted++
		}
	}
	if shifted > 2 {
		t.Errorf("%d shops are shifted", shifted)
	}
}

func TestDatumRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := wellInside(t)
		d := rapid.SampledFrom([]geo.Datum{geo.WGS84, geo.GCJ02, geo.BD09}).Draw(t, "datum")
		if off := geo.Distance(geo.ToWGS84(geo.FromWGS84(p, d), d), p); !(off < 1e-4) {
			t.Fatalf("%v comes back from %s %v m away", p, d, off)
		}
	})
}

func TestDatumConversionIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := orb.Point{rapid.Float64().Draw(t, "lon"), rapid.Float64().Draw(t, "lat")}
		d := geo.Datum(rapid.SampledFrom([]string{"wgs84", "gcj02", "bd09", "", "moon"}).Draw(t, "datum"))
		geo.FromWGS84(p, d)
		if q := geo.ToWGS84(p, d); (d == geo.WGS84 || d == "" || d == "moon") && q != p {
			t.Fatalf("%v moved to %v", p, q)
		}
	})
}

// wellInside draws a point of the mainland that is no border's neighbour: a box
// round each of a few cities.
func wellInside(t *rapid.T) orb.Point {
	cities := []orb.Point{{116.4, 39.9}, {121.4, 31.1}, {113.2, 23.4}, {87.6, 43.8}, {104.1, 30.7}, {126.6, 45.8}, {110.2, 19.8}}
	c := rapid.SampledFrom(cities).Draw(t, "city")
	return orb.Point{c.Lon() + rapid.Float64Range(-0.3, 0.3).Draw(t, "east"), c.Lat() + rapid.Float64Range(-0.3, 0.3).Draw(t, "north")}
}

func BenchmarkToWGS84(b *testing.B) {
	for b.Loop() {
		geo.ToWGS84(orb.Point{121.478, 31.228}, geo.BD09)
	}
}

func ExampleToWGS84() {
	tiananmen := orb.Point{116.403963, 39.915119} // as Baidu's map has it
	p := geo.ToWGS84(tiananmen, geo.BD09)
	fmt.Printf("lat %.5f lon %.5f, %.0f m away\n", p.Lat(), p.Lon(), geo.Distance(p, tiananmen))
	// Output:
	// lat 39.90737 lon 116.39135, 1379 m away
}

func ExampleFromWGS84() {
	for _, p := range []orb.Point{{121.4737, 31.2304}, {121.5645, 25.0330}} { // Shanghai, Taipei
		fmt.Printf("%.0f m\n", geo.Distance(p, geo.FromWGS84(p, geo.GCJ02)))
	}
	// Output:
	// 482 m
	// 0 m
}
