package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"

	"rounds/internal/towns"
	"rounds/routing/plane"
)

type townCmd struct {
	Retailers int    `default:"20000" help:"How many, up to 100,000."`
	Seed      uint64 `default:"7" help:"Of the city; benchmarks have 7, 11 and 23."`
	Drift     bool   `help:"The same city some years on: minutes follow a regional trend of ±35 %, and chance."`
}

const mostTown = 100_000

// Help is what -h says beside the flags.
func (townCmd) Help() string {
	return `For trying out territories, and for measuring again what is said of them:

    rounds town --retailers 20000 --seed 7 > town.csv
    rounds territories town.csv --k 100 --balance minutes:2%,retailers:2%,orders:2%,volume:2%

A square of 30 km near 30.0 N, 120.6 E: 40 blobs of shops from dense to thin, 15 % anywhere. Classes A, B and C (20, 30 and 50 %) are visited 4, 2 and 1 times a month. minutes, orders and volume are those of a month: minutes are visits times those of a visit, lognormal about 12. One seed and number give the same file on every machine.`
}

// Validate is called by kong: what is wrong here is wrong usage.
func (c townCmd) Validate() error {
	if c.Retailers < 1 || c.Retailers > mostTown {
		return fmt.Errorf("--retailers: want 1 to %d", mostTown)
	}
	return nil
}

// Run writes the city, a row a shop.
func (c townCmd) Run(t terminal) error {
	town := towns.New(c.Retailers, c.Seed)
	if c.Drift {
		town = town.Drift(c.Seed)
	}
	buffered := bufio.NewWriter(t.Out)
	out := csv.NewWriter(buffered)
	_ = out.Write([]string{"code", "lat", "lon", "class", "visits", "minutes", "orders", "volume"}) // Error tells
	for _, s := range town.Shops {
		lat, lon := onTheGlobe(s.At)
		_ = out.Write([]string{
			s.Code, lat, lon, string(s.Class), strconv.FormatInt(s.Visits, 10), decimal(s.Minutes, 3), decimal(s.Orders, 3), decimal(s.Volume, 3),
		})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

// Decimetres that a degree is long at 30° N on the WGS-84 ellipsoid, and how much shorter one of longitude is a degree further
// north.
const (
	degreeNorth = 1_108_524
	degreeEast  = 964_863
	narrower    = 9_674
	bent        = 221_131_000 // twice the radius of the parallel as a map without distortion draws it
	places      = 10_000_000  // of a degree: 7 decimals
)

// onTheGlobe is where a point of the city is: latitude and longitude. Whole numbers give all machines the same file.
func onTheGlobe(p plane.Point) (lat, lon string) {
	north := rounded((p.Y-rounded(p.X*p.X, bent))*places, degreeNorth)
	east := rounded(p.X*places, degreeEast-rounded(north*narrower, places))
	return decimal(30*places+north, 7), decimal(1206*places/10+east, 7)
}

func rounded(n, d int64) int64 { return int64(math.Round(float64(n) / float64(d))) }

// decimal writes a number that is not negative with so many decimals.
func decimal(x int64, decimals int) string {
	digits := fmt.Sprintf("%0*d", decimals+1, x)
	return digits[:len(digits)-decimals] + "." + digits[len(digits)-decimals:]
}
