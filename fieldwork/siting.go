package fieldwork

import (
	"cmp"
	"context"
	"math"
	"slices"

	"rounds"
	"rounds/geo"
	"rounds/store"

	"github.com/paulmach/orb"
)

// How far siting looks, and how much it lists.
const (
	nearestListed = 10
	tooNearListed = 100
	farthest      = 100_000.0 // metres
	everyOne      = 0
)

// siteRings are the circles around a place in which siting counts.
var siteRings = []geo.Meters{500, 1000}

// Site is what stands around a place where a retailer might open. Retailers that are closed are not there.
type Site struct {
	At           orb.Point
	Nearest      []SiteRetailer // at most ten, within 100 km
	Minimum      geo.Meters     // the org's rule; 0: none
	TooNear      []SiteRetailer // nearer than that, the nearest hundred
	TooNearCount int
	Rings        []SiteRing
	Territory    *SiteTerritory // of the nearest retailer that has one; nil if none of those looked at has
}

// SiteRetailer is a retailer near a site.
type SiteRetailer struct {
	store.NearRetailer
	Distance geo.Meters
}

// SiteRing is what there is within a distance. Visits and volumes are of active retailers.
type SiteRing struct {
	Within          geo.Meters
	Retailers       int
	PerKM2          float64
	VisitsPer8Weeks int
	OrderVolume     int64
	Classes         []SiteClass // by name
	// NearestShare is how much of the visits belongs to the nearest territory; nil if there are none, or no territory.
	NearestShare *float64
}

// SiteClass is what of a ring is of one class.
type SiteClass struct {
	Class           string
	Retailers       int
	VisitsPer8Weeks int
}

// SiteTerritory is the visit territory that a retailer at the site would most likely be in.
type SiteTerritory struct {
	rounds.Territory            // its id alone if it is not in scope
	InScope          bool       //
	Distance         geo.Meters // to its nearest retailer
	Load             store.Load // none if it is not in scope
}

// Siting looks at a place where a retailer might open. It counts the whole org's retailers; which they are, it says of the
// actor's units' alone.
func (o *Office) Siting(ctx context.Context, a rounds.Actor, at orb.Point) (Site, error) {
	site := Site{At: at, Minimum: geo.Meters(a.Settings.MinimumSpacing)}
	if err := allow(a, siting); err != nil {
		return site, err
	}
	near, err := o.around(ctx, a, at, max(siteRings[len(siteRings)-1], site.Minimum))
	if err != nil {
		return site, err
	}
	site.keep(near)
	if site.Territory == nil || !site.Territory.InScope {
		return site, nil
	}
	if site.Territory.Territory, err = o.store.Territory(ctx, a.Scope(), o.today(a), site.Territory.ID); err != nil {
		return site, err
	}
	site.Territory.Load, err = o.store.TerritoryLoad(ctx, a.OrgID, o.today(a), site.Territory.ID)
	return site, err
}

// around are all retailers within a distance, or if that is fewer than are listed, the nearest ones beyond it too.
func (o *Office) around(ctx context.Context, a rounds.Actor, at orb.Point, all geo.Meters) ([]SiteRetailer, error) {
	limit := everyOne
	for within := float64(all); ; within *= 1.5 {
		within = min(within, farthest)
		found, err := o.store.RetailersAround(ctx, a.Scope(), o.today(a), store.WithinMeters(at, within), limit)
		if err != nil {
			return nil, err
		}
		near := byDistance(at, found, geo.Meters(within))
		if len(near) >= nearestListed || within == farthest {
			return near, nil
		}
		limit = 4 * nearestListed // their order by degrees is not quite that by metres
	}
}

func byDistance(at orb.Point, found []store.NearRetailer, within geo.Meters) []SiteRetailer {
	near := make([]SiteRetailer, 0, len(found))
	for _, r := range found {
		if d := geo.Distance(at, r.At); d <= within {
			near = append(near, SiteRetailer{r, d})
		}
	}
	slices.SortFunc(near, func(a, b SiteRetailer) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Code, b.Code))
	})
	return near
}

// keep takes what is asked from the retailers around, the nearest first.
func (s *Site) keep(near []SiteRetailer) {
	s.Nearest = near[:min(len(near), nearestListed)]
	for s.TooNearCount < len(near) && near[s.TooNearCount].Distance < s.Minimum {
		s.TooNearCount++
	}
	s.TooNear = near[:min(s.TooNearCount, tooNearListed)]
	if i := slices.IndexFunc(near, func(r SiteRetailer) bool { return !r.TerritoryID.IsZero() }); i >= 0 {
		s.Territory = &SiteTerritory{Territory: rounds.Territory{ID: near[i].TerritoryID}, InScope: near[i].InScope, Distance: near[i].Distance}
	}
	for _, within := range siteRings {
		s.Rings = append(s.Rings, s.ring(within, near))
	}
}

func (s *Site) ring(within geo.Meters, near []SiteRetailer) SiteRing {
	ring := SiteRing{Within: within}
	nearest := 0
	classes := map[string]*SiteClass{}
	for _, r := range near {
		if r.Distance > within {
			break
		}
		ring.Retailers++
		c := classes[r.Class]
		if c == nil {
			c = &SiteClass{Class: r.Class}
			classes[r.Class] = c
		}
		c.Retailers++
		if r.Status != rounds.RetailerActive {
			continue
		}
		c.VisitsPer8Weeks += r.VisitsPer8Weeks
		ring.VisitsPer8Weeks += r.VisitsPer8Weeks
		ring.OrderVolume += r.OrderVolume
		if s.Territory != nil && r.TerritoryID == s.Territory.ID {
			nearest += r.VisitsPer8Weeks
		}
	}
	for _, c := range classes {
		ring.Classes = append(ring.Classes, *c)
	}
	slices.SortFunc(ring.Classes, func(a, b SiteClass) int { return cmp.Compare(a.Class, b.Class) })
	ring.PerKM2 = float64(ring.Retailers) / (math.Pi * float64(within) * float64(within) / 1e6)
	if s.Territory != nil && ring.VisitsPer8Weeks > 0 {
		ring.NearestShare = new(float64(nearest) / float64(ring.VisitsPer8Weeks))
	}
	return ring
}
