package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"rounds"
)

// drawnOf puts an audit of a unit that has drawn these retailers into the database, of the claims from the day before today to today.
func (f *fixture) drawnOf(unit string, retailers []rounds.Retailer, changes ...func(*rounds.Audit)) rounds.Audit {
	f.t.Helper()
	ctx, now, by := context.Background(), f.now(), f.users["supervisor"].ID
	hash := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	a := rounds.Audit{
		ID: rounds.NewID[rounds.Audit](), UnitID: f.units[unit], From: rounds.Day(today).Add(-1), To: today, Spec: "{}", Secret: make([]byte, 32),
		SecretHash: hash("secret"), FrameHash: hash("frame"), SpecHash: hash("spec"), FormVersion: 1,
		CommittedAt: now, CommittedBy: by, LapsesAt: now.Add(24 * time.Hour),
	}
	a.Number = int64(binary.BigEndian.Uint64(a.ID[8:]) >> 1) // none that the chain will come to
	a.Scope, a.Hash = a.ID.String(), hash(a.ID.String())
	for _, change := range changes {
		change(&a)
	}
	f.must(f.store.InsertAudit(ctx, f.org.ID, a, len(retailers), "code"))
	picks := make([]rounds.AuditPick, len(retailers))
	for i, r := range retailers {
		picks[i] = rounds.AuditPick{RetailerID: r.ID, Code: r.Code, Rank: i + 1, Probability: 0.5, Role: rounds.PickDrawn, Standing: rounds.PickIn}
	}
	f.must(f.store.InsertAuditPicks(ctx, f.org.ID, a.ID, picks))
	a.Status, a.Value, a.ValuedAt, a.ValuedBy, a.DrawnAt, a.DrawnBy, a.Seed = rounds.AuditDrawn, "6", &now, by, &now, by, hash("seed")
	f.must(f.store.UpdateAudit(ctx, f.org.ID, a))
	return a
}

// sent gives an auditor a route of an audit today, to retailers in this order.
func (f *fixture) sent(id rounds.AuditID, auditor string, retailers ...rounds.Retailer) rounds.AuditRoute {
	f.t.Helper()
	now := f.now()
	route := rounds.AuditRoute{
		ID: rounds.NewID[rounds.AuditRoute](), AuditID: id, AuditorID: f.users[auditor].ID, Day: today, Revision: 1,
		StartsAt: now, EndsAt: now, CreatedAt: now, CreatedBy: f.users["supervisor"].ID,
		Travel: rounds.Travel{Source: "straight", Wanted: "straight"},
	}
	for _, r := range retailers {
		route.Stops = append(route.Stops, rounds.Stop{ID: rounds.NewID[rounds.Stop](), RetailerID: r.ID, PlannedAt: now})
	}
	f.must(f.store.InsertAuditRoute(context.Background(), f.org.ID, route))
	return route
}
