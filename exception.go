package rounds

import (
	"time"

	"rounds/geo"
)

// ExceptionKind says why something waits for somebody to look at it.
type ExceptionKind string

// The kinds of exceptions. The id of the first four and the last two is the visit's.
const (
	VisitUndecided ExceptionKind = "visit_undecided"
	VisitElsewhere ExceptionKind = "visit_elsewhere"
	IntegrityHigh  ExceptionKind = "integrity"       // the sum of a visit's signals
	OpenVisit      ExceptionKind = "open_visit"      // never ended, and too long ago
	QuarantinedRow ExceptionKind = "quarantined"     // an upload that could not be taken as an event or a finding
	SuspectPin     ExceptionKind = "pin_suspect"     // a retailer that is probably not where its pin is
	AuditRefuted   ExceptionKind = "audit_refuted"   // a visit that counts, and an audit's finding says never was
	AuditConfirmed ExceptionKind = "audit_confirmed" // one that does not count, and a finding says was
)

// Exception is something that waits for somebody to look at it. What is not known of it is zero or nil.
type Exception struct {
	Kind         ExceptionKind
	ID           ID[Exception] // of the visit, of the item in quarantine, or of the retailer
	Severity     int           // 1–100
	Day          Day           // of the visit, or on which the item was received
	RepID        UserID
	RepName      string
	RetailerID   RetailerID
	RetailerCode string
	RetailerName string
	VisitID      VisitID
	Since        time.Time // the visit's beginning, or the receipt of the item
	Reasons      []geo.Reason
	Distance     *geo.Meters // from the pin at check-in
	PInside      *float64
	PHonest      *float64
	Problem      string  // with an item in quarantine
	AuditID      AuditID // that speaks of the visit, or whose finding is in quarantine; zero: the kind is another
}

// Decided is what somebody decided on a visit or an item in quarantine.
type Decided struct {
	ID           ID[Decided]
	At           time.Time
	By           UserID
	ByName       string
	Decision     Decision
	Reason       string
	VisitID      VisitID // zero: an item in quarantine
	Day          Day     // of the visit; "": an item in quarantine
	RetailerCode string  // "": not known
	RetailerName string
}
