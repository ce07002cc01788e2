package locate

import (
	"context"
	"log/slog"
	"math"
	"time"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// Locator asks one service, or several in turn, where a phone is. Its errors are an [*Error] each.
type Locator interface {
	Locate(ctx context.Context, q Query) (Position, error)
}

// Position is where a service says that a phone is.
type Position struct {
	Point        *orb.Point // in Datum; nil: the service gave an address only
	Datum        geo.Datum
	Accuracy     geo.Meters // radius; 0: unknown
	AccuracyKind geo.AccuracyKind
	Source       geo.FixSource // cell, wifi, or network where the service does not say which
	Time         time.Time     // of the position, as the service says; zero: it does not
	Old          bool          // Time is longer ago than the service's max_age_s: told, not judged
	Service      string        // its name in the configuration
	Address      string        // as the carrier wrote it
	Now          bool          // of the phone at the moment of asking, not of what it saw before
}

// Fix is the position in the form that visits are judged by; false if there is only an address.
func (p Position) Fix() (geo.Fix, bool) {
	if p.Point == nil {
		return geo.Fix{}, false
	}
	return geo.Fix{
		Point: *p.Point, Datum: p.Datum, Accuracy: p.Accuracy, AccuracyKind: p.AccuracyKind,
		Source: p.Source, Time: p.Time,
	}, true
}

// LogValue says who answered, and not where.
func (p Position) LogValue() slog.Value {
	return slog.GroupValue(slog.String("service", p.Service), slog.String("source", string(p.Source)))
}

// MaxAccuracy is the widest circle that still says something. Wider ones mean a region, a country, a
// network address.
const MaxAccuracy geo.Meters = 100_000

// Bounds is a rectangle in degrees that a service's answers must lie in: swapped and mirrored coordinates
// are places too, somewhere else.
type Bounds struct {
	South float64 `json:"south"`
	West  float64 `json:"west"`
	North float64 `json:"north"`
	East  float64 `json:"east"`
}

var earth = Bounds{South: -90, West: -180, North: 90, East: 180}

// holds is false for NaN.
func (b Bounds) holds(p orb.Point) bool {
	return p.Lon() >= b.West && p.Lon() <= b.East && p.Lat() >= b.South && p.Lat() <= b.North
}

// judged is the answer with what cannot be so taken out of it. A point that is no place, or says nothing, means that
// the service does not know; the reason says which.
func (s *service) judged(p Position) (Position, error) {
	if p.Point != nil {
		switch {
		case !earth.holds(*p.Point):
			return Position{}, s.fail(ErrNotFound, NoPlace)
		case *p.Point == orb.Point{}:
			return Position{}, s.fail(ErrNotFound, NullIsland)
		case !s.Bounds.holds(*p.Point):
			return Position{}, s.fail(ErrNotFound, OutOfBounds)
		case p.Accuracy > MaxAccuracy:
			return Position{}, s.fail(ErrNotFound, TooWide)
		}
	}
	if !(p.Accuracy > 0) || math.IsInf(float64(p.Accuracy), 0) {
		p.Accuracy = 0
	}
	p.Service, p.AccuracyKind = s.Name, s.AccuracyKind
	p.Old = s.MaxAge > 0 && !p.Time.IsZero() && s.now().Sub(p.Time) > duration(s.MaxAge)
	return p, nil
}
