package rounds

import "time"

// RequestKind says what a rep asks to be put right.
type RequestKind string

// The kinds of requests.
const (
	ForgottenCheckOut RequestKind = "forgotten_check_out" // end a visit when the rep says that it ended
	MissedCheckIn     RequestKind = "missed_check_in"     // count a visit that no event tells of
	Dispute           RequestKind = "dispute"             // credit a visit after all
)

// RequestStatus says what became of a request.
type RequestStatus string

// The statuses of a request. Every one but the first is final.
const (
	RequestOpen      RequestStatus = "open"
	RequestAccepted  RequestStatus = "accepted"
	RequestRefused   RequestStatus = "refused"
	RequestWithdrawn RequestStatus = "withdrawn"
)

// Request is what a rep says of a visit beside its events. It changes none of them; an accepted one is one
// more thing that the visit derives from.
type Request struct {
	ID               RequestID
	RepID            UserID
	Kind             RequestKind
	VisitID          VisitID // zero of a MissedCheckIn, whose visit has the request's id
	RetailerID       RetailerID
	StopID           StopID     // of a MissedCheckIn, if it was planned
	ClaimedStart     *time.Time // of a MissedCheckIn
	ClaimedEnd       *time.Time // nil of a Dispute
	Day              Day
	OutsideTerritory bool // the retailer of a MissedCheckIn was not the rep's on the day
	Reason           string
	CreatedAt        time.Time
	Status           RequestStatus
	DecidedBy        UserID // zero unless accepted or refused
	DecidedAt        *time.Time
	DecisionReason   string
}

// About is the visit that the request is about, or stands for.
func (r Request) About() VisitID {
	if r.Kind == MissedCheckIn {
		return VisitID(r.ID)
	}
	return r.VisitID
}
