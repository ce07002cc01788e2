package roads

import (
	"context"
	"math"

	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// How points beside a road get onto it: straight, on foot, and from no farther than offLimit.
const (
	offLimit geo.Meters = 1000
	onFoot              = 5 / 3.6 // m/s
)

// A stand is where a point meets the roads.
type stand struct {
	Place
	near bool // there is a road within offLimit
	at   int  // among those that are near
}

func (t *Travel) alongRoads(ctx context.Context, lines *straightLines) (*Table, error) {
	table := newTable(SourceRoads, lines)
	table.network, table.stands = t.network, make([]stand, len(lines.points))
	var places []Place
	for i, p := range lines.points {
		s := &table.stands[i]
		if s.Place, s.near = t.network.Snap(p, offLimit); s.near {
			s.at = len(places)
			places = append(places, s.Place)
		}
	}
	times, err := t.network.Times(ctx, places, places)
	if err != nil {
		return nil, err
	}
	for i := range lines.points {
		for j := range lines.points {
			if i != j {
				table.setAlong(i, j, times)
			}
		}
	}
	return table, nil
}

func (t *Table) setAlong(i, j int, times Times) {
	a, b := t.stands[i], t.stands[j]
	if !a.near || !b.near {
		t.setStraight(i, j, OffRoads)
		return
	}
	if across, d := t.across(i, j); across {
		t.seconds[i*t.Len()+j] = int32(math.Round(float64(d) / onFoot))
		return
	}
	ms := times.At(a.at, b.at)
	if ms >= routing.Unreachable {
		t.setStraight(i, j, NoWay)
		return
	}
	t.seconds[i*t.Len()+j] = int32(math.Round(float64(ms)/1000 + float64(a.Off+b.Off)/onFoot))
}

// across tells whether two points are no farther from each other than from the road together: nobody
// goes to the road and back then.
func (t *Table) across(i, j int) (bool, geo.Meters) {
	d := geo.Distance(t.lines.points[i], t.lines.points[j])
	return d <= t.stands[i].Off+t.stands[j].Off, d
}

func (t *Table) metersAlong(i, j int) geo.Meters {
	line := t.network.lineBetween(t.lines.points[i], t.lines.points[j], t.stands[i], t.stands[j])
	return geo.Meters(math.Round(float64(lengthOf(line))))
}

// lineBetween goes from a point to the roads, along them, and off to the other point; or straight across.
func (n *Network) lineBetween(from, to orb.Point, a, b stand) orb.LineString {
	straight := orb.LineString{from, to}
	if !a.near || !b.near || geo.Distance(from, to) <= a.Off+b.Off {
		return straight
	}
	r, ok := n.Route(a.Place, b.Place)
	if !ok {
		return straight
	}
	line := make(orb.LineString, 0, len(r.Line)+2)
	line = append(append(append(line, from), r.Line...), to)
	return line
}
