package geo_test

import (
	"fmt"
	"math"
	"math/cmplx"
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

var hongKongToo = geo.Datums{ShiftHongKongMacau: true}

// The setting is for the two cities alone: their neighbours across the river
// move either way, and so do the gates on the mainland's side.
func TestHongKongAndMacauFollowTheSetting(t *testing.T) {
	for _, c := range []struct {
		name        string
		p           orb.Point
		byDefault   bool
		withSetting bool
	}{
		{"Hong Kong, Central", orb.Point{114.158, 22.283}, false, true},
		{"Hong Kong, Sheung Shui", orb.Point{114.128, 22.502}, false, true},
		{"Hong Kong, airport", orb.Point{113.915, 22.309}, false, true},
		{"Lok Ma Chau, Hong Kong's side", orb.Point{114.066, 22.5135}, false, true},
		{"Huanggang, Shenzhen's side of it", orb.Point{114.069, 22.524}, true, true},
		{"Lo Wu, Hong Kong's side", orb.Point{114.1135, 22.528}, false, true},
		{"Luohu, Shenzhen's side of it", orb.Point{114.113, 22.5325}, true, true},
		{"Shenzhen, Futian", orb.Point{114.055, 22.541}, true, true},
		{"Macau, Senado square", orb.Point{113.540, 22.193}, false, true},
		{"Macau, Cotai", orb.Point{113.560, 22.147}, false, true},
		{"the Border Gate, Macau's side", orb.Point{113.549, 22.2145}, false, true},
		{"Gongbei, Zhuhai's side of it", orb.Point{113.549, 22.220}, true, true},
		{"Zhuhai, Hengqin", orb.Point{113.530, 22.140}, true, true},
		{"Taipei", orb.Point{121.565, 25.033}, false, false},
		{"Singapore", orb.Point{103.820, 1.352}, false, false},
	} {
		for _, d := range shifted {
			for setting, want := range map[geo.Datums]bool{{}: c.byDefault, hongKongToo: c.withSetting} {
				q := setting.FromWGS84(c.p, d)
				if moved := geo.Distance(c.p, q); moved != 0 != want || moved > 1500 {
					t.Errorf("%s in %s, %+v: moved by %.0f m", c.name, d, setting, moved)
				}
				if back := geo.Distance(setting.ToWGS84(q, d), c.p); want && !(back < 1e-4) {
					t.Errorf("%s from %s, %+v: %v m off", c.name, d, setting, back)
				}
			}
			if geo.FromWGS84(c.p, d) != (geo.Datums{}).FromWGS84(c.p, d) {
				t.Errorf("%s: the default is another than the function's", c.name)
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

// The published pairs come from eviltransform and coordtransform. Coordtransform's
// inverses take one step only and are off by what it takes to come back.
func TestPublishedVectors(t *testing.T) {
	datums := map[string]geo.Datum{"WGS84": geo.WGS84, "GCJ02": geo.GCJ02, "BD09": geo.BD09}
	for _, r := range sharedRows(t, "datum/published_vectors.csv")[1:] {
		in := orb.Point{number(t, r[4]), number(t, r[3])}
		want := orb.Point{number(t, r[6]), number(t, r[5])}
		tol := geo.Meters(1e-6)
		switch {
		case r[1] == "GCJ02" && r[2] == "WGS84":
			tol = 5
		case r[1] == "BD09":
			tol = 0.06
		}
		got := between(in, datums[r[1]], datums[r[2]])
		if off := geo.Distance(got, want); !(off <= tol) {
			t.Errorf("%s: %s to %s: %.4g m off, want %v", r[0], r[1], r[2], off, tol)
		}
	}
}

// publishedGCJ02 is the published formula again, as a sum of its terms.
func publishedGCJ02(p orb.Point) orb.Point {
	x, y := p.Lon()-105, p.Lat()-35
	type term struct{ amplitude, turns float64 } // of a sine, turns in half circles
	both := []term{{20, 6 * x}, {20, 2 * x}}
	sum := func(start float64, terms ...term) float64 {
		for _, w := range append(terms, both...) {
			start += w.amplitude * math.Sin(w.turns*math.Pi) * 2 / 3
		}
		return start
	}
	north := sum(-100+2*x+3*y+y*y/5+x*y/10+math.Sqrt(math.Abs(x))/5,
		term{20, y}, term{40, y / 3}, term{160, y / 12}, term{320, y / 30})
	east := sum(300+x+2*y+x*x/10+x*y/10+math.Sqrt(math.Abs(x))/10,
		term{20, x}, term{40, x / 3}, term{150, x / 12}, term{300, x / 30})
	const axis, ee = 6378245, 0.00669342162296594323
	lat := p.Lat() * math.Pi / 180
	w := math.Sqrt(1 - ee*math.Pow(math.Sin(lat), 2))
	return orb.Point{
		p.Lon() + 180/math.Pi*east/(axis/w*math.Cos(lat)),
		p.Lat() + 180/math.Pi*north/(axis*(1-ee)/math.Pow(w, 3)),
	}
}

// publishedBD09 is Baidu's step from GCJ-02, on complex numbers.
func publishedBD09(p orb.Point) orb.Point {
	const waves = math.Pi * 3000 / 180
	r, turn := cmplx.Polar(complex(p.Lon(), p.Lat()))
	z := cmplx.Rect(r+2e-5*math.Sin(p.Lat()*waves), turn+3e-6*math.Cos(p.Lon()*waves))
	return orb.Point{real(z) + 0.0065, imag(z) + 0.006}
}

// The forward conversion is the published formula to under a millimetre, and the
// inverse comes back to under a centimetre: here both to under a micrometre.
func TestForwardIsThePublishedFormula(t *testing.T) {
	var forward, inverse geo.Meters
	for lat := 18.0; lat <= 53.5; lat += 0.193 {
		for lon := 73.5; lon <= 135; lon += 0.197 {
			p := orb.Point{lon, lat}
			gcj := geo.FromWGS84(p, geo.GCJ02)
			if gcj == p {
				continue
			}
			want := publishedGCJ02(p)
			bd := geo.FromWGS84(p, geo.BD09)
			forward = max(forward, geo.Distance(gcj, want), geo.Distance(bd, publishedBD09(want)))
			inverse = max(inverse, geo.Distance(geo.ToWGS84(gcj, geo.GCJ02), p), geo.Distance(geo.ToWGS84(bd, geo.BD09), p))
		}
	}
	t.Logf("forward within %.2g m, there and back within %.2g m", forward, inverse)
	if forward == 0 || !(forward < 1e-6) || !(inverse < 1e-6) {
		t.Errorf("want a micrometre")
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

// Both ways, and between the two shifted datums, at any place that is shifted.
func TestDatumRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := geo.Datums{ShiftHongKongMacau: rapid.Bool().Draw(t, "Hong Kong and Macau")}
		p := inOutline(s).Draw(t, "p")
		from, to := rapid.SampledFrom(shifted).Draw(t, "from"), rapid.SampledFrom(shifted).Draw(t, "to")
		if off := geo.Distance(s.ToWGS84(s.FromWGS84(p, to), to), p); !(off < 1e-4) {
			t.Fatalf("%v comes back from %s %v m away", p, to, off)
		}
		q := s.FromWGS84(p, from)
		if off := geo.Distance(s.Convert(s.Convert(q, from, to), to, from), q); !(off < 1e-4) {
			t.Fatalf("%v in %s comes back from %s %v m away", q, from, to, off)
		}
	})
}

var shifted = []geo.Datum{geo.GCJ02, geo.BD09}

// inOutline draws a point that is shifted, and is so by a tenth of a millimetre:
// on the border itself the last bit decides, and a conversion may turn it.
func inOutline(s geo.Datums) *rapid.Generator[orb.Point] {
	return inBox().Filter(func(p orb.Point) bool {
		for _, side := range []float64{-1e-9, 1e-9} {
			q, r := orb.Point{p.Lon() + side, p.Lat()}, orb.Point{p.Lon(), p.Lat() + side}
			if s.FromWGS84(q, geo.GCJ02) == q || s.FromWGS84(r, geo.GCJ02) == r {
				return false
			}
		}
		return true
	})
}

// inBox draws a point of the box that holds the mainland and its neighbours.
func inBox() *rapid.Generator[orb.Point] {
	return rapid.Custom(func(t *rapid.T) orb.Point {
		return orb.Point{rapid.Float64Range(72, 137).Draw(t, "lon"), rapid.Float64Range(16, 55).Draw(t, "lat")}
	})
}

// There is an answer on and along every border: no point is lost, and none goes
// further than a shift.
func TestNoPointIsLostAtTheBorder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := geo.Datums{ShiftHongKongMacau: rapid.Bool().Draw(t, "Hong Kong and Macau")}
		p := rapid.OneOf(inBox(), onTheBorder(s)).Draw(t, "p")
		d := rapid.SampledFrom(shifted).Draw(t, "datum")
		for name, q := range map[string]orb.Point{"to": s.FromWGS84(p, d), "from": s.ToWGS84(p, d)} {
			if moved := geo.Distance(p, q); !(moved < 1520) {
				t.Fatalf("%v %s %s is %v, %v m away", p, name, d, q, moved)
			}
		}
		if q := s.ToWGS84(p, d); q != p && geo.Distance(s.FromWGS84(q, d), p) > 1e-4 {
			t.Fatalf("%v from %s is %v, which goes elsewhere", p, d, q)
		}
	})
}

// onTheBorder halves the way between a point inside and one outside until both
// are the same to the last bits.
func onTheBorder(s geo.Datums) *rapid.Generator[orb.Point] {
	return rapid.Custom(func(t *rapid.T) orb.Point {
		in, out := inOutline(s).Draw(t, "inside"), orb.Point{137, rapid.Float64Range(16, 55).Draw(t, "east")}
		for range 60 {
			middle := orb.Point{(in.Lon() + out.Lon()) / 2, (in.Lat() + out.Lat()) / 2}
			if s.FromWGS84(middle, geo.GCJ02) != middle {
				in = middle
			} else {
				out = middle
			}
		}
		return rapid.SampledFrom([]orb.Point{in, out}).Draw(t, "side")
	})
}

// Outside is further from the border than a shift reaches, so that both ways
// must leave the place alone.
func TestOutsideStaysBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anywhere().Draw(t, "p")
		for east := -0.03; east <= 0.03; east += 0.01 {
			for north := -0.03; north <= 0.03; north += 0.01 {
				if near := (orb.Point{p.Lon() + east, p.Lat() + north}); hongKongToo.FromWGS84(near, geo.GCJ02) != near {
					t.Skip("in the mainland, or near")
				}
			}
		}
		for _, d := range shifted {
			if geo.FromWGS84(p, d) != p || geo.ToWGS84(p, d) != p || hongKongToo.Convert(p, d, geo.WGS84) != p {
				t.Fatalf("%v moves", p)
			}
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

// A map sold in the mainland shows Hong Kong shifted, others do not; which one a
// file was drawn on, only its owner knows.
func ExampleDatums() {
	central := orb.Point{114.1582, 22.2830}
	for _, s := range []geo.Datums{{}, {ShiftHongKongMacau: true}} {
		fmt.Printf("%.0f m\n", geo.Distance(central, s.FromWGS84(central, geo.GCJ02)))
	}
	// Output:
	// 0 m
	// 596 m
}
