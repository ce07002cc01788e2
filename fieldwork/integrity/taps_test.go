package integrity_test

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/paulmach/orb"

	"rounds"
	"rounds/fieldwork/integrity"
	"rounds/geo"
)

const today = rounds.Day("2026-04-03")

var town = orb.Point{120.15507, 30.27415}

// metersFrom walks east and north from p along a plane; good for a few hundred kilometres here.
func metersFrom(p orb.Point, east, north float64) orb.Point {
	const degree = 111_195
	return orb.Point{p.Lon() + east/(degree*math.Cos(p.Lat()*math.Pi/180)), p.Lat() + north/degree}
}

func event(n int) (id rounds.EventID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func retailer(n int) (id rounds.RetailerID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// fixAt is a satellite fix with a standard deviation of 10 metres.
func fixAt(p orb.Point, at time.Time) integrity.Fix {
	return integrity.Fix{Fix: rounds.Fix{Fix: geo.Fix{
		Point: p, Datum: geo.WGS84, Accuracy: 15.095921854516636, AccuracyKind: geo.Android68, Source: geo.SourceGPS, Time: at,
	}}}
}

// tap is the n-th check-in of a test, so many days before today and minutes after eight, by the phone "a"
// whose clock is right to a second, at a place so far east of the town and a little north of n.
func tap(n, daysBefore int, minute, east float64, edits ...func(*integrity.Tap)) integrity.Tap {
	day := today.Add(-daysBefore)
	at := day.At(8, 0, time.UTC).Add(time.Duration(minute * float64(time.Minute)))
	t := integrity.Tap{
		ID: event(n), Device: "a", Kind: rounds.CheckIn, RetailerID: retailer(n), Day: day,
		Claimed: at, At: at, Earliest: at.Add(-time.Second), Latest: at.Add(time.Second), ReceivedAt: at.Add(5 * time.Second),
		Fixes: []integrity.Fix{fixAt(metersFrom(town, east, 1.23456789*float64(n)), at)},
	}
	for _, edit := range edits {
		edit(&t)
	}
	return t
}

func window(taps ...integrity.Tap) integrity.Window {
	return integrity.Window{Day: today, Taps: taps}
}
