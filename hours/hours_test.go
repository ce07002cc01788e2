package hours_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/hours"

	"pgregory.net/rapid"
)

// holidays of the tests: National Day and the two after it, which is a Thursday in 2026.
func holidays(d rounds.Day) bool { return d >= "2026-10-01" && d <= "2026-10-03" }

// on is when a text is open on a date, as 09:00-12:00 14:00-18:00.
func on(t testing.TB, text string, d rounds.Day) string {
	t.Helper()
	h, err := hours.Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return written(h.On(d, holidays))
}

func written(spans []hours.Span) string {
	parts := make([]string, len(spans))
	for i, s := range spans {
		parts[i] = fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/60, s.From%60, s.Until/60, s.Until%60)
	}
	return strings.Join(parts, " ")
}

// openings are what is open on a day.
var openings = []struct {
	text string
	day  rounds.Day // 2026-03-02 is a Monday
	want string
}{
	// Weekdays and times.
	{"Mo-Fr 09:00-12:00,14:00-18:00", "2026-03-02", "09:00-12:00 14:00-18:00"},
	{"Mo-Fr 09:00-12:00,14:00-18:00", "2026-03-07", ""},
	{"Fr-Mo 10:00-11:00", "2026-03-01", "10:00-11:00"},
	{"Fr-Mo 10:00-11:00", "2026-03-03", ""},
	{"24/7", "2026-03-02", "00:00-24:00"},
	{"Mo-Fr", "2026-03-02", "00:00-24:00"},
	{"closed", "2026-03-02", ""},
	{"off", "2026-03-02", ""},
	{"9am-5:30pm", "2026-03-02", "09:00-17:30"},
	{"monday to friday 9.30-18.00", "2026-03-06", "09:30-18:00"},
	{"Mo[1] 10:00-12:00", "2026-03-02", "10:00-12:00"},
	{"Mo[1] 10:00-12:00", "2026-03-09", ""},
	{"Mo[2-3,-1] 10:00-12:00", "2026-03-16", "10:00-12:00"},
	{"Mo[2-3,-1] 10:00-12:00", "2026-03-30", "10:00-12:00"},
	{"Mo[2-3,-1] 10:00-12:00", "2026-03-23", ""},
	// Over midnight.
	{"Fr 22:00-02:00", "2026-03-06", "22:00-24:00"},
	{"Fr 22:00-02:00", "2026-03-07", "00:00-02:00"},
	{"Fr 22:00-26:00", "2026-03-07", "00:00-02:00"},
	{"Fr 22:00-02:00, Sa 01:00-03:00", "2026-03-07", "00:00-03:00"},
	{"Fr 22:00-02:00; Sa 10:00-12:00", "2026-03-07", "10:00-12:00"},
	{"Fr 22:00-02:00; Sa off", "2026-03-07", ""},
	{"Mo-Su 18:00-00:00", "2026-03-07", "18:00-24:00"},
	{"Mo-Su 00:00-24:00", "2026-03-07", "00:00-24:00"},
	{"Mo 10:00-10:00", "2026-03-03", "00:00-10:00"},
	// Open end.
	{"Mo 17:00+", "2026-03-02", "17:00-24:00"},
	{"Mo 17:00-20:00+", "2026-03-02", "17:00-20:00"},
	// Separators.
	{"Mo-Fr 09:00-18:00; We 10:00-12:00", "2026-03-04", "10:00-12:00"},
	{"Mo-Fr 09:00-18:00, We 19:00-20:00", "2026-03-04", "09:00-18:00 19:00-20:00"},
	{"Mo-Fr 09:00-18:00; We 12:00-13:00 off", "2026-03-04", "09:00-12:00 13:00-18:00"},
	{"Mo 09:00-12:00 || 14:00-15:00", "2026-03-02", "09:00-12:00 14:00-15:00"},
	{"Mo 09:00-12:00 || 10:00-15:00 unknown", "2026-03-02", "09:00-12:00"},
	{"Mo 09:00-12:00 unknown || 10:00-15:00", "2026-03-02", "12:00-15:00"},
	{`Mo 09:00-12:00 "ring the bell"`, "2026-03-02", ""},
	{`Mo 09:00-12:00 open "ring the bell"; `, "2026-03-02", "09:00-12:00"},
	{"09:00-12:00; 14:00-18:00", "2026-03-02", "14:00-18:00"},
	// Public holidays.
	{"Mo-Fr 09:00-18:00; PH off", "2026-10-01", ""},
	{"Mo-Fr 09:00-18:00; PH off", "2026-10-05", "09:00-18:00"},
	{"Mo-Fr,PH 09:00-18:00", "2026-10-03", "09:00-18:00"},
	{"PH,Mo-Fr 09:00-18:00", "2026-10-04", ""},
	{"PH Mo-Fr 09:00-18:00", "2026-10-03", ""},
	{"Mo-Fr PH 09:00-18:00", "2026-10-02", "09:00-18:00"},
	{"PH -1 day 09:00-11:00", "2026-09-30", "09:00-11:00"},
	{"PH +1 day 09:00-11:00", "2026-10-04", "09:00-11:00"},
	// Dates.
	{"Oct 17-Mar 25 off; 10:00-18:00", "2026-01-01", "10:00-18:00"},
	{"10:00-18:00; Oct 17-Mar 25 off", "2026-03-25", ""},
	{"10:00-18:00; Oct 17-Mar 25 off", "2026-03-26", "10:00-18:00"},
	{"10:00-18:00; Oct 17-Mar 25 off", "2026-10-17", ""},
	{"Jul,Aug 10:00-19:00", "2026-08-31", "10:00-19:00"},
	{"Nov-Feb: Sa 10:00-19:00", "2026-02-28", "10:00-19:00"},
	{"Nov-Feb: Sa 10:00-19:00", "2026-03-07", ""},
	{"Dec 24,31 09:00-12:00", "2026-12-31", "09:00-12:00"},
	{"Dec 24-26 off, Mo-Fr 09:00-12:00", "2026-12-28", "09:00-12:00"},
	{"Feb 29 10:00-11:00", "2028-02-29", "10:00-11:00"},
	{"Jan-Feb 10:00-11:00", "2028-02-29", "10:00-11:00"},
	{"2026 Jul 1 - 2026 Aug 8 off", "2026-07-03", ""},
	{"10:00-11:00; 2026 Jul 1 - 2026 Aug 8 off", "2027-07-03", "10:00-11:00"},
	{"2026 Dec 20-Jan 5 10:00-11:00", "2027-01-05", "10:00-11:00"},
	{"2026 Dec 20-Jan 5 10:00-11:00", "2026-01-05", ""},
	{"2026 10:00-11:00", "2026-05-05", "10:00-11:00"},
	{"2024-2030/2 10:00-11:00", "2026-05-05", "10:00-11:00"},
	{"2024-2030/2 10:00-11:00", "2027-05-05", ""},
	{"2027+ 10:00-11:00", "2026-05-05", ""},
	{"week 10 10:00-11:00", "2026-03-02", "10:00-11:00"},
	{"week 1-53/2 Mo 10:00-11:00", "2026-03-02", ""},
	{"week 1-53/2 Mo 10:00-11:00", "2026-03-09", "10:00-11:00"},
	{"easter 10:00-11:00", "2026-04-05", "10:00-11:00"},
	{"24/7; easter -2 days off", "2026-04-03", ""},
	{"24/7; easter -2 days-easter +1 day off", "2026-04-06", ""},
	{"24/7; easter -2 days-easter +1 day off", "2026-04-07", "00:00-24:00"},
	// In Chinese.
	{"周一至周五 09:00-18:00", "2026-03-06", "09:00-18:00"},
	{"周一至周五 09：00～18：00；周六日 10:00-16:00", "2026-03-08", "10:00-16:00"},
	{"星期一到五 9:00-12:00、14:00-18:00，星期六 9:00-12:00", "2026-03-07", "09:00-12:00"},
	{"周二、周四 10:00-12:00", "2026-03-05", "10:00-12:00"},
	{"每天 8点-22点", "2026-03-05", "08:00-22:00"},
	{"每天 08:00-22:00；周日休息", "2026-03-08", ""},
	{"工作日 09:00-18:00；周末 10:00-17:00；法定节假日休息", "2026-10-02", ""},
	{"7月1日至8月31日 10:00-20:00", "2026-08-31", "10:00-20:00"},
	{"全天", "2026-03-08", "00:00-24:00"},
	{"24小时营业", "2026-03-08", "00:00-24:00"},
}

