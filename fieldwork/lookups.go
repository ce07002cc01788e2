package fieldwork

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/locate"
	"rounds/store"

	"github.com/paulmach/orb"
)

// AskBy lets the office ask network services about events that position leaves undecided. Call it before the
// first upload.
func (o *Office) AskBy(r *locate.Router) { o.router = r }

// LocateJob asks network services about one event that is stored. Nothing of what the phone saw is in it.
type LocateJob struct {
	OrgID   rounds.OrgID   `json:"org_id"`
	EventID rounds.EventID `json:"event_id"`
}

// Kind names the job.
func (LocateJob) Kind() string { return "locate_event" }

// Patience is for how long one question may take: all services, all their attempts.
func (LocateJob) Patience() time.Duration { return 15 * time.Minute }

// An event is asked about for askAge after it arrived. While no service is configured the question waits.
const (
	askAge   = 7 * 24 * time.Hour
	askAgain = time.Hour
)

// Why nobody is asked (any longer), beside what package locate says.
const (
	tooOld       = "too_old"
	outsideHours = "outside_hours"
)

// ask leaves questions about the new events to be asked once they are stored: of those that carry network evidence
// and that a second fix could settle. This is the only place where questions begin.
func (g *recording) ask(ctx context.Context) error {
	var jobs []store.Job
	for _, e := range g.fresh {
		settles := len(geo.Settle(g.policy, e.Verdict, []geo.Settlement{geo.BySecondFix})) > 0
		if _, given, _ := networkIn(e.Evidence); g.asks && given && settles {
			jobs = append(jobs, LocateJob{g.org, e.VisitEvent.ID})
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return g.tx.Enqueue(ctx, jobs...)
}

// LocateEvent asks network services where the phone of an event was, and judges the event again by their answer. It
// may run any number of times: only the first definite answer counts. Its errors are to be tried again.
func (o *Office) LocateEvent(ctx context.Context, job LocateJob) error {
	e, err := o.unanswered(ctx, job)
	if err != nil || e == nil {
		return err
	}
	org, err := o.store.Org(ctx, job.OrgID)
	if err != nil {
		return err
	}
	switch now := o.now(); {
	case now.Sub(e.ReceivedAt) > askAge:
		return o.conclude(ctx, org, *e, o.lookup(*e, rounds.AnswerGivenUp, tooOld), nil)
	case !onShift(org, e.HappenedAt):
		return o.conclude(ctx, org, *e, o.lookup(*e, rounds.AnswerGivenUp, outsideHours), nil)
	case o.router == nil:
		return &store.Later{After: askAgain, Err: errors.New("no network service is configured")}
	}
	query, err := o.query(ctx, org, *e)
	if err != nil {
		return err
	}
	asked := o.now()
	p, err := o.router.Locate(ctx, query)
	if err != nil {
		return o.concludeWithout(ctx, org, *e, err)
	}
	return o.conclude(ctx, org, *e, o.lookup(*e, rounds.AnswerFound, ""), new(located(p, *e, asked)))
}

// unanswered is the job's event; nil: there is nothing to ask any more.
func (o *Office) unanswered(ctx context.Context, job LocateJob) (*store.Recorded, error) {
	ids := []rounds.EventID{job.EventID}
	events, err := o.store.Events(ctx, job.OrgID, ids)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, errNotHere()
	}
	lookups, err := o.store.Lookups(ctx, job.OrgID, ids)
	if err != nil || len(lookups) > 0 || last(events[0]).Outcome != geo.Undecided {
		return nil, err
	}
	return &events[0], nil
}

func last(e store.Recorded) rounds.Judgement { return e.Verdicts[len(e.Verdicts)-1] }

func onShift(org rounds.Org, at time.Time) bool {
	zone, err := time.LoadLocation(org.TimeZone)
	return err == nil && org.Settings.OnShift(at, zone)
}

// query is what services may know of an event. A carrier says where the phone is now: it gets the subscriber only
// if the org allows that, and only while a fix of now could still prove where the tap was.
func (o *Office) query(ctx context.Context, org rounds.Org, e store.Recorded) (locate.Query, error) {
	network, _, _ := networkIn(e.Evidence)
	q := locate.Query{Network: network}
	if !org.Settings.AskCarriers {
		return q, nil
	}
	policies, err := o.store.Policies(ctx, org.ID)
	if err != nil {
		return q, err
	}
	at := slices.IndexFunc(policies, func(p store.Policy) bool { return p.Version == last(e).PolicyVersion })
	if at < 0 || o.now().Sub(e.HappenedAt).Seconds() > float64(policies[at].MaxFixAge) {
		return q, nil
	}
	subscriber, err := o.store.Subscriber(ctx, org.ID, e.RepID)
	q.Subscriber = locate.Secret(subscriber)
	return q, err
}

// located is a service's answer as a fix: of the moment that the service names, of the asking where it says where
// the phone is now, else of the tap, as what the phone saw is of then.
func located(p locate.Position, e store.Recorded, asked time.Time) rounds.Located {
	l := rounds.Located{Service: p.Service, Address: p.Address}
	f, ok := p.Fix()
	if !ok {
		f = geo.Fix{Point: orb.Point{math.NaN(), math.NaN()}, Datum: p.Datum, AccuracyKind: p.AccuracyKind, Source: p.Source, Time: p.Time}
	}
	switch {
	case !f.Time.IsZero():
	case p.Now:
		f.Time = asked
	default:
		f.Time = e.Device.Time
	}
	f.Time, f.Located = f.Time.UTC().Truncate(time.Microsecond), true // as finely as it is stored
	l.Fix = f
	return l
}

func (o *Office) lookup(e store.Recorded, a rounds.Answer, reason string) rounds.Lookup {
	return rounds.Lookup{EventID: e.ID, Answer: a, Reason: reason, AnsweredAt: o.now()}
}

// concludeWithout keeps a failure that is definite; any other is tried again, no sooner than the service wants.
func (o *Office) concludeWithout(ctx context.Context, org rounds.Org, e store.Recorded, failure error) error {
	f, ok := errors.AsType[*locate.Error](failure)
	switch {
	case !ok:
		return failure
	case errors.Is(f, locate.ErrNotFound):
		return o.conclude(ctx, org, e, o.lookup(e, rounds.AnswerNotFound, string(f.Reason)), nil)
	case errors.Is(f, locate.ErrPermanent):
		o.log.Warn("network services cannot be asked about an event", "event", e.ID.String(), "error", f.Error())
		return o.conclude(ctx, org, e, o.lookup(e, rounds.AnswerGivenUp, string(f.Reason)), nil)
	}
	return &store.Later{After: f.After, Err: f}
}

// conclude keeps the answer, unless there is one, and with a place in it judges the event again.
func (o *Office) conclude(ctx context.Context, org rounds.Org, e store.Recorded, l rounds.Lookup, found *rounds.Located) error {
	return o.store.InTx(ctx, func(tx *store.Store) error {
		rep := []rounds.UserID{e.RepID}
		if err := tx.LockReps(ctx, org.ID, rep); err != nil {
			return err
		}
		first, err := tx.InsertLookup(ctx, org.ID, l)
		if err != nil || !first || found == nil {
			return err
		}
		if kept, err := tx.HoldPositions(ctx, org.ID, e.ID); err != nil || !kept {
			return err // their time was over while the service was asked
		}
		if err := tx.InsertLocated(ctx, org.ID, e.ID, *found); err != nil || math.IsNaN(found.Point.Lat()) {
			return err
		}
		if err := o.judgeLocated(ctx, tx, org, e.ID, found.Fix); err != nil {
			return err
		}
		return deriveAgain(ctx, tx, org.ID, visitOf(e.VisitEvent), rep)
	})
}

// judgeLocated judges an event again with one more fix, by the policy and the pin that it was judged by.
func (o *Office) judgeLocated(ctx context.Context, tx *store.Store, org rounds.Org, id rounds.EventID, f geo.Fix) error {
	events, err := tx.Events(ctx, org.ID, []rounds.EventID{id})
	if err != nil {
		return err
	}
	e := events[0]
	pin, err := tx.PinVersion(ctx, org.ID, e.RetailerID, last(e).Measured.PinVersion)
	if err != nil {
		return err
	}
	fix := geo.Measure(geo.Evidence{Pin: &pin, Fixes: []geo.Fix{f}, At: e.Device.Time, Happened: e.HappenedAt, Datums: org.Settings.Datums()}).Fixes[0]
	return rejudge(ctx, tx, org.ID, o.now(), events, func(_ store.Recorded, j *rounds.Judgement) {
		fix.N = len(j.Measured.Fixes)
		j.Measured.Fixes = append(slices.Clone(j.Measured.Fixes), fix)
	})
}
