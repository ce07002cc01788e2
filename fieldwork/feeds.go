package fieldwork

import (
	"context"
	"crypto/rand"

	"rounds"
	"rounds/store"
)

// mayFeed lets reps have feeds of their own, and administrators those of the reps whom they see.
func (o *Office) mayFeed(ctx context.Context, a rounds.Actor, rep rounds.UserID) error {
	u, err := o.store.User(ctx, a.Scope(), rep)
	if err != nil {
		return err
	}
	if a.UserID != rep && a.Role != rounds.RoleAdmin {
		return rounds.Errorf(rounds.Forbidden, "your role may not do this: ask somebody whose role may")
	}
	if u.Role != rounds.RoleRep {
		return rounds.Errorf(rounds.Invalid, "this is no rep of your units").With("id", "not_a_rep")
	}
	return nil
}

// AddFeed makes a calendar feed of a rep. Its token is told this once.
func (o *Office) AddFeed(ctx context.Context, a rounds.Actor, rep rounds.UserID) (f rounds.CalendarFeed, token string, err error) {
	if err := o.mayFeed(ctx, a, rep); err != nil {
		return f, "", err
	}
	f = rounds.CalendarFeed{ID: rounds.NewID[rounds.CalendarFeed](), RepID: rep, CreatedAt: o.now(), CreatedBy: a.UserID}
	token = a.OrgID.String() + "." + rand.Text()
	return f, token, o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.InsertFeed(ctx, a.OrgID, f, hashOf(token)); err != nil {
			return err
		}
		return o.logFeed(ctx, tx, a, "feed.add", f.ID, rep)
	})
}

// Feeds are a rep's calendar feeds, without their tokens.
func (o *Office) Feeds(ctx context.Context, a rounds.Actor, rep rounds.UserID) ([]rounds.CalendarFeed, error) {
	if err := o.mayFeed(ctx, a, rep); err != nil {
		return nil, err
	}
	return o.store.Feeds(ctx, a.OrgID, rep)
}

// RevokeFeed ends a feed at once.
func (o *Office) RevokeFeed(ctx context.Context, a rounds.Actor, rep rounds.UserID, id rounds.CalendarFeedID) error {
	if err := o.mayFeed(ctx, a, rep); err != nil {
		return err
	}
	return o.store.InTx(ctx, func(tx *store.Store) error {
		had, err := tx.RevokeFeed(ctx, a.OrgID, rep, id, o.now())
		if err != nil {
			return err
		}
		if !had {
			return errNotHere()
		}
		return o.logFeed(ctx, tx, a, "feed.revoke", id, rep)
	})
}

func (o *Office) logFeed(ctx context.Context, tx *store.Store, a rounds.Actor, act string, id rounds.CalendarFeedID, rep rounds.UserID) error {
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{Name: act, Subject: id.String(), Detail: map[string]any{"rep": rep}})
}

// The days of a feed: so many before today, and after it.
const (
	feedBehind = 7
	feedAhead  = 35
)

// FeedStop is a stop in a calendar.
type FeedStop struct {
	rounds.Stop
	Day      rounds.Day
	Retailer rounds.Retailer
}

// ReadFeed is what a calendar program may see with a token: the stops of the rep's day plans and, on days without one, of
// their journey plan. Tokens that are none are counted against the address like failed logins.
func (o *Office) ReadFeed(ctx context.Context, token, address string) ([]FeedStop, error) {
	end, err := o.limits.begin(o.now(), "feed "+network(address), address)
	if err != nil {
		return nil, err
	}
	org, rep, err := o.feedRep(ctx, token)
	end(rounds.CodeOf(err) == rounds.NotFound)
	if err != nil {
		return nil, err
	}
	a, err := journeyActor(ctx, o.store, org)
	if err != nil {
		return nil, err
	}
	stops, err := o.feedStops(ctx, a, rep)
	if err != nil {
		return nil, err
	}
	return o.withRetailers(ctx, a, stops)
}

func (o *Office) feedRep(ctx context.Context, token string) (rounds.OrgID, rounds.UserID, error) {
	org, err := orgOf(token)
	if err != nil {
		return org, rounds.UserID{}, errNotHere()
	}
	rep, err := o.store.FeedRep(ctx, org, hashOf(token))
	return org, rep, err
}

func (o *Office) feedStops(ctx context.Context, a rounds.Actor, rep rounds.UserID) ([]FeedStop, error) {
	from, until := o.today(a).Add(-feedBehind), o.today(a).Add(feedAhead)
	plans, err := o.store.PlansOf(ctx, a.OrgID, rep, from.Add(-1), feedBehind+feedAhead+1)
	if err != nil {
		return nil, err
	}
	var stops []FeedStop
	planned := map[rounds.Day]bool{}
	for _, p := range plans {
		for _, s := range p.Stops {
			if p.Day <= until {
				stops = append(stops, FeedStop{Stop: s, Day: p.Day})
			}
		}
		planned[p.Day] = true
	}
	for d := o.today(a).Add(1); d <= until; d = d.Add(1) {
		if planned[d] {
			continue
		}
		beat, err := o.beatOf(ctx, a, rep, d)
		if err != nil {
			return nil, err
		}
		stops = append(stops, beat...)
	}
	return stops, nil
}

// beatOf are the stops that the journey plan in force has on a day, at the times of the cycle's day.
func (o *Office) beatOf(ctx context.Context, a rounds.Actor, rep rounds.UserID, d rounds.Day) ([]FeedStop, error) {
	id, err := o.store.InForce(ctx, a.OrgID, rep, d)
	if err != nil || id.IsZero() {
		return nil, err
	}
	scope := rounds.Scope{OrgID: a.OrgID, RepID: rep}
	j, err := o.store.Journey(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	day := j.CycleDay(d)
	beats, err := o.store.Beats(ctx, scope, id, store.BeatFilter{From: day, Until: day})
	var stops []FeedStop
	for _, b := range beats {
		for _, s := range b.Stops {
			clock := s.PlannedAt.In(a.Zone)
			s.PlannedAt = d.At(clock.Hour(), clock.Minute(), a.Zone)
			stops = append(stops, FeedStop{Stop: s, Day: d})
		}
	}
	return stops, err
}

func (o *Office) withRetailers(ctx context.Context, a rounds.Actor, stops []FeedStop) ([]FeedStop, error) {
	ids := make([]rounds.RetailerID, len(stops))
	for i, s := range stops {
		ids[i] = s.RetailerID
	}
	found, err := o.store.RetailersByID(ctx, rounds.Scope{OrgID: a.OrgID}, o.today(a), ids)
	by := map[rounds.RetailerID]rounds.Retailer{}
	for _, r := range found {
		by[r.ID] = r
	}
	for i := range stops {
		stops[i].Retailer = by[stops[i].RetailerID]
	}
	return stops, err
}
