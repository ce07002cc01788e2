package api

import (
	"context"
	"strings"

	"rounds"
	"rounds/fieldwork"

	"github.com/paulmach/orb"
)

// GetMe says who is asking.
func (s *Server) GetMe(ctx context.Context, _ GetMeRequestObject) (GetMeResponseObject, error) {
	a := actor(ctx)
	user, err := s.office.User(ctx, a, a.UserID)
	if err != nil {
		return nil, err
	}
	org, err := s.store.Org(ctx, a.OrgID)
	return GetMe200JSONResponse{
		User: wireUserFor(actor(ctx))(user),
		Org:  Org{ID: wireID(org.ID), Slug: org.Slug, Name: org.Name, TimeZone: org.TimeZone},
		Time: s.now(),
	}, err
}

// ListUsers lists users by name.
func (s *Server) ListUsers(ctx context.Context, r ListUsersRequestObject) (ListUsersResponseObject, error) {
	n := limit(r.Params.Limit)
	after, err := readCursor(r.Params.After, 1)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Users(ctx, actor(ctx).Scope(), rounds.Role(orZero(r.Params.Role)), after[0], n+1)
	found, next := page(found, n, func(u rounds.User) []string { return []string{u.Name} })
	return ListUsers200JSONResponse{Items: mapped(found, wireUserFor(actor(ctx))), Next: next}, err
}

// GetUser shows a user.
func (s *Server) GetUser(ctx context.Context, r GetUserRequestObject) (GetUserResponseObject, error) {
	found, err := s.office.User(ctx, actor(ctx), rounds.UserID(r.ID))
	return GetUser200JSONResponse(wireUserFor(actor(ctx))(found)), err
}

// PostUser adds a user.
func (s *Server) PostUser(ctx context.Context, r PostUserRequestObject) (PostUserResponseObject, error) {
	u := rounds.User{
		Name: r.Body.Name, DisplayName: orZero(r.Body.DisplayName), Role: rounds.Role(r.Body.Role),
		UnitID: nounID[rounds.Unit](r.Body.UnitID),
	}
	set(&u.Home, r.Body.Home, nounPoint)
	set(&u.Subscriber, r.Body.Subscriber, same)
	added, err := s.office.AddUser(ctx, actor(ctx), u, r.Body.Password)
	return PostUser201JSONResponse(wireUserFor(actor(ctx))(added)), err
}

// PatchUser changes a user.
func (s *Server) PatchUser(ctx context.Context, r PatchUserRequestObject) (PatchUserResponseObject, error) {
	changed, err := s.office.ChangeUser(ctx, actor(ctx), rounds.UserID(r.ID), func(u *rounds.User) {
		set(&u.DisplayName, r.Body.DisplayName, strings.TrimSpace)
		set(&u.Role, r.Body.Role, func(r Role) rounds.Role { return rounds.Role(r) })
		set(&u.UnitID, r.Body.UnitID, func(id ID) rounds.UnitID { return rounds.UnitID(id) })
		set(&u.Active, r.Body.Active, same)
		set(&u.Subscriber, r.Body.Subscriber, same)
		set(&u.Home, r.Body.Home, func(p Point) *orb.Point { return nounPoint(p) })
	}, orZero(r.Body.Password))
	return PatchUser200JSONResponse(wireUserFor(actor(ctx))(changed)), err
}

// ListUnits lists the caller's unit and all below it.
func (s *Server) ListUnits(ctx context.Context, _ ListUnitsRequestObject) (ListUnitsResponseObject, error) {
	a := actor(ctx)
	scope := a.Scope()
	if a.Is(rounds.RoleRep) {
		scope = rounds.Scope{OrgID: a.OrgID, Units: []rounds.UnitID{a.UnitID}}
	}
	found, err := s.store.Units(ctx, scope)
	return ListUnits200JSONResponse{Items: mapped(found, wireUnit)}, err
}

// PostUnit adds a unit.
func (s *Server) PostUnit(ctx context.Context, r PostUnitRequestObject) (PostUnitResponseObject, error) {
	added, err := s.office.AddUnit(ctx, actor(ctx), rounds.Unit{ParentID: rounds.UnitID(r.Body.ParentID), Name: r.Body.Name})
	return PostUnit201JSONResponse(wireUnit(added)), err
}

// PatchUnit renames or moves a unit.
func (s *Server) PatchUnit(ctx context.Context, r PatchUnitRequestObject) (PatchUnitResponseObject, error) {
	changed, err := s.office.ChangeUnit(ctx, actor(ctx), rounds.UnitID(r.ID), func(u *rounds.Unit) {
		set(&u.Name, r.Body.Name, strings.TrimSpace)
		set(&u.ParentID, r.Body.ParentID, func(id ID) rounds.UnitID { return rounds.UnitID(id) })
	})
	return PatchUnit200JSONResponse(wireUnit(changed)), err
}

// ListTerritories lists territories as they are today.
func (s *Server) ListTerritories(ctx context.Context, r ListTerritoriesRequestObject) (ListTerritoriesResponseObject, error) {
	a := actor(ctx)
	found, err := s.store.Territories(ctx, a.Scope(), s.today(a), rounds.Purpose(orZero(r.Params.Purpose)), rounds.TerritoryID{})
	return ListTerritories200JSONResponse{Items: mapped(found, wireTerritory)}, err
}

// GetTerritory shows a territory as it is today.
func (s *Server) GetTerritory(ctx context.Context, r GetTerritoryRequestObject) (GetTerritoryResponseObject, error) {
	a := actor(ctx)
	found, err := s.store.Territory(ctx, a.Scope(), s.today(a), rounds.TerritoryID(r.ID))
	return GetTerritory200JSONResponse(wireTerritory(found)), err
}

// PostTerritory adds a territory.
func (s *Server) PostTerritory(ctx context.Context, r PostTerritoryRequestObject) (PostTerritoryResponseObject, error) {
	added, err := s.office.AddTerritory(ctx, actor(ctx), rounds.Territory{
		UnitID: nounID[rounds.Unit](r.Body.UnitID), Name: r.Body.Name, Purpose: rounds.Purpose(r.Body.Purpose),
		RepID: nounID[rounds.User](r.Body.RepID),
	}, nounIDs[rounds.Retailer](r.Body.RetailerIds))
	return PostTerritory201JSONResponse(wireTerritory(added)), err
}

// PatchTerritory changes a territory by hand.
func (s *Server) PatchTerritory(ctx context.Context, r PatchTerritoryRequestObject) (PatchTerritoryResponseObject, error) {
	b := r.Body
	if orZero(b.Vacant) && b.RepID != nil {
		return nil, rounds.Errorf(rounds.Invalid, "a territory is either vacant or somebody's: give vacant or rep_id").With("/vacant", "not_one_of", "vacant, rep_id")
	}
	changed, err := s.office.ChangeTerritory(ctx, actor(ctx), rounds.TerritoryID(r.ID), fieldwork.TerritoryChange{
		Reason: b.Reason,
		Change: func(t *rounds.Territory) {
			set(&t.Name, b.Name, strings.TrimSpace)
			set(&t.UnitID, b.UnitID, func(id ID) rounds.UnitID { return rounds.UnitID(id) })
			if orZero(b.Vacant) {
				t.RepID = rounds.UserID{}
			}
			set(&t.RepID, b.RepID, func(id ID) rounds.UserID { return rounds.UserID(id) })
		},
		Add:    nounIDs[rounds.Retailer](b.AddRetailerIds),
		Remove: nounIDs[rounds.Retailer](b.RemoveRetailerIds),
	})
	return PatchTerritory200JSONResponse(wireTerritory(changed)), err
}
