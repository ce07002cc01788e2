package fieldwork

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

var slugForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// AddOrg adds an org with its root unit and the policy that it begins with. It is an act of whoever
// runs the server; nobody's role allows it.
func (o *Office) AddOrg(ctx context.Context, slug, name, zone string, p geo.Policy) (rounds.Org, error) {
	org := rounds.Org{
		ID: rounds.NewID[rounds.Org](), Slug: slug, Name: strings.TrimSpace(name), TimeZone: zone, Settings: rounds.DefaultSettings(),
	}
	if !slugForm.MatchString(slug) {
		return org, rounds.Errorf(rounds.Invalid, "the slug %q is not lower-case letters, digits and hyphens, at most 40", slug)
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return org, rounds.Errorf(rounds.Invalid, "%q is not a time zone: name one like Asia/Shanghai", zone)
	}
	if err := usable(p); err != nil {
		return org, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.InsertOrg(ctx, org, rounds.NewID[rounds.Unit](), o.now()); err != nil {
			return err
		}
		first := store.Policy{Policy: p, Reason: "the policy that every org begins with", CreatedAt: o.now()}
		_, err := tx.InsertPolicy(ctx, org.ID, first)
		return err
	})
	return org, err
}

// ChangeSettings replaces the org's settings, and keeps who did it and why.
func (o *Office) ChangeSettings(ctx context.Context, a rounds.Actor, s rounds.Settings, reason string) error {
	if err := allow(a, administering); err != nil {
		return err
	}
	if err := s.Validate(); err != nil {
		return err
	}
	defer o.forgetActors(a.OrgID) // who would go by the old ones for a second
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.UpdateSettings(ctx, a.OrgID, s); err != nil {
			return err
		}
		return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
			Name: "settings.change", Subject: a.OrgID.String(), Detail: map[string]any{"settings": s, "reason": reason},
		})
	})
}

// System is the actor of the command line in an org: an administrator without a user.
func (o *Office) System(ctx context.Context, slug string) (rounds.Actor, error) {
	orgs, err := o.store.Orgs(ctx, slug)
	if err != nil {
		return rounds.Actor{}, err
	}
	if len(orgs) != 1 {
		if orgs, err = o.store.Orgs(ctx, ""); err != nil {
			return rounds.Actor{}, err
		}
		return rounds.Actor{}, rounds.Errorf(rounds.NotFound, "say which org with --org; there are: %s", slugs(orgs))
	}
	zone, err := time.LoadLocation(orgs[0].TimeZone)
	if err != nil {
		return rounds.Actor{}, err
	}
	units, err := o.store.Units(ctx, rounds.Scope{OrgID: orgs[0].ID})
	if err != nil {
		return rounds.Actor{}, err
	}
	return rounds.Actor{OrgID: orgs[0].ID, UnitID: units[0].ID, Role: rounds.RoleAdmin, Zone: zone, Settings: orgs[0].Settings}, nil
}

func slugs(orgs []rounds.Org) string {
	if len(orgs) == 0 {
		return "none yet (rounds org add)"
	}
	names := make([]string, len(orgs))
	for i, org := range orgs {
		names[i] = org.Slug
	}
	return strings.Join(names, ", ")
}

// minPassword is the least length of a password; what it holds is its owner's business.
const minPassword = 10

// AddUser adds a user of a unit; a zero unit is the actor's.
func (o *Office) AddUser(ctx context.Context, a rounds.Actor, u rounds.User, password string) (rounds.User, error) {
	if err := allow(a, administering); err != nil {
		return u, err
	}
	if len([]rune(password)) < minPassword {
		return u, rounds.Errorf(rounds.Invalid, "a password has at least %d characters", minPassword).With("/password", "too_short", minPassword)
	}
	hash, err := o.hashPassword(ctx, password)
	if err != nil {
		return u, err
	}
	u.ID, u.Active = rounds.NewID[rounds.User](), true
	u.Name = strings.TrimSpace(u.Name)
	u.DisplayName = cmp.Or(strings.TrimSpace(u.DisplayName), u.Name)
	if u.UnitID.IsZero() {
		u.UnitID = a.UnitID
	}
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.InsertUser(ctx, a.OrgID, u, hash, o.now()); err != nil {
			return err
		}
		return o.logUser(ctx, tx, a, "user.add", u)
	})
	return u, err
}

// ChangeUser applies change to the user as they stand; an empty password keeps theirs. A new password,
// another role and the end of being active end the user's sessions.
func (o *Office) ChangeUser(ctx context.Context, a rounds.Actor, id rounds.UserID, change func(*rounds.User), password string) (rounds.User, error) {
	var u rounds.User
	if err := allow(a, administering); err != nil {
		return u, err
	}
	hash := ""
	if password != "" {
		var err error
		if hash, err = o.hashPassword(ctx, password); err != nil {
			return u, err
		}
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockUnits(ctx, a.OrgID); err != nil { // so that no two changes remove each other's last administrator
			return err
		}
		before, err := tx.User(ctx, a.Scope(), id)
		if err != nil {
			return err
		}
		u = before
		change(&u)
		if err := tx.UpdateUser(ctx, a.OrgID, u, hash); err != nil {
			return err
		}
		if err := o.keepAnAdmin(ctx, tx, a); err != nil {
			return err
		}
		if hash != "" || u.Role != before.Role || !u.Active {
			if err := tx.RevokeSessionsOf(ctx, a.OrgID, id, o.now()); err != nil {
				return err
			}
		}
		return o.logUser(ctx, tx, a, "user.change", u)
	})
	return u, err
}

