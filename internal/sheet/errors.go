package sheet

import (
	"fmt"
	"strings"
)

// Code names one way in which a file or a record cannot be read. Codes are stable: programs may match them.
type Code string

// The codes of a file that is refused, and at the end those of a single record that is left out.
const (
	TooLarge       Code = "too_large"
	TooManyRows    Code = "too_many_rows"
	TooManyColumns Code = "too_many_columns"
	TooManyCells   Code = "too_many_cells"
	TooMuchText    Code = "too_much_text"
	EmptyFile      Code = "empty_file"
	NulByte        Code = "nul_byte"
	BadEncoding    Code = "bad_encoding"
	NotATable      Code = "not_a_table"
	Workbook       Code = "workbook"
	OldWorkbook    Code = "old_workbook"
	BadWorkbook    Code = "bad_workbook"
	UnzipTooLarge  Code = "unzip_too_large"
	NoWorksheet    Code = "no_worksheet"

	RaggedRow     Code = "ragged_row"
	CellTooLong   Code = "cell_too_long"
	RecordTooLong Code = "record_too_long"
	UnclosedQuote Code = "unclosed_quote"
)

// texts says every code in English and Chinese; the arguments come in the same order in both.
var texts = map[Code][2]string{
	TooLarge:       {"the file is larger than %d MiB", "文件大于 %d MiB"},
	TooManyRows:    {"the file has more than %d rows", "文件超过 %d 行"},
	TooManyColumns: {"there are more than %d columns", "超过 %d 列"},
	TooManyCells:   {"the file has more than %d cells", "文件超过 %d 个单元格"},
	TooMuchText:    {"the cells hold more than %d MiB of text", "单元格文字总量超过 %d MiB"},
	EmptyFile:      {"the file has no header line", "文件没有表头行"},
	NulByte:        {"there is a NUL byte: save the file as CSV UTF-8 or XLSX", "文件含有 NUL 字节：请另存为 CSV UTF-8 或 XLSX"},
	BadEncoding:    {"the text is neither UTF-8 nor GB18030: save the file as CSV UTF-8", "文字既不是 UTF-8 也不是 GB18030：请另存为 CSV UTF-8"},
	NotATable:      {"more than %d quotes never close: this is not a CSV file", "超过 %d 处引号没有结束：这不是 CSV 文件"},
	Workbook:       {"an Excel file where only CSV is read: save it as CSV UTF-8", "这是 Excel 文件，此处只读取 CSV：请另存为 CSV UTF-8"},
	OldWorkbook:    {"an old or password-protected Excel file: save it as XLSX without a password", "旧版或加密的 Excel 文件：请另存为不加密的 XLSX"},
	BadWorkbook:    {"the Excel file is damaged", "Excel 文件已损坏"},
	UnzipTooLarge:  {"the Excel file unpacks to more than %d MiB", "Excel 文件解压后大于 %d MiB"},
	NoWorksheet:    {"the Excel file has no worksheet %q; it has: %s", "Excel 文件没有工作表 %q；现有：%s"},
	RaggedRow:      {"%d cells where the header has %d", "有 %d 个单元格，而表头有 %d 个"},
	CellTooLong:    {"cell %d is longer than %d bytes", "第 %d 个单元格超过 %d 字节"},
	RecordTooLong:  {"the record is longer than %d bytes", "该记录超过 %d 字节"},
	UnclosedQuote:  {"a quote opens here and does not close within %d bytes", "此处的引号在 %d 字节内没有结束"},
}

// Error is a file, or one record of it, that cannot be read.
type Error struct {
	Code Code  `json:"code"`
	Line int   `json:"line,omitempty"` // 0: the file as a whole
	Args []any `json:"args,omitempty"` // for the text of the code
}

func refuse(code Code, line int, args ...any) *Error {
	return &Error{Code: code, Line: line, Args: args}
}

// Error is the English text with its line.
func (e *Error) Error() string { return e.Located("en") }

// Located is the text with its line, in Chinese where lang starts with "zh" and in English otherwise.
func (e *Error) Located(lang string) string {
	switch {
	case e.Line == 0:
		return e.Text(lang)
	case strings.HasPrefix(lang, "zh"):
		return fmt.Sprintf("第 %d 行：%s", e.Line, e.Text(lang))
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text(lang))
}

// Text says the problem, without its line, in Chinese where lang starts with "zh" and in English otherwise.
func (e *Error) Text(lang string) string {
	text := texts[e.Code][0]
	if strings.HasPrefix(lang, "zh") {
		text = texts[e.Code][1]
	}
	return fmt.Sprintf(text, e.Args...)
}
