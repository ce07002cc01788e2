package fieldwork

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/blobs"
	"rounds/clocks"
	"rounds/geo"
	"rounds/store"
)

// photosADay is how many photographs a rep may send in 24 hours: some for each of fifty visits.
const photosADay = 500

// KeepPhotos says where photographs are kept. It is called before anything else; without it none are taken.
func (o *Office) KeepPhotos(in blobs.Store) { o.photos = in }

func (o *Office) keeper() (blobs.Store, error) {
	if o.photos == nil {
		return nil, rounds.Errorf(rounds.Unavailable, "this server keeps no photographs: ask whoever runs it")
	}
	return o.photos, nil
}

// AddPhoto keeps a photograph of the actor's, without what it says of place and time, and looks again at the
// events that show it. One that was sent before changes nothing: created is false.
func (o *Office) AddPhoto(ctx context.Context, a rounds.Actor, data []byte) (p rounds.Photo, created bool, err error) {
	if err := allow(a, visiting); err != nil {
		return p, false, err
	}
	keeper, err := o.keeper()
	if err != nil {
		return p, false, err
	}
	seen, err := blobs.Inspect(data, blobs.Limits{})
	if err != nil {
		return p, false, err
	}
	if p, err = o.knownPhoto(ctx, a, seen.Original); err != nil || p.SHA256 != nil {
		return p, false, err
	}
	p = photoOf(a, seen, o.now())
	err = o.putPhoto(ctx, keeper, a.OrgID, p, seen.Stripped)
	if rounds.CodeOf(err) == rounds.Conflict { // sent twice at once
		return p, false, nil
	}
	return p, err == nil, err
}

// putPhoto stores the content first, so that no row is without it, and once more if retention, to which it was
// nobody's, deleted it before the row was there.
func (o *Office) putPhoto(ctx context.Context, keeper blobs.Store, org rounds.OrgID, p rounds.Photo, content []byte) error {
	key := blobs.Key{Org: org, Sum: blobs.Sum(p.StoredSum)}
	for {
		if err := keeper.Put(ctx, key, p.Type, content); err != nil {
			return err
		}
		err := o.inTurn(ctx, org, unheld, func(tx *store.Store, t *turn) error { return addPhoto(ctx, tx, t, keeper, p) })
		if !errors.Is(err, errSwept) {
			return err
		}
	}
}

var errSwept = errors.New("the content was deleted before its row was written")

// isThere is asked under the claim of the content, under which alone it is deleted.
func isThere(ctx context.Context, keeper blobs.Store, key blobs.Key) error {
	blob, err := keeper.Get(ctx, key)
	if rounds.CodeOf(err) == rounds.NotFound {
		return errSwept
	}
	if err != nil {
		return err
	}
	return blob.Content.Close()
}

// knownPhoto is the photograph if its rep sent it before; else it refuses one too many.
func (o *Office) knownPhoto(ctx context.Context, a rounds.Actor, sum blobs.Sum) (rounds.Photo, error) {
	found, err := o.store.Photos(ctx, a.OrgID, []rounds.UserID{a.UserID}, [][]byte{sum[:]})
	if err != nil || len(found) > 0 {
		return append(found, rounds.Photo{})[0], err
	}
	n, err := o.store.PhotosSince(ctx, a.OrgID, a.UserID, o.now().AddDate(0, 0, -1))
	if err == nil && n >= photosADay {
		err = rounds.Errorf(rounds.TooMany, "you have sent %d photographs within a day: send the rest tomorrow", n)
	}
	return rounds.Photo{}, err
}