// keepAnAdmin refuses what would leave an org with nobody who can administer it.
func (o *Office) keepAnAdmin(ctx context.Context, tx *store.Store, a rounds.Actor) error {
	admins, err := tx.Users(ctx, rounds.Scope{OrgID: a.OrgID}, rounds.RoleAdmin, "", 1000)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(admins, func(u rounds.User) bool { return u.Active }) {
		return nil
	}
	return rounds.Errorf(rounds.Conflict, "this would leave nobody to administer the org: make another administrator first")
}

func (o *Office) logUser(ctx context.Context, tx *store.Store, a rounds.Actor, act string, u rounds.User) error {
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: act, Subject: u.ID.String(),
		Detail: map[string]any{"name": u.Name, "role": u.Role, "unit": u.UnitID, "active": u.Active, "subscriber_known": u.Subscriber != ""},
	})
}

// User is the user of the id, if the actor may see them; everybody sees themselves.
func (o *Office) User(ctx context.Context, a rounds.Actor, id rounds.UserID) (rounds.User, error) {
	scope := a.Scope()
	if id == a.UserID {
		scope.Units = nil
	}
	return o.store.User(ctx, scope, id)
}

// AddUnit adds a unit below one of the actor's.
func (o *Office) AddUnit(ctx context.Context, a rounds.Actor, u rounds.Unit) (rounds.Unit, error) {
	if err := allow(a, administering); err != nil {
		return u, err
	}
	u.ID, u.Name = rounds.NewID[rounds.Unit](), strings.TrimSpace(u.Name)
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.InsertUnit(ctx, a.OrgID, u); err != nil {
			return err
		}
		return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
			Name: "unit.add", Subject: u.ID.String(), Detail: map[string]any{"name": u.Name, "parent": u.ParentID},
		})
	})
	return u, err
}

// ChangeUnit renames or moves a unit; the root stays the root, and nothing moves below itself.
func (o *Office) ChangeUnit(ctx context.Context, a rounds.Actor, id rounds.UnitID, change func(*rounds.Unit)) (rounds.Unit, error) {
	var u rounds.Unit
	if err := allow(a, administering); err != nil {
		return u, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockUnits(ctx, a.OrgID); err != nil {
			return err
		}
		units, err := tx.Units(ctx, a.Scope())
		if err != nil {
			return err
		}
		at := slices.IndexFunc(units, func(u rounds.Unit) bool { return u.ID == id })
		if at < 0 {
			return errNotHere()
		}
		u = units[at]
		change(&u)
		if err := checkMove(units, units[at], u); err != nil {
			return err
		}
		if err := tx.UpdateUnit(ctx, a.OrgID, u); err != nil {
			return err
		}
		return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
			Name: "unit.change", Subject: id.String(), Detail: map[string]any{"name": u.Name, "parent": u.ParentID},
		})
	})
	return u, err
}

func checkMove(units []rounds.Unit, before, after rounds.Unit) error {
	if before.ParentID == after.ParentID {
		return nil
	}
	if before.ParentID.IsZero() {
		return rounds.Errorf(rounds.Conflict, "this is the org's root unit: it has no parent")
	}
	parents := map[rounds.UnitID]rounds.UnitID{}
	for _, u := range units {
		parents[u.ID] = u.ParentID
	}
	for up := after.ParentID; !up.IsZero(); up = parents[up] {
		if up == after.ID {
			return rounds.Errorf(rounds.Conflict, "a unit cannot move below itself").With("/parent_id", "below_itself")
		}
	}
	return nil
}

// AddPolicy puts a new version in force.
func (o *Office) AddPolicy(ctx context.Context, a rounds.Actor, p geo.Policy, reason string) (store.Policy, error) {
	added := store.Policy{Policy: p, Reason: reason, CreatedAt: o.now(), CreatedBy: a.UserID}
	if err := allow(a, administering); err != nil {
		return added, err
	}
	if err := usable(p); err != nil {
		return added, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockRegister(ctx, a.OrgID); err != nil {
			return err
		}
		var err error
		added.Version, err = tx.InsertPolicy(ctx, a.OrgID, added)
		if err != nil {
			return err
		}
		return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
			Name: "policy.add", Subject: "policy", Detail: map[string]any{"version": added.Version, "reason": reason},
		})
	})
	return added, err
}

func usable(p geo.Policy) error {
	if err := p.Validate(); err != nil {
		return rounds.Errorf(rounds.Invalid, "this policy cannot judge: %s", err)
	}
	return nil
}

// UnitNamed finds a unit of the actor's by its name; "" is the actor's own.
func (o *Office) UnitNamed(ctx context.Context, a rounds.Actor, name string) (rounds.UnitID, error) {
	if name == "" {
		return a.UnitID, nil
	}
	units, err := o.store.Units(ctx, a.Scope())
	if err != nil {
		return rounds.UnitID{}, err
	}
	at := slices.IndexFunc(units, func(u rounds.Unit) bool { return u.Name == name })
	if at < 0 {
		return rounds.UnitID{}, rounds.Errorf(rounds.NotFound, "there is no unit named %q", name)
	}
	return units[at].ID, nil
}
