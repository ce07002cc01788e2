package roster

import "strings"

// The statuses a file's own words are read as. A suspended retailer keeps its place but is not planned.
const (
	Active    = "active"
	Suspended = "suspended"
	Closed    = "closed"
)

// statusWords says which words mean which status; they are compared as headings are.
var statusWords = map[string]string{
	Active:    "active, a, open, normal, valid, operating, 正常, 正常营业, 正常營業, 营业, 營業, 营业中, 營業中, 在营, 在營, 有效, 启用, 啟用",
	Suspended: "suspended, paused, temporarily closed, 停业, 停業, 暂停, 暫停, 暂停营业, 暫停營業, 停业整顿, 停業整頓",
	Closed:    "closed, inactive, i, permanently closed, cancelled, revoked, 歇业, 歇業, 关闭, 關閉, 注销, 註銷, 吊销, 吊銷, 倒闭, 倒閉, 停用, 无效, 無效",
}

var statusOf = func() map[string]string {
	byWord := map[string]string{}
	for status, words := range statusWords {
		for word := range strings.SplitSeq(words, ", ") {
			byWord[key(word)] = status
		}
	}
	return byWord
}()

// unknownStatus counts the rows of one word that no status is known for.
type unknownStatus struct{ line, rows int }

// finding is one for all rows with the same word.
func (u *unknownStatus) finding(word string) Finding {
	return doubt(u.line, "unknown_status", "status", word, u.rows)
}

// setStatus reads the file's word. One that is unknown is kept among the extra columns.
func (r *reader) setStatus(row *Row, word string) {
	status, known := statusOf[key(word)]
	if known || word == "" {
		row.Status = status
		return
	}
	row.Extra[r.columns.headings[r.columns.at["status"]]] = word
	if r.statuses[word] == nil {
		r.statuses[word] = &unknownStatus{line: row.Line}
	}
	r.statuses[word].rows++
}