// photoOf takes a camera that does not say where its clock is set to for one in the org's time zone.
func photoOf(a rounds.Actor, seen *blobs.Photo, now time.Time) rounds.Photo {
	p := rounds.Photo{
		RepID: a.UserID, SHA256: seen.Original[:], StoredSum: seen.Sum[:], Type: string(seen.Type), Bytes: len(seen.Stripped),
		Width: seen.Width, Height: seen.Height, ReceivedAt: now, Fix: seen.Taken.Fix,
	}
	if p.Fix != nil && p.Fix.Datum == "" {
		p.Fix.Datum = geo.WGS84
	}
	at, clock := seen.Taken.At, seen.Taken.Clock
	if at.IsZero() && !clock.IsZero() {
		at = time.Date(clock.Year(), clock.Month(), clock.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, a.Zone)
	}
	if !at.IsZero() {
		p.TakenAt = new(at.UTC().Truncate(time.Microsecond))
	}
	if !a.Settings.OnShift(*cmp.Or(p.TakenAt, &now), a.Zone) {
		p.Fix = nil // where somebody was outside working hours is not stored
	}
	return p
}

func addPhoto(ctx context.Context, tx *store.Store, t *turn, keeper blobs.Store, p rounds.Photo) error {
	if err := t.claim(ctx, tx, [][]byte{p.StoredSum}); err != nil {
		return err
	}
	if err := isThere(ctx, keeper, blobs.Key{Org: t.org, Sum: blobs.Sum(p.StoredSum)}); err != nil {
		return err
	}
	if err := t.lockReps(ctx, tx, []rounds.UserID{p.RepID}); err != nil {
		return err
	}
	if err := tx.InsertPhoto(ctx, t.org, p); err != nil {
		return err
	}
	events, err := tx.EventsShowing(ctx, t.org, p.RepID, p.SHA256)
	if err != nil || len(events) == 0 {
		return err
	}
	changed, err := weigh(ctx, tx, t, p.ReceivedAt, events)
	if err != nil {
		return err
	}
	parts, err := tx.VisitPartsOf(ctx, t.org, changed, append(t.reps, p.RepID))
	if err != nil {
		return err
	}
	_, err = saveDerived(ctx, tx, t.org, deriveAll(parts, derive))
	return err
}

// Photo opens a photograph of the actor's own or, for a purpose, of a visit that the actor may review, whose rep will read
// of it, or of a finding of an audit that the actor sees: that it was looked at is written down first. Its Content must be closed.
func (o *Office) Photo(ctx context.Context, a rounds.Actor, sum []byte, purpose string) (*blobs.Blob, rounds.Photo, error) {
	keeper, err := o.keeper()
	if err != nil {
		return nil, rounds.Photo{}, err
	}
	owner, err := o.photoOwner(ctx, a, sum, strings.TrimSpace(purpose))
	if err != nil {
		return nil, rounds.Photo{}, err
	}
	found, err := o.store.Photos(ctx, a.OrgID, []rounds.UserID{owner}, [][]byte{sum})
	if err != nil {
		return nil, rounds.Photo{}, err
	}
	if len(found) == 0 || found[0].ExpiredAt != nil {
		return nil, rounds.Photo{}, rounds.Errorf(rounds.NotFound, "there is no such photograph, or its time is over")
	}
	blob, err := keeper.Get(ctx, blobs.Key{Org: a.OrgID, Sum: blobs.Sum(found[0].StoredSum)})
	return blob, found[0], err
}

// photoOwner is whose photograph the actor is to be shown: their own, if they have it.
func (o *Office) photoOwner(ctx context.Context, a rounds.Actor, sum []byte, purpose string) (rounds.UserID, error) {
	own, err := o.store.Photos(ctx, a.OrgID, []rounds.UserID{a.UserID}, [][]byte{sum})
	if err != nil || len(own) > 0 {
		return a.UserID, err
	}
	var seen store.SeenPhoto
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		seen, err = tx.SeePhoto(ctx, a.Scope(), sum)
		if rounds.CodeOf(err) == rounds.NotFound {
			seen.RepID, err = o.foundPhoto(ctx, tx, a, sum, purpose)
			return err
		}
		if err != nil {
			return err
		}
		if err := allow(a, lookingCloser); err != nil {
			return err
		}
		if purpose == "" {
			return rounds.Errorf(rounds.Invalid, "say what the photograph must be looked at for: its rep will read it").With("purpose", "required")
		}
		return tx.InsertPositionRead(ctx, a.OrgID, rounds.PositionRead{
			ID: rounds.NewID[rounds.PositionRead](), VisitID: seen.VisitID, RepID: seen.RepID, ReaderID: a.UserID,
			Purpose: purpose, At: o.now(),
		})
	})
	return seen.RepID, err
}

