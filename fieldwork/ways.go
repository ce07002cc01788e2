package fieldwork

import (
	"container/list"
	"context"
	"sync"

	"rounds"
	"rounds/geo"
	"rounds/roads"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// TravelBy chooses what travel times come from; without it, straight lines. Call it before the first plan.
func (o *Office) TravelBy(t *roads.Travel) { o.travel = t }

// StraightLines is the source of ways that needs nothing.
const StraightLines = string(roads.SourceStraight)

// Profile is the means of getting about that travel times are for: car, motor_scooter or foot.
func (o *Office) Profile() string { return o.travel.Profile.Name }

// LineThrough is the way through points in their order, for a map, and what it comes from. The only error is that of ctx.
func (o *Office) LineThrough(ctx context.Context, points []orb.Point) (orb.LineString, rounds.Travel, error) {
	way, err := o.travel.Line(ctx, points)
	return way.Line, rounds.Travel{Source: string(way.Source), Wanted: string(o.travel.Source), Fallback: string(way.Fallback)}, err
}

// A spot is a place that never moves: a retailer's pin in one version, or a point that is nobody's.
type spot struct {
	retailer rounds.RetailerID
	version  int
	point    orb.Point
}

func spotOf(r rounds.Retailer) spot {
	return spot{retailer: r.ID, version: r.Pin.Version, point: r.Pin.Point}
}

// ways are the ways between some spots, by their positions among them.
type ways struct {
	table *roads.Table
	at    []int // in the table
}

func (w ways) seconds(i, j int) routing.Cost { return w.table.Seconds(w.at[i], w.at[j]) }

func (w ways) meters(i, j int) geo.Meters { return w.table.Meters(w.at[i], w.at[j]) }

func (w ways) straight(i, j int) bool { return w.table.IsStraight(w.at[i], w.at[j]) }

// travel says where the ways come from. Of a larger table only what concerns these spots counts.
func (w ways) travel() rounds.Travel {
	t := rounds.Travel{Source: string(w.table.Source), Wanted: string(w.table.Wanted), Fallback: string(w.table.Fallback)}
	if w.table.Source == w.table.Wanted && t.Fallback != "" && !w.anyStraight() {
		t.Fallback = ""
	}
	return t
}

func (w ways) anyStraight() bool {
	for i := range w.at {
		for j := range w.at {
			if i != j && w.straight(i, j) {
				return true
			}
		}
	}
	return false
}

// waysBetween asks for the ways between spots, or remembers them. The only error is that of ctx.
func (o *Office) waysBetween(ctx context.Context, spots []spot) (ways, error) {
	kept := o.travel.Source != roads.SourceStraight // which cost less to make than to look up, and go by who else is there
	if kept {
		if found, ok := o.ways.find(spots); ok {
			return found, nil
		}
	}
	points := make([]orb.Point, len(spots))
	all := ways{at: make([]int, len(spots))}
	for i, s := range spots {
		points[i], all.at[i] = s.point, i
	}
	var err error
	if all.table, err = o.travel.Table(ctx, points); err != nil {
		return all, err
	}
	if all.table.Source != all.table.Wanted {
		o.log.Warn("travel times are straight lines", "wanted", all.table.Wanted, "reason", all.table.Fallback)
	} else if kept {
		o.ways.keep(spots, all.table)
	}
	return all, nil
}

// waysKept is how many bytes of tables are remembered: a rep's 250 retailers take half a million, all reps of a
// city together half of this.
const waysKept = 256 << 20

// A wayCache remembers tables by the versions of pins, and answers for any part of one. It is in memory alone: tables are
// made again within a second, a process that starts needs few of them, and in PostgreSQL each pin that moves would
// have half a megabyte written for every rep who has it.
type wayCache struct {
	mu    sync.Mutex
	most  int // bytes
	bytes int
	used  *list.List // of *keptTable, the latest first
	by    map[spot]map[*list.Element]int
}

type keptTable struct {
	table *roads.Table
	spots []spot
	bytes int
}

func newWayCache(most int) *wayCache {
	return &wayCache{most: most, used: list.New(), by: map[spot]map[*list.Element]int{}}
}

// spotBytes is about what a spot takes beside the table.
const spotBytes = 250

func (c *wayCache) find(spots []spot) (ways, bool) {
	if len(spots) == 0 {
		return ways{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := range c.by[spots[0]] {
		if at, ok := c.places(e, spots); ok {
			c.used.MoveToFront(e)
			return ways{e.Value.(*keptTable).table, at}, true
		}
	}
	return ways{}, false
}

// places are where a table has the spots, if it has all of them.
func (c *wayCache) places(e *list.Element, spots []spot) (at []int, ok bool) {
	for _, s := range spots {
		i, ok := c.by[s][e]
		if !ok {
			return nil, false
		}
		at = append(at, i)
	}
	return at, true
}

// keep remembers a table and forgets those longest unused that leave it no room.
func (c *wayCache) keep(spots []spot, t *roads.Table) {
	k := &keptTable{t, spots, t.Bytes() + spotBytes*len(spots)}
	if k.bytes > c.most {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.bytes+k.bytes > c.most {
		c.forget(c.used.Back())
	}
	e := c.used.PushFront(k)
	c.bytes += k.bytes
	for i, s := range spots {
		if c.by[s] == nil {
			c.by[s] = map[*list.Element]int{}
		}
		c.by[s][e] = i
	}
}

func (c *wayCache) forget(e *list.Element) {
	k := c.used.Remove(e).(*keptTable)
	c.bytes -= k.bytes
	for _, s := range k.spots {
		if delete(c.by[s], e); len(c.by[s]) == 0 {
			delete(c.by, s)
		}
	}
}
