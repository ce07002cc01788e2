package fieldwork

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/blobs"
	"rounds/geo"

	"github.com/paulmach/orb"
)

// snap is what a camera writes into a photograph.
type snap struct {
	seed     int       // of the picture
	at       time.Time // zero: not said
	place    orb.Point // 0, 0: not said
	accuracy uint32    // in metres; 0: not said
	comment  string
}

// jpeg is a small photograph of random pixels with EXIF (https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf).
func (s snap) jpeg(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		img.Set(i%16, i/16, color.RGBA{byte(i * s.seed), byte(i + s.seed), byte(s.seed), 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte("Exif\x00\x00"), s.tiff()...)
	parts := [][]byte{b.Bytes()[:2], segment(0xe1, exif), segment(0xfe, []byte(s.comment)), b.Bytes()[2:]}
	return bytes.Join(parts, nil)
}

func segment(marker byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

type exifTag struct {
	id, kind uint16
	count    uint32
	value    []byte
}

func (s snap) tiff() []byte {
	var exif, gps []exifTag
	if !s.at.IsZero() {
		text := func(id uint16, v string) exifTag { return exifTag{id, 2, uint32(len(v) + 1), []byte(v + "\x00")} }
		exif = []exifTag{text(0x9003, s.at.UTC().Format("2006:01:02 15:04:05")), text(0x9011, "+00:00")}
	}
	if s.place != (orb.Point{}) {
		letter := func(id uint16, v string) exifTag { return exifTag{id, 2, 2, []byte(v + "\x00\x00\x00")} }
		angle := func(id uint16, v float64) exifTag {
			return exifTag{id, 5, 3, rational(uint32(math.Round(v*1e7)), 1e7, 0, 1, 0, 1)}
		}
		gps = []exifTag{letter(1, "N"), angle(2, s.place.Lat()), letter(3, "E"), angle(4, s.place.Lon())}
		if s.accuracy > 0 {
			gps = append(gps, exifTag{0x1f, 5, 1, rational(s.accuracy, 1)})
		}
	}
	size := func(tags []exifTag) int { return 2 + 12*len(tags) + 4 }
	exifAt := 8 + 2 + 2*12 + 4
	gpsAt := exifAt + size(exif)
	valuesAt := gpsAt + size(gps)
	out := binary.BigEndian.AppendUint32([]byte("MM\x00*"), 8)
	var values []byte
	long := func(v int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }
	for _, tags := range [][]exifTag{{{0x8769, 4, 1, long(exifAt)}, {0x8825, 4, 1, long(gpsAt)}}, exif, gps} {
		out = binary.BigEndian.AppendUint16(out, uint16(len(tags)))
		for _, g := range tags {
			out = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, g.id), g.kind)
			out = binary.BigEndian.AppendUint32(out, g.count)
			if len(g.value) <= 4 {
				out = append(out, g.value...)
				continue
			}
			out = binary.BigEndian.AppendUint32(out, uint32(valuesAt+len(values)))
			values = append(values, g.value...)
		}
		out = binary.BigEndian.AppendUint32(out, 0)
	}
	return append(out, values...)
}

func rational(parts ...uint32) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, p)
	}
	return out
}

func photoItem(data []byte) string {
	return fmt.Sprintf(`{"kind":"photo","sha256":%q}`, blobs.SumOf(data))
}

// photoTown is a town whose policy takes photographs, and the directory that they are in.
func photoTown(t *testing.T) (*town, string) {
	t.Helper()
	o, dir := newTown(t), t.TempDir()
	keeper, err := blobs.OpenDir(dir)
	o.must(err)
	t.Cleanup(func() { _ = keeper.Close() })
	o.KeepPhotos(keeper)
	policy := geo.PlainPolicy()
	policy.Credits = append(policy.Credits, geo.EvidencePhoto)
	_, err = o.AddPolicy(context.Background(), o.admin, policy, "photographs")
	o.must(err)
	return o, dir
}

func (o *town) sendPhoto(a rounds.Actor, data []byte) rounds.Photo {
	o.t.Helper()
	p, _, err := o.AddPhoto(context.Background(), a, data)
	o.must(err)
	return p
}

func north(meters float64) orb.Point { return orb.Point{bund.Lon(), bund.Lat() + meters/111_000} }

