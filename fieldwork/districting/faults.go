package districting

import (
	"fmt"
	"slices"
	"strings"
)

// FaultKind is one way in which a city cannot be cut. Kinds are stable: programs may match them.
type FaultKind string

// What may be wrong with a city, before anything is cut.
const (
	NoPlaces           FaultKind = "no_places"
	NoMeasures         FaultKind = "no_measures"
	NoTerritories      FaultKind = "no_territories"
	TooManyPlaces      FaultKind = "too_many_places"
	TooManyMeasures    FaultKind = "too_many_measures"
	TooManyTerritories FaultKind = "too_many_territories"
	MoreThanPlaces     FaultKind = "more_territories_than_places"

	NoCode        FaultKind = "no_code"
	DuplicateCode FaultKind = "duplicate_code"
	NoPosition    FaultKind = "no_position"
	TooFarApart   FaultKind = "too_far_apart" // from the middle of all
	OnePoint      FaultKind = "one_point"     // all places are at one

	LoadsMissing FaultKind = "loads_missing" // not one for each measure
	BadLoad      FaultKind = "bad_load"      // negative, or no number
	LoadTooLarge FaultKind = "load_too_large"
	ZeroMeasure  FaultKind = "zero_measure" // nothing of it anywhere

	BadTolerance       FaultKind = "bad_tolerance"
	BadChange          FaultKind = "bad_change" // price or budget
	BadShare           FaultKind = "bad_share"
	BadCapacity        FaultKind = "bad_capacity"
	BadHome            FaultKind = "bad_home"
	BadBarrier         FaultKind = "bad_barrier"
	NoName             FaultKind = "no_name"
	DuplicateMeasure   FaultKind = "duplicate_measure"
	DuplicateTerritory FaultKind = "duplicate_territory"
	UnknownToday       FaultKind = "unknown_today"
	UnknownLock        FaultKind = "unknown_lock"
	UnknownCode        FaultKind = "unknown_code" // in a group that stays together or apart
	UnknownMeasure     FaultKind = "unknown_measure"
)

// What contradicts itself.
const (
	TooFewUnits   FaultKind = "too_few_units"  // fewer retailers and groups than territories
	LocksDiffer   FaultKind = "locks_differ"   // in what stays together
	ApartTogether FaultKind = "apart_together" // to be kept apart, and to stay together
	ApartLocked   FaultKind = "apart_locked"   // to be kept apart, and locked to one territory
	ApartTooMany  FaultKind = "apart_too_many" // to be kept apart of each other, more than there are territories
	NoRoom        FaultKind = "no_room"        // no territory is left by those it is to be kept apart of
	FrozenLock    FaultKind = "frozen_lock"    // a lock into or out of a frozen territory
	NobodyFree    FaultKind = "nobody_free"    // in no territory today, and all are frozen
)

// What makes some answers poor, and none impossible.
const (
	LowCapacity   FaultKind = "low_capacity"
	Separate      FaultKind = "separate"
	LockedAcross  FaultKind = "locked_across"
	GroupAcross   FaultKind = "group_across"
	MorePieces    FaultKind = "more_pieces"
	FrozenWithout FaultKind = "frozen_without_units"
	ForcedChange  FaultKind = "forced_change"
)

// What a plan does not keep.
const (
	LockNotKept     FaultKind = "lock_not_kept"
	TogetherNotKept FaultKind = "together_not_kept"
	ApartNotKept    FaultKind = "apart_not_kept"
	FrozenNotKept   FaultKind = "frozen_not_kept"
	ChangeNotKept   FaultKind = "change_not_kept"
)

var warnings = []FaultKind{LowCapacity, Separate, LockedAcross, GroupAcross, MorePieces, FrozenWithout, ForcedChange}

// Fatal tells whether there is no region because of the fault, rather than that its answers may be poor.
func (f Fault) Fatal() bool { return !slices.Contains(warnings, f.Kind) }

