package roads

import (
	"context"

	"github.com/paulmach/orb"
)

// Way is the line of a way through points.
type Way struct {
	Line     orb.LineString
	Source   Source
	Fallback Reason // why it is straight, or straight in parts; "" if it is not, or should be
}

// Line is the way through points in their order, for a map. Where the source gives none, it is straight and
// says why. The only error is that of ctx.
func (t *Travel) Line(ctx context.Context, points []orb.Point) (Way, error) {
	straight := Way{Line: append(orb.LineString{}, points...), Source: SourceStraight}
	switch {
	case len(points) < 2:
		return straight, ctx.Err()
	case t.Source == SourceRoads:
		return t.network.lineThrough(points), ctx.Err()
	case t.service != nil:
		line, why := t.service.line(ctx, points)
		if why == "" {
			return Way{Line: line, Source: t.Source}, nil
		}
		straight.Fallback = why
	}
	return straight, over(ctx)
}

func (n *Network) lineThrough(points []orb.Point) Way {
	w := Way{Source: SourceRoads}
	var last stand
	for i, p := range points {
		var s stand
		if s.Place, s.near = n.Snap(p, offLimit); !s.near {
			w.Fallback = OffRoads
		}
		if i == 0 {
			w.Line = append(w.Line, p)
		} else {
			w.Line = append(w.Line, n.lineBetween(points[i-1], p, last, s)[1:]...)
		}
		last = s
	}
	return w
}
