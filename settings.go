package rounds

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rounds/geo"
)

// Settings are what an org decides for itself beside its policy.
type Settings struct {
	// PositionDays is how many days after their day was closed positions are kept.
	PositionDays int `json:"position_days"`
	// Shifts are the working hours; an event outside them is kept without its positions. None: any hour.
	Shifts []Shift `json:"shifts,omitempty"`
	// ShiftHongKongMacau says that GCJ-02 and BD-09 coordinates are shifted in Hong Kong and Macau too, as
	// on maps made for the mainland.
	ShiftHongKongMacau bool `json:"shift_hong_kong_macau,omitempty"`
	// AskCarriers allows asking a rep's carrier where their phone is, for an event that they just sent and that
	// position left undecided; never otherwise.
	AskCarriers bool `json:"ask_carriers,omitempty"`
	// WorkingDays are the weekdays on which the org works when its calendar says nothing else. None: Monday to Friday.
	WorkingDays []string `json:"working_days,omitempty"`
	// Workday is when plans let a rep's day begin and end. Nil: from 08:30 to 16:30 without a break.
	Workday *Workday `json:"workday,omitempty"`
	// FreezeMinutes is for how long before its day begins a plan is changed by supervisors alone, with a reason. Nil: never.
	FreezeMinutes *int `json:"freeze_minutes,omitempty"`
	// MinimumSpacing is how many metres a new retailer is to be from all others. 0: there is no rule.
	MinimumSpacing int `json:"minimum_spacing_m,omitempty"`
}

// MostSpacing is the largest minimum spacing, in metres.
const MostSpacing = 5000

// DefaultSettings are an org's until it chooses for itself.
func DefaultSettings() Settings { return Settings{PositionDays: 60} }

// Datums is how coordinates are converted under these settings.
func (s Settings) Datums() geo.Datums { return geo.Datums{ShiftHongKongMacau: s.ShiftHongKongMacau} }

// WorkingWeekdays are the weekdays on which the org works unless its calendar says otherwise.
func (s Settings) WorkingWeekdays() []time.Weekday {
	if len(s.WorkingDays) == 0 {
		return []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	}
	days := make([]time.Weekday, len(s.WorkingDays))
	for i, name := range s.WorkingDays {
		days[i] = time.Weekday(slices.Index(weekdays, name))
	}
	return days
}

// WorkingHours are those of a day's plan.
func (s Settings) WorkingHours() Workday {
	if s.Workday == nil {
		return usualWorkday()
	}
	return *s.Workday
}

// DayLength is how long a rep works on a day, ways and visits together, in seconds.
func (s Settings) DayLength() int {
	w := s.WorkingHours()
	return int((w.Length() - w.BreakLength()) / time.Second)
}

// Shift is a span of working hours on some weekdays. One that ends at or before it begins, ends on the
// next day.
type Shift struct {
	Days []string `json:"days"` // mon, tue, wed, thu, fri, sat, sun
	From string   `json:"from"` // 15:04 in the org's time zone
	To   string   `json:"to"`   // not included
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

const clockForm = "15:04"

// Validate reports every setting that is not usable, as an Invalid error with its fields.
func (s Settings) Validate() error {
	problem := Errorf(Invalid, "these settings cannot be used: see their fields")
	if s.PositionDays < 1 || s.PositionDays > 3650 {
		problem.With("/settings/position_days", "not_between", 1, 3650)
	}
	if s.FreezeMinutes != nil && (*s.FreezeMinutes < 0 || *s.FreezeMinutes > 10080) {
		problem.With("/settings/freeze_minutes", "not_between", 0, 10080)
	}
	if s.MinimumSpacing < 0 || s.MinimumSpacing > MostSpacing {
		problem.With("/settings/minimum_spacing_m", "not_between", 0, MostSpacing)
	}
	for i, shift := range s.Shifts {
		at := fmt.Sprintf("/settings/shifts/%d", i)
		for _, day := range shift.Days {
			if !slices.Contains(weekdays, day) {
				problem.With(at+"/days", "unknown_day")
			}
		}
		for name, clock := range map[string]string{"/from": shift.From, "/to": shift.To} {
			if _, err := time.Parse(clockForm, clock); err != nil {
				problem.With(at+name, "not_a_clock_time")
			}
		}
	}
	s.WorkingHours().validate(problem)
	for i, day := range s.WorkingDays {
		at := fmt.Sprintf("/settings/working_days/%d", i)
		switch {
		case !slices.Contains(weekdays, day):
			problem.With(at, "unknown_day")
		case slices.Contains(s.WorkingDays[:i], day):
			problem.With(at, "given_twice")
		}
	}
	if len(problem.Fields) == 0 {
		return nil
	}
	slices.SortFunc(problem.Fields, func(a, b Field) int { return strings.Compare(a.Pointer, b.Pointer) })
	return problem
}

// OnShift reports whether the instant lies within working hours in the zone.
func (s Settings) OnShift(at time.Time, zone *time.Location) bool {
	if len(s.Shifts) == 0 {
		return true
	}
	local := at.In(zone)
	clock, today := local.Format(clockForm), local.Weekday()
	yesterday := (today + 6) % 7
	return slices.ContainsFunc(s.Shifts, func(shift Shift) bool {
		switch overnight := shift.To <= shift.From; {
		case !overnight:
			return shift.on(today) && shift.From <= clock && clock < shift.To
		case clock >= shift.From:
			return shift.on(today)
		default:
			return shift.on(yesterday) && clock < shift.To
		}
	})
}

func (s Shift) on(d time.Weekday) bool { return slices.Contains(s.Days, weekdays[d]) }