// Fault is something that keeps a city from being cut, and where it is.
type Fault struct {
	Kind        FaultKind `json:"kind"`
	Places      []int     `json:"-"`               // indices of [City].Places, as they were given
	Codes       []string  `json:"codes,omitempty"` // of those places, or codes that no place has
	Territories []string  `json:"territories,omitempty"`
	Measure     string    `json:"measure,omitempty"`
	Most        int       `json:"most,omitempty"` // a limit, where the fault is about one
	More        bool      `json:"more,omitempty"` // there are more places than are named
}

// texts says the kinds; what it concerns follows.
var texts = map[FaultKind]string{
	NoPlaces:           "there are no retailers",
	NoMeasures:         "there is no measure",
	NoTerritories:      "there are no territories",
	TooManyPlaces:      "there are too many retailers",
	TooManyMeasures:    "there are too many measures",
	TooManyTerritories: "there are too many territories",
	MoreThanPlaces:     "there are more territories than retailers",
	NoCode:             "no code",
	DuplicateCode:      "the same code more than once",
	NoPosition:         "no position",
	TooFarApart:        "too far from the other retailers to be of one city",
	OnePoint:           "all retailers are at one point: nothing tells which belong together",
	LoadsMissing:       "not one number for each measure",
	BadLoad:            "negative, or no number",
	LoadTooLarge:       "too large to be added up",
	ZeroMeasure:        "0 for every retailer: there is nothing to share out",
	BadTolerance:       "the tolerance is negative, or no number",
	BadChange:          "the price of change is below 0, or the change allowed not from 0 to 1",
	BadShare:           "the share is below 0, or no number up to a million",
	BadCapacity:        "the capacity is not above 0",
	BadHome:            "the home is no place on Earth near the retailers",
	BadBarrier:         "a barrier has a point that is no place on Earth",
	NoName:             "a territory or measure without a name",
	DuplicateMeasure:   "the same measure more than once",
	DuplicateTerritory: "the same territory more than once",
	UnknownToday:       "today in a territory that is not one of those asked for",
	UnknownLock:        "locked to a territory that is not one of those asked for",
	UnknownCode:        "to stay together or apart, and no retailer has such a code",
	UnknownMeasure:     "a capacity of something that is not measured",

	TooFewUnits:   "there are more territories than retailers and groups that stay together",
	LocksDiffer:   "they stay together, and are locked to different territories",
	ApartTogether: "they are to be kept apart, and stay together",
	ApartLocked:   "they are to be kept apart, and are locked to one territory",
	ApartTooMany:  "they are to be kept apart of each other, and are more than there are territories",
	NoRoom:        "those that it is to be kept apart of leave it no territory",
	FrozenLock:    "locked into or out of a territory that is frozen",
	NobodyFree:    "in no territory today, and all territories are frozen",

	LowCapacity:   "all capacities together are less than there is",
	Separate:      "cut off from most retailers by barriers; so is whoever has them",
	LockedAcross:  "locked to one territory, and cut off from each other by barriers",
	GroupAcross:   "they stay together, and are cut off from each other by barriers",
	MorePieces:    "barriers cut the city into more parts than there are territories",
	FrozenWithout: "frozen, and without retailers today",
	ForcedChange:  "locks alone change more than may change hands",

	LockNotKept:     "not in the territory that it is locked to",
	TogetherNotKept: "they are to stay together, and do not",
	ApartNotKept:    "they are to be kept apart, and are not",
	ChangeNotKept:   "more changes hands than is allowed",
	FrozenNotKept:   "comes into or leaves a territory that is frozen",
}

// named is how many codes a text names.
const named = 10

// String says the fault in English, with the first of the codes it concerns.
func (f Fault) String() string {
	var parts []string
	if f.Measure != "" {
		parts = append(parts, f.Measure)
	}
	if len(f.Territories) > 0 {
		parts = append(parts, "territory "+some(f.Territories))
	}
	if len(f.Codes) > 0 {
		parts = append(parts, "retailer "+some(f.Codes))
	}
	text := texts[f.Kind]
	if f.Most > 0 {
		text += fmt.Sprintf(" (at most %d)", f.Most)
	}
	if len(parts) == 0 {
		return text
	}
	return strings.Join(parts, ", ") + ": " + text
}

// some names the first few.
func some(names []string) string {
	if len(names) <= named {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:named], ", "), len(names)-named)
}
