package fieldwork

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"rounds"
	"rounds/clocks"
	"rounds/geo"
	"rounds/geo/pins"
	"rounds/store"

	"github.com/paulmach/orb"
)

// PinChange is a position for a retailer, in WGS-84, and why.
type PinChange struct {
	geo.Pin // Source and Version are set by the operation; Sigma 0: that of a pin set by hand
	Reason  string
}

// entranceReach is how far an entrance may be from its pin: a large market is so wide, and everything
// around an entrance counts as being there.
const entranceReach geo.Meters = 500

// No pin set by hand is better than half a metre: a surveyor's receiver says less of where a shop's door is, and one
// that claims to be exact would make honest people's fixes elsewhere. One worse than 10 km says nothing.
const (
	leastSigma geo.Meters = 0.5
	mostSigma  geo.Meters = 10_000
)

func (c PinChange) validate() error {
	if c.Point == (orb.Point{}) {
		return rounds.Errorf(rounds.Invalid, "a pin needs a place").With("/pin", "null_island")
	}
	if c.Sigma != 0 && !(c.Sigma >= leastSigma && c.Sigma <= mostSigma) {
		return rounds.Errorf(rounds.Invalid, "the sigma of a pin is its standard deviation in metres").
			With("/pin/sigma_m", "not_between", float64(leastSigma), float64(mostSigma))
	}
	for i, e := range c.Entrances {
		if !(geo.Distance(c.Point, e) <= entranceReach) {
			return rounds.Errorf(rounds.Invalid, "an entrance is at most %.0f m from its pin", float64(entranceReach)).
				With(fmt.Sprintf("/pin/entrances/%d", i), "too_far_from_pin")
		}
	}
	return nil
}

// setPin adds the retailer's next pin and says so in the audit log, without the position.
func (o *Office) setPin(ctx context.Context, tx *store.Store, a rounds.Actor, r rounds.Retailer, change *PinChange) error {
	if change == nil {
		return nil
	}
	if err := change.validate(); err != nil {
		return err
	}
	pin := change.Pin
	pin.Source, pin.Version = geo.Manual, 1
	pin.Sigma = cmp.Or(pin.Sigma, pins.SigmaOf(geo.Manual))
	if r.Pin != nil {
		pin.Version = r.Pin.Version + 1
	}
	return o.insertPin(ctx, tx, a, store.NewPin{
		RetailerID: r.ID, Pin: pin, Reason: change.Reason, CreatedBy: a.UserID, MadeFrom: maker(a), MadeOn: o.today(a),
	})
}

func (o *Office) insertPin(ctx context.Context, tx *store.Store, a rounds.Actor, p store.NewPin) error {
	if err := tx.InsertPins(ctx, a.OrgID, []store.NewPin{p}, o.now()); err != nil {
		return err
	}
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: "retailer.pin", Subject: p.RetailerID.String(),
		Detail: map[string]any{"version": p.Version, "reason": p.Reason},
	})
}

// maker is who sets a pin by their hand: nobody, if it is the command line.
func maker(a rounds.Actor) []rounds.UserID {
	if a.UserID.IsZero() {
		return nil
	}
	return []rounds.UserID{a.UserID}
}

// untaught are findings about a visit from which no pin is learned, and by which none is confirmed: whether
// the phone was where it says, when it says, is in doubt.
var untaught = []geo.Reason{geo.Mocked, clocks.Wrong, clocks.Moved, clocks.Inconsistent}

// ConfirmPins lets the pins in force count as confirmed from tomorrow on at which several people's visits
// of earlier days were found to be, and says how many. That is stored, so no verdict depends on when it is asked.
func (o *Office) ConfirmPins(ctx context.Context, org rounds.OrgID) (int64, error) {
	today, err := o.dayIn(ctx, org)
	if err != nil {
		return 0, err
	}
	return o.store.ConfirmPins(ctx, org, today, pins.Defaults().MinPeople, untaught)
}

// dayIn is the working day that it is now in an org.
func (o *Office) dayIn(ctx context.Context, id rounds.OrgID) (rounds.Day, error) {
	org, err := o.store.Org(ctx, id)
	if err != nil {
		return "", err
	}
	zone, err := time.LoadLocation(org.TimeZone)
	if err != nil {
		return "", err
	}
	return rounds.DayOf(o.now(), zone), nil
}
