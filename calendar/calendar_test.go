package calendar_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/calendar"

	"github.com/google/go-cmp/cmp"
)

var mondayToFriday = rounds.Settings{}.WorkingWeekdays()

// published are China's years as holiday-cn has them. They are no part of the project: they are looked for as
// shared/data/calendar in every directory above.
func published(t *testing.T) map[int][]byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		files, err := filepath.Glob(filepath.Join(dir, "shared", "data", "calendar", "holiday-cn_*.json"))
		if err != nil || len(files) == 0 {
			continue
		}
		years := map[int][]byte{}
		for i, file := range files {
			if years[2021+i], err = os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
		return years
	}
	t.Skip("no shared/data/calendar above the repository")
	return nil
}

func china(t *testing.T, years ...int) *calendar.Calendar {
	t.Helper()
	files := published(t)
	var read []rounds.CalendarYear
	for _, year := range years {
		y, err := calendar.ParseJSON(files[year])
		if err != nil || y.Year != year {
			t.Fatalf("%d: %d, %v", year, y.Year, err)
		}
		read = append(read, y)
	}
	return calendar.New(mondayToFriday, read)
}

func TestChina(t *testing.T) {
	t.Parallel()
	c := china(t, 2023, 2021, 2026, 2022, 2024, 2025)
	for _, tt := range []struct {
		name string
		day  rounds.Day
		want rounds.WorkingDay
	}{
		{"a Wednesday", "2026-03-04", rounds.WorkingDay{Works: true, Why: rounds.WhyWeekday, Known: true}},
		{"a Saturday", "2026-03-07", rounds.WorkingDay{Why: rounds.WhyWeekday, Known: true}},
		{"a Sunday that makes up", "2026-01-04", rounds.WorkingDay{Works: true, Why: rounds.WhyMakeUp, Name: "元旦", Known: true}},
		{"a Saturday that makes up before the holiday", "2026-02-14", rounds.WorkingDay{Works: true, Why: rounds.WhyMakeUp, Name: "春节", Known: true}},
		{"a Monday that is a holiday", "2026-02-16", rounds.WorkingDay{Why: rounds.WhyHoliday, Name: "春节", Known: true}},
		{"December 31 that stands with the next year", "2022-12-31", rounds.WorkingDay{Why: rounds.WhyHoliday, Name: "元旦", Known: true}},
		{"a Monday of a year that is not announced", "2027-02-15", rounds.WorkingDay{Works: true, Why: rounds.WhyWeekday}},
		{"a Sunday of such a year", "2027-02-14", rounds.WorkingDay{Why: rounds.WhyWeekday}},
		{"the last day that is known", "2026-12-31", rounds.WorkingDay{Works: true, Why: rounds.WhyWeekday, Known: true}},
	} {
		tt.want.Date = tt.day
		if diff := cmp.Diff(tt.want, c.On(tt.day)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Every day of the six files is as its file says, all others go by their weekday, and nothing else is known.
func TestEveryDayOfSixYears(t *testing.T) {
	t.Parallel()
	c := china(t, 2021, 2022, 2023, 2024, 2025, 2026)
	listed := map[string]bool{}
	for _, data := range published(t) {
		var file struct {
			Days []struct {
				Name, Date string
				IsOffDay   bool
			}
		}
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		for _, day := range file.Days {
			listed[day.Date] = true
			if got := c.On(rounds.Day(day.Date)); got.Works == day.IsOffDay || !got.Known || got.Name != day.Name {
				t.Errorf("%s: %+v", day.Date, got)
			}
		}
	}
	days := c.Between("2020-12-25", "2027-01-07")
	working := map[int]int{}
	for _, day := range days {
		year := day.Date.Year()
		if !listed[string(day.Date)] && (day.Works != slices.Contains(mondayToFriday, day.Date.Weekday()) || day.Known != (year > 2020 && year < 2027)) {
			t.Errorf("%+v", day)
		}
		if day.Works {
			working[year]++
		}
	}
	// As the State Council's calendars come out: 250 or so, less three or four since 2025 for two more holidays.
	want := map[int]int{2020: 5, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248, 2027: 5}
	if len(listed) != 218 || !cmp.Equal(want, working) {
		t.Errorf("%d days are listed, working days %v", len(listed), working)
	}
}

func TestADayOfANeighbouringFile(t *testing.T) {
	t.Parallel()
	if got := china(t, 2022).On("2022-12-31"); got.Why != rounds.WhyWeekday || !got.Known {
		t.Errorf("with its own year alone: %+v", got)
	}
	next := china(t, 2023)
	if got := next.On("2022-12-31"); got.Why != rounds.WhyHoliday || !got.Known {
		t.Errorf("with the next year alone: %+v", got)
	}
	if next.On("2022-12-30").Known {
		t.Error("a day of the next year's file made its whole year known")
	}
	years := []rounds.CalendarYear{
		{Year: 2023, Days: []rounds.SpecialDay{{Date: "2022-12-31", Name: "later"}}},
		{Year: 2022, Days: []rounds.SpecialDay{{Date: "2022-12-31", Name: "earlier", Working: true}}},
	}
	if got := calendar.New(mondayToFriday, years).On("2022-12-31"); got.Name != "later" || got.Works {
		t.Errorf("of two announcements: %+v", got)
	}
}

func TestOtherWeekdays(t *testing.T) {
	t.Parallel()
	c := calendar.New([]time.Weekday{time.Sunday, time.Saturday}, nil)
	if !c.On("2026-03-07").Works || c.On("2026-03-06").Works {
		t.Error("the org works at weekends")
	}
}

func TestFilesThatAreNoYear(t *testing.T) {
	t.Parallel()
	days := func(text string) string { return `{"year":2026,"days":[` + text + `]}` }
	for _, tt := range []struct{ name, file, want string }{
		{"a year that is not announced", `{"year":2027,"papers":[],"days":[]}`, "no days"},
		{"no JSON", `{"year":2026,`, "cannot be read"},
		{"no year", `{"days":[{"date":"2026-01-01","isOffDay":true}]}`, "/year not_between"},
		{"another year's day", days(`{"date":"2025-10-01","isOffDay":true}`), "/days/0/date not_of_the_year"},
		{"no date", days(`{"date":"2026-02-30","isOffDay":true}`), "/days/0/date not_a_date"},
		{"a date twice", days(`{"date":"2026-01-01","isOffDay":true},{"date":"2026-01-01","isOffDay":false}`), "/days/1/date given_twice"},
		{"it is not said whether one works", days(`{"date":"2026-01-01"}`), "/days/0/isOffDay required"},
		{"a long name", days(`{"date":"2026-01-01","isOffDay":true,"name":"` + strings.Repeat("节", 101) + `"}`), "/days/0/name too_long"},
		{"a NUL in a name", days(`{"date":"2026-01-01","isOffDay":true,"name":"a\u0000"}`), "/days/0/name nul_character"},
		{"a date that is a number", days(`{"date":20260101,"isOffDay":true}`), "cannot be read"},
	} {
		_, err := calendar.ParseJSON([]byte(tt.file))
		if got := told(err); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s; want %s", tt.name, got, tt.want)
		}
	}
}

// told is what is wrong, with its fields.
func told(err error) string {
	e, ok := err.(*rounds.Error)
	if !ok || e.Code != rounds.Invalid {
		return "no such error"
	}
	text := e.Error()
	for _, f := range e.Fields {
		text += "; " + f.Pointer + " " + f.Code
	}
	return text
}

func TestTables(t *testing.T) {
	t.Parallel()
	want := rounds.CalendarYear{Year: 2026, Days: []rounds.SpecialDay{{Date: "2025-12-31", Name: "元旦"}, {Date: "2026-01-01", Name: "元旦"}, {Date: "2026-01-04", Working: true}}}
	for _, tt := range []struct{ name, header, table string }{
		{"as it is said", "date,name,working", "2025-12-31,元旦,no|2026-01-01,元旦,no|2026-01-04,,yes"},
		{"in Chinese", "日期,名称,是否上班", "2025年12月31日,元旦,否|2026年1月1日,元旦,否|2026年1月4日,,是"},
		{"with the days off", "名称,日期,是否放假", "元旦,2025/12/31,是|元旦,2026/1/1,是|,2026/1/4,否"},
		{"from a spreadsheet", "Date, Name ,Is Off Day", "46022,元旦,TRUE|46023,元旦,1|46026,,FALSE"},
	} {
		got, err := calendar.ParseTable(strings.Split(tt.header, ","), linesOf(tt.table), 0)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
	for _, tt := range []struct{ name, header, table, want string }{
		{"no column of dates", "name,working", "x,yes", "this file has: name, working"},
		{"neither column", "date,name", "2026-01-01,x", "date, name and working"},
		{"both columns", "date,working,off", "2026-01-01,yes,no", "date, name and working"},
		{"perhaps", "date,working", "2026-01-01,perhaps", "/lines/2/working not_yes_or_no"},
		{"two years", "date,working", "2026-01-01,no|2026-05-01,no|2025-05-01,no", "/lines/4/date not_of_the_year"},
		{"a day that is none", "date,working", "2026-01-01,no|2026-13-01,no", "/lines/3/date not_a_date"},
		{"nothing", "date,working", "", "no days"},
	} {
		_, err := calendar.ParseTable(strings.Split(tt.header, ","), linesOf(tt.table), 0)
		if got := told(err); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s; want %s", tt.name, got, tt.want)
		}
	}
}

func linesOf(table string) (lines []calendar.Line) {
	if table == "" {
		return nil
	}
	for i, line := range strings.Split(table, "|") {
		lines = append(lines, calendar.Line{Number: i + 2, Cells: strings.Split(line, ",")})
	}
	return lines
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"year":2026,"days":[{"name":"元旦","date":"2026-01-01","isOffDay":true}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		year, err := calendar.ParseJSON(data)
		if err != nil {
			if rounds.CodeOf(err) != rounds.Invalid {
				t.Fatal(err)
			}
			return
		}
		for _, day := range year.Days {
			if got := calendar.New(nil, []rounds.CalendarYear{year}).On(day.Date); got.Works != day.Working || !got.Known {
				t.Fatalf("%+v: %+v", day, got)
			}
		}
	})
}
