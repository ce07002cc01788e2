package api

import (
	"context"
	"time"

	"rounds"
)

// GetSettings is what the org decided for itself.
func (s *Server) GetSettings(ctx context.Context, _ GetSettingsRequestObject) (GetSettingsResponseObject, error) {
	org, err := s.store.Org(ctx, actor(ctx).OrgID)
	return GetSettings200JSONResponse(wireSettings(org.Settings)), err
}

// PutSettings replaces them.
func (s *Server) PutSettings(ctx context.Context, r PutSettingsRequestObject) (PutSettingsResponseObject, error) {
	settings := rounds.Settings{
		PositionDays:       r.Body.Settings.PositionDays,
		Shifts:             mapped(r.Body.Settings.Shifts, nounShift),
		ShiftHongKongMacau: orZero(r.Body.Settings.ShiftHongKongMacau),
		AskCarriers:        orZero(r.Body.Settings.AskCarriers),
		WorkingDays:        mapped(r.Body.Settings.WorkingDays, func(d SettingsWorkingDays) string { return string(d) }),
	}
	settings.FreezeMinutes, settings.MinimumSpacing = r.Body.Settings.FreezeMinutes, orZero(r.Body.Settings.MinimumSpacingM)
	if w := r.Body.Settings.Workday; w != nil {
		settings.Workday = &rounds.Workday{Begins: w.Begins, Ends: w.Ends}
		if w.Lunch != nil {
			settings.Workday.Lunch = &rounds.Lunch{From: w.Lunch.From, Until: w.Lunch.Until, Minutes: w.Lunch.Minutes}
		}
	}
	err := s.office.ChangeSettings(ctx, actor(ctx), settings, r.Body.Reason)
	return PutSettings200JSONResponse(wireSettings(settings)), err
}

func nounShift(w Shift) rounds.Shift {
	return rounds.Shift{Days: mapped(w.Days, func(d ShiftDays) string { return string(d) }), From: w.From, To: w.To}
}

// weekdays are as the contract names them, from Sunday.
var weekdays = [7]SettingsWorkingDays{
	SettingsWorkingDaysSun, SettingsWorkingDaysMon, SettingsWorkingDaysTue, SettingsWorkingDaysWed, SettingsWorkingDaysThu,
	SettingsWorkingDaysFri, SettingsWorkingDaysSat,
}

// wireWorkday writes the hours in force.
func wireWorkday(w rounds.Workday) *Workday {
	wire := &Workday{Begins: w.Begins, Ends: w.Ends}
	if w.Lunch != nil {
		wire.Lunch = &Lunch{From: w.Lunch.From, Until: w.Lunch.Until, Minutes: w.Lunch.Minutes}
	}
	return wire
}

func wireSettings(s rounds.Settings) Settings {
	shifts := mapped(s.Shifts, func(shift rounds.Shift) Shift {
		return Shift{Days: mapped(shift.Days, func(d string) ShiftDays { return ShiftDays(d) }), From: shift.From, To: shift.To}
	})
	return Settings{
		PositionDays: s.PositionDays, Shifts: shifts, ShiftHongKongMacau: &s.ShiftHongKongMacau, AskCarriers: &s.AskCarriers,
		WorkingDays: mapped(s.WorkingWeekdays(), func(d time.Weekday) SettingsWorkingDays { return weekdays[d] }),
		Workday:     wireWorkday(s.WorkingHours()), FreezeMinutes: s.FreezeMinutes, MinimumSpacingM: &s.MinimumSpacing,
	}
}
