package calendar

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"rounds"
)

// The bounds of a year's data.
const (
	FirstYear = 2000
	LastYear  = 2100
	MaxDays   = 400
	maxName   = 100
)

// errYear begins the list of what is wrong with a year.
func errYear() *rounds.Error {
	return rounds.Errorf(rounds.Invalid, "this is no year's calendar: see the fields")
}

// Check reports, as an Invalid error with its fields, what is wrong with a year's days: dates that are none,
// lie more than a month outside the year or stand twice, and names that are too long. at points to the i-th.
func Check(year rounds.CalendarYear, at func(i int) string) error {
	problem := errYear()
	if year.Year < FirstYear || year.Year > LastYear {
		return problem.With("/year", "not_between", FirstYear, LastYear)
	}
	if len(year.Days) > MaxDays {
		return problem.With("/days", "too_many", MaxDays)
	}
	first, last := monthsAround(year.Year)
	seen := map[rounds.Day]bool{}
	for i, day := range year.Days {
		switch _, err := rounds.ParseDay(string(day.Date)); {
		case err != nil:
			problem.With(at(i)+"/date", "not_a_date")
		case day.Date < first || day.Date > last:
			problem.With(at(i)+"/date", "not_of_the_year", year.Year)
		case seen[day.Date]:
			problem.With(at(i)+"/date", "given_twice")
		}
		if utf8.RuneCountInString(day.Name) > maxName {
			problem.With(at(i)+"/name", "too_long", maxName)
		}
		if strings.ContainsRune(day.Name, 0) {
			problem.With(at(i)+"/name", "nul_character")
		}
		seen[day.Date] = true
	}
	return orNil(problem)
}

// monthsAround are the first and the last day that a year's announcement may name.
func monthsAround(year int) (first, last rounds.Day) {
	return rounds.Day(fmt.Sprintf("%04d-12-01", year-1)), rounds.Day(fmt.Sprintf("%04d-01-31", year+1))
}

func orNil(problem *rounds.Error) error {
	if len(problem.Fields) == 0 {
		return nil
	}
	return problem
}

// fromJSON is a year in the form of holiday-cn (https://github.com/NateScarlet/holiday-cn); other members are
// passed over.
type fromJSON struct {
	Year int `json:"year"`
	Days []struct {
		Name     string `json:"name"`
		Date     string `json:"date"`
		IsOffDay *bool  `json:"isOffDay"`
	} `json:"days"`
}

// ParseJSON reads a year in the form of holiday-cn: year, and days with name, date and isOffDay. A file without
// days is refused, because such are published before the year is announced.
func ParseJSON(data []byte) (rounds.CalendarYear, error) {
	var read fromJSON
	if err := json.Unmarshal(data, &read); err != nil {
		return rounds.CalendarYear{}, rounds.Errorf(rounds.Invalid, "this file cannot be read: %s", err)
	}
	year := rounds.CalendarYear{Year: read.Year}
	problem := errYear()
	for i, day := range read.Days {
		if day.IsOffDay == nil {
			problem.With(fmt.Sprintf("/days/%d/isOffDay", i), "required")
			continue
		}
		year.Days = append(year.Days, rounds.SpecialDay{Date: rounds.Day(day.Date), Name: strings.TrimSpace(day.Name), Working: !*day.IsOffDay})
	}
	if err := orNil(problem); err != nil {
		return year, err
	}
	if len(year.Days) == 0 {
		return year, errNoDays()
	}
	return year, Check(year, func(i int) string { return fmt.Sprintf("/days/%d", i) })
}

func errNoDays() error {
	return rounds.Errorf(rounds.Invalid, "this file has no days: the year is not announced yet, or something is missing")
}

// Line is a record of a table and the line that it stands on.
type Line struct {
	Number int
	Cells  []string
}

// headings say what columns are called, compared without case and spaces.
var headings = map[string][]string{
	"date":    {"date", "day", "日期", "公历日期"},
	"name":    {"name", "holiday", "名称", "名稱", "节日", "節日", "节假日", "節假日", "假期"},
	"working": {"working", "works", "workday", "上班", "是否上班", "工作日", "是否工作日"},
	"off":     {"off", "isoffday", "dayoff", "放假", "是否放假", "休息", "是否休息"},
}

// words are what a cell may say for yes and no.
var words = map[string]bool{
	"yes": true, "y": true, "true": true, "1": true, "是": true, "对": true, "√": true, "working": true, "上班": true, "班": true,
	"no": false, "n": false, "false": false, "0": false, "否": false, "不": false, "×": false, "off": false, "放假": false, "休": false, "休息": false,
}

// ParseTable reads a year from a table with the columns date, name and working (yes or no), or off, in English
// or Chinese. year 0 is the one in which most of the dates lie.
func ParseTable(header []string, lines []Line, year int) (rounds.CalendarYear, error) {
	read := rounds.CalendarYear{Year: year}
	date, name, working, off := column(header, "date"), column(header, "name"), column(header, "working"), column(header, "off")
	if date < 0 || (working < 0) == (off < 0) {
		return read, rounds.Errorf(rounds.Invalid, "a calendar has the columns date, name and working (yes or no); this file has: %s", strings.Join(header, ", "))
	}
	problem := errYear()
	for _, line := range lines {
		day := rounds.SpecialDay{Date: dateOf(line.Cells[date])}
		if name >= 0 {
			day.Name = strings.TrimSpace(line.Cells[name])
		}
		yes, ok := words[simple(line.Cells[max(working, off)])]
		if !ok {
			problem.With(lineOf(line)+"/"+header[max(working, off)], "not_yes_or_no")
		}
		day.Working = yes == (working >= 0)
		read.Days = append(read.Days, day)
	}
	if err := orNil(problem); err != nil {
		return read, err
	}
	if len(read.Days) == 0 {
		return read, errNoDays()
	}
	if read.Year == 0 {
		read.Year = commonYear(read.Days)
	}
	return read, Check(read, func(i int) string { return lineOf(lines[i]) })
}

func lineOf(l Line) string { return fmt.Sprintf("/lines/%d", l.Number) }

func simple(text string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.TrimSpace(text)))
}

func column(header []string, field string) int {
	return slices.IndexFunc(header, func(h string) bool { return slices.Contains(headings[field], simple(h)) })
}

// forms are how dates are written; spreadsheets count days instead.
var forms = []string{time.DateOnly, "2006/1/2", "2006-1-2", "2006.1.2", "20060102", "2006年1月2日"}

// dateOf reads a date; what is none stays as it is, for Check to refuse.
func dateOf(cell string) rounds.Day {
	cell = strings.TrimSpace(cell)
	for _, form := range forms {
		if date, err := time.Parse(form, cell); err == nil {
			return rounds.Day(date.Format(time.DateOnly))
		}
	}
	const y2000, y2101 = 36526, 73416 // Excel's numbers of these days
	if days, err := strconv.Atoi(cell); err == nil && days >= y2000-31 && days < y2101+31 {
		return rounds.Day("1899-12-30").Add(days)
	}
	return rounds.Day(cell)
}

// commonYear is the year in which most days lie, the later of two.
func commonYear(days []rounds.SpecialDay) int {
	count, best := map[int]int{}, 0
	for _, day := range days {
		year := day.Date.Year()
		if count[year]++; count[year] > count[best] || (count[year] == count[best] && year > best) {
			best = year
		}
	}
	return best
}
