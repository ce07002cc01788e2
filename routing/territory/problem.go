package territory

import "rounds/routing/plane"

// None is no territory: of a unit that has none today, or that may go anywhere.
const None = -1

// Limits of a [Problem].
const (
	MostMeasures    = 12
	MostTerritories = 1000
	MostUnits       = 1 << 17
	MostLoad        = 1 << 50 // sum of a measure over all units
)

// Problem is what is to be cut. Of all cuts that keep what is locked, together and apart, the one wanted is, in this order: in
// one piece each; within all capacities, or the worst of them least outside; within all tolerances, likewise; with no territory
// empty; and at the least cost ([Plan.Cost]).
type Problem struct {
	Units       []Unit
	Measures    []Measure   // 1 to [MostMeasures]
	Territories []Territory // 1 to [MostTerritories]
	Beside      plane.Graph // who lies beside whom; territories are to hang together along it. Empty: nobody asks
	Together    [][]int32   // units of which each group stays in one territory
	Apart       [][2]int32  // units that are never in one
	// ChangePrice is what a changed unit costs: thousandths of the cost of today's cut (of the start where there is none), for a
	// change of all of the first measure; 0: change is free; [LittleChange]: as much as it takes.
	ChangePrice int64
	// MostChange is how much of the first measure may change hands, in millionths of what has a territory today; 0: as much
	// as it takes. Tolerances give way to it: the answer is the best balance within it.
	MostChange int64
}

// Unit is a retailer, or whatever else goes into one territory.
type Unit struct {
	At    plane.Point // decimetres
	Loads []int64     // a load of each measure, none below 0
	Today int32       // its territory, or [None]
	Lock  int32       // the territory it must be in, or [None]
}

// Measure is something to be shared out fairly. The target of a territory is the sum over all units × its share.
type Measure struct {
	// Tolerance is by how much a load may miss its target, in millionths of it; [AnyTolerance]: it is only reported.
	Tolerance int64
}

// LittleChange is a price of change that the search finds: so dear that little more changes hands than [Bound] says must, and no
// dearer. It is [UsualPrice] at least.
const LittleChange = -1

// AnyTolerance asks for no balance of a measure.
const AnyTolerance = -1

// Territory is what one rep, call group or van gets.
type Territory struct {
	Share  int64        // of the work, beside the shares of the others; above 0
	Most   []int64      // capacity: of each measure at most this, 0 for any; nil for any at all
	Home   *plane.Point // where whoever works it starts from; nil: nowhere
	Frozen bool         // it keeps exactly the units it has today
}

// HomePull is how much of the cost of a unit is its squared distance to its territory's home, where it has one: in thousandths of
// what its squared distance to the mean counts.
const HomePull = 100

// Options are like those of routing's searches.
type Options struct {
	Seed uint64
	// Iterations is how many proposals of the search are tried; 0 is 200 a unit, or as many as there is time for. With Spent nil the
	// same problem, seed and number give the same plan, bit for bit.
	Iterations int
	// Spent is the share of the caller's time that is gone, 1 when it is over; nil leaves the end to Iterations.
	Spent func() float64
	// Report hears of the best plan so far now and then, from the goroutine that searches; nil for nobody.
	Report func(Progress)
}

// Progress is how far a search is.
type Progress struct {
	Iterations int
	Worst      []int64 // of each measure, the largest deviation, in millionths
	Cost       int64
	Broken     int
}

// Plan is a cut.
type Plan struct {
	Of         []int32   // the territory of each unit
	Loads      [][]int64 // of each territory, a load of each measure
	Cost       int64     // Σ of squared distances to the mean of its territory, and homes' pull; decimetres², each rounded down a territory
	Worst      []int64   // of each measure, the largest |load ÷ target − 1|, in millionths rounded up
	Met        bool      // in one piece, within all tolerances and capacities
	Short      []Shortfall
	Broken     []Island
	Change     Change
	Iterations int // made
}

// Shortfall is a tolerance or capacity that is not met, the largest excess of a measure first.
type Shortfall struct {
	Territory, Measure int
	Load, Low, High    int64  // what it has, and what it was to have
	Reason             Reason // why no cut can do better, or [NotFound]
	Units              []int32
	Floor              int64 // of this measure: no cut keeps all deviations below this, in millionths
}

// Reason is why a tolerance cannot be met.
type Reason string

// Reasons, the first that holds.
const (
	OneUnit    Reason = "one_unit"      // a unit, or a group that stays together, is alone more than a territory may have
	Locks      Reason = "locks"         // what is locked to it is more than it may have, or leaves too little for it
	CutOff     Reason = "cut_off"       // barriers leave it, or those around it, too little or too much
	Capacity   Reason = "capacity"      // all capacities together are less than all loads
	NoChange   Reason = "change_budget" // not within the change that is allowed
	NotFound   Reason = "not_found"     // the search found none, and nothing proves that there is none
	WholeUnits Reason = "whole_units"   // no sums of whole units come that near
)

// Island is a territory in more than one piece: all pieces but the largest.
type Island struct {
	Territory   int
	Pieces      [][]int32
	Unavoidable bool // locks or barriers leave no other way
}

// Change is what changes hands. Units that have no territory today do not count.
type Change struct {
	Units, Load int64 // how many, and how much of the first measure
	Of          int64 // the first measure of all that have a territory today
	// Bound is the least of the first measure that must change hands for its tolerance to be met, when load passes only between
	// territories that are beside each other today: a cut that makes new neighbours may beat it. No cut that meets all tolerances
	// and capacities changes less than Least.
	Bound, Least int64
}