func TestOn(t *testing.T) {
	t.Parallel()
	for _, tt := range openings {
		if got := on(t, tt.text, tt.day); got != tt.want {
			t.Errorf("%s on %s: %q, want %q", tt.text, tt.day, got, tt.want)
		}
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, code, says string }{
		{"", "hours_empty", "24/7"},
		{" ; ", "hours_empty", "at character 4"},
		{"Seasonal, only summer time", "hours_unknown_word", `at character 1, "Seasonal"`},
		{"Mo-Fr sunrise-sunset", "hours_sun", `at character 7, "sunrise"`},
		{"Mo-Fr (sunrise+01:00)-18:00", "hours_not_supported", `at character 7, "("`},
		{"Mo-Fr 09:00-sunset", "hours_sun", `at character 13, "sunset"`},
		{"Mo-Fr 09:00-18:00; SH off", "hours_school_holidays", `at character 20, "SH"`},
		{"Mo-Fr,SH 09:00-18:00", "hours_school_holidays", `at character 7, "SH"`},
		{"Mo-Fr 16:00-, Sa 14:00-", "hours_no_end", `at character 7, the time "16:00"`},
		{"Mo-Fr 16:00", "hours_no_end", "16:00+"},
		{"Mo-Fr 09:00-1300", "hours_bad_time", `at character 13, "1300"`},
		{"Mo-Fr 09:00-25:61", "hours_bad_time", `"25:61"`},
		{"Mo-Fr 25:00-26:00", "hours_bad_time", `"25:00"`},
		{"Mo-Fr 7:00-21", "hours_bad_time", `at character 12, "21"`},
		{"We-Fr 13:00-18:00 Sa 12:00-18:00", "hours_missing_separator", `at character 19, "Sa"`},
		{"Feb 30 off", "hours_bad_date", `"30"`},
		{"13月 off", "hours_bad_date", `"13月"`},
		{"Mo[6] off", "hours_not_between", `"6" must be a number from 1 to 5`},
		{"Mo[1 off", "hours_not_closed", `at character 3, "["`},
		{`Mo-Fr "by appointment`, "hours_not_closed", "at character 7"},
		{"week 54 off", "hours_not_between", "1 to 53"},
		{"week", "hours_ends_early", "Mo-Fr 09:00-18:00"},
		{"Mo-", "hours_ends_early", "at character 4"},
		{"Mo-Fr 09:00-18:00,", "hours_ends_early", "at character 19"},
		{"Mo-Fr 09:00-18:00 ||", "hours_ends_early", "||"},
		{"10:00-16:00/90", "hours_not_supported", `"/"`},
		{"Mo Tu 10:00-12:00", "hours_unexpected", `at character 4, "Tu"`},
		{"Mo-Jan 10:00-12:00", "hours_unexpected", `"Jan"`},
		{"周一至周五 九点到六点", "hours_unknown_word", "at character 7"},
		{"Mo-Fr 09:00-18:00 ☺", "hours_unknown_word", `"☺"`},
		{"99999999999999999999", "hours_unknown_word", "at character 1"},
		{strings.Repeat("Mo off;", 200), "hours_too_long", "at character 1001"},
	} {
		_, err := hours.Parse(tt.text)
		refused, ok := errors.AsType[*hours.Error](err)
		if !ok || refused.Code != tt.code || !strings.Contains(refused.Error(), tt.says) {
			t.Errorf("%q: %v, want %s with %q", tt.text, err, tt.code, tt.says)
			continue
		}
		if chinese := refused.Text("zh-CN"); strings.Contains(chinese, "%!") || strings.Contains(refused.Error(), "%!") || chinese == refused.Error() {
			t.Errorf("%q in Chinese: %s", tt.text, chinese)
		}
	}
}

