package rounds_test

import (
	"testing"
	"time"

	"rounds"
)

func TestOnShift(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	week := []string{"mon", "tue", "wed", "thu", "fri"}
	day := rounds.Settings{Shifts: []rounds.Shift{{Days: week, From: "08:30", To: "12:00"}, {Days: week, From: "13:00", To: "18:00"}}}
	night := rounds.Settings{Shifts: []rounds.Shift{{Days: []string{"fri"}, From: "22:00", To: "02:00"}}}
	for _, tt := range []struct {
		name     string
		settings rounds.Settings
		at       string // in Shanghai; 2026-03-06 is a Friday
		want     bool
	}{
		{"no hours are set", rounds.Settings{}, "2026-03-08 03:00", true},
		{"as the morning begins", day, "2026-03-06 08:30", true},
		{"a minute before", day, "2026-03-06 08:29", false},
		{"at lunch", day, "2026-03-06 12:00", false},
		{"a minute before the end", day, "2026-03-06 17:59", true},
		{"on Saturday", day, "2026-03-07 10:00", false},
		{"late on Friday", night, "2026-03-06 22:00", true},
		{"early on Saturday", night, "2026-03-07 01:59", true},
		{"too early on Saturday", night, "2026-03-07 02:00", false},
		{"early on Friday", night, "2026-03-06 01:00", false},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := tt.settings.OnShift(at.UTC(), zone); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestSettingsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	bad := rounds.Settings{PositionDays: 0, Shifts: []rounds.Shift{{Days: []string{"mon", "funday"}, From: "8", To: "25:00"}}}
	err, ok := bad.Validate().(*rounds.Error)
	if !ok || len(err.Fields) != 4 {
		t.Errorf("want four fields, got %v", err)
	}
	far := rounds.Settings{PositionDays: 60, MinimumSpacing: rounds.MostSpacing + 1}
	err, ok = far.Validate().(*rounds.Error)
	if !ok || len(err.Fields) != 1 || err.Fields[0].Pointer != "/settings/minimum_spacing_m" {
		t.Errorf("want one field, got %v", err)
	}
	weeks := rounds.Settings{PositionDays: 60, WorkingDays: []string{"mon", "funday", "mon"}}
	err, ok = weeks.Validate().(*rounds.Error)
	if !ok || len(err.Fields) != 2 || err.Fields[0].Code != "unknown_day" || err.Fields[1].Pointer != "/settings/working_days/2" {
		t.Errorf("want two fields, got %v", err)
	}
	if err := rounds.DefaultSettings().Validate(); err != nil {
		t.Error(err)
	}
}

func TestWorkingWeekdays(t *testing.T) {
	t.Parallel()
	if got := (rounds.Settings{}).WorkingWeekdays(); len(got) != 5 || got[0] != time.Monday || got[4] != time.Friday {
		t.Errorf("by default %v", got)
	}
	if got := (rounds.Settings{WorkingDays: []string{"sat", "sun"}}).WorkingWeekdays(); len(got) != 2 || got[0] != time.Saturday || got[1] != time.Sunday {
		t.Errorf("at weekends %v", got)
	}
}

func TestWorkingHours(t *testing.T) {
	t.Parallel()
	usual := rounds.Settings{}.WorkingHours()
	if begins, ends := usual.Span(); begins != 8*3600+1800 || ends != 16*3600+1800 || usual.Length() != 8*time.Hour || usual.BreakLength() != 0 {
		t.Errorf("%+v: from %d to %d", usual, begins, ends)
	}
	long := rounds.Workday{Begins: "09:00", Ends: "18:00", Lunch: &rounds.Lunch{From: "11:30", Until: "13:30", Minutes: 45}}
	if earliest, latest := long.Lunch.Begin(); earliest != 11*3600+1800 || latest != 12*3600+45*60 || long.BreakLength() != 45*time.Minute {
		t.Errorf("lunch begins from %d to %d", earliest, latest)
	}
	for name, bad := range map[string]rounds.Workday{
		"no times":            {},
		"backwards":           {Begins: "18:00", Ends: "09:00"},
		"no clock":            {Begins: "09:00", Ends: "25:00"},
		"lunch before it":     {Begins: "09:00", Ends: "18:00", Lunch: &rounds.Lunch{From: "08:00", Until: "10:00", Minutes: 30}},
		"lunch without times": {Begins: "09:00", Ends: "18:00", Lunch: &rounds.Lunch{Minutes: 30}},
		"too long a lunch":    {Begins: "09:00", Ends: "18:00", Lunch: &rounds.Lunch{From: "11:00", Until: "11:30", Minutes: 31}},
	} {
		if err := (rounds.Settings{PositionDays: 60, Workday: &bad}).Validate(); rounds.CodeOf(err) != rounds.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
