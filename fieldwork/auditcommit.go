package fieldwork

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/audit"
	"rounds/store"
)

// openFor is for how long a commitment waits to be drawn; with a beacon, from when its output is known.
const openFor = 24 * time.Hour

// beaconWithin is how far ahead a beacon's round may be: until then nobody else may open the same audit, and its secret is not told.
const beaconWithin = 30 * 24 * time.Hour

// maxAuditDays is of how many days claimed visits are audited at most.
const maxAuditDays = 366

// NewAudit is what a commitment is made to.
type NewAudit struct {
	UnitID      rounds.UnitID // zero: the actor's
	Asked       rounds.AuditScope
	From, To    rounds.Day
	Spec        []byte // as package audit reads it
	Beacon      *Beacon
	FormID      rounds.FormID // zero: the default form
	FormVersion int           // 0: the latest
}

// Beacon is public chance that does not exist yet: a source, the name of one of its rounds, and when the round's output comes.
type Beacon struct {
	Source string    `json:"source"`
	Round  string    `json:"round"`
	At     time.Time `json:"at"`
}

// BeaconOf reads a beacon as an audit has it; nil for none.
func BeaconOf(u rounds.Audit) (*Beacon, error) {
	if u.Beacon == "" {
		return nil, nil
	}
	var b Beacon
	return &b, json.Unmarshal([]byte(u.Beacon), &b)
}

// CommitAudit freezes whom an audit may draw, and promises that and how it will be drawn, before anybody can know whom. What keeps it
// from being drawn is an Invalid error; another open one that could draw the same retailers for the same days is a Conflict.
func (o *Office) CommitAudit(ctx context.Context, a rounds.Actor, n NewAudit) (WholeAudit, error) {
	if err := allow(a, auditing); err != nil {
		return WholeAudit{}, err
	}
	spec, err := o.checkAudit(a, n)
	if err != nil {
		return WholeAudit{}, err
	}
	id := rounds.NewID[rounds.Audit]()
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		u, err := newAudit(a, n, spec)
		if err != nil {
			return err
		}
		u.ID = id
		return o.commit(ctx, tx, a, u, spec)
	})
	if err != nil {
		return WholeAudit{}, err
	}
	return o.Audit(ctx, a, id)
}

// checkAudit reads the specification, and refuses days and beacons that no audit can have.
func (o *Office) checkAudit(a rounds.Actor, n NewAudit) (audit.Spec, error) {
	problem := errAudit()
	switch {
	case n.To < n.From:
		problem.With("/to", "before_from")
	case n.To > o.today(a):
		problem.With("/to", "in_the_future")
	case n.From.Add(maxAuditDays) <= n.To:
		problem.With("/from", "bad_range")
	}
	problemsOfBeacon(problem, n.Beacon, o.now())
	spec, err := audit.ParseSpec(n.Spec)
	if err != nil {
		problem.With("/spec", "cannot_be_drawn", err.Error())
	}
	return spec, orNil(problem)
}

// problemsOfBeacon names a round whose output is known already, or so late that its audit would stay open for months.
func problemsOfBeacon(problem *rounds.Error, b *Beacon, now time.Time) {
	switch {
	case b == nil:
	case !b.At.After(now):
		problem.With("/beacon/at", "in_the_past")
	case b.At.After(now.Add(beaconWithin)):
		problem.With("/beacon/at", "too_far")
	}
}

// newAudit is a commitment but for its frame, its time and its place in the chain.
func newAudit(a rounds.Actor, n NewAudit, spec audit.Spec) (rounds.Audit, error) {
	u := rounds.Audit{
		UnitID: n.UnitID, Asked: sortedScope(n.Asked), From: n.From, To: n.To, Status: rounds.AuditCommitted, FormID: n.FormID,
		FormVersion: n.FormVersion, CommittedBy: a.UserID, Secret: make([]byte, 32),
	}
	if u.UnitID.IsZero() {
		u.UnitID = a.UnitID
	}
	if b := n.Beacon; b != nil {
		at := b.At.UTC().Truncate(time.Microsecond)
		text, err := json.Marshal(Beacon{b.Source, b.Round, at})
		if err != nil {
			return u, err
		}
		u.Beacon, u.BeaconAt = string(text), &at
	}
	_, _ = rand.Read(u.Secret) // never fails
	text, err := json.Marshal(spec)
	if err != nil {
		return u, err
	}
	u.Spec, u.SpecHash, u.SecretHash = string(text), audit.HashOf(text), audit.HashOf(u.Secret)
	u.Scope, err = scopeText(u)
	return u, err
}

// sortedScope makes two that mean the same the same.
func sortedScope(s rounds.AuditScope) rounds.AuditScope {
	byText := func(x, y interface{ String() string }) int { return strings.Compare(x.String(), y.String()) }
	s.Territories = slices.Compact(slices.SortedFunc(slices.Values(s.Territories), func(x, y rounds.TerritoryID) int { return byText(x, y) }))
	s.Reps = slices.Compact(slices.SortedFunc(slices.Values(s.Reps), func(x, y rounds.UserID) int { return byText(x, y) }))
	s.Classes = slices.Compact(slices.Sorted(slices.Values(s.Classes)))
	return s
}

