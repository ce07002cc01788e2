package fieldwork

import (
	"context"
	"math"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/geo/pins"
	"rounds/store"
)

const (
	learnDays              = 180 // that are looked back
	learnPage              = 500 // retailers in one transaction
	leastShift  geo.Meters = 15  // a pin so near is left alone: people's visits confirm it anyway
	sameAnswer  geo.Meters = 5   // a proposal so near an open one is the same
	sameRefusal geo.Meters = 25  // and so near a refused one is not made again
)

// Auditors stand where a shop is, as reps do, and a proposal is seen by whoever keeps the register. That a pin was confirmed, or is
// suspect, whose retailer it is sees too, who must not learn that an auditor was there.
const (
	auditorsTeach   = true
	auditorsSuspect = false
)

// Learned is what came of looking at an org's visits.
type Learned struct {
	Retailers int // looked at
	Proposed  int // by now
	Stale     int // proposals that lost their pin or their evidence
}

// LearnPins proposes pins for retailers whose visitors agree on another place, or that have no pin yet. A
// proposal that stands stays as it is; one that nothing speaks for any more becomes stale. It moves no pin.
func (o *Office) LearnPins(ctx context.Context, org rounds.OrgID, progress func(done int)) (Learned, error) {
	var sum Learned
	var after rounds.RetailerID
	for {
		page, err := o.store.RetailersAfter(ctx, org, after, learnPage)
		if err != nil || len(page) == 0 {
			return sum, err
		}
		got, err := o.learn(ctx, org, page)
		if err != nil {
			return sum, err
		}
		sum.Retailers += len(page)
		sum.Proposed += got.Proposed
		sum.Stale += got.Stale
		after = page[len(page)-1]
		progress(sum.Retailers)
	}
}

// LearnPin looks at one retailer of the actor's: the proposal that is open now, or why there is none.
func (o *Office) LearnPin(ctx context.Context, a rounds.Actor, id rounds.RetailerID) (store.ListedProposal, pins.Hold, error) {
	var found store.ListedProposal
	if err := allow(a, keepingRecords); err != nil {
		return found, "", err
	}
	if _, err := o.store.Retailer(ctx, a.Scope(), o.today(a), id); err != nil {
		return found, "", err
	}
	l, err := o.learn(ctx, a.OrgID, []rounds.RetailerID{id})
	if err != nil {
		return found, "", err
	}
	if l.open.IsZero() {
		return found, l.hold, nil
	}
	found, err = o.store.PinProposal(ctx, a.Scope(), o.today(a), l.open)
	withholdPoint(&found, a)
	return found, "", err
}

// learning is what one page of retailers came to; open and hold are the last one's.
type learning struct {
	Learned
	open rounds.PinProposalID
	hold pins.Hold
}

// learn is one transaction. While it lasts no pin is set and nothing is decided.
func (o *Office) learn(ctx context.Context, org rounds.OrgID, retailers []rounds.RetailerID) (l learning, err error) {
	today, err := o.dayIn(ctx, org)
	if err != nil {
		return l, err
	}
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		l = learning{}
		if err := tx.LockRegister(ctx, org); err != nil {
			return err
		}
		last, err := tx.LastPinProposals(ctx, org, retailers)
		if err != nil {
			return err
		}
		estimates, err := estimate(ctx, tx, org, retailers, today)
		if err != nil {
			return err
		}
		return l.propose(ctx, tx, org, estimates, last, o.now())
	})
	return l, err
}

// propose writes what is new, and lets go of what does not stand any more.
func (l *learning) propose(ctx context.Context, tx *store.Store, org rounds.OrgID, es []estimated, last map[rounds.RetailerID]rounds.PinProposal, now time.Time) error {
	var fresh []rounds.PinProposal
	var stale []rounds.PinProposalID
	for _, e := range es {
		before := last[e.RetailerID]
		open := before.Status == rounds.Proposed
		l.open, l.hold = rounds.PinProposalID{}, e.hold
		switch {
		case e.hold == "" && open && e.same(before, sameAnswer):
			l.open = before.ID
		case e.hold == "" && !open && e.same(before, sameRefusal):
			l.hold = wasRefused
		case e.hold == "":
			e.ID, e.CreatedAt = rounds.NewID[rounds.PinProposal](), now
			fresh, l.open = append(fresh, e.PinProposal), e.ID
		}
		if open && l.open != before.ID {
			stale = append(stale, before.ID)
		}
		if !l.open.IsZero() {
			l.Proposed++
		}
	}
	l.Stale = len(stale)
	if err := tx.StalePinProposals(ctx, org, stale, now); err != nil {
		return err
	}
	return tx.InsertPinProposals(ctx, org, fresh)
}

// Reasons to propose nothing beside those of package pins.
const (
	wasRefused pins.Hold = "refused_before" // somebody refused as good as the same
	goodEnough pins.Hold = "good_enough"    // the pin is near
)

// estimated is a proposal in the making, or what is in its way.
type estimated struct {
	rounds.PinProposal
	hold pins.Hold
}

// same reports a proposal for the same pin, and at most so far away: none is of one whose point is deleted.
func (e estimated) same(p rounds.PinProposal, within geo.Meters) bool {
	return p.PointDeletedAt == nil && e.FromVersion == p.FromVersion && len(e.Pin.Entrances) == len(p.Pin.Entrances) &&
		geo.Distance(e.Pin.Point, p.Pin.Point) <= within
}

