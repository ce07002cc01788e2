package fieldwork

import (
	"context"
	"testing"
	"time"

	"rounds"

	"github.com/google/go-cmp/cmp"
)

// What a photograph says of its place is held against the new pin as well, also before it is accepted. Whoever sent
// the same picture later loses it to the visit that was first.
func TestPhotographsFollowThePinToo(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	r := o.agreed(o.reps("a", "b", "c"), 2)
	other := o.retailer("B", bund)
	sign := o.made(other, rounds.TokenTag, 0)
	e, f := o.rep("e"), o.rep("f")
	at := o.now().Add(time.Hour)
	mine := snap{seed: 1, at: at, place: sofa}.jpeg(t)
	copied := snap{seed: 1, at: at.Add(time.Minute), place: bund, comment: "my own"}.jpeg(t)
	early, late := showing(r, at, photoItem(mine)), showing(other, at.Add(time.Minute), photoItem(copied))
	early.place[1] += sofa.Lat() - bund.Lat() + 0.0001
	again := showing(other, at.Add(2*time.Minute), photoItem(copied), tag(sign.URI))
	o.set(at.Add(5 * time.Minute))
	o.send(e, early)
	o.send(f, late, again)
	o.sendPhoto(e, mine)
	o.sendPhoto(f, copied)
	standing := func() []string {
		return []string{o.creditOf(early), o.proofsOf(early), o.creditOf(late), o.proofsOf(late), o.creditOf(again), o.proofsOf(again)}
	}
	if diff := cmp.Diff([]string{
		"elsewhere ", "photo rejected photo_elsewhere", "undecided photo", "photo accepted",
		"undecided tag", "photo rejected photo_used_before; tag accepted",
	}, standing()); diff != "" {
		t.Fatalf("by the old pin: %s", diff)
	}
	o.pass(24 * time.Hour)
	id := o.learn()[0].ID
	shown, err := o.PinProposal(context.Background(), o.admin, id, "")
	o.must(err)
	o.must(o.decide(o.admin, id, true))
	want := []string{
		"undecided photo", "photo accepted", "undecided ", "photo rejected photo_used_before",
		"undecided tag", "photo rejected photo_used_before; tag accepted",
	}
	if diff := cmp.Diff(want, standing()); diff != "" {
		t.Errorf("by the new pin: %s", diff)
	}
	changes := map[rounds.VisitID]rounds.CreditedBy{}
	for _, c := range shown.Changes {
		changes[c.VisitID] = c.After.CreditedBy
	}
	if by, ok := changes[rounds.VisitID(early.id)]; !ok || by != rounds.CreditedByPhoto {
		t.Errorf("shown before: credited by %q (%t)", by, ok)
	}
	if by, ok := changes[rounds.VisitID(late.id)]; !ok || by != "" {
		t.Errorf("shown before of the copy: credited by %q (%t)", by, ok)
	}
	if _, ok := changes[rounds.VisitID(again.id)]; ok {
		t.Error("a visit that its tag credits is said to change")
	}
	accepted, err := o.PinProposal(context.Background(), o.admin, id, "")
	o.must(err)
	if diff := cmp.Diff(shown.Changes, accepted.Changes); diff != "" {
		t.Errorf("-shown +accepted: %s", diff)
	}

	o.send(e, showing(r, at.Add(3*time.Minute), photoItem(mine))) // whose arrival looks at all of the day again
	if diff := cmp.Diff(want, standing()); diff != "" {
		t.Errorf("looked at again: %s", diff)
	}
	before := append(o.visits(), o.dump()...)
	_, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {})
	o.must(err)
	if diff := cmp.Diff(before, append(o.visits(), o.dump()...)); diff != "" || changed != 0 {
		t.Errorf("derived again, %d changed: %s", changed, diff)
	}
}
