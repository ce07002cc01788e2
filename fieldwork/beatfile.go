package fieldwork

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"rounds"
	"rounds/internal/sheet"

	"golang.org/x/text/unicode/norm"
)

// A beat plan file has a row for each stop, under headings in English or Chinese, compared without case, spaces and signs.
var beatHeadings = map[string][]string{
	"rep":      {"rep", "repname", "accountmanager", "salesrep", "客户经理", "客戶經理", "业务员", "業務員", "登录名", "用户名"},
	"week":     {"week", "weekno", "周", "周次", "第几周", "週", "週次", "星期数"},
	"weekday":  {"weekday", "dayofweek", "星期", "周几", "星期几", "週幾", "礼拜"},
	"code":     {"retailercode", "code", "licence", "license", "licencecode", "零售户编码", "零售戶編碼", "客户编码", "许可证号", "专卖证号", "编码"},
	"position": {"position", "order", "sequence", "顺序", "順序", "序号", "序號", "拜访顺序"},
}

// beatFields are those in the order of messages; all but the last must be there.
var beatFields = []string{"rep", "week", "weekday", "code", "position"}

// weekdayWords are what a cell may say, beside 1 to 7.
var weekdayWords = [7][]string{
	{"mon", "monday", "一"},
	{"tue", "tuesday", "二"},
	{"wed", "wednesday", "三"},
	{"thu", "thursday", "四"},
	{"fri", "friday", "五"},
	{"sat", "saturday", "六"},
	{"sun", "sunday", "日", "天", "七"},
}

// BeatFinding is what keeps a beat plan file out: the line and the column as a person sees them.
type BeatFinding struct {
	Line   int
	Column string // as it is headed; "": the row
	Code   string // one of the fields' codes
	Args   []any
}

// beatRow is a stop in a file.
type beatRow struct {
	line     int
	rep      string
	week     int // from 0
	weekday  int // from 0: Monday
	code     string
	position int // 0: none is given
}

// day is the day of a plan that begins on the given one.
func (r beatRow) day(from rounds.Day) int {
	first := (int(from.Weekday()) + 6) % 7
	return 7*r.week + (r.weekday-first+7)%7
}

// beatTable is a file on its way.
type beatTable struct {
	table    *sheet.Table
	column   map[string]int
	findings []BeatFinding
}

// beatFile is what a file says.
type beatFile struct {
	rows     []beatRow
	headings map[string]string // of the fields, as they are written
	findings []BeatFinding
}

// readBeats reads a file; what is wrong with rows are findings, a file that is no beat plan is an Invalid error.
func readBeats(r io.Reader) (beatFile, error) {
	var file beatFile
	table, err := sheet.Read(r, "")
	if refusal, ok := errors.AsType[*sheet.Error](err); ok {
		if slices.Contains(tooLarge, refusal.Code) {
			return file, rounds.Errorf(rounds.TooLarge, "this file is too large: %s", refusal)
		}
		return file, rounds.Errorf(rounds.Invalid, "this file cannot be read: %s", refusal)
	}
	if err != nil {
		return file, err
	}
	b := beatTable{table: table, column: map[string]int{}}
	for field, names := range beatHeadings {
		b.column[field] = slices.IndexFunc(table.Header, func(h string) bool { return slices.Contains(names, simpleText(h)) })
	}
	if slices.ContainsFunc(beatFields[:4], func(f string) bool { return b.column[f] < 0 }) {
		return file, rounds.Errorf(rounds.Invalid, "a beat plan has the columns rep, week, weekday and retailer_code; this file has: %s", strings.Join(table.Header, ", "))
	}
	for _, bad := range table.Bad {
		b.findings = append(b.findings, BeatFinding{Line: bad.Line, Code: "not_readable"})
	}
	file.headings = map[string]string{}
	for field, column := range b.column {
		if column >= 0 {
			file.headings[field] = table.Header[column]
		}
	}
	for _, row := range table.Rows {
		file.rows = append(file.rows, b.row(row))
	}
	file.findings = b.findings
	return file, nil
}

// simpleText is a text without case, width and all that is no letter or digit.
func simpleText(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-./()\u00a0", r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(text)))
}

func (b *beatTable) found(line int, field, code string, args ...any) {
	b.findings = append(b.findings, BeatFinding{line, b.table.Header[b.column[field]], code, args})
}

func (b *beatTable) row(from sheet.Row) beatRow {
	text := func(field string) string {
		if b.column[field] < 0 {
			return ""
		}
		return strings.TrimSpace(from.Cells[b.column[field]])
	}
	row := beatRow{line: from.Line, rep: text("rep"), code: text("code")}
	for _, field := range []string{"rep", "code"} {
		if text(field) == "" {
			b.found(from.Line, field, "required")
		}
	}
	week, ok := wholeNumber(strings.Trim(text("week"), "第周週"))
	if !ok || week < 1 || week > 8 {
		b.found(from.Line, "week", "not_between", 1, 8)
	}
	weekday := weekdayOf(text("weekday"))
	if weekday < 0 {
		b.found(from.Line, "weekday", "unknown_day")
	}
	row.week, row.weekday = week-1, weekday
	if text("position") != "" {
		if row.position, ok = wholeNumber(text("position")); !ok || row.position < 1 || row.position > 1000 {
			b.found(from.Line, "position", "not_between", 1, 1000)
		}
	}
	return row
}

func wholeNumber(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSuffix(norm.NFKC.String(strings.TrimSpace(text)), ".0"))
	return n, err == nil
}

// weekdayOf is 0 for Monday; -1 for no weekday.
func weekdayOf(text string) int {
	if n, ok := wholeNumber(text); ok && n >= 1 && n <= 7 {
		return n - 1
	}
	text = simpleText(text)
	for _, prefix := range []string{"星期", "礼拜", "周", "週"} {
		text = strings.TrimPrefix(text, prefix)
	}
	if n, ok := wholeNumber(text); ok && n >= 1 && n <= 7 {
		return n - 1
	}
	return slices.IndexFunc(weekdayWords[:], func(words []string) bool { return slices.Contains(words, text) })
}

// byPosition orders rows of a day, those without a position last; sure says that every one has its own.
func byPosition(rows []beatRow) (sure bool) {
	slices.SortStableFunc(rows, func(a, b beatRow) int {
		return cmp.Compare(cmp.Or(a.position, 1<<20), cmp.Or(b.position, 1<<20))
	})
	for i, r := range rows {
		if r.position == 0 || i > 0 && rows[i-1].position == r.position {
			return false
		}
	}
	return true
}