func TestAWeekOfCells(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ cells, want string }{
		{"||||||", ""},
		{"09:00-18:00|09:00-18:00|09:00-18:00|09:00-18:00|09:00-18:00||", "Mo-Fr 09:00-18:00"},
		{"9点-18点|closed|9:00-12:00, 14:00-18:00|||24/7|休息", "Mo 9点-18点; Tu closed; We 9:00-12:00, 14:00-18:00; Sa 24/7; Su 休息"},
	} {
		got, _, err := hours.OfWeek([7]string(strings.Split(tt.cells, "|")))
		if got != tt.want || err != nil {
			t.Errorf("%s: %q, %v", tt.cells, got, err)
		}
		if _, err := hours.Parse(got); got != "" && err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
	if got := on(t, "Mo 9点-18点; Tu closed", "2026-03-04"); got != "" {
		t.Errorf("an empty cell is open: %s", got)
	}
	for _, bad := range []string{"9-", "09:00-12:00; 14:00-18:00", "Mo 09:00-12:00", "perhaps"} {
		cells := [7]string{1: "10:00-12:00", 6: bad}
		_, at, err := hours.OfWeek(cells)
		if _, ok := errors.AsType[*hours.Error](err); !ok || at != time.Sunday {
			t.Errorf("%s: %v at %s", bad, err, at)
		}
	}
}

