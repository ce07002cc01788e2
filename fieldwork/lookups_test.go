package fieldwork

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/fieldwork/eventjson"
	"rounds/geo"
	"rounds/locate"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
)

// What must never be in a log, in a job or in an error.
const (
	number  = "8613800138000"
	oneMAC  = "00:25:9c:cf:1c:ac"
	hermits = "-77.5077"
)

// What a phone on the bund sees, and nothing else.
const sees = `{"kind": "network", "cells": [{"radio": "lte", "mcc": 460, "mnc": 0, "tac": 22533, "cid": 123456789, "serving": true}],
	"wifi": [{"mac": "` + oneMAC + `", "ssid": "shop"}, {"mac": "00-25-9C-CF-1C-AD"}]}`

// blind is a check-in by a phone that has no position.
func blind(r rounds.RetailerID, at time.Time, evidence string) (rounds.EventID, json.RawMessage) {
	p := checkIn(r, at)
	return p.id, p.blind(evidence)
}

// blind is the tap, a check-in, without its position.
func (p tap) blind(evidence string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"id": %q, "kind": "check_in", "retailer_id": %q, "fixes": [], "evidence": [%s],
		"device": {"id": "phone", "boot_id": "boot %d", "seq": %d, "time": %q, "uptime_ms": %d}}`,
		p.id, p.retailer, evidence, p.boot, p.seq, p.at.Format(time.RFC3339Nano), p.uptime().Milliseconds()))
}

// asks lets the town ask a provider, once a question.
func (o *town) asks(kind locate.Kind, p *provider) {
	o.t.Helper()
	s := locate.Service{Name: "north", Kind: kind, URL: p.URL, Limits: locate.Limits{Retries: new(0), Failures: 1000}}
	s.Schema.NotFound = []string{"4"}
	r, err := locate.New(locate.Config{Services: []locate.Service{s}})
	o.must(err)
	o.t.Cleanup(r.Close)
	o.AskBy(r)
}

// blindTown has one retailer on the bund, and a rep whose number is known and whose carrier may be asked.
func blindTown(t testing.TB, db database) (*town, rounds.Actor, rounds.RetailerID) {
	o := newTownIn(t, db, "Asia/Shanghai")
	rep, r := o.rep("rep"), o.retailer("A", bund)
	o.territory("T", rep, r)
	_, err := o.ChangeUser(context.Background(), o.admin, rep.UserID, func(u *rounds.User) { u.Subscriber = number }, "")
	o.must(err)
	o.settings(func(s *rounds.Settings) { s.AskCarriers = true })
	return o, rep, r
}

func (o *town) settings(change func(*rounds.Settings)) {
	o.t.Helper()
	s := rounds.DefaultSettings()
	change(&s)
	o.must(o.ChangeSettings(context.Background(), o.admin, s, "test"))
}

// sendBlind uploads one and does its job once, as River would.
func (o *town) sendBlind(rep rounds.Actor, r rounds.RetailerID) (rounds.EventID, error) {
	o.t.Helper()
	id, raw := blind(r, morning, sees)
	o.uploaded(rep, raw)
	return id, o.locate(id)
}

func (o *town) uploaded(rep rounds.Actor, raw json.RawMessage) Result {
	o.t.Helper()
	results, err := o.Upload(context.Background(), rep, rounds.Sent{}, []json.RawMessage{raw})
	o.must(err)
	return results[0]
}

func (o *town) locate(id rounds.EventID) error {
	return o.LocateEvent(context.Background(), LocateJob{o.org.ID, id})
}

// known is what is stored of an event, and how asking about it ended.
func (o *town) known(id rounds.EventID) (store.Recorded, rounds.Lookup) {
	o.t.Helper()
	events, err := o.store.Events(context.Background(), o.org.ID, []rounds.EventID{id})
	o.must(err)
	lookups, err := o.store.Lookups(context.Background(), o.org.ID, []rounds.EventID{id})
	o.must(err)
	return events[0], lookups[id]
}

// jobs are those left to be done for the org.
func (o *town) jobs() []string {
	o.t.Helper()
	return o.texts(`select kind || ' ' || queue || ' ' || (args->>'event_id') from river.river_job where args->>'org_id' = $1`, o.org.ID.String())
}

func TestWhatServicesSayCompletesTheVerdict(t *testing.T) {
	t.Parallel()
	lat, lon := bund.Lat()+0.00009, bund.Lon()
	said := func(lat, lon any) string {
		return carrier("GetPosition", fmt.Sprintf(`<r><result>0</result><latitude>%v</latitude><longitude>%v</longitude><accuracy>30</accuracy></r>`, lat, lon))
	}
	for name, c := range map[string]struct {
		kind    locate.Kind
		status  int
		answer  string
		outcome geo.Outcome
		reasons string // of the position
		ended   string
	}{
		"Wi-Fi, precise and here":     {locate.Ichnaea, 200, ichnaea(lat, lon, 30), geo.AtRetailer, "", "found "},
		"a cell, here and wide":       {locate.Ichnaea, 200, ichnaea(lat, lon, 800), geo.Undecided, "too_imprecise", "found "},
		"a lie: another continent":    {locate.Ichnaea, 200, ichnaea(-33.86, 151.2, 10), geo.Undecided, "far_outside, outside_radius", "found "},
		"a carrier, of no known kind": {locate.GetPosition, 200, said(lat, lon), geo.Undecided, "accuracy_unknown", "found "},
		"a carrier's lie":             {locate.GetPosition, 200, said(-33.86, 151.2), geo.Undecided, "accuracy_unknown, outside_radius", "found "},
		"no number":                   {locate.GetPosition, 200, said("NaN", lon), geo.Undecided, "no_position", "not_found no_place"},
		"no place on Earth":           {locate.Ichnaea, 200, ichnaea(91, lon, 30), geo.Undecided, "no_position", "not_found no_place"},
		"null island":                 {locate.Ichnaea, 200, ichnaea(0, 0, 30), geo.Undecided, "no_position", "not_found null_island"},
		"does not know":               {locate.Ichnaea, 404, `{"error": {"errors": [{"reason": "notFound"}]}}`, geo.Undecided, "no_position", "not_found unknown"},
		"the phone is off":            {locate.GetPosition, 200, carrier("GetPosition", `<r><result>4</result></r>`), geo.Undecided, "no_position", "not_found unknown"},
		"refuses":                     {locate.Ichnaea, 400, "", geo.Undecided, "no_position", "given_up http_status"},
		"an address alone":            {locate.GetAddress, 200, carrier("GetAddress", `<r><result>0</result><address>外滩</address></r>`), geo.Undecided, "no_position", "found "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, rep, r := blindTown(t, shared())
			o.asks(c.kind, newProvider(t, c.status, c.answer))
			id, err := o.sendBlind(rep, r)
			o.must(err)
			e, l := o.known(id)
			j := last(e)
			if got := strings.ReplaceAll(strings.Trim(fmt.Sprint(j.Reasons), "[]"), " ", ", "); j.Outcome != c.outcome || got != c.reasons {
				t.Errorf("%s for %q, want %s for %q", j.Outcome, got, c.outcome, c.reasons)
			}
			if got := string(l.Answer) + " " + l.Reason; got != c.ended {
				t.Errorf("ended %q, want %q", got, c.ended)
			}
			if (l.Answer == rounds.AnswerFound) != (len(e.Located) == 1) {
				t.Errorf("%v", e.Located)
			}
			if v := o.visits(); (v[0] == "A 10:30- by position") != (c.outcome == geo.AtRetailer) {
				t.Errorf("%s", v)
			}
		})
	}
}

func TestAnAddressIsKeptForAPersonToRead(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	o.asks(locate.GetAddress, newProvider(t, 200, carrier("GetAddress", `<r><address>外滩</address></r>`)))
	id, err := o.sendBlind(rep, r)
	o.must(err)
	if e, _ := o.known(id); len(e.Located) != 1 || e.Located[0].Address != "外滩" || e.Located[0].Service != "north" || len(e.Verdicts) != 1 {
		t.Errorf("%v, %d verdicts", e.Located, len(e.Verdicts))
	}
}

// What was found is beside the event and not in it, and the verdict replays from what is stored.
func TestTheEventStaysAsItWasSent(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	o.asks(locate.Ichnaea, newProvider(t, 200, ichnaea(bund.Lat()+0.00009, bund.Lon(), 30)))
	id, raw := blind(r, morning, sees)
	if got := o.uploaded(rep, raw); got.Status != Created || got.Judgement.Outcome != geo.Undecided {
		t.Fatalf("%+v", got)
	}
	// A new pin and a new policy in between change nothing: the verdict keeps to those that it began with.
	_, err := o.ChangeRetailer(context.Background(), o.admin, r, func(*rounds.Retailer) {}, &PinChange{Pin: geo.Pin{Point: [2]float64{121, 31}}, Reason: "moved"})
	o.must(err)
	_, err = o.AddPolicy(context.Background(), o.admin, geo.DefaultPolicy(), "kinder")
	o.must(err)
	o.must(o.locate(id))
	e, _ := o.known(id)
	j := last(e)
	if len(e.Fixes) != 0 || !bytes.Equal(eventjson.Hash(e.VisitEvent), e.ContentHash) {
		t.Errorf("the event became %s", eventjson.Encode(e.VisitEvent))
	}
	if len(e.Verdicts) != 2 || j.Outcome != geo.AtRetailer || j.PinVersion != 1 || j.PolicyVersion != 1 || !j.Measured.Fixes[0].Located {
		t.Errorf("%+v", j)
	}
	if diff := cmp.Diff(j.Verdict, geo.Judge(o.policyOne(), j.Measured)); diff != "" {
		t.Errorf("it replays as another: %s", diff)
	}
	if got := o.uploaded(rep, raw); got.Status != Exists || got.CreditedBy != rounds.CreditedByPosition || got.Judgement.Outcome != geo.AtRetailer {
		t.Errorf("sent again: %+v", got)
	}
	if n, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {}); n != 1 || changed != 0 || err != nil {
		t.Errorf("derived again: %d visits, %d changed, %v", n, changed, err)
	}
}

func (o *town) policyOne() geo.Policy {
	policies, err := o.store.Policies(context.Background(), o.org.ID)
	o.must(err)
	i := slices.IndexFunc(policies, func(p store.Policy) bool { return p.Version == 1 })
	return policies[i].Policy
}

func TestAJobDoneTwiceAddsOneFix(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	p := newProvider(t, 200, ichnaea(bund.Lat(), bund.Lon(), 900))
	o.asks(locate.Ichnaea, p)
	id, raw := blind(r, morning, sees)
	o.uploaded(rep, raw)
	var together sync.WaitGroup
	for range 4 {
		together.Go(func() {
			if err := o.locate(id); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	asked := len(p.questions())
	o.must(o.locate(id))
	if e, _ := o.known(id); len(e.Located) != 1 || len(e.Verdicts) != 2 || len(p.questions()) != asked {
		t.Errorf("%d fixes, %d verdicts, asked %d times and then %d", len(e.Located), len(e.Verdicts), asked, len(p.questions()))
	}
}

func TestFailuresAreTriedAgainWhenTheServiceSays(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	p := newProvider(t, 503, "")
	p.header.Set("Retry-After", "7")
	o.asks(locate.Ichnaea, p)
	id, err := o.sendBlind(rep, r)
	if later, ok := errors.AsType[*store.Later](err); !ok || later.After != 7*time.Second {
		t.Fatalf("%v", err)
	}
	if e, l := o.known(id); l.Answer != "" || len(e.Verdicts) != 1 {
		t.Errorf("%q, %d verdicts", l.Answer, len(e.Verdicts))
	}
	if later, ok := errors.AsType[*store.Later](o.locate(id)); !ok || later.After <= 0 || len(p.questions()) != 1 {
		t.Errorf("asked %d times, too soon", len(p.questions()))
	}
	p.says(200, ichnaea(bund.Lat(), bund.Lon(), 20))
	o.asks(locate.Ichnaea, p) // as if the seven seconds were over
	o.must(o.locate(id))
	if e, l := o.known(id); l.Answer != rounds.AnswerFound || last(e).Outcome != geo.AtRetailer {
		t.Errorf("%q, %s", l.Answer, last(e).Outcome)
	}
}

func TestWhatIsNotWorthAsking(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*town)
		reason string
	}{
		"a week old": {func(o *town) { o.pass(askAge + time.Hour) }, tooOld},
		"in the rep's own time": {func(o *town) {
			o.settings(func(s *rounds.Settings) {
				s.Shifts = []rounds.Shift{{Days: []string{"sun"}, From: "09:00", To: "18:00"}}
			})
		}, outsideHours},
		"decided in the meantime, somehow": {func(o *town) {
			o.do(`update verdicts set verdict = jsonb_set(verdict, '{outcome}', '"elsewhere"') where org_id = $1`, o.org.ID)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, rep, r := blindTown(t, shared())
			p := newProvider(t, 200, ichnaea(bund.Lat(), bund.Lon(), 20))
			o.asks(locate.Ichnaea, p)
			id, raw := blind(r, morning, sees)
			o.uploaded(rep, raw)
			c.change(o)
			o.must(o.locate(id))
			if e, l := o.known(id); len(p.questions()) != 0 || l.Reason != c.reason || len(e.Verdicts) != 1 {
				t.Errorf("asked %d times, ended for %q", len(p.questions()), l.Reason)
			}
		})
	}
}

func TestAnotherOrgsJobFindsNoEvent(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	p := newProvider(t, 200, "")
	o.asks(locate.Ichnaea, p)
	id, raw := blind(r, morning, sees)
	o.uploaded(rep, raw)
	wantCode(t, "of another org", o.LocateEvent(context.Background(), LocateJob{rounds.NewID[rounds.Org](), id}), rounds.NotFound)
	wantCode(t, "of no event", o.locate(rounds.NewID[rounds.VisitEvent]()), rounds.NotFound)
	if len(p.questions()) > 0 {
		t.Error("somebody was asked")
	}
}

func TestWithoutServicesAQuestionWaits(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	p := newProvider(t, 200, ichnaea(bund.Lat(), bund.Lon(), 20))
	o.asks(locate.Ichnaea, p)
	id, raw := blind(r, morning, sees)
	o.uploaded(rep, raw)
	o.AskBy(nil)
	if later, ok := errors.AsType[*store.Later](o.locate(id)); !ok || later.After != askAgain {
		t.Error("it does not wait")
	}
}

// Nothing that anybody does but an event of the rep's own, sent with network evidence and left undecided, makes
// anybody ask where a phone is. That LocateEvent alone asks is what TestQuestionsBeginInOnePlace holds.
func TestNothingElseAsksWhereAPhoneIs(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	o.asks(locate.GetPosition, newProvider(t, 200, ""))
	o.uploaded(rep, func() json.RawMessage { _, raw := blind(r, morning, `{"kind": "tag", "id": 7}`); return raw }())
	good := checkIn(r, morning.Add(time.Minute))
	good.shown = sees
	o.uploaded(rep, good.json())
	far := checkIn(r, morning.Add(2*time.Minute))
	far.place[1] += 0.1
	far.shown = sees
	o.uploaded(rep, far.json())
	ctx := context.Background()
	detail, err := o.Review(ctx, o.admin, rounds.VisitID(far.id), rounds.DecisionNote, "who knows")
	o.must(err)
	_, err = o.EventStatus(ctx, rep, []rounds.EventID{detail.Events[0].ID})
	o.must(err)
	_, err = o.MyEvents(ctx, rep, time.Time{}, rounds.EventID{}, 10)
	o.must(err)
	_, err = o.ChangeUser(ctx, o.admin, rep.UserID, func(u *rounds.User) { u.Subscriber = "8613800138001" }, "")
	o.must(err)
	_, _, err = o.Rederive(ctx, o.org.ID, func(int) {})
	o.must(err)
	if jobs := o.jobs(); len(jobs) > 0 {
		t.Errorf("left to be asked: %s", jobs)
	}
	id, raw := blind(r, morning.Add(3*time.Minute), sees)
	o.uploaded(rep, raw)
	o.uploaded(rep, raw) // the same again is no new question
	if diff := cmp.Diff([]string{"locate_event patient " + id.String()}, o.jobs()); diff != "" {
		t.Error(diff)
	}
}

func TestCarriersLearnTheNumberOnlyWhenTheyMay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   locate.Kind
		change func(*town, rounds.Actor)
		asked  string // with this in the question; "": not at all
	}{
		"all is as it must be": {locate.GetPosition, func(*town, rounds.Actor) {}, number},
		"the org does not allow it": {locate.GetPosition, func(o *town, _ rounds.Actor) {
			o.settings(func(*rounds.Settings) {})
		}, ""},
		"the number is not known": {locate.GetPosition, func(o *town, rep rounds.Actor) {
			_, err := o.ChangeUser(context.Background(), o.admin, rep.UserID, func(u *rounds.User) { u.Subscriber = "" }, "")
			o.must(err)
		}, ""},
		"too late to prove anything": {locate.GetPosition, func(o *town, _ rounds.Actor) { o.pass(121 * time.Second) }, ""},
		"no carrier":                 {locate.Ichnaea, func(*town, rounds.Actor) {}, oneMAC},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, rep, r := blindTown(t, shared())
			p := newProvider(t, 404, "")
			o.asks(c.kind, p)
			id, raw := blind(r, morning, sees)
			o.uploaded(rep, raw)
			c.change(o, rep)
			o.must(o.locate(id))
			asked := strings.Join(p.questions(), "\n")
			if (c.asked == "") != (asked == "") || !strings.Contains(asked, c.asked) {
				t.Errorf("asked %q, want %q", asked, c.asked)
			}
			if c.kind == locate.Ichnaea && (strings.Contains(asked, number) || strings.Contains(asked, "shop")) {
				t.Errorf("told more than it need know: %s", asked)
			}
		})
	}
}

func TestALateAnswerChangesNoClosedDay(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	o.asks(locate.Ichnaea, newProvider(t, 200, ichnaea(bund.Lat(), bund.Lon(), 20)))
	id, raw := blind(r, morning, sees)
	o.uploaded(rep, raw)
	o.pass(24 * time.Hour)
	_, err := o.CloseDays(context.Background(), o.admin, rounds.Day("2026-03-04"), "paid")
	o.must(err)
	o.must(o.locate(id))
	if e, _ := o.known(id); last(e).Outcome != geo.AtRetailer {
		t.Errorf("judged %s", last(e).Outcome)
	}
	if diff := cmp.Diff([]string{"A 10:30-"}, o.visits()); diff != "" {
		t.Errorf("a closed day changed: %s", diff)
	}
	if diff := cmp.Diff([]string{"A:  -> position"}, o.late()); diff != "" {
		t.Errorf("what would have changed: %s", diff)
	}
}

// heard takes what is logged.
type heard struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.Write(b)
}

// A question that failed, was asked again and answered leaves no trace of whom it was about but in the event.
func TestLogsAndJobsNameNobody(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, openDatabase(t))
	said := &heard{}
	log := slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.log = log
	p := newProvider(t, 503, number+oneMAC+hermits)
	o.asks(locate.GetPosition, p)
	jobs, done := o.work(log)
	_, raw := blind(r, morning, sees)
	o.uploaded(rep, raw)
	if err := <-done; err == nil {
		t.Fatal("nobody failed")
	}
	p.says(403, number+oneMAC+hermits)
	o.must(<-done)
	o.must(jobs.Close(context.Background()))
	written := said.all.String() + strings.Join(o.texts(`select row_to_json(j)::text from river.river_job j`), "\n")
	if !strings.Contains(written, "503") || !strings.Contains(written, "403") {
		t.Fatalf("the failures are not told: %s", written)
	}
	for _, secret := range []string{number, oneMAC, "CF-1C-AD", hermits, "22533", "123456789"} {
		if strings.Contains(written, secret) {
			t.Errorf("%s is in\n%s", secret, written)
		}
	}
}

// work does the town's jobs and tells how each ended, until the test does.
func (o *town) work(log *slog.Logger) (*store.Jobs, <-chan error) {
	o.t.Helper()
	done := make(chan error, 100)
	w := store.NewWorkers()
	store.Handle(w, func(ctx context.Context, job LocateJob) error {
		err := o.LocateEvent(ctx, job)
		done <- err
		return err
	})
	jobs, err := o.store.StartJobs(context.Background(), w, log)
	o.must(err)
	o.t.Cleanup(func() { _ = jobs.Close(context.Background()) })
	return jobs, done
}

// The server ends between storing an event and asking about it; another takes the question up.
func TestAQuestionOutlivesItsServer(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, openDatabase(t))
	p := newProvider(t, 200, ichnaea(bund.Lat(), bund.Lon(), 20))
	o.asks(locate.Ichnaea, p)
	id, raw := blind(r, morning, sees)
	o.uploaded(rep, raw) // nobody does jobs yet
	if len(p.questions()) > 0 {
		t.Fatal("asked already")
	}
	next := &town{t: t, db: o.db, clock: o.clock, org: o.org, admin: o.admin}
	next.Office = New(o.db.s, o.now, slog.New(slog.DiscardHandler))
	t.Cleanup(next.Close)
	next.asks(locate.Ichnaea, p)
	_, done := next.work(slog.New(slog.DiscardHandler))
	o.must(<-done)
	if e, _ := next.known(id); last(e).Outcome != geo.AtRetailer {
		t.Errorf("%s", last(e).Outcome)
	}
}
