package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// InsertFeed adds a calendar feed by the hash of its token.
func (s *Store) InsertFeed(ctx context.Context, org rounds.OrgID, f rounds.CalendarFeed, hash []byte) error {
	const q = `
		insert into calendar_feeds (org_id, id, rep_id, hash, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6)`
	_, err := exec(ctx, s.db, q, org, f.ID, f.RepID, hash, f.CreatedAt, f.CreatedBy)
	return err
}

// Feeds are a rep's calendar feeds, revoked ones too, the oldest first.
func (s *Store) Feeds(ctx context.Context, org rounds.OrgID, rep rounds.UserID) ([]rounds.CalendarFeed, error) {
	const q = `
		select id, rep_id, created_at, created_by, revoked_at
		from calendar_feeds
		where org_id = $1 and rep_id = $2
		order by id`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.CalendarFeed], q, org, rep)
}

// RevokeFeed ends a feed and says whether the rep had it; one that is revoked stays so since when it was.
func (s *Store) RevokeFeed(ctx context.Context, org rounds.OrgID, rep rounds.UserID, id rounds.CalendarFeedID, now time.Time) (bool, error) {
	const q = `
		update calendar_feeds
		set revoked_at = coalesce(revoked_at, $4)
		where org_id = $1 and rep_id = $2 and id = $3`
	n, err := exec(ctx, s.db, q, org, rep, id, now)
	return n == 1, err
}

// FeedRep is the active rep whose feed has a token of the hash; NotFound if there is none or it is revoked.
func (s *Store) FeedRep(ctx context.Context, org rounds.OrgID, hash []byte) (rounds.UserID, error) {
	const q = `
		select u.id
		from calendar_feeds f
		join users u on u.org_id = f.org_id and u.id = f.rep_id and u.active
		where f.org_id = $1 and f.hash = $2 and f.revoked_at is null`
	return one[rounds.UserID](ctx, s.db, q, org, hash)
}
