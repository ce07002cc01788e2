package store

import (
	"context"
	"encoding/json"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// InsertOrg adds an org with its root unit.
func (s *Store) InsertOrg(ctx context.Context, org rounds.Org, root rounds.UnitID, now time.Time) error {
	const q = `
		insert into orgs (id, slug, name, time_zone, settings, created_at)
		values ($1, $2, $3, $4, $5, $6)`
	settings, err := json.Marshal(org.Settings)
	if err != nil {
		return err
	}
	if _, err := exec(ctx, s.db, q, org.ID, org.Slug, org.Name, org.TimeZone, settings, now); err != nil {
		return err
	}
	return s.InsertUnit(ctx, org.ID, rounds.Unit{ID: root, Name: org.Name})
}

// Org is the org of the id.
func (s *Store) Org(ctx context.Context, id rounds.OrgID) (rounds.Org, error) {
	const q = `
		select id, slug, name, time_zone, settings
		from orgs
		where id = $1`
	return row(ctx, s.db, pgx.RowToStructByName[rounds.Org], q, id)
}

// Orgs are the orgs of this slug, or all of them if it is "".
func (s *Store) Orgs(ctx context.Context, slug string) ([]rounds.Org, error) {
	const q = `
		select id, slug, name, time_zone, settings
		from orgs
		where $1 = '' or slug = $1
		order by slug`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Org], q, slug)
}

// UpdateSettings replaces an org's settings.
func (s *Store) UpdateSettings(ctx context.Context, org rounds.OrgID, settings rounds.Settings) error {
	const q = `
		update orgs
		set settings = $2
		where id = $1`
	text, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	_, err = exec(ctx, s.db, q, org, text)
	return err
}

// InsertUnit adds a unit; one without a parent is the root of its org.
func (s *Store) InsertUnit(ctx context.Context, org rounds.OrgID, u rounds.Unit) error {
	const q = `
		insert into units (org_id, id, parent_id, name)
		values ($1, $2, $3, $4)`
	_, err := exec(ctx, s.db, q, org, u.ID, u.ParentID, u.Name)
	return err
}

// UpdateUnit renames and moves a unit. The caller has seen to it that the tree stays one.
func (s *Store) UpdateUnit(ctx context.Context, org rounds.OrgID, u rounds.Unit) error {
	const q = `
		update units
		set name = $3, parent_id = $4
		where org_id = $1 and id = $2`
	_, err := exec(ctx, s.db, q, org, u.ID, u.Name, u.ParentID)
	return err
}

// Units are the units of the scope, parents before their children, then by name.
func (s *Store) Units(ctx context.Context, scope rounds.Scope) ([]rounds.Unit, error) {
	const q = `
		with recursive tree as (
			select id, parent_id, name, 0 as depth
			from units
			where org_id = $1 and parent_id is null
			union all
			select u.id, u.parent_id, u.name, depth + 1
			from units u
			join tree on u.parent_id = tree.id
			where u.org_id = $1
		)
		select id, parent_id, name
		from tree
		where $2::uuid[] is null or id = any($2)
		order by depth, name`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Unit], q, scope.OrgID, scope.Units)
}

// LockUnits makes concurrent changes of an org's tree wait for one another until the transaction ends.
func (s *Store) LockUnits(ctx context.Context, org rounds.OrgID) error {
	const q = `
		select id
		from units
		where org_id = $1
		order by id
		for update`
	_, err := all(ctx, s.db, pgx.RowTo[rounds.UnitID], q, org)
	return err
}

// Action is an entry of the audit log: an administrative act, by whom, on what.
type Action struct {
	Name    string // noun.verb, e.g. "user.add"
	Subject string // an id
	Detail  map[string]any
}

// Log appends to the audit log; a zero actor is the command line of the server itself.
func (s *Store) Log(ctx context.Context, org rounds.OrgID, actor rounds.UserID, now time.Time, a Action) error {
	const q = `
		insert into audit_log (org_id, id, at, actor_id, action, subject, detail)
		values ($1, $2, $3, $4, $5, $6, coalesce($7::jsonb, '{}'))`
	detail, err := json.Marshal(a.Detail)
	if err != nil {
		return err
	}
	_, err = exec(ctx, s.db, q, org, rounds.NewID[Action](), now, actor, a.Name, a.Subject, string(detail))
	return err
}
