package pins_test

import (
	"bufio"
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/paulmach/orb"

	"rounds/geo"
	"rounds/geo/pins"
)

// A shop by the West Lake in Hangzhou. Its longitude is no latitude, so swapped
// coordinates cannot pass.
var shop = orb.Point{120.1536, 30.2553}

// sharedRows reads a CSV file of real data, looked for as shared/data/name in
// every directory above; the test is skipped where there is none.
func sharedRows(t testing.TB, name string) [][]string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		f, err := os.Open(filepath.Join(dir, "shared", "data", filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		defer f.Close()
		rows, err := csv.NewReader(bufio.NewReader(f)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	t.Skipf("no shared/data/%s above this directory", name)
	return nil
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// from walks metres east and north over the ellipsoid; good to a millimetre for
// a kilometre, at the poles and at 180° too. It shares no code with the package.
func from(p orb.Point, east, north float64) orb.Point {
	v := earth(p)
	sinLon, cosLon := math.Sincos(p.Lon() * math.Pi / 180)
	sinLat, cosLat := math.Sincos(p.Lat() * math.Pi / 180)
	v[0] += -sinLon*east - sinLat*cosLon*north
	v[1] += cosLon*east - sinLat*sinLon*north
	v[2] += cosLat * north
	const e2 = 0.00669437999014
	lat := math.Atan2(v[2], math.Hypot(v[0], v[1])*(1-e2))
	for range 8 { // fixed point: z/p = tan(lat)·(1 − e²·N/(N+h))
		sin := math.Sin(lat)
		n := 6378137 / math.Sqrt(1-e2*sin*sin)
		lat = math.Atan2(v[2]+e2*n*sin, math.Hypot(v[0], v[1]))
	}
	return orb.Point{math.Atan2(v[1], v[0]) * 180 / math.Pi, lat * 180 / math.Pi}
}

func earth(p orb.Point) [3]float64 {
	sinLon, cosLon := math.Sincos(p.Lon() * math.Pi / 180)
	sinLat, cosLat := math.Sincos(p.Lat() * math.Pi / 180)
	n := 6378137 / math.Sqrt(1-0.00669437999014*sinLat*sinLat)
	return [3]float64{n * cosLat * cosLon, n * cosLat * sinLon, n * (1 - 0.00669437999014) * sinLat}
}

// An environment is what a shop's surroundings do to a phone: the accuracy it
// claims (68 %), by how much that is too good, and how often it is far off.
type environment struct {
	name             string
	accuracy, factor float64
	outliers, beyond float64
}

var environments = []environment{
	{"open", 6, 1, 0, 0},
	{"dense street", 14, 1.4, 0.03, 90},
	{"indoor", 25, 1.3, 0.04, 150},
}

const rayleigh68 = 1.5095921854516636

// sight is one fix of somebody who stands within 20 m of the shop.
func (e environment) sight(r *rand.Rand, at orb.Point, person string, day int) pins.Sighting {
	spread := e.accuracy / rayleigh68 * e.factor
	east, north := spread*r.NormFloat64(), spread*r.NormFloat64()
	if r.Float64() < e.outliers {
		d, turn := e.beyond+50*r.ExpFloat64(), 2*math.Pi*r.Float64()
		east, north = d*math.Cos(turn), d*math.Sin(turn)
	}
	d, turn := 20*math.Sqrt(r.Float64()), 2*math.Pi*r.Float64()
	return pins.Sighting{
		Point:  from(at, east+d*math.Cos(turn), north+d*math.Sin(turn)),
		Sigma:  geo.Meters(e.accuracy / rayleigh68),
		Person: person, Day: day,
	}
}

// visits is so many days of each of the people, all honest.
func (e environment) visits(r *rand.Rand, at orb.Point, people, least, most int) (all []pins.Sighting) {
	for p := range people {
		for day := range least + r.IntN(most-least+1) {
			all = append(all, e.sight(r, at, strconv.Itoa(p), 7*day+p))
		}
	}
	return all
}

// geocoded is a pin with an error like the one between two geocoders of the same
// address: log-normal, median 33.9 m, 90th percentile 82 m.
func geocoded(r *rand.Rand, at orb.Point) geo.Pin {
	d, turn := 33.9*math.Exp(0.689*r.NormFloat64()), 2*math.Pi*r.Float64()
	return geo.Pin{Point: from(at, d*math.Cos(turn), d*math.Sin(turn)), Sigma: 25, Source: geo.Geocoded, Version: 1}
}

func quantile(xs []float64, q float64) float64 {
	slices.Sort(xs)
	if len(xs) == 0 {
		return math.NaN()
	}
	return xs[min(len(xs)-1, int(q*float64(len(xs))))]
}

func seeded(n uint64) *rand.Rand { return rand.New(rand.NewPCG(n, 20260304)) }
