package fieldwork

import (
	"rounds"
	"rounds/clocks"
	"rounds/fieldwork/integrity"
	"rounds/geo"
)

// How much somebody should look, from 1 to 100: whole numbers, by judgement. They order a queue and do
// nothing else. What a position says counts its outcome and, once each, its reasons.
const (
	severityElsewhere   = 60
	severityUndecided   = 20
	severityOpen        = 10 // and too long for anybody to be in a shop
	severityQuarantined = 40 // an event that counts for nothing until somebody looks
	severityRefuted     = 80 // a visit counts, and at the retailer's they say that it never was
	severityConfirmed   = 50 // they say that it was, and it counts for nothing
	severest            = 100
)

var severityOfReason = map[geo.Reason]int{
	geo.Mocked:          20,
	geo.FarOnce:         20,
	geo.FarOutside:      10,
	geo.OutsideRadius:   10,
	clocks.Wrong:        10,
	geo.TooImprecise:    5,
	geo.AccuracyUnknown: 5,
	geo.NoPosition:      5,
	geo.NullIsland:      5,
	geo.StaleFix:        5,
	geo.FixTimeInFuture: 5,
	notInTerritory:      5,
	retailerClosed:      5,
	checkOutDiffers:     5,
}

// severityOf is 0 for a visit that position or something else has credited, or that somebody has decided
// since its last verdict.
func severityOf(v rounds.Visit, decided bool) int {
	severity := severityUndecided
	switch {
	case v.Outcome == geo.AtRetailer, decided, v.Credited && v.CreditedBy != rounds.CreditedByReview:
		return 0
	case v.Outcome == geo.Elsewhere:
		severity = severityElsewhere
	}
	seen := map[geo.Reason]bool{}
	for _, r := range v.Reasons {
		if !seen[r] {
			severity += severityOfReason[r]
		}
		seen[r] = true
	}
	return min(severity, severest)
}

// severityOfScore is the score where a person should look, 60 tenths, two for every three tenths more, and
// 0 below that.
func severityOfScore(score integrity.Tenths) int {
	if score < integrity.ReviewAt {
		return 0
	}
	return min(60+2*int(score-integrity.ReviewAt)/3, severest)
}

// severityOfClaim is 0 where nobody can tell, and where a visit counts that a finding confirms. One that it refutes may come
// to count later, by evidence: it waits while it does.
func severityOfClaim(c rounds.AuditClaim) int {
	switch {
	case c.Says == rounds.Refuted:
		return severityRefuted
	case !c.Credited && c.Says == rounds.Confirmed:
		return severityConfirmed
	}
	return 0
}
