package rounds

import (
	"time"

	"rounds/geo"
)

// PinProposal is a pin computed from visits, for a person to decide on. It never changes otherwise.
type PinProposal struct {
	ID          PinProposalID
	RetailerID  RetailerID
	FromVersion int      // of the pin that it corrects; 0: there is none
	Pin         geo.Pin  // Version is the next one
	MadeFrom    []UserID // whose visits
	SeenThrough Day      // the last of these
	PinEvidence
	Status         ProposalStatus
	CreatedAt      time.Time
	PointDeletedAt *time.Time // its point and entrances are gone with the positions that it was made from; nil: they are there
	DecidedAt      *time.Time // nil: not yet
	DecidedBy      UserID     // zero: nobody, or the command line
	Reason         string
	Changes        []VisitChange // of an accepted one: what it did to visits
}

// FewPeople is below how many people a place made from their visits is as good as where one of them stood.
const FewPeople = 3

// Personal reports that the point is as much as a position of somebody's: few people's visits made it, and
// it has not become the pin.
func (p PinProposal) Personal() bool { return p.People < FewPeople && p.Status != ProposalAccepted }

// PinProposalID identifies a PinProposal.
type PinProposalID = ID[PinProposal]

// PinEvidence is the numbers that a proposal rests on, and no position of anybody's.
type PinEvidence struct {
	People    int
	Visits    int // a person and day each
	Days      int
	Spread    geo.Meters  // median distance of the people's centres from the proposal
	Shift     *geo.Meters // from the pin that it corrects; nil: there is none
	NearOld   float64     // share of visits within the radius of that pin
	NearNew   float64     // share of visits within the radius of the proposal
	Influence geo.Meters  // how far it would be without the one person who matters most
}

// ProposalStatus says what became of a proposal.
type ProposalStatus string

// The statuses. A stale one corrects a pin that is not in force any more, or has lost its evidence.
const (
	Proposed         ProposalStatus = "proposed"
	ProposalAccepted ProposalStatus = "accepted"
	ProposalRefused  ProposalStatus = "refused"
	ProposalStale    ProposalStatus = "stale"
)

// VisitChange is what another pin makes of a visit.
type VisitChange struct {
	VisitID VisitID  `json:"visit_id"`
	RepID   UserID   `json:"rep_id"`
	Day     Day      `json:"day"`
	Before  Standing `json:"before"`
	After   Standing `json:"after"`
}

// Standing is what a visit is worth.
type Standing struct {
	Outcome    geo.Outcome  `json:"outcome"`
	Reasons    []geo.Reason `json:"reasons"`
	CreditedBy CreditedBy   `json:"credited_by,omitempty"` // "": it does not count
}

// PinSuspect is a pin to look at, and the numbers that it is ranked by. nil is unknown.
type PinSuspect struct {
	RetailerID RetailerID
	PinVersion int
	Severity   int
	Reasons    []string
	Shift      *geo.Meters // from the middle of its visitors
	Sigmas     *float64    // Shift by its sigma
	People     int         // who stand away from it
	Outside    float64     // share of visits beyond the radius
	Sharing    int         // retailers at this very point, itself included
	Place      *geo.Meters // from the middle of the retailers of its city or postcode
	Territory  *geo.Meters // from the middle of its territory
	Decimals   int         // as its coordinates are written; 7: at least
	Judged     int         // visits with a verdict
	NotAt      int         // of these, undecided or elsewhere
	FoundAt    time.Time
}
