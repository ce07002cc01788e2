package roads

import (
	"context"
	"time"

	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// Source is what travel times come from.
type Source string

// The sources.
const (
	SourceStraight Source = "straight" // straight lines with a detour, at a speed by how dense the points lie
	SourceRoads    Source = "roads"    // a road network of this package
	SourceOSRM     Source = "osrm"
	SourceValhalla Source = "valhalla"
)

// Reason is why a leg is a straight line that was to come from elsewhere.
type Reason string

// Of several reasons, those of a whole table come first.
const (
	Unanswered Reason = "unanswered" // no connection, or a broken one
	TimedOut   Reason = "timed_out"
	Refused    Reason = "refused"    // the service says no: a limit of its own, or a point it knows no road near
	Busy       Reason = "busy"       // the service asks to be left alone
	Failed     Reason = "failed"     // the service says that it is broken
	BadAnswer  Reason = "bad_answer" // not in the service's form, or impossible
	TooLarge   Reason = "too_large"  // the answer is
	Resting    Reason = "resting"    // not asked, because it failed too often just now
	OffRoads   Reason = "off_roads"  // points are too far from any road
	NoWay      Reason = "no_way"     // the source knows no way between some points
)

// Travel tells how long ways take and how far they are, by the one source that was chosen. It can be shared.
type Travel struct {
	Source  Source
	Profile Profile

	network *Network // of SourceRoads
	service *service // of SourceOSRM and SourceValhalla
}

// StraightLines needs nothing: see [Table] for how its times are made.
func StraightLines(p Profile) *Travel { return &Travel{Source: SourceStraight, Profile: p} }

// Along is travel along a network's roads, by the profile that it was made for.
func Along(n *Network) (*Travel, bool) {
	p, known := ProfileNamed(n.Profile)
	return &Travel{Source: SourceRoads, Profile: p, network: n}, known
}

// patience is for how long a service may be asked for one table or line, all its parts together.
const patience = 12 * time.Second

// Close lets idle connections go.
func (t *Travel) Close() {
	if t.service != nil {
		t.service.client.CloseIdleConnections()
	}
}

// Table is the times and lengths of the ways from all points to all. Where the source does not answer, or knows no way,
// straight lines stand in and the table says so. The only error is that of ctx.
func (t *Travel) Table(ctx context.Context, points []orb.Point) (*Table, error) {
	lines := newStraightLines(t.Profile, points)
	switch t.Source {
	case SourceRoads:
		return t.alongRoads(ctx, lines)
	case SourceOSRM, SourceValhalla:
		table, why := t.service.table(ctx, lines)
		if why == "" {
			return table, nil
		}
		if err := over(ctx); err != nil {
			return nil, err
		}
		table, err := lines.table(ctx)
		if err == nil {
			table.Wanted, table.Fallback = t.Source, why
		}
		return table, err
	}
	return lines.table(ctx)
}

// Table is how long the ways between points take, in whole seconds, and how far they are.
type Table struct {
	Source   Source // of most legs
	Wanted   Source // the source that should have been asked, where it failed as a whole; else Source
	Fallback Reason // why legs are straight lines; "" if none is that should not be

	lines    *straightLines
	seconds  []int32
	meters   []int32 // nil: along the network, when asked
	straight []bool  // of legs, where the source is another; nil: none
	network  *Network
	stands   []stand
}

func newTable(source Source, lines *straightLines) *Table {
	n := len(lines.points)
	return &Table{Source: source, Wanted: source, lines: lines, seconds: make([]int32, n*n)}
}

// Len is the number of points.
func (t *Table) Len() int { return len(t.lines.points) }

// Seconds is the time from the i-th point to the j-th, [routing.Unreachable] if one is no place.
func (t *Table) Seconds(i, j int) routing.Cost { return routing.Cost(t.seconds[i*t.Len()+j]) }

// Meters is the length of the way that takes that time.
func (t *Table) Meters(i, j int) geo.Meters {
	switch {
	case i == j:
		return 0
	case t.meters != nil:
		return geo.Meters(t.meters[i*t.Len()+j])
	case t.IsStraight(i, j):
		_, meters := t.lines.leg(i, j)
		return geo.Meters(meters)
	}
	return t.metersAlong(i, j)
}

// IsStraight tells whether a leg is a straight line, with a detour.
func (t *Table) IsStraight(i, j int) bool {
	return t.Source == SourceStraight || t.straight != nil && t.straight[i*t.Len()+j]
}

// Off are the points that the source does not reach: all their legs are straight lines. It is empty where every leg is.
func (t *Table) Off() (off []int) {
	if t.straight == nil {
		return nil
	}
	for i := range t.Len() {
		reached := false
		for j := range t.Len() {
			reached = reached || i != j && !(t.IsStraight(i, j) && t.IsStraight(j, i))
		}
		if !reached {
			off = append(off, i)
		}
	}
	return off
}

// Bytes is about how much memory the table takes.
func (t *Table) Bytes() int {
	return 4*len(t.seconds) + 4*len(t.meters) + len(t.straight) + 64*(t.Len()+1)
}

// setStraight makes a leg a straight line, for a reason that a graver one hides.
func (t *Table) setStraight(i, j int, why Reason) {
	if t.straight == nil {
		t.straight = make([]bool, len(t.seconds))
	}
	at := i*t.Len() + j
	seconds, meters := t.lines.leg(i, j)
	t.straight[at], t.seconds[at] = true, seconds
	if t.meters != nil {
		t.meters[at] = meters
	}
	if t.Fallback == "" || why == OffRoads {
		t.Fallback = why
	}
}
