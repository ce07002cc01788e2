package geo

import "slices"

// Settlement is one thing that would settle an undecided visit. Stable, like reasons.
type Settlement string

// What may settle a visit, the easiest first.
const (
	BySecondFix    Settlement = "second_fix" // another position, later or under open sky
	ByCode         Settlement = "code"       // the retailer's code, scanned
	ByTag          Settlement = "tag"        // the retailer's tag, touched
	ByPhoto        Settlement = "photo"      // that says when and where it was taken
	ByConfirmation Settlement = "confirmation"
)

// Settle lists what would settle an undecided verdict, the easiest first; nil
// for a decided one. can is what can be had at all: of that, evidence is offered
// where the policy lets it credit, and a second fix unless no fix can help.
func Settle(p Policy, v Verdict, can []Settlement) []Settlement {
	if v.Outcome != Undecided {
		return nil
	}
	offered := []Settlement{}
	for _, s := range []Settlement{BySecondFix, ByCode, ByTag, ByPhoto, ByConfirmation} {
		if slices.Contains(can, s) && settles(p, v, s) {
			offered = append(offered, s)
		}
	}
	return offered
}

func settles(p Policy, v Verdict, s Settlement) bool {
	switch {
	case slices.Contains(v.Reasons, PolicyInvalid):
		return false
	case s == BySecondFix:
		return !slices.Contains(v.Reasons, NoPin) && !slices.Contains(v.Reasons, PinUnconfirmed)
	}
	return slices.Contains(p.Credits, EvidenceKind(s))
}
