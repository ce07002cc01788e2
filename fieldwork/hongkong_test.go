package fieldwork

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/paulmach/orb"
)

// A phone in Hong Kong says "gcj02" and means what the org's settings say.
func TestHongKongFollowsTheSetting(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	central := orb.Point{114.1577, 22.2849}
	r := o.retailer("A", central)
	shifted := geo.Datums{ShiftHongKongMacau: true}
	judge := func() geo.Outcome {
		e := rounds.VisitEvent{RetailerID: r, Fixes: []rounds.Fix{{Fix: geo.Fix{
			Point: shifted.FromWGS84(central, geo.GCJ02), Datum: geo.GCJ02, Accuracy: 8, AccuracyKind: geo.Android68,
		}}}}
		a, err := o.store.Actor(context.Background(), o.org.ID, o.admin.UserID)
		o.must(err)
		places, err := o.store.Places(context.Background(), o.org.ID, []rounds.RetailerID{r}, []rounds.Day{"2026-03-04"}, []rounds.UserID{o.rep("rep " + rounds.NewID[rounds.User]().String()).UserID})
		o.must(err)
		return judgement(geo.PlainPolicy(), places[0], a.Settings.Datums(), e).Outcome
	}
	if got := judge(); got != geo.Elsewhere {
		t.Errorf("before: %s", got)
	}
	settings := rounds.DefaultSettings()
	settings.ShiftHongKongMacau = true
	o.must(o.ChangeSettings(context.Background(), o.admin, settings, "AMap's phones"))
	if got := judge(); got != geo.AtRetailer {
		t.Errorf("after: %s", got)
	}
}

// inGCJ02 is the tap of a phone whose fix says gcj02 and is shifted where AMap shifts.
func inGCJ02(p tap) json.RawMessage {
	shifted := geo.Datums{ShiftHongKongMacau: true}
	p.place = shifted.FromWGS84(p.place, geo.GCJ02)
	return json.RawMessage(strings.Replace(string(p.json()), `"fixes": [{`, `"fixes": [{"datum": "gcj02", `, 1))
}

// What a pin is learned from means what it is judged by.
func TestPinsAreLearnedInHongKongByTheSetting(t *testing.T) {
	t.Parallel()
	central := orb.Point{114.1577, 22.2849}
	for _, shifts := range []bool{true, false} {
		o := newTown(t)
		o.settings(func(s *rounds.Settings) { s.ShiftHongKongMacau = shifts })
		r, there := o.retailer("A", central), orb.Point{central[0], central[1] + 0.0027}
		for i, rep := range o.reps("a", "b", "c") {
			in := checkIn(r, morning.Add(time.Duration(15*i)*time.Minute))
			in.place = there
			o.set(in.at.Add(time.Minute))
			o.sendRaw(rep, inGCJ02(in))
		}
		o.pass(24 * time.Hour)
		found := o.learn()
		if len(found) != 1 {
			t.Fatalf("with the setting %t: %d proposals, want one", shifts, len(found))
		}
		away := geo.Distance(found[0].Pin.Point, there)
		if near := away < 20; near != shifts {
			t.Errorf("with the setting %t the pin is proposed %.0f m from where they were", shifts, float64(away))
		}
	}
}

// What a journey is measured by means it too.
func TestSpeedsInHongKongFollowTheSetting(t *testing.T) {
	t.Parallel()
	for _, shifts := range []bool{true, false} {
		o := newTown(t)
		o.settings(func(s *rounds.Settings) { s.ShiftHongKongMacau = shifts })
		one := checkIn(o.retailer("A", orb.Point{114.1577, 22.2849}), morning)
		one.place = orb.Point{114.1577, 22.2849}
		two := far(one.out(morning.Add(3*time.Second)), 5)
		o.set(morning.Add(time.Minute))
		sent := rounds.Sent{BootID: "boot 0", Time: o.now(), UptimeMS: o.now().Sub(phoneStarted).Milliseconds()}
		_, err := o.Upload(context.Background(), o.rep("a"), sent, []json.RawMessage{one.json(), inGCJ02(two)})
		o.must(err)
		o.examine()
		found := o.texts(`select detail->>'distance_m' from integrity_signals where org_id = $1 and event_id = $2`, o.org.ID, two.id)
		if want := []string{"4947"}; slices.Equal(found, want) != shifts {
			t.Errorf("with the setting %t the journey had %v m, of 4979 m less 32 m for uncertainty", shifts, found)
		}
	}
}

// Where a photograph was taken is held against the same pin as where its phone was.
func TestPhotographsInHongKongFollowTheSetting(t *testing.T) {
	t.Parallel()
	central := orb.Point{114.1577, 22.2849}
	written := geo.Datums{ShiftHongKongMacau: true}.FromWGS84(central, geo.GCJ02)
	for shifts, want := range map[bool]string{true: "photo accepted", false: "photo rejected photo_elsewhere"} {
		o, _ := photoTown(t)
		o.settings(func(s *rounds.Settings) { s.ShiftHongKongMacau = shifts })
		rep, data := o.rep("rep"), snap{seed: 1, at: morning, place: written}.jpeg(t)
		o.sendPhoto(rep, data)
		o.do(`update photo_fixes set datum = 'gcj02' where org_id = $1`, o.org.ID)
		p := showing(o.retailer("A", central), morning, photoItem(data))
		p.place = central
		o.send(rep, p)
		if got := o.proofsOf(p); got != want {
			t.Errorf("with the setting %t: %s, want %s", shifts, got, want)
		}
	}
}
