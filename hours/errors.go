package hours

import (
	"fmt"
	"strings"
)

// Error is a text that cannot be read as opening hours: where, what stands there and what to write instead.
type Error struct {
	Code string // stable snake_case; programs may match it
	At   int    // the character, from 1
	Args []any  // for the text of the code, At first
}

// Texts says every code in English and Chinese; the arguments come in the same order in both.
var Texts = map[string][2]string{
	"hours_unknown_word":      {"is no opening hours: at character %d, %q is not understood; write days as Mo-Fr, months as Jan, times as 09:00-18:00", "不是营业时间：第 %d 个字符处的 %q 无法识别；请写成 Mo-Fr、Jan、09:00-18:00，或 周一至周五 09:00-18:00"},
	"hours_sun":               {"at character %d, %q depends on the sun; write a clock time such as 06:30", "第 %d 个字符处的 %q 取决于日出日落；请写明时刻，如 06:30"},
	"hours_school_holidays":   {"at character %d, %q means school holidays, which are not known here; write their dates, such as Jul 01-Aug 31", "第 %d 个字符处的 %q 指学校假期，此处未知；请写明日期，如 Jul 01-Aug 31"},
	"hours_no_end":            {"at character %d, the time %q has no end; write 16:00-20:00, or 16:00+ where it is open", "第 %d 个字符处的时刻 %q 没有结束时间；请写 16:00-20:00，或以 16:00+ 表示结束未定"},
	"hours_bad_time":          {"at character %d, %q is no clock time; write 09:00, and at most 24:00, or 48:00 for the end", "第 %d 个字符处的 %q 不是时刻；请写 09:00，最晚 24:00，结束时间最晚 48:00"},
	"hours_missing_separator": {"at character %d, %q begins another rule; write ; before it", "第 %d 个字符处的 %q 是另一条规则；请在前面加上 ;"},
	"hours_bad_date":          {"at character %d, %q is no day of that month; write dates as Jan 31", "第 %d 个字符处的 %q 不是该月的日期；日期请写成 Jan 31"},
	"hours_not_between":       {"at character %d, %q must be a number from %d to %d", "第 %d 个字符处的 %q 应为 %d 到 %d 之间的数"},
	"hours_not_closed":        {"at character %d, %q opens and does not close", "第 %d 个字符处的 %q 没有结束"},
	"hours_not_supported":     {"at character %d, %q is not supported; write the dates and times out", "第 %d 个字符处的 %q 不受支持；请写明日期和时间"},
	"hours_unexpected":        {"at character %d, %q cannot stand here; write days before times, as in Mo-Fr 09:00-12:00,14:00-18:00; Sa 09:00-12:00", "第 %d 个字符处不能出现 %q；请把日期写在时间前，如 Mo-Fr 09:00-12:00,14:00-18:00; Sa 09:00-12:00"},
	"hours_ends_early":        {"at character %d, after %q, something is missing; write Mo-Fr 09:00-18:00 or off", "第 %d 个字符处，%q 之后缺少内容；请写成 Mo-Fr 09:00-18:00 或 off"},
	"hours_not_one_day":       {"at character %d, %q is more than the hours of one day; write 09:00-12:00,14:00-18:00 or closed", "第 %d 个字符处的 %q 不是单日的营业时间；请写 09:00-12:00,14:00-18:00 或 closed"},
	"hours_too_long":          {"at character %d begins %q: there are more characters than the %d that are read", "第 %d 个字符起（%q）超出可读取的 %d 个字符"},
	"hours_empty":             {"at character %d there is %q: nothing says when it is open; write 24/7, closed or Mo-Fr 09:00-18:00", "第 %d 个字符处为 %q：没有说明营业时间；请写 24/7、closed 或 Mo-Fr 09:00-18:00"},
}

// Error is the English text.
func (e *Error) Error() string { return e.Text("en") }

// Text says the problem in Chinese where lang starts with "zh" and in English otherwise.
func (e *Error) Text(lang string) string {
	text := Texts[e.Code][0]
	if strings.HasPrefix(lang, "zh") {
		text = Texts[e.Code][1]
	}
	return fmt.Sprintf(text, e.Args...)
}

// fail makes an Error at a token.
func fail(code string, t token, args ...any) *Error {
	return &Error{Code: code, At: t.at, Args: append([]any{t.at, t.text}, args...)}
}