func TestWhatAPhotographProves(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	r := o.retailer("A", bund)
	at := morning.Add(10 * time.Minute)
	for i, tt := range []struct {
		name, want, credit string
		snap               snap
	}{
		{"taken here and now", "photo accepted", "photo", snap{at: at, place: north(20), accuracy: 10}},
		{"nine minutes later", "photo accepted", "photo", snap{at: at.Add(9 * time.Minute), place: north(20)}},
		{"eleven minutes before", "photo rejected photo_other_time", "", snap{at: at.Add(-11 * time.Minute), place: north(20)}},
		{"outside by less than its accuracy", "photo accepted", "photo", snap{at: at, place: north(110), accuracy: 20}},
		{"outside by more", "photo rejected photo_elsewhere", "", snap{at: at, place: north(130), accuracy: 20}},
		{"so inaccurate that it is everywhere", "photo pending photo_unproved", "", snap{at: at, place: north(5000), accuracy: 9000}},
		{"without a position", "photo pending photo_unproved", "", snap{at: at}},
		{"at 0, 0, as cameras without a position say", "photo pending photo_unproved", "", snap{at: at, place: orb.Point{1e-9, 1e-9}}},
		{"without a time", "photo pending photo_unproved", "", snap{place: north(20)}},
		{"without either", "photo pending photo_unproved", "", snap{}},
		{"elsewhere, without a time", "photo rejected photo_elsewhere", "", snap{place: north(900)}},
	} {
		for n, first := range []string{"event", "photo"} {
			tt.snap.seed = 2*i + n + 1
			rep, data := o.rep(tt.name+first), tt.snap.jpeg(t)
			p := showing(r, at, photoItem(data))
			o.set(at.Add(9 * time.Minute)) // soon enough for the time to be known
			if first == "photo" {
				o.sendPhoto(rep, data)
			}
			got := o.send(rep, p)[0]
			if first == "event" {
				if proofs(got.Proofs) != "photo pending photo_missing" || got.CreditedBy != "" {
					t.Errorf("%s, before it comes: %s", tt.name, proofs(got.Proofs))
				}
				o.sendPhoto(rep, data)
			}
			if o.proofsOf(p) != tt.want || o.creditOf(p) != "undecided "+tt.credit {
				t.Errorf("%s, %s first: %s, %s", tt.name, first, o.proofsOf(p), o.creditOf(p))
			}
		}
	}
}

// A photograph is one visit's, whoever sends it again, also with other metadata around the same picture.
func TestAPhotographIsUsedOnce(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	r := o.retailer("A", bund)
	anna, ben := o.rep("anna"), o.rep("ben")
	o.set(morning.Add(9 * time.Minute))
	mine := snap{seed: 1, at: morning, place: north(5)}.jpeg(t)
	copied := snap{seed: 1, at: morning.Add(5 * time.Minute), place: north(6), comment: "my own"}.jpeg(t)
	late := showing(r, morning.Add(5*time.Minute), photoItem(copied))
	early := showing(r, morning, photoItem(mine))
	o.send(ben, late)
	o.sendPhoto(ben, copied)
	if got := o.creditOf(late); got != "undecided photo" {
		t.Fatal(got)
	}
	o.sendPhoto(anna, mine)
	o.send(anna, early)
	if got := []string{o.creditOf(early), o.creditOf(late), o.proofsOf(late)}; strings.Join(got, ", ") != "undecided photo, undecided , photo rejected photo_used_before" {
		t.Error(got)
	}
	stolen := showing(r, morning.Add(time.Minute), photoItem(mine))
	o.send(ben, stolen)
	if got := o.proofsOf(stolen); got != "photo pending photo_missing" {
		t.Errorf("somebody else's photograph: %s", got)
	}
	if n, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {}); n != 3 || changed != 0 || err != nil {
		t.Errorf("derived again: %d visits, %d changed, %v", n, changed, err)
	}
}

func TestWhatIsKeptOfAPhotograph(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	rep := o.rep("rep")
	data := snap{seed: 3, at: morning, place: north(20), comment: "a secret"}.jpeg(t)
	p, created, err := o.AddPhoto(context.Background(), rep, data)
	o.must(err)
	again, twice, err := o.AddPhoto(context.Background(), rep, data)
	o.must(err)
	if !created || twice || !bytes.Equal(again.SHA256, p.SHA256) || !p.TakenAt.Equal(morning) || p.Width != 16 {
		t.Errorf("%t %t %+v", created, twice, p)
	}
	blob, _, err := o.Photo(context.Background(), rep, p.SHA256, "")
	o.must(err)
	kept, err := io.ReadAll(blob.Content)
	o.must(errors.Join(err, blob.Content.Close()))
	if bytes.Contains(kept, []byte("secret")) || bytes.Contains(kept, []byte("Exif")) || !bytes.Equal(p.StoredSum, sumOf(kept)) {
		t.Error("it still says where it was taken")
	}
}

func sumOf(data []byte) []byte { sum := blobs.SumOf(data); return sum[:] }

