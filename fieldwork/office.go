// Package fieldwork holds the operations of the back office: the only place that joins deciding, which
// the pure packages geo and routing do, and recording, which store does.
//
// It knows the order of the steps of each operation, who may take them and what belongs into one
// transaction. It does not know HTTP, JSON requests or SQL.
package fieldwork

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"rounds"
	"rounds/blobs"
	"rounds/locate"
	"rounds/roads"
	"rounds/store"
)

// Office runs the operations. Make one with New and Close it when no caller is left.
type Office struct {
	store  *store.Store
	photos blobs.Store // nil: none are taken
	now    func() time.Time
	log    *slog.Logger
	router *locate.Router // nil: no network service is asked
	travel *roads.Travel
	ways   *wayCache
	cuts   cutCache
	solves chan struct{} // holds as many orders as may be looked for at once
	intake *intake
	limits *attempts
	hashes chan struct{} // holds as many as may run at once
	actors sync.Map      // of actorKey to cachedActor
	keys   atomic.Pointer[[]store.SigningKey]
}

// New makes an Office on a store. The clock is asked once an operation.
func New(s *store.Store, now func() time.Time, log *slog.Logger) *Office {
	o := &Office{
		store:  s,
		now:    func() time.Time { return now().UTC().Truncate(time.Microsecond) }, // as finely as it is stored
		log:    log,
		limits: newAttempts(),
		hashes: make(chan struct{}, hashesAtOnce),
		travel: roads.StraightLines(roads.Car),
		ways:   newWayCache(waysKept),
		solves: make(chan struct{}, solvesAtOnce),
	}
	o.intake = startIntake(o)
	return o
}

// Close waits until every upload that was taken in is stored or refused. Nothing may be uploaded after.
func (o *Office) Close() { o.intake.stop() }

// deed names what somebody wants to do; may says which roles are allowed to.
type deed string

const (
	visiting       deed = "check in and out"
	planning       deed = "plan days"
	asking         deed = "ask for a visit to be put right"
	reviewing      deed = "review visits"
	lookingCloser  deed = "look at a rep's positions"
	keepingRecords deed = "change retailers and territories"
	administering  deed = "change users, units and policies"
	closing        deed = "close days"
	watchingPins   deed = "look at what is said about pins"
	siting         deed = "look at what stands around a place"

	watchingTerritories deed = "look at territory proposals"

	auditing       deed = "draw audits and change them"
	watchingAudits deed = "look at audits"
	writingForms   deed = "write what audits ask"
)

var may = map[deed][]rounds.Role{
	visiting:       {rounds.RoleRep, rounds.RoleSupervisor, rounds.RolePlanner, rounds.RoleAdmin}, // whoever was a rep has events left to send
	asking:         {rounds.RoleRep, rounds.RoleSupervisor, rounds.RolePlanner, rounds.RoleAdmin}, // as above
	planning:       {rounds.RoleSupervisor, rounds.RolePlanner, rounds.RoleAdmin},
	reviewing:      {rounds.RoleSupervisor, rounds.RoleAdmin},
	lookingCloser:  {rounds.RoleSupervisor, rounds.RoleAdmin},
	keepingRecords: {rounds.RolePlanner, rounds.RoleAdmin},
	administering:  {rounds.RoleAdmin},
	closing:        {rounds.RoleAdmin},
	watchingPins:   {rounds.RoleSupervisor, rounds.RolePlanner, rounds.RoleAdmin},
	siting:         {rounds.RoleSupervisor, rounds.RolePlanner, rounds.RoleAdmin},

	watchingTerritories: {rounds.RoleSupervisor, rounds.RolePlanner, rounds.RoleAdmin},

	auditing:       {rounds.RoleSupervisor, rounds.RoleAdmin},
	watchingAudits: {rounds.RoleSupervisor, rounds.RolePlanner, rounds.RoleAdmin},
	writingForms:   {rounds.RoleSupervisor, rounds.RolePlanner, rounds.RoleAdmin},
}

func allow(a rounds.Actor, d deed) error {
	if slices.Contains(may[d], a.Role) {
		return nil
	}
	return rounds.Errorf(rounds.Forbidden, "your role may not do this: ask somebody whose role may")
}

// allowUnit refuses units outside the actor's subtree, in the words used for units that do not exist.
func allowUnit(a rounds.Actor, unit rounds.UnitID) error {
	if a.Units == nil || slices.Contains(a.Units, unit) {
		return nil
	}
	return errNotHere()
}

func errNotHere() error {
	return rounds.Errorf(rounds.NotFound, "there is no such thing here, or it is not yours to see")
}

// today is the working day that it is now in the actor's org.
func (o *Office) today(a rounds.Actor) rounds.Day { return rounds.DayOf(o.now(), a.Zone) }

// actorAge is for how long rights that were taken away may still work.
const actorAge = time.Second

type actorKey struct {
	org  rounds.OrgID
	user rounds.UserID
}

type cachedActor struct {
	rounds.Actor
	readAt time.Time
}

// Actor is the user as a caller, at most one second old; Unauthenticated if they are not active.
func (o *Office) Actor(ctx context.Context, org rounds.OrgID, user rounds.UserID) (rounds.Actor, error) {
	key, now := actorKey{org, user}, o.now()
	if c, ok := o.actors.Load(key); ok {
		if age := now.Sub(c.(cachedActor).readAt); age >= 0 && age < actorAge {
			return c.(cachedActor).Actor, nil
		}
	}
	a, err := o.store.Actor(ctx, org, user)
	if rounds.CodeOf(err) == rounds.NotFound {
		o.actors.Delete(key)
		return a, rounds.Errorf(rounds.Unauthenticated, "this user is no longer active: ask your administrator")
	}
	if err == nil {
		o.actors.Store(key, cachedActor{a, now})
	}
	return a, err
}

// forgetActors lets everybody of an org be looked up again. Other processes remember them for a second at most.
func (o *Office) forgetActors(org rounds.OrgID) {
	o.actors.Range(func(key, _ any) bool {
		if key.(actorKey).org == org {
			o.actors.Delete(key)
		}
		return true
	})
}
