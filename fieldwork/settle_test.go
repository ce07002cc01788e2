package fieldwork

import (
	"context"
	"fmt"
	"testing"
	"time"

	"rounds"
	"rounds/blobs"
	"rounds/geo"
)

func TestATapIsToldWhatCanSettleIt(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, bare, tagged := o.rep("rep"), o.retailer("A", bund), o.retailer("B", bund)
	o.made(tagged, rounds.TokenTag, 0)
	gone := o.made(tagged, rounds.TokenTOTP, 0)
	o.must(o.RevokeToken(context.Background(), o.admin, tagged, gone.ID))
	for r, want := range map[rounds.RetailerID]string{
		bare: "[second_fix confirmation]", tagged: "[second_fix tag confirmation]",
	} {
		p := showing(r, morning)
		for _, what := range []string{"sent", "sent again"} {
			if got := fmt.Sprint(o.send(rep, p)[0].SettleBy); got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		status, err := o.EventStatus(context.Background(), rep, []rounds.EventID{p.id})
		o.must(err)
		if got := fmt.Sprint(status[0].SettleBy); got != want {
			t.Errorf("asked: %s, want %s", got, want)
		}
	}
}

// A check-out that says, with its check-in, that its rep was elsewhere is not told of evidence that could not help.
func TestAVisitElsewhereIsNotOfferedEvidence(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	_, err := o.AddPolicy(context.Background(), o.admin, geo.DefaultPolicy(), "begin")
	o.must(err)
	rep, in := o.rep("rep"), checkIn(o.retailer("A", bund), morning)
	o.do(`update pins set source = 'surveyed' where org_id = $1`, o.org.ID)
	in.place = north(600)
	out := in.out(in.at.Add(10 * time.Minute))
	if got := o.send(rep, in)[0]; fmt.Sprint(got.SettleBy) != "[second_fix confirmation]" {
		t.Errorf("the check-in: %s, %v", got.Judgement.Outcome, got.SettleBy)
	}
	for _, what := range []string{"sent", "sent again"} {
		if got := o.send(rep, out)[0]; got.Judgement.Outcome != geo.Undecided || got.SettleBy != nil {
			t.Errorf("the check-out, %s: %s, %v", what, got.Judgement.Outcome, got.SettleBy)
		}
	}
	status, err := o.EventStatus(context.Background(), rep, []rounds.EventID{in.id, out.id})
	o.must(err)
	for _, s := range status {
		if s.SettleBy != nil {
			t.Errorf("asked: %v", s.SettleBy)
		}
	}
}

// A photograph is asked for where it credits and is kept, and nothing of the phone's where it would be dropped.
func TestATapIsOfferedWhatWouldHelp(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	r, kept, ctx := o.retailer("A", bund), o.photos, context.Background()
	o.made(r, rounds.TokenTag, 0)
	settings := rounds.DefaultSettings()
	settings.Shifts = []rounds.Shift{{Days: []string{"wed"}, From: "08:00", To: "18:00"}}
	o.must(o.ChangeSettings(ctx, o.admin, settings, "agreed"))
	rep, err := o.store.Actor(ctx, o.org.ID, o.rep("rep").UserID)
	o.must(err)
	day, evening := morning.Add(time.Hour), morning.Add(10*time.Hour)
	for _, tt := range []struct {
		name, want string
		at, asked  time.Time
		photos     blobs.Store
	}{
		{"in working hours", "[second_fix tag photo confirmation]", day, day, kept},
		{"where no photographs are kept", "[second_fix tag confirmation]", day, day, nil},
		{"asked in the evening", "[confirmation]", day, evening, kept},
		{"in the evening", "[confirmation]", evening, evening, kept},
		{"sent the day after", "[confirmation]", evening, day.Add(7 * 24 * time.Hour), kept},
	} {
		o.photos = tt.photos
		p := showing(r, tt.at)
		o.set(tt.asked)
		if got := fmt.Sprint(o.send(rep, p)[0].SettleBy); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		status, err := o.EventStatus(ctx, rep, []rounds.EventID{p.id})
		o.must(err)
		if got := fmt.Sprint(status[0].SettleBy); got != tt.want {
			t.Errorf("%s, asked: %s, want %s", tt.name, got, tt.want)
		}
	}
}
