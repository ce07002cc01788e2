package fieldwork

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"rounds"
	"rounds/roads"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// oneWayTown is an OSRM of a town where going east takes a minute for each thousandth of a degree and going west ten, and
// metres are all the same.
func oneWayTown(t testing.TB) (travel *roads.Travel, asked *atomic.Int32, broken *atomic.Bool) {
	t.Helper()
	asked, broken = &atomic.Int32{}, &atomic.Bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if broken.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		var east []float64
		for pair := range strings.SplitSeq(strings.Split(r.URL.Path, "/")[4], ";") {
			lon, _, _ := strings.Cut(pair, ",")
			x, _ := strconv.ParseFloat(lon, 64)
			east = append(east, x)
		}
		var seconds, meters [][]float64
		for _, a := range east {
			var s, m []float64
			for _, b := range east {
				s, m = append(s, max((b-a)*60_000, (a-b)*600_000)), append(m, 100)
			}
			seconds, meters = append(seconds, s), append(meters, m)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"code": "Ok", "durations": seconds, "distances": meters})
	}))
	t.Cleanup(s.Close)
	travel, err := roads.AskOSRM(s.URL, roads.Car, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(travel.Close)
	return travel, asked, broken
}

// The best order is the quickest by the source that was chosen, which the plan names; when the source fails, straight
// lines stand in, and the plan says that too.
func TestPlansGoByTheSourceOfTravelTimes(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	travel, asked, broken := oneWayTown(t)
	o.TravelBy(travel)
	rep, ids := o.row(5)
	n := NewPlan{RepID: rep.UserID, Day: o.today(o.admin), Retailers: []rounds.RetailerID{ids[3], ids[0], ids[4], ids[1], ids[2]}}
	p, err := o.MakePlan(context.Background(), o.admin, n)
	o.must(err)
	for i, s := range p.Stops {
		if s.RetailerID != ids[i] || i > 0 && (s.LegSeconds != 120 || s.Leg != 100 || s.LegStraight) {
			t.Errorf("stop %d: %+v", i, s)
		}
	}
	if p.Travel != (rounds.Travel{Source: "osrm", Wanted: "osrm"}) || p.TravelSeconds != 480 || p.Distance != 400 {
		t.Errorf("%+v", p)
	}
	stored := func() rounds.Plan {
		p, err := o.store.PlanOfDay(context.Background(), o.org.ID, rep.UserID, n.Day)
		o.must(err)
		return p
	}
	if diff := cmp.Diff(p, stored()); diff != "" {
		t.Error(diff)
	}
	back := []rounds.StopID{p.Stops[4].ID, p.Stops[3].ID, p.Stops[2].ID, p.Stops[1].ID, p.Stops[0].ID}
	byHand, err := o.OrderByHand(context.Background(), o.admin, p.ID, 1, back, "")
	o.must(err)
	if byHand.TravelSeconds != 4800 || byHand.OptimisedSeconds != 480 || byHand.Distance != byHand.Optimised {
		t.Errorf("%+v", byHand)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times for the same ways", asked.Load())
	}

	broken.Store(true)
	var said bytes.Buffer
	o.log, o.ways = slog.New(slog.NewTextHandler(&said, nil)), newWayCache(waysKept)
	byHand, err = o.OrderByHand(context.Background(), o.admin, p.ID, 2, back, "")
	o.must(err)
	if byHand.Travel != (rounds.Travel{Source: "straight", Wanted: "osrm", Fallback: "failed"}) || !byHand.Stops[1].LegStraight || byHand.TravelSeconds != byHand.OptimisedSeconds {
		t.Errorf("%+v", byHand)
	}
	if diff := cmp.Diff(byHand, stored()); diff != "" {
		t.Error(diff)
	}
	if text := said.String(); !strings.Contains(text, "reason=failed") || strings.Contains(text, "121.4") || strings.Contains(text, "31.2") || strings.Contains(text, "http") {
		t.Errorf("the log says %s", text)
	}
}

// A day's part of a rep's retailers is answered of what is known of all of them; a pin that moved is asked for anew.
func TestWaysAreRememberedByTheVersionsOfPins(t *testing.T) {
	t.Parallel()
	travel, asked, broken := oneWayTown(t)
	o := newTown(t)
	o.TravelBy(travel)
	var spots []spot
	for i := range 30 {
		spots = append(spots, spot{retailer: rounds.NewID[rounds.Retailer](), version: 1, point: orb.Point{bund[0] + float64(i)/1000, bund[1]}})
	}
	ask := func(spots ...spot) ways {
		w, err := o.waysBetween(context.Background(), spots)
		o.must(err)
		return w
	}
	all := ask(spots...)
	part := ask(spots[20], spots[3], spots[9])
	if part.seconds(1, 0) != all.seconds(3, 20) || part.seconds(0, 2) != all.seconds(20, 9) || part.meters(1, 2) != 100 || asked.Load() != 1 {
		t.Errorf("%d s, asked %d times", part.seconds(1, 0), asked.Load())
	}
	moved := spots[3]
	moved.version, moved.point[0] = 2, moved.point[0]+0.0005
	if w := ask(spots[20], moved); w.seconds(1, 0) != 990 || asked.Load() != 2 {
		t.Errorf("%d s, asked %d times", w.seconds(1, 0), asked.Load())
	}
	broken.Store(true)
	other := spot{retailer: rounds.NewID[rounds.Retailer](), version: 1, point: bund}
	for want := int32(3); want < 5; want++ { // what stands in is not remembered
		if w := ask(other, spots[0]); w.travel().Fallback != "failed" || asked.Load() != want {
			t.Errorf("%+v, asked %d times", w.travel(), asked.Load())
		}
	}
}

func TestTheCacheOfWaysIsBounded(t *testing.T) {
	t.Parallel()
	table, err := roads.StraightLines(roads.Car).Table(context.Background(), make([]orb.Point, 10))
	if err != nil {
		t.Fatal(err)
	}
	one := table.Bytes() + 10*spotBytes
	c := newWayCache(3 * one)
	sets := make([][]spot, 5)
	for i := range sets {
		for k := range 10 {
			sets[i] = append(sets[i], spot{point: orb.Point{float64(i), float64(k)}})
		}
	}
	known := func() (text string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for i, s := range sets {
			if len(c.by[s[4]]) > 0 {
				text += fmt.Sprint(i)
			}
		}
		return fmt.Sprintf("%s in %d of %d", text, c.bytes/one, c.used.Len())
	}
	for i, want := range []string{"0 in 1 of 1", "01 in 2 of 2", "012 in 3 of 3", "023 in 3 of 3", "034 in 3 of 3"} {
		c.keep(sets[i], table)
		c.find(sets[0][2:5]) // the one that is used stays
		if got := known(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	newWayCache(one-1).keep(sets[0], table)
	if _, ok := c.find(nil); ok {
		t.Error("nothing was found")
	}
	if len(c.by) != 30 {
		t.Errorf("%d spots are known", len(c.by))
	}
}
