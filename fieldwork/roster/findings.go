package roster

import (
	"fmt"
	"strings"
)

// Severity says whether a finding keeps its row out.
type Severity string

// A row with an error is not among the file's rows; one with a warning is, unchanged.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing to know about a row or, on the header's line, about the file.
type Finding struct {
	Line     int      `json:"line"` // as a person sees it in the file; 0: no line
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`            // stable snake_case; programs may match it
	Field    string   `json:"field,omitempty"` // one of [Fields]
	Args     []any    `json:"args,omitempty"`  // for the text
}

// texts says every code in English and Chinese; the arguments come in the same order in both.
var texts = map[string][2]string{
	// The file as a whole.
	"unknown_datum":       {"the coordinates' datum %q is unknown: say wgs84, gcj02 or bd09", "坐标系 %q 未知：请指定 wgs84、gcj02 或 bd09"},
	"duplicate_header":    {"the heading %q stands over columns %d and %d", "表头 %q 重复：第 %d 列和第 %d 列"},
	"no_name_column":      {"no heading says which column is the retailer's name; the headings are: %s. Say --map name=HEADING", "没有识别出店名列；表头有：%s。请使用 --map name=表头"},
	"unknown_field":       {"--map: there is no field %q; the fields are: %s", "--map：没有字段 %q；可用字段：%s"},
	"unknown_header":      {"--map: there is no heading %q; the headings are: %s", "--map：没有表头 %q；表头有：%s"},
	"column_not_used":     {"%q also looks like %s; %q is used, and this column is kept as an extra one", "%q 也像是 %s；已采用 %q，此列作为附加列保留"},
	"half_position":       {"there is a latitude or a longitude but not both, so no retailer gets a pin; the headings are: %s", "只有纬度或只有经度，所有零售户都没有坐标；表头有：%s"},
	"no_position_columns": {"no heading says where the retailers are, so none gets a pin; the headings are: %s", "没有识别出坐标列，所有零售户都没有坐标；表头有：%s"},

	// Rows that are left out.
	"unreadable_row": {"the row cannot be read: %s", "此行无法读取：%s"},
	"no_name":        {"the retailer has no name", "零售户没有名称"},
	"no_code":        {"the retailer has no code", "零售户没有编码"},
	"repeated_code":  {"the code %q already stands on line %d", "编码 %q 已出现在第 %d 行"},
	"bad_hours":      {"the opening hours cannot be read: %s", "营业时间无法读取：%s"},
	"bad_number":     {"%q is not a number", "%q 不是数字"},
	"out_of_range":   {"%q is not between %g and %g", "%q 不在 %g 到 %g 之间"},
	"bad_weekdays":   {"%q is no list of weekdays like mon, thu", "%q 不是星期列表（例如 周一、周四）"},
	"min_above_max":  {"at least %d days between visits are more than %d at most", "最小间隔 %d 天大于最大间隔 %d 天"},
	"off_step":       {"%q is not a multiple of %g", "%q 不是 %g 的倍数"},

	"too_long":           {"the %s has more than %d characters", "%s 超过 %d 个字符"},
	"control_character":  {"the code %q has a line break or another control character", "编号 %q 含有换行或其他控制字符"},
	"bad_retailer_id":    {"%q is not a UUID", "%q 不是 UUID"},
	"taken_retailer_id":  {"the id %q is that of the retailer %q", "编号 %q 已属于零售户 %q"},
	"unknown_rep":        {"there is no rep %q to give the retailers to", "没有客户经理 %q"},
	"two_reps":           {"the territory %q is given to %q and to %q", "片区 %q 同时分给了 %q 和 %q"},
	"not_your_retailer":  {"the retailer %q belongs to another unit", "零售户 %q 属于其他单位"},
	"not_your_territory": {"the territory %q belongs to another unit", "片区 %q 属于其他单位"},

	// Rows that are kept.
	"other_retailer_id":      {"the retailer %q has the id %s, which stays", "零售户 %q 的编号为 %s，保持不变"},
	"pin_kept":               {"the file's place differs from a pin that is %s; the pin stays", "文件中的位置与现有坐标（%s）不同，保留现有坐标"},
	"unknown_status":         {"the status %q is unknown and kept as an extra column; rows with it: %d", "状态 %q 未知，作为附加列保留；共 %d 行"},
	"no_coordinates":         {"the retailer has no coordinates", "零售户没有坐标"},
	"incomplete_coordinates": {"the retailer has only half of its coordinates, so no pin", "零售户的坐标只有一半，未设坐标"},
	"invalid_coordinates":    {"latitude %g, longitude %g is no place on Earth, so no pin", "纬度 %g、经度 %g 不是有效位置，未设坐标"},
	"null_island":            {"latitude %g, longitude %g stands for an unknown place, so no pin", "纬度 %g、经度 %g 表示位置未知，未设坐标"},
	"swapped_lat_lon":        {"latitude %g and longitude %g look swapped", "纬度 %g 与经度 %g 可能颠倒"},
	"outside_country":        {"latitude %g, longitude %g lies outside the country", "纬度 %g、经度 %g 在国界范围之外"},
	"far_from_others":        {"the place lies %d km from the middle of the file's retailers, far beyond most of them", "此位置距文件中零售户的中心 %d 公里，远超大多数零售户"},
	"shared_point":           {"%d retailers with different names stand on exactly this point: lines %s", "%d 个不同名称的零售户坐标完全相同：第 %s 行"},
}

// Error is the English text with its line: a finding about the file as a whole ends the reading.
func (f Finding) Error() string {
	if f.Line == 0 {
		return f.Text("en")
	}
	return fmt.Sprintf("line %d: %s", f.Line, f.Text("en"))
}

// Text says the finding, without its line, in Chinese where lang starts with "zh" and in English otherwise.
func (f Finding) Text(lang string) string {
	text := texts[f.Code][0]
	if strings.HasPrefix(lang, "zh") {
		text = texts[f.Code][1]
	}
	args := make([]any, len(f.Args))
	for i, arg := range f.Args {
		args[i] = arg
		if speaks, ok := arg.(interface{ Text(lang string) string }); ok {
			args[i] = speaks.Text(lang)
		}
	}
	return fmt.Sprintf(text, args...)
}

// problem is a finding that keeps a row out.
func problem(line int, code, field string, args ...any) Finding {
	return Finding{Line: line, Severity: Error, Code: code, Field: field, Args: args}
}

// doubt is a finding that changes nothing.
func doubt(line int, code, field string, args ...any) Finding {
	return Finding{Line: line, Severity: Warning, Code: code, Field: field, Args: args}
}
