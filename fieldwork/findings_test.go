package fieldwork

import (
	"context"
	"encoding/json"
	"testing"

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