func TestFromTo(t *testing.T) {
	t.Parallel()
	if got, err := hours.FromTo(" 08:30", "21:00 "); got != "08:30-21:00" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := hours.FromTo("0.354166666666667", "0.875"); got != "08:30-21:00" || err != nil {
		t.Errorf("of a spreadsheet: %q, %v", got, err)
	}
	if got, err := hours.FromTo("8:30:00", "21:00:00"); got != "8:30-21:00" || err != nil {
		t.Errorf("with seconds: %q, %v", got, err)
	}
	if got, err := hours.FromTo("", ""); got != "" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range [][2]string{{"08:30", ""}, {"", "21:00"}, {"early", "late"}, {"Mo 08:00", "09:00"}} {
		if _, err := hours.FromTo(bad[0], bad[1]); err == nil {
			t.Errorf("%v is read", bad)
		}
	}
}

// rulesOf makes opening hours that can be read.
func rulesOf(t *rapid.T) string {
	var text string
	for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
		if i > 0 {
			text += rapid.SampledFrom([]string{"; ", ", ", " || "}).Draw(t, "separator")
		}
		text += rapid.SampledFrom([]string{"", "Mo-Fr ", "Sa,Su ", "Fr-Mo ", "We[1,-1] ", "PH ", "Jul-Aug ", "Dec 20-Jan 5 ", "2026 ", "week 10-20 ", "Jun Mo-We "}).Draw(t, "dates")
		from, long := rapid.IntRange(0, 24*60).Draw(t, "from"), rapid.IntRange(1, 24*60).Draw(t, "long")
		until := from + long
		text += fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, until/60, until%60)
		text += rapid.SampledFrom([]string{"", "", " off", " unknown", " open"}).Draw(t, "state")
	}
	return text
}

// What a rule that comes last, is dated by nothing else and speaks of all days says, counts alone.
func TestLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rulesOf(t)
		d := rounds.Day("2026-01-01").Add(rapid.IntRange(0, 364).Draw(t, "day"))
		read := func(text string) string {
			h, err := hours.Parse(text)
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			spans := h.On(d, holidays)
			last := -1
			for _, s := range spans {
				if s.From <= last || s.Until <= s.From || s.Until > 24*60 {
					t.Fatalf("%q on %s: %v", text, d, spans)
				}
				last = s.Until
			}
			return written(spans)
		}
		before := read(text)
		if got := read(text + "; Mo-Su off"); got != "" {
			t.Fatalf("%q and then off: %s", text, got)
		}
		if got := read(text + "; Mo-Su 10:00-11:00"); got != "10:00-11:00" {
			t.Fatalf("%q and then an hour: %s", text, got)
		}
		if got := read(text + " || Jan-Dec"); strings.Contains(text, "unknown") == false && got != "00:00-24:00" {
			t.Fatalf("%q and else always: %s", text, got)
		}
		if got := read(strings.ToLower(strings.ReplaceAll(text, "-", " – "))); got != before {
			t.Fatalf("%q written otherwise: %s, not %s", text, got, before)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"Mo-Fr 09:00-12:00,14:00-18:00; PH off", "24/7", "周一至周五 09:00-18:00", "week 1-53/2 Mo[1,-1] 10:00-26:00+", "2026 Dec 24-Jan 2,5 off || easter -2 days 9am-5pm",
		`Mo 10-18 unknown "x", PH +1 day`, "Mo-Fr 16:00-, Sa", "99999999999999999999", "13月 1日", "周",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := hours.Parse(text)
		if err != nil {
			refused, ok := errors.AsType[*hours.Error](err)
			if !ok || refused.At < 1 || refused.At > len([]rune(text))+1 || strings.Contains(refused.Error(), "%!") || strings.Contains(refused.Text("zh"), "%!") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, d := range []rounds.Day{"2026-02-28", "2024-02-29", "2026-12-31", ""} {
			last := -1
			for _, s := range h.On(d, holidays) {
				if s.From <= last || s.Until <= s.From || s.Until > 24*60 {
					t.Fatalf("%q on %s: %+v", text, d, s)
				}
				last = s.Until
			}
		}
	})
}