// photoKey is a photograph as its rep's events name it.
type photoKey struct {
	rep rounds.UserID
	sum string // in hexadecimal
}

// loadPhotos finds what events show of the photographs that their reps sent.
func (w *weighing) loadPhotos(ctx context.Context, tx *store.Store, org rounds.OrgID, named []photoKey) error {
	var reps []rounds.UserID
	var sums [][]byte
	for _, k := range named {
		sum, err := hex.DecodeString(k.sum)
		if err == nil {
			reps, sums = append(reps, k.rep), append(sums, sum)
		}
	}
	found, err := tx.Photos(ctx, org, reps, sums)
	w.photos = map[photoKey]rounds.Photo{}
	for _, p := range found {
		w.photos[photoKey{p.RepID, hex.EncodeToString(p.SHA256)}] = p
	}
	if err == nil && len(found) > 0 {
		var o rounds.Org
		o, err = tx.Org(ctx, org)
		w.datums = o.Settings.Datums()
	}
	return err
}

// How far the time in a photograph may be from that of its event.
const photoApart = 10 * time.Minute

// lookAtPhoto accepts a photograph of the rep's own that says that it was taken here and then. One that says
// nothing of either, or too little, is for a person to look at. Whatever it says, somebody may have written it.
func (w *weighing) lookAtPhoto(p *store.Weighed, e store.Shown, sum string) {
	p.Photo, _ = hex.DecodeString(sum) // which it is: see evidence.Items
	photo, ok := w.photos[photoKey{e.RepID, sum}]
	if !ok {
		deserves(p, rounds.ProofPending, photoMissing)
		return
	}
	p.TakenAt, p.Distance = photo.TakenAt, distanceOf(photo, w.datums, e)
	then, known := atTheTime(photo, e)
	near, placed := inPlace(photo, e, p.Distance)
	switch {
	case known && !then:
		deserves(p, rounds.ProofRejected, photoOtherTime)
	case placed && !near:
		deserves(p, rounds.ProofRejected, photoElsewhere)
	case known && placed:
		deserves(p, rounds.ProofAccepted, "")
	default:
		deserves(p, rounds.ProofPending, photoUnproved)
	}
	if p.Alone != rounds.ProofRejected {
		p.Claim = photo.StoredSum
	}
}

// atTheTime is not known where the time of the event hardly is.
func atTheTime(photo rounds.Photo, e store.Shown) (is, known bool) {
	if photo.TakenAt == nil || slices.Contains(e.Flags, clocks.TimeUncertain) {
		return false, false
	}
	return e.HappenedAt.Sub(*photo.TakenAt).Abs() <= photoApart, true
}

// inPlace is not known where the photograph's position is less precise than the radius: a camera that claims to be
// off by a mile would be in every place.
func inPlace(photo rounds.Photo, e store.Shown, distance *geo.Meters) (is, known bool) {
	if distance == nil || e.Radius == nil {
		return false, false
	}
	accuracy := geo.Meters(0)
	if photo.Fix.Accuracy > 0 { // not of NaN
		accuracy = photo.Fix.Accuracy
	}
	if accuracy > *e.Radius {
		return false, false
	}
	return *distance <= *e.Radius+accuracy, true
}

// distanceOf is as far as a fix would be that a phone sent; nil where one of the places is not known.
func distanceOf(photo rounds.Photo, datums geo.Datums, e store.Shown) *geo.Meters {
	if photo.Fix == nil {
		return nil
	}
	return geo.Measure(geo.Evidence{Pin: e.Pin, Fixes: []geo.Fix{*photo.Fix}, Datums: datums}).Fixes[0].Distance
}
