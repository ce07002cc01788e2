package fieldwork

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/blobs"
)

// orphan is content of which no row tells, stored at an instant.
func (o *town) orphan(dir, content string, at time.Time) blobs.Key {
	o.t.Helper()
	key := blobs.KeyOf(o.org.ID, []byte(content))
	o.must(o.photos.Put(context.Background(), key, "image/jpeg", []byte(content)))
	o.stored(dir, key.Sum, at)
	return key
}

func (o *town) stored(dir string, sum blobs.Sum, at time.Time) {
	o.t.Helper()
	o.must(os.Chtimes(filepath.Join(dir, o.org.ID.String(), sum.String()[:2], sum.String()), at, at))
}

// contents are the sums that are stored, sorted.
func (o *town) contents() []string {
	o.t.Helper()
	var left []string
	for stored, err := range o.photos.List(context.Background(), o.org.ID) {
		o.must(err)
		left = append(left, stored.Sum.String())
	}
	slices.Sort(left)
	return left
}

func TestContentOfNoPhotographGoesAfterADay(t *testing.T) {
	t.Parallel()
	o, dir := photoTown(t)
	rep := o.rep("rep")
	p := o.sendPhoto(rep, snap{seed: 1}.jpeg(t))
	o.stored(dir, blobs.Sum(p.StoredSum), o.now().Add(-9*day))
	o.orphan(dir, "lost", o.now().Add(-day-time.Second))
	fresh := o.orphan(dir, "perhaps under way", o.now().Add(-day))
	if r := o.retain(); r.Orphans != 1 {
		t.Errorf("%+v", r)
	}
	want := []string{fresh.Sum.String(), blobs.Sum(p.StoredSum).String()}
	slices.Sort(want)
	if got := o.contents(); !slices.Equal(got, want) {
		t.Errorf("%v are left, want %v", got, want)
	}
	if got := o.texts(`select detail->>'contents' from audit_log where org_id = $1 and action = 'photos.delete_orphans'`, o.org.ID); !slices.Equal(got, []string{"1"}) {
		t.Errorf("the audit log has %v", got)
	}
	o.pass(time.Second)
	if r := o.retain(); r.Orphans != 1 || len(o.contents()) != 1 {
		t.Errorf("when it is old enough: %+v", r)
	}
}

// A picture that somebody has sent since it was looked for is nobody's orphan, and nobody's to expire.
func TestContentThatIsWantedAgainStays(t *testing.T) {
	t.Parallel()
	o, dir := photoTown(t)
	picture := snap{seed: 1}.jpeg(t)
	seen, err := blobs.Inspect(picture, blobs.Limits{})
	o.must(err)
	o.orphan(dir, string(seen.Stripped), o.now().Add(-2*day))
	found, err := o.orphans(context.Background(), o.photos, o.org.ID)
	o.must(err)
	o.sendPhoto(o.rep("rep"), picture)
	if len(found) != 1 {
		t.Fatalf("%d orphans", len(found))
	}
	gone, err := o.deleteContent(context.Background(), o.photos, o.org.ID, found[0])
	o.must(err)
	if gone || len(o.contents()) != 1 {
		t.Error("the picture is gone")
	}
}

// putThen does something once when content is stored, before its row is written.
type putThen struct {
	blobs.Store
	once sync.Once
	then func()
}

func (p *putThen) Put(ctx context.Context, key blobs.Key, mediaType string, content []byte) error {
	err := p.Store.Put(ctx, key, mediaType, content)
	p.once.Do(p.then)
	return err
}

// Retention deletes a picture while a colleague sends the same.
func TestNoPhotographIsWithoutItsContent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		before func(o *town, dir string, picture []byte)
	}{
		{"whose time is over", func(o *town, _ string, picture []byte) {
			o.sendPhoto(o.rep("first"), picture)
			o.pass(day)
			o.close("2026-03-04")
			o.pass(60 * day)
		}},
		{"that was an orphan", func(o *town, dir string, picture []byte) {
			seen, err := blobs.Inspect(picture, blobs.Limits{})
			o.must(err)
			o.orphan(dir, string(seen.Stripped), o.now().Add(-2*day))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, dir := photoTown(t)
			picture, kept := snap{seed: 1}.jpeg(t), o.photos
			tt.before(o, dir, picture)
			o.KeepPhotos(&putThen{Store: kept, then: func() {
				o.retain()
				if left := o.contents(); len(left) != 0 {
					t.Errorf("retention left %v", left)
				}
			}})
			rep := o.rep("second")
			o.sendPhoto(rep, picture)
			blob, _, err := o.Photo(context.Background(), rep, sumOf(picture), "")
			if err != nil {
				t.Fatalf("%s: %v", rounds.CodeOf(err), err)
			}
			o.must(blob.Content.Close())
		})
	}
}
