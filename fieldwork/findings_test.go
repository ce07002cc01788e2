package fieldwork

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"rounds"
	"rounds/blobs"
)

// A photograph that a finding names goes when the finding's time is over, however long before it came itself.
func TestPhotographsOfFindingsStayAsLongAsTheFindings(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	keeper, err := blobs.OpenDir(t.TempDir())
	o.must(err)
	t.Cleanup(func() { _ = keeper.Close() })
	o.KeepPhotos(keeper)
	named, shown, loose, others := snap{seed: 1}.jpeg(t), snap{seed: 2}.jpeg(t), snap{seed: 3}.jpeg(t), snap{seed: 4}.jpeg(t)
	for _, data := range [][]byte{named, shown, loose} {
		o.sendPhoto(o.auditor, data)
	}
	o.sendPhoto(o.rep, others)
	o.send(o.auditor, showing(o.a, morning, photoItem(shown)))
	o.pass(3 * day)
	f := o.finding("no")
	for name, data := range map[string][]byte{"front": named, "inside": shown, "not_mine": others} {
		f.Answers[name], _ = json.Marshal(blobs.SumOf(data).String())
	}
	o.must(o.find(f))
	o.close("2026-03-04")
	left := func(when string, gone int64, want map[string]rounds.Code) {
		t.Helper()
		if r := o.retain(); r.Photos != gone {
			t.Errorf("%s: %+v", when, r)
		}
		for name, data := range map[string][]byte{"named": named, "named and shown": shown, "of nothing": loose} {
			blob, _, err := o.Photo(context.Background(), o.auditor, sumOf(data), "")
			wantCode(t, when+", "+name, err, want[name])
			if err == nil {
				o.must(blob.Content.Close())
			}
		}
	}
	o.pass(60 * day)
	left("when the photographs' own day is over", 2, map[string]rounds.Code{"of nothing": rounds.NotFound})
	o.close("2026-03-06")
	o.pass(60 * day)
	left("when the day before the finding's is over", 0, map[string]rounds.Code{"of nothing": rounds.NotFound})
	o.close("2026-03-07")
	o.pass(60 * day)
	left("when the finding's day is over", 2, map[string]rounds.Code{"named": rounds.NotFound, "named and shown": rounds.NotFound, "of nothing": rounds.NotFound})
}

// What came outside working hours and is no finding might say anything, where somebody was too. A finding has no place for that.
func TestRefusedFindingsOfTheEvening(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	o.hours()
	auditor, err := o.store.Actor(context.Background(), o.org.ID, o.auditor.UserID)
	o.must(err)
	text := func(met, answered, more string) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"id":%q,"audit_id":%q,"retailer_id":%q,"form_version":1,"met":%q,"answered_at":%q%s}`,
			rounds.NewID[rounds.Finding](), o.audit.ID, o.a, met, answered, more))
	}
	for _, tt := range []struct {
		name string
		at   time.Time
		raw  json.RawMessage
		kept bool
	}{
		{"unreadable, in the morning", morning, text("visited", "2026-03-04T10:00:00+08:00", `,"gps":"31.23774"`), true},
		{"refused by its form, in the evening", morning.Add(12 * time.Hour), text("visited", "2026-03-04T21:00:00+08:00", ""), true},
		{"unreadable, in the evening", morning.Add(12 * time.Hour), text("visited", "2026-03-04T10:00:00+08:00", `,"gps":"31.23774"`), false},
		{"unreadable, answered in the evening", morning, text("visited", "2026-03-03T21:00:00+08:00", `,"gps":"31.23774"`), false},
	} {
		o.set(tt.at)
		results, err := o.AddFindings(context.Background(), auditor, []json.RawMessage{tt.raw})
		o.must(err)
		kept := o.texts(`select encode(raw, 'escape') from quarantine where org_id = $1 and finding_id = $2`, o.org.ID, results[0].ID)
		if results[0].Status != Rejected || len(kept) != 1 || (kept[0] == string(tt.raw)) != tt.kept || (kept[0] == "") == tt.kept {
			t.Errorf("%s: %s, kept is %q", tt.name, results[0].Status, kept)
		}
	}
}

// A finding at a retailer that nobody knows waits for a person. It is no event that could be taken when the retailer comes.
func TestRefusedFindingsDoNotBecomeEvents(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	r := FreshRetailer()
	r.ID, r.Code, r.Name = rounds.NewID[rounds.Retailer](), "C", "Shop C"
	event := checkIn(r.ID, morning).json()
	results, err := o.AddFindings(context.Background(), o.auditor, []json.RawMessage{event})
	o.must(err)
	_, err = o.AddRetailer(context.Background(), o.admin, r, nil)
	o.must(err)
	waiting := o.texts(`select code from quarantine where org_id = $1 and finding and resolved_at is null`, o.org.ID)
	if results[0].Status != Rejected || len(waiting) != 1 || o.visits() != nil {
		t.Errorf("%s, %v waits, visits %v", results[0].Status, waiting, o.visits())
	}
}
