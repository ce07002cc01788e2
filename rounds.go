// Package rounds holds the nouns of a field-visit back office, their ids and the vocabulary of failures.
//
// It knows what a retailer, a visit and a plan are. It does not know how they are stored, sent or
// decided: see store, api, fieldwork and the pure packages geo and routing.
//
// Instants are UTC; a working [Day] is a date in the org's time zone. Positions are orb points,
// longitude first, in WGS-84 unless a [geo.Datum] beside them says otherwise.
package rounds

import (
	"slices"
	"time"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// Org is one company or city branch: the unit of data separation.
type Org struct {
	ID       OrgID
	Slug     string
	Name     string
	TimeZone string // IANA name
	Settings Settings
}

// Unit is a node of an org's tree; users and territories belong to one.
type Unit struct {
	ID       UnitID
	ParentID UnitID // zero for the root
	Name     string
}

// Role says what a user may do; what they may see follows from the role and their unit.
type Role string

// The roles. A supervisor and a planner see their unit's subtree, an admin the org, a rep their own work.
const (
	RoleRep        Role = "rep"
	RoleSupervisor Role = "supervisor"
	RolePlanner    Role = "planner"
	RoleAdmin      Role = "admin"
)

// User is a person or program that logs in.
type User struct {
	ID          UserID
	UnitID      UnitID
	Name        string // what they log in with, unique in the org whatever its case
	DisplayName string
	Role        Role
	Active      bool
	Home        *orb.Point // where a day's route starts; nil: at its first stop
	Subscriber  string     // what a carrier knows their phone by, such as an MSISDN; "": not known; for administrators only
}

// Actor is the caller of an operation, as the user table has them at this moment.
type Actor struct {
	OrgID    OrgID
	UserID   UserID
	UnitID   UnitID
	Role     Role
	Units    []UnitID       // the unit and all below it; nil: the whole org
	Zone     *time.Location // the org's
	Settings Settings       // the org's
}

// Scope is what an actor may see: rows of one org, of some units, of one rep.
type Scope struct {
	OrgID OrgID
	Units []UnitID // nil: all
	RepID UserID   // zero: all
}

// Scope is the actor's: a rep sees their own work, everybody else their units'.
func (a Actor) Scope() Scope {
	if a.Role == RoleRep {
		return Scope{OrgID: a.OrgID, RepID: a.UserID}
	}
	return Scope{OrgID: a.OrgID, Units: a.Units}
}

// Is reports whether the actor has one of the roles.
func (a Actor) Is(roles ...Role) bool { return slices.Contains(roles, a.Role) }

// RetailerStatus says whether a retailer is to be visited.
type RetailerStatus string

// The statuses of a retailer. A suspended one keeps its place but is not planned.
const (
	RetailerActive    RetailerStatus = "active"
	RetailerSuspended RetailerStatus = "suspended"
	RetailerClosed    RetailerStatus = "closed"
)

// Retailer is an outlet that is called on.
type Retailer struct {
	ID              RetailerID
	Code            string // licence code, unique in the org
	Name            string
	Address         string
	Class           string // the org's own classes, e.g. A, B, C
	Status          RetailerStatus
	ServiceSeconds  int               // planned time in store
	VisitsPer8Weeks int               // 8 is weekly, 1 once in eight weeks
	OrderVolume     int64             // in four weeks, in the org's own unit
	Radius          geo.Meters        // 0: the policy's
	OpeningHours    string            // as given, for package hours to read; "": not known
	Extra           map[string]string // columns of an import that have no place here
	Pin             *geo.Pin          // nil: its position is not known
	TerritoryID     TerritoryID       // of purpose visit, today; zero: none
}

// Purpose says what a territory divides: visits, telephone ordering or delivery.
type Purpose string

// The purposes of territories.
const (
	PurposeVisit    Purpose = "visit"
	PurposeOrdering Purpose = "ordering"
	PurposeDelivery Purpose = "delivery"
)

// Territory is the retailers of one rep, of one ordering-call group or of one delivery van.
type Territory struct {
	ID        TerritoryID
	UnitID    UnitID
	Name      string
	Purpose   Purpose
	RepID     UserID // today's; zero: vacant
	Retailers int    // how many today
}

// Plan is the ordered stops of one rep on one day.
type Plan struct {
	ID        PlanID
	RepID     UserID
	Day       Day
	Revision  int
	OrderedBy OrderedBy
	RoundTrip bool       // back home after the last stop
	Start     *orb.Point // the rep's home when the plan was made; nil: the first stop
	Distance  geo.Meters // along the stops in their order, start and end included
	Before    geo.Meters // the same in the order the stops were given
	Optimised geo.Meters // of the best order found for the same stops: the one with the fewest seconds
	Stops     []Stop
	LeftOut   []Unserved // that were to be visited, and cannot be while they are open

	JourneyID JourneyPlanID // that it was taken from at night; zero: made otherwise

	Travel           Travel
	TravelSeconds    int // under way, as for Distance
	BeforeSeconds    int
	OptimisedSeconds int

	CreatedAt time.Time
	CreatedBy UserID
}

// Travel says what travel times come from.
type Travel struct {
	Source   string // straight, roads, osrm or valhalla
	Wanted   string // the source that should have been asked; else Source
	Fallback string // why legs are straight lines that were to come from elsewhere, snake_case; "" if none is
}

// Unserved is a retailer that a day's plan does not serve, and why: never_open on that day, too_far to be there in
// time, or no_time_left beside the others.
type Unserved struct {
	RetailerID RetailerID
	Reason     string
}

// OrderedBy says who put a plan's stops into their order.
type OrderedBy string

// The two ways a plan gets its order.
const (
	OrderedBySolver OrderedBy = "solver"
	OrderedByHand   OrderedBy = "hand"
)

// Stop is one retailer in a plan.
type Stop struct {
	ID             StopID
	RetailerID     RetailerID
	PlannedAt      time.Time // when the visit begins
	ServiceSeconds int
	Leg            geo.Meters // from the stop before, or from the start
	LegSeconds     int
	OutsideHours   bool // the retailer is closed by then; only where somebody put it there, or it has no pin
	LegStraight    bool // the leg is a straight line with a detour, along no road
	Locked         bool // it stays where somebody put it
}
