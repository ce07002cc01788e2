package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

const userColumns = `u.id, u.unit_id, u.name, u.display_name, u.role, u.active, u.home_lat, u.home_lon, coalesce(u.subscriber, '')`

func scanUser(row pgx.CollectableRow) (rounds.User, error) {
	var u rounds.User
	var lat, lon *float64
	err := row.Scan(&u.ID, &u.UnitID, &u.Name, &u.DisplayName, &u.Role, &u.Active, &lat, &lon, &u.Subscriber)
	u.Home = point(lat, lon)
	return u, err
}

// point joins nullable columns; null is no point.
func point(lat, lon *float64) *orb.Point {
	if lat == nil || lon == nil {
		return nil
	}
	return &orb.Point{*lon, *lat}
}

// latLon takes a point apart for its columns.
func latLon(p *orb.Point) (lat, lon *float64) {
	if p == nil {
		return nil, nil
	}
	return &p[1], &p[0]
}

// InsertUser adds a user with the hash of their password.
func (s *Store) InsertUser(ctx context.Context, org rounds.OrgID, u rounds.User, passwordHash string, now time.Time) error {
	const q = `
		insert into users (org_id, id, unit_id, name, display_name, role, active, password_hash, home_lat, home_lon, subscriber, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, ''), $12)`
	lat, lon := latLon(u.Home)
	_, err := exec(ctx, s.db, q, org, u.ID, u.UnitID, u.Name, u.DisplayName, u.Role, u.Active, passwordHash, lat, lon, u.Subscriber, now)
	return err
}

// UpdateUser writes everything of a user but the name; an empty hash keeps the password.
func (s *Store) UpdateUser(ctx context.Context, org rounds.OrgID, u rounds.User, passwordHash string) error {
	const q = `
		update users
		set unit_id = $3, display_name = $4, role = $5, active = $6, home_lat = $7, home_lon = $8,
			password_hash = coalesce(nullif($9, ''), password_hash), subscriber = nullif($10, '')
		where org_id = $1 and id = $2`
	lat, lon := latLon(u.Home)
	_, err := exec(ctx, s.db, q, org, u.ID, u.UnitID, u.DisplayName, u.Role, u.Active, lat, lon, passwordHash, u.Subscriber)
	return err
}

// User is the user of the id, if the scope includes them.
func (s *Store) User(ctx context.Context, scope rounds.Scope, id rounds.UserID) (rounds.User, error) {
	const q = `
		select ` + userColumns + `
		from users u
		where u.org_id = $1 and u.id = $2
		and ($3::uuid[] is null or u.unit_id = any($3))
		and ($4::uuid is null or u.id = $4)`
	return row(ctx, s.db, scanUser, q, scope.OrgID, id, scope.Units, scope.RepID)
}

// Users are the users of the scope by name, from after the given one; role "" is all.
func (s *Store) Users(ctx context.Context, scope rounds.Scope, role rounds.Role, after string, limit int) ([]rounds.User, error) {
	const q = `
		select ` + userColumns + `
		from users u
		where u.org_id = $1
		and ($2::uuid[] is null or u.unit_id = any($2))
		and ($3::uuid is null or u.id = $3)
		and ($4 = '' or u.role = $4)
		and lower(u.name) > lower($5)
		order by lower(u.name)
		limit $6`
	return all(ctx, s.db, scanUser, q, scope.OrgID, scope.Units, scope.RepID, role, after, limit)
}

// Credentials is what a login is checked against.
type Credentials struct {
	UserID       rounds.UserID
	PasswordHash string
	Active       bool
}

// Credentials are those of the name, whatever its case.
func (s *Store) Credentials(ctx context.Context, org rounds.OrgID, name string) (Credentials, error) {
	const q = `
		select id as user_id, password_hash, active
		from users
		where org_id = $1 and lower(name) = lower($2)`
	return row(ctx, s.db, pgx.RowToStructByName[Credentials], q, org, name)
}

// Actor is the user as a caller, with the units they may see; NotFound if they are no longer active.
func (s *Store) Actor(ctx context.Context, org rounds.OrgID, user rounds.UserID) (rounds.Actor, error) {
	const q = `
		with recursive below as (
			select unit_id as id
			from users
			where org_id = $1 and id = $2
			union all
			select c.id
			from units c
			join below on c.parent_id = below.id
			where c.org_id = $1
		)
		select u.org_id, u.id, u.unit_id, u.role, o.time_zone, o.settings,
			case when u.role <> 'admin' and t.parent_id is not null then array(select id from below) end
		from users u
		join units t on t.org_id = u.org_id and t.id = u.unit_id
		join orgs o on o.id = u.org_id
		where u.org_id = $1 and u.id = $2 and u.active`
	return row(ctx, s.db, scanActor, q, org, user)
}

func scanActor(row pgx.CollectableRow) (rounds.Actor, error) {
	var a rounds.Actor
	var zone string
	if err := row.Scan(&a.OrgID, &a.UserID, &a.UnitID, &a.Role, &zone, &a.Settings, &a.Units); err != nil {
		return a, err
	}
	var err error
	a.Zone, err = time.LoadLocation(zone)
	return a, err
}
