package rounds

import (
	"time"

	"github.com/paulmach/orb"
)

// TerritoryProposal is another cut of a unit's retailers into territories of one purpose. It changes nothing until
// somebody accepts it.
type TerritoryProposal struct {
	ID         TerritoryProposalID
	UnitID     UnitID      // whose territories, with those of all units below it
	Territory  TerritoryID // of which the days of the week are cut; zero: territories are
	Name       string
	Purpose    Purpose
	Origin     CutOrigin
	Ask        CutAsk
	Status     CutStatus
	Revision   int // 1, and one more for each edit
	Day        Day // as of which the register was read
	InputHash  []byte
	Retailers  int          // that are cut
	Progress   *CutProgress // nil: not begun
	Findings   []CutFinding
	CreatedAt  time.Time
	CreatedBy  UserID
	FinishedAt *time.Time // nil: still being planned
	DecidedAt  *time.Time
	DecidedBy  UserID
	Reason     string
	ValidFrom  Day // of an accepted proposal
	RolledBack Day // from which on all is as before; "": no day
}

// TerritoryProposalID identifies a TerritoryProposal.
type TerritoryProposalID = ID[TerritoryProposal]

// CutOrigin says who cut.
type CutOrigin string

// The two ways to a territory proposal.
const (
	CutBySolver CutOrigin = "solver"
	CutByFile   CutOrigin = "file"
)

// CutStatus says how far a territory proposal is.
type CutStatus string

// The statuses. Planning becomes proposed, failed or cancelled, proposed becomes accepted or discarded, accepted may
// become rolled back; nothing else happens.
const (
	CutPlanning   CutStatus = "planning"
	CutProposed   CutStatus = "proposed"
	CutFailed     CutStatus = "failed"
	CutCancelled  CutStatus = "cancelled"
	CutAccepted   CutStatus = "accepted"
	CutDiscarded  CutStatus = "discarded"
	CutRolledBack CutStatus = "rolled_back"
)

// CutAsk is what whoever asks for a proposal chooses.
type CutAsk struct {
	Measures    []CutMeasure     `json:"measures"` // change is counted by the first
	Together    [][]RetailerID   `json:"together,omitempty"`
	Apart       [][]RetailerID   `json:"apart,omitempty"`
	Barriers    []orb.LineString `json:"barriers,omitempty"`     // longitude first
	ChangePrice *float64         `json:"change_price,omitempty"` // what changing everything costs, as a multiple of today's cut; nil: little more changes than must
	Travel      *CutTravel       `json:"travel,omitempty"`       // nil: workload is that of visits alone
	MostChange  float64          `json:"most_change"`            // share of the first measure; 0: any
	Curve       bool             `json:"curve,omitempty"`        // also the best balance for less change, in ten points
	Seconds     int              `json:"seconds"`                // of search; 0: by Iterations, and the same again
	Iterations  int              `json:"iterations"`             // 0: as the engine likes
	Seed        uint64           `json:"seed"`
}

// CutTravel is how people get from visit to visit.
type CutTravel struct {
	SpeedKMH  float64 `json:"speed_kmh"` // along streets
	DaysAWeek int     `json:"days_a_week"`
}

// Travels says that a measure is that of minutes on the way: the last, where these are asked for.
func (a CutAsk) Travels(measure int) bool { return a.Travel != nil && measure == len(a.Measures)-1 }

// CutMeasure is something to be shared out fairly.
type CutMeasure struct {
	Name      string   `json:"name"`                // one of those below
	Tolerance *float64 `json:"tolerance,omitempty"` // share of its target by which a territory may miss it; nil: only reported
}

// The measures that follow from the register. Visits, workload and orders are those of four weeks.
const (
	MeasureRetailers = "retailers"
	MeasureVisits    = "visits"
	MeasureWorkload  = "workload" // minutes of visits, and of travel where that is asked for
	MeasureTravel    = "travel"   // minutes on the way, once they are planned
	MeasureOrders    = "orders"   // the org's own unit
	MeasureClass     = "class:"   // retailers of a class, named after the colon
	MeasureExtra     = "extra:"   // a column of the import, named after the colon
)

// CutTerritory is a territory in a proposal, by its number.
type CutTerritory struct {
	N           int
	TerritoryID TerritoryID // zero: it opens when the proposal is accepted
	Name        string
	UnitID      UnitID
	RepID       UserID // that it is to have; zero: vacant
	BeforeRepID UserID
	Fate        CutFate
	Share       float64 // of a whole one
	Home        *orb.Point
	Frozen      bool
	Weekday     *int               // 0 is Monday; nil: it is no day of the week
	Most        map[string]float64 // by the name of a measure: at most so much
}

// CutFate says what becomes of a territory.
type CutFate string

// The fates. A territory that closes keeps no retailer that is cut, and becomes vacant.
const (
	CutStays  CutFate = "stays"
	CutOpens  CutFate = "opens"
	CutCloses CutFate = "closes"
)

// NoTerritory is the number of none.
const NoTerritory = -1

// CutRetailer is a retailer in a proposal, as it was when the register was read.
type CutRetailer struct {
	N          int // in the order of codes, from 0
	RetailerID RetailerID
	Code, Name string
	At         orb.Point
	Pin        int       // version
	Loads      []float64 // of each measure
	Wished     Weekdays  // on which it wished to be visited, where days of the week are cut
	Was        int       // territory, by its number in the proposal, or NoTerritory
	Lock       int       // the same that it must be in, or NoTerritory
	Now        int       // the same that it is to be in; NoTerritory until it is planned
}

// CutProgress is how far a search is.
type CutProgress struct {
	At         time.Time `json:"at"`    // when it was so
	Share      float64   `json:"share"` // of the time or the iterations
	Iterations int       `json:"iterations"`
	Worst      []float64 `json:"worst,omitempty"` // of each measure, the largest deviation
	Broken     int       `json:"broken"`
}

// CutFinding is something that a person should look at before anything else.
type CutFinding struct {
	Code        string       `json:"code"` // stable, snake_case
	Args        []any        `json:"args,omitempty"`
	Territories []int        `json:"territories,omitempty"`
	Retailers   []RetailerID `json:"retailers,omitempty"` // the first of them
	Count       int          `json:"count,omitempty"`     // of retailers
}

// CutEdit is a change by hand of a proposal.
type CutEdit struct {
	Revision int // that it made
	At       time.Time
	By       UserID
	Reason   string
	Repaired bool // others were moved around it
	Moves    []CutMove
}

// CutMove is a retailer that changes hands in a proposal, by the numbers of its territories.
type CutMove struct {
	RetailerID RetailerID `json:"retailer_id"`
	From       int        `json:"from"`
	To         int        `json:"to"`
}
