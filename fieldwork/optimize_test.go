package fieldwork

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"rounds"
	"rounds/roads"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func anOffice(travel *roads.Travel) *Office {
	return &Office{travel: travel, ways: newWayCache(waysKept), solves: make(chan struct{}, 2), log: slog.New(slog.DiscardHandler)}
}

var aPlanner = rounds.Actor{Role: rounds.RolePlanner}

// someQuestion has all that a question can have, with hours or without.
func someQuestion(t *rapid.T) RouteQuestion {
	q := RouteQuestion{Begin: 9 * 3600, Limit: 20 * time.Millisecond, Line: true}
	timed, step := rapid.Bool().Draw(t, "hours"), rapid.Float64Range(-0.05, 0.05)
	somewhere := func(what string) *orb.Point {
		return &orb.Point{bund[0] + step.Draw(t, what), bund[1] + step.Draw(t, what)}
	}
	for i := range rapid.IntRange(0, 14).Draw(t, "stops") {
		s := RouteStop{ID: fmt.Sprint(i), Point: somewhere("place"), Service: rapid.SampledFrom([]int{0, 600, 3600}).Draw(t, "service"), Priority: rapid.IntRange(0, 3).Draw(t, "priority")}
		if timed && rapid.Bool().Draw(t, "keeps hours") {
			from := rapid.IntRange(7, 18).Draw(t, "opens") * 3600
			s.Hours = []RouteHours{{from, from + rapid.IntRange(-1, 3).Draw(t, "long")*3600}}
		}
		q.Stops = append(q.Stops, s)
	}
	lists := []*[]string{nil, nil, nil, nil, &q.Visited, &q.First, &q.Last}
	for i := range q.Stops {
		if list := rapid.SampledFrom(lists).Draw(t, "list"); list != nil {
			*list = append(*list, fmt.Sprint(i))
		}
	}
	if rapid.Bool().Draw(t, "start") {
		q.Start = &RoutePlace{somewhere("start")}
		q.RoundTrip = rapid.Bool().Draw(t, "round")
	}
	if !q.RoundTrip && rapid.Bool().Draw(t, "end") {
		q.End = &RoutePlace{somewhere("end")}
	}
	if timed {
		q.Until = 18 * 3600
	}
	return q
}

// Every stop is called at or left out, once; what comes first and last does; the times are those of the legs, the waiting and
// the services, within the hours.
func TestRoutesKeepTheirWord(t *testing.T) {
	t.Parallel()
	o := anOffice(roads.StraightLines(roads.Car))
	rapid.Check(t, func(t *rapid.T) {
		q := someQuestion(t)
		r, err := o.OptimizeRoute(context.Background(), aPlanner, q)
		if err != nil {
			t.Fatal(err)
		}
		stops, out := map[string]RouteStop{}, map[string]bool{}
		for _, s := range q.Stops {
			stops[s.ID] = s
		}
		for _, l := range r.LeftOut {
			out[l.ID] = true
			delete(stops, l.ID)
		}
		now, under := r.Begin, 0
		var order []string
		for i, c := range r.Calls {
			s, ok := stops[c.ID]
			if delete(stops, c.ID); !ok || c.Visited != (i < len(q.Visited)) {
				t.Fatalf("%+v", r)
			}
			order = append(order, c.ID)
			if c.Visited {
				continue
			}
			now += c.Leg.Seconds
			under += c.Leg.Seconds
			if c.Arrive != now || c.Leave != now+c.Wait+s.Service || c.Wait < 0 {
				t.Fatalf("%+v is reached at %d", c, now)
			}
			begin := c.Arrive + c.Wait
			if len(s.Hours) > 0 && (begin < s.Hours[0].From || begin > s.Hours[0].Until) {
				t.Fatalf("%+v begins at %d", s, begin)
			}
			now = c.Leave
		}
		served := func(ids []string) []string {
			return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return out[id] })
		}
		first, last := slices.Concat(q.Visited, served(q.First)), served(q.Last)
		if len(stops) > 0 || !slices.Equal(order[:len(first)], first) || !slices.Equal(order[len(order)-len(last):], last) {
			t.Fatalf("order %v of %+v", order, q)
		}
		if r.Seconds != under+r.Back.Seconds || r.End != now+r.Back.Seconds || r.LowerBound > r.Seconds || len(r.Line) < len(order) || q.Until > 0 && r.End > q.Until {
			t.Fatalf("%d s under way, %d at the end, %+v", under, now, r)
		}
	})
}

func TestRoutesOfServices(t *testing.T) {
	t.Parallel()
	travel, asked, broken := oneWayTown(t)
	o := anOffice(travel)
	q := RouteQuestion{Limit: 10 * time.Millisecond}
	for i := range 301 {
		q.Stops = append(q.Stops, RouteStop{ID: fmt.Sprint(i), Point: &orb.Point{bund[0] + float64(i*7%11)/1000, bund[1]}})
	}
	_, err := o.OptimizeRoute(context.Background(), aPlanner, q)
	wantCode(t, "more than a service is asked about", err, rounds.Invalid)
	q.Stops = q.Stops[:11]
	r, err := o.OptimizeRoute(context.Background(), aPlanner, q)
	if err != nil || r.Seconds != 600 || r.Calls[0].ID != "0" || !r.Proven || r.Travel != (rounds.Travel{Source: "osrm", Wanted: "osrm"}) {
		t.Errorf("%+v, %v", r, err)
	}
	broken.Store(true)
	r, err = o.OptimizeRoute(context.Background(), aPlanner, q)
	if err != nil || r.Travel != (rounds.Travel{Source: "straight", Wanted: "osrm", Fallback: "failed"}) || !r.Calls[1].Leg.Straight || asked.Load() != 2 {
		t.Errorf("%+v, %v, asked %d times", r, err, asked.Load())
	}
	_, err = o.OptimizeRoute(context.Background(), rounds.Actor{Role: rounds.RoleRep}, q)
	wantCode(t, "for a rep", err, rounds.Forbidden)
}

// Few are answered at once; who hangs up while waiting is let go.
func TestRoutesTakeTheirTurn(t *testing.T) {
	t.Parallel()
	o := anOffice(roads.StraightLines(roads.Car))
	o.solves <- struct{}{}
	o.solves <- struct{}{}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := o.OptimizeRoute(ctx, aPlanner, RouteQuestion{}); err == nil || len(o.solves) != 2 {
		t.Errorf("%v", err)
	}
	<-o.solves
	if _, err := o.OptimizeRoute(context.Background(), aPlanner, RouteQuestion{}); err != nil || len(o.solves) != 1 {
		t.Errorf("%v, %d are busy", err, len(o.solves))
	}
}