// estimate looks at all sightings of the retailers since their pins were made.
func estimate(ctx context.Context, tx *store.Store, org rounds.OrgID, retailers []rounds.RetailerID, today rounds.Day) ([]estimated, error) {
	from := today.Add(-learnDays)
	subjects, err := tx.PinSubjects(ctx, org, retailers, today, from, auditorsTeach)
	if err != nil {
		return nil, err
	}
	telling := slices.DeleteFunc(slices.Clone(subjects), func(p store.PinSubject) bool { return p.People < enough(p) })
	seen, err := sightings(ctx, tx, org, telling, from, auditorsTeach)
	if err != nil {
		return nil, err
	}
	es := make([]estimated, len(subjects))
	for i, p := range subjects {
		es[i] = estimateOne(p, seen[p.RetailerID])
	}
	return es, nil
}

// enough is how many people must have been somewhere before it is worth a look.
func enough(p store.PinSubject) int {
	if p.Pin == nil {
		return 1
	}
	return pins.Defaults().MinPeople
}

// estimateOne takes what [pins.Learn] says. For a retailer without a pin fewer people will do: somebody looks
// at it before it is one, and by it nobody is elsewhere.
func estimateOne(p store.PinSubject, seen []pins.Sighting) estimated {
	var current geo.Pin
	if p.Pin != nil {
		current = *p.Pin
	}
	options := pins.Defaults()
	found, _ := pins.Learn(current, seen, options)
	source, hold := geo.Learned, found.Hold
	switch {
	case p.Pin == nil && hold == pins.TooFewPeople && found.People > 0 && found.Spread <= options.Agree:
		source, hold = geo.FirstVisit, ""
	case hold == "" && len(found.Entrances) == 0 && found.Shift != nil && *found.Shift <= leastShift:
		hold = goodEnough
	}
	e := estimated{hold: hold}
	e.RetailerID, e.FromVersion = p.RetailerID, current.Version
	if hold == "" {
		e.Pin = pinOf(found, source)
		e.MadeFrom, e.SeenThrough, e.PinEvidence = peopleOf(seen), lastOf(seen), evidenceOf(found)
	}
	return e
}

func pinOf(e pins.Estimate, source geo.PinSource) geo.Pin {
	p := geo.Pin{Point: e.Point, Sigma: max(e.Sigma, pins.SigmaOf(source)), Source: source}
	for _, entrance := range e.Entrances {
		if geo.Distance(entrance.Point, e.Point) > 0 { // the nearest is the point itself
			p.Entrances = append(p.Entrances, entrance.Point)
		}
	}
	return p
}

func evidenceOf(e pins.Estimate) rounds.PinEvidence {
	return rounds.PinEvidence{
		People: e.People, Visits: e.Visits, Days: e.Days, Spread: e.Spread, Shift: e.Shift,
		NearOld: e.NearOld, NearNew: e.NearNew, Influence: e.Influence,
	}
}

// peopleOf are all who were heard or could have been: too many rather than too few.
func peopleOf(seen []pins.Sighting) []rounds.UserID {
	var people []rounds.UserID
	for _, s := range seen {
		if id, err := rounds.ParseID[rounds.User](s.Person); err == nil && !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	return people
}

// lastOf is the last day on which somebody was seen.
func lastOf(seen []pins.Sighting) rounds.Day {
	last := 0
	for _, s := range seen {
		last = max(last, s.Day)
	}
	return epoch.Add(last)
}

// epoch is the day from which package pins counts.
const epoch rounds.Day = "1970-01-01"

// sightings are the fixes that say where the subjects' visitors stood: of visits that raise no doubt about
// their phones, and taken at the tap.
func sightings(ctx context.Context, tx *store.Store, org rounds.OrgID, subjects []store.PinSubject, from rounds.Day, auditors bool) (map[rounds.RetailerID][]pins.Sighting, error) {
	seen := map[rounds.RetailerID][]pins.Sighting{}
	if len(subjects) == 0 {
		return seen, nil
	}
	policy, err := tx.Policy(ctx, org)
	if err != nil {
		return nil, err
	}
	o, err := tx.Org(ctx, org)
	if err != nil {
		return nil, err
	}
	found, err := tx.Sightings(ctx, org, subjects, from, untaught, auditors)
	for _, s := range found {
		if at, ok := sighting(s, o.Settings.Datums(), policy.MaxFixAge); ok {
			seen[s.RetailerID] = append(seen[s.RetailerID], at)
		}
	}
	return seen, err
}

func sighting(s store.Sighting, datums geo.Datums, maxAge geo.Seconds) (pins.Sighting, bool) {
	f := geo.Measure(geo.Evidence{Fixes: []geo.Fix{s.Fix}, At: s.At, Happened: s.Happened}).Fixes[0]
	if f.Mock || f.Problem != "" || f.Sigma == nil || (f.Age != nil && !(math.Abs(float64(*f.Age)) <= float64(maxAge))) {
		return pins.Sighting{}, false
	}
	return pins.Sighting{
		Point: datums.ToWGS84(s.Point, s.Datum), Sigma: *f.Sigma,
		Person: s.RepID.String(), Day: epoch.Until(s.Day),
	}, true
}
