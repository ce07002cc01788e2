package api

import (
	"context"
	"math"

	"rounds"
	"rounds/fieldwork"

	"github.com/paulmach/orb"
)

// GetSiting says what stands around a place where a retailer might open.
func (s *Server) GetSiting(ctx context.Context, r GetSitingRequestObject) (GetSitingResponseObject, error) {
	if err := onGlobe(r.Params.Lat, r.Params.Lon); err != nil {
		return nil, err
	}
	c := chartOf(actor(ctx), r.Params.Datum)
	site, err := s.office.Siting(ctx, actor(ctx), c.read(r.Params.Lat, r.Params.Lon))
	if err != nil {
		return nil, err
	}
	return GetSiting200JSONResponse(c.site(site)), nil
}

// onGlobe refuses what the contract's bounds let through: a number that is none.
func onGlobe(lat, lon float64) error {
	problem := rounds.Errorf(rounds.Invalid, "the request is not as /docs says: see the fields")
	if !(math.Abs(lat) <= 90) {
		problem.With("lat", "not_between", -90, 90)
	}
	if !(math.Abs(lon) <= 180) {
		problem.With("lon", "not_between", -180, 180)
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	return nil
}

func (c chart) site(s fieldwork.Site) Site {
	return Site{
		Nearest:          mapped(s.Nearest, c.siteRetailer),
		MinimumSpacingM:  int(s.Minimum),
		KeepsSpacing:     s.TooNearCount == 0,
		TooNear:          mapped(s.TooNear, c.siteRetailer),
		TooNearCount:     s.TooNearCount,
		Around:           mapped(s.Rings, wireRing),
		NearestTerritory: wireSiteTerritory(s.Territory),
	}
}

// siteRetailer says of retailers of other units only how near they are, and of what class.
func (c chart) siteRetailer(r fieldwork.SiteRetailer) SiteRetailer {
	w := SiteRetailer{DistanceM: *rounded(&r.Distance, 1), Class: r.Class, InScope: r.InScope}
	if !r.InScope {
		return w
	}
	status := RetailerStatus(r.Status)
	at := c.write(r.At)
	w.RetailerID, w.Code, w.Name, w.Status, w.At = new(wireID(r.ID)), &r.Code, &r.Name, &status, wirePoint(&orb.Point{at.Lon(), at.Lat()})
	w.TerritoryID = maybeID(r.TerritoryID)
	return w
}

func wireRing(r fieldwork.SiteRing) SiteRing {
	return SiteRing{
		WithinM: int(r.Within), Retailers: r.Retailers, PerKm2: *rounded(&r.PerKM2, 2), VisitsPer4Weeks: float64(r.VisitsPer8Weeks) / 2,
		OrderVolume: r.OrderVolume, NearestTerritoryShare: rounded(r.NearestShare, 4),
		Classes: mapped(r.Classes, func(k fieldwork.SiteClass) SiteClass {
			return SiteClass{Class: k.Class, Retailers: k.Retailers, VisitsPer4Weeks: float64(k.VisitsPer8Weeks) / 2}
		}),
	}
}

func wireSiteTerritory(t *fieldwork.SiteTerritory) *SiteTerritory {
	if t == nil {
		return nil
	}
	w := &SiteTerritory{InScope: t.InScope, DistanceM: *rounded(&t.Distance, 1)}
	if !t.InScope {
		return w
	}
	w.TerritoryID, w.Name, w.RepID, w.Retailers = new(wireID(t.ID)), &t.Name, maybeID(t.RepID), &t.Load.Retailers
	w.VisitsPer4Weeks, w.OrderVolume = new(float64(t.Load.VisitsPer8Weeks)/2), &t.Load.OrderVolume
	w.ServiceSPer4Weeks = new(t.Load.ServiceSeconds / 2)
	return w
}
