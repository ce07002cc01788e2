package fieldwork

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"rounds"
	"rounds/store"
)

// joinClaims writes what a finding says of each claimed visit of its retailer in the audit's period. It is called in the
// transaction that stores the finding, after that; a correction's replaces what was said before. It changes no visit.
func (o *Office) joinClaims(ctx context.Context, tx *store.Store, a rounds.Actor, audit rounds.Audit, f rounds.Finding) error {
	if err := tx.LockAudit(ctx, a.OrgID, audit.ID); err != nil { // who examines a late visit waits: one of the two sees both
		return err
	}
	claims, err := tx.ClaimsOn(ctx, a.OrgID, audit, f.RetailerID, f.AuditorID)
	if err != nil {
		return err
	}
	if err := checkSaid(f, claims); err != nil {
		return err
	}
	for i := range claims {
		judgeClaim(&claims[i], f, visitHappened)
	}
	return tx.PutAuditClaims(ctx, a.OrgID, audit.ID, claims)
}

// checkSaid refuses a finding that speaks of what nobody claims.
func checkSaid(f rounds.Finding, claims []rounds.AuditClaim) error {
	problem := rounds.Errorf(rounds.Invalid, "this finding speaks of visits that nobody claims here in the audit's period: see its fields")
	for visit := range f.Says {
		if !slices.ContainsFunc(claims, func(c rounds.AuditClaim) bool { return c.VisitID == visit }) {
			problem.With("/says/"+visit.String(), "not_a_claim")
		}
	}
	slices.SortFunc(problem.Fields, func(a, b rounds.Field) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return orNil(problem)
}

// visitHappened is the question of the default form whose answer speaks of all claimed visits.
const visitHappened = "visit_happened"

// judgeClaim says of a claim what the finding does: of this very visit, else of all by the answer to a question.
func judgeClaim(c *rounds.AuditClaim, f rounds.Finding, question string) {
	says, single := f.Says[c.VisitID]
	if !single {
		says = answered(f, question)
	}
	c.FindingID, c.Says = f.ID, says
	c.Severity = severityOfClaim(*c)
}

// answered is what the answer to a question says of all claimed visits; nobody can tell where nobody could be asked.
func answered(f rounds.Finding, question string) rounds.Says {
	var answer string
	if f.Met != rounds.MetVisited || json.Unmarshal(f.Answers[question], &answer) != nil {
		return rounds.CannotTell
	}
	switch answer {
	case "yes":
		return rounds.Confirmed
	case "no":
		return rounds.Refuted
	}
	return rounds.CannotTell
}