func TestNothingIsHalfStored(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	down, err := blobs.NewS3(blobs.S3Config{
		Endpoint: "http://127.0.0.1:1", Region: "r", Bucket: "photos", AccessKey: "a", SecretKey: "s", PathStyle: true, Timeout: 5 * time.Second,
	})
	o.must(err)
	defer down.Close()
	kept := o.photos
	o.KeepPhotos(down)
	rep, data := o.rep("rep"), snap{seed: 5}.jpeg(t)
	_, _, err = o.AddPhoto(context.Background(), rep, data)
	wantCode(t, "the bucket is down", err, rounds.Unavailable)
	if rows := o.texts(`select type from photos where org_id = $1`, o.org.ID); len(rows) > 0 {
		t.Errorf("%v", rows)
	}
	o.KeepPhotos(kept)
	o.sendPhoto(rep, data)
}

func TestThePhotographsOfOneDayAreLimited(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	rep := o.rep("rep")
	o.do(`
		insert into photos (org_id, rep_id, sha256, stored_sum, type, bytes, width, height, received_at)
		select $1, $2, sha256(n::text::bytea), sha256(n::text::bytea), 'image/png', 1, 1, 1, $4
		from generate_series(1, $3) n`, o.org.ID, rep.UserID, photosADay, o.now())
	_, _, err := o.AddPhoto(context.Background(), rep, snap{seed: 1}.jpeg(t))
	wantCode(t, "one more", err, rounds.TooMany)
	o.pass(25 * time.Hour)
	o.sendPhoto(rep, snap{seed: 1}.jpeg(t))
}

func TestWhoLooksAtPhotographs(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	rep, boss, ctx := o.rep("rep"), o.person(o.admin, "boss", rounds.RoleSupervisor), context.Background()
	unit, err := o.AddUnit(ctx, o.admin, rounds.Unit{ParentID: o.admin.UnitID, Name: "elsewhere"})
	o.must(err)
	away := o.admin
	away.UnitID = unit.ID
	shown, loose := snap{seed: 1, at: morning, place: north(20)}.jpeg(t), snap{seed: 2}.jpeg(t)
	o.sendPhoto(rep, loose)
	o.sendPhoto(rep, shown)
	o.send(rep, showing(o.retailer("A", bund), morning, photoItem(shown)))
	for _, tt := range []struct {
		name    string
		who     rounds.Actor
		data    []byte
		purpose string
		want    rounds.Code
	}{
		{"its rep", rep, shown, "", ""},
		{"its rep, one of no event", rep, loose, "", ""},
		{"a supervisor, without saying why", boss, shown, " ", rounds.Invalid},
		{"a supervisor, one of no event", boss, loose, "case 7", rounds.NotFound},
		{"a supervisor", boss, shown, "case 7", ""},
		{"a planner", o.person(o.admin, "planner", rounds.RolePlanner), shown, "case 7", rounds.Forbidden},
		{"a supervisor elsewhere", o.person(away, "far", rounds.RoleSupervisor), shown, "case 7", rounds.NotFound},
		{"a colleague", o.rep("colleague"), shown, "case 7", rounds.NotFound},
	} {
		blob, _, err := o.Photo(ctx, tt.who, sumOf(tt.data), tt.purpose)
		wantCode(t, tt.name, err, tt.want)
		if err == nil {
			o.must(blob.Content.Close())
		}
	}
	if log := o.texts(`select purpose from position_reads where org_id = $1`, o.org.ID); !slices.Equal(log, []string{"case 7"}) {
		t.Errorf("the log has %q", log)
	}
}

func TestPhotographsGoWithTheirPositions(t *testing.T) {
	t.Parallel()
	o, dir := photoTown(t)
	rep, r := o.rep("rep"), o.retailer("A", bund)
	here := snap{seed: 1, at: morning, place: north(20)}
	data, loose, tomorrow := here.jpeg(t), snap{seed: 2, place: secretPlace}.jpeg(t), snap{seed: 3}.jpeg(t)
	p := showing(r, morning, photoItem(data))
	o.send(rep, p)
	o.sendPhoto(rep, data)
	o.sendPhoto(rep, loose)
	o.pass(day)
	o.send(rep, showing(r, morning.Add(day), photoItem(tomorrow)))
	o.sendPhoto(rep, tomorrow)
	o.pass(day)
	o.close("2026-03-04")
	o.pass(60 * day)
	due, err := o.RetentionDue(context.Background(), o.org.ID)
	o.must(err)
	if due.Photos != 2 {
		t.Errorf("due: %+v", due)
	}
	kept := o.photos
	down, err := blobs.NewS3(blobs.S3Config{Endpoint: "http://127.0.0.1:1", Region: "r", Bucket: "photos", AccessKey: "a", SecretKey: "s", PathStyle: true})
	o.must(err)
	o.KeepPhotos(down)
	_, err = o.Retention(context.Background(), o.org.ID, func(int) {})
	wantCode(t, "the bucket is down", err, rounds.Unavailable)
	o.must(down.Close())
	o.KeepPhotos(kept)
	o.retain()
	var left []string
	for key, err := range kept.List(context.Background(), o.org.ID) {
		o.must(err)
		left = append(left, key.Sum.String())
	}
	stripped := o.texts(`select encode(stored_sum, 'hex') from photos where org_id = $1 and deleted_at is null`, o.org.ID)
	if len(left) != 1 || !slices.Equal(left, stripped) {
		t.Errorf("%s has %v, want %v", dir, left, stripped)
	}
	if fixes := o.texts(`select lat::text from photo_fixes where org_id = $1`, o.org.ID); len(fixes) != 0 {
		t.Errorf("positions stay: %v", fixes)
	}
	if got := o.proofsOf(p) + ", " + o.creditOf(p); got != "photo accepted, undecided photo" {
		t.Errorf("what was found: %s", got)
	}
	_, _, err = o.Photo(context.Background(), rep, sumOf(data), "")
	wantCode(t, "its time is over", err, rounds.NotFound)
	_, created, err := o.AddPhoto(context.Background(), rep, data)
	if created || err != nil {
		t.Errorf("sent again it is stored again: %t %v", created, err)
	}
	if again := o.retain(); again.Photos != 0 {
		t.Errorf("%+v", again)
	}
}

