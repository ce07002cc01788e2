package geo

import "slices"

// Settlement is one thing that would settle an undecided visit. Stable, like reasons.
type Settlement string

// What may settle a visit, the easiest first.
const (
	BySecondFix    Settlement = "second_fix" // another position, later or under open sky
	ByCode         Settlement = "code"       // the retailer's code, scanned
	ByTag          Settlement = "tag"        // the retailer's tag, touched
	ByPhoto        Settlement = "photo"      // for a reviewer to look at
	ByConfirmation Settlement = "confirmation"
)

// Settle lists what would settle an undecided verdict, the easiest first; nil
// for a decided one. Evidence is offered where the policy lets it credit, a code
// or tag only if the retailer has one to show, a photo always, a second fix
// unless no fix can help.
func Settle(p Policy, v Verdict, has []EvidenceKind) []Settlement {
	if v.Outcome != Undecided {
		return nil
	}
	offered := []Settlement{}
	for _, s := range []Settlement{BySecondFix, ByCode, ByTag, ByPhoto, ByConfirmation} {
		if settles(p, v, s, has) {
			offered = append(offered, s)
		}
	}
	return offered
}

func settles(p Policy, v Verdict, s Settlement, has []EvidenceKind) bool {
	unusable := slices.Contains(v.Reasons, PolicyInvalid)
	switch s {
	case BySecondFix:
		return !unusable && !slices.Contains(v.Reasons, NoPin) && !slices.Contains(v.Reasons, PinUnconfirmed)
	case ByPhoto:
		return true
	case ByCode, ByTag:
		if !slices.Contains(has, EvidenceKind(s)) {
			return false
		}
	}
	return !unusable && slices.Contains(p.Credits, EvidenceKind(s))
}
