package store

import (
	"context"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

const photoColumns = `
	p.rep_id, p.sha256, p.stored_sum, p.type, p.bytes, p.width, p.height, p.taken_at, p.received_at, p.expired_at,
	f.lat, f.lon, f.accuracy_m, f.datum`

const photoFix = `
	left join lateral (
		select lat, lon, accuracy_m, datum
		from photo_fixes
		where org_id = p.org_id and rep_id = p.rep_id and sha256 = p.sha256
		limit 1
	) f on true`

func scanPhoto(row pgx.CollectableRow) (rounds.Photo, error) {
	var p rounds.Photo
	var lat, lon, accuracy *float64
	var datum *geo.Datum
	err := row.Scan(&p.RepID, &p.SHA256, &p.StoredSum, &p.Type, &p.Bytes, &p.Width, &p.Height, &p.TakenAt, &p.ReceivedAt, &p.ExpiredAt,
		&lat, &lon, &accuracy, &datum)
	if lat != nil {
		p.Fix = &geo.Fix{Point: orb.Point{*lon, *lat}, Accuracy: geo.Meters(number(accuracy)), Datum: *datum}
	}
	return p, err
}

// InsertPhoto adds a photograph, with its position if it has one; a Conflict if its rep sent it before.
func (s *Store) InsertPhoto(ctx context.Context, org rounds.OrgID, p rounds.Photo) error {
	const photo = `
		insert into photos (org_id, rep_id, sha256, stored_sum, type, bytes, width, height, taken_at, received_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	const fix = `
		insert into photo_fixes (org_id, rep_id, sha256, lat, lon, accuracy_m, datum)
		values ($1, $2, $3, $4, $5, $6, $7)`
	var batch pgx.Batch
	batch.Queue(photo, org, p.RepID, p.SHA256, p.StoredSum, p.Type, p.Bytes, p.Width, p.Height, p.TakenAt, p.ReceivedAt)
	if f := p.Fix; f != nil {
		batch.Queue(fix, org, p.RepID, p.SHA256, f.Point.Lat(), f.Point.Lon(), known(float64(f.Accuracy)), f.Datum)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// Photos are the photographs that the reps sent, pair by pair of rep and sum; those not there are left out.
func (s *Store) Photos(ctx context.Context, org rounds.OrgID, reps []rounds.UserID, sums [][]byte) ([]rounds.Photo, error) {
	if len(reps) == 0 {
		return nil, nil
	}
	const q = `
		select ` + photoColumns + `
		from (select distinct rep_id, sha256 from unnest($2::uuid[], $3::bytea[]) as u(rep_id, sha256)) wanted
		cross join lateral (
			select *
			from photos
			where org_id = $1 and rep_id = wanted.rep_id and sha256 = wanted.sha256
			limit 1
		) p` + photoFix
	return all(ctx, s.db, scanPhoto, q, org, reps, sums)
}

// PhotosSince counts the photographs that a rep sent at or after an instant.
func (s *Store) PhotosSince(ctx context.Context, org rounds.OrgID, rep rounds.UserID, since time.Time) (int, error) {
	const q = `
		select count(*)
		from photos
		where org_id = $1 and rep_id = $2 and received_at >= $3`
	return one[int](ctx, s.db, q, org, rep, since)
}

// PhotosOf are a rep's photographs in the order of their sums, from after the given one.
func (s *Store) PhotosOf(ctx context.Context, org rounds.OrgID, rep rounds.UserID, after []byte, limit int) ([]rounds.Photo, error) {
	const q = `
		select ` + photoColumns + `
		from photos p` + photoFix + `
		where p.org_id = $1 and p.rep_id = $2 and ($3::bytea is null or p.sha256 > $3)
		order by p.sha256
		limit $4`
	return all(ctx, s.db, scanPhoto, q, org, rep, after, limit)
}

// EventsShowing are a rep's events that show a photograph.
func (s *Store) EventsShowing(ctx context.Context, org rounds.OrgID, rep rounds.UserID, sum []byte) ([]rounds.EventID, error) {
	const q = `
		select distinct event_id
		from event_evidence
		where org_id = $1 and rep_id = $2 and photo = $3`
	return all(ctx, s.db, pgx.RowTo[rounds.EventID], q, org, rep, sum)
}

// SeenPhoto is a photograph of somebody else's with the first visit that shows it.
type SeenPhoto struct {
	RepID   rounds.UserID
	VisitID rounds.VisitID
}

// SeePhoto is whose photograph of this sum somebody of the scope sees with a visit; NotFound if nobody's.
func (s *Store) SeePhoto(ctx context.Context, scope rounds.Scope, sum []byte) (SeenPhoto, error) {
	const q = `
		select p.rep_id, v.id as visit_id
		from photos p
		join event_evidence e on e.org_id = p.org_id and e.rep_id = p.rep_id and e.photo = p.sha256
		join visits v on v.org_id = e.org_id and v.id = e.visit_id and v.rep_id = e.rep_id
		join users u on u.org_id = p.org_id and u.id = p.rep_id
		where p.org_id = $1 and ($2::uuid[] is null or u.unit_id = any($2)) and ($3::uuid is null or p.rep_id = $3) and p.sha256 = $4
		order by e.happened_at, e.event_id
		limit 1`
	return row(ctx, s.db, pgx.RowToStructByName[SeenPhoto], q, scope.OrgID, scope.Units, scope.RepID, sum)
}

// ExpirePhotos ends the time of photographs, of so many at most: those all of whose events are of days that have
// expired, and those of no event that came before; but none that its rep's finding names which came later. Their positions are
// deleted with it.
func (s *Store) ExpirePhotos(ctx context.Context, org rounds.OrgID, e Expired, limit int, now time.Time) (int64, error) {
	const q = `
		with over as (
			update photos
			set expired_at = $5
			where org_id = $1 and (rep_id, sha256) in (` + expiredPhotos + `
				limit $4)
			and expired_at is null
			returning rep_id, sha256
		), gone as (
			delete from photo_fixes f
			using over
			where f.org_id = $1 and f.rep_id = over.rep_id and f.sha256 = over.sha256
		)
		select count(*)
		from over`
	return one[int64](ctx, s.db, q, org, e.Through, e.ReceivedBefore, limit, now)
}

const expiredPhotos = `
	select p.rep_id, p.sha256
	from photos p
	left join lateral (
		select max(day) as day
		from event_evidence
		where org_id = $1 and rep_id = p.rep_id and photo = p.sha256
	) e on true
	where p.org_id = $1 and p.expired_at is null
	and (e.day <= $2 or e.day is null and p.received_at < $3)
	and not exists (
		select
		from audit_findings f
		where f.org_id = $1 and f.auditor_id = p.rep_id and f.received_at >= $3 and ` + answersWith + ` encode(p.sha256, 'hex'))
	)`

// CountExpiredPhotos counts what ExpirePhotos would end if it had no limit.
func (s *Store) CountExpiredPhotos(ctx context.Context, org rounds.OrgID, e Expired) (int64, error) {
	const q = `
		select count(*)
		from (` + expiredPhotos + `) over`
	return one[int64](ctx, s.db, q, org, e.Through, e.ReceivedBefore)
}

// LeavingPhotos are the sums of content that is to be deleted and has not been yet, so many at most.
func (s *Store) LeavingPhotos(ctx context.Context, org rounds.OrgID, limit int) ([][]byte, error) {
	const q = `
		select distinct stored_sum
		from photos
		where org_id = $1 and expired_at is not null and deleted_at is null
		limit $2`
	return all(ctx, s.db, pgx.RowTo[[]byte], q, org, limit)
}

// PhotoNeeded reports content that some photograph still has whose time is not over.
func (s *Store) PhotoNeeded(ctx context.Context, org rounds.OrgID, sum []byte) (bool, error) {
	const q = `
		select exists (
			select
			from photos
			where org_id = $1 and stored_sum = $2 and expired_at is null
		)`
	return one[bool](ctx, s.db, q, org, sum)
}

// UnnamedPhotos are those of the sums that are the content of no photograph that there still should be.
func (s *Store) UnnamedPhotos(ctx context.Context, org rounds.OrgID, sums [][]byte) ([][]byte, error) {
	const q = `
		select u.sum
		from unnest($2::bytea[]) as u(sum)
		where not exists (
			select
			from photos
			where org_id = $1 and stored_sum = u.sum and deleted_at is null
		)`
	return all(ctx, s.db, pgx.RowTo[[]byte], q, org, sums)
}

// PhotoDeleted says that content is gone, for all expired photographs that had it.
func (s *Store) PhotoDeleted(ctx context.Context, org rounds.OrgID, sum []byte, now time.Time) error {
	const q = `
		update photos
		set deleted_at = $3
		where org_id = $1 and stored_sum = $2 and expired_at is not null and deleted_at is null`
	_, err := exec(ctx, s.db, q, org, sum, now)
	return err
}
