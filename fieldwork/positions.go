package fieldwork

import (
	"context"
	"math"
	"slices"
	"strings"

	"rounds"
	"rounds/store"

	"github.com/paulmach/orb"
)

// VisitPositions is the visit with its positions, for a purpose that the rep will read: that they were
// looked at is written down first, or they are not shown. One's own need no purpose, and leave no entry.
func (o *Office) VisitPositions(ctx context.Context, a rounds.Actor, id rounds.VisitID, purpose string) (VisitDetail, error) {
	var d VisitDetail
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		var err error
		if d, err = wholeVisit(ctx, tx, a, id); err != nil || d.RepID == a.UserID {
			return err
		}
		if err := allow(a, lookingCloser); err != nil {
			return err
		}
		if !d.hasPositions() {
			return nil
		}
		return tx.InsertPositionRead(ctx, a.OrgID, rounds.PositionRead{
			ID: rounds.NewID[rounds.PositionRead](), VisitID: id, RepID: d.RepID, ReaderID: a.UserID,
			Purpose: strings.TrimSpace(purpose), At: o.now(),
		})
	})
	if err != nil {
		return VisitDetail{}, err
	}
	return d, nil
}

// showProposal withholds a point that is as good as a position of somebody else's, or writes down who looks at it
// and what for.
func (o *Office) showProposal(ctx context.Context, tx *store.Store, a rounds.Actor, p *store.ListedProposal, purpose string) error {
	purpose = strings.TrimSpace(purpose)
	if purpose == "" || !hides(*p, a) {
		withholdPoint(p, a)
		return nil
	}
	for _, rep := range p.MadeFrom {
		if rep == a.UserID {
			continue
		}
		err := tx.InsertPositionRead(ctx, a.OrgID, rounds.PositionRead{
			ID: rounds.NewID[rounds.PositionRead](), ProposalID: p.ID, RepID: rep, ReaderID: a.UserID, Purpose: purpose, At: o.now(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hides reports a point that the actor is shown for a purpose only: all but those of their own visits alone.
func hides(p store.ListedProposal, a rounds.Actor) bool {
	return p.Personal() && p.PointDeletedAt == nil && !slices.Equal(p.MadeFrom, []rounds.UserID{a.UserID})
}

// withholdPoint takes out where few people stood; the numbers that the proposal is decided by stay.
func withholdPoint(p *store.ListedProposal, a rounds.Actor) {
	if hides(*p, a) {
		p.Pin.Point, p.Pin.Entrances = nowhere(), nil
	}
}

func nowhere() orb.Point { return orb.Point{math.NaN(), math.NaN()} }

func (d VisitDetail) hasPositions() bool {
	return slices.ContainsFunc(d.Events, func(e store.Recorded) bool { return e.PositionsDeletedAt == nil })
}

// withhold takes out where the rep was, and everything in which that may be written; how good the fixes
// were stays, as verdicts rest on it.
func (d *VisitDetail) withhold() {
	d.Withheld = true
	for i := range d.Events {
		e := &d.Events[i]
		e.Evidence, e.Unknown, e.Located = nil, nil, nil
		for n := range e.Fixes {
			f := &e.Fixes[n]
			f.Point = nowhere()
			f.AltitudeM, f.SpeedMPS, f.HeadingDeg = nil, nil, nil
		}
	}
}
