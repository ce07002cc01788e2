package geo

import (
	"fmt"
	"strings"
)

// problems are what is wrong with a policy.
type problems []problem

// problem is one of them, by its English form.
type problem struct {
	format string
	args   []any
}

var chineseProblems = map[string]string{
	"version %d: want 0 or more":                              "version %d：不能小于 0",
	"radius_m %v: want more than 0":                           "radius_m %v：必须大于 0",
	"max_fix_age_s %v: want more than 0":                      "max_fix_age_s %v：必须大于 0",
	"credits %q: want %q":                                     "credits %q：应为 %q",
	"kind %q: want %q or %q":                                  "kind %q：应为 %q 或 %q",
	"kind %q takes no numbers of kind %q":                     "kind 为 %q 时不能带 %q 的参数",
	"inside_p %v: want 0.5 or more, below 1":                  "inside_p %v：不能小于 0.5，且必须小于 1",
	"honest_p %v: want more than 0, below 0.5":                "honest_p %v：必须大于 0 且小于 0.5",
	"apart_s %v: want more than 0":                            "apart_s %v：必须大于 0",
	"accuracy_floor_m %v: want more than 0":                   "accuracy_floor_m %v：必须大于 0",
	"pin_sigma_m of %q %v: want more than 0":                  "pin_sigma_m 中 %q 为 %v：必须大于 0",
	"pin_sigma_m of %q: want some of %q":                      "pin_sigma_m 为 %q：应为 %q 中的若干项",
	"calibration %d: unknown accuracy_kind %q":                "calibration %d：未知的 accuracy_kind %q",
	"calibration %d: unknown source %q":                       "calibration %d：未知的 source %q",
	"calibration %d: factor %v: want more than 0, at most %v": "calibration %d：factor %v：必须大于 0，最多 %v",
}

func (e *problems) add(format string, args ...any) { *e = append(*e, problem{format, args}) }

// err is nil if nothing is wrong.
func (e problems) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Error is the English text.
func (e problems) Error() string { return e.Text("en") }

// Text is in Chinese where lang starts with "zh", and in English otherwise.
func (e problems) Text(lang string) string {
	texts, between := make([]string, len(e)), "; "
	for i, p := range e {
		format := p.format
		if translated, ok := chineseProblems[format]; ok && strings.HasPrefix(lang, "zh") {
			format, between = translated, "；"
		}
		texts[i] = fmt.Sprintf(format, p.args...)
	}
	return strings.Join(texts, between)
}
