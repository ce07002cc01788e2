package geo

// A Verdict is what a position says about a claim to be at a retailer, why, and
// the numbers it was judged by. nil is unknown.
type Verdict struct {
	Outcome       Outcome  `json:"outcome"`
	Reasons       []Reason `json:"reasons"`       // sorted, each once, all that hold; empty if nothing is wrong
	Fix           *int     `json:"fix,omitempty"` // the fix that decided: its index among those of all events
	Distance      *Meters  `json:"distance_m,omitempty"`
	Sigma         *Meters  `json:"sigma_m,omitempty"` // fix and pin together, along one axis
	A95           *Meters  `json:"a95_m,omitempty"`   // radius that holds the truth 95 times in 100
	Radius        *Meters  `json:"radius_m,omitempty"`
	PInside       *float64 `json:"p_inside,omitempty"` // see [PInside]
	PHonest       *float64 `json:"p_honest,omitempty"` // see [PHonest]; nil: the policy does not ask
	PolicyVersion int      `json:"policy_version"`
	PinVersion    int      `json:"pin_version"`
}

// Outcome is what position says. It never says whether a visit counts: other
// evidence may credit one, and leaves the outcome as it is.
type Outcome string

// The three outcomes. Undecided is held against nobody.
const (
	AtRetailer Outcome = "at_retailer"
	Undecided  Outcome = "undecided"
	Elsewhere  Outcome = "elsewhere"
)

// Reason is one stable finding. New ones may be added; none changes its meaning.
type Reason string

// The reasons. All of them but [Mocked] keep a fix from placing anybody at the
// retailer.
const (
	NoPin           Reason = "no_pin"             // the retailer has no usable position
	NoPosition      Reason = "no_position"        // no fix, or coordinates that are no place on Earth
	NullIsland      Reason = "null_island"        // 0, 0: what phones without a fix send
	OutsideRadius   Reason = "outside_radius"     // distance > radius
	FarOutside      Reason = "far_outside"        // plain: distance > radius + a95; else p_honest at most the policy's
	NearEdge        Reason = "near_edge"          // nothing else is wrong, but p_inside is less than the policy's
	FarOnce         Reason = "far_once"           // far outside, and no second such fix long enough before or after
	PinUnconfirmed  Reason = "pin_unconfirmed"    // far outside, but the pin may be wrong
	AccuracyUnknown Reason = "accuracy_unknown"   // of the fix
	TooImprecise    Reason = "too_imprecise"      // plain: a95 > radius; else not even a fix on the pin would do
	StaleFix        Reason = "stale_fix"          // taken too long before the tap
	FixTimeInFuture Reason = "fix_time_in_future" // taken too long after the tap
	Mocked          Reason = "mocked"             // some fix is marked as made up; a person should look
	PolicyInvalid   Reason = "policy_invalid"     // the policy fails Validate
)
