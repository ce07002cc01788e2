package rounds

import (
	"encoding/json"
	"time"

	"github.com/paulmach/orb"
)

// Audit is a random draw of retailers, from the commitment that goes before it to its end. What it may draw from and how is
// promised before anybody can know whom it will draw; package audit says how.
type Audit struct {
	ID          AuditID
	Number      int64  // in the org's chain of commitments, from 1
	UnitID      UnitID // whose retailers, with those of all units below it
	Scope       string // as committed to
	Asked       AuditScope
	From, To    Day    // of the claimed visits that are audited, the last day included
	Spec        string // of the draw, as committed to, byte for byte
	Beacon      string // source and round of public chance; "" for none
	BeaconAt    *time.Time
	Secret      []byte // told to nobody before the draw, or before it has ended without one
	SecretHash  string
	FrameHash   string
	SpecHash    string
	Previous    string // hash of the commitment before
	Hash        string // of the commitment
	Status      AuditStatus
	FormID      FormID // zero: the default form
	FormVersion int
	CommittedAt time.Time
	CommittedBy UserID
	LapsesAt    time.Time // unless it is drawn by then
	Beside      []int64   // numbers of those before it that could draw the same retailers for the same days

	Value        string // what a person added after the commitment; "" until then
	ValuedAt     *time.Time
	ValuedBy     UserID
	BeaconOutput string
	DrawnAt      *time.Time
	DrawnBy      UserID
	Seed         string // "" until it is drawn

	EndedAt *time.Time
	EndedBy UserID // zero: the server, when its time was over
	Reason  string // of who ended it
}

// Ids of audits and what belongs to them. A FindingID is made by the phone.
type (
	AuditID       = ID[Audit]
	AuditChangeID = ID[AuditChange]
	AuditRouteID  = ID[AuditRoute]
	FormID        = ID[AuditForm]
	FindingID     = ID[Finding]
)

// AuditScope is which of a unit's retailers an audit may draw.
type AuditScope struct {
	Territories []TerritoryID `json:"territories,omitempty"` // none: all
	Reps        []UserID      `json:"reps,omitempty"`        // none: all
	Classes     []string      `json:"classes,omitempty"`     // none: all
	ApartDays   int           `json:"apart_days"`            // none that an audit drew in so many days before
	Visited     bool          `json:"visited,omitempty"`     // only with a claimed visit in the period
}

// AuditStatus says how far an audit is. It never goes back; done, cancelled and lapsed are its ends.
type AuditStatus string

// The statuses. Committed becomes valued where a beacon's output is waited for, or drawn at once; drawn becomes done. Before the
// draw an audit may lapse, and until it is done it may be cancelled; nothing else happens.
const (
	AuditCommitted AuditStatus = "committed"
	AuditValued    AuditStatus = "valued"
	AuditDrawn     AuditStatus = "drawn"
	AuditDone      AuditStatus = "done"
	AuditCancelled AuditStatus = "cancelled"
	AuditLapsed    AuditStatus = "lapsed"
)

// AuditPick is a retailer that an audit visits, may visit, or no longer visits.
type AuditPick struct {
	RetailerID  RetailerID
	Code        string // as in the frame
	Stratum     string
	Rank        int     // within the stratum; 0: added by hand
	Probability float64 // of being drawn; 0: added by hand
	Role        PickRole
	Standing    PickStanding
	RepID       UserID // whose it was when the frame was frozen; zero: nobody's
	TerritoryID TerritoryID
	Class       string
}

// PickRole says how a retailer came into an audit. It never changes.
type PickRole string

// The roles.
const (
	PickDrawn   PickRole = "drawn"
	PickReserve PickRole = "reserve"
	PickAdded   PickRole = "added" // by hand
)

// PickStanding says whether an audit visits a retailer now. Accepted changes by hand move it; rank, probability and role stay as drawn.
type PickStanding string

