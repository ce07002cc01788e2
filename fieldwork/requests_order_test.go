package fieldwork

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// steps are the history's uploads, a claimed end for some of its check-ins, good or bad, and a few missed
// check-ins; all are accepted.
func (o *town) steps(t *rapid.T, h history, reps []rounds.Actor, claims map[rounds.EventID]int, extra []repTap) []step {
	var all []step
	ctx := context.Background()
	file := func(rep rounds.Actor, r rounds.Request, needs ...rounds.EventID) {
		r.RepID, r.RetailerID, r.Day, r.CreatedAt = rep.UserID, h.retailers[0], "2026-03-04", morning
		all = append(all,
			step{needs, func() error { return o.store.InsertRequest(ctx, o.org.ID, r) }, rounds.EventID(r.ID)},
			step{[]rounds.EventID{rounds.EventID(r.ID)}, func() error {
				_, err := o.DecideRequest(ctx, o.admin, r.ID, rounds.RequestAccepted, "because")
				return err
			}, rounds.EventID{}})
	}
	for _, p := range h.taps {
		all = append(all, step{nil, func() error { _, err := o.upload(reps[p.rep], p.tap); return err }, p.id})
		if minute, ok := claims[p.id]; ok {
			r := forgotten(p.id, past(minute))
			file(reps[p.rep], r, p.id)
		}
	}
	for _, p := range extra {
		r := missed(p.retailer, p.at, p.at.Add(5*time.Minute))
		r.ID = rounds.RequestID(p.id)
		file(reps[p.rep], r)
	}
	return all
}

// run takes the steps in their order, each as soon as what it needs is there.
func (o *town) run(t *rapid.T, all []step) {
	there := map[rounds.EventID]bool{}
	for len(all) > 0 {
		at := slices.IndexFunc(all, func(s step) bool {
			return !slices.ContainsFunc(s.needs, func(id rounds.EventID) bool { return !there[id] })
		})
		if at < 0 {
			t.Fatalf("%d steps wait for ever", len(all))
		}
		if err := all[at].do(); err != nil {
			t.Fatal(err)
		}
		there[all[at].makes] = true
		all = slices.Delete(all, at, at+1)
	}
}

// Whether a decision comes before or after the events that it is about, the visits are the same, and so they
// are when derived again from nothing.
func TestTheOrderOfDecisionsDoesNotMatter(t *testing.T) {
	t.Parallel()
	inOrder, anyhow := newTown(t), newTown(t)
	check := func(t *rapid.T) {
		h := someHistory().Draw(t, "history")
		claims := map[rounds.EventID]int{}
		var extra []repTap
		for _, p := range h.taps {
			if p.of.IsZero() && rapid.Bool().Draw(t, "forgotten") {
				claims[p.id] = rapid.IntRange(-2, 800).Draw(t, "claimed")
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "missed") {
			extra = append(extra, repTap{rapid.IntRange(0, 2).Draw(t, "rep"), checkIn(h.retailers[0], past(rapid.IntRange(0, 9).Draw(t, "minute")))})
		}
		play := func(o *town, order func([]step) []step) []string {
			reps := o.play(h)
			o.run(t, order(o.steps(t, h, reps, claims, extra)))
			return o.dump()
		}
		want := play(inOrder, func(s []step) []step { return s })
		got := play(anyhow, func(s []step) []step { return rapid.Permutation(s).Draw(t, "order") })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		anyhow.rederive(t, want)
	}
	for range soaks(100) { // times thirty histories
		rapid.Check(t, check)
	}
}

// A decision and a check-out on two connections at once: the visit is the one that the check-out ended.
func TestADecisionAndACheckOutAtOnce(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, boss, a := o.rep("rep"), o.person(o.admin, "boss", rounds.RoleSupervisor), o.retailer("A", bund)
	var want []string
	for i := range 10 {
		in := checkIn(a, past(30*i))
		o.send(rep, in)
		id := o.ask(rep, forgotten(in.id, past(30*i+20)))
		var both sync.WaitGroup
		both.Go(func() { o.answer(boss, id, rounds.RequestAccepted) })
		both.Go(func() { o.send(rep, in.out(past(30*i+15))) })
		both.Wait()
		want = append(want, "15min by position")
	}
	for i, line := range o.visits() {
		if !strings.HasSuffix(line, want[i]) {
			t.Errorf("%s, want %s", line, want[i])
		}
	}
	o.deriveFromNothing("at once")
}
