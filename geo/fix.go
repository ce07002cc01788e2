package geo

import (
	"math"
	"time"

	"github.com/paulmach/orb"
)

// A Fix is one position as a phone sent it. Nothing about it has been believed
// or converted yet.
type Fix struct {
	Point        orb.Point // in Datum
	Datum        Datum     // unknown: taken as WGS-84
	Accuracy     Meters    // 0, negative or NaN: unknown
	AccuracyKind AccuracyKind
	Source       FixSource
	Time         time.Time // of the position, by the phone's clock; zero: unknown
	Mock         bool      // the phone says that the position was made up
	Located      bool      // not from the phone: a network service said so when it was asked
}

// FixSource is where a phone says that its position came from.
type FixSource string

// The sources phones tell apart.
const (
	SourceGPS     FixSource = "gps"
	SourceNetwork FixSource = "network" // Wi-Fi or cell, the phone does not say which
	SourceWiFi    FixSource = "wifi"
	SourceCell    FixSource = "cell"
	SourceFused   FixSource = "fused" // gps, network and motion together
)

var fixSources = []FixSource{SourceGPS, SourceNetwork, SourceWiFi, SourceCell, SourceFused}

// AccuracyKind is what a phone means by the accuracy it reports. The same
// number means three different things on three platforms.
type AccuracyKind string

// The meanings in use. Accuracy of an unknown kind is unknown accuracy.
const (
	Android68   AccuracyKind = "android_68" // 68 % of positions lie within this radius
	IOS         AccuracyKind = "ios"        // root of the summed variances east and north
	Web95       AccuracyKind = "web_95"     // 95 % lie within it: W3C Geolocation
	UnknownKind AccuracyKind = "unknown"
)

// A circle round the middle of a round normal distribution holds the share q of
// it where its radius is σ·√(−2 ln(1−q)): the Rayleigh distribution's quantile.
const (
	rayleigh68 = 1.5095921854516636
	rayleigh95 = 2.447746830680816
)

var divisors = map[AccuracyKind]Meters{Android68: rayleigh68, IOS: math.Sqrt2, Web95: rayleigh95}

// earthGirth bounds what can be said about a place on Earth. An accuracy
// beyond it says nothing.
const earthGirth Meters = 40_075_017

// Sigma turns an accuracy of this kind into a standard deviation along one
// axis. It is nil, unknown, unless the accuracy is positive and below the Earth's girth.
func (k AccuracyKind) Sigma(accuracy Meters) *Meters {
	divisor, ok := divisors[k]
	if !ok || !(accuracy > 0 && accuracy <= earthGirth) {
		return nil
	}
	return new(accuracy / divisor)
}

// A Pin is where a retailer is held to be, and how sure that is.
type Pin struct {
	Point     orb.Point   // WGS-84
	Entrances []orb.Point // WGS-84; a distance is to the nearest of Point and these
	Sigma     Meters      // standard deviation along one axis; 0: exact; negative or NaN: unknown
	Source    PinSource
	Version   int
	Confirmed bool // by several people's visits; learned and surveyed pins are by themselves
}

// PinSource is how a retailer's position became known.
type PinSource string

// The sources of pins, from the least to the most trustworthy, by and large.
const (
	Geocoded   PinSource = "geocoded" // from the address
	Imported   PinSource = "imported" // from somebody's file
	FirstVisit PinSource = "first_visit"
	Learned    PinSource = "learned" // from several people's visits
	Surveyed   PinSource = "surveyed"
	Manual     PinSource = "manual" // put on the map by hand
)

var pinSources = []PinSource{Geocoded, Imported, FirstVisit, Learned, Surveyed, Manual}

// confirmed tells the sources that vouch for a pin on their own.
func (s PinSource) confirmed() bool {
	return s == Learned || s == Surveyed
}

// IsConfirmed is whether the pin vouches for itself, by its source or by several
// people's visits: only then does a far visit say elsewhere.
func (p Pin) IsConfirmed() bool { return p.Confirmed || p.Source.confirmed() }

// Evidence is all that may be looked at to judge one tap of a phone.
type Evidence struct {
	Pin      *Pin   // nil: the retailer has none
	Radius   Meters // the retailer's own; 0, or no length at all: the policy's
	Fixes    []Fix
	At       time.Time // of the tap, by the phone's clock
	Happened time.Time // of the tap, as well as anybody can tell; zero: unknown
	Datums   Datums    // how the fixes are converted
}
