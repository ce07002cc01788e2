package fieldwork

import (
	"context"
	"errors"
	"io"
	"slices"

	"rounds"
	"rounds/fieldwork/districting"
	"rounds/geo"
	"rounds/store"
)

// PlacedRetailer is a retailer with its territory of a purpose on a day and who works it.
type PlacedRetailer struct {
	rounds.Retailer
	Territory, Rep string // "": none
}

// PlacedRetailers are the active retailers of the actor's territories of a purpose on a day by code and, for who sees the
// whole org, those of none; a zero day is today.
func (o *Office) PlacedRetailers(ctx context.Context, a rounds.Actor, purpose rounds.Purpose, day rounds.Day) ([]PlacedRetailer, error) {
	if err := allow(a, watchingTerritories); err != nil {
		return nil, err
	}
	if day == "" {
		day = o.today(a)
	}
	var placed []PlacedRetailer
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		units, err := unitsUnder(ctx, tx, a, a.UnitID)
		if err != nil {
			return err
		}
		territories, err := tx.Territories(ctx, a.Scope(), day, purpose, rounds.TerritoryID{})
		if err != nil {
			return err
		}
		users, err := tx.Users(ctx, rounds.Scope{OrgID: a.OrgID}, rounds.RoleRep, "", maxReps)
		if err != nil {
			return err
		}
		found, err := tx.RegisterToCut(ctx, a.OrgID, day, purpose, units, a.Units == nil)
		placed = named(found, territories, users)
		return err
	})
	return placed, err
}

func named(retailers []rounds.Retailer, territories []rounds.Territory, users []rounds.User) []PlacedRetailer {
	name, territory := map[rounds.UserID]string{}, map[rounds.TerritoryID]rounds.Territory{}
	for _, u := range users {
		name[u.ID] = u.Name
	}
	for _, t := range territories {
		territory[t.ID] = t
	}
	placed := make([]PlacedRetailer, len(retailers))
	for i, r := range retailers {
		t := territory[r.TerritoryID]
		placed[i] = PlacedRetailer{Retailer: r, Territory: t.Name, Rep: name[t.RepID]}
	}
	return placed
}

// TerritoryMap draws territories as they are.
type TerritoryMap struct {
	name   string
	region *districting.Region
	of     []int32
}

// MapPlaced makes a map of retailers that have a pin and a territory; what cannot be drawn is Invalid.
func MapPlaced(name string, retailers []PlacedRetailer) (TerritoryMap, error) {
	city := districting.City{Measures: []districting.Measure{{Name: rounds.MeasureRetailers}}}
	number := map[string]int32{}
	for _, r := range retailers {
		if r.Pin == nil || r.Territory == "" {
			continue
		}
		if _, known := number[r.Territory]; !known {
			number[r.Territory] = int32(len(city.Territories))
			city.Territories = append(city.Territories, districting.Territory{Name: r.Territory})
		}
		city.Places = append(city.Places, districting.Place{Code: r.Code, At: r.Pin.Point, Loads: []float64{1}, Today: r.Territory})
	}
	region, faults := districting.New(city)
	if region == nil {
		return TerritoryMap{}, rounds.Errorf(rounds.Invalid, "these territories cannot be drawn: %s", faults[slices.IndexFunc(faults, districting.Fault.Fatal)])
	}
	of := make([]int32, len(region.City.Places))
	for i, p := range region.City.Places {
		of[i] = number[p.Today]
	}
	return TerritoryMap{name, region, of}, nil
}

// WriteGeoJSON writes the grounds of the territories, which do not overlap, and the retailers.
func (m TerritoryMap) WriteGeoJSON(w io.Writer) error { return m.region.WriteGeoJSON(w, m.of) }

// WriteKML writes the same as KML 2.2.
func (m TerritoryMap) WriteKML(w io.Writer) error { return m.region.WriteKML(w, m.name, m.of) }

// Disagreement is a retailer whose territory is not the one that a map file draws where it stands.
type Disagreement struct {
	districting.Disagreement
	Retailer rounds.Retailer
}

// Disagreements holds the territories of a purpose against the polygons of a map file, by the names of both. It changes
// nothing. Of which datum the file is, it does not say itself. A file that is no map is Invalid.
func (o *Office) Disagreements(ctx context.Context, a rounds.Actor, purpose rounds.Purpose, datum geo.Datum, r io.Reader) ([]Disagreement, error) {
	retailers, err := o.PlacedRetailers(ctx, a, purpose, "")
	if err != nil {
		return nil, err
	}
	drawing, err := districting.ReadMap(r)
	if fault, ok := errors.AsType[*districting.MapFault](err); ok {
		if fault.Kind == districting.MapTooLarge {
			return nil, rounds.Errorf(rounds.TooLarge, "this file is too large: %s", fault)
		}
		return nil, rounds.Errorf(rounds.Invalid, "this map cannot be read: %s", fault)
	}
	if err != nil {
		return nil, err
	}
	places, byCode := make([]districting.Place, len(retailers)), map[string]rounds.Retailer{}
	for i, r := range retailers {
		places[i] = districting.Place{Code: r.Code, Today: r.Territory}
		if r.Pin != nil {
			places[i].At = a.Settings.Datums().FromWGS84(r.Pin.Point, datum)
		}
		byCode[r.Code] = r.Retailer
	}
	if districting.Swapped(places, drawing.Outlines) {
		return nil, rounds.Errorf(rounds.Invalid, "this map cannot be read: %s", &districting.MapFault{Kind: districting.MapSwapped})
	}
	found := districting.Disagreements(ctx, places, drawing.Outlines)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	disagreements := make([]Disagreement, len(found))
	for i, d := range found {
		disagreements[i] = Disagreement{d, byCode[d.Code]}
	}
	return disagreements, nil
}