// scopeText is what a commitment says of whom it may draw.
func scopeText(u rounds.Audit) (string, error) {
	text, err := json.Marshal(struct {
		Unit rounds.UnitID `json:"unit"`
		rounds.AuditScope
	}{u.UnitID, u.Asked})
	return string(text), err
}

// commit freezes the frame and adds the commitment to the chain, which nobody else moves meanwhile.
func (o *Office) commit(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, spec audit.Spec) error {
	last, head, err := tx.LockChain(ctx, a.OrgID)
	if err != nil {
		return err
	}
	if err := o.date(ctx, tx, a, &u, last); err != nil {
		return err
	}
	if err := o.lapse(ctx, tx, a.OrgID); err != nil {
		return err
	}
	frame, err := o.freezeFrame(ctx, tx, a, u, spec)
	if err != nil {
		return err
	}
	if _, err := frame.Draw(spec, "a seed that nobody will use"); err != nil {
		return errAudit().With("/spec", "cannot_be_drawn", err.Error())
	}
	if u.Beside, err = besideOf(ctx, tx, a, u, frame); err != nil {
		return err
	}
	if u.FormVersion, err = formVersion(ctx, tx, a, u); err != nil {
		return err
	}
	u.Number, u.Previous, u.FrameHash = last+1, head, hashOfFrame(frame.Frame)
	u.Hash = CommitmentOf(u).Hash()
	if err := tx.InsertAudit(ctx, a.OrgID, u, frame.Len(), frame.text); err != nil {
		return err
	}
	if err := tx.MoveChain(ctx, a.OrgID, u.Number, u.Hash); err != nil {
		return err
	}
	return o.logAudit(ctx, tx, a, "audit.commit", u, map[string]any{
		"scope": u.Scope, "from": u.From, "to": u.To, "retailers": frame.Len(), "frame": u.FrameHash, "beside": u.Beside,
	})
}

// date gives a commitment its time, while it is its turn: never before that of the one with the number before it, whatever the clocks of
// several servers say. A beacon that has spoken meanwhile is an Invalid error.
func (o *Office) date(ctx context.Context, tx *store.Store, a rounds.Actor, u *rounds.Audit, last int64) error {
	before, err := tx.CommittedAt(ctx, a.OrgID, last)
	if err != nil {
		return err
	}
	if u.CommittedAt = o.now(); u.CommittedAt.Before(before) {
		u.CommittedAt = before
	}
	u.LapsesAt = u.CommittedAt.Add(openFor)
	if u.BeaconAt == nil {
		return nil
	}
	u.LapsesAt = u.BeaconAt.Add(openFor)
	if !u.BeaconAt.After(u.CommittedAt) {
		return errAudit().With("/beacon/at", "in_the_past")
	}
	return nil
}

// besideOf are the numbers of those before it that could draw the same retailers for some of the same days. An open one of them is a
// Conflict: who drew both at once could choose.
func besideOf(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, frame frozenFrame) ([]int64, error) {
	earlier, err := tx.AuditsOfDays(ctx, a.OrgID, u.From, u.To)
	if err != nil {
		return nil, err
	}
	var beside []int64
	for _, e := range earlier {
		text, err := tx.AuditFrame(ctx, a.OrgID, e.ID)
		if err != nil {
			return nil, err
		}
		if !frame.shares(text) {
			continue
		}
		if e.Status == rounds.AuditCommitted || e.Status == rounds.AuditValued {
			return nil, rounds.Errorf(rounds.Conflict, "audit %d is open for some of these retailers and days: let it be drawn, or cancel it, first", e.Number)
		}
		beside = append(beside, e.Number)
	}
	return beside, nil
}

// CommitmentOf is what an audit promised, as package audit hashes it.
func CommitmentOf(u rounds.Audit) audit.Commitment {
	return audit.Commitment{
		Number: u.Number, Previous: u.Previous, By: u.CommittedBy.String(), At: u.CommittedAt.UTC().Format(time.RFC3339Nano), Scope: u.Scope,
		From: string(u.From), To: string(u.To), Frame: u.FrameHash, Spec: u.SpecHash, Secret: u.SecretHash, Beacon: u.Beacon,
	}
}

// formVersion is the version of the questions that are asked: the latest one if none is named.
func formVersion(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit) (int, error) {
	if u.FormID.IsZero() {
		return cmp.Or(u.FormVersion, DefaultFormVersion), nil
	}
	form, err := tx.AuditForm(ctx, a.OrgID, rounds.UserID{}, u.FormID, u.FormVersion)
	if rounds.CodeOf(err) == rounds.NotFound {
		return 0, errAudit().With("/form", "not_found")
	}
	return form.Version, err
}
