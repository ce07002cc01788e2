package api

import (
	"encoding/base64"
	"math"
	"strings"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

// Wire types never double as nouns: here the one becomes the other.

func wireID[Noun any](id rounds.ID[Noun]) ID { return uuid.UUID(id) }

// maybeID is absent for the zero id.
func maybeID[Noun any](id rounds.ID[Noun]) *ID {
	if id.IsZero() {
		return nil
	}
	return new(uuid.UUID(id))
}

// nounID is zero for an absent id.
func nounID[Noun any](id *ID) rounds.ID[Noun] {
	if id == nil {
		return rounds.ID[Noun]{}
	}
	return rounds.ID[Noun](*id)
}

func nounIDs[Noun any](ids []ID) []rounds.ID[Noun] {
	if ids == nil {
		return nil
	}
	out := make([]rounds.ID[Noun], len(ids))
	for i, id := range ids {
		out[i] = rounds.ID[Noun](id)
	}
	return out
}

// orZero is the value, or the zero value where it is absent.
func orZero[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

// set writes an optional field of a change over what is there.
func set[T, U any](to *T, from *U, convert func(U) T) {
	if from != nil {
		*to = convert(*from)
	}
}

func same[T any](v T) T { return v }

func mapped[T, U any](items []T, to func(T) U) []U {
	out := make([]U, len(items))
	for i, item := range items {
		out[i] = to(item)
	}
	return out
}

func float(m *geo.Meters) *float64 { return (*float64)(m) }

// rounded is a number with so many decimals, for reading; what is stored keeps all of them.
func rounded[T ~float64](v *T, decimals int) *float64 {
	if v == nil {
		return nil
	}
	scale := math.Pow10(decimals)
	return new(math.Round(float64(*v)*scale) / scale)
}

func wirePoint(p *orb.Point) *Point {
	if p == nil {
		return nil
	}
	return &Point{Lat: p.Lat(), Lon: p.Lon()}
}

func nounPoint(p Point) *orb.Point { return &orb.Point{p.Lon, p.Lat} }

// wireUserFor shows an administrator what nobody else may see.
func wireUserFor(a rounds.Actor) func(rounds.User) User {
	return func(u rounds.User) User {
		w := wireUser(u)
		if a.Is(rounds.RoleAdmin) && u.Subscriber != "" {
			w.Subscriber = &u.Subscriber
		}
		return w
	}
}

func wireUser(u rounds.User) User {
	return User{
		ID: wireID(u.ID), UnitID: wireID(u.UnitID), Name: u.Name, DisplayName: u.DisplayName,
		Role: Role(u.Role), Active: u.Active, Home: wirePoint(u.Home),
	}
}

func wireUnit(u rounds.Unit) Unit {
	return Unit{ID: wireID(u.ID), ParentID: maybeID(u.ParentID), Name: u.Name}
}

func wireTerritory(t rounds.Territory) Territory {
	return Territory{
		ID: wireID(t.ID), UnitID: wireID(t.UnitID), Name: t.Name, Purpose: Purpose(t.Purpose),
		RepID: maybeID(t.RepID), Retailers: t.Retailers,
	}
}

func wireRetailer(r rounds.Retailer) Retailer {
	w := Retailer{
		ID: wireID(r.ID), Code: r.Code, Name: r.Name, Address: r.Address, Class: r.Class, Status: RetailerStatus(r.Status),
		ServiceS: r.ServiceSeconds, VisitsPer8Weeks: r.VisitsPer8Weeks, OrderVolume: r.OrderVolume,
		Extra: r.Extra, TerritoryID: maybeID(r.TerritoryID), Pin: wirePin(r.Pin), OpeningHours: maybe(r.OpeningHours),
	}
	if r.Radius > 0 {
		w.RadiusM = float(&r.Radius)
	}
	return w
}

func wireReview(r rounds.Review) Review {
	return Review{
		ID: wireID(r.ID), ReviewerID: wireID(r.ReviewerID), Decision: Decision(r.Decision),
		Reason: r.Reason, CreatedAt: r.CreatedAt,
	}
}

// A cursor is the key of a page's last item, opaque so that nobody builds one.
func cursor(parts ...string) *Cursor {
	return new(base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\n"))))
}

func readCursor(c *Cursor, parts int) ([]string, error) {
	if c == nil {
		return make([]string, parts), nil
	}
	text, err := base64.RawURLEncoding.DecodeString(*c)
	found := strings.Split(string(text), "\n")
	if err != nil || len(found) != parts || strings.ContainsRune(string(text), 0) {
		return nil, errCursor()
	}
	return found, nil
}

func errCursor() error {
	return rounds.Errorf(rounds.Invalid, "after is not the next of a page: begin again without it").With("after", "not_a_cursor")
}

// page cuts a list that was read with one item more than asked for, and makes the cursor of the next.
func page[T any](items []T, limit int, key func(T) []string) ([]T, *Cursor) {
	if len(items) <= limit {
		return items, nil
	}
	return items[:limit], cursor(key(items[limit-1])...)
}

const defaultLimit = 100

func limit(l *Limit) int {
	if l == nil {
		return defaultLimit
	}
	return *l
}

// A chart is what coordinates are read and written in: a datum, converted under the org's settings.
type chart struct {
	geo.Datums
	datum geo.Datum
}

func chartOf(a rounds.Actor, d *Datum) chart { return chart{a.Settings.Datums(), datum(d)} }

func (c chart) write(p orb.Point) orb.Point { return c.FromWGS84(p, c.datum) }

func (c chart) read(lat, lon float64) orb.Point { return c.ToWGS84(orb.Point{lon, lat}, c.datum) }

func datum(d *Datum) geo.Datum {
	if d == nil {
		return geo.WGS84
	}
	return geo.Datum(*d)
}

// day reads the date of a parameter or field, or is the given one if there is none.
func day(d *Day, at string, otherwise rounds.Day) (rounds.Day, error) {
	if d == nil {
		return otherwise, nil
	}
	parsed, err := rounds.ParseDay(*d)
	if e, ok := err.(*rounds.Error); ok {
		return "", e.With(at, "not_a_date")
	}
	return parsed, nil
}

func (s *Server) today(a rounds.Actor) rounds.Day { return rounds.DayOf(s.now(), a.Zone) }

func reasons(rs []geo.Reason) []string {
	return mapped(rs, func(r geo.Reason) string { return string(r) })
}

func joined(rs []geo.Reason) string { return strings.Join(reasons(rs), "; ") }

// local is an instant as a person in the zone reads it, for a cell.
func local(t *time.Time, zone *time.Location) any {
	if t == nil {
		return ""
	}
	return t.In(zone).Format(time.DateTime)
}

// cell is a number rounded for reading, or an empty cell.
func cell[T ~float64](v *T) any {
	if v == nil {
		return ""
	}
	return math.Round(float64(*v)*10) / 10
}
