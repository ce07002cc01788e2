package fieldwork

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"rounds"
	"rounds/store"

	"github.com/paulmach/orb"
)

// journeyInput is all that a rep's days follow from. It is kept as JSON, whose SHA-256 names it.
type journeyInput struct {
	Today     rounds.Day            `json:"today"`
	From      rounds.Day            `json:"from"`
	Weeks     int                   `json:"weeks"`
	Zone      string                `json:"zone"`
	Home      *orb.Point            `json:"home,omitempty"` // longitude first
	Days      []rounds.Day          `json:"days"`           // on which the rep works
	Workday   rounds.Workday        `json:"workday"`
	Options   rounds.JourneyOptions `json:"options"`
	Retailers []journeyRetailer     `json:"retailers"` // by code
}

// journeyRetailer is what counts of a retailer.
type journeyRetailer struct {
	ID      rounds.RetailerID `json:"id"`
	Code    string            `json:"code"`
	At      *orb.Point        `json:"at,omitempty"`
	Pin     int               `json:"pin,omitempty"` // version
	Service int               `json:"service_s"`
	Visits  int               `json:"visits_per_8_weeks"`
	Last    rounds.Day        `json:"last,omitempty"` // visit that counts
	Rhythm  rounds.Rhythm     `json:"rhythm"`
	Hours   string            `json:"opening_hours,omitempty"`
	Base    []rounds.Day      `json:"base,omitempty"` // when the base plan has it
}

func (in journeyInput) until() rounds.Day { return in.From.Add(7 * in.Weeks) }

func (in journeyInput) hashed() (text []byte, hash []byte, err error) {
	text, err = json.Marshal(in)
	sum := sha256.Sum256(text)
	return text, sum[:], err
}

// inputOf reads what a rep's days follow from, as it is now.
func inputOf(ctx context.Context, tx *store.Store, a rounds.Actor, j rounds.JourneyPlan, rep rounds.User, today rounds.Day) (in journeyInput, unknown []int, err error) {
	in = journeyInput{Today: today, From: j.From, Weeks: j.Weeks, Zone: a.Zone.String(), Home: rep.Home, Options: j.Options, Workday: a.Settings.WorkingHours()}
	in.Days, unknown, err = workingDays(ctx, tx, a, rep.ID, max(j.From, today), j.Until())
	if err != nil {
		return in, nil, err
	}
	own := rounds.Scope{OrgID: a.OrgID, RepID: rep.ID}
	retailers, err := tx.Retailers(ctx, own, max(j.From, today), store.RetailerFilter{Status: rounds.RetailerActive})
	if err != nil {
		return in, nil, err
	}
	retailers = slices.DeleteFunc(retailers, func(r rounds.Retailer) bool { return r.VisitsPer8Weeks == 0 })
	ids := make([]rounds.RetailerID, len(retailers))
	for i, r := range retailers {
		ids[i] = r.ID
	}
	rhythms, err := tx.Rhythms(ctx, a.OrgID, ids)
	if err != nil {
		return in, nil, err
	}
	last, err := tx.LastVisits(ctx, a.OrgID, ids, today.Add(1))
	if err != nil {
		return in, nil, err
	}
	in.Retailers = make([]journeyRetailer, len(retailers))
	for i, r := range retailers {
		in.Retailers[i] = journeyRetailerOf(r, rhythms, last)
	}
	return in, unknown, nil
}

func journeyRetailerOf(r rounds.Retailer, rhythms map[rounds.RetailerID]rounds.Rhythm, last map[rounds.RetailerID]rounds.Day) journeyRetailer {
	w := journeyRetailer{ID: r.ID, Code: r.Code, Service: r.ServiceSeconds, Visits: r.VisitsPer8Weeks, Last: last[r.ID], Hours: r.OpeningHours}
	if r.Pin != nil {
		w.At, w.Pin = &r.Pin.Point, r.Pin.Version
	}
	var ok bool
	if w.Rhythm, ok = rhythms[r.ID]; !ok {
		w.Rhythm = rounds.AnyRhythm(r.ID)
	}
	return w
}

// takeBase notes on which days of the cycle the base plan has each retailer, its own cycle repeating.
func (in *journeyInput) takeBase(ctx context.Context, tx *store.Store, org rounds.OrgID, rep rounds.UserID, base rounds.JourneyPlanID) error {
	if base.IsZero() {
		return nil
	}
	scope := rounds.Scope{OrgID: org}
	plan, err := tx.Journey(ctx, scope, base)
	if err != nil {
		return err
	}
	beats, err := tx.Beats(ctx, scope, base, store.BeatFilter{RepID: rep})
	if err != nil {
		return err
	}
	called := map[rounds.Day][]rounds.RetailerID{}
	for _, b := range beats {
		for _, s := range b.Stops {
			called[b.Day] = append(called[b.Day], s.RetailerID)
		}
	}
	days := map[rounds.RetailerID][]rounds.Day{}
	for d := in.From; d < in.until(); d = d.Add(1) {
		for _, id := range called[plan.CycleDay(d)] {
			days[id] = append(days[id], d)
		}
	}
	for i, r := range in.Retailers {
		in.Retailers[i].Base = days[r.ID]
	}
	return nil
}
