package districting

import (
	"context"
	"math"

	"rounds/routing/plane"

	"github.com/paulmach/orb"
)

// Outline is the ground of a territory, WGS-84, longitude first: closed rings, the outer counter-clockwise, holes clockwise (RFC 7946).
// Where a city lies across 180° its longitudes run on beyond it.
type Outline struct {
	Territory string
	Ground    orb.MultiPolygon // empty where it has no retailers
}

// Outlines are the merged cells of the retailers of each territory, within the city's hull, in the order of the problem's territories.
// Neighbours have the same corners, so nothing overlaps. Of several retailers at one place those decide who are most.
func (r *Region) Outlines(of []int32) []Outline {
	all := make([]Outline, len(r.City.Territories))
	for t, polygons := range r.mesh.Outlines(of, len(all)) {
		all[t].Territory = r.City.Territories[t].Name
		for _, p := range polygons {
			all[t].Ground = append(all[t].Ground, r.Plane.polygon(p))
		}
	}
	return all
}

func (p Projection) polygon(flat plane.Polygon) orb.Polygon {
	polygon := make(orb.Polygon, len(flat))
	for i, ring := range flat {
		for _, v := range ring {
			polygon[i] = append(polygon[i], orb.Point{p.Middle.Lon() + v.X/p.east, p.Middle.Lat() + v.Y/p.north})
		}
		polygon[i] = append(polygon[i], polygon[i][0])
	}
	return polygon
}

// DisagreementKind says how a retailer's owner and the ground it stands on differ. Kinds are stable.
type DisagreementKind string

// How owners and polygons disagree.
const (
	OtherOwner DisagreementKind = "other_owner" // it stands in one polygon, and has another owner
	NoOwner    DisagreementKind = "no_owner"    // it stands in one polygon, and has none
	InNone     DisagreementKind = "in_none"
	InSeveral  DisagreementKind = "in_several" // even if one of them is its owner's
	Unplaced   DisagreementKind = "no_position"
)

// Disagreement is a retailer whose owner is not the one polygon that it stands in.
type Disagreement struct {
	Kind  DisagreementKind `json:"kind"`
	Code  string           `json:"code"`
	Owner string           `json:"owner"` // as the retailer has it, "" for none
	In    []string         `json:"in"`    // the names of the polygons that it stands in
}

// Disagreements are the exceptions between the owners of places ([Place.Today]) and polygons of the same names, in the
// order of the places; nil if ctx ends before. Who stands on a line between two polygons is in one of them.
func Disagreements(ctx context.Context, places []Place, outlines []Outline) []Disagreement {
	var grounds []*ground
	for i, o := range outlines {
		for _, polygon := range o.Ground {
			if g := newGround(polygon, i); g != nil {
				grounds = append(grounds, g)
			}
		}
	}
	found := []Disagreement{}
	for _, p := range places {
		if ctx.Err() != nil {
			return nil
		}
		d := Disagreement{Code: p.Code, Owner: p.Today, In: []string{}}
		if placed(p.At) {
			d.In = standing(p.At, grounds, outlines)
		}
		if d.Kind = d.kind(p.At); d.Kind != "" {
			found = append(found, d)
		}
	}
	return found
}

// Swapped says that no place is where the outlines are, and that some would be if their longitudes were latitudes.
func Swapped(places []Place, outlines []Outline) bool {
	swapped := false
	for _, p := range places {
		if !placed(p.At) {
			continue
		}
		for _, o := range outlines {
			b := o.Ground.Bound()
			if b.Contains(p.At) {
				return false
			}
			swapped = swapped || b.Contains(orb.Point{p.At.Lat(), p.At.Lon()})
		}
	}
	return swapped
}

func (d Disagreement) kind(at orb.Point) DisagreementKind {
	switch {
	case !placed(at):
		return Unplaced
	case len(d.In) == 0:
		return InNone
	case len(d.In) > 1:
		return InSeveral
	case d.Owner == "":
		return NoOwner
	case d.Owner != d.In[0]:
		return OtherOwner
	}
	return ""
}

// standing are the names of the outlines that a place is in, each once.
func standing(at orb.Point, grounds []*ground, outlines []Outline) []string {
	in, last := []string{}, -1
	for _, g := range grounds {
		if g.outline != last && g.holds(at) {
			in, last = append(in, outlines[g.outline].Territory), g.outline
		}
	}
	return in
}

// A ground is a polygon that can be asked quickly: its sides, by the bands of latitude they pass through.
type ground struct {
	outline     int
	bound       orb.Bound
	bands       [][][2]orb.Point // each from south to north
	south, tall float64          // of the lowest band; of a band
	middle      float64          // longitude
}

// newGround is nil for a polygon without an inside.
func newGround(polygon orb.Polygon, outline int) *ground {
	var sides [][2]orb.Point
	for _, ring := range polygon {
		for i, b := range ring {
			a := ring[(i+len(ring)-1)%len(ring)]
			if a.Lat() > b.Lat() {
				a, b = b, a
			}
			if a.Lat() < b.Lat() {
				sides = append(sides, [2]orb.Point{a, b})
			}
		}
	}
	if len(sides) == 0 {
		return nil
	}
	g := &ground{outline: outline, bound: polygon.Bound()}
	g.middle = (g.bound.Min.Lon() + g.bound.Max.Lon()) / 2
	g.sort(sides)
	return g
}

// sort puts sides into bands: as many as leave no more than a few times as many entries as there are sides.
func (g *ground) sort(sides [][2]orb.Point) {
	height := g.bound.Max.Lat() - g.bound.Min.Lat()
	g.south = g.bound.Min.Lat()
	for n := 1 + len(sides)/4; ; n /= 2 {
		g.tall = height / float64(n)
		entries := 0
		for _, s := range sides {
			entries += g.band(s[1].Lat(), n) - g.band(s[0].Lat(), n) + 1
		}
		if entries <= 4*len(sides) || n == 1 {
			g.bands = make([][][2]orb.Point, n)
			break
		}
	}
	for _, s := range sides {
		for band := g.band(s[0].Lat(), len(g.bands)); band <= g.band(s[1].Lat(), len(g.bands)); band++ {
			g.bands[band] = append(g.bands[band], s)
		}
	}
}

func (g *ground) band(lat float64, n int) int {
	return max(0, min(int((lat-g.south)/g.tall), n-1))
}

// holds counts the sides east of a place: an odd number is inside. The place is looked for on whichever turn of the globe the polygon is.
func (g *ground) holds(at orb.Point) bool {
	at[0] = g.middle + math.Remainder(at.Lon()-g.middle, 360)
	if !g.bound.Contains(at) {
		return false
	}
	odd := false
	for _, s := range g.bands[g.band(at.Lat(), len(g.bands))] {
		a, b := s[0], s[1]
		if a.Lat() <= at.Lat() && at.Lat() < b.Lat() && at.Lon() < a.Lon()+(at.Lat()-a.Lat())/(b.Lat()-a.Lat())*(b.Lon()-a.Lon()) {
			odd = !odd
		}
	}
	return odd
}
