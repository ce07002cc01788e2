package evidence

import (
	"encoding/json"
	"regexp"
	"strings"

	"rounds/geo"
)

// Item is one thing that a phone says its rep was shown.
type Item struct {
	N     int // its place in the event's list, from 0
	Kind  geo.EvidenceKind
	Value string // canonical: the code, the tag's payload or the photograph's SHA-256; "": not readable
}

// Items reads those of an event's evidence that are of a kind checked here: code, tag and photo. Of these an
// unreadable one is kept without its value; other kinds are nobody's business here.
func Items(raw json.RawMessage) []Item {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	var items []Item
	for n, each := range list {
		if kind := kindOf(each); valueOf[kind] != nil {
			items = append(items, Item{N: n, Kind: kind, Value: valueOf[kind](each)})
		}
	}
	return items
}

func kindOf(raw json.RawMessage) geo.EvidenceKind {
	var item struct {
		Kind geo.EvidenceKind `json:"kind"`
	}
	_ = json.Unmarshal(raw, &item) // what has no kind is of none
	return item.Kind
}

var valueOf = map[geo.EvidenceKind]func(json.RawMessage) string{
	geo.EvidenceCode:  func(raw json.RawMessage) string { return canonicalCode(value(raw)) },
	geo.EvidenceTag:   func(raw json.RawMessage) string { return canonicalTag(value(raw)) },
	geo.EvidencePhoto: photo,
}

func value(raw json.RawMessage) string {
	var item struct {
		Value string `json:"value"`
	}
	_ = json.Unmarshal(raw, &item) // what cannot be read is none
	return item.Value
}

var sumForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

func photo(raw json.RawMessage) string {
	var item struct {
		Sum string `json:"sha256"`
	}
	_ = json.Unmarshal(raw, &item) // what cannot be read is none
	if sum := strings.ToLower(item.Sum); sumForm.MatchString(sum) {
		return sum
	}
	return ""
}

var (
	codeForm  = regexp.MustCompile(`^([0-9]{6}|[0-9A-HJKMNP-TV-Z]{8})$`)
	tagForm   = regexp.MustCompile(`^[A-Z2-7]{26}$`)
	separator = strings.NewReplacer(" ", "", "-", "")
	// What Crockford's alphabet leaves out, because people read it as something else.
	misread = strings.NewReplacer("O", "0", "I", "1", "L", "1")
)

// canonicalCode is the code as it was made, however somebody typed it.
func canonicalCode(typed string) string {
	code := misread.Replace(strings.ToUpper(separator.Replace(typed)))
	if !codeForm.MatchString(code) {
		return ""
	}
	return code
}

// canonicalTag is the payload alone; a reader may hand over all that the tag holds.
func canonicalTag(read string) string {
	payload := strings.ToUpper(strings.TrimPrefix(read, tagScheme))
	if !tagForm.MatchString(payload) {
		return ""
	}
	return payload
}
