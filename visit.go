package rounds

import (
	"encoding/json"
	"slices"
	"time"

	"rounds/geo"
)

// EventKind says what a visit event claims.
type EventKind string

// The kinds of visit events.
const (
	CheckIn  EventKind = "check_in"
	CheckOut EventKind = "check_out"
)

// VisitEvent is a rep's claim to start or end a visit, as the phone sent it. Immutable.
type VisitEvent struct {
	ID         EventID
	RepID      UserID
	Kind       EventKind
	RetailerID RetailerID
	StopID     StopID  // zero: not planned, or not known
	CheckInID  EventID // of a check-out: the visit that it ends
	Fixes      []Fix
	Device     Device
	Note       string
	Evidence   json.RawMessage            // kinds beyond positions, kept as sent; nil: none
	Unknown    map[string]json.RawMessage // fields this server does not know (yet), kept as sent
	Sent       Sent                       // not part of the event: differs from one sending to the next
	ReceivedAt time.Time
	HappenedAt time.Time // by all clocks together: see package clocks
	Day        Day       // when it happened
}

// Fix is a position as the phone sent it: a [geo.Fix] and what no verdict looks at.
type Fix struct {
	geo.Fix
	AltitudeM  *float64
	SpeedMPS   *float64
	HeadingDeg *float64
}

// Located is what a network service said of an event's phone when it was asked: a fix, or an address alone.
type Located struct {
	geo.Fix
	Service string // its name in the server's configuration
	Address string // as a carrier wrote it
}

// Lookup says how asking network services about an event ended; while it has not, there is none.
type Lookup struct {
	EventID    EventID
	Answer     Answer
	Reason     string // snake_case; "" where found
	AnsweredAt time.Time
}

// Answer is what came of asking. Each of them is definite: nobody asks again.
type Answer string

// The answers.
const (
	AnswerFound    Answer = "found"
	AnswerNotFound Answer = "not_found"
	AnswerGivenUp  Answer = "given_up" // nobody can be asked, or nobody has answered for too long
)

// Device is the phone and its clocks at the tap.
type Device struct {
	ID       string
	BootID   string
	Seq      int64 // only rises
	Time     time.Time
	UptimeMS int64 // since boot, sleep included
}

// Sent is the phone's clock at the moment of sending; the zero Sent when it did not say.
type Sent struct {
	BootID   string
	Time     time.Time
	UptimeMS int64
}

// CreditedBy says what credited a visit.
type CreditedBy string

// What may credit a visit. Evidence and reviews may credit; they never change an outcome. Evidence is named as
// in [geo.EvidenceKind].
const (
	CreditedByPosition     CreditedBy = "position"
	CreditedByCode         CreditedBy = "code"
	CreditedByTag          CreditedBy = "tag"
	CreditedByPhoto        CreditedBy = "photo"
	CreditedByConfirmation CreditedBy = "confirmation"
	CreditedByReview       CreditedBy = "review"
)

// Judgement is a verdict on one event, with what it was judged by.
type Judgement struct {
	EventID  EventID
	Revision int // 1 for the first; a later one never replaces it
	geo.Verdict
	Measured geo.Measured
	Flags    []geo.Reason // what else was noticed; no flag changes an outcome
	JudgedAt time.Time
}

// EndBy says what ended a visit.
type EndBy string

// What may end a visit. An estimate earns no time.
const (
	EndByDevice   EndBy = "device"   // a check-out
	EndByRequest  EndBy = "request"  // an accepted request
	EndByEstimate EndBy = "estimate" // the next check-in
)

// Visit is a check-in with the check-out that ends it, derived from events, reviews and accepted requests alone.
type Visit struct {
	ID           VisitID   // its check-in's, or its request's
	RequestID    RequestID // zero: it has a check-in
	RepID        UserID
	RetailerID   RetailerID
	StopID       StopID
	Day          Day
	StartedAt    time.Time
	EndedAt      *time.Time // nil: still open
	EndEstimated bool       // closed by the next check-in alone: earns no time
	CheckOutID   EventID
	Dwell        *geo.Seconds // time in store; nil while open or estimated
	Outcome      geo.Outcome
	Credited     bool
	CreditedBy   CreditedBy // "" when not credited
	NeedsReview  bool
	Reasons      []geo.Reason
	Severity     int  // 1–100: how much somebody should look at what its position says; 0: no need
	Audit        bool // an auditor's, at a stop of their route: no claim, and no rep's work
}

// EndBy is what ended the visit; "" while it is open.
func (v Visit) EndBy() EndBy {
	switch {
	case v.EndedAt == nil:
		return ""
	case v.EndEstimated:
		return EndByEstimate
	case v.CheckOutID.IsZero():
		return EndByRequest
	}
	return EndByDevice
}

// Closing closes every day up to and including one: what events say of them later is kept apart.
type Closing struct {
	Through  Day
	Reason   string
	ClosedAt time.Time
	ClosedBy UserID
}

// Decision is what a review says.
type Decision string

// The decisions of a review. A confirmation says that the reviewer was there or asked at the retailer's; it is
// evidence, and decides nothing. A note changes nothing.
// Only an item in quarantine is dismissed.
const (
	DecisionCredit  Decision = "credit"
	DecisionRefuse  Decision = "refuse"
	DecisionConfirm Decision = "confirm"
	DecisionNote    Decision = "note"

	DecisionDismiss Decision = "dismiss"
)

// Review is a person's later judgement on a visit, with a reason.
type Review struct {
	ID         ReviewID
	VisitID    VisitID
	ReviewerID UserID
	Decision   Decision
	Reason     string
	CreatedAt  time.Time
}

// Quarantined is an item of an upload that could not be taken as an event or, of an auditor, as a finding, kept as it came.
type Quarantined struct {
	ID         ID[Quarantined]
	RepID      UserID
	Finding    bool      // it was to be a finding, and no event
	FindingID  FindingID // of one; zero: unreadable, as the next
	AuditID    AuditID
	EventID    EventID    // zero: unreadable
	RetailerID RetailerID // of an unknown retailer: the event is tried again when it appears
	Code       string
	Problem    string
	Raw        []byte // at most 16 KB, of a finding 64 KB
	Sent       Sent
	ReceivedAt time.Time
}

// AllReasons are the reasons of the position and the flags together, sorted.
func (j Judgement) AllReasons() []geo.Reason {
	all := slices.Concat(j.Reasons, j.Flags)
	slices.Sort(all)
	return slices.Compact(all)
}
