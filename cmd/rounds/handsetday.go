package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"rounds"

	"github.com/paulmach/orb"
)

// habit is what sets a rep's day apart from a plain one.
type habit struct {
	gathers         int  // events that the phone collects before it meets a network; 0: it sends each at once
	losesAnswer     bool // of its first upload, which it therefore sends again
	forgetsCheckOut bool // once
	overtakes       bool // a check-out reaches the server before its check-in, once
	cheats          bool
}

// wholeDay is more events than any day has.
const wholeDay = 10_000

// Where in a day something goes wrong, in stops counted from 0.
const (
	overtakenAt = 2
	forgottenAt = 4
	mockedAt    = 9
)

// The stops that a cheat does not go to.
var (
	claimedFromHome     = []int{4, 5, 6, 7}
	claimedFromTeahouse = []int{12, 13, 14}
)

// beatPlan is what a handset needs of its plan.
type beatPlan struct {
	Stops []beatStop `json:"stops"`
}

type beatStop struct {
	StopID         string    `json:"stop_id"`
	PlannedAt      time.Time `json:"planned_at"`
	ServiceSeconds int       `json:"service_s"`
	Retailer       struct {
		ID   string `json:"id"`
		Code string `json:"code"`
		Pin  struct {
			Lat float64 `json:"lat"`
			Lon float64 `json:"lon"`
		} `json:"pin"`
	} `json:"retailer"`
}

// workday is one rep on their way through one plan.
type workday struct {
	rep
	*rand.Rand
	phone        *handset
	city         *city
	accuracyKind string
	seq          int64
	stop         int // how many were visited
	free         time.Time
	invented     []string // codes of retailers whose visits never happened
}

// work visits the stops of the plan, one in thirty of which happens to be shut, and uploads what the phone holds.
func (w *workday) work(ctx context.Context, plan beatPlan) error {
	for _, stop := range plan.Stops {
		if w.IntN(30) == 0 {
			continue
		}
		s, ok := w.city.shop(stop.Retailer.Code)
		if !ok {
			return fmt.Errorf("the plan names %s, which is in no register", stop.Retailer.Code)
		}
		if w.absent() {
			w.invented = append(w.invented, s.code)
		}
		for _, e := range w.visit(stop, s) {
			if err := w.hold(ctx, e); err != nil {
				return err
			}
		}
		w.stop++
	}
	return w.phone.flush(ctx)
}

// hold keeps an event until as many are there as the phone gathers.
func (w *workday) hold(ctx context.Context, e event) error {
	w.phone.pending = append(w.phone.pending, e)
	if len(w.phone.pending) < w.habit.gathers {
		return nil
	}
	return w.phone.flush(ctx)
}

// visit is the taps at a stop, in the order in which they are sent.
func (w *workday) visit(stop beatStop, s shop) []event {
	arrival := stop.PlannedAt
	if arrival.Before(w.free) {
		arrival = w.free
	}
	in := w.tap("check_in", stop, s, arrival)
	service := time.Duration(stop.ServiceSeconds) * time.Second
	departure := arrival.Add(time.Duration(float64(service) * (0.7 + 0.3*w.Float64())))
	w.free = departure.Add(time.Minute)
	if w.habit.forgetsCheckOut && w.stop == forgottenAt {
		return []event{in}
	}
	out := w.tap("check_out", stop, s, departure)
	out.CheckInID = in.ID
	if w.habit.overtakes && w.stop == overtakenAt {
		return []event{out, in}
	}
	return []event{in, out}
}

func (w *workday) tap(kind string, stop beatStop, s shop, at time.Time) event {
	w.seq++
	e := claim(kind, stop, w.phone.at(at))
	e.Device.ID, e.Device.Seq = "phone-of-"+w.login, w.seq
	e.Fixes = []fix{w.locate(s, at)}
	return e
}

// claim is an event at a stop, without a position yet.
func claim(kind string, stop beatStop, clock device) event {
	id := rounds.NewID[rounds.VisitEvent]().String()
	return event{ID: id, Kind: kind, RetailerID: stop.Retailer.ID, StopID: stop.StopID, Device: clock}
}

// locate is what the phone finds out about where it is.
func (w *workday) locate(s shop, at time.Time) fix {
	f := fix{AccuracyKind: w.accuracyKind, Source: "gps", Accuracy: 5 + 20*w.Float64(), Time: at.Add(-time.Duration(w.IntN(20)) * time.Second)}
	place, indoor := s.stands, s.indoor
	if w.habit.cheats {
		place, indoor, f.Mock = w.pretend(s)
	}
	if indoor {
		f.Source, f.Accuracy = "network", 80+120*w.Float64()
	}
	place = w.noisy(place, f.Accuracy)
	f.Lat, f.Lon = place.Lat(), place.Lon()
	return f
}

// absent says that the rep is not at the stop, whatever the phone says.
func (w *workday) absent() bool {
	return w.habit.cheats && (w.stop == mockedAt || slices.Contains(claimedFromHome, w.stop) || slices.Contains(claimedFromTeahouse, w.stop))
}

// pretend is where a cheat is, or has the phone say that it is.
func (w *workday) pretend(s shop) (place orb.Point, indoor, mock bool) {
	switch {
	case w.stop == mockedAt:
		return s.pin, false, true
	case slices.Contains(claimedFromHome, w.stop):
		return w.home, false, false
	case slices.Contains(claimedFromTeahouse, w.stop):
		return w.teahouse, false, false
	}
	return s.stands, s.indoor, false
}

// noisy is off by what the accuracy admits: two of three fixes lie within it.
func (w *workday) noisy(p orb.Point, accuracy float64) orb.Point {
	sigma := accuracy / 1.5
	off := math.Hypot(w.NormFloat64(), w.NormFloat64()) * sigma
	return away(p, 2*math.Pi*w.Float64(), min(off, 2*sigma))
}

// check fails if the server did not take everything that the phone sent as the phone meant it.
func (w *workday) check() error {
	refused := w.phone.results[conflict] + w.phone.results[rejected]
	again := w.phone.results[exists]
	switch {
	case refused > 0:
		return fmt.Errorf("%d events of %s were refused", refused, w.name)
	case w.habit.losesAnswer != (again > 0), w.habit.losesAnswer && w.phone.results[created] > 0:
		return fmt.Errorf("the server knew %d of the events of %s already", again, w.name)
	case w.stop == 0:
		return errors.New(w.name + " visited nobody")
	}
	return nil
}
