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

// texts says the kinds, in English and in Chinese; what it concerns comes before.
var texts = map[FaultKind][2]string{
	NoPlaces:           {"there are no retailers", "没有零售户"},
	NoMeasures:         {"there is no measure", "没有指标"},
	NoTerritories:      {"there are no territories", "没有片区"},
	TooManyPlaces:      {"there are too many retailers", "零售户过多"},
	TooManyMeasures:    {"there are too many measures", "指标过多"},
	TooManyTerritories: {"there are too many territories", "片区过多"},
	MoreThanPlaces:     {"there are more territories than retailers", "片区多于零售户"},
	NoCode:             {"no code", "没有编码"},
	DuplicateCode:      {"the same code more than once", "编码重复"},
	NoPosition:         {"no position", "没有坐标"},
	TooFarApart:        {"too far from the other retailers to be of one city", "离其他零售户太远，不像同一城市"},
	OnePoint:           {"all retailers are at one point: nothing tells which belong together", "所有零售户位于同一点：无法区分归属"},
	LoadsMissing:       {"not one number for each measure", "并非每个指标都有数值"},
	BadLoad:            {"negative, or no number", "为负数或不是数字"},
	LoadTooLarge:       {"too large to be added up", "数值过大，无法相加"},
	ZeroMeasure:        {"0 for every retailer: there is nothing to share out", "对所有零售户均为 0：没有可分配的内容"},
	BadTolerance:       {"the tolerance is negative, or no number", "容差为负数或不是数字"},
	BadChange:          {"the price of change is below 0, or the change allowed not from 0 to 1", "变动价格小于 0，或允许的变动不在 0 到 1 之间"},
	BadShare:           {"the share is below 0, or no number up to a million", "份额小于 0，或不是一百万以内的数"},
	BadCapacity:        {"the capacity is not above 0", "容量不大于 0"},
	BadHome:            {"the home is no place on Earth near the retailers", "出发地不是零售户附近的真实位置"},
	BadBarrier:         {"a barrier has a point that is no place on Earth", "障碍线上有点不是真实位置"},
	NoName:             {"a territory or measure without a name", "片区或指标没有名称"},
	DuplicateMeasure:   {"the same measure more than once", "指标重复"},
	DuplicateTerritory: {"the same territory more than once", "片区重复"},
	UnknownToday:       {"today in a territory that is not one of those asked for", "目前所在片区不在所要求的片区之列"},
	UnknownLock:        {"locked to a territory that is not one of those asked for", "锁定到的片区不在所要求的片区之列"},
	UnknownCode:        {"to stay together or apart, and no retailer has such a code", "须在一起或分开，但没有此编码的零售户"},
	UnknownMeasure:     {"a capacity of something that is not measured", "容量所用的内容不是指标"},

	TooFewUnits:   {"there are more territories than retailers and groups that stay together", "片区多于零售户与须在一起的组"},
	LocksDiffer:   {"they stay together, and are locked to different territories", "须在一起，却锁定到不同片区"},
	ApartTogether: {"they are to be kept apart, and stay together", "须分开，却又须在一起"},
	ApartLocked:   {"they are to be kept apart, and are locked to one territory", "须分开，却锁定到同一片区"},
	ApartTooMany:  {"they are to be kept apart of each other, and are more than there are territories", "须彼此分开的多于片区数"},
	NoRoom:        {"those that it is to be kept apart of leave it no territory", "须与其分开的零售户使其没有片区可去"},
	FrozenLock:    {"locked into or out of a territory that is frozen", "锁定要进入或离开已冻结的片区"},
	NobodyFree:    {"in no territory today, and all territories are frozen", "目前不在任何片区，而所有片区均已冻结"},

	LowCapacity:   {"all capacities together are less than there is", "容量之和小于总量"},
	Separate:      {"cut off from most retailers by barriers; so is whoever has them", "被障碍与多数零售户隔开，其负责人也是"},
	LockedAcross:  {"locked to one territory, and cut off from each other by barriers", "锁定到同一片区，却被障碍隔开"},
	GroupAcross:   {"they stay together, and are cut off from each other by barriers", "须在一起，却被障碍隔开"},
	MorePieces:    {"barriers cut the city into more parts than there are territories", "障碍把城市分成的部分多于片区数"},
	FrozenWithout: {"frozen, and without retailers today", "已冻结，而目前没有零售户"},
	ForcedChange:  {"locks alone change more than may change hands", "仅锁定就超过允许的变动"},

	LockNotKept:     {"not in the territory that it is locked to", "不在所锁定的片区"},
	TogetherNotKept: {"they are to stay together, and do not", "须在一起而未在一起"},
	ApartNotKept:    {"they are to be kept apart, and are not", "须分开而未分开"},
	ChangeNotKept:   {"more changes hands than is allowed", "变动超过允许的范围"},
	FrozenNotKept:   {"comes into or leaves a territory that is frozen", "进入或离开已冻结的片区"},
}

// named is how many codes a text names.
const named = 10

// String says the fault in English, with the first of the codes it concerns.
func (f Fault) String() string { return f.Text("en") }

// Text says the same in Chinese where lang starts with "zh".
func (f Fault) Text(lang string) string {
	n, territory, retailer, atMost, more, comma, colon := 0, "territory ", "retailer ", " (at most %d)", "%s and %d more", ", ", ": "
	if strings.HasPrefix(lang, "zh") {
		n, territory, retailer, atMost, more, comma, colon = 1, "片区 ", "零售户 ", "（最多 %d）", "%s 等（另有 %d）", "，", "："
	}
	var parts []string
	if f.Measure != "" {
		parts = append(parts, f.Measure)
	}
	if len(f.Territories) > 0 {
		parts = append(parts, territory+first(f.Territories, more))
	}
	if len(f.Codes) > 0 {
		parts = append(parts, retailer+first(f.Codes, more))
	}
	text := texts[f.Kind][n]
	if f.Most > 0 {
		text += fmt.Sprintf(atMost, f.Most)
	}
	if len(parts) == 0 {
		return text
	}
	return strings.Join(parts, comma) + colon + text
}

// some names the first few.
func some(names []string) string { return first(names, "%s and %d more") }

// first names the first few, and by a format how many more there are.
func first(names []string, more string) string {
	if len(names) <= named {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf(more, strings.Join(names[:named], ", "), len(names)-named)
}