// In whichever order two reps' events and their copies of one photograph arrive, the first visit has it.
func TestEventsAndPhotographsComeInAnyOrder(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	r := o.retailer("A", bund)
	mine := snap{seed: 1, at: morning, place: north(5)}.jpeg(t)
	copied := snap{seed: 1, at: morning.Add(time.Minute), place: north(6)}.jpeg(t)
	for _, order := range permutations([]int{0, 1, 2, 3}) {
		o.set(morning.Add(9 * time.Minute))
		o.do(`delete from event_evidence where org_id = $1`, o.org.ID)
		o.do(`delete from photo_fixes where org_id = $1`, o.org.ID)
		o.do(`delete from photos where org_id = $1`, o.org.ID)
		anna, ben := o.rep(fmt.Sprint("anna ", order)), o.rep(fmt.Sprint("ben ", order))
		early, late := showing(r, morning, photoItem(mine)), showing(r, morning.Add(time.Minute), photoItem(copied))
		for _, step := range order {
			[]func(){
				func() { o.send(anna, early) }, func() { o.send(ben, late) },
				func() { o.sendPhoto(anna, mine) }, func() { o.sendPhoto(ben, copied) },
			}[step]()
		}
		if got := o.creditOf(early) + ", " + o.creditOf(late) + ", " + o.proofsOf(late); got != "undecided photo, undecided , photo rejected photo_used_before" {
			t.Errorf("%v: %s", order, got)
		}
	}
}

func permutations(of []int) [][]int {
	if len(of) == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for i, first := range of {
		rest := slices.Concat(of[:i], of[i+1:])
		for _, p := range permutations(rest) {
			all = append(all, append([]int{first}, p...))
		}
	}
	return all
}

// Where somebody was outside working hours is not stored of a photograph either.
func TestAPhotographTakenOffShiftLeavesItsPlaceBehind(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	settings := rounds.DefaultSettings()
	settings.Shifts = []rounds.Shift{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:00", To: "18:00"}}
	o.must(o.ChangeSettings(context.Background(), o.admin, settings, "agreed"))
	rep, err := o.store.Actor(context.Background(), o.org.ID, o.rep("rep").UserID)
	o.must(err)
	evening := morning.Add(10 * time.Hour)
	o.set(evening)
	o.sendPhoto(rep, snap{seed: 1, at: evening, place: north(3), accuracy: 5}.jpeg(t))
	if kept := o.texts(`select 'fix' from photo_fixes where org_id = $1`, o.org.ID); len(kept) > 0 {
		t.Error("its position is stored")
	}
	if kept := o.texts(`select 'photo' from photos where org_id = $1`, o.org.ID); len(kept) != 1 {
		t.Errorf("%d photographs are kept", len(kept))
	}
}

// A photograph at any of the shop's entrances is taken at the shop, as a position there is.
func TestAPhotographAtAnotherEntrance(t *testing.T) {
	t.Parallel()
	o, _ := photoTown(t)
	fresh := FreshRetailer()
	fresh.Code, fresh.Name = "M", "Market"
	market, err := o.AddRetailer(context.Background(), o.admin, fresh, &PinChange{Pin: geo.Pin{Point: bund, Entrances: []orb.Point{north(400)}}})
	o.must(err)
	rep, data := o.rep("rep"), snap{seed: 1, at: morning, place: north(420)}.jpeg(t)
	p := showing(market.ID, morning, photoItem(data))
	p.place = north(511)
	o.sendPhoto(rep, data)
	o.send(rep, p)
	if got := o.creditOf(p) + ", " + o.proofsOf(p); got != "undecided photo, photo accepted" {
		t.Error(got)
	}
}