// The standings.
const (
	PickIn      PickStanding = "in"
	PickWaiting PickStanding = "waiting" // a reserve that nobody needed yet
	PickOut     PickStanding = "out"
)

// AuditChange is a change of a draw by hand: what somebody asked for, and what somebody else said to it.
type AuditChange struct {
	ID         AuditChangeID
	Kind       ChangeKind
	RetailerID RetailerID
	ReserveID  RetailerID // that came in for it
	Reason     string
	AskedAt    time.Time
	AskedBy    UserID
	Decision   ChangeDecision // "": waits for a second person
	DecidedAt  *time.Time
	DecidedBy  UserID // zero: the check-in at the closed shop was enough, or it was overtaken
	Answer     string
}

// ChangeKind says what a change by hand does to what an audit visits. What chance picked, and how probably, stays as it was.
type ChangeKind string

// The kinds. Replacing takes a retailer that cannot be visited out, and the next reserve of its stratum in.
const (
	ChangeRemove  ChangeKind = "remove"
	ChangeAdd     ChangeKind = "add"
	ChangeReplace ChangeKind = "replace"
)

// ChangeDecision says what became of a change that was asked for.
type ChangeDecision string

// The decisions: a second person's, the first one's second thoughts, or nobody's: the retailer was replaced by whoever stood before the
// closed shop, or the audit has ended.
const (
	ChangeAccept   ChangeDecision = "accept"
	ChangeRefuse   ChangeDecision = "refuse"
	ChangeWithdraw ChangeDecision = "withdraw"

	ChangeOvertaken ChangeDecision = "overtaken"
)

// AuditForm is one version of a questionnaire. It never changes: audits name the version they ask by, findings the one they answer.
type AuditForm struct {
	ID        FormID
	Version   int
	Title     string
	Form      json.RawMessage // as package fieldwork/forms reads it
	CreatedAt time.Time
	CreatedBy UserID
}

// AuditRoute is the retailers that one auditor visits on one day, in their order.
type AuditRoute struct {
	ID         AuditRouteID
	AuditID    AuditID
	AuditorID  UserID
	Day        Day
	Revision   int
	Start, End *orb.Point // nil: at the first or last stop
	StartsAt   time.Time
	EndsAt     time.Time
	DistanceM  float64
	TravelS    int
	Travel     Travel
	Stops      []Stop
	CreatedAt  time.Time
	CreatedBy  UserID
}

// Finding is what an auditor saw at a retailer. Immutable: a correction is another one.
type Finding struct {
	ID          FindingID
	AuditID     AuditID
	RetailerID  RetailerID
	AuditorID   UserID
	CorrectsID  FindingID // zero: it is the first
	CheckInID   EventID   // the auditor's; zero: none was named
	FormID      FormID
	FormVersion int
	Met         Met
	Answers     map[string]json.RawMessage // by the name of a question
	Says        map[VisitID]Says           // of single claimed visits; of the others the form's question speaks
	Note        string
	AnsweredAt  time.Time
	ReceivedAt  time.Time
}

// Met says whether there was somebody to ask. Only a finding that was MetVisited has answers.
type Met string

// What an auditor may meet.
const (
	MetVisited  Met = "visited"
	MetClosed   Met = "closed"
	MetRefused  Met = "refused"
	MetNotFound Met = "not_found"
)

// Says is what a finding says of a claimed visit: that it happened, that it did not, or neither. It changes no credit.
type Says string

// The sayings.
const (
	Confirmed  Says = "confirmed"
	Refuted    Says = "refuted"
	CannotTell Says = "cannot_tell"
)

// AuditClaim is a claimed visit with what a finding says of it.
type AuditClaim struct {
	VisitID    VisitID
	RetailerID RetailerID
	RepID      UserID // who claims to have been there
	Day        Day
	Credited   bool // as it stood when the finding arrived
	Outcome    string
	FindingID  FindingID
	Says       Says
	Severity   int // 1–100: how much somebody should look, while the visit counts otherwise than it says; 0: no need
}
