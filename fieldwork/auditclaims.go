package fieldwork

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"rounds"
	"rounds/fieldwork/forms"
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
	return putClaims(ctx, tx, a.OrgID, f, claims)
}

// joinLate writes what findings that were there first say of claimed visits of a rep, who is locked, on days of which
// something has just arrived. What was joined with the finding stays as it stood then.
func joinLate(ctx context.Context, tx *store.Store, org rounds.OrgID, rep rounds.UserID, days []rounds.Day) error {
	unjoined, err := tx.Unjoined(ctx, org, rep, days)
	if err != nil {
		return err
	}
	for _, at := range unjoined {
		audit, err := tx.ReadAudit(ctx, org, at.AuditID)
		if err != nil {
			return err
		}
		f, err := tx.FindingInForce(ctx, org, audit.ID, at.RetailerID)
		if rounds.CodeOf(err) == rounds.NotFound { // it will find the visits when it comes
			continue
		}
		if err != nil {
			return err
		}
		claims, err := tx.ClaimsOn(ctx, org, audit, f.RetailerID, f.AuditorID)
		if err != nil {
			return err
		}
		claims = slices.DeleteFunc(claims, func(c rounds.AuditClaim) bool { return !c.FindingID.IsZero() })
		if err := putClaims(ctx, tx, org, f, claims); err != nil {
			return err
		}
	}
	return nil
}

// putClaims writes what a finding says of claims.
func putClaims(ctx context.Context, tx *store.Store, org rounds.OrgID, f rounds.Finding, claims []rounds.AuditClaim) error {
	form, err := formOf(ctx, tx, org, f.FormID, f.FormVersion)
	if err != nil {
		return err
	}
	ofAll := saysOfAll(form, f)
	for i := range claims {
		judgeClaim(&claims[i], f, ofAll)
	}
	return tx.PutAuditClaims(ctx, org, f.AuditID, claims)
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

// judgeClaim says of a claim what the finding does: of this very visit, else of all of them.
func judgeClaim(c *rounds.AuditClaim, f rounds.Finding, ofAll rounds.Says) {
	says, single := f.Says[c.VisitID]
	if !single {
		says = ofAll
	}
	c.FindingID, c.Says = f.ID, says
	c.Severity = severityOfClaim(*c)
}

// saysOfAll is what the answer to the question that means it says of all claimed visits; nobody can tell where nobody could be
// asked.
func saysOfAll(form forms.Form, f rounds.Finding) rounds.Says {
	q := form.Meant(forms.VisitHappened)
	var answer string
	if f.Met != rounds.MetVisited || q == nil || json.Unmarshal(f.Answers[q.Name], &answer) != nil {
		return rounds.CannotTell
	}
	switch answer {
	case forms.Yes:
		return rounds.Confirmed
	case forms.No:
		return rounds.Refuted
	}
	return rounds.CannotTell
}

// formOf is what a version of a form asks; the zero id is the default form.
func formOf(ctx context.Context, s *store.Store, org rounds.OrgID, id rounds.FormID, version int) (forms.Form, error) {
	if id.IsZero() {
		return forms.Default(), nil
	}
	f, err := s.AuditForm(ctx, org, rounds.UserID{}, id, version)
	if err != nil {
		return forms.Form{}, err
	}
	return forms.Parse(f.Form)
}

// FoundAt is what was found in an audit, with the form by its versions: the one that the audit asks by, and all that were answered.
type FoundAt struct {
	Audit    rounds.Audit
	Forms    map[int]forms.Form
	Findings []store.ListedFinding
}

// AuditFindings are what auditors saw, of an audit of the actor's units.
func (o *Office) AuditFindings(ctx context.Context, a rounds.Actor, id rounds.AuditID, f store.ReportFilter) (found FoundAt, err error) {
	if err := allow(a, watchingAudits); err != nil {
		return found, err
	}
	if found.Audit, err = o.store.Audit(ctx, a.Scope(), id); err != nil {
		return found, err
	}
	if found.Findings, err = o.store.AuditFindings(ctx, a.OrgID, id, f); err != nil {
		return found, err
	}
	found.Forms = map[int]forms.Form{}
	versions := []int{found.Audit.FormVersion}
	for _, said := range found.Findings {
		versions = append(versions, said.FormVersion)
	}
	for _, version := range versions {
		if _, known := found.Forms[version]; known {
			continue
		}
		if found.Forms[version], err = formOf(ctx, o.store, a.OrgID, found.Audit.FormID, version); err != nil {
			return found, err
		}
	}
	return found, nil
}

// AuditClaims are what was said of claimed visits, of an audit of the actor's units.
func (o *Office) AuditClaims(ctx context.Context, a rounds.Actor, id rounds.AuditID, f store.ReportFilter) (rounds.Audit, []store.ListedClaim, error) {
	if err := allow(a, watchingAudits); err != nil {
		return rounds.Audit{}, nil, err
	}
	audit, err := o.store.Audit(ctx, a.Scope(), id)
	if err != nil {
		return audit, nil, err
	}
	found, err := o.store.AuditClaims(ctx, a.OrgID, id, f)
	return audit, found, err
}
