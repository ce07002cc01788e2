package roster

import (
	"slices"
	"strings"
	"unicode"

	"rounds/internal/sheet"

	"golang.org/x/text/unicode/norm"
)

// weekdayWords are what a list of weekdays may say, from Monday.
var weekdayWords = [7][]string{
	{"mon", "monday", "mo", "一", "1"},
	{"tue", "tuesday", "tu", "二", "2"},
	{"wed", "wednesday", "we", "三", "3"},
	{"thu", "thursday", "th", "四", "4"},
	{"fri", "friday", "fr", "五", "5"},
	{"sat", "saturday", "sa", "六", "6"},
	{"sun", "sunday", "su", "日", "天", "七", "7"},
}

// weekdays reads a list of weekdays as a set, bit 0 for Monday; 0 where the cell is empty or bad.
func (r *reader) weekdays(record sheet.Row, field string) (set uint8) {
	text := r.text(record, field)
	for _, word := range strings.FieldsFunc(strings.ToLower(norm.NFKC.String(text)), func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(",、;/|", c) }) {
		for _, prefix := range []string{"星期", "礼拜", "周", "週"} {
			word = strings.TrimPrefix(word, prefix)
		}
		day := slices.IndexFunc(weekdayWords[:], func(words []string) bool { return slices.Contains(words, word) })
		if day < 0 {
			r.found(problem(record.Line, "bad_weekdays", field, text))
			return 0
		}
		set |= 1 << day
	}
	return set
}
