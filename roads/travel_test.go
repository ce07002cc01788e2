package roads

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// block of houses: so many points around a place, so many metres from one to the next.
func pointsAround(at orb.Point, side int, step float64) (points []orb.Point) {
	for y := range side {
		for x := range side {
			points = append(points, orb.Point{at.Lon() + float64(x)*step/111_320/math.Cos(at.Lat()*math.Pi/180), at.Lat() + float64(y)*step/111_320})
		}
	}
	return points
}

var jinganTemple = orb.Point{121.4400, 31.2240}

func straightTable(t testing.TB, p Profile, points []orb.Point) *Table {
	t.Helper()
	table, err := StraightLines(p).Table(context.Background(), points)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestStraightLinesInTownAndCountry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what       string
		profile    Profile
		step       float64 // metres between neighbours
		slow, fast float64 // km/h along the way between neighbours
		detour     float64
	}{
		{"a dense centre", Car, 150, 17.9, 18.1, 1.4},
		{"a town", Car, 600, 29, 37, 1.33},
		{"the country", Car, 6000, 54, 56, 1.2},
		{"the country on a scooter", MotorScooter, 6000, 39, 41, 1.2},
		{"the country on foot", Foot, 6000, 4.9, 5.1, 1.2},
	} {
		points := pointsAround(jinganTemple, 5, c.step)
		table := straightTable(t, c.profile, points)
		d := float64(geo.Distance(points[12], points[13]))
		speed := float64(table.Meters(12, 13)) / float64(table.Seconds(12, 13)) * 3.6
		if detour := float64(table.Meters(12, 13)) / d; math.Abs(detour-c.detour) > 0.01 || speed < c.slow || speed > c.fast {
			t.Errorf("%s: a detour of %.3f at %.1f km/h", c.what, detour, speed)
		}
		if table.Source != SourceStraight || table.Fallback != "" || !table.IsStraight(0, 1) || table.Off() != nil {
			t.Errorf("%s: %+v", c.what, table)
		}
	}
}

// What is beyond ten kilometres of a leg is driven fast, though both ends be in dense centres.
func TestLongLegsLeaveTheTown(t *testing.T) {
	t.Parallel()
	points := append(pointsAround(jinganTemple, 3, 150), pointsAround(orb.Point{120.15, 30.27}, 3, 150)...)
	table := straightTable(t, Car, points)
	meters, seconds := float64(table.Meters(4, 13)), float64(table.Seconds(4, 13))
	if want := nearby*3.6/18 + (meters-nearby)*3.6/60; math.Abs(seconds-want) > 30 {
		t.Errorf("%.0f s for %.0f m, want about %.0f s", seconds, meters, want)
	}
}

func TestStraightLinesAreSound(t *testing.T) {
	t.Parallel()
	odd := []float64{math.NaN(), math.Inf(1), -180, 180, 0, 90, -90, 1e300}
	rapid.Check(t, func(t *rapid.T) {
		degrees := rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom(odd))
		points := make([]orb.Point, rapid.IntRange(0, 9).Draw(t, "points"))
		for i := range points {
			points[i] = orb.Point{degrees.Draw(t, "lon"), degrees.Draw(t, "lat")}
		}
		table, err := StraightLines(Car).Table(context.Background(), points)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range points {
			for j, b := range points {
				seconds, meters := table.Seconds(i, j), table.Meters(i, j)
				d := float64(geo.Distance(a, b))
				switch {
				case i == j && (seconds != 0 || meters != 0), seconds != table.Seconds(j, i), seconds < 0, seconds > routing.Unreachable:
					t.Fatalf("from %v to %v: %d s, %v m", a, b, seconds, meters)
				case i != j && math.IsNaN(d) != (seconds == routing.Unreachable):
					t.Fatalf("from %v to %v, %v m: %d s", a, b, d, seconds)
				case i != j && !math.IsNaN(d) && (float64(meters) < d*1.19-1 || float64(meters) > d*1.41+1):
					t.Fatalf("from %v to %v, %v m: %v m", a, b, d, meters)
				}
			}
		}
	})
}

func TestTheEndsOfTheEarth(t *testing.T) {
	t.Parallel()
	table := straightTable(t, Car, []orb.Point{{121.4, 31.2}, {-58.6, -31.2}})
	if meters := table.Meters(0, 1); meters < 20_000_000*1.19 || meters > 20_100_000*1.41 || table.Seconds(0, 1) > 30*24*3600 {
		t.Errorf("%v m in %d s", meters, table.Seconds(0, 1))
	}
}

// Whoever stands on a road takes what the network says; who is beside it walks to it; who is far from any has a
// straight line, and is named.
func TestAlongARoadNetwork(t *testing.T) {
	t.Parallel()
	d := drawing{rows: []string{"abcd", "efgh"}, ways: map[string]string{"abcd": "highway=residential", "aefghd": "highway=residential", "bf": "highway=residential oneway=yes"}}
	n, err := drawn(t, Car, d.xml())
	if err != nil {
		t.Fatal(err)
	}
	travel, known := Along(n)
	points := []orb.Point{{0, 0}, {0.003, 0}, {0.0015, 0.0005}, {0.0016, 0.0005}, {0.5, 0.5}}
	table, err := travel.Table(context.Background(), points)
	if err != nil || !known || table.Source != SourceRoads || table.Fallback != OffRoads || len(table.Off()) != 1 || table.Off()[0] != 4 {
		t.Fatalf("%+v, %v", table, err)
	}
	if s, m := table.Seconds(0, 1), table.Meters(0, 1); s != 48 || m != 334 { // 333.96 m at 25 km/h
		t.Errorf("along the road: %d s, %v m", s, m)
	}
	if s, m := table.Seconds(0, 2), table.Meters(0, 2); s != 24+40 || m != 167+55 { // and 55 m on foot at 5 km/h
		t.Errorf("beside the road: %d s, %v m", s, m)
	}
	if s, m := table.Seconds(2, 3), table.Meters(2, 3); s != 8 || m != 11 { // next door: nobody goes to the road and back
		t.Errorf("next door: %d s, %v m", s, m)
	}
	line := straightTable(t, Car, points)
	if !table.IsStraight(0, 4) || table.IsStraight(0, 3) || table.Seconds(0, 4) != line.Seconds(0, 4) || table.Meters(4, 0) != line.Meters(4, 0) {
		t.Errorf("far from any road: %d s, %v m", table.Seconds(0, 4), table.Meters(4, 0))
	}
}

func TestTablesEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := StraightLines(Car).Table(ctx, pointsAround(jinganTemple, 2, 100)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func BenchmarkTables(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	n := imported(b, monaco, Car)
	points := somewhere(n, 200)
	r.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	travel, _ := Along(n)
	for name, travel := range map[string]*Travel{"straight": StraightLines(Car), "roads": travel} {
		b.Run(name+" 200", func(b *testing.B) {
			for b.Loop() {
				if _, err := travel.Table(context.Background(), points); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
